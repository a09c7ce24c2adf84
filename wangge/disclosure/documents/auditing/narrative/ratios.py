"""N02-N06: shares, growth, completion of the budget, sums and partitions inside the sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.cells import named
from wangge.disclosure.documents.auditing.narrative.phrases import (
    Amount,
    Passage,
    Share,
    clause_start,
    number_of,
    passages,
    subject,
    term,
)
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.auditing.tolerance import PERCENT, SUM, place_value, rounded
from wangge.disclosure.documents.model import Severity

_UP = "增加|增长|上升|提高|上涨|增幅|多"
_DOWN = "减少|下降|降低|压减|压缩|减幅|降幅|下浮|少"
_MONEY = r"(?P<{0}>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<{0}_unit>亿元|万元|元)"
_NUMBER = r"-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"


# Shares


@dataclass(frozen=True, slots=True)
class Part:
    """A part with its share: `占x%` of a named whole, or of the amount that its list belongs to."""

    passage: Passage
    amount: Amount
    share: Share
    whole: str
    start: int


_SHARE = re.compile(r"占(?P<whole>[^，。；：、%\d]{0,40}?)(?:的比例|的比重|比例|比重|比|的)?(?:为|约|达)?$")
_BETWEEN = re.compile(r"(?:（[^（）]*）)?(?:，(?:完成|为|较|比|占)[^，。；]*%)*，?(?:约)?占")


def parts(passage: Passage) -> Iterator[Part]:
    """Every amount that is followed by its share."""
    text = passage.text
    for share in passage.shares():
        found = _SHARE.search(text, 0, share.start) if "占" in text[max(0, share.start - 48) : share.start] else None
        if found is None:
            continue
        before = passage.amounts(end=found.start())
        if before and _BETWEEN.fullmatch(text[before[-1].end : found.start() + 1]):
            yield Part(passage, before[-1], share, found["whole"], found.start())


def leads(passage: Passage, position: int) -> list[Amount]:
    """Amounts before the position, in its sentence, that a list follows (`…X万元，其中：`), the first one first."""
    begin, _ = passage.sentence_at(position)
    text = passage.text
    return [
        a
        for a in passage.amounts(begin, position)
        if re.match(
            r"(?:，占[^，。；]*%)?[，。；：（]?(?:其中|主要用于|用于以下|具体(?:情况|安排|包括)|包括)", text[a.end :]
        )
    ]


@rule("N02", source="部门预决算公开说明口径：占比＝部分÷所称总体", formula="占比 = 部分 ÷ 所称总体", tolerance=PERCENT)
def shares(check: Checker) -> None:
    for passage in passages(check.document):
        if passage.under("名词解释"):
            continue
        for part in parts(passage):
            if not re.search(r"自评|评价", passage.text[passage.sentence_at(part.start)[0] : part.start]):
                share_of_whole(check, part)


def share_of_whole(check: Checker, part: Part, severity: Severity | None = None) -> None:
    """Compares a share with part ÷ whole, if it is certain what the whole is."""
    wholes = _wholes(check, part)
    printed, amount = _share_terms(part)
    fitting = [w for w in wholes if w.amount and _fits(part.share, amount, w)]
    if fitting:
        check.passed()
    elif wholes and wholes[0].amount:
        named_whole = f"所称总体“{part.whole}”为 {wholes[0].show()}" if part.whole else f"总体为 {wholes[0].show()}"
        check.percent(
            printed, [(1, amount)], [(1, wholes[0])], note=f"{named_whole}，占比重算不符。", severity=severity
        )


def _share_terms(part: Part) -> tuple[Term, Term]:
    since = clause_start(part.passage.text, part.amount.start)
    name = subject(part.passage.text, part.amount.start)
    return term(part.passage, part.share, f"{name}占比", since), term(part.passage, part.amount, name)


def _fits(share: Share, part: Term, whole: Term) -> bool:
    exact = part.amount / whole.amount * 100
    unit = place_value(share.digits)
    return abs(rounded(exact, share.digits) - share.number) <= unit and bool(share.number) == bool(
        rounded(exact, share.digits)
    )


def _wholes(check: Checker, part: Part) -> list[Term]:
    """What the share may be of, the most certain first."""
    passage = part.passage
    if part.whole:
        inside = _amount_called(passage, part.whole, part.amount.start)
        if inside is not None:
            return [inside]
        return named(check, passage, part.whole)
    found = leads(passage, part.amount.start)
    if found:
        return [term(passage, a) for a in found]
    return []


def _amount_called(passage: Passage, name: str, before: int) -> Term | None:
    """The last amount before the position in the same passage whose subject is the named whole."""
    wanted = _bare(name)
    for amount in reversed(passage.amounts(end=before)):
        if _bare(subject(passage.text, amount.start)) == wanted:
            return term(passage, amount)
    return None


def _bare(name: str) -> str:
    return re.sub(r"^(?:本年|当年|全年|年度|财政拨款)|总额|金额|合计|总计|合同|数$|决算|预算", "", name)


@rule(
    "N06",
    source="部门预决算公开说明口径：同一总体各部分占比之和为100%",
    formula="Σ占比 = 100%",
    tolerance="±0.5×n 个末位单位",
)
def partitions_of_hundred(check: Checker) -> None:
    """Lists whose whole is not printed: the parts give the whole, and the shares must make 100."""
    for passage in passages(check.document):
        groups: dict[int, list[Part]] = {}
        for part in parts(passage):
            if not part.whole and not leads(passage, part.amount.start):
                groups.setdefault(passage.sentence_at(part.start)[0], []).append(part)
        for group in groups.values():
            whole = sum((p.amount.wan for p in group), Decimal(0))
            total = sum((p.share.number for p in group), Decimal(0))
            slack = sum((place_value(p.share.digits) for p in group), Decimal(0)) / 2
            if len(group) < 2 or not whole:
                continue
            wrong = [p for p in group if abs(p.amount.wan / whole * 100 - p.share.number) > place_value(p.share.digits)]
            if abs(total - 100) <= slack and not wrong:
                check.passed()
            elif abs(total - 100) > slack and abs(total - 100) < 50:
                first = (wrong or group)[0]
                check.flag(
                    term(passage, first.share),
                    expected="各项占比之和为 100%",
                    printed=f"{total}%",
                    difference=f"{total - 100:+}个百分点",
                    formula=" + ".join(f"{p.share.number}%" for p in group) + f" = {total}%",
                    severity="suspicious",
                    explanation="同一句列出的各部分占比之和不是 100%。",
                )


# Change and growth


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
    rf"(?P<word>{_UP}|{_DOWN})(?:了|额为|额)?" + _MONEY.format("delta") + rf"(?:[，、（]|，?(?:同比|总体))?"
    rf"(?:(?P<word2>{_UP}|{_DOWN})(?:率|幅度|比例)?(?:了|为|约|达)?(?P<share>{_NUMBER})%)?"
)
_AGAINST = re.compile(
    r"(?:与|同|比|较|对比)(?P<what>(?:19|20)\d{2}年度?(?:年初)?(?:预算数?|决算数?)?|上一?年度?(?:同期)?(?:年初)?(?:预算数?|决算数?|数据?)?|去年(?:同期)?(?:预算数?|决算数?)?"
    r"|(?:当年|全年|年度|本年)?年初(?:财政)?预算数?|(?:全年|调整后?|年度)?预算数?)"
    rf"(?P<base>{_MONEY.format('amount')})?(?:相比|比较|对比|数|，|同口径)*[^，。；]{{0,24}}$"
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
    m = re.search(rf"(?P<word>{_UP}|{_DOWN})(?:了|额为)?" + _MONEY.format("a"), bare)
    if m:
        amount = passage.amounts(at + m.start("a"), at + m.end("a_unit"))
        return [(1 if m["word"] in _UP.split("|") else -1, term(passage, amount[0]))] if amount else None
    if re.search(r"持平|一致|相同|无增减|未增减|没有变化", bare):
        return []
    now = re.search(r"(?:本年|今年|当年)(?:预算|决算)?数?(?:为)?" + _MONEY.format("a"), bare)
    last = re.search(r"(?:上年|去年)(?:预算|决算)?数?(?:为)?" + _MONEY.format("a"), bare)
    if now and last:
        found = [passage.amounts(at + one.start("a"), at + one.end("a_unit"))[0] for one in (now, last)]
        return [(1, term(passage, found[0])), (-1, term(passage, found[1]))]
    return None


# Completion of the budget


_DONE = re.compile(
    rf"完成(?:了)?(?:全年|当年|年初|年度|调整|支出)*预算数?(?:{_MONEY.format('plan')})?(?:的|为|数的)?(?P<share>{_NUMBER})%"
)


@dataclass(frozen=True, slots=True)
class Done:
    """`年初预算为A，支出决算为B，完成年初预算的p%`."""

    passage: Passage
    plan: Amount
    spent: Amount
    share: Share


def done(passage: Passage) -> Iterator[Done]:
    for m in _DONE.finditer(passage.text):
        begin, _ = passage.sentence_at(m.start())
        number, digits = number_of(m["share"].lstrip("-"))
        share = Share(number, digits, m["share"] + "%", m.start("share"), m.end("share") + 1)
        before = passage.amounts(begin, m.start())
        plan = next(iter(passage.amounts(m.start(), m.end("plan_unit"))), None) if m["plan"] else None
        spent = next((a for a in reversed(before) if _says(passage, a, "决算|执行|支出|实际")), None)
        plan = plan or next((a for a in reversed(before) if a != spent and _says(passage, a, "预算")), None)
        if plan and spent:
            yield Done(passage, plan, spent, share)


def _says(passage: Passage, amount: Amount, words: str) -> bool:
    name = subject(passage.text, amount.start)
    if words == "预算":
        return bool(re.search(r"预算(?:数|金额|资金)?$", name))
    return bool(re.search(rf"(?:{words})(?:数|金额|支出|决算|执行)*$", name)) and not re.search(
        r"预算(?:数|金额)?$", name
    )


def slipped_unit(one: Done) -> tuple[Amount, str] | None:
    """Printed in 元 and in 万元, though the percentage holds only when both have one unit: the amount, and its unit."""
    if one.plan.unit == one.spent.unit or not one.plan.number or not one.spent.number:
        return None
    raw = rounded(one.spent.number / one.plan.number * 100, one.share.digits)
    if abs(raw - one.share.number) > place_value(one.share.digits):
        return None
    wrong, right = (one.spent, one.plan) if one.plan.unit == "万元" else (one.plan, one.spent)
    return wrong, right.unit


@rule(
    "N04",
    source="部门决算公开说明口径：完成率＝支出决算÷年初预算",
    formula="完成率 = 支出决算 ÷ 年初预算",
    tolerance=PERCENT,
)
def completion(check: Checker) -> None:
    for passage in passages(check.document):
        for one in done(passage):
            if slipped_unit(one) or not one.plan.number:
                continue
            since = clause_start(passage.text, one.plan.start)
            check.percent(
                term(passage, one.share, "完成率", since),
                [(1, term(passage, one.spent, "支出决算"))],
                [(1, term(passage, one.plan, "预算"))],
            )


_REASON = re.compile(
    r"决算数?(?:（[^）]*）)?(?:(?P<word>大于|高于|多于|小于|低于|少于|等于)|与(?:年初|全年)?预算数?(?P<same>持平|一致|相等))(?:年初|全年|调整)?(?:预算数?)?"
)


@rule(
    "N04",
    source="部门决算公开说明口径：差异说明应与数字方向一致",
    formula="“大于/小于/等于预算数”与决算、预算两数的大小一致",
)
def reason_fits(check: Checker) -> None:
    for passage in passages(check.document):
        for m in _REASON.finditer(passage.text):
            begin, _ = passage.sentence_at(m.start())
            amounts = passage.amounts(begin, m.start())
            spent = next((a for a in reversed(amounts) if _says(passage, a, "决算|执行|支出")), None)
            plan = next((a for a in reversed(amounts) if _says(passage, a, "预算")), None)
            if not spent or not plan or spent.unit != plan.unit or plan.start > spent.start:
                continue
            word = m["word"] or "等于"
            fine = {
                "大": spent.wan > plan.wan,
                "高": spent.wan > plan.wan,
                "多": spent.wan > plan.wan,
                "等": spent.wan == plan.wan,
            }.get(word[0], spent.wan < plan.wan)
            real = "大于" if spent.wan > plan.wan else "小于" if spent.wan < plan.wan else "等于"
            check.judge(
                fine,
                term(passage, spent, "差异说明"),
                printed=m[0],
                expected=f"决算数{real}预算数",
                formula=f"决算 {spent.text}，预算 {plan.text}",
                quote=passage.quote(clause_start(passage.text, plan.start), m.end()),
                places=(passage.place(m.start()),),
                explanation="差异说明的方向与两个数字的大小不一致。",
            )
