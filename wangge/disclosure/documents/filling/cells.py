"""What a printed document is made of before it is rendered: the same for a sheet, a page and a screen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from wangge.disclosure.documents.filling.books import Row

Look = Literal["head", "label", "code", "figure", "words"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A printed cell. `row` and `column` are the keys of `words.py`; `yuan` is exact, `rows` are the rows of the books
    behind it; `columns` and `lines` say how far it spreads."""

    text: str = ""
    look: Look = "label"
    row: str = ""
    column: str = ""
    yuan: Decimal | None = None
    rows: tuple[Row, ...] = ()
    columns: int = 1
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Filled:
    """A printed table: rows of equal width in which None stands below or beside a cell that spreads over it.

    `head` counts the rows of the heading, repeated on every page. `widths` are in centimetres.
    """

    id: str
    kind: str
    number: str
    title: str
    grid: tuple[tuple[Cell | None, ...], ...]
    head: int
    widths: tuple[float, ...]
    unit: str = "万元"
    unit_label: str = "单位名称："
    unit_name: str = ""
    notes: tuple[str, ...] = ()
    wide: bool = False

    def cells(self) -> Iterator[Cell]:
        return (cell for row in self.grid for cell in row if cell is not None)

    def cell(self, row: str, column: str) -> Cell | None:
        """The first printed cell of a row and a column key."""
        return next((c for c in self.cells() if (c.row, c.column) == (row, column) and c.look == "figure"), None)

    @property
    def empty(self) -> bool:
        return not any(c.yuan for c in self.cells())


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `rows` are the rows of the books behind its figures."""

    text: str
    rows: tuple[Row, ...] = ()


Block = Heading | Text | Filled


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole set, ready to be rendered."""

    kind: str
    unit_code: str
    unit_name: str
    year: int
    title: tuple[str, ...]
    blocks: Sequence[Block] = field(default_factory=tuple)

    @property
    def tables(self) -> list[Filled]:
        return [b for b in self.blocks if isinstance(b, Filled)]

    def table(self, table: str) -> Filled | None:
        return next((t for t in self.tables if t.id == table), None)
