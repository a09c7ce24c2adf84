"""Imports of fixtures (部件普查): any header, sent twice without a second lamp, findings on record, taken back while untouched."""

from typing import Any

import pytest

from tests import make
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight
from wangge.kernel.tables import Column, write_xlsx
from wangge.registry import queries, services
from wangge.registry.models import ImportBatch
from wangge.territory import services as land
from wangge.territory.models import Fixture, FixtureCheck

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
TITLES = ("小类名称", "经度", "纬度", "位置描述", "主管部门", "普查情况", "备注")


def line(n: int, kind: str = "路灯", **given: Any) -> list[Any]:
    lng, lat = make.point(make.cell())
    row = {"小类名称": kind, "经度": f"{lng:.6f}", "纬度": f"{lat + n * 1e-4:.6f}", "位置描述": f"演示路{n}号门前",
           "主管部门": "市政维护中心", "普查情况": "", "备注": ""} | given  # fmt: skip
    return list(row.values())


def load(
    rows: list[list[Any]],
    actor: Actor = SYSTEM,
    titles: tuple[str, ...] = TITLES,
    name: str = "部件.xlsx",
    **given: Any,
) -> ImportBatch:
    data = write_xlsx([Column(str(i), t) for i, t in enumerate(titles)], rows, "部件")
    about: dict[str, Any] = {"area": make.SHIFENG, "source": "演示城管"} | given
    return services.import_file(actor=actor, kind="fixtures", data=data, name=name, **about)


def faults(batch: ImportBatch, *, written: bool = True) -> dict[int, str]:
    return {
        row: "；".join(f"{title}：{sentence}" for title, sentence in found)
        for row, _, found in queries.refused_rows(SYSTEM, batch, written=written)
    }


def test_a_sheet_of_a_census_registers_and_records_what_was_found():
    batch = load(
        [line(0), line(1, "公用设施-上水井盖", 普查情况="破损", 备注="井圈开裂"), line(2, "0118", 普查情况="在位完好")]
    )
    assert batch.counts == {"added": 3, "checked": 2}, faults(batch)
    lamp, cover = Fixture.objects.get(spot="演示路0号门前"), Fixture.objects.get(spot="演示路1号门前")
    assert (lamp.kind, lamp.owner, lamp.state, lamp.source) == ("0118", "市政维护中心", "intact", "演示城管")
    assert (cover.kind, cover.state, FixtureCheck.objects.get(fixture=cover).text) == ("0101", "damaged", "井圈开裂")


def test_the_same_fixtures_in_another_file_are_not_registered_twice():
    load([line(0), line(1)])
    again = load([line(0), line(1), line(2)], name="b.xlsx")
    assert again.counts == {"added": 1, "same": 2}
    assert Fixture.objects.count() == 3


def test_nothing_that_is_registered_is_overwritten_and_what_was_empty_is_filled():
    load([line(0, 主管部门=""), line(1)])
    held = Fixture.objects.get(spot="演示路1号门前")
    batch = load([line(0), line(1, 主管部门="城市照明公司")], name="b.xlsx")
    assert batch.counts == {"filled": 1, "refused": 1}
    assert "市政维护中心" in faults(batch)[3]
    held.refresh_from_db()
    assert held.owner == "市政维护中心"
    assert Fixture.objects.get(spot="演示路0号门前").owner == "市政维护中心"


def test_every_fault_is_named_and_a_rehearsal_writes_nothing():
    rows = [
        line(0, "路登"), line(1, "其他设施"), line(2, 经度=""), line(3, 经度="东经"), line(4, 经度="10", 纬度="10"),
        line(5, 普查情况="还行"), line(6),
    ]  # fmt: skip
    batch = load(rows, dry_run=True)
    assert batch.foreseen == {"added": 1, "refused": 6}
    told = faults(batch, written=False)
    assert "不在部件类别表中" in told[2]
    assert "不能为空" in told[4]
    assert "不在任何网格内" in told[6]
    assert "不能识别" in told[7]
    assert not Fixture.objects.exists()


def test_an_exported_table_comes_back_as_the_same():
    load([line(0), line(1)])
    one = Fixture.objects.order_by("code").first()
    assert one is not None
    titles = (
        "部件标识码",
        "部件类别",
        "部件名称",
        "经度",
        "纬度",
        "位置说明",
        "权属单位",
        "养护单位",
        "状态",
        "设置日期",
    )
    row = [one.code, "公用设施-路灯", one.name, f"{one.lng:.7f}", f"{one.lat:.7f}", one.spot, one.owner, "", "完好", ""]
    batch = load([row, row, [*row[:8], "丢失", ""]], titles=titles)
    assert batch.counts == {"same": 1, "refused": 2}
    assert "与第 2 行的标识码相同" in faults(batch)[3]
    assert FixtureCheck.objects.count() == 0  # a state in a register is no finding on the spot


def test_an_import_is_taken_back_but_for_what_was_checked_since():
    load([line(9, 主管部门="")])
    batch = load([line(0), line(1), line(9)], name="b.xlsx")
    seen = Fixture.objects.get(spot="演示路1号门前")
    land.check_fixture(actor=SYSTEM, code=seen.code, result="found", client_id=make.client_id())
    done = services.undo_import(actor=SYSTEM, batch_id=batch.pk)
    assert (done.removed, done.restored, done.kept) == (1, 1, 1)
    assert sorted(Fixture.objects.values_list("spot", "owner")) == [
        ("演示路1号门前", "市政维护中心"),
        ("演示路9号门前", ""),
    ]


def test_who_may_not_keep_fixtures_may_not_import_them():
    with pytest.raises(NoRight):
        load([line(0)], actor=make.actor("supervisor", place=make.SHIFENG))


def test_the_wrong_district_is_told_and_not_registered():
    street = make.actor("street", place=430204001000000)
    batch = load([line(0)], actor=street, area=430204001000000)
    assert batch.counts == {"refused": 1}
    assert "管辖范围" in faults(batch)[2]
