"""Words of the room, and the light door to reading and auditing: no database, no Django, imports only when called."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wangge.disclosure.documents.model import Report

AUDIT_RIGHT = "disclosure.audit"
KINDS = {"budget": "部门预算", "accounts": "部门决算", "targets": "绩效目标", "self_evaluation": "绩效自评"}
SEVERITIES = {"error": "错误", "suspicious": "疑点", "rounding": "尾差"}
ORIGINS = {"issuer": "文本", "extraction": "转换", "either": "文本或转换"}
AUDIT_STATES = {"waiting": "审核中", "done": "已审核", "unreadable": "不能审核", "failed": "审核中断"}
DECISIONS = {"accepted": "采纳", "dismissed": "排除"}
FILE_FORMATS = {"pdf": "PDF", "docx": "Word", "xlsx": "Excel"}
FORMATS = ("table", "json", "html", "xlsx")
# What a folder is searched for; the last ones cannot be read and are answered with a sentence.
SUFFIXES = (".pdf", ".docx", ".xlsx", ".html", ".htm", ".txt", ".csv", ".doc", ".xls", ".wps", ".et", ".ofd", ".rtf")


def audit_bytes(data: bytes, name: str) -> "Report":
    """Read, understand and audit one file. Raises `Unreadable` with a sentence when it is no document we can judge."""
    from wangge.disclosure.documents.auditing import audit
    from wangge.disclosure.documents.reading import read, understand

    return audit(understand(read(data, name)))


def as_json(report: "Report") -> dict[str, Any]:
    """The JSON contract of `wangge audit` and `POST /api/v1/audits`."""
    from wangge.disclosure.documents.report import as_json as made

    return made(report)


def as_html(report: "Report") -> str:
    """One self-contained page: the document with its findings marked, and the list of findings beside it."""
    from wangge.disclosure.documents.report import as_html as made

    return made(report)


def as_xlsx(report: "Report") -> bytes:
    """A workbook: findings, tables with coloured cells, checks, what was not understood."""
    from wangge.disclosure.documents.report import as_xlsx as made

    return made(report)


def as_table(report: "Report", width: int | None = None, colour: bool = False) -> str:
    """The result for a terminal."""
    from wangge.disclosure.documents.report import as_table as made

    return made(report, width=width, colour=colour)


def unreadable() -> type[Exception]:
    """The exception that `audit_bytes` raises; it has `code` and `sentence`."""
    from wangge.disclosure.documents.model import Unreadable

    return Unreadable


def summary(report: "Report") -> dict[str, Any]:
    """What a ranking shows of one document."""
    from wangge.disclosure.documents.report import summary as made

    return made(report)


def ranking(
    rows: Sequence[Mapping[str, Any]], form: str, width: int | None = None, colour: bool = False
) -> str | bytes:
    """Several documents, worst first, as `table`, `html` or `xlsx`; a row is a `summary`, or `file` and `sentence`."""
    if form == "html":
        from wangge.disclosure.documents.report.html import ranking as page

        return page(rows)
    if form == "xlsx":
        from wangge.disclosure.documents.report.sheet import ranking as sheet

        return sheet(rows)
    from wangge.disclosure.documents.report.table import ranking as table

    return table(rows, width, colour)
