"""A printed document as data, and the same document as text, DOCX, XLSX, HTML and PDF.

A cell that prints a figure says what the reading should make of it: kind of table, section, key of the row, key of the column.
"""

import html
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import docx
import typst
import xlsxwriter

import wangge.kernel

FONTS = Path(wangge.kernel.__file__).parent / "fonts"
FORMATS = ("text", "docx", "xlsx", "html", "pdf")


@dataclass(frozen=True, slots=True)
class Box:
    """A printed cell; `at` is (section, row key, column key) of a figure. `wide` and `tall` are what it is merged over."""

    text: str
    at: tuple[str, str, str] | None = None
    wide: int = 1
    tall: int = 1


@dataclass(slots=True)
class Printed:
    """A table as printed. `head` and `rows` hold boxes; a place below a merged box holds None."""

    kind: str
    above: list[str]
    head: list[list[Box | None]]
    rows: list[list[Box | None]]
    below: list[str] = field(default_factory=list)
    cut: int = 0  # after this row a page ends
    again: bool = False  # the header is printed again on the next page


@dataclass(slots=True)
class Paper:
    """Paragraphs and tables in order."""

    blocks: list[str | Printed] = field(default_factory=list)

    @property
    def tables(self) -> list[Printed]:
        return [block for block in self.blocks if isinstance(block, Printed)]


def head_of(*lines: Sequence[str | tuple[str, int, int] | None]) -> list[list[Box | None]]:
    """Header rows from words and merged words `(text, wide, tall)`; None under a merged word."""
    return [
        [None if word is None else Box(word) if isinstance(word, str) else Box(word[0], None, word[1], word[2]) for word in line]
        for line in lines
    ]  # fmt: skip


def parts(table: Printed) -> Iterator[list[list[Box | None]]]:
    """The rows as they stand on each page."""
    if not table.cut or table.cut >= len(table.rows):
        yield [*table.head, *table.rows]
        return
    yield [*table.head, *table.rows[: table.cut]]
    yield [*(table.head if table.again else []), *table.rows[table.cut :]]


@dataclass(slots=True)
class Text:
    """The text with the line and column of each box and paragraph."""

    data: bytes
    boxes: dict[tuple[int, int, int], tuple[int, int]]  # (table, row of the body, column) → line, column
    lines: dict[int, int]  # block → line


def text(paper: Paper) -> Text:
    lines: list[str] = []
    boxes: dict[tuple[int, int, int], tuple[int, int]] = {}
    said: dict[int, int] = {}
    number = -1
    for index, block in enumerate(paper.blocks):
        if isinstance(block, str):
            lines.append(block)
            said[index] = len(lines)
            lines.append("")
            continue
        number += 1
        lines += [*block.above]
        row_number = 0
        for rows in parts(block):
            for row in rows:
                lines.append("\t".join(box.text if box else "" for box in row))
                if row in block.rows and not any(row is line for line in block.head):
                    for column in range(len(row)):
                        boxes[number, row_number, column] = (len(lines), column + 1)
                    row_number += 1
            lines.append("")
        lines += [*block.below, ""]
    return Text("\n".join(lines).encode(), boxes, said)


def as_html(paper: Paper) -> bytes:
    out = ["<!doctype html><html><head><meta charset='utf-8'><title></title></head><body>"]
    for block in paper.blocks:
        if isinstance(block, str):
            out.append(f"<p>{html.escape(block)}</p>")
            continue
        out += [f"<p>{html.escape(line)}</p>" for line in block.above]
        for rows in parts(block):
            out.append("<table>")
            for row in rows:
                cells = "".join(
                    f"<td colspan='{box.wide}' rowspan='{box.tall}'>{html.escape(box.text)}</td>" for box in row if box
                )
                out.append(f"<tr>{cells}</tr>")
            out.append("</table>")
        out += [f"<p>{html.escape(line)}</p>" for line in block.below]
    return "".join([*out, "</body></html>"]).encode()


def as_docx(paper: Paper) -> bytes:
    made = docx.Document()
    for block in paper.blocks:
        if isinstance(block, str):
            made.add_paragraph(block)
            continue
        for line in block.above:
            made.add_paragraph(line)
        whole = replace(block, cut=0)  # a word processor breaks pages by itself
        (rows,) = parts(whole)
        table = made.add_table(len(rows), len(rows[0]))
        cells = [table.rows[y].cells for y in range(len(rows))]
        for y, row in enumerate(rows):
            for x, box in enumerate(row):
                if box is None:
                    continue
                cell = cells[y][x]
                if box.wide > 1 or box.tall > 1:
                    cell = cell.merge(cells[y + box.tall - 1][x + box.wide - 1])
                cell.paragraphs[0].text = box.text
        for line in block.below:
            made.add_paragraph(line)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def as_xlsx(paper: Paper) -> bytes:
    """A sheet for every table, one for the text between."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    sheet = None
    y = 0
    for number, block in enumerate(paper.blocks):
        if isinstance(block, str):
            if sheet is None or y < 0:
                sheet, y = book.add_worksheet(f"文字{number}"), 0
            sheet.write_string(y, 0, block)
            y += 1
            continue
        sheet, y = book.add_worksheet(f"{number}"), 0
        (rows,) = parts(replace(block, cut=0))
        width = len(rows[0])
        for line in block.above:
            sheet.merge_range(y, 0, y, width - 1, line) if width > 1 else sheet.write_string(y, 0, line)
            y += 1
        for row in rows:
            for x, box in enumerate(row):
                if box is None:
                    continue
                if box.wide > 1 or box.tall > 1:
                    sheet.merge_range(y, x, y + box.tall - 1, x + box.wide - 1, box.text)
                else:
                    sheet.write_string(y, x, box.text)
            y += 1
        for line in block.below:
            sheet.write_string(y, 0, line)
            y += 1
        y = -1
    book.close()
    return data.getvalue()


def as_pdf(paper: Paper) -> bytes:
    def quoted(words: str) -> str:
        return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'

    out = [
        '#set page("a4", flipped: true, margin: 1.5cm)\n#set text(size: 8pt, font: "Noto Sans SC", lang: "zh")\n'
        "#set table(inset: 3pt)\n#set par(first-line-indent: 2em)\n"
    ]
    for block in paper.blocks:
        if isinstance(block, str):
            out.append(f"#par({quoted(block)})\n\n")
            continue
        out.append("#pagebreak(weak: true)\n")
        out += [f"#align({'center' if i == 0 else 'left'}, text({quoted(line)}))\n\n" for i, line in enumerate(block.above)]  # fmt: skip
        for number, rows in enumerate(parts(block)):
            if number:
                out.append("#pagebreak()\n")
            cells = []
            for y, row in enumerate(rows):
                for x, box in enumerate(row):
                    if box is not None:
                        cells.append(f"table.cell(x: {x}, y: {y}, colspan: {box.wide}, rowspan: {box.tall}, {quoted(box.text)})")  # fmt: skip
            out.append(f"#table(columns: {len(rows[0])}, {', '.join(cells)})\n\n")
        out += [f"#par({quoted(line)})\n\n" for line in block.below]
    return typst.compile("".join(out).encode(), font_paths=[str(FONTS)], ignore_system_fonts=True)  # type: ignore[call-overload,misc,no-any-return]


def render(paper: Paper, form: str) -> bytes:
    """The bytes of the paper in one of FORMATS."""
    made = {"docx": as_docx, "xlsx": as_xlsx, "html": as_html, "pdf": as_pdf}
    return text(paper).data if form == "text" else made[form](paper)
