"""A layout and the books make a filled table. Every figure is summed in yuan and rounded once, here."""

from dataclasses import replace
from itertools import count, groupby

from wangge.disclosure.documents.filling.books import Amount, Books
from wangge.disclosure.documents.filling.cells import Cell, Filled
from wangge.disclosure.documents.forms.shapes import ANY, Column, Form, Line, Pick, Side, Spread
from wangge.finance.terms import classification

Grid = list[list[Cell | None]]
FINE = 4


def fill(form: Form, books: Books, unit_label: str = "单位名称：") -> Filled:
    """One printed table of the set."""
    digits = FINE if form.precise and books.precise else 2
    body = _body(form, books, digits)
    bare = not any(c.yuan for row in body for c in row if c is not None)
    if bare and form.zero:
        body = _body(replace(form, zero=""), books, digits)
    leaves = [leaf for side in form.sides for c in side.columns for leaf in c.leaves]
    head = _head(form)
    return Filled(
        id=form.kind,
        kind=form.kind,
        number=form.number,
        title=form.title.format(year=books.year),
        grid=tuple(tuple(row) for row in [*head, *body]),
        head=len(head),
        widths=tuple(leaf.width for leaf in leaves),
        unit_label=unit_label,
        unit_name=books.unit_name,
        notes=form.notes + ((form.empty.format(unit=books.unit_name),) if bare and form.empty else ()),
        wide=form.wide,
    )


# ---- heading ------------------------------------------------------------------------------------------------------


def _head(form: Form) -> Grid:
    top: list[Column] = []
    for over, sides in groupby(form.sides, key=lambda s: s.over):
        columns = tuple(c for side in sides for c in side.columns)
        top += [Column(over, over, under=columns)] if over else columns
    depth = max(c.depth for c in top)
    width = sum(len(c.leaves) for c in top)
    grid: Grid = [[None] * width for _ in range(depth)]

    def put(column: Column, at: int, row: int) -> int:
        spread = len(column.leaves)
        lines = 1 if column.under else depth - row
        grid[row][at] = Cell(column.title, "head", "", column.key, columns=spread, lines=lines)
        for below in column.under:
            at = put(below, at, row + 1)
        return at if column.under else at + 1

    at = 0
    for column in top:
        at = put(column, at, 0)
    return grid + ([_numbers(form)] if form.numbered else [])


def _numbers(form: Form) -> list[Cell | None]:
    number, row = count(1), list[Cell | None]()
    for side in form.sides:
        leaves = [leaf for c in side.columns for leaf in c.leaves]
        labels = [leaf for leaf in leaves if leaf.role != "figure"]
        if form.numbered == "**":
            row += [Cell("**", "head") for _ in labels]
        elif labels and any(leaf.role == "order" for leaf in labels):
            row += [Cell(form.numbered, "head"), Cell("", "head")]
        elif labels:
            row += [Cell(form.numbered, "head", columns=len(labels)), *(None,) * (len(labels) - 1)]
        row += [Cell(str(next(number)), "head") for leaf in leaves if leaf.role == "figure"]
    return row


# ---- rows ---------------------------------------------------------------------------------------------------------


def _body(form: Form, books: Books, digits: int) -> Grid:
    order = count(1)
    rows = [_lines(side, books) for side in form.sides]
    most = max(len(lines) for lines in rows)
    grids = []
    for side, lines in zip(form.sides, rows, strict=True):
        padded = [*lines, *(Line(),) * (most - len(lines)), *side.foot]
        total = [_row(form, side, side.total, books, digits, order, True)] if side.total else []
        grids.append(total + [_row(form, side, line, books, digits, order) for line in padded])
    body: Grid = [[cell for part in parts for cell in part] for parts in zip(*grids, strict=True)]
    if form.foot:
        body.append(_foot(form, books, digits))
    return body


