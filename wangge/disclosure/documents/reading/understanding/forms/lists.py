"""Several forms in one table: one a row, or projects with rows of indicators beside them, or a list of amounts and goals."""

import re
from collections.abc import Iterator, Sequence

from wangge.disclosure.documents.model import Cell, Column, Place, Row, Table, Value
from wangge.disclosure.documents.reading.understanding.forms.labels import HEADER, columns_of, field_of, level2_of
from wangge.disclosure.documents.reading.understanding.forms.single import Reader
from wangge.disclosure.documents.reading.understanding.headers import head_of, repeats
from wangge.disclosure.documents.reading.understanding.numbers import is_number, says_nothing
from wangge.disclosure.documents.reading.understanding.pages import Sheet
from wangge.disclosure.documents.reading.understanding.texts import compact


class Maker:
    """Makes the next table of a kind with a title; `place` is that of its first cell."""

    def __init__(self, kind: str, title: str, number: str, unit: str) -> None:
        self.kind, self.title, self.number, self.unit = kind, title, number, unit

    def __call__(self, place: Place) -> Table:
        return Table("", self.kind, self.title, place, [], [], self.number, self.unit)


def is_across(rows: Sequence[Sequence[Cell]]) -> bool:
    """One form a row: the second levels are columns."""
    words = [compact(cell.text) for row in rows[:4] for cell in row]
    return sum(level2_of(word) is not None for word in words) >= 5 and not any(word == "二级指标" for word in words)


def is_listed(rows: Sequence[Sequence[Cell]]) -> bool:
    """Several projects in one table, each with rows of indicators beside it."""
    words = [compact(cell.text) for row in rows[:3] for cell in row]
    return (
        "二级指标" in words
        and any(re.search(r"名称$", word) for word in words)
        and any(re.search(r"金额|总额|预算数", word) for word in words)
    )


def read_across(make: Maker, rows: Sequence[Sequence[Cell]], sheet: Sheet) -> Iterator[Table]:
    """A form for each row: labels from the header, an indicator for each cell below a second level."""
    head = head_of(rows)
    sheet.take_all(cell for row in rows[: head.depth] for cell in row)
    for row in rows[head.depth :]:
        if repeats(row, rows[: head.depth]):
            sheet.take_all(row)
            continue
        table = make(row[0].place)
        table.columns = [Column(name, (name,), 0) for name in ("一级指标", "二级指标", "三级指标", "指标值")]
        lost = len(row) < len(head.specs) and bool(row[-1].text.strip())
        indicators = []
        for spec in head.specs[: len(row)]:
            cell = row[spec.index]
            known = level2_of(spec.leaf)
            if known:
                if cell.text.strip():
                    indicators.append((known, cell))
            elif name := field_of(spec.leaf):
                table.fields[name] = sheet.value(cell)
            else:
                sheet.take(cell)
        amount = table.fields.get("资金总额")
        if amount is not None and amount.number is None and not amount.blank:
            lost = True
        if "项目名称" not in table.fields and (other := table.fields.get("所属专项") or table.fields.get("支出方向")):
            table.fields["项目名称"] = other
        if lost:
            table.damage.append(("这一行少了一格，指标属于哪一列不能确定", row[0].place))
            sheet.gap(
                f"{table.title}的指标", "这一行少了一格，指标属于哪一列不能确定", [cell for _, cell in indicators]
            )
        else:
            for (second, first), cell in indicators:
                value = sheet.value(cell, loose=True)
                key = compact(cell.text)
                values = {
                    "一级指标": Value(first, cell.place),
                    "二级指标": Value(second, cell.place),
                    "三级指标": Value(cell.text, cell.place),
                    "指标值": value,
                }
                table.rows.append(Row(key, key, cell.place, "", -1, "指标", values))
        yield table


