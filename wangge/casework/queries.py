"""Reads of cases. Each takes the actor first and runs inside that actor's scope; one query serves list, count and export."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connection
from django.db.models import BooleanField, Count, F, Q, QuerySet
from django.db.models.expressions import RawSQL

from wangge.casework import rules, terms
from wangge.casework.asof import AsAt as AsAt
from wangge.casework.models import (
    OPEN_STATES,
    Assignment,
    Card,
    Case,
    Clock,
    Extension,
    Hold,
    Rating,
    SavedFilter,
    Step,
)
from wangge.identity import queries as identity
from wangge.kernel import clock, flow, scope, workdays
from wangge.kernel.actor import Actor
from wangge.kernel.calendars import current_calendar
from wangge.kernel.errors import NotHere, Refusal

PROCESSES: dict[str, terms.Process] = {}
# Written out and not passed as parameters: a prepared statement's general plan can use the partial indexes of open cases only
# when it sees the states.
OPEN_NOW = RawSQL(
    "casework_case.state in ({})".format(", ".join(f"'{s}'" for s in terms.OPEN)), (), output_field=BooleanField()
)
LEVEL_COLUMNS = {9: "district_code", 6: "street_code", 3: "community_code", 0: "place_code"}


def process_of(case: Case) -> terms.Process:
    return PROCESSES[case.kind]


def in_scope(actor: Actor) -> QuerySet[Case]:
    """All cases of the actor's place, or given to the actor's department: the same rows that the database would show.

    The place is compared as an equality on the level's own column, which the list indexes lead with.
    """
    cases = Case.objects.all()
    if actor.is_system or (actor.lo == 0 and actor.hi > 10**14):
        return cases
    if actor.lo <= actor.hi:
        return cases.filter(**within(actor.lo, actor.hi))
    if actor.department_id is not None:
        given = Assignment.objects.filter(department_id=actor.department_id).values("case_id")
        return cases.filter(pk__in=given)
    return cases.none()


def within(lo: int, hi: int) -> dict[str, Any]:
    """A filter for a subtree of places: equality on a level's column when the interval is one subtree, else a range."""
    size = hi - lo + 1
    for zeros, column in LEVEL_COLUMNS.items():
        if size == 10**zeros and lo % size == 0:
            return {column: lo}
    return {"place_code__gte": lo, "place_code__lte": hi}


def get(actor: Actor, number: str) -> Case:
    """The case of this number, or `NotHere` when it does not exist or is not for this actor."""
    _plain(number)
    case = Case.objects.select_related("holder", "lead", "merged_into").filter(number=number).first()
    if case is None:
        raise NotHere("件")
    return case


def for_update(actor: Actor, number: str, *, also: str = "") -> Case:
    """As `get`, locked until the transaction ends.

    The original of a merged case and, for a merge, the other case (`also`) and what follows this one are locked with it,
    all in the order of their ids, so that two acts never wait for each other.
    """
    _plain(number)
    seen = Case.objects.filter(number=number).values_list("pk", "merged_into_id").first()
    if seen is None:
        raise NotHere("件")
    wanted = {pk for pk in seen if pk is not None}
    if also:
        _plain(also)
        wanted |= set(Case.objects.filter(number=also).values_list("pk", flat=True))
    if len(wanted) > 1:
        with scope.system():
            followers = set(Case.objects.filter(merged_into=seen[0]).values_list("pk", flat=True)) if also else set()
            list(Case.objects.select_for_update().filter(pk__in=wanted | followers).order_by("pk").values_list("pk"))
    case = Case.objects.select_for_update(of=("self",)).filter(pk=seen[0]).first()
    if case is None:
        raise NotHere("件")
    if case.merged_into_id not in (None, *wanted):
        raise Refusal("stale", "本件刚刚被合并到另一件。您填写的内容已保留，请刷新后核对再提交。", status=409)
    return case


def _plain(number: str) -> None:
    if not isinstance(number, str) or "\0" in number or not number.isprintable() or len(number) > 30:
        raise NotHere("件")


