"""Rules of the execution: how a contract's amount falls into months, what an inspection takes off, what a payment must bring,
and the words of the registers. Pure Python."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from wangge.finance.terms import FISCAL, GENERAL_BUDGET, LineRow
from wangge.kernel.errors import Refusal

FEN = Decimal("0.01")
SIZES = {"large": "大型企业", "medium": "中型企业", "small": "小型企业", "micro": "微型企业", "none": "非企业"}
PROCUREMENTS = {"goods": "货物", "works": "工程", "services": "服务"}
CONTRACT_STATES = {"active": "履行中", "ended": "已结束"}
PAYMENT_STATES = {
    "draft": "草稿",
    "submitted": "待审核",
    "paid": "已支付",
    "returned": "已退回",
    "cancelled": "已作废",
    "reversed": "已冲销",
}
BALANCES = {"opening": "年初结转和结余", "distributed": "结余分配"}


# ---- contracts -----------------------------------------------------------------------------------------------------


def months(starts: date, ends: date) -> list[date]:
    """The first day of each month that a contract touches."""
    count = (ends.year - starts.year) * 12 + ends.month - starts.month + 1
    return [date(starts.year + (starts.month - 1 + i) // 12, (starts.month - 1 + i) % 12 + 1, 1) for i in range(count)]


def instalments(total: Decimal, count: int) -> list[Decimal]:
    """The total in `count` amounts to the fen that differ by a fen at most and add up to it exactly, the larger ones first.

    6,699,000.00 in twelve is twelve times 558,250.00; rounded to 万元 first it would be 12 × 55.83 = 669.96, not 669.90.
    """
    each = (total / count).quantize(FEN, ROUND_FLOOR)
    left = int((total - each * count) / FEN)
    return [each + FEN if i < left else each for i in range(count)]


def check_bands(bands: Sequence[tuple[Decimal, Decimal]]) -> Refusal | None:
    """None, or what is wrong: scores fall from at most 100 to 0, percentages rise and stay within 0-100."""
    scores, shares = [b[0] for b in bands], [b[1] for b in bands]
    fine = not bands or (
        scores == sorted(set(scores), reverse=True)
        and scores[0] <= 100
        and scores[-1] == 0
        and shares == sorted(shares)
        and shares[0] >= 0
        and shares[-1] <= 100
    )
    if fine:
        return None
    return Refusal(
        "bad_bands", "扣款档次须按得分由高到低、扣款比例由低到高填写，末档为 0 分起。请核对。", field="bands"
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One inspection as the rule sees it: a score of the month, or a number of defects."""

    on: date
    score: Decimal | None
    defects: int
    where: str = ""


def deduction(
    due: Decimal, bands: Sequence[tuple[Decimal, Decimal]], per_defect: Decimal, found: Iterable[Finding]
) -> tuple[Decimal, str]:
    """What a month's inspections take off its instalment, and the sentence that reckons it.

    The mean of the month's scores (two decimals, half up) falls into a band of percent; every defect costs its price. Never
    more than what is due.
    """
    inspections = list(found)
    scores = [f.score for f in inspections if f.score is not None]
    parts, total = [], Decimal(0)
    if scores:
        mean = (sum(scores, Decimal(0)) / len(scores)).quantize(FEN, ROUND_HALF_UP)
        percent = next((p for lowest, p in bands if mean >= lowest), Decimal(0))
        off = (due * percent / 100).quantize(FEN, ROUND_HALF_UP)
        parts.append(f"{len(scores)} 次检查平均 {mean} 分，扣 {percent.normalize():f}%，即 {off:,.2f} 元")
        total += off
    defects = sum(f.defects for f in inspections)
    if defects:
        off = defects * per_defect
        parts.append(f"问题 {defects} 处 × {per_defect:,.2f} 元 = {off:,.2f} 元")
        total += off
    if total > due:
        parts.append(f"合计超过当期应付，按应付 {due:,.2f} 元扣")
        total = due
    return total, "；".join(parts) or "本月无扣款"


# ---- payments ------------------------------------------------------------------------------------------------------

