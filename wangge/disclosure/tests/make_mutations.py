"""One wrong number in a document that was right: does the audit name the cell?

A change is what people and programs do to numbers: a digit replaced, two digits swapped, a shifted point, a lost digit, an
amount in the wrong unit. The audit has named the cell when a finding that the unchanged document does not have marks its
place or counts it among the cells that take part.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing.engine import RULES, Checker
from wangge.disclosure.documents.auditing.settling import settle
from wangge.disclosure.documents.model import Document, Finding, Row, Table, Value


@dataclass(slots=True)
class Outcome:
    """What became of the changes of one document or of several."""

    changes: int = 0
    named: int = 0
    marked: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        self.changes += other.changes
        self.named += other.named
        self.marked += other.marked
        self.missed.update(other.missed)
        self.examples.extend(other.examples)

    @property
    def share(self) -> float:
        return self.named / self.changes if self.changes else 0.0


def audited(document: Document, letters: str = "TBFXU") -> tuple[list[Finding], Checker]:
    """The rules of tables alone: what they find by themselves, without the sentences that repeat the figures."""
    checker = Checker(document)
    for rule in RULES:
        if rule.id[0] in letters:
            checker.run(rule)
    return settle(checker), checker


def cells(document: Document) -> list[tuple[Table, Row, str, Value]]:
    """Printed amounts of the tables of money: no line numbers, no forms."""
    return [
        (table, row, column, value)
        for table in document.tables
        if table.kind[0] in "TF"
        for row in table.rows
        for column, value in row.values.items()
        if column != words.LINE and value.number is not None and value.unit in ("", "元", "万元")
    ]


def changed(value: Value, chance: random.Random) -> Value | None:
    """The value with one slip; None when the slip changes nothing."""
    text = format(value.number or Decimal(0), "f")
    places = [i for i, c in enumerate(text) if c.isdigit()]
    slip = chance.choice(("digit", "digit", "swap", "point", "lost", "more"))
    if slip == "digit" or value.number == 0:
        i = chance.choice(places)
        text = text[:i] + chance.choice([d for d in "0123456789" if d != text[i]]) + text[i + 1 :]
    elif slip == "swap" and len(places) > 1:
        n = chance.randrange(len(places) - 1)
        a, b = places[n], places[n + 1]
        letters = list(text)
        letters[a], letters[b] = letters[b], letters[a]
        text = "".join(letters)
    elif slip == "point":
        text = format(Decimal(text).scaleb(chance.choice((-1, 1))), "f")
    elif slip == "lost" and len(places) > 1:
        i = chance.choice(places)
        text = text[:i] + text[i + 1 :]
    else:
        i = chance.choice(places)
        text = text[:i] + chance.choice("123456789") + text[i:]
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    if number == value.number:
        return None
    return Value(text, value.place, number, max(0, -int(number.as_tuple().exponent)), value.unit)


@contextmanager
def printed(row: Row, column: str, value: Value) -> Iterator[None]:
    """The row with another value, while the block runs."""
    before = row.values[column]
    row.values[column] = value
    try:
        yield
    finally:
        row.values[column] = before


def try_changes(document: Document, times: int, seed: int) -> Outcome:
    """Random changes of random amounts; each alone."""
    chance = random.Random(seed)
    known, checker = audited(document)
    before = {(f.rule, f.printed, f.expected, f.places[0]) for f in known}
    related = {term.key for relation in checker.relations for term in relation.terms}
    pool = cells(document)
    out = Outcome()
    while pool and out.changes < times:
        table, row, column, value = chance.choice(pool)
        wrong = changed(value, chance)
        if wrong is None:
            continue
        out.changes += 1
        with printed(row, column, wrong):
            found, _ = audited(document)
        new = [f for f in found if (f.rule, f.printed, f.expected, f.places[0]) not in before]
        if any(value.place in f.places for f in new):
            out.named += 1
            out.marked += any(f.places[0] == value.place for f in new)
            continue
        why = "只有这一个数，没有可比的关系" if (id(table), id(row), column) not in related else "其他"
        if why == "其他" and abs((wrong.number or Decimal(0)) - (value.number or Decimal(0))) <= Decimal("0.02"):
            why = "改动在尾差范围内"
        out.missed[f"{table.kind} {why}"] += 1
        out.examples.append(f"{table.id} {row.key} {row.label} {column}: {value.text} → {wrong.text}（{why}）")
    return out
