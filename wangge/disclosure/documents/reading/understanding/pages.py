"""What is being read of one table: its cells, which of them have been understood, and what was not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wangge.disclosure.documents.model import Cell, Gap, Place, Value
from wangge.disclosure.documents.reading.understanding.numbers import has_digit, value_of
from wangge.disclosure.documents.reading.understanding.texts import compact


@dataclass(slots=True)
class Sheet:
    """Counts the printed figures of the tables: a cell with a digit is `seen`, and read once it was `take`n."""

    seen: int = 0
    read: int = 0
    gaps: list[Gap] = field(default_factory=list)
    _taken: set[Place] = field(default_factory=set)
    _told: set[Place] = field(default_factory=set)

    def take(self, cell: Cell) -> Cell:
        self._taken.add(cell.place)
        return cell

    def take_all(self, cells: Iterable[Cell]) -> None:
        self._taken.update(cell.place for cell in cells)

    def give_back(self, cells: Iterable[Cell]) -> None:
        """These cells were not understood after all."""
        self._taken.difference_update(cell.place for cell in cells)

    def value(self, cell: Cell, loose: bool = False) -> Value:
        """The cell as a value, and taken."""
        return value_of(self.take(cell), loose)

    def taken(self, cell: Cell) -> bool:
        return cell.place in self._taken

    def gap(self, what: str, why: str, cells: Sequence[Cell]) -> None:
        """Say once that these cells were not understood."""
        figures = [cell for cell in cells if cell.text.strip() and not self.taken(cell)]
        if figures:
            self._told.update(cell.place for cell in figures)
            quote = " ".join(compact(cell.text)[:40] for cell in figures[:12])
            self.gaps.append(Gap(what, why, figures[0].place, quote))

    def close(self, what: str, rows: Iterable[Sequence[Cell]], why: str = "没有认出这一格属于哪一行哪一列") -> None:
        """Count the figures of a table, and tell those that nothing has taken."""
        for row in rows:
            lost = []
            for cell in row:
                if has_digit(cell.text):
                    self.seen += 1
                    if self.taken(cell):
                        self.read += 1
                    elif cell.place not in self._told:
                        lost.append(cell)
            if lost:
                self.gap(what, why, lost)
