"""Rules of the budget: how a version moves, what a baseline amounts to, whether money may be spent. Pure Python.

预算法（2018年修正）: 第十三条 no spending without a line; 第三十二条 preparation by performance goals, posts and standards;
第五十七条 no spending beyond the goals; 第六十七条, 第七十二条 adjustments and transfers between lines need approval.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from wangge.finance import terms
from wangge.finance.terms import LineKey, Source
from wangge.kernel.errors import Refusal
from wangge.kernel.flow import Move

FEN = Decimal("0.01")
MOST = Decimal("99999999999.99")
YEARS = range(2007, 2100)

NATURES = {"administrative": "行政单位", "civil_like": "参照公务员法管理的事业单位", "public": "事业单位"}
MEASURES = {"person": "在职人数", "post": "编制数", "percent": "按其他科目的比例"}
COUNTERS = {
    "approved": "批复",
    "adjusted": "调整",
    "frozen": "冻结",
    "committed": "占用",
    "paid": "支付",
}
ENTRIES = {
    "approve": "批复",
    "supplement": "追加",
    "transfer": "调剂",
    "withdraw": "收回",
    "carry": "结转",
    "freeze": "冻结",
    "unfreeze": "解冻",
    "commit": "占用",
    "release": "释放",
    "pay": "支付",
    "reverse": "红字冲销",
}
ADJUSTMENTS = {
    "supplement": "追加",
    "transfer": "调剂",
    "withdraw": "收回",
    "freeze": "冻结",
    "unfreeze": "解冻",
}
ADJUSTMENT_STATES = {"asked": "待审批", "granted": "已同意", "refused": "不同意"}

PREPARE, APPROVE, GRANT = "finance.prepare", "finance.approve", "finance.grant"
PREPARATION_STATES = {
    "draft": "编制中",
    "submitted": "待单位审核",
    "unit_approved": "待财政审核",
    "returned": "已退回",
    "accepted": "待批复",
    "issued": "已批复",
}
PREPARATION_LABELS = PREPARATION_STATES | {
    "submit": "提交",
    "recall": "撤回",
    "approve": "单位审核通过",
    "send_back": "退回",
    "accept": "财政审核通过",
    "issue": "批复",
    "submitter": "提交",
    "approver": "审核",
    "note": "意见",
    "document": "批复文号",
    "on": "批复日期",
}
MOVES = {
    ("draft", "submit"): Move("submitted", PREPARE),
    ("submitted", "recall"): Move("draft", PREPARE, by=("submitter",)),
    ("submitted", "approve"): Move("unit_approved", APPROVE, not_by=("submitter",)),
    ("submitted", "send_back"): Move("returned", APPROVE, needs=("note",)),
    ("unit_approved", "send_back"): Move("returned", GRANT, needs=("note",)),
    ("unit_approved", "accept"): Move("accepted", GRANT, not_by=("submitter", "approver")),
    ("accepted", "send_back"): Move("returned", GRANT, needs=("note",)),
    ("accepted", "issue"): Move("issued", GRANT, needs=("document", "on")),
}
OPEN = ("draft", "submitted", "unit_approved", "accepted")


def yuan(value: Decimal) -> str:
    """1234567.5 → 1,234,567.50 元, as sentences print it."""
    return f"{value:,.2f} 元"


def amount(value: object, field: str = "amount", *, signed: bool = False) -> Decimal | Refusal:
    """Yuan with at most two decimals, above zero (or, `signed`, not zero); a refusal that names the value otherwise."""
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return Refusal("bad_amount", f"金额“{value}”不是数字。请填写以元为单位的金额。", field=field, value=str(value))
    if not found.is_finite() or abs(found) > MOST:
        return Refusal("bad_amount", f"金额“{value}”超出可记的范围。请核对金额。", field=field, value=str(value))
    if found != found.quantize(FEN):
        return Refusal("bad_amount", f"金额“{value}”的小数超过两位。请精确到分。", field=field, value=str(value))
    if found == 0 or (found < 0 and not signed):
        return Refusal("bad_amount", f"金额须大于零，现填“{value}”。请核对金额。", field=field, value=str(value))
    return found.quantize(FEN)


def number(value: object, field: str, most: Decimal = MOST, digits: int = 2) -> Decimal | Refusal:
    """A number from 0 to `most` with so many decimals at most: a count, an area, a score, a percentage, a rate."""
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= most or found != round(found, digits):
        sentence = f"“{value}”不对。请填写 0 到 {most:,} 的数，小数最多 {digits} 位。"
        return Refusal("bad_number", sentence, field=field, value=str(value))
    return found


def year(value: object) -> int | Refusal:
    try:
        found = int(str(value))
    except ValueError:
        found = 0
    if found not in YEARS:
        return Refusal("bad_year", f"年度“{value}”不对。请填写四位年度，如 2022。", field="year", value=str(value))
    return found


# ---- what a line is ------------------------------------------------------------------------------------------------

_ADMINISTRATIVE = {
    "501": ("30101", "30102", "30103"),
    "50102": ("30108", "30109", "30110", "30111", "30112"),
    "50103": ("30113",),
}
_GOODS = {
    "30215": "50202",
    "30216": "50203",
    "30218": "50204",
    "30224": "50204",
    "30225": "50204",
    "30203": "50205",
    "30226": "50205",
    "30227": "50205",
    "30217": "50206",
    "30212": "50207",
    "30231": "50208",
    "30213": "50209",
    "30299": "50299",
    "30240": "50201",
}
_PEOPLE = {
    "30301": "50905",
    "30302": "50905",
    "30303": "50905",
    "30308": "50902",
    "30310": "50903",
    "30304": "50901",
    "30305": "50901",
    "30306": "50901",
    "30307": "50901",
    "30309": "50901",
}
_CAPITAL = {
    "31001": "50301",
    "31005": "50302",
    "31013": "50303",
    "31009": "50305",
    "31010": "50305",
    "31011": "50305",
    "31012": "50305",
    "31006": "50307",
}


def governmental(economic: str, nature: str) -> str:
    """The government economic 款 that goes with a departmental one, by the nature of the unit; "" when none is fixed.

    财预〔2017〕98号 支出经济分类科目对照: wages, goods and capital of a 事业单位 are 505 and 506, of the others 501-504.
    """
    group = economic[:3]
    if nature == "public" and group in ("301", "302", "310"):
        return {"301": "50501", "302": "50502", "310": "50601"}[group]
    if group == "301":
        for code, members in _ADMINISTRATIVE.items():
            if economic in members:
                return "50101" if code == "501" else code
        return "50199"
    if group == "302":
        return _GOODS.get(economic, "50201")
    if group == "303":
        return _PEOPLE.get(economic, "50999")
    if group == "310":
        return _CAPITAL.get(economic, "50306" if economic in ("31002", "31003", "31007") else "50399")
    return {"39999": "59999", "39907": "59907", "39908": "59908", "30701": "51101", "30702": "51102"}.get(economic, "")


Chart = Mapping[str, Mapping[str, str]]


def check_key(key: LineKey, chart: Chart, year: int) -> Refusal | None:
    """None, or which part of the line is no code of the year: function to 项, economic to 款 (预算法实施条例 第六条)."""
    for kind, code, length, level in (
        ("function", key.function, 7, "项级（7位）"),
        ("economic", key.economic, 5, "款级（5位）"),
        ("governmental", key.governmental, 5, "款级（5位）"),
    ):
        if kind == "governmental" and not code:
            continue
        name = terms.KIND_NAMES[kind]
        if len(code) != length or not code.isdecimal():
            return Refusal("bad_code", f"{name}“{code}”须填到{level}。请补全代码。", field=kind, value=code)
        if code not in chart[kind]:
            valid = "、".join(
                f"{a or '以前'}—{b if b < 9999 else '至今'}年"
                for a, b in terms.valid_years(kind, code)  # type: ignore[arg-type]
            )
            known = f"该代码适用于{valid}。" if valid else ""
            return Refusal(
                "code_not_in_year",
                f"{year}年{name}中没有“{code}”。{known}请核对代码，或由财政部门增设科目。",
                field=kind,
                value=code,
            )
    if key.source not in terms.SOURCE_NAMES:
        return Refusal("bad_source", f"没有“{key.source}”这种资金来源。", field="source", value=str(key.source))
    return None


# ---- baseline ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rate:
    """A standard as the rule sees it: yuan per person or post a year, or percent of the lines named in `base`."""

    economic: str
    measure: str
    amount: Decimal
    base: tuple[str, ...] = ()
    document: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """One reckoned line and the sentence that explains it."""

    economic: str
    amount: Decimal
    words: str


def baseline(posts: int, persons: int, rates: Iterable[Rate]) -> list[Baseline]:
    """The amounts of 301 and 302 that posts and standards give, each explained, in the order of the codes.

    Amounts per head come first; a percentage is taken of the sum of its base lines as reckoned here. Rounded to the fen
    once a line. Lines that come to nothing are left out.
    """
    found: dict[str, Baseline] = {}
    ordered = sorted(rates, key=lambda r: (r.measure == "percent", r.economic))
    for rate in ordered:
        source = f"（{rate.document}）" if rate.document else ""
        if rate.measure == "percent":
            base = sum((found[c].amount for c in rate.base if c in found), Decimal(0))
            total = (base * rate.amount / 100).quantize(FEN, ROUND_HALF_UP)
            words = f"{'+'.join(rate.base)} 合计 {yuan(base)} × {rate.amount.normalize():f}% = {yuan(total)}{source}"
        else:
            heads = posts if rate.measure == "post" else persons
            total = (heads * rate.amount).quantize(FEN, ROUND_HALF_UP)
            what = "编制" if rate.measure == "post" else "在职"
            words = f"{what} {heads} 人 × {yuan(rate.amount)} = {yuan(total)}{source}"
        if total:
            found[rate.economic] = Baseline(rate.economic, total, words)
    return [found[code] for code in sorted(found)]


# ---- money ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Balance:
    """The counters of a line."""

    approved: Decimal
    adjusted: Decimal
    frozen: Decimal
    committed: Decimal
    paid: Decimal

    @property
    def available(self) -> Decimal:
        return self.approved + self.adjusted - self.frozen - self.committed - self.paid

    def words(self) -> str:
        """批复 … + 调整 … − 冻结 … − 占用 … − 已付 … = 可用 …"""
        return (
            f"批复 {self.approved:,.2f} + 调整 {self.adjusted:,.2f} − 冻结 {self.frozen:,.2f}"
            f" − 占用 {self.committed:,.2f} − 已付 {self.paid:,.2f} = 可用 {self.available:,.2f} 元"
        )


def enough(balance: Balance, wanted: Decimal) -> Refusal | None:
    """None when the line can bear the amount, else by how much it falls short."""
    short = wanted - balance.available
    if short <= 0:
        return None
    return Refusal(
        "not_enough",
        f"可用预算不足：{balance.words()}，本次 {yuan(wanted)}，超出 {yuan(short)}。请核减金额，或先办理预算调整。",
        field="amount",
        value=str(wanted),
        status=409,
        available=str(balance.available),
        short=str(short),
    )


def check_adjustment(kind: str, amounts: Sequence[Decimal]) -> Refusal | None:
    """追加 only adds, 收回 only takes, 冻结 and 解冻 name positive amounts, 调剂 moves: its items add up to nothing."""
    if kind not in ADJUSTMENTS:
        listed = "、".join(ADJUSTMENTS.values())
        return Refusal("adjustment_kind", f"调整类别须为{listed}之一。", field="kind", value=kind)
    if not amounts:
        return Refusal("no_items", "请至少填写一行要调整的指标。", field="items")
    name = ADJUSTMENTS[kind]
    if kind == "transfer":
        total = sum(amounts, Decimal(0))
        if total or len(amounts) < 2:
            return Refusal(
                "transfer_not_even",
                f"调剂须有增有减且合计为零，现合计 {yuan(total)}。请核对各行金额。",
                field="items",
                value=str(total),
            )
        return None
    if any(a < 0 for a in amounts):
        return Refusal("adjustment_sign", f"{name}金额须填正数，系统会自行加减。", field="items")
    return None


def effect(kind: str, amount: Decimal) -> tuple[str, Decimal]:
    """Which counter an adjustment's item changes, and by how much."""
    return {
        "supplement": ("adjusted", amount),
        "transfer": ("adjusted", amount),
        "withdraw": ("adjusted", -amount),
        "freeze": ("frozen", amount),
        "unfreeze": ("frozen", -amount),
    }[kind]


def original(key: LineKey) -> Source:
    """Whose money the line is: its source, or for carried-over money the source it had."""
    return key.origin or key.source
