"""The rules of the budget set, each with a set that keeps it and a change that breaks it."""

from decimal import Decimal

import pytest

from wangge.disclosure.documents.auditing import audit
from wangge.disclosure.documents.auditing.registry import RULES
from wangge.disclosure.documents.model import Document, Figure, Finding, Place
from wangge.disclosure.tests.make_document import document, table, value
from wangge.disclosure.tests.make_sets import budget

# rule, cell, what it prints after the change, what it should be, severity
BROKEN = [
    ("B01", ("T1", "收入:收入总计", "金额"), "310.00", "300.00", "error"),
    ("B01", ("T1", "收入:其他收入", "金额"), "5.00", "0.00", "error"),
    ("B02", ("T1", "经费拨款", "金额"), "280.00", "290.00", "error"),
    ("B02", ("T1", "专项收入", "金额"), "11.00", "10.00", "error"),
    ("B03", ("T1", "功能:一般公共服务支出", "金额"), "130.00", "120.00", "error"),
    ("B04", ("T1", "性质:项目支出", "金额"), "225.00", "220.00", "error"),
    ("B05", ("T1", "性质/基本支出:工资福利支出", "金额"), "51.00", "50.00", "error"),
    ("B06", ("T1", "专项商品和服务支出", "金额"), "251.00", "215.00", "error"),
    ("B07", ("T1", "功能:支出总计", "金额"), "306.00", "300.00", "error"),
    ("B08", ("T2", "合计", "合计"), "200.00", "300.00", "error"),
    ("B09", ("T2", "合计", "一般公共预算"), "250.00", "300.00", "error"),
    ("B10", ("T3", "2010301", "一般公共预算"), "81.00", "80.00", "error"),
    ("B11", ("T4", "合计", "合计"), "30.00", "300.00", "error"),
    ("B12", ("T3", "20103", "合计"), "102.00", "120.00", "error"),
    ("B13", ("T4", "208", "合计"), "108.00", "180.00", "error"),
    ("B14", ("T5", "30101", "金额"), "33.00", "30.00", "error"),
    ("B15", ("T6", "302", "金额"), "23.00", "22.00", "error"),
    ("B16", ("T7", "303", "金额"), "9.00", "8.00", "error"),
    ("B17", ("T8", "网络维护", "一般公共预算"), "80.00", "90.00", "error"),
    ("B17", ("T8", "社区运转", "合计"), "102.00", "120.00", "error"),
    ("B17", ("T8", "网络维护", "非税收入"), "12.00", "10.00", "error"),
    ("B18", ("T9", "“三公”经费小计", "金额"), "4.00", "3.00", "error"),
    ("B18", ("T9", "合计", "金额"), "11.00", "10.00", "error"),
    ("B20", ("T10", "收入:本年收入合计", "金额"), "330.00", "300.00", "error"),
    ("B20", ("T10", "支出:一般公共服务支出", "合计"), "122.00", "120.00", "error"),
    ("B21", ("T11", "2010301", "基本支出合计"), "88.00", "80.00", "error"),
    ("B21", ("T11", "合计", "项目支出合计"), "202.00", "220.00", "error"),
    ("B22", ("T13", "30201", "金额"), "21.00", "12.00", "error"),
    ("B24", ("T17", "30101", "人员经费"), "3.00", "30.00", "error"),
    ("B24", ("T17", "合计", "合计"), "88.00", "80.00", "error"),
    ("B11", ("T3", "合计", "合计"), "300.01", "300.00", "rounding"),
    ("B14", ("T5", "301", "金额"), "50.01", "50.00", "rounding"),
]


def found(made: Document, rule: str) -> list[Finding]:
    return [f for f in audit(made).findings if rule in (f.rule, *f.linked)]


def of_tables(made: Document) -> list[Finding]:
    """What the rules of tables say; sentences and forms have tests of their own."""
    return [f for f in audit(made).findings if f.rule[0] in "TBFXU"]


def test_a_clean_set_has_nothing_to_report():
    report = audit(budget())
    assert of_tables(report.document) == []
    assert report.document.gaps == []
    assert report.checks.total()["failed"] == 0


@pytest.mark.parametrize("rule", sorted({r.id for r in RULES if r.id[0] == "B"} - {"B19", "B23", "B29", "B30"}))
def test_every_rule_is_asked_of_the_clean_set(rule):
    made = budget(notes=("本套表均不包括上年结转。",))
    run, passed, *_ = audit(made).checks.by_rule[rule]
    assert run == passed > 0


