"""Reads of spot checks: who can be drawn, who was, by whom they are checked, and what the results say."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from wangge.identity import queries as identity
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry.models import ROLE_TABLES, SampleFinding, SampleItem, SamplePlan, SampleStratum
from wangge.registry.queries import sealing
from wangge.registry.rules import freshness, tables
from wangge.registry.rules import sampling as rules
from wangge.registry.terms import SEALED_CORE
from wangge.registry.terms_quality import CHECKED_FIELDS, STATE_FIELD, STRATA
from wangge.territory import queries as territory

RIGHT = "registry.sample"
Key = tuple[int, str]
# The first of these roles that holds on the day is the person's kind; the order is that of STRATA.
_KINDS = " ".join(
    f"when exists (select from {ROLE_TABLES[k]._meta.db_table} r where r.person_id = p.id and r.since <= %(day)s"
    f" and (r.until is null or r.until > %(day)s)) then '{k}'"
    for k in STRATA
    if k in ROLE_TABLES
)
_POPULATION = f"""
    select p.place_code / 1000000 * 1000000, case {_KINDS} else 'other' end, p.id, p.place_code
    from registry_person p where p.state = 'active' and p.place_code between %(lo)s and %(hi)s"""  # noqa: S608 (names of our own tables)


def plan(actor: Actor, plan_id: int) -> SamplePlan:
    """The plan, or `NotHere`. For who plans samples, and for who was given a part of this one."""
    found = plans(actor).filter(pk=plan_id).first()
    if found is None:
        raise NotHere("抽查方案")
    return found


def plans(actor: Actor, *, state: str = "", q: str = "") -> QuerySet[SamplePlan]:
    """Plans that reach into the actor's place; who may not plan sees those with work of their own. Unordered."""
    rows = SamplePlan.objects.filter(place_code__lte=actor.hi, place_to__gte=actor.lo)
    if not actor.may(RIGHT):
        rows = rows.filter(pk__in=SampleItem.objects.filter(checker_id=actor.id).values("plan_id"))
    if state:
        rows = rows.filter(state=state)
    return rows.filter(title__contains=q) if q else rows


