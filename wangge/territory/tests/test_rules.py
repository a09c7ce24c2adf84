"""Rules of land without a database: tables, then properties."""

import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import Point, Polygon, box, shape

from wangge.kernel.errors import Refusal
from wangge.territory import rules
from wangge.territory.tests import make

GEOD = Geod(ellps="GRS80")


# Place codes.


@pytest.mark.parametrize(
    ("code", "level", "hi", "parent", "text"),
    [
        (430204000000000, "district", 430204999999999, None, "430204"),
        (430204005000000, "street", 430204005999999, 430204000000000, "430204005"),
        (430204005001000, "community", 430204005001999, 430204005000000, "430204005001"),
        (430204005001003, "cell", 430204005001003, 430204005001000, "430204005001003"),
    ],
)
def test_a_code_knows_its_level_its_subtree_and_its_parent(
    code: int, level: str, hi: int, parent: int | None, text: str
) -> None:
    assert rules.level(code) == level
    assert rules.interval(code) == (code, hi)
    assert rules.parent(code) == parent
    assert rules.fmt(code) == text
    assert rules.parse_code(text) == code


@pytest.mark.parametrize("text", ["", "4302", "43020400500100X", "4302040050010031", "４３０２０４", "430204000001"])
def test_a_code_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="编码"):
        rules.parse_code(text)


@pytest.mark.parametrize("code", [0, 43020400500100, 430204000001000, 430204005000003, 10**15])
def test_a_number_that_names_a_part_of_nothing_has_no_level(code: int) -> None:
    with pytest.raises(ValueError):
        rules.level(code)


@given(st.integers(100000, 999999), st.integers(1, 999), st.integers(1, 999), st.integers(1, 999))
def test_every_cell_lies_in_the_interval_of_all_its_ancestors(
    county: int, street: int, community: int, cell: int
) -> None:
    code = county * 10**9 + street * 10**6 + community * 1000 + cell
    above: int | None = code
    while above is not None:
        lo, hi = rules.interval(above)
        assert lo <= code <= hi
        assert rules.parse_code(rules.fmt(above)) == above
        above = rules.parent(above)


def test_the_committee_is_left_out_of_the_everyday_name() -> None:
    names = ["新民社区居委会", "郭家塘村委会", "茅太新村", "永安社区居民委员会", "田心村社区居委会", "井龙街道"]
    assert [rules.short_name(n) for n in names] == [
        "新民社区",
        "郭家塘村",
        "茅太新村",
        "永安社区",
        "田心村社区",
        "井龙街道",
    ]


def test_cells_are_numbered_from_west_to_east_and_from_north_to_south() -> None:
    points = [(0.0, 0.0), (1.0, 0.02), (1.0, 1.0), (0.0, 0.98)]
    assert rules.order_west_east(points) == [3, 2, 0, 1]
    assert rules.order_west_east([]) == []
    assert rules.order_west_east([(1.0, 1.0)]) == [0]


# Datums. Reference vectors: the published test points of two independent open implementations (eviltransform,
# coordtransform), (lng, lat).

WGS_GCJ = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
]
GCJ_BD = [((116.404, 39.915), (116.41036949371029, 39.92133699351021))]


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(GEOD.inv(*a, *b)[2])


