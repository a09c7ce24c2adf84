"""Performance forms: goals (G1-G3) and self-evaluations (E1, E2). Their cells are found by the words beside them.

Columns of these forms slip: a page break drops the first column, padding adds some. So an indicator row is placed by its
weight and score, and by the words of its second level, never by counting from the left.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from wangge.disclosure.documents.model import Cell, Column, Place, Row, Table, Value
from wangge.disclosure.documents.reading.understanding.headers import head_of, repeats
from wangge.disclosure.documents.reading.understanding.numbers import is_number, number_of, says_nothing, value_of
from wangge.disclosure.documents.reading.understanding.pages import Sheet
from wangge.disclosure.documents.reading.understanding.texts import bare, compact

LEVEL2: tuple[tuple[str, str, str], ...] = (
    (r"^(?:产出)?数量(?:指标?)?$", "数量指标", "产出指标"),
    (r"^(?:产出)?质量(?:指标?)?$", "质量指标", "产出指标"),
    (r"^(?:产出)?时效(?:指标?)?$", "时效指标", "产出指标"),
    (r"^(?:产出)?成本(?:指标?)?$", "成本指标", "产出指标"),
    (r"^经济成本(?:指标?)?$", "经济成本指标", "成本指标"),
    (r"^社会成本(?:指标?)?$", "社会成本指标", "成本指标"),
    (r"^生态环境成本(?:指标?)?$", "生态环境成本指标", "成本指标"),
    (r"^经济效益(?:指标?)?$", "经济效益指标", "效益指标"),
    (r"^社会效益(?:指标?)?$", "社会效益指标", "效益指标"),
    (r"^生态效益(?:指标?)?$", "生态效益指标", "效益指标"),
    (r"^可持续(?:影响|发展)?(?:指标?)?$", "可持续影响指标", "效益指标"),
    (r"^(?:社会公众及|社会公众或)?服务对象满意度?(?:指标?)?$|^满意度(?:指标?)?$|^社会公众满意度(?:指标?)?$", "服务对象满意度指标", "满意度指标"),
)  # fmt: skip
_LEVEL1 = re.compile(
    r"^(产出|效益|满意度|成本|履职效能|管理效率|社会效应|预算执行率?)指标?(?:（(\d+(?:\.\d+)?)分?）)?$"
)
_HEADER: tuple[tuple[str, str], ...] = (
    ("一级指标", r"^一级指标"),
    ("二级指标", r"^二级指标"),
    ("三级指标", r"^三级指标|^指标内容$|^指标名称$"),
    ("指标值", r"^(?:年度|全年)?(?:计划)?指标值(?:（.*）)?$|^目标值$|^年度目标值$"),
    ("实际完成值", r"^(?:全年)?实际完成(?:值|情况)?"),
    ("分值", r"^分值|^权重|^指标分值"),
    ("得分", r"^得分|^自评得分"),
    ("偏差原因", r"^偏差|^未完成原因"),
    ("指标值内容", r"^指标值内容|^指标解释|^指标说明"),
    ("评分标准", r"^评（?扣?）?分标准|^评分标准"),
    ("计量单位", r"^度量单位|^计量单位"),
    ("指标值类型", r"^指标值类型|^指标方向|^运算符号"),
    ("备注", r"^备注"),
)
_FUNDS: tuple[tuple[str, str], ...] = (
    ("年初预算数", r"年初预算"),
    ("全年预算数", r"全年预算|预算调整"),
    ("全年执行数", r"全年执行|实际执行|决算数"),
    ("分值", r"^分值"),
    ("执行率", r"^执行率"),
    ("得分", r"^得分"),
)
_FUND_ROWS: tuple[tuple[str, str], ...] = (
    (r"^(?:年度)?(?:资金)?(?:总额|合计)$|^年度资金总额$|^合计$", "合计"),
    (r"(?:当年)?(?:一般公共预算)?财政拨款$|^当年财政", "当年财政拨款"),
    (r"上年结转", "上年结转资金"),
    (r"^其他资金", "其他资金"),
)
_FIELDS: tuple[tuple[str, str], ...] = (
    (r"^(?:预算)?(?:部门|单位)(?:（单位）)?名称$|^填报单位$|^预算(?:部门|单位)$|^部门（单位）名称$", "部门名称"),
    (r"^主管部门(?:及代码)?$|^项目主管部门$", "主管部门"),
    (r"^实施单位$|^项目单位$", "实施单位"),
    (r"^(?:专项|项目)名称$", "项目名称"),
    (r"^所属专项(?:名称)?$", "所属专项"),
    (r"^支出方向(?:名称)?(?:（子项目?）)?$", "支出方向"),
    (r"^项目总投资(?:（万元）)?$", "项目总投资"),
    (r"^资金总额$|^项目金额$|^支出方向年度金额$|^年度资金总额$|^项目资金总额$|^预算资金$", "资金总额"),
    (r"^基本支出$", "基本支出"),
    (r"^项目支出$", "项目支出"),
    (r"^(?:当年)?财政拨款$", "财政拨款"),
    (r"^一般公共预算(?:财政)?拨款$", "一般公共预算拨款"),
    (r"^政府性基金(?:预算)?(?:财政)?拨款$", "政府性基金拨款"),
    (r"^其他资金$|^其他$", "其他资金"),
    (r"^上年结转(?:资金)?$", "上年结转资金"),
    (r"^项目总?实施期$|^专项实施期$|^实施期$|^项目期限$|^实施周期$", "实施期"),
    (r"^实施期(?:绩效|总体)?目标$", "实施期绩效目标"),
    (r"^整体绩效目标$|^年度总体目标$|^总体目标$|^年度总目标$|^部门整体绩效目标$", "年度总体目标"),
    (r"^年度绩效目标$|^年度目标$|^绩效目标$", "年度绩效目标"),
    (r"^部门职责概述$|^部门职能概述$|^主要职能$|^职能职责$|^职责概述$", "部门职责概述"),
    (r"^项目类型$|^项目类别$|^项目属性$", "项目类别"),
    (r"^项目负责人(?:及电话)?$|^联系人$", "项目负责人"),
)
_WORK = "重点工作"
_TASK_TOTALS = {
    "全年预算数": "全年预算数/总额",
    "全年执行数": "全年执行数/总额",
    "分值": "分值",
    "执行率": "执行率",
    "得分": "得分",
}
_VALUE_COLUMNS = ("一级指标", "二级指标", "三级指标", "指标值", "实际完成值", "分值", "得分", "偏差原因")


def level2_of(text: str) -> tuple[str, str] | None:
    """The canonical second level and its first level for a compact text that names one."""
    for pattern, name, first in LEVEL2:
        if re.match(pattern, text):
            return name, first
    return None


def field_of(text: str) -> str:
    """The canonical name of a form's label; "" when it is none."""
    plain = bare(re.sub(r"^其中：?", "", compact(text).rstrip("：")))
    for pattern, name in _FIELDS:
        if re.match(pattern, plain):
            return name
    return ""


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
        found = _columns(plain, _FUNDS)
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
        found = _columns(plain, _HEADER)
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
        label = next((text for text in plain[:start] if _fund_row(text)), "")
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
        key = _fund_row(label)
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
        numbers = [cell for cell, text in zip(row, plain, strict=True) if _pure(text)]
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
        if first is not None and (named := _LEVEL1.match(compact(first.text))):
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
        for part in _stacked(values):
            key = compact(part["三级指标"].text) if "三级指标" in part else ""
            self.table.rows.append(Row(key, key, row[0].place, "", -1, "指标", part))

    def _shift(self, row: Sequence[Cell], plain: list[str]) -> int | None:
        """How many cells this row stands to the right of its header; None when that is not certain."""
        second = self.heads["二级指标"]
        named = _second_of(plain, second)
        if self.heads.get("得分", -1) == self.heads.get("分值", -9) + 1:
            wanted = self.heads["分值"]
            pairs = [i - wanted for i in range(len(row) - 1) if _pure(plain[i]) and _pure(plain[i + 1])]
            near = [shift for shift in pairs if abs(shift) <= 2]
            # A place where the second level is named is surer than one where it is blank; then the nearest.
            near.sort(key=lambda shift: (named != second + shift, abs(shift)))
            for shift in near:
                if self._agrees(plain, shift, named):
                    return shift
            if pairs:
                return None
            scores = [plain[i] for i in (wanted, wanted + 1) if i < len(plain) and plain[i]]
            if len(row) <= wanted + 1 or len(scores) == 1 or any(not (_pure(t) or says_nothing(t)) for t in scores):
                return None
            return 0 if self._agrees(plain, 0, named) else None
        if named == second:
            return 0
        if named is None or (named > second and not plain[second]):
            return 0 if second < len(plain) and not _LEVEL1.match(plain[second]) else None
        # Without weights, a second level one cell off is a slip only when the row is as much shorter or longer.
        lost = len(row) - (max(self.heads.values()) + 1)
        return named - second if lost == named - second and abs(lost) == 1 else None

    def _agrees(self, plain: list[str], shift: int, named: int | None) -> bool:
        """With this shift, does every cell of the row stand where its words allow it?"""
        at = self.heads["二级指标"] + shift
        cell = plain[at] if 0 <= at < len(plain) else ""
        reason = self.heads.get("偏差原因", -99) + shift
        if 0 <= reason < len(plain) and _pure(plain[reason]):
            return False
        if any(text and not (_LEVEL1.match(text) or "指标" in text or shift == 0) for text in plain[: max(0, at)]):
            return False
        if named is None:  # carried down from above, or a second level of no known name
            return not cell or (shift == 0 and not _LEVEL1.match(cell))
        # The name of a third level may be the words of a second one, but only behind a blank one of a row in its place.
        return named == at or (not cell and shift == 0 and named == at + 1)

    @staticmethod
    def _cell(row: Sequence[Cell], index: int) -> Cell | None:
        return row[index] if 0 <= index < len(row) else None

    def _prose(self, row: Sequence[Cell], plain: list[str]) -> bool:
        """Indicators written as sentences in one cell: `产出指标 | 一是……。二是……。`"""
        at = next((i for i, text in enumerate(plain) if _LEVEL1.match(text)), None)
        rest = [] if at is None else [cell for cell in row[at + 1 :] if cell.text.strip()]
        if at is None or len(rest) != 1:
            return False
        first = _LEVEL1.match(plain[at])
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


