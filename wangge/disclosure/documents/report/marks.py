"""From the places of findings to the printed things they mark: a cell, a row, a piece of a paragraph."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wangge.disclosure.documents.model import Finding, Grid, Paragraph, Place, Source
from wangge.disclosure.documents.report.mask import masked


@dataclass(frozen=True, slots=True)
class Mark:
    """What a view has to know of a finding. The first of `places` is where its mark stands, the others take part.

    `quote` is looked for in a paragraph, `words` is what the mark says when it is pointed at.
    """

    number: int
    severity: str
    places: tuple[Place, ...]
    quote: str = ""
    words: str = ""


# A printed thing: (index of the block, row, column); row and column count from 0, -1 means the whole block.
Spot = tuple[int, int, int]
_BLANK = re.compile(r"\s+")


def of(findings: Iterable[Finding]) -> list[Mark]:
    return [
        Mark(n, f.severity, f.places, masked(f.quote), masked(f.explanation or f.formula))
        for n, f in enumerate(findings, 1)
    ]


class Marked:
    """`at` gives for each spot the marks on it, own ones before those that only take part; `lost` have no spot."""

    def __init__(self, source: Source, marks: Sequence[Mark]) -> None:
        self._index(source)
        self.at: dict[Spot, list[tuple[Mark, bool]]] = {}
        self.lost: set[int] = set()
        for mark in marks:
            spots = list(dict.fromkeys(s for p in mark.places if (s := self._spot(p)) is not None))
            if not spots:
                self.lost.add(mark.number)
            for spot in spots:
                self.at.setdefault(spot, []).append((mark, spot == spots[0]))
        for found in self.at.values():
            found.sort(key=lambda one: (not one[1], one[0].number))

    def _index(self, source: Source) -> None:
        self._cells: dict[tuple[int, int, int], Spot] = {}
        self._tables: dict[int, Spot] = {}
        lines: dict[tuple[int, int], Spot] = {}
        for i, block in enumerate(source.blocks):
            if isinstance(block, Paragraph):
                for place in (block.place, *(at for _, at in block.turns)):
                    lines.setdefault((place.page, place.line), (i, -1, -1))
                continue
            self._tables.setdefault(block.place.table, (i, -1, -1))
            for r, row in enumerate(block.rows):
                for c, cell in enumerate(row):
                    at = cell.place
                    self._cells.setdefault((at.table, at.row, at.column), (i, r, c))
                    self._cells.setdefault((at.table, at.row, 0), (i, r, c))
                    lines.setdefault((at.page, at.line), (i, r, c))
        self._lines = sorted(lines)
        self._by_line = lines

    def _spot(self, place: Place) -> Spot | None:
        if place.table and place.row:
            exact = self._cells.get((place.table, place.row, place.column))
            return exact or self._cells.get((place.table, place.row, 0)) or self._tables.get(place.table)
        if place.line:
            at = bisect_right(self._lines, (place.page, place.line)) - 1
            if at >= 0 and self._lines[at][0] == place.page:
                return self._by_line[self._lines[at]]
        if place.table:
            return self._tables.get(place.table)
        if place.page:
            at = bisect_right(self._lines, (place.page, 0))
            if at < len(self._lines) and self._lines[at][0] == place.page:
                return self._by_line[self._lines[at]]
        return None


def span(text: str, quote: str) -> tuple[int, int] | None:
    """Where the quote stands in the text, blanks apart; None when it does not."""
    wanted = _BLANK.sub("", quote)
    if not wanted:
        return None
    kept = [i for i, character in enumerate(text) if not character.isspace()]
    at = "".join(text[i] for i in kept).find(wanted)
    return (kept[at], kept[at + len(wanted) - 1] + 1) if at >= 0 else None


def cells_of(grid: Grid) -> int:
    """How many columns the widest row has."""
    return max((len(row) for row in grid.rows), default=0)