LEVELS = {"record": "记录", "remind": "提醒", "attach": "提醒并附件", "block": "拦截", "forbid": "禁止"}
# 三公, meetings and training are opened to the public line by line; large payments are audited: both need their papers.
WATCHED = {
    "30212": "因公出国（境）费",
    "30215": "会议费",
    "30216": "培训费",
    "30217": "公务接待费",
    "30231": "公务用车运行维护费",
    "31013": "公务用车购置费",
}
LARGE = Decimal(50_000)
NEARLY_SPENT = Decimal("0.9")


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing the check of a payment has to say: a level of `LEVELS`, a code, a sentence."""

    level: str
    code: str
    sentence: str


def signals(
    *,
    economic: str,
    amount: Decimal,
    shortfall: Refusal | None,
    used_after: Decimal,
    total: Decimal,
    has_papers: bool,
    not_ready: Refusal | None,
) -> list[Signal]:
    """What is shown at the draft and decides at submission: `block` and `forbid` stop it, `attach` stops it without papers.

    `used_after`: spent, bound and frozen money of the line with this payment; `total`: the line's money.
    """
    found = []
    if not_ready is not None:
        found.append(Signal("forbid", not_ready.code, not_ready.sentence))
    if shortfall is not None:
        found.append(Signal("block", shortfall.code, shortfall.sentence))
    if economic in WATCHED or amount >= LARGE:
        why = f"{WATCHED[economic]}须附审批单和明细" if economic in WATCHED else f"单笔满 {LARGE:,.0f} 元须附依据"
        if has_papers:
            found.append(Signal("record", "papers", f"{why}，已附。"))
        else:
            found.append(Signal("attach", "papers_missing", f"{why}。请先上传附件。"))
    if shortfall is None and total and used_after >= NEARLY_SPENT * total:
        share = (used_after * 100 / total).quantize(FEN, ROUND_HALF_UP)
        found.append(Signal("remind", "nearly_spent", f"本次之后该指标已使用 {share}%。请留意后续支出。"))
    return found


def stops(found: Iterable[Signal]) -> Signal | None:
    """The first signal that a submission cannot pass."""
    return next((s for level in ("forbid", "block", "attach") for s in found if s.level == level), None)


def event_money(spent: Decimal, amount: Decimal, limit: Decimal, papers: int) -> Refusal | None:
    """S27 微民生网格事件经费: one event costs at most the fund's limit, and shows a picture from before and one from after."""
    if spent + amount > limit:
        return Refusal(
            "event_limit",
            f"单个事件限额 {limit:,.2f} 元，本事件已用 {spent:,.2f} 元，本次 {amount:,.2f} 元，超出 {spent + amount - limit:,.2f} 元。"
            "请核减金额，或改从其他预算列支。",
            field="amount",
            value=str(amount),
        )
    if papers < 2:
        return Refusal(
            "event_evidence", f"事件经费须附处置前和处置后照片，现有附件 {papers} 个。请补充后再提交。", field="files"
        )
    return None


def may_reverse(original: Decimal, reversed_before: Decimal, amount: Decimal) -> Refusal | None:
    """A red payment takes back at most what is left of the original."""
    left = original - reversed_before
    if amount > left:
        return Refusal(
            "reversal_too_large",
            f"原支付 {original:,.2f} 元，已冲销 {reversed_before:,.2f} 元，最多还可冲销 {left:,.2f} 元。请核对金额。",
            field="amount",
            value=str(amount),
        )
    return None


# ---- registers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Register:
    """A register: its name, its items (code → name and unit of count), whether a line may carry an amount and a tag."""

    name: str
    items: Mapping[str, tuple[str, str]]
    tags: Mapping[str, str]


_NONE: Mapping[str, str] = {}
_PROCUREMENT = {code: (name, "项") for code, name in PROCUREMENTS.items()}
REGISTERS: Mapping[str, Register] = {
    "three_publics": Register(
        "“三公”经费台账",
        {
            "abroad_groups": ("因公出国（境）团组", "个"),
            "abroad": ("因公出国（境）", "人次"),
            "reception_groups": ("公务接待批次", "个"),
            "reception": ("公务接待", "人次"),
            "vehicle_purchase": ("购置公务用车", "辆"),
            "vehicle_running": ("公务用车保有量", "辆"),
        },
        _NONE,
    ),
    "meeting": Register("会议台账", {"meeting": ("会议", "人次")}, _NONE),
    "meeting_plan": Register("会议计划", {"meeting": ("会议", "人次")}, _NONE),
    "training": Register("培训台账", {"training": ("培训", "人次")}, _NONE),
    "training_plan": Register("培训计划", {"training": ("培训", "人次")}, _NONE),
    "event": Register("节庆、晚会、论坛、赛事台账", {"event": ("活动", "场")}, _NONE),
    "procurement": Register("政府采购台账", _PROCUREMENT, SIZES),
    "procurement_plan": Register("政府采购预算", _PROCUREMENT, _NONE),
    "asset": Register(
        "国有资产台账",
        {
            "area": ("办公及业务用房", "平方米"),
            "vehicle_leader": ("主要领导干部用车", "辆"),
            "vehicle_confidential": ("机要通信用车", "辆"),
            "vehicle_emergency": ("应急保障用车", "辆"),
            "vehicle_law": ("执法执勤用车", "辆"),
            "vehicle_special": ("特种专业技术用车", "辆"),
            "vehicle_general": ("一般公务用车", "辆"),
            "vehicle_other": ("其他用车", "辆"),
            "equipment_50": ("单价50万元以上通用设备", "台（套）"),
            "equipment_100": ("单价100万元以上专用设备", "台（套）"),
            "equipment_200": ("单价200万元以上大型设备", "台（套）"),
        },
        _NONE,
    ),
    "asset_plan": Register(
        "资产购置预算",
        {"vehicle": ("购置车辆", "辆"), "equipment_200": ("购置单价200万元以上大型设备", "台（套）")},
        _NONE,
    ),
    "staff": Register(
        "编制人员台账",
        {
            "posts": ("编制数", "人"),
            "persons": ("在职人数", "人"),
            "dispatched": ("劳务派遣人数", "人"),
            "retired": ("退休人数", "人"),
            "veterans": ("离休人数", "人"),
            "offices": ("内设机构数", "个"),
        },
        _NONE,
    ),
    "prior": Register(
        "上年数",
        {
            "budget_total": ("上年预算数", "元"),
            "budget_operating": ("上年机关运行经费预算数", "元"),
            "budget_three_publics": ("上年“三公”经费预算数", "元"),
            "budget_abroad": ("上年因公出国（境）费预算数", "元"),
            "budget_reception": ("上年公务接待费预算数", "元"),
            "budget_vehicle_purchase": ("上年公务用车购置费预算数", "元"),
            "budget_vehicle_running": ("上年公务用车运行费预算数", "元"),
            "accounts_total": ("上年收支总计决算数", "元"),
            "accounts_fiscal": ("上年财政拨款收支决算数", "元"),
            "accounts_fiscal_spending": ("上年财政拨款支出决算数", "元"),
            "accounts_operating": ("上年机关运行经费决算数", "元"),
            "accounts_three_publics": ("上年“三公”经费决算数", "元"),
            "accounts_abroad": ("上年因公出国（境）费决算数", "元"),
            "accounts_reception": ("上年公务接待费决算数", "元"),
            "accounts_vehicle_purchase": ("上年公务用车购置费决算数", "元"),
            "accounts_vehicle_running": ("上年公务用车运行费决算数", "元"),
        },
        _NONE,
    ),
}


