"""From the words of a sentence to the cell they name. Only what is certain is here; every other amount is left alone.

An entry says: under such a heading (or at the beginning of such a sentence), an amount with such a name is that cell.
Several cells are alternatives; the first that the document has is taken.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from wangge.disclosure.documents.auditing.engine import Checker
from wangge.disclosure.documents.auditing.narrative.phrases import Amount, Passage, subject
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.model import Row, Table
from wangge.disclosure.documents.words import (
    AFFILIATE,
    AMOUNT,
    BASIC,
    BUSINESS,
    CARRYOVER,
    FISCAL,
    FUND,
    GENERAL,
    OPERATING,
    OPERATING_SPENDING,
    OTHER,
    PROJECT,
    SPECIAL_ACCOUNT,
    STATE_CAPITAL,
    SUBSIDY,
    SUPERIOR,
    TOTAL,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell by the kind of its table, the names its row may have, its column and the section of the row."""

    kind: str
    rows: tuple[str, ...]
    column: str = AMOUNT
    section: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """`context` is looked for in the headings and the beginning of the sentence, `words` must be the whole name."""

    rule: str
    kind: str
    context: str
    words: str
    cells: tuple[Cell, ...]
    unless: str = ""


# A heading of just these words, or a sentence that begins with them.
ONLY_INCOME = r"(?:^|/)(?:（[一二三四五六]）|[一二三四五六]、)?收入预算(?:[：:/]|$)"
ONLY_SPENDING = ONLY_INCOME.replace("收入", "支出")
_TOTAL_ROW = ("合计", "总计")
_IN_TOTAL, _OUT_TOTAL = ("收入总计", "总计", "合计"), ("支出总计", "总计", "合计")
_IN_YEAR, _OUT_YEAR = ("本年收入合计", "本年收入"), ("本年支出合计", "本年支出")


def _columns(kind: str, pairs: dict[str, str]) -> dict[str, tuple[Cell, ...]]:
    return {words: (Cell(kind, _TOTAL_ROW, column),) for words, column in pairs.items()}


def _entries() -> Iterator[Entry]:
    yield from _accounts()
    yield from _three_of_accounts()
    yield from _budget()


