"""Signals in: a batch of messages in one transaction. What it answers is what may be acknowledged to the broker.

A message is known by (device, its own id): sent again, after whatever kill, it is one row. Signals near one another are
one alarm (rules.join). Everything a device says is a sign of life, too.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, transaction

from wangge.events.alarms import queries, rules
from wangge.events.alarms.models import Alarm, AlarmSignal, SignalFault
from wangge.events.alarms.services import recovery
from wangge.kernel import audit, bulk, clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.territory import queries as territory
from wangge.territory import services as territory_services

Message = rules.Signal | rules.Heartbeat | rules.Unread


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch came to: signals new and seen before, alarms begun, heartbeats, messages kept as faults."""

    fresh: int = 0
    repeated: int = 0
    alarms: int = 0
    beats: int = 0
    faults: int = 0


@transaction.atomic
def take_messages(*, actor: Actor, messages: Sequence[Message], received_at: datetime | None = None) -> Taken:
    """Keep a batch of messages, whole or not at all. Afterwards every one of them may be acknowledged."""
    now = received_at or clock.now()
    with scope.system():
        devices = territory.devices_by_serial({m.serial for m in messages if m.serial})
        sound, beats, faults = _sorted(messages, devices)
        heard = [*(b.serial for b in beats), *(s.serial for s in sound)]
        seen = {devices[serial].id: now for serial in heard}
        power = {devices[m.serial].id: m.battery for m in beats if m.battery is not None}
        # This locks the devices: from here to the commit nobody else takes signals of theirs.
        back = territory_services.hear(actor=actor, seen=seen, battery=power)
        fresh = _unseen(sound, devices)
        begun = _keep(fresh, devices, now)
        for fault in faults:
            _keep_fault(fault, now)
        if back:
            recovery.recover(actor=actor, device_ids=back, now=now)
        if begun:
            audit.record(actor, "events.alarms_received", "alarm", len(begun), count=len(begun), signals=len(fresh))
    return Taken(len(fresh), len(sound) - len(fresh), len(begun), len(beats), len(faults))


def _sorted(
    messages: Sequence[Message], devices: dict[str, territory.Heard]
) -> tuple[list[rules.Signal], list[rules.Heartbeat], list[rules.Unread]]:
    """Alarms and heartbeats of devices in use, and what is not one."""
    kinds = queries.alarm_kinds()
    sound: list[rules.Signal] = []
    beats: list[rules.Heartbeat] = []
    faults: list[rules.Unread] = []
    for one in messages:
        if isinstance(one, rules.Unread):
            faults.append(one)
            continue
        device = devices.get(one.serial)
        reason = "unknown" if device is None else device.state if device.state != "active" else ""
        if isinstance(one, rules.Heartbeat):
            if not reason:
                beats.append(one)
            elif device is None:
                faults.append(_fault(one, "unknown"))
            continue
        if not reason and device is not None:
            if one.kind not in ("", device.kind):
                reason = "kind"
            elif one.code and one.code not in kinds[device.kind].codes:
                reason = "code"
        if reason:
            faults.append(_fault(one, reason))
        else:
            sound.append(one)
    return sound, beats, faults


def _fault(one: rules.Signal | rules.Heartbeat, reason: str) -> rules.Unread:
    if isinstance(one, rules.Heartbeat):
        return rules.Unread(reason, f"{rules.ROOT}/{one.serial}/heartbeat", b"", one.serial)
    return rules.Unread(reason, f"{rules.ROOT}/{one.serial}/alarm", queries.packed(one.data), one.serial, one.code)


def _unseen(sound: Sequence[rules.Signal], devices: dict[str, territory.Heard]) -> list[rules.Signal]:
    """The signals that were never taken, each once."""
    if not sound:
        return []
    keys = [(devices[s.serial].id, s.message_id) for s in sound]
    with connection.cursor() as cursor:
        cursor.execute(
            "select s.device_id, s.message_id from events_alarmsignal s"
            " join unnest(%s::bigint[], %s::uuid[]) as k(device_id, message_id) using (device_id, message_id)",
            [[k[0] for k in keys], [k[1] for k in keys]],
        )
        known: set[tuple[int, UUID]] = {(row[0], row[1]) for row in cursor.fetchall()}
    fresh = []
    for key, one in zip(keys, sound, strict=True):
        if key not in known:
            known.add(key)
            fresh.append(one)
    return fresh


