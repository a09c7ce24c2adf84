"""What stands on the land: the tree of addresses, dwellings, doubts. Lists take the actor and end at their interval."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from shapely.geometry import shape

from wangge.kernel.actor import NOWHERE, Actor
from wangge.kernel.errors import NotHere
from wangge.territory.models import AddressDoubt, Building, Dwelling, Estate, StandardAddress
from wangge.territory.queries import addresses as reading
from wangge.territory.queries import land
from wangge.territory.rules import addresses as forms
from wangge.territory.rules import land as codes


def within_reach(actor: Actor, within: int | None) -> tuple[int, int]:
    """The part of a place's interval that the actor covers (empty when lo > hi)."""
    if not within:
        return actor.lo, actor.hi
    try:
        lo, hi = codes.interval(within)
    except ValueError:  # a made-up code is a place without anything in it
        return NOWHERE
    return max(lo, actor.lo), min(hi, actor.hi)


def dwelling(dwelling_id: int) -> Dwelling:
    """A dwelling of any time; `NotHere` when there is none. It says nothing about people, so it takes no actor."""
    found = Dwelling.objects.select_related("address").filter(pk=dwelling_id).first()
    if found is None:
        raise NotHere("房屋")
    return found


def dwellings(
    actor: Actor,
    within: int | None = None,
    q: str = "",
    building: int | None = None,
    use: str = "",
    verified_before: date | None = None,
) -> QuerySet[Dwelling]:
    """Living dwellings of the actor's reach. `q` is a spoken address or part of one; `verified_before` also takes those
    never verified."""
    lo, hi = within_reach(actor, within)
    rows = Dwelling.objects.filter(place_code__range=(lo, hi), address__until=None).select_related("address__parent")
    if q.strip():
        rows = rows.filter(pk__in=_meant(actor, q.strip(), within))
    if building:
        rows = rows.filter(pk__in=reading.dwellings_below([building]))
    if use:
        rows = rows.filter(use=use)
    if verified_before:
        rows = rows.filter(Q(verified_on=None) | Q(verified_on__lt=verified_before))
    return rows


def _meant(actor: Actor, text: str, within: int | None) -> list[int]:
    lo, hi = within_reach(actor, within)
    found: list[int] = []
    for area in areas(lo, hi):
        found += reading.dwelling_ids_for(text, area, limit=2_000)
    return found


def areas(lo: int, hi: int) -> list[int]:
    """Places whose intervals make up lo..hi: itself when it is one place, else the districts in it."""
    if lo > hi:
        return []
    for code in (lo, lo - lo % 1000):
        try:
            if codes.interval(code) == (lo, hi) or (code == lo and lo == hi):
                return [code]
        except ValueError:
            continue
    return [d.pk for d in land.districts() if d.pk >= lo - 10**9 and d.pk <= hi]


def home(actor: Actor) -> int:
    """The place an actor's pages begin with: their own when their interval is one place, else its first district."""
    found = areas(*within_reach(actor, None))
    return found[0] if found else 0


# ---- the tree ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Branch:
    """An address in the tree with how many living addresses hang below it directly."""

    address: StandardAddress
    below: int


def roots(place_code: int) -> QuerySet[StandardAddress]:
    """Living addresses of a place that hang under none, by name."""
    lo, hi = codes.interval(
        codes.at_level(place_code, "community") if codes.level(place_code) == "cell" else place_code
    )
    return StandardAddress.objects.filter(place_code__range=(lo, hi), parent=None, until=None)


def children_of(address_id: int) -> QuerySet[StandardAddress]:
    """Living addresses directly below, in the order of their keys."""
    return StandardAddress.objects.filter(parent_id=address_id, until=None)


def with_below(rows: Sequence[StandardAddress]) -> list[Branch]:
    """The addresses of a page with the number of those below each, in one query."""
    counted = dict(
        StandardAddress.objects.filter(parent_id__in=[r.pk for r in rows], until=None)
        .values_list("parent_id")
        .annotate(Count("id"))
    )
    return [Branch(r, counted.get(r.pk, 0)) for r in rows]


