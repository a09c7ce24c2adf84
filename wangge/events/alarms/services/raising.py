"""Out of an alarm: its event (at most one, whatever is killed when) and, for a one-key alarm, the family chain.

The event's client id is the alarm's own `uid`, so that trying again finds what was opened before. Alarms are taken in
batches with their rows locked and skipped by others: several processes may raise at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from wangge.casework import queries as casework
from wangge.events.alarms import queries, rules, terms
from wangge.events.alarms.models import Alarm, AlarmCall, DeviceUser
from wangge.events.services import intake
from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.territory import queries as territory

BATCH = 500
MOST_CALLS = 8


@transaction.atomic
def raise_alarms(*, actor: Actor, limit: int = BATCH) -> int:
    """Open the events of alarms that have none yet and begin their calls; how many alarms were looked at."""
    with scope.system():
        now = clock.now()
        found = list(
            queries.to_raise(now).select_for_update(of=("self",), skip_locked=True).select_related("device")[:limit]
        )
        if not found:
            return 0
        reports = [_report(one, now) for one in found]
        receipts = intake.report_many(actor=actor, reports=reports)
        numbers = {r.id: r.number for r in receipts if not isinstance(r, Refusal)}
        ids = {case.number: case.pk for case in casework.by_numbers(actor, list(numbers.values()))}
        for one, receipt in zip(found, receipts, strict=True):
            one.tried_at = now
            if isinstance(receipt, Refusal):
                one.trouble = receipt.sentence[:200]
            else:
                one.case_id, one.is_raised, one.trouble = ids[receipt.number], True, ""
        _save(found)
        _call(actor, [one for one in found if one.is_raised and queries.alarm_kinds()[one.kind].calls], now)
        audit.record(actor, "events.alarms_raised", "alarm", len(numbers), count=len(numbers))
    return len(found)


def _report(one: Alarm, now: datetime) -> intake.Report:
    kind = queries.alarm_kinds()[one.kind]
    code = kind.of(one.code)
    first = f"{clock.local(one.first_at):%Y年%m月%d日 %H:%M:%S}"
    name = one.get_kind_display()
    title = f"{name}告警：{code.name + '，' if code.name else ''}{one.spot}"
    return intake.Report(
        id=one.uid,
        text=rules.text_of(name, code.name, one.device.name, territory.whereabouts(one), first, one.signals),
        title=title[:60],
        lng=one.lng,
        lat=one.lat,
        datum="cgcs2000",
        seen_at=min(one.first_at, now),
        source="device",
        category=code.category,
        urgency=code.urgency,  # type: ignore[arg-type]  # the loader of the data checks it against the same words
    )


def _save(found: Sequence[Alarm]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update events_alarm a set case_id = s.case_id, is_raised = s.raised, trouble = s.trouble, tried_at = s.at"
            " from unnest(%s::bigint[], %s::bigint[], %s::boolean[], %s::text[], %s::timestamptz[])"
            " as s(id, case_id, raised, trouble, at) where a.id = s.id",
            [
                [one.pk for one in found],
                [one.case_id for one in found],
                [one.is_raised for one in found],
                [one.trouble for one in found],
                [one.tried_at for one in found],
            ],
        )


def _call(actor: Actor, found: Sequence[Alarm], now: datetime) -> None:
    """The family chain of everybody the device was put up for with their consent; nobody twice."""
    users: dict[int, list[int]] = {}
    for device_id, person_id in (
        DeviceUser.objects.filter(device_id__in=[one.device_id for one in found], until=None)
        .order_by("id")
        .values_list("device_id", "person_id")
    ):
        users.setdefault(device_id, []).append(person_id)
    rows: list[AlarmCall] = []
    book = queries.rulebook()
    for one in found:
        called = [
            (person_id, contact)
            for person_id in users.get(one.device_id, [])
            for contact in queries.chain(actor, person_id)
        ]
        minutes = queries.kind_of(one, book).call
        for position, (person_id, contact) in enumerate(called[:MOST_CALLS]):
            first = position == 0
            rows.append(
                AlarmCall(
                    alarm=one,
                    position=position,
                    person_id=person_id,
                    relation_id=contact.relation_id,
                    who=terms.whom(contact.relation, contact.name)[:60],
                    state="waiting" if first else "queued",
                    due_at=now + timedelta(minutes=minutes) if first else None,
                )
            )
    AlarmCall.objects.bulk_create(rows, ignore_conflicts=True)