def search(
    actor: Actor,
    *,
    words: str = "",
    states: Sequence[str] = (),
    category: str = "",
    source: str = "",
    place: tuple[int, int] | None = None,
    card: str = "",
    received: tuple[datetime, datetime] | None = None,
    department: int | None = None,
    open_only: bool = False,
    mine: bool = False,
    overdue_at: datetime | None = None,
) -> QuerySet[Case]:
    """The case list: any of number, title, text; every filter narrows within the actor's scope. Unordered."""
    cases = in_scope(actor).select_related("holder", "lead")
    if place is not None:
        cases = cases.filter(**within(*place))
    if words:
        wanted = Q(number=words.strip().upper())
        if not words.strip().upper().startswith("WG"):
            wanted |= Q(title__contains=words.strip()) | Q(text__contains=words.strip())
        cases = cases.filter(wanted)
    if states:
        cases = cases.filter(state__in=list(states))
    if category:
        cases = cases.filter(category__startswith=category)
    if source:
        cases = cases.filter(source=source)
    if card:
        cases = cases.filter(card=card)
    if received:
        cases = cases.filter(received_at__gte=received[0], received_at__lt=received[1])
    if department is not None:
        cases = cases.filter(lead_id=department)
    if open_only or overdue_at:
        cases = cases.filter(OPEN_NOW)
    if overdue_at:
        cases = cases.filter(due_at__lt=overdue_at)
    if mine:
        cases = cases.filter(reporter_id=actor.id)
    return cases


def inbox(actor: Actor) -> QuerySet[Case]:
    """What waits for the actor's post: held by its office, given to it as co-handler, or put to its cell. By due time.

    Only states in which the post may move the matter on: a verifier shares the centre's office with the dispatcher, but
    not the dispatcher's work.
    """
    mine = {
        str(state)
        for process in PROCESSES.values()
        for (state, command), move in process.moves.items()
        if command in terms.FORWARD and actor.may(move.right)
    }
    open_states = [str(s) for s in terms.OPEN if str(s) in mine]
    waiting = Q(pk__in=())
    if actor.department_id is not None:
        given = Assignment.objects.filter(
            department_id=actor.department_id, role="support", state__in=["pending", "handling"]
        ).values("case_id")
        waiting = Q(holder_id=actor.department_id, holder_place__isnull=True) | Q(pk__in=given)
    elif actor.lo <= actor.hi and not actor.is_system:
        waiting = Q(holder_place__gte=actor.lo, holder_place__lte=actor.hi)
    return (
        Case.objects.select_related("holder", "lead")
        .filter(OPEN_NOW, waiting, state__in=open_states)
        .order_by("due_at", "id")
    )


def standing(case: Case) -> rules.Standing:
    """The case as `rules.relations` needs it."""
    parts = list(
        Assignment.objects.filter(case=case, state__in=["pending", "handling"]).values_list("department_id", "role")
    )
    handlers = Step.objects.filter(case=case, command__in=terms.HANDLING).values_list("actor_id", flat=True)
    sent = Step.objects.filter(case=case, command__in=["dispatch", "designate"]).order_by("-seq").first()
    askers = Step.objects.filter(case=case, command__in=["ask_void", "ask_hold", "ask_extension"]).values_list(
        "actor_id", flat=True
    )
    return rules.Standing(
        place_code=case.place_code,
        holder_id=case.holder_id,
        holder_place=case.holder_place,
        holder_interval=identity.area_of(case.holder_id) if case.holder_id else None,
        lead_id=case.lead_id,
        support_ids=frozenset(d for d, role in parts if role == "support"),
        reporter_id=case.reporter_id,
        handlers=frozenset(handlers),
        askers=frozenset(askers),
        sent_by=sent.data.get("by") if sent is not None and case.lead_id else None,
    )


def barrier(actor: Actor, case: Case, command: str, standing_: rules.Standing | None = None) -> Refusal | None:
    """Why the actor may not take the command now; None when they may."""
    process = process_of(case)
    try:
        found = flow.move(process.moves, case.state, command, terms.LABELS)
    except Refusal as refusal:
        return refusal
    held = standing_ or standing(case)
    return flow.barrier(found, actor, command, terms.LABELS, rules.relations(actor, held))


def allowed(actor: Actor, case: Case) -> list[str]:
    """The commands of the table of moves that this actor may take in this case now, in the order of the table."""
    held = standing(case)
    commands = [c for s, c in process_of(case).moves if s == case.state]
    return [c for c in commands if barrier(actor, case, c, held) is None and _timely(actor, case, c)]