@pytest.mark.parametrize(
    ("rule", "cell", "printed", "expected", "severity"), BROKEN, ids=[f"{b[0]}-{'-'.join(b[1])}" for b in BROKEN]
)
def test_the_changed_cell_is_named_with_what_it_should_be(rule, cell, printed, expected, severity):
    made = budget({cell: printed})
    findings = found(made, rule)
    assert [(f.printed.split(" / ")[0], f.expected, f.severity) for f in findings] == [(printed, expected, severity)]
    kind, key, column = cell
    section, _, name = key.rpartition(":")
    changed = made.one(kind)
    assert changed is not None
    wrong = changed.value(name, column, section)
    assert wrong is not None
    assert findings[0].places[0] == wrong.place
    assert len(of_tables(made)) == 1, "one cause, one finding"


def test_b12_a_code_that_contradicts_its_branch():
    made = budget()
    for kind in ("T3", "T4"):
        row = made.one(kind).row("20802")  # type: ignore[union-attr]
        row.code = row.key = "20102"  # type: ignore[union-attr]
    (finding,) = of_tables(made)
    assert (finding.rule, finding.linked, finding.severity) == ("B12", ("B26",), "error")
    assert (finding.printed, finding.expected) == ("201 02 民政管理事务", "208 02 民政管理事务")
    assert [p.table for p in finding.places[:2]] == [3, 4]


def test_b12_a_line_whose_parent_is_not_there():
    made = budget()
    for kind in ("T3", "T4", "T11"):
        rows = made.one(kind).rows  # type: ignore[union-attr]
        rows[:] = [r for r in rows if r.code != "20802"]
    assert of_tables(made) == []  # 2080208 hangs on 208: nothing is lost
    for kind in ("T3", "T4", "T11"):
        rows = made.one(kind).rows  # type: ignore[union-attr]
        rows[:] = [r for r in rows if r.code != "208"]
    assert {(f.rule, f.severity, f.expected) for f in audit(made).findings} >= {("B12", "suspicious", "上级 20802")}


@pytest.mark.parametrize(
    ("key", "text", "severity"),
    [
        ("会议费", "4.00", None),
        ("会议费", "9.00", "suspicious"),
        ("会议费", "3.00", "error"),
        ("会议费", "400.00", "error"),
    ],
)
def test_b19_three_public_beside_basic_spending(key, text, severity):
    total = f"{6 + float(text):.2f}"
    small = f"{3 + float(text):.2f}"
    made = budget({("T9", key, "金额"): text, ("T9", "会议费培训费小计", "金额"): small, ("T9", "合计", "金额"): total})
    assert [f.severity for f in found(made, "B19")] == ([severity] if severity else [])


def test_b17_the_list_of_projects_is_the_list_of_goals():
    goals = table("G2", ["金额"], ["网络维护", "100"], ["社区运转", "60"], ["社区人员", "60"])
    made = budget()
    assert found(document(*made.tables, goals, kind="budget"), "B17")[0].expected == "3项：100+60+60=220"
    goals = table("G2", ["金额"], ["社区运转", "120"], ["网络维护", "100"])
    assert found(document(*budget().tables, goals, kind="budget"), "B17") == []


@pytest.mark.parametrize(("column", "kind"), [("政府性基金预算", "T15"), ("财政专户", "T16")])
def test_b23_an_empty_table_beside_income(column, kind):
    made = budget({("T2", "合计", column): "10.00"})
    assert {(f.severity, f.printed) for f in found(made, "B23")} == {("error", "10.00")}
    # What the income is, is not told by the sum of its row alone: the total agrees with the empty table.
    assert found(made, "B08")


def test_b23_a_table_of_fund_spending_has_the_income():
    fund = table(
        "T15", ["合计", "基本支出", "项目支出"], ["合计", "12.00", "", "12.00"], ["229 其他支出", "12.00", "", "12.00"]
    )
    made = budget({("T2", "合计", "政府性基金预算"): "10.00"}, drop=("T15",))
    assert {"10.00", "12.00"} in [{f.printed, f.expected} for f in found(document(*made.tables, fund), "B23")]


