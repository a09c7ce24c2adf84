"""The engine: tolerances, one cause one finding, and what is a misunderstanding instead of an error."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from wangge.disclosure.documents.auditing import engine, tolerance
from wangge.disclosure.documents.auditing.engine import Checker, Rule
from wangge.disclosure.documents.auditing.settling import settle
from wangge.disclosure.documents.model import Document, Finding
from wangge.disclosure.tests.make_document import document, table


def run(made: Document, *checks: Callable[[Checker], object]) -> tuple[Checker, list[Finding]]:
    checker = Checker(made)
    for check in checks:
        rule = Rule("B10", "试", "总计 = Σ 各列", tolerance.SUM, "error", check)
        checker.run(rule)
    assert [g for g in checker.gaps if "未能执行" in g.why] == []
    return checker, settle(checker)


def rows_and_columns(check: Checker) -> None:
    """合计 = a + b in each row, and the first row is the sum of the others in each column."""
    for made in check.document.tables:
        total, *parts = made.rows
        for row in made.rows:
            check.sum_of(check.cell(made, row, "合计"), check.cells(made, row, ["a", "b"]))
        for column in ("合计", "a", "b"):
            check.sum_of(check.cell(made, total, column), [check.cell(made, part, column) for part in parts])


GOOD = (["合计", "60.00", "40.00", "20.00"], ["x", "30.00", "20.00", "10.00"], ["y", "30.00", "20.00", "10.00"])


def square(*rows: list[str]) -> Document:
    return document(table("T3", ["合计", "a", "b"], *rows))


def test_a_table_that_adds_up_has_no_finding_and_is_counted():
    checker, findings = run(square(*GOOD), rows_and_columns)
    assert findings == []
    assert checker.checks.total() == {"run": 6, "passed": 6, "rounding": 0, "failed": 0}


@pytest.mark.parametrize(
    ("row", "column", "wrong"), [(0, 1, "61.00"), (0, 2, "90.00"), (1, 2, "2.00"), (2, 3, "100.00"), (1, 1, "3.00")]
)
def test_the_one_wrong_cell_is_named_once(row, column, wrong):
    rows = [list(r) for r in GOOD]
    right, rows[row][column] = rows[row][column], wrong
    _, findings = run(square(*rows), rows_and_columns)
    assert [(f.printed, f.expected, f.severity) for f in findings] == [(wrong, right, "error")]
    assert findings[0].places[0].row == row + 1
    assert findings[0].places[0].column == column + 1


@pytest.mark.parametrize(
    ("difference", "parts", "expected"),
    [
        ("0", 2, "passed"),
        ("0.01", 2, "rounding"),
        ("0.02", 3, "rounding"),
        ("0.02", 2, "failed"),
        ("0.03", 20, "failed"),
        ("-0.01", 1, "rounding"),
    ],
)
def test_rounding_is_told_by_the_number_of_terms(difference, parts, expected):
    assert tolerance.of_sum(Decimal(difference), parts, Decimal("0.01")) == expected


@pytest.mark.parametrize(
    ("a", "b", "severity"),
    [
        ("407.37", "407.37", None),
        ("407.36", "407.37", "rounding"),
        ("407.35", "407.37", "error"),
        ("78.44", "78.444", None),
        ("199", "199.01", "rounding"),
        ("", "5.00", "suspicious"),
        ("-", "", None),
        ("见附件", "5.00", None),
    ],
)
def test_the_same_figure_twice(a, b, severity):
    made = document(table("T1", ["金额"], ["收入总计", a]), table("T2", ["金额"], ["合计", b]))
    _, findings = run(
        made,
        lambda c: c.same(c.at(c.document.tables[0], "收入总计", "金额"), c.at(c.document.tables[1], "合计", "金额")),
    )
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_units_are_brought_together_and_the_tolerance_follows():
    wan = table("T1", ["金额"], ["收入总计", "407.37"])
    yuan = table("T2", ["金额"], ["合计", "4073650.12"], unit="元")
    made = document(wan, yuan)
    _, findings = run(made, lambda c: c.same(c.at(wan, "收入总计", "金额"), c.at(yuan, "合计", "金额")))
    assert findings == []
    yuan = table("T2", ["合计", "a", "b"], ["合计", "300.50", "100.25", "200.20"], unit="元")
    made = document(yuan, money_unit="元")
    _, findings = run(made, lambda c: c.sum_of(c.at(yuan, "合计", "合计"), [c.at(yuan, "合计", x) for x in "ab"]))
    assert [(f.severity, f.expected) for f in findings] == [("error", "300.45")]


def test_damage_makes_an_error_suspicious():
    rows = [list(r) for r in GOOD]
    rows[0][1] = "61.00"
    made = document(table("T3", ["合计", "a", "b"], *rows, damage=("少了一列",)))
    _, findings = run(made, rows_and_columns)
    assert [(f.severity, f.origin) for f in findings] == [("suspicious", "either")]


def test_a_table_that_breaks_everywhere_was_misread():
    rows = [["合计", "60.00", "4.00", "2.00"], ["x", "30.00", "2.00", "1.00"], ["y", "30.00", "7.00", "10.00"]]
    checker, findings = run(square(*rows), rows_and_columns)
    assert findings == []
    assert "未读懂" in checker.gaps[0].why


def test_a_rule_that_stumbles_is_a_gap():
    checker = Checker(square(*GOOD))
    checker.run(Rule("B10", "试", "总计", "0", "error", lambda check: 1 / 0))
    assert "ZeroDivisionError" in checker.gaps[0].why


@pytest.mark.parametrize(
    ("printed", "severity"),
    [("99.39%", None), ("99.38%", "rounding"), ("99.40%", "error"), ("99.50%", "error"), ("99.4%", None)],
)
def test_a_percentage_is_recomputed_at_its_own_precision(printed, severity):
    made = document(table("T1", ["a", "b", "%"], ["x", "1671.42", "1681.70", printed]))
    (t,) = made.tables
    _, findings = run(made, lambda c: c.percent(c.at(t, "x", "%"), [(1, c.at(t, "x", "a"))], [(1, c.at(t, "x", "b"))]))
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_growth_counts_on_last_year():
    made = document(table("T1", ["a", "b", "%"], ["x", "1681.70", "861.36", "100.05%"]))
    (t,) = made.tables
    growth, parts = ("x", "%"), [(1, ("x", "a")), (-1, ("x", "b"))]
    _, findings = run(
        made, lambda c: c.percent(c.at(t, *growth), [(1, c.at(t, "x", "b"))], [(s, c.at(t, *p)) for s, p in parts])
    )
    assert [(f.printed, f.expected, f.difference) for f in findings] == [("100.05%", "105.00%", "-4.95个百分点")]


@pytest.mark.parametrize(
    ("total", "quantity", "price", "severity"),
    [("669.9", "12", "55.83", "rounding"), ("151.17", "24", "6.3", "rounding"), ("160", "24", "6.3", "error")],
)
def test_quantity_times_price(total, quantity, price, severity):
    made = document(table("T1", ["t", "q", "p"], ["x", total, quantity, price]))
    (t,) = made.tables
    _, findings = run(made, lambda c: c.product(*(c.at(t, "x", k) for k in "tqp")))
    assert [f.severity for f in findings] == [severity]


def test_every_registered_rule_says_what_it_stands_on():
    for rule in engine.RULES:
        assert rule.source
        assert rule.formula
        assert rule.severity in ("error", "suspicious", "rounding")
        assert rule.order


@pytest.mark.parametrize(
    ("wrong", "hint"), [("600.00", "小数点"), ("6.00", "小数点"), ("06.00", "小数点"), ("70.00", ""), ("0.00", "")]
)
def test_a_slip_is_told_by_its_digits(wrong, hint):
    rows = [list(r) for r in GOOD]
    rows[0][1] = wrong
    _, (finding,) = run(square(*rows), rows_and_columns)
    assert hint in finding.explanation
    assert ("疑为" in finding.explanation) == bool(hint)


def test_swapped_digits_are_told():
    made = document(table("T3", ["合计", "a", "b"], ["合计", "1618.70", "1600.00", "81.70"]))
    (t,) = made.tables
    _, (finding,) = run(made, lambda c: c.sum_of(c.at(t, "合计", "合计"), [c.at(t, "合计", x) for x in "ab"]))
    assert (finding.expected, "数字换位" in finding.explanation) == ("1681.70", True)