def _timely(actor: Actor, case: Case, command: str) -> bool:
    """Whether the act would be taken now, whatever is entered. (A finish that waits for a co-handler is offered: its
    refusal says for whom.)"""
    now = clock.now()
    match command:
        case "hold":
            asked = pending_hold(case)
            return asked is None or asked.asked_by != actor.id or actor.is_system
        case "ask_hold":
            return pending_hold(case) is None
        case "deny_hold":
            return pending_hold(case) is not None
        case "grant_extension" | "deny_extension":
            extension = pending_extension(case)
            return extension is not None and (extension.asked_by != actor.id or actor.is_system)
        case "ask_extension":
            return pending_extension(case) is None and may_extend(case, 1) is None
        case "send_back":
            part = Assignment.objects.filter(case=case, role="lead", state="pending").first()
            until = return_until(part.asked_at) if part else None
            return rules.may_return(case.returns, case.is_designated, now, until) is None
        case "hand_up":
            return case.holder_id is not None and identity.upper_office(case.holder_id) is not None
        case "redo" | "reopen":
            return case.closed_at is None or rules.may_reopen(case.closed_at, now) is None
        case "archive":
            return case.closed_at is not None and rules.may_archive(case.closed_at, now) is None
        case "default_rating":
            return actor.is_system or case.due_at is None or now >= case.due_at
        case "rate":
            return not Rating.objects.filter(case=case, round=case.redone + case.reworks).exists()
        case "void":
            asked_void = Step.objects.filter(case=case, command="ask_void").exists()
            return asked_void and not Rating.objects.filter(case=case).exists()
        case "waive_support":
            return Assignment.objects.filter(case=case, role="support", state__in=["pending", "handling"]).exists()
        case _:
            return True


def steps(actor: Actor, case: Case) -> list[Step]:
    """The timeline, newest first."""
    return list(Step.objects.filter(case=case).order_by("-seq"))


def public_steps(case: Case) -> list[Step]:
    """What the reporter reads: moves of state and notes marked for them, oldest first."""
    return list(Step.objects.filter(case=case).filter(Q(is_public=True) | ~Q(from_state=F("to_state"))).order_by("seq"))


def parts(actor: Actor, case: Case) -> list[Assignment]:
    return list(Assignment.objects.filter(case=case).select_related("department").order_by("id"))


def cards(actor: Actor, case: Case) -> list[Card]:
    return list(Card.objects.filter(case=case).select_related("clock").order_by("-id"))


def cards_in_scope(actor: Actor) -> QuerySet[Card]:
    """All cards of cases the actor sees, newest first."""
    return Card.objects.select_related("case", "clock").order_by("-id")


def ratings(actor: Actor, case: Case) -> list[Rating]:
    return list(Rating.objects.filter(case=case).order_by("round"))


def pending_extension(case: Case) -> Extension | None:
    return Extension.objects.filter(clock__case=case, granted__isnull=True).select_related("clock").first()


def pending_hold(case: Case) -> Hold | None:
    return Hold.objects.filter(case=case, from_at__isnull=True, to_at__isnull=True).first()


def followers(actor: Actor, case: Case) -> list[Case]:
    """The cases merged into this one."""
    return list(Case.objects.filter(merged_into=case).order_by("id"))


def clocks(actor: Actor, case: Case) -> list[Clock]:
    return list(Clock.objects.filter(case=case).select_related("assignment__department").order_by("id"))


def may_extend(case: Case, amount: int) -> Refusal | None:
    """Why the handling clock cannot be extended by this many working days now; None when it can be asked for."""
    handle = Clock.objects.filter(case=case, kind="handle", stopped_at__isnull=True, assignment__isnull=True).first()
    if handle is None:
        return Refusal("no_clock", f"本件没有正在计时的{terms.CLOCKS['handle']}时限。", status=409)
    granted = list(Extension.objects.filter(clock__case=case, granted=True).values_list("amount", flat=True))
    return rules.may_extend(len(granted), sum(granted), amount, clock.now(), handle.due_at)


def return_until(asked_at: datetime) -> datetime:
    """Until when an office may send back what it was given at this moment."""
    return workdays.due(asked_at, workdays.Limit(terms.RETURN_DAYS, "work_day"), current_calendar()).at


def holds_of_open() -> dict[int, list[workdays.Hold]]:
    """The holds of every case with a running clock, by case id."""
    found: dict[int, list[workdays.Hold]] = {}
    running = Clock.objects.filter(stopped_at__isnull=True).values("case_id")
    for h in Hold.objects.filter(case_id__in=running, from_at__isnull=False).order_by("from_at"):
        if h.from_at is not None:
            found.setdefault(h.case_id, []).append(workdays.Hold(h.from_at, h.to_at, terms.HOLD_REASONS[h.reason]))
    return found


def holds_of(case_id: int) -> list[workdays.Hold]:
    return [
        workdays.Hold(h.from_at, h.to_at, terms.HOLD_REASONS[h.reason])
        for h in Hold.objects.filter(case_id=case_id, from_at__isnull=False).order_by("from_at")
        if h.from_at is not None
    ]


