"""Figures about land, as at the last day of their period."""

from datetime import date, timedelta

from django.db.models import QuerySet

from wangge.kernel import metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place
from wangge.territory.models import Division, GridCell

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
