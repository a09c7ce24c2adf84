"""Reads of alarms: the board, one alarm, the rate of false alarms, what the officer's phone shows, faults."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.db.models import Count, F, Q, QuerySet

from wangge.events.alarms import rules, terms
from wangge.events.alarms.models import (
    Alarm,
    AlarmAct,
    AlarmCall,
    AlarmRule,
    AlarmSignal,
    DeviceUser,
    SignalFault,
)
from wangge.kernel import clock, flow
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry import queries as registry
from wangge.territory import queries as territory

EDIT = "devices.edit"
FALSE_DAYS = 90


@lru_cache(maxsize=1)
def alarm_kinds() -> Mapping[str, rules.Kind]:
    """What each kind of alarm means, as shipped (data/alarms.yaml)."""
    path = Path(__file__).parents[1] / "data" / "alarms.yaml"
    silences = {code: kind.silent_minutes for code, kind in territory.DEVICE_KINDS.items()}
    return rules.read_kinds(yaml.safe_load(path.read_text()), silences)


def rulebook() -> rules.Rulebook:
    """What each kind means in each district on each day. One small query; whoever handles many alarms asks once."""
    rows = AlarmRule.objects.order_by("from_on", "pk").values_list("district_code", "kind", "from_on", "values")
    return rules.Rulebook(alarm_kinds(), [rules.Decided(*row) for row in rows])


def kind_of(one: Alarm, book: rules.Rulebook | None = None) -> rules.Kind:
    """What holds for an alarm: the rules of the day on which it was raised, whatever is decided later."""
    return (book or rulebook()).kind(one.kind, one.place_code, clock.local(one.raised_at).date())


def silent_minutes(device: Any) -> int:
    """After how many minutes without a sign of life a device counts as offline today."""
    own: int | None = device.silent_minutes
    return own or rulebook().kind(device.kind, device.place_code, clock.today()).silent


@dataclass(frozen=True, slots=True)
class KindRules:
    """A kind of alarm in a district: what holds today, what is shipped, what was decided (newest first)."""

    code: str
    name: str
    limits: Sequence[tuple[str, str, int, int]]
    decided: Sequence[AlarmRule]


def alarm_rules(district: int) -> list[KindRules]:
    """The rules of every kind for the page: for each limit its name, label, value today and value as shipped."""
    book, today = rulebook(), clock.today()
    own: dict[str, list[AlarmRule]] = {}
    for row in AlarmRule.objects.filter(district_code=district).order_by("-from_on", "-pk"):
        own.setdefault(row.kind, []).append(row)
    found = []
    for code, shipped in alarm_kinds().items():
        now = book.kind(code, district, today)
        limits = [(n, terms.LIMITS[n][0], getattr(now, n), getattr(shipped, n)) for n in terms.limits_of(code)]
        found.append(KindRules(code, shipped.name, limits, own.get(code, [])))
    return found


def packed(data: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(data)


def code_name(alarm: Alarm) -> str:
    """`强行开门`, or "" for an alarm without a code of its own."""
    return alarm_kinds()[alarm.kind].of(alarm.code).name if alarm.code else ""


def title(alarm: Alarm) -> str:
    """`智能门禁·强行开门`."""
    return "·".join(filter(None, (alarm.get_kind_display(), code_name(alarm))))


# ---- for the intake --------------------------------------------------------------------------------------------------


def open_of(device_ids: Collection[int]) -> list[rules.Known]:
    """The alarms of these devices that further signals may belong to, oldest first. For the intake (reach of the system)."""
    rows = (
        Alarm.objects.filter(device_id__in=list(device_ids))
        .exclude(state="done")
        .exclude(kind="offline")
        .order_by("id")
        .values_list("device_id", "kind", "code", "is_test", "first_at", "last_at", "id", "signals")
    )
    return [rules.Known(*row) for row in rows]


# ---- lists -----------------------------------------------------------------------------------------------------------


def alarms(
    actor: Actor,
    *,
    state: str = "open",
    kind: str = "",
    result: str = "",
    place: tuple[int, int] | None = None,
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    device_id: int | None = None,
    late: bool = False,
) -> QuerySet[Alarm]:
    """Alarms in reach. `state`: "open" for all that are not done, one of the states, or "" for all; times are of receipt."""
    actor.must(terms.VIEW)
    rows = Alarm.objects.select_related("device", "case")
    if state == "open":
        rows = rows.exclude(state="done")
    elif state in terms.STATES:
        rows = rows.filter(state=state)
    rows = rows.filter(kind=kind) if kind in terms.KINDS else rows
    rows = rows.filter(result=result) if result in terms.RESULTS else rows
    rows = rows.filter(place_code__range=place) if place else rows
    rows = rows.filter(raised_at__gte=since) if since else rows
    rows = rows.filter(raised_at__lt=until) if until else rows
    rows = rows.filter(device_id=device_id) if device_id else rows
    rows = rows.filter(Q(late__gt=0) | Q(due_at__lt=clock.now())) if late else rows
    if text:
        rows = rows.filter(
            Q(spot__icontains=text)
            | Q(device__name__icontains=text)
            | Q(device__serial__icontains=text)
            | Q(case__number=text)
        )
    return rows


def alarm(actor: Actor, alarm_id: int) -> Alarm:
    """One alarm in reach, or `NotHere`."""
    actor.must(terms.VIEW)
    found = Alarm.objects.select_related("device__pulse", "case").filter(pk=alarm_id).first()
    if found is None:
        raise NotHere("告警")
    return found


def alarms_in(codes: Collection[int]) -> QuerySet[Alarm]:
    """Alarms not answered whose place is one of the codes; rows are bound by place."""
    return Alarm.objects.filter(place_code__in=codes).exclude(state="done").order_by("id")


def alarms_waiting(actor: Actor) -> int:
    """How many alarms wait for their first answer, for the rail; counted up to 100."""
    return Alarm.objects.filter(state="open")[:100].count()


def acts(actor: Actor, one: Alarm) -> list[AlarmAct]:
    return list(AlarmAct.objects.filter(alarm=one).order_by("-seq"))


def signals(actor: Actor, one: Alarm, most: int = 50) -> list[AlarmSignal]:
    return list(AlarmSignal.objects.filter(alarm=one).order_by("-id")[:most])


def calls(actor: Actor, one: Alarm) -> list[AlarmCall]:
    return list(AlarmCall.objects.filter(alarm=one).order_by("position"))


def calls_of(some: Sequence[Alarm]) -> dict[int, list[AlarmCall]]:
    """The family chains of several alarms, by alarm."""
    found: dict[int, list[AlarmCall]] = {}
    for one in AlarmCall.objects.filter(alarm__in=[a.pk for a in some]).order_by("position") if some else ():
        found.setdefault(one.alarm_id, []).append(one)
    return found


def allowed(actor: Actor, one: Alarm, book: rules.Rulebook | None = None) -> list[str]:
    """What this person may do with the alarm now, in the order of the buttons."""
    found = [
        command
        for (state, command), move in rules.MOVES.items()
        if state == one.state and flow.barrier(move, actor, command, rules.LABELS, ()) is None
    ]
    # Without going there only a false alarm can be told, and not of a kind that needs somebody on the spot.
    if one.state == "signed" and not kind_of(one, book).remote:
        found = [c for c in found if c != "finish"]
    return found


def is_late(one: Alarm, now: datetime | None = None) -> bool:
    return one.due_at is not None and one.due_at < (now or clock.now())


def device_users(actor: Actor, device_id: int) -> list[DeviceUser]:
    """For whom the device was put up. Only for who may see people: the rows are bound by the person's place."""
    if not actor.may("registry.view"):
        return []
    return list(DeviceUser.objects.filter(device_id=device_id, until=None).select_related("person").order_by("id"))


