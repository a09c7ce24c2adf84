"""One person on one page, as they stand or as they stood on a day: core fields with their proof, episodes, family, homes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.sealed import Sealer
from wangge.registry import terms
from wangge.registry.models import (
    ROLE_TABLES,
    SPECIAL_TABLES,
    Care,
    HouseholdMember,
    Person,
    PersonChange,
    PersonMove,
    Relation,
    Residence,
    SamePerson,
)
from wangge.registry.queries import persons, sealing
from wangge.registry.queries.dictionary import own_labels
from wangge.registry.queries.search import find
from wangge.registry.rules import care as care_rules
from wangge.registry.rules import history, tables
from wangge.registry.rules import people as rules
from wangge.registry.rules.calls import relation_name

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "身份",
        ("id_type", "id_number", "name", "former_name", "sex", "birth_on", "ethnic", "native_place"),
    ),
    ("情况", ("marriage", "politics", "education", "religion", "occupation_class", "occupation", "employer", "phone")),
    ("户籍和现住地", ("hukou_area", "hukou_address", "home_area", "home_address")),
)


Shown = list[tuple[tables.Field, Callable[[Any], str]]]


@dataclass(frozen=True, slots=True)
class FieldView:
    """A core field as it is shown, with where it is known from. `missing`: the standard wants it and it is not held."""

    key: str
    title: str
    value: str
    source: str
    on: str
    by: str
    missing: bool


@dataclass(frozen=True, slots=True)
class DetailChange:
    """A change of an episode's fields: (title, before, after) of each, from a day on."""

    from_on: date
    by: str
    source: str
    fields: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Episode:
    """A dated row with its further fields in words, as they were on the page's day. `is_open`: it holds on that day. `earlier`:
    the changes of its fields up to that day, newest first."""

    kind: str
    title: str
    row: Any
    details: list[tuple[str, str]]
    is_open: bool
    earlier: list[DetailChange]


@dataclass(frozen=True, slots=True)
class ChangeView:
    change: PersonChange
    title: str
    before: str
    after: str
    is_dated: bool


@dataclass(slots=True)
class Record:
    """Everything that the actor may see of a person on the day. What they have no right to is absent, not empty."""

    one: Person
    name: str
    place_code: int
    day: date
    is_past: bool
    groups: list[tuple[str, list[FieldView]]]
    missing: list[str]
    roles: list[Episode]
    cares: list[Episode]
    specials: list[Episode]
    household: Any
    members: list[Any]
    relations: list[tuple[Relation, str, str, str]]
    residences: list[Residence]
    changes: list[ChangeView]
    move: PersonMove | None
    judgements: list[SamePerson]
    may_care: bool
    special_kinds: list[tuple[str, str]] = field(default_factory=list)


def record(actor: Actor, person_id: int, as_of: date | None = None) -> Record:
    """Everything about a person on one page; `as_of` a day: core fields, episodes, family and homes as they were then."""
    one, today = persons.person(actor, person_id), clock.today()
    day = as_of or today
    is_past = as_of is not None and as_of < today
    own, sealer = own_labels(actor, day, one.place_code), Sealer(sealing.PEOPLE)
    eve = datetime.combine(day + timedelta(days=1), time.min, clock.ZONE)
    changes = list(PersonChange.objects.filter(person=one).order_by("-id"))
    values = values_on(one, changes, day, sealer) if is_past else persons.current_values(one)
    dates = day if is_past else None
    household, members = _household(actor, one, day)
    return Record(
        one=one,
        name=str(values["name"]),
        place_code=_place_on(one, day) if is_past else one.place_code,
        day=day,
        is_past=is_past,
        groups=[(title, [_view(one, key, values, own, is_past) for key in keys]) for title, keys in GROUPS],
        missing=[] if is_past else rules.missing(values),
        roles=_episodes(one, terms.ROLES, ROLE_TABLES, day, dates, own),
        cares=_cares(one, day, dates) if actor.may("registry.care") else [],
        specials=_episodes(one, _seen_kinds(actor), SPECIAL_TABLES, day, dates, own),
        household=household,
        members=members,
        relations=_relations(actor, one, day),
        residences=list(_held(Residence.objects.select_related("dwelling__address"), one, dates)),
        changes=[_change(c, own, sealer) for c in changes if not is_past or c.from_on <= day],
        move=None if is_past else PersonMove.objects.filter(person=one, state="asked").first(),
        judgements=list(
            SamePerson.objects.filter(Q(kept=one) | Q(dropped=one), undone_at=None, at__lt=eve).order_by("-id")[:20]
        ),
        may_care=actor.may("registry.care"),
        special_kinds=[(k, v[0]) for k, v in _seen_kinds(actor).items()],
    )


