"""What a published document is made of, in two stages, without Django and without a clock.

A *source* is what a file's format gives: paragraphs and grids of cells in reading order, each with its place. A *document*
is what we understood of it: its kind, unit, year and money unit, tables with named rows and columns, figures in sentences,
and a list of what was not understood. Nothing is guessed: a cell that has no certain meaning stays out of the tables.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

DocumentKind = Literal["budget", "accounts", "targets", "self_evaluation"]
Severity = Literal["error", "suspicious", "rounding"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is printed; every number counts from 1, and 0 means that the format has no such thing.

    `line` is the line of a text file or of a page's text; `table` counts the grids of the file; `row` and `column` count
    inside that grid as it is printed.
    """

    page: int = 0
    line: int = 0
    sheet: str = ""
    table: int = 0
    row: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = (
            f"工作表“{self.sheet}”" if self.sheet else "",
            f"第{self.page}页" if self.page else "",
            f"第{self.line}行" if self.line else "",
            f"第{self.table}个表格" if self.table else "",
            f"表内第{self.row}行" if self.row else "",
            f"第{self.column}列" if self.column else "",
        )
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as printed: text with its own line breaks; blank when merged into the cell before or above."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, heading, caption or table note: lines that belong together are already joined.

    `turns` says where joined parts begin: the offset in the text, and the place of the part.
    """

    text: str
    place: Place
    turns: tuple[tuple[int, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """One printed table as rows of cells, after joining what a page break cut. Rows may differ in length."""

    rows: tuple[tuple[Cell, ...], ...]
    place: Place


Block = Paragraph | Grid


@dataclass(frozen=True, slots=True)
class Source:
    """A file as its format gives it. `sha256` is of the bytes; `text_sha256` of the printed characters without blanks.

    `problems` are the parts that could not be read (a scanned page among others), in words, each with its place.
    """

    file: str
    format: Literal["pdf", "docx", "xlsx", "html", "text"]
    sha256: str
    text_sha256: str
    pages: int
    blocks: tuple[Block, ...]
    problems: tuple[tuple[str, Place], ...] = ()


class Unreadable(Exception):
    """The file cannot be read as a document: scanned, broken, encrypted, empty, of an unknown format, too large."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True, slots=True)
