"""The table of the three public expenses (going abroad, vehicles, receptions): as rows or as columns, of a budget or of
accounts."""

import re
from collections.abc import Sequence
from decimal import Decimal

from wangge.disclosure.documents import words
from wangge.disclosure.documents.model import Cell, Column, Row, Table, Value
from wangge.disclosure.documents.reading.understanding.codes import is_total
from wangge.disclosure.documents.reading.understanding.headers import Head, canonical, is_order, repeats
from wangge.disclosure.documents.reading.understanding.numbers import is_number, number_of, says_nothing
from wangge.disclosure.documents.reading.understanding.pages import Sheet
from wangge.disclosure.documents.reading.understanding.texts import bare, compact

ABROAD, RECEPTION, VEHICLES = "因公出国（境）费", "公务接待费", "公务用车购置及运行费"
RUNNING, BUYING = "公务用车运行费", "公务用车购置费"
SUBTOTAL, MEETINGS = "“三公”经费小计", "会议费培训费小计"
_NAMES: tuple[tuple[str, str], ...] = (
    (r"三公.*小计|^“?三公”?经费(?:合计)?$", SUBTOTAL),
    (r"会议费?[、和]?培训费?.*小计|会议.*培训.*合计", MEETINGS),
    (r"^公务用车购置(?:费)?[及和与].*(?:运行|维护)", VEHICLES),
    (r"^公务用车.*运行|^运行(?:维护)?费$", RUNNING),
    (r"^公务用车购置|^购置费$", BUYING),
    (r"因公出国", ABROAD),
    (r"公务接待", RECEPTION),
    (r"^会议费", "会议费"),
    (r"^培训费", "培训费"),
)
# The twelve figures of the accounts form, in its order.
_HALF = (words.TOTAL, ABROAD, f"{VEHICLES}/小计", f"{VEHICLES}/{BUYING}", f"{VEHICLES}/{RUNNING}", RECEPTION)
_TWELVE = tuple(f"{half}/{name}" for half in ("预算数", "决算数") for name in _HALF)


def name_of(word: str) -> str:
    """The canonical name of one of the expenses; the words themselves when it is none."""
    plain = re.sub(r"^其中：?", "", bare(compact(word)))
    for pattern, name in _NAMES:
        if re.search(pattern, plain):
            return name
    return plain


def read(table: Table, rows: Sequence[Sequence[Cell]], head: Head, sheet: Sheet) -> None:
    """Read the table; F07 into the one row `数`, T9 into a row for each expense (column 金额, or more when printed)."""
    header = head.text
    if any(_half(row) for row in rows[head.depth :]):
        _halves(table, rows, head, sheet)
    elif table.kind == "F07" or ("预算数" in header and "决算数" in header):
        _accounts(table, rows, head, sheet)
    elif "公务接待" in header:
        _across(table, rows, head, sheet)
    else:
        _down(table, rows, head, sheet)


def _down(table: Table, rows: Sequence[Sequence[Cell]], head: Head, sheet: Sheet) -> None:
    """One expense a row."""
    values = [spec for spec in head.specs if spec.role == "value"]
    keys = {spec.index: _column(spec.path) for spec in values}
    if len(values) == 1:
        keys = {values[0].index: words.AMOUNT}
    table.columns = [Column(keys[spec.index], spec.path, spec.index) for spec in values]
    for row in rows[head.depth :]:
        if repeats(row, rows[: head.depth]) or is_order(row):
            sheet.take_all(row)
            continue
        label = next((cell for cell in row if cell.text.strip() and not is_number(cell.text)), None)
        loose = any(c.text.strip() and not (is_number(c.text) or says_nothing(c.text)) for i, c in enumerate(row) if i in keys)  # fmt: skip
        if label is None or loose:
            sheet.gap(f"{table.title}的一行", "没有认出是哪一项经费", row)
            continue
        for cell in row:
            if not is_number(cell.text):
                sheet.take(cell)
        text = compact(label.text)
        key = words.ROW_TOTAL if is_total(text) else name_of(text)
        found = {key_: sheet.value(row[i]) for i, key_ in keys.items() if i < len(row)}
        depth = (
            0 if key == words.ROW_TOTAL else 1 if key in (SUBTOTAL, MEETINGS) else 3 if key in (RUNNING, BUYING) else 2
        )
        table.rows.append(Row(key, text, label.place, "", depth, "", found))


