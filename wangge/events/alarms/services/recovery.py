"""Devices that fell silent, and that are heard again: an offline alarm opens and closes with them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from wangge.events.alarms import queries, rules
from wangge.events.alarms.models import Alarm
from wangge.events.alarms.services import acts
from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import Actor
from wangge.territory import services as territory


@transaction.atomic
def watch_devices(*, actor: Actor) -> int:
    """Open an offline alarm for every device newly found silent; how many."""
    with scope.system():
        now = clock.now()
        book, today = queries.rulebook(), clock.local(now).date()
        found = territory.mark_silent(actor=actor, now=now, limits=book.silences(today))
        kinds = {device.pk: book.kind("offline", device.place_code, today) for device in found}
        open_ones = set(
            Alarm.objects.filter(kind="offline", device__in=found)
            .exclude(state="done")
            .values_list("device_id", flat=True)
        )
        made = Alarm.objects.bulk_create(
            Alarm(
                uid=uuid4(),
                device=device,
                kind="offline",
                place_code=device.place_code,
                lng=device.lng,
                lat=device.lat,
                spot=device.spot,
                first_at=now,
                last_at=now,
                raised_at=now,
                due_at=rules.due(kinds[device.pk], "open", now),
                escalate_at=rules.next_call(kinds[device.pk], now),
                is_raised=True,  # a silent device is upkeep, not an event
            )
            for device in found
            if device.pk not in open_ones
        )
        if made:
            audit.record(actor, "events.devices_offline", "alarm", len(made), count=len(made))
    return len(made)


@transaction.atomic
def recover(*, actor: Actor, device_ids: Sequence[int], now: datetime) -> int:
    """The devices are heard again: their offline alarms end by themselves, and say so."""
    open_ones = (
        Alarm.objects.select_for_update()
        .filter(device_id__in=list(device_ids), kind="offline")
        .exclude(state="done")
        .order_by("id")
    )
    for one in (found := list(open_ones)):
        acts.end(one, "recovered", now, "系统", "设备已恢复通信。")
        acts.write_act(actor, one, "recover", now, "设备已恢复通信。")
    return len(found)
