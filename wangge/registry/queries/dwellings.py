"""一房一档: a dwelling with who lives and lived there, its lettings, households and visits. Rows that the actor may not see are
not there: the database leaves them out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.kernel.sealed import Sealer
from wangge.registry import terms
from wangge.registry.models import BuildingLead, Household, Rental, Residence, Visit
from wangge.registry.queries.sealing import PEOPLE
from wangge.registry.rules import identity, tables
from wangge.registry.rules import rentals as rules
from wangge.registry.rules.rentals import hazard_names as hazard_names
from wangge.territory import queries as territory

VIEW = "registry.view"


def holds(day: date) -> Q:
    return Q(since__lte=day) & (Q(until=None) | Q(until__gt=day))


def residences(dwelling_id: int, day: date) -> list[Residence]:
    """Who lives (or works) there on the day, main residents first."""
    rows = Residence.objects.filter(holds(day), dwelling_id=dwelling_id).select_related("person")
    return [r for r in rows.order_by("-is_main", "since", "id") if r.person.state in ("active", "departed")]


def open_rental(dwelling_id: int, day: date) -> Rental | None:
    """The letting that holds on the day."""
    return Rental.objects.filter(holds(day), dwelling_id=dwelling_id).first()


def states(actor: Actor, dwelling_ids: Sequence[int], day: date | None = None) -> dict[int, str]:
    """What each dwelling is: own, rented, work or empty (`rules.STATES`), from the rows that hold on the day."""
    at = day or clock.today()
    rows = (
        Residence.objects.filter(holds(at), dwelling_id__in=dwelling_ids)
        .values("dwelling_id")
        .annotate(n=Count("id"), rents=Count("id", filter=Q(kind="rent")), works=Count("id", filter=Q(kind="work")))
    )
    counted = {r["dwelling_id"]: r for r in rows}
    let = set(Rental.objects.filter(holds(at), dwelling_id__in=dwelling_ids).values_list("dwelling_id", flat=True))
    none: dict[str, int] = {"n": 0, "rents": 0, "works": 0}
    return {
        pk: rules.state_of(c["n"], pk in let, c["rents"], c["works"])
        for pk in dwelling_ids
        for c in (counted.get(pk, none),)
    }


def with_state(rows: QuerySet[Any], state: str, day: date | None = None) -> QuerySet[Any]:
    """Those dwellings of a territory list that are in this state on the day."""
    at = day or clock.today()
    living = Residence.objects.filter(holds(at), dwelling_id=OuterRef("pk"))
    let = Exists(Rental.objects.filter(holds(at), dwelling_id=OuterRef("pk"))) | Exists(living.filter(kind="rent"))
    if state == "rented":
        return rows.filter(let)
    if state == "empty":
        return rows.filter(~let, ~Exists(living))
    homes = Exists(living.exclude(kind="work"))
    return rows.filter(~let, homes) if state == "own" else rows.filter(~let, ~homes, Exists(living))


# ---- lettings ---------------------------------------------------------------------------------------------------------


def rental(actor: Actor, rental_id: int) -> Rental:
    found = Rental.objects.select_related("dwelling__address").filter(pk=rental_id).first()
    if found is None or not actor.covers(found.place_code):
        raise NotHere("出租房")
    return found


def rentals(
    actor: Actor, within: int | None = None, hazard: str = "", state: str = "open", q: str = ""
) -> QuerySet[Rental]:
    """Lettings of the reach: `state` open, ended or "" for all; `hazard` a code of 5.19, "any" or "cleared"."""
    actor.must(VIEW)
    lo, hi = territory.within_reach(actor, within)
    rows = Rental.objects.filter(place_code__range=(lo, hi)).select_related("dwelling__address")
    if state:
        rows = rows.filter(until__isnull=state == "open")
    if hazard == "any":
        rows = rows.exclude(hazards=[])
    elif hazard == "cleared":
        rows = rows.filter(hazards=[], cleared_on__isnull=False)
    elif hazard:
        rows = rows.filter(hazards__contains=[hazard])
    if q.strip():
        found: list[int] = []
        for area in territory.areas(lo, hi):
            found += territory.dwelling_ids_for(q.strip(), area, limit=2_000)
        rows = rows.filter(dwelling_id__in=found)
    return rows


def landlord(one: Rental, sealer: Sealer | None = None) -> dict[str, str]:
    """The sealed fields of the landlord in full: for who may (reveal), for export by right, never for a list."""
    if not one.sealed:
        return {}
    text = (sealer or Sealer(PEOPLE)).unseal(one.sealed, f"rental:{one.pk}")
    return msgspec.json.decode(text, type=dict[str, str])


def masked_landlord(one: Rental, sealer: Sealer | None = None) -> dict[str, str]:
    """The landlord as everybody with sight of the letting may see them."""
    held = landlord(one, sealer)
    masks = {
        "landlord_id_number": identity.mask_id,
        "landlord_phone": identity.mask_phone,
        "landlord_name": identity.mask_name,
        "landlord_address": lambda text: text[:6] + "…" if len(text) > 6 else "已登记",
    }
    return {key: masks[key](value) for key, value in held.items() if key in masks}


@dataclass(frozen=True, slots=True)
class RentalRow:
    """A letting as pages show it."""

    rental: Rental
    landlord: Mapping[str, str]
    use: str
    hazards: str
    missing: list[str]


def rental_row(one: Rental, sealer: Sealer | None = None) -> RentalRow:
    held = landlord(one, sealer)
    values = {
        "dwelling_number": one.number,
        "let_as": one.use,
        "landlord_id_type": one.details.get("landlord_id_type"),
        **held,
    }
    return RentalRow(
        one,
        masked_landlord(one, sealer),
        tables.code_name("5.18", one.use) if one.use else "",
        rules.hazard_names(one.hazards),
        rules.missing(values),
    )


def rental_rows(rows: Iterable[Rental]) -> list[RentalRow]:
    sealer = Sealer(PEOPLE)
    return [rental_row(r, sealer) for r in rows]


# ---- the file of a dwelling -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DwellingFile:
    """Everything on one page, on a day: facts, residents, households, letting, visits, what was before."""

    dwelling: Any
    path: list[Any]
    place: str
    use: str
    state: str
    state_name: str
    residents: list[Any]
    before: list[Any]
    households: list[Any]
    rental: RentalRow | None
    finds: list[Any]
    rentals: list[RentalRow]
    visits: list[Any]
    aliases: list[Any]
    lead: BuildingLead | None
    as_of: date


def dwelling_file(actor: Actor, dwelling_id: int, as_of: date | None = None) -> DwellingFile:
    """一房一档. `NotHere` outside the actor's interval. `as_of` shows who lived there and what it was on that day."""
    actor.must(VIEW)
    found = territory.dwelling(dwelling_id)
    if not actor.covers(found.place_code):
        raise NotHere("房屋")
    day = as_of or clock.today()
    path = territory.address_path(dwelling_id)
    lettings = rental_rows(Rental.objects.filter(dwelling_id=dwelling_id).order_by("-since", "-id"))
    now = next((r for r in lettings if _on(r.rental, day)), None)
    state = states(actor, [dwelling_id], day)[dwelling_id]
    return DwellingFile(
        dwelling=found,
        path=path,
        place=territory.path_of(found.place_code),
        use=tables.code_name("5.17", found.use),
        state=state,
        state_name=rules.STATES[state],
        residents=[(r, terms.RESIDENCE[r.kind]) for r in residences(dwelling_id, day)],
        before=[(r, terms.RESIDENCE[r.kind]) for r in _before(dwelling_id, day)],
        households=list(
            Household.objects.filter(dwelling_id=dwelling_id, closed_on=None).select_related("head").order_by("id")
        ),
        rental=now,
        finds=[
            (f, rules.hazard_names(f.hazards))
            for f in (now.rental.finds.order_by("-seq")[:20] if now is not None else ())
        ],
        rentals=lettings,
        visits=list(Visit.objects.filter(dwelling_id=dwelling_id).order_by("-seen_at", "-id")[:20]),
        aliases=territory.aliases_of(dwelling_id),
        lead=next((building_lead(actor, a.pk, day) for a in path if a.kind == "building"), None),
        as_of=day,
    )


