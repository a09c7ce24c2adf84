"""What falls due: reckoned from the rows as they stand on a day, and the reminders kept of it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet

from wangge.kernel import clock, paging
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Sealer
from wangge.registry.models import ROLE_TABLES, SPECIAL_TABLES, Care, DueSetting, Person, Reminder, Visit
from wangge.registry.queries import persons as people
from wangge.registry.queries import sealing
from wangge.registry.rules import duedates as rules
from wangge.territory import queries as territory

CHUNK = 2_000
DISTRICT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Due:
    """Something that falls due for a person on a day, by a rule; `row_id` is the episode it follows from, if any."""

    person_id: int
    rule: rules.Rule
    due_on: date
    row_id: int | None


def rules_for(actor: Actor) -> list[rules.Rule]:
    """The rules whose rows the actor may see, as shipped, in the order of the table."""
    return [r for r in rules.rules().values() if people.may_see(actor, r.kind)]


def settings(on: date) -> dict[str, dict[int, DueSetting]]:
    """{rule: {district: what it has set}} in force on a day."""
    found: dict[str, dict[int, DueSetting]] = {}
    for row in DueSetting.objects.filter(from_on__lte=on).order_by("from_on", "pk"):
        found.setdefault(row.rule, {})[row.place_code] = row
    return found


def settings_of(place: int) -> dict[str, list[DueSetting]]:
    """{rule: what the district of the place has ever set, newest first}, for the page."""
    found: dict[str, list[DueSetting]] = {}
    for row in DueSetting.objects.filter(place_code=place - place % DISTRICT).order_by("-from_on", "-pk"):
        found.setdefault(row.rule, []).append(row)
    return found


def rules_at(actor: Actor, place: int, on: date | None = None) -> dict[str, rules.Rule]:
    """The rules that the actor may see as they hold in the district of the place on the day (default today); those the district
    does not use are left out."""
    own, made = settings(on or clock.today()), {}
    for rule in rules_for(actor):
        row = own.get(rule.code, {}).get(place - place % DISTRICT)
        if row is None or row.is_used:
            made[rule.code] = _as_set(rule, row) if row else rule
    return made


def _as_set(rule: rules.Rule, row: DueSetting) -> rules.Rule:
    return rule.as_set(row.months, row.years, row.lead, row.basis)


def _variants(rule: rules.Rule, own: dict[int, DueSetting]) -> Iterator[tuple[rules.Rule, Q]]:
    """The rule as each district has set it, and as shipped for all the others, with the people it holds for."""
    rest = Q()
    for district, row in own.items():
        here = Q(place_code__range=(district, district + DISTRICT - 1))
        rest &= ~here
        if row.is_used:
            yield _as_set(rule, row), here
    yield rule, rest


def due(
    actor: Actor,
    on: date | None = None,
    *,
    codes: Iterable[str] = (),
    place: int | None = None,
    ahead: int | None = None,
    start: date | None = None,
) -> list[Due]:
    """Everything that is due on a day (default today) by the rows as they stood then, by date. `codes` narrows to rules, `ahead`
    widens or narrows how far it looks (days), `start` moves the far end back. Rules of groups the actor may not see say nothing,
    and the rows of those groups are not read at all."""
    day, wanted, found = on or clock.today(), set(codes), []
    folk = people.in_scope(actor).filter(Q(state="active") | Q(state_on__gt=day))
    if place is not None:
        folk = folk.filter(place_code__range=territory.interval(place))
    own = settings(day)
    for shipped in rules_for(actor):
        if wanted and shipped.code not in wanted:
            continue
        for rule, there in _variants(shipped, own.get(shipped.code, {})):
            first, last = rules.window(rule, day)
            last = last if ahead is None else day + timedelta(days=ahead)
            first = min(first, start) if start else first
            for person_id, row_id, row in _rows(rule, first, last, day, folk.filter(there)):
                found += [Due(person_id, rule, d, row_id) for d in rules.due_days(rule, row, first, last)]
    return sorted(found, key=_order)


def _order(one: Due) -> tuple[date, int, str]:
    return one.due_on, one.person_id, one.rule.code


def named(actor: Actor, found: Sequence[Due], q: str) -> list[Due]:
    """Those of people whose name holds the words."""
    rows = people.in_scope(actor).filter(name__contains=q, pk__in={one.person_id for one in found})
    ids = set(rows.order_by().values_list("pk", flat=True))
    return [one for one in found if one.person_id in ids]


def page_of(found: Sequence[Due], after: str | None, size: int = 50) -> paging.Page:
    """A page of a reckoned list, by the same kind of cursors as a list of rows: a place in the order, not a count."""
    start = 0
    if after:
        try:
            back, day, person, code = after.split("~")
            key = (date.fromisoformat(day), int(person), code)
        except ValueError:
            raise Refusal("bad_cursor", "页码不正确。请从第一页重新打开。", field="after", value=after[:40]) from None
        if back == "p":
            start = max(0, bisect_left(found, key, key=_order) - size)
        else:
            start = bisect_right(found, key, key=_order)
    rows = list(found[start : start + size])

    def cursor(way: str, one: Due) -> str:
        return f"{way}~{one.due_on.isoformat()}~{one.person_id}~{one.rule.code}"

    more = start + len(rows) < len(found)
    return paging.Page(rows, cursor("n", rows[-1]) if more else None, cursor("p", rows[0]) if rows and start else None)


def _rows(
    rule: rules.Rule, first: date, last: date, day: date, folk: QuerySet[Person]
) -> Iterator[tuple[int, int | None, rules.Row]]:
    """The rows among the people that the rule may say something of: everybody of the age, or the episodes that hold on the day."""
    if rule.form == "age":
        folk = folk.filter(birth_on__range=rules.born_between(rule, first, last))
    if rule.kind == rules.PERSON:
        for pk, birth_on in folk.order_by("pk").values_list("pk", "birth_on").iterator(chunk_size=CHUNK):
            yield pk, None, rules.Row(birth_on)
        return
    table: Any = {**ROLE_TABLES, **SPECIAL_TABLES}.get(rule.kind, Care)
    rows = table.objects.filter(Q(until=None) | Q(until__gt=day), since__lte=day, person__in=folk)
    if table is Care:
        rows = rows.filter(kind=rule.kind)
    if table in ROLE_TABLES.values() and rule.form == "field":
        # A day in the details is an ISO text, which sorts as the day does: the window is narrowed in the database.
        low, high = (rules.add_months(d, -rule.months) for d in (first, last))
        key = f"details__{rule.field}"
        rows = rows.filter(**{f"{key}__gte": (low - timedelta(days=3)).isoformat(), f"{key}__lte": high.isoformat()})
    if rule.form == "begin" and not rule.field:
        low, high = (rules.add_months(d, -rule.months) for d in (first, last))
        rows = rows.filter(since__range=(low - timedelta(days=3), high + timedelta(days=3)))
    if not rule.group:
        for key, values in rule.when.items():
            named = Q(**{f"details__{key}__in": values})
            rows = rows.filter(named | ~Q(details__has_key=key) if "" in values else named)
    visits = _last_visits(rows, day) if rule.form == "visit" else {}
    if rule.group:
        sealer = Sealer(sealing.SPECIALS)
        for one in rows.select_related("person").order_by("pk").iterator(chunk_size=CHUNK):
            details = sealing.open_details(rule.kind, one, sealer)
            yield one.person_id, one.pk, rules.Row(one.person.birth_on, one.since, details, visits.get(one.person_id))
        return
    # Only special groups are sealed as a whole; the days the other rules look at stand open in the details.
    plain = rows.order_by("pk").values_list("person_id", "pk", "person__birth_on", "since", "details")
    for person_id, pk, birth_on, since, details in plain.iterator(chunk_size=CHUNK):
        yield person_id, pk, rules.Row(birth_on, since, details, visits.get(person_id))


def _last_visits(rows: QuerySet[Any], day: date) -> dict[int, date]:
    """{person: the day they were last met} up to the day."""
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), clock.ZONE)
    met = Visit.objects.filter(person__in=rows.values("person_id"), met=True, seen_at__lt=end)
    return {
        person: clock.local(at).date()
        for person, at in met.order_by().values_list("person_id").annotate(at=Max("seen_at"))
    }


def reminders(
    actor: Actor,
    *,
    state: str = "open",
    code: str = "",
    place: int | None = None,
    until: date | None = None,
    late: bool = False,
    q: str = "",
) -> QuerySet[Reminder]:
    """Reminders of people in the actor's place, by groups the actor may see. Unordered. `late`: past their day; `until`: due at
    the latest then."""
    actor.must(people.VIEW)
    rows = Reminder.objects.select_related("person").filter(rule__in=[r.code for r in rules_for(actor)])
    if not actor.is_system:
        rows = rows.filter(person__place_code__gte=actor.lo, person__place_code__lte=actor.hi)
    if place is not None:
        rows = rows.filter(person__place_code__range=territory.interval(place))
    if state:
        if state not in Reminder.State.values:
            raise Refusal("unknown_state", "请从列表中选择状态。", field="state", value=state)
        rows = rows.filter(state=state)
    if code:
        rows = rows.filter(rule=code)
    if late:
        rows = rows.filter(due_on__lt=clock.today())
    if until:
        rows = rows.filter(due_on__lte=until)
    return rows.filter(person__name__contains=q) if q else rows


def reminder_for_update(actor: Actor, reminder_id: int) -> Reminder:
    rows = reminders(actor, state="").select_for_update(of=("self",))
    found = rows.filter(pk=reminder_id).first()
    if found is None:
        raise NotHere("到期提醒")
    return found


def people_of(actor: Actor, person_ids: Iterable[int]) -> dict[int, Person]:
    """{id: person} in scope, for one page of a reckoned list."""
    return people.in_scope(actor).in_bulk(list(person_ids))


def counts(actor: Actor) -> dict[str, int]:
    """{late, week, month} of open reminders, for the head of the page."""
    rows, today = reminders(actor), clock.today()
    return {
        "late": rows.filter(due_on__lt=today).count(),
        "week": rows.filter(due_on__range=(today, today + timedelta(days=7))).count(),
        "month": rows.filter(due_on__range=(today, today + timedelta(days=30))).count(),
    }


def title_of(one: Reminder) -> str:
    rule = rules.rules().get(one.rule)
    return rule.title if rule else one.rule