def _column(path: tuple[str, ...]) -> str:
    leaf = path[-1] if path else ""
    return words.AMOUNT if re.match(r"^(?:合计|总计|小计)$", leaf) else canonical(leaf)


def _across(table: Table, rows: Sequence[Sequence[Cell]], head: Head, sheet: Sheet) -> None:
    """One expense a column: the row of the total (or the only row) becomes the rows of the canonical table."""
    body = [row for row in rows[head.depth :] if not repeats(row, rows[: head.depth]) and not is_order(row)]
    values = [spec for spec in head.specs if spec.role == "value"]
    filled = [row for row in body if any(is_number(cell.text) for cell in row)]
    total = next((row for row in filled if any(is_total(cell.text) for cell in row)), None)
    if total is None and len(filled) == 1:
        total = filled[0]
    names = {spec.index: _expense(spec.path) for spec in values}
    years = {spec.index: _year(spec.path) for spec in values}
    newest = max(years.values(), default="")
    # Last year's figures stand beside this year's: a column of their own for the same expense.
    keys = {i: words.AMOUNT if year in ("", newest) else f"{year}年" for i, year in years.items()}
    table.columns = [Column(key, (key,), 0) for key in dict.fromkeys(keys.values())]
    if len({(names[i], keys[i]) for i in names}) != len(names):
        sheet.gap(table.title, "同一项经费有两列，不能确定是哪一个", [cell for row in filled for cell in row])
        return
    for row in body:
        sheet.take_all(cell for i, cell in enumerate(row) if i not in names)
        if row is not total and total is not None:
            # The row of a unit says the same as the total when it is the only one; more than one is another table.
            same = all(
                i >= len(row) or i >= len(total) or compact(row[i].text) == compact(total[i].text) for i in names
            )
            if same:
                sheet.take_all(row)
    if total is None:
        for name in dict.fromkeys(names.values()):
            table.rows.append(Row(name, name, table.place, "", 0 if name == words.ROW_TOTAL else 2, "", {}))
        return
    for index, name in names.items():
        if index < len(total):
            expense = table.row(name)
            if expense is None:
                expense = Row(name, name, total[index].place, "", 0 if name == words.ROW_TOTAL else 2)
                table.rows.append(expense)
            expense.values[keys[index]] = sheet.value(total[index])


def _year(path: tuple[str, ...]) -> str:
    return next((found[1] for word in path if (found := re.match(r"^((?:19|20)\d{2})年", word))), "")


def _half(row: Sequence[Cell]) -> str:
    first = next((compact(cell.text) for cell in row if cell.text.strip()), "")
    return first if first in ("预算数", "决算数") else ""


def _halves(table: Table, rows: Sequence[Sequence[Cell]], head: Head, sheet: Sheet) -> None:
    """One expense a column, the budget and the final figures as rows."""
    names = {spec.index: _expense(spec.path) for spec in head.specs if spec.role == "value"}
    named = {
        SUBTOTAL: words.TOTAL,
        VEHICLES: f"{VEHICLES}/小计",
        RUNNING: f"{VEHICLES}/{RUNNING}",
        BUYING: f"{VEHICLES}/{BUYING}",
    }
    values: dict[str, Value] = {}
    for row in rows[head.depth :]:
        half = _half(row)
        if not half:
            continue
        sheet.take_all(cell for i, cell in enumerate(row) if i not in names)
        for index, name in names.items():
            if index < len(row):
                values[f"{half}/{named.get(name, name)}"] = sheet.value(row[index])
    table.columns = [Column(key, (key,), 0) for key in values]
    table.rows.append(Row("数", "", rows[head.depth][0].place, "", 0, "", values))


