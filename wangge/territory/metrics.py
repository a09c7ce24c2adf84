"""Figures about land, as at the last day of their period."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from wangge.kernel import metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place
from wangge.territory.models import Division, Fixture, GridCell, StandardAddress

Rows = Callable[[Actor, Period, Place], QuerySet[Any]]

# In the division code the third group of digits says what a place is: residents' committees below 200, villages from it.
VILLAGE = 200


def _last(period: Period) -> date:
    return period.end - timedelta(days=1)


def cells(actor: Actor, period: Period, place: Place) -> QuerySet[GridCell]:
    """Cells that exist on the day."""
    return GridCell.objects.filter(code__range=(place.lo, place.hi), valid__contains=_last(period)).order_by("code")


def _divisions(place: Place, villages: bool) -> list[Division]:
    found = Division.objects.filter(code__range=(place.lo, place.hi)).order_by("code")
    return [
        d
        for d in found
        if d.code % 1000 == 0 and d.code // 1000 % 1000 and (d.code // 1000 % 1000 >= VILLAGE) == villages
    ]


def communities(actor: Actor, period: Period, place: Place) -> list[Division]:
    return _divisions(place, villages=False)


def villages(actor: Actor, period: Period, place: Place) -> list[Division]:
    return _divisions(place, villages=True)


metrics.define(
    "territory.cells",
    "网格数",
    unit="个",
    formula="期末存续的网格",
    query=lambda actor, period, place: cells(actor, period, place).count(),
    rows=cells,
)
metrics.define(
    "territory.communities",
    "社区数",
    unit="个",
    formula="区划代码中居民委员会的数目",
    query=lambda actor, period, place: len(communities(actor, period, place)),
    rows=communities,
)
metrics.define(
    "territory.villages",
    "行政村数",
    unit="个",
    formula="区划代码中村民委员会的数目",
    query=lambda actor, period, place: len(villages(actor, period, place)),
    rows=villages,
)


def addresses(kind: str) -> Rows:
    def rows(actor: Actor, period: Period, place: Place) -> QuerySet[StandardAddress]:
        last = _last(period)
        found = StandardAddress.objects.filter(kind=kind, place_code__range=(place.lo, place.hi))
        begun = Q(since=None) | Q(since__lte=last)
        return found.filter(begun, Q(until=None) | Q(until__gt=last)).order_by("pk")

    return rows


def fixtures(actor: Actor, period: Period, place: Place) -> QuerySet[Fixture]:
    """Fixtures that are not removed; those removed since count while they stood."""
    standing = ~Q(state="removed") | Q(state_on__gt=_last(period))
    found = Fixture.objects.filter(standing, place_code__range=(place.lo, place.hi))
    return found.filter(Q(placed_on=None) | Q(placed_on__lte=_last(period))).order_by("pk")


def _count(rows: Rows) -> Callable[[Actor, Period, Place], int]:
    return lambda actor, period, place: rows(actor, period, place).count()


for _kind, _code, _name, _unit in (
    ("dwelling", "territory.dwellings", "房屋数", "处"),
    ("building", "territory.buildings", "楼栋数", "栋"),
    ("estate", "territory.estates", "小区数", "个"),
):
    metrics.define(
        _code,
        _name,
        unit=_unit,
        formula="期末现行标准地址中这一级的数目",
        query=_count(addresses(_kind)),
        rows=addresses(_kind),
    )
metrics.define(
    "territory.fixtures",
    "部件数",
    unit="个",
    formula="期末未废弃的部件",
    query=_count(fixtures),
    rows=fixtures,
)