def who(actor: Actor, one: Alarm) -> str:
    """Whom a one-key alarm is about, for who may see people; "" otherwise."""
    if one.kind != "sos":
        return ""
    return "、".join(user.person.name for user in device_users(actor, one.device_id))


# ---- false alarms ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """What a device's alarms came to: all, answered, false among them; `rate` in percent, None before the first answer."""

    alarms: int = 0
    answered: int = 0
    false: int = 0

    @property
    def rate(self) -> float | None:
        return 100 * self.false / self.answered if self.answered else None

    @property
    def is_doubtful(self) -> bool:
        """More than half of at least five answered alarms were false: the device wants looking at."""
        return self.answered >= 5 and 2 * self.false > self.answered


def answered() -> Q:
    """Alarms somebody judged; what recovered by itself, and tests, say nothing about a device's judgement."""
    return Q(state="done", result__in=terms.ANSWERS)


def records(actor: Actor, device_ids: Sequence[int], days: int = FALSE_DAYS) -> dict[int, Record]:
    """By device, over the last days; devices without an alarm are left out."""
    since = clock.now() - timedelta(days=days)
    rows = (
        Alarm.objects.filter(device_id__in=list(device_ids), raised_at__gte=since, is_test=False)
        .exclude(kind="offline")
        .values_list("device_id")
        .annotate(
            alarms=Count("id"),
            answered=Count("id", filter=answered()),
            false=Count("id", filter=Q(result="false")),
        )
    )
    return {device_id: Record(*counted) for device_id, *counted in rows}