def _seen_kinds(actor: Actor) -> dict[str, tuple[str, str]]:
    return {kind: told for kind, told in terms.SPECIAL.items() if persons.may_see(actor, kind)}


def values_on(one: Person, changes: list[PersonChange], day: date, sealer: Sealer | None = None) -> dict[str, Any]:
    """The core fields as they were on the day, as the changes on record tell it."""
    values = persons.current_values(one)
    told: dict[str, list[history.Change]] = {}
    for change in sorted(changes, key=lambda c: c.pk):
        both: tuple[Any, Any] = sealing.open_change(change, sealer) if change.sealed else (change.before, change.after)
        if change.field == "birth_on":
            both = (_day(both[0]), _day(both[1]))
        told.setdefault(change.field, []).append((change.from_on, *both))
    return {key: history.value_on(told.get(key, ()), value, day) for key, value in values.items()}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _shown(key: str, value: Any, own: tables.Own | None) -> str:
    if value in (None, ""):
        return ""
    if key in terms.SEALED_CORE:
        return sealing.masked(key, value)
    if key == "id_type":
        return terms.DOCUMENTS.get(value, value)
    if isinstance(value, date):
        return value.isoformat()
    return tables.written(rules.FIELDS[key], value, own)


def _view(one: Person, key: str, values: dict[str, Any], own: tables.Own | None, is_past: bool) -> FieldView:
    value = values.get(key)
    source, on, by = one.proof.get(
        key, [one.source, one.verified_on.isoformat() if one.verified_on else "", one.verified_by]
    )
    if is_past or value in (None, ""):
        source = on = by = ""
    wanted = key in rules.FIELDS and rules.FIELDS[key].required
    return FieldView(key, rules.TITLES[key], _shown(key, value, own), source, on, by, wanted and value in (None, ""))


def _held(rows: QuerySet[Any], one: Person, day: date | None) -> QuerySet[Any]:
    """Every row of the person, newest first; with a day those that held on it."""
    found = rows.filter(person=one)
    if day is not None:
        found = found.filter(Q(until=None) | Q(until__gt=day), since__lte=day)
    return found.order_by("-since", "-id")


def _holds(row: Any, day: date) -> bool:
    return bool(row.since <= day and (row.until is None or row.until > day))


def _episodes(
    one: Person,
    kinds: dict[str, tuple[str, str]],
    tables_by_kind: dict[str, Any],
    day: date,
    dates: date | None,
    own: tables.Own | None,
) -> list[Episode]:
    found = []
    for kind, (title, code) in kinds.items():
        shown = [(f, _writer(f, own)) for f in tables.table(code).extra]
        for row in _held(tables_by_kind[kind].objects.all(), one, dates):
            found.append(_episode(kind, title, row, day, shown))
    return found


def _cares(one: Person, day: date, dates: date | None) -> list[Episode]:
    found = []
    for row in _held(Care.objects.all(), one, dates):
        shown: Shown = [(f, partial(care_rules.written, f)) for f in care_rules.fields(row.kind)]
        found.append(_episode(row.kind, terms.CARE[row.kind], row, day, shown))
    return found


def _writer(one: tables.Field, own: tables.Own | None) -> Callable[[Any], str]:
    return lambda value: tables.written(one, value, own)


def _episode(kind: str, title: str, row: Any, day: date, shown: Shown) -> Episode:
    changes = [(date.fromisoformat(c["from_on"]), c) for c in sealing.open_earlier(kind, row)]
    now = sealing.open_details(kind, row)
    held = {
        f.key: history.value_on(
            [(on, *c["fields"][f.key]) for on, c in changes if f.key in c["fields"]], now.get(f.key), day
        )
        for f, _ in shown
    }
    details = [(f.title, _detail(f, told, held[f.key])) for f, told in shown if held[f.key] not in (None, "", [])]
    earlier = [
        DetailChange(on, c["by"], c["source"], [
            (f.title, _detail(f, told, c["fields"][f.key][0]), _detail(f, told, c["fields"][f.key][1]))
            for f, told in shown if f.key in c["fields"]
        ])
        for on, c in reversed(changes) if on <= day
    ]  # fmt: skip
    return Episode(kind, title, row, details, _holds(row, day), earlier)


