"""N02, N06: shares of a whole, and parts that make a hundred."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.cells import named
from wangge.disclosure.documents.auditing.narrative.phrases import (
    Amount,
    Passage,
    Share,
    clause_start,
    passages,
    subject,
    term,
)
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.auditing.tolerance import PERCENT, place_value, rounded
from wangge.disclosure.documents.model import Severity


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
