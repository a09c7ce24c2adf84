"""The coded tables of the accounts: 公开02, 03, 05, 06, 08, 09, and the three public expenses (07)."""

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import relations
from wangge.disclosure.documents.auditing.accounts.balance import FORM
from wangge.disclosure.documents.auditing.budget.codes import codes_in_their_branch
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, SUM


def _rows(check: Checker, kind: str) -> None:
    for table in check.tables(kind):
        relations.rows_add_up(check, table)


def _columns(check: Checker, kind: str) -> None:
    for table in check.tables(kind):
        relations.total_adds_up(check, table)
        relations.parents_add_up(check, table)


@rule("F05", source=FORM, formula="02表每行：本年收入合计 = Σ 各来源", tolerance=SUM)
def income_rows(check: Checker) -> None:
    _rows(check, "F02")


@rule("F06", source=FORM, formula="02表每列：合计 = Σ 类，类 = Σ 款，款 = Σ 项", tolerance=SUM)
def income_columns(check: Checker) -> None:
    _columns(check, "F02")


@rule("F08", source=FORM, formula="03表每行：合计 = 基本 + 项目 + 上缴上级 + 经营 + 对附属单位补助", tolerance=SUM)
def spending_rows(check: Checker) -> None:
    _rows(check, "F03")


@rule("F09", source=FORM, formula="03表每列：合计 = Σ 类，类 = Σ 款，款 = Σ 项", tolerance=SUM)
def spending_columns(check: Checker) -> None:
    _columns(check, "F03")


@rule(
    "F13", source=FORM, formula="05表每行：小计 = 基本 + 项目；每列：合计 = Σ 类，类 = Σ 款，款 = Σ 项", tolerance=SUM
)
def general_rows(check: Checker) -> None:
    _rows(check, "F05")
    _columns(check, "F05")


@rule("F15", source=FORM, formula="06表 301、302、303、307、310、399 = Σ 其下各款", tolerance=SUM)
def basic_parents(check: Checker) -> None:
    for table in check.tables("F06"):
        relations.parents_add_up(check, table)


STAFF, RUNNING = ("301", "303"), ("302", "307", "309", "310", "311", "312", "313", "399")


@rule(
    "F16",
    source=FORM,
    formula="人员经费 = 301 + 303；公用经费 = 302 + 307 + 310 + … + 399；二者之和 = 05表基本支出",
    tolerance=SUM,
)
def basic_totals(check: Checker) -> None:
    for table in check.tables("F06"):
        rows = relations.rows_by_code(table)
        staff, running = (check.at(table, key, words.AMOUNT) for key in ("人员经费合计", "公用经费合计"))
        for total, codes in ((staff, STAFF), (running, RUNNING)):
            check.sum_of(total, [check.cell(table, rows.get(code), words.AMOUNT) for code in codes])
        basic = relations.total_of(check, check.one("F05"), words.BASIC)
        if staff is not None and running is not None:
            check.sum_of(basic, [staff, running])
        elif rows:
            check.sum_of(basic, [check.cell(table, r, words.AMOUNT) for code, r in rows.items() if len(code) == 3])


@rule("F17", source=FORM, formula="07表：合计 = 出国 + 车辆小计 + 接待；小计 = 购置 + 运行；决算 ≤ 预算", tolerance=SUM)
def three_public(check: Checker) -> None:
    for table in check.tables("F07"):
        for row in table.rows:
            for half in ("预算数/", "决算数/"):
                cars = {
                    k: check.cell(table, row, f"{half}公务用车购置及运行费/{k}")
                    for k in ("小计", "公务用车购置费", "公务用车运行费")
                }
                parts = [check.cell(table, row, half + k) for k in ("因公出国（境）费", "公务接待费")]
                if None not in cars.values():
                    check.sum_of(cars["小计"], [cars["公务用车购置费"], cars["公务用车运行费"]])
                if None not in (*parts, cars["小计"]):
                    check.sum_of(check.cell(table, row, f"{half}合计"), [*parts, cars["小计"]])
            for column in [c.key for c in table.columns if c.key.startswith("决算数/")]:
                check.at_most(
                    check.cell(table, row, column),
                    check.cell(table, row, column.replace("决算数/", "预算数/")),
                    severity="suspicious",
                    note="决算数大于预算数，应予说明。",
                )


ECONOMIC = (("30212", "因公出国（境）费"), ("30217", "公务接待费"), ("30231", "公务用车购置及运行费/公务用车运行费"))


@rule("F17", source=FORM, formula="06表 30212、30217、30231 ≤ 07表相应决算数", tolerance=IDENTITY)
def three_public_in_basic(check: Checker) -> None:
    basic, table = check.one("F06"), check.one("F07")
    if basic is None or table is None or len(table.rows) != 1:
        return
    rows = relations.rows_by_code(basic)
    for code, column in ECONOMIC:
        spent = check.cell(table, table.rows[0], f"决算数/{column}")
        check.at_most(check.cell(basic, rows.get(code), words.AMOUNT), spent, severity="suspicious")


@rule("F18", source=FORM, formula="08表：年末 = 年初 + 收入 − 支出；支出 = 基本 + 项目；每列 Σ", tolerance=SUM)
def fund(check: Checker) -> None:
    for table in check.tables("F08"):
        relations.rows_add_up(check, table)
        relations.total_adds_up(check, table)
        relations.parents_add_up(check, table)
        keys = {c.key for c in table.columns}
        opening = next((k for k in keys if k.startswith("年初") or k == words.CARRYOVER), "")
        closing = next((k for k in keys if k.startswith("年末")), "")
        came = next((k for k in keys if k.startswith("本年收入")), "")
        for row in table.rows:
            cells = [check.cell(table, row, k) for k in (closing, opening, came, words.TOTAL)]
            if None not in cells:
                end, start, got, spent = cells
                check.signed(end, [(1, start), (1, got), (-1, spent)])
                check.sum_of(spent, check.cells(table, row, (words.BASIC, words.PROJECT)))


@rule("F19", source=FORM, formula="09表：合计 = 基本 + 项目；每列 Σ", tolerance=SUM)
def state_capital(check: Checker) -> None:
    _rows(check, "F09")
    _columns(check, "F09")


@rule("F22", source=FORM, formula="款、项的编码以其上级的编码开头，且列在其下")
def branch_of_code(check: Checker) -> None:
    for table in check.tables("F02", "F03", "F05", "F08", "F09"):
        codes_in_their_branch(check, table)
