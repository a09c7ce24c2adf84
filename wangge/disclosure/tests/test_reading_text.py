"""Text: tables by tabs, one cell a line, aligned columns; page breaks in tables and sentences; character sets."""

import pytest

from wangge.disclosure.documents.model import Grid, Paragraph
from wangge.disclosure.documents.reading import read
from wangge.disclosure.tests.reading_samples import SHARED, lines, reading, texts

needs_seeds = pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the published sample documents are not here")


def seed(number: str):
    (path,) = (SHARED / "seeds").glob(f"{number}_*.txt")
    return read(path.read_bytes(), path.name), path.read_text().split("\n")


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_character_sets(charset: str) -> None:
    assert reading("部门：某局\n项目\t金额\r\n合计\t1.00".encode(charset)) == (
        ["部门：某局"],
        [[["项目", "金额"], ["合计", "1.00"]]],
    )


def test_few_damaged_bytes_do_not_hide_a_text() -> None:
    for charset in ("utf-8", "gb18030"):
        data = ("本部门2026年收入预算1.00万元。" * 20).encode(charset)
        (text,) = reading(data[:10] + b"\xff" + data[11:])[0]
        assert text.endswith("本部门2026年收入预算1.00万元。")


def test_table_cut_by_a_page_break_is_one_table_and_its_header_is_read_once() -> None:
    page = "科目编码\t科目名称\t合 计\n201\t一般公共服务支出\t1.00\n\n科目编码\t科目 名称\t合计\n208\t社会保障和就业支出\t2.00"
    source = read(page.encode(), "x")
    assert texts(source) == [
        [["科目编码", "科目名称", "合 计"], ["201", "一般公共服务支出", "1.00"], ["208", "社会保障和就业支出", "2.00"]]
    ]
    (grid,) = (block for block in source.blocks if isinstance(block, Grid))
    assert [(row[0].place.line, row[2].place.row, row[2].place.column) for row in grid.rows] == [
        (1, 1, 3),
        (2, 2, 3),
        (5, 3, 3),
    ]


def test_another_header_or_a_caption_begins_another_table() -> None:
    other = "科目编码\t科目名称\t合计\n201\t甲\t1.00\n\n项目\t行次\t决算数\n收入\t1\t2.00"
    assert len(texts(read(other.encode(), "x"))) == 2
    titled = "科目编码\t科目名称\n201\t甲\n\n收入决算表\n\n208\t乙"
    assert len(texts(read(titled.encode(), "x"))) == 2


def test_captions_inside_a_table_come_before_it() -> None:
    source = read("单位名称：某中心\t\t\t单位：万元\n项目\t金额\t\t\n合计\t1.00\t\t".encode(), "x")
    assert lines(source) == ["单位名称：某中心", "单位：万元"]
    assert texts(source) == [[["项目", "金额"], ["合计", "1.00"]]]  # what is blank to the right is padding
    assert [block.place.line for block in source.blocks] == [1, 1, 2]


def test_sentence_cut_by_a_page_break_is_one_and_a_heading_or_title_is_not_part_of_it() -> None:
    page = "与上年相比增加，增加\n\n111.77%，主要是人员增加。\n\n部门概况，如下\n\n一、职责\n\n注：无数据，\n\n收入决算表\n\n- 12 -"
    assert lines(read(page.encode(), "x")) == [
        "与上年相比增加，增加111.77%，主要是人员增加。",
        "部门概况，如下",
        "一、职责",
        "注：无数据，",
        "收入决算表",
    ]


def test_markup_is_no_part_of_the_print() -> None:
    page = "## **二、机构**\n- （一）甲\n**标题第一行\n第二行**\n---\n甲\t<p>一</p><p>二</p>\n----\t----\n**\t$\\geq 90\\%$"
    assert reading(page.encode()) == (
        ["二、机构", "（一）甲", "标题第一行", "第二行"],
        [[["甲", "一\n二"], ["**", "≥ 90%"]]],
    )


def test_one_cell_a_line() -> None:
    page = "附件1\n\t\n\t\n\n\t绩效目标表\n\n\t部门名称\n\t某街道\n\n\t产出成本\n\t基本支出\n项目支出\n\t1.00\n2.00\n \t支出方向表\n\n\t方向\n\t\n\t乙\n"
    source = read(page.encode(), "x")
    assert lines(source) == ["附件1", "绩效目标表", "支出方向表"]
    assert texts(source) == [
        [["部门名称", "某街道"], ["产出成本", "基本支出\n项目支出", "1.00\n2.00"]],
        [["方向", "", "乙"]],
    ]
    assert [block.place.line for block in source.blocks if isinstance(block, Paragraph)] == [1, 5, 15]


