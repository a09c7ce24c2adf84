"""Basic spending by economic code (T5-T7, T12-T14, T17), projects (T8) and the three public expenses (T9)."""

from decimal import Decimal

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import relations, trees
from wangge.disclosure.documents.auditing.budget.balance import FORM, only_general
from wangge.disclosure.documents.auditing.engine import Checker, Term, rule
from wangge.disclosure.documents.auditing.terms import plain
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, SUM
from wangge.disclosure.documents.model import Row, Table


def _block(check: Checker, kinds: tuple[str, str], code: str, column: str, line: str) -> None:
    balance, general = check.one("T1"), check.one("T11")
    for kind in kinds:
        for table in check.tables(kind):
            relations.parents_add_up(check, table)
            relations.total_adds_up(check, table)
        whole = _economic(check, check.one(kind), code)
        if kind == kinds[0] or only_general(check):
            check.same(whole, relations.item(check, balance, line, "性质/基本支出"))
        if general is not None and (kind == kinds[1] or only_general(check)):
            check.same(whole, check.cell(general, trees.total_row(general), column))


def _economic(check: Checker, table: Table | None, code: str, column: str = words.AMOUNT) -> Term | None:
    return check.cell(table, relations.rows_by_code(table).get(code), column) if table else None


@rule("B14", source=FORM, formula="301 = Σ 301xx = 收支总表工资福利支出", tolerance=SUM)
def wages(check: Checker) -> None:
    _block(check, ("T5", "T12"), "301", words.WAGES, "^工资福利支出$")


@rule("B15", source=FORM, formula="302 = Σ 302xx = 收支总表商品和服务支出", tolerance=SUM)
def goods(check: Checker) -> None:
    _block(check, ("T6", "T13"), "302", words.GOODS, "商品和服务支出$")


@rule("B16", source=FORM, formula="303 = Σ 303xx = 收支总表对个人和家庭的补助", tolerance=SUM)
def family(check: Checker) -> None:
    _block(check, ("T7", "T14"), "303", words.FAMILY, "^对个人和家庭")


@rule("B17", source=FORM, formula="每个项目：总计 = Σ 资金来源；Σ 项目 = 收支总表项目支出", tolerance=SUM)
def projects(check: Checker) -> None:
    for table in check.tables("T8"):
        relations.rows_add_up(check, table)
        total = trees.total_row(table)
        lines = [row for row in table.rows if row is not total and row.level <= 1 and not row.code]
        if total is not None and not any(row.code for row in table.rows):
            for column in trees.figures(table):
                check.sum_of(check.cell(table, total, column), [check.cell(table, row, column) for row in lines])
    listed, balance = check.one("T8"), check.one("T1")
    if listed is None or any(row.code for row in listed.rows):
        return
    planned = relations.item(check, balance, "^项目支出$", "性质")
    cells = [check.cell(listed, row, words.TOTAL) for row in listed.rows]
    if (total := trees.total_row(listed)) is not None:
        check.same(check.cell(listed, total, words.TOTAL), planned)
    elif len(cells) > 2 and cells[0] and cells[0].amount == sum(cell.amount for cell in cells[1:] if cell):
        check.same(cells[0], planned)  # the first row is the unit with all its projects
    else:
        check.sum_of(planned, cells)


@rule(
    "B17",
    source=FORM,
    formula="项目支出明细表的项目 ≡ 专项资金绩效目标汇总表的项目",
    tolerance=IDENTITY,
    severity="suspicious",
)
def projects_in_summary(check: Checker) -> None:
    """The list of projects is the same in both tables: as many, and of the same amounts."""
    table, summary = check.one("T8"), check.one("G2")
    if table is None or summary is None:
        return
    total = trees.total_row(table)
    here = [check.cell(table, r, words.TOTAL) for r in table.rows if r is not total and not r.code]
    there = [check.cell(summary, r, words.AMOUNT) for r in summary.rows if r.level in (1, -1)]
    mine = [t for t in here if t is not None and t.amount]
    theirs = [t for t in there if t is not None and t.amount]
    whole = sum((t.amount for t in theirs), Decimal(0))
    if not mine or not theirs or sum(t.amount for t in mine) != whole:
        return  # different money: other rules compare the totals
    check.judge(
        sorted(t.amount for t in mine) == sorted(t.amount for t in theirs),
        mine[0],
        printed=f"{len(mine)}行：{'、'.join(f'{t.name} {t.show()}' for t in mine)}",
        expected=f"{len(theirs)}项：{'+'.join(t.show() for t in theirs)}={plain(whole)}",
        difference="0（合计相符，明细不符）",
        explanation="项目支出明细表没有列出绩效目标汇总表中的各个项目，无法逐项核对。",
        places=[t.place for t in theirs],
    )


