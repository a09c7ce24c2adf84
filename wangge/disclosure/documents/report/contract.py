"""The JSON contract. Numbers are JSON numbers as printed (never scaled), with the printed text beside them."""

from decimal import Decimal
from typing import Any

from wangge.disclosure.documents.model import Document, Figure, Finding, Gap, Place, Report, Row, Table, Value
from wangge.disclosure.documents.report.mask import masked


def as_json(report: Report) -> dict[str, Any]:
    """`{file, kind, unit, year, money_unit, tables, checks, findings, not_understood}` and what helps beside it.

    Beside the contract: `sha256`, `text_sha256`, `coverage`, `sentences`, `figures`, `by_rule` under `checks`, and
    `places` (machine-readable) beside every place in words.
    """
    document = report.document
    return {
        "file": document.source.file,
        "kind": document.kind,
        "unit": document.unit,
        "year": document.year,
        "money_unit": document.money_unit,
        "sha256": document.source.sha256,
        "text_sha256": document.source.text_sha256,
        "pages": document.source.pages,
        "coverage": coverage(document),
        "tables": [_table(t) for t in document.tables],
        "sentences": [
            {"text": masked(s.text), "section": list(s.section), "place": place(s.place)} for s in document.sentences
        ],
        "figures": [_figure(f) for f in document.figures],
        "checks": report.checks.total()
        | {
            "by_rule": {
                rule: dict(zip(("run", "passed", "rounding", "failed"), row, strict=True))
                for rule, row in sorted(report.checks.by_rule.items())
            }
        },
        "findings": [finding(f, n) for n, f in enumerate(report.findings, 1)],
        "not_understood": [_gap(g) for g in document.gaps],
    }


def coverage(document: Document) -> dict[str, Any]:
    """How much of what is printed was understood: cells seen and read, and the share (1.0 when there are no cells)."""
    seen, read = document.cells_seen, document.cells_read
    return {"cells_seen": seen, "cells_read": read, "share": round(read / seen, 4) if seen else 1.0}


def place(where: Place) -> dict[str, Any]:
    """Only what the format has; counted from 1."""
    told = {
        "page": where.page,
        "line": where.line,
        "sheet": where.sheet,
        "table": where.table,
        "row": where.row,
        "column": where.column,
    }
    return {key: value for key, value in told.items() if value}


def finding(one: Finding, number: int) -> dict[str, Any]:
    """One finding; `number` counts within the document and is what pages and letters call it."""
    return {
        "number": number,
        "rule": one.rule,
        "severity": one.severity,
        "confidence": round(one.confidence, 3),
        "where": masked(one.where),
        "places": [place(p) for p in one.places],
        "printed": masked(one.printed),
        "expected": masked(one.expected),
        "difference": masked(one.difference),
        "formula": masked(one.formula),
        "quote": masked(one.quote),
        "explanation": masked(one.explanation),
        "origin": one.origin,
        "table": one.table,
        "linked": list(one.linked),
    }


def number(value: Decimal | None) -> int | float | None:
    """Exact for every figure of up to fifteen digits."""
    if value is None:
        return None
    whole = value.to_integral_value()
    return int(whole) if whole == value and value.as_tuple().exponent == 0 else float(value)


def _value(value: Value) -> dict[str, Any]:
    text = value.text if value.number is not None else masked(value.text)
    told: dict[str, Any] = {"text": text, "number": number(value.number), "place": place(value.place)}
    return told | ({"unit": value.unit} if value.unit else {})


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": masked(row.key),
        "label": masked(row.label),
        "code": row.code,
        "level": row.level,
        "section": row.section,
        "place": place(row.place),
        "cells": {column: _value(value) for column, value in row.values.items()},
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "id": table.id,
        "kind": table.kind,
        "title": table.title,
        "number": table.number,
        "unit": table.unit,
        "place": place(table.place),
        "columns": [{"key": c.key, "header": list(c.header), "index": c.index} for c in table.columns],
        "rows": [_row(r) for r in table.rows],
        "fields": {name: _value(value) for name, value in table.fields.items()},
        "notes": [masked(n.text) for n in table.notes],
        "damage": [{"what": masked(what), "place": place(at)} for what, at in table.damage],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "subject": masked(figure.subject),
        "role": figure.role,
        "number": number(figure.number),
        "unit": figure.unit,
        "text": figure.text,
        "quote": masked(figure.quote),
        "base": figure.base,
        "section": list(figure.section),
        "sentence": figure.sentence,
        "place": place(figure.place),
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "what": masked(gap.what),
        "why": masked(gap.why),
        "where": str(gap.place),
        "place": place(gap.place),
        "quote": masked(gap.quote),
    }
