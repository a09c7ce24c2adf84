"""One document in every format is one source; and what each format has of its own: merged cells, hidden parts, lists."""

import datetime
import io
import random
import zipfile

import docx
import pytest
import xlsxwriter
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from wangge.disclosure.documents.model import Grid, Unreadable
from wangge.disclosure.documents.reading import read
from wangge.disclosure.documents.reading.formats.xlsx import shown
from wangge.disclosure.tests import reading_samples as samples
from wangge.disclosure.tests.reading_samples import lines, reading, saved, texts

MAKERS = [samples.as_text, samples.as_docx, samples.as_xlsx, samples.as_html, samples.as_pdf]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_same_document_in_every_format_is_the_same_source(make) -> None:
    source = read(make(), "a.bin")
    assert source.format == make.__name__.removeprefix("as_")
    assert texts(source) == [samples.ROWS]
    assert lines(source) == [*samples.TITLE, samples.NOTE]


def test_print_is_recognised_in_another_format_and_one_other_figure_is_another_print() -> None:
    assert len({read(make(), "a").text_sha256 for make in MAKERS}) == 1
    changed = [[*row[:2], "1,511.91", *row[3:]] if row[0] == "201" else row for row in samples.ROWS]
    assert read(samples.as_text(changed), "a").text_sha256 != read(samples.as_text(), "a").text_sha256


def test_format_is_told_by_the_bytes_and_not_by_the_name() -> None:
    assert read(samples.as_xlsx(), "预算.pdf").format == "xlsx"
    assert read(samples.as_html(), "预算.xls").format == "html"  # what many systems export as a workbook
    assert read(samples.as_pdf(), "预算.txt").format == "pdf"