def _accounts() -> Iterator[Entry]:
    whole = "收入支出决算总体|收支决算总体|收入支出决算总表说明"
    kind = "accounts"
    yield Entry(
        "N01", kind, whole, "收、?支总计|收入总计|总收入", (Cell("F01", _IN_TOTAL, section="收入"),), unless="财政拨款"
    )
    yield Entry("N01", kind, whole, "支出总计|总支出", (Cell("F01", _OUT_TOTAL, section="支出"),), unless="财政拨款")
    yield Entry(
        "N01",
        kind,
        whole,
        "(?:支出总计含)?年末结转和结余",
        (Cell("F01", ("年末结转和结余",), section="支出"),),
        unless="财政拨款",
    )
    yield Entry(
        "N01",
        kind,
        whole,
        "(?:收入总计含)?年初结转和结余",
        (Cell("F01", ("年初结转和结余",), section="收入"),),
        unless="财政拨款",
    )
    income = "收入决算情况"
    yield Entry(
        "N01",
        kind,
        income,
        "本?年?收入合计|本年收入",
        (Cell("F02", _TOTAL_ROW, TOTAL), Cell("F01", _IN_YEAR, section="收入")),
    )
    for words, column in {
        "财政拨款收入": FISCAL,
        "上级补助收入": SUPERIOR,
        "事业收入": BUSINESS,
        "经营收入": OPERATING,
        "附属单位上缴收入": AFFILIATE,
        "其他收入": OTHER,
    }.items():
        cells = (
            Cell("F02", _TOTAL_ROW, column),
            *(() if column == FISCAL else (Cell("F01", (words,), section="收入"),)),
        )
        yield Entry("N01", kind, income, words, cells)
    spending = "(?:^|/|、|[^款算])支出决算情况"
    yield Entry(
        "N01",
        kind,
        spending,
        "本?年?支出合计|本年支出",
        (Cell("F03", _TOTAL_ROW, TOTAL), Cell("F01", _OUT_YEAR, section="支出")),
        unless="财政拨款|基本支出决算",
    )
    for words, column in {
        "基本支出": BASIC,
        "项目支出": PROJECT,
        "上缴上级支出": "上缴上级支出",
        "经营支出": OPERATING_SPENDING,
        "对附属单位补助支出": SUBSIDY,
    }.items():
        yield Entry(
            "N01", kind, spending, words, (Cell("F03", _TOTAL_ROW, column),), unless="财政拨款|基本支出决算|三公"
        )
    fiscal = "财政拨款收入支出决算总体"
    yield Entry(
        "N01",
        kind,
        fiscal,
        "财政拨款收、?支总计|财政拨款收入总计|财政拨款收入、?支出总计",
        (Cell("F04", _IN_TOTAL, section="收入"),),
    )
    yield Entry(
        "N01",
        kind,
        fiscal,
        "(?:财政拨款收入总计含)?年初财政拨款结转和结余",
        (Cell("F04", ("年初财政拨款结转和结余",), section="收入"),),
    )
    yield Entry(
        "N01",
        kind,
        fiscal,
        "(?:财政拨款支出总计含)?年末财政拨款结转和结余",
        (Cell("F04", ("年末财政拨款结转和结余",), TOTAL, "支出"),),
    )
    general = "财政拨款支出决算"
    yield Entry(
        "N01",
        kind,
        general,
        "(?:一般公共预算)?财政拨款支出(?:决算数?)?",
        (Cell("F05", _TOTAL_ROW, TOTAL), Cell("F04", _OUT_YEAR, GENERAL, "支出")),
        unless="三公|基本支出决算|政府性基金",
    )
    basic = "基本支出决算"
    yield Entry("N01", kind, basic, "(?:一般公共预算)?(?:财政拨款)?基本支出", (Cell("F05", _TOTAL_ROW, BASIC),))
    yield Entry("N01", kind, basic, "人员经费", (Cell("F06", ("人员经费合计", "人员经费")),))
    yield Entry("N01", kind, basic, "(?:日常)?公用经费", (Cell("F06", ("公用经费合计", "公用经费")),))
    fund = "政府性基金预算"
    for words, column in {
        "(?:政府性基金预算)?(?:财政拨款)?年初结转和结余": "年初结转和结余",
        "(?:政府性基金预算)?(?:财政拨款)?(?:本年)?收入(?:决算)?": "本年收入",
        "(?:政府性基金预算)?(?:财政拨款)?(?:本年)?支出(?:决算)?": TOTAL,
        "(?:政府性基金预算)?(?:财政拨款)?年末结转和结余": "年末结转和结余",
    }.items():
        yield Entry("N01", kind, fund, words, (Cell("F08", _TOTAL_ROW, column),), unless="支出决算具体|项目|自评|评价")
    yield Entry("N08", kind, "", "机关运行经费(?:支出)?(?:决算)?", (Cell("F06", ("公用经费合计", "公用经费")),))
    for words, code in (("会议费", "30215"), ("培训费", "30216")):
        yield Entry("N01", kind, "一般性支出", f"(?:开支)?{words}(?:支出)?", (Cell("F06", (code,)),))
    report = "预算收支情况|整体支出绩效情况"
    yield Entry("N01", kind, report, "(?:整体)?支出", (Cell("F03", _TOTAL_ROW, TOTAL),), unless="项目支出绩效")
    yield Entry("N01", kind, report, "基本支出", (Cell("F03", _TOTAL_ROW, BASIC),), unless="项目支出绩效")
    yield Entry("N01", kind, report, "项目支出", (Cell("F03", _TOTAL_ROW, PROJECT),), unless="项目支出绩效")
    evaluated = "绩效"
    yield Entry(
        "N01",
        kind,
        evaluated,
        "(?:涉及)?一般公共预算支出(?:【项目】)",
        (Cell("F05", _TOTAL_ROW, PROJECT),),
    )


