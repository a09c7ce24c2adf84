"""Figures about organisations: how many stand on the last day of a period, what is found in them, who calls on them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from wangge.kernel import clock, metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place
from wangge.registry.models import Organisation, Visit
from wangge.registry.queries.organisations import KINDS

Rows = Callable[[Actor, Period, Place], QuerySet[Any]]


def _midnight(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.ZONE)


def organisations(actor: Actor, period: Period, place: Place) -> QuerySet[Organisation]:
    """Organisations that were on record and not closed on the last day."""
    last = period.end - timedelta(days=1)
    rows = Organisation.objects.filter(Q(closed_on=None) | Q(closed_on__gt=last), created_at__lt=_midnight(period.end))
    return rows.filter(place_code__range=(place.lo, place.hi)).order_by("pk")


def _of_kind(kind: str) -> Rows:
    return lambda actor, period, place: organisations(actor, period, place).filter(kind=kind)


def _with_hazard(actor: Actor, period: Period, place: Place) -> QuerySet[Organisation]:
    rows = organisations(actor, period, place).filter(details__has_key="safety_hazard")
    return rows.exclude(details__safety_hazard="00")


def _visits(actor: Actor, period: Period, place: Place) -> QuerySet[Visit]:
    seen = Visit.objects.filter(organisation__isnull=False, met=True, place_code__range=(place.lo, place.hi))
    return seen.filter(seen_at__gte=_midnight(period.start), seen_at__lt=_midnight(period.end)).order_by("pk")


def _visited(actor: Actor, period: Period, place: Place) -> QuerySet[Organisation]:
    ids = _visits(actor, period, place).order_by().values("organisation_id")
    return organisations(actor, period, place).filter(pk__in=ids)


def _define(code: str, name: str, unit: str, formula: str, rows: Rows) -> None:
    def query(actor: Actor, period: Period, place: Place) -> int:
        return int(rows(actor, period, place).count())

    metrics.define(f"registry.{code}", name, unit=unit, formula=formula, query=query, rows=rows)


_define("organisations", "组织数", "家", "期末在册、未注销的组织数", organisations)
for _kind, _title in KINDS.items():
    _define(f"organisations_{_kind}", f"{_title}数", "家", f"期末在册、类别为{_title}的组织数", _of_kind(_kind))
_define(
    "organisations_hazard",
    "有安全隐患的组织数",
    "家",
    "期末在册、登记有安全隐患（代码表 5.45 不为“无”）的组织数",
    _with_hazard,
)
_define("organisation_visits", "走访组织次数", "次", "期内走访组织并见到人的次数", _visits)
_define("organisations_visited", "走访组织数", "家", "期末在册、期内走访过并见到人的组织数，一家多次只计一次", _visited)
metrics.ratio(
    "registry.organisations_visited_rate",
    "组织走访率",
    numerator="registry.organisations_visited",
    denominator="registry.organisations",
    formula="走访组织数 ÷ 组织数 × 100%",
)
