"""PDF: what counts as a table, what page breaks cut, numbers and rows that are printed oddly, pages without text."""

import io
from pathlib import Path

import pytest
from PIL import Image

from wangge.disclosure.documents.model import Grid, Paragraph, Unreadable
from wangge.disclosure.documents.reading import read, understand
from wangge.disclosure.tests.reading_samples import lines, pdf, reading, table, texts

HEAD = ["科目编码", "科目名称", "合计", "基本支出"]


def rows(start: int, stop: int) -> list[list[str]]:
    return [[f"2010{n:03}", f"第{n}项", f"{n}.00", f"{n}.50"] for n in range(start, stop)]


# ----------------------------------------------------------------------------------------------------------- tables


def test_table_over_three_pages_with_its_header_printed_on_each() -> None:
    body = rows(100, 220)
    header = "table.header(" + ", ".join(f'"{text}"' for text in HEAD) + ")"
    cells = ", ".join(f'"{text}"' for row in body for text in row)
    source = read(pdf(f"支出决算表\n\n#table(columns: 4, {header}, {cells})"), "x")
    assert source.pages >= 3
    assert lines(source) == ["支出决算表"]
    assert texts(source) == [[HEAD, *body]]
    (grid,) = (block for block in source.blocks if isinstance(block, Grid))
    assert [row[0].place.page for row in grid.rows] == sorted(row[0].place.page for row in grid.rows)
    assert grid.rows[-1][0].place.page == source.pages
    assert grid.rows[-1][2].place.row == len(body) + 1


def test_table_whose_title_and_unit_are_printed_on_each_page() -> None:
    part = "#align(center)[收入决算表]\n部门：某局 #h(1fr) 单位：万元\n\n"
    source = read(pdf(f"{part}{table([HEAD, *rows(1, 9)])}#pagebreak()\n{part}{table([HEAD, *rows(9, 20)])}"), "x")
    assert texts(source) == [[HEAD, *rows(1, 20)]]
    assert lines(source) == ["收入决算表", "部门：某局", "单位：万元"]


def test_two_tables_on_one_page_and_a_table_with_another_title_stay_apart() -> None:
    other = ["项目", "行次", "决算数", "备注"]
    two = f"收入决算表\n\n{table([HEAD, *rows(1, 4)])}\n\n支出决算表\n\n{table([HEAD, *rows(4, 6)])}"
    assert texts(read(pdf(two), "x")) == [[HEAD, *rows(1, 4)], [HEAD, *rows(4, 6)]]
    after = f"{table([HEAD, *rows(1, 4)])}#pagebreak()\n{table([other, *rows(4, 6)])}"
    assert len(texts(read(pdf(after), "x"))) == 2


def test_merged_cells_are_blank_and_repeated_merged_cells_of_the_next_page_too() -> None:
    merged = '#table(columns: 3, table.cell(colspan: 2)[收入], [支出], table.cell(rowspan: 2)[甲项目], "一", "1.00", "二", "2.00")'
    again = '#table(columns: 3, [项目], [内容], [金额], table.cell(rowspan: 2)[甲项目], "三", "3.00", "四", "4.00")'
    first = '#table(columns: 3, [项目], [内容], [金额], table.cell(rowspan: 2)[甲项目], "一", "1.00", "二", "2.00")'
    assert texts(read(pdf(merged), "x")) == [[["收入", "", "支出"], ["甲项目", "一", "1.00"], ["", "二", "2.00"]]]
    assert texts(read(pdf(f"{first}#pagebreak()\n{again}"), "x")) == [
        [
            ["项目", "内容", "金额"],
            ["甲项目", "一", "1.00"],
            ["", "二", "2.00"],
            ["", "三", "3.00"],
            ["", "四", "4.00"],
        ]
    ]


