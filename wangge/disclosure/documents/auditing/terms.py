"""What takes part in a relation: a printed number with its name, place, unit and precision."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from wangge.disclosure.documents.auditing.registry import Rule
from wangge.disclosure.documents.auditing.tolerance import SCALES, Outcome, place_value
from wangge.disclosure.documents.model import Figure, Place, Row, Table, Value
from wangge.disclosure.documents.words import AMOUNT, TABLE_KINDS, TOTAL

NOTHING = frozenset({"", "-", "--", "—", "——", "－", "–", "/", "无"})  # how printed tables write an empty cell


@dataclass(frozen=True, slots=True)
class Term:
    """A printed number (or a blank) in a relation. `name` is what a reader calls it, `key` tells cells apart.

    `number` is as printed; times `scale` it is 万元. `coarse` is the number of decimals that this table prints at least
    where a number is not cut short by trailing zeros (0 to 2).
    """

    name: str
    text: str
    number: Decimal | None
    digits: int
    place: Place
    key: Hashable
    scale: Decimal = Decimal(1)
    coarse: int = 2
    table: Table | None = None
    row: Row | None = None
    column: str = ""
    quote: str = ""
    exact: bool = False
    document: str = ""  # which other document it is printed in; "" for the audited one

    @property
    def slack(self) -> Decimal:
        """Half a unit of the last place, in 万元; counts are exact."""
        return Decimal(0) if self.exact else self.unit / 2

    @property
    def amount(self) -> Decimal:
        """In 万元 (or the unit of a count); a blank is zero."""
        return self.number * self.scale if self.number is not None else Decimal(0)

    @property
    def blank(self) -> bool:
        return self.number is None and self.text.strip() in NOTHING

    @property
    def unknown(self) -> bool:
        """Words stand where a number should: no relation can be judged."""
        return self.number is None and not self.blank

    @property
    def unit(self) -> Decimal:
        """The last place that counts, in 万元."""
        return place_value(max(self.digits, self.coarse)) * self.scale

    def show(self) -> str:
        """As printed; blanks inside a number are visual only."""
        text = "".join(self.text.split()) if self.number is not None else self.text.strip()
        return text or "空白"


def plain(number: Decimal) -> str:
    """Without an exponent and without superfluous zeros: at least two decimals when it has any."""
    text = format(number.normalize(), "f")
    whole, dot, tail = text.partition(".")
    return f"{whole}.{tail.ljust(2, '0')}" if dot else whole


def name_of(table: Table) -> str:
    return table.number or table.title or TABLE_KINDS.get(table.kind, table.id)


def cell_term(
    table: Table, row: Row, column: str, value: Value, scale: Decimal, coarse: int, document: str = ""
) -> Term:
    name = f"{row.code} {row.label}".strip() if row.code and not row.label.startswith(row.code) else row.label
    name = name or row.key
    if column and column not in (AMOUNT, TOTAL):
        name = f"{name}·{column}" if name else column
    return Term(
        name=name,
        text=value.text,
        number=value.number,
        digits=value.digits,
        place=value.place,
        key=(id(table), id(row), column),
        scale=scale,
        coarse=coarse,
        table=table,
        row=row,
        column=column,
        document=document,
    )


def figure_term(figure: Figure, scale: Decimal, document: str = "") -> Term:
    return Term(
        name=figure.subject,
        text=figure.text,
        number=figure.number,
        digits=figure.digits,
        place=figure.place,
        key=("sentence", document, figure.sentence, figure.start),
        scale=scale,
        coarse=2 if figure.role in ("amount", "change") else 0,
        exact=figure.role not in ("amount", "change"),
        document=document,
        quote=figure.quote,
    )


def scale_of(unit: str, otherwise: str = "万元") -> Decimal:
    return SCALES.get(unit) or SCALES.get(otherwise) or Decimal(1)


@dataclass(slots=True, eq=False)
class Relation:
    """A relation that was checked: `left` should be Σ sign × right. `difference` is left − Σ, in 万元."""

    rule: Rule
    family: str
    left: Term
    right: Sequence[tuple[int, Term]]
    difference: Decimal
    outcome: Outcome
    severity: str
    note: str = ""
    sum: bool = True
    bound: bool = False

    @property
    def terms(self) -> list[Term]:
        return [self.left, *(term for _, term in self.right)]

    @property
    def trivial(self) -> bool:
        """Nothing but zeros and blanks."""
        return not any(term.amount for term in self.terms)

    def error_of(self, term: Term) -> Decimal:
        """By how much `term` is too large if it alone is wrong."""
        if term.key == self.left.key:
            return self.difference
        return -self.difference * next(sign for sign, t in self.right if t.key == term.key)

    def shown(self) -> str:
        """The relation with its numbers: `合计 74.01 ≠ 工资福利支出 61.39 + 商品和服务支出 12.61 = 74.00`."""
        across = len({id(t.table) for t in self.terms if t.table}) > 1

        def words(term: Term) -> str:
            where = name_of(term.table) if across and term.table else ""
            return f"{term.document} {where} {term.name} {term.show()}".strip()

        shown = [(sign, t) for sign, t in self.right if t.amount] or list(self.right[:1])
        text = words(self.left) + (" ≠ " if self.difference else " = ")
        for i, (sign, term) in enumerate(shown):
            text += ("" if sign > 0 and i == 0 else " + " if sign > 0 else " − ") + words(term)
        if len(shown) > 1 or any(t.scale != self.left.scale for _, t in shown):
            text += f" = {plain((self.left.amount - self.difference) / self.left.scale)}"
        return text
