"""Reads of transfers, and the old tree and the new: which codes an old code lives on in, and which it came from."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.territory.models import (
    CellLineage,
    Device,
    Division,
    Dwelling,
    Fixture,
    GridCell,
    Transfer,
    TransferCell,
)
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


def carried_out_since(moment: datetime) -> list[int]:
    """Transfers carried out since the moment."""
    return list(Transfer.objects.filter(state="done", done_at__gte=moment).order_by("id").values_list("pk", flat=True))


def passed_on() -> dict[int, int]:
    """Cells that passed to another community or authority, each with the code under which its land lives today."""
    steps = dict(CellLineage.objects.filter(kind="pass").order_by("on", "id").values_list("predecessor", "successor"))
    living = set(
        GridCell.objects.filter(pk__in=steps.values(), valid__contains=clock.today()).values_list("pk", flat=True)
    )

    def last(code: int) -> int:
        while code in steps and code not in living:
            code = steps[code]
        return code

    return {old: new for old in steps if (new := last(old)) in living and new != old}


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
    mine = [c for c, _ in cells]
    gone = GridCell.objects.filter(pk__in=mine).exclude(valid__contains=found.on)
    named += [f"网格“{c.name}”在 {found.on} 已不在有效期内。请从清单中去掉。" for c in gone]
    others = TransferCell.objects.filter(cell_id__in=mine, transfer__state__in=["offered", "signed"])
    for row in others.exclude(transfer=found).select_related("cell", "transfer").order_by("cell_id"):
        said = f"网格“{row.cell.name}”已列入另一次移交“{row.transfer.title}”（{row.transfer.on} 生效）。"
        named.append(f"{said}请先取消或退回那一次，或从本次清单中去掉。")
    taken = Division.objects.filter(pk__in=planned).values_list("code", "name")
    return named + [f"拟设的代码 {land.fmt(code)} 已用于“{name}”。请换一个代码。" for code, name in taken]


def tree_codes(found: Transfer, community: int, *, tree: str) -> list[int]:
    """The cell codes under which the rows of a community lie, by the `old` tree (before the transfer) or the `new`.

    Over the communities of a transfer both trees hold the same codes, each once, so that a figure summed by either has the
    same total: nothing is lost or doubled. Before its day the new tree is what it will be.
    """
    lo, hi = land.interval(community)
    here = set(GridCell.objects.filter(code__range=(lo, hi)).values_list("code", flat=True))
    moved = {row.cell_id: (row.community, row.new_code) for row in found.cells.all()}
    arrived = {new for _, new in moved.values() if new}
    if tree == "old":
        return sorted(here - arrived | {new for old, (_, new) in moved.items() if old in here and new})
    came = {code for old, (to, new) in moved.items() if to == community for code in (old, new) if code}
    return sorted(here - set(moved) | came)


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


def things_in(codes: Collection[int]) -> dict[str, QuerySet[Any]]:
    """Dwellings, fixtures and devices whose place is one of the codes."""
    return {
        "dwellings": Dwelling.objects.filter(place_code__in=codes).select_related("address").order_by("address_id"),
        "fixtures": Fixture.objects.filter(place_code__in=codes).exclude(state="removed").order_by("code"),
        "devices": Device.objects.filter(place_code__in=codes).exclude(state="retired").order_by("id"),
    }
