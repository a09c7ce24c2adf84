"""Relations between the tables of the accounts."""

import re

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import relations, trees
from wangge.disclosure.documents.auditing.accounts.balance import FORM, FUNDS, without_balances
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, SUM

OTHER_INCOME = (
    (words.SUPERIOR, "^上级补助收入"),
    (words.BUSINESS, "^事业收入"),
    (words.OPERATING, "^经营收入"),
    (words.AFFILIATE, "^附属单位上缴收入"),
    (words.OTHER, "^其他收入"),
)


@rule(
    "F07",
    source=FORM,
    formula="02表合计 = 01表本年收入合计；财政拨款 = 01表一+二+三；其他各列 = 01表四至八",
    tolerance=IDENTITY,
)
def income_in_both_tables(check: Checker) -> None:
    balance, income = check.one("F01"), check.one("F02")
    if balance is None or income is None:
        return
    check.same(relations.total_of(check, income, words.TOTAL), check.at(balance, "本年收入合计", words.AMOUNT))
    fiscal = [relations.item(check, balance, line, "收入") for line, _, _ in FUNDS]
    if None not in fiscal:
        check.sum_of(relations.total_of(check, income, words.FISCAL), fiscal)
    for column, line in OTHER_INCOME:
        check.same(relations.total_of(check, income, column), relations.item(check, balance, line, "收入"))


@rule("F10", source=FORM, formula="03表合计 = 01表本年支出合计；03表类 = 01表同名行", tolerance=IDENTITY)
def spending_in_both_tables(check: Checker) -> None:
    balance, spending = check.one("F01"), check.one("F03")
    if balance is None or spending is None:
        return
    check.same(relations.total_of(check, spending, words.TOTAL), check.at(balance, "本年支出合计", words.AMOUNT))
    for row, line in relations.function_pairs(check, spending, balance, "支出"):
        check.same(check.cell(spending, row, words.TOTAL), check.cell(balance, line, words.AMOUNT))


@rule("F13", source=FORM, formula="05表合计 = 04表本年支出·一般公共预算；05表类 = 04表同名行", tolerance=IDENTITY)
def general_in_both_tables(check: Checker) -> None:
    fiscal, general = check.one("F04"), check.one("F05")
    if fiscal is None or general is None:
        return
    check.same(relations.total_of(check, general, words.TOTAL), check.at(fiscal, "本年支出合计", words.GENERAL))
    for row, line in relations.function_pairs(check, general, fiscal, "支出"):
        check.same(check.cell(general, row, words.TOTAL), check.cell(fiscal, line, words.GENERAL))


@rule("F14", source=FORM, formula="05表 ≤ 03表，每个科目、每列", tolerance=IDENTITY)
def general_within_spending(check: Checker) -> None:
    spending, general = check.one("F03"), check.one("F05")
    if spending is None or general is None:
        return
    rows = relations.rows_by_code(spending)
    for code, row in relations.rows_by_code(general).items():
        for column in (words.TOTAL, words.BASIC, words.PROJECT):
            check.at_most(check.cell(general, row, column), check.cell(spending, rows.get(code), column))
    for column in (words.TOTAL, words.BASIC, words.PROJECT):
        check.at_most(relations.total_of(check, general, column), relations.total_of(check, spending, column))


@rule("F14", source=FORM, formula="没有非财政拨款时 05表 = 03表，每个科目、每列", tolerance=IDENTITY)
def only_general_money(check: Checker) -> None:
    """A code that only general fiscal money pays (income of the code is all fiscal, nothing carried) is the same twice."""
    spending, general, income = check.one("F03"), check.one("F05"), check.one("F02")
    if spending is None or general is None or income is None or not without_balances(check):
        return
    if not _zero(check, FUNDS[1][0], FUNDS[2][0], "^使用非财政拨款结余", "^年初结转和结余"):
        return
    rows, paid = relations.rows_by_code(spending), relations.rows_by_code(general)
    for code, row in relations.rows_by_code(income).items():
        total, fiscal = check.cell(income, row, words.TOTAL), check.cell(income, row, words.FISCAL)
        # A parent mixes sources; on an 项 of purely fiscal income nothing else can have been spent.
        if len(code) == 7 and total and fiscal and total.amount == fiscal.amount and code in rows and code in paid:
            for column in (words.TOTAL, words.BASIC, words.PROJECT):
                check.same(check.cell(spending, rows[code], column), check.cell(general, paid[code], column))


