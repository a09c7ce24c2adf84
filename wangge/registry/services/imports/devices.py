"""Imports of devices, entered by the rules of their register: one that is there is filled or confirmed, never overwritten."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from wangge.kernel import scope
from wangge.kernel.errors import Refusal
from wangge.kernel.tables import Column, read_cell
from wangge.registry.rules.import_sheets import ROW
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
        Column("serial", "设备编号"), Column("name", "设备名称"), Column("spot", "安装位置"),
        Column("lng", "经度", kind="decimal"), Column("lat", "纬度", kind="decimal"), Column("keeper", "维保单位"),
        Column("keeper_phone", "维保电话"), Column("maker", "厂商"), Column("model", "型号"),
        Column("installed_on", "安装日期", kind="date"), Column("warranty_until", "质保截止", kind="date"),
        Column("purpose", "采集用途"), Column("has_sign", "已设提示标识", kind="bool"),
        Column("retention_days", "图像保存天数", kind="int"), Column("silent_minutes", "离线判定分钟数", kind="int"),
        Column("inspect_days", "巡检周期（天）", kind="int"),
    )
}  # fmt: skip
_DATUMS = {"cgcs2000": ("国家2000", "2000", "cgcs2000"), "wgs84": ("gps", "wgs84"), "gcj02": ("火星", "高德", "gcj02"),
           "bd09": ("百度", "bd09")}  # fmt: skip
# Two readings of one point differ by less than this many degrees (about one metre).
_SAME_POINT = 1e-5


def take(work: "Others", rows: Mapping[int, Row], done: Outcome) -> None:
    """Register the devices of a part, or rehearse it: then everything is taken back."""
    found = _addresses(work, rows)
    with scope.system():
        known = territory.devices_by_serial({str(row.get("serial") or "").strip() for row in rows.values()})
    with transaction.atomic():
        for at, row in rows.items():
            faults: Faults = []
            try:
                with transaction.atomic():
                    _one(work, row, known.get(str(row.get("serial") or "").strip()), found.get(at), faults, done)
            except Refusal as refusal:
                faults.append((refusal.field or "serial", refusal.sentence))
            if faults:
                done.faults[at] = faults
        if not work.write:
            transaction.set_rollback(True)


def _addresses(work: "Others", rows: Mapping[int, Row]) -> dict[int, territory.Placed]:
    """Where the words of the place say that a device stands, for rows without a point of their own."""
    texts = {at: str(row["spot"]) for at, row in rows.items() if row.get("spot") and not row.get("lng")}
    told = territory.places_meant(list(texts.values()), work.batch.place_code or 0) if texts else []
    return {at: one for at, one in zip(texts, told, strict=True) if one is not None}


def _one(
    work: "Others",
    row: Row,
    known: territory.Heard | None,
    placed: territory.Placed | None,
    faults: Faults,
    done: Outcome,
) -> None:
    given = _values(work, row, faults)
    before = work.seen.setdefault(given.get("serial"), row[ROW])
    if before != row[ROW]:
        faults.append(("serial", f"与第 {before} 行的设备编号相同。请核对后只保留一行。"))
    cell = work.place(row, faults) if row.get("place_code") else 0
    if faults:
        return
    if known is not None and not work.actor.covers(known.place_code):
        faults.append(("serial", "这个设备编号在您的管辖范围以外已有登记。请核对铭牌，或与原登记地联系。"))
        done.add("outside")
    elif known is not None:
        _compare(work, given, known.id, faults, done)
    else:
        entry = _entry(given, placed, faults)
        if entry is None:
            return
        made = land.register_device(actor=work.actor, entry=entry)
        lo, hi = territory.interval(cell or made.place_code)
        if not lo <= made.place_code <= hi:
            words = f"经纬度落在“{territory.name_of(made.place_code)}”，与表中的“{row['place_code']}”不符。"
            raise Refusal("other_cell", f"{words}请核对经纬度、坐标系或网格。", field="place_code")
        done.made.append(made.pk)
        done.add("added")


def _values(work: "Others", row: Row, faults: Faults) -> Row:
    """What the row says, read by kind of column; what cannot be read is a fault of its own."""
    given: Row = {"kind": work.batch.role}
    for key, column in _COLUMNS.items():
        value, sentence = read_cell(column, row.get(key))
        if sentence:
            faults.append((key, f"“{str(row.get(key))[:40]}”：{sentence}"))
        elif value is not None:
            given[key] = value.date() if isinstance(value, datetime) else value
    kinds = territory.DEVICE_KINDS
    if said := str(row.get("kind") or "").strip():
        fits = [code for code, k in kinds.items() if said == code or k.short in said or said in k.name]
        if len(fits) != 1:
            names = "、".join(k.name for k in kinds.values())
            faults.append(("kind", f"设备类别“{said[:20]}”不能识别。可填：{names}。"))
        elif work.batch.role and fits != [work.batch.role]:
            faults.append(
                ("kind", f"这张表按“{kinds[work.batch.role].name}”导入，本行写的是“{said[:20]}”。请分开导入。")
            )
        else:
            given["kind"] = fits[0]
    elif not given["kind"]:
        faults.append(("kind", "没有写设备类别。请填写，或在上传时选择设备的类别。"))
    if row.get("datum"):
        given["datum"] = datum_of(str(row["datum"]), faults)
    if ("lng" in given) != ("lat" in given):
        faults.append(("lng" if "lng" not in given else "lat", "经度和纬度须同时填写。请补填另一项，或都不填。"))
    for key in ("serial", "spot"):
        if not given.get(key):
            faults.append((key, f"{_COLUMNS[key].title}不能为空。"))
    return given


def datum_of(text: str, faults: Faults) -> str:
    """The datum that a sheet names, that of the country when it names none; "" and a fault when nobody knows it."""
    said = text.strip().lower().replace("-", "")
    if not said:
        return "cgcs2000"
    datum = next((d for d, words in _DATUMS.items() if any(w in said for w in words)), "")
    if not datum:
        faults.append(("datum", f"坐标系“{said[:20]}”不能识别。可填：国家2000、WGS84、高德（GCJ02）、百度（BD09）。"))
    return datum


def is_same_point(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Two readings of one point, degrees."""
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= _SAME_POINT


