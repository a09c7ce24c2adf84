"""Forms as rows and as values: which the actor may see, what they hold, how they changed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from wangge.finance.budget import queries as budget
from wangge.finance.budget.models import BudgetUnit, Project
from wangge.finance.performance import rules, terms
from wangge.finance.performance.models import (
    PerformanceEvaluation,
    PerformanceGoal,
    PerformanceIndicator,
    PerformanceResult,
    PerformanceVersion,
)
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere

ZERO = Decimal(0)
RIGHTS = (rules.VIEW, rules.EDIT, rules.APPROVE)


def must_see(actor: Actor) -> None:
    """Refused unless the post carries one of the rights of performance."""
    if not any(actor.may(right) for right in RIGHTS):
        actor.must(rules.VIEW)


def units(actor: Actor) -> list[BudgetUnit]:
    """The units whose performance the actor may see: those of their place, and their own."""
    must_see(actor)
    return list(budget.in_scope(actor).filter(is_active=True))


def unit(actor: Actor, code: str) -> BudgetUnit:
    """One of `units`, or `NotHere`."""
    found = next((u for u in units(actor) if u.code == code), None)
    if found is None:
        raise NotHere("预算单位")
    return found


def goals(actor: Actor, unit_code: str = "", year: int = 0) -> QuerySet[PerformanceGoal]:
    """Goal forms the actor may see, the whole unit's first."""
    found = PerformanceGoal.objects.filter(unit__in=[u.pk for u in units(actor)]).select_related("unit", "project")
    if unit_code:
        found = found.filter(unit__code=unit_code)
    return (found.filter(year=year) if year else found).order_by("-year", "unit__code", "-kind", "pk")


def goal(actor: Actor, goal_id: int) -> PerformanceGoal:
    found = goals(actor).filter(pk=goal_id).first()
    if found is None:
        raise NotHere("绩效目标表")
    return found


def evaluations(actor: Actor, unit_code: str = "", year: int = 0) -> QuerySet[PerformanceEvaluation]:
    found = PerformanceEvaluation.objects.filter(unit__in=[u.pk for u in units(actor)]).select_related(
        "unit", "project", "goal"
    )
    if unit_code:
        found = found.filter(unit__code=unit_code)
    return (found.filter(year=year) if year else found).order_by("-year", "unit__code", "-kind", "pk")


def evaluation(actor: Actor, evaluation_id: int) -> PerformanceEvaluation:
    found = evaluations(actor).filter(pk=evaluation_id).first()
    if found is None:
        raise NotHere("绩效自评表")
    return found


def indicator(actor: Actor, indicator_id: int) -> PerformanceIndicator:
    found = PerformanceIndicator.objects.filter(pk=indicator_id, goal__in=goals(actor)).select_related("goal").first()
    if found is None:
        raise NotHere("绩效指标")
    return found


def result(actor: Actor, result_id: int) -> PerformanceResult:
    found = (
        PerformanceResult.objects.filter(pk=result_id, evaluation__in=evaluations(actor))
        .select_related("evaluation", "snapshot", "indicator")
        .first()
    )
    if found is None:
        raise NotHere("自评指标")
    return found


def relations(actor: Actor, row: PerformanceGoal | PerformanceEvaluation) -> list[str]:
    """What the actor is to the form: submitter, reviewer; treasury when their post is over the unit's whole place."""
    found = [
        n for n, who in (("submitter", row.submitted_by), ("reviewer", row.reviewed_by)) if who and who == actor.id
    ]
    return [*found, "treasury"] if actor.covers(row.unit.place_code) else found


def goals_ready(project: Project, year: int) -> bool:
    """Has the project goals that were approved for that year? Without them it is not taken into a budget."""
    return PerformanceGoal.objects.filter(project=project, year=year, kind="direction", version__gt=0).exists()


def goal_value(one: PerformanceGoal) -> terms.GoalForm:
    """The form with its rows, as documents and versions take it."""
    same = (
        "id kind year special direction office period amount basic projects general fund other duties goal_period "
        "goal_year state version"
    )
    return terms.GoalForm(
        **{name: getattr(one, name) for name in same.split(" ")},
        unit_code=one.unit.code,
        unit_name=one.unit.name,
        project_code=one.project.code if one.project else "",
        indicators=tuple(
            terms.GoalIndicator(i.level1, i.level2, i.level3, i.target, i.weight, i.note, i.metric, i.pk)
            for i in one.indicators.all()
        ),
        lines=tuple(
            terms.GoalLine(r.kind, r.number, r.name, r.direction, r.amount, r.goal_period, r.goal_year, r.pk)
            for r in one.lines.all()
        ),
    )


