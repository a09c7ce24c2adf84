"""Tables whose rows are lines of a classification: a code, a name, and figures. One group of columns, or several beside
each other. Also any other table with named columns and one row a thing.

A row is read only when every cell of it stands under a column that can hold it. A row printed one cell off fits no column
as it stands; it is read with the columns moved when exactly one way to move them fits, otherwise it is told as a gap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wangge.disclosure.documents import words
from wangge.disclosure.documents.model import Cell, Column, Row, Table
from wangge.disclosure.documents.reading.understanding.captions import ILLEGIBLE
from wangge.disclosure.documents.reading.understanding.codes import fused, is_code, is_part, is_total, join, level
from wangge.disclosure.documents.reading.understanding.headers import Head, Spec, is_order, keys_of, repeats, short_of
from wangge.disclosure.documents.reading.understanding.numbers import is_number, says_nothing
from wangge.disclosure.documents.reading.understanding.pages import Sheet
from wangge.disclosure.documents.reading.understanding.texts import bare, compact

Layout = tuple[Spec | None, ...]
_TOTAL_ROW = {"人员经费合计", "公用经费合计"}
_PARTS = {"类", "款", "项"}


@dataclass(slots=True)
class Group:
    """Columns that belong together: the ones that name a row and the ones of its figures."""

    specs: list[Spec]
    keys: dict[int, str]

    @property
    def names(self) -> list[Spec]:
        return [spec for spec in self.specs if spec.role in ("code", "name")]


def groups_of(specs: Sequence[Spec], kind: str) -> list[Group]:
    """Cut tables that stand beside each other: a new one begins where a name or code follows a figure."""
    cut: list[list[Spec]] = [[]]
    for spec in specs:
        naming = spec.role in ("code", "name")
        if naming and any(before.role == "value" for before in cut[-1]):
            cut.append([])
        cut[-1].append(spec)
    return [Group(part, keys_of(part, kind)) for part in cut]


def read(table: Table, rows: Sequence[Sequence[Cell]], head: Head, sheet: Sheet) -> None:
    """Read the rows below the header into the table: codes, names, values, and what does not fit as gaps."""
    groups = groups_of(head.specs, table.kind)
    for group in groups:
        for spec in group.specs:
            if spec.index in group.keys and group.keys[spec.index] not in (c.key for c in table.columns):
                table.columns.append(Column(group.keys[spec.index], spec.path, spec.index))
    body = rows[head.depth :]
    layout = _layout(head.specs, body)
    if layout != _plain(head.specs):
        table.damage.append(("表头与数据错开一列，按每行的内容对齐", rows[0][0].place))
    branch: dict[int, str] = {}
    width = short_of(rows)
    for row in body:
        if repeats(row, rows[: head.depth]) or is_order(row):
            sheet.take_all(row)
            continue
        # A row with a cell less or more than all others has lost or gained one, and nothing says which.
        chosen = None if width and len(row) != width else _choose(row, layout, _plain(head.specs))
        if chosen is None:
            table.damage.append(("这一行的格子与表头对不齐", row[0].place))
            sheet.gap(f"{table.title}的一行", "这一行的格子与表头对不齐，可能少了格子或错了位", row)
            continue
        for number, group in enumerate(groups):
            _read_group(table, row, chosen, group, number, branch, sheet)
        _orphan(table, row, chosen, sheet)
    if len(groups) > 1:
        table.rows.sort(key=lambda item: item.place.column if item.key not in _TOTAL_ROW else 10_000)


def _plain(specs: Sequence[Spec]) -> Layout:
    return tuple(specs)


def _layouts(specs: Sequence[Spec]) -> Iterator[Layout]:
    """The columns as printed, and with one cell more or less before each figure column."""
    plain = _plain(specs)
    yield plain
    first = next((i for i, spec in enumerate(specs) if spec.role == "value"), len(specs))
    name = next((spec for spec in specs[:first] if spec.role == "name" or spec.leaf in ("项", "")), None)
    if first and name is None and specs[first - 1].role == "code":
        name = specs[first - 1]
    if name is not None and first < len(specs):
        yield (*specs[:first], Spec(first, name.path, "name"), *specs[first:])
    if 0 < first < len(specs):
        yield (*specs[: first - 1], *specs[first:])


def _wrong(row: Sequence[Cell], layout: Layout) -> int:
    """How many cells of the row cannot stand where this layout puts them."""
    wrong = 0
    for i, cell in enumerate(row):
        text = compact(cell.text)
        if not text:
            continue
        spec = layout[i] if i < len(layout) else None
        if spec is None or not spec.path:
            wrong += 1  # nothing is printed above this column
        elif spec.role == "value":
            after = layout[i + 1] if i + 1 < len(layout) else None
            code = is_code(text) and after is not None and after.role == "code" and i + 1 < len(row)
            # A code where a figure should be, and none where it should: the two cells stand the wrong way round.
            misplaced = code and not row[i + 1].text.strip()
            wrong += misplaced or not (is_number(cell.text) or says_nothing(text))
        elif spec.role == "code":
            wrong += not (is_part(text) or is_total(text) or fused(text) or not is_number(text))
        elif spec.role == "name":
            wrong += is_number(text) and not is_part(text)
    return wrong


def _layout(specs: Sequence[Spec], body: Sequence[Sequence[Cell]]) -> Layout:
    """The layout in which most rows fit; the printed one unless another fits more."""
    best, least = _plain(specs), None
    for layout in _layouts(specs):
        misfits = sum(_wrong(row, layout) > 0 for row in body)
        if least is None or misfits < least:
            best, least = layout, misfits
    return best


def _choose(row: Sequence[Cell], layout: Layout, plain: Layout) -> Layout | None:
    for candidate in (layout, plain):
        if not _wrong(row, candidate):
            return candidate
    return None


def _read_group(
    table: Table,
    row: Sequence[Cell],
    layout: Layout,
    group: Group,
    number: int,
    branch: dict[int, str],
    sheet: Sheet,
) -> None:
    mine = {spec.index for spec in group.specs}
    cells = [(spec, cell) for spec, cell in zip(layout, row, strict=False) if spec is not None and spec.index in mine]
    codes: list[str] = []
    label = ""
    total = False
    place = next((cell.place for _, cell in cells if cell.text.strip()), None)
    if place is None:
        return
    for spec, cell in cells:
        text = compact(cell.text)
        if spec.role not in ("code", "name"):
            if spec.role in ("text", "seq") and is_total(text):  # printed in a column before the names
                total, label = True, label or text
            continue
        sheet.take(cell)
        if is_total(text) or text in _TOTAL_ROW:
            total, label = True, text
        elif text in _PARTS:
            continue  # the words 类, 款, 项 printed beside the total
        elif spec.role == "code" and (not text or is_part(text)):
            codes.append(text)
        elif both := fused(cell.text):
            codes.append(both[0])
            label = label or both[1]
        elif spec.role == "name" and is_code(text) and not any(codes):
            codes.append(text)
        elif spec.role == "code" and any(s.role == "name" and c.text.strip() for s, c in cells):
            table.damage.append(("科目编码无法辨认", cell.place))
        elif text and not (says_nothing(text) or ILLEGIBLE.search(text)):
            label = label or text
    values = {}
    for spec, cell in cells:
        if spec.role == "line":
            values[words.LINE] = sheet.value(cell)
        elif spec.role == "seq":
            sheet.take(cell)
        elif spec.role in ("value", "text") and spec.index in group.keys:
            values[group.keys[spec.index]] = sheet.value(cell)
    code = "" if total else join(codes, branch.get(number, ""))
    if any(codes) and not code and not total:
        sheet.gap(f"{table.title}的科目编码", "编码拼不成一个完整的科目", [c for s, c in cells if s.role == "code"])
    if code:
        branch[number] = code
    if not (label or code) and not any(value.number is not None for value in values.values()):
        return
    if (
        not (label or code)
        and group.names
        and any(says_nothing(c.text) and c.text.strip() for s, c in cells if s in group.names)
    ):
        table.damage.append(("这一行的名称无法辨认", place))
    if not (label or code) and group.names and any(v.number is not None for v in values.values()):
        return  # a figure without a name: `_orphan` looks for its row
    key = words.ROW_TOTAL if total and label not in _TOTAL_ROW else code or bare(label) or words.ROW_TOTAL
    depth = 0 if total or not (code or label) else level(code)
    table.rows.append(Row(key, label, place, code, depth, "", values))


def _orphan(table: Table, row: Sequence[Cell], layout: Layout, sheet: Sheet) -> None:
    """A figure printed in another group than the total it belongs to: it is the last label's without a figure."""
    numbers = [cell for cell, spec in zip(row, layout, strict=False) if spec and spec.role == "value" and is_number(cell.text)]  # fmt: skip
    mine = [
        item for item in table.rows if item.place.row == row[0].place.row and item.place.table == row[0].place.table
    ]
    known = {value.place for item in mine for value in item.values.values() if value.number is not None}
    lost = [cell for cell in numbers if cell.place not in known]
    empty = [item for item in mine if item.key in _TOTAL_ROW and all(v.number is None for v in item.values.values())]
    if len(lost) == 1 == len(empty) and empty[0].place.column < lost[0].place.column:
        empty[0].values[words.AMOUNT] = sheet.value(lost[0])
    elif lost:
        sheet.give_back(lost)
        sheet.gap(f"{table.title}的一行", "数字旁边没有科目，不知道属于哪一行", lost)
