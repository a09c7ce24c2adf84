"""How the coded rows of a table hang together, and what its columns add up to.

Rows belong under the row whose code begins theirs. A printed code may contradict its own branch (`201 02` between 208 and
208 02 08): when one changed code mends every link around it, the row stands where its neighbours say, and is told apart.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from wangge.disclosure.documents import words
from wangge.disclosure.documents.model import Row, Table

_NO_SUM = re.compile(r"[%％]|占|率|单价|数量|比例|增长|人数|平均")


@dataclass(slots=True, eq=False)
class Node:
    """A coded row in its branch; `code` is what it should be, `row.code` what is printed."""

    row: Row
    code: str
    children: list["Node"] = field(default_factory=list)
    parent: "Node | None" = None


@dataclass(slots=True)
class Branch:
    """Coded rows that form one classification: a whole table, or the rows of one unit (`head`) in it."""

    head: Row | None
    nodes: list[Node]
    misfiled: list[Node]

    @property
    def roots(self) -> list[Node]:
        return [node for node in self.nodes if node.parent is None]

    @property
    def orphans(self) -> list[Node]:
        """Rows without a parent, in a branch where the others have one."""
        top = min((len(node.code) for node in self.nodes), default=0)
        lost = [node for node in self.roots if len(node.code) > top]
        return lost if 3 * len(lost) <= len(self.nodes) else []


def is_total(row: Row) -> bool:
    return not row.code and (row.level == 0 or row.key in ("合计", "总计", "本年支出合计", "本年收入合计"))


def total_row(table: Table) -> Row | None:
    """The row that sums up the table; None when there is none or more than one."""
    found = [row for row in table.rows if is_total(row) and not row.section]
    return found[0] if len(found) == 1 else None


def branches(table: Table) -> list[Branch]:
    """The coded rows of a table. A new branch begins at a row without a code (a unit) and where a code comes again."""
    runs: list[tuple[Row | None, list[Row]]] = [(None, [])]
    for row in table.rows:
        if not row.code:
            if not is_total(row) and any(value.number is not None for value in row.values.values()):
                runs.append((row, []))
            continue
        if any(row.code == other.code for other in runs[-1][1]):
            runs.append((None, []))
        runs[-1][1].append(row)
    return [_branch(head, rows) for head, rows in runs if head or rows]


def _branch(head: Row | None, rows: list[Row]) -> Branch:
    codes = [row.code for row in rows]
    moved = _mended(codes)
    nodes = [Node(row, moved.get(i, row.code)) for i, row in enumerate(rows)]
    known = {node.code: node for node in nodes}
    for node in nodes:
        for cut in range(len(node.code) - 1, 2, -1):
            parent = known.get(node.code[:cut])
            if parent is not None:
                node.parent = parent
                parent.children.append(node)
                break
    return Branch(head, nodes, [node for node in nodes if node.code != node.row.code])


def _links(codes: Sequence[str]) -> list[tuple[int, int]]:
    """(parent, child) by place: the parent is the last row above with a shorter code."""
    found: list[tuple[int, int]] = []
    stack: list[int] = []
    for i, code in enumerate(codes):
        while stack and len(codes[stack[-1]]) >= len(code):
            stack.pop()
        if stack:
            found.append((stack[-1], i))
        stack.append(i)
    return found


def _mended(codes: list[str]) -> dict[int, str]:
    """Rows whose code contradicts both neighbours of its branch, and the one code that agrees with all of them."""
    links = _links(codes)
    broken = [(a, b) for a, b in links if not codes[b].startswith(codes[a])]
    if not broken or 3 * len(broken) > max(len(links), 6):
        return {}
    mended: dict[int, str] = {}
    for i, code in enumerate(codes):
        around = [link for link in broken if i in link]
        if len(around) < 2:
            continue
        above = next((codes[a] for a, b in links if b == i), "")
        below = {codes[b][: len(code)] for a, b in links if a == i}
        if len(below) == 1 and (right := below.pop()) not in codes and right.startswith(above):
            mended[i] = right
    return mended


# Columns of the same money cut in several ways: a total and its parts. A cut holds when every column of figures is in it.
SOURCES = (
    words.SPECIAL_ACCOUNT,
    words.SUPERIOR,
    words.BUSINESS,
    words.OPERATING,
    words.AFFILIATE,
    words.OTHER,
    words.CARRYOVER,
    words.NONTAX,
)
FISCAL_PARTS = (words.GENERAL, words.FUND, words.STATE_CAPITAL)
NATURES = (words.HAND_UP, words.OPERATING_SPENDING, words.SUBSIDY)


def figures(table: Table) -> list[str]:
    """The keys of the columns of money."""
    keys = []
    for column in table.columns:
        values = [row.values[column.key] for row in table.rows if column.key in row.values]
        numbers = [v for v in values if v.number is not None]
        shares = sum(v.unit not in ("", "元", "万元") for v in numbers)
        if column.key != words.LINE and not _NO_SUM.search(column.key) and numbers and not shares:
            keys.append(column.key)
    return keys


def sums(table: Table) -> Iterator[tuple[str, list[str]]]:
    """Columns that add up, as (total, parts). Only when all columns of figures are known in a cut of the table."""
    keys = {column.key for column in table.columns}

    def have(names: Iterable[str]) -> list[str]:
        return [name for name in names if name in keys]

    if words.TOTAL not in keys and words.AMOUNT in keys and words.GENERAL in keys:
        for _, parts in _sources({*keys - {words.AMOUNT}, words.TOTAL}):
            yield words.AMOUNT, parts
    if words.TOTAL in keys:
        yield from _sources(keys)
        if words.BASIC in keys and words.PROJECT in keys:
            yield words.TOTAL, have((words.BASIC, words.PROJECT, *NATURES))
        elif words.BASIC_TOTAL in keys and words.PROJECT_TOTAL in keys:
            yield words.TOTAL, [words.BASIC_TOTAL, words.PROJECT_TOTAL]
        elif (
            not {words.BASIC, words.BASIC_TOTAL, words.PROJECT, words.PROJECT_TOTAL} & keys
            and {
                words.STAFF,
                words.OPERATING_COST,
            }
            <= keys
        ):
            yield words.TOTAL, [words.STAFF, words.OPERATING_COST]
    for basic in have((words.BASIC, words.BASIC_TOTAL)):
        if {words.STAFF, words.OPERATING_COST} <= keys:
            yield basic, [words.STAFF, words.OPERATING_COST]
        elif {words.WAGES, words.GOODS} <= keys:
            yield basic, have((words.WAGES, words.GOODS, words.FAMILY))
    for total in (words.PROJECT_TOTAL, words.NONTAX):
        prefix = "项目/" if total == words.PROJECT_TOTAL else f"{words.NONTAX}/"
        parts = [column.key for column in table.columns if column.key.startswith(prefix)]
        if total in keys and parts:
            yield total, parts


def _sources(keys: set[str]) -> Iterator[tuple[str, list[str]]]:
    fiscal = [name for name in FISCAL_PARTS if name in keys]
    rest = [name for name in SOURCES if name in keys]
    known = {words.TOTAL, words.FISCAL, words.UNIT_MONEY, *FISCAL_PARTS, *SOURCES}
    if any(not key.startswith(f"{words.NONTAX}/") for key in keys - known):
        return
    if words.FISCAL in keys and fiscal:
        yield words.FISCAL, fiscal
    first = [words.FISCAL] if words.FISCAL in keys else fiscal
    if words.UNIT_MONEY in keys:
        own = [name for name in rest if name not in (words.SPECIAL_ACCOUNT, words.CARRYOVER, words.NONTAX)]
        if own:
            yield words.UNIT_MONEY, own
        rest = [words.UNIT_MONEY, *(name for name in rest if name not in own)]
    if first and (len(first) + len(rest)) > 1:
        yield words.TOTAL, [*first, *rest]
