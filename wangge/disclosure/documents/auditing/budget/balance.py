"""The balance of income and spending (T1), the income table (T2) and the balance of fiscal money (T10)."""

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import relations, trees
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, SUM

FORM = "部门预算公开表式（预算法第十四条、实施条例第六条）"


@rule("B01", source=FORM, formula="收入总计 = Σ 各项收入 + 上年结转", tolerance=SUM)
def income_adds_up(check: Checker) -> None:
    for table in check.tables("T1"):
        relations.side_adds_up(check, table, "收入")


@rule("B02", source=FORM, formula="收入项目 = Σ 其下各项", tolerance=SUM)
def income_items_add_up(check: Checker) -> None:
    for table in check.tables("T1"):
        relations.children_add_up(check, table, "收入")


@rule("B03", source=FORM, formula="支出总计 = Σ 各功能类", tolerance=SUM)
def functions_add_up(check: Checker) -> None:
    for table in check.tables("T1"):
        for section in ("功能", "支出"):
            relations.side_adds_up(check, table, section)


@rule("B04", source=FORM, formula="支出总计 = 基本支出 + 项目支出", tolerance=SUM)
def natures_add_up(check: Checker) -> None:
    for table in check.tables("T1"):
        for section in ("性质", "经济", "政府经济"):
            relations.side_adds_up(check, table, section)


@rule("B05", source=FORM, formula="基本支出 = 工资福利支出 + 商品和服务支出 + 对个人和家庭的补助", tolerance=SUM)
def basic_adds_up(check: Checker) -> None:
    for table in check.tables("T1"):
        relations.children_add_up(check, table, "性质", words.BASIC)


@rule("B06", source=FORM, formula="项目支出 = Σ 其下各项", tolerance=SUM)
def projects_add_up(check: Checker) -> None:
    for table in check.tables("T1"):
        relations.children_add_up(check, table, "性质", words.PROJECT)


@rule("B07", source=FORM, formula="收入总计 = 支出总计（按功能）= 支出总计（按性质）", tolerance=IDENTITY)
def income_is_spending(check: Checker) -> None:
    for table in check.tables("T1"):
        totals = [check.cell(table, row, words.AMOUNT) for row in table.rows if row.key in ("收入总计", "支出总计")]
        for other in totals[1:]:
            check.same(totals[0], other)


@rule("B08", source=FORM, formula="总计 = Σ 资金来源各列", tolerance=SUM)
def sources_of_income(check: Checker) -> None:
    for table in check.tables("T2"):
        relations.rows_add_up(check, table)
        relations.parents_add_up(check, table)
        relations.total_adds_up(check, table)


LINES = {
    words.GENERAL: "^一般公共预算拨款",
    words.FUND: "^政府性基金",
    words.STATE_CAPITAL: "^国有资本经营",
    words.SPECIAL_ACCOUNT: "专户",
    words.BUSINESS: "^事业收入",
    words.OPERATING: "经营收入$",
    words.SUPERIOR: "^上级补助",
    words.AFFILIATE: "^附属单位上缴",
    words.OTHER: "^其他收入$",
    words.CARRYOVER: "^上年结转$",
}


@rule("B09", source=FORM, formula="表2 总计及各来源 = 表1 收入总计及各项收入", tolerance=IDENTITY)
def income_in_both_tables(check: Checker) -> None:
    balance, income = check.one("T1"), check.one("T2")
    if balance is None or income is None:
        return
    row = trees.total_row(income) or (income.rows[0] if len(income.rows) == 1 else None)
    check.same(check.cell(income, row, words.TOTAL), check.at(balance, "收入总计", words.AMOUNT))
    for column, line in LINES.items():
        check.same(check.cell(income, row, column), relations.item(check, balance, line, "收入"))


@rule("B20", source=FORM, formula="财政拨款：总计 = Σ 各项；合计 = 一般公共预算 + 政府性基金；收 = 支", tolerance=SUM)
def fiscal_balance_adds_up(check: Checker) -> None:
    for table in check.tables("T10"):
        for section in ("收入", "支出"):
            relations.side_adds_up(check, table, section)
        relations.children_add_up(check, table, "收入")
        relations.rows_add_up(check, table)
        for income, spending in (("收入总计", "支出总计"), ("本年收入合计", "本年支出合计")):
            spent = check.at(table, spending, words.TOTAL) or check.at(table, spending, words.AMOUNT)
            if income == "收入总计" or table.row("收入总计") is None:
                check.same(check.at(table, income, words.AMOUNT), spent)


@rule("B20", source=FORM, formula="财政拨款收支总表 = 收支总表、收入总表的财政拨款部分", tolerance=IDENTITY)
def fiscal_balance_in_other_tables(check: Checker) -> None:
    fiscal, balance, income = check.one("T10"), check.one("T1"), check.one("T2")
    if fiscal is None:
        return
    for line in ("^一般公共预算拨款", "^政府性基金", "^国有资本经营"):
        check.same(relations.item(check, fiscal, line, "收入"), relations.item(check, balance, line, "收入"))
        column = next(c for c, text in LINES.items() if text == line)
        check.same(relations.item(check, fiscal, line, "收入"), relations.total_of(check, income, column))
    if balance is not None:
        lines = {r.key: r for r in balance.rows if r.section in ("功能", "支出") and r.level == 1}
        for row in fiscal.rows:
            if row.section == "支出" and row.level == 1 and row.key in lines:
                spent = check.cell(fiscal, row, words.TOTAL) or check.cell(fiscal, row, words.AMOUNT)
                whole = check.cell(balance, lines[row.key], words.AMOUNT)
                (check.same if only_fiscal(check) else check.at_most)(spent, whole)


@rule("B30", source="收支总表表注", formula="表注说明不包括上年结转 ⇒ 上年结转 = 0")
def no_carryover(check: Checker) -> None:
    for table in check.tables("T1"):
        if any("不包括上年结转" in note.text for note in table.notes):
            carried = relations.item(check, table, "^上年结转$", "收入")
            if carried is not None and not carried.unknown:
                check.judge(
                    not carried.amount,
                    carried,
                    expected="0",
                    difference=carried.show(),
                    explanation="表注说明本套表不包括上年结转，表内却列有上年结转。",
                )


def only_general(check: Checker) -> bool:
    """Is the general public budget the only money of this document? Certain only when the income table says so."""
    return _only(check, (words.GENERAL,))


def only_fiscal(check: Checker) -> bool:
    """Is fiscal money the only money of this document?"""
    return _only(check, (words.GENERAL, words.FUND, words.STATE_CAPITAL, words.FISCAL))


def _only(check: Checker, columns: tuple[str, ...]) -> bool:
    income = check.one("T2")
    if income is None:
        return False
    row = trees.total_row(income) or (income.rows[0] if len(income.rows) == 1 else None)
    if row is None:
        return False
    cells = {c: check.cell(income, row, c) for c in trees.figures(income) if c != words.TOTAL}
    return any(c in columns for c in cells) and not any(t and t.amount for c, t in cells.items() if c not in columns)