def test_number_broken_over_lines_is_one_and_numbers_above_each_other_are_several() -> None:
    narrow = '#table(columns: (30pt, 42pt), inset: 3pt, "合计", "2,940.\\n05", "甲", "123,456,\\n789.01", "乙", "1.00")'
    assert texts(read(pdf(narrow), "x")) == [[["合计", "2,940.05"], ["甲", "123,456,789.01"], ["乙", "1.00"]]]
    wide = '#table(columns: (60pt, 90pt), "项目", "金额", "基本支出", "462.21\\n1020.69", "乙", "1.00")'
    assert texts(read(pdf(wide), "x")) == [[["项目", "金额"], ["基本支出", "462.21\n1020.69"], ["乙", "1.00"]]]


def test_rows_glued_because_their_inner_lines_are_missing_are_parted() -> None:
    glued = (
        '#table(columns: (60pt, 80pt, 80pt), "科目", "合计", "基本支出", '
        '"201\\n20103\\n2010301", "10.00\\n10.00\\n10.00", "6.00\\n6.00\\n6.00", "合计", "10.00", "6.00")'
    )
    assert texts(read(pdf(glued), "x")) == [
        [
            ["科目", "合计", "基本支出"],
            ["201", "10.00", "6.00"],
            ["20103", "10.00", "6.00"],
            ["2010301", "10.00", "6.00"],
            ["合计", "10.00", "6.00"],
        ]
    ]
    wrapped = '#table(columns: 3, "科目\\n名称", "金额\\n合计", "备注", "社会保障\\n和就业", "10.00", "")'
    assert texts(read(pdf(wrapped), "x")) == [[["科目\n名称", "金额\n合计", "备注"], ["社会保障\n和就业", "10.00", ""]]]


def test_table_open_at_its_sides_keeps_its_outer_columns() -> None:
    opened = f"#set table(stroke: (x, y) => (top: 1pt, bottom: 1pt, left: if x > 0 {{ 1pt }}, right: none))\n{table([HEAD, *rows(1, 5)])}"
    assert texts(read(pdf(opened), "x")) == [[HEAD, *rows(1, 5)]]


def test_table_without_any_line_is_read_where_its_columns_are_certain() -> None:
    plain = table(
        [HEAD, *rows(1, 8)], stroke="none", **{"column-gutter": "30pt", "align": "(left, left, right, right)"}
    )
    assert texts(read(pdf(f"支出决算表\n\n{plain}"), "x")) == [[HEAD, *rows(1, 8)]]


def test_patches_behind_text_underlines_frames_and_charts_are_no_tables() -> None:
    patches = "#highlight(fill: white)[（一）2026年] #highlight(fill: white)[预算数为8.00万元，]#underline[其中公务接待费3.00万元]。"
    boxed = "#rect[本部门没有此项支出。]\n\n#table(columns: 1, [只有一列], [不是表格])"
    chart = "#table(columns: (20pt,) * 8, rows: (12pt,) * 9, ..range(72).map(n => []))"
    found, grids = reading(pdf(f"{patches}\n\n{boxed}\n\n{chart}"))
    assert grids == []
    assert found[0] == "（一）2026年 预算数为8.00万元，其中公务接待费3.00万元。"
    assert found[1:] == ["本部门没有此项支出。", "只有一列", "不是表格"]


def test_page_printed_sideways_is_turned() -> None:
    sideways = f"#rotate(90deg, reflow: true)[#box(width: 200mm)[收入决算表 \\ {table([HEAD, *rows(1, 5)])}]]"
    found, grids = reading(pdf(sideways))
    assert (found, grids) == (["收入决算表"], [[HEAD, *rows(1, 5)]])


# ------------------------------------------------------------------------------------------------------------- text


def test_paragraphs_over_lines_and_pages_without_heads_feet_and_page_numbers() -> None:
    long = "本部门收入预算包括一般公共预算拨款、政府性基金预算拨款和上年结转资金，" * 9
    page = 'paper: "a5", header: [某局2026年部门预算], footer: context [— #counter(page).display() —]'
    indent = "#set par(first-line-indent: (amount: 2em, all: true), justify: true)\n"
    text = "\n\n".join(f"{long}合计{n}.00万元。" for n in range(20))
    source = read(pdf(f"{indent}一、收入预算\n\n{text}", page), "x")
    assert source.pages > 4
    assert lines(source) == ["一、收入预算", *(f"{long}合计{n}.00万元。" for n in range(20))]
    assert {block.place.page for block in source.blocks if isinstance(block, Paragraph)} > {1, 2}


