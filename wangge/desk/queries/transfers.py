"""A transfer of land as its pages show it: everything that would move, and figures by the old tree and the new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from wangge.casework import queries as casework
from wangge.events import queries as events
from wangge.kernel import clock, metrics, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.metrics import Period, Place
from wangge.registry import queries as registry
from wangge.territory import queries as territory

KINDS = {
    "cases": "在办件", "people": "人员", "households": "户", "dwellings": "房屋", "rentals": "出租房", "organisations": "组织",
    "fixtures": "部件", "devices": "设备", "alarms": "未处置告警",
}  # fmt: skip
FIGURES = ("registry.residents", "events.registered", "events.done")


def codes_of(found: Any) -> list[int]:
    """The codes under which the things of a transfer lie: its cells, and communities that pass whole (rows without a cell)."""
    rows = territory.passing(found)
    after = found.state == "done"
    cells = [r.code if after else r.cell.pk for r in rows]
    homes = {c - c % 1000 for c in cells}
    return cells + ([] if after else [h for h in homes if _passes_whole(h, set(cells), found.on)])


def _passes_whole(home: int, cells: set[int], on: date) -> bool:
    return set(territory.cells(home, on).values_list("code", flat=True)) <= cells


def moving(actor: Actor, codes: Sequence[int]) -> dict[str, QuerySet[Any]]:
    """Every record and open case at the codes, by kind, as far as the actor sees them."""
    return {
        **registry.standing_in(actor, codes),
        **territory.things_in(codes),
        "cases": casework.open_in(actor, codes),
        "alarms": events.alarms_in(codes),
    }


def counts(codes: Sequence[int]) -> dict[str, int]:
    """How many of each. Both sides are told the numbers, whoever may see the rows; hence the system's eyes."""
    with scope.system():
        return {kind: rows.count() for kind, rows in moving(SYSTEM, codes).items()}


def rows_of(actor: Actor, found: Any, kind: str) -> QuerySet[Any]:
    """The rows of one kind for a page or an export."""
    if kind not in KINDS:
        raise Refusal("unknown_kind", f"请选择要查看的内容：{'、'.join(KINDS.values())}。", field="show", value=kind)
    return moving(actor, codes_of(found))[kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One community in one tree with its figures of a period."""

    code: int
    name: str
    figures: list[Any]


def by_tree(actor: Actor, found: Any, year: int) -> tuple[list[str], list[Line], list[Line]]:
    """Names of the figures, the lines of the communities before, and those after; each sums over every code its land had."""
    period = Period.year(year)
    rows = territory.passing(found)
    both = sorted({r.cell.pk - r.cell.pk % 1000 for r in rows} | {r.community for r in rows})
    names = {d.code: d.name for d in found.divisions.all()}

    def line(community: int, tree: str) -> Line:
        codes = territory.tree_codes(found, community, tree=tree)
        figures = [sum(metrics.value(actor, f, period, Place(c, c)) or 0 for c in codes) for f in FIGURES]
        return Line(community, names.get(community) or territory.name_of(community), figures)

    return [metrics.get(code).name for code in FIGURES], [line(c, "old") for c in both], [line(c, "new") for c in both]


def this_year() -> int:
    return clock.today().year
