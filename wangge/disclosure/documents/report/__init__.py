"""The result of an audit in four shapes: the JSON contract, a terminal table, one HTML page, a workbook. Pure Python.

What a format needs is imported when it is asked for: a terminal table must not pay for a workbook.
"""

from collections.abc import Mapping
from typing import Any

from wangge.disclosure.documents.model import Report
from wangge.disclosure.documents.report.contract import as_json

__all__ = ["as_html", "as_json", "as_table", "as_xlsx"]


def as_table(report: Report, width: int | None = None, colour: bool = False) -> str:
    """The result for a terminal of that width (default: the terminal's own), with colours or without."""
    from wangge.disclosure.documents.report.table import one

    return one(report, width, colour)


def as_html(report: Report) -> str:
    """One self-contained page: the document with its findings marked, the list of findings beside it."""
    from wangge.disclosure.documents.report.html import page

    return page(report)


def as_xlsx(report: Report, decisions: Mapping[int, tuple[str, str, str]] | None = None) -> bytes:
    """A workbook of four sheets: 发现, 表格, 检查, 未识别.

    `decisions` adds what people decided, by number of the finding: (word, reason, who).
    """
    from wangge.disclosure.documents.report.sheet import workbook

    return workbook(report, decisions)


def summary(report: Report) -> dict[str, Any]:
    """What a ranking shows of one document: its head and how many findings of each severity it has."""
    document = report.document
    counts = {s: sum(f.severity == s for f in report.findings) for s in ("error", "suspicious", "rounding")}
    return {
        "file": document.source.file,
        "kind": document.kind,
        "unit": document.unit,
        "year": document.year,
        "sha256": document.source.sha256,
        "text_sha256": document.source.text_sha256,
        "coverage": document.cells_read / document.cells_seen if document.cells_seen else 0.0,
        **counts,
    }