@rule(
    "B18",
    source=FORM,
    formula="合计 = 三公小计 + 会议费培训费小计；三公小计 = 出国 + 接待 + 车辆；车辆 = 运行 + 购置",
    tolerance=SUM,
)
def three_public(check: Checker) -> None:
    for table in check.tables("T9"):
        relations.rows_add_up(check, table)
        for column in trees.figures(table):
            cell = {row.key: check.cell(table, row, column) for row in table.rows}

            def have(*keys: str, cell: dict[str, Term | None] = cell) -> list[Term | None]:
                """The items, or nothing when one of them is not printed: then the sum is not known."""
                found = [cell.get(key) for key in keys]
                return [] if None in found else found

            check.sum_of(cell.get("公务用车购置及运行费"), have("公务用车运行费", "公务用车购置费"))
            public = have("因公出国（境）费", "公务接待费", "公务用车购置及运行费")
            small = cell.get("“三公”经费小计")
            check.sum_of(small, public)
            meetings = cell.get("会议费培训费小计")
            check.sum_of(meetings, have("会议费", "培训费"))
            if meetings is not None:
                check.sum_of(cell.get("合计"), [small, meetings])
            elif small is None and not {"会议费", "培训费"} & cell.keys():
                check.sum_of(cell.get("合计"), public)


PUBLIC = (
    ("公务接待费", "30217"),
    ("会议费", "30215"),
    ("培训费", "30216"),
    ("公务用车运行费", "30231"),
    ("因公出国（境）费", "30212"),
)


@rule(
    "B19",
    source="“三公”经费表与基本支出经济科目口径",
    formula="三公、会议、培训费 ≥ 基本支出相应经济科目；超出部分应在项目支出内",
    tolerance=IDENTITY,
    severity="suspicious",
)
def three_public_in_basic(check: Checker) -> None:
    table = check.one("T9")
    basic = next((t for kind in ("T6", "T13", "T17") if (t := check.one(kind))), None)
    if table is None or basic is None:
        return
    projects = relations.item(check, check.one("T1"), "^项目支出$", "性质")
    for key, code in PUBLIC:
        column = words.TOTAL if basic.kind == "T17" else words.AMOUNT
        planned, inside = check.at(table, key, words.AMOUNT), _economic(check, basic, code, column)
        if (
            planned is None
            or inside is None
            or planned.unknown
            or inside.unknown
            or not (planned.amount or inside.amount)
        ):
            continue
        excess = planned.amount - inside.amount
        fine = abs(excess) <= max(planned.unit, inside.unit) / 2
        room = projects.amount if projects is not None else None
        less = excess < 0
        check.judge(
            fine,
            planned,
            expected=inside.show(),
            difference=f"{excess:+f}",
            formula=f"{planned.name} {planned.show()}，基本支出 {code} 为 {inside.show()}",
            explanation="“三公”经费表小于基本支出中已列的同一经济科目。"
            if less
            else "超出基本支出的部分只能来自项目支出，应予说明。"
            if room is None or excess <= room
            else "超出基本支出的部分大于全部项目支出。",
            severity="error" if (less and not planned.blank) or (room is not None and excess > room) else None,
            places=(inside.place,),
        )


@rule(
    "B22",
    source=FORM,
    formula="表12 ≡ 表5，表13 ≡ 表6，表14 ≡ 表7（只有一般公共预算时；否则不大于）",
    tolerance=IDENTITY,
)
def general_basic(check: Checker) -> None:
    for whole, part in (("T5", "T12"), ("T6", "T13"), ("T7", "T14")):
        table, general = check.one(whole), check.one(part)
        if table is None or general is None:
            continue
        rows = relations.rows_by_code(table)
        for code, row in relations.rows_by_code(general).items():
            pair = check.cell(general, row, words.AMOUNT), check.cell(table, rows.get(code), words.AMOUNT)
            (check.same if only_general(check) else check.at_most)(*pair)


