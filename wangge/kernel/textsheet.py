"""An XLSX written to a stream as its rows come: for tables of hundreds of thousands of rows.

`tables.write_xlsx` makes the envelope (titles, widths, formats), so that a long table looks like any other; only the rows are
written here, in constant memory and many times as quickly as cell by cell. Office programs hold at most `MOST` rows in a sheet.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import IO, Any
from xml.sax.saxutils import escape

from wangge.kernel import tables
from wangge.kernel.tables import Column, write_xlsx

MOST = 1_048_575
_SHEET = "xl/worksheets/sheet1.xml"
_END = b"</sheetData>"
# What a cell cannot hold as it stands: marks of XML, control characters, blanks at an end, and what would be read as an escape.
_AWKWARD = re.compile(r"[\x00-\x09\x0b-\x1e&<>\ufffe\uffff]|\n|_x[0-9A-Fa-f]{4}_|(?:^|\x1f)\s|\s(?:$|\x1f)")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPE = re.compile(r"_(x[0-9A-Fa-f]{4}_)")
_LONGEST = 32_767
# One value of each kind that is a number to an office program; the rest is text.
_NUMBERS: dict[str, Any] = {"int": 1, "decimal": 1.5, "date": date(2000, 1, 1), "datetime": datetime(2000, 1, 1)}  # noqa: DTZ001
# Day 1 is 1 January 1900; the format believes that year to have had a 29 February.
_BEFORE_DAY_ONE, _BEFORE_THE_DAY_THAT_WAS_NOT = date(1899, 12, 31), 59


def _letters(at: int) -> str:
    """The name of a column, counted from 0: A … Z, AA …"""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


class TextSheet:
    """One sheet of columns, or of titles when all are text. `rows` counts what was written below the titles. Close it, or
    use it as a context."""

    def __init__(self, stream: IO[bytes], columns: Sequence[str | Column], name: str) -> None:
        known = [c if isinstance(c, Column) else Column(str(i), c) for i, c in enumerate(columns)]
        sample = [_NUMBERS.get(c.kind, "x") for c in known]
        envelope = zipfile.ZipFile(io.BytesIO(write_xlsx(known, [sample], name)))
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        for entry in envelope.namelist():
            if entry != _SHEET:
                self._zip.writestr(entry, envelope.read(entry))
        head, _, self._tail = envelope.read(_SHEET).partition(_END)
        # The sample shows how each column is written, and goes again.
        head, mark, row = head.partition(b'<row r="2"')
        formats = re.findall(rb'<c r="[A-Z]+2"((?: s="\d+")?)', mark + row)
        # How large the sheet will be nobody knows yet; the element may be left out.
        self._sheet = self._zip.open(_SHEET, "w", force_zip64=True)
        self._sheet.write(re.sub(rb"<dimension[^>]*/>", b"", head))
        self._cells = [
            (_letters(at), f'"{said.decode()}><v>', "</v></c>")
            if column.kind in _NUMBERS
            else (_letters(at), f'"{said.decode()} t="inlineStr"><is><t>', "</t></is></c>")
            for at, (column, said) in enumerate(zip(known, formats, strict=True))
        ]
        self.rows = 0

    def __enter__(self) -> "TextSheet":
        return self

    def __exit__(self, *told: object) -> None:
        self.close()

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Append rows of texts, numbers as XML has them; an empty text is an empty cell."""
        parts: list[str] = []
        put = parts.append
        number = self.rows + 1
        for row in rows:
            number += 1
            if _AWKWARD.search("\x1f".join(row)):
                put(self._slowly(number, row))
                continue
            put(f'<row r="{number}">')
            for (letters, begin, end), text in zip(self._cells, row, strict=True):
                if text:
                    put(f'<c r="{letters}{number}{begin}{text[:_LONGEST]}{end}')
            put("</row>")
        if number - 1 > MOST:
            raise ValueError(f"a sheet holds {MOST} rows")
        self._sheet.write("".join(parts).encode())
        self.rows = number - 1

    def _slowly(self, number: int, row: Sequence[str]) -> str:
        made = [f'<row r="{number}">']
        for (letters, begin, end), text in zip(self._cells, row, strict=True):
            if text:
                shown = escape(_ESCAPE.sub(r"_x005F_\1", _ILLEGAL.sub("", text)[:_LONGEST]))
                kept = begin.replace("<t>", '<t xml:space="preserve">') if shown != shown.strip() else begin
                made.append(f'<c r="{letters}{number}{kept}{shown}{end}')
        return "".join([*made, "</row>"])

    def close(self) -> None:
        self._sheet.write(_END + self._tail)
        self._sheet.close()
        self._zip.close()


def long_xlsx(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any] | Sequence[Any]], title: str, *, at_once: int = 500
) -> bytes:
    """What `tables.write_xlsx` makes, several times as quickly: for a list that may be the whole district."""
    made = io.BytesIO()
    with TextSheet(made, columns, title) as sheet:
        left = iter(rows)
        while part := list(islice(left, at_once)):
            sheet.write([[_text(c, v) for c, v in zip(columns, tables.cells(columns, r), strict=True)] for r in part])
    return made.getvalue()


def _text(column: Column, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if column.kind not in _NUMBERS:
        return tables.label(column, value)
    if isinstance(value, datetime):
        value = tables.naive(value)
        share = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second) / timedelta(days=1)
        return repr(_day(value.date()) + share)
    if isinstance(value, date):
        return str(_day(value))
    if not isinstance(value, int | float | Decimal):
        raise TypeError(f"{column.title} holds numbers, not {type(value).__name__}")
    return str(value)


def _day(value: date) -> int:
    days = (value - _BEFORE_DAY_ONE).days
    return days + (days > _BEFORE_THE_DAY_THAT_WAS_NOT)
