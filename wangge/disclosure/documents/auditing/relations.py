"""Relations that hold in many tables: rows, columns, parents and children, the two sides of a balance."""

import re
from collections.abc import Iterator, Sequence

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import names, trees
from wangge.disclosure.documents.auditing.engine import Checker, Term
from wangge.disclosure.documents.model import Row, Severity, Table

_BALANCE = re.compile(r"结转|结余|年末|年初")
_PART_ONLY = re.compile(r"^(?:\d+[.、])?其中")


def rows_add_up(check: Checker, table: Table) -> None:
    """In each row, the total column and its parts."""
    for total, parts in trees.sums(table):
        for row in table.rows:
            check.sum_of(check.cell(table, row, total), check.cells(table, row, parts))


def parents_add_up(check: Checker, table: Table) -> None:
    """Each coded row = Σ of the rows one step below it, in every column."""
    for branch in trees.branches(table):
        for node in branch.nodes:
            if node.children:
                for column in trees.figures(table):
                    whole = check.cell(table, node.row, column)
                    children = [check.cell(table, child.row, column) for child in node.children]
                    check.sum_of(whole, children, severity=_open(node, whole, children))


def _open(node: trees.Node, whole: Term | None, children: Sequence[Term | None]) -> Severity | None:
    """An economic 类 that lists less than it holds, and no 其他 (99), may have left out the rest."""
    if node.code[0] != "3" or whole is None or any(child.code.endswith("99") for child in node.children):
        return None
    return "suspicious" if whole.amount > sum(child.amount for child in children if child) else None


def total_adds_up(check: Checker, table: Table) -> None:
    """The total row = Σ of the topmost rows, in every column; of the units when the table lists units."""
    total = trees.total_row(table)
    branches = trees.branches(table)
    heads = [branch.head for branch in branches if branch.head]
    if heads and not all(branch.head for branch in branches if branch.nodes):
        return  # rows of several kinds: what the total counts is not certain
    if heads and not any(branch.nodes for branch in branches) and names.is_classified(table):
        return  # names without codes, one below the other: which are parts of which is not printed
    for column in trees.figures(table):
        for branch in branches:
            if branch.head and branch.nodes:
                roots = [check.cell(table, node.row, column) for node in branch.roots]
                check.sum_of(check.cell(table, branch.head, column), roots)
        tops = heads or [node.row for branch in branches for node in branch.roots]
        if total is not None and tops:
            check.sum_of(check.cell(table, total, column), [check.cell(table, row, column) for row in tops])


def side_adds_up(check: Checker, table: Table, section: str, only: str = "") -> None:
    """One side of a balance, from top to bottom: 本年合计 = Σ of the items above it, 总计 = 本年合计 + the items between.

    `only` is a pattern for the keys of the totals to judge. A total that is printed first (一、本年收入) has its items below it. Not judged when a label with money stands twice on
    one level: the second is a part of something.
    """
    side = [row for row in table.rows if row.section == section]
    for column in trees.figures(table):
        said = [row.key for row in side if column in row.values and row.values[column].amount]
        if len(said) != len(set(said)):
            continue
        first: Term | None = None  # a total whose items follow, and its key
        key = ""
        below: list[Term] = []
        pending: list[Term] = []
        for row in side:
            term = check.cell(table, row, column)
            if term is None or _PART_ONLY.match(row.label):
                continue
            if row.level == 0:
                if first is not None:
                    if re.search(only, key):
                        check.sum_of(first, below)
                    pending = [first, *pending]
                elif not pending:
                    first, key, below = term, row.key, []
                    continue
                if re.search(only, row.key):
                    check.sum_of(term, pending)
                first, pending = None, [term]
            elif first is not None and not _BALANCE.search(row.key):
                below.append(term)
            else:
                pending.append(term)
        if first is not None and re.search(only, key):
            check.sum_of(first, below)


def children_add_up(check: Checker, table: Table, side: str, below: str = "") -> None:
    """Items of a side that have items of their own below them; what is only a part (其中) may not exceed its whole."""
    for row in table.rows:
        if row.level < 1 or not row.section.startswith(side) or (below and below not in (row.key, row.section)):
            continue
        children = [r for r in table.rows if r.section == f"{row.section}/{row.key}"]
        for column in trees.figures(table) if children else ():
            whole = check.cell(table, row, column)
            parts = [check.cell(table, child, column) for child in children]
            if any(_PART_ONLY.match(child.label) for child in children):
                for part in parts:
                    check.at_most(part, whole)
            elif any(part and part.amount for part in parts):
                check.sum_of(whole, parts)


def rows_by_code(table: Table | None) -> dict[str, Row]:
    """Rows of one classification by the code they should have; nothing when a code stands there twice."""
    if table is None:
        return {}
    found = [branch for branch in trees.branches(table) if branch.nodes]
    if len(found) != 1:
        return {}
    return {node.code: node.row for node in found[0].nodes}


def total_of(check: Checker, table: Table | None, column: str) -> Term | None:
    """The cell of the total row; of the only topmost row when the table has no total row."""
    if table is None:
        return None
    row = trees.total_row(table)
    if row is None:
        roots = [node.row for branch in trees.branches(table) for node in branch.roots]
        row = roots[0] if len(roots) == 1 else None
    return check.cell(table, row, column)


def item(check: Checker, table: Table | None, pattern: str, section: str, column: str = words.AMOUNT) -> Term | None:
    """The item of a side whose key fits; None when none or several do."""
    if table is None:
        return None
    found = [row for row in table.rows if row.section == section and re.search(pattern, row.key)]
    return check.cell(table, found[0], column) if len(found) == 1 else None


def function_name(text: str) -> str:
    """A function's name without what layouts add or leave off: `一般公共服务支出` and `一般公共服务` are one."""
    return re.sub(r"(?:等)?(?:支出)?$", "", re.sub(r"[\s（）()]", "", text))


def function_pairs(check: Checker, one: Table, other: Table, section: str) -> Iterator[tuple[Row, Row]]:
    """(coded 类 row of `one`, line of the same name of a side of `other`)."""
    lines = {function_name(row.key): row for row in other.rows if row.section == section and row.level == 1}
    for code, row in rows_by_code(one).items():
        if len(code) == 3 and (line := lines.get(function_name(row.label))) is not None:
            yield row, line


def same_cells(check: Checker, one: Table, other: Table, columns: dict[str, str] | None = None) -> None:
    """Two tables that print the same lines: each code and column that both have."""
    rows, others = rows_by_code(one), rows_by_code(other)
    pairs = [(rows[code], others[code]) for code in rows if code in others]
    total, another = trees.total_row(one), trees.total_row(other)
    if total is not None and another is not None:
        pairs.insert(0, (total, another))
    common = columns or {c: c for c in trees.figures(one) if c in {k.key for k in other.columns}}
    for row, twin in pairs:
        for column, same in common.items():
            check.same(check.cell(one, row, column), check.cell(other, twin, same))
