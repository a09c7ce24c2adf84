"""What the pages of alarms and devices share."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from wangge.kernel import paging
from wangge.kernel.actor import Actor
from wangge.territory import queries as territory

EXPORT_ROWS = 50_000


def sorting(request: HttpRequest, known: Mapping[str, str], default: str) -> tuple[str, bool]:
    """(column, downwards) of `?sort=`; what is not known is the default."""
    asked = request.GET.get("sort") or default
    name = asked.removeprefix("-")
    if name not in known:
        asked, name = default, default.removeprefix("-")
    return known[name], asked.startswith("-")


def paged(request: HttpRequest, rows: QuerySet[Any], known: Mapping[str, str], default: str) -> tuple[paging.Page, str]:
    """A page in the order asked for, and how many rows there are in all."""
    column, down = sorting(request, known, default)
    order = ("id",) if column == "id" else (column, "id")
    found = paging.page(rows, order=order, after=request.GET.get("after"), size=50, desc=down)
    return found, paging.count_capped(rows)


def interval(code: str) -> tuple[int, int] | None:
    return territory.interval(int(code)) if code else None


def places(actor: Actor) -> list[tuple[str, str]]:
    """The streets, or the communities, inside the actor's reach, to choose from."""
    if actor.lo > actor.hi or actor.lo < 10**14:
        return []
    level = territory.level(actor.lo)
    if level not in ("district", "street"):
        return []
    return [(str(one.pk), str(one)) for one in territory.children(actor.lo)]
