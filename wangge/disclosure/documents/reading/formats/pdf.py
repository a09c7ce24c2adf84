"""PDF with a text layer: ruled tables, tables aligned by their words where that is certain, and paragraphs.

Each page is opened once and forgotten. A table is taken from lines that are drawn, never from the white patches behind
text; a drawn box that is no table (one row, one column, a chart) is read as the text that stands in it.
"""

import io
import logging
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pdfplumber
from pdfminer.layout import LTChar, LTContainer, LTCurve, LTImage, LTRect
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfplumber.page import Page

from wangge.disclosure.documents.model import Cell, Place, Unreadable
from wangge.disclosure.documents.reading.formats.shape import (
    Line,
    Piece,
    Rows,
    aligned,
    is_caption,
    is_heading,
    is_number,
    is_page_number,
    squeeze,
)

MOST_PAGES = 1000
THIN = 4.0  # points: a drawn shape no wider is a line, a cell no wider holds no text
PICTURE = 0.5  # share of the page that a picture covers, from which a page without text counts as scanned
FEW = 30  # characters: fewer on a page are a stamp or a page number, no text layer
GARBLED = 0.2  # share of characters without a meaning, from which a text layer is garbage
MARGIN = 0.1  # share of the height at the top and bottom where page numbers and running heads stand

_SENTENCE = re.compile(r"[，。；：]")
_RADICALS = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")

logging.getLogger("pdfminer").setLevel(logging.ERROR)  # its remarks on fonts and colours mean nothing to a reader


@dataclass(slots=True)
class Run:
    """Characters printed without a gap, on one line; `spaced` says that a blank is printed before them."""

    text: str
    x0: float
    x1: float
    middle: float
    size: float
    spaced: bool = False


@dataclass(slots=True)
class Print:
    """One printed line: its runs from left to right."""

    runs: list[Run]
    middle: float
    number: int = 0

    @property
    def x0(self) -> float:
        return self.runs[0].x0

    @property
    def x1(self) -> float:
        return self.runs[-1].x1

    @property
    def size(self) -> float:
        return max(run.size for run in self.runs)

    @property
    def text(self) -> str:
        return join_runs(self.runs)


@dataclass(slots=True)
class Lattice:
    """The cells of one ruled table: columns from left to right, rows from top to bottom, blank where merged."""

    box: tuple[float, float, float, float]
    columns: list[float]
    rows: list[list[list[Print]]]
    widths: list[list[float]]


@dataclass(slots=True)
class Sheet:
    """What one page gives before headers, footers and page breaks are dealt with."""

    number: int
    height: float
    width: float
    lines: list[Print]
    tables: list[Lattice]


def pieces(data: bytes) -> tuple[list[Piece], int, tuple[tuple[str, Place], ...]]:
    """The pieces of the document, its number of pages, and the pages that could not be read, each with its reason.

    Raises Unreadable: `encrypted`, `broken`, `empty`, `too_large`, `scanned`.
    """
    try:
        document = pdfplumber.open(io.BytesIO(data))
        count = len(document.pages)
    except Exception as error:
        raise _unreadable(error) from error
    with document:
        if count == 0:
            raise Unreadable("empty", "这个PDF没有任何页面。请重新导出后再试。")
        if count > MOST_PAGES:
            raise Unreadable("too_large", f"这个PDF有{count}页，超过{MOST_PAGES}页。请拆成几个文件后再试。")
        sheets: list[Sheet] = []
        problems: list[tuple[str, Place]] = []
        garbled = 0
        for index in range(count):
            page, place = document.pages[index], Place(page=index + 1)
            try:
                problem, sheet = _sheet(page)
            except (MemoryError, KeyboardInterrupt):
                raise
            except Exception:
                problem, sheet = "这一页的内容已损坏，没有读取。", None
            finally:
                page.close()
            garbled += problem == _GARBLED
            if problem:
                problems.append((problem, place))
            if sheet:
                sheets.append(sheet)
    if not sheets:
        _refuse(problems, garbled)
    return list(_pieces(sheets)), count, tuple(problems)


_SCANNED = "这一页是图片，没有文字层，没有读取。"
_GARBLED = "这一页的文字层是乱码，没有读取。"
_BEHIND = "这一页是图片，文字由识别得来，数字请对照原件核对。"