def _zero(check: Checker, *lines: str) -> bool:
    """Does 公开01 print these items of income, as nothing?"""
    terms = [relations.item(check, check.one("F01"), line, "收入") for line in lines]
    return all(t is not None and not t.unknown and not t.amount for t in terms)


@rule(
    "F18", source=FORM, formula="08表空 ⇔ 01表政府性基金收入 = 0；09表空 ⇔ 01表国有资本经营收入 = 0", tolerance=IDENTITY
)
def empty_tables(check: Checker) -> None:
    fiscal = check.one("F04")
    for kind, line, column in (("F08", FUNDS[1][0], words.FUND), ("F09", FUNDS[2][0], words.STATE_CAPITAL)):
        printed = [t for t in check.document.tables if t.kind == kind]
        income = relations.item(check, check.one("F01"), line, "收入")
        spent = check.at(fiscal, "本年支出合计", column) if fiscal is not None else None
        if len(printed) != 1:
            continue
        table = printed[0]
        if not table.empty:
            check.same(relations.total_of(check, table, words.TOTAL), spent)
            came = next((c.key for c in table.columns if re.match("本年收入", c.key)), "")
            check.same(relations.total_of(check, table, came), income)
            continue
        for term in (income, spent):
            if term is not None and not term.unknown:
                check.judge(
                    not term.amount,
                    term,
                    expected=term.show(),
                    printed=f"空表；{term.name} {term.show()}",
                    difference=term.show(),
                    explanation="收支总表列有这项资金，相应的表却是空表。",
                    places=(table.place,),
                )


@rule("F20", source=FORM, formula="年初年末无结转时：02表财政拨款 = 05表小计，每个科目", tolerance=IDENTITY)
def income_is_spent(check: Checker) -> None:
    income, general = check.one("F02"), check.one("F05")
    if income is None or general is None or not without_balances(check):
        return
    if not _zero(check, FUNDS[1][0], FUNDS[2][0]):
        return
    rows = relations.rows_by_code(general)
    for code, row in relations.rows_by_code(income).items():
        check.same(check.cell(income, row, words.FISCAL), check.cell(general, rows.get(code), words.TOTAL))


@rule(
    "F20",
    source=FORM,
    formula="02表合计 − 03表合计 = 结余分配 + 年末结转 − 年初结转 − 使用非财政拨款结余",
    tolerance=SUM,
)
def income_less_spending(check: Checker) -> None:
    balance = check.one("F01")
    income = relations.total_of(check, check.one("F02"), words.TOTAL)
    spending = relations.total_of(check, check.one("F03"), words.TOTAL)
    if balance is None or income is None or spending is None:
        return
    out = [
        check.cell(balance, r, words.AMOUNT)
        for r in balance.rows
        if r.section == "支出" and r.level == 1 and re.search("结余|结转", r.key)
    ]
    came = [
        check.cell(balance, r, words.AMOUNT)
        for r in balance.rows
        if r.section == "收入" and r.level == 1 and re.search("结余|结转", r.key)
    ]
    if out and came and not trees.branches(balance)[0].nodes:
        check.signed(income, [(1, spending), *((1, t) for t in out), *((-1, t) for t in came)])


@rule(
    "F25",
    source=FORM,
    formula="报告的年初预算 + 调整追加 = 01表财政拨款收入",
    tolerance=IDENTITY,
    severity="suspicious",
)
def initial_and_added(check: Checker) -> None:
    """Not where the report says that it counts by another scope (按单位预算口径): budget is no account."""
    said = {}
    for figure in check.document.figures:
        if figure.role == "amount" and not any("口径" in title for title in figure.section):
            for key in ("年初预算", "调整追加"):
                if re.fullmatch(rf"预算收入{key}数?", figure.subject):
                    said[key] = check.figure(figure)
    fiscal = [relations.item(check, check.one("F01"), line, "收入") for line, _, _ in FUNDS]
    if len(said) == 2 and None not in fiscal:
        income = fiscal[0]
        others = [(-1, t) for t in fiscal[1:]]
        check.signed(income, [(1, said["年初预算"]), (1, said["调整追加"]), *others])