def test_cells_parted_by_commas() -> None:
    found, grids = reading('收入决算表,,\n项目,合计,备注\n"甲，乙","1,511.90",\n丙,2.00,无\n'.encode("gb18030"))
    assert found == ["收入决算表"]
    assert grids == [[["项目", "合计", "备注"], ["甲，乙", "1,511.90", ""], ["丙", "2.00", "无"]]]
    assert reading("Budget, a short note, and more.\n本部门收入1,000万元。\n支出无。".encode())[1] == []


ALIGNED = """\
                     收入决算表
部门：某局                                   单位：万元
   科目编码     科目名称             合计        财政拨款
                合计             2,946.25      2,940.05
   201          一般公共服务支出  2,112.86      2,106.66
   2010601      行政运行          1,511.90      1,511.89
   221          住房保障支出        445.69        445.69
注：本表反映收入情况。
"""


def test_columns_aligned_by_blanks() -> None:
    found, grids = reading(ALIGNED.encode())
    assert found == ["收入决算表", "部门：某局", "单位：万元", "注：本表反映收入情况。"]
    assert grids == [
        [
            ["科目编码", "科目名称", "合计", "财政拨款"],
            ["", "合计", "2,946.25", "2,940.05"],
            ["201", "一般公共服务支出", "2,112.86", "2,106.66"],
            ["2010601", "行政运行", "1,511.90", "1,511.89"],
            ["221", "住房保障支出", "445.69", "445.69"],
        ]
    ]


def test_columns_that_are_not_certain_stay_text() -> None:
    shifted = "项目      合计    其中\n甲      1.00    2.00\n乙               3.00    4.00    5.00\n丙   6.00                7.00\n"
    found, grids = reading(shifted.encode())
    assert grids == []
    assert len(found) == 4
    contents = "一、部门概况      3\n二、收入情况      5\n三、支出情况      8\n四、名词解释     12\n"
    assert reading(contents.encode())[1] == []


@needs_seeds
@pytest.mark.parametrize(("number", "count"), [("000", 18), ("001", 14), ("002", 7), ("003", 11), ("004", 18)])
def test_published_texts_keep_every_cell_in_its_line(number: str, count: int) -> None:
    source, printed = seed(number)
    grids = [block for block in source.blocks if isinstance(block, Grid)]
    assert len(grids) == count
    for table, grid in enumerate(grids, 1):
        for r, row in enumerate(grid.rows, 1):
            for c, cell in enumerate(row, 1):
                assert (cell.place.table, cell.place.row, cell.place.column) == (table, r, c)
                first = cell.text.split("\n")[0]
                if "<p>" not in printed[cell.place.line - 1] and "$" not in printed[cell.place.line - 1]:
                    assert first in printed[cell.place.line - 1]


@needs_seeds
@pytest.mark.parametrize(
    ("number", "line", "row"),
    [
        ("000", 249, ["201", "02", "", "民政管理事务", "208.36", "208.36"]),
        ("000", 396, ["本年收入合计", "407.37", "本年支出合计", "407.37", "407.37"]),
        ("001", 307, ["人员经费合计", "", "84.80", "公用经费合计", "", "", "", "", "9.82"]),
        ("002", 109, ["", "", "产出成本", "基本支出\n项目支出", "462.21\n1020.69"]),
        ("002", 265, ["", "综治维稳", "12"]),
        ("003", 251, ["人员经费合计", "", "172.45", "公用经费合计", "", "206.41"]),
        ("004", 303, ["301", "工资福利支出", "365. 55"]),
    ],
)
def test_published_rows(number: str, line: int, row: list[str]) -> None:
    source, _ = seed(number)
    found = [
        [cell.text for cell in printed]
        for block in source.blocks
        if isinstance(block, Grid)
        for printed in block.rows
        if printed[0].place.line == line
    ]
    assert [cells[: len(row)] for cells in found] == [row]


@needs_seeds
@pytest.mark.parametrize(
    ("number", "line", "piece"),
    [
        ("000", 113, "；政府性基金拨款 0 万元；"),
        ("001", 382, "增加111.77%，主要是因为"),
        ("001", 526, "负责政务服务平台与上级系统对接"),
        ("003", 427, "部门决算公开专栏中公开。"),
        ("004", 122, "人民政府办公室是石峰区人民政府"),
    ],
)
def test_published_sentences_cut_by_page_breaks(number: str, line: int, piece: str) -> None:
    source, _ = seed(number)
    (text,) = (block.text for block in source.blocks if isinstance(block, Paragraph) and block.place.line == line)
    assert piece in text
