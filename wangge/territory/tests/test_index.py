"""The search tree gives the answer of the slow rule, one by one and all at once."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, shape

from wangge.territory import generate, reference, rules
from wangge.territory.index import CellIndex
from wangge.territory.tests import make

SHEET = {i * 10 + j: shape(make.square(i * 200, j * 200)) for i in range(1, 4) for j in range(1, 4)}
INDEX = CellIndex(list(SHEET), list(SHEET.values()))


@given(st.floats(150, 850), st.floats(150, 850))
def test_the_index_agrees_with_the_rule(x: float, y: float) -> None:
    lng, lat = make.point(x, y)
    placed, slow = INDEX.place(lng, lat), rules.locate(Point(lng, lat), SHEET)
    # The two measure metres in frames that differ by 1 in 1,000: at exactly 5 m they may differ in what is still near.
    assert placed.cell_code == slow.cell_code
    assert placed.outside == slow.outside
    if placed.candidates != slow.candidates:
        assert any(abs(_metres(lng, lat, c) - rules.NEAR_M) < 0.02 for c in SHEET.values())


def _metres(lng: float, lat: float, cell: shapely.Geometry) -> float:
    frame = rules.Frame(lng, lat)
    return float(shapely.distance(frame.to(cell).boundary, Point(0, 0)))


@pytest.mark.parametrize("x", [200, 400, 600])
@pytest.mark.parametrize("y", [200, 300, 400, 555.5])
def test_on_a_line_the_smallest_code_is_chosen(x: float, y: float) -> None:
    placed = INDEX.place(*make.point(x, y))
    assert placed.near_border
    assert placed.cell_code == min(placed.candidates)


def test_many_points_at_once_get_the_same_answers() -> None:
    rng = np.random.default_rng(3)
    points = [make.point(*p) for p in rng.uniform(150, 850, (2000, 2))] + [make.point(400, 400), make.point(399, 300)]
    at_once = INDEX.place_many(np.array([p[0] for p in points]), np.array([p[1] for p in points]))
    assert at_once == [INDEX.place(*p) for p in points]
    assert {p.outside for p in at_once} == {True, False}
    assert INDEX.place_many(np.array([]), np.array([])) == []


def test_no_cells_place_nothing() -> None:
    empty = CellIndex([], [])
    assert empty.place(113.1, 27.9).cell_code is None
    assert empty.place_many(np.array([113.1]), np.array([27.9]))[0].note
    assert len(empty) == 0


# The sketch.

DISTRICTS = [(430204000000000, 380, {make.JINGLONG: 21}), (430202000000000, 120, {})]


def sketched(
    district: int, cells: int, fixed: dict[int, int]
) -> tuple[list[generate.SketchCell], shapely.Geometry, dict[int, str]]:
    lo, hi = rules.interval(district)
    names = {c: rules.short_name(n) for c, n in reference.divisions()[2] if lo < c <= hi}
    outline = next(shape(o.geometry) for o in reference.outlines() if o.code == district and o.grade == "detailed")
    made = generate.sketch(district, outline, names, cells, fixed=fixed, anchors=reference.street_sides())
    return made, outline, names


@pytest.mark.parametrize(("district", "cells", "fixed"), DISTRICTS)
def test_a_sketch_covers_the_district_without_gap_or_overlap(district: int, cells: int, fixed: dict[int, int]) -> None:
    made, outline, names = sketched(district, cells, fixed)
    assert len(made) == cells
    assert rules.check([rules.Piece(c.code, c.name, c.geometry) for c in made], outline) == []
    assert shapely.coverage_is_valid(np.array([c.geometry for c in made]))
    communities = {c for c in names if rules.level(c) == "community"}
    assert {c.community for c in made} == communities
    for street, number in fixed.items():
        lo, hi = rules.interval(street)
        assert sum(lo <= c.code <= hi for c in made) == number
    for cell in made:
        assert rules.at_level(cell.code, "community") == cell.community
        assert 20_000 < rules.area_m2(cell.geometry) < 10_000_000
    assert "新民社区第03网格" in {c.name for c in made} or district != 430204000000000


def test_the_same_sketch_comes_out_twice() -> None:
    first, again = (sketched(*DISTRICTS[1])[0] for _ in range(2))
    assert [(c.code, c.geometry.wkt) for c in first] == [(c.code, c.geometry.wkt) for c in again]


def test_two_neighbouring_districts_do_not_overlap() -> None:
    pieces = [rules.Piece(c.code, c.name, c.geometry) for d in DISTRICTS for c in sketched(*d)[0]]
    assert rules.overlaps(pieces) == []


@given(st.integers(1, 200), st.lists(st.floats(0.1, 5), min_size=1, max_size=20))
def test_a_quota_shares_out_everything_and_leaves_nobody_empty(total: int, weights: list[float]) -> None:
    if total < len(weights):
        with pytest.raises(ValueError):
            generate.quota(total, weights)
        return
    shares = generate.quota(total, weights)
    assert sum(shares) == total
    assert min(shares) >= 1
