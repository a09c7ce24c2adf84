"""What a publication holds: the set as rendered from the books, frozen, with our own audit of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wangge.disclosure import terms
from wangge.disclosure.documents.filling import Filled, Heading, Paper, Text
from wangge.disclosure.documents.rendering import render
from wangge.disclosure.services import sets
from wangge.finance import queries as finance
from wangge.finance.terms import SOURCE_NAMES, IncomeRow, LineRow
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Built:
    """A set ready to be published. `files` is format → (name, bytes); `contents` is `{tables, sections, lines}`;
    `audit` is the JSON contract of the audit without the tables."""

    place_code: int
    department_id: int
    unit_name: str
    title: str
    contents: dict[str, Any]
    audit: dict[str, Any]
    files: dict[str, tuple[str, bytes]]


def build(actor: Actor, unit_code: str, year: int, kind: str) -> Built:
    """Render the set from the books as the actor may see them, and audit what was rendered."""
    if kind not in terms.KINDS:
        raise Refusal("kind", "请选择要公开的种类。", field="kind", value=kind)
    unit = finance.unit(actor, unit_code)
    paper = sets.paper(actor, unit_code, year, kind.replace("_", "-"))
    title = "".join(paper.title)
    files = {form: (f"{title}.{form}", render(paper, form)) for form in terms.FILE_FORMATS}
    report = terms.as_json(terms.audit_bytes(files["docx"][1], files["docx"][0]))
    audit = {name: report[name] for name in ("checks", "findings", "not_understood")}
    return Built(unit.place_code, unit.department_id, unit.name, title, freeze(paper), audit, files)


def freeze(paper: Paper) -> dict[str, Any]:
    """The paper as plain values: tables with heads and rows as printed, sections of words, lines of money."""
    return {
        "tables": [_table(t) for t in paper.tables],
        "sections": list(_sections(paper)),
        "lines": list(_lines(paper)),
    }


def _table(table: Filled) -> dict[str, Any]:
    head, body = table.grid[: table.head], table.grid[table.head :]
    width = len(table.grid[0]) if table.grid else 0
    names: list[list[str]] = [[] for _ in range(width)]
    for row in head:
        for i, cell in enumerate(row):
            for j in range(i, i + cell.columns if cell else i):
                if cell and cell.text and cell.text not in names[j]:
                    names[j].append(cell.text)
    figures = sorted({i for row in body for i, cell in enumerate(row) if cell and cell.look == "figure"})
    return {
        "id": table.id,
        "number": table.number,
        "title": f"{table.number} {table.title}".strip(),
        "unit": table.unit,
        "columns": ["·".join(n) for n in names],
        "head": [
            [{"text": c.text, "colspan": c.columns, "rowspan": c.lines} for c in row if c is not None] for row in head
        ],
        "rows": [[c.text if c else "" for c in row] for row in body],
        "words": max(1, min(figures, default=1)),
        "figures": figures,
        "note": "".join(table.notes),
    }


def _sections(paper: Paper) -> Iterable[dict[str, Any]]:
    heading: str = ""
    words: list[str] = []
    for block in paper.blocks:
        if isinstance(block, Heading):
            if words:
                yield {"heading": heading, "paragraphs": words}
            heading, words = block.text, []
        elif isinstance(block, Text):
            words.append(block.text)
    if words:
        yield {"heading": heading, "paragraphs": words}


def _lines(paper: Paper) -> Iterable[dict[str, Any]]:
    """Each row of the books behind the printed cells once: with its codes, its source and exact yuan."""
    common = {"year": str(paper.year), "unit_code": paper.unit_code, "unit_name": paper.unit_name}
    spent = paper.kind == "accounts"
    seen: set[Any] = set()
    for table in paper.tables:
        for cell in table.cells():
            for row in cell.rows:
                if not isinstance(row, LineRow | IncomeRow) or row in seen:
                    continue
                seen.add(row)
                is_line = isinstance(row, LineRow)
                yield common | {
                    "direction": "支出" if is_line else "收入",
                    "phase": "executed" if spent else "approved",
                    "function": row.function,
                    "function_name": row.function_name if isinstance(row, LineRow) else "",
                    "economic": row.economic if isinstance(row, LineRow) else "",
                    "economic_name": row.economic_name if isinstance(row, LineRow) else "",
                    "project": row.project_name if isinstance(row, LineRow) else "",
                    "source": SOURCE_NAMES[row.source],
                    "amount": str(row.amount),
                }