@pytest.mark.parametrize(("wgs", "gcj"), WGS_GCJ)
def test_gcj02_agrees_with_the_reference_points(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert metres(rules.convert(*wgs, "wgs84", "gcj02"), gcj) < 2
    assert metres(rules.convert(*gcj, "gcj02"), wgs) < 2


@pytest.mark.parametrize(("gcj", "bd"), GCJ_BD)
def test_bd09_agrees_with_the_reference_point(gcj: tuple[float, float], bd: tuple[float, float]) -> None:
    assert metres(rules.convert(*gcj, "gcj02", "bd09"), bd) < 2
    assert metres(rules.convert(*bd, "bd09", "gcj02"), gcj) < 2


@given(st.floats(73.5, 135), st.floats(18, 53.5), st.sampled_from(["gcj02", "bd09"]))
def test_there_and_back_is_less_than_a_millimetre(lng: float, lat: float, datum: str) -> None:
    there = rules.convert(lng, lat, "cgcs2000", datum)
    assert metres(rules.convert(*there, datum, "cgcs2000"), (lng, lat)) < 0.001
    assert metres(there, (lng, lat)) < 2_500


def test_outside_china_nothing_is_shifted_and_cgcs2000_is_wgs84() -> None:
    assert rules.convert(2.35, 48.85, "wgs84", "gcj02") == (2.35, 48.85)
    assert rules.convert(113.1, 27.9, "wgs84") == (113.1, 27.9)


@pytest.mark.parametrize(
    ("lng", "lat", "field"), [(181, 0, "lng"), (0, 91, "lat"), (math.nan, 0, "lng"), (0, math.inf, "lat")]
)
def test_a_point_that_is_none_is_refused_by_its_field(lng: float, lat: float, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        rules.convert(lng, lat, "wgs84")
    assert (refusal.value.code, refusal.value.field) == ("bad_point", field)
    with pytest.raises(Refusal, match="坐标系"):
        rules.convert(113.1, 27.9, "beijing54")


# Areas.


@given(st.floats(112.9, 113.9), st.floats(26.1, 28.0), st.floats(50, 20_000))
def test_an_area_is_that_of_the_ellipsoid(lng: float, lat: float, size: float) -> None:
    area = box(lng, lat, lng + size * make.LNG_M, lat + size * make.LAT_M)
    dense = shapely.segmentize(area, 0.001)
    exact = abs(GEOD.geometry_area_perimeter(dense)[0])
    assert rules.area_m2(area) == pytest.approx(exact, rel=1e-6)


# The check.


def piece(code: int, x: float, y: float, size: float = 200.0, height: float | None = None) -> rules.Piece:
    return rules.Piece(code, f"第{code:02d}网格", shape(make.square(x, y, size, height)))


OUTLINE = shape(make.square(0, 0, 400, 200))


@pytest.mark.parametrize(
    ("second", "kinds"),
    [
        pytest.param(piece(2, 200, 0), [], id="side by side"),
        pytest.param(piece(2, 199.99, 0), ["overlap", "gap"], id="one centimetre over: 2 m²"),
        pytest.param(piece(2, 200.002, 0, 199.998), [], id="two millimetres of gap: 0.4 m²"),
        pytest.param(piece(2, 200.01, 0, 199.99), ["gap"], id="one centimetre of gap: 2 m²"),
        pytest.param(piece(2, 200, 0, 200, 199), ["gap"], id="one metre short at the top"),
        pytest.param(piece(2, 200, 0, 201), ["outside"], id="one metre beyond the outline"),
    ],
)
def test_every_gap_and_overlap_of_a_square_metre_is_found(second: rules.Piece, kinds: list[str]) -> None:
    found = rules.check([piece(1, 0, 0), second], OUTLINE, "新民社区")
    assert [f.kind for f in found] == kinds
    for finding in found:
        assert finding.area_m2 >= 1
        assert 2 in finding.cells
        assert "第02网格" in finding.sentence
        assert shapely.distance(Point(finding.lng, finding.lat), OUTLINE) < 2e-5


def test_an_overlap_names_both_cells_and_the_area() -> None:
    found = rules.overlaps([piece(1, 0, 0), piece(2, 190, 0)])
    assert len(found) == 1
    assert found[0].cells == (1, 2)
    assert found[0].area_m2 == pytest.approx(2000, rel=0.01)
    assert "“第01网格”与“第02网格”重叠" in found[0].sentence


def test_without_an_outline_a_hole_between_cells_is_a_gap() -> None:
    around = [piece(1, 0, 0, 300, 100), piece(2, 0, 100, 100), piece(3, 200, 100, 100), piece(4, 0, 200, 300, 100)]
    around[1] = rules.Piece(2, "第02网格", shape(make.square(0, 100, 100, 100)))
    found = rules.check(around, None)
    assert [f.kind for f in found] == ["gap"]
    assert found[0].area_m2 == pytest.approx(10_000, rel=0.01)
    assert set(found[0].cells) == {1, 2, 3, 4}


def test_nothing_to_check_has_no_findings() -> None:
    assert rules.check([], OUTLINE) == []


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 4)), min_size=1, max_size=6))
def test_gaps_and_overlaps_account_for_every_square_metre(squares: list[tuple[int, int, int]]) -> None:
    """Area of the outline = union inside + gaps; sum of the cells = union + what is counted twice or more."""
    cells = [piece(i, x * 100, y * 100, size * 100) for i, (x, y, size) in enumerate(squares, start=1)]
    outline = shape(make.square(0, 0, 800))
    found = rules.check(cells, outline)
    union = shapely.union_all([c.geometry for c in cells])
    inside = rules.area_m2(u) if not (u := shapely.intersection(union, outline)).is_empty and u.area > 0 else 0.0
    gaps = sum(f.area_m2 for f in found if f.kind == "gap")
    assert gaps + inside == pytest.approx(rules.area_m2(outline), rel=1e-6)
    crossing = [f for f in found if f.kind == "overlap"]
    assert bool(crossing) == (sum(rules.area_m2(c.geometry) for c in cells) - rules.area_m2(union) > 1)


