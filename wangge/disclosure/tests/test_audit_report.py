"""The four shapes of a result: the same findings in each, nothing of a document can act, personal data stays out."""

import io
import json
import re
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from wangge.disclosure.documents import report as shapes
from wangge.disclosure.documents.model import Place
from wangge.disclosure.documents.report import html, marks, packed, sheet, view
from wangge.disclosure.documents.report import table as terminal
from wangge.disclosure.documents.report.mask import masked
from wangge.disclosure.tests import audit_sample as sample

CONTRACT = ("file", "kind", "unit", "year", "money_unit", "tables", "checks", "findings", "not_understood")


def test_the_json_is_the_contract_and_says_every_number_as_printed():
    told = json.loads(json.dumps(shapes.as_json(sample.report())))
    assert [key for key in CONTRACT if key not in told] == []
    assert told["checks"]["run"] == 4
    assert (told["checks"]["passed"], told["checks"]["rounding"], told["checks"]["failed"]) == (1, 1, 2)
    table = told["tables"][0]
    assert {"id", "title", "rows", "columns", "place"} <= table.keys()
    row = next(r for r in table["rows"] if r["code"] == "20103")
    assert row["cells"]["基本支出"] == {
        "text": "199.00",
        "number": 199.0,
        "place": {"page": 2, "table": 1, "row": 3, "column": 4},
    }
    wanted = ("rule", "severity", "confidence", "where", "printed", "expected", "difference", "formula", "quote")
    assert all(set(wanted) <= f.keys() for f in told["findings"])
    assert told["findings"][0]["places"][0] == {"page": 2, "table": 1, "row": 4, "column": 3}
    assert told["coverage"] == {"cells_seen": 100, "cells_read": 98, "share": 0.98}
    assert told["figures"][0]["number"] == 407.36
    assert told["not_understood"][0]["why"] == "表头无法辨认"
    assert told["sha256"] == sample.SHA


@pytest.mark.parametrize("shape", ["json", "html", "table", "xlsx"])
def test_no_shape_passes_on_identity_or_mobile_numbers(shape):
    report = sample.report()
    said = {
        "json": lambda: json.dumps(shapes.as_json(report), ensure_ascii=False),
        "html": lambda: shapes.as_html(report),
        "table": lambda: shapes.as_table(report),
        "xlsx": lambda: "".join(
            zipfile.ZipFile(io.BytesIO(shapes.as_xlsx(report))).read(n).decode(errors="replace")
            for n in zipfile.ZipFile(io.BytesIO(shapes.as_xlsx(report))).namelist()
        ),
    }[shape]()
    assert sample.PHONE not in said
    assert sample.IDENTITY not in said
    if shape != "table":
        assert "138****5678" in said


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"联系人{sample.PHONE}。", "联系人138****5678。"),
        ("138 1234 5678", "138 **** 5678"),
        (sample.IDENTITY, "430204**********31"),
        ("43020419900307773X", "430204**********3X"),
        ("0731-28100000", "0731-28100000"),
        ("13812345678.90", "13812345678.90"),
        ("13,812,345,678", "13,812,345,678"),
        ("430204005001001", "430204005001001"),
        ("合计", "合计"),
    ],
)
def test_what_is_masked_and_what_is_not(text, kept):
    assert masked(text) == kept
    assert len(masked(text)) == len(text)


def test_the_page_marks_each_finding_where_it_stands_and_escapes_the_document():
    page = shapes.as_html(sample.report())
    assert page.count("<script>") == 1
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "<b>其中</b>" not in page
    assert "&lt;b&gt;其中&lt;/b&gt;" in page
    assert re.search(r'class="doc-hit num" data-severity="error"><a id="m1"', page)
    assert re.search(r'<a id="m2" class="doc-at"></a><mark data-severity="suspicious">收入预算407\.36万元</mark>', page)
    assert 'title="错误：合计与各列之和不符。"' in page
    for number in (1, 2, 3, 4):
        assert f'id="f{number}"' in page
    assert 'href="#m4"' not in page, "a finding that stands nowhere leads nowhere"
    assert len(set(re.findall(r'\bid="([^"]+)"', page))) == len(re.findall(r'\bid="([^"]+)"', page))


