"""What reading and auditing make of a printed paper: cells lost or wrong, false findings, changes not told."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from wangge.disclosure.documents.auditing import audit
from wangge.disclosure.documents.model import Document, Finding, Table
from wangge.disclosure.documents.reading import read, understand
from wangge.disclosure.documents.reading.understanding.numbers import number_of
from wangge.disclosure.tests.variants import accounts, budget
from wangge.disclosure.tests.variants.books import Books, books
from wangge.disclosure.tests.variants.paper import Box, Paper, Printed, Text, render, text
from wangge.disclosure.tests.variants.style import Style, style

MAKERS: dict[str, Callable[[Books, Style], Paper]] = {"budget": budget.paper, "accounts": accounts.paper}


def made(kind: str, seed: int) -> Paper:
    return MAKERS[kind](books(seed, kind), style(seed))


@dataclass(slots=True)
class Cells:
    """How many printed figures stand in the right row and column, were lost, or were read as something else."""

    right: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def _number(box: Box) -> Decimal | None:
    found = number_of(box.text)
    return found[0] if found else None


def compared(paper: Paper, document: Document) -> Cells:
    """The tables as read against the tables as printed, in their order."""
    out = Cells()
    for kind in dict.fromkeys(t.kind for t in paper.tables):
        printed = [t for t in paper.tables if t.kind == kind]
        got = document.of(kind)
        if len(printed) != len(got):
            cells = sum(1 for t in printed for row in t.rows for b in row if b and b.at and _number(b) is not None)
            if cells:
                out.lost.append(f"{kind}: {len(printed)} printed, {len(got)} read ({cells} cells) {printed[0].above}")
            continue
        for one, other in zip(printed, got, strict=True):
            _compare(kind, one, other, out)
    return out


def _compare(kind: str, printed: Printed, table: Table, out: Cells) -> None:
    expected = [(b.at, b) for row in printed.rows for b in row if b and b.at]
    left = list(expected)
    for row in table.rows:
        for column, value in row.values.items():
            if value.number is None or column == "行次":
                continue
            fits = [
                one
                for one in left
                if one[0][1] in (row.key, row.code, row.label)
                and one[0][2] == column
                and (not one[0][0] or row.section.startswith(one[0][0]))
            ]
            if not fits:
                out.wrong.append(
                    f"{kind} [{row.section}] {row.key} {row.label} {column} = {value.text}: nothing such printed"
                )
                continue
            left.remove(fits[0])
            if _number(fits[0][1]) == value.number:
                out.right += 1
            else:
                out.wrong.append(f"{kind} {fits[0][0]} = {value.text}, printed {fits[0][1].text}")
    out.lost += [f"{kind} {at} {box.text}" for at, box in left if _number(box) is not None]


def audited(paper: Paper, form: str) -> tuple[Document, list[Finding]]:
    document = understand(read(render(paper, form), f"x.{form}"))
    return document, list(audit(document).findings)


def loud(findings: list[Finding]) -> list[Finding]:
    return [f for f in findings if f.severity != "rounding"]


@dataclass(slots=True)
class Told:
    """Random changes of one number each: how many were told with the changed place among the places of a new finding."""

    table: int = 0
    table_told: int = 0
    sentence: int = 0
    sentence_told: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, other: "Told") -> None:
        self.table += other.table
        self.table_told += other.table_told
        self.sentence += other.sentence
        self.sentence_told += other.sentence_told
        self.missed += other.missed


_IN_SENTENCE = re.compile(r"\d+\.\d{2}(?=万元|%)")


def _slip(chance: random.Random, number: str) -> str:
    """Another number with the same decimals: a digit replaced, or two of them swapped."""
    at = [i for i, c in enumerate(number) if c.isdigit()]
    while True:
        letters = list(number)
        if chance.random() < 0.3 and len(at) > 1:
            n = chance.randrange(len(at) - 1)
            a, b = at[n], at[n + 1]
            letters[a], letters[b] = letters[b], letters[a]
        else:
            i = chance.choice(at[: max(1, len(at) - 2)])  # the last two are within what rounding may do
            letters[i] = chance.choice([d for d in "0123456789" if d != letters[i]])
        found = number_of("".join(letters))
        before = number_of(number)
        if found and before and abs(found[0] - before[0]) >= max(Decimal("0.1"), abs(before[0]) / 1000):
            return "".join(letters)


def _findings(made: Text) -> list[Finding]:
    return list(audit(understand(read(made.data, "x.txt"))).findings)


def changes(paper: Paper, times: int, seed: int) -> Told:
    """Change one number of the paper at a time, print it as text, read and audit it."""
    chance = random.Random(seed)
    plain = text(paper)
    before = {(f.rule, f.printed, f.expected, f.places) for f in _findings(plain)}
    out = Told()
    boxes = [
        (block, row, column)
        for block in range(len(paper.blocks))
        if isinstance(printed := paper.blocks[block], Printed)
        for row in range(len(printed.rows))
        for column, box in enumerate(printed.rows[row])
        if box and box.at and (n := _number(box)) is not None and n
    ]
    said = [
        (i, m) for i, block in enumerate(paper.blocks) if isinstance(block, str) for m in _IN_SENTENCE.finditer(block)
    ]
    for _ in range(times):
        blocks = list(paper.blocks)
        if said and chance.random() < 0.35:
            index, found = chance.choice(said)
            block = blocks[index]
            assert isinstance(block, str)
            new = _slip(chance, found.group())
            blocks[index] = block[: found.start()] + new + block[found.end() :]
            made = text(Paper(blocks))
            line, column = made.lines[index], 0
            what = f"{block[max(0, found.start() - 22) : found.end() + 3]} → {new}"
        else:
            index, row, column = chance.choice(boxes)
            printed = blocks[index]
            assert isinstance(printed, Printed)
            box = printed.rows[row][column]
            assert box is not None
            new = _slip(chance, box.text)
            rows = [list(line) for line in printed.rows]
            rows[row][column] = replace(box, text=new)
            blocks[index] = replace(printed, rows=rows)
            made = text(Paper(blocks))
            number = sum(isinstance(b, Printed) for b in blocks[:index])
            line, column = made.boxes[number, row, column]
            what = f"{printed.kind} {box.at} {box.text} → {new}"
        new_findings = [f for f in _findings(made) if (f.rule, f.printed, f.expected, f.places) not in before]
        told = any(p.line == line and (not column or p.column == column) for f in new_findings for p in f.places)
        if column:
            out.table += 1
            out.table_told += told
        else:
            out.sentence += 1
            out.sentence_told += told
        if not told:
            out.missed.append(what + (" (told elsewhere)" if new_findings else ""))
    return out
