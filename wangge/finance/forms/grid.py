"""Lines of a budget as they are typed: one row of cells each, parallel lists in the request."""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from wangge.finance.budget import rules
from wangge.finance.forms.fields import coded, plain
from wangge.finance.terms import LineAmount, LineKey, Source
from wangge.kernel.errors import Refusal

CELLS = ("line", "function", "economic", "was", "project", "source", "amount", "basis")
BLANK = 4
MOST_ROWS = 1000


@dataclass(slots=True)
class Row:
    """A row of the grid: what stands in its cells and what is wrong with them."""

    cells: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def rows(post: QueryDict) -> list[Row]:
    """The rows that were filled in; one without line, codes and amount is no row."""
    columns = {name: post.getlist(name) for name in CELLS if name in post}
    if len({len(c) for c in columns.values()}) != 1 or "amount" not in columns or len(columns["amount"]) > MOST_ROWS:
        raise Refusal("form_broken", "页面内容不完整，没有保存。请刷新后再填。", status=400)
    made = [
        Row({name: cell.strip() for name, cell in zip(columns, cells, strict=True)})
        for cells in zip(*columns.values(), strict=True)
    ]
    return [r for r in made if any(r.cells.get(n) for n in ("line", "function", "economic", "amount"))]


def items(given: list[Row], names: rules.Chart, lines: dict[str, LineKey], *, signed: bool = False) -> list[LineAmount]:
    """The rows as lines; what is wrong is written beside the cells. `lines` are those one may choose from, by id."""
    made = []
    for one in given:
        amount = rules.amount(plain(one.cells["amount"]), signed=signed)
        if isinstance(amount, Refusal):
            one.faults["amount"] = amount.sentence if one.cells["amount"] else "请填写金额。"
        key = lines.get(one.cells.get("line", "")) or _key(one, names)
        if key and not one.faults and not isinstance(amount, Refusal):
            made.append(LineAmount(key, amount, one.cells.get("basis", "")))
    return made


def _key(one: Row, names: rules.Chart) -> LineKey | None:
    codes = {}
    for kind, length, what in (("function", 7, "功能分类"), ("economic", 5, "经济分类")):
        known = {c: n for c, n in names[kind].items() if len(c) == length}
        try:
            codes[kind] = coded(one.cells.get(kind, ""), known, kind, what)
            if not codes[kind]:
                one.faults[kind] = "请填写代码。"
        except Refusal as refusal:
            one.faults[kind] = refusal.sentence
    if one.cells.get("source") not in set(Source):
        one.faults["source"] = "请从列表中选择。"
    if one.faults.keys() & {"function", "economic", "source"}:
        return None
    economic, _, governmental = one.cells.get("was", "").partition(":")
    kept = governmental if economic == codes["economic"] else ""
    return LineKey(
        codes["function"], codes["economic"], Source(one.cells["source"]), one.cells.get("project", ""), kept
    )


def blame(given: list[Row], refusal: Refusal) -> None:
    """Put a refusal that names a row beside the cell it names."""
    n = refusal.data.get("row")
    if isinstance(n, int) and 0 < n <= len(given):
        name = (refusal.field or "").partition("-")[0]
        given[n - 1].faults[name if name in CELLS else "amount"] = (
            refusal.sentence.partition("：")[2] or refusal.sentence
        )


def blanks(given: list[Row], **cells: Any) -> list[Row]:
    """The rows with empty ones after them."""
    return [*given, *(Row(dict(cells)) for _ in range(BLANK))]