def check_register(kind: str, item: str, tag: str) -> Refusal | None:
    """None, or which word the register does not know."""
    register = REGISTERS.get(kind)
    if register is None:
        listed = "、".join(r.name for r in REGISTERS.values())
        return Refusal("register_kind", f"没有这种台账。可以登记：{listed}。", field="kind", value=kind)
    if item not in register.items:
        listed = "、".join(name for name, _ in register.items.values())
        return Refusal("register_item", f"{register.name}中没有这一项。可以登记：{listed}。", field="item", value=item)
    if (tag and tag not in register.tags) or (register.tags and not tag):
        listed = "、".join(register.tags.values()) or "不填"
        return Refusal("register_tag", f"{register.name}的类别应为：{listed}。", field="tag", value=tag)
    return None


# ---- sentences that explain figures -----------------------------------------------------------------------------

EXPLAINED: Mapping[str, str] = {
    "duties": "部门职责",
    "offices": "内设机构",
    "place": "公开地点",
    "problems": "存在的问题和改进措施",
    "note/reception": "公务接待情况",
    "note/performance": "绩效情况",
    "reason/reception": "公务接待费增减原因",
    "reason/operating_initial": "机关运行经费与年初预算相差的原因",
    "reason/procurement": "政府采购支出情况",
    "reason/procurement_plan": "政府采购预算情况",
    **{f"reason/{item}": f"与{name}相比增减的原因" for item, (name, _) in REGISTERS["prior"].items.items()},
}


def explained(key: str, projects: Mapping[str, str], functions: Mapping[str, str]) -> str:
    """What a sentence explains, in words; a name that no document asks for stays as it is."""
    kind, _, code = key.rpartition("/")
    if kind == "purpose" and code in projects:
        return f"项目“{projects[code]}”的用途"
    if kind == "reason/function":
        return f"{code} {functions.get(code, '')}决算与预算相差的原因"
    return EXPLAINED.get(key, key)


# ---- figures -------------------------------------------------------------------------------------------------------

_FIGURES: Mapping[str, tuple[str, ...]] = {
    "abroad": ("30212",),
    "reception": ("30217",),
    "vehicle_purchase": ("31013",),
    "vehicle_running": ("30231",),
    "meeting": ("30215",),
    "training": ("30216",),
}


def figures(rows: Iterable[LineRow]) -> dict[str, Decimal]:
    """The figures that documents state of a budget or of its spending.

    total; fiscal (财政拨款, carried-over fiscal money included); operating (机关运行经费: 302 of the general budget's 基本支出);
    three_publics and its parts, meeting and training (general budget; 预算法 第十四条, 财预〔2016〕143号).
    """
    found = dict.fromkeys(("total", "fiscal", "operating", "three_publics", *_FIGURES), Decimal(0))
    for row in rows:
        source = row.origin or row.source
        found["total"] += row.amount
        if source in FISCAL:
            found["fiscal"] += row.amount
        if source not in GENERAL_BUDGET:
            continue
        if row.economic.startswith("302") and not row.project:
            found["operating"] += row.amount
        for name, codes in _FIGURES.items():
            if row.economic in codes:
                found[name] += row.amount
    found["three_publics"] = sum(
        (found[n] for n in ("abroad", "reception", "vehicle_purchase", "vehicle_running")), Decimal(0)
    )
    return found