def _unreadable(error: Exception) -> Unreadable:
    causes = [error, error.__cause__, *error.args]
    if any(isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError) for cause in causes):
        return Unreadable("encrypted", "这个PDF有打开密码。请去掉密码，或重新导出没有密码的PDF后再试。")
    return Unreadable("broken", "这个PDF已损坏，打不开。请重新下载或重新导出后再试。")


def _refuse(problems: Sequence[tuple[str, Place]], garbled: int) -> None:
    if not problems:
        raise Unreadable("empty", "这个PDF的页面是空白的，没有文字。请检查是否选错了文件。")
    if garbled:
        raise Unreadable("scanned", "这个PDF的文字层是乱码，不能读取。请用原来的Word或Excel文件，或重新导出PDF后再试。")
    if any(problem == _SCANNED for problem, _ in problems):
        raise Unreadable(
            "scanned", "这个PDF是扫描件或图片，没有文字层，不能读取。请用原来的Word、Excel文件，或由它们直接导出的PDF。"
        )
    raise Unreadable("broken", "这个PDF的每一页都已损坏，不能读取。请重新下载或重新导出后再试。")


def _sheet(page: Page) -> tuple[str, Sheet | None]:
    """What a page holds, and what is wrong with it; no sheet when it is blank or cannot be read."""
    ink = _ink(page)
    turn = _turn(ink.chars)
    if turn:
        page.page_obj.rotate = (page.page_obj.rotate + turn) % 360
        page.page_obj.attrs["Rotate"] = page.page_obj.rotate
        page = Page(page.pdf, page.page_obj, page.page_number)
        ink = _ink(page)
    marks = [text for text in (char.get_text() for char in ink.chars) if not text.isspace()]
    picture = max((abs(i.width * i.height) for i in ink.pictures), default=0) / (float(page.width * page.height) or 1)
    drawn = len(ink.shapes) > 300
    if (len(marks) < FEW and picture >= PICTURE) or (not marks and (drawn or picture > 0.1)):
        return _SCANNED, None
    if sum(map(_meaningless, marks)) > len(marks) * GARBLED:
        return _GARBLED, None
    if not marks:
        return "", None
    runs = _runs(ink.chars, float(page.height))
    tables = [table for table in (_lattice(cells, runs) for cells in _cells(page, ink.shapes)) if table]
    rest = [run for run in runs if not any(_inside(run, table.box) for table in tables)]
    lines = _prints(rest)
    for number, line in enumerate(lines, 1):
        line.number = number
    sheet = Sheet(page.page_number, float(page.height), float(page.width), lines, tables)
    return _BEHIND if picture >= 0.8 else "", sheet


@dataclass(slots=True)
class Ink:
    """What is drawn on a page, as the parser gives it: its dictionaries of every attribute are more than is needed."""

    chars: list[LTChar]
    shapes: list[LTCurve]
    pictures: list[LTImage]


def _ink(page: Page) -> Ink:
    ink = Ink([], [], [])

    def gather(items: Iterable[Any]) -> None:
        for item in items:
            if isinstance(item, LTChar):
                ink.chars.append(item)
            elif isinstance(item, LTCurve):
                ink.shapes.append(item)
            elif isinstance(item, LTImage):
                ink.pictures.append(item)
            elif isinstance(item, LTContainer):
                gather(item)

    gather(page.layout)
    return ink


def _turn(chars: Sequence[LTChar]) -> int:
    """By how much the page must be turned to be read, when most of its text runs up or down."""
    ways: Counter[int] = Counter()
    for char in chars:
        a, b, *_ = char.matrix
        ways[0 if abs(b) <= abs(a) else (90 if b > 0 else 270)] += 1
    way, number = ways.most_common(1)[0] if ways else (0, 0)
    return way if number > len(chars) * 0.6 else 0


def _meaningless(text: str) -> bool:
    return text.startswith("(cid:") or any(
        unicodedata.category(ch) in ("Co", "Cn", "Cc") or ch == "\ufffd" for ch in text
    )


# ------------------------------------------------------------------------------------------------------- characters