def read_listed(make: Maker, rows: Sequence[Sequence[Cell]], sheet: Sheet) -> Iterator[Table]:
    """A list of projects with rows of indicators beside each: the list of amounts (G2), then a form for each project."""
    head = head_of(rows)
    heads = columns_of([spec.leaf for spec in head.specs], HEADER)
    fields: dict[int, str] = {}
    for spec in head.specs:
        if re.search(r"名称", spec.leaf) and "指标" not in spec.leaf and "项目名称" not in fields.values():
            fields[spec.index] = "项目名称"
        elif name := field_of(spec.leaf):
            fields[spec.index] = name
        elif re.search(r"金额|总额|预算数", spec.leaf) and "资金总额" not in fields.values():
            fields[spec.index] = "资金总额"
    start = min((index for name, index in heads.items() if name in ("一级指标", "二级指标")), default=0)
    forms: list[Reader] = []
    summary = make(rows[0][0].place)
    summary.kind = "G2"
    named: str | None = None
    for row in rows[head.depth :]:
        if repeats(row, rows[: head.depth]):
            sheet.take_all(row)
            continue
        plain = [compact(cell.text) for cell in row]
        values = {key: sheet.value(row[i]) for i, key in fields.items() if i < len(row) and plain[i]}
        sheet.take_all(row[:start])
        name = compact(values["项目名称"].text) if "项目名称" in values else ""
        if not any(plain[start:]):  # the total, or the subtotal of a unit
            key = next((text for text in plain if text in ("合计", "总计")), name)
            summary.rows.append(Row("合计" if key == "总计" else key, key, row[0].place, "", 0, "", _amounts(values)))
            continue
        if (name and name != named) or not forms:
            named = name
            forms.append(Reader(make(row[0].place), sheet, heads=dict(heads)))
            if "资金总额" in values:
                summary.rows.append(Row(name, name, row[0].place, "", 1, "", _amounts(values)))
        for key, value in values.items():
            forms[-1].table.fields.setdefault(key, value)
        blank = [Cell("", cell.place) for cell in row[:start]]
        forms[-1].indicator([*blank, *row[start:]], ["" for _ in blank] + plain[start:])
    if len(summary.rows) > 1:
        summary.columns = [Column(name, (name,), 0) for name in ("支出名称", "金额", "年度绩效目标")]
        yield summary
    for reader in forms:
        yield _listed(reader)


def _amounts(values: dict[str, Value]) -> dict[str, Value]:
    names = {"项目名称": "支出名称", "资金总额": "金额"}
    return {names.get(key, key): value for key, value in values.items()}


def _listed(reader: Reader) -> Table:
    table = reader.table
    shown = {name for row in table.rows for name in row.values}
    table.columns = [Column(name, (name,), 0) for name, _ in HEADER if name in shown]
    return table


def read_summary(table: Table, rows: Sequence[Sequence[Cell]], sheet: Sheet) -> None:
    """The list of special funds with their amounts and goals (G2). A row without a number in a numbered list is a part of
    the numbered row above."""
    head = head_of(rows)
    sheet.take_all(cell for row in rows[: head.depth] for cell in row)
    keys: dict[int, str] = {}
    for spec in head.specs:
        word = spec.leaf
        for pattern, key in (
            (r"^序号", "序号"),
            (r"实施期", "实施期绩效目标"),
            (r"年度.*目标|^绩效目标", "年度绩效目标"),
            (r"金额|总额|预算数", "金额"),
            (r"名称", "支出名称"),
            (r"^支出方向", "支出方向"),
        ):
            if re.search(pattern, word) and key not in keys.values():
                keys[spec.index] = key
                break
    if "支出名称" not in keys.values():
        keys = {index: "支出名称" if key == "支出方向" else key for index, key in keys.items()}
    table.columns = [Column(key, head.specs[index].path, index) for index, key in keys.items()]
    parent = ""
    numbered = "序号" in keys.values()
    for row in rows[head.depth :]:
        if repeats(row, rows[: head.depth]):
            sheet.take_all(row)
            continue
        amount = next((row[i] for i, key in keys.items() if key == "金额" and i < len(row)), None)
        if amount is None or not (is_number(amount.text) or says_nothing(amount.text)):
            table.damage.append(("这一行的格子与表头对不齐", row[0].place))
            sheet.gap(f"{table.title}的一行", "金额一列不是数字，这一行的格子可能错了位", row)
            continue
        values = {key: sheet.value(row[index]) for index, key in keys.items() if index < len(row)}
        name = compact(values["支出名称"].text) if "支出名称" in values else ""
        total = name in ("合计", "总计") or any(compact(cell.text) in ("合计", "总计") for cell in row[:2])
        part = numbered and not total and "序号" in values and values["序号"].blank
        if not part:
            parent = name
        key = "合计" if total else name
        table.rows.append(
            Row(key, key, row[0].place, "", 0 if total else 2 if part else 1, parent if part else "", values)
        )
