"""Reads of spot checks: who can be drawn, who was, by whom they are checked, and what the results say."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from wangge.identity import queries as identity
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry.models import SampleFinding, SampleItem, SamplePlan, SampleStratum
from wangge.registry.queries import sampled
from wangge.registry.rules import sampling as rules
from wangge.registry.terms_quality import SAMPLE_FIELDS
from wangge.territory import queries as territory

RIGHT = "registry.sample"
Key = tuple[int, str]


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
    """What was drawn and is called on, in the actor's place; nobody is shown who stands by in reserve."""
    return _all_in_reach(actor).exclude(state="reserve")


def _all_in_reach(actor: Actor) -> QuerySet[SampleItem]:
    return SampleItem.objects.filter(place_code__gte=actor.lo, place_code__lte=actor.hi)


def stand_ins(actor: Actor, stratum_ids: Iterable[int]) -> QuerySet[SampleItem]:
    """Who stands by in reserve, in the order of the draw."""
    rows = _all_in_reach(actor).filter(stratum_id__in=list(stratum_ids), state="reserve")
    return rows.order_by("stratum_id", "position")


def unreached(actor: Actor, plan_id: int) -> QuerySet[SampleItem]:
    """Those of a plan that could not be reached and for whom nobody stands in yet, in the order of the draw."""
    rows = items_in_reach(actor).filter(plan_id=plan_id, state="unreached", replaced_by=None)
    return rows.order_by("stratum_id", "position")


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
    rows = items_in_reach(actor).select_related("person", "organisation", "dwelling__address", "stratum", "plan")
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
    named = Q(person__name__contains=q) | Q(organisation__name__contains=q) | Q(dwelling__address__full__contains=q)
    return rows.filter(named) if q else rows


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


def sizes(actor: Actor, place: int, kinds: Iterable[str], subject: str = "person") -> dict[Key, int]:
    """How many there are in each stratum today, for planning."""
    actor.must(RIGHT)
    lo, hi = territory.interval(place)
    found = sampled.population(actor, subject, max(lo, actor.lo), min(hi, actor.hi), kinds, clock.today())
    return {key: len(members) for key, members in sorted(found.items())}


def order_holds(actor: Actor, one: SamplePlan) -> bool:
    """Does every stratum stand in the order that the recorded seed gives, without a gap? Says whether a draw was tampered with."""
    for stratum in SampleStratum.objects.filter(plan=one):
        rows = list(_all_in_reach(actor).filter(stratum=stratum).order_by("position"))
        ranks = [rules.rank(one.seed, row.subject_id) for row in rows]
        whole = actor.lo <= one.place_code and actor.hi >= one.place_to
        drawn = stratum.size + stratum.reserve
        if ranks != sorted(ranks) or (whole and [r.position for r in rows] != list(range(1, drawn + 1))):
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


def findings_of(one: SampleItem) -> list[tuple[str, str, str]]:
    """(field in words, result in words, result) of an item that was checked."""
    rows = SampleFinding.objects.filter(item=one).order_by("pk")
    names = SAMPLE_FIELDS[one.plan.subject]
    return [(names[f.field], f.get_result_display(), f.result) for f in rows]


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
    """What a plan found. `overall` is the share of records with an error, weighted by strata; `bounds` between what it would lie
    had everybody been reached; `replaced`: how many were called on in the place of one that could not be reached."""

    drawn: int
    checked: int
    unreached: int
    updated: int
    replaced: int
    bounds: tuple[float, float] | None
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
        lines.append(
            Line(SAMPLE_FIELDS[one.subject][field], n["correct"], n["corrected"], n["wrong"], n["unknown"], share)
        )
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
        replaced=items_in_reach(actor).filter(plan=one, replaces__isnull=False).count(),
        bounds=rules.bounds((s.population, c["checked"], bad.get(s.pk, 0), c["unreached"]) for s, c, _ in rows),
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