def _runs(chars: Iterable[LTChar], height: float) -> list[Run]:
    """Runs in the order of the file: a blank or a gap ends one; a letter printed twice for boldness counts once."""
    runs: list[Run] = []
    blank = True
    for char in chars:
        text = char.get_text()
        if text.isspace():
            blank = True
            continue
        a, b, c, d, *_ = char.matrix
        if min(abs(a) + abs(d), abs(b) + abs(c)) > 0.2 * (abs(a) + abs(b)):
            continue  # a watermark across the page
        x0, x1, size = char.x0, char.x1, char.y1 - char.y0
        middle = height - (char.y0 + char.y1) / 2
        if text >= "\u2e80" and _RADICALS.search(text):
            text = unicodedata.normalize("NFKC", text)
        last = runs[-1] if runs else None
        if last is not None and abs(middle - last.middle) < size * 0.3:
            if last.text.endswith(text) and abs(x1 - last.x1) < size * 0.15 and x0 < last.x1 - size * 0.2:
                continue
            if not blank and -size * 0.3 < x0 - last.x1 < size * 0.12:
                last.text += text
                last.x1 = max(last.x1, x1)
                continue
        runs.append(Run(text, x0, x1, middle, size, blank))
        blank = False
    return runs


def _prints(runs: Iterable[Run]) -> list[Print]:
    """Lines from top to bottom, each with its runs from left to right."""
    lines: list[Print] = []
    for run in sorted(runs, key=lambda run: run.middle):
        if lines and abs(run.middle - lines[-1].middle) < min(run.size, lines[-1].size) * 0.5:
            lines[-1].runs.append(run)
        else:
            lines.append(Print([run], run.middle))
    merged: list[Print] = []
    for line in lines:
        line.runs.sort(key=lambda run: run.x0)
        last = merged[-1] if merged else None
        if last and line.middle - last.middle < max(line.size, last.size) * 0.5 and _beside(last.runs, line.runs):
            last.runs = sorted(last.runs + line.runs, key=lambda run: run.x0)  # figures set a little lower
        else:
            merged.append(line)
    for line in merged:
        line.middle = statistics.median(run.middle for run in line.runs)
    return merged


def _beside(runs: Sequence[Run], others: Sequence[Run]) -> bool:
    """Do the runs of two lines stand beside each other, none above another?"""
    return all(run.x1 <= other.x0 + 1 or other.x1 <= run.x0 + 1 for run in runs for other in others)


def join_runs(runs: Sequence[Run]) -> str:
    """The text of runs side by side: a blank where one is printed, or where there is room for half a letter."""
    text = ""
    for before, run in zip([None, *runs[:-1]], runs, strict=True):
        if before is not None and run.x0 - before.x1 > min(before.size, run.size) * (0.1 if run.spaced else 0.4):
            text += " "
        text += run.text
    return text


def _inside(run: Run, box: tuple[float, float, float, float]) -> bool:
    x0, top, x1, bottom = box
    return x0 <= (run.x0 + run.x1) / 2 < x1 and top <= run.middle < bottom


# ----------------------------------------------------------------------------------------------------- ruled tables


def _edge(x0: float, top: float, x1: float, bottom: float) -> dict[str, Any]:
    """A line as the table finder takes it, along the longer side of a thin shape."""
    flat = x1 - x0 >= bottom - top
    x0, x1 = (x0, x1) if flat else ((x0 + x1) / 2,) * 2
    top, bottom = ((top + bottom) / 2,) * 2 if flat else (top, bottom)
    return {
        "object_type": "line_edge",
        "orientation": "h" if flat else "v",
        "x0": x0,
        "x1": x1,
        "top": top,
        "bottom": bottom,
        "width": x1 - x0,
        "height": bottom - top,
        "doctop": top,
    }


def _edges(shapes: Iterable[LTCurve], height: float) -> Iterable[dict[str, Any]]:
    """The drawn lines: strokes, and filled shapes as thin as a stroke. A filled area is no line."""
    for shape in shapes:
        x0, top, x1, bottom = shape.x0, height - shape.y1, shape.x1, height - shape.y0
        if max(x1 - x0, bottom - top) < 1:
            continue
        if min(x1 - x0, bottom - top) <= 2:
            yield _edge(x0, top, x1, bottom)
        elif isinstance(shape, LTRect) and shape.stroke:
            yield _edge(x0, top, x1, top)
            yield _edge(x0, bottom, x1, bottom)
            yield _edge(x0, top, x0, bottom)
            yield _edge(x1, top, x1, bottom)
        elif shape.stroke:
            for (ax, ay), (bx, by) in pairwise(shape.pts):
                if min(abs(ax - bx), abs(ay - by)) <= 0.5 and max(abs(ax - bx), abs(ay - by)) >= 1:
                    yield _edge(min(ax, bx), height - max(ay, by), max(ax, bx), height - min(ay, by))


