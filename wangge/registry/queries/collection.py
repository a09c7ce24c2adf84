"""Whom officers are to call on, what they brought back, and what of it waits for a decision."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from django.db.models import Count, Max, Q, QuerySet

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.kernel.sealed import Sealer
from wangge.registry import terms
from wangge.registry.models import Care, Collection, CollectionDifference, Organisation, Person, Visit
from wangge.registry.queries import duedates
from wangge.registry.queries.doors import holds
from wangge.registry.rules import collection as rules
from wangge.registry.rules import identity, tables
from wangge.registry.rules.people import FIELDS as CORE_FIELDS

_DATA = Path(__file__).parents[1] / "data"
_LONG_AGO = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class DueVisit:
    """Somebody to be called on: a person who is looked after, or an organisation. `due_on` is the day at the latest."""

    kind: str
    id: int
    name: str
    address: str
    groups: list[str]
    last_on: date | None
    due_on: date
    basis: str
    phone: str = ""
    step: int = 0


@lru_cache(maxsize=1)
def visit_rules() -> dict[str, dict[str, Any]]:
    """How often which kind of organisation is called on, and why (data/visits.yaml)."""
    known: dict[str, dict[str, Any]] = yaml.safe_load((_DATA / "visits.yaml").read_text())["organisations"]
    return known


def due_visits(actor: Actor, within_days: int = 7, limit: int = 300) -> list[DueVisit]:
    """Whom to call on now: people who are looked after (with `registry.care`) and organisations, the longest overdue first."""
    actor.must("registry.view")
    until = clock.today() + timedelta(days=within_days)
    found = [*_care_visits(actor, within_days), *(v for v in _organisation_visits(actor) if v.due_on <= until)]
    return sorted(found, key=lambda v: (v.due_on, v.kind, v.id))[:limit]


def _care_visits(actor: Actor, ahead: int) -> list[DueVisit]:
    """By the rules of visits in force in the district, each person once, at the earliest day; however long overdue."""
    codes = [r.code for r in duedates.rules_for(actor) if r.form == "visit" and r.is_care]
    if not codes:
        return []
    first: dict[int, duedates.Due] = {}
    for one in duedates.due(actor, codes=codes, ahead=ahead, start=_LONG_AGO):
        first.setdefault(one.person_id, one)
    last, groups = _met("person_id", list(first)), defaultdict(list)
    rows = Care.objects.filter(holds(clock.today()), person__in=list(first)).order_by("pk")
    for person_id, kind in rows.values_list("person_id", "kind"):
        groups[person_id].append(terms.CARE[kind])
    people = duedates.people_of(actor, first)
    return [
        DueVisit(
            "person", pk, people[pk].name, people[pk].home_address, groups[pk], last.get(pk), one.due_on,
            f"{one.rule.title}：{one.rule.source}", "", people[pk].step,
        )
        for pk, one in first.items()
        if pk in people
    ]  # fmt: skip


def _organisation_visits(actor: Actor) -> list[DueVisit]:
    every = visit_rules()
    rows = list(
        Organisation.objects.filter(
            place_code__range=(actor.lo, actor.hi), closed_on=None, kind__in=list(every)
        ).order_by("id")[:2000]
    )
    last = _met("organisation_id", [o.pk for o in rows])
    return [
        DueVisit(
            "organisation",
            o.pk,
            o.name,
            o.address,
            [o.get_kind_display()],
            last.get(o.pk),
            (last.get(o.pk) or clock.local(o.created_at).date()) + timedelta(days=every[o.kind]["days"]),
            every[o.kind]["basis"],
            "",
            o.step,
        )
        for o in rows
    ]


def _met(column: str, ids: list[int]) -> dict[int, date]:
    rows = Visit.objects.filter(met=True, **{f"{column}__in": ids}).values(column).annotate(last=Max("seen_at"))
    return {row[column]: clock.local(row["last"]).date() for row in rows}


def visits_of(
    actor: Actor,
    *,
    person_id: int | None = None,
    dwelling_id: int | None = None,
    organisation_id: int | None = None,
    purpose: str = "",
    by: str = "",
    met: bool | None = None,
    since: date | None = None,
    until: date | None = None,
    within: tuple[int, int] | None = None,
) -> "QuerySet[Visit]":
    """Visits in the actor's reach. `since` and `until` are days of the visit, both included."""
    actor.must("registry.view")
    lo, hi = within or (actor.lo, actor.hi)
    rows = Visit.objects.filter(place_code__range=(max(lo, actor.lo), min(hi, actor.hi)))
    for column, value in (("person_id", person_id), ("dwelling_id", dwelling_id), ("organisation_id", organisation_id)):
        if value is not None:
            rows = rows.filter(**{column: value})
    if purpose:
        rows = rows.filter(purpose=purpose)
    if by:
        rows = rows.filter(by__contains=by)
    if met is not None:
        rows = rows.filter(met=met)
    if since:
        rows = rows.filter(seen_at__gte=_midnight(since))
    if until:
        rows = rows.filter(seen_at__lt=_midnight(until + timedelta(days=1)))
    return rows.select_related("collection", "dwelling__address", "organisation", "person", "household__head")


