"""An XLSX of texts only, written to a stream as its rows come: for tables of hundreds of thousands of rows.

`tables.write_xlsx` makes the envelope (titles, widths, formats), so that a long table looks like any other; only the rows are
written here, in constant memory and many times as quickly as cell by cell. Office programs hold at most `MOST` rows in a sheet.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO
from xml.sax.saxutils import escape

from wangge.kernel.tables import Column, write_xlsx

MOST = 1_048_575
_SHEET = "xl/worksheets/sheet1.xml"
_END = b"</sheetData>"
# What a cell cannot hold as it stands: marks of XML, control characters, blanks at an end, and what would be read as an escape.
_AWKWARD = re.compile(r"[\x00-\x09\x0b-\x1e&<>\ufffe\uffff]|\n|_x[0-9A-Fa-f]{4}_|(?:^|\x1f)\s|\s(?:$|\x1f)")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPE = re.compile(r"_(x[0-9A-Fa-f]{4}_)")
_LONGEST = 32_767


def _letters(at: int) -> str:
    """The name of a column, counted from 0: A … Z, AA …"""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


class TextSheet:
    """One sheet. `rows` counts what was written below the titles. Close it, or use it as a context."""

    def __init__(self, stream: IO[bytes], titles: Sequence[str], name: str) -> None:
        envelope = zipfile.ZipFile(io.BytesIO(write_xlsx([Column(str(i), t) for i, t in enumerate(titles)], [], name)))
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        for entry in envelope.namelist():
            if entry != _SHEET:
                self._zip.writestr(entry, envelope.read(entry))
        head, _, self._tail = envelope.read(_SHEET).partition(_END)
        # How large the sheet will be nobody knows yet; the element may be left out.
        self._sheet = self._zip.open(_SHEET, "w", force_zip64=True)
        self._sheet.write(re.sub(rb"<dimension[^>]*/>", b"", head))
        # The format of the first column: text, as `write_xlsx` gives it to columns of text.
        found = re.search(rb'<col [^>]*style="(\d+)"', head)
        style = f' s="{found[1].decode()}"' if found else ""
        self._cells = [(_letters(at), f'"{style} t="inlineStr"><is><t>') for at in range(len(titles))]
        self.rows = 0

    def __enter__(self) -> "TextSheet":
        return self

    def __exit__(self, *told: object) -> None:
        self.close()

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Append rows of texts; an empty text is an empty cell."""
        parts: list[str] = []
        put = parts.append
        number = self.rows + 1
        for row in rows:
            number += 1
            if _AWKWARD.search("\x1f".join(row)):
                put(self._slowly(number, row))
                continue
            put(f'<row r="{number}">')
            for (letters, begin), text in zip(self._cells, row, strict=True):
                if text:
                    put(f'<c r="{letters}{number}{begin}{text[:_LONGEST]}</t></is></c>')
            put("</row>")
        if number - 1 > MOST:
            raise ValueError(f"a sheet holds {MOST} rows")
        self._sheet.write("".join(parts).encode())
        self.rows = number - 1

    def _slowly(self, number: int, row: Sequence[str]) -> str:
        made = [f'<row r="{number}">']
        for (letters, begin), text in zip(self._cells, row, strict=True):
            if text:
                shown = escape(_ESCAPE.sub(r"_x005F_\1", _ILLEGAL.sub("", text)[:_LONGEST]))
                kept = begin.replace("<t>", '<t xml:space="preserve">') if shown != shown.strip() else begin
                made.append(f'<c r="{letters}{number}{kept}{shown}</t></is></c>')
        return "".join([*made, "</row>"])

    def close(self) -> None:
        self._sheet.write(_END + self._tail)
        self._sheet.close()
        self._zip.close()