def _cells(page: Page, shapes: Sequence[LTCurve]) -> list[list[tuple[float, float, float, float]]]:
    """The ruled boxes of the page, table by table."""
    edges = list(_edges(shapes, float(page.height)))
    flat = [edge for edge in edges if edge["orientation"] == "h"]
    steep = [edge for edge in edges if edge["orientation"] == "v"]
    if len(flat) < 2 or len(steep) < 2:
        return []

    def find(extra: Sequence[dict[str, Any]] = ()) -> list[list[tuple[float, float, float, float]]]:
        found = page.find_tables(
            {
                "vertical_strategy": "explicit",
                "horizontal_strategy": "explicit",
                "explicit_vertical_lines": [*steep, *extra],
                "explicit_horizontal_lines": flat,
            }
        )
        return [table.cells for table in found]

    tables = find()
    sides = [side for cells in tables for side in _open_sides(cells, flat)]
    return find(sides) if sides else tables


def _open_sides(
    cells: Sequence[tuple[float, float, float, float]], flat: Sequence[dict[str, Any]]
) -> Iterable[dict[str, Any]]:
    """The outer lines that a table open at its sides lacks: where its rows end beyond the outermost drawn line."""
    left, top = min(c[0] for c in cells), min(c[1] for c in cells)
    right, bottom = max(c[2] for c in cells), max(c[3] for c in cells)
    rows = [e for e in flat if top - 3 <= e["top"] <= bottom + 3 and e["x0"] < right and e["x1"] > left]
    for ends, outer in (([e["x0"] for e in rows], left), ([e["x1"] for e in rows], right)):
        beyond = [x for x in ends if (x < outer - 10 if outer == left else x > outer + 10)]
        if len(beyond) >= 3 and max(beyond) - min(beyond) <= 6:
            x = statistics.median(beyond)
            yield _edge(x, top, x, bottom)


def _lattice(cells: Sequence[tuple[float, float, float, float]], runs: Sequence[Run]) -> Lattice | None:
    """The table of these boxes with the runs in them; None when it is none: one column, no text, a chart, a frame."""
    box = (min(c[0] for c in cells), min(c[1] for c in cells), max(c[2] for c in cells), max(c[3] for c in cells))
    held: dict[tuple[float, float, float, float], list[Run]] = {cell: [] for cell in cells}
    order = sorted(cells, key=lambda c: (c[1], c[0]))
    for run in runs:
        if _inside(run, box):
            for cell in order:
                if _inside(run, cell):
                    held[cell].append(run)
                    break
    solid = [cell for cell in order if held[cell] or (cell[2] - cell[0] >= THIN and cell[3] - cell[1] >= THIN)]
    columns = sorted({cell[0] for cell in solid})
    tops = sorted({cell[1] for cell in solid})
    if len(columns) < 2 or sum(bool(held[cell]) for cell in solid) < 2:
        return None
    rows: list[list[list[Print]]] = [[[] for _ in columns] for _ in tops]
    widths = [[0.0 for _ in columns] for _ in tops]
    for cell in solid:
        r, c = tops.index(cell[1]), columns.index(cell[0])
        rows[r][c], widths[r][c] = _prints(held[cell]), cell[2] - cell[0]
    if not any(cell for row in rows[:3] for cell in row):
        return None  # a chart: lines, and nothing in the place of a header
    table = Lattice(box, columns, rows, widths)
    _unglue(table)
    return table


def _unglue(table: Lattice) -> None:
    """Part rows whose inner lines are missing: several values in each cell, one above the other at equal heights."""
    rows: list[list[list[Print]]] = []
    widths: list[list[float]] = []
    for row, width in zip(table.rows, table.widths, strict=True):
        levels = _levels(row, width)
        parted = [[[p for p in cell if abs(p.middle - level) < p.size * 0.5] for cell in row] for level in levels]
        rows += parted or [row]
        widths += [width] * (len(parted) or 1)
    table.rows, table.widths = rows, widths


