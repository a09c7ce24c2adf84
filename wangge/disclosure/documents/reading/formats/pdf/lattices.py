"""Ruled tables: from the drawn lines of a page to rows of cells, and the text of a cell."""

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pdfminer.layout import LTCurve, LTRect
from pdfplumber.page import Page

from wangge.disclosure.documents.reading.formats.pdf.prints import Print, Run, inside, prints_of
from wangge.disclosure.documents.reading.formats.shape import is_number, squeeze

THIN = 4.0  # points: a drawn shape no wider is a line, a cell no wider holds no text


@dataclass(slots=True)
class Lattice:
    """The cells of one ruled table: columns from left to right, rows from top to bottom, blank where merged."""

    box: tuple[float, float, float, float]
    columns: list[float]
    rows: list[list[list[Print]]]
    widths: list[list[float]]


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


def ruled_boxes(page: Page, shapes: Sequence[LTCurve]) -> list[list[tuple[float, float, float, float]]]:
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


def lattice_of(cells: Sequence[tuple[float, float, float, float]], runs: Sequence[Run]) -> Lattice | None:
    """The table of these boxes with the runs in them; None when it is none: one column, no text, a chart, a frame."""
    box = (min(c[0] for c in cells), min(c[1] for c in cells), max(c[2] for c in cells), max(c[3] for c in cells))
    held: dict[tuple[float, float, float, float], list[Run]] = {cell: [] for cell in cells}
    order = sorted(cells, key=lambda c: (c[1], c[0]))
    for run in runs:
        if inside(run, box):
            for cell in order:
                if inside(run, cell):
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
        rows[r][c], widths[r][c] = prints_of(held[cell]), cell[2] - cell[0]
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


def cell_text(lines: Sequence[Print], width: float) -> str:
    """The text of a cell with its line breaks; a number broken over lines is put together, several stay apart."""
    texts = [line.text for line in lines]
    whole = squeeze("".join(texts))
    if len(texts) > 1 and re.fullmatch(r"[-+−－]?[\d,，.]+[%％]?", whole) and _wrapped(lines, width):
        return whole
    return "\n".join(texts)
