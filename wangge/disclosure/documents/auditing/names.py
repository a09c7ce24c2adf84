"""Tables of a classification that print names and no codes: the code follows from the name and the order of the rows.

The names of the year's chart are not unique (`行政运行` stands under every administration), but a row stands below its 款,
and that below its 类. A table is given codes only when every one of its rows fits; otherwise its rows are not summed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wangge.disclosure.documents.auditing import trees
from wangge.disclosure.documents.model import Document, Row, Table

FUNCTIONAL = frozenset(("T2", "T3", "T4", "T11", "T15", "T16", "T18", "F02", "F03", "F05", "F08", "F09"))
ECONOMIC = frozenset(("T5", "T6", "T7", "T12", "T13", "T14", "T17", "F06"))


def with_codes(document: Document) -> Document:
    """The document with the codes its tables leave out."""
    if not any(_nameless(table) for table in document.tables):
        return document
    from wangge.finance.terms import classification

    tables = []
    for table in document.tables:
        if _nameless(table):
            kind = "function" if table.kind in FUNCTIONAL else "economic"
            table = _coded(table, classification(kind, document.year))
        tables.append(table)
    return replace(document, tables=tables)


_UNIT = re.compile(r"(?:[局委办厅部院所站队处会府道乡镇校学园馆社室心]|单位|公司|机关|本级)(?:（[^）]*）)?$")


def is_classified(table: Table) -> bool:
    """Are the rows without codes lines of a classification, and not units?"""
    lines = [row for row in table.rows if not trees.is_total(row)]
    return table.kind in FUNCTIONAL | ECONOMIC and not all(_UNIT.search(row.label) for row in lines)


def _nameless(table: Table) -> bool:
    """Does a table of a classification print no code at all?"""
    return table.kind in FUNCTIONAL | ECONOMIC and not table.empty and not any(row.code for row in table.rows)


def _coded(table: Table, chart: Mapping[str, str]) -> Table:
    lines = [row for row in table.rows if not trees.is_total(row)]
    codes = _codes([_plain(row.label) for row in lines], chart)
    if codes is None:
        return table
    known = {id(row): code for row, code in zip(lines, codes, strict=True)}
    return replace(table, rows=[_named(row, known.get(id(row), "")) for row in table.rows])


def _named(row: Row, code: str) -> Row:
    return replace(row, code=code, level={3: 1, 5: 2, 7: 3}[len(code)]) if code else row


def _codes(names: Sequence[str], chart: Mapping[str, str]) -> list[str] | None:
    """The code of each name in the order of printing; None unless all are found and begin with a 类."""
    below: dict[tuple[str, str], str] = {}
    for code, name in chart.items():
        parent = code[:-2] if len(code) > 3 else ""
        below.setdefault((parent, _plain(name)), code)
    found: list[str] = []
    for name in names:
        last = found[-1] if found else ""
        above = [last[:n] for n in (7, 5, 3) if len(last) >= n] + [""]
        code = next((below[up, name] for up in above if (up, name) in below and below[up, name] not in found), "")
        if not code:
            return None
        found.append(code)
    return found or None


def _plain(name: str) -> str:
    """A name as it can be compared: without blanks, brackets and the word 支出 at its end."""
    return re.sub(r"(?:等)?(?:支出)?$", "", re.sub(r"[\s（）()“”]|^其中[:：]", "", name))