class Value:
    """A printed value with its number. `number` is None for words; `blank` when nothing is printed.

    `number` is what is printed, in the printed unit (never scaled); `digits` the printed decimals. `unit` is what stands
    beside the number in the cell (`%`, `万元`, `人`) or "".
    """

    text: str
    place: Place
    number: Decimal | None = None
    digits: int = 0
    unit: str = ""

    @property
    def blank(self) -> bool:
        return not self.text.strip()

    @property
    def amount(self) -> Decimal:
        """The number, a blank or word as zero: for sums only."""
        return self.number if self.number is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures or words. `key` is its canonical name (see `words.py`), `header` the printed path, top first."""

    key: str
    header: tuple[str, ...]
    index: int


@dataclass(slots=True)
class Row:
    """A row. `code` is the whole classification code (`2010301`, `30102`) or ""; `level` is its depth: 0 a total,
    1 类, 2 款, 3 项, -1 when the row has no place in a hierarchy.

    `key` is the canonical name (code, or label without blanks and numbering); `section` tells apart rows of the same
    label (收入, 功能, 性质, 基本支出, 项目支出, 资金, 指标); `label` is printed text without blanks.
    """

    key: str
    label: str
    place: Place
    code: str = ""
    level: int = -1
    section: str = ""
    values: dict[str, Value] = field(default_factory=dict)

    def __getitem__(self, column: str) -> Value:
        return self.values.get(column) or Value("", self.place)


@dataclass(slots=True)
class Table:
    """A table that was recognised. `id` is unique in the document (`T3`, `F01`, `E2.3`); `kind` the same without repeat
    (`T3`, `F01`, `E2`, `U` for a table of figures of no known kind, read by its header alone).

    `number` is the printed number (`表3`, `附件11`, `公开03表`) or "", `unit` the printed money unit or "".
    `damage` lists what is wrong with its shape (lost cells, shifted header), in words, each with its place: a table with
    damage makes its arithmetic findings `suspicious`.
    """

    id: str
    kind: str
    title: str
    place: Place
    columns: list[Column]
    rows: list[Row]
    number: str = ""
    unit: str = ""
    notes: list[Paragraph] = field(default_factory=list)
    damage: list[tuple[str, Place]] = field(default_factory=list)
    fields: dict[str, Value] = field(default_factory=dict)

    def row(self, key: str, section: str = "") -> Row | None:
        """The first row of that key or code (and section, when given)."""
        return next((r for r in self.rows if key in (r.key, r.code) and section in ("", r.section)), None)

    def value(self, key: str, column: str, section: str = "") -> Value | None:
        row = self.row(key, section)
        return row.values.get(column) if row else None

    def coded(self, level: int = 0) -> Iterator[Row]:
        """Rows with a classification code, of that level when given."""
        return (r for r in self.rows if r.code and level in (0, r.level))

    @property
    def empty(self) -> bool:
        """No row carries a number."""
        return not any(v.number is not None for r in self.rows for v in r.values.values())


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a sentence. `subject` is what it measures, in the words of the sentence without blanks, with the
    headings above it in `section`; `role` says what kind of number it is.

    role: amount (money), share (占 x%), rate (完成 x%), growth (增长 x%, sign in `number`), change (增减额, sign in
    `number`), count (people, vehicles, sessions), year, other. `base` names what a share, growth, rate or change is
    measured against when the sentence says so. `quote` is the shortest piece of the sentence that shows it.
    """

    subject: str
    role: str
    number: Decimal
    digits: int
    unit: str
    text: str
    quote: str
    section: tuple[str, ...]
    place: Place
    sentence: int
    start: int
    base: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the narrative, joined over line and page breaks, under its headings (outermost first)."""

    text: str
    section: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Gap:
    """Something printed that was not understood, and why."""

    what: str
    why: str
    place: Place
    quote: str = ""


@dataclass(slots=True)
class Document:
    """A document as understood. `year` is the fiscal year it reports or plans; `kinds` all kinds of content in it."""

    source: Source
    kind: DocumentKind
    unit: str
    year: int
    money_unit: str
    tables: list[Table]
    headings: list[Paragraph]
    sentences: list[Sentence]
    figures: list[Figure]
    gaps: list[Gap]
    cells_seen: int = 0
    cells_read: int = 0

    def of(self, kind: str) -> list[Table]:
        return [t for t in self.tables if t.kind == kind]

    def one(self, kind: str) -> Table | None:
        """The only table of that kind; None when there is none or more than one."""
        found = self.of(kind)
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree. `where` is the place in words, `places` every cell or line that takes part, the first
    being the one to mark. `confidence` is 0 to 1. `formula` shows the relation with its numbers.
    """

    rule: str
    severity: Severity
    confidence: float
    where: str
    places: tuple[Place, ...]
    printed: str
    expected: str
    difference: str
    formula: str
    quote: str
    explanation: str
    origin: Literal["issuer", "extraction", "either"] = "issuer"
    table: str = ""
    linked: tuple[str, ...] = ()


@dataclass(slots=True)
class Checks:
    """How many comparisons were made, and how they ended; `by_rule` is (run, passed, rounding, failed) of each rule."""

    by_rule: dict[str, list[int]] = field(default_factory=dict)

    def count(self, rule: str, outcome: Literal["passed", "rounding", "failed"]) -> None:
        row = self.by_rule.setdefault(rule, [0, 0, 0, 0])
        row[0] += 1
        row[("passed", "rounding", "failed").index(outcome) + 1] += 1

    def total(self) -> dict[str, int]:
        sums = [sum(row[i] for row in self.by_rule.values()) for i in range(4)]
        return dict(zip(("run", "passed", "rounding", "failed"), sums, strict=True))


@dataclass(slots=True)
class Report:
    """The result of an audit."""

    document: Document
    findings: Sequence[Finding]
    checks: Checks
