"""What the layout of a printed table is made of. A layout is data: titles, nested headers, rows of the year's form, and
for each cell which money of the books it shows. It knows no amounts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from wangge.finance.terms import Source

Ledger = Literal["", "initial", "adjusted", "spent", "income", "opening", "closing", "distributed"]
Role = Literal["label", "code", "class", "group", "item", "order", "figure"]


@dataclass(frozen=True, slots=True)
class Pick:
    """Which money a cell shows; an empty part asks for nothing. The pick of a row and that of a column are joined by `&`.

    `ledger` is where it is read: the approved lines at the start (`initial`) or with adjustments, payments (`spent`),
    incomes, or balances. `functions`
    and `economics` are prefixes of codes; `project` is None for both kinds of spending.
    """

    ledger: Ledger = ""
    functions: tuple[str, ...] = ()
    economics: tuple[str, ...] = ()
    sources: frozenset[Source] | None = None
    project: bool | None = None
    name: str = ""

    def __and__(self, other: "Pick") -> "Pick":
        return Pick(
            other.ledger or self.ledger,
            _within(self.functions, other.functions),
            _within(self.economics, other.economics),
            self.sources
            if other.sources is None
            else (other.sources if self.sources is None else self.sources & other.sources),
            self.project if other.project is None else other.project,
            other.name or self.name,
        )


def _within(some: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Prefixes of the codes that begin with one of both; a prefix no code has when there is none."""
    if not some or not other:
        return some or other
    return tuple(max(a, b, key=len) for a in some for b in other if a.startswith(b) or b.startswith(a)) or ("-",)


ANY = Pick()


@dataclass(frozen=True, slots=True)
class Column:
    """A printed column or, with `under`, a heading over several. `key` is that of `words.py`; a column of figures whose
    pick is None stays empty because the books hold nothing of the kind."""

    key: str
    title: str
    role: Role = "figure"
    pick: Pick | None = ANY
    under: tuple["Column", ...] = ()
    width: float = 2.4

    @property
    def leaves(self) -> tuple["Column", ...]:
        return tuple(leaf for c in self.under for leaf in c.leaves) if self.under else (self,)

    @property
    def depth(self) -> int:
        return 1 + max((c.depth for c in self.under), default=0)


@dataclass(frozen=True, slots=True)
class Line:
    """A printed row of one side of a table. `pick` None prints a label without figures; a blank label is an empty row.

    `plus` is money of other ledgers that belongs to the same figure.
    """

    label: str = ""
    pick: Pick | None = None
    key: str = ""
    code: str = ""
    plus: tuple[Pick, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """Rows that follow the books: every functional code with money of `pick`, from class to item; or every project.

    The economic codes of a form are listed; those outside its list that carry money are added in their place.
    """

    what: Literal["functions", "projects", "economics"]
    pick: Pick = ANY
    listed: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the tables that stand side by side in a printed table. `rows` come first, `foot` stands at the bottom of all
    sides together; `total` is printed before the rows."""

    columns: tuple[Column, ...]
    rows: tuple[Line, ...] | Spread
    foot: tuple[Line, ...] = ()
    total: Line | None = None
    section: str = ""
    over: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The layout of one printed table. `numbered` prints a row that numbers the columns: "栏次", "**" or nothing.

    `where_total` is the label column that carries the word of the total row; `empty` is the sentence printed below a table
    without figures, with `{unit}` for the name of the unit. `foot` is a last row over all sides: (label, its width in
    columns, key, pick).
    """

    kind: str
    number: str
    title: str
    sides: tuple[Side, ...]
    notes: tuple[str, ...] = ()
    empty: str = ""
    numbered: str = ""
    where_total: int = 0
    foot: tuple[tuple[str, int, str, Pick], ...] = ()
    wide: bool = False
    precise: bool = False
    zero: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """The forms of a year, in printed order, and words of that year's set."""

    year: int
    forms: tuple[Form, ...] = field(default_factory=tuple)


def edition(editions: Iterable[Edition], year: int) -> Edition:
    """The newest edition that was out in that year, else the oldest."""
    known = sorted(editions, key=lambda e: e.year)
    return next((e for e in reversed(known) if e.year <= year), known[0])
