"""Performance forms as other rooms read them. Amounts are yuan; None is a cell with nothing in it, which is not zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

GOAL_KINDS = {
    "whole": "部门整体支出绩效目标表",
    "summary": "专项资金绩效目标汇总表",
    "direction": "专项资金支出方向绩效目标表",
}
EVALUATION_KINDS = {"whole": "部门整体支出绩效自评表", "project": "项目支出绩效自评表"}
GOAL_STATES = {
    "draft": "编制中",
    "submitted": "待单位审核",
    "reviewed": "待批复",
    "returned": "退回修改",
    "approved": "已批复",
}
GOAL_COMMANDS = {
    "submit": "提交",
    "review": "审核通过",
    "approve": "批复",
    "send_back": "退回修改",
    "revise": "调整目标",
}
EVALUATION_STATES = {
    "draft": "自评中",
    "submitted": "待单位审核",
    "reviewed": "待复核",
    "returned": "退回修改",
    "confirmed": "已复核",
}
EVALUATION_COMMANDS = {"submit": "提交", "review": "审核通过", "confirm": "复核通过", "send_back": "退回修改"}
BANDS = {"reached": "达成预期指标", "partly": "部分达成并有一定效果", "missed": "未达成且效果较差"}
WARNINGS = {"none": "正常", "yellow": "黄色预警", "orange": "橙色预警", "red": "红色预警"}
FUND_KINDS = {"total": "合计", "fiscal": "当年财政拨款", "carryover": "上年结转资金", "other": "其他资金"}


@dataclass(frozen=True, slots=True)
class GoalIndicator:
    """One row of a goal form. `level1` follows from `level2`; layouts without second levels name only `level1`, layouts
    without third levels leave `level3` empty. `metric` is the figure it is bound to, or "".
    """

    level1: str
    level2: str
    level3: str
    target: str
    weight: Decimal | None
    note: str
    metric: str
    id: int


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A line of the summary (`kind` summary: `name` the special fund, `direction`, `amount`, goals) or of the year's
    priorities (`kind` priority: `number` 事项1, `name` the office in charge, `goal_year` the goal). `number` is "" for a
    sub-item of the line before.
    """

    kind: str
    number: str
    name: str
    direction: str
    amount: Decimal | None
    goal_period: str
    goal_year: str
    id: int


@dataclass(frozen=True, slots=True)
class GoalForm:
    """A goal form: `kind` of `GOAL_KINDS`. `goal_period` is 实施期绩效目标, `goal_year` 年度 (of a whole unit: 整体) 绩效目标.

    `special` is 所属专项, `direction` 支出方向（子项）, `office` 主管部门, `period` 项目实施期. `basic` and `projects` split
    `amount` by nature of spending, `general`, `fund`, `other` by source. `version` counts approvals.
    """

    id: int
    kind: str
    year: int
    unit_code: str
    unit_name: str
    project_code: str
    special: str
    direction: str
    office: str
    period: str
    amount: Decimal | None
    basic: Decimal | None
    projects: Decimal | None
    general: Decimal | None
    fund: Decimal | None
    other: Decimal | None
    duties: str
    goal_period: str
    goal_year: str
    state: str
    version: int
    indicators: tuple[GoalIndicator, ...]
    lines: tuple[GoalLine, ...]


@dataclass(frozen=True, slots=True)
class Funds:
    """A row of the money block: `kind` of `FUND_KINDS`; 年初预算数, 全年预算数, 全年执行数."""

    kind: str
    initial: Decimal | None
    budget: Decimal | None
    spent: Decimal | None


@dataclass(frozen=True, slots=True)
class EvaluatedIndicator:
    """A row of a self-evaluation. A row with neither `level3` nor `target` continues the one before (merged cells)."""

    level1: str
    level2: str
    level3: str
    target: str
    actual: str
    weight: Decimal
    score: Decimal | None
    reason: str
    metric: str
    id: int


@dataclass(frozen=True, slots=True)
class SelfEvaluation:
    """A self-evaluation form: `kind` of `EVALUATION_KINDS`.

    `rate` is 执行率 in percent to two decimals, `execution_score` its points (of `execution_weight`), `score` the sum of all
    points, `grade` 优/良/中/差 ("" until every row is scored). `stated` keeps what a form that was loaded printed for
    rate, execution_score, score and grade, also where that is wrong; `faults` are the sentences of what is wrong.
    """

    id: int
    kind: str
    year: int
    unit_code: str
    unit_name: str
    project_code: str
    special: str
    direction: str
    investment: Decimal | None
    investment_fiscal: Decimal | None
    period: str
    funds: tuple[Funds, ...]
    expected: str
    achieved: str
    rate: Decimal | None
    execution_weight: Decimal
    execution_score: Decimal | None
    indicators: tuple[EvaluatedIndicator, ...]
    weight: Decimal
    score: Decimal | None
    grade: str
    state: str
    stated: Mapping[str, str]
    faults: tuple[str, ...]
