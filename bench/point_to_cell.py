"""Point → cell with 20,000 cells of 49 vertices: microseconds a point, beside a bare search-tree query of the same run.

Prints what it measures in words, and last one line of JSON: value and floor in microseconds, ratio value / floor.
"""

import json
import statistics
import time
from collections.abc import Callable

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry import Polygon

from wangge.territory.index import CellIndex

COLUMNS, ROWS, POINTS, ROUNDS = 200, 100, 4_000, 7
WEST, SOUTH, WIDTH, HEIGHT = 113.03, 27.85, 0.22, 0.18


def cells() -> list[Polygon]:
    """A sheet of cells with crooked common borders, 12 steps a side."""
    n = 12
    x, y = np.linspace(0, COLUMNS, COLUMNS * n + 1), np.linspace(0, ROWS, ROWS * n + 1)
    gx, gy = np.meshgrid(x, y)
    crooked = np.stack([gx + 0.08 * np.sin(9 * gy + 3 * gx), gy + 0.08 * np.sin(11 * gx + 2 * gy)], axis=-1)
    sheet = crooked * [WIDTH / COLUMNS, HEIGHT / ROWS] + [WEST, SOUTH]
    made = []
    for j in range(ROWS):
        for i in range(COLUMNS):
            a, b, c, d = i * n, (i + 1) * n, j * n, (j + 1) * n
            ring = [sheet[c, a:b], sheet[c:d, b], sheet[d, b:a:-1], sheet[d:c:-1, a]]
            made.append(Polygon(np.concatenate(ring)))
    return made


def per_point(one: Callable[[float, float], object], points: list[tuple[float, float]]) -> float:
    """Median of several rounds, microseconds a point."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for x, y in points:
            one(x, y)
        rounds.append((time.perf_counter() - begun) / len(points) * 1e6)
    return statistics.median(rounds)


def main() -> None:
    shapes = cells()
    begun = time.perf_counter()
    index = CellIndex([430204001001000 + i for i in range(len(shapes))], shapes)
    built = time.perf_counter() - begun
    rng = np.random.default_rng(1)
    spread = rng.random((POINTS, 2)) * [WIDTH * 0.98, HEIGHT * 0.98] + [WEST + WIDTH * 0.01, SOUTH + HEIGHT * 0.01]
    points = [(float(x), float(y)) for x, y in spread]

    tree = STRtree(shapes)
    shapely.prepare(np.array(shapes))
    floor = per_point(lambda x, y: tree.query(shapely.points(x, y), predicate="intersects"), points)
    value = per_point(index.place, points)

    begun = time.perf_counter()
    placed = index.place_many(spread[:, 0], spread[:, 1])
    many = (time.perf_counter() - begun) / len(points) * 1e6
    assert placed == [index.place(x, y) for x, y in points]
    beside = sum(p.near_border for p in placed) / len(points)
    print(f"{len(shapes)} cells, {len(shapes[0].exterior.coords)} vertices, tree built in {built:.2f} s")
    print(f"one by one {value:.1f} µs, in one call {many:.1f} µs, within 5 m of a border {beside:.0%} of the points")
    line = {"name": "point_to_cell", "value": round(value, 2), "unit": "us/point", "floor": round(floor, 2)}
    print(json.dumps(line | {"ratio": round(value / floor, 2)}))


if __name__ == "__main__":
    main()
