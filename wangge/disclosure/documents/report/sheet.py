"""The result as a workbook: 发现, 表格 with coloured cells and comments, 检查, 未识别. Nothing printed can act as a formula."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from wangge.disclosure.documents.model import Paragraph, Report
from wangge.disclosure.documents.report import contract, marks
from wangge.disclosure.documents.report.mask import masked
from wangge.disclosure.terms import KINDS, SEVERITIES

_FILLS = {"error": "#FDECEC", "suspicious": "#FEF3E2", "rounding": "#EEF0F3"}
_EDGES = {"error": "#B91C1C", "suspicious": "#B45309", "rounding": "#57606A"}
_NUMBER = re.compile(r"[-−]?\d{1,3}(?:,\d{3})*(?:\.\d+)?|[-−]?\d+(?:\.\d+)?")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_RANK = tuple(SEVERITIES)


class _Book:
    """A workbook with the formats that the sheets share. Every text goes in as text."""

    def __init__(self) -> None:
        self.out = io.BytesIO()
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": True,
        }
        self.book = xlsxwriter.Workbook(self.out, options)
        self.book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 (equal content, equal bytes)
        self.head = self.book.add_format({"bold": True, "bg_color": "#EEF2F7", "border": 1, "text_wrap": True})
        self.title = self.book.add_format({"bold": True})
        self.text = self.book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self.link = self.book.add_format({"font_color": "#1D4ED8", "underline": 1, "valign": "top"})
        self._kept: dict[tuple[str, str], Any] = {}

    def cell(self, severity: str, form: str) -> Any:
        """The format of a table cell: coloured when a finding stands there, with as many decimals as are printed."""
        if (severity, form) not in self._kept:
            colours = {"bg_color": _FILLS[severity], "border": 2, "border_color": _EDGES[severity]} if severity else {}
            self._kept[severity, form] = self.book.add_format({"num_format": form, "valign": "top", **colours})
        return self._kept[severity, form]

    def sheet(self, name: str, heads: Sequence[tuple[str, int]]) -> Any:
        sheet = self.book.add_worksheet(name)
        for at, (title, width) in enumerate(heads):
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, title, self.head)
        if heads:
            sheet.freeze_panes(1, 0)
        return sheet

    def row(self, sheet: Any, line: int, values: Iterable[Any]) -> None:
        for at, value in enumerate(values):
            if isinstance(value, int | float):
                sheet.write_number(line, at, value)
            elif value:
                sheet.write_string(line, at, legal(str(value)), self.text)

    def bytes(self) -> bytes:
        self.book.close()
        return self.out.getvalue()


def legal(text: str) -> str:
    return _ILLEGAL.sub("", text)[:32767]


_FOUND = (
    ("序号", 6), ("类别", 8), ("规则", 8), ("位置", 40), ("公开文本", 18), ("应为", 18), ("相差", 14), ("计算", 50),
    ("说明", 60), ("原文", 50), ("把握", 8), ("可能来源", 12), ("表格中的位置", 14),
)  # fmt: skip
_DECIDED = (("处理", 8), ("理由", 40), ("处理人", 12))
_ORIGINS = {"issuer": "公开文本", "extraction": "文字转换", "either": "文本或转换"}


def workbook(report: Report, decisions: Mapping[int, tuple[str, str, str]] | None = None) -> bytes:
    """The whole result of one document; `decisions` adds what people decided, by number of the finding."""
    book = _Book()
    first = book.sheet("发现", [*_FOUND, *(_DECIDED if decisions is not None else ())])
    links = _tables(book, book.book.add_worksheet("表格"), report)
    for line, one in enumerate(report.findings, 1):
        _finding(book, first, line, contract.finding(one, line), links, (decisions or {}).get(line, ()))
    first.autofilter(0, 0, max(1, len(report.findings)), 12)
    _checks(book, report)
    gaps = book.sheet("未识别", [("内容", 40), ("原因", 50), ("位置", 30), ("原文", 60)])
    for line, gap in enumerate(report.document.gaps, 1):
        book.row(gaps, line, map(masked, (gap.what, gap.why, str(gap.place), gap.quote)))
    return book.bytes()


def _finding(
    book: _Book, sheet: Any, line: int, f: Mapping[str, Any], links: Mapping[int, str], decided: Sequence[str]
) -> None:
    keys = ("where", "printed", "expected", "difference", "formula", "explanation", "quote")
    values = [f["number"], SEVERITIES[f["severity"]], f["rule"], *(f[k] for k in keys), f["confidence"]]
    book.row(sheet, line, [*values, _ORIGINS[f["origin"]], "", *decided])
    if at := links.get(f["number"]):
        sheet.write_url(line, 12, f"internal:'表格'!{at}", book.link, at)


def _checks(book: _Book, report: Report) -> None:
    """How often each rule was asked and how it ended, with its relation and its ground."""
    from wangge.disclosure.documents.auditing import catalogue

    heads = [("规则", 10), ("核对次数", 10), ("相符", 10), ("尾差", 10), ("不符", 10), ("关系", 60), ("依据", 50)]
    known = {rule.id: (rule.formula, rule.source) for rule in reversed(catalogue())}
    sheet = book.sheet("检查", heads)
    lines = [(rule, *row, *known.get(rule, ())) for rule, row in sorted(report.checks.by_rule.items())]
    lines.append(("合计", *report.checks.total().values()))
    for line, row in enumerate(lines, 1):
        book.row(sheet, line, row)


def _tables(book: _Book, sheet: Any, report: Report) -> dict[int, str]:
    """Every table as printed, below one another; gives the cell of each finding that stands in one."""
    source = report.document.source
    links: dict[int, str] = {}
    marked = marks.Marked(source, marks.of(report.findings))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 40, 13)
    line, before = 0, ""
    for i, block in enumerate(source.blocks):
        if isinstance(block, Paragraph):
            before = block.text
            continue
        sheet.write_string(line, 0, legal(masked(f"{before}　{block.place}")), book.title)
        line += 1
        for r, row in enumerate(block.rows):
            for c, cell in enumerate(row):
                own = marked.at.get((i, r, c), [])
                if own:
                    links |= {m.number: f"{_letters(c)}{line + 1}" for m, is_own in own if is_own}
                _write(book, sheet, line, c, masked(cell.text), own, report)
            line += 1
        line += 1
    return links


def _write(book: _Book, sheet: Any, line: int, at: int, text: str, own: Sequence[Any], report: Report) -> None:
    severity = min((m.severity for m, _ in own), key=_RANK.index) if own else ""
    plain = text.strip()
    if _NUMBER.fullmatch(plain) and len(plain) < 16 and not (plain.isdigit() and len(plain) > 1 and plain[0] == "0"):
        decimals = len(plain.partition(".")[2])
        form = ("#,##0" if "," in plain else "0") + ("." + "0" * decimals if decimals else "")
        sheet.write_number(line, at, Decimal(plain.replace(",", "").replace("−", "-")), book.cell(severity, form))
    elif text or own:
        sheet.write_string(line, at, legal(text), book.cell(severity, "@"))
    if own:
        said = [report.findings[m.number - 1] for m, _ in own[:4]]
        words = [
            f"{m.number}. {SEVERITIES[m.severity]} {f.rule}：{masked(f.explanation or f.formula)}"
            for (m, _), f in zip(own[:4], said, strict=True)
        ]
        sheet.write_comment(line, at, legal("\n".join(words))[:2000], {"x_scale": 2, "y_scale": 2})


def _letters(column: int) -> str:
    return xlsxwriter.utility.xl_col_to_name(column)


def ranking(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Several documents, worst first."""
    book = _Book()
    heads = [
        ("名次", 6),
        ("文件", 50),
        ("单位", 30),
        ("年度", 8),
        ("种类", 12),
        *((w, 8) for w in SEVERITIES.values()),
        ("说明", 60),
    ]
    sheet = book.sheet("排名", heads)
    for line, row in enumerate(rows, 1):
        if row.get("sentence"):
            book.row(sheet, line, [line, row["file"], "", "", "", "", "", "", row["sentence"]])
        else:
            counts = [row[s] for s in SEVERITIES]
            book.row(sheet, line, [line, row["file"], row["unit"], row["year"], KINDS[row["kind"]], *counts])
    return book.bytes()
