"""A sketch of streets, communities and cells inside a real district outline, for places whose inner borders are not public.

Pure and deterministic: the same outline, divisions and numbers give the same borders. All borders are noded together,
so that neighbours share every vertex and there is no gap and no overlap by construction. The borders are invented
(source "示意边界"): only the outline of the district and the list of its divisions are facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry import MultiPoint
from shapely.geometry.base import BaseGeometry

from wangge.territory import rules

SOURCE = "示意边界（由区界自动划分，非官方勘界）"
# Denser near the town centre, so that cells there are smaller: half as dense at this distance.
_HALF_DENSITY_M = 2_500.0
# Borders are noded on a raster of a millimetre: coarser than the rounding of the parts, so that a corner that rests on
# a neighbour's side becomes a vertex of that side as well.
_GRID = 1e-8


@dataclass(frozen=True, slots=True)
class SketchCell:
    code: int
    name: str
    community: int
    geometry: BaseGeometry


def quota(total: int, weights: Sequence[float]) -> list[int]:
    """`total` shared out by weight, at least 1 each, by largest remainder (ties: the earlier); `ValueError` if too few."""
    if total < len(weights):
        raise ValueError(f"{total} cells cannot be shared by {len(weights)} communities")
    spare = total - len(weights)
    exact = [spare * w / sum(weights) for w in weights]
    shares = [int(e) for e in exact]
    for i in sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))[: spare - sum(shares)]:
        shares[i] += 1
    return [s + 1 for s in shares]


def _samples(area: BaseGeometry, wanted: int) -> np.ndarray:
    west, south, east, north = area.bounds
    step = max((area.area / wanted) ** 0.5, 1e-6)
    xs, ys = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    xs[::2] += step / 4  # crooked rows, so that ties between seeds are rare
    inside = shapely.contains_xy(area, xs.ravel(), ys.ravel())
    points = np.column_stack([xs.ravel()[inside], ys.ravel()[inside]])
    return points if len(points) else np.array([[area.representative_point().x, area.representative_point().y]])


def _seeds(
    area: BaseGeometry, count: int, core: np.ndarray, rng: np.random.Generator, start: np.ndarray | None = None
) -> np.ndarray:
    """`count` centres of about equal population inside the area (k-means over a density that falls off from the core)."""
    points = _samples(area, max(300, 150 * count))
    weights = 1 / (1 + (np.hypot(*(points - core).T) / _HALF_DENSITY_M) ** 2)
    if start is None:
        chosen = [int(np.argmax(weights))]
        distance = np.full(len(points), np.inf)
        for _ in range(count - 1):
            distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(1))
            chances = distance * weights
            chosen.append(int(rng.choice(len(points), p=chances / chances.sum())))
        centres, rounds = points[chosen], 25
    else:
        centres, rounds = start, 4
    for _ in range(rounds):
        nearest = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(2).argmin(1)
        total = np.bincount(nearest, weights, count)
        moved = np.column_stack([np.bincount(nearest, weights * points[:, k], count) for k in (0, 1)])
        keep = total > 0
        centres = centres.copy()
        centres[keep] = moved[keep] / total[keep, None]
    return centres


def _divide(area: BaseGeometry, seeds: np.ndarray) -> list[BaseGeometry]:
    """The area cut into one part per seed; a fragment that concave borders cut off goes to the neighbour it leans on."""
    if len(seeds) == 1:
        return [area]
    regions = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(seeds), extend_to=area, ordered=True))
    main: list[BaseGeometry] = []
    loose: list[BaseGeometry] = []
    for region in regions:
        pieces = sorted(
            shapely.get_parts(rules.polygons_only(shapely.intersection(region, area))), key=lambda p: -p.area
        )
        main.append(pieces[0])
        loose.extend(pieces[1:])
    for fragment in sorted(loose, key=lambda p: (-p.area, *p.bounds)):
        leaning = [shapely.intersection(fragment, m).length for m in main]
        best = int(np.argmax(leaning)) if max(leaning) > 0 else int(np.argmin([fragment.distance(m) for m in main]))
        main[best] = shapely.union(main[best], fragment)
    return main


def _node(parts: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The same parts with every common border made of the same vertices."""
    snapped = shapely.set_precision(np.array(parts), 1e-9)
    lines = shapely.union_all(shapely.boundary(snapped), grid_size=_GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    tree = STRtree(snapped)
    face, owner = tree.query(shapely.point_on_surface(faces), predicate="intersects")
    owned: dict[int, list[int]] = {}
    seen: set[int] = set()
    for f, o in sorted(zip(face.tolist(), owner.tolist(), strict=True)):
        if f not in seen:
            seen.add(f)
            owned.setdefault(o, []).append(f)
    return [shapely.coverage_union_all(faces[owned[i]]) for i in range(len(parts))]


def sketch(
    district: int,
    outline: BaseGeometry,
    divisions: Mapping[int, str],
    cells: int,
    *,
    fixed: Mapping[int, int] | None = None,
    anchors: Mapping[int, tuple[float, float]] | None = None,
) -> list[SketchCell]:
    """Streets, communities and cells of the district inside its outline (degrees).

    `divisions`: every street and community of the district with its everyday name. `cells`: how many in all; `fixed`:
    exact numbers for some streets. `anchors`: about where a street lies (lng, lat), so that it comes out on its own side.
    """
    fixed, anchors = fixed or {}, anchors or {}
    streets = sorted(c for c in divisions if rules.level(c) == "street")
    members = {
        s: sorted(c for c in divisions if rules.level(c) == "community" and rules.parent(c) == s) for s in streets
    }
    streets = [s for s in streets if members[s]]
    counts = _counts(cells, streets, members, fixed)
    rng = np.random.default_rng(district // 1_000_000_000)
    frame = rules.Frame.around(outline)
    area = frame.to(outline)
    start = None
    if all(s in anchors for s in streets):
        start = frame.metres(np.array([anchors[s] for s in streets]))
    core = np.median(start, axis=0) if start is not None else np.array([area.centroid.x, area.centroid.y])
    made: list[tuple[int, BaseGeometry]] = []
    for street, land in zip(streets, _divide(area, _seeds(area, len(streets), core, rng, start)), strict=True):
        here = _divide(land, _seeds(land, len(members[street]), core, rng))
        # Villages (third group of digits from 200) lie farthest out; the rest keep the order of their codes.
        here.sort(key=lambda g: float(np.hypot(*(np.array([g.centroid.x, g.centroid.y]) - core))))
        for community, ground in zip(sorted(members[street]), here, strict=True):
            for part in _divide(ground, _seeds(ground, counts[community], core, rng)):
                made.append((community, part))
    shapes = _node([frame.back(part) for _, part in made])
    by_community: dict[int, list[BaseGeometry]] = {}
    for (community, _), geometry in zip(made, shapes, strict=True):
        by_community.setdefault(community, []).append(geometry)
    result: list[SketchCell] = []
    for community in sorted(by_community):
        parts = by_community[community]
        order = rules.order_west_east([(p.centroid.x, p.centroid.y) for p in parts])
        for number, i in enumerate(order, start=1):
            name = rules.cell_name(divisions[community], number)
            result.append(SketchCell(community + number, name, community, parts[i]))
    return result


def _counts(
    cells: int, streets: Sequence[int], members: Mapping[int, Sequence[int]], fixed: Mapping[int, int]
) -> dict[int, int]:
    """Cells per community: fixed streets first, the rest by weight (a village counts half a town community)."""

    def weights(codes: Sequence[int]) -> list[float]:
        return [0.5 if code // 1000 % 1000 >= 200 else 1.0 for code in codes]

    counts: dict[int, int] = {}
    for street, number in fixed.items():
        counts |= dict(zip(members[street], quota(number, weights(members[street])), strict=True))
    rest = [c for s in streets if s not in fixed for c in members[s]]
    if rest:
        counts |= dict(zip(rest, quota(cells - sum(fixed.values()), weights(rest)), strict=True))
    elif sum(counts.values()) != cells:
        raise ValueError(f"{cells} cells wanted, {sum(counts.values())} fixed")
    return counts
