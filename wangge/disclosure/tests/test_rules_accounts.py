"""The rules of the accounts set and between documents, each with a set that keeps it and a change that breaks it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from wangge.disclosure.documents.auditing import audit
from wangge.disclosure.documents.auditing.registry import RULES
from wangge.disclosure.documents.model import Document, Figure, Finding, Place
from wangge.disclosure.tests.make_document import document, table
from wangge.disclosure.tests.make_sets import accounts, budget

BROKEN = [
    ("F01", ("F01", "收入:其他收入", "金额"), "33.00", "30.00", "error"),
    ("F03", ("F01", "收入:使用非财政拨款结余", "金额"), "7.00", "0.00", "error"),
    ("F02", ("F01", "支出:本年支出合计", "金额"), "401.00", "410.00", "error"),
    ("F03", ("F01", "支出:结余分配", "金额"), "2.00", "20.00", "error"),
    ("F04", ("F01", "支出:支出总计", "金额"), "403.00", "430.00", "error"),
    ("F05", ("F02", "2010301", "其他收入"), "3.00", "30.00", "error"),
    ("F06", ("F02", "20103", "财政拨款"), "202.00", "220.00", "error"),
    ("F07", ("F02", "合计", "其他收入"), "33.00", "30.00", "error"),
    ("F08", ("F03", "201", "项目支出"), "0.00", "60.00", "error"),
    ("F09", ("F03", "208", "合计"), "108.00", "180.00", "error"),
    ("F10", ("F03", "合计", "合计"), "401.00", "410.00", "error"),
    ("F11", ("F04", "支出:一般公共服务支出", "一般公共预算"), "202.00", "220.00", "error"),
    ("F11", ("F04", "收入:本年收入合计", "金额"), "404.00", "400.00", "error"),
    ("F12", ("F04", "收入:一般公共预算财政拨款", "金额"), "440.00", "400.00", "error"),
    ("F12", ("F04", "支出:支出总计", "合计"), "440.00", "400.00", "error"),
    ("F13", ("F05", "208", "项目支出"), "810.00", "180.00", "error"),
    ("F13", ("F05", "合计", "合计"), "4000.00", "400.00", "error"),
    ("F14", ("F05", "2010302", "项目支出"), "66.00", "60.00", "error"),
    ("F15", ("F06", "30101", "金额"), "66.00", "60.00", "error"),
    ("F16", ("F06", "人员经费合计", "金额"), "101.00", "110.00", "error"),
    ("F17", ("F07", "数", "预算数/合计"), "9.00", "6.00", "error"),
    ("F17", ("F07", "数", "决算数/公务用车购置及运行费/公务用车运行费"), "5.30", "3.50", "error"),
    ("F20", ("F02", "2080208", "财政拨款"), "108.00", "180.00", "error"),
    ("F11", ("F04", "收入:一般公共预算财政拨款", "金额"), "399.99", "400.00", "rounding"),
    ("F15", ("F06", "301", "金额"), "90.02", "90.00", "error"),
    ("F15", ("F06", "301", "金额"), "90.01", "90.00", "rounding"),
]  # fmt: skip


def found(made: Document, rule: str, *others: Document) -> list[Finding]:
    return [f for f in audit(made, others).findings if rule in (f.rule, *f.linked)]


def of_tables(made: Document) -> list[Finding]:
    """What the rules of tables say; sentences and forms have tests of their own."""
    return [f for f in audit(made).findings if f.rule[0] in "TBFXU"]


def test_a_clean_set_has_nothing_to_report():
    report = audit(accounts())
    assert of_tables(report.document) == []
    assert report.document.gaps == []


@pytest.mark.parametrize("rule", sorted({r.id for r in RULES if r.id[0] == "F"} - {"F19", "F24", "F25"}))
def test_every_rule_is_asked_of_the_clean_set(rule):
    run, passed, *_ = audit(accounts()).checks.by_rule[rule]
    assert run == passed > 0


@pytest.mark.parametrize(
    ("rule", "cell", "printed", "expected", "severity"), BROKEN, ids=[f"{b[0]}-{'-'.join(b[1])}" for b in BROKEN]
)
def test_the_changed_cell_is_named_with_what_it_should_be(rule, cell, printed, expected, severity):
    made = accounts({cell: printed})
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


def test_f18_f19_tables_of_funds():
    fund = table(
        "F08",
        ["年初结转和结余", "本年收入", "合计", "基本支出", "项目支出", "年末结转和结余"],
        ["合计", "1.00", "9.00", "6.00", "2.00", "4.00", "4.00"],
        ["229 其他支出", "1.00", "9.00", "6.00", "2.00", "4.00", "4.00"],
    )
    assert found(document(fund, kind="accounts"), "F18") == []
    fund.rows[0].values["年末结转和结余"] = (
        fund.rows[1].values["项目支出"].__class__("5.00", Place(line=9), Decimal("5.00"), 2)
    )
    assert [(f.printed, f.expected) for f in found(document(fund, kind="accounts"), "F18")] == [("5.00", "4.00")]
    capital = table("F09", ["合计", "基本支出", "项目支出"], ["合计", "5.00", "2.00", "4.00"])
    assert [f.severity for f in found(document(capital, kind="accounts"), "F19")] == ["error"]


def test_f18_an_empty_table_beside_income():
    made = accounts({("F01", "收入:政府性基金预算财政拨款收入", "金额"): "12.00"})
    assert [(f.severity, f.printed, f.expected) for f in found(made, "F18")] == [("error", "12.00", "0.00")]


def test_f17_more_spent_than_planned_asks_for_a_reason():
    made = accounts({("F07", "数", "预算数/公务接待费"): "1.00", ("F07", "数", "预算数/合计"): "5.00"})
    assert {f.severity for f in found(made, "F17")} == {"suspicious"}


def test_f22_a_code_under_another_class():
    made = accounts()
    for kind in ("F02", "F03", "F05"):
        row = made.one(kind).row("20802")  # type: ignore[union-attr]
        row.code = row.key = "21002"  # type: ignore[union-attr]
    (finding,) = of_tables(made)
    assert (finding.rule, finding.printed, finding.expected) == ("F22", "210 02 民政管理事务", "208 02 民政管理事务")


@pytest.mark.parametrize(
    ("given", "closing", "wrong"), [("20.00", "0.00", False), ("15.00", "5.00", False), ("25.00", "-5.00", True)]
)
def test_f23_only_other_money_may_be_distributed(given, closing, wrong):
    made = accounts({("F01", "支出:结余分配", "金额"): given, ("F01", "支出:年末结转和结余", "金额"): closing})
    assert bool(found(made, "F23")) is wrong


def test_f20_income_less_spending_is_what_is_left():
    made = accounts({("F01", "支出:结余分配", "金额"): "2.00", ("F01", "支出:年末结转和结余", "金额"): "8.00"})
    assert any("公开02表" in f.formula or "F20" in (f.rule, *f.linked) for f in audit(made).findings)


# Documents beside each other


def figure(subject: str, role: str, number: str, base: str = "", line: int = 7) -> Figure:
    return Figure(
        subject, role, Decimal(number), 2, "万元", number, f"{subject}{number}万元", (), Place(line=line), line, 0, base
    )


@pytest.mark.parametrize(("closing", "wrong"), [("0.00", False), ("5.00", True)])
def test_f24_what_was_left_last_year_comes_in_this_year(closing, wrong):
    before = accounts({("F01", "支出:年末结转和结余", "金额"): closing}, year=2020)
    assert bool(found(accounts(year=2021), "F24", before)) is wrong
    assert found(accounts(year=2021), "F24", accounts(year=2018)) == []


def test_x_says_nothing_of_another_unit():
    other = accounts({("F01", "支出:年末结转和结余", "金额"): "5.00"}, year=2020)
    other.unit = "某某区水利局机关"
    assert found(accounts(year=2021), "F24", other) == []


@pytest.mark.parametrize(
    ("added", "title", "wrong"),
    [("100", "预算收支情况", False), ("120", "预算收支情况", True), ("120", "预算收支情况（按单位预算口径）", False)],
)
def test_f25_the_initial_budget_and_what_was_added(added, title, wrong):
    made = accounts()
    told = [figure("预算收入年初预算", "amount", "300"), figure("预算收入调整追加", "amount", added, line=8)]
    made.figures.extend(replace(f, section=(title,)) for f in told)
    assert [f.severity for f in found(made, "F25")] == (["suspicious"] if wrong else [])


@pytest.mark.parametrize(("posts", "wrong"), [("8", False), ("9", True)])
def test_x01_posts(posts, wrong):
    mine, other = accounts(year=2021), budget()
    mine.figures.append(figure("编制人数", "count", "8"))
    other.figures.append(figure("编制人数", "count", posts))
    assert bool(found(mine, "X01", other)) is wrong


@pytest.mark.parametrize(
    ("subject", "number", "wrong"),
    [
        ("一般公共预算财政拨款支出年初预算数", "300", False),
        ("一般公共预算财政拨款支出年初预算数", "303", True),
        ("一般公共服务支出（类）政府办公厅（室）及相关机构事务（款）行政运行（项）年初预算", "80", False),
        ("一般公共服务支出（类）政府办公厅（室）及相关机构事务（款）行政运行（项）年初预算", "88", True),
    ],
)
def test_x02_the_initial_budget_in_the_accounts(subject, number, wrong):
    mine = accounts(year=2020)
    mine.figures.append(figure(subject, "amount", number))
    assert bool(found(mine, "X02", budget())) is wrong


@pytest.mark.parametrize(("change", "wrong"), [("0", False), ("30", True)])
def test_x03_the_change_against_last_year(change, wrong):
    mine = accounts(year=2021)
    mine.figures.append(figure("收、支总计", "change", change, "上年"))
    assert bool(found(mine, "X03", accounts(year=2020))) is wrong


@pytest.mark.parametrize(("change", "wrong"), [("0", False), ("-1.5", True)])
def test_x04_three_public_last_year(change, wrong):
    last, mine = budget(), budget()
    mine.year = 2021
    mine.figures.append(figure("公务接待费", "change", change, "上年预算数"))
    assert bool(found(mine, "X04", last)) is wrong


def test_x04_three_public_of_the_accounts_and_the_budget():
    assert {f.severity for f in found(accounts(year=2020), "X04", budget())} == {"suspicious"}
    same = {("F07", "数", f"预算数/{k}"): v for k, v in (("公务接待费", "3.00"), ("公务用车购置及运行费/公务用车运行费", ""), ("公务用车购置及运行费/小计", ""), ("合计", "3.00"))}  # fmt: skip
    assert found(accounts(same, year=2020), "X04", budget()) == []


def form(kind: str, *rows: list[str | None]) -> Document:
    made = document(
        table(kind, ["指标值", "实际完成值"], *rows),
        kind="accounts" if kind[0] == "E" else "budget",
        unit="某某区网格中心",
    )
    return made


@pytest.mark.parametrize(("goal", "wrong"), [("≥95%", False), ("≥90%", True)])
def test_x06_the_goal_of_the_year_is_the_goal_of_the_review(goal, wrong):
    planned = form("G3", ["指标:办结率", "≥95%", ""])
    assert bool(found(form("E2", ["指标:办结率", goal, "98%"]), "X06", planned)) is wrong


@pytest.mark.parametrize(("text", "wrong"), [("甲" * 30, True), ("乙" * 30, False), ("100%", False)])
def test_x07_results_word_for_word_of_another_year(text, wrong):
    before = form("E2", ["指标:开展活动", "", "甲" * 30], ["指标:满意度", "", "100%"])
    assert bool(found(form("E2", ["指标:开展活动", "", text]), "X07", before)) is wrong