# Shapes from outside.


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"type": "Point", "coordinates": [113, 27]}, "not_a_polygon"),
        ({"type": "Polygon", "coordinates": []}, "not_a_polygon"),
        ({"type": "Polygon"}, "not_a_shape"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3]]]}, "not_a_shape"),
        ({}, "not_a_shape"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "crosses_itself"),
        ({"type": "Polygon", "coordinates": [[[5e5, 3e6], [5.1e5, 3e6], [5.1e5, 3.1e6], [5e5, 3e6]]]}, "not_degrees"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [math.nan, 1], [0, 0]]]}, "not_a_shape"),
    ],
)
def test_a_shape_that_cannot_be_a_cell_is_refused(geometry: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        rules.read_shape(geometry)
    assert refusal.value.code == code
    assert "请" in refusal.value.sentence


def test_a_shape_of_a_web_map_is_brought_home() -> None:
    home = shape(make.square(0, 0))
    shifted = rules.to_geojson(rules.convert_geometry(home, "cgcs2000", "bd09"), 12)
    back = rules.read_shape(shifted, "bd09")
    assert rules.area_m2(shapely.symmetric_difference(home, back)) < 0.1


def test_a_line_across_cuts_and_a_line_inside_does_not() -> None:
    land = shape(make.square(0, 0))
    parts = rules.cut(land, [make.point(100, -10), make.point(100, 210)])
    assert [round(rules.area_m2(p), -2) for p in parts] == [20000, 20000]
    with pytest.raises(Refusal, match="没有贯穿"):
        rules.cut(land, [make.point(100, 50), make.point(100, 210)])
    with pytest.raises(Refusal, match="两个点"):
        rules.cut(land, [make.point(100, 50)])


# The border rule.

LEFT, RIGHT = shape(make.square(0, 0)), shape(make.square(200, 0))


@pytest.mark.parametrize(
    ("x", "chosen", "candidates", "near", "nearest"),
    [
        pytest.param(100, 1, (1,), False, None, id="well inside"),
        pytest.param(194, 1, (1,), False, None, id="6 m inside"),
        pytest.param(199, 1, (1, 2), True, None, id="1 m inside"),
        pytest.param(200, 1, (1, 2), True, None, id="on the line: the smallest code"),
        pytest.param(201, 2, (2, 1), True, None, id="1 m over"),
        pytest.param(206, 2, (2,), False, None, id="6 m over"),
        pytest.param(399, 2, (2,), True, None, id="1 m inside the district"),
        pytest.param(400, 2, (2,), True, None, id="on the district's line"),
        pytest.param(401, None, (2,), True, 2, id="1 m outside the district"),
        pytest.param(900, None, (), False, 2, id="far outside"),
    ],
)
def test_a_point_is_placed_by_the_border_rule(
    x: float, chosen: int | None, candidates: tuple[int, ...], near: bool, nearest: int | None
) -> None:
    placed = rules.locate(Point(make.point(x, 100)), {1: LEFT, 2: RIGHT})
    assert (placed.cell_code, placed.candidates, placed.near_border, placed.nearest) == (
        chosen,
        candidates,
        near,
        nearest,
    )
    assert placed.outside == (chosen is None)
    assert bool(placed.note) == (near or chosen is None)


def test_a_point_outside_says_how_far() -> None:
    assert rules.locate(Point(make.point(450, 100)), {1: LEFT, 2: RIGHT}).distance_m == pytest.approx(50, abs=0.2)
    assert rules.locate(Point(make.point(450, 100)), {}) == rules.decide([], None)


def test_a_hole_is_outside() -> None:
    ring = Polygon(LEFT.exterior, [shape(make.square(80, 80, 40)).exterior])
    assert rules.locate(Point(make.point(100, 100)), {1: ring}).cell_code is None
