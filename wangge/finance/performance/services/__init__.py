"""Writes of performance, by noun; and the demand that a project has approved goals before money is asked for it."""

from wangge.finance.budget import gate
from wangge.finance.budget.models import Project
from wangge.finance.performance import queries
from wangge.finance.performance.services.evaluations import (
    act_on_evaluation,
    edit_evaluation,
    freeze_results,
    load_evaluation,
    refresh_funds,
    save_result,
    start_evaluation,
)
from wangge.finance.performance.services.goals import (
    AMOUNT_LABELS,
    act_on_goal,
    allot_weights,
    bind_indicator,
    compile_summary,
    create_goal,
    delete_indicator,
    delete_line,
    edit_goal,
    import_indicators,
    load_goal,
    save_indicators,
    save_line,
    unbind_indicator,
)
from wangge.finance.performance.services.monitoring import file_monitoring
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal

__all__ = [
    "AMOUNT_LABELS",
    "act_on_evaluation",
    "act_on_goal",
    "allot_weights",
    "bind_indicator",
    "compile_summary",
    "create_goal",
    "delete_indicator",
    "delete_line",
    "edit_evaluation",
    "edit_goal",
    "file_monitoring",
    "freeze_results",
    "goals_first",
    "import_indicators",
    "load_evaluation",
    "load_goal",
    "refresh_funds",
    "save_indicators",
    "save_line",
    "save_result",
    "start_evaluation",
    "unbind_indicator",
]


@gate.before_spending
def goals_first(actor: Actor, project: Project, year: int) -> Refusal | None:
    """预算法 第三十二条, 财预〔2015〕88号 第四条: no goals, no budget."""
    if queries.goals_ready(project, year):
        return None
    sentence = f"项目“{project.name}”还没有经批复的 {year} 年绩效目标。请先在“绩效”中填报目标，批复后再提交预算。"
    return Refusal("goals_missing", sentence, field="project", value=project.code, status=409)
