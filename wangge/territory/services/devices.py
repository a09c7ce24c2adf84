"""Writes of the register of devices: registering, editing, taking out of use, heartbeat, offline, upkeep, broker passwords."""

import base64
import contextlib
import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import ProtectedError

from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory.models import Device, DeviceOutage, DevicePulse, DeviceUpkeep
from wangge.territory.queries import devices as queries
from wangge.territory.queries.land import cell_at, convert
from wangge.territory.rules import devices as rules

# The broker's own form of a password (mosquitto: $7$, PBKDF2-HMAC-SHA512). The password is 32 random characters, so few
# rounds lose nothing, and a broker that starts with a thousand devices reconnecting is not kept busy by them.
_ROUNDS = 101


@dataclass(frozen=True, kw_only=True)
class DeviceEntry:
    """What the register asks of a device. `lng`, `lat` in degrees of `datum`; the cell follows from the point."""

    serial: str
    kind: str
    name: str
    spot: str
    lng: float
    lat: float
    datum: str = "cgcs2000"
    address_id: int | None = None
    keeper: str = ""
    keeper_phone: str = ""
    maker: str = ""
    model: str = ""
    installed_on: date | None = None
    warranty_until: date | None = None
    purpose: str = ""
    has_sign: bool = False
    retention_days: int | None = None
    silent_minutes: int | None = None
    inspect_days: int | None = None


_LONGEST = {
    "name": 60, "spot": 120, "keeper": 100, "keeper_phone": 30, "maker": 60, "model": 60, "purpose": 100,
}  # fmt: skip


def _checked(actor: Actor, entry: DeviceEntry) -> dict[str, Any]:
    """The columns of an entry, or the refusal that names its field."""
    if entry.kind not in rules.KINDS:
        raise Refusal("unknown_kind", f"没有设备类别“{entry.kind}”。请从列表中选择。", field="kind", value=entry.kind)
    refusal = rules.check_serial(entry.serial) or rules.check_camera(
        entry.kind, entry.purpose, entry.has_sign, entry.retention_days
    )
    if refusal is not None:
        raise refusal
    for name, longest in _LONGEST.items():
        if len(value := getattr(entry, name).strip()) > longest:
            raise Refusal(
                "too_long", f"最长 {longest} 字，现有 {len(value)} 字，请缩短。", field=name, value=value[:40]
            )
    for name, words in (("name", "设备名称"), ("spot", "安装位置")):
        if not getattr(entry, name).strip():
            raise Refusal("missing_input", f"请填写{words}。", field=name)
    lng, lat = convert(entry.lng, entry.lat, entry.datum)
    placed = cell_at(lng, lat)
    if placed.cell_code is None or not actor.covers(int(placed.cell_code)):
        sentence = "这个位置不在您管辖的任何网格内。请在地图上核对经纬度和坐标系后再登记。"
        raise Refusal("outside", sentence, field="lng", value=[entry.lng, entry.lat])
    row = {k: v.strip() if isinstance(v, str) else v for k, v in asdict(entry).items() if k != "datum"}
    return row | {"lng": lng, "lat": lat, "place_code": int(placed.cell_code)}


def _locked(actor: Actor, device_id: int) -> Device:
    actor.must(queries.EDIT)
    found = Device.objects.select_for_update().filter(pk=device_id).first()
    if found is None:
        raise NotHere("设备")
    return found


@transaction.atomic
def register_device(*, actor: Actor, entry: DeviceEntry) -> Device:
    """Enter a device. Refuses a serial that is there, a camera without purpose, sign and retention, a place out of reach."""
    actor.must(queries.EDIT)
    row, now = _checked(actor, entry), clock.now()
    row["inspect_on"] = rules.next_inspection(entry.kind, None, entry.installed_on, entry.inspect_days)
    made = Device.objects.create(**row, state_on=clock.today(), created_at=now, updated_at=now)
    DevicePulse.objects.create(device=made)
    audit.record(actor, "territory.device_registered", "device", made.serial, form=made.kind, place=made.place_code)
    return made


@transaction.atomic
def edit_device(*, actor: Actor, device_id: int, entry: DeviceEntry, seen_step: int) -> Device:
    """Change what is entered of a device that nobody changed since; kind and serial stay (a replacement has its own act)."""
    device = _locked(actor, device_id)
    if device.step != seen_step:
        raise Refusal("stale", "在您填写期间，他人修改了这台设备。请核对现状后再保存。", status=409)
    if entry.serial != device.serial or entry.kind != device.kind:
        raise Refusal("serial_fixed", "设备编号和类别不能修改。更换设备请在维保中登记“更换”。", field="serial")
    changed = [name for name, value in _checked(actor, entry).items() if getattr(device, name) != value]
    for name, value in _checked(actor, entry).items():
        setattr(device, name, value)
    device.inspect_on = rules.next_inspection(
        device.kind, device.inspected_on, device.installed_on, device.inspect_days
    )
    device.step, device.updated_at = device.step + 1, clock.now()
    device.save(update_fields=[*changed, "inspect_on", "step", "updated_at"])
    audit.record(actor, "territory.device_edited", "device", device.serial, changed=changed)
    return device


