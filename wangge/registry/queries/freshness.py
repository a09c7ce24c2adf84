"""What wants verifying again: the district's limits, and the records and fields that are past them."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml
from django.db.models import Count, Exists, F, Func, Q, QuerySet, Value
from django.db.models.fields import DateField, TextField
from django.db.models.functions import Cast, Coalesce

from wangge.identity import queries as identity
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry import terms
from wangge.registry.models import ROLE_TABLES, Care, Freshness, Household, Organisation, Person
from wangge.registry.queries import persons as people
from wangge.registry.rules import freshness as rules
from wangge.territory import queries as territory

DISTRICT = 1_000_000_000


@lru_cache(maxsize=1)
def shipped() -> dict[str, int]:
    """The limits that hold until a district sets its own."""
    told = yaml.safe_load((files("wangge.registry") / "data" / "freshness.yaml").read_text())
    return {str(k): int(v) for k, v in told["days"].items()}


def limits(place: int, on: date | None = None) -> dict[str, int]:
    """{subject: days} in force in the district of the place on the day (default today)."""
    rows = Freshness.objects.filter(place_code=place - place % DISTRICT, from_on__lte=on or clock.today())
    return shipped() | dict(rows.order_by("from_on", "pk").values_list("subject", "days"))


def limit_rows(place: int) -> list[dict[str, Any]]:
    """Every subject with its days today, the shipped ones, and what the district has set, for the page."""
    own: dict[str, list[Freshness]] = {}
    for row in Freshness.objects.filter(place_code=place - place % DISTRICT).order_by("-from_on", "-pk"):
        own.setdefault(row.subject, []).append(row)
    now, base = limits(place), shipped()
    return [
        {"subject": s, "name": name, "days": now.get(s), "shipped": base.get(s), "own": own.get(s, [])}
        for s, name in rules.SUBJECT_NAMES.items()
    ]


def district_of(actor: Actor) -> int:
    """The district whose limits and lists count for the actor: that of the post, else that of the reach, else the first."""
    if (found := identity.district_of_post(actor.post_id)) is not None:
        return found.pk
    known = [d.pk for d in territory.districts()]
    return next((pk for pk in known if pk <= actor.lo <= pk + DISTRICT - 1), known[0] if known else 0)


def verified_on(field: str) -> Any:
    """The day a field was last verified: its own proof, else the record's."""
    # The path is text: element 1 of [source, date, verifier].
    own = Func(F("proof"), Value(field), Value("1"), function="jsonb_extract_path_text", output_field=TextField())
    return Coalesce(Cast(own, DateField()), F("verified_on"))


def stale_people(
    actor: Actor, *, place: int | None = None, kind: str = "", field: str = "", days: int | None = None, q: str = ""
) -> QuerySet[Person]:
    """People on the register whose record (or `field`) is past its limit, with `last` (the day it was verified, or None).

    `kind` is a role or a care group (care needs its right); without it a record is stale when the shortest limit of any of its
    kinds is past. `days` overrides the limits. Unordered; every reader sees the people of their place only.
    """
    today, table = clock.today(), limits(place or district_of(actor))
    rows = people.people(
        actor, place=place, role=kind if kind in terms.ROLES else "", care=kind if kind in terms.CARE else ""
    )
    if kind and kind not in terms.ROLES and kind not in terms.CARE:
        raise Refusal("unknown_kind", "请从列表中选择人员类别。", field="kind", value=kind)
    if field and rules.FIELD + field not in rules.SUBJECT_NAMES:
        raise Refusal("unknown_field", "请从列表中选择字段。", field="field", value=field)
    rows = rows.annotate(last=verified_on(field) if field else F("verified_on"))
    if q:
        rows = rows.filter(name__contains=q)
    if days is not None or kind or field:
        limit = days if days is not None else _limit(table, kind, field)
        return rows.filter(_before(rules.cutoff(limit, today)))
    return rows.filter(_any_kind(actor, table, today))


