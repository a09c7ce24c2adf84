"""A set as a workbook: the text on its first sheet, then a sheet for each table, merged as printed."""

import io
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from wangge.disclosure.documents.filling import Cell, Filled, Heading, Paper, Text

PER_CM = 4.4  # width of a column in characters
NUMBER = re.compile(r"-?\d+(\.\d+)?$")


def workbook(paper: Paper) -> bytes:
    """The bytes of an XLSX. Figures are numbers with their printed decimals; codes and words are text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": " ".join(paper.title), "created": datetime(2000, 1, 1)})  # noqa: DTZ001
    looks = _Looks(book)
    if any(isinstance(b, Heading | Text) for b in paper.blocks):
        _text_sheet(book, looks, paper)
    taken: set[str] = set()
    for table in paper.tables:
        _table_sheet(book.add_worksheet(_name(table, taken)), looks, table)
    book.close()
    return out.getvalue()


class _Looks:
    """Formats, made once each."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **options: Any) -> Any:
        key = tuple(sorted(options.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(
                {"font_name": "宋体", "font_size": 10, "valign": "vcenter", **options}
            )
        return self.made[key]

    def of(self, cell: Cell) -> Any:
        if cell.look == "head":
            return self(border=1, text_wrap=True, align="center", bold=True)
        if cell.look == "figure":
            return self(border=1, align="right", num_format=_number_format(cell.text), text_wrap=True)
        return self(border=1, text_wrap=True, align="center" if cell.look == "code" else "left")


def _number_format(text: str) -> str:
    digits = len(text.partition(".")[2])
    return "0." + "0" * digits if digits and NUMBER.match(text) else "0" if NUMBER.match(text) else "@"


def _name(table: Filled, taken: set[str]) -> str:
    name = re.sub(r"[\[\]:*?/\\]", "", f"{table.number} {table.title}".strip())[:31]
    n = 1
    while name in taken:
        n += 1
        name = f"{name[:28]} {n}"
    taken.add(name)
    return name


def _text_sheet(book: Any, looks: _Looks, paper: Paper) -> None:
    sheet = book.add_worksheet("说明")
    sheet.set_column(0, 0, 100)
    row = 0
    for line in paper.title:
        sheet.write_string(row, 0, line, looks(bold=True, font_size=18, align="center"))
        row += 1
    for block in paper.blocks:
        if isinstance(block, Heading):
            sheet.write_string(row, 0, block.text, looks(bold=True, font_size=15 - block.level))
        elif isinstance(block, Text):
            sheet.write_string(row, 0, block.text, looks(text_wrap=True, align="left"))
        else:
            continue
        row += 1


def _table_sheet(sheet: Any, looks: _Looks, table: Filled) -> None:
    width = len(table.widths)
    for at, wide in enumerate(table.widths):
        sheet.set_column(at, at, wide * PER_CM)
    if table.wide:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    row = 0
    for text, look in _above(table):
        sheet.write_string(row, 0, text, look(looks))
        row += 1
    first = row
    for line, cells in enumerate(table.grid, first):
        for at, cell in enumerate(cells):
            if cell is None:
                continue
            look = looks.of(cell)
            if cell.columns > 1 or cell.lines > 1:
                last_row, last_column = line + cell.lines - 1, at + cell.columns - 1
                sheet.merge_range(line, at, last_row, last_column, "", look)
            _write(sheet, line, at, cell, look)
    row = first + len(table.grid)
    if table.head:
        sheet.repeat_rows(0, first + table.head - 1)
        sheet.freeze_panes(first + table.head, 0)
    for note in table.notes:
        sheet.write_string(row, 0, note, looks(align="left"))
        row += 1
    sheet.print_area(0, 0, row, width - 1)


def _above(table: Filled) -> list[tuple[str, Any]]:
    """Number, title, unit and money unit, each on a line of its own."""
    lines: list[tuple[str, Any]] = [
        (table.number, lambda looks: looks(align="left")),
        (table.title, lambda looks: looks(bold=True, font_size=14)),
        (f"{table.unit_label}{table.unit_name}", lambda looks: looks(align="left")),
    ]
    if table.unit:
        lines.append((f"单位：{table.unit}", lambda looks: looks(align="left")))
    return lines


def _write(sheet: Any, row: int, column: int, cell: Cell, look: Any) -> None:
    if cell.look == "figure" and NUMBER.match(cell.text):
        sheet.write_number(row, column, Decimal(cell.text), look)
    elif cell.text:
        sheet.write_string(row, column, cell.text, look)
    else:
        sheet.write_blank(row, column, None, look)