@transaction.atomic
def withdraw_devices(
    *, actor: Actor, made: Sequence[int], filled: Sequence[tuple[int, int, Sequence[str]]]
) -> tuple[int, int]:
    """Take back what an import entered: (devices removed, devices whose filled fields are empty again).

    Only what nobody has touched since: a device as it was entered, never heard, without a password and with nothing that
    points at it; of `filled` (id, step after, fields) those at the same step.
    """
    actor.must(queries.EDIT)
    removed = restored = 0
    empty = {field.name: field.get_default() for field in Device._meta.concrete_fields}
    rows = Device.objects.select_for_update(of=("self",)).filter(pk__in=made, step=1, secret="", pulse__seen_at=None)
    for one in rows.order_by("pk"):
        # Signals and users of a device may lie beyond the actor's reach; they keep it all the same.
        with scope.system(), contextlib.suppress(ProtectedError), transaction.atomic():
            DevicePulse.objects.filter(device=one).delete()
            one.delete()
            removed += 1
    for device_id, step, fields in filled:
        held = Device.objects.select_for_update().filter(pk=device_id, step=step).first()
        if held is None:
            continue
        for name in fields:
            setattr(held, name, empty[name])
        held.inspect_on = rules.next_inspection(held.kind, held.inspected_on, held.installed_on, held.inspect_days)
        held.step, held.updated_at = step + 1, clock.now()
        held.save(update_fields=[*fields, "inspect_on", "step", "updated_at"])
        restored += 1
    audit.record(actor, "territory.devices_withdrawn", "device", "import", removed=removed, restored=restored)
    return removed, restored


@transaction.atomic
def set_device_state(*, actor: Actor, device_id: int, state: str, reason: str) -> Device:
    """Take a device out of use, back into use, or down for good. A silence that was open ends with it."""
    device = _locked(actor, device_id)
    if state not in rules.NEXT[device.state]:
        shown = rules.STATES.get(state, state)
        sentence = f"设备现为“{rules.STATES[device.state]}”，不能改为“{shown}”。"
        raise Refusal("illegal_move", sentence, status=409, field="state", value=state)
    if len(reason.strip()) < 2:
        raise Refusal("reason_needed", "请写明原因，例如“小区改造拆除”。", field="reason", value=reason)
    before, device.state, device.state_on = device.state, state, clock.today()
    device.step, device.updated_at = device.step + 1, clock.now()
    if state == "retired":
        device.secret = ""
    device.save(update_fields=["state", "state_on", "step", "updated_at", "secret"])
    if state != "active":
        _end_silence([device.pk], clock.now())
    audit.record(
        actor, "territory.device_state_set", "device", device.serial, before=before, after=state, reason=reason.strip()
    )
    return device


@transaction.atomic
def issue_secret(*, actor: Actor, device_id: int) -> str:
    """A new password of the device at the broker; it is shown once, and only its hash is kept. The old one ends."""
    device = _locked(actor, device_id)
    if device.state == "retired":
        raise Refusal("retired", "这台设备已拆除，不能再发接入口令。", status=409)
    raw, salt = secrets.token_urlsafe(24), os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", raw.encode(), salt, _ROUNDS)
    device.secret = f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
    device.save(update_fields=["secret"])
    audit.record(actor, "territory.device_secret_issued", "device", device.serial)
    return raw


# ---- signs of life -------------------------------------------------------------------------------------------------


@transaction.atomic
def hear(*, actor: Actor, seen: Mapping[int, datetime], battery: Mapping[int, int] | None = None) -> list[int]:
    """Devices were heard at these moments; ids of those that had been offline, whose silence ends here.

    Locks the pulses in the order of ids, so that two intakes of the same devices queue up behind one another until the
    end of the caller's transaction. Leaves an audit row only when somebody came back: a heartbeat is not an act.
    """
    if not seen:
        return []
    ids, powers = sorted(seen), battery or {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select device_id from territory_devicepulse where device_id = any(%s) order by device_id for update", [ids]
        )
        cursor.execute(
            "update territory_devicepulse p set seen_at = greatest(p.seen_at, s.at), battery = coalesce(s.battery, p.battery)"
            " from unnest(%s::bigint[], %s::timestamptz[], %s::smallint[]) as s(id, at, battery)"
            " where p.device_id = s.id returning p.device_id, p.is_silent",
            [ids, [seen[i] for i in ids], [powers.get(i) for i in ids]],
        )
        back = sorted(row[0] for row in cursor.fetchall() if row[1])
    if back:
        _end_silence(back, max(seen[i] for i in back))
        audit.record(actor, "territory.devices_heard_again", "device", len(back), count=len(back))
    return back


def _end_silence(ids: list[int], at: datetime) -> None:
    DevicePulse.objects.filter(device_id__in=ids, is_silent=True).update(is_silent=False)
    DeviceOutage.objects.filter(device_id__in=ids, until=None).update(until=at)


