"""What an officer takes along to the doors of a cell.

Nothing of a special group is read here, whoever asks: such rows never leave for a phone. Numbers of documents and telephones
leave as masks. A copy on a phone is read again page by page, in the order of the doors.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Sealer
from wangge.registry import terms
from wangge.registry.models import (
    ROLE_TABLES,
    Care,
    Household,
    HouseholdMember,
    Person,
    Rental,
    Residence,
    Visit,
)
from wangge.registry.queries.campaigns import campaigns_for, missing_fields, why_asked
from wangge.registry.queries.freshness import limits
from wangge.registry.queries.lists import askable
from wangge.registry.rules import collection as rules
from wangge.registry.rules import identity, tables
from wangge.registry.rules.people import FIELDS as CORE_FIELDS
from wangge.territory import queries as territory

PAGE = 150


@dataclass(frozen=True, slots=True)
class Doors:
    """A page of doors as plain JSON values; `next` continues after it, "" when it was the last."""

    rows: list[dict[str, Any]]
    next: str


@dataclass(slots=True)
class _Found:
    """What one page of doors needs of its people, read in bulk."""

    people: dict[int, Person] = field(default_factory=dict)
    relation: dict[int, str] = field(default_factory=dict)
    household: dict[int, int] = field(default_factory=dict)
    roles: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    care: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    living: dict[int, str] = field(default_factory=dict)
    asked: dict[int, dict[int, list[str]]] = field(default_factory=lambda: defaultdict(dict))


def holds(today: date) -> Q:
    """Rows whose period includes the day."""
    return Q(since__lte=today) & (Q(until=None) | Q(until__gt=today))


def collection_words(actor: Actor, cell: int) -> dict[str, Any]:
    """What a phone needs to show and to ask in a cell: titles and code tables, after how many days a door is due again, and
    what departments ask there with the item of the list that allows it."""
    coded: dict[str, Mapping[str, str]] = {
        key: tables.codes(CORE_FIELDS[key].codes) for key in rules.FIELDS if CORE_FIELDS[key].codes
    }
    hazards = {code: label for code, label in tables.codes("5.19").items() if label != "无"}
    coded |= {"relation": tables.codes("4761"), "hazards": hazards, "id_type": terms.DOCUMENTS}
    return {
        "fields": [[key, CORE_FIELDS[key].title, CORE_FIELDS[key].length] for key in rules.FIELDS],
        # Pairs, because a phone would put the keys of an object that look like numbers first.
        "codes": {name: list(codes.items()) for name, codes in coded.items()},
        "care": terms.CARE,
        "roles": {code: label for code, (label, _) in terms.ROLES.items()},
        "residence": terms.RESIDENCE,
        # An empty field that no list lets a grid ask is not asked at the door.
        "askable": askable(cell),
        "fresh_days": limits(cell).get("dwelling", 365),
        "campaigns": [
            {
                "id": one.pk,
                "title": one.title,
                "why": why_asked(one),
                "fields": [f for f in one.fields if f in rules.FIELDS],
                "questions": one.questions,
                "until": _day(one.until),
            }
            for one in campaigns_for(actor, cell)
        ],
    }


def doors(actor: Actor, cell: int, after: str = "", limit: int = PAGE) -> Doors:
    """A page of the doors of a cell: dwellings, then households without one, then people of whom neither is known.

    Raises `NotHere` for a cell outside the actor's interval, `NoRight` without `registry.edit`.
    """
    actor.must("registry.edit")
    if not actor.covers(cell):
        raise NotHere("网格")
    kind, last = _place(after)
    reads = {"d": (_dwellings, "h0"), "h": (_households, "p0"), "p": (_alone, "")}
    while True:
        read, following = reads[kind]
        found = read(actor, cell, last, limit)
        if found.next:
            return found
        if found.rows or not following:
            return Doors(found.rows, following)
        kind, last = following[0], 0


def _place(after: str) -> tuple[str, int]:
    if not after:
        return "d", 0
    if after[0] not in "dhp" or not after[1:].isdecimal():
        raise Refusal("bad_cursor", "下载位置不正确。请重新下载本网格。", field="after")
    return after[0], int(after[1:])


def door(actor: Actor, key: str) -> dict[str, Any] | None:
    """One door as it stands now, for the phone that has just brought something back; None when it is gone or out of reach."""
    kind, number = _place(key)
    if kind == "d":
        rows = list(territory.dwellings(actor).filter(address_id=number))
        return _with_dwelling(actor, rows)[0] if rows else None
    if kind == "h":
        households = list(Household.objects.filter(pk=number, closed_on=None))
        return _of_households(actor, households)[0] if households else None
    found = _read(actor, [number])
    return _single(actor, found, number) if number in found.people else None


def _dwellings(actor: Actor, cell: int, last: int, limit: int) -> Doors:
    rows = list(territory.dwellings(actor, within=cell).filter(address_id__gt=last).order_by("address_id")[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return Doors(_with_dwelling(actor, rows), f"d{rows[-1].pk}" if more else "")


def _with_dwelling(actor: Actor, rows: list[Any]) -> list[dict[str, Any]]:
    today, ids = clock.today(), [d.pk for d in rows]
    at: dict[int, list[int]] = defaultdict(list)
    for dwelling_id, person_id in (
        Residence.objects.filter(holds(today), dwelling_id__in=ids)
        .order_by("id")
        .values_list("dwelling_id", "person_id")
    ):
        at[dwelling_id].append(person_id)
    homes: dict[int, list[Household]] = defaultdict(list)
    for household in Household.objects.filter(dwelling_id__in=ids, closed_on=None).order_by("id"):
        homes[household.dwelling_id or 0].append(household)
    of = {h.pk: d for d, several in homes.items() for h in several}
    settled = set(
        Residence.objects.filter(
            holds(today), is_main=True, person__in=HouseholdMember.objects.filter(household_id__in=of).values("person")
        ).values_list("person_id", flat=True)
    )
    for household_id, person_id in HouseholdMember.objects.filter(holds(today), household_id__in=of).values_list(
        "household_id", "person_id"
    ):
        if person_id not in settled and person_id not in at[of[household_id]]:
            at[of[household_id]].append(person_id)
    found = _read(actor, [p for several in at.values() for p in several])
    visits, rentals = _last_visits("dwelling_id", ids), _rentals(actor, ids)
    return [
        {
            "key": f"d{d.pk}",
            "dwelling": d.pk,
            "group": _group(d.address),
            "name": d.address.name,
            "full": d.address.full,
            "area": str(d.area_m2) if d.area_m2 is not None else "",
            "checked": [_day(d.verified_on), d.verified_by],
            "rental": rentals.get(d.pk),
            "households": [{"id": h.pk, "number": h.number} for h in homes[d.pk]],
            "visit": visits.get(d.pk),
            "people": _people(actor, found, at[d.pk]),
        }
        for d in rows
    ]


def _households(actor: Actor, cell: int, last: int, limit: int) -> Doors:
    rows = list(
        Household.objects.filter(place_code=cell, dwelling=None, closed_on=None, pk__gt=last).order_by("pk")[
            : limit + 1
        ]
    )
    more = len(rows) > limit
    rows = rows[:limit]
    shown = [d for d in _of_households(actor, rows) if d["people"]]
    return Doors(shown, f"h{rows[-1].pk}" if more else "")


def _of_households(actor: Actor, rows: list[Household]) -> list[dict[str, Any]]:
    today, ids = clock.today(), [h.pk for h in rows]
    at: dict[int, list[int]] = defaultdict(list)
    members = HouseholdMember.objects.filter(holds(today), household_id__in=ids)
    lives = set(
        Residence.objects.filter(holds(today), is_main=True, person__in=members.values("person")).values_list(
            "person_id", flat=True
        )
    )
    for household_id, person_id in members.order_by("id").values_list("household_id", "person_id"):
        if person_id not in lives:
            at[household_id].append(person_id)
    found, visits = _read(actor, [p for several in at.values() for p in several]), _last_visits("household_id", ids)
    return [
        {
            "key": f"h{h.pk}",
            "household": h.pk,
            "group": "未落到房屋的户",
            "name": f"{head.name}户" if (head := found.people.get(h.head_id or 0)) else f"户号 {h.number or h.pk}",
            "full": head.home_address if head else "",
            "area": "",
            "checked": [_day(h.verified_on), h.verified_by],
            "rental": None,
            "households": [{"id": h.pk, "number": h.number}],
            "visit": visits.get(h.pk),
            "people": _people(actor, found, at[h.pk]),
        }
        for h in rows
    ]


def _alone(actor: Actor, cell: int, last: int, limit: int) -> Doors:
    today = clock.today()
    rows = list(
        Person.objects.filter(place_code=cell, state="active", pk__gt=last)
        .exclude(pk__in=Residence.objects.filter(holds(today), place_code=cell).values("person"))
        .exclude(pk__in=HouseholdMember.objects.filter(holds(today), person__place_code=cell).values("person"))
        .order_by("pk")
        .values_list("pk", flat=True)[: limit + 1]
    )
    more = len(rows) > limit
    rows = rows[:limit]
    found = _read(actor, rows)
    return Doors([_single(actor, found, pk) for pk in rows if pk in found.people], f"p{rows[-1]}" if more else "")


def _single(actor: Actor, found: _Found, person_id: int) -> dict[str, Any]:
    person = found.people[person_id]
    return {
        "key": f"p{person_id}",
        "person": person_id,
        "group": "未落到房屋的人员",
        "name": person.name,
        "full": person.home_address,
        "area": "",
        "checked": [_day(person.verified_on), person.verified_by],
        "rental": None,
        "households": [],
        "visit": _last_visits("person_id", [person_id]).get(person_id),
        "people": _people(actor, found, [person_id]),
    }


def _read(actor: Actor, ids: Iterable[int]) -> _Found:
    """People by number with what belongs to them, in a handful of statements however many they are."""
    found, today = _Found(), clock.today()
    found.people = {p.pk: p for p in Person.objects.filter(pk__in=set(ids), state="active")}
    here = list(found.people)
    for person_id, household_id, relation in HouseholdMember.objects.filter(
        holds(today), person_id__in=here
    ).values_list("person_id", "household_id", "relation"):
        found.relation[person_id], found.household[person_id] = relation, household_id
    roles: Any = ROLE_TABLES
    for code, table in roles.items():
        for person_id in table.objects.filter(holds(today), person_id__in=here).values_list("person_id", flat=True):
            found.roles[person_id].append(code)
    if actor.may("registry.care"):
        for person_id, kind in Care.objects.filter(holds(today), person_id__in=here).values_list("person_id", "kind"):
            found.care[person_id].append(kind)
    for person_id, kind in Residence.objects.filter(holds(today), person_id__in=here, is_main=True).values_list(
        "person_id", "kind"
    ):
        found.living[person_id] = kind
    for campaign in campaigns_for(actor) if here else []:
        for person_id, missing in missing_fields(actor, campaign, here).items():
            found.asked[person_id][campaign.pk] = missing
    return found


def _people(actor: Actor, found: _Found, ids: list[int]) -> list[dict[str, Any]]:
    sealer = Sealer("people")
    shown = [_person(found, found.people[pk], sealer) for pk in ids if pk in found.people]
    # The head of the family first, then as the household register has them, then by age.
    return sorted(shown, key=lambda p: (p["relation"] or "99", p["values"].get("birth_on", "9")))


def _person(found: _Found, person: Person, sealer: Sealer) -> dict[str, Any]:
    secret = json.loads(sealer.unseal(person.sealed, f"person:{person.pk}")) if person.sealed else {}
    masks = {"id_number": identity.mask_id, "phone": identity.mask_phone}
    values = {
        key: masks[key](secret[key]) if key in masks else text
        for key in rules.FIELDS
        if (text := secret.get(key, "") if key in masks else plain(getattr(person, key)))
    }
    return {
        "id": person.pk,
        "step": person.step,
        "values": values,
        "id_type": person.id_type,
        "relation": found.relation.get(person.pk, ""),
        "household": found.household.get(person.pk),
        "roles": found.roles.get(person.pk, []),
        "care": found.care.get(person.pk, []),
        "living": found.living.get(person.pk, ""),
        # Per campaign, what is still to be asked of them: a field that is held and fresh is not among it.
        "asked": found.asked.get(person.pk, {}),
        "proof": {k: v for k, v in person.proof.items() if k in rules.FIELDS},
        "by": [person.source, _day(person.verified_on), person.verified_by],
    }


def plain(value: object) -> str:
    """A column as the phone shows and compares it."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _group(address: Any) -> str:
    """What stands before the room: the building and entrance."""
    full, name = address.full, address.name
    return full[: -len(name)] if name and full.endswith(name) and len(full) > len(name) else full


def _rentals(actor: Actor, ids: list[int]) -> dict[int, dict[str, Any]]:
    today = clock.today()
    return {
        r.dwelling_id: {"since": _day(r.since), "hazards": r.hazards}
        for r in Rental.objects.filter(holds(today), dwelling_id__in=ids)
    }


def _last_visits(column: str, ids: list[int]) -> dict[int, list[Any]]:
    """The newest visit per door or person: day, whether somebody was met."""
    rows = (
        Visit.objects.filter(**{f"{column}__in": ids})
        .order_by(column, "-seen_at")
        .distinct(column)
        .values_list(column, "seen_at", "met")
    )
    return {key: [clock.local(at).date().isoformat(), met] for key, at, met in rows}
