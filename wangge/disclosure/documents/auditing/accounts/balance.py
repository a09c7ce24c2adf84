"""The two balances of the accounts: of all money (公开01) and of fiscal money (公开04)."""

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import relations
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, SUM

FORM = "部门决算公开表式（预算法第七十五条、实施条例第六条）"


@rule("F01", source=FORM, formula="本年收入合计 = Σ 各项收入", tolerance=SUM)
def income(check: Checker) -> None:
    for table in check.tables("F01"):
        relations.side_adds_up(check, table, "收入", "^本年")


@rule("F02", source=FORM, formula="本年支出合计 = Σ 功能类", tolerance=SUM)
def spending(check: Checker) -> None:
    for table in check.tables("F01"):
        for section in ("支出", "功能"):
            relations.side_adds_up(check, table, section, "^本年")


@rule(
    "F03",
    source=FORM,
    formula="收入总计 = 本年收入 + 使用非财政拨款结余 + 年初结转和结余；支出总计 = 本年支出 + 结余分配 + 年末结转和结余",
    tolerance=SUM,
)
def totals(check: Checker) -> None:
    for table in check.tables("F01"):
        for section in ("收入", "支出", "功能"):
            relations.side_adds_up(check, table, section, "总计$")


@rule("F04", source=FORM, formula="收入总计 = 支出总计", tolerance=IDENTITY)
def income_is_spending(check: Checker) -> None:
    for table in check.tables("F01"):
        check.same(check.at(table, "收入总计", words.AMOUNT), check.at(table, "支出总计", words.AMOUNT))


@rule(
    "F11",
    source=FORM,
    formula="本年收入 = Σ 各项；本年支出 = Σ 功能类，每列；合计 = 一般公共 + 基金 + 国资；总计 = 本年 + 年初（年末）结转",
    tolerance=SUM,
)
def fiscal_balance(check: Checker) -> None:
    for table in check.tables("F04"):
        relations.side_adds_up(check, table, "收入")
        relations.side_adds_up(check, table, "支出")
        relations.rows_add_up(check, table)
        opening = relations.item(check, table, "^年初.*结转", "收入")
        parts = [check.cell(table, row, words.AMOUNT) for row in table.rows if row.section == "收入/年初结转"]
        if opening is not None and any(part and part.amount for part in parts):
            check.sum_of(opening, parts)


@rule("F12", source=FORM, formula="收入总计 = 支出总计（财政拨款）", tolerance=IDENTITY)
def fiscal_income_is_spending(check: Checker) -> None:
    for table in check.tables("F04"):
        check.same(check.at(table, "收入总计", words.AMOUNT), check.at(table, "支出总计", words.TOTAL))


FUNDS = (
    ("^一般公共预算财政拨款", words.GENERAL, "一般公共预算财政拨款"),
    ("^政府性基金预算财政拨款", words.FUND, "政府性基金预算财政拨款"),
    ("^国有资本经营预算财政拨款", words.STATE_CAPITAL, "国有资本经营预算财政拨款"),
)


@rule("F12", source=FORM, formula="04表各项拨款收入 = 01表同项；04表本年收入 = 02表财政拨款收入", tolerance=IDENTITY)
def fiscal_income_in_other_tables(check: Checker) -> None:
    whole, fiscal, by_code = check.one("F01"), check.one("F04"), check.one("F02")
    if fiscal is None:
        return
    for line, _, _ in FUNDS:
        check.same(relations.item(check, fiscal, line, "收入"), relations.item(check, whole, line, "收入"))
    if by_code is not None:
        check.same(check.at(fiscal, "本年收入合计", words.AMOUNT), relations.total_of(check, by_code, words.FISCAL))


@rule("F12", source=FORM, formula="每种拨款：年初结转 + 本年收入 = 本年支出 + 年末结转", tolerance=SUM)
def each_fund_balances(check: Checker) -> None:
    """Holds for each kind of money, when the table prints the opening balance by kind."""
    for table in check.tables("F04"):
        closing = next((r for r in table.rows if r.section == "支出" and "结转" in r.key), None)
        for line, column, _ in FUNDS:
            total = check.at(table, "支出总计", column)
            opening = relations.item(check, table, line, "收入/年初结转")
            came = relations.item(check, table, line, "收入")
            if total is not None and opening is not None and came is not None and closing is not None:
                check.sum_of(total, [came, opening])


@rule(
    "F23",
    source="财政拨款结转结余管理规定：财政拨款结余不得分配",
    formula="结余分配 ≤ 非财政收入 − 非财政支出",
    tolerance=SUM,
)
def distributed(check: Checker) -> None:
    """Only what other money left over may be distributed. The surplus is income − spending, less what fiscal money left."""
    whole, fiscal = check.one("F01"), check.one("F04")
    given = relations.item(check, whole, "^结余分配", "支出")
    if whole is None or fiscal is None or given is None or given.unknown or given.amount <= 0:
        return
    terms = [
        check.at(whole, "本年收入合计", words.AMOUNT),
        check.at(fiscal, "本年收入合计", words.AMOUNT),
        check.at(whole, "本年支出合计", words.AMOUNT),
        check.at(fiscal, "本年支出合计", words.TOTAL),
    ]
    opening = relations.item(check, whole, "^使用非财政拨款结余|^使用专用结余", "收入")
    carried = relations.item(check, whole, "^年初结转", "收入")
    if any(t is None or t.number is None for t in terms):
        return
    a, b, c, d = (t.amount for t in terms if t is not None)
    room = (a - b) - (c - d) + sum(t.amount for t in (opening, carried) if t is not None)
    check.judge(
        given.amount <= room + 2 * given.unit,
        given,
        expected=f"不大于 {room / given.scale}",
        difference=f"+{(given.amount - room) / given.scale}",
        formula=f"非财政收入 {a - b} − 非财政支出 {c - d} = {(a - b) - (c - d)}",
        explanation="结余分配只能来自非财政拨款的结余。",
        places=tuple(t.place for t in terms if t is not None),
        severity="suspicious" if carried is not None and carried.amount else None,
    )


def without_balances(check: Checker) -> bool:
    """Do the balances of fiscal money say that nothing was carried in or out? Then income and spending agree by code."""
    fiscal = check.one("F04")
    if fiscal is None:
        return False
    rows = [row for row in fiscal.rows if "结转" in row.key and row.level == 1]
    cells = [check.cell(fiscal, r, c) for r in rows for c in (words.AMOUNT, words.TOTAL) if c in r.values]
    return len(rows) >= 2 and not any(t and (t.amount or t.unknown) for t in cells)