def _on(one: Rental, day: date) -> bool:
    return one.since <= day and (one.until is None or one.until > day)


def _before(dwelling_id: int, day: date) -> list[Residence]:
    rows = Residence.objects.filter(dwelling_id=dwelling_id, until__lte=day).select_related("person")
    return list(rows.order_by("-until", "-id")[:100])


def building_lead(actor: Actor, building_id: int, day: date | None = None) -> BuildingLead | None:
    """The 楼栋长 on the day, if there is one the actor may see."""
    rows = BuildingLead.objects.filter(holds(day or clock.today()), building_id=building_id)
    return rows.select_related("person").first()


def building_leads(actor: Actor, building_ids: Sequence[int]) -> dict[int, BuildingLead]:
    rows = BuildingLead.objects.filter(holds(clock.today()), building_id__in=building_ids).select_related("person")
    return {r.building_id: r for r in rows}


def dwelling_counts(actor: Actor, building_id: int) -> tuple[int, int]:
    """(households, people) in a building today: table 9 asks for both."""
    ids = territory.dwellings_below([building_id])
    homes = Household.objects.filter(dwelling_id__in=ids, closed_on=None).count()
    rows = Residence.objects.filter(holds(clock.today()), dwelling_id__in=ids, is_main=True, person__state="active")
    return homes, rows.count()


def grown_residents(actor: Actor, building_id: int) -> list[tuple[str, str]]:
    """(id, name) of the adults who live in a building today: who may look after it."""
    ids = territory.dwellings_below([building_id])
    day = clock.today()
    rows = Residence.objects.filter(
        holds(day),
        dwelling_id__in=ids,
        person__state="active",
        person__birth_on__lte=day.replace(year=day.year - 18, day=1),
    )
    people = rows.order_by("person__name", "person_id").values_list(
        "person_id", "person__name", "dwelling__address__name"
    )
    return [(str(pk), f"{name}（{room}）") for pk, name, room in dict.fromkeys(people)]


def leads_before(building_id: int) -> list[BuildingLead]:
    rows = BuildingLead.objects.filter(building_id=building_id, until__isnull=False).select_related("person")
    return list(rows.order_by("-until", "-id")[:20])


@dataclass(frozen=True, slots=True)
class Storey:
    """One floor of a building: its dwellings with their state, by entrance and room. None: the floor is not known."""

    floor: int | None
    homes: list[tuple[Any, str, str]]


def storeys(actor: Actor, building_id: int) -> list[Storey]:
    """Every dwelling of a building by floor, the highest first; (dwelling, entrance and room, state)."""
    ids = territory.dwellings_below([building_id])
    found = states(actor, ids)
    floors: dict[int | None, list[tuple[Any, str, str]]] = {}
    for one in territory.dwellings(actor, building=building_id).order_by("address__key", "pk"):
        parent = one.address.parent
        name = (parent.name if parent is not None and parent.kind == "entrance" else "") + one.address.name
        floors.setdefault(one.floor, []).append((one, name, found.get(one.pk, "empty")))
    return [Storey(f, floors[f]) for f in sorted(floors, key=lambda f: -1000 if f is None else -f)]