def read_across(make: "Maker", rows: Sequence[Sequence[Cell]], sheet: Sheet) -> Iterator[Table]:
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


def read_listed(make: "Maker", rows: Sequence[Sequence[Cell]], sheet: Sheet) -> Iterator[Table]:
    """A list of projects with rows of indicators beside each: the list of amounts (G2), then a form for each project."""
    head = head_of(rows)
    heads = _columns([spec.leaf for spec in head.specs], _HEADER)
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
    table.columns = [Column(name, (name,), 0) for name, _ in _HEADER if name in shown]
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


class Maker:
    """Makes the next table of a kind with a title; `place` is that of its first cell."""

    def __init__(self, kind: str, title: str, number: str, unit: str) -> None:
        self.kind, self.title, self.number, self.unit = kind, title, number, unit

    def __call__(self, place: Place) -> Table:
        return Table("", self.kind, self.title, place, [], [], self.number, self.unit)


def _columns(plain: Sequence[str], patterns: Sequence[tuple[str, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for i, text in enumerate(plain):
        for name, pattern in patterns:
            if text and name not in found and re.search(pattern, text):
                found[name] = i
                break
    return found


def _fund_row(text: str) -> str:
    plain = bare(re.sub(r"^其中：?", "", text))
    for pattern, key in _FUND_ROWS:
        if re.search(pattern, plain):
            return key
    return ""


def _second_of(plain: list[str], column: int) -> int | None:
    """Where the row names its second level: in its column, else the first that does. `成本指标` and `满意度指标` are names
    of first levels, too: before another second level they are that."""
    found = [i for i, text in enumerate(plain) if level2_of(text)]
    if column in found:
        return column
    if len(found) > 1 and found[1] == found[0] + 1 and _LEVEL1.match(plain[found[0]]):
        return found[1]
    return found[0] if found else None


def _pure(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(?:\.\d+)?分?", text))


def _stacked(values: dict[str, Value]) -> list[dict[str, Value]]:
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