_THREE_ITEMS = {
    "“?三公”?经费(?:财政拨款)?": "合计",
    "因公出国（境）费用?|因公出国费": "因公出国（境）费",
    "公务接待费": "公务接待费",
    "公务用车购置费?[及和](?:公务用车)?运行(?:维护)?费": "公务用车购置及运行费/小计",
    "公务用车购置费": "公务用车购置及运行费/公务用车购置费",
    "公务用车运行(?:维护)?费": "公务用车购置及运行费/公务用车运行费",
}


def _three_of_accounts() -> Iterator[Entry]:
    """The words are made by `_spelled`: the item and whether it is the budget or what was spent."""
    for words, column in _THREE_ITEMS.items():
        for half in ("预算", "决算"):
            yield Entry(
                "N01",
                "accounts",
                "三公",
                rf"(?:{words})【{half}】",
                (Cell("F07", ("数",), f"{half}数/{column}"),),
                unless="项目",
            )


def _budget() -> Iterator[Entry]:
    kind = "budget"
    income = "收入预算"
    total_in = (Cell("T1", _IN_TOTAL, section="收入"), Cell("T2", _TOTAL_ROW, TOTAL))
    total_out = (
        Cell("T1", _OUT_TOTAL, section="功能"),
        Cell("T1", _OUT_TOTAL, section="性质"),
        Cell("T3", _TOTAL_ROW, TOTAL),
    )
    yield Entry("N01", kind, ONLY_INCOME, "年初预算数|收入预算", total_in, unless=ONLY_SPENDING)
    yield Entry("N01", kind, "", "收入预算", total_in, unless="三公|采购|基金|财政拨款")
    yield Entry("N01", kind, ONLY_SPENDING, "年初预算数|支出预算", total_out, unless=ONLY_INCOME)
    yield Entry("N01", kind, "", "支出预算", total_out, unless="三公|采购|基金|财政拨款|一般公共")
    yield Entry("N01", kind, "", "收支总预算数?", total_in, unless="财政拨款|名词")
    yield Entry("N01", kind, "", "财政拨款收支总预算数?", (Cell("T10", _IN_TOTAL, section="收入"),), unless="名词")
    for words, table in (("政府性基金", "T15"), ("国有资本经营", "T18")):
        name = f"{words}预算(?:财政)?(?:拨款)?(?:安排的)?支出(?:预算)?"
        yield Entry("N01", kind, f"{words}预算", name, (Cell(table, _TOTAL_ROW, TOTAL),), unless="三公|项目|名词|收入")
    yield Entry(
        "N08",
        kind,
        "机关运行经费",
        "机关运行经费(?:财政拨款)?预算数?",
        (Cell("T9", ("机关运行经费预算数", "机关运行经费")),),
        unless="名词",
    )
    bought = (Cell("T19", _TOTAL_ROW, TOTAL), Cell("T19", _TOTAL_ROW))
    yield Entry("N10", kind, "政府采购", "政府采购预算(?:总额|总金额|金额)?", bought, unless="名词|中小企业|小微")
    for words, column in {
        "一般公共预算拨款(?:收入)?": GENERAL,
        "政府性基金(?:预算)?拨款(?:收入)?": FUND,
        "国有资本经营预算拨款(?:收入)?": STATE_CAPITAL,
        "财政专户管理(?:的非税收入拨款|资金收入|事业收入)|纳入专户管理的非税收入拨款": SPECIAL_ACCOUNT,
        "其他收入": OTHER,
        "上年结转(?:结余)?": CARRYOVER,
    }.items():
        yield Entry("N01", kind, income, words, (Cell("T2", _TOTAL_ROW, column),), unless=f"三公|{ONLY_SPENDING}")
    yield Entry(
        "N01",
        kind,
        "增减变化情况",
        "年初预算数|收入预算|支出预算",
        total_in,
        unless="三公|采购|机关运行|收入预算[：:]|支出预算[：:]",
    )
    yield Entry(
        "N01",
        kind,
        "一般公共预算拨款支出",
        "一般公共预算拨款收入",
        (Cell("T2", _TOTAL_ROW, GENERAL), Cell("T1", ("一般公共预算拨款",), section="收入")),
    )
    yield Entry(
        "N01",
        kind,
        "一般公共预算拨款支出",
        "一般公共预算拨款支出",
        (Cell("T11", _TOTAL_ROW, TOTAL), Cell("T4", _TOTAL_ROW, GENERAL)),
    )
    basic = (
        Cell("T1", ("基本支出",), section="性质"),
        Cell("T11", _TOTAL_ROW, "基本支出合计"),
        Cell("T3", _TOTAL_ROW, BASIC),
    )
    project = (
        Cell("T1", ("项目支出",), section="性质"),
        Cell("T11", _TOTAL_ROW, "项目支出合计"),
        Cell("T3", _TOTAL_ROW, PROJECT),
    )
    yield Entry(
        "N01", kind, "基本支出(?:[：:/]|$)", "年初预算数|基本支出预算数?", basic, unless="三公|采购|项目支出[：:/]"
    )
    yield Entry(
        "N01", kind, "项目支出(?:[：:/]|$)", "年初预算数|项目支出预算数?", project, unless="三公|采购|基本支出[：:/]"
    )
    yield Entry("N01", kind, "预算绩效目标|绩效目标", "基本支出", basic)
    yield Entry("N01", kind, "预算绩效目标|绩效目标", "项目支出", project)
    yield Entry(
        "N01",
        kind,
        "预算绩效目标|绩效目标",
        "纳入部门整体支出绩效目标的金额|纳入(?:20\\d\\d年)部门整体支出绩效目标的金额",
        total_out,
    )
    for words, code, kinds in (
        ("工资福利支出", "301", ("T12", "T5")),
        ("一?般?商品和服务支出", "302", ("T13", "T6")),
        ("对个人和家庭的?补助(?:支出)?", "303", ("T14", "T7")),
    ):
        plain_name = words.replace("一?般?", "").replace("的?", "的").replace("(?:支出)?", "")
        cells = (
            Cell("T1", (plain_name,), section="性质"),
            *(Cell(k, (code,)) for k in kinds),
            Cell("T17", (code,), TOTAL),
        )
        yield Entry("N01", kind, "基本支出(?:[：:/]|$)", words, cells, unless="三公|采购")
    running = (Cell("T13", ("302",)), Cell("T6", ("302",)), Cell("T17", ("302",), TOTAL))
    yield Entry("N08", kind, "机关运行经费[（：:]", "机关运行经费共?|.*机关运行经费（?.*）?", running)
    three = {
        "“?三公”?经费(?:预算)?(?:数|总额)?": ("“三公”经费小计", "三公经费小计", "“三公”经费合计"),
        "公务接待费(?:预算)?": ("公务接待费",),
        "因公出国（境）费用?|因公出国费|因公出国（境）经费": ("因公出国（境）费", "因公出国（境）费用"),
        "公[务用]用车购置费?[及和]运行(?:维护)?费": ("公务用车购置及运行费",),
        "公务用车购置费": ("公务用车购置费",),
        "公务用车运行(?:维护)?费": ("公务用车运行费", "公务用车运行维护费"),
    }
    for words, rows in three.items():
        yield Entry("N01", kind, "三公", words, (Cell("T9", rows),), unless="名词")
    for words in ("会议费", "培训费"):
        yield Entry(
            "N01", kind, "会议费|培训费|一般性支出", f"(?:预算)?(?:安排)?{words}(?:预算)?", (Cell("T9", (words,)),)
        )


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    return tuple(_entries())


