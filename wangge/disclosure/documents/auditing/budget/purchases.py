"""Purchases: their table, and equipment beside the capital spending of the tables (N10, B29)."""

import re

from wangge.disclosure.documents.auditing import relations, trees
from wangge.disclosure.documents.auditing.budget.balance import FORM
from wangge.disclosure.documents.auditing.engine import Checker, Term, rule
from wangge.disclosure.documents.auditing.tolerance import SUM


@rule(
    "N10",
    source="政府采购信息公开口径：总额＝货物＋工程＋服务",
    formula="政府采购表：合计 = 货物 + 工程 + 服务",
    tolerance=SUM,
)
def purchases(check: Checker) -> None:
    """Only a table of exactly these kinds of purchase; a list of things bought may name parts of others."""
    for table in check.tables("T19"):
        total = trees.total_row(table)
        rows = [row for row in table.rows if row is not total]
        if total is None or not all(re.match(r"(?:政府采购)?(?:货物|工程|服务)", row.label) for row in rows):
            continue
        for column in trees.figures(table) if len({row.label for row in rows}) == len(rows) <= 3 else ():
            check.sum_of(check.cell(table, total, column), [check.cell(table, row, column) for row in rows])


@rule("B29", source=FORM, formula="政府采购的设备购置 ⇔ 资本性支出（310）有相应金额", severity="suspicious")
def equipment(check: Checker) -> None:
    """The text names equipment to buy; then some table must carry capital spending of that much."""
    general = check.one("T11")
    if general is None:
        return
    capital = [t for c in general.columns if "资本性支出" in c.key and (t := relations.total_of(check, general, c.key))]
    detail = [
        term
        for kind in ("T5", "T6", "T13", "T17")
        for table in check.tables(kind)
        for row in table.rows
        if row.code.startswith("310") and (term := check.cell(table, row, next(iter(row.values), "")))
    ]
    if not capital or any(t.unknown for t in capital):
        return
    for figure in check.document.figures:
        if figure.role != "amount" or not re.search(r"设备购置", figure.subject) or not figure.number:
            continue
        planned: Term = check.figure(figure)
        room = max((t.amount for t in (*capital, *detail)), default=planned.amount)
        check.judge(
            planned.amount <= room,
            planned,
            where="政府采购预算的设备购置",
            expected=f"资本性支出不少于 {figure.text}",
            difference=str(planned.amount - room),
            explanation="设备购置应列资本性支出（310），各表中没有相应金额。",
            places=[t.place for t in capital],
        )