def _detail(one: tables.Field, told: Callable[[Any], str], value: Any) -> str:
    """A further field in words, a number masked."""
    text = "" if value in (None, "", []) else told(value)
    return masked_detail(one.key, text) if one.sealed and text else text


def masked_detail(key: str, text: str) -> str:
    """A sealed further field as everybody with sight of the row may see it."""
    return sealing.masked("phone" if "phone" in key else "id_number", text)


def _place_on(one: Person, day: date) -> int:
    """The place of the person on a day gone by: of their main home then, else whence the first later move took the record."""
    home = _held(Residence.objects.filter(is_main=True), one, day).first()
    if home is not None:
        return int(home.place_code)
    moves = PersonMove.objects.filter(person=one, state="accepted").order_by("answered_at", "id")
    later = next((m for m in moves if m.answered_at and clock.local(m.answered_at).date() > day), None)
    return later.from_place if later is not None else one.place_code


def _household(actor: Actor, one: Person, day: date) -> tuple[Any, list[Any]]:
    rows = HouseholdMember.objects.filter(Q(until=None) | Q(until__gt=day), since__lte=day)
    mine = rows.select_related("household__dwelling__address").filter(person=one).first()
    if mine is None:
        return None, []
    visible = persons.in_scope(actor).values("pk")
    members = rows.select_related("person").filter(household=mine.household_id, person__in=visible)
    ordered = members.order_by("relation", "person__birth_on", "pk")
    return mine.household, [(row, relation_name(row.relation)) for row in ordered]


def _relations(actor: Actor, one: Person, day: date) -> list[tuple[Relation, str, str, str]]:
    """(row, what the other is to the person, name, telephone masked); a relative outside the actor's reach is only counted
    in the family chain."""
    found = []
    visible = set(
        persons.in_scope(actor)
        .filter(pk__in=Relation.objects.filter(person=one).values("other_id"))
        .values_list("pk", flat=True)
    )
    rows = Relation.objects.filter(Q(until=None) | Q(until__gt=day), person=one, since__lte=day)
    others = persons.in_scope(actor).in_bulk(visible)
    for row in sorted(rows, key=lambda r: (r.calls is None, r.calls or 0, r.pk)):
        if row.other_id is not None and row.other_id not in visible:
            continue
        other = others.get(row.other_id) if row.other_id is not None else None
        phone = (
            sealing.masked_core(other).get("phone", "") if other else sealing.masked("phone", sealing.open_contact(row))
        )
        found.append((row, relation_name(row.kind), other.name if other else row.name, phone))
    return found


def _change(change: PersonChange, own: tables.Own | None, sealer: Sealer) -> ChangeView:
    if change.sealed:
        before, after = (sealing.masked(change.field, text) for text in sealing.open_change(change, sealer))
    else:
        before, after = (_shown(change.field, text, own) for text in (change.before, change.after))
    is_dated = change.from_on != clock.local(change.at).date()
    return ChangeView(change, rules.TITLES.get(change.field, change.field), before, after, is_dated)


def main_dwelling(actor: Actor, person_id: int) -> int | None:
    """The dwelling of the person's main residence now, or None."""
    one = persons.person(actor, person_id)
    row = Residence.objects.filter(person=one, is_main=True, until=None).first()
    return row.dwelling_id if row else None


def household_choices(actor: Actor, words: str, most: int = 12) -> list[tuple[int, Person]]:
    """(household, its head) of the people that the words mean."""
    if not words.strip():
        return []
    ids = [one.pk for one in find(actor, words, limit=most).people]
    rows = HouseholdMember.objects.select_related("household__head").filter(person__in=ids, until=None)
    heads: dict[int, Person] = {row.household_id: row.household.head for row in rows if row.household.head is not None}
    visible = set(persons.in_scope(actor).filter(pk__in=[h.pk for h in heads.values()]).values_list("pk", flat=True))
    return [(pk, head) for pk, head in heads.items() if head.pk in visible]


def side_by_side(one: Record, other: Record) -> list[tuple[str, FieldView, FieldView, bool]]:
    """(title, field of the one, of the other, do they contradict) of every core field that either holds."""
    lines = []
    for (_, left), (_, right) in zip(one.groups, other.groups, strict=True):
        for a, b in zip(left, right, strict=True):
            if a.value or b.value:
                lines.append((a.title, a, b, bool(a.value and b.value and a.value != b.value)))
    return lines