def _limit(one: Clock) -> workdays.Limit:
    return workdays.Limit(one.amount, cast(workdays.Unit, one.unit))


def due_of(one: Clock, holds: Sequence[workdays.Hold]) -> workdays.Due:
    """The due date of a clock with its reasons, under the calendar as it stands."""
    counted = holds if one.kind == "handle" else ()
    base = workdays.due(one.started_at, _limit(one), current_calendar(), counted, now=clock.now())
    if not one.extended_days:
        return base
    return workdays.due(
        base.at, workdays.Limit(one.extended_days, "work_day"), current_calendar(), counted, now=clock.now()
    )


def explain(actor: Actor, case: Case) -> list[tuple[Clock, list[str]]]:
    """Each clock of the case with the sentences that lead to its due date."""
    holds = holds_of(case.pk)
    changed = [c for s in Step.objects.filter(case=case, command="recategorise") for c in s.data.get("limits", [])]
    found = []
    for one in clocks(actor, case):
        counted = holds if one.kind == "handle" else ()
        base = workdays.due(one.started_at, _limit(one), current_calendar(), counted, now=clock.now())
        lines = [line.text for line in base.lines]
        if one.extended_days:
            more = due_of(one, holds)
            lines += [f"同意延期 {one.extended_days} 个工作日：", *(line.text for line in more.lines)]
        lines += [
            f"改类别后时限由 {c['before']} 改为 {c['after']}，起算时间不变。" for c in changed if c["clock"] == one.pk
        ]
        found.append((one, lines))
    return found


def total(actor: Actor, case: Case) -> tuple[datetime, list[str]]:
    """By when the matter should be handled in all, reckoned from its receipt: accept, sign and handle, one after another.

    Handing up or down, sending back and dispatching again start the step's own clock anew, but never move this date; a
    granted hold or extension does, as it moves the handling itself.
    """
    matter = terms.Matter(case.category, case.place_code, case.urgency, case.received_at)
    at, lines, holds = case.received_at, [], holds_of(case.pk)
    limits = [(terms.CLOCKS[kind], process_of(case).limit(matter, kind)) for kind in ("accept", "sign", "handle")]
    more = sum(Extension.objects.filter(clock__case=case, granted=True).values_list("amount", flat=True))
    if more:
        limits.append(("同意延期", workdays.Limit(more, "work_day")))
    for number, (name, limit) in enumerate(limits):
        at = workdays.due(at, limit, current_calendar(), holds if number > 1 else (), now=clock.now()).at
        lines.append(f"{name} {limit.text()}，至 {clock.local(at):%Y-%m-%d %H:%M}")
    return at, lines


def by_query_code(number: str, digest: str) -> Case:
    """For the public: the case whose number and query code belong together, or the original that a supporter backs.

    Runs under `scope.system()`; the code is the only key, so a wrong one is the same as a wrong number.
    """
    _plain(number)
    case = Case.objects.select_related("holder", "lead", "merged_into").filter(number=number).first()
    if case is None or not digest:
        raise NotHere("反映")
    if case.query_code != digest and not case.supporting.filter(query_code=digest).exists():
        raise NotHere("反映")
    return case


def nearby(
    *, category: str, lng: float, lat: float, metres: float, since: datetime, states: Sequence[str] = ()
) -> QuerySet[Case]:
    """Open or lately closed cases of the same kind of matter within a square of `metres` to each side. Unscoped. Cases that
    answer one person's request are nobody else's matter."""
    dlat, dlng = metres / 111_000, metres / 98_000
    cases = Case.objects.filter(
        kind="event", lng__range=(lng - dlng, lng + dlng), lat__range=(lat - dlat, lat + dlat), received_at__gte=since
    ).exclude(state__in=["merged", "void", "declined"])
    if category:
        cases = cases.filter(category__startswith=category[:2])
    if states:
        cases = cases.filter(state__in=list(states))
    return cases.order_by("-id")


def changed_since(actor: Actor, after_step: int) -> list[int]:
    """Ids of cases in scope that took a step after the given step id, and so should be drawn again. At most 200."""
    fresh = Step.objects.filter(pk__gt=after_step).order_by("pk").values_list("case_id", flat=True)[:200]
    return list(dict.fromkeys(fresh))


