"""Last year's figures beside this year's: the printed difference and its share (一般公共预算支出表 of many provinces)."""

import re
from collections.abc import Callable

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import trees
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.tolerance import PERCENT, SUM
from wangge.disclosure.documents.model import Gap, Row, Table

FORM = "一般公共预算支出表（含上年数、预算数、比上年增减）"
_LAST = re.compile(r"^(?:上年|(?P<year>20\d\d)年)(?:度)?(?:预算|预算数|执行数|预计执行数|决算数|完成数|年初预算数)$")
_CHANGE = re.compile(r"^(?:比上年)?增减(?:额|金额|数)$")
_RATE = re.compile(r"^(?:比上年)?(?:增减|增长)(?:（?%）?|率|率（%）|比例（%）|幅度（%）|百分比)$")


def _columns(check: Checker, table: Table) -> tuple[str, str, str] | None:
    """The columns of last year, of the difference and of its share ("" when not printed); None when not certain."""
    keys = [column.key for column in table.columns]
    last = [k for k in keys if (m := _LAST.match(k)) and m["year"] in (None, str(check.document.year - 1))]
    change = [k for k in keys if _CHANGE.match(k)]
    rate = [k for k in keys if _RATE.match(k)]
    if words.TOTAL not in keys or len(last) != 1 or len(change) > 1 or len(rate) > 1:
        return None
    return last[0], next(iter(change), ""), next(iter(rate), "")


@rule("B21", source=FORM, formula="增减额 = 本年预算数 − 上年数", tolerance=SUM)
def difference(check: Checker) -> None:
    for table in check.tables("T11"):
        if (found := _columns(check, table)) is None or not found[1]:
            continue
        last, change, _ = found

        def broken(row: Row, table: Table = table, last: str = last, change: str = change) -> bool:
            now, before, by = (check.cell(table, row, k) for k in (words.TOTAL, last, change))
            return bool(now and before and by and by.amount != now.amount - before.amount)

        if _mostly(check, table, broken):
            continue
        for row in table.rows:
            cells = [check.cell(table, row, k) for k in (change, words.TOTAL, last)]
            check.signed(cells[0], [(1, cells[1]), (-1, cells[2])])


@rule("B21", source=FORM, formula="增减% = 增减额 ÷ 上年数", tolerance=PERCENT)
def growth(check: Checker) -> None:
    for table in check.tables("T11"):
        if (found := _columns(check, table)) is None or not found[2]:
            continue
        last, _, rate = found

        def broken(row: Row, table: Table = table, last: str = last, rate: str = rate) -> bool:
            now, before, by = (check.cell(table, row, k) for k in (words.TOTAL, last, rate))
            if not now or not before or not before.amount or not by or by.number is None:
                return False
            return abs(by.number - (now.amount - before.amount) / before.amount * 100) > 1

        if _mostly(check, table, broken):
            continue
        for row in table.rows:
            now, before, by = (check.cell(table, row, k) for k in (words.TOTAL, last, rate))
            check.percent(by, [(1, now), (-1, before)], [(1, before)])


def _mostly(check: Checker, table: Table, broken: Callable[[Row], bool]) -> bool:
    """A relation that fails on most rows is one that we misunderstood: a gap, no findings."""
    rows = [row for row in table.rows if row.code or trees.is_total(row)]
    failed = sum(broken(row) for row in rows)
    if failed * 2 <= max(len(rows), 2):
        return False
    check.gaps.append(Gap(f"{table.title}的增减列", "与上年数、本年数的关系不能确定，没有核对", table.place))
    return True