@transaction.atomic
def mark_silent(
    *,
    actor: Actor,
    now: datetime | None = None,
    most: int = 1000,
    limits: Mapping[tuple[int, str], int] | None = None,
) -> list[Device]:
    """Devices in use that have kept silent beyond their minutes: noted as offline once; those newly found.

    A device's own minutes count first, then those of `limits` ((district, kind) → minutes), then those of its kind.
    """
    at = now or clock.now()
    decided = "".join(
        f" when kind = '{kind}' and place_code between {int(lo)} and {int(lo) + 999_999_999} then {int(minutes)}"
        for (lo, kind), minutes in sorted((limits or {}).items())
    )
    by_kind = decided + "".join(f" when kind = '{c}' then {kind.silent_minutes}" for c, kind in rules.KINDS.items())
    late = (
        DevicePulse.objects.select_for_update(of=("self",))
        .select_related("device")
        .filter(is_silent=False, seen_at__isnull=False, device__state="active")
        .extra(
            where=[f"seen_at < %s - make_interval(mins => coalesce(silent_minutes, case{by_kind} end))"],
            params=[at],
        )
        .order_by("device_id")[:most]
    )
    found = [(pulse.device, pulse.seen_at) for pulse in late if pulse.seen_at is not None]
    DevicePulse.objects.filter(device_id__in=[d.pk for d, _ in found]).update(is_silent=True)
    DeviceOutage.objects.bulk_create([DeviceOutage(device=d, since=s, found_at=at) for d, s in found])
    if found:
        audit.record(actor, "territory.devices_fell_silent", "device", len(found), count=len(found))
    return [d for d, _ in found]


# ---- upkeep --------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_upkeep(*, actor: Actor, device_id: int, kind: str, reason: str, due_on: date | None = None) -> DeviceUpkeep:
    """Ask for an inspection, a repair or a replacement; one of a kind at a time."""
    device = _locked(actor, device_id)
    if kind not in rules.UPKEEP:
        raise Refusal("unknown_kind", "请选择维保类别：巡检、维修或更换。", field="kind", value=kind)
    if device.state == "retired":
        raise Refusal("retired", "这台设备已拆除，不能再安排维保。", status=409)
    if len(reason.strip()) < 2:
        raise Refusal("reason_needed", "请写明事由，例如“摄像头画面模糊”。", field="reason", value=reason)
    made = DeviceUpkeep.objects.create(
        device=device, kind=kind, reason=reason.strip()[:200], asked_at=clock.now(), asked_by=actor.name, due_on=due_on
    )
    audit.record(actor, "territory.device_upkeep_asked", "device", device.serial, form=kind)
    return made


@transaction.atomic
def finish_upkeep(*, actor: Actor, upkeep_id: int, found: str, new_serial: str = "") -> DeviceUpkeep:
    """Note what was found. An inspection sets the date of the next; a replacement gives the place another serial."""
    actor.must(queries.EDIT)
    upkeep = DeviceUpkeep.objects.select_for_update().filter(pk=upkeep_id).first()
    if upkeep is None:
        raise NotHere("维保记录")
    device = _locked(actor, upkeep.device_id)
    if upkeep.done_at is not None:
        raise Refusal("stale", f"这项维保已由{upkeep.done_by}登记结果。请刷新后查看。", status=409)
    if len(found.strip()) < 2:
        raise Refusal("found_needed", "请写明结果，例如“已更换电源，画面恢复”。", field="found", value=found)
    upkeep.done_at, upkeep.done_by, upkeep.found = clock.now(), actor.name, found.strip()[:300]
    if upkeep.kind == "replace":
        _replace(device, new_serial.strip(), upkeep)
    if upkeep.kind != "repair":
        device.inspected_on = clock.today()
        device.inspect_on = rules.next_inspection(device.kind, device.inspected_on, None, device.inspect_days)
    device.step, device.updated_at = device.step + 1, clock.now()
    upkeep.save(update_fields=["done_at", "done_by", "found", "old_serial"])
    device.save(update_fields=["serial", "secret", "installed_on", "inspected_on", "inspect_on", "step", "updated_at"])
    audit.record(actor, "territory.device_upkeep_done", "device", device.serial, form=upkeep.kind)
    return upkeep


def _replace(device: Device, serial: str, upkeep: DeviceUpkeep) -> None:
    if refusal := rules.check_serial(serial):
        refusal.field = "new_serial"
        raise refusal
    if Device.objects.filter(serial=serial).exclude(pk=device.pk).exists():
        raise Refusal(
            "exists", f"设备编号“{serial}”已有登记，请核对铭牌。", field="new_serial", value=serial, status=409
        )
    upkeep.old_serial, device.serial, device.secret, device.installed_on = device.serial, serial, "", clock.today()


@transaction.atomic
def note_devices_exported(*, actor: Actor, rows: int) -> None:
    """Who took the register out of the system, and how many rows."""
    actor.must("registry.export")
    audit.record(actor, "territory.devices_exported", "device", "list", rows=rows)