def test_b24_money_moved_to_another_code_is_one_finding():
    made = budget({("T17", "30102", "合计"): "0.00", ("T17", "30102", "人员经费"): "0.00"})
    basic = made.one("T17")
    assert basic is not None
    row = basic.row("30113")
    assert row is not None
    row.code = row.key = "30107"
    row.label = "绩效工资"
    row.values |= {c: value("15.50", row.values[c].place) for c in ("合计", "人员经费")}
    detail = made.one("T5"), made.one("T12")
    for lines in detail:  # 30113 is gone here, and its 4.50 with it
        assert lines is not None
        lines.rows.pop()
        lines.rows[1].values["金额"] = value("34.50", lines.rows[1].values["金额"].place)
    for column in ("合计", "人员经费"):
        basic.row("30101").values[column] = value("34.50", basic.row("30101").values[column].place)  # type: ignore
    moved = [f for f in audit(made).findings if "两个经济科目" in f.explanation]
    assert [(f.rule, f.severity, f.difference) for f in moved] == [("B24", "error", "15.50")]


@pytest.mark.parametrize(
    ("code", "name", "year", "expected"),
    [
        ("2089999", "其他社会保障和就业支出", 2020, "2089901 其他社会保障和就业支出"),
        ("2089901", "其他社会保障和就业支出", 2022, "2089999 其他社会保障和就业支出"),
        ("2089901", "其他社会保障和就业支出", 2020, None),
    ],
)
def test_b26_a_code_belongs_to_years(code, name, year, expected):
    rows = [
        ["合计", "1.00"],
        ["208 社会保障和就业支出", "1.00"],
        ["20899 其他社会保障和就业支出", "1.00"],
        [f"{code} {name}", "1.00"],
    ]
    made = document(table("T3", ["合计"], *rows), year=year)
    assert [f.expected for f in found(made, "B26")] == ([expected] if expected else [])


@pytest.mark.parametrize(("name", "wrong"), [("水费", False), ("水电费", True), ("水", False)])
def test_b27_a_name_that_fits_another_code_as_well(name, wrong):
    made = document(
        table("T6", ["金额"], ["302 商品和服务支出", "2.00"], [f"30205 {name}", "1.00"], ["30206 电费", "1.00"])
    )
    assert bool(found(made, "B27")) is wrong


@pytest.mark.parametrize(("capital", "severity"), [("5.00", "suspicious"), ("7.00", None)])
def test_b29_equipment_needs_capital_spending(capital, severity):
    made = budget({("T11", "合计", "项目/资本性支出"): capital})
    quote = "设备购置费6万元"
    figure = Figure("设备购置费", "amount", Decimal(6), 0, "万元", "6万元", quote, (), Place(line=5), 1, 0)
    made.figures.append(figure)
    assert [f.severity for f in found(made, "B29")] == ([severity] if severity else [])


@pytest.mark.parametrize(("note", "wrong"), [("本套表均不包括上年结转。", True), ("", False)])
def test_b30_a_note_without_carryover(note, wrong):
    made = budget({("T1", "收入:上年结转", "金额"): "3.00"}, notes=(note,))
    assert bool([f for f in audit(made).findings if f.rule == "B30"]) is wrong


def test_more_money_than_the_general_budget_only_bounds():
    """With other income T12 may be less than T5, and T17 less than T1: no rule may call that an error."""
    made = budget(
        {
            ("T1", "收入:其他收入", "金额"): "20.00",
            ("T1", "收入:一般公共预算拨款", "金额"): "280.00",
            ("T1", "经费拨款", "金额"): "270.00",
            ("T2", "合计", "其他收入"): "20.00",
            ("T2", "合计", "一般公共预算"): "280.00",
            ("T12", "301", "金额"): "45.00",
            ("T12", "30101", "金额"): "25.00",
        }
    )
    assert found(made, "B22") == []
    assert found(budget({("T2", "合计", "其他收入"): "20.00", ("T12", "301", "金额"): "55.00"}), "B22") != []


@pytest.mark.parametrize(("text", "wrong"), [("-5.00", True), ("0.00", False)])
def test_b25_money_is_not_negative(text, wrong):
    made = document(table("T19", ["金额"], ["办公家具", text], ["上年结转", "-1.00"]))
    assert [f.printed for f in found(made, "B25")] == ([text] if wrong else [])
