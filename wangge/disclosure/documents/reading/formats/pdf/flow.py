"""Pages put together to one document: running heads left out, tables fitted to the page before."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from wangge.disclosure.documents.model import Cell, Place
from wangge.disclosure.documents.reading.formats.pdf.columns import unruled
from wangge.disclosure.documents.reading.formats.pdf.lattices import THIN, Lattice, cell_text
from wangge.disclosure.documents.reading.formats.pdf.pages import Sheet
from wangge.disclosure.documents.reading.formats.pdf.paragraphs import paragraphs
from wangge.disclosure.documents.reading.formats.pdf.prints import Print
from wangge.disclosure.documents.reading.formats.shape import Line, Piece, Rows, is_caption, is_page_number, squeeze

MARGIN = 0.1  # share of the height at the top and bottom where page numbers and running heads stand


def flowing(sheets: Sequence[Sheet]) -> Iterable[Piece]:
    """The pieces of all pages in reading order, each page's tables ready to be joined to those of the page before."""
    repeated = _running_heads(sheets)
    before: tuple[Lattice, Rows, list[str]] | None = None  # the table that ends the page before
    said: list[str] = []  # what was printed above it
    for sheet in sheets:
        found: list[tuple[float, float, Piece, Lattice | None]] = []
        for lattice in sheet.tables:
            found.append((lattice.box[1], lattice.box[0], _rows(lattice, sheet.number), lattice))
        kept = [line for line in sheet.lines if not _is_margin(line, sheet, repeated)]
        lists, kept = unruled(kept, sheet)
        for lattice in lists:
            found.append((lattice.box[1], lattice.box[0], _rows(lattice, sheet.number), lattice))
        sheet.tables += lists
        for top, left, piece in paragraphs(kept, sheet):
            found.append((top, left, piece, None))
        found.sort(key=lambda item: item[:2])
        above: list[str] = []
        last: tuple[Lattice, Rows, list[str]] | None = None
        for index, (_, _, piece, table) in enumerate(found):
            if isinstance(piece, Line):
                above.append(squeeze(piece.text))
                yield piece
                continue
            if before and table and (not above or above == said[-len(above) :]):
                piece = _fitted(piece, table, *before)
            elif index and isinstance(found[index - 1][2], Rows):
                piece = replace(piece, apart=True)
            if len(piece.rows) == 1 and (index or before is None):
                yield from _as_lines(piece)
            else:
                yield piece
            new = piece.rows[_first_new(piece.rows, before[1].rows) :] if before else piece.rows
            standing = _standing(new, before[2] if before else [])
            last = (table, piece, standing) if table else None
            before, said, above = None, above or said, []
        before = last if found and isinstance(found[-1][2], Rows) else None


def _standing(rows: Sequence[Sequence[Cell]], before: Sequence[str]) -> list[str]:
    """What stands in each column at the end of a table: the last text printed in it, on this page or before."""
    width = max(len(before), *(len(row) for row in rows))
    older = [*before, *("" for _ in range(width))]
    return [
        next((squeeze(row[i].text) for row in reversed(rows) if i < len(row) and row[i].text), older[i])
        for i in range(width)
    ]


def _first_new(rows: Sequence[Sequence[Cell]], above: Sequence[Sequence[Cell]]) -> int:
    """The first row that is not printed at the same place of the table's part before: where its header ends."""
    for index, (row, other) in enumerate(zip(rows, above, strict=False)):
        if [squeeze(cell.text) for cell in row] != [squeeze(cell.text) for cell in other]:
            return index
    return min(len(rows), len(above))


def _rows(table: Lattice, page: int) -> Rows:
    place = Place(page=page)
    return Rows(
        tuple(
            tuple(Cell(cell_text(cell, width), place) for cell, width in zip(row, widths, strict=True))
            for row, widths in zip(table.rows, table.widths, strict=True)
        )
    )


def _fitted(piece: Rows, table: Lattice, head: Lattice, above: Rows, standing: Sequence[str]) -> Rows:
    """The rows of a table's next page in the columns of the page before, when its columns are some of those.

    A cell merged over many rows is printed again on the next page: there it is blank, as in every row but its first.
    """
    blank = Cell("", piece.rows[0][0].place)
    if len(table.columns) != len(head.columns):
        places = []
        for x in table.columns:
            near = min(range(len(head.columns)), key=lambda i: abs(head.columns[i] - x))
            if abs(head.columns[near] - x) > THIN or near in places:
                return replace(piece, apart=True)
            places.append(near)
        spread = [dict(zip(places, row, strict=True)) for row in piece.rows]
        rows = tuple(tuple(row.get(i, blank) for i in range(len(head.columns))) for row in spread)
        merged = [dict(zip(places, row, strict=True)) for row in table.widths]
        table.widths = [[row.get(i, THIN) for i in range(len(head.columns))] for row in merged]
        table.columns = head.columns
    else:
        rows = piece.rows
    first = _first_new(rows, above.rows)
    if first + 1 >= len(rows):
        return replace(piece, rows=rows)
    again = [
        bool(cell.text) and i < len(standing) and squeeze(cell.text) == standing[i] and table.widths[first + 1][i] == 0
        for i, cell in enumerate(rows[first])
    ]
    fixed = tuple(blank if same else cell for same, cell in zip(again, rows[first], strict=True))
    return replace(piece, rows=(*rows[:first], fixed, *rows[first + 1 :]))


def _as_lines(piece: Rows) -> Iterable[Line]:
    """A box of one row is no table."""
    for row in piece.rows:
        text = " ".join(cell.text.replace("\n", "") for cell in row if cell.text)
        if text:
            yield Line(text, row[0].place)


def _running_heads(sheets: Sequence[Sheet]) -> set[str]:
    """Lines at the edge of the page that more than half of at least four pages repeat, numbers aside."""
    seen: Counter[str] = Counter()
    for sheet in sheets:
        seen.update({_plain(line.text) for line in sheet.lines if _at_edge(line, sheet)})
    return {text for text, times in seen.items() if times >= 4 and times > len(sheets) / 2 and text}


def _plain(text: str) -> str:
    return re.sub(r"\d+", "", squeeze(text))


def _at_edge(line: Print, sheet: Sheet) -> bool:
    return not sheet.height * MARGIN < line.middle < sheet.height * (1 - MARGIN)


def _is_margin(line: Print, sheet: Sheet, repeated: set[str]) -> bool:
    text = line.text
    if _at_edge(line, sheet) and _plain(text) in repeated and not is_caption(text):
        return True
    outer = not sheet.height * 0.12 < line.middle < sheet.height * 0.85
    return outer and is_page_number(text)