def _keep(fresh: Sequence[rules.Signal], devices: dict[str, territory.Heard], now: datetime) -> list[Alarm]:
    """Write the signals with the alarms they belong to; the alarms that began."""
    if not fresh:
        return []
    book, today = queries.rulebook(), clock.local(now).date()
    by_id = {d.id: d for d in devices.values()}
    kinds = {d.id: book.kind(d.kind, d.place_code, today) for d in by_id.values()}
    told = [
        rules.Fresh(d.id, d.kind, s.code, s.is_test, rules.moment(s.at, now), kinds[d.id].join)
        for s in fresh
        for d in [devices[s.serial]]
    ]
    alarms, places = rules.join(told, queries.open_of({t.device_id for t in told}))
    begun = [one for one in alarms if one.alarm_id is None]
    for one, new_id in zip(begun, bulk.new_ids("events_alarm", len(begun)), strict=True):
        one.alarm_id = new_id
    made = [_begun(one, by_id[one.device_id], kinds[one.device_id], now) for one in begun]
    Alarm.objects.bulk_create(made)
    _add_to([one for one in alarms if one.added and one.signals])
    AlarmSignal.objects.bulk_create(
        AlarmSignal(
            alarm_id=alarms[place].alarm_id or 0,
            device_id=t.device_id,
            message_id=s.message_id,
            at=s.at,
            received_at=now,
            data=s.data,
        )
        for s, t, place in zip(fresh, told, places, strict=True)
    )
    return made


def _begun(one: rules.Known, device: territory.Heard, kind: rules.Kind, now: datetime) -> Alarm:
    made = Alarm(
        id=one.alarm_id,
        uid=uuid4(),
        device_id=one.device_id,
        kind=one.kind,
        code=one.code,
        place_code=device.place_code,
        lng=device.lng,
        lat=device.lat,
        spot=device.spot,
        is_test=one.is_test,
        first_at=one.first_at,
        last_at=one.last_at,
        raised_at=now,
        signals=one.added,
        due_at=rules.due(kind, "open", now),
        escalate_at=rules.next_call(kind, now),
    )
    if one.is_test:
        # Who tries a device out wants to see that it arrived, and wakes nobody.
        made.state, made.result, made.done_at, made.done_by = "done", "test", now, "系统"
        made.due_at, made.escalate_at, made.is_raised, made.text = None, None, True, "设备测试信号，不立件。"
    return made


def _add_to(alarms: Sequence[rules.Known]) -> None:
    """Further signals of alarms that stand: counted, in the order of ids."""
    rows = sorted(alarms, key=lambda one: one.alarm_id or 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "update events_alarm a set signals = a.signals + s.added, first_at = least(a.first_at, s.first_at),"
            " last_at = greatest(a.last_at, s.last_at)"
            " from unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::timestamptz[]) as s(id, added, first_at, last_at)"
            " where a.id = s.id",
            [
                [r.alarm_id for r in rows],
                [r.added for r in rows],
                [r.first_at for r in rows],
                [r.last_at for r in rows],
            ],
        )


def _keep_fault(one: rules.Unread, now: datetime) -> None:
    """The same message again is counted, so that a device gone mad fills no disk."""
    payload = one.payload[: rules.MAX_PAYLOAD]
    said = b"" if one.reason in ("unknown", "retired", "suspended") else payload
    digest = hashlib.sha256(f"{one.reason}\n{one.serial}\n{one.topic}\n".encode() + said).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into events_signalfault (reason, serial, topic, detail, payload, digest, times, first_at, last_at,"
            " settled_at, settled_by) values (%s, %s, %s, %s, %s, %s, 1, %s, %s, null, '')"
            " on conflict (digest) do update set times = events_signalfault.times + 1, last_at = excluded.last_at,"
            " payload = excluded.payload, settled_at = null, settled_by = ''",
            [one.reason, one.serial[:60], one.topic[:200], one.detail[:200], payload, digest, now, now],
        )


@transaction.atomic
def settle_fault(*, actor: Actor, fault_id: int) -> SignalFault:
    """Take a fault off the list: it was looked into. It comes back by itself when the same message comes again."""
    actor.must(queries.EDIT)
    fault = queries.faults(actor).select_for_update().filter(pk=fault_id).first()
    if fault is None:
        raise NotHere("异常信号")
    fault.settled_at, fault.settled_by = clock.now(), actor.name
    fault.save(update_fields=["settled_at", "settled_by"])
    audit.record(actor, "events.fault_settled", "signal_fault", fault.pk, reason=fault.reason)
    return fault


# The door for who listens to the broker.
read_message, TOPICS = rules.read_message, rules.TOPICS


def unreadable(topic: str, payload: bytes) -> rules.Unread:
    """A message that broke the intake itself: kept with the faults, without its serial, so that it can do no more harm."""
    return rules.Unread("unreadable", topic.replace("\0", ""), payload, detail="处理时出错，见系统日志")