def _limit(table: Mapping[str, int], kind: str, field: str) -> int:
    kinds = (kind,) if kind else ()
    return rules.days_for_field(table, field, kinds) if field else rules.days_for(table, kinds)


def _before(day: date) -> Q:
    return Q(last=None) | Q(last__lt=day)


def _any_kind(actor: Actor, table: Mapping[str, int], today: date) -> Q:
    """Past the limit of everybody, or of one of the person's kinds that is shorter."""
    past = _before(rules.cutoff(table["person"], today))
    for kind, role in ROLE_TABLES.items():
        if table.get(kind, table["person"]) < table["person"]:
            past |= _before(rules.cutoff(table[kind], today)) & Q(Exists(people.holding(role, today)))
    if actor.may("registry.care"):
        shorter = {k: d for k in terms.CARE if (d := table.get(k, table["person"])) < table["person"]}
        for kind, days in shorter.items():
            past |= _before(rules.cutoff(days, today)) & Q(Exists(people.holding(Care, today).filter(kind=kind)))
    return past


def stale_organisations(
    actor: Actor, *, place: int | None = None, days: int | None = None, q: str = ""
) -> QuerySet[Any]:
    """Organisations in being past their limit, with `last`."""
    actor.must(people.VIEW)
    rows = Organisation.objects.filter(place_code__range=_reach(actor, place), closed_on=None)
    return _stale(actor, rows.filter(name__contains=q) if q else rows, "organisation", place, days)


def stale_households(actor: Actor, *, place: int | None = None, days: int | None = None, q: str = "") -> QuerySet[Any]:
    """Households in being past their limit, with `last`."""
    actor.must(people.VIEW)
    rows = Household.objects.filter(place_code__range=_reach(actor, place), closed_on=None).select_related("head")
    rows = rows.filter(Q(number__contains=q) | Q(head__name__contains=q)) if q else rows
    return _stale(actor, rows, "household", place, days)


def stale_dwellings(actor: Actor, *, place: int | None = None, days: int | None = None, q: str = "") -> QuerySet[Any]:
    """Dwellings in being past their limit, with `last`."""
    actor.must(people.VIEW)
    rows = territory.dwellings(actor, within=place, q=q)
    return _stale(actor, rows, "dwelling", place, days)


def _stale(actor: Actor, rows: QuerySet[Any], subject: str, place: int | None, days: int | None) -> QuerySet[Any]:
    limit = days if days is not None else limits(place or district_of(actor))[subject]
    return rows.annotate(last=F("verified_on")).filter(_before(rules.cutoff(limit, clock.today())))


def _reach(actor: Actor, place: int | None) -> tuple[int, int]:
    """The actor's interval, narrowed to a place."""
    lo, hi = (actor.lo, actor.hi) if place is None else territory.interval(place)
    return max(lo, actor.lo), min(hi, actor.hi)


def stale_by_place(actor: Actor, found: QuerySet[Any], width: int) -> list[tuple[int, int]]:
    """(place, how many) of a stale list, by places of the width (1,000 community, 1,000,000 street), most first."""
    actor.must(people.VIEW)
    rows = found.order_by().annotate(at=F("place_code") / width * width).values_list("at").annotate(n=Count("pk"))
    return sorted(((int(at), int(n)) for at, n in rows), key=lambda row: (-row[1], row[0]))


def stale_fields(person: Person, kinds: tuple[str, ...] = (), on: date | None = None) -> list[str]:
    """The held fields of one record that are past their limit, in the order of the standard."""
    today, table = on or clock.today(), limits(person.place_code)
    late = []
    for field in terms.CORE:
        if field in terms.SEALED_CORE or not getattr(person, field):
            continue
        last = rules.proof_day(person.proof, field) or person.verified_on
        if rules.is_stale(last, rules.days_for_field(table, field, kinds), today):
            late.append(field)
    return late


def days_late(last: date | None, limit: int, today: date) -> int | None:
    """How many days past the limit; None when never verified."""
    return None if last is None else (today - last - timedelta(days=limit)).days
