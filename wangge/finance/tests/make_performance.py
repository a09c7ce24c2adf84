"""Goals and self-evaluations of performance, reached by walking the services."""

from datetime import date
from decimal import Decimal
from typing import Any

from wangge.finance.models import PerformanceEvaluation, PerformanceGoal
from wangge.finance.performance import services
from wangge.finance.tests import make as fmake
from wangge.kernel.actor import Actor

D = Decimal
SOUND = {
    "数量指标": ("登记事件", "≥10件", "10"),
    "质量指标": ("事件办结率", "≥95%", "15"),
    "时效指标": ("办结时间", "≤3个工作日", "10"),
    "成本指标": ("项目支出", "≤10万元", "15"),
    "经济效益指标": ("不适用", "不适用", "0"),
    "社会效益指标": ("办结群众反映", "≥5件", "20"),
    "生态效益指标": ("不适用", "不适用", "0"),
    "可持续影响指标": ("系统可用", "≥3年", "10"),
    "服务对象满意度指标": ("办事群众满意度", "≥90%", "10"),
}


def fill(by: Actor, goal: PerformanceGoal, **other: tuple[str, str, str]) -> None:
    given = SOUND | other
    rows = [
        {
            "id": str(r.pk),
            "seen": str(r.revision),
            "level2": r.level2,
            **dict(zip(("level3", "target", "weight"), given[r.level2], strict=True)),
        }
        for r in goal.indicators.all()
    ]
    services.save_indicators(actor=by, goal_id=goal.pk, rows=rows)


def drawn(by: Actor, year: int = 2025) -> PerformanceGoal:
    """A sound goal form of the project, not submitted."""
    goal = services.create_goal(actor=by, unit_code=fmake.CODE, year=year, kind="direction", project_code="P1")
    fill(by, goal)
    head = {"amount": "10", "general": "10", "goal_period": "大厅正常运行", "goal_year": "全年受理事件不少于 10 件"}
    goal.refresh_from_db()
    return services.edit_goal(actor=by, goal_id=goal.pk, seen=goal.revision, fields=head)


def act(by: Actor, goal: PerformanceGoal, command: str, text: str = "") -> PerformanceGoal:
    goal.refresh_from_db()
    return services.act_on_goal(actor=by, goal_id=goal.pk, seen=goal.revision, command=command, text=text)


def approved(year: int = 2025) -> PerformanceGoal:
    goal = drawn(fmake.clerk(), year)
    act(fmake.clerk(), goal, "submit")
    act(fmake.leader(), goal, "review")
    return act(fmake.treasury(), goal, "approve")


def row_of(goal: PerformanceGoal, level2: str) -> Any:
    return goal.indicators.get(level2=level2)


ACTUAL: dict[str, dict[str, Any]] = {
    "数量指标": {"actual": "12件"},
    "质量指标": {"actual": "90%", "reason": "两件跨年"},
    "时效指标": {"actual": "2个工作日"},
    "成本指标": {"actual": "5.82万元"},
    "社会效益指标": {"actual": "5件"},
    "可持续影响指标": {"actual": "3年"},
    "服务对象满意度指标": {"actual": "95%"},
}


def evaluated(by: Actor) -> PerformanceEvaluation:
    """Every row filled, not submitted."""
    fmake.paid("58200.00", line=fmake.RUNNING, year=2025, on=date(2025, 6, 1))
    form = services.start_evaluation(actor=by, goal_id=approved().pk)
    for row in form.results.filter(level2__in=ACTUAL):
        services.save_result(actor=by, result_id=row.pk, seen=row.revision, evidence="台账 1 号", **ACTUAL[row.level2])
    form.refresh_from_db()
    form = services.edit_evaluation(
        actor=by, evaluation_id=form.pk, seen=form.revision, fields={"achieved": "受理事件 12 件"}
    )
    return form


def judge(by: Actor, form: PerformanceEvaluation, command: str, text: str = "") -> PerformanceEvaluation:
    form.refresh_from_db()
    return services.act_on_evaluation(actor=by, evaluation_id=form.pk, seen=form.revision, command=command, text=text)
