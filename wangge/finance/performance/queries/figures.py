"""Live and frozen figures behind an indicator, the rows they were counted from, and the money of a form's year."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet, Sum

from wangge.finance.budget.models import Appropriation, BudgetUnit, Entry, Preparation, PreparedLine, Project
from wangge.finance.performance.goal_words import plain
from wangge.finance.performance.models import (
    PerformanceIndicator,
)
from wangge.finance.terms import GENERAL_BUDGET, Source
from wangge.kernel import clock, metrics, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.metrics import Metric, Period, Place
from wangge.kernel.models_files import MetricSnapshot

ROWS_SHOWN = 200
ZERO = Decimal(0)


def search_metrics(words: str) -> list[Metric]:
    """Figures an indicator may be bound to, by any word of their name, formula or unit."""
    asked = words.split()
    return [m for m in metrics.all_metrics() if all(w in f"{m.name} {m.formula} {m.unit} {m.code}" for w in asked)]


def metric_named(code: str) -> Metric | None:
    return metrics.get(code) if code else None


def period_of(one: PerformanceIndicator, until: date | None = None) -> Period:
    """The bound period, cut short after `until` (a day that still counts)."""
    start = one.starts_on or date(one.goal.year, 1, 1)
    end = one.ends_on or date(one.goal.year + 1, 1, 1)
    return Period(start, end if until is None else max(start, min(end, until + timedelta(days=1))))


def last_day(one: PerformanceIndicator) -> date:
    """The last day that counts."""
    return period_of(one).end - timedelta(days=1)


def place_of(one: PerformanceIndicator) -> Place:
    return Place(one.place_lo, one.place_hi)


def live(one: PerformanceIndicator, until: date | None = None) -> Decimal | int | None:
    """The figure as it is now, of the whole place of the binding: it must not depend on who looks."""
    period = period_of(one, until)
    if period.end <= period.start:
        return None
    with scope.system():
        return metrics.value(SYSTEM, one.metric, period, place_of(one))


def said(value: Decimal | int | None, metric: Metric) -> str:
    """The figure as it is written into a form: `18469件`, `99.81%`."""
    return "" if value is None else f"{plain(Decimal(value).quantize(Decimal(1).scaleb(-metric.digits)))}{metric.unit}"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a figure was counted from, as this reader may see it: (label, address or "") of the first rows."""

    metric: Metric
    period: Period
    value: str
    snapshot: MetricSnapshot | None
    rows: list[tuple[str, str]]
    seen: int
    counted: int


def open_rows(actor: Actor, one: PerformanceIndicator, snapshot: MetricSnapshot | None = None) -> Opened:
    """The rows behind a bound indicator. The count is of everything, the list only of what the reader may see."""
    metric, place = metrics.get(one.metric), place_of(one)
    period = Period(snapshot.starts_on, snapshot.ends_on) if snapshot else period_of(one, clock.today())
    with scope.system():
        counted = metrics.rows_digest(metrics.rows(SYSTEM, one.metric, period, place))[0]
        value = snapshot.value if snapshot else metrics.value(SYSTEM, one.metric, period, place)
    with scope.use(actor):
        found = metrics.rows(actor, one.metric, period, place)
        seen = found.count() if isinstance(found, QuerySet) else len(found := list(found))
        rows = [_shown(r) for r in found[:ROWS_SHOWN]]  # type: ignore[index]
    return Opened(metric, period, said(value, metric), snapshot, rows, seen, counted)


def _shown(row: Any) -> tuple[str, str]:
    number, title = getattr(row, "number", ""), getattr(row, "title", "")
    is_case = isinstance(row, Model) and row._meta.label == "casework.Case"
    return f"{number} {title}".strip() or str(row), f"/desk/case/{number}" if is_case else ""


@dataclass(frozen=True, slots=True)
class Spending:
    """Money of a form's year from the books: approved at the start, with adjustments, paid up to a day, last year's
    twelve months of payments (None when there were none). `ids` are the budget lines."""

    initial: Decimal
    budget: Decimal
    spent: Decimal
    last_year: list[Decimal] | None
    ids: tuple[int, ...]


def spending(owner: BudgetUnit, project: Project | None, year: int, until: date) -> Spending:
    """Of one project, or of the whole unit when there is none."""
    lines = Appropriation.objects.filter(unit=owner, year=year)
    before = Appropriation.objects.filter(unit=owner, year=year - 1)
    if project is not None:
        lines, before = lines.filter(project=project), before.filter(project=project)
    sums = lines.aggregate(approved=Sum("approved"), adjusted=Sum("adjusted"))
    approved, adjusted = sums["approved"] or ZERO, sums["adjusted"] or ZERO
    paid = Entry.objects.filter(counter="paid", line__in=lines, on__lte=until).aggregate(s=Sum("amount"))["s"] or ZERO
    months = dict.fromkeys(range(1, 13), ZERO)
    for month, amount in Entry.objects.filter(counter="paid", line__in=before).values_list("on__month", "amount"):
        months[month] += amount
    course = list(months.values()) if any(months.values()) else None
    return Spending(
        approved, approved + adjusted, paid, course, tuple(lines.order_by("pk").values_list("pk", flat=True))
    )


def planned(owner: BudgetUnit, project: Project | None, year: int) -> dict[str, Decimal]:
    """The money of a goal form that the room already holds: of the budget in force, else of the newest version prepared.

    amount; of a whole unit also basic, projects; general, fund, other where there is any.
    """
    lines: QuerySet[Any] = Appropriation.objects.filter(unit=owner, year=year)
    rows = [(p, s, a) for p, s, a in lines.values_list("project_id", "source", "approved")]
    if not rows:
        newest = Preparation.objects.filter(unit=owner, year=year).order_by("-version").first()
        lines = PreparedLine.objects.filter(preparation=newest)
        rows = list(lines.values_list("project_id", "source", "amount"))
    sums: dict[str, Decimal] = {}
    for key, source, amount in rows:
        if project is not None and key != project.pk:
            continue
        kinds = [
            "amount",
            "general" if Source(source) in GENERAL_BUDGET else "fund" if source == Source.FUND else "other",
        ]
        if project is None:
            kinds.append("projects" if key else "basic")
        for kind in kinds:
            sums[kind] = sums.get(kind, ZERO) + amount
    return sums
