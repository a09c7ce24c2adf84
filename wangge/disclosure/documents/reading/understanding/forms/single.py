"""One form, block after block. Its cells are found by the words beside them.

Columns of these forms slip: a page break drops the first column, padding adds some. So an indicator row is placed by its
weight and score, and by the words of its second level, never by counting from the left.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from wangge.disclosure.documents.model import Cell, Column, Row, Table, Value
from wangge.disclosure.documents.reading.understanding.forms.labels import (
    FUNDS,
    HEADER,
    LEVEL1,
    columns_of,
    field_of,
    fund_row_of,
    is_weight,
    level2_of,
    second_of,
)
from wangge.disclosure.documents.reading.understanding.numbers import is_number, number_of, says_nothing, value_of
from wangge.disclosure.documents.reading.understanding.pages import Sheet
from wangge.disclosure.documents.reading.understanding.texts import bare, compact

_WORK = "重点工作"
_TASK_TOTALS = {
    "全年预算数": "全年预算数/总额",
    "全年执行数": "全年执行数/总额",
    "分值": "分值",
    "执行率": "执行率",
    "得分": "得分",
}
_VALUE_COLUMNS = ("一级指标", "二级指标", "三级指标", "指标值", "实际完成值", "分值", "得分", "偏差原因")


@dataclass(slots=True)
class Reader:
    """Reads one form, block after block: labels, money, goals, tasks, indicators, total."""

    table: Table
    sheet: Sheet
    funds: dict[str, int] = field(default_factory=dict)
    goals: dict[str, int] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    work: dict[str, int] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    width: int = 0
    first: str = ""
    second: str = ""
    carried: dict[str, Value] = field(default_factory=dict)
    slipped: set[int] = field(default_factory=set)

    def read(self, rows: Sequence[Sequence[Cell]]) -> None:
        waiting = False
        for row in rows:
            plain = [compact(cell.text) for cell in row]
            if waiting:
                waiting = False
                self._goal(row, plain)
            elif (
                self._is_work_header(row, plain)
                or self._is_fund_header(row, plain)
                or (self.parts and self._is_work_parts(row, plain))
            ):
                pass
            elif "预期目标" in "|".join(plain) and "完成" in "|".join(plain) and not any(map(is_number, plain)):
                self._goal_header(row, plain)
                waiting = True
            elif self._is_indicator_header(row, plain) or ((self.heads or self.funds) and self._total(row, plain)):
                pass
            elif self.heads:
                self.indicator(row, plain)
            elif (
                (self.work and self._task(row, plain))
                or (self.funds and self._fund(row, plain))
                or self._prose(row, plain)
            ):
                pass
            else:
                self._labels(row, plain)
        if self.slipped:
            self.table.damage.append(
                (f"有{len(self.slipped)}行的格子左右错位，按分值、得分和二级指标对齐", self.table.place)
            )

    # --- headers of blocks ---

    def _is_fund_header(self, row: Sequence[Cell], plain: list[str]) -> bool:
        found = columns_of(plain, FUNDS)
        if "全年预算数" not in found or not {"年初预算数", "全年执行数"} & set(found):
            return False
        if len(found) < 4 and any(map(is_number, plain)):
            return False
        self.funds, self.heads, self.work, self.width = found, {}, {}, len(row)
        self.sheet.take_all(cell for cell in row if not is_number(cell.text))
        return True

    def _is_work_header(self, row: Sequence[Cell], plain: list[str]) -> bool:
        if ("事项" not in plain and "任务名称" not in plain) or any(map(is_number, plain)):
            return False
        self.work = {text: i for i, text in enumerate(plain) if text and not re.match(r"^年度", text)}
        self.sheet.take_all(row)
        self.funds, self.heads = {}, {}
        self.parts = plain if "任务名称" in plain else []
        return True

    def _is_work_parts(self, row: Sequence[Cell], plain: list[str]) -> bool:
        """The second row of the header of tasks: total, fiscal money and other money below each amount."""
        above, self.parts = self.parts, []
        if not above or any(map(is_number, plain)) or "总额" not in plain:
            return False
        group = ""
        for i, text in enumerate(plain):
            group = above[i] if i < len(above) and above[i] else group
            if text:
                self.work.pop(group, None)
                self.work[f"{re.sub(r'（.*）', '', group)}/{text}"] = i
        self.sheet.take_all(row)
        return True

    def _goal_header(self, row: Sequence[Cell], plain: list[str]) -> None:
        self.funds, self.heads, self.work = {}, {}, {}
        self.goals = {
            "预期目标": next(i for i, text in enumerate(plain) if "预期目标" in text),
            "实际完成情况": max(i for i, text in enumerate(plain) if "完成" in text),
        }
        self.sheet.take_all(row)

    def _is_indicator_header(self, row: Sequence[Cell], plain: list[str]) -> bool:
        found = columns_of(plain, HEADER)
        if "二级指标" not in found or "三级指标" not in found:
            return False
        self.heads, self.funds, self.work = found, {}, {}
        self.first = self.second = ""
        self.carried = {}
        self.sheet.take_all(row)
        return True

    # --- rows of blocks ---

    def _goal(self, row: Sequence[Cell], plain: list[str]) -> None:
        values = {}
        for name, index in self.goals.items():
            # A goal may stand one cell off: take what stands from its column to the next one's.
            ends = min((i for i in self.goals.values() if i > index), default=len(row))
            cell = next((row[i] for i in range(index, min(ends, len(row))) if plain[i]), None)
            if cell is not None:
                values[name] = self.table.fields[name] = Value(cell.text, self.sheet.take(cell).place)
        if "预期目标" in values:
            self.table.fields.setdefault("年度总体目标", values["预期目标"])
        self.table.rows.append(Row("目标", "目标", row[0].place, "", -1, "目标", values))

    def _fund(self, row: Sequence[Cell], plain: list[str]) -> bool:
        start = min(self.funds.values())
        label = next((text for text in plain[:start] if fund_row_of(text)), "")
        if not label:
            return False
        if len(row) < self.width:
            self.table.damage.append(("这一行资金少了一格", row[0].place))
            self.sheet.gap(f"{self.table.title}的资金", "这一行少了一格，数字属于哪一列不能确定", row)
            return True
        values = {}
        for name, index in self.funds.items():
            if index < len(row):
                misplaced = name in ("分值", "得分") and plain[index].endswith("%")
                if misplaced or (plain[index] and not (is_number(row[index].text) or says_nothing(plain[index]))):
                    self.sheet.gap(f"{self.table.title}的资金", "这一格应是数字", [row[index]])
                    continue
                values[name] = self.sheet.value(row[index])
        self.sheet.take_all(row[:start])
        key = fund_row_of(label)
        self.table.rows.append(Row(key, bare(label), row[0].place, "", 0 if key == "合计" else 1, "资金", values))
        return True

    def _task(self, row: Sequence[Cell], plain: list[str]) -> bool:
        name = self.work.get("事项", self.work.get("任务名称", 0))
        if name >= len(row) or not plain[name]:
            return False
        values = {}
        for key, index in self.work.items():
            if index < len(row):
                wanted = {"责任单位/科室": "责任单位"}.get(key, key)
                values[wanted] = self.sheet.value(row[index], loose=True)
        self.sheet.take_all(row[:1])
        total = plain[name] in ("合计", "金额合计", "总计")
        key = "合计" if total else plain[name]
        self.table.rows.append(Row(key, plain[name], row[name].place, "", 0 if total else -1, _WORK, values))
        if total and "全年预算数/总额" in values:
            money = {short: values[key] for short, key in _TASK_TOTALS.items() if key in values}
            self.table.rows.append(Row("合计", plain[name], row[name].place, "", 0, "资金", money))
        return True

    def _total(self, row: Sequence[Cell], plain: list[str]) -> bool:
        label = next((text for text in plain if text), "")
        if not re.match(r"^总分|^合计得分|^总计$|^合计$", label) or (
            self.funds and not self.heads and "总分" not in label
        ):
            return False
        numbers = [cell for cell, text in zip(row, plain, strict=True) if is_weight(text)]
        if len(numbers) == 1:
            self.table.fields["总分/得分"] = self.sheet.value(numbers[0])
        else:
            for name, cell in zip(("总分/分值", "总分/得分"), numbers[-2:], strict=False):
                self.table.fields[name] = self.sheet.value(cell)
        for cell, text in zip(row, plain, strict=True):
            if found := re.match(r"^(?:自评)?等级：?(.+)$", text):
                self.table.fields["等级"] = Value(found[1], self.sheet.take(cell).place)
        self.sheet.take(row[0])
        return True

    def indicator(self, row: Sequence[Cell], plain: list[str]) -> None:
        shift = self._shift(row, plain)
        if shift is None:
            if any(plain):
                self.table.damage.append(("这一行指标的格子与表头对不齐", row[0].place))
                self.sheet.gap(f"{self.table.title}的一行指标", "这一行的格子与表头对不齐，不能确定各格的含义", row)
            return
        at = {name: index + shift for name, index in self.heads.items()}
        first = self._cell(row, at.get("一级指标", -1))
        second = self._cell(row, at["二级指标"])
        leading = range(max(0, min(at.get("一级指标", at["二级指标"]), len(row))))
        self.sheet.take_all(row[i] for i in leading)
        if first is not None and (named := LEVEL1.match(compact(first.text))):
            self.first = f"{named[1]}指标"
            self.sheet.take(first)
            if named[2]:
                self.table.fields[f"{self.first}/分值"] = Value(compact(first.text), first.place, *(number_of(named[2]) or ()))  # fmt: skip
        elif first is not None and first.text.strip():
            self.first = compact(first.text)
            self.sheet.take(first)
        fresh = second is not None and bool(second.text.strip())
        if fresh:
            assert second is not None
            self.second = compact(second.text)
            self.sheet.take(second)
        known = level2_of(self.second)
        level1 = known[1] if known else self.first
        if known and self.first == "成本指标":
            level1 = "成本指标"
        values: dict[str, Value] = {
            "一级指标": Value(level1, (first or row[0]).place),
            "二级指标": Value(
                known[0] if known else self.second, second.place if second is not None and fresh else row[0].place
            ),
        }
        if first is not None and first.text.strip():
            values["印刷一级指标"] = Value(compact(first.text), first.place)
        third = self._cell(row, at["三级指标"])
        merged = not fresh and third is not None and not third.text.strip()
        for name, index in at.items():
            if name in ("一级指标", "二级指标"):
                continue
            cell = self._cell(row, index)
            if cell is None:
                continue
            value = self.sheet.value(cell, loose=name in ("指标值", "实际完成值"))
            if merged and value.blank and name in ("三级指标", "指标值") and name in self.carried:
                value = self.carried[name]
            values[name] = value
        if not any(not value.blank for name, value in values.items() if name in self.heads and name not in ("一级指标", "二级指标")) and not fresh:  # fmt: skip
            return
        self.carried = {name: values[name] for name in ("三级指标", "指标值") if name in values}
        if shift:
            self.slipped.add(row[0].place.row)
        for part in stacked(values):
            key = compact(part["三级指标"].text) if "三级指标" in part else ""
            self.table.rows.append(Row(key, key, row[0].place, "", -1, "指标", part))

    def _shift(self, row: Sequence[Cell], plain: list[str]) -> int | None:
        """How many cells this row stands to the right of its header; None when that is not certain."""
        second = self.heads["二级指标"]
        named = second_of(plain, second)
        if self.heads.get("得分", -1) == self.heads.get("分值", -9) + 1:
            wanted = self.heads["分值"]
            pairs = [i - wanted for i in range(len(row) - 1) if is_weight(plain[i]) and is_weight(plain[i + 1])]
            near = [shift for shift in pairs if abs(shift) <= 2]
            # A place where the second level is named is surer than one where it is blank; then the nearest.
            near.sort(key=lambda shift: (named != second + shift, abs(shift)))
            for shift in near:
                if self._agrees(plain, shift, named):
                    return shift
            if pairs:
                return None
            scores = [plain[i] for i in (wanted, wanted + 1) if i < len(plain) and plain[i]]
            if len(row) <= wanted + 1 or len(scores) == 1 or any(not (is_weight(t) or says_nothing(t)) for t in scores):
                return None
            return 0 if self._agrees(plain, 0, named) else None
        if named == second:
            return 0
        if named is None or (named > second and not plain[second]):
            return 0 if second < len(plain) and not LEVEL1.match(plain[second]) else None
        # Without weights, a second level one cell off is a slip only when the row is as much shorter or longer.
        lost = len(row) - (max(self.heads.values()) + 1)
        return named - second if lost == named - second and abs(lost) == 1 else None

    def _agrees(self, plain: list[str], shift: int, named: int | None) -> bool:
        """With this shift, does every cell of the row stand where its words allow it?"""
        at = self.heads["二级指标"] + shift
        cell = plain[at] if 0 <= at < len(plain) else ""
        reason = self.heads.get("偏差原因", -99) + shift
        if 0 <= reason < len(plain) and is_weight(plain[reason]):
            return False
        if any(text and not (LEVEL1.match(text) or "指标" in text or shift == 0) for text in plain[: max(0, at)]):
            return False
        if named is None:  # carried down from above, or a second level of no known name
            return not cell or (shift == 0 and not LEVEL1.match(cell))
        # The name of a third level may be the words of a second one, but only behind a blank one of a row in its place.
        return named == at or (not cell and shift == 0 and named == at + 1)

    @staticmethod
    def _cell(row: Sequence[Cell], index: int) -> Cell | None:
        return row[index] if 0 <= index < len(row) else None

    def _prose(self, row: Sequence[Cell], plain: list[str]) -> bool:
        """Indicators written as sentences in one cell: `产出指标 | 一是……。二是……。`"""
        at = next((i for i, text in enumerate(plain) if LEVEL1.match(text)), None)
        rest = [] if at is None else [cell for cell in row[at + 1 :] if cell.text.strip()]
        if at is None or len(rest) != 1:
            return False
        first = LEVEL1.match(plain[at])
        assert first is not None
        self.sheet.take_all(row)
        heading = ""
        for line in re.split(r"\n+", rest[0].text):
            text = line.strip()
            if re.match(r"^[(（][一二三四五六七八九十]+[)）]", text) and not text.endswith("。"):
                heading = text
                continue
            for sentence in re.findall(r"[^。]+。?", text):
                said = sentence.strip()
                if not said:
                    continue
                values = {
                    "一级指标": Value(f"{first[1]}指标", row[at].place),
                    "二级指标": Value(heading, rest[0].place),
                    "三级指标": Value(said, rest[0].place),
                }
                self.table.rows.append(Row(compact(said), compact(said), rest[0].place, "", -1, "指标", values))
        return True

    def _labels(self, row: Sequence[Cell], plain: list[str]) -> None:
        """Cells with a label in the cell before, or with a label and a colon in themselves."""
        name = ""
        for cell, text in zip(row, plain, strict=True):
            if not text:
                continue
            _, colon, after = text.partition("：")
            if (known := field_of(text)) and not (
                # The name of a project may be the very words of a label.
                name in ("项目名称", "支出方向", "所属专项") and not re.search(r"名称|投资|拨款|部门|单位|专项$", text)
            ):
                name = known
                self.sheet.take(cell)
            elif colon and after and (known := field_of(re.sub(r"^其中：", "", text).partition("：")[0])):
                said = cell.text.split("：" if "：" in cell.text else ":", 1)[-1].strip()
                self._field(known, Cell(said, self.sheet.take(cell).place))
                name = ""
            elif name:
                self._field(name, self.sheet.take(cell))
                name = ""
            elif not is_number(text):
                self.sheet.take(cell) if not re.search(r"\d", text) else None

    def _field(self, name: str, cell: Cell) -> None:
        if name in self.table.fields and self.table.fields[name].text != cell.text:
            self.sheet.gap(f"{self.table.title}的{name}", "同一栏目印了两次，值不同", [])
            return
        self.table.fields[name] = value_of(cell)


def read_form(table: Table, rows: Sequence[Sequence[Cell]], sheet: Sheet) -> None:
    """Read a form of labels and blocks into the table."""
    Reader(table, sheet).read(rows)
    fields = table.fields
    if "项目名称" not in fields and (other := fields.get("所属专项") or fields.get("支出方向")):
        fields["项目名称"] = other
    shown = {name for row in table.rows if row.section == "指标" for name in row.values}
    table.columns = [Column(name, (name,), 0) for name in _VALUE_COLUMNS if name in shown]


def stacked(values: dict[str, Value]) -> list[dict[str, Value]]:
    """Two indicators printed over each other in one row: as many names as pure numbers of targets."""
    if "三级指标" not in values or "指标值" not in values:
        return [values]
    names = [line for line in values["三级指标"].text.splitlines() if line.strip()]
    targets = [line for line in values["指标值"].text.splitlines() if line.strip()]
    if len(names) != len(targets) or len(names) < 2 or not all(map(is_number, targets)):
        return [values]
    place = values["指标值"].place
    return [
        values | {"三级指标": Value(name, values["三级指标"].place), "指标值": value_of(Cell(target, place))}
        for name, target in zip(names, targets, strict=True)
    ]
