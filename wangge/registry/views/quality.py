"""What the pages of verification share: tabs, places, exports that leave a trace."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.forms import spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.kernel.textsheet import long_xlsx
from wangge.registry.services.sampling import note_list_export
from wangge.territory import queries as territory

# (URL name, words, any of these rights)
TABS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("stale", "超期未核实", ("registry.view",)),
    ("samples", "抽查核实", ("registry.sample", "registry.edit")),
    ("limits", "核实周期", ("registry.sample",)),
)
TASK_TABS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("campaigns", "专项任务", ("registry.view", "exchange.request")),
    ("duty-lists", "三张清单", ("registry.view", "exchange.request")),
)


def page(
    request: Request, template: str, tab: str, context: dict[str, Any], *, refused: bool = False, tabs: Any = TABS
) -> HttpResponse:
    """A page under its tab; 422 when a form on it was refused."""
    shown = [(f"registry:{name}", label, name == tab) for name, label, rights in tabs if _any(request.actor, rights)]
    frame = {"tabs": shown, "today": clock.today()}
    return render(request, f"registry/{template}.html", frame | context, status=422 if refused else 200)


def _any(actor: Actor, rights: Iterable[str]) -> bool:
    return any(actor.may(right) for right in rights)


def whole(raw: str, most: int = 999_999_999) -> int | None:
    """A whole number typed into an address, or None."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 and int(raw) <= most else None


def place(request: Request) -> int | None:
    """The place asked for in the address, or None."""
    found = whole(request.GET.get("place", ""), 999_999_999_999_999)
    return found if found and found >= 10**14 else None


def places(actor: Actor) -> Any:
    return territory.place_groups(actor)


def reach(actor: Actor) -> list[Any]:
    """Places to plan for: the whole district where the reach covers it, then streets and communities in their groups."""
    found: list[Any] = []
    for district in territory.districts():
        lo, hi = territory.interval(district.pk)
        if actor.covers(lo) and actor.covers(hi):
            found.append((str(district.pk), f"{district.name}（全区）"))
    return [*found, *((group, options) for group, options in territory.place_groups(actor) if options)]


def sheet(request: Request, name: str, title: str, columns: Sequence[Column], rows: Iterable[Any]) -> HttpResponse:
    """The rows as an XLSX, with a trace of who took them away."""
    made = list(rows)
    note_list_export(actor=request.actor, name=name, rows=len(made))
    return spreadsheet(long_xlsx(columns, made, title), f"{title}{clock.today():%Y%m%d}")
