"""The books of one unit and year as the documents need them, and what a pick of a layout finds in them."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal

from wangge.disclosure.documents.forms.shapes import ANY, Pick
from wangge.finance.terms import BalanceRow, EvaluatedIndicator, GoalIndicator, IncomeRow, LineRow, RegisterRow, wan

NOTHING = Decimal("0.00")
Row = LineRow | IncomeRow | BalanceRow | RegisterRow | GoalIndicator | EvaluatedIndicator


@dataclass(frozen=True, slots=True)
class Amount:
    """Yuan to the 分, and the rows of the books that make it up."""

    yuan: Decimal = NOTHING
    rows: tuple[Row, ...] = ()

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.yuan + other.yuan, self.rows + other.rows)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.yuan - other.yuan, self.rows + other.rows)

    def wan(self, digits: int = 2) -> Decimal:
        return wan(self.yuan, digits)

    def __bool__(self) -> bool:
        return bool(self.yuan)


@dataclass(frozen=True)
class Books:
    """What is read once for a whole set. `prior` are figures of the year before, by item (`budget_total`, …).

    `words` are sentences a person wrote for this set (reasons, duties, purposes), by key; `precise` prints the tables that a
    unit gives in yuan, with up to four decimals of 万元.
    """

    unit_code: str
    unit_name: str
    year: int
    initial: Sequence[LineRow] = ()
    adjusted: Sequence[LineRow] = ()
    spent: Sequence[LineRow] = ()
    incomes: Sequence[IncomeRow] = ()
    balances: Sequence[BalanceRow] = ()
    registers: Sequence[RegisterRow] = ()
    prior: Mapping[str, Amount] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    precise: bool = False

    def pick(self, pick: Pick) -> Amount:
        """The money of a pick; without a ledger, of the approved budget."""
        if pick.ledger == "income":
            return _sum(
                r for r in self.incomes if _fits_source(r, pick) and r.function.startswith(pick.functions or "")
            )
        if pick.ledger in ("opening", "closing", "distributed"):
            if pick.functions or pick.project is not None:
                return Amount()
            rows = [r for r in self.balances if _fits_source(r, pick) and getattr(r, pick.ledger)]
            return Amount(sum((getattr(r, pick.ledger) for r in rows), NOTHING), tuple(rows))
        return _sum(r for r in self.lines(pick))

    def lines(self, pick: Pick) -> list[LineRow]:
        """The lines of a pick of one of the ledgers that have lines."""
        kept = {"adjusted": self.adjusted, "spent": self.spent}.get(pick.ledger, self.initial)
        return [r for r in kept if _fits(r, pick)]

    def functions(self, pick: Pick) -> list[str]:
        """Functional codes with money, with their parents, in the order of the chart."""
        rows: Iterable[LineRow | IncomeRow] = (
            (r for r in self.incomes if _fits_source(r, pick)) if pick.ledger == "income" else self.lines(pick)
        )
        found = {r.function for r in rows if r.amount and r.function}
        return sorted({code[:n] for code in found for n in (3, 5, 7)})

    def economics(self, pick: Pick) -> list[str]:
        """Economic codes with money, with their classes."""
        found = {r.economic for r in self.lines(pick) if r.amount}
        return sorted({code[:n] for code in found for n in (3, 5)})

    def projects(self, pick: Pick = ANY) -> list[tuple[str, str]]:
        """Codes and names of the projects with money, in the order of their codes."""
        return sorted({(r.project, r.project_name) for r in self.lines(pick) if r.project})

    def counted(self, kind: str, item: str) -> Amount:
        """The quantity of an item of a register, with its entries."""
        rows = tuple(r for r in self.registers if r.kind == kind and r.item == item)
        return Amount(sum((r.quantity for r in rows), Decimal(0)), rows)

    def registered(self, kind: str, item: str = "") -> Amount:
        """The money of a register or of one of its items, with its entries."""
        rows = tuple(r for r in self.registers if r.kind == kind and item in ("", r.item))
        return Amount(sum((r.amount or NOTHING for r in rows), NOTHING), rows)

    def procured(self, sizes: Set[str]) -> Amount:
        """Money of procurement that went to suppliers of these sizes (`RegisterRow.tag`)."""
        rows = tuple(r for r in self.registers if r.kind == "procurement" and r.tag in sizes)
        return Amount(sum((r.amount or NOTHING for r in rows), NOTHING), rows)


def _sum(rows: Iterable[LineRow | IncomeRow]) -> Amount:
    kept = tuple(r for r in rows if r.amount)
    return Amount(sum((r.amount for r in kept), NOTHING), kept)


def _fits_source(row: LineRow | IncomeRow | BalanceRow, pick: Pick) -> bool:
    return pick.sources is None or row.source in pick.sources


def _fits(row: LineRow, pick: Pick) -> bool:
    return (
        _fits_source(row, pick)
        and row.function.startswith(pick.functions or "")
        and row.economic.startswith(pick.economics or "")
        and (pick.project is None or bool(row.project) == pick.project)
        and pick.name in ("", row.project)
    )
