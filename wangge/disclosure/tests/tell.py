"""Documents that are only sentences, or only forms, and the findings of some rules on them."""

from dataclasses import replace

from wangge.disclosure.documents.auditing import RULES
from wangge.disclosure.documents.auditing.engine import Checker
from wangge.disclosure.documents.auditing.settling import settle
from wangge.disclosure.documents.model import Document, Finding, Paragraph, Place, Row, Sentence, Source, Table
from wangge.disclosure.tests.make_document import document, value


def told(*said: tuple[str, str], tables: tuple[Table, ...] = (), **more: object) -> Document:
    """A document of paragraphs `(headings parted by /, text)`; sentence n stands in line n, its paragraph, too."""
    made = document(*tables, **more)  # type: ignore[arg-type]
    sentences = []
    blocks = []
    for line, (section, text) in enumerate(said, start=1):
        sentences.append(Sentence(text, tuple(filter(None, section.split("/"))), Place(line=line)))
        blocks.append(Paragraph(text, Place(line=line)))
    made.source = Source("made.txt", "text", "0" * 64, "0" * 64, 0, tuple(blocks))
    made.sentences = sentences
    return made


def found(made: Document, *ids: str) -> list[Finding]:
    """What the rules of these ids say of it. A rule that stumbles fails the test."""
    checker = Checker(made)
    for rule in RULES:
        if rule.id in ids:
            checker.run(rule)
    assert [g.why for g in checker.gaps if "未能执行" in g.why] == []
    return settle(checker)


def brief(findings: list[Finding]) -> list[tuple[str, str, str, str]]:
    return [(f.rule, f.severity, f.printed, f.expected) for f in findings]


_MONEY = ("年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分")
_LINE = ("二级指标", "三级指标", "指标值", "实际完成值", "分值", "得分", "偏差原因")


def form(
    kind: str,
    *lines: tuple[str, ...],
    money: tuple[str, ...] = (),
    parts: dict[str, tuple[str, ...]] | None = None,
    fields: dict[str, str] | None = None,
) -> Table:
    """A performance form. A line is second level, third level, target and, in an evaluation, actual, weight, score, reason.

    Every line of the form is a line of the file: money 1, parts from 2, indicators from 11, fields 50.
    """
    made = Table("", kind, "绩效表", Place(), [], [])
    made.fields = {k: replace(value(v, Place()), place=Place(line=50)) for k, v in (fields or {}).items()}
    funds = {"合计": money, **(parts or {})} if money else {}
    for line, (key, cells) in enumerate(funds.items(), start=1):
        made.rows.append(_row(key, "资金", dict(zip(_MONEY, cells, strict=False)), line))
    for line, cells in enumerate(lines, start=11):
        made.rows.append(_row(cells[1] if len(cells) > 1 else "", "指标", dict(zip(_LINE, cells, strict=False)), line))
    return made


def _row(key: str, section: str, cells: dict[str, str], line: int) -> Row:
    row = Row(key, key, Place(line=line), "", 0 if key == "合计" else -1, section)
    for column, (name, text) in enumerate(cells.items(), start=1):
        row.values[name] = replace(value(text, Place()), place=Place(line=line, column=column))
    return row


def forms(*tables: Table, said: tuple[tuple[str, str], ...] = (), **more: object) -> Document:
    """A document of forms; `document` would number their cells anew, so they are put in afterwards."""
    made = told(*said, **more)  # type: ignore[arg-type]
    for n, table in enumerate(tables, start=1):
        table.id = f"{table.kind}.{n}"
    made.tables = [*made.tables, *tables]
    return made
