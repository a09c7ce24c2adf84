"""How goals are weighed, results scored and deviations warned of. Pure Python; every number is that of the year's standard.

Sources: 财预〔2020〕10号《项目支出绩效评价管理办法》 第十二条 and annexes (weights 10/50/30/10, ways of scoring, grades),
财预〔2019〕136号《中央部门预算绩效运行监控管理暂行办法》 第六、九、十二条 (double monitoring, deviations).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cached_property
from types import MappingProxyType

from wangge.finance.performance import terms
from wangge.finance.performance.goal_words import (
    BENEFIT,
    LEVEL2,
    OUTPUT,
    SATISFACTION,
    Fault,
    Target,
    level2_of,
    measures,
    not_applicable,
    plain,
)
from wangge.kernel.errors import Refusal
from wangge.kernel.flow import Move

EDIT, APPROVE, VIEW = "performance.edit", "performance.approve", "performance.view"
EXECUTION = "预算执行率"
CENT = Decimal("0.01")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Standard:
    """The weights, bands and thresholds from a fiscal year on.

    `far_above`: a result beyond this multiple of its target says that the target was set too low. A forecast that misses
    is warned of in yellow, below `orange` (a share of the target) in orange, below `red` in red. Spending is in order from
    `spent_enough` to `overspent` of the budget. `tolerance`: points by which a printed execution score may be rounded.
    """

    since: int
    weights: Mapping[str, Decimal]
    grades: tuple[tuple[str, Decimal], ...]
    bands: Mapping[str, tuple[Decimal, Decimal]]
    far_above: Decimal
    orange: Decimal
    red: Decimal
    spent_enough: Decimal
    overspent: Decimal
    tolerance: Decimal

    @cached_property
    def total(self) -> Decimal:
        return sum(self.weights.values(), ZERO)


_D = Decimal
STANDARDS = (
    Standard(
        since=2019,
        weights=MappingProxyType({EXECUTION: _D(10), OUTPUT: _D(50), BENEFIT: _D(30), SATISFACTION: _D(10)}),
        grades=(("优", _D(90)), ("良", _D(80)), ("中", _D(60)), ("差", _D(0))),
        bands=MappingProxyType(
            {"reached": (_D("0.8"), _D(1)), "partly": (_D("0.6"), _D("0.8")), "missed": (_D(0), _D("0.6"))}
        ),
        far_above=_D("1.5"),
        orange=_D("0.9"),
        red=_D("0.7"),
        spent_enough=_D("0.95"),
        overspent=_D("1.005"),
        tolerance=_D("0.05"),
    ),
)


def standard(year: int) -> Standard:
    """The standard in force in a fiscal year; the oldest one for years before it."""
    return next((s for s in reversed(STANDARDS) if s.since <= year), STANDARDS[0])


# ---- moves --------------------------------------------------------------------------------------------------------

# The unit's clerk writes, its head reviews, a post over the whole place (`treasury`) approves.
GOAL_MOVES: Mapping[tuple[str, str], Move] = {
    ("draft", "submit"): Move("submitted", EDIT),
    ("returned", "submit"): Move("submitted", EDIT),
    ("submitted", "review"): Move("reviewed", APPROVE, not_by=("submitter",)),
    ("submitted", "send_back"): Move("returned", APPROVE, needs=("text",)),
    ("reviewed", "approve"): Move("approved", APPROVE, by=("treasury",), not_by=("submitter", "reviewer")),
    ("reviewed", "send_back"): Move("returned", APPROVE, needs=("text",)),
    ("approved", "revise"): Move("draft", EDIT, needs=("text",)),
}
EVALUATION_MOVES: Mapping[tuple[str, str], Move] = {
    ("draft", "submit"): Move("submitted", EDIT),
    ("returned", "submit"): Move("submitted", EDIT),
    ("submitted", "review"): Move("reviewed", APPROVE, not_by=("submitter", "enterer")),
    ("submitted", "send_back"): Move("returned", APPROVE, needs=("text",)),
    ("reviewed", "confirm"): Move("confirmed", APPROVE, by=("treasury",), not_by=("submitter", "reviewer", "enterer")),
    ("reviewed", "send_back"): Move("returned", APPROVE, needs=("text",)),
}
FINAL = {"approved", "confirmed"}
ROLES = {
    "submitter": "提交",
    "reviewer": "审核",
    "treasury": "区财政岗位",
    "enterer": "填写了实际完成值",
    "text": "意见",
}
GOAL_LABELS = {**terms.GOAL_STATES, **terms.GOAL_COMMANDS, **ROLES}
EVALUATION_LABELS = {**terms.EVALUATION_STATES, **terms.EVALUATION_COMMANDS, **ROLES}


def may_edit(state: str) -> Refusal | None:
    """Why a form in this state may not be changed; None when it may."""
    if state in ("draft", "returned"):
        return None
    known = {**terms.EVALUATION_STATES, **terms.GOAL_STATES}
    return Refusal(
        "form_is_closed",
        f"这张表的状态为“{known[state]}”，不能修改。待审核的请审核人退回后修改，已批复的目标请先点“调整目标”并说明原因。",
        status=409,
        state=state,
    )


# ---- scoring ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scored:
    """Points with the reckoning in words. `flagged`: the result needs an explanation although it has full points."""

    points: Decimal
    met: bool
    flagged: bool
    explanation: str


def points(number: Decimal) -> Decimal:
    """Rounded half up to two decimals, once."""
    return number.quantize(CENT, ROUND_HALF_UP)


def execution_rate(budget: Decimal | None, spent: Decimal | None) -> Decimal | None:
    """全年执行数 ÷ 全年预算数 in percent to two decimals; None without a budget."""
    return points((spent or ZERO) / budget * 100) if budget else None


def execution_score(weight: Decimal, budget: Decimal | None, spent: Decimal | None) -> Decimal | None:
    """分值 × 执行率, at most the weight and never below nothing; None without a budget (the item does not apply)."""
    if not budget:
        return None
    return points(min(weight, max(ZERO, weight * (spent or ZERO) / budget)))


def score_quantitative(weight: Decimal, target: Target, actual: Decimal, year: int) -> Scored:
    """Full points when the target is reached, else the proportion reached. `actual` is in the target's unit.

    ≥: actual ÷ target. ≤: target ÷ actual. =: the smaller ÷ the larger. A result far above a target that is no rate is
    flagged: the target was probably too low.
    """
    wanted, got = target.number, actual
    met = {"≥": got >= wanted, ">": got > wanted, "≤": got <= wanted, "<": got < wanted, "=": got == wanted}[
        target.operator
    ]
    if not target.stated and not met:
        met = got > wanted  # a bare “12 次” is read as at least 12; no clerk is marked down for a thirteenth
    shown, said = (
        f"{plain(got)}{target.unit}",
        f"{target.operator if target.stated else '≥'}{plain(wanted)}{target.unit}",
    )
    limit = standard(year).far_above
    if met:
        counted = target.operator in "≥>" or not target.stated
        flagged = counted and target.unit != "%" and wanted > 0 and got > wanted * limit
        tail = f"；超过目标值的 {plain(limit * 100)}%，目标可能定低了，须说明原因" if flagged else ""
        return Scored(weight, True, flagged, f"实际 {shown}，达到目标 {said}，得满分 {plain(weight)}{tail}")
    over, under = (
        (wanted, got) if target.operator in "≤<" or (target.operator == "=" and got > wanted) else (got, wanted)
    )
    share = over / under if under > 0 else ZERO
    share = min(max(share, ZERO), Decimal(1))
    made = points(weight * share)
    if target.operator in "><" and made == weight:
        made = weight - CENT if weight >= CENT else ZERO
    formula = f"{plain(weight)} × {plain(over)} ÷ {plain(under)}"
    return Scored(made, False, False, f"实际 {shown}，未达到目标 {said}，按比例得分：{formula} = {plain(made)}")


def band_range(weight: Decimal, band: str, year: int) -> tuple[Decimal, Decimal]:
    """The least and the most points of a qualitative result in a band."""
    low, high = standard(year).bands[band]
    return points(weight * low), points(weight * high)


def check_band(weight: Decimal, band: str, score: Decimal, year: int) -> Refusal | None:
    """Why these points do not fit the band; None when they do."""
    if band not in terms.BANDS:
        return Refusal("band", "请选择完成情况：达成、部分达成或未达成。", field="band", value=band)
    low, high = band_range(weight, band, year)
    if low <= score <= high:
        return None
    sentence = f"“{terms.BANDS[band]}”应得 {plain(low)} 至 {plain(high)} 分，填的是 {plain(score)} 分。"
    return Refusal("band_points", sentence, field="score", value=str(score))


def grade(total: Decimal, year: int = 9999) -> str:
    """优, 良, 中, 差; the lower bound belongs to the better grade."""
    return next(name for name, least in standard(year).grades if total >= least) if total >= 0 else "差"


# ---- weights ------------------------------------------------------------------------------------------------------


def spread(total: Decimal, parts: Sequence[Decimal]) -> list[Decimal]:
    """`total` in proportion to `parts`, to two decimals, adding up exactly (largest remainder; the first of equals)."""
    whole = sum(parts, ZERO)
    if not parts:
        return []
    exact = [total * (p / whole) if whole else total / len(parts) for p in parts]
    floors = [e.quantize(CENT, ROUND_FLOOR) for e in exact]
    missing = int((total - sum(floors, ZERO)) / CENT)
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - exact[i], i))
    for i in order[:missing]:
        floors[i] += CENT
    return floors


@dataclass(frozen=True, slots=True)
class Weighed:
    """What weighing needs of an indicator: its second level, whether it applies, and its weight."""

    level2: str
    applies: bool
    weight: Decimal


def redistribute(rows: Sequence[Weighed], year: int, *, execution: bool = True) -> tuple[Decimal, list[Decimal]]:
    """(weight of the execution rate, weight of each row): rows that do not apply get 0, and their points go to the other
    rows of the same first level in proportion to their weights.

    Without a budget the execution rate does not apply and its points go to 产出. A first level of which nothing applies
    gives its points to the other levels in proportion.
    """
    known = standard(year).weights
    firsts = [LEVEL2.get(level2_of(r.level2), "") for r in rows]
    alive = [
        one
        for one in (OUTPUT, BENEFIT, SATISFACTION)
        if any(f == one and r.applies for f, r in zip(firsts, rows, strict=True))
    ]
    wanted = {one: known[one] for one in alive}
    if not execution and OUTPUT in wanted:
        wanted[OUTPUT] += known[EXECUTION]
    elif not execution and wanted:
        wanted = dict(
            zip(wanted, spread(sum(wanted.values(), ZERO) + known[EXECUTION], list(wanted.values())), strict=True)
        )
    lost = standard(year).total - (known[EXECUTION] if execution else ZERO) - sum(wanted.values(), ZERO)
    if wanted and lost:
        wanted = dict(zip(wanted, spread(sum(wanted.values(), ZERO) + lost, list(wanted.values())), strict=True))
    made = [ZERO] * len(rows)
    for one, amount in wanted.items():
        at = [i for i, (f, r) in enumerate(zip(firsts, rows, strict=True)) if f == one and r.applies]
        for i, share in zip(at, spread(amount, [rows[i].weight for i in at]), strict=True):
            made[i] = share
    return (known[EXECUTION] if execution else ZERO), made


# ---- whole forms --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """What judging a form needs of a row: a goal (score and actual empty) or a result."""

    level2: str
    level3: str
    target: str
    weight: Decimal | None
    actual: str = ""
    score: Decimal | None = None
    reason: str = ""
    flagged: bool = False
    evidence: bool = True

    @property
    def label(self) -> str:
        return self.level3.strip() or self.level2.strip()

    @property
    def applies(self) -> bool:
        return not (not_applicable(self.target) or (not self.target.strip() and not_applicable(self.level3)))


def _error(code: str, sentence: str, suggestion: str = "") -> Fault:
    return Fault(code, "error", sentence, suggestion)


def check_goals(rows: Collection[Row], year: int, *, weighed: bool = True) -> list[Fault]:
    """What is wrong with a goal form as a whole: which kinds of indicators it lacks, and its weights."""
    have = {level2_of(r.level2) for r in rows if r.target.strip() or r.level3.strip()}
    found = [
        _error("kind_missing", f"没有“{name}”。", "至少写一条；确实不涉及的，在该栏写“不适用”。")
        for name, first in LEVEL2.items()
        if first in (OUTPUT, SATISFACTION) and name not in have
    ]
    if not any(LEVEL2.get(name) == BENEFIT for name in have):
        found.append(_error("kind_missing", "没有效益指标。", "经济、社会、生态效益和可持续影响中至少写一条。"))
    if rows and all(not r.applies for r in rows):
        found.append(_error("nothing_applies", "所有指标都写了不适用。", "至少有一条可以考核的指标。"))
    return found + (list(check_weights(rows, year)) if weighed else [])


def check_weights(rows: Collection[Row], year: int) -> Iterator[Fault]:
    """Weights: each row at least 0, a row that does not apply exactly 0, sums by first level as the standard says."""
    known, sums = standard(year).weights, dict.fromkeys((OUTPUT, BENEFIT, SATISFACTION), ZERO)
    for row in rows:
        weight = row.weight or ZERO
        first = LEVEL2.get(level2_of(row.level2), "")
        if first:
            sums[first] += weight
        if row.applies and row.weight is None and (row.level3.strip() or row.target.strip()):
            yield _error("weight_missing", f"“{row.label}”没有填分值。", "点“分配分值”，或按重要程度填写。")
        elif row.applies and row.weight is not None and row.weight <= 0:
            yield _error("weight_zero", f"“{row.label}”的分值为 {plain(weight)}。", "适用的指标分值应大于 0。")
        elif not row.applies and weight:
            yield _error(
                "weight_not_applicable",
                f"“{row.label}”不适用，分值却是 {plain(weight)}。",
                "分值改为 0，并移给同一级指标下的其他指标。",
            )
    for first, amount in sums.items():
        if amount != known[first]:
            yield _error(
                "weight_sum",
                f"{first}分值合计为 {plain(amount)}，应为 {plain(known[first])}。",
                "调整该级指标的分值，或点“分配分值”。",
            )


def total_score(execution: Decimal | None, scores: Collection[Decimal | None]) -> Decimal | None:
    """The sum of all points; None while a row is not scored."""
    if any(s is None for s in scores):
        return None
    return (execution or ZERO) + sum((s for s in scores if s is not None), ZERO)


def check_evaluation(
    rows: Collection[Row], year: int, *, budget: Decimal | None, spent: Decimal | None, execution_weight: Decimal
) -> list[Fault]:
    """What is wrong with a self-evaluation: weights, points, missing reasons and evidence, full output without spending."""
    found = []
    weight = execution_weight + sum((r.weight or ZERO for r in rows), ZERO)
    if weight != standard(year).total:
        found.append(_error("weight_total", f"分值合计为 {plain(weight)}，应为 {plain(standard(year).total)}。"))
    if budget:
        found += [f for f in check_weights(rows, year) if f.code != "weight_zero"]
    for row in rows:
        found += _check_result(row)
    outputs = [r for r in rows if LEVEL2.get(level2_of(r.level2)) == OUTPUT and r.weight]
    full = outputs and all(r.score == r.weight for r in outputs) and not any(r.reason.strip() for r in outputs)
    if budget and not spent and full:
        found.append(
            _error(
                "full_output_unspent",
                "资金一分未付，产出指标却全部满分。",
                "资金未付但已实施的，在产出指标的“偏差原因”中写明合同和完成证明；未实施的，按实际扣分。",
            )
        )
    return found


def _check_result(row: Row) -> Iterator[Fault]:
    weight = row.weight or ZERO
    if not row.applies:
        if row.score:
            yield _error("score_range", f"“{row.label}”不适用，得分应为 0。")
        return
    if row.score is None:
        yield _error("score_missing", f"“{row.label}”还没有打分。", "填写实际完成值后打分。")
        return
    if not ZERO <= row.score <= weight:
        yield _error("score_range", f"“{row.label}”得分 {plain(row.score)}，应在 0 至 {plain(weight)} 之间。")
    if not row.actual.strip():
        yield _error("actual_missing", f"“{row.label}”没有填实际完成值。")
    if row.score < weight and not row.reason.strip():
        yield _error(
            "reason_missing",
            f"“{row.label}”扣了 {plain(weight - row.score)} 分，没有写偏差原因。",
            "写明没有完成的原因和改进措施。",
        )
    elif row.flagged and not row.reason.strip():
        yield _error(
            "reason_missing",
            f"“{row.label}”远超目标值，没有说明原因。",
            "说明目标是否定低、下年如何调整。",
        )
    if not row.evidence:
        yield _error(
            "evidence_missing",
            f"“{row.label}”的实际完成值是人工填写的，没有佐证。",
            "写明依据的文件或台账，或上传附件。",
        )
    if len(measures(row.actual)) == 1 and measures(row.actual)[0].unit == "%" and measures(row.actual)[0].number > 100:
        yield Fault("actual_over_hundred", "warning", f"“{row.label}”实际完成值超过 100%。", "核对口径。")


# ---- monitoring ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the year will come to: `linear` by days gone, `seasonal` by last year's course (None when that is not known);
    `value` is the seasonal one when there is one."""

    linear: Decimal
    seasonal: Decimal | None
    value: Decimal
    explanation: str


