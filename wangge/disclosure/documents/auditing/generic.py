"""Relations of any table of figures whose form we do not know: only where the table itself shows that they hold."""

import re
from typing import Any

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import relations, trees
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.tolerance import SUM
from wangge.disclosure.documents.model import Table

FORM = "表内自证：多数行列成立的加总关系"
_TOTAL = re.compile(r"^(?:合计|总计)$|/(?:合计|小计)$")


def unknown(check: Checker) -> list[Table]:
    return [t for t in check.tables("U") if not t.damage]


@rule("U01", source=FORM, formula="每行：合计 = Σ 各列", tolerance=SUM)
def rows(check: Checker) -> None:
    """Only when the sum holds in most rows: then the columns are the parts of the total."""
    for table in unknown(check):
        columns = trees.figures(table)
        total = next((c for c in columns if c in (words.TOTAL, "总计")), None)
        parts = [c for c in columns if c != total]
        if total is None or not 2 <= len(parts) <= 20:
            continue
        terms = [(check.cell(table, r, total), check.cells(table, r, parts)) for r in table.rows]
        if _mostly(terms):
            for whole, pieces in terms:
                check.sum_of(whole, pieces)


@rule("U02", source=FORM, formula="上级科目 = Σ 下级科目", tolerance=SUM)
def parents(check: Checker) -> None:
    for table in unknown(check):
        relations.parents_add_up(check, table)


@rule("U03", source=FORM, formula="合计行 = Σ 各行", tolerance=SUM)
def totals(check: Checker) -> None:
    for table in unknown(check):
        if any(row.code for row in table.rows):
            relations.total_adds_up(check, table)
            continue
        total = trees.total_row(table)
        others = [r for r in table.rows if r is not total and not r.section]
        if total is None or len(others) < 2:
            continue
        terms = [(check.cell(table, total, c), [check.cell(table, r, c) for r in others]) for c in trees.figures(table)]
        if _mostly(terms):
            for whole, pieces in terms:
                check.sum_of(whole, pieces)


def _mostly(terms: list[Any]) -> bool:
    """At least two sums that say something hold, and three of four of all."""
    held = said = 0
    for whole, parts in terms:
        known = [p for p in parts if p is not None]
        if whole is None or whole.number is None or not whole.amount or sum(1 for p in known if p.amount) < 2:
            continue
        said += 1
        held += abs(whole.amount - sum(p.amount for p in known)) <= 2 * whole.unit
    return held >= 2 and 4 * held >= 3 * said


@rule("U04", source=FORM, formula="两侧：合计 = Σ 各项", tolerance=SUM)
def sides(check: Checker) -> None:
    for table in unknown(check):
        for section in ("收入", "支出", "功能", "性质"):
            if any(row.section == section and row.level == 0 for row in table.rows):
                relations.side_adds_up(check, table, section)