def newest_step() -> int:
    """The step from which `changes` should look: the newest one that has settled.

    Only the last ids are looked at: over the whole table the policy of steps would be checked against every case.
    """
    with connection.cursor() as cursor:
        cursor.execute("select last_value from casework_step_id_seq")
        last = int(cursor.fetchone()[0])
    window = Step.objects.filter(pk__gt=last - _LATELY, at__lte=clock.now() - _SETTLING).order_by("-pk")
    return window.values_list("pk", flat=True).first() or max(0, last - _LATELY)


def saved_filters(actor: Actor) -> list[SavedFilter]:
    return list(SavedFilter.objects.filter(account_id=actor.id).order_by("name"))


# What the desk reads beside a single case.

_CHANGED_AT_ONCE = 200
_LATELY = 500
# A step that commits late carries a lower id than one already seen, so the last seconds are looked at again.
_SETTLING = timedelta(seconds=5)


def needs(case: Case, command: str) -> tuple[str, ...]:
    """The inputs that the command needs in the case's state; empty when the table of moves does not know it there."""
    found = process_of(case).moves.get((case.state, command))
    return found.needs if found else ()


def commands_of(case: Case) -> list[str]:
    """Every command of the kind's table of moves, whatever the state, in the order of the table."""
    return list(dict.fromkeys(command for _, command in process_of(case).moves))


def can_see_file(actor: Actor, sha256: str, number: str = "") -> bool:
    """Whether a case that the actor sees has this file in a step. With `number` only that case is looked at."""
    found = Step.objects.filter(case__in=in_scope(actor), files__contains=[sha256])
    return (found.filter(case__number=number) if number else found).exists()


def changes(actor: Actor, after_step: int) -> tuple[list[int], int]:
    """Ids of cases that took a step after the given one, and the step to ask from next time. At most 200 steps at once.

    A case may be named again for a few seconds: drawing it twice does no harm, missing it would.
    """
    fresh = list(
        Step.objects.filter(pk__gt=after_step).order_by("pk").values_list("pk", "case_id", "at")[:_CHANGED_AT_ONCE]
    )
    settled = after_step
    for pk, _, at in fresh:
        if at > clock.now() - _SETTLING and len(fresh) < _CHANGED_AT_ONCE:
            break
        settled = pk
    return list(dict.fromkeys(case_id for _, case_id, _ in fresh)), settled


def yellow_of(cases: Sequence[Case]) -> dict[int, datetime]:
    """When the running clock of each case turns yellow, by case id; one query for a whole list."""
    rows = Clock.objects.filter(case_id__in=[c.pk for c in cases], stopped_at__isnull=True, assignment__isnull=True)
    return dict(rows.values_list("case_id", "yellow_at"))


def points(
    cases: QuerySet[Case], limit: int = 20_000
) -> list[tuple[str, float, float, str, datetime | None, str, str]]:
    """`(number, lng, lat, state, due_at, card, title)` of the newest open cases of a search, for a map."""
    rows = cases.order_by("-id").select_related(None)[:limit]
    return list(rows.values_list("number", "lng", "lat", "state", "due_at", "card", "title"))


def counts(cases: QuerySet[Case], by: str) -> dict[str, int]:
    """How many of the cases have each value of a column. For open cases: closed ones are too many to count on a page."""
    return dict(cases.order_by().select_related(None).values_list(by).annotate(n=Count("pk")))


def others_nearby(actor: Actor, case: Case, *, metres: float = 200, days: int = 30) -> list[Case]:
    """Other cases of the same kind of matter close by and lately received that the actor may see: possible duplicates."""
    since = case.received_at - timedelta(days=days)
    near = nearby(category=case.category, lng=case.lng, lat=case.lat, metres=metres, since=since).exclude(pk=case.pk)
    return list(near.filter(pk__in=in_scope(actor).values("pk")).select_related("holder", "lead")[:8])


def by_numbers(actor: Actor, numbers: Sequence[str]) -> list[Case]:
    """The cases with these numbers that the actor sees, in the order of the numbers."""
    found = {c.number: c for c in in_scope(actor).select_related("holder", "lead").filter(number__in=list(numbers))}
    return [found[n] for n in dict.fromkeys(numbers) if n in found]


def by_ids(actor: Actor, ids: Sequence[int]) -> list[Case]:
    """The cases with these ids that the actor sees."""
    return list(in_scope(actor).filter(pk__in=list(ids)))


CARD_STATES: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Card.State.choices]


def open_in(actor: Actor, codes: Collection[int]) -> QuerySet[Case]:
    """Cases that are not ended, of the given cells, as far as the actor sees them."""
    return Case.objects.filter(place_code__in=codes, state__in=OPEN_STATES).order_by("id")
