"""Reads of transfers, and the old tree and the new: which codes an old code lives on in, and which it came from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Q, QuerySet

from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.territory.models import CellLineage, Division, Dwelling, GridCell, Transfer
from wangge.territory.rules import land
from wangge.territory.rules import transfers as rules

RIGHT_PREPARE, RIGHT_SIGN = "territory.transfer", "territory.sign"


def _mine(actor: Actor) -> Q:
    if actor.is_system:
        return Q()
    return Q(from_district__range=(actor.lo, actor.hi)) | Q(to_district__range=(actor.lo, actor.hi))


def transfers(actor: Actor) -> QuerySet[Transfer]:
    """The transfers that touch the actor's district, newest first."""
    return Transfer.objects.filter(_mine(actor)).order_by("-id")


def transfer(actor: Actor, transfer_id: int) -> Transfer:
    """One transfer of the actor's district, or `NotHere`."""
    found = transfers(actor).filter(pk=transfer_id).first()
    if found is None:
        raise NotHere("区划移交")
    return found


def due_transfers(today: date) -> list[int]:
    """Signed transfers whose day has come, by day."""
    return list(
        Transfer.objects.filter(state="signed", on__lte=today).order_by("on", "id").values_list("pk", flat=True)
    )


def side_of(actor: Actor, found: Transfer) -> list[str]:
    """Which sides the actor may sign for: those whose whole district the post covers."""
    sides = {"from": found.from_district, "to": found.to_district}
    return [s for s, d in sides.items() if all(actor.covers(c) for c in land.interval(d))]


def content(found: Transfer) -> dict[str, object]:
    """Everything the two sides agree to, in one canonical form."""
    return {
        "title": found.title,
        "kind": found.kind,
        "from": found.from_district,
        "to": found.to_district,
        "on": found.on.isoformat(),
        "memo": found.memo,
        "divisions": sorted(found.divisions.values_list("code", "name")),
        "cells": sorted(found.cells.values_list("cell_id", "community")),
        "items": sorted(found.items.values_list("kind", "title", "text", "owner")),
    }


def transfer_faults(found: Transfer) -> list[str]:
    """What keeps the plan from being offered for signature."""
    cells = list(found.cells.values_list("cell_id", "community"))
    planned = dict(found.divisions.values_list("code", "name"))
    wanted = {c for _, c in cells} | {up for code in planned if (up := land.parent(code)) is not None}
    known = Division.objects.filter(pk__in=wanted, valid__contains=found.on).values_list("code", flat=True)
    lists = set(found.items.values_list("kind", flat=True))
    named = rules.faults(found.kind, cells, known, planned, found.from_district, found.to_district, lists)
    gone = GridCell.objects.filter(pk__in=[c for c, _ in cells]).exclude(valid__contains=found.on)
    return named + [f"网格“{c.name}”在 {found.on} 已不在有效期内。请从清单中去掉。" for c in gone]


def became(codes: Iterable[int]) -> dict[int, list[int]]:
    """For each cell the cells it lives on in today: itself while it lives, else what it led to, through every change."""
    return _walk(codes, "predecessor_id", "successor_id")


def came_from(codes: Iterable[int]) -> dict[int, list[int]]:
    """For each cell every cell it came out of, itself included."""
    return _walk(codes, "successor_id", "predecessor_id", keep=True)


def _walk(codes: Iterable[int], at: str, to: str, *, keep: bool = False) -> dict[int, list[int]]:
    steps: dict[int, list[int]] = {}
    for a, b in CellLineage.objects.exclude(successor=None).values_list(at, to).order_by("id"):
        steps.setdefault(a, []).append(b)
    out = {}
    for code in codes:
        found: dict[int, None] = {}
        todo = [code]
        while todo:
            one = todo.pop()
            further = steps.get(one, [])
            if keep or not further:
                found[one] = None
            todo += further
        out[code] = sorted(found)
    return out


def tree_codes(community: int, *, tree: str) -> list[int]:
    """The cell codes under which rows of this community may be kept, in the `old` tree or the `new`.

    New: every living cell of it, and every cell those came out of, wherever that lay. Old: every cell that ever carried a code
    of it, and every cell those live on in. Statistics by either tree sum over these codes, so nothing is lost or doubled.
    """
    lo, hi = land.interval(community)
    here = GridCell.objects.filter(code__range=(lo, hi))
    if tree == "new":
        living = list(here.filter(valid__upper_inf=True).values_list("code", flat=True))
        return sorted({c for found in came_from(living).values() for c in found})
    ever = list(here.values_list("code", flat=True))
    return sorted(set(ever) | {c for found in became(ever).values() for c in found})


@dataclass(frozen=True, slots=True)
class Passing:
    """A cell of a plan: what it is now, where it goes, and the code it gets (or would get, were it carried out now)."""

    cell: GridCell
    community: int
    code: int


def passing(found: Transfer) -> list[Passing]:
    """The cells of a plan with their codes before and after, by receiving community."""
    out: list[Passing] = []
    last: dict[int, int] = {}
    for row in found.cells.select_related("cell").order_by("community", "cell_id"):
        if row.community not in last:
            lo, hi = land.interval(row.community)
            last[row.community] = GridCell.objects.filter(code__range=(lo, hi)).aggregate(m=Max("code"))["m"] or lo
        last[row.community] += 1
        out.append(Passing(row.cell, row.community, row.new_code or last[row.community]))
    return out


def dwellings_in(codes: Collection[int]) -> QuerySet[Dwelling]:
    """The dwellings whose place is one of the codes."""
    return Dwelling.objects.filter(place_code__in=codes).select_related("address").order_by("address_id")