def visit(actor: Actor, visit_id: int) -> Visit:
    """One visit. Raises `NotHere`."""
    found = visits_of(actor).filter(pk=visit_id).first()
    if found is None:
        raise NotHere("采集记录")
    return found


def where(one: Visit) -> str:
    """Where or with whom the visit was, in words."""
    if one.dwelling:
        return str(one.dwelling.address.full)
    if one.organisation:
        return one.organisation.name
    if one.household:
        head = one.household.head
        return f"{head.name}户" if head else f"户号 {one.household.number or one.household.pk}"
    return one.person.name if one.person else ""


def names_of(actor: Actor, results: list[dict[str, Any]]) -> dict[int, str]:
    """Names of the people in an outcome, as far as the actor sees them."""
    return dict(Person.objects.filter(pk__in={r["person"] for r in results if r["person"]}).values_list("pk", "name"))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.ZONE)


# --- differences ----------------------------------------------------------------------------------------------------


def differences(
    actor: Actor, *, state: str = "open", reason: str = "", field: str = "", place: int | None = None, by: str = ""
) -> "QuerySet[CollectionDifference]":
    """Values that wait for a decision, or were decided, in the actor's reach."""
    actor.must("registry.view")
    rows = CollectionDifference.objects.filter(place_code__range=(actor.lo, actor.hi)).select_related("person", "visit")
    if state:
        rows = rows.filter(state=state)
    if reason:
        rows = rows.filter(reason=reason)
    if field:
        rows = rows.filter(field=field)
    if by:
        rows = rows.filter(by__contains=by)
    if place is not None:
        rows = rows.filter(place_code=place)
    return rows


def difference(actor: Actor, difference_id: int) -> CollectionDifference:
    """One of them. Raises `NotHere`."""
    found = differences(actor, state="").filter(pk=difference_id).first()
    if found is None:
        raise NotHere("采集差异")
    return found


def difference_fields() -> list[tuple[str, str]]:
    """Fields by which differences are filtered: (key, title)."""
    return [*((key, CORE_FIELDS[key].title) for key in rules.FIELDS), ("answer", "专项任务"), ("*", "整条记录")]


def shown_values(row: CollectionDifference) -> list[tuple[str, str]]:
    """What is said of a whole person, as the screen may show it: (title, value)."""
    kept = open_difference(row)
    if row.field == "answer":
        return [(f"答复 {key}", str(value)) for key, value in kept["answers"].items()]
    part = kept.get("part") or {}
    shown = [("办理", rules.PARTS.get(part.get("does", ""), ""))] if part else []
    shown += [(CORE_FIELDS[k].title, _as_words(k, v)) for k, v in part.get("changes", {}).items() if k in CORE_FIELDS]
    return shown + ([("说明", part["note"])] if part.get("note") else [])


def open_difference(row: CollectionDifference) -> dict[str, Any]:
    """{label, held, given, values, part}: what lies sealed in a difference. Only for the service that decides."""
    found: dict[str, Any] = json.loads(Sealer("people").unseal(row.sealed, f"difference:{row.pk}"))
    return found


def shown_difference(row: CollectionDifference) -> dict[str, str]:
    """Label, held and given as the screen may show them: numbers and telephones masked, codes as words."""
    found = open_difference(row)
    return {
        "label": str(found.get("label", "")),
        "title": dict(difference_fields())[row.field],
        "held": _as_words(row.field, str(found.get("held", ""))),
        "given": _as_words(row.field, str(found.get("given", ""))),
    }


def _as_words(key: str, text: str) -> str:
    if not text or key not in CORE_FIELDS:
        return text
    if key == "id_number":
        return identity.mask_id(text)
    if key == "phone":
        return identity.mask_phone(text)
    table = CORE_FIELDS[key].codes
    return (tables.code_name(table, text) or text) if table else text


def collected(actor: Actor, day: date) -> dict[str, int]:
    """The day's work in the actor's reach: doors, met, differences still open, and how long a household took at the door in the
    last thirty days (`seconds`, the median, of so many `timed`; 0 when none was)."""
    rows = Collection.objects.filter(
        place_code__range=(actor.lo, actor.hi),
        visit__seen_at__gte=_midnight(day),
        visit__seen_at__lt=_midnight(day + timedelta(days=1)),
    )
    counted = rows.aggregate(doors=Count("pk"), met=Count("pk", filter=Q(visit__met=True)))
    took: list[Any] = list(
        Collection.objects.filter(
            place_code__range=(actor.lo, actor.hi),
            visit__seen_at__gte=_midnight(day - timedelta(days=30)),
            visit__met=True,
            seconds__isnull=False,
        )
        .order_by("seconds")
        .values_list("seconds", flat=True)
    )
    middle = round(median(took)) if took else 0
    return {**counted, "waiting": differences(actor).count(), "seconds": middle, "timed": len(took)}