def context(passage: Passage, position: int) -> str:
    """Headings and the beginning of the sentence, up to the amount."""
    begin, _ = passage.sentence_at(position)
    return "/".join(passage.section) + "/" + passage.text[begin : min(position, begin + 60)]


def spelled(check: Checker, passage: Passage, amount: Amount) -> str:
    """The name of an amount, with what the sentence has said before filled in: `支出决算` of the item that is spoken of."""
    name = subject(passage.text, amount.start)
    if check.document.kind == "accounts" and "三公" in context(passage, amount.start):
        begin, _ = passage.sentence_at(amount.start)
        half = re.search(r"(?:支出)?(?P<half>预算|决算)(?:数)?$", name)
        item = re.sub(r"(?:支出)?(?:预算|决算)?数?$", "", name) or _item_before(passage.text[begin : amount.start])
        if not item:
            return name
        return f"{item}【{half['half'] if half else '决算'}】"
    return name


def _item_before(text: str) -> str:
    """The item of the three public expenses that a sentence speaks of, from its beginning."""
    found = [(m.start(), m[0]) for words in _THREE_ITEMS for m in re.finditer(words, text)]
    return max(found)[1] if found else ""


def entry_of(check: Checker, passage: Passage, amount: Amount) -> Entry | None:
    """The entry that is certain for this amount; None when there is none or when the words speak of another year."""
    where = context(passage, amount.start)
    name = spelled(check, passage, amount)
    # `某局2023年收支总预算`: whose and of which year is said by the document.
    name = re.sub(rf"^[一-龥（）]*{check.document.year}年度?(?=[^\d])", "", name)
    before = passage.text[max(0, amount.start - 40) : amount.start]
    if re.search(r"(?:上年|去年|上一年度)[^，。；]*$", before) or "名词解释" in where:
        return None
    for entry in entries():
        if entry.kind != check.document.kind or not re.search(entry.context, where):
            continue
        if re.fullmatch(entry.words, name) and not (entry.unless and re.search(entry.unless, where)):
            return entry
    return None