def _lines(side: Side, books: Books) -> list[Line]:
    if not isinstance(side.rows, Spread):
        return _with_unlisted(list(side.rows), side, books)
    spread = side.rows
    if spread.what == "functions":
        names = classification("function", books.year)
        return [
            Line(names.get(code, ""), spread.pick & Pick(functions=(code,)), code, code)
            for code in books.functions(spread.pick)
        ]
    if spread.what == "projects":
        return [Line(name, spread.pick & Pick(name=code), name) for code, name in books.projects(spread.pick)]
    listed = {line.code for line in spread.listed}
    names = classification("economic", books.year)
    extra = [
        Line(names.get(code, ""), Pick(economics=(code,)), code, code)
        for code in books.economics(spread.pick)
        if code not in listed
    ]
    rows = sorted([*spread.listed, *extra], key=lambda line: line.code)
    return [replace(line, pick=spread.pick & (line.pick or ANY)) for line in rows]


def _with_unlisted(lines: list[Line], side: Side, books: Books) -> list[Line]:
    """A class of spending that the form of the year does not list is added when the books hold money of it, because a
    total must not contain what no row shows."""
    picks = [line.pick for line in lines if line.pick and line.pick.functions]
    if not picks:
        return lines
    ledger = picks[0] & Pick()
    listed = {code for pick in picks for code in pick.functions}
    columns = [leaf.pick for c in side.columns for leaf in c.leaves if leaf.role == "figure" and leaf.pick]
    found = {code for pick in columns for code in books.functions(Pick(ledger.ledger) & pick) if len(code) == 3}
    names = classification("function", books.year)
    extra = [
        Line(names.get(code, code), Pick(ledger.ledger, functions=(code,)), names.get(code, code))
        for code in sorted(found - listed)
    ]
    return lines + extra


def _row(
    form: Form,
    side: Side,
    line: Line,
    books: Books,
    digits: int,
    order: "count[int]",
    is_total: bool = False,
) -> list[Cell | None]:
    leaves = [leaf for c in side.columns for leaf in c.leaves]
    labels = sum(leaf.role != "figure" for leaf in leaves)
    key = f"{side.section}/{line.key}" if side.section and line.key else line.key
    cells: list[Cell | None] = []
    for at, leaf in enumerate(leaves):
        if leaf.role == "figure":
            cells.append(_figure(form, leaf, line, key, books, digits))
        elif is_total and leaf.role != "order":
            if at == form.where_total:
                cells.append(Cell(line.label, "label", key, columns=1 if form.where_total else labels))
            else:
                cells.append(None if not form.where_total else Cell("", "code", key))
        else:
            cells.append(_label(leaf, line, key, order))
    return cells


def _label(leaf: Column, line: Line, key: str, order: "count[int]") -> Cell:
    if leaf.role == "label":
        return Cell(line.label, "label", key)
    part = {
        "code": lambda: line.code,
        "class": lambda: line.code[:3],
        "group": lambda: line.code[3:5],
        "item": lambda: line.code[5:7],
        "order": lambda: str(next(order)),
    }[leaf.role]
    return Cell(part(), "code", key)


def _figure(form: Form, leaf: Column, line: Line, key: str, books: Books, digits: int) -> Cell:
    if line.pick is None:
        return Cell("", "words", key, leaf.key)
    if leaf.pick is None:
        return Cell(form.zero, "figure", key, leaf.key)
    amount = books.pick(line.pick & leaf.pick)
    for more in line.plus:
        amount += books.pick(more & leaf.pick)
    return Cell(shown(amount, digits, form.zero), "figure", key, leaf.key, amount.yuan, amount.rows)


def _foot(form: Form, books: Books, digits: int) -> list[Cell | None]:
    row: list[Cell | None] = []
    for label, spread, key, pick in form.foot:
        amount = books.pick(pick)
        row += [Cell(label, "label", key, columns=spread), *(None,) * (spread - 1)]
        row.append(Cell(shown(amount, digits, form.zero), "figure", key, "金额", amount.yuan, amount.rows))
    return row


def shown(amount: Amount, digits: int = 2, zero: str = "") -> str:
    """万元 as printed; nothing at all prints as the form has it."""
    value = amount.wan(digits)
    return f"{value:.{digits}f}" if value else zero
