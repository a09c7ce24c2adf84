"""N01, N05, N08: amounts in the sentences beside the cells they name, and lists beside their totals."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.cells import ONLY_SPENDING, cells, entry_of, find_row
from wangge.disclosure.documents.auditing.narrative.completion import done, slipped_unit
from wangge.disclosure.documents.auditing.narrative.phrases import (
    Amount,
    Passage,
    all_amounts,
    passages,
    plain,
    subject,
    term,
)
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, SUM, rounded
from wangge.disclosure.documents.model import Row, Table
from wangge.disclosure.documents.words import TOTAL


def agree(check: Checker, cell: Term, said: Term, **words: object) -> bool:
    """A cell and the sentence that repeats it; a sentence may round more coarsely than the table."""
    if said.number is not None and cell.number is not None and said.digits < said.coarse:
        there = cell.amount / said.scale
        if there != said.number and rounded(there, said.digits) == said.number:
            said = replace(said, coarse=said.digits)
    if cell.blank and not said.amount:
        check.passed()
        return True
    return check.same(said, cell, **words)  # type: ignore[arg-type]


def other_unit(cell: Term, said: Term) -> bool:
    """The same digits in another money unit: the unit was misprinted, not the number."""
    return bool(said.amount) and cell.number == said.number and cell.scale != said.scale


def slipped(passage: Passage) -> set[int]:
    """Where amounts with a misprinted unit begin."""
    return {slip[0].start for one in done(passage) if (slip := slipped_unit(one))}


def _named_amounts(check: Checker, rule_id: str) -> Iterator[tuple[Passage, Amount, Term]]:
    for passage in passages(check.document):
        wrong = slipped(passage)
        for amount in all_amounts(passage.text):
            entry = None if amount.start in wrong else entry_of(check, passage, amount)
            if entry is None or entry.rule != rule_id:
                continue
            found = cells(check, entry.cells)
            if found:
                yield passage, amount, found[0]


@rule(
    "N01",
    source="预算法第十四条；部门预决算公开说明口径：文字说明中的金额与所称表格一致",
    formula="文字中的金额 = 所称表格的单元格",
    tolerance=IDENTITY,
)
def amounts_of_sentences(check: Checker) -> None:
    for passage, amount, cell in _named_amounts(check, "N01"):
        said = term(passage, amount)
        if re.search(r"会议费|培训费", said.name) and check.document.kind == "accounts":
            check.at_most(cell, said)
        elif not other_unit(cell, said):
            agree(check, cell, said)


@rule(
    "N08",
    source="部门预决算公开说明口径：机关运行经费＝一般公共预算安排的公用经费（商品和服务支出）",
    formula="机关运行经费 = 公用经费（预算为302合计，决算为06表公用经费合计）",
    tolerance=IDENTITY,
)
def running_costs(check: Checker) -> None:
    for passage, amount, cell in _named_amounts(check, "N08"):
        if re.search(r"包括[^。]*等费用|具体包括", passage.text[: amount.start][-200:]):
            continue  # a city that defines the term otherwise
        if len(check.document.sentences) and _several_units(check):
            continue
        said = term(passage, amount)
        if not other_unit(cell, said):
            agree(check, cell, said)


@rule(
    "N08",
    source="机关运行经费的范围：行政单位和参照公务员法管理的事业单位",
    formula="其他事业单位不列机关运行经费",
    severity="suspicious",
)
def running_costs_of_administrations_only(check: Checker) -> None:
    whole = "".join(p.text for p in passages(check.document) if not p.under("名词解释"))
    kind = re.search(r"公益[一二]类事业单位", whole)
    for passage, amount, _ in _named_amounts(check, "N08"):
        said = term(passage, amount, "机关运行经费")
        check.judge(
            kind is None or not said.amount or bool(re.search(r"参照公务员法?管理|参公", whole)),
            said,
            expected="说明是否属参照公务员法管理的单位",
            formula=f"本单位为{kind[0] if kind else ''}",
            confidence=0.5,
            explanation="机关运行经费只适用于行政单位和参照公务员法管理的事业单位。",
        )


def _several_units(check: Checker) -> bool:
    """Units that are no administration have no 机关运行经费, so a department with several prints less than its 公用经费."""
    text = "".join(plain(s.text) for s in check.document.sentences)
    return bool(
        re.search(r"(?:下属|所属)\d+[个家](?!二级机构0)|二级预算单位\d|预算单位共?(?:[2-9]|\d\d)个", text)
    ) or "单位名称" in {c.key for t in check.tables("T2") for c in t.columns}


# Items by function


@dataclass(frozen=True, slots=True)
class Item:
    """`X（类）Y（款）Z（项）。年初预算为A，支出决算为B`."""

    names: tuple[str, str, str]
    plan: Term | None
    spent: Term | None
    passage: Passage
    spent_at: Amount | None


_HEAD = re.compile(
    r"(?:^|[。：；\n“]|\d[.、．]|[）])(?P<lei>[^（）。；，：、\d“”]{2,20}?)（类）(?P<kuan>[^。；]{2,40}?)（款）(?P<xiang>[^。；]{2,40}?)（项）"
)

# As a heading of its own, which a line break may have cut before （项）.
_HEADING = re.compile(_HEAD.pattern.removesuffix("（项）") + r"(?:（项）|$)")


def items(check: Checker) -> Iterator[Item]:
    """The items of 财政拨款支出决算具体情况, in their order."""
    head: tuple[str, str, str] | None = None
    for passage in passages(check.document):
        if not passage.under("财政拨款支出决算"):
            head = None
            continue
        text = passage.text
        for heading in reversed(passage.section):
            if m := _HEADING.search(plain(heading)):
                head = m["lei"], m["kuan"], m["xiang"]
                break
        cuts = list(_HEAD.finditer(text))
        bounds = [*(m.start() for m in cuts), len(text)]
        regions: list[tuple[tuple[str, str, str] | None, int, int]] = [(None, 0, bounds[0])]
        regions += [((m["lei"], m["kuan"], m["xiang"]), m.end(), end) for m, end in zip(cuts, bounds[1:], strict=True)]
        for names, start, end in regions:
            head = names or head
            if head is None or re.search(r"（[类款]）", _before_amount(passage, start, end)):
                head = None  # the head of another item that could not be read
                continue
            found = _item(passage, head, start, end)
            if found:
                yield found
                head = None


def _before_amount(passage: Passage, start: int, end: int) -> str:
    found = passage.amounts(start, end)
    return passage.text[start : found[0].start if found else end]


def _item(passage: Passage, names: tuple[str, str, str], start: int, end: int) -> Item | None:
    plan = spent = None
    at = None
    for amount in passage.amounts(start, end):
        name = subject(passage.text, amount.start)
        if plan is None and re.search(r"预算数?$", name):
            plan = term(passage, amount, f"{names[2]}年初预算")
        elif spent is None and re.search(r"决算数?$", name):
            spent, at = term(passage, amount, f"{names[2]}支出决算"), amount
    return Item(names, plan, spent, passage, at) if plan or spent else None


def row_of_item(table: Table, names: tuple[str, str, str]) -> Row | None:
    """The row of a 项 by the three names; None when it is not certain."""
    lei, kuan, xiang = (_function(n) for n in names)
    found = []
    for row in table.coded(3):
        parents = [table.row(row.code[:n]) for n in (3, 5)]
        labels = [_function(p.label) if p else "" for p in parents]
        if _function(row.label) == xiang and labels == [lei, kuan]:
            found.append(row)
    return found[0] if len(found) == 1 else None


def _function(name: str) -> str:
    return re.sub(r"(?:支出)+$", "", re.sub(r"[^\w]", "", plain(name)))


@rule(
    "N01",
    source="部门决算公开说明口径：各项支出与公开05表一致",
    formula="支出决算 = 公开05表该科目本年支出",
    tolerance=IDENTITY,
)
def items_of_sentences(check: Checker) -> None:
    table = check.one("F05")
    if table is None:
        return
    for item in items(check):
        row = row_of_item(table, item.names)
        if row is None or item.spent is None or item.spent_at is None:
            continue
        cell = check.cell(table, row, TOTAL)
        if cell is None or other_unit(cell, item.spent) or item.spent_at.start in slipped(item.passage):
            continue
        agree(check, cell, item.spent)


_FUNCTION = re.compile(r"^(?P<name>[^（）\d，。；：]{2,20}?)(?:（类）)?支出$")


@rule(
    "N01",
    source="部门预决算公开说明口径：按功能分类的支出与表一致",
    formula="某类支出 = 表中该类合计",
    tolerance=IDENTITY,
)
def functions_of_sentences(check: Checker) -> None:
    """`一般公共服务（类）支出133.63万元`, in the lists that say how the spending is made up."""
    if check.document.kind == "accounts":
        _functions_in(check, r"财政拨款支出决算结构", ("F05",))
        return
    _functions_in(check, ONLY_SPENDING, ("T3", "T4"))
    _functions_in(check, r"一般公共预算(?:财政|当年)?(?:当年|预算)?拨款(?:支出)?(?:预算)?结构", ("T11",))


def _functions_in(check: Checker, where: str, kinds: tuple[str, ...]) -> None:
    tables = sorted((t for k in kinds if (t := check.one(k)) is not None), key=lambda t: bool(t.damage))
    if not tables:
        return
    table = tables[0]
    lines = {_function(r.label): r for r in table.coded(1)}
    for passage in passages(check.document):
        for amount in all_amounts(passage.text):
            begin, _ = passage.sentence_at(amount.start)
            if not re.search(where, "/".join(passage.section) + "/" + passage.text[begin : begin + 30]):
                continue
            row = lines.get(_function(subject(passage.text, amount.start)))
            if row is not None and (cell := check.cell(table, row, TOTAL)) is not None:
                said = term(passage, amount)
                if not other_unit(cell, said):
                    agree(check, cell, said)


# Lists and their totals


@rule(
    "N05",
    source="部门决算公开说明口径：各项之和等于总数（年初预算、支出决算分别核对）",
    formula="Σ各项年初预算 = 年初预算总数；Σ各项支出决算 = 支出决算总数",
    tolerance=SUM,
)
def items_make_the_total(check: Checker) -> None:
    listed = list(items(check))
    if len(listed) < 2:
        return
    total = next(
        (
            one
            for passage in passages(check.document)
            if passage.under("财政拨款支出决算") and "三公" not in "".join(passage.section)
            for one in done(passage)
            if listed[0].passage.section[:2] == passage.section[:2] or passage is listed[0].passage
        ),
        None,
    )
    if total is None:
        return
    slips = {slip[0].start for i in listed for one in done(i.passage) if (slip := slipped_unit(one))}
    told = sum(
        bool(re.fullmatch(r"(?:支出)?年初预算数?", subject(passage.text, amount.start)))
        for passage in passages(check.document)
        if passage.section[:2] == listed[0].passage.section[:2] and passage.under("财政拨款支出决算")
        for amount in all_amounts(passage.text)
    )
    if told > len(listed) + 1:
        return  # an item whose name could not be read
    plan = term(total.passage, total.plan, "年初预算数")
    spent = term(total.passage, total.spent, "支出决算数")
    if all(i.plan for i in listed):
        check.sum_of(plan, [i.plan for i in listed], note="各项年初预算之和与年初预算总数不符。")
    if all(i.spent for i in listed):
        scaled = [_mended(i, slips, spent) for i in listed]
        check.sum_of(spent, scaled, note="各项支出决算之和与支出决算总数不符。")


def _mended(item: Item, slips: set[int], like: Term) -> Term | None:
    """An item whose unit is known to be misprinted counts in the unit of the total."""
    if item.spent and item.spent_at and item.spent_at.start in slips:
        return replace(item.spent, scale=like.scale, coarse=like.coarse)
    return item.spent


@dataclass(frozen=True, slots=True)
class Partition:
    """A whole whose parts are always the same: all of `needed` must be listed, `others` may be."""

    needed: tuple[str, ...]
    others: tuple[str, ...] = ()
    unless: str = ""


PARTITIONS = (
    Partition(
        ("基本支出(?:预算)?", "项目支出(?:预算)?"),
        ("上缴上级支出", "(?:事业单位)?经营支出", "对附属单位补助支出"),
    ),
    Partition(("人员经费", "(?:日常)?公用经费")),
    Partition(("工资福利支出", "(?:一般)?商品和服务支出"), ("对个人和家庭的?补助(?:支出)?", "资本性支出")),
    Partition(
        ("财政拨款收入", "其他收入"),
        ("上级补助收入", "事业收入", "(?:事业单位)?经营收入", "附属单位上缴收入"),
        unless="财政拨款收入(?:支出)?决算",
    ),
    Partition(
        ("一般公共预算拨款(?:收入)?", "其他收入"),
        (
            "政府性基金(?:预算)?拨款(?:收入)?",
            "国有资本经营预算拨款(?:收入)?",
            "财政专户管理(?:的非税收入拨款|资金收入|事业收入)",
            "(?:事业单位)?经营(?:服务)?收入",
            "上级补助收入",
            "事业收入",
            "附属单位上缴收入",
            "上年结转(?:结余)?",
        ),
    ),
)


@rule("N05", source="部门预决算公开说明口径：所列各部分之和等于总数", formula="总数 = Σ所列各部分", tolerance=SUM)
def known_partitions(check: Checker) -> None:
    for passage in passages(check.document):
        if passage.under("名词解释"):
            continue
        for m in re.finditer(r"其中(?:包括)?[：，]?", passage.text):
            _partition(check, passage, m.start(), m.end())


def _partition(check: Checker, passage: Passage, at: int, start: int) -> None:
    begin, end = passage.sentence_at(max(at - 1, 0))
    if passage.text[at - 1 : at] == "。":  # `…各项支出。其中包括`: the list goes on from the sentence before
        _, end = passage.sentence_at(at)
    before = passage.amounts(begin, at)
    if not before:
        return
    opened = passage.text.rfind("（", begin, at)
    inside = opened > passage.text.rfind("）", begin, at)
    if inside:
        closed = passage.text.find("）", at)
        end = closed if closed >= 0 else end
    listed = {subject(passage.text, a.start): a for a in reversed(_outside(passage, start, end))}
    for partition in PARTITIONS:
        if partition.unless and re.search(partition.unless, "/".join(passage.section)):
            continue
        found = [
            next((a for name, a in listed.items() if re.fullmatch(words, name)), None)
            for words in (*partition.needed, *partition.others)
        ]
        if any(a is None for a in found[: len(partition.needed)]):
            continue
        whole = before[-1] if inside or len(before) == 1 else _whole_of(passage, before, at)
        if whole is None:
            continue
        check.sum_of(term(passage, whole), [term(passage, a) for a in found if a is not None])
        return


def _outside(passage: Passage, start: int, end: int) -> list[Amount]:
    """Amounts that stand in no further brackets."""
    text, depth, kept = passage.text, 0, []
    found = {a.start: a for a in passage.amounts(start, end)}
    for i in range(start, end):
        depth += (text[i] == "（") - (text[i] == "）")
        if i in found and depth <= 0:
            kept.append(found[i])
    return kept


def _whole_of(passage: Passage, before: list[Amount], at: int) -> Amount | None:
    """The amount a list belongs to: the last one before it that is no change, share or budget of it."""
    for amount in reversed(before):
        words = passage.text[max(0, amount.start - 8) : amount.start]
        if re.search(r"增加|减少|增长|下降|降低|上升", words):
            continue
        return amount
    return None


@rule("N05", source="部门预算公开说明口径：所列项目之和等于项目支出", formula="项目支出 = Σ所列各项目", tolerance=SUM)
def projects_make_the_total(check: Checker) -> None:
    """`（二）项目支出：年初预算数为60万元…其中：（1）甲专项4万元。（2）乙专项10万元。`"""
    for passage in passages(check.document):
        if check.document.kind != "budget" or not (passage.under("项目支出") or "项目支出" in passage.text[:12]):
            continue
        numbers = list(re.finditer(r"(?:^|[。：\n；，])（(\d{1,2})）", passage.text))
        if len(numbers) < 2 or [int(m[1]) for m in numbers] != list(range(1, len(numbers) + 1)):
            continue
        head = passage.amounts(0, numbers[0].start())
        ends = [*(m.start() for m in numbers[1:]), len(passage.text)]
        firsts = [passage.amounts(m.end(), e)[:1] for m, e in zip(numbers, ends, strict=True)]
        if head and all(firsts):
            check.sum_of(
                term(passage, head[0], "项目支出"),
                [term(passage, f[0]) for f in firsts],
                note="所列各项目之和与项目支出总数不符。",
            )


@rule(
    "N01",
    source="部门预算公开说明口径：文字所列项目与项目支出预算明细表一致",
    formula="项目金额 = 项目支出预算明细表该项目合计",
    tolerance=IDENTITY,
)
def projects_of_sentences(check: Checker) -> None:
    tables = [t for t in (check.one("T8"), check.one("G2")) if t is not None]
    if not tables or check.document.kind != "budget":
        return
    for passage in passages(check.document):
        if not (passage.under("项目支出") or "项目支出" in passage.text[:12]):
            continue
        for m in re.finditer(r"(?:^|[。：\n；，])（\d{1,2}）(?P<name>[^（）\d，。；]{3,30}?)(?=\d)", passage.text):
            amount = next(iter(passage.amounts(m.end())), None)
            if amount is None or amount.start != m.end():
                continue
            for table in tables:
                row = find_row(table, (m["name"], m["name"].removesuffix("专项"), m["name"] + "专项"))
                cell = check.cell(table, row, TOTAL if table.kind == "T8" else "金额") if row else None
                if cell is not None:
                    agree(check, cell, term(passage, amount, m["name"]))


@rule(
    "N20", source="部门预决算公开说明口径：同一数字前后一致", formula="同名项目在说明各处的金额相同", tolerance=IDENTITY
)
def said_twice(check: Checker) -> None:
    """基本支出 and 项目支出 of the budget are told in two sections; a table may be missing, the sections still must agree."""
    if check.document.kind != "budget":
        return
    seen: dict[str, Term] = {}
    for passage in passages(check.document):
        for amount in all_amounts(passage.text):
            entry = entry_of(check, passage, amount)
            if entry is None or not entry.cells or cells(check, entry.cells):
                continue
            key = f"{entry.cells[0].kind}/{entry.cells[0].rows[0]}/{entry.cells[0].column}"
            said = term(passage, amount)
            if key in seen:
                check.same(said, seen[key])
            else:
                seen[key] = said