def _entry(given: Row, placed: territory.Placed | None, faults: Faults) -> land.DeviceEntry | None:
    named: Row = {"name": f"{given['spot']}{territory.DEVICE_KINDS[given['kind']].short}"[:60]} | given
    if "lng" in named:
        named |= {"lng": float(named["lng"]), "lat": float(named["lat"])}
    elif placed is not None:
        named |= {"lng": placed.lng, "lat": placed.lat, "datum": "cgcs2000", "address_id": placed.address_id}
    else:
        faults.append(
            ("lng", "没有经纬度，安装位置也没有对上有坐标的标准地址。请补填经纬度，或按标准地址写明小区和楼栋。")
        )
        return None
    return land.DeviceEntry(**named)


def _compare(work: "Others", given: Row, device_id: int, faults: Faults, done: Outcome) -> None:
    """A device that is there: empty fields are filled; what is said otherwise is told with what is held, and stays."""
    held = territory.device(work.actor, device_id)
    now = {name: getattr(held, name) for name in land.DeviceEntry.__dataclass_fields__ if name != "datum"}
    if "lng" in given:
        lng, lat = territory.convert(float(given["lng"]), float(given["lat"]), given.get("datum") or "cgcs2000")
        if not is_same_point((lng, lat), (held.lng, held.lat)):
            said = f"位置与登记的 {held.lng:.6f}，{held.lat:.6f} 不同。"
            faults.append(("lng", f"{said}系统不覆盖已有登记，如以表为准，请在设备页修改。"))
    fills = {}
    for name, value in given.items():
        if name in ("lng", "lat", "datum") or value == now[name]:
            continue
        if now[name] in (None, "", False):
            fills[name] = value
        else:
            said = f"表中“{_shown(value)}”与登记的“{_shown(now[name])}”不同。"
            faults.append(
                (name, f"{said}系统不覆盖已有登记，如以表为准，请在设备页修改；如以登记为准，请改表后再导入。")
            )
    if faults:
        return
    if fills:
        entry = land.DeviceEntry(**asdict(land.DeviceEntry(**now)) | fills)
        changed = land.edit_device(actor=work.actor, device_id=held.pk, entry=entry, seen_step=held.step)
        done.filled.append([held.pk, changed.step, sorted(fills)])
    done.add("filled" if fills else "same")


def _shown(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if value in territory.DEVICE_KINDS:
        return territory.DEVICE_KINDS[value].name
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)
