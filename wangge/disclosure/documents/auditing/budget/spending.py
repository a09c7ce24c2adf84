"""Spending by function: T3, T4, T11, T15, T16, T18."""

import re

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import relations, trees
from wangge.disclosure.documents.auditing.budget.balance import FORM, only_general
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, SUM


@rule("B10", source=FORM, formula="每行：总计 = Σ 各列", tolerance=SUM)
def spending_rows(check: Checker) -> None:
    for table in check.tables("T3", "T4"):
        relations.rows_add_up(check, table)


@rule("B11", source=FORM, formula="合计行 = Σ 各类，每列", tolerance=SUM)
def spending_total(check: Checker) -> None:
    for table in check.tables("T3", "T4"):
        relations.total_adds_up(check, table)


@rule("B12", source=FORM, formula="类 = Σ 款，款 = Σ 项（按科目编码）", tolerance=SUM)
def spending_parents(check: Checker) -> None:
    for table in check.tables("T3", "T4", "T11"):
        relations.parents_add_up(check, table)


@rule("B13", source=FORM, formula="表3 合计 = 表1 支出总计；表3 类 = 表1 功能行；表3 ≡ 表4", tolerance=IDENTITY)
def spending_in_both_tables(check: Checker) -> None:
    balance, spending, detail = check.one("T1"), check.one("T3"), check.one("T4")
    for table in (spending, detail):
        if table is None or balance is None:
            continue
        check.same(check.cell(table, trees.total_row(table), words.TOTAL), check.at(balance, "支出总计", words.AMOUNT))
        for section in ("功能", "支出"):
            for row, line in relations.function_pairs(check, table, balance, section):
                check.same(check.cell(table, row, words.TOTAL), check.cell(balance, line, words.AMOUNT))
    if spending is not None and detail is not None:
        relations.same_cells(check, detail, spending)


@rule("B13", source=FORM, formula="部门支出总表的基本支出、项目支出 = 收支总表的基本支出、项目支出", tolerance=IDENTITY)
def natures_in_both_tables(check: Checker) -> None:
    balance, spending = check.one("T1"), check.one("T3")
    for nature in (words.BASIC, words.PROJECT):
        check.same(relations.total_of(check, spending, nature), relations.item(check, balance, f"^{nature}$", "性质"))


@rule("B21", source=FORM, formula="每行：总计 = 基本支出 + 项目支出，各为其下各列之和；合计行 = Σ 类", tolerance=SUM)
def general_rows(check: Checker) -> None:
    for table in check.tables("T11"):
        relations.rows_add_up(check, table)
        relations.total_adds_up(check, table)


@rule(
    "B21",
    source=FORM,
    formula="一般公共预算支出表 = 收支总表、支出总表、收入总表的一般公共预算部分",
    tolerance=IDENTITY,
)
def general_in_other_tables(check: Checker) -> None:
    general, balance, fiscal = check.one("T11"), check.one("T1"), check.one("T10")
    if general is None:
        return
    total = trees.total_row(general)
    whole = check.cell(general, total, words.TOTAL)
    for spending in (check.one("T3"), check.one("T4")):
        if spending is not None:
            relations.same_cells(check, general, spending, {words.TOTAL: words.GENERAL})
            if only_general(check):
                relations.same_cells(check, general, spending, {words.TOTAL: words.TOTAL})
                pairs = {words.BASIC_TOTAL: words.BASIC, words.PROJECT_TOTAL: words.PROJECT}
                relations.same_cells(check, general, spending, pairs)
    if fiscal is not None:
        for row, twin in relations.function_pairs(check, general, fiscal, "支出"):
            check.same(check.cell(general, row, words.TOTAL), check.cell(fiscal, twin, words.GENERAL))
    if only_general(check) and balance is not None:
        check.same(whole, check.at(balance, "支出总计", words.AMOUNT))
        for column, line, section in (
            (words.BASIC_TOTAL, "^基本支出$", "性质"),
            (words.PROJECT_TOTAL, "^项目支出$", "性质"),
            (words.WAGES, "^工资福利支出$", "性质/基本支出"),
            (words.GOODS, "商品和服务支出$", "性质/基本支出"),
            (words.FAMILY, "^对个人和家庭", "性质/基本支出"),
            ("项目/专项商品和服务支出", "^专项商品和服务", "性质/项目支出"),
        ):
            check.same(check.cell(general, total, column), relations.item(check, balance, line, section))


@rule(
    "B23",
    source=FORM,
    formula="政府性基金、国有资本经营、专户支出表合计 = 收入总表相应列；空表 ⇔ 该列为 0",
    tolerance=IDENTITY,
)
def special_money(check: Checker) -> None:
    for kind, column in (("T15", words.FUND), ("T16", words.SPECIAL_ACCOUNT), ("T18", words.STATE_CAPITAL)):
        for table in check.tables(kind):
            relations.rows_add_up(check, table)
            relations.total_adds_up(check, table)
            relations.parents_add_up(check, table)
        income, printed = check.one("T2"), [t for t in check.document.tables if t.kind == kind]
        source = relations.total_of(check, income, column)
        if source is None or source.unknown or len(printed) != 1:
            continue
        if not printed[0].empty:
            check.same(relations.total_of(check, printed[0], words.TOTAL), source)
        elif not any("[illegible]" in what for what, _ in printed[0].damage):
            check.judge(
                not source.amount,
                source,
                printed=f"空表；收入总表列 {source.show()}",
                expected=source.show(),
                difference=source.show(),
                explanation="收入总表列有这项收入，相应的支出表却是空表。",
                places=(printed[0].place,),
                severity="suspicious" if printed[0].damage else None,
            )


@rule("B25", source=FORM, formula="金额 ≥ 0", severity="suspicious")
def not_negative(check: Checker) -> None:
    """Money to be spent or received is not negative; what is carried over or compared may be."""
    for table in (t for t in check.document.tables if t.kind[0] == "T"):
        for row in table.rows:
            for column, value in row.values.items():
                if value.number is not None and not re.search("结转|结余|增减|增长|比上年|[%％]", row.key + column):
                    check.judge(
                        value.number >= 0,
                        check.cell(table, row, column) or value,
                        expected="不小于 0",
                        explanation="预算金额印作负数。",
                    )