def _expense(path: tuple[str, ...]) -> str:
    leaf = re.sub(r"^其中：?", "", path[-1]) if path else ""
    if re.match(r"^(?:合计|总计|小计)$", leaf):
        parent = name_of(path[-2]) if len(path) > 1 else ""
        return VEHICLES if parent == VEHICLES else SUBTOTAL
    return name_of(leaf)


def _accounts(table: Table, rows: Sequence[Sequence[Cell]], head: Head, sheet: Sheet) -> None:
    """The budget and final figures side by side, whichever of the two stands above the other."""
    specs = [spec for spec in head.specs if spec.path]
    keys = [_pair(spec.path) for spec in specs]
    body = [row for row in rows[head.depth :] if not is_order(row)]
    sheet.take_all(cell for row in rows if is_order(row) for cell in row)
    filled = [row for row in body if any(is_number(cell.text) for cell in row)]
    whole = len(set(keys)) == len(keys) and all(keys) and len(keys) % 2 == 0
    columns = list(zip(keys, specs, strict=True))
    if not whole:
        chosen = _as_printed(filled, len(specs))
        if chosen is None:
            table.damage.append((f"表头只印出{len(specs)}列，应有12列，列的含义不能确定", rows[0][0].place))
            sheet.gap(table.title, "表头缺列，数字属于哪一列不能确定", [cell for row in filled for cell in row])
            table.rows.append(Row("数", "", table.place))
            return
        table.damage.append(
            (f"表头只印出{len(specs)}列，应有12列；按标准表的次序对应前{len(specs)}列", rows[0][0].place)
        )
        columns = [(key, spec) for key, spec in zip(_TWELVE, specs, strict=False)]
    table.columns = [Column(key, spec.path, spec.index) for key, spec in columns]
    totals = [row for row in filled if any(is_total(cell.text) for cell in row)]
    row = totals[0] if totals else filled[0] if len(filled) == 1 else None
    if row is None:
        table.rows.append(Row("数", "", body[0][0].place if body else table.place))
        return
    values: dict[str, Value] = {}
    for key, spec in columns:
        if spec.index < len(row) and (is_number(row[spec.index].text) or says_nothing(row[spec.index].text)):
            values[key] = sheet.value(row[spec.index])
    table.rows.append(Row("数", "", row[0].place, "", 0, "", values))


def _pair(path: tuple[str, ...]) -> str:
    """`预算数/公务用车购置及运行费/小计` from a header path; "" when it does not say which figure it is."""
    half = next((word for word in path if re.search(r"预算数|决算数|执行数|支出数", word)), "")
    if not half:
        return ""
    half = "预算数" if "预算" in half else "决算数"
    names = [name_of(word) for word in path if not re.search(r"预算数|决算数|执行数|支出数", word)]
    names = [name for name in names if not re.search(r"三公”?经费|项目", name)] or names
    if VEHICLES in names:
        last = names[-1]
        return f"{half}/{VEHICLES}/{last if last in (RUNNING, BUYING) else '小计'}"
    leaf = names[-1] if names else ""
    if is_total(leaf) or leaf in ("小计", SUBTOTAL):
        return f"{half}/{words.TOTAL}"
    return f"{half}/{leaf}" if leaf in (ABROAD, RECEPTION) else ""


def _as_printed(filled: Sequence[Sequence[Cell]], width: int) -> Sequence[Sequence[Cell]] | None:
    """A header that lost columns beside a row of the standard order: certain only when the whole budget half is there and
    adds up in that order, and the order of the printed header does not add up."""
    if len(filled) != 1 or not 6 <= width < 12 or len(filled[0]) < width:
        return None
    cells = filled[0][:width]
    if not all(is_number(cell.text) for cell in cells):
        return None
    figures: list[Decimal] = []
    for cell in cells:
        found = number_of(cell.text)
        assert found is not None
        figures.append(found[0])
    total, abroad, vehicles, buying, running, reception = figures[:6]
    if not total or total != abroad + vehicles + reception or vehicles != buying + running:
        return None
    return filled
