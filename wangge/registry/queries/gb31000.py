"""The flat tables of GB/T 31000-2015, composed from the one record of each: person + role, dwelling + letting, organisation, cell.

Rows come in batches by number, so that a whole district streams in constant memory and each batch is a short transaction.
Values are clean ones (`rules.tables`); `rules.tables.exporter` turns them into what the standard prints.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.db.models import Count, F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from wangge.identity import queries as identity
from wangge.kernel.actor import Actor
from wangge.kernel.sealed import Sealer
from wangge.registry.models import (
    ROLE_TABLES,
    SPECIAL_TABLES,
    BuildingLead,
    Household,
    HouseholdMember,
    Organisation,
    Person,
    Rental,
    Residence,
)
from wangge.registry.queries.dwellings import landlord
from wangge.registry.queries.organisations import open_sealed
from wangge.registry.queries.sealing import PEOPLE, SPECIALS, open_core, opened_core, opened_details
from wangge.registry.rules import organisations as organisation_rules
from wangge.registry.terms import CORE, ROLES, SEALED_CORE, SPECIAL
from wangge.territory import queries as territory

ROLE_OF: dict[str, str] = {code: kind for kind, (_, code) in {**ROLES, **SPECIAL}.items()}
KIND_OF: dict[str, str] = {code: kind for kind, code in organisation_rules.TABLES.items() if code.startswith("T")}
NINE = ("T12", "T13", "T14", "T17", "T18", "T19", "T20", "T21", "T22")
TABLES = ("T8", "T9", "T12", "T13", "T14", "T15", "T16", *NINE[3:], "T23", "T24", "T29", "T31")
SPECIAL_CODES = frozenset(code for _, code in SPECIAL.values())
SIZE = 1000
EXPORT, REVEAL, HANDLE = "registry.export", "person.reveal", "registry.special"


@dataclass(frozen=True, slots=True)
class Batch:
    """`rows` by key, and the number after which the next batch begins (None: that was the last)."""

    rows: list[dict[str, Any]]
    after: int | None


def tables_for(actor: Actor) -> list[str]:
    """The tables that the actor may take away: those of a special group only with its own right, and never the system itself."""
    common = actor.may(EXPORT) and actor.may(REVEAL)
    return [
        code
        for code in TABLES
        if (
            not actor.is_system and actor.may(REVEAL) and actor.may(HANDLE) and actor.may(f"sees.{ROLE_OF[code]}")
            if code in SPECIAL_CODES
            else common
        )
    ]


def count(actor: Actor, code: str, area: int, on: date) -> int:
    """About how many rows the table will have, for the progress."""
    if code == "T8":
        return len(_cells(area))
    return _found(code, area, on).count()


def batch(actor: Actor, code: str, area: int, on: date, after: int = 0, size: int = SIZE) -> Batch:
    """The next rows of a table of an area on a day. Row-level security cuts them to what the actor may see."""
    if code == "T8":
        return Batch(list(_grid_rows(actor, area, on)), None)
    if code in ROLE_OF:
        return _people_batch(code, area, on, after, size)
    wanted = _found(code, area, on).filter(pk__gt=after).order_by("pk")
    found = list(wanted[:size])
    if code == "T16":
        rows = _rental_rows(found, on)
    elif code == "T9":
        rows = _lead_rows(found, on)
    else:
        rows = _organisation_rows(found)
    return Batch(rows, found[-1].pk if len(found) == size else None)


def _found(code: str, area: int, on: date) -> QuerySet[Any]:
    lo, hi = territory.interval(area)
    holds = Q(since__lte=on) & (Q(until=None) | Q(until__gt=on))
    if code in ROLE_OF:
        kind = ROLE_OF[code]
        model: Any = ROLE_TABLES.get(kind) or SPECIAL_TABLES[kind]
        return model.objects.filter(
            holds, person__place_code__range=(lo, hi), person__state="active"
        )  # fmt: skip
    if code == "T16":
        return Rental.objects.filter(holds, place_code__range=(lo, hi)).select_related("dwelling__address")
    if code == "T9":
        return BuildingLead.objects.filter(holds, building__address__place_code__range=(lo, hi)).select_related(
            "person", "building__address"
        )
    return Organisation.objects.filter(
        Q(opened_on=None) | Q(opened_on__lte=on),
        Q(closed_on=None) | Q(closed_on__gt=on),
        kind=KIND_OF[code],
        place_code__range=(lo, hi),
    )


# ---- people -----------------------------------------------------------------------------------------------------------

# Rows of a third of a million people are read as they lie, without an object for each.
_PLAIN = tuple(key for key in CORE if key not in SEALED_CORE)
_OF_PERSON = ("person_id", "person__sealed", "person__place_code", "person__id_type", *(f"person__{k}" for k in _PLAIN))


def _people_batch(code: str, area: int, on: date, after: int, size: int) -> Batch:
    """The next people of the area and, of those, whoever is in the role.

    From people to roles, and of no more than a thousand at once: row-level security asks of each row of a role whether its
    person is seen, and that is looked up one by one.
    """
    kind = ROLE_OF[code]
    lo, hi = territory.interval(area)
    people = Person.objects.filter(pk__gt=after, place_code__range=(lo, hi), state="active").order_by("pk")
    ids = list(people.values_list("pk", flat=True)[:size])
    if not ids:
        return Batch([], None)
    of = {"person_id__gt": after, "person_id__lte": ids[-1], "person__place_code__range": (lo, hi)}
    kept = F("sealed") if kind in SPECIAL else Cast("details", TextField())
    found = _found(code, area, on).filter(**of).order_by("person_id").values_list("pk", kept, *_OF_PERSON)
    rows = _role_rows(code, list(found), on, of)
    return Batch(rows, ids[-1] if len(ids) == size else None)


def _role_rows(code: str, found: Sequence[tuple[Any, ...]], on: date, of: dict[str, Any]) -> list[dict[str, Any]]:
    kind = ROLE_OF[code]
    sealer = Sealer(PEOPLE)
    detail_sealer = Sealer(SPECIALS) if kind in SPECIAL else sealer
    address = 6 + _PLAIN.index("home_address")
    homes = _homes(of, on) if any(not row[address] for row in found) else {}
    households = _households(of, on, sealer) if code == "T12" else {}
    rows = []
    for pk, kept, person_id, sealed, place, id_type, *plain in found:
        details = kept if kind in SPECIAL else msgspec.json.decode(kept)
        made = opened_details(kind, pk, details, detail_sealer)
        made.update(zip(_PLAIN, plain, strict=True))
        made.update(opened_core(person_id, sealed, sealer))
        made["id_type"] = id_type
        # Who is on the record of a district lives in it; where in it, the main residence says when the person's own field does not.
        if not made["home_area"]:
            made["home_area"] = str(place)[:6]
        if not made["home_address"]:
            made["home_address"] = homes.get(person_id, "")
        if code == "T12":
            made.setdefault("is_at_hukou", _is_at_hukou(made))
            made.update(households.get(person_id, ()))
        rows.append(made)
    return rows


def _is_at_hukou(core: dict[str, Any]) -> str:
    """人户一致 (table 5.10), where both addresses are known and nobody has said so."""
    if not core.get("hukou_address") or not core.get("home_address"):
        return ""
    same = core["hukou_area"] == core["home_area"] and core["hukou_address"] == core["home_address"]
    return "01" if same else "02"


def _homes(of: dict[str, Any], on: date) -> dict[int, str]:
    found = Residence.objects.filter(
        Q(until=None) | Q(until__gt=on), is_main=True, since__lte=on, person__home_address="", **of
    ).values_list("person_id", "dwelling__address__full")  # fmt: skip
    return {person_id: full[:80] for person_id, full in found if full}


def _households(of: dict[str, Any], on: date, sealer: Sealer) -> dict[int, dict[str, str]]:
    found = HouseholdMember.objects.filter(
        Q(until=None) | Q(until__gt=on), since__lte=on, **of
    ).values_list("person_id", "relation", "household__number", "household__head_id", "household__head__name", "household__head__sealed")  # fmt: skip
    heads: dict[int, dict[str, str]] = {}
    made = {}
    for person_id, relation, number, head_id, name, sealed in found:
        row = {"household_number": number, "relation_to_head": relation}
        if head_id is not None and name is not None:
            if head_id not in heads:
                held = opened_core(head_id, sealed, sealer)
                heads[head_id] = {
                    "head_id_number": held.get("id_number", ""), "head_name": name, "head_phone": held.get("phone", ""),
                }  # fmt: skip
            row |= heads[head_id]
        made[person_id] = row
    return made


# ---- dwellings and buildings ------------------------------------------------------------------------------------------


def _rental_rows(found: Sequence[Rental], on: date) -> list[dict[str, Any]]:
    """One row a tenant, as the standard's table has room for one; a letting whose tenant is not known has one row all the same."""
    sealer = Sealer(PEOPLE)
    tenants: dict[int, list[Person]] = {}
    living = Residence.objects.filter(
        Q(until=None) | Q(until__gt=on), dwelling_id__in=[r.dwelling_id for r in found], kind="rent", since__lte=on
    ).select_related("person")  # fmt: skip
    for one in living.order_by("pk"):
        if one.person.state == "active":
            tenants.setdefault(one.dwelling_id, []).append(one.person)
    rows = []
    for rental in found:
        dwelling = rental.dwelling
        lng, lat = _point(dwelling.address)
        shared = {
            **rental.details, **landlord(rental, sealer), "dwelling_number": rental.number or str(rental.dwelling_id),
            "dwelling_address": dwelling.address.full, "use": dwelling.use, "area_m2": dwelling.area_m2,
            "let_as": rental.use, "hazard": hazard_code(rental), "lng": lng, "lat": lat,
        }  # fmt: skip
        let_to = tenants.get(rental.dwelling_id, [])
        rows += [shared | _tenant(person, sealer) for person in let_to] or [shared]
    return rows


