"""The header of a table: which rows it is, what each column is called and what it holds.

A header is two to four rows with merged cells. A blank cell of the first row belongs to the cell at its left; a blank cell
below belongs to the cell at its left only under the same parent, otherwise to the cell above.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wangge.disclosure.documents import words
from wangge.disclosure.documents.model import Cell
from wangge.disclosure.documents.reading.understanding.codes import fused, is_code, is_part, is_total
from wangge.disclosure.documents.reading.understanding.numbers import is_number, says_nothing
from wangge.disclosure.documents.reading.understanding.texts import bare, compact, numbering

Role = Literal["code", "name", "line", "seq", "value", "text"]
Rows = Sequence[Sequence[Cell]]

_LETTERS = {"收入", "支出", "项目", "合计", "总计", "金额", "栏次", "行次", "科目", "小计", "名称"}
_ORDER = re.compile(r"^(?:栏次|\*+|[—-]+)$")
_MOST_ROWS = 6
_NAME = re.compile(
    r"名称|^(?:收入|支出)?项目(?:（按.*）)?$|科目$|^项目类别|支出项目类别|^单位$|^部门$|^内容$|^分类$|功能分类"
)
_CODE = re.compile(r"(?<!单位)(?<!部门)(?<!项目)(?:编码|代码)|^[类款项目]$|^科目编号$")
_TEXT = re.compile(r"备注|说明|目标$|依据|内容$|绩效|原因|日期|时间|方式")


@dataclass(slots=True)
class Spec:
    """A printed column: its header from top to bottom, what it holds, and its place in the rows (0 the first)."""

    index: int
    path: tuple[str, ...]
    role: Role

    @property
    def leaf(self) -> str:
        return self.path[-1] if self.path else ""


@dataclass(slots=True)
class Head:
    """`depth` rows of header; `order` are the printed numbers of the columns (`栏次`), if any; `filled` columns have no
    word of their own: they are merged into the column at their left."""

    depth: int
    specs: list[Spec]
    order: list[Cell]
    filled: set[int]

    @property
    def text(self) -> str:
        return "|".join(word for spec in self.specs for word in spec.path)


def texts(row: Sequence[Cell]) -> list[str]:
    return [compact(cell.text) for cell in row]


def is_order(row: Sequence[Cell]) -> bool:
    """The row of column numbers: `栏次`, then 1, 2, 3 …"""
    filled = [text for text in texts(row) if text]
    if not filled:
        return False
    numbers = [text for text in filled if not _ORDER.match(text)]
    if filled[0] == "栏次":
        return all(text.isdigit() or re.fullmatch(r"\d+=.*", text) for text in numbers)
    if not numbers:
        return len(filled) > 1
    if not all(re.fullmatch(r"\d{1,2}", text) or re.fullmatch(r"\d{1,2}=[\d+＋-]+", text) for text in numbers):
        return False
    counts = [int(text.partition("=")[0]) for text in numbers]
    # Two of them may be printed the wrong way round.
    return (
        len(counts) >= 2
        and min(counts) in (1, 2)
        and sorted(counts) == list(range(min(counts), min(counts) + len(counts)))
        and (len(counts) > 4 or counts == sorted(counts))
    )


def head_of(rows: Rows) -> Head:
    """The header of the rows of a table."""
    width = max((len(row) for row in rows), default=0)
    printed: list[list[str]] = []
    order: list[Cell] = []
    depth = longest = 0
    for row in rows[: _MOST_ROWS + 2]:
        if is_order(row):
            order = list(row)
            depth += 1
            break
        if len(printed) == _MOST_ROWS or _is_body(row, printed):
            break
        printed.append(_letters([*texts(row), *[""] * (width - len(row))]))
        longest = max(longest, len(row))
        depth += 1
    paths = _paths(printed, width, longest)
    body = [[*texts(row), *[""] * (width - len(row))] for row in rows[depth:]]
    specs = [Spec(i, paths[i], _role(paths[i], [row[i] for row in body])) for i in range(width)]
    _names(specs, body)
    own = {i for i in range(width) if any(line[i] for line in printed)}
    return Head(depth, specs, order, set(range(width)) - own)


def short_of(rows: Rows) -> int:
    """The cells every row should have; 0 when rows are not padded, so that a short row says nothing."""
    lengths = [len(row) for row in rows]
    width = max(set(lengths), key=lambda n: (lengths.count(n), n), default=0)
    padded = any(len(row) == width and not row[-1].text.strip() for row in rows)
    return width if lengths.count(width) >= len(rows) * (0.8 if padded else 0.9) else 0


def repeats(row: Sequence[Cell], header: Rows) -> bool:
    """Is the row one of the header rows printed again after a page break?"""
    words_of = [text for text in texts(row) if text]
    return bool(words_of) and any(words_of == [text for text in texts(line) if text] for line in header)


def _is_body(row: Sequence[Cell], above: list[list[str]]) -> bool:
    plain = texts(row)
    filled = [text for text in plain if text]
    if not filled:
        return bool(above)
    if any(is_number(text) for text in filled):
        return True
    if not above:
        return False
    if is_total(filled[0]) and all(says_nothing(text) or text == filled[0] for text in filled[1:]):
        return True
    if len(filled) > 1 and all(says_nothing(text) for text in filled[1:]):
        return True  # a row of dashes: nothing was spent, or the name beside them
    if is_code(filled[0]) or (fused(filled[0]) and not re.match(r"^\d{4}年", filled[0])):
        return True
    style, rest = numbering(filled[0])
    if style and rest and len(filled) >= 1 and not re.search(r"预算数|决算数|年度", filled[0]):
        return True
    # A single name under the first column, where the header above has a word of its own, begins the body.
    return len(filled) == 1 and bool(plain[0]) and bool(above[-1][0]) and not _CODE.search(plain[0])


def _letters(row: list[str]) -> list[str]:
    """Words whose letters stand in cells of their own are words again, merged over those cells."""
    fixed = list(row)
    for i in range(len(fixed) - 1):
        if len(fixed[i]) == 1 and len(fixed[i + 1]) == 1 and fixed[i] + fixed[i + 1] in _LETTERS:
            fixed[i], fixed[i + 1] = fixed[i] + fixed[i + 1], ""
    return fixed


def _paths(printed: list[list[str]], width: int, longest: int) -> list[tuple[str, ...]]:
    paths: list[list[str]] = [[] for _ in range(width)]
    for depth, line in enumerate(printed):
        filled = list(line)
        for i in range(1, longest):  # a column beyond the header has no name
            # Only under the same parent does a blank belong to its left neighbour.
            if not filled[i] and filled[i - 1] and (depth == 0 or paths[i] == paths[i - 1]):
                filled[i] = filled[i - 1]
        for i in range(width):
            paths[i] = [*paths[i], filled[i]]
    return [_squeeze(path) for path in paths]


def _squeeze(path: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for word in path:
        if word and (not kept or kept[-1] != word):
            kept.append(word)
    return tuple(kept)


def _role(path: tuple[str, ...], column: list[str]) -> Role:
    leaf = path[-1] if path else ""
    filled = [text for text in column if text]
    codes = sum(is_part(text) for text in filled)
    if re.search(r"行次", leaf):
        return "line"
    if re.search(r"序号", leaf):
        return "seq"
    if (
        re.search(r"编码|代码", leaf)
        and filled
        and not codes
        and all(re.fullmatch(r"[\dA-Z.-]{4,}", text) for text in filled)
    ):
        return "seq"  # the number of a unit or project, no classification
    if _CODE.search(leaf) or (any(_CODE.search(word) for word in path[-2:]) and "名称" not in leaf):
        # Narrow cells of a code may hold its name, too; a column named by a code but full of words holds names.
        named = sum(not is_part(text) and not is_total(text) for text in filled)
        return "name" if named > len(filled) * 0.5 else "code"
    if (
        codes
        and codes >= len(filled) * 0.6
        and all(len(text) in (2, 3, 5, 7) for text in filled if is_number(text))
        and any(is_code(text) for text in filled)
        and re.search(r"科目|编码|分类|类|项目|^$", leaf)
    ):
        return "code"
    if _FIGURES.search(leaf) and not _TEXT.search(leaf):
        return "value"
    numbers = sum(is_number(text) or says_nothing(text) for text in filled)
    if _NAME.search(leaf) and numbers <= len(filled) * 0.5:
        return "name"
    if numbers < len(filled) * 0.5:
        return "text"
    return "value"


def _names(specs: list[Spec], body: list[list[str]]) -> None:
    """A table has a column of names: when none is called so, the first column of words is it."""
    if any(spec.role in ("name", "code") for spec in specs):
        return
    for spec in specs:
        if spec.role == "text" and not _TEXT.search(spec.leaf):
            spec.role = "name"
            return


_KEYS: tuple[tuple[str, str], ...] = (
    (words.CARRYOVER + "|年初结转|以前年度结转|上年结余", words.CARRYOVER),
    (r"国有资本经营", words.STATE_CAPITAL),
    (r"政府性基金", words.FUND),
    (r"专户|教育收费", words.SPECIAL_ACCOUNT),
    (r"专项收入", "专项收入"),
    (r"非税", words.NONTAX),
    (r"一般公共预算|经费拨款|财政全额拨款", words.GENERAL),
    (r"财政拨款|财政补助|预算拨款", words.FISCAL),
    (r"附属单位上缴|下级.*上缴", words.AFFILIATE),
    (r"对附属单位", words.SUBSIDY),
    (r"上缴上级", words.HAND_UP),
    (r"上级补助", words.SUPERIOR),
    (r"经营(?:服务)?收入", words.OPERATING),
    (r"经营支出", words.OPERATING_SPENDING),
    (r"^事业收入|^事业单位?收入", words.BUSINESS),
    (r"单位资金", words.UNIT_MONEY),
    (r"^其[他它]收入", words.OTHER),
    (r"人员(?:经费|类|支出)", words.STAFF),
    (r"公用", words.OPERATING_COST),
    (r"^工资福利", words.WAGES),
    (r"^(?:一般)?商品和服务", words.GOODS),
    (r"^对个人和家庭", words.FAMILY),
    (r"^基本支出", words.BASIC),
    (r"^项目支出", words.PROJECT),
)  # fmt: skip
_TOTAL = re.compile(
    r"^(?:合计|总计|小计|总额|金额|本年支出合计|本年收入合计|支出合计|收入合计|决算数|预算数|本年预算|预算金额|预算|资金总额|数额|本年支出|\d{4}年预算数?)$"
)
_YEAR = re.compile(r"^((?:19|20)\d{2})年(?:度)?")
_ALONE = re.compile(
    r"^(?:金额|决算数|预算数|本年预算|(?:采购)?预算金额|采购金额|预算|数额|\d{4}年(?:度)?预算数?|本年预算数|年初预算数?)$"
)
# Header words below which only figures stand, whatever a row printed one cell off puts there.
_FIGURES = re.compile(_TOTAL.pattern + r"|^(?:" + "|".join(pattern for pattern, _ in _KEYS) + r")")
# Parents that say nothing about the source: their total is the total of the table.
_PLAIN = re.compile(
    r"^(?:预算|预算数|预算安排|决算数|执行数)$|^(?:本年)?(?:支出|收入)(?:预算|决算|预算数|决算数)?$|科目|^项目$|^资金来源$|^(?:一般公共预算|政府性基金预算|国有资本经营预算|财政拨款)(?:财政拨款)?(?:基本)?支出$|^(?:本年|全年)"
)


def canonical(word: str) -> str:
    """The canonical key of one header word, itself when it has none."""
    plain = re.sub(r"^其中：?", "", bare(word))
    for pattern, key in _KEYS:
        if re.search(pattern, plain):
            return key
    return plain


def keys_of(specs: Sequence[Spec], kind: str) -> dict[int, str]:
    """The key of each value column, by its index: canonical words, a group before them where needed, each key once."""
    values = [spec for spec in specs if spec.role in ("value", "text")]
    if len([spec for spec in values if spec.role == "value"]) == 1:
        alone = next(spec for spec in values if spec.role == "value")
        if _ALONE.match(alone.leaf) or (kind not in ("T2", "U") and _TOTAL.match(alone.leaf)):
            return {alone.index: words.AMOUNT} | {
                spec.index: spec.leaf or f"第{spec.index + 1}列" for spec in values if spec is not alone
            }
    keys: dict[int, str] = {}
    years = {spec.index: found[1] for spec in values if (found := _YEAR.match(spec.path[0] if spec.path else ""))}
    newest = max(years.values(), default="")
    # Columns beside the total of their own group are parts of it, not further columns of the table.
    summed = {spec.path[:-1] for spec in values if len(spec.path) > 1 and _TOTAL.match(spec.leaf)}
    for spec in values:
        key = _key(spec, kind)
        if years.get(spec.index, newest) < newest:
            key = "/".join(spec.path)  # last year's figures beside this year's
        parent = _YEAR.sub("", spec.path[-2]) if len(spec.path) > 1 else ""
        if (
            kind not in ("T11", "U")
            and spec.path[:-1] in summed
            and not _TOTAL.match(spec.leaf)
            and not _PLAIN.search(parent)
        ):
            key = key if "/" in key else f"{canonical(parent)}/{key}"
        if key in keys.values():
            group = canonical(spec.path[0]) if len(spec.path) > 1 else ""
            longer = f"{group}/{canonical(spec.leaf)}" if group and group != key else "/".join(spec.path)
            key = longer if longer not in keys.values() else f"{'/'.join(spec.path)}#{spec.index + 1}"
        keys[spec.index] = key
    return keys


def _key(spec: Spec, kind: str) -> str:
    path = [re.sub(r"^其中：?", "", bare(word)) for word in spec.path]
    path = [_YEAR.sub("", word) if len(path) > 1 else word for word in path]
    path = [word for word in path if word]
    if not path:
        return f"第{spec.index + 1}列"
    leaf, parents = path[-1], [word for word in path[:-1] if not _PLAIN.search(word)]
    if kind == "U" and len(path) > 1 and not _TOTAL.match(leaf):
        return "/".join(path[-2:]) if parents else leaf
    if kind == "T11":
        if re.match(r"^项目支出", path[0]) and len(path) > 1:
            return words.PROJECT_TOTAL if _TOTAL.match(leaf) else f"项目/{leaf}"
        if canonical(leaf) == words.BASIC or (_TOTAL.match(leaf) and path[0].startswith("基本支出")):
            return words.BASIC_TOTAL
        if canonical(leaf) == words.PROJECT:
            return words.PROJECT_TOTAL
    if _TOTAL.match(leaf):
        basic = kind in ("T12", "T13", "T14", "T17") and parents and canonical(parents[-1]) == words.BASIC
        return canonical(parents[-1]) if parents and not basic else words.TOTAL
    key = canonical(leaf)
    if kind == "T8" and parents and canonical(parents[-1]) == words.NONTAX and key != words.NONTAX:
        return f"{words.NONTAX}/{'政府性基金' if key == words.FUND else '专项收入' if '专项' in leaf else leaf}"
    if kind in ("F08", "F09") and re.search(r"^年(?:初|末)", leaf):
        return leaf
    return key
