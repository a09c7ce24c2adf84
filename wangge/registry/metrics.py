"""Figures about people and households, as at the last day of their period, by the cell in which a record is kept now."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from wangge.kernel import clock, metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place
from wangge.registry import terms
from wangge.registry.models import ROLE_TABLES, Care, Household, Hukou, Migrant, Person, Residence
from wangge.registry.rules import people as rules

Rows = Callable[[Actor, Period, Place], QuerySet[Any]]


def _last(period: Period) -> date:
    return period.end - timedelta(days=1)


def residents(actor: Actor, period: Period, place: Place) -> QuerySet[Person]:
    """People on the books on the last day: known by then, and not departed, dead or merged by then. Somebody is known from the
    day of the record, or from the earlier day from which a home or a role is on record: records come late, people were there."""
    last = _last(period)
    on_books = Q(state="active") | Q(state__in=("departed", "deceased", "merged"), state_on__gt=last)
    rows = Person.objects.filter(on_books, place_code__range=(place.lo, place.hi))
    end = datetime(period.end.year, period.end.month, period.end.day, tzinfo=clock.ZONE)
    since = [
        Exists(table.objects.filter(since__lte=last, person=OuterRef("pk"))) for table in (Residence, Hukou, Migrant)
    ]
    return rows.filter(reduce(or_, since, Q(created_at__lt=end))).order_by("pk")


def _holding(table: Any, last: date) -> QuerySet[Any]:
    return table.objects.filter(Q(until=None) | Q(until__gt=last), since__lte=last, person=OuterRef("pk"))


def _in_role(kind: str) -> Rows:
    return lambda actor, period, place: residents(actor, period, place).filter(
        Exists(_holding(ROLE_TABLES[kind], _last(period)))
    )


def _in_care(kind: str = "") -> Rows:
    def rows(actor: Actor, period: Period, place: Place) -> QuerySet[Any]:
        held = _holding(Care, _last(period))
        return residents(actor, period, place).filter(Exists(held.filter(kind=kind) if kind else held))

    return rows


def _aged(lowest: int) -> Rows:
    def rows(actor: Actor, period: Period, place: Place) -> QuerySet[Any]:
        _, latest = rules.born_between(lowest, None, _last(period))
        return residents(actor, period, place).filter(birth_on__lte=latest)

    return rows


def _verified(actor: Actor, period: Period, place: Place) -> QuerySet[Any]:
    return residents(actor, period, place).filter(verified_on__gte=_last(period) - timedelta(days=364))


def households(actor: Actor, period: Period, place: Place) -> QuerySet[Household]:
    """Households that were not closed on the last day."""
    rows = Household.objects.filter(Q(closed_on=None) | Q(closed_on__gt=_last(period)))
    return rows.filter(place_code__range=(place.lo, place.hi)).order_by("pk")


def _define(code: str, name: str, unit: str, formula: str, rows: Rows) -> None:
    def query(actor: Actor, period: Period, place: Place) -> int:
        return int(rows(actor, period, place).count())

    metrics.define(f"registry.{code}", name, unit=unit, formula=formula, query=query, rows=rows)


_define(
    "residents",
    "实有人口",
    "人",
    "期末在册的人数：当日或之前登记，或居住、户籍、流动登记载明从当日或之前开始；已迁离、已故、已并入的不计",
    residents,
)
_define("households", "户数", "户", "期末未注销的户数", households)
for _kind, (_title, _) in terms.ROLES.items():
    _define(_kind, f"{_title}数", "人", f"期末在册、登记为{_title}的人数", _in_role(_kind))
_define("care", "关爱对象数", "人", "期末在册、登记有任一关爱类别的人数，一人多类只计一次", _in_care())
for _kind, _title in terms.CARE.items():
    _define(f"care_{_kind}", f"{_title}人数", "人", f"期末在册、登记为{_title}的人数", _in_care(_kind))
_define("aged_60", "60 岁以上人口", "人", "期末在册、年满 60 周岁的人数", _aged(60))
_define("aged_80", "80 岁以上人口", "人", "期末在册、年满 80 周岁的人数", _aged(80))
_define("verified_people", "一年内核实人数", "人", "期末在册、最近一年核实过的人数", _verified)
metrics.ratio(
    "registry.verified_rate",
    "一年内核实率",
    numerator="registry.verified_people",
    denominator="registry.residents",
    formula="一年内核实人数 ÷ 实有人口 × 100%",
)
