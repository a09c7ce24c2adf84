"""The double monitoring during the year: attainment and spending at a day, filed with reasons where it warns."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from wangge.finance.performance import queries, rules, terms
from wangge.finance.performance.models import PerformanceGoal, PerformanceMonitored, PerformanceMonitoring
from wangge.finance.performance.services import parts
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.models_files import MetricSnapshot


@transaction.atomic
def file_monitoring(
    *,
    actor: Actor,
    goal_id: int,
    as_of: date,
    typed: Mapping[int, str] | None = None,
    reasons: Mapping[int, str] | None = None,
    warnings: Mapping[int, str] | None = None,
    reason: str = "",
) -> PerformanceMonitoring:
    """File the state of an approved form at a day of its year that is over or today.

    `typed`: actual values by indicator that is not bound; `warnings`: the clerk's judgement where no number can tell;
    `reasons`: by indicator; `reason`: of the spending. Orange and red must have a reason. Bound figures are frozen at the day.
    """
    actor.must(rules.EDIT)
    goal = parts.locked(actor, PerformanceGoal, goal_id)
    if not goal.version:
        raise Refusal("goals_not_approved", "目标表批复后才能监控。请先完成审核和批复。", status=409)
    if goal.kind == "summary":
        raise Refusal("summary_is_not_monitored", "汇总表不监控。请监控整体目标表和各项目目标表。", status=409)
    if as_of.year != goal.year or as_of > clock.today():
        raise Refusal(
            "as_of_wrong", f"截止日期应在 {goal.year} 年内，且不晚于今天。", field="as_of", value=as_of.isoformat()
        )
    if goal.monitorings.filter(as_of=as_of).exists():
        raise Refusal(
            "a_goal_is_monitored_once_a_day",
            "这一天的监控已经登记。请换一个截止日期。",
            field="as_of",
            status=409,
        )
    found = queries.monitor(goal, as_of, {k: parts.words(f"actual_{k}", v, 500) for k, v in (typed or {}).items()})
    why = {k: parts.words(f"reason_{k}", v, 1000) for k, v in (reasons or {}).items()}
    judged = {k: v for k, v in (warnings or {}).items() if v in terms.WARNINGS}
    reason = parts.words("reason", reason, 1000)
    if rules.needs_reason(found.warning) and not reason:
        raise Refusal(
            "reason_missing",
            f"预算执行为{terms.WARNINGS[found.warning]}，须写明原因和措施。",
            field="reason",
        )
    made = PerformanceMonitoring.objects.create(
        goal=goal,
        as_of=as_of,
        budget=found.spending.budget,
        spent=found.spending.spent,
        expected=None if found.expected is None else rules.points(found.expected),
        warning=found.warning,
        explanation=found.explanation[:300],
        reason=reason,
        filed_by=actor.id,
        filed_at=clock.now(),
    )
    for row in found.rows:
        key = row.indicator.pk
        warning = row.warning if row.expected else judged.get(key, row.warning)
        if rules.needs_reason(warning) and not why.get(key):
            raise Refusal(
                "reason_missing",
                f"“{row.indicator}”为{terms.WARNINGS[warning]}，须写明原因和措施。",
                field=f"reason_{key}",
            )
        PerformanceMonitored.objects.create(
            monitoring=made,
            indicator=row.indicator,
            label=str(row.indicator)[:200],
            target=row.indicator.target,
            actual=row.actual,
            expected=row.expected[:60],
            explanation=row.explanation[:300],
            warning=warning,
            reason=why.get(key, ""),
            snapshot=_snapshot(actor, row, as_of),
        )
    audit.record(
        actor,
        "finance.monitoring_filed",
        "goal",
        goal.pk,
        on=as_of.isoformat(),
        warning=found.warning,
        rows=len(found.rows),
    )
    return made


def _snapshot(actor: Actor, row: queries.MonitoredRow, as_of: date) -> MetricSnapshot | None:
    period = queries.period_of(row.indicator, as_of)
    return parts.frozen_figure(actor, row.indicator, period) if row.metric and period.end > period.start else None