def _levels(row: Sequence[Sequence[Print]], widths: Sequence[float]) -> list[float]:
    """The heights of the rows glued into this one; none when it is one row."""
    most = max((len(cell) for cell in row), default=0)
    full = [cell for cell in row if len(cell) == most]
    if most < 2 or len(full) < 2:
        return []
    values = [
        cell
        for cell, width in zip(row, widths, strict=True)
        if len(cell) == most and all(is_number(p.text) for p in cell) and not _wrapped(cell, width)
    ]
    if not values:
        return []
    levels = [p.middle for p in values[0]]
    for cell in row:
        for line in cell:
            if not any(abs(line.middle - level) < line.size * 0.5 for level in levels):
                return []
        if len(cell) < most and not all(is_number(p.text) for p in cell):
            return []
    return levels


def _wrapped(lines: Sequence[Print], width: float) -> bool:
    """Is this one number too long for its cell, and not several? Then no line but the last leaves room for more."""
    for line, after in pairwise(lines):
        text, rest = squeeze(line.text), squeeze(after.text)
        if text[-1:] in ".,，" or rest[:1] in ".,，":
            continue
        letter = (after.x1 - after.x0) / max(len(rest), 1)
        if width - (line.x1 - line.x0) > letter + 8:
            return False
    return True


def _cell_text(lines: Sequence[Print], width: float) -> str:
    """The text of a cell with its line breaks; a number broken over lines is put together, several stay apart."""
    texts = [line.text for line in lines]
    whole = squeeze("".join(texts))
    if len(texts) > 1 and re.fullmatch(r"[-+−－]?[\d,，.]+[%％]?", whole) and _wrapped(lines, width):
        return whole
    return "\n".join(texts)


# ------------------------------------------------------------------------------------------------- the whole document


def _pieces(sheets: Sequence[Sheet]) -> Iterable[Piece]:
    repeated = _running_heads(sheets)
    before: tuple[Lattice, Rows, list[str]] | None = None  # the table that ends the page before
    said: list[str] = []  # what was printed above it
    for sheet in sheets:
        found: list[tuple[float, float, Piece, Lattice | None]] = []
        for lattice in sheet.tables:
            found.append((lattice.box[1], lattice.box[0], _rows(lattice, sheet.number), lattice))
        kept = [line for line in sheet.lines if not _is_margin(line, sheet, repeated)]
        lists, kept = _unruled(kept, sheet)
        for lattice in lists:
            found.append((lattice.box[1], lattice.box[0], _rows(lattice, sheet.number), lattice))
        sheet.tables += lists
        for top, left, piece in _paragraphs(kept, sheet):
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
            tuple(Cell(_cell_text(cell, width), place) for cell, width in zip(row, widths, strict=True))
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


def _unruled(lines: Sequence[Print], sheet: Sheet) -> tuple[list[Lattice], list[Print]]:
    """Tables without drawn lines, where their columns are certain, and the lines that belong to none."""
    tables: list[Lattice] = []
    rest: list[Print] = []
    block: list[tuple[Print, list[Print]]] = []
    for line in [*lines, None]:
        chunks = [Print(runs, line.middle) for runs in _parts(line, 0.9)] if line else []
        tabular = len(chunks) > 1 and not all(is_caption(chunk.text) for chunk in chunks)
        if block and not (line and tabular and line.middle - block[-1][0].middle < line.size * 4):
            table = _aligned_table(block)
            if table is None or any(_overlap(table.box, other.box) for other in sheet.tables):
                rest += [one for one, _ in block]
            else:
                tables.append(table)
            block = []
        if line and tabular:
            block.append((line, chunks))
        elif line:
            rest.append(line)
    return tables, rest


def _aligned_table(block: Sequence[tuple[Print, list[Print]]]) -> Lattice | None:
    placed = aligned([[(chunk.x0, chunk.x1, chunk.text) for chunk in chunks] for _, chunks in block], THIN)
    if placed is None:
        return None
    rows = [[[] if at is None else [chunks[at]] for at in row] for (_, chunks), row in zip(block, placed, strict=True)]
    columns = [min(row[c][0].x0 for row in rows if row[c]) for c in range(len(placed[0]))]
    first, last = block[0][0], block[-1][0]
    box = (columns[0], first.middle - first.size / 2, max(line.x1 for line, _ in block), last.middle + last.size / 2)
    return Lattice(box, columns, rows, [[THIN] * len(columns) for _ in rows])


