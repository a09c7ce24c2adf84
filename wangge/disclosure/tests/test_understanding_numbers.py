"""Numbers as they are printed: exact, with their digits and unit, and never out of two numbers."""

from decimal import Decimal

import pytest

from wangge.disclosure.documents.reading.understanding.codes import fused, join
from wangge.disclosure.documents.reading.understanding.numbers import counted, number_of, says_nothing
from wangge.disclosure.documents.reading.understanding.texts import bare, compact, numbering


@pytest.mark.parametrize(
    ("printed", "number", "digits", "unit"),
    [
        ("199", "199", 0, ""),
        ("199.01", "199.01", 2, ""),
        ("365. 55", "365.55", 2, ""),
        ("111. 6768", "111.6768", 4, ""),
        ("1,935.36", "1935.36", 2, ""),
        ("1，935.36", "1935.36", 2, ""),
        ("189,767,551", "189767551", 0, ""),
        ("407.37 万元", "407.37", 2, "万元"),
        ("100%", "100", 0, "%"),
        ("95.09％", "95.09", 2, "%"),
        ("１２３．４", "123.4", 1, ""),
        ("（12.50）", "-12.50", 2, ""),
        ("-4.97", "-4.97", 2, ""),
        ("－4.97", "-4.97", 2, ""),
        ("1 0 0", "100", 0, ""),
        ("1,935.\n36", "1935.36", 2, ""),
    ],
)
def test_a_number_is_what_is_printed(printed: str, number: str, digits: int, unit: str) -> None:
    assert number_of(printed) == (Decimal(number), digits, unit)


@pytest.mark.parametrize(
    "printed",
    ["", "—", "-", "无", "[illegible]", "12 34", "12.50 13.20", "1,23", "2021.1.1-2021.12.31", "（1", "3个", "一"],
)
def test_what_is_not_one_number_is_none(printed: str) -> None:
    assert number_of(printed) is None


def test_counted_things_are_numbers_where_asked_for() -> None:
    assert counted("3个") == (Decimal(3), 0, "个")
    assert counted("6.3万元/人") == (Decimal("6.3"), 1, "万元/人")
    assert counted("28条道路，53.91万平方，") is None
    assert counted("2021年底") is None


def test_marks_that_stand_for_nothing() -> None:
    assert says_nothing(" — ")
    assert says_nothing("**")
    assert says_nothing("[illegible]")
    assert says_nothing("")
    assert not says_nothing("0.00")
    assert not says_nothing("一般公共服务")


def test_labels_are_compared_without_blanks_and_numbering() -> None:
    assert compact("收 入\n总 计") == "收入总计"
    assert compact("(1) 经费拨款") == "（1）经费拨款"
    assert bare(compact("十二、交通运输支出")) == "交通运输支出"
    assert bare(compact("其中：一、基本支出")) == "基本支出"
    assert numbering("16、自然资源")[0] == "1、"
    assert numbering("2020年部门预算") == ("", "2020年部门预算")
    assert numbering("12.5") == ("", "12.5")


@pytest.mark.parametrize(
    ("parts", "above", "code"),
    [
        (["201", "03", "01"], "", "2010301"),
        (["201", "", ""], "2080208", "201"),
        (["", "40", ""], "201", "20140"),
        (["201", "20103", "2010301"], "", "2010301"),
        (["2010301"], "", "2010301"),
        (["", "", "01"], "20140", "2014001"),
        (["208", "02"], "", "20802"),
        (["2", "03"], "", ""),
        (["", "", ""], "201", ""),
    ],
)
def test_codes_in_several_cells_are_joined_only_to_whole_codes(parts: list[str], above: str, code: str) -> None:
    assert join(parts, above) == code


def test_a_code_fused_with_its_name_is_cut() -> None:
    assert fused("[2014001]行政运行") == ("2014001", "行政运行")
    assert fused("02 一般行政管理事务") == ("02", "一般行政管理事务")
    assert fused("301工资福利支出") == ("301", "工资福利支出")
    assert fused("2020年部门预算") is None