# ---- faults ----------------------------------------------------------------------------------------------------------


def faults(actor: Actor, *, settled: bool = False, text: str = "") -> QuerySet[SignalFault]:
    """Messages that could not be taken. They have no place, so only who keeps the devices of a whole district sees them."""
    actor.must(EDIT)
    if not actor.is_system and actor.hi - actor.lo < 10**9 - 1:
        return SignalFault.objects.none()
    rows = SignalFault.objects.filter(settled_at__isnull=not settled)
    return rows.filter(Q(serial__icontains=text) | Q(topic__icontains=text)) if text else rows


# ---- for the sweep -----------------------------------------------------------------------------------------------------


def to_raise(now: datetime) -> QuerySet[Alarm]:
    """Alarms without their event that were not tried lately."""
    before = now - timedelta(minutes=terms.RETRY_MINUTES)
    return Alarm.objects.filter(is_raised=False).filter(Q(tried_at=None) | Q(tried_at__lt=before)).order_by("id")


def to_escalate(now: datetime) -> QuerySet[Alarm]:
    return Alarm.objects.filter(state="open", escalate_at__lte=now).order_by("id")


def calls_due(now: datetime) -> QuerySet[AlarmCall]:
    return AlarmCall.objects.filter(state="waiting", due_at__lte=now).order_by("id")


def chain(actor: Actor, person_id: int) -> list[Any]:
    """The family chain of a person, in the order in which they are called; empty when the record is closed or gone."""
    try:
        return list(registry.chain(actor, person_id))
    except NotHere:
        return []


# ---- the officer's phone ---------------------------------------------------------------------------------------------


def shown(
    actor: Actor, one: Alarm, called: Sequence[AlarmCall] = (), book: rules.Rulebook | None = None
) -> dict[str, Any]:
    """An alarm in plain values, for phones and programs. No number of anybody in it."""

    def moment(at: datetime | None) -> str | None:
        return clock.local(at).isoformat(timespec="seconds") if at else None

    return {
        "id": one.pk,
        "step": one.step,
        "kind": one.kind,
        "kind_name": one.get_kind_display(),
        "code_name": code_name(one),
        "state": one.state,
        "state_name": one.get_state_display(),
        "result": one.result,
        "result_name": one.get_result_display(),
        "device": one.device.name,
        "place": territory.path_of(one.place_code).split("·", 1)[-1],
        "cell_code": str(one.place_code),
        "spot": one.spot,
        "lng": one.lng,
        "lat": one.lat,
        "first_at": moment(one.first_at),
        "last_at": moment(one.last_at),
        "signals": one.signals,
        "due_at": moment(one.due_at),
        "is_late": is_late(one),
        "level": one.level,
        "number": one.case.number if one.case else "",
        "who": who(actor, one),
        "calls": [
            {
                "id": c.pk,
                "who": c.who,
                "state": c.state,
                "state_name": c.get_state_display(),
                "due_at": moment(c.due_at),
            }
            for c in called
        ],
        "may": allowed(actor, one, book),
    }


def phone_alarms(actor: Actor, limit: int = 50) -> list[dict[str, Any]]:
    """The open alarms of the actor's cells, the one due first first. Empty for a post without the right."""
    if not actor.may(terms.VIEW):
        return []
    found = list(alarms(actor).order_by(F("due_at").asc(nulls_last=True), "id")[:limit])
    called = calls_of([one for one in found if one.kind == "sos"])
    book = rulebook()
    return [shown(actor, one, called.get(one.pk, ()), book) for one in found]


def alarm_of_case(actor: Actor, case: Any) -> Alarm | None:
    """The alarm behind an event, when there is one in reach."""
    return Alarm.objects.select_related("device").filter(case=case).first() if actor.may(terms.VIEW) else None