def progress(actor: Actor, plan_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """{plan: {drawn, waiting, checked, unreached, updated}} of what the actor sees."""
    rows = items_in_reach(actor).filter(plan_id__in=list(plan_ids)).order_by()
    found: dict[int, dict[str, int]] = {}
    for plan_id, state, updated, n in rows.values_list("plan_id", "state", "is_updated").annotate(n=Count("pk")):
        told = found.setdefault(plan_id, dict.fromkeys(("drawn", "updated", *SampleItem.State.values), 0))
        told["drawn"] += n
        told[state] += n
        told["updated"] += n if updated else 0
    return found


def items_in_reach(actor: Actor) -> QuerySet[SampleItem]:
    return SampleItem.objects.filter(place_code__gte=actor.lo, place_code__lte=actor.hi)


def items(
    actor: Actor,
    plan_id: int | None = None,
    *,
    state: str = "",
    place: int | None = None,
    checker: int | None = None,
    kind: str = "",
    q: str = "",
) -> QuerySet[SampleItem]:
    """What was drawn, within the actor's place; who may not plan sees only what was given to them. Unordered."""
    rows = items_in_reach(actor).select_related("person", "stratum", "plan")
    if not actor.may(RIGHT):
        rows = rows.filter(checker_id=actor.id)
    if plan_id is not None:
        rows = rows.filter(plan_id=plan_id)
    if state:
        rows = rows.filter(state=state)
    if place is not None:
        rows = rows.filter(place_code__range=territory.interval(place))
    if checker is not None:
        rows = rows.filter(checker_id=checker or None)
    if kind:
        rows = rows.filter(stratum__kind=kind)
    return rows.filter(person__name__contains=q) if q else rows


def item(actor: Actor, item_id: int) -> SampleItem:
    found = items(actor).filter(pk=item_id).first()
    if found is None:
        raise NotHere("抽查对象")
    return found


def item_for_update(actor: Actor, item_id: int) -> SampleItem:
    found = items(actor).select_for_update(of=("self",)).filter(pk=item_id).first()
    if found is None:
        raise NotHere("抽查对象")
    return found


def plan_for_update(actor: Actor, plan_id: int) -> SamplePlan:
    found = plans(actor).select_for_update().filter(pk=plan_id).first()
    if found is None:
        raise NotHere("抽查方案")
    return found


def population(lo: int, hi: int, kinds: Iterable[str], day: date) -> dict[Key, dict[int, int]]:
    """{(street, kind): {person: cell}} of everybody on the register within [lo, hi] on the day, as the session may see."""
    wanted = set(kinds)
    found: dict[Key, dict[int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_POPULATION, {"lo": lo, "hi": hi, "day": day})
        for street, kind, person, place in cursor.fetchall():
            if not wanted or kind in wanted:
                found.setdefault((int(street), kind), {})[person] = place
    return found


def sizes(actor: Actor, place: int, kinds: Iterable[str]) -> dict[Key, int]:
    """How many there are in each stratum today, for planning."""
    actor.must(RIGHT)
    lo, hi = territory.interval(place)
    found = population(max(lo, actor.lo), min(hi, actor.hi), kinds, clock.today())
    return {key: len(members) for key, members in sorted(found.items())}


def order_holds(actor: Actor, one: SamplePlan) -> bool:
    """Does every stratum stand in the order that the recorded seed gives, without a gap? Says whether a draw was tampered with."""
    for stratum in SampleStratum.objects.filter(plan=one):
        rows = list(
            items_in_reach(actor).filter(stratum=stratum).order_by("position").values_list("position", "person_id")
        )
        ranks = [rules.rank(one.seed, person) for _, person in rows]
        whole = actor.lo <= one.place_code and actor.hi >= one.place_to
        if ranks != sorted(ranks) or (whole and [p for p, _ in rows] != list(range(1, stratum.size + 1))):
            return False
    return True


def checkers(actor: Actor, one: SamplePlan) -> list[Any]:
    """Who may be given items of the plan: planners and officers whose posts touch its place."""
    actor.must(RIGHT)
    lo, hi = max(one.place_code, actor.lo), min(one.place_to, actor.hi)
    return identity.who_may((RIGHT, "registry.edit"), lo, hi)


def workload(actor: Actor, plan_id: int) -> list[tuple[int | None, str, int, int]]:
    """(account, name, given, still waiting) for each checker of a plan, most first."""
    rows = items(actor, plan_id).order_by().values_list("checker_id", "checker")
    counted = rows.annotate(n=Count("pk"), left=Count("pk", filter=Q(state="waiting")))
    return sorted(((a, name, n, left) for a, name, n, left in counted), key=lambda r: (-r[2], r[1]))


def shown(one: SampleItem, own: tables.Own | None = None) -> list[tuple[str, str, str]]:
    """(field, its name, what is held, in words and masked) of what is to be checked of the person."""
    masked = sealing.masked_core(one.person)
    known = {f.key: f for f in tables.core()}
    held = []
    for field in one.plan.fields:
        if field == STATE_FIELD:
            value = one.person.get_state_display()
        elif field in SEALED_CORE:
            value = masked.get(field, "")
        else:
            kept = getattr(one.person, field) or ""
            value = tables.code_name(known[field].codes, kept, own) if known[field].codes else str(kept)
        held.append((field, CHECKED_FIELDS[field], value))
    return held


def findings_of(one: SampleItem) -> list[tuple[str, str, str]]:
    """(field in words, result in words, result) of an item that was checked."""
    rows = SampleFinding.objects.filter(item=one).order_by("pk")
    return [(CHECKED_FIELDS[f.field], f.get_result_display(), f.result) for f in rows]


def verifiers(one: SampleItem) -> set[str]:
    """Who vouches for what is checked: they may not check it."""
    return freshness.verifiers(one.person.proof, one.person.verified_by, one.plan.fields)


# ---- what the results say ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report: a field, or a stratum, or both."""

    name: str
    correct: int
    corrected: int
    wrong: int
    unknown: int
    rate: rules.Rate


@dataclass(frozen=True, slots=True)
class Report:
    """What a plan found. `overall` is the share of records with an error, weighted by strata."""

    drawn: int
    checked: int
    unreached: int
    updated: int
    fields: list[Line]
    strata: list[tuple[SampleStratum, dict[str, int], rules.Rate]]
    cells: dict[tuple[str, Key], tuple[int, int]]
    overall: rules.Rate


def report(actor: Actor, one: SamplePlan) -> Report:
    """Results per field, per stratum and of the whole, of the items in the actor's place."""
    confidence = float(one.confidence)
    strata = list(SampleStratum.objects.filter(plan=one).order_by("street_code", "kind"))
    states = Counter(items_in_reach(actor).filter(plan=one).values_list("stratum_id", "state", "is_updated"))
    told = (
        SampleFinding.objects.filter(item__in=items_in_reach(actor).filter(plan=one))
        .order_by()
        .values_list("field", "item__stratum_id", "result")
        .annotate(n=Count("pk"))
    )
    found: Counter[tuple[str, int, str]] = Counter()
    for field, stratum_id, result, n in told:
        found[field, stratum_id, result] += n
    bad = dict(
        items_in_reach(actor)
        .filter(plan=one, state="checked", findings__result__in=[rules.CORRECTED, rules.WRONG])
        .order_by()
        .values_list("stratum_id")
        .annotate(n=Count("pk", distinct=True))
    )

    def judged(field: str, stratum_id: int) -> tuple[int, int]:
        wrong = found[field, stratum_id, rules.CORRECTED] + found[field, stratum_id, rules.WRONG]
        return found[field, stratum_id, rules.CORRECT] + wrong, wrong

    lines: list[Line] = []
    cells: dict[tuple[str, Key], tuple[int, int]] = {}
    for field in one.fields:
        per = [(s.population, *judged(field, s.pk)) for s in strata]
        n = {r: sum(found[field, s.pk, r] for s in strata) for r in rules.RESULTS}
        share = rules.stratified(per, confidence)
        lines.append(Line(CHECKED_FIELDS[field], n["correct"], n["corrected"], n["wrong"], n["unknown"], share))
        cells |= {(field, (s.street_code, s.kind)): judged(field, s.pk) for s in strata}
    rows = []
    for s in strata:
        count = {state: states[s.pk, state, False] + states[s.pk, state, True] for state in SampleItem.State.values}
        count["updated"] = sum(states[s.pk, state, True] for state in SampleItem.State.values)
        rows.append((s, count, rules.rate(bad.get(s.pk, 0), count["checked"], confidence)))
    overall = rules.stratified([(s.population, c["checked"], bad.get(s.pk, 0)) for s, c, _ in rows], confidence)
    return Report(
        drawn=sum(states.values()),
        checked=sum(c["checked"] for _, c, _ in rows),
        unreached=sum(c["unreached"] for _, c, _ in rows),
        updated=sum(c["updated"] for _, c, _ in rows),
        fields=lines,
        strata=rows,
        cells=cells,
        overall=overall,
    )


def checked_between(lo: int, hi: int, start: date, end: date, state: str = "checked") -> QuerySet[SampleItem]:
    """Items checked (or left `unreached`) on the days from start up to but not including end, within a place: the rows behind the figures."""
    since, until = (datetime(d.year, d.month, d.day, tzinfo=clock.ZONE) for d in (start, end))
    return SampleItem.objects.filter(
        state=state, place_code__range=(lo, hi), checked_at__gte=since, checked_at__lt=until
    )


def due_soon(actor: Actor, days: int = 7) -> QuerySet[SampleItem]:
    """The actor's own items still waiting in plans that are due within so many days."""
    limit = clock.today() + timedelta(days=days)
    return items(actor, state="waiting", checker=actor.id).filter(plan__due_on__lte=limit, plan__state="drawn")