@pytest.mark.parametrize(
    ("data", "code", "hint"),
    [
        (b"", "empty", "空的"),
        (b"\x00" * 500, "empty", "空的"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "scanned", "图片"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "unknown_format", "DOCX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted", "密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + b"x" * 600, "broken", "另存为"),
        (b"{\\rtf1 text}", "unknown_format", "RTF"),
        (b"PK\x03\x04" + b"\x00" * 50, "broken", "损坏"),
        (b"%PDF-1.7\nnothing", "broken", "损坏"),
        (bytes(range(256)) * 40, "unknown_format", "另存为"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_that_says_what_to_do(data: bytes, code: str, hint: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(data, "x")
    assert (refused.value.code, hint in refused.value.sentence) == (code, True)


def _zip(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def test_other_archives_are_named() -> None:
    for data, hint in ((_zip(OFD_xml=b"<x/>"), "OFD"), (_zip(a_xml=b"<x/>"), "压缩包")):
        with pytest.raises(Unreadable) as refused:
            read(data, "x")
        assert (refused.value.code, hint in refused.value.sentence) == ("unknown_format", True)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_damaged_bytes_are_read_or_refused_and_never_a_crash(make) -> None:
    dice, whole = random.Random(7), make()
    ends = set()
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 5, 50))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            ends.add(bool(read(bytes(data), "x").blocks))
        except Unreadable as refused:
            ends.add(bool(refused.sentence))
    assert ends == {True}


def test_archive_that_unpacks_to_a_flood_is_not_unpacked() -> None:
    with pytest.raises(Unreadable) as refused:
        read(_zip(word__document_xml=b"0" * (601 * 1024 * 1024)), "bomb.docx")
    assert refused.value.code == "too_large"


def test_entities_of_a_document_are_not_expanded() -> None:
    with zipfile.ZipFile(io.BytesIO(samples.as_docx())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    body = b'<!DOCTYPE d [<!ENTITY a "0123456789"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    xml = parts["word/document.xml"]
    cut = xml.index(b"?>") + 2
    parts["word/document.xml"] = xml[:cut] + body + xml[cut:].replace("某区".encode(), b"&a;&f;")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    try:
        found = "".join(lines(read(out.getvalue(), "x.docx")))
    except Unreadable:
        return
    assert "0123456789" not in found
    assert "root:" not in found


# ------------------------------------------------------------------------------------------------------------ Word


def test_word_merged_cells_are_blank_but_in_their_first_place() -> None:
    document = docx.Document()
    grid = document.add_table(3, 3)
    grid.cell(0, 0).merge(grid.cell(0, 2)).text = "资金来源"
    grid.cell(1, 0).merge(grid.cell(2, 0)).text = "基本支出"
    for r, c, text in ((1, 1, "一"), (1, 2, "1.00"), (2, 1, "二"), (2, 2, "2.00")):
        grid.cell(r, c).text = text
    assert texts(read(saved(document), "x")) == [[["资金来源", "", ""], ["基本支出", "一", "1.00"], ["", "二", "2.00"]]]


def test_word_reads_body_in_order_and_leaves_out_headers_deleted_and_hidden_words() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "页眉"
    document.add_paragraph("前")
    document.add_table(1, 2).cell(0, 0).text = "甲"
    paragraph = document.add_paragraph("后")
    paragraph.add_run("隐").font.hidden = True
    paragraph._p.append(parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>删</w:delText></w:r></w:del>"))
    paragraph._p.append(parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>增</w:t></w:r></w:ins>"))
    source = read(saved(document), "x")
    assert [type(block).__name__ for block in source.blocks] == ["Paragraph", "Grid", "Paragraph"]
    assert lines(source) == ["前", "后增"]


def test_word_sets_the_numbers_of_its_lists() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = (
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="（%2）"/></w:lvl>'
    )
    numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for level, text in ((0, "部门职责"), (1, "甲"), (1, "乙"), (0, "机构设置"), (1, "丙")):
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>')
        )
    assert lines(read(saved(document), "x")) == ["一、部门职责", "（1）甲", "（2）乙", "二、机构设置", "（1）丙"]


def test_word_frame_around_text_and_table_inside_a_cell() -> None:
    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = "框内文字"
    document.add_paragraph("间隔")
    outer = document.add_table(1, 2)
    outer.cell(0, 0).text = "指标"
    inner = outer.cell(0, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "产出", "95%"
    source = read(saved(document), "x")
    assert lines(source) == ["框内文字", "间隔"]
    assert texts(source) == [[["指标", "产出 95%"]]]


# -------------------------------------------------------------------------------------------------------- workbooks


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (1511.9, "#,##0.00", "1,511.90"),
        (1511.9, "", "1511.9"),
        (407.36999999999995, "", "407.37"),
        (0.1 + 0.2, "General", "0.3"),
        (0.125, "0.0%", "12.5%"),
        (0.985, "0%", "99%"),
        (-12.5, "#,##0.00;-#,##0.00", "-12.50"),
        (-12.5, "0.00", "-12.50"),
        (0, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-"),
        (0, "0.00;-0.00;;@", ""),
        (3.0, "00", "03"),
        (201.0, "@", "201"),
        (12.0, '0.00"万元"', "12.00万元"),
        (1.5, "0.##", "1.5"),
        (2.005, "0.00", "2.01"),
        (100000000000.0, "", "100000000000"),
        (True, "", "TRUE"),
        (datetime.date(2026, 1, 31), "", "2026-01-31"),
        ("a_x000D_\r\nb", "", "a\nb"),
    ],
)
def test_number_is_read_as_its_cell_shows_it(value: object, code: str, text: str) -> None:
    assert shown(value, code) == text


def _book(fill) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    fill(book)
    book.close()
    return out.getvalue()


def test_workbook_hidden_sheets_rows_and_columns_are_not_printed() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("表1")
        for r in range(3):
            for c in range(3):
                sheet.write(r, c, f"{r}{c}甲")
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        other = book.add_worksheet("底稿")
        other.write(0, 0, "草稿")
        other.hide()

    source = read(_book(fill), "x")
    assert texts(source) == [[["00甲", "02甲"], ["20甲", "22甲"]]]
    assert source.pages == 1
    assert lines(source) == ["表1"]  # a table without a caption is named by its sheet


def test_workbook_formulas_keep_the_values_they_were_saved_with() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["项目", "金额"])
        sheet.write(1, 0, "合计")
        sheet.write_formula(1, 1, '=WEBSERVICE("http://example.invalid")', None, 12.5)

    assert texts(read(_book(fill), "x")) == [[["项目", "金额"], ["合计", "12.5"]]]


def test_workbook_sheet_with_two_tables_and_a_place_for_each_cell() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("决算")
        sheet.write(0, 0, "收入决算表")
        sheet.write_row(1, 0, ["项目", "合计", "财政拨款"])
        sheet.write_row(2, 0, ["合计", 5, 5])
        sheet.write(4, 0, "支出决算表")
        sheet.write_row(5, 0, ["科目名称", "合计", "基本支出"])
        sheet.write_row(6, 0, ["合计", 4, 4])
        sheet.write(7, 0, "注：单位转换可能存在尾差。")

    source = read(_book(fill), "x")
    assert texts(source) == [
        [["项目", "合计", "财政拨款"], ["合计", "5", "5"]],
        [["科目名称", "合计", "基本支出"], ["合计", "4", "4"]],
    ]
    assert lines(source) == ["收入决算表", "支出决算表", "注：单位转换可能存在尾差。"]
    second = [block for block in source.blocks if isinstance(block, Grid)][1]
    place = second.rows[1][2].place
    assert (place.sheet, place.line, place.table, place.row, place.column) == ("决算", 7, 2, 2, 3)


def test_workbook_too_vast_is_refused_before_it_fills_memory() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "甲")
        sheet.write(1_048_575, 16_383, "乙")

    with pytest.raises(Unreadable) as refused:
        read(_book(fill), "x")
    assert refused.value.code == "too_large"


# -------------------------------------------------------------------------------------------------------- web pages


def test_web_page_spans_scripts_hidden_parts_and_breaks() -> None:
    page = """<html><head><title>不要</title><style>p{}</style></head><body><nav>导航</nav>
    <div>一、概况<br>本单位<b>编制</b>8人。<script>var a="脚本"</script></div><p style="display: none">隐藏</p>
    <table><caption>三公经费表</caption>
    <tr><th rowspan=2>项目<th colspan=2>金额</tr><tr><th>预算<th>决算</tr>
    <tr><td>公务接待费<td>0.10<td><p>0.05</p><p>（执行）</p></tr></table></body></html>"""
    found, grids = reading(page.encode())
    assert found == ["一、概况", "本单位编制8人。", "三公经费表"]
    assert grids == [
        [["项目", "金额", ""], ["", "预算", "决算"], ["公务接待费", "0.10", "0.05\n（执行）"]],
    ]


def test_web_page_table_that_only_arranges_the_page() -> None:
    inner = "<table><tr><td>项目<td>金额</tr><tr><td>合计<td>1.00</tr></table>"
    found, grids = reading(f"<html><table><tr><td>左栏</td><td><p>标题</p>{inner}</td></tr></table>".encode())
    assert found == ["左栏", "标题"]
    assert grids == [[["项目", "金额"], ["合计", "1.00"]]]


@pytest.mark.parametrize(
    ("charset", "meta"),
    [("gb18030", "gb2312"), ("utf-8", "utf-8"), ("utf-8", "gb2312"), ("gb18030", None), ("utf-16", None)],
)
def test_web_page_charset_named_wrong_or_not_at_all(charset: str, meta: str | None) -> None:
    named = f'<meta http-equiv="Content-Type" content="text/html; charset={meta}">' if meta else ""
    found, _ = reading(f"<html>{named}<body><p>预算数12.3万元——株洲市</p></body></html>".encode(charset))
    assert found == ["预算数12.3万元——株洲市"]


def test_web_page_spans_without_bound_stay_within_the_table() -> None:
    page = "<html><table><tr><td rowspan=99999 colspan=99999>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>"
    (grid,) = reading(page.encode())[1]
    assert len(grid) == 2
    assert [text for row in grid for text in row if text] == ["甲", "乙", "丙"]