def forecast(so_far: Decimal, days_gone: int, days: int, last_year: Sequence[Decimal] | None = None) -> Forecast | None:
    """The full year's amount of something that adds up. `last_year` are its twelve months; a part of the running month
    counts by its days. None before the first day is over.
    """
    if days_gone <= 0 or days <= 0:
        return None
    linear = so_far * days / days_gone
    words = f"{plain(so_far)} ÷ {days_gone} 天 × {days} 天 = {plain(points(linear))}"
    whole = sum(last_year, ZERO) if last_year else ZERO
    if not last_year or len(last_year) != 12 or whole <= 0:
        return Forecast(linear, None, linear, f"按时间推算：{words}")
    months_gone = Decimal(days_gone) * 12 / days
    full = int(months_gone)
    gone = sum(last_year[:full], ZERO) + (last_year[full] * (months_gone - full) if full < 12 else ZERO)
    share = gone / whole
    if share <= 0:
        return Forecast(linear, None, linear, f"按时间推算：{words}（上年同期为零，不能按上年进度推算）")
    seasonal = so_far / share
    shown = f"{plain(so_far)} ÷ {plain(points(share * 100))}% = {plain(points(seasonal))}"
    return Forecast(linear, seasonal, seasonal, f"按上年同期进度推算：{shown}；按时间推算：{words}")


def warn_goal(target: Target, expected: Decimal, year: int) -> str:
    """The warning that the year's expected value of an indicator deserves: none, yellow, orange, red."""
    scored = score_quantitative(Decimal(100), target, expected, year)
    return "none" if scored.met else _level(scored.points / 100, year)


def warn_spending(budget: Decimal, expected: Decimal, year: int) -> str:
    """The warning for the year's expected spending; more than the budget is red, since nothing is paid beyond it."""
    if budget <= 0:
        return "red" if expected > 0 else "none"
    share = expected / budget
    known = standard(year)
    if share > known.overspent:
        return "red"
    return "none" if share >= known.spent_enough else _level(share, year)


def _level(share: Decimal, year: int) -> str:
    known = standard(year)
    if share >= known.orange:
        return "yellow"
    return "orange" if share >= known.red else "red"


def needs_reason(warning: str) -> bool:
    """Orange and red must be answered with a reason and measures before the monitoring is filed."""
    return warning in ("orange", "red")
