"""Imports of devices: any header, every fault named with its row, nothing overwritten, taken back while nobody touched them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests import make
from wangge.events import services as events
from wangge.events.tests import make_devices
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, Refusal
from wangge.kernel.tables import Column, write_xlsx
from wangge.registry import queries, services
from wangge.registry.models import ImportBatch
from wangge.territory import services as land
from wangge.territory.models import Device, DevicePulse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("district")]
TITLES = (
    "序列号",
    "设备类型",
    "安装地点",
    "经度",
    "纬度",
    "所属网格",
    "物业公司",
    "安装时间",
    "用途",
    "提示标识",
    "录像保存天数",
)


def line(n: int, **given: Any) -> list[Any]:
    lng, lat = make.point(make.cell())
    row = {
        "序列号": f"MJ-{n:05d}", "设备类型": "智能门禁", "安装地点": f"响田小区{n}栋1单元门口", "经度": f"{lng:.6f}",
        "纬度": f"{lat:.6f}", "所属网格": "", "物业公司": "", "安装时间": "2022-03-05", "用途": "", "提示标识": "",
        "录像保存天数": "",
    } | given  # fmt: skip
    return list(row.values())


CAMERA = {"设备类型": "高空抛物摄像头", "用途": "楼栋高空抛物取证", "提示标识": "是", "录像保存天数": "30"}


def load(rows: list[list[Any]], actor: Actor = SYSTEM, titles: tuple[str, ...] = TITLES, **given: Any) -> ImportBatch:
    data = write_xlsx([Column(str(i), t) for i, t in enumerate(titles)], rows, "设备")
    about: dict[str, Any] = {"name": "设备.xlsx", "area": make.SHIFENG, "source": "演示物业"} | given
    return services.import_file(actor=actor, kind="devices", data=data, **about)


def faults(batch: ImportBatch, *, written: bool = True) -> dict[int, list[str]]:
    with scope.system():
        rows = list(queries.refused_rows(SYSTEM, batch, written=written))
    return {row: [f"{title}：{sentence}" for title, sentence in found] for row, _, found in rows}


def devices() -> dict[str, Device]:
    with scope.system():
        return {one.serial: one for one in Device.objects.all()}


def test_a_sheet_of_any_header_becomes_devices_and_a_rehearsal_writes_nothing():
    rows = [line(1), line(2, **CAMERA)]
    rehearsed = load(rows, dry_run=True)
    assert (rehearsed.state, rehearsed.foreseen, devices()) == ("checked", {"added": 2}, {})
    done = load(rows)
    assert (done.state, done.counts) == ("done", {"added": 2})
    made = devices()
    one, camera = made["MJ-00001"], made["MJ-00002"]
    assert (one.kind, one.spot, one.installed_on) == ("access", "响田小区1栋1单元门口", date(2022, 3, 5))
    assert (one.name, one.place_code) == ("响田小区1栋1单元门口门禁", make.cell().code)
    assert (camera.kind, camera.purpose, camera.has_sign, camera.retention_days) == (
        "falling",
        "楼栋高空抛物取证",
        True,
        30,
    )
    with scope.system():
        assert DevicePulse.objects.filter(device__in=made.values()).count() == 2


WRONG = [
    ({"序列号": "x"}, "设备编号“x”不能用"),
    ({"序列号": ""}, "设备编号不能为空"),
    ({"设备类型": "无人机"}, "设备类别“无人机”不能识别"),
    ({"设备类型": ""}, "没有写设备类别"),
    ({"安装地点": ""}, "安装位置不能为空"),
    ({"经度": "东经"}, "“东经”：应为数字"),
    ({"纬度": ""}, "经度和纬度须同时填写"),
    ({"经度": "", "纬度": ""}, "没有经纬度"),
    ({"经度": "90.0", "纬度": "30.0"}, "不在您管辖的任何网格内"),
    ({"所属网格": "火星网格"}, "不是本次导入范围内的网格或社区"),
    ({"安装时间": "去年"}, "日期无法识别"),
    (CAMERA | {"用途": ""}, "须写明采集用途"),
    (CAMERA | {"提示标识": "也许"}, "应填“是”或“否”"),
    (CAMERA | {"录像保存天数": "900"}, "1 至 90 天"),
    ({"安装地点": "很" * 200}, "最长 120 字"),
]


def test_a_wrong_row_is_refused_with_its_column_and_what_to_do_and_spoils_no_other():
    rows = [line(n, **given) for n, (given, _) in enumerate(WRONG, 20)]
    done = load([*rows, line(7)])
    assert (done.counts["added"], done.counts["refused"]) == (1, len(WRONG))
    told = faults(done)
    for at, (_, said) in enumerate(WRONG, 2):
        assert said in "；".join(told[at]), (at, told[at])
    assert list(devices()) == ["MJ-00007"]


def test_the_same_serial_twice_in_a_sheet_and_a_point_in_another_cell():
    other = make.cell(430204005003000)
    done = load([line(1), line(1), line(2, 所属网格=str(other.code))])
    told = faults(done)
    assert "与第 2 行的设备编号相同" in told[3][0]
    assert "与表中的" in told[4][0]
    assert "坐标系" in told[4][0]
    assert list(devices()) == ["MJ-00001"]


def test_a_spot_without_a_point_is_looked_up_among_the_standard_addresses():
    cell = make.cell()
    lng, lat = make.point(cell)
    about = {
        "road": "响田路",
        "number": "1号",
        "estate": "响田小区",
        "building": "3栋",
        "entrance": "1单元",
        "room": "101",
    }
    with scope.system():
        land.load_addresses(
            actor=SYSTEM, rows=[land.HouseRow(place_code=cell.code, lng=lng, lat=lat, **about)], source="试验"
        )
    done = load([line(3, 经度="", 纬度="")])
    assert done.counts == {"added": 1}, faults(done)
    found = devices()["MJ-00003"]
    assert (round(found.lng, 6), round(found.lat, 6), found.place_code) == (round(lng, 6), round(lat, 6), cell.code)
    assert found.address_id is not None


def test_what_is_held_is_never_overwritten_and_what_is_empty_is_filled():
    load([line(1)])
    again = load([line(1, 物业公司="演示物业服务有限公司")])
    assert again.counts == {"filled": 1}
    assert devices()["MJ-00001"].keeper == "演示物业服务有限公司"
    third = load([line(1, 物业公司="另一家")])
    assert third.counts == {"refused": 1}
    assert "与登记的“演示物业服务有限公司”不同" in faults(third)[2][0]
    assert devices()["MJ-00001"].keeper == "演示物业服务有限公司"
    assert load([line(1), line(9)]).counts == {"same": 1, "added": 1}


def test_one_kind_chosen_for_a_sheet_without_that_column():
    titles = tuple(t for t in TITLES if t != "设备类型")
    row = [v for t, v in zip(TITLES, line(4), strict=True) if t != "设备类型"]
    with pytest.raises(Refusal, match="设备类别"):
        load([row], titles=titles)
    assert load([row], titles=titles, role="sos", name="b.xlsx", source="另一来源").counts == {"added": 1}
    assert devices()["MJ-00004"].kind == "sos"
    assert "按“独居老人一键报警”导入" in faults(load([line(5)], role="sos"))[2][0]


def test_undo_takes_back_what_nobody_touched_and_keeps_what_was_used():
    load([line(8)])
    done = load([line(n, 物业公司="演示物业") for n in (1, 2, 3, 4, 8)])
    assert done.counts == {"added": 4, "filled": 1}
    made = devices()
    with scope.system():
        events.take_messages(actor=SYSTEM, messages=[make_devices.message(made["MJ-00001"])])
        land.issue_secret(actor=SYSTEM, device_id=made["MJ-00002"].pk)
        land.ask_upkeep(actor=SYSTEM, device_id=made["MJ-00003"].pk, kind="repair", reason="不亮灯")
    told = services.undo_import(actor=SYSTEM, batch_id=done.pk)
    assert (told.removed, told.restored, told.kept) == (1, 1, 3)
    left = devices()
    assert sorted(left) == ["MJ-00001", "MJ-00002", "MJ-00003", "MJ-00008"]
    assert left["MJ-00008"].keeper == ""


def test_wrong_hands_and_wrong_places():
    clerk = make.actor("registry_clerk", place=make.SHIFENG)
    with pytest.raises(NoRight):
        load([line(1)], replace(clerk, rights=clerk.rights - {"devices.edit"}))
    community = make.cell().code // 1000 * 1000
    ours = make.actor("community", place=community)
    assert load([line(1)], ours, area=community).counts == {"added": 1}
    street = make.actor("community", place=430204005003000)
    elsewhere = load([line(1), line(2)], street, area=430204005003000, name="c.xlsx")
    assert elsewhere.counts == {"refused": 2, "outside": 1}
    assert "管辖范围以外已有登记" in faults(elsewhere)[2][0]
    with pytest.raises(Refusal, match="超出您的管辖范围"):
        load([line(5)], ours, area=make.SHIFENG)


def test_from_the_page_to_the_register(sign_in):
    community = make.cell().code // 1000 * 1000
    client = sign_in(make.actor("community", place=community))
    page = client.get("/devices").content.decode()
    assert "/registry/imports?what=devices" in page
    assert client.get("/registry/imports/template/devices").status_code == 200
    data = write_xlsx([Column(str(i), t) for i, t in enumerate(TITLES)], [line(1)], "设备")
    from django.core.files.uploadedfile import SimpleUploadedFile

    given = {
        "kind": "devices",
        "source": "演示物业",
        "as_of": clock.today().isoformat(),
        "area": str(community),
        "role": "",
    }
    sent = client.post("/registry/imports", given | {"file": SimpleUploadedFile("设备.xlsx", data)})
    assert sent.status_code == 302
    shown = client.get(sent.url).content.decode()
    assert "设备编号" in shown
    assert (
        client.post(
            "/registry/imports", given | {"role": "hukou", "file": SimpleUploadedFile("d.xlsx", data)}
        ).status_code
        == 422
    )