def test_captions_at_both_ends_of_a_line_are_two() -> None:
    assert lines(read(pdf("部门：某局 #h(1fr) 单位：万元"), "x")) == ["部门：某局", "单位：万元"]


def test_contents_lose_their_dots() -> None:
    contents = "\n\n".join(f"{n}、部门概况 #box(width: 1fr, repeat[.]) {page}" for page, n in enumerate("一二三四", 7))
    assert reading(pdf(contents)) == ([f"{n}、部门概况" for n in "一二三四"], [])


# --------------------------------------------------------------------------------------------- pages without a text


def picture(folder: Path) -> None:
    Image.effect_noise((300, 400), 60).convert("RGB").save(folder / "scan.png")


FULL = '#page(margin: 0pt, image("/scan.png", width: 100%, height: 100%))\n'


def test_scanned_document_is_refused_with_a_way_out(tmp_path: Path) -> None:
    picture(tmp_path)
    with pytest.raises(Unreadable) as refused:
        read(pdf(FULL * 3, root=tmp_path), "x")
    assert refused.value.code == "scanned"
    assert "Excel" in refused.value.sentence


def test_scanned_pages_of_a_document_with_text_are_named(tmp_path: Path) -> None:
    picture(tmp_path)
    source = read(pdf(f"第一部分 部门概况\n{FULL}第二部分 部门预算表", root=tmp_path), "x")
    assert lines(source) == ["第一部分 部门概况", "第二部分 部门预算表"]
    assert [(place.page, "图片" in problem) for problem, place in source.problems] == [(2, True)]
    assert [gap.place.page for gap in understand(source).gaps] == [2]


def test_text_over_a_full_page_picture_is_read_with_a_warning(tmp_path: Path) -> None:
    picture(tmp_path)
    over = f'#set page(background: image("/scan.png", width: 100%, height: 100%))\n{"本部门2026年收入预算为1.00万元。" * 4}'
    source = read(pdf(over, root=tmp_path), "x")
    assert "1.00万元" in lines(source)[0]
    assert ["核对" in problem for problem, _ in source.problems] == [True]


def test_blank_document_is_empty() -> None:
    with pytest.raises(Unreadable) as refused:
        read(pdf(""), "x")
    assert refused.value.code == "empty"


def _raw(trailer: str) -> bytes:
    """A one-page file written by hand, with what its trailer says."""
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        f"<</Filter/Standard/V 1/R 2/P -4/O<{'11' * 32}>/U<{'22' * 32}>>>",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, part in enumerate(parts, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{part}\nendobj\n".encode())
    start = out.tell()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out.write(f"xref\n0 5\n0000000000 65535 f \n{table}trailer\n<</Size 5/Root 1 0 R{trailer}>>\n".encode())
    out.write(f"startxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def test_document_with_a_password_says_so() -> None:
    with pytest.raises(Unreadable) as refused:
        read(_raw(f"/Encrypt 4 0 R/ID[<{'00' * 16}><{'00' * 16}>]"), "x")
    assert refused.value.code == "encrypted"
    with pytest.raises(Unreadable) as refused:
        read(_raw(""), "x")
    assert refused.value.code == "empty"


def test_document_cut_short_is_broken_or_read_but_never_a_crash() -> None:
    whole = pdf(f"支出决算表\n\n{table([HEAD, *rows(1, 60)])}")
    codes: set[str] = set()
    for share in range(1, 20):
        try:
            codes.add(read(whole[: len(whole) * share // 20], "x").format)
        except Unreadable as refused:
            codes.add(refused.code)
    assert codes <= {"pdf", "broken", "empty", "scanned"}
    assert "broken" in codes
