"""The same small documents in every format the reader knows, made by the libraries that offices make them with."""

import io
from collections.abc import Sequence
from pathlib import Path

import docx
import typst
import xlsxwriter

import wangge.kernel
from wangge.disclosure.documents.model import Grid, Paragraph, Source
from wangge.disclosure.documents.reading import read

SHARED = Path(__file__).resolve().parents[4] / "shared"
FONTS = Path(wangge.kernel.__file__).parent / "fonts"

TITLE = ["表3 部门支出总表", "单位名称：某区某中心", "单位：万元"]
ROWS = [
    ["科目编码", "科目名称", "合计", "基本支出", "项目支出"],
    ["", "合计", "1,511.90", "1,000.00", "511.90"],
    ["201", "一般公共服务支出", "1,511.90", "1,000.00", "511.90"],
    ["20103", "政府办公厅（室）及相关机构事务", "1,511.90", "1,000.00", "511.90"],
    ["2010301", "行政运行", "1,000.00", "1,000.00", ""],
    ["2010302", "一般行政管理事务", "511.90", "", "511.90"],
]
NOTE = "注：本表反映部门本年度各项支出情况。"


def texts(source: Source) -> list[list[list[str]]]:
    """The printed texts of every grid."""
    return [[[cell.text for cell in row] for row in block.rows] for block in source.blocks if isinstance(block, Grid)]


def lines(source: Source) -> list[str]:
    return [block.text for block in source.blocks if isinstance(block, Paragraph)]


def reading(data: bytes, name: str = "file") -> tuple[list[str], list[list[list[str]]]]:
    source = read(data, name)
    return lines(source), texts(source)


def as_text(rows: Sequence[Sequence[str]] = ROWS) -> bytes:
    return "\n\n".join([*TITLE, "\n".join("\t".join(row) for row in rows), NOTE]).encode()


def as_docx(rows: Sequence[Sequence[str]] = ROWS) -> bytes:
    document = docx.Document()
    for line in TITLE:
        document.add_paragraph(line)
    table = document.add_table(len(rows), len(rows[0]))
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    document.add_paragraph(NOTE)
    return saved(document)


def saved(document: "docx.document.Document") -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_xlsx(rows: Sequence[Sequence[str]] = ROWS) -> bytes:
    """Figures as numbers with a format, everything else as text, title and note merged over the width."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet, money, wide = book.add_worksheet("支出"), book.add_format({"num_format": "#,##0.00"}), len(rows[0]) - 1
    for r, line in enumerate(TITLE):
        sheet.merge_range(r, 0, r, wide, line)
    for r, row in enumerate(rows, len(TITLE)):
        for c, text in enumerate(row):
            if "." in text:
                sheet.write_number(r, c, float(text.replace(",", "")), money)
            elif text:
                sheet.write_string(r, c, text)
    sheet.merge_range(len(TITLE) + len(rows), 0, len(TITLE) + len(rows), wide, NOTE)
    book.close()
    return out.getvalue()


def as_html(rows: Sequence[Sequence[str]] = ROWS) -> bytes:
    body = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows)
    head = "".join(f"<p>{line}</p>" for line in TITLE)
    return f"<!DOCTYPE html><meta charset=utf-8><body>{head}<table>{body}</table><p>{NOTE}</p>".encode()


def as_pdf(rows: Sequence[Sequence[str]] = ROWS) -> bytes:
    head = "\n\n".join(f"#align(center)[{line}]" for line in TITLE[:1])
    return pdf(f"{head}\n\n{TITLE[1]} #h(1fr) {TITLE[2]}\n\n{table(rows)}\n\n{NOTE}")


def table(rows: Sequence[Sequence[str]], **settings: str) -> str:
    """A ruled table in Typst; cells are strings, so nothing in them is markup."""
    cells = ", ".join(
        '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"' for row in rows for text in row
    )
    more = "".join(f"{key}: {value}, " for key, value in settings.items())
    return f"#table(columns: {len(rows[0])}, {more}{cells})"


def pdf(body: str, page: str = "width: 210mm, height: 297mm", root: Path | None = None) -> bytes:
    """Pages of Typst markup in our own font; pictures are looked for in `root`."""
    source = f'#set page({page})\n#set text(font: "Noto Sans SC", size: 9pt, lang: "zh")\n{body}'
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    made = typst.compile(source.encode(), root=str(root or FONTS), format="pdf", font_paths=fonts)  # type: ignore[call-overload]
    assert isinstance(made, bytes)
    return made
