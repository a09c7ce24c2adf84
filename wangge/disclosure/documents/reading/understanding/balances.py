"""Tables of two or three sides: income beside spending by function, and beside spending by nature.

Every side is a column of labels and one or more of figures. A label's place in its side's hierarchy follows from the order
of the numbering styles (`一、` above `（1）` above `1.`): the same words under two headings are two rows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from wangge.disclosure.documents import words
from wangge.disclosure.documents.model import Cell, Column, Row, Table
from wangge.disclosure.documents.reading.understanding.captions import ILLEGIBLE
from wangge.disclosure.documents.reading.understanding.headers import Head, Spec, is_order, keys_of, repeats, short_of
from wangge.disclosure.documents.reading.understanding.numbers import is_number, number_of, says_nothing, value_of
from wangge.disclosure.documents.reading.understanding.pages import Sheet
from wangge.disclosure.documents.reading.understanding.texts import bare, compact, numbering

_FUSED = re.compile(r"^(.*?[一-龥）])\s*([-\d][\d,.]*)$", re.S)
_FUNCTION = re.compile(
    r"^(?:一般公共服务|外交|国防|公共安全|教育|科学技术|社会保障和就业|卫生健康|城乡社区|农林水)(?:支出)?$"
)
_NATURE = re.compile(r"^(?:基本支出|项目支出)")
_GOVERNMENT = re.compile(r"^机关(?:工资福利|商品和服务)")
_ECONOMIC = re.compile(r"^(?:工资福利支出|商品和服务支出|对个人和家庭)")
_TOTAL = re.compile(r"^(?:(?:收入|支出)?(?:总计|合计)|本年(?:收入|支出)(?:合计)?|(?:收|支)入?总计)$")
_OPENING = re.compile(r"^年初财政拨款结转|^年初.*结转")
_FUNDS = re.compile(r"^(?:一般公共预算|政府性基金预算|国有资本经营预算)财政拨款")
_INCOME_NAMES: tuple[tuple[str, str], ...] = (
    (r"^(?:本级)?一般公共预算(?:财政)?(?:拨款|资金)?(?:收入)?$|^预算拨款(?:收入)?$", "一般公共预算拨款"),
    (r"^(?:本级)?财政拨款(?:收入)?$", "财政拨款收入"),
    (r"^政府性基金(?:预算)?(?:财政)?(?:拨款|资金|收入)?(?:收入)?$", "政府性基金拨款"),
    (r"^国有资本经营(?:预算)?(?:财政)?(?:拨款|资金|收入)?(?:收入)?$", "国有资本经营预算拨款"),
    (r"^(?:纳入)?(?:财政)?专户", "纳入专户管理的非税收入拨款"),
    (r"^纳入(?:一般公共)?预算管理的非税收入拨款$", "纳入预算管理的非税收入拨款"),
    (r"^(?:事业单位)?经营(?:服务)?收入$", "事业单位经营收入"),
    (r"^其[他它]收入$", "其他收入"),
    (r"^上年结转(?:结余|和结余)?$|^年初结转(?:结余|和结余)?$", words.CARRYOVER),
)  # fmt: skip


@dataclass(slots=True)
class Side:
    """One side: its label column, its line column, the key of each figure column, and how it hangs together so far."""

    name: int
    line: int | None
    figures: dict[int, str]
    section: str = ""
    stack: list[tuple[str, str]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    opening: bool = False


def read(table: Table, rows: Sequence[Sequence[Cell]], head: Head, sheet: Sheet) -> None:
    """Read a table of sides into `table`; rows that fit no layout of its columns become gaps."""
    body = list(rows[head.depth :])
    specs = _roles(head, body)
    layouts = [_sides(specs, table.kind)]
    narrow = [spec for spec in specs if spec.index not in head.filled]
    if len(narrow) < len(specs):
        moved = [Spec(i, spec.path, spec.role) for i, spec in enumerate(narrow)]
        other = _sides(moved, table.kind)
        if [len(side.figures) for side in other] == [len(side.figures) for side in layouts[0]]:
            layouts.append(other)
    for side in layouts[0]:
        for index, key in side.figures.items():
            if key not in (column.key for column in table.columns):
                table.columns.append(Column(key, next(s.path for s in specs if s.index == index), index))
    sides = layouts[0]
    width = short_of(rows)
    # Lines are counted to the end of a side: a label without its number has lost it, or has it elsewhere.
    lined = {
        side.line
        for side in sides
        if side.line is not None
        and sum(bool(row[side.line].text.strip()) for row in body if len(row) > side.line) > len(body) * 0.9
    }
    moved_rows = 0
    for row in body:
        if repeats(row, rows[: head.depth]) or is_order(row):
            sheet.take_all(row)
            continue
        # A row with a cell less than the others fits only the columns without the merged ones, one with more none.
        fitting = next((i for i, x in enumerate(layouts) if _as_long(row, i, width) and _fits(row, x, lined)), None)
        if fitting is None:
            table.damage.append(("这一行的格子与表头对不齐", row[0].place))
            sheet.gap(f"{table.title}的一行", "这一行的格子与表头对不齐，可能少了格子或错了位", row)
            continue
        moved_rows += fitting > 0
        for side, printed in zip(sides, layouts[fitting], strict=True):
            _read_side(table.kind, row, side, printed, sheet)
    if moved_rows:
        table.damage.append((f"有{moved_rows}行的空格子丢失，按标签对齐", rows[0][0].place))
    _sections(table.kind, sides)
    for side in sides:
        for item in side.rows:
            item.section = side.section + item.section
            _name(table.kind, item)
            table.rows.append(item)


def _roles(head: Head, body: Sequence[Sequence[Cell]]) -> list[Spec]:
    """The columns; one of figures that holds labels with their figure in one cell is a side by itself."""
    specs: list[Spec] = []
    for spec in head.specs:
        column = [row[spec.index].text for row in body if len(row) > spec.index and row[spec.index].text.strip()]
        if not column and spec.index in head.filled:
            continue
        labels = sum(not is_number(text) and not says_nothing(text) for text in column)
        role = spec.role
        if spec.index in head.filled and specs and specs[-1].role == "name" and specs[-1].path == spec.path:
            specs.append(Spec(spec.index, spec.path, "name"))  # merged into the labels at its left
            continue
        # Labels below a header of figures: only where no column of labels stands before it.
        unnamed = not specs or (specs[-1].role == "value" and specs[-1].path == spec.path)
        if role in ("value", "text") and column and labels > len(column) * 0.6 and unnamed:
            role = "name"
        elif role == "text":
            role = "value"
        specs.append(Spec(spec.index, spec.path, role))
    return specs


def _sides(specs: Sequence[Spec], kind: str) -> list[Side]:
    cut: list[list[Spec]] = []
    for spec in specs:
        if spec.role == "name" and (not cut or any(s.role in ("value", "name") for s in cut[-1])):
            if not (cut and len(cut[-1]) == 1 and spec.path == cut[-1][0].path):
                cut.append([])
        elif not cut:
            continue
        cut[-1].append(spec)
    sides: list[Side] = []
    for part in cut:
        line = next((spec.index for spec in part if spec.role == "line"), None)
        values = [spec for spec in part if spec.role == "value" and spec.path]
        keys = keys_of(values, kind) if len(values) > 1 else {spec.index: words.AMOUNT for spec in values}
        name = part[0]
        sides.append(Side(name.index, line, keys, "收入" if not sides else "支出"))
    return sides


def _as_long(row: Sequence[Cell], layout: int, width: int) -> bool:
    if not width:
        return True
    return len(row) < width if layout else len(row) == width


def _fits(row: Sequence[Cell], sides: Sequence[Side], lined: set[int]) -> bool:
    names = {side.name for side in sides}
    lines = {side.line for side in sides}
    figures = {index for side in sides for index in side.figures}
    for i, cell in enumerate(row):
        text = compact(cell.text)
        if not text:
            if i in lined:
                return False
            continue
        if i in names:
            if is_number(text) or ILLEGIBLE.search(text) or says_nothing(text):
                return False
        elif i in lines and not re.fullmatch(r"\d{1,3}|[—-]+", text):
            return False
        elif i in figures or i in lines:
            if not is_number(cell.text) and not says_nothing(text):
                return False
        else:
            return False
    return True


def _read_side(kind: str, row: Sequence[Cell], side: Side, printed: Side, sheet: Sheet) -> None:
    if printed.name >= len(row):
        return
    cell = row[printed.name]
    label, fused = compact(cell.text), None
    if not printed.figures and (found := _FUSED.match(cell.text.strip())) and number_of(found[2]):
        label, fused = compact(found[1]), Cell(found[2], cell.place)
    values = {}
    if fused is not None:
        values[words.AMOUNT] = value_of(fused)
        sheet.take(cell)
    elif not printed.figures:
        values[words.AMOUNT] = value_of(Cell("", cell.place))
    for index, key in zip(printed.figures, side.figures.values(), strict=True):
        if index < len(row):
            values[key] = sheet.value(row[index])
    if printed.line is not None and printed.line < len(row):
        values[words.LINE] = sheet.value(row[printed.line])
    figures = any(v.number is not None for key, v in values.items() if key != words.LINE)
    if not label:
        if figures:
            sheet.give_back(row[i] for i in printed.figures if i < len(row))
            sheet.gap("收支表的一行", "数字旁边没有项目名称", [row[i] for i in printed.figures if i < len(row)])
        return
    sheet.take(cell)
    style, key = numbering(label)
    if not key:
        return
    total = bool(_TOTAL.match(key)) or key in ("本年收入", "本年支出")
    if total:
        side.stack = []
    if style and not total:
        if style in ("一、", "（一）"):  # the two styles that always stand above the others
            side.stack = [known for known in side.stack if style != "一、" and known[0] == "一、"]
        styles = [known for known, _ in side.stack]
        if style in styles:
            side.stack = side.stack[: styles.index(style)]
        side.opening = side.opening and bool(_FUNDS.match(key))
    elif not style and not total and not side.opening:
        side.stack = []
    if total:
        side.opening = False
    path = "".join(f"/{name}" for _, name in side.stack)
    if side.opening and _FUNDS.match(key):
        path = "/年初结转"
    depth = 0 if total else len(side.stack) + 1 + (1 if side.opening and _FUNDS.match(key) else 0)
    side.rows.append(Row(key, label, cell.place, "", depth, path, values))
    if style and not total and not side.opening:
        side.stack.append((style, _income(key)))
    if kind == "F04" and _OPENING.search(key):
        side.opening = True


def _income(key: str) -> str:
    for pattern, name in _INCOME_NAMES:
        if re.search(pattern, key):
            return name
    return key


def _sections(kind: str, sides: Sequence[Side]) -> None:
    for number, side in enumerate(sides):
        if number == 0 or kind not in ("T1", "U"):
            continue
        labels = [row.key for row in side.rows]
        if any(_GOVERNMENT.match(label) for label in labels):
            side.section = "政府经济"
        elif any(_NATURE.match(label) for label in labels):
            side.section = "性质"
        elif sum(bool(_FUNCTION.match(label)) for label in labels) >= 1:
            side.section = "功能"
        elif any(_ECONOMIC.match(label) for label in labels):
            side.section = "经济"


def _name(kind: str, row: Row) -> None:
    """The canonical key of a row: one word for one thing over all layouts."""
    side = "收入" if row.section.startswith("收入") else "支出"
    key = row.key
    if key in ("总计", f"{side}总计", f"{side[0]}总计"):
        row.key = f"{side}总计"
    elif key in ("合计", f"{side}合计", f"本年{side}", f"本年{side}合计"):
        row.key = f"本年{side}合计"
    elif side == "收入" and kind in ("T1", "T10"):
        row.key = _income(key)
    elif (
        side == "支出" and re.search(r"^(?:年末)?结转(?:结余)?(?:到)?下年|^年[末终]结转", key) and kind in ("T1", "T10")
    ):
        row.key = "年末结转"
    elif (
        (row.section.startswith("功能") or (kind in ("T10", "F01", "F04") and side == "支出"))
        and _is_function(row)
        and not key.endswith("支出")
    ):
        row.key = f"{key}支出"


def _is_function(row: Row) -> bool:
    return bool(numbering(row.label)[0]) and row.level > 0 and not re.search(r"结转|分配|结余", bare(row.label))
