"""Documents of one unit beside each other: other years, and the budget beside its accounts (X01-X07, F24).

X08-X10 are no matter of documents alone: totals of a department over its units need all of them, figures of operations
need the records they come from, and dates of publication are known to the room that publishes.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import relations
from wangge.disclosure.documents.auditing.accounts.balance import FORM
from wangge.disclosure.documents.auditing.engine import Checker, Term, rule
from wangge.disclosure.documents.auditing.tolerance import IDENTITY
from wangge.disclosure.documents.model import Document, Figure, Row

YEARS = "同一单位前后年度、预算与决算的衔接"


def same_unit(one: Document, other: Document) -> bool:
    """The same unit, with or without the names of its city and district."""
    a, b = one.unit, other.unit
    return bool(a and b) and (a == b or a.endswith(b) or b.endswith(a)) and min(len(a), len(b)) >= 6


def _others(check: Checker, kind: str, year: int) -> Checker | None:
    """The only other document of the unit of that kind and year."""
    found = [
        d
        for d in check.others
        if d is not check.document and d.kind == kind and d.year == year and same_unit(check.document, d)
    ]
    return check.beside(found[0]) if len(found) == 1 else None


def _figure(check: Checker, role: str, subject: str, base: str = "") -> Term | None:
    """The only number of that role and subject; the same number said twice is one."""
    found = [
        f
        for f in check.document.figures
        if f.role == role and re.search(subject, f.subject) and re.search(base, f.base)
    ]
    return check.figure(found[0]) if found and len({f.number for f in found}) == 1 else None


@rule("F24", source=FORM, formula="（X05）本年 01表、04表年初结转 = 上年年末结转", tolerance=IDENTITY)
def carried_over(check: Checker) -> None:
    before = _others(check, "accounts", check.document.year - 1)
    if before is None:
        return
    for kind, column in (("F01", words.AMOUNT), ("F04", words.TOTAL)):
        opening = relations.item(check, check.one(kind), "^年初.*结转", "收入")
        closing = relations.item(before, before.one(kind), "^年末.*结转", "支出", column)
        check.same(opening, closing, note="年初结转与上年决算的年末结转不一致。")


@rule("X01", source=YEARS, formula="同一单位各年度的编制人数一致，变动应有说明", severity="suspicious")
def posts(check: Checker) -> None:
    mine = _figure(check, "count", "编制(?:人数|数)?$")
    for other in check.others:
        if mine is None or other is check.document or not same_unit(check.document, other):
            continue
        theirs = _figure(check.beside(other), "count", "编制(?:人数|数)?$")
        if theirs is not None and mine.number is not None:
            check.judge(
                mine.number == theirs.number,
                mine,
                where="编制人数",
                expected=f"{theirs.text}（{other.year}年）",
                difference=str(mine.number - (theirs.number or Decimal(0))),
                explanation=f"与 {other.year} 年文件的编制人数不同，没有说明。",
            )


@rule("X02", source=YEARS, formula="决算所列年初预算数 = 当年部门预算", tolerance=IDENTITY)
def initial_budget(check: Checker) -> None:
    """The total of general fiscal money and each 项, as the text of the accounts gives them."""
    budget = _others(check, "budget", check.document.year)
    if check.document.kind != "accounts" or budget is None:
        return
    general = budget.one("T11")
    whole = relations.total_of(budget, general, words.TOTAL)
    if whole is None:
        whole = relations.item(budget, budget.one("T10"), "^一般公共预算拨款", "收入")
    check.same(_figure(check, "amount", "财政拨款支出年初预算数?$"), whole, note="与当年部门预算的财政拨款不一致。")
    if general is None:
        return
    rows = relations.rows_by_code(general)
    for figure in check.document.figures:
        if figure.role == "amount" and re.search("（项）年初预算数?$", figure.subject):
            path = re.match(r"(.+)（类）(.+)（款）(.+)（项）", figure.subject)
            if path is None:
                continue
            names = [relations.function_name(name) for name in path.groups()]
            codes = [code for code in rows if len(code) == 7 and _path(rows, code) == names]
            if len(codes) == 1:
                check.same(check.figure(figure), budget.cell(general, rows[codes[0]], words.TOTAL))


def _path(rows: Mapping[str, Row], code: str) -> list[str]:
    labels = [rows[c].label if c in rows else "" for c in (code[:3], code[:5], code)]
    return [
        relations.function_name(re.sub(r"（[^（）]*(?:（[^（）]*）[^（）]*)*）$", "", label) if i == 2 else label)
        for i, label in enumerate(labels)
    ]


@rule("X02", source=YEARS, formula="自评表年初预算数 = 当年部门预算", tolerance=IDENTITY, severity="suspicious")
def initial_budget_of_form(check: Checker) -> None:
    budget = _others(check, "budget", check.document.year)
    form = check.one("E1")
    if budget is None or form is None:
        return
    total = check.at(form, "合计", "年初预算数", "资金")
    check.same(total, budget.at(budget.one("T1"), "收入总计", words.AMOUNT))


def _changes(check: Checker) -> Iterator[tuple[Figure, Term]]:
    for figure in check.document.figures:
        if figure.role == "change" and re.search("上年|去年|上一年", figure.base):
            yield figure, check.figure(figure)


@rule("X03", source=YEARS, formula="本年数 − 增减额 = 上年同一文件的数", tolerance=IDENTITY)
def last_year(check: Checker) -> None:
    """收支总计 and 财政拨款收支总计 of the accounts; 收入总计 of the budget."""
    before = _others(check, check.document.kind, check.document.year - 1)
    if before is None:
        return
    if check.document.kind == "accounts":
        pairs: tuple[tuple[str, str, str], ...] = (
            ("^(?:收、?支|收入支出)", "F01", words.AMOUNT),
            ("^财政拨款收", "F04", words.AMOUNT),
        )
    else:
        pairs = (("^年初预算数$|^收入预算", "T1", words.AMOUNT),)
    for subject, kind, column in pairs:
        changes = [term for figure, term in _changes(check) if re.search(subject, figure.subject)]
        now, then = check.at(check.one(kind), "收入总计", column), before.at(before.one(kind), "收入总计", column)
        if len(changes) == 1 and now is not None and then is not None:
            check.signed(changes[0], [(1, now), (-1, then)], note="增减额与上年文件的数不符。")


@rule("X04", source=YEARS, formula="“三公”经费的上年预算数 = 上年部门预算", tolerance=IDENTITY)
def three_public_last_year(check: Checker) -> None:
    before = _others(check, "budget", check.document.year - 1)
    if check.document.kind != "budget" or before is None:
        return
    table, last = check.one("T9"), before.one("T9")
    for subject, key in (
        ("^“三公”经费预算数?$", "“三公”经费小计"),
        ("^公务接待费$", "公务接待费"),
        ("^因公出国", "因公出国（境）费"),
    ):
        changes = {t.amount: t for f, t in _changes_of_public(check) if re.search(subject, f.subject)}
        now, then = check.at(table, key, words.AMOUNT), before.at(last, key, words.AMOUNT)
        if len(changes) == 1 and now is not None and then is not None:
            check.signed(next(iter(changes.values())), [(1, now), (-1, then)])


def _changes_of_public(check: Checker) -> Iterator[tuple[Figure, Term]]:
    for figure in check.document.figures:
        if figure.role == "change" and re.search(rf"上年|{check.document.year - 1}年", figure.base):
            yield figure, check.figure(figure)


@rule(
    "X04",
    source=YEARS,
    formula="决算“三公”经费预算数 = 当年部门预算“三公”经费表",
    tolerance=IDENTITY,
    severity="suspicious",
)
def three_public_planned(check: Checker) -> None:
    """The accounts may print the adjusted budget, so a difference only asks for an explanation."""
    budget = _others(check, "budget", check.document.year)
    table = check.one("F07")
    if budget is None or table is None or len(table.rows) != 1:
        return
    for column in (
        "公务接待费",
        "因公出国（境）费",
        "公务用车购置及运行费/公务用车购置费",
        "公务用车购置及运行费/公务用车运行费",
    ):
        planned = budget.at(budget.one("T9"), column.rpartition("/")[2], words.AMOUNT)
        check.same(check.cell(table, table.rows[0], f"预算数/{column}"), planned)


@rule(
    "X06",
    source="绩效目标应与自评指标一致（财预〔2020〕10号）",
    formula="自评表的指标值 = 申报时的指标值",
    severity="suspicious",
)
def goals(check: Checker) -> None:
    """The same third-level indicator, told twice in the same year."""
    planned = {}
    for other in check.others:
        if other is check.document or other.year != check.document.year or not same_unit(check.document, other):
            continue
        for table in (t for t in other.tables if t.kind in ("G1", "G3")):
            for row in table.rows:
                if row.section == "指标" and not row["指标值"].blank:
                    planned[_bare(row.key)] = row["指标值"].text
    for table in (t for t in check.document.tables if t.kind in ("E1", "E2")):
        for row in table.rows:
            goal = planned.get(_bare(row.key))
            if row.section == "指标" and goal is not None and not row["指标值"].blank:
                check.judge(
                    _bare(goal) == _bare(row["指标值"].text),
                    row["指标值"],
                    table=table,
                    where=row.key,
                    expected=goal,
                    explanation="自评表的年度指标值与申报时的指标值不同。",
                )


@rule(
    "X07", source="绩效自评应反映当年实际", formula="不同年度、不同单位的实际完成值不应逐字相同", severity="suspicious"
)
def copied_results(check: Checker) -> None:
    told: dict[str, str] = {}
    for other in check.others:
        if other is not check.document:
            for table in (t for t in other.tables if t.kind in ("E1", "E2")):
                for row in table.rows:
                    if len(text := _bare(row["实际完成值"].text)) >= 20:
                        told[text] = f"{other.unit}{other.year}年"
    for table in (t for t in check.document.tables if t.kind in ("E1", "E2")):
        for row in table.rows:
            if len(text := _bare(row["实际完成值"].text)) >= 20 and told:
                check.judge(
                    text not in told,
                    row["实际完成值"],
                    table=table,
                    where=row.key,
                    expected="本年度本单位的实际完成情况",
                    explanation=f"与{told.get(text, '')}的实际完成值逐字相同。",
                )


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
