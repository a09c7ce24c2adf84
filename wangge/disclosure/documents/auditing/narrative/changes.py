"""N03: change and growth against the year before or the budget."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import (
    SIGNED,
    Amount,
    Passage,
    Share,
    clause_start,
    money_as,
    number_of,
    passages,
    subject,
    term,
)
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.auditing.tolerance import PERCENT, SUM

_UP = "增加|增长|上升|提高|上涨|增幅|多"
_DOWN = "减少|下降|降低|压减|压缩|减幅|降幅|下浮|少"


@dataclass(frozen=True, slots=True)
class Change:
    """A change as a sentence tells it: now, by how much, in percent, against what."""

    passage: Passage
    now: Amount | None
    delta: Amount
    up: bool
    share: Share | None
    share_up: bool
    against: str  # 上年, 预算, or "" when the sentence does not say
    base: Amount | None
    start: int


_CHANGE = re.compile(
    rf"(?P<word>{_UP}|{_DOWN})(?:了|额为|额)?" + money_as("delta") + rf"(?:[，、（]|，?(?:同比|总体))?"
    rf"(?:(?P<word2>{_UP}|{_DOWN})(?:率|幅度|比例)?(?:了|为|约|达)?(?P<share>{SIGNED})%)?"
)
_AGAINST = re.compile(
    r"(?:与|同|比|较|对比)(?P<what>(?:19|20)\d{2}年度?(?:年初)?(?:预算数?|决算数?)?|上一?年度?(?:同期)?(?:年初)?(?:预算数?|决算数?|数据?)?|去年(?:同期)?(?:预算数?|决算数?)?"
    r"|(?:当年|全年|年度|本年)?年初(?:财政)?预算数?|(?:全年|调整后?|年度)?预算数?)"
    rf"(?P<base>{money_as('amount')})?(?:相比|比较|对比|数|，|同口径)*[^，。；]{{0,24}}$"
)


def changes(passage: Passage, year: int) -> Iterator[Change]:
    """Every `增加/减少 X万元`, with its percentage if one follows."""
    text = passage.text
    for m in _CHANGE.finditer(text):
        begin = max(text.rfind(c, 0, m.start()) for c in "。；\n") + 1
        window = text[begin : m.start()]
        against, base = _against(passage, window, begin, year)
        up = m["word"] in _UP.split("|")
        share = None
        if m["share"]:
            number, digits = number_of(m["share"].lstrip("-"))
            share = Share(
                number if not m["share"].startswith("-") else -number,
                digits,
                m["share"] + "%",
                m.start("share"),
                m.end("share") + 1,
            )
        delta = next(a for a in passage.amounts(m.start("delta"), m.end("delta_unit")))
        now = _now(passage, m.start(), base)
        share_up = up if not m["word2"] else m["word2"] in _UP.split("|")
        yield Change(
            passage, now, delta, up, share, share_up, against, base, begin + len(window) - len(window.lstrip())
        )


def _against(passage: Passage, window: str, begin: int, year: int) -> tuple[str, Amount | None]:
    found = _AGAINST.search(window)
    if not found:
        return "", None
    what = found["what"]
    base = None
    if found["base"]:
        at = begin + found.start("amount")
        base = next((a for a in passage.amounts(at, begin + found.end("base"))), None)
    if re.match(r"(?:19|20)\d{2}", what):
        if int(what[:4]) == year:
            return ("预算" if "预算" in what else ""), base
        return ("上年" if int(what[:4]) == year - 1 else "往年"), base
    return ("上年" if re.match("上|去", what) else "预算"), base


def _now(passage: Passage, position: int, base: Amount | None) -> Amount | None:
    """The amount that changed: the last one before, in this sentence or the one it goes on from, outside brackets."""
    text = passage.text
    begin, _ = passage.sentence_at(position)
    if re.match(rf"(?:比|较|与|同|{_UP}|{_DOWN})", text[begin:]) and begin:
        begin, _ = passage.sentence_at(begin - 2)
    depth, skipped = 0, set()
    for i in range(position - 1, begin - 1, -1):
        if text[i] == "）":
            depth += 1
        elif text[i] == "（" and depth:
            depth -= 1
        elif depth:
            skipped.add(i)
    for amount in reversed(passage.amounts(begin, position)):
        if amount is base or amount == base or amount.start in skipped:
            continue
        before = text[max(0, amount.start - 12) : amount.start]
        if re.search(rf"(?:{_UP}|{_DOWN})(?:了|额为|额)?$", before):
            continue
        if re.search(r"(?:上年|去年|上一年度)[^，。；]{0,12}$", before):
            continue
        name = subject(text, amount.start)
        if (
            re.search(r"(?:年初|全年|调整)?预算数?$", name)
            and "决算" in text[begin:position]
            and not re.search(r"决算.*预算", name)
        ):
            continue
        return amount
    return None


@rule(
    "N03",
    source="部门预决算公开说明口径：增减率以上年数（或所称预算数）为基数",
    formula="增减率 = 增减额 ÷ 基数，基数 = 本期数 ∓ 增减额",
    tolerance=PERCENT,
)
def growth(check: Checker) -> None:
    for passage in passages(check.document):
        for change in changes(passage, check.document.year):
            _growth(check, change)


def _growth(check: Checker, change: Change) -> None:
    if change.now is None or change.against == "往年":
        return
    passage = change.passage
    since = clause_start(passage.text, change.delta.start)
    now, delta = term(passage, change.now), term(passage, change.delta, "增减额", since)
    sign = 1 if change.up else -1
    if change.base is not None:
        check.signed(delta, [(sign, now), (-sign, term(passage, change.base))], note="增减额不等于本期数与基数之差。")
    base = now.amount - sign * delta.amount
    if base < -max(now.unit, delta.unit):
        check.flag(
            delta,
            expected=f"不大于 {now.show()}",
            formula=f"{now.show()} − {delta.show()} = {base}",
            severity="suspicious" if not change.against else None,
            explanation="由本期数和增减额倒推，基数为负数。",
        )
        return
    if change.share is None:
        return
    if change.share_up != change.up and change.share.number > 0:
        check.flag(
            term(passage, change.share, "增减率", since),
            expected="与增减额方向一致",
            explanation="增减额与增减率的方向相反。",
        )
        return
    if abs(base) <= max(now.unit, delta.unit):
        return  # nothing to divide by
    whole = [(1, term(passage, change.base))] if change.base is not None else [(1, now), (-sign, delta)]
    printed = replace(term(passage, change.share, "增减率", since), number=abs(change.share.number))
    note = "" if change.against else "句中没有写明与哪一年相比，按上年数推算。"
    check.percent(printed, [(1, delta)], whole, note=note, severity=None if change.against else "suspicious")


@rule(
    "N03",
    source="部门预决算公开说明口径：总额的增减等于各项增减之和",
    formula="Δ总额 = ΣΔ各项",
    tolerance=SUM,
)
def sum_of_changes(check: Checker) -> None:
    """`比上年减少3.65万元…。其中：接待费…减少6.65万元；出国费…持平；公务用车…本年预算0万元，上年预算数8万元。`"""
    for passage in passages(check.document):
        found = list(changes(passage, check.document.year))
        for total in found:
            if total.against != "上年" or not _of_all_three(passage, total):
                continue
            rest = passage.text[total.delta.end :]
            cut = re.search(r"其中[：，]?", rest)
            if not cut or re.search(r"(?:19|20)\d{2}年[^，。]{0,20}(?:预算|决算)数?", rest[: cut.start()]):
                continue
            _sum_of_changes(check, total, total.delta.end + cut.end())


def _of_all_three(passage: Passage, total: Change) -> bool:
    """Is it the total of the three public expenses that changed, and no item of them?"""
    begin, _ = passage.sentence_at(total.delta.start)
    return bool(re.search(r"三公”?经费[^，。；]*(?:[，][^，。；]*)?$", passage.text[begin : total.delta.start]))


@rule(
    "N03",
    source="部门决算公开说明口径：总计包含财政拨款",
    formula="上年收支总计 ≥ 上年财政拨款收支总计（均由本年数与增减额倒推）",
)
def years_before_are_compatible(check: Checker) -> None:
    """The total of the year before, worked back, cannot be less than its fiscal part."""
    last: dict[bool, tuple[Change, Decimal]] = {}
    for passage in passages(check.document):
        for change in changes(passage, check.document.year):
            if change.now is None or change.against == "预算" or not passage.under("总体情况"):
                continue
            name = subject(passage.text, change.now.start)
            fiscal = "财政拨款" in name or passage.under("财政拨款收入支出决算总体")
            if re.search(r"总计$", name):
                sign = 1 if change.up else -1
                last.setdefault(fiscal, (change, change.now.wan - sign * change.delta.wan))
    if set(last) != {True, False}:
        return
    (whole, total), (part, fiscal_total) = last[False], last[True]
    short = fiscal_total - total
    check.judge(
        short <= 0,
        term(whole.passage, whole.delta, "上年收支总计"),
        printed=f"上年总计 {total}，上年财政拨款 {fiscal_total}",
        expected=f"不小于 {fiscal_total}",
        difference=f"{-short}",
        formula=f"{total} < {fiscal_total}",
        severity="rounding" if short <= Decimal("0.02") else None,
        places=(part.passage.place(part.delta.start),),
        explanation="由增减额倒推的上年总计小于上年财政拨款总计。",
    )


_THREE = {
    "接待": r"公务接待费",
    "出国": r"因公出国（境）费?用?|因公出国费",
    "用车": r"公[务用]用?车购置及运行(?:维护)?费|公务用车购置费及运行维护费",
}


def _sum_of_changes(check: Checker, total: Change, start: int) -> None:
    """The three public expenses are the one list whose parts are always all told."""
    passage, text = total.passage, total.passage.text
    stop = text.find("\n", start)
    region = text[start : stop if stop >= 0 else len(text)]
    if "三公" not in text[max(0, start - 160) : start]:
        return
    items = [(name, m.start()) for name, words in _THREE.items() if (m := re.search(words, region))]
    if len(items) < 3:
        return
    items.sort(key=lambda item: item[1])
    ends = [*(at for _, at in items[1:]), len(region)]
    known: list[tuple[int, Term]] = []
    told: list[str] = []
    for (_, at), end in zip(items, ends, strict=True):
        piece = region[at:end].split("。")[0]
        shift = _shift(passage, start + at, piece)
        if shift is None:
            return
        known.extend(shift)
        told.append(passage.quote(start + at, start + at + len(piece.rstrip("；，。"))))
    sign = 1 if total.up else -1
    since = clause_start(text, total.delta.start)
    delta = term(passage, total.delta, "“三公”经费增减额", since)
    quoted = passage.quote(since, start)
    parts_ = [(sign * s, t) for s, t in known]
    if not parts_:
        return
    expected = sum((s * t.amount for s, t in parts_), Decimal(0))
    difference = delta.amount - expected
    fine = abs(difference) <= Decimal("0.02")
    check.judge(
        fine,
        delta,
        expected=f"{abs(expected)}" + ("" if expected >= 0 else "（方向相反）"),
        difference=f"{difference:+}",
        formula=f"各项增减之和 = {' '.join(('+' if s > 0 else '−') + t.show() for s, t in known)} = {sign * expected}，总额印为{'增加' if total.up else '减少'} {delta.show()}",
        quote=quoted + "；".join(told) if len(quoted) < 300 else quoted,
        places=tuple(t.place for _, t in known),
        explanation="“三公”经费总额的增减与各分项增减之和不符。",
    )


def _shift(passage: Passage, at: int, piece: str) -> list[tuple[int, Term]] | None:
    """The change of one item as signed amounts; [] for 持平; None when it is not told."""
    bare = re.sub(r"（[^（）]*）", lambda m: "　" * len(m[0]), piece)
    m = re.search(rf"(?P<word>{_UP}|{_DOWN})(?:了|额为)?" + money_as("a"), bare)
    if m:
        amount = passage.amounts(at + m.start("a"), at + m.end("a_unit"))
        return [(1 if m["word"] in _UP.split("|") else -1, term(passage, amount[0]))] if amount else None
    if re.search(r"持平|一致|相同|无增减|未增减|没有变化", bare):
        return []
    now = re.search(r"(?:本年|今年|当年)(?:预算|决算)?数?(?:为)?" + money_as("a"), bare)
    last = re.search(r"(?:上年|去年)(?:预算|决算)?数?(?:为)?" + money_as("a"), bare)
    if now and last:
        found = [passage.amounts(at + one.start("a"), at + one.end("a_unit"))[0] for one in (now, last)]
        return [(1, term(passage, found[0])), (-1, term(passage, found[1]))]
    return None
