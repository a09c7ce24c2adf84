"""Filling layouts from rows of the books: one rounding at the edge, rows behind every figure, nothing that no row shows."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from wangge.disclosure.documents.filling import Amount, Books, Cell, Row, fill
from wangge.disclosure.documents.filling.tables import shown
from wangge.disclosure.documents.forms import accounts_forms, budget_forms
from wangge.disclosure.documents.forms.shapes import Pick
from wangge.disclosure.documents.papers import Given, paper
from wangge.finance.terms import BalanceRow, IncomeRow, LineRow, Source

GRANT, OTHER = Source.GENERAL, Source.OTHER


def line(n: int, function: str, economic: str, amount: str, project: str = "", source: Source = GRANT) -> LineRow:
    name = f"项目{project}" if project else ""
    return LineRow(function, "", economic, "", "", project, name, source, Decimal(amount), (n,))


# 61.39 + 12.61 beside 74.01: the yuan behind them are 613,930 + 126,130 = 740,060.
LINES = (
    line(1, "2010301", "30101", "613930.00"),
    line(2, "2010301", "30201", "126130.00"),
    line(3, "2010302", "30299", "1250000.00", "A"),
    line(4, "2080208", "30226", "2083600.00", "B"),
)


def books(**given: object) -> Books:
    return Books("1", "演示单位", 2020, **{"initial": LINES} | given)  # type: ignore[arg-type]


def behind(rows: Iterable[Row]) -> set[int]:
    """Ids of the lines behind a figure or a sentence."""
    return {i for r in rows if isinstance(r, LineRow) for i in r.ids}


def figure(kind: str, row: str, column: str, given: Books | None = None) -> Cell:
    forms = budget_forms(2020) if kind.startswith("T") else accounts_forms(2020)
    table = fill(next(f for f in forms if f.kind == kind), given or books())
    found = table.cell(row, column)
    assert found is not None, [(c.row, c.column) for c in table.cells() if c.look == "figure"]
    return found


@pytest.mark.parametrize(
    ("kind", "row", "column", "text", "ids"),
    [
        ("T1", "性质/基本支出", "金额", "74.01", {1, 2}),
        ("T1", "性质/基本支出/工资福利支出", "金额", "61.39", {1}),
        ("T1", "性质/基本支出/商品和服务支出", "金额", "12.61", {2}),
        ("T1", "性质/项目支出", "金额", "333.36", {3, 4}),
        ("T1", "收入/收入总计", "金额", "407.37", {1, 2, 3, 4}),
        ("T1", "功能/社会保障和就业", "金额", "208.36", {4}),
        ("T3", "201", "合计", "199.01", {1, 2, 3}),
        ("T3", "2010302", "一般公共预算", "125.00", {3}),
        ("T8", "项目B", "合计", "208.36", {4}),
        ("T11", "2010301", "工资福利支出", "61.39", {1}),
        ("T11", "合计", "项目/专项商品和服务支出", "333.36", {3, 4}),
        ("T17", "30101", "人员经费", "61.39", {1}),
        ("T17", "30101", "公用经费", "0.00", set()),
        ("T17", "30201", "公用经费", "12.61", {2}),
        ("T17", "合计", "人员经费", "61.39", {1}),
    ],
)
def test_a_figure_is_rounded_once_and_knows_its_rows(kind, row, column, text, ids):
    cell = figure(kind, row, column)
    assert cell.text == text
    assert behind(cell.rows) == ids
    assert cell.yuan == sum((r.amount for r in cell.rows if isinstance(r, LineRow)), Decimal(0))


def test_a_class_outside_the_form_gets_its_row():
    """The form of 2020 lists nine classes of the accounts; a total must not hold what no row shows."""
    spent = (*LINES, line(5, "2120101", "30201", "10000.00"))
    table = fill(accounts_forms(2020)[0], books(spent=spent))
    assert [c.text for c in table.cells() if c.row == "支出/城乡社区支出"] == ["城乡社区支出", "24", "1.00"]
    classes = [c for c in table.cells() if c.column == "金额" and c.row.startswith("支出/") and c.row.endswith("支出")]
    total = table.cell("支出/本年支出合计", "金额")
    assert total is not None
    assert sum(c.yuan or 0 for c in classes) == total.yuan == Decimal("4083660.00")


def test_an_economic_code_outside_the_form_gets_its_row():
    table = fill(budget_forms(2020)[4], books(initial=(*LINES, line(6, "2010301", "30106", "500.00"))))
    assert [c.text for c in table.cells() if c.row == "30106"] == ["30106", "伙食补助费", "0.05"]


def test_totals_of_the_accounts_hold_what_was_carried():
    given = books(
        spent=(line(1, "2010301", "30101", "100000.00"), line(2, "2010301", "30299", "20000.00", source=OTHER)),
        incomes=(
            IncomeRow(GRANT, "2010301", Decimal("90000.00"), (1,)),
            IncomeRow(OTHER, "2010301", Decimal("50000.00"), (2,)),
            IncomeRow(Source.SURPLUS, "", Decimal("3000.00"), (3,)),
        ),
        balances=(
            BalanceRow(GRANT, Decimal("10000.00"), Decimal(0), Decimal(0)),
            BalanceRow(OTHER, Decimal(0), Decimal("25000.00"), Decimal("5000.00")),
        ),
    )
    assert figure("F01", "收入/本年收入合计", "金额", given).text == "14.00"
    assert figure("F01", "收入/收入总计", "金额", given).text == "15.30"
    assert figure("F01", "支出/支出总计", "金额", given).text == "15.00"
    assert figure("F04", "收入/收入总计", "金额", given).text == "10.00"
    assert figure("F04", "支出/支出总计", "一般公共预算", given).text == "10.00"
    assert figure("F02", "2010301", "其他收入", given).text == "5.00"


@pytest.mark.parametrize("kind", ["T7", "T14", "T15", "T16", "F08", "F09"])
def test_an_empty_table_is_printed_with_its_note(kind):
    forms = budget_forms(2020) if kind.startswith("T") else accounts_forms(2020)
    table = fill(next(f for f in forms if f.kind == kind), books(spent=LINES))
    assert table.empty
    assert table.notes[-1].endswith("故本表无数据。")
    assert all(not c.text for c in table.cells() if c.look == "figure")


def test_a_table_with_figures_has_no_empty_note():
    fund = line(7, "2120801", "30201", "10000.00", source=Source.FUND)
    table = fill(next(f for f in budget_forms(2020) if f.kind == "T15"), books(initial=(*LINES, fund)))
    assert not table.empty
    assert table.notes == ()
    assert [c.text for c in table.cells() if c.row == "212" and c.look == "figure"] == ["1.00", "1.00", ""]


@pytest.mark.parametrize("year", [2020, 2022])
def test_every_cell_of_every_table_has_its_place(year):
    given = Books("1", "演示单位", year, initial=LINES, adjusted=LINES, spent=LINES)
    for form in (*budget_forms(year), *accounts_forms(year)):
        table = fill(form, given)
        covered = [[0] * len(table.widths) for _ in table.grid]
        for y, row in enumerate(table.grid):
            assert len(row) == len(table.widths), table.id
            for x, cell in enumerate(row):
                if cell is None:
                    continue
                for dy in range(cell.lines):
                    for dx in range(cell.columns):
                        covered[y + dy][x + dx] += 1
        assert all(n == 1 for row in covered for n in row), table.id


def test_the_accounts_have_the_lines_of_their_year():
    def last(year: int) -> str:
        table = fill(accounts_forms(year)[0], Books("1", "演示单位", year, spent=LINES))
        return max((c.text for c in table.cells() if c.look == "code" and c.text.isdigit()), key=int)

    assert (last(2020), last(2022)) == ("26", "62")


def test_yuan_are_printed_where_the_unit_asks_for_it():
    given = books(initial=(line(1, "2010301", "30101", "1116768.00"),), precise=True)
    assert figure("T5", "30101", "金额", given).text == "111.6768"
    assert figure("T3", "2010301", "合计", given).text == "111.68"


@pytest.mark.parametrize(
    ("yuan", "text"), [("740060.00", "74.01"), ("740049.99", "74.00"), ("740050.00", "74.01"), ("-50.00", "-0.01")]
)
def test_rounding_is_half_up(yuan, text):
    assert shown(Amount(Decimal(yuan))) == text


def test_picks_narrow_each_other():
    pick = Pick(economics=("301", "303")) & Pick(economics=("30101",))
    assert pick.economics == ("30101",)
    nothing = Pick(economics=("302",)) & Pick(economics=("30101",))
    assert books().pick(Pick("initial") & nothing).yuan == 0
    assert (Pick(sources=frozenset({GRANT})) & Pick(sources=frozenset({OTHER}))).sources == frozenset()


def test_a_budget_with_money_carried_over_does_not_deny_it():
    carried = line(8, "2010302", "30299", "50000.00", "A", source=Source.CARRYOVER)
    first = [paper("budget", Given(books(initial=lines))).tables[0] for lines in (LINES, (*LINES, carried))]
    assert [bool(table.notes) for table in first] == [True, False]
    found = first[1].cell("收入/上年结转", "金额")
    assert found is not None
    assert found.text == "5.00"
