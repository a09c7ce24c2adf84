"""Cells over time: drawn, redrawn, split, merged, retired, imported; what is refused, and by which words."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from pyproj import CRS, Transformer

from wangge.kernel import clock
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry, Fact
from wangge.territory import queries, rules, services
from wangge.territory.models import CellBoundary, CellLineage, Division, DivisionOutline, GridCell
from wangge.territory.tests import make

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    queries.forget()
    with clock.frozen(NOON):
        yield
    queries.forget()


@pytest.fixture
def land(db: None) -> None:
    make.divisions()


# Reference data.


def test_the_four_districts_are_loaded_to_the_community(land: None) -> None:
    assert [d.short for d in queries.districts()] == ["荷塘区", "芦淞区", "石峰区", "天元区"]
    assert Division.objects.filter(level="street").count() == 30
    assert Division.objects.filter(level="community").count() == 311
    inside = queries.children(make.JINGLONG)
    assert [d.code for d in inside if d.code // 1000 % 1000 < 200] == [
        430204005001000,
        430204005003000,
        430204005004000,
    ]
    assert len(inside) == 6
    assert services.load_divisions(actor=SYSTEM) == 0


def test_outlines_name_their_source_and_limits(land: None) -> None:
    assert services.load_outlines(actor=SYSTEM) == 11
    assert services.load_outlines(actor=SYSTEM) == 0
    assert all(o.source and "不得用于勘界" in o.limits for o in DivisionOutline.objects.all())
    detailed = queries.outline(430204000000000)
    assert detailed is not None
    assert detailed.grade == "detailed"
    assert detailed.area_m2 == pytest.approx(180.5e6, rel=0.01)
    assert Division.objects.filter(level="district").count() == 9


def test_a_sketched_district_has_its_cells_and_passes_the_check(land: None) -> None:
    services.load_outlines(actor=SYSTEM)
    services.sketch_cells(actor=SYSTEM, district=430202000000000, cells=120, from_on=make.START)
    assert queries.cells(430202000000000).count() == 120
    assert queries.check(430202000000000) == []
    assert queries.cell_at(113.2, 27.9).cell_code is not None
    first = queries.cells(430202000000000)[0]
    assert queries.path_of(first.code) == "荷塘区·月塘街道·文化路社区·01网格"
    with pytest.raises(Refusal, match="已有网格"):
        services.sketch_cells(actor=SYSTEM, district=430202000000000, cells=120, from_on=make.START)


# One cell.


def test_a_drawn_cell_gets_the_next_number_of_its_community(land: None) -> None:
    first, second = make.cell(0), make.cell(200)
    assert (first.code, second.code) == (430204005001001, 430204005001002)
    assert first.name == "新民社区第01网格"
    assert queries.path_of(first.code) == "石峰区·井龙街道·新民社区·01网格"
    bound = queries.boundary(first.code)
    assert bound is not None
    assert bound.area_m2 == pytest.approx(40_000, rel=0.001)
    assert AuditEntry.objects.filter(action="territory.cell_drawn").count() == 2
    assert Fact.objects.filter(name="territory.CellDrawn").count() == 2


def test_a_code_is_never_given_twice(land: None) -> None:
    make.cell(0)
    last = make.cell(200)
    services.retire_cell(actor=make.editor(), code=last.code)
    assert make.cell(200, from_on=TODAY).code == last.code + 1
    with pytest.raises(IntegrityError), transaction.atomic():
        GridCell.objects.filter(pk=last.code).delete()


@pytest.mark.parametrize(("x", "size"), [(100, 200), (199.9, 200), (50, 50), (-500, 1500)])
def test_an_overlap_is_refused_by_both_names_and_the_area(land: None, x: float, size: float) -> None:
    make.cell(0, name="老街网格")
    with pytest.raises(Refusal) as refusal:
        make.cell(x, size=size, name="新街网格", community=make.SHIDAI)
    assert refusal.value.code == "cells_overlap"
    assert (
        "“新街网格”与“老街网格”重叠" in refusal.value.sentence or "“老街网格”与“新街网格”重叠" in refusal.value.sentence
    )
    assert refusal.value.data["area_m2"] >= 1
    assert GridCell.objects.count() == 1


def test_an_overlap_on_a_later_day_is_refused_today(land: None) -> None:
    make.cell(0, from_on=date(2027, 1, 1))
    with pytest.raises(Refusal, match="重叠"):
        make.cell(0)


def test_a_micro_cell_lies_within_a_general_one_and_places_no_point(land: None) -> None:
    whole = make.cell(0)
    micro = make.cell(50, 50, 50, kind="micro")
    assert queries.cell_at(*make.point(75, 75)).cell_code == whole.code
    with pytest.raises(Refusal, match="重叠"):
        make.cell(60, 60, 50, kind="micro")
    assert micro.kind == "micro"


def test_a_cell_may_not_leave_the_district(land: None) -> None:
    services.load_outlines(actor=SYSTEM)
    with pytest.raises(Refusal, match="超出石峰区的边界") as refusal:
        services.draw_cell(
            actor=SYSTEM,
            community=make.XINMIN,
            geometry={
                "type": "Polygon",
                "coordinates": [[[113.1, 27.6], [113.11, 27.6], [113.11, 27.61], [113.1, 27.6]]],
            },
        )
    assert refusal.value.code == "cell_outside"


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        pytest.param(make.editor(make.TIANXIN), NotHere, id="another street"),
        pytest.param(make.editor(430202000000000), NotHere, id="another district"),
        pytest.param(make.editor(430204005001001), NotHere, id="only one cell"),
        pytest.param(make.editor(make.JINGLONG, "territory.view"), NoRight, id="may only look"),
    ],
)
def test_the_wrong_office_cannot_touch_a_cell(land: None, actor: Any, error: type[Refusal]) -> None:
    code = make.cell(0).code
    before = CellBoundary.objects.count()
    with pytest.raises(error):
        services.draw_cell(actor=actor, community=make.XINMIN, geometry=make.square(400, 0))
    if actor.lo != code:
        with pytest.raises(error):
            services.redraw_cell(actor=actor, code=code, geometry=make.square(0, 0, 190))
        with pytest.raises(error):
            services.retire_cell(actor=actor, code=code)
        with pytest.raises(error):
            services.rename_cell(actor=actor, code=code, name="改名")
        with pytest.raises(error):
            services.split_cell(actor=actor, code=code, line=[make.point(100, -9), make.point(100, 209)])
    with pytest.raises(error):
        services.merge_cells(actor=actor, codes=[code, code + 1])
    assert CellBoundary.objects.count() == before


def test_last_years_day_gives_last_years_cell(land: None) -> None:
    left, right = make.cell(0), make.cell(200)
    place = make.point(250, 100)
    services.redraw_cells(
        actor=make.editor(),
        changes=[
            {"code": left.code, "geometry": make.square(0, 0, 300, 200)},
            {"code": right.code, "geometry": make.square(300, 0, 100, 200)},
        ],
    )
    assert queries.cell_at(*place).cell_code == left.code
    assert queries.cell_at(*place, at=date(2025, 3, 2)).cell_code == right.code
    assert queries.cell_at(*place, at=date(2026, 3, 1)).cell_code == right.code
    assert queries.cell_at(*place, at=date(2019, 12, 31)).cell_code is None
    assert [p.cell_code for p in queries.cells_at([place[0]], [place[1]], at=date(2025, 3, 2))] == [right.code]
    assert len(queries.history(left.code)) == 2


def test_a_border_from_a_coming_day_holds_from_that_day(land: None) -> None:
    code = make.cell(0).code
    services.redraw_cell(actor=make.editor(), code=code, geometry=make.square(0, 0, 100), from_on=date(2026, 4, 1))
    assert queries.cell_at(*make.point(150, 150)).cell_code == code
    assert queries.cell_at(*make.point(150, 150), at=date(2026, 4, 1)).cell_code is None
    with pytest.raises(Refusal, match="已有一条自 2026-04-01 起"):
        services.redraw_cell(actor=make.editor(), code=code, geometry=make.square(0, 0, 150), from_on=date(2026, 3, 20))


def test_the_past_is_not_redrawn(land: None) -> None:
    code = make.cell(0).code
    with pytest.raises(Refusal, match="早于今天"):
        services.redraw_cell(actor=make.editor(), code=code, geometry=make.square(0, 0, 100), from_on=date(2026, 3, 1))


def test_a_border_redrawn_twice_in_a_day_keeps_the_first_without_a_day(land: None) -> None:
    code = make.cell(0).code
    for size in (150.0, 120.0):
        services.redraw_cell(actor=make.editor(), code=code, geometry=make.square(0, 0, size))
    assert [b.valid.isempty for b in queries.history(code)] == [False, True, False]
    assert queries.cell_at(*make.point(140, 140)).cell_code is None


def test_whoever_looked_at_an_older_border_is_told_who_changed_it(land: None) -> None:
    code = make.cell(0).code
    seen = queries.boundary(code)
    assert seen is not None
    services.redraw_cell(actor=make.editor(), code=code, geometry=make.square(0, 0, 150), seen_boundary=seen.pk)
    with pytest.raises(Refusal, match="已由周敏于") as refusal:
        services.redraw_cell(actor=make.editor(), code=code, geometry=make.square(0, 0, 120), seen_boundary=seen.pk)
    assert refusal.value.code == "boundary_changed"


def test_a_retired_cell_stays_readable_and_cannot_be_changed(land: None) -> None:
    code = make.cell(0).code
    services.retire_cell(actor=make.editor(), code=code)
    assert queries.cell(code).name == "新民社区第01网格"
    assert queries.name_of(code) == "新民社区第01网格"
    assert list(queries.cells(make.XINMIN)) == []
    assert [c.code for c in queries.cells(make.XINMIN, retired=True)] == [code]
    assert queries.cell_at(*make.point(100, 100)).outside
    assert queries.cell_at(*make.point(100, 100), at=date(2026, 3, 1)).cell_code == code
    assert [(line.kind, line.successor_id) for line in queries.lineage(code)] == [("retire", None)]
    with pytest.raises(Refusal, match="不在有效期内"):
        services.redraw_cell(actor=make.editor(), code=code, geometry=make.square(0, 0, 100))


def test_a_split_cell_ends_and_its_parts_carry_new_codes(land: None) -> None:
    old = make.cell(0)
    parts = services.split_cell(
        actor=make.editor(), code=old.code, line=[make.point(80, -10), make.point(80, 210)], names=["西网格", ""]
    )
    assert [p.code for p in parts] == [430204005001002, 430204005001003]
    assert [p.name for p in parts] == ["西网格", "新民社区第03网格"]
    assert queries.cell_at(*make.point(40, 100)).cell_code == parts[0].code
    assert queries.cell_at(*make.point(120, 100)).cell_code == parts[1].code
    assert queries.cell_at(*make.point(40, 100), at=date(2026, 3, 1)).cell_code == old.code
    assert {line.successor_id for line in queries.lineage(old.code)} == {p.code for p in parts}
    assert queries.check(make.XINMIN) == []
    assert queries.area_of(make.XINMIN) == pytest.approx(40_000, rel=0.001)


def test_merged_cells_end_and_their_land_is_one(land: None) -> None:
    left, right = make.cell(0), make.cell(200)
    whole = services.merge_cells(actor=make.editor(), codes=[left.code, right.code], name="大网格")
    assert whole.code == 430204005001003
    assert {queries.cell_at(*make.point(x, 100)).cell_code for x in (100, 200, 300)} == {whole.code}
    assert not queries.cell_at(*make.point(200, 100)).near_border
    assert CellLineage.objects.filter(successor=whole, kind="merge").count() == 2
    fact = Fact.objects.filter(name="territory.CellRetired").order_by("id").first()
    assert fact is not None
    assert fact.data["successors"] == [whole.code]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        pytest.param({"x": 600}, "没有共同边界", id="apart"),
        pytest.param({"x": 200, "community": make.SHIDAI}, "同一社区", id="two communities"),
        pytest.param({"x": 200, "kind": "dedicated"}, "同一类型", id="two kinds"),
    ],
)
def test_cells_that_do_not_belong_together_are_not_merged(land: None, second: dict[str, Any], words: str) -> None:
    first, other = make.cell(0), make.cell(**second)
    with pytest.raises(Refusal, match=words):
        services.merge_cells(actor=make.editor(), codes=[first.code, other.code])


def test_two_borders_at_once_are_refused_by_the_database_too(land: None) -> None:
    bound = queries.boundary(make.cell(0).code)
    assert bound is not None
    bound.pk, bound.valid = None, DateRange(TODAY, None)
    with pytest.raises(IntegrityError, match="one_boundary_per_cell_at_a_time"), transaction.atomic():
        bound.save(force_insert=True)


@pytest.mark.parametrize(
    ("table", "row", "constraint"),
    [
        ("gridcell", {"code": 430204005001000, "community_id": make.XINMIN}, "a_cell_code_has_a_cell_number"),
        (
            "gridcell",
            {"code": 430204005003001, "community_id": make.XINMIN},
            "a_cell_lies_in_the_community_of_its_code",
        ),
        ("gridcell", {"code": 430204005001001, "community_id": make.XINMIN, "kind": "x"}, "a_cell_is_general_micro_or"),
        ("division", {"code": 430204006000000, "level": "community", "parent_id": 430204000000000}, "a_division_level"),
        (
            "division",
            {"code": 430205000000000, "level": "district", "parent_id": make.XINMIN},
            "only_a_district_has_no",
        ),
    ],
)
def test_the_database_refuses_a_row_that_cannot_be(
    land: None, table: str, row: dict[str, Any], constraint: str
) -> None:
    model: Any = GridCell if table == "gridcell" else Division
    extra: dict[str, Any] = {"name": "某", "valid": DateRange(TODAY, None)}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.create(**extra | row)


# Finding.


def test_cells_are_found_by_name_pinyin_and_number(land: None) -> None:
    code = make.cell(0, name="新民社区第01网格").code
    make.cell(200, name="集贸市场专属网格", kind="dedicated")
    for text in ("新民", "xmsq", "430204005001001", "第01"):
        assert code in [c.code for c in queries.search(text)], text
    assert [c.name for c in queries.search("jmsc")] == ["集贸市场专属网格"]
    assert queries.search("田心") == []
    assert [d.short for d in queries.search_divisions("井龙街")] == ["井龙街道"]


def test_the_map_gets_features_with_codes_as_text(land: None) -> None:
    make.cell(0)
    services.load_outlines(actor=SYSTEM)
    found = queries.geojson(make.JINGLONG, simplify_m=1)
    assert [f["properties"]["code"] for f in found["features"]] == ["430204005001001"]
    assert queries.geojson(make.TIANXIN)["features"] == []
    assert queries.outlines_geojson([430204000000000])["features"][0]["properties"]["grade"] == "detailed"


def test_a_point_in_another_datum_finds_the_same_cell(land: None) -> None:
    code = make.cell(0).code
    for datum in rules.DATUMS:
        lng, lat = rules.convert(*make.point(100, 100), "cgcs2000", datum)
        assert queries.cell_at(lng, lat, datum).cell_code == code
        assert queries.cells_at([lng], [lat], datum)[0].cell_code == code
    with pytest.raises(Refusal):
        queries.cell_at(181, 27)
    with pytest.raises(Refusal):
        queries.cells_at([181], [27])


# Files.

ROWS = [("甲网格", "430204005001", make.square(0, 0)), ("乙网格", "430204005001", make.square(200, 0))]


def _geojson(datum: str = "cgcs2000") -> bytes:
    moved = []
    for name, community, polygon in ROWS:
        ring = [list(rules.convert(x, y, "cgcs2000", datum)) for x, y in polygon["coordinates"][0]]
        moved.append(({"网格名称": name, "社区编码": community}, {"type": "Polygon", "coordinates": [ring]}))
    return make.geojson(*moved)


def _projected() -> bytes:
    crs = CRS.from_epsg(4547)
    to = Transformer.from_crs(4490, crs, always_xy=True)
    rows = [
        (n, c, {"type": "Polygon", "coordinates": [[list(to.transform(x, y)) for x, y in p["coordinates"][0]]]})
        for n, c, p in ROWS
    ]
    return make.shp(rows, prj=crs.to_wkt("WKT1_ESRI"))


FILES = [
    pytest.param("geojson", "cgcs2000", _geojson(), id="GeoJSON"),
    pytest.param("geojson", "gcj02", _geojson("gcj02"), id="GeoJSON in GCJ-02"),
    pytest.param("geojson", "bd09", _geojson("bd09"), id="GeoJSON in BD-09"),
    pytest.param("geojson", "wgs84", _geojson().decode().encode("gb18030"), id="GeoJSON in GBK"),
    pytest.param("shp", "wgs84", make.shp(ROWS), id="Shapefile in UTF-8"),
    pytest.param("shp", "wgs84", make.shp(ROWS, encoding="gb18030"), id="Shapefile in GBK"),
    pytest.param("shp", "wgs84", make.shp(ROWS, encoding="gb18030", cpg="GBK"), id="Shapefile in GBK with .cpg"),
    pytest.param("shp", "cgcs2000", _projected(), id="Shapefile in Gauss-Krüger metres"),
    pytest.param("kml", "wgs84", make.kml(ROWS), id="KML"),
]


@pytest.mark.parametrize(("kind", "datum", "data"), FILES)
def test_a_file_of_cells_is_previewed_and_imported(land: None, kind: str, datum: str, data: bytes) -> None:
    actor = make.editor()
    preview = services.propose_cells(actor=actor, data=data, kind=kind, datum=datum)
    assert preview.ok
    assert not preview.done
    assert GridCell.objects.count() == 0
    report = services.import_cells(actor=actor, data=data, kind=kind, datum=datum)
    assert report.done
    assert [(r.code, r.name, r.action) for r in report.rows] == [
        ("430204005001001", "甲网格", "new"),
        ("430204005001002", "乙网格", "new"),
    ]
    assert queries.cell_at(*make.point(100, 100)).cell_code == 430204005001001
    assert queries.cell_at(*make.point(300, 100)).cell_code == 430204005001002
    bound = queries.boundary(430204005001001)
    assert bound is not None
    assert bound.area_m2 == pytest.approx(40_000, rel=0.002)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param(
            ({"名称": "丙", "社区编码": "430204005001"}, make.square(150, 0)), "重叠", id="overlaps another row"
        ),
        pytest.param(({"名称": "丙", "社区编码": "430204005001"}, None), "没有图形", id="no shape"),
        pytest.param(({"名称": "丙"}, make.square(900, 0)), "没有网格编码，也没有所属社区", id="no community"),
        pytest.param(
            ({"名称": "丙", "社区": "不存在社区"}, make.square(900, 0)), "不在区划表中", id="unknown community"
        ),
        pytest.param(
            ({"名称": "丙", "社区编码": "430204001002"}, make.square(900, 0)), "管辖范围", id="another street"
        ),
        pytest.param(
            ({"名称": "丙", "网格编码": "430204005001"}, make.square(900, 0)), "不是 15 位网格编码", id="short code"
        ),
        pytest.param(
            ({"名称": "丙", "社区编码": "430204005001", "类型": "大网格"}, make.square(900, 0)),
            "不认识",
            id="unknown kind",
        ),
        pytest.param(
            (
                {"名称": "丙", "社区编码": "430204005001"},
                {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            ),
            "自相交",
            id="crosses itself",
        ),
    ],
)
def test_one_wrong_row_stops_the_file_and_is_named(
    land: None, row: tuple[dict[str, str], dict[str, Any] | None], words: str
) -> None:
    good = ({"名称": "甲", "社区编码": "430204005001"}, make.square(0, 0))
    report = services.import_cells(actor=make.editor(), data=make.geojson(good, row), kind="geojson", datum="wgs84")
    assert not report.done
    assert not report.ok
    wrong = next(r for r in report.wrong if r.row == 2)
    assert wrong.sentence.startswith("第 2 个图形“丙”：") or "第 2 个图形" in wrong.sentence
    assert words in wrong.sentence
    assert GridCell.objects.count() == 0


def test_an_import_redraws_the_cells_whose_codes_it_names(land: None) -> None:
    code = make.cell(0).code
    rows = [
        ({"网格编码": str(code), "网格名称": "甲"}, make.square(0, 0, 300, 200)),
        ({"网格编码": "430204005001008", "网格名称": "乙"}, make.square(300, 0)),
        ({"社区": "新民社区居委会"}, make.square(500, 0)),
    ]
    report = services.import_cells(actor=make.editor(), data=make.geojson(*rows), kind="geojson", datum="cgcs2000")
    assert [(r.action, r.code) for r in report.rows] == [
        ("redraw", str(code)),
        ("new", "430204005001008"),
        ("new", "430204005001009"),
    ]
    assert report.done
    assert queries.cell_at(*make.point(250, 100)).cell_code == code
    twice = make.geojson(rows[0], rows[0])
    report = services.import_cells(actor=make.editor(), data=twice, kind="geojson", datum="cgcs2000")
    assert any("在文件中已用于" in r.sentence for r in report.rows)


def test_an_import_may_not_cover_a_cell_that_stays(land: None) -> None:
    make.cell(100, name="老网格")
    report = services.propose_cells(actor=make.editor(), data=_geojson(), kind="geojson", datum="cgcs2000")
    assert all("老网格" in r.sentence for r in report.wrong)
    assert len(report.wrong) == 2


BROKEN = [
    pytest.param("geojson", b"", "空的", id="empty"),
    pytest.param("geojson", b'{"type": "FeatureCollection", "features": [', "不是有效的 GeoJSON", id="cut off"),
    pytest.param("geojson", b"[1, 2]", "不是 GeoJSON 要素集", id="a list"),
    pytest.param("geojson", b'{"type": "FeatureCollection", "features": []}', "没有图形", id="no features"),
    pytest.param("geojson", b"[" * 100_000, "不是有效的 GeoJSON", id="deep"),
    pytest.param("geojson", b"\xff\xff\xff\xff", "文字编码|不是有效的", id="no text"),
    pytest.param("shp", b"PK\x03\x04 nothing", "压缩包损坏", id="broken zip"),
    pytest.param("shp", make.shp(ROWS)[:-200], "压缩包损坏", id="cut zip"),
    pytest.param("shp", make.shp(ROWS, prj="nonsense"), "坐标系说明", id="unknown projection"),
    pytest.param("kml", b"<kml><Placemark>", "不是有效的 KML", id="open tags"),
    pytest.param("kml", make.kml([], '<!DOCTYPE kml [<!ENTITY a "b">]>'), "文档类型声明", id="entities"),
    pytest.param("kml", make.kml([]), "没有图形", id="no placemarks"),
    pytest.param("kml", b"<a>" * 1000, "嵌套过深", id="deep tags"),
    pytest.param("dwg", b"x", "不支持", id="another format"),
]


@pytest.mark.parametrize(("kind", "data", "words"), BROKEN)
def test_a_file_that_cannot_be_read_is_refused_with_advice(land: None, kind: str, data: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refusal:
        services.import_cells(actor=make.editor(), data=data, kind=kind, datum="wgs84")
    assert refusal.value.status in (413, 422)
    assert "请" in refusal.value.sentence


# Two people at once.


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_one_border_exactly_one_wins() -> None:
    make.divisions()
    code = make.cell(0).code
    seen = queries.boundary(code)
    assert seen is not None
    results = _race(
        lambda: services.redraw_cell(
            actor=make.editor(), code=code, geometry=make.square(0, 0, 150), seen_boundary=seen.pk, from_on=TODAY
        ),
        lambda: services.redraw_cell(
            actor=make.editor(), code=code, geometry=make.square(0, 0, 120), seen_boundary=seen.pk, from_on=TODAY
        ),
    )
    assert sorted(results) == ["boundary_changed", "done"]


@pytest.mark.django_db(transaction=True)
def test_two_people_draw_on_the_same_ground_and_one_is_told() -> None:
    make.divisions()
    results = _race(*(lambda i=i: make.cell(10 * i, name=f"网格{i}", from_on=TODAY) for i in range(2)))
    assert sorted(results) == ["cells_overlap", "done"]
    assert GridCell.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_draw_side_by_side_and_get_two_numbers() -> None:
    make.divisions()
    assert _race(*(lambda i=i: make.cell(200 * i, from_on=TODAY) for i in range(2))) == ["done", "done"]
    assert sorted(GridCell.objects.values_list("code", flat=True)) == [430204005001001, 430204005001002]


def _race(*acts: Any) -> list[str]:
    start, results = threading.Barrier(len(acts)), []

    def run(act: Any) -> None:
        try:
            with clock.frozen(NOON):
                start.wait()
                act()
            results.append("done")
        except Refusal as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