def test_two_findings_on_overlapping_words_share_one_mark():
    source = sample.source()
    at = (Place(page=1, line=2),)
    made = view.document(
        source,
        [
            marks.Mark(1, "rounding", at, "收入预算407.36万元"),
            marks.Mark(2, "error", at, "407.36万元"),
            marks.Mark(3, "suspicious", at, "没有这样一句"),
        ],
    )
    assert made.count("<mark") == 1
    assert '<mark data-severity="error">收入预算407.36万元</mark>' in made
    assert '<p class="doc-hit" data-severity="suspicious"><a id="m3"' in made


@pytest.mark.parametrize(
    ("place", "spot"),
    [
        (Place(table=1, row=4, column=3), (3, 3, 2)),
        (Place(table=1, row=4), (3, 3, 0)),
        (Place(table=1, row=4, column=99), (3, 3, 0)),
        (Place(table=1), (3, -1, -1)),
        (Place(page=1, line=2), (1, -1, -1)),
        (Place(page=1, line=9), (1, -1, -1)),
        (Place(page=2, line=3), (2, -1, -1)),
        (Place(page=2), (2, -1, -1)),
        (Place(page=9, line=1), None),
        (Place(), None),
    ],
)
def test_a_place_leads_to_the_printed_thing_nearest_to_it(place, spot):
    found = marks.Marked(sample.source(), [marks.Mark(1, "error", (place,))])
    assert list(found.at) == ([spot] if spot else [])
    assert found.lost == (set() if spot else {1})


def test_the_workbook_has_four_sheets_with_numbers_as_numbers_and_formulas_as_text():
    made = shapes.as_xlsx(sample.report())
    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    assert book.sheet_names == ["发现", "表格", "检查", "未识别"]
    found, tables, checks, gaps = (book.get_sheet_by_name(n).to_python() for n in book.sheet_names)
    assert [row[2] for row in found[1:]] == ["B10", "N01", "B12", "T06"]
    assert found[1][12] == "C5"
    assert tables[4][2] == 1299.01
    assert tables[4][0] == "=1+1"
    assert checks[-1][:5] == ["合计", 4, 1, 1, 2]
    assert gaps[1][1] == "表头无法辨认"
    parts = {
        n: zipfile.ZipFile(io.BytesIO(made)).read(n).decode() for n in zipfile.ZipFile(io.BytesIO(made)).namelist()
    }
    assert not any("<f>" in text for text in parts.values())
    assert any("1. 错误 B10：合计与各列之和不符。" in text for name, text in parts.items() if "comment" in name)
    assert made == shapes.as_xlsx(sample.report())


def test_the_terminal_shows_colours_only_when_asked_and_names_what_was_not_understood():
    plain, coloured = (shapes.as_table(sample.report(), colour=c) for c in (False, True))
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    for word in ("错误", "疑点", "尾差", "B10", "1,299.01", "未识别：第3张表", "98/100"):
        assert word in plain
    assert "错误" not in shapes.as_table(sample.report(clean=True))


def test_rankings_list_the_documents_and_why_some_could_not_be_judged():
    rows = [
        shapes.summary(sample.report()) | {"link": "甲#1 100%.html"},
        {"file": "<坏>.pdf", "sentence": "文件已损坏。"},
    ]
    page, text = html.ranking(rows), terminal.ranking(rows)
    assert 'href="%E7%94%B2%231%20100%25.html"' in page
    assert "&lt;坏&gt;.pdf" in page
    assert "文件已损坏" in text
    assert "示例单位" in text
    lines = CalamineWorkbook.from_filelike(io.BytesIO(sheet.ranking(rows))).get_sheet_by_index(0).to_python()
    assert lines[1][5:8] == [1, 2, 1]
    assert lines[2][8] == "文件已损坏。"


def test_a_packed_source_comes_back_the_same():
    source = sample.source()
    assert packed.unpack(packed.pack(source)) == source