def _point(address: Any) -> tuple[float | None, float | None]:
    """Where a dwelling is: its own point, or that of the nearest place above it that has one."""
    if address.lng is not None:
        return address.lng, address.lat
    placed = [a for a in territory.address_path(address.pk) if a.lng is not None]
    return (placed[-1].lng, placed[-1].lat) if placed else (None, None)


def hazard_code(rental: Rental) -> str:
    """The hazard that stands today: the first found, or none once it was cleared. The standard's table has room for one."""
    if rental.cleared_on is not None or not rental.hazards:
        return "00"
    return str(rental.hazards[0])


def _tenant(person: Person, sealer: Sealer) -> dict[str, str]:
    held = open_core(person, sealer)
    return {"tenant_id_number": held.get("id_number", ""), "tenant_name": person.name, "tenant_phone": held.get("phone", "")}  # fmt: skip


def _lead_rows(found: Sequence[BuildingLead], on: date) -> list[dict[str, Any]]:
    sealer = Sealer(PEOPLE)
    rows = []
    for one in found:
        building, address, lead = one.building, one.building.address, one.person
        ids = territory.dwellings_below([address.pk])
        lives = Q(until=None) | Q(until__gt=on)
        living = Residence.objects.filter(
            lives, dwelling_id__in=ids, is_main=True, since__lte=on, person__state="active"
        )
        rows.append(
            {
                "estate_name": _estate(address), "building_name": address.name, "area_m2": building.area_m2,
                "floors": building.floors, "entrances": building.entrances,
                "households": Household.objects.filter(dwelling_id__in=ids, closed_on=None).count(), "people": living.count(),
                "name": lead.name, "sex": lead.sex, "ethnic": lead.ethnic, "politics": lead.politics, "birth_on": lead.birth_on,
                "education": lead.education, "mobile": open_core(lead, sealer).get("phone", ""),
                "area": str(address.place_code)[:6], "lng": address.lng, "lat": address.lat,
            }
        )  # fmt: skip
    return rows


