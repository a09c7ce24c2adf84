"""Figures about people, as at the last day of their period."""

from datetime import date, timedelta

from django.db.models import QuerySet

from wangge.identity.models import Account
from wangge.kernel import metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place


def _last(period: Period) -> date:
    return period.end - timedelta(days=1)


def officers(actor: Actor, period: Period, place: Place) -> QuerySet[Account]:
    """Accounts that hold an officer's post on a cell of the place. Whoever only stands in is not counted twice."""
    return (
        Account.objects.filter(
            appointments__post__role="officer",
            appointments__post__place_code__range=(place.lo, place.hi),
            appointments__period__contains=_last(period),
            appointments__kind="regular",
        )
        .distinct()
        .order_by("pk")
    )


def _count(actor: Actor, period: Period, place: Place) -> int:
    return officers(actor, period, place).count()


metrics.define(
    "identity.officers",
    "网格员数",
    unit="人",
    formula="期末在网格任网格员的人数，代管不重复计",
    query=_count,
    rows=officers,
)
metrics.define(
    "identity.terminals",
    "网格通终端数",
    unit="台",
    formula="期末在任网格员的网格通账号数，一人一台",
    query=_count,
    rows=officers,
)