def search_addresses(actor: Actor, q: str, within: int | None = None, kind: str = "") -> QuerySet[StandardAddress]:
    """Living addresses of the reach that a text means or whose full words contain it."""
    lo, hi = within_reach(actor, within)
    rows = StandardAddress.objects.filter(place_code__range=(lo, hi), until=None)
    if kind:
        rows = rows.filter(kind=kind)
    text = q.strip()
    if not text:
        return rows
    ids: list[int] = []
    for area in areas(lo, hi):
        ids += [c.address_id for c in reading.resolve(text, area).candidates if c.confidence >= 0.5]
    said = Q(pk__in=ids)
    if not ids and len(forms.fold(text)) >= 2:
        said |= Q(full__contains=text)
    return rows.filter(said)


def estate(address_id: int) -> Estate | None:
    return Estate.objects.filter(pk=address_id).first()


def building(address_id: int) -> Building:
    """A building with its address; `NotHere` when the address is none."""
    found = Building.objects.select_related("address").filter(pk=address_id).first()
    if found is None:
        raise NotHere("楼栋")
    return found


def buildings(actor: Actor, within: int | None = None) -> QuerySet[Building]:
    """Living buildings of the actor's reach."""
    lo, hi = within_reach(actor, within)
    rows = Building.objects.filter(address__place_code__range=(lo, hi), address__until=None)
    return rows.select_related("address", "address__parent")


# ---- doubts -----------------------------------------------------------------------------------------------------------


def doubts(actor: Actor, state: str = "open", within: int | None = None, q: str = "") -> QuerySet[AddressDoubt]:
    """Doubtful texts of the actor's reach, most asked first to decide; "" for every state."""
    lo, hi = within_reach(actor, within)
    rows = AddressDoubt.objects.filter(place_code__range=(lo, hi)).select_related("address")
    if state:
        rows = rows.filter(state=state)
    if q.strip():
        rows = rows.filter(text__contains=q.strip())
    return rows


def doubt(actor: Actor, doubt_id: int) -> AddressDoubt:
    found = AddressDoubt.objects.select_related("address").filter(pk=doubt_id).first()
    if found is None or not actor.covers(found.place_code):
        raise NotHere("待核地址")
    return found


def point_of(place_code: int) -> tuple[float, float] | None:
    """A point (CGCS2000 degrees) well inside the cell, or inside the first cell of a larger place; None without borders."""
    bound = land.boundary(place_code) if codes.level(place_code) == "cell" else land.boundaries(place_code).first()
    if bound is None:
        return None
    inside = shape(bound.geometry).representative_point()
    return float(inside.x), float(inside.y)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where words say that something stands: a standard address, and the point of it or of the nearest above it that has one."""

    address_id: int
    lng: float
    lat: float


# What is fixed to a house is said to be at its door, roof or lift: the address ends with the last of these.
_ADDRESS_END = re.compile(r".*(?:单元|号楼|栋|幢|座|室|号)")


def places_meant(texts: Sequence[str], within: int) -> list[Placed | None]:
    """Where each of the texts is, when that is sure and has a point; words behind the address ("…2单元电梯") are no part of it."""
    if not within:
        return [None] * len(texts)
    ends = [m.group() if (m := _ADDRESS_END.match(text)) else text for text in texts]
    found = [one.address_id for one in reading.resolve_many(ends, within)]
    told = {pk: _placed(pk) for pk in {pk for pk in found if pk is not None}}
    return [told.get(pk) if pk is not None else None for pk in found]


def _placed(address_id: int) -> Placed | None:
    for one in reversed(reading.address_path(address_id)):
        if one.lng is not None and one.lat is not None:
            return Placed(address_id, one.lng, one.lat)
    return None