def _overlap(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def _paragraphs(lines: Sequence[Print], sheet: Sheet) -> Iterable[tuple[float, float, Piece]]:
    """Lines put together to paragraphs, each with the place of its first line.

    Only the last one of a page may go on over the page break, and only the first may go on with the page before.
    """
    frame = _frame(lines, sheet)
    groups: list[tuple[str, Print, Print]] = []
    for line in lines:
        parts = _parts(line)
        if groups and len(parts) == 1 and _follows(*groups[-1], line, frame):
            text, first, _ = groups[-1]
            groups[-1] = (_glued(text, line.text), first, line)
        else:
            for part in parts:
                piece = line if len(parts) == 1 else replace(line, runs=part)
                groups.append((piece.text, piece, piece))
    for index, (text, first, last) in enumerate(groups):
        fresh = index > 0 or frame.indented(first)
        goes_on = index == len(groups) - 1 and frame.room(last) < last.size * 2.2 and not _ended(text)
        place = Place(page=sheet.number, line=first.number)
        yield first.middle - first.size / 2, first.x0, Line(text, place, open=goes_on, fresh=fresh)


@dataclass(slots=True)
class Frame:
    """Where the text of a page begins and ends, and whether its paragraphs begin with an indent."""

    left: float
    right: float
    pitch: float
    indents: bool
    tables: tuple[float, ...]

    def indented(self, line: Print) -> bool:
        return line.x0 > self.left + line.size * 0.8

    def room(self, line: Print) -> float:
        return self.right - line.x1

    def centred(self, line: Print) -> bool:
        before, after = line.x0 - self.left, self.right - line.x1
        return min(before, after) > line.size * 0.8 and abs(before - after) < line.size


def _frame(lines: Sequence[Print], sheet: Sheet) -> Frame:
    long = [line for line in lines if len(squeeze(line.text)) >= 15]
    left = min((line.x0 for line in long), default=0.0)
    right = max((line.x1 for line in long), default=sheet.width)
    pitch = statistics.median([b.middle - a.middle for a, b in pairwise(lines)] or [0.0])
    indents = any(line.x0 > left + line.size * 1.2 for line in long)
    return Frame(left, right, pitch, indents, tuple(table.box[1] for table in sheet.tables))


def _ended(text: str) -> bool:
    return text.rstrip("”’）)")[-1:] in tuple("。！？；：:;!?")


def _follows(text: str, first: Print, last: Print, line: Print, frame: Frame) -> bool:
    """Does this line go on with the paragraph before it?"""
    if line.middle - last.middle > max(frame.pitch, last.size) * 1.6 or not 0.77 < line.size / last.size < 1.3:
        return False
    if any(last.middle < top < line.middle for top in frame.tables):
        return False
    wide = last.x1 - last.x0 > (frame.right - frame.left) * 0.7
    sentence = bool(_SENTENCE.search(text))
    new = is_heading(line.text) or is_caption(line.text)
    if not sentence and first is last and frame.centred(last) and frame.centred(line):
        return wide and not new and line.x1 - line.x0 < last.x1 - last.x0  # a title of two lines
    if frame.indented(line) or (new and (not frame.indents or _ended(text) or not sentence)):
        return False
    if not frame.indents and text.rstrip("”’）)")[-1:] in tuple("。！？"):
        return False
    word = re.match(r"[（(]?[A-Za-z\d.,%％]*[\u4e00-\u9fff）)，。；：、]?", line.text)
    need = line.size * (1.7 + 0.55 * (len(word.group()) if word else 0))  # what did not fit in the line before
    return frame.room(last) < need or (wide and frame.indents and sentence and not _ended(text))


def _glued(text: str, more: str) -> str:
    both = text[-1:].isascii() and more[:1].isascii() and text[-1:].isalpha() and more[:1].isalpha()
    return f"{text}{' ' if both else ''}{more}"


def _parts(line: Print, gap: float = 3) -> list[list[Run]]:
    """The pieces of a line with wide gaps between them, like `部门：` at the left and `单位：` at the right."""
    parts = [[line.runs[0]]]
    for before, run in pairwise(line.runs):
        if run.x0 - before.x1 > line.size * gap:
            parts.append([run])
        else:
            parts[-1].append(run)
    return parts
