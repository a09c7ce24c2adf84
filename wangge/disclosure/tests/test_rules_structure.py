"""The rules of structure (T01-T07, B28) and of tables of unknown form (U01-U04)."""

from collections.abc import Sequence

import pytest

from wangge.disclosure.documents.auditing import audit
from wangge.disclosure.documents.auditing.structure import number_of
from wangge.disclosure.documents.model import Cell, Document, Finding, Grid, Place
from wangge.disclosure.tests.make_document import document, table
from wangge.disclosure.tests.make_sets import accounts, budget


def found(made: Document, rule: str) -> list[Finding]:
    return [f for f in audit(made).findings if f.rule == rule]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("表3", ("表", 3)),
        ("附件 11", ("附件", 11)),
        ("公开03表", ("公开", 3)),
        ("表十七", ("表", 17)),
        ("表十", ("表", 10)),
        ("", None),
    ],
)
def test_numbers_of_tables(text, expected):
    assert number_of(text) == expected


@pytest.mark.parametrize(("number", "wrong"), [("附件3", False), ("", True)])
def test_t01_the_one_form_without_a_number(number, wrong):
    forms = [
        table("G3", ["指标值"], ["指标:x", "1"], title="支出方向绩效目标表", number=n)
        for n in (number, "附件3", "附件3")
    ]
    findings = found(document(*forms), "T01")
    assert [f.expected for f in findings] == (["附件3"] if wrong else [])


@pytest.mark.parametrize(("damage", "wrong"), [("少了一格，丢失的列不能确定", True), ("", False)])
def test_t02_damage_is_told_and_is_no_accounting_error(damage, wrong):
    made = budget({("T3", "201", "合计"): "125.00"})
    made.one("T3").damage.extend([(damage, Place(line=300))] if damage else [])  # type: ignore[union-attr]
    assert bool(found(made, "T02")) is wrong
    (finding,) = [f for f in audit(made).findings if f.rule == "B10" or "B12" in (f.rule, *f.linked)]
    assert finding.severity == ("suspicious" if wrong else "error")


@pytest.mark.parametrize(("numbers", "wrong"), [("1 2 3 4", False), ("1 2 4 5", True)])
def test_t03_numbers_of_columns(numbers, wrong):
    made = budget()
    cells = tuple(
        Cell(text, Place(line=9, table=9, row=2, column=i)) for i, text in enumerate(["栏次", *numbers.split()])
    )
    grid = Grid((cells,), Place(line=9, table=9))
    source = made.source.__class__(made.source.file, "text", "0" * 64, "0" * 64, 0, (grid,))
    made.source = source
    assert bool(found(made, "T03")) is wrong


@pytest.mark.parametrize(("lines", "wrong"), [("28 29 30", None), ("28 39 30", ("39", "29")), ("28 30 31", None)])
def test_t04_numbers_of_lines(lines, wrong):
    a, b, c = lines.split()
    made = document(
        table("F01", ["金额", "行次"], ["支出:甲支出", "", a], ["支出:乙支出", "", b], ["支出:丙支出", "", c])
    )
    assert [(f.printed, f.expected) for f in found(made, "T04")] == ([wrong] if wrong else [])


@pytest.mark.parametrize(("unit", "wrong"), [("万元", False), ("", True)])
def test_t05_the_table_without_a_unit(unit, wrong):
    made = budget()
    made.one("T9").unit = unit  # type: ignore[union-attr]
    assert bool(found(made, "T05")) is wrong


def test_t06_numbers_of_the_accounts():
    made = accounts()
    assert found(made, "T06") == []
    made.one("F05").number = "公开06表"  # type: ignore[union-attr]
    made.one("F06").number = "公开06表"  # type: ignore[union-attr]
    assert len(found(made, "T06")) == 1


def test_b28_numbers_of_the_budget():
    made = budget()
    assert found(made, "B28") == []
    made.one("T11").number = "附件11"  # type: ignore[union-attr]
    made.one("T17").number = ""  # type: ignore[union-attr]
    (finding,) = found(made, "B28")
    assert finding.expected == "表11；表17"


def test_t07_a_table_of_spending_has_a_total():
    made = budget()
    assert found(made, "T07") == []
    made.one("T3").rows.pop(0)  # type: ignore[union-attr]
    assert [f.table for f in found(made, "T07")] == ["T3"]


ROWS: Sequence[Sequence[str | None]] = [
    ["合计", "9.00", "4.00", "5.00"],
    ["甲", "4.00", "2.00", "2.00"],
    ["乙", "5.00", "2.00", "3.00"],
]


@pytest.mark.parametrize(("cell", "wrong"), [("5.00", False), ("6.00", True)])
def test_u_a_table_that_shows_by_itself_that_it_adds_up(cell, wrong):
    more: Sequence[Sequence[str | None]] = [["丙", "3.00", "1.00", "2.00"], ["丁", "2.00", "1.00", "1.00"]]
    rows = [["合计", "14.00", "6.00", "8.00"], ROWS[1], ["乙", cell, "2.00", "3.00"], *more]
    made = document(table("U", ["合计", "a", "b"], *rows))
    assert bool(found(made, "U01")) is wrong


@pytest.mark.parametrize("column", ["a", "人数", "占比"])
def test_u_a_table_that_does_not_add_up_is_left_alone(column):
    rows: Sequence[Sequence[str | None]] = [["合计", "9.00", "4.00"], ["甲", "40.00", "2.00"], ["乙", "5.00", "7.00"]]
    assert [f for f in audit(document(table("U", ["金额", column], *rows))).findings if f.rule[0] == "U"] == []


def test_u_codes_add_up():
    made = document(
        table("U", ["金额"], ["合计", "5.00"], ["201 甲", "5.00"], ["20101 乙", "4.00"], ["20102 丙", "2.00"])
    )
    assert [(f.rule, f.severity) for f in audit(made).findings if f.rule[0] == "U"] == [("U02", "error")]
    made = document(
        table("U", ["金额"], ["合计", "6.00"], ["201 甲", "5.00"], ["20101 乙", "3.00"], ["20102 丙", "2.00"])
    )
    assert [(f.rule, f.severity) for f in audit(made).findings if f.rule[0] == "U"] == [("U03", "error")]


def test_u_two_sides():
    made = document(table("U", ["金额"], ["收入:甲", "3.00"], ["收入:乙", "2.00"], ["收入:收入总计", "6.00"]))
    assert [f.rule for f in audit(made).findings if f.rule[0] == "U"] == ["U04"]


@pytest.mark.parametrize(("item", "wrong"), [("3.00", False), ("4.00", True)])
def test_u_a_total_that_is_printed_above_its_items(item, wrong):
    rows = [["收入:本年收入合计", "5.00"], ["收入:甲", item], ["收入:乙", "2.00"], ["收入:上年结转", "1.00"]]
    made = document(table("U", ["金额"], *rows, ["收入:收入总计", "6.00"]))
    assert [f.printed for f in audit(made).findings if f.rule == "U04"] == ([item] if wrong else [])
