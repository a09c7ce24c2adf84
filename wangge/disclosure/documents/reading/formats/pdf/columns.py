"""Tables without drawn lines, where their columns are certain."""

from collections.abc import Sequence

from wangge.disclosure.documents.reading.formats.pdf.lattices import THIN, Lattice
from wangge.disclosure.documents.reading.formats.pdf.pages import Sheet
from wangge.disclosure.documents.reading.formats.pdf.prints import Print, parts_of
from wangge.disclosure.documents.reading.formats.shape import aligned, is_caption


def unruled(lines: Sequence[Print], sheet: Sheet) -> tuple[list[Lattice], list[Print]]:
    """Tables without drawn lines, where their columns are certain, and the lines that belong to none."""
    tables: list[Lattice] = []
    rest: list[Print] = []
    block: list[tuple[Print, list[Print]]] = []
    for line in [*lines, None]:
        chunks = [Print(runs, line.middle) for runs in parts_of(line, 0.9)] if line else []
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