def cells(check: Checker, wanted: Iterable[Cell]) -> list[Term]:
    """The cells of the alternatives that the document certainly has, in their order."""
    found = []
    for cell in wanted:
        table = check.one(cell.kind)
        row = find_row(table, cell.rows, cell.section) if table else None
        term = check.cell(table, row, cell.column) if table and row else None
        if term is not None:
            found.append(term)
    return found


def find_row(table: Table, names: tuple[str, ...], section: str = "") -> Row | None:
    """The only row with one of the names (as key, code, label or last part of its path), in that section."""
    for name in names:
        rows = [
            r
            for r in table.rows
            if name in (r.key, r.code, r.label, r.key.rpartition("/")[2])
            and (not section or section in (r.section, r.section.partition("/")[0], r.key.partition("/")[0]))
        ]
        if len(rows) == 1:
            return rows[0]
        if rows:
            top = [r for r in rows if r.key == name]
            return top[0] if len(top) == 1 else None
    return None


_WHOLES = (
    (
        "本年支出合计|支出合计|支出总计|本年支出",
        "accounts",
        (Cell("F03", _TOTAL_ROW, TOTAL), Cell("F01", _OUT_YEAR, section="支出")),
    ),
    ("本年收入合计|收入合计", "accounts", (Cell("F02", _TOTAL_ROW, TOTAL), Cell("F01", _IN_YEAR, section="收入"))),
    ("(?:一般公共预算)?(?:财政拨款)?基本支出", "accounts", (Cell("F05", _TOTAL_ROW, BASIC),)),
    (
        "一般公共预算项目支出(?:总额)?|一般公共预算财政拨款项目支出(?:总额)?",
        "accounts",
        (Cell("F05", _TOTAL_ROW, PROJECT),),
    ),
    ("部门(?:预算)?项目支出(?:总额)?|项目支出总额", "accounts", (Cell("F03", _TOTAL_ROW, PROJECT),)),
    ("本年支出预算|支出预算", "budget", (Cell("T1", _OUT_YEAR, section="功能"), Cell("T3", _TOTAL_ROW, TOTAL))),
)


def named(check: Checker, passage: Passage, phrase: str) -> list[Term]:
    """The cell that the words of a whole name (`占本年支出合计的`), if it is certain."""
    for words, kind, wanted in _WHOLES:
        if kind == check.document.kind and re.fullmatch(words, phrase):
            return cells(check, wanted)[:1]
    return []