@rule("B24", source=FORM, formula="每行：合计 = 人员 + 公用；合计 = Σ 类；类 = Σ 款", tolerance=SUM)
def basic_rows(check: Checker) -> None:
    for table in check.tables("T17"):
        relations.rows_add_up(check, table)
        relations.parents_add_up(check, table)
        relations.total_adds_up(check, table)


@rule(
    "B24",
    source=FORM,
    formula="基本支出情况表合计 = 收支总表、一般公共预算支出表的基本支出；301+303 = 人员，302 = 公用",
    tolerance=IDENTITY,
)
def basic_in_other_tables(check: Checker) -> None:
    table, balance, general = check.one("T17"), check.one("T1"), check.one("T11")
    if table is None:
        return
    total = relations.total_of(check, table, words.TOTAL)
    if general is not None:
        check.same(total, relations.total_of(check, general, words.BASIC_TOTAL))
    if only_general(check):
        check.same(total, relations.item(check, balance, "^基本支出$", "性质"))
    for code, row in relations.rows_by_code(table).items():
        # Where 302 is printed as 单位运转经费 all of it is public; elsewhere part of it may be counted as staff.
        if len(code) == 3 and check.one("T6") is not None:
            home = words.STAFF if code in ("301", "303") else words.OPERATING_COST
            check.same(check.cell(table, row, home), check.cell(table, row, words.TOTAL))


@rule("B24", source=FORM, formula="基本支出情况表的每个经济科目 = 明细表同一科目", tolerance=IDENTITY)
def basic_by_code(check: Checker) -> None:
    """Money under one code here and under another there is one thing that moved, not two that are wrong."""
    table = check.one("T17")
    if table is None:
        return
    here = relations.rows_by_code(table)
    for kinds in (("T12", "T13", "T14"), ("T5", "T6", "T7")):
        if kinds[0] == "T5" and not only_general(check):
            continue
        for kind in kinds:
            detail = check.one(kind)
            if detail is None:
                continue
            pairs = _pairs(check, table, here, detail)
            moved = _moved(pairs)
            if moved is not None:
                _tell_moved(check, *moved)
            for a, b in pairs:
                if moved is None or (a, b) not in moved:
                    check.same(a, b)


Pair = tuple[Term | None, Term | None]


def _pairs(check: Checker, table: Table, here: dict[str, Row], detail: Table) -> list[Pair]:
    there = relations.rows_by_code(detail)
    heads = {code[:3] for code in there}
    codes = [code for code in dict.fromkeys((*here, *there)) if code[:3] in heads and len(code) > 3]
    return [
        (check.cell(table, here.get(c), words.TOTAL), check.cell(detail, there.get(c), words.AMOUNT)) for c in codes
    ]


def _off(pair: Pair) -> Term | None:
    """The side that carries money when the other is zero, blank or not there."""
    a, b = pair
    if (a is None or not a.amount) and b is not None and b.amount:
        return b
    if (b is None or not b.amount) and a is not None and a.amount:
        return a
    return None


def _moved(pairs: list[Pair]) -> tuple[Pair, Pair] | None:
    """Two lines that carry the same money, one only here and one only there."""
    single = [(pair, term) for pair in pairs if (term := _off(pair))]
    for pair, term in single:
        for other, twin in single:
            if pair is not other and term.amount == twin.amount and term.table is not twin.table and term is pair[0]:
                return pair, other
    return None


def _tell_moved(check: Checker, here: Pair, there: Pair) -> None:
    mine, theirs, emptied = here[0], there[1], there[0]
    if mine is None or theirs is None:
        return
    check.flag(
        emptied or mine,
        table=mine.table,
        printed="；".join(f"{t.name} {t.show()}" for t in (emptied, mine) if t is not None),
        expected=f"{theirs.name} {theirs.show()}；同一笔应在同一经济科目",
        difference=mine.show(),
        formula=f"同一笔 {mine.show()}：一处列“{theirs.name}”，另一处列“{mine.name}”",
        explanation="合计不受影响，但同一笔金额在同一套表中列入两个经济科目，以哪个为准需单位确认。",
        places=[t.place for t in (*there, *here) if t is not None],
    )