def goal_forms(actor: Actor, unit_code: str, year: int) -> list[terms.GoalForm]:
    """Every goal form of the unit and year: the whole unit's, the summary, then the directions."""
    order = {kind: at for at, kind in enumerate(terms.GOAL_KINDS)}
    found = goals(actor, unit_code, year).prefetch_related("indicators", "lines")
    return [goal_value(one) for one in sorted(found, key=lambda g: (order[g.kind], g.pk))]


def evaluation_value(one: PerformanceEvaluation) -> terms.SelfEvaluation:
    """The form with its rows and what follows from them: rate, points, grade."""
    same = (
        "id kind year special direction investment investment_fiscal period expected achieved execution_weight "
        "execution_score state stated"
    )
    funds = tuple(terms.Funds(f.kind, f.initial, f.budget, f.spent) for f in one.funds.all())
    rows = tuple(
        terms.EvaluatedIndicator(
            r.level1,
            r.level2,
            r.level3,
            r.target,
            r.actual,
            r.weight,
            r.score,
            r.reason,
            r.snapshot.code if r.snapshot else "",
            r.pk,
        )
        for r in one.results.all()
    )
    total = next((f for f in funds if f.kind == "total"), terms.Funds("total", None, None, None))
    score = rules.total_score(one.execution_score, [r.score for r in rows])
    return terms.SelfEvaluation(
        **{name: getattr(one, name) for name in same.split(" ")},
        unit_code=one.unit.code,
        unit_name=one.unit.name,
        project_code=one.project.code if one.project else "",
        funds=funds,
        rate=rules.execution_rate(total.budget, total.spent),
        indicators=rows,
        weight=one.execution_weight + sum((r.weight for r in rows), ZERO),
        score=score,
        grade="" if score is None else rules.grade(score, one.year),
        faults=tuple(one.faults),
    )


def self_evaluations(actor: Actor, unit_code: str, year: int) -> list[terms.SelfEvaluation]:
    """Every self-evaluation of the unit and year, the whole unit's first."""
    found = evaluations(actor, unit_code, year).prefetch_related("funds", "results__snapshot")
    return [evaluation_value(one) for one in sorted(found, key=lambda e: (e.kind != "whole", e.pk))]


def versions(one: PerformanceGoal | PerformanceEvaluation) -> list[PerformanceVersion]:
    """Newest first."""
    return list(one.versions.order_by("-pk"))


@dataclass(frozen=True, slots=True)
class Change:
    where: str
    before: str
    after: str


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """What differs between two kept contents of a form, row by row."""
    found = [
        Change(label, str(before.get(name) or ""), str(after.get(name) or ""))
        for name, label in HEAD_LABELS.items()
        if (before.get(name) or "") != (after.get(name) or "")
    ]
    for part in ("indicators", "lines"):
        old, new = ({r["id"]: r for r in content.get(part, [])} for content in (before, after))
        for key in [*old, *(k for k in new if k not in old)]:
            was, now = _row_words(old.get(key)), _row_words(new.get(key))
            if was != now:
                found.append(Change("指标" if part == "indicators" else "明细", was, now))
    return found


HEAD_LABELS = {
    "special": "所属专项",
    "direction": "支出方向",
    "office": "主管部门",
    "period": "实施期",
    "amount": "资金总额",
    "goal_period": "实施期绩效目标",
    "goal_year": "年度绩效目标",
    "duties": "职责概述",
    "expected": "预期目标",
    "achieved": "实际完成情况",
    "score": "总分",
    "grade": "等级",
}


def _row_words(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    parts = (row.get(k) for k in ("level2", "level3", "name", "direction", "target", "goal_year", "actual", "reason"))
    tail = [
        f"{label} {row[k]}" for k, label in (("weight", "分值"), ("score", "得分"), ("amount", "金额")) if row.get(k)
    ]
    return " · ".join([*(str(p) for p in parts if p), *tail])


def years(actor: Actor) -> list[int]:
    """Years of which there is a form, and this one and the next, newest first."""
    this = clock.today().year
    mine = [u.pk for u in units(actor)]
    known = PerformanceGoal.objects.filter(unit__in=mine).values_list("year", flat=True).distinct()
    other = PerformanceEvaluation.objects.filter(unit__in=mine).values_list("year", flat=True).distinct()
    return sorted({*known, *other, this, this + 1}, reverse=True)


def projects(owner: BudgetUnit, year: int) -> list[Project]:
    """The unit's projects that run in the year."""
    found = Project.objects.filter(unit=owner, first_year__lte=year)
    return list(found.filter(Q(last_year__isnull=True) | Q(last_year__gte=year)).order_by("code"))
