"""How a province prints: amounts, codes, totals, captions, broken tables. Drawn at random from what published documents show."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wangge.disclosure.tests.variants.books import Books
from wangge.disclosure.tests.variants.paper import Box, Printed, head_of

Head = list[list[Box | None]]


@dataclass(frozen=True, slots=True)
class Style:
    unit: str  # 万元, 元
    comma: bool
    nothing: str  # how a zero is printed
    codes: str  # whole, parts, none, fused
    total: str  # first, last, none
    total_word: str
    number: str  # how tables are numbered, with {n}; "" for not
    number_at: str  # before, same, after
    owner: str
    cut: bool
    again: bool
    order: bool  # a row of column numbers
    spaced: bool  # letters of short labels are spaced out
    year_in_title: bool
    layout: str

    def money(self, n: int) -> str:
        """An amount as the tables print it."""
        if not n:
            return self.nothing
        return self.always(n)

    def always(self, n: int) -> str:
        if self.unit == "元":
            return f"{n * 100:,}.00" if self.comma else f"{n * 100}.00"
        return f"{n / 100:,.2f}" if self.comma else f"{n / 100:.2f}"

    def box(self, n: int, *at: str) -> Box:
        return Box(self.money(n), (at[0], at[1], at[2]))

    def word(self, label: str) -> str:
        return " ".join(label) if self.spaced and len(label) <= 4 else label


def style(seed: int) -> Style:
    chance = random.Random(f"style{seed}")
    return Style(
        unit=chance.choice(("万元", "万元", "元")),
        comma=chance.random() < 0.4,
        nothing=chance.choice(("", "", "0.00", "-", "0")),
        codes=chance.choice(("whole", "whole", "parts", "none", "fused", "bracket")),
        total=chance.choice(("first", "first", "last", "none")),
        total_word=chance.choice(("合计", "合计", "总计", "合 计")),
        number=chance.choice(("表{n}", "附表{n}", "公开{n:02}表", "预算{n:02}表", "表{c}", "附件{n}", "")),
        number_at=chance.choice(("before", "same", "after")),
        owner=chance.choice(
            ("部门：{unit}", "单位名称：{unit}", "编制单位：{unit}", "部门名称：{unit}", "填报单位：{unit}", "")
        ),
        cut=chance.random() < 0.4,
        again=chance.random() < 0.5,
        order=chance.random() < 0.4,
        spaced=chance.random() < 0.3,
        year_in_title=chance.random() < 0.5,
        layout=chance.choice(("ministry", "ministry", "shanghai", "guangdong", "beijing")),
    )


class Printer:
    """Makes tables of one document in its style."""

    def __init__(self, books: Books, style: Style) -> None:
        self.books, self.style, self.n = books, style, 0

    def table(
        self, kind: str, title: str, head: Head, rows: list[list[Box | None]], below: Sequence[str] = ()
    ) -> Printed:
        s = self.style
        self.n += 1
        count = "一二三四五六七八九十"[self.n - 1] if self.n <= 10 else f"十{'一二三四五六七八九'[self.n - 11]}"
        number = s.number.format(n=self.n, c=count) if s.number else ""
        title = f"{self.books.year}年{title}" if s.year_in_title else title
        above = [f"{number} {title}" if number and s.number_at == "same" else title]
        if number and s.number_at == "before":
            above.insert(0, number)
        elif number and s.number_at == "after":
            above.append(number)
        owner = s.owner.format(unit=self.books.unit)
        above.append(f"{owner}    单位：{s.unit}".strip())
        if s.order:
            width = len(head[0])
            first = next((i for i, box in enumerate(rows[0] if rows else []) if box and box.at), 1)
            order: list[Box | None] = [
                Box("栏次" if i == 0 else "" if i < first else str(i - first + 1)) for i in range(width)
            ]
            if first and kind not in ("T1", "T10", "T9", "F01", "F04", "F06"):
                head = [*head, order]
        cut = len(rows) // 2 if s.cut and len(rows) > 9 else 0
        return Printed(kind, above, head, rows, list(below), cut, s.again)

    def empty(self, kind: str, title: str, head: Head, what: str) -> Printed:
        note = f"注：{self.books.unit}{self.books.year}年没有{what}，故本表无数据。"
        width = len(head[0])
        return self.table(kind, title, head, [[Box("合计"), *[Box("") for _ in range(width - 1)]]], [note])

    # Tables by code

    @property
    def code_columns(self) -> int:
        return {"whole": 2, "parts": 4, "none": 1, "fused": 1, "bracket": 1}[self.style.codes]

    def code_head(self, first: str = "项目") -> tuple[list[str | tuple[str, int, int] | None], list[str | None]]:
        """The two header rows above the codes and names."""
        match self.style.codes:
            case "whole":
                return [(first, 2, 1), None], ["科目编码", "科目名称"]
            case "parts":
                return [("科目编码", 3, 1), None, None, ("科目名称", 1, 2)], ["类", "款", "项", None]
            case _:
                return [("支出功能分类科目" if first == "项目" else first, 1, 2)], [None]

    def code_boxes(self, code: str, name: str) -> list[Box | None]:
        depth = (len(code) - 3) // 2
        match self.style.codes:
            case "whole":
                return [Box(code), Box("  " * depth + name)]
            case "parts":
                cut = [code[:3], code[3:5], code[5:7]]
                return [Box(cut[0]), Box(cut[1]), Box(cut[2]), Box(name)]
            case "fused":
                return [Box(f"{code}{name}")]
            case "bracket":
                return [Box(f"[{code}]{name}")]
            case _:
                return [Box("　" * depth + name)]

    def key(self, code: str, name: str) -> str:
        return name if self.style.codes == "none" else code

    def coded(
        self,
        items: Mapping[str, Mapping[str, int]],
        names: Mapping[str, str],
        columns: Sequence[str],
        parents: Callable[[str], list[str]],
        printed: Sequence[str] | None = None,
    ) -> list[list[Box | None]]:
        """Rows of items with their parents and the total. `columns` are the canonical keys, in order of printing."""
        sums: dict[str, dict[str, int]] = {}
        total = dict.fromkeys(columns, 0)
        for code, values in items.items():
            for up in [*parents(code), code]:
                row = sums.setdefault(up, dict.fromkeys(columns, 0))
                for column in columns:
                    row[column] += values.get(column, 0)
            for column in columns:
                total[column] += values.get(column, 0)
        rows = [
            [*self.code_boxes(code, names[code]), *[self.style.box(n, "", self.key(code, names[code]), c) for c, n in row.items()]]
            for code, row in sorted(sums.items())
        ]  # fmt: skip
        blank: list[Box | None] = [Box("") for _ in range(self.code_columns - 1)]
        words = [Box(self.style.total_word), *blank]
        last: list[Box | None] = [*words, *[self.style.box(n, "", "合计", c) for c, n in total.items()]]
        return [last, *rows] if self.style.total == "first" else [*rows, last] if self.style.total == "last" else rows

    def function_parents(self, code: str) -> list[str]:
        return [code[:3], code[:5]]

    def economic_parents(self, code: str) -> list[str]:
        return [code[:3]]


def header(
    left: tuple[list[str | tuple[str, int, int] | None], list[str | None]], *columns: str | tuple[str, Sequence[str]]
) -> Head:
    """Two header rows: the codes, then columns, some with parts."""
    above, below = list(left[0]), list(left[1])
    split = any(isinstance(column, tuple) for column in columns)
    for column in columns:
        if isinstance(column, str):
            above.append((column, 1, 2))
            below.append(None)
        else:
            above.append((column[0], len(column[1]), 1))
            above.extend([None] * (len(column[1]) - 1))
            below.extend(column[1])
    if not split and all(word is None for word in left[1]):
        return head_of([(w[0], 1, 1) if isinstance(w, tuple) else w for w in above])
    return head_of(above, below)
