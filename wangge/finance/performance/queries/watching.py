"""The double monitoring: where goals and spending stand at a day, what the year will come to; the overview of all units."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from wangge.finance.budget.models import BudgetUnit
from wangge.finance.performance import rules, terms
from wangge.finance.performance.goal_words import parse_target, plain
from wangge.finance.performance.models import (
    PerformanceEvaluation,
    PerformanceGoal,
    PerformanceIndicator,
    PerformanceMonitoring,
)
from wangge.finance.performance.queries.faults import reached
from wangge.finance.performance.queries.figures import Spending, live, metric_named, period_of, place_of, said, spending
from wangge.finance.performance.queries.sheets import evaluation_value, evaluations, goals, units
from wangge.finance.terms import WAN, wan
from wangge.kernel import metrics, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.metrics import Metric, Period


@dataclass(frozen=True, slots=True)
class MonitoredRow:
    """One indicator at a day. `number` is None when words alone can tell; `warning` is then none and the clerk judges."""

    indicator: PerformanceIndicator
    metric: Metric | None
    actual: str
    expected: str
    explanation: str
    warning: str


@dataclass(frozen=True, slots=True)
class Monitored:
    """Both sides of the double monitoring: attainment of the goals, and spending."""

    as_of: date
    rows: list[MonitoredRow]
    spending: Spending
    expected: Decimal | None
    explanation: str
    warning: str


def monitor(one: PerformanceGoal, as_of: date, typed: dict[int, str] | None = None) -> Monitored:
    """The state of a form at a day with the year's forecast. `typed` are the values of indicators that are not bound."""
    rows = [
        _monitored(i, as_of, (typed or {}).get(i.pk, "")) for i in one.indicators.select_related("goal") if _counts(i)
    ]
    money = spending(one.unit, one.project, one.year, as_of)
    gone, days = _days(date(one.year, 1, 1), date(one.year + 1, 1, 1), as_of)
    made = rules.forecast(money.spent, gone, days, money.last_year)
    warning = rules.warn_spending(money.budget, made.value, one.year) if made and money.budget else "none"
    in_wan = rules.forecast(wan(money.spent), gone, days, [m / WAN for m in money.last_year or ()])
    words = f"{in_wan.explanation}（万元）" if in_wan else "还没有到本年度，无法推算。"
    return Monitored(as_of, rows, money, made.value if made else None, words, warning)


def _counts(one: PerformanceIndicator) -> bool:
    return rules.Row(one.level2, one.level3, one.target, one.weight).applies


def _days(start: date, end: date, as_of: date) -> tuple[int, int]:
    days = (end - start).days
    return max(0, min(days, (as_of - start).days + 1)), days


def _monitored(one: PerformanceIndicator, as_of: date, typed: str) -> MonitoredRow:
    metric = metric_named(one.metric)
    if metric is not None:
        value = live(one, as_of)
        return _expected(one, metric, as_of, said(value, metric), None if value is None else Decimal(value))
    found = reached(one.target, typed)
    return _expected(one, None, as_of, typed, found[1] if found else None)


def _expected(
    one: PerformanceIndicator, metric: Metric | None, as_of: date, actual: str, value: Decimal | None
) -> MonitoredRow:
    target = parse_target(one.target)
    if value is None or target is None:
        words = "还没有数据。" if not actual else "不是一个可推算的数量，由填报人判断。"
        return MonitoredRow(one, metric, actual, "", words, "none")
    if is_level(metric, target.unit):
        warning = rules.warn_goal(target, value, one.goal.year)
        return MonitoredRow(one, metric, actual, actual, "比率按现有水平推算全年。", warning)
    period = period_of(one)
    made = rules.forecast(value, *_days(period.start, period.end, as_of), last_year_of(one) if metric else None)
    if made is None:
        return MonitoredRow(one, metric, actual, "", "考核期还没有开始。", "none")
    expected = f"{plain(rules.points(made.value))}{target.unit}"
    return MonitoredRow(
        one, metric, actual, expected, made.explanation, rules.warn_goal(target, made.value, one.goal.year)
    )


def is_level(metric: Metric | None, unit: str) -> bool:
    """A level stays what it is over the year (a rate, an average); anything else adds up."""
    return unit in ("%", "个百分点", "天", "小时", "工作日", "个工作日") or bool(
        metric and (metric.numerator or metric.grain == "moment")
    )


def last_year_of(one: PerformanceIndicator) -> list[Decimal] | None:
    """The bound figure by month of the year before, when the period is a calendar year."""
    period = period_of(one)
    if period != Period.year(one.goal.year):
        return None
    with scope.system():
        found = [
            metrics.value(SYSTEM, one.metric, Period.month(one.goal.year - 1, m), place_of(one)) for m in range(1, 13)
        ]
    return [Decimal(v or 0) for v in found] if any(found) else None


def monitorings(one: PerformanceGoal) -> list[PerformanceMonitoring]:
    return list(one.monitorings.prefetch_related("rows__snapshot", "rows__indicator"))


@dataclass(frozen=True, slots=True)
class UnitOverview:
    """One unit's year in a line: how many goal forms stand where, the worst warning, the grades."""

    unit: BudgetUnit
    goals: int
    approved: int
    warning: str
    watched: date | None
    evaluated: list[tuple[PerformanceEvaluation, Decimal | None, str]]


def overview(actor: Actor, year: int) -> list[UnitOverview]:
    """Every unit the actor may see, those with the gravest warning first."""
    order = list(terms.WARNINGS)
    found = []
    for owner in units(actor):
        forms = list(goals(actor, owner.code, year))
        newest = PerformanceMonitoring.objects.filter(goal__in=[g.pk for g in forms]).prefetch_related("rows")
        latest: dict[int, PerformanceMonitoring] = {}
        for one in newest.order_by("as_of"):
            latest[one.goal_id] = one
        levels = [w for m in latest.values() for w in [m.warning, *(r.warning for r in m.rows.all())]]
        judged = [
            (e, v.score, v.grade)
            for e in evaluations(actor, owner.code, year).prefetch_related("funds", "results__snapshot")
            for v in [evaluation_value(e)]
        ]
        found.append(
            UnitOverview(
                owner,
                len(forms),
                sum(g.version > 0 for g in forms),
                max(levels, key=order.index, default=""),
                max((m.as_of for m in latest.values()), default=None),
                judged,
            )
        )
    return sorted(found, key=lambda u: (-order.index(u.warning) if u.warning else 1, u.unit.code))
