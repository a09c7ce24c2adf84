"""Words of this room that others use: sources of money, stages of a budget, and rows of the books as they are read.

Amounts are `Decimal` yuan with two decimals everywhere inside; 万元 exists only where something is printed or typed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from wangge.finance.chart import KIND_NAMES, LENGTHS, Kind, classification, names, quality, valid_years
from wangge.finance.performance.goal_words import (
    LEVEL2,
    Fault,
    Target,
    level1_of,
    level2_of,
    lint_goal,
    measures,
    not_applicable,
    parse_target,
)
from wangge.finance.performance.rules import execution_rate, execution_score, grade, score_quantitative
from wangge.finance.performance.terms import (
    EvaluatedIndicator,
    Funds,
    GoalForm,
    GoalIndicator,
    GoalLine,
    SelfEvaluation,
)

__all__ = [
    "FISCAL",
    "GENERAL_BUDGET",
    "KIND_NAMES",
    "LENGTHS",
    "LEVEL2",
    "SOURCE_NAMES",
    "WAN",
    "BalanceRow",
    "EvaluatedIndicator",
    "Fault",
    "Funds",
    "GoalForm",
    "GoalIndicator",
    "GoalLine",
    "IncomeRow",
    "Kind",
    "LineAmount",
    "LineKey",
    "LineRow",
    "RegisterRow",
    "SelfEvaluation",
    "Source",
    "Stage",
    "Target",
    "classification",
    "execution_rate",
    "execution_score",
    "grade",
    "level1_of",
    "level2_of",
    "lint_goal",
    "measures",
    "names",
    "not_applicable",
    "parse_target",
    "quality",
    "score_quantitative",
    "valid_years",
    "wan",
    "yuan",
]

WAN = Decimal(10_000)


def wan(amount: Decimal, digits: int = 2) -> Decimal:
    """Yuan as 万元, rounded half up once, at the edge."""
    return (amount / WAN).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def yuan(amount: Decimal | None) -> str:
    """Yuan for reading: 1234567.5 → 1,234,567.50; nothing for None."""
    return "" if amount is None else f"{amount:,.2f}"


class Source(StrEnum):
    """Where money comes from: the columns of the income tables of the budget and of the accounts."""

    GENERAL = "general"
    NONTAX_CHARGE = "nontax_charge"
    NONTAX_SPECIAL = "nontax_special"
    NONTAX_ASSETS = "nontax_assets"
    NONTAX_OTHER = "nontax_other"
    FUND = "fund"
    STATE_CAPITAL = "state_capital"
    SPECIAL_ACCOUNT = "special_account"
    SUPERIOR = "superior"
    BUSINESS = "business"
    OPERATING = "operating"
    AFFILIATE = "affiliate"
    OTHER = "other"
    CARRYOVER = "carryover"
    SURPLUS = "surplus"


SOURCE_NAMES = {
    Source.GENERAL: "一般公共预算·经费拨款",
    Source.NONTAX_CHARGE: "一般公共预算·行政事业性收费收入",
    Source.NONTAX_SPECIAL: "一般公共预算·专项收入",
    Source.NONTAX_ASSETS: "一般公共预算·国有资源（资产）有偿使用收入",
    Source.NONTAX_OTHER: "一般公共预算·其他非税收入",
    Source.FUND: "政府性基金预算",
    Source.STATE_CAPITAL: "国有资本经营预算",
    Source.SPECIAL_ACCOUNT: "财政专户管理的非税收入",
    Source.SUPERIOR: "上级补助收入",
    Source.BUSINESS: "事业收入",
    Source.OPERATING: "经营收入",
    Source.AFFILIATE: "附属单位上缴收入",
    Source.OTHER: "其他收入",
    Source.CARRYOVER: "上年结转",
    Source.SURPLUS: "使用非财政拨款结余",
}
GENERAL_BUDGET = frozenset(
    {Source.GENERAL, Source.NONTAX_CHARGE, Source.NONTAX_SPECIAL, Source.NONTAX_ASSETS, Source.NONTAX_OTHER}
)
FISCAL = GENERAL_BUDGET | {Source.FUND, Source.STATE_CAPITAL}


class Stage(StrEnum):
    """Which money of a line: what was approved at the start of the year, or that with its adjustments."""

    INITIAL = "initial"
    ADJUSTED = "adjusted"


@dataclass(frozen=True, slots=True)
class LineKey:
    """What names a budget line of a unit and year. `governmental` "" is filled in from the economic code and the unit's
    nature; `project` is a project's code, "" for 基本支出; `origin` is given for carried-over money only.
    """

    function: str
    economic: str
    source: Source = Source.GENERAL
    project: str = ""
    governmental: str = ""
    origin: Source | None = None


@dataclass(frozen=True, slots=True)
class LineAmount:
    """A line and yuan for it: of a preparation (`basis` says how it was reckoned) or of an adjustment."""

    key: LineKey
    amount: Decimal
    basis: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """Money of one budget line: function 项 (7 digits), departmental economic 款 (5), governmental economic 款 (5 or ""),
    project code ("" for 基本支出), source. `ids` are the rows of the books behind the amount: lines of the budget, or
    payments. `origin` is the source that carried-over money had before, elsewhere the source itself.
    """

    function: str
    function_name: str
    economic: str
    economic_name: str
    governmental: str
    project: str
    project_name: str
    source: Source
    amount: Decimal
    ids: tuple[int, ...]
    origin: Source | None = None


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """Income of a year by source and by the function it was given for ("" when it has none)."""

    source: Source
    function: str
    amount: Decimal
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """Money carried in and out of a year: opening and closing 结转和结余, and 结余分配, of one source."""

    source: Source
    opening: Decimal
    distributed: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One entry of a register (三公, 会议, 培训, 采购, 资产, 编制人员) as the documents need it.

    `kind` and `item` are words of `finance.queries.REGISTERS`; `quantity` counts people, sessions, vehicles, square metres
    as `unit` says; `amount` is yuan or None; `tag` is the supplier's size in the register of procurement.
    """

    kind: str
    item: str
    on: date
    quantity: Decimal
    unit: str
    amount: Decimal | None
    words: str
    id: int
    tag: str = ""