def _estate(address: Any) -> str:
    """The estate (or, without one, the road and number) that a building stands in."""
    above = territory.address_path(address.pk)[:-1]
    named = [a.name for a in above if a.kind == "estate"]
    return named[-1] if named else "".join(a.name for a in above)


# ---- organisations and cells ------------------------------------------------------------------------------------------


def _organisation_rows(found: Sequence[Organisation]) -> list[dict[str, Any]]:
    sealer = Sealer(PEOPLE)
    return [
        {**one.details, **open_sealed(one, sealer), **{k: getattr(one, k) for k in organisation_rules.ROW}}
        for one in found
    ]


def _cells(area: int) -> list[Any]:
    return [b for b in territory.boundaries(area) if b.cell.kind != "micro"]


def _grid_rows(actor: Actor, area: int, on: date) -> Iterable[dict[str, Any]]:
    """One row an officer of a cell; a cell with one person has its lead for its officer (note to table 8)."""
    cells = _cells(area)
    staff = identity.officers_of_cells([b.cell_id for b in cells], on)
    lo, hi = territory.interval(area)
    held = Household.objects.filter(place_code__range=(lo, hi), closed_on=None).order_by().values_list("place_code")
    households = dict(held.annotate(n=Count("pk")))
    for boundary in cells:
        if not actor.covers(boundary.cell_id):
            continue
        holders = staff.get(boundary.cell_id, [])
        lead = next((h for h in holders if h.is_lead), None)
        officers = [h for h in holders if not h.is_lead] or holders
        shared = {
            "grid_name": boundary.cell.name, "lead_name": lead.full_name if lead else "", "officers": len(officers),
            "households": households.get(boundary.cell_id, 0), "area_m2": boundary.area_m2,
        }  # fmt: skip
        yield from [shared | {"officer_name": o.full_name, "mobile": o.phone} for o in officers] or [shared]
