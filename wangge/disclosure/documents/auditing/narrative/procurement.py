"""N10: government procurement told in the sentences, and what should have been procured."""

import re
from collections.abc import Iterator

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import Amount, Passage, passages, subject, term
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.auditing.tolerance import SUM

_TOTAL = re.compile(r"政府采购(?:支出|预算)?(?:总额|总金额|金额)?共?|政府采购预算|年初预算数")
_KINDS = (
    r"(?:政府采购)?货物(?:类)?(?:采购)?(?:支出|预算|金额)?",
    r"(?:政府采购)?工程(?:类)?(?:采购)?(?:支出|预算|金额)?",
    r"(?:政府采购)?服务(?:类)?(?:采购)?(?:支出|预算|金额)?",
)


def told(check: Checker) -> Iterator[tuple[Passage, Amount]]:
    """The passage about procurement and the total it gives: after the word, or right under its heading."""
    for passage in passages(check.document):
        if passage.under("名词解释"):
            continue
        headed = bool(passage.section) and "政府采购" in passage.section[-1]
        for at in [0, *(m.start() for m in re.finditer(r"政府采购", passage.text))]:
            begin, end = passage.sentence_at(at)
            found = passage.amounts(begin, end)
            if (
                found
                and (headed or passage.text.startswith("政府采购", at))
                and at < found[0].start
                and _is_total(passage, found[0])
            ):
                yield passage, found[0]
                break


def _is_total(passage: Passage, amount: Amount) -> bool:
    name = subject(passage.text, amount.start)
    return bool(_TOTAL.fullmatch(name)) or name.endswith(("采购支出总额", "采购预算总额", "政府采购安排", "采购总额"))


def _named(passage: Passage, start: int, words: str) -> Amount | None:
    end = passage.sentence_at(start)[1]
    return next((a for a in passage.amounts(start, end) if re.fullmatch(words, subject(passage.text, a.start))), None)


@rule(
    "N10",
    source="政府采购信息公开口径：总额＝货物＋工程＋服务",
    formula="政府采购总额 = 货物 + 工程 + 服务",
    tolerance=SUM,
)
def kinds_make_the_total(check: Checker) -> None:
    for passage, total in told(check):
        found = [_named(passage, total.end, words) for words in _KINDS]
        if all(found):
            check.sum_of(term(passage, total, "政府采购总额"), [term(passage, a) for a in found if a])


@rule("N10", source="政府采购预算说明口径：所列各项之和等于总额", formula="政府采购预算 = Σ所列各项", tolerance=SUM)
def listed_purchases(check: Checker) -> None:
    """`年初预算数为6.6万元。包含：设备购置费6.6万元。`"""
    for passage, total in told(check):
        m = re.match(r"[。；，]包含[：:]", passage.text[total.end :])
        if m:
            start = total.end + m.end()
            listed = passage.amounts(start, passage.sentence_at(start)[1])
            check.sum_of(term(passage, total, "政府采购预算"), [term(passage, a) for a in listed])


@rule("N10", source="政府采购法第九条；政府采购信息公开口径", formula="小微企业合同 ≤ 中小企业合同 ≤ 政府采购总额")
def small_firms(check: Checker) -> None:
    for passage, total in told(check):
        firms = _contract(passage, total.end, "中小企业")
        small = _contract(passage, total.end, "小微企业")
        if firms:
            check.at_most(firms, term(passage, total, "政府采购总额"), note="授予中小企业合同金额大于政府采购总额。")
        if firms and small:
            check.at_most(small, firms, note="授予小微企业合同金额大于授予中小企业合同金额。")


def _contract(passage: Passage, start: int, who: str) -> Term | None:
    found = next(
        (
            a
            for a in passage.amounts(start)
            if re.search(rf"授予{who}(?:的)?合同(?:总)?(?:金额)?$", subject(passage.text, a.start))
        ),
        None,
    )
    return term(passage, found) if found else None


_BOUGHT = re.compile(
    r"劳务派遣|运维|维护|续费|租赁|光纤|设备采购|设备购置|系统(?:改造|建设|开发)|信息化|物业|保洁|环卫作业|服务外包|集约化|印刷"
)


@rule(
    "N10",
    source="政府采购法第二条：使用财政性资金采购目录以内或限额以上的货物、工程、服务",
    formula="有采购性质的支出 ⇒ 政府采购 > 0",
    severity="suspicious",
)
def nothing_procured(check: Checker) -> None:
    """Nothing procured, though projects pay for goods and services."""
    for passage, total in told(check):
        if total.number:
            check.passed()
            continue
        bought = list(_purchases(check))
        if not bought:
            continue
        check.flag(
            passage.place(total.start),
            where="政府采购",
            printed=f"政府采购{total.text}",
            expected="核实是否漏编、漏统计：" + "；".join(f"{where.quote(*span)}" for where, span, _ in bought[:3]),
            quote=passage.quote(passage.sentence_at(total.start)[0], total.end),
            places=tuple(where.place(span[0]) for where, span, _ in bought),
            confidence=0.5,
            explanation="说明中有货物、服务采购性质的支出，政府采购却为0。",
        )


def _purchases(check: Checker) -> Iterator[tuple[Passage, tuple[int, int], Amount]]:
    """Project money whose purpose is a purchase: `网格化系统维护费115万元。主要用于…租赁费用`, 5万元 at least or named so."""
    for passage in passages(check.document):
        if not (passage.under("项目支出") or "项目支出" in passage.text[:200]):
            continue
        for amount in passage.amounts():
            _, end = passage.sentence_at(amount.start)
            if end < len(passage.text) and passage.text[end : end + 4] == "主要用于":
                end = passage.sentence_at(end)[1]
            purpose = passage.text[amount.end : end]
            begin = max(passage.text.rfind(c, 0, amount.start) for c in "。；：\n） ") + 1
            name = passage.text[begin : amount.start]
            if (
                "用于" in purpose
                and amount.number
                and _BOUGHT.search(name + purpose)
                and not re.search(r"工资|绩效目标", name)
            ):
                yield passage, (begin, end), amount


@rule(
    "N10",
    source="政府采购法第二条；政府采购信息公开口径",
    formula="委托业务费 > 0 ⇒ 服务采购 > 0",
    severity="suspicious",
)
def services_without_procurement(check: Checker) -> None:
    """Most of the running costs are paid for services of others, and no service was procured."""
    table = check.one("F06")
    fee = check.at(table, "30227", "金额")
    goods = check.at(table, "公用经费合计", "金额")
    if fee is None or goods is None or not goods.amount or fee.amount * 2 < goods.amount:
        return
    for passage, total in told(check):
        found = _named(passage, total.end, _KINDS[2])
        if found is not None:
            check.judge(
                bool(found.number),
                passage.place(found.start),
                where="政府采购",
                printed=f"政府采购服务支出{found.text}",
                expected=f"核实委托业务费 {fee.show()} 万元是否应列入服务采购",
                quote=passage.quote(total.start - 8 if total.start > 8 else 0, found.end),
                places=(fee.place,),
                confidence=0.5,
                explanation="委托业务费占公用经费一半以上，政府采购服务支出却为0。",
            )
