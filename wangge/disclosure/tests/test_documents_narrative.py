"""Sentences: no digit is typed, shares are of printed figures, differences are of yuan, and what is not known is not said."""

import re
from datetime import date
from decimal import Decimal

import pytest

from wangge.disclosure.documents.filling import Amount, Books, Text
from wangge.disclosure.documents.narrative import accounts, budget
from wangge.disclosure.documents.narrative.writer import Writer, money, numeral, percent, templates
from wangge.disclosure.tests.test_documents_filling import LINES, behind, line
from wangge.finance.terms import IncomeRow, RegisterRow, Source


def amount(yuan: str) -> Amount:
    return Amount(Decimal(yuan))


def test_no_digit_is_typed_in_a_sentence():
    for group, sentences in templates().items():
        for key, words in sentences.items():
            assert not re.search(r"[0-9０-９]", words), f"{group}.{key}"
            assert not re.search(r"[一二三四五六七八九十百千]+[万元%％]", words), f"{group}.{key}"


def test_every_template_has_its_fields_filled():
    """A field that nobody fills would be a KeyError; a template that nobody uses is dead."""
    written = "\n".join(b.text for b in (*_budget(), *_accounts()) if isinstance(b, Text))
    assert "{" not in written
    assert "}" not in written


def _register(kind, item, quantity="0", yuan=None, words="", tag=""):
    return RegisterRow(
        kind, item, date(2020, 12, 31), Decimal(quantity), "", Decimal(yuan) if yuan else None, words, 1, tag
    )


def _budget(**more):
    given = {
        "initial": LINES,
        "registers": (_register("staff", "posts", "8"), _register("staff", "offices", "3")),
        "words": {
            "offices": "综合室",
            "reason/budget_total": "机构新设。",
            "duties": "（一）做好服务。\n（二）做好保障。",
        },
        "prior": {"budget_total": amount("4000000.00")},
    } | more
    return budget.explanation(Books("1", "演示单位", 2020, **given))


def _accounts(year=2022, **more):
    given = {
        "initial": LINES,
        "adjusted": LINES,
        "spent": LINES,
        "incomes": (IncomeRow(Source.GENERAL, "2010301", Decimal("4073660.00"), (1,)),),
    } | more
    return accounts.explanation(Books("1", "演示单位", year, **given), [])


def text(blocks, start):
    return next(b.text for b in blocks if isinstance(b, Text) and b.text.startswith(start))


def test_the_budget_says_its_figures():
    blocks = _budget()
    assert "一般公共服务支出199.01万元，社会保障和就业支出208.36万元。" in text(
        blocks, "2020年年初预算数407.37万元，其中，一般公共服务"
    )
    assert text(blocks, "2020年度本部门年初预算数") == (
        "2020年度本部门年初预算数为407.37万元，比上年增加7.37万元，增长1.84%，主要原因是机构新设。"
    )
    assert text(blocks, "（2）项目B") == "（2）项目B208.36万元。主要用于项目B。"


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ({}, "2020年度本部门年初预算数为407.37万元，与上年持平。"),
        ({"budget_total": amount("4073660.00")}, "2020年度本部门年初预算数为407.37万元，与上年持平。"),
        (
            {"budget_total": amount("0.00")},
            "2020年度本部门年初预算数为407.37万元，比上年增加407.37万元，主要原因是机构新设。",
        ),
    ],
)
def test_a_change_against_nothing_has_no_rate(before, says):
    assert text(_budget(prior=before), "2020年度本部门年初预算数") == says


def test_a_figure_of_a_sentence_knows_its_rows():
    said = next(b for b in _budget() if isinstance(b, Text) and "工资福利支出" in b.text)
    assert behind(said.rows) == {1, 2}


def test_the_accounts_compare_every_item_with_the_budget():
    spent = (line(1, "2010301", "30101", "613930.00"), line(9, "2010399", "30299", "50000.00", "C"))
    blocks = _accounts(spent=spent, words={"reason/function/2010399": "年中追加"})
    said = [b.text for b in blocks if isinstance(b, Text)]
    assert "年初预算为0万元，支出决算为5.00万元，决算数大于年初预算数的主要原因是：年中追加。" in said
    assert any(t.startswith("年初预算为208.36万元，支出决算为0万元，完成年初预算的0%") for t in said)


def test_items_of_the_budget_add_up_to_its_total():
    spent = (line(1, "2010301", "30101", "613930.00"),)
    said = "".join(b.text for b in _accounts(spent=spent) if isinstance(b, Text))
    (stated,) = (Decimal(n) for n in re.findall(r"年初预算数为([\d.]+)万元", said))
    items = [Decimal(n) for n in re.findall(r"年初预算为([\d.]+)万元", said)]
    assert len(items) == 3
    assert abs(sum(items) - stated) <= Decimal("0.01")


def test_a_project_item_reports_what_it_cost_of_watched_money():
    note = budget.split_note(Books("1", "单位", 2020, initial=(*LINES, line(8, "2010302", "30217", "3400.00", "A"))))
    assert note == ("说明：本表含在项目支出中列支的公务接待费0.34万元。",)
    assert budget.split_note(Books("1", "单位", 2020, initial=LINES)) == ()


@pytest.mark.parametrize(("year", "sections"), [(2020, 11), (2022, 15)])
def test_the_accounts_have_the_sections_of_their_year(year, sections):
    headings = [b for b in _accounts(year) if getattr(b, "level", 0) == 2]
    assert len(headings) == sections
    assert [h.text.split("、")[0] for h in headings] == [numeral(n) for n in range(1, sections + 1)]


@pytest.mark.parametrize(
    ("part", "whole", "says"),
    [("425.26", "456.90", "93.08"), ("1", "3", "33.33"), ("2", "3", "66.67"), ("0", "5", "0"), ("5", "0", "0")],
)
def test_a_share_is_of_printed_figures(part, whole, says):
    assert percent(Decimal(part), Decimal(whole)) == says


@pytest.mark.parametrize(
    ("now", "before", "says"),
    [
        ("4252550.00", "4888200.00", "，比上年决算数减少63.57万元，下降13.00%"),
        ("4569000.00", "4888200.00", "，比上年决算数减少31.92万元，下降6.53%"),
        ("16817000.00", "8203400.00", "，比上年决算数增加861.36万元，增长105.00%"),
        ("100.00", "120.00", "，与上年决算数持平"),
    ],
)
def test_a_difference_is_of_yuan(now, before, says):
    assert Writer("accounts").compared(amount(now), amount(before), "_accounts") == says


@pytest.mark.parametrize(("n", "says"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (26, "二十六")])
def test_numerals(n, says):
    assert numeral(n) == says


def test_nothing_is_said_as_a_plain_nought():
    assert money(amount("0.00")) == "0"
    assert money(amount("49.99")) == "0"
    assert money(amount("50.00")) == "0.01"
