"""Imports of fixtures (部件), as a census of them comes: entered by the rules of their register, never twice, never overwritten.

What the sheet says was found at a fixture (普查结果) is recorded as a check of it, like one made on the spot.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from wangge.kernel.errors import Refusal
from wangge.kernel.tables import Column, read_cell
from wangge.registry.rules.import_sheets import ROW
from wangge.registry.services.imports import devices
from wangge.registry.services.imports.people import Outcome
from wangge.territory import queries as territory
from wangge.territory import services as land

if TYPE_CHECKING:
    from wangge.registry.services.imports.others import Others

Row = dict[str, Any]
Faults = list[tuple[str, str]]
_COLUMNS = {
    c.key: c
    for c in (
        Column("name", "部件名称", max_length=60), Column("lng", "经度", kind="decimal"), Column("lat", "纬度", kind="decimal"),
        Column("spot", "位置说明", max_length=200), Column("owner", "权属单位", max_length=40),
        Column("keeper", "养护单位", max_length=40), Column("placed_on", "设置日期", kind="date"),
        Column("state", "状态", kind="choice", choices=territory.FIXTURE_STATES),
        Column("text", "普查说明", max_length=300),
    )
}  # fmt: skip
_RESULTS = {
    "found": ("在位完好", "完好", "正常", "在位", "found", "intact"),
    "damaged": ("在位破损", "破损", "损坏", "damaged"),
    "missing": ("不在位", "丢失", "缺失", "missing"),
}


def take(work: "Others", rows: Mapping[int, Row], done: Outcome) -> None:
    """Register or compare the fixtures of a part, or rehearse it: then everything is taken back."""
    codes = {str(row.get("code") or "").strip() for row in rows.values()}
    known = {one.code: one for one in territory.fixtures_by_code(codes)}
    with transaction.atomic():
        for at, row in rows.items():
            faults: Faults = []
            try:
                with transaction.atomic():
                    _one(work, row, known, faults, done)
            except Refusal as refusal:
                faults.append((refusal.field or "code", refusal.sentence))
            if faults:
                done.faults[at] = faults
        if not work.write:
            transaction.set_rollback(True)


def _one(work: "Others", row: Row, known: Mapping[str, Any], faults: Faults, done: Outcome) -> None:
    given, result = _values(row, faults)
    code = str(row.get("code") or "").strip()
    if code and (before := work.seen.setdefault(code, row[ROW])) != row[ROW]:
        faults.append(("code", f"与第 {before} 行的标识码相同。请核对后只保留一行。"))
    cell = work.place(row, faults) if row.get("place_code") else 0
    if faults:
        return
    here = known.get(code) if code else territory.fixture_at(given["kind"], given["lng"], given["lat"])
    if here is None:
        entry = land.FixtureRow(code=code, **{key: v for key, v in given.items() if key != "text"})
        here = land.add_fixture(actor=work.actor, row=entry, source=work.batch.source)
        lo, hi = territory.interval(cell or here.place_code)
        if not lo <= here.place_code <= hi:
            words = f"经纬度落在“{territory.name_of(here.place_code)}”，与表中的“{row['place_code']}”不符。"
            raise Refusal("other_cell", f"{words}请核对经纬度、坐标系或网格。", field="place_code")
        done.made.append(int(here.code))
        done.add("added")
        _check(work, row, here.code, given, result, done)
        return
    if not work.actor.covers(here.place_code):
        faults.append(("code", "这个标识码在您的管辖范围以外已有部件。请核对标牌，或与原登记地联系。"))
        done.add("outside")
        return
    fills = _compare(here, given, faults)
    if faults:
        return
    if fills:
        changed = land.update_fixture(actor=work.actor, code=here.code, changes=fills, seen_step=here.step)
        done.filled.append([int(here.code), changed.step, sorted(fills)])
    _check(work, row, here.code, given, result, done)
    done.add("filled" if fills else "same")


def _check(work: "Others", row: Row, code: str, given: Row, result: str, done: Outcome) -> None:
    """What was found on the spot; the same row of the same file is the same check."""
    if result:
        land.check_fixture(
            actor=work.actor, code=code, result=result, text=given.get("text") or ("" if result == "found" else "普查表登记"),
            client_id=uuid.uuid5(uuid.NAMESPACE_OID, f"wangge:import:{work.batch.sha256}:{row[ROW]}"),
        )  # fmt: skip
        done.add("checked")


def _values(row: Row, faults: Faults) -> tuple[Row, str]:
    """What the row says, read by kind of column, and what was found on the spot."""
    given: Row = {}
    for key, column in _COLUMNS.items():
        value, sentence = read_cell(column, row.get(key))
        if sentence:
            faults.append((key, f"“{str(row.get(key))[:40]}”：{sentence}"))
        elif value is not None:
            given[key] = value.date() if isinstance(value, datetime) else value
    said = str(row.get("kind") or "").strip()
    fits = [
        code
        for code, (group, name) in territory.fixture_kinds().items()
        if said in (code, name, f"{group}-{name}", f"{group}/{name}")
    ]
    if len(fits) == 1:
        given["kind"] = fits[0]
    else:
        why = f"部件类别“{said[:20]}”{'有多个' if fits else '不在部件类别表中'}" if said else "没有写部件类别"
        faults.append(("kind", f"{why}。请填 4 位类别代码，或“大类-小类”，如“公用设施类-上水井盖”。"))
    said = str(row.get("result") or "").strip()
    result = next((code for code, words in _RESULTS.items() if said in words), "")
    if said and not result:
        faults.append(("result", f"普查结果“{said[:20]}”不能识别。可填：在位完好、在位破损、不在位。"))
    lacks = [key for key in ("lng", "lat") if key not in given and not any(f == key for f, _ in faults)]
    faults.extend((key, f"{_COLUMNS[key].title}不能为空。请填写度数，例如 113.1 和 27.9。") for key in lacks)
    datum = devices.datum_of(str(row.get("datum") or ""), faults)
    if "lng" in given and "lat" in given and datum:
        given["lng"], given["lat"] = territory.convert(float(given["lng"]), float(given["lat"]), datum)
    return given, result


def _compare(held: Any, given: Row, faults: Faults) -> Row:
    """What fills an empty field; what is said otherwise is told with what is held, and stays."""
    fills: Row = {}
    if given["kind"] != held.kind:
        faults.append(
            (
                "kind",
                f"与登记的类别“{territory.fixture_kind_name(held.kind)}”不同。类别是标识码的一部分，请核对标识码。",
            )
        )
    if not devices.is_same_point((given["lng"], given["lat"]), (held.lng, held.lat)):
        faults.append(
            (
                "lng",
                f"位置与登记的 {held.lng:.6f}，{held.lat:.6f} 不同。系统不覆盖已有登记，如以表为准，请在部件页修改。",
            )
        )
    for key in ("name", "spot", "owner", "keeper", "state", "placed_on"):
        value, now = given.get(key), getattr(held, key)
        if value in (None, "", now):
            continue
        if now:
            faults.append(
                (
                    key,
                    f"表中“{_shown(key, value)}”与登记的“{_shown(key, now)}”不同。系统不覆盖已有登记，如以表为准，请在部件页修改。",
                )
            )
        else:
            fills[key] = value
    return fills


def _shown(key: str, value: Any) -> str:
    return territory.FIXTURE_STATES.get(value, value) if key == "state" else str(value)
