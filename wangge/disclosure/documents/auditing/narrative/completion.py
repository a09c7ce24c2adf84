"""N04: how much of the budget was spent, in percent and in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
from wangge.disclosure.documents.auditing.tolerance import PERCENT, place_value, rounded

_DONE = re.compile(
    rf"完成(?:了)?(?:全年|当年|年初|年度|调整|支出)*预算数?(?:{money_as('plan')})?(?:的|为|数的)?(?P<share>{SIGNED})%"
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
