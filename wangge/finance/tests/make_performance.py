"""Goals of performance, reached by walking the services."""

from decimal import Decimal
from typing import Any

from wangge.finance.models import PerformanceGoal
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
