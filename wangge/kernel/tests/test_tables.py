"""Tables: every kind of cell, headers in any order, faults with their place, round trips, nothing that can act."""

import csv
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from wangge.kernel.errors import Refusal
from wangge.kernel.tables import REASON, ZONE, Column, error_file, read, template, write_csv, write_xlsx

COLUMNS = (
    Column("code", "编号", "code", required=True, aliases=("代码",)),
    Column("name", "名称", required=True, max_length=10),
    Column("count", "数量", "int"),
    Column("price", "单价", "decimal"),
    Column("on", "日期", "date"),
    Column("at", "时间", "datetime"),
    Column("open", "是否开放", "bool"),
    Column("kind", "类别", "choice", choices={"new": "新", "old": "旧"}),
)
FULL = {
    "code": "430204005001003",
    "name": "甲",
    "count": 12,
    "price": Decimal("12.50"),
    "on": date(2026, 5, 6),
    "at": datetime(2026, 5, 6, 9, 30, tzinfo=ZONE),
    "open": True,
    "kind": "old",
}

# A busy machine is no failure.


def sheet(*rows) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet()
    for n, row in enumerate(rows):
        for m, cell in enumerate(row):
            page.write(n, m, cell)
    book.close()
    return out.getvalue()


def csv_bytes(rows) -> bytes:
    return b"".join(write_csv(COLUMNS, rows))


@pytest.mark.parametrize("write", [lambda rows: write_xlsx(COLUMNS, rows, "表"), csv_bytes], ids=["xlsx", "csv"])
def test_what_is_written_reads_back_the_same(write):
    bare = dict.fromkeys(FULL) | {"code": "007", "name": "=1+1"}
    result = read(write([FULL, bare, [*FULL.values()]]), "a", COLUMNS)
    assert result.errors == []
    assert [row for _, row in result.rows] == [FULL, bare, FULL]
    assert [n for n, _ in result.rows] == [2, 3, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_in_any_encoding_and_separator(encoding, mark):
    text = f"名称{mark}编号\r\n甲乙丙龘{mark}01\r\n"
    assert read(text.encode(encoding), "a.csv", COLUMNS).rows == [(2, {"code": "01", "name": "甲乙丙龘"})]


@pytest.mark.parametrize(
    "head", [("编号", "名称"), ("名称（必填）", "*代码"), (" 名 称 ", "编号："), ("备注", "编号", "名称", "编号")]
)
def test_the_header_is_found_in_any_order_under_a_heading(head):
    cells = ["01" if "号" in h or "码" in h else "甲" if "名" in h else "x" for h in head]
    result = read(sheet(["某某登记表"], [], head, [], cells), "a.xlsx", COLUMNS)
    assert [(n, row) for n, row in result.rows] == [(5, {"code": "01", "name": "甲"})]


CELLS = [
    ("count", "1,234", 1234),
    ("count", 5.0, 5),
    ("count", "五", "应为整数"),
    ("count", 5.5, "应为整数"),
    ("price", 0.1, Decimal("0.1")),
    ("price", "1，234.5", Decimal("1234.5")),
    ("price", "NaN", "应为数字"),
    ("price", "１２.５", Decimal("12.5")),
    ("on", "2026年5月6日", date(2026, 5, 6)),
    ("on", "2026/5/6", date(2026, 5, 6)),
    ("on", 20260506, date(2026, 5, 6)),
    ("on", "2026-02-30", "日期无法识别"),
    ("at", "2026-05-06 09:30", datetime(2026, 5, 6, 9, 30, tzinfo=ZONE)),
    ("open", "是", True),
    ("open", "√", True),
    ("open", 0, False),
    ("open", "也许", "“是”或“否”"),
    ("kind", "new", "new"),
    ("kind", "新", "new"),
    ("kind", "中", "只能填：新、旧"),
    ("code", 430204005001003, "430204005001003"),
    ("code", 4302040050010031, "丢失末位"),
    ("code", "12 3", "数字和字母"),
    ("name", "一二三四五六七八九十一", "最多 10 个字"),
]


@pytest.mark.parametrize(("key", "cell", "expected"), CELLS)
def test_cells(key, cell, expected):
    titles = {c.key: c.title for c in COLUMNS}
    row = {"编号": "01", "名称": "甲", titles[key]: cell}
    result = read(sheet([*row], [*row.values()]), "a.xlsx", COLUMNS)
    if isinstance(expected, str) and result.errors:
        (fault,) = result.errors
        assert (fault.row, fault.column) == (2, titles[key])
        assert fault.value
        assert expected in fault.sentence
        assert result.rows == []
    else:
        assert result.rows[0][1][key] == expected


def test_the_file_of_refused_rows_can_be_corrected_and_sent_again():
    data = sheet(
        ["编号", "备注", "名称", "数量"],
        ["01", "a", "甲", 1],
        ["02", "b", "", "x"],
        ["03", "=c", "丙", 3],
        ["04", "d", "丁", 4],
    )
    result = read(data, "a.xlsx", COLUMNS)
    assert [(f.row, f.column) for f in result.errors] == [(3, "名称"), (3, "数量")]
    result.refuse(5, "code", "编号已存在。")
    assert [n for n, _ in result.rows] == [2, 4]
    refused = error_file(result)
    lines = CalamineWorkbook.from_filelike(io.BytesIO(refused)).get_sheet_by_index(0).to_python()
    assert lines == [
        ["编号", "备注", "名称", "数量", REASON],
        ["02", "b", "", "x", "原第 3 行；名称：必填，不能为空。；数量：应为整数，例如 12。"],
        ["04", "d", "丁", "4", "原第 5 行；编号：编号已存在。"],
    ]
    again = read(refused, "b.xlsx", COLUMNS)
    assert [row for _, row in again.rows] == [{"code": "04", "name": "丁", "count": 4}]
    assert REASON not in again.titles


BAD = [
    (b"", "table_empty"),
    (sheet([]), "table_empty"),
    (sheet(["编号", "数量"], ["01", 1]), "table_columns_missing"),
    ("甲,乙\r\n1,2".encode(), "table_columns_missing"),
    (b"PK\x03\x04 no zip", "table_damaged"),
    (sheet(["编号", "名称"])[:500], "table_damaged"),
    (b"\x00\x01\x02\xff\xff", "table_kind"),
    (b"a" * (64 * 1024 * 1024 + 1), "table_too_large"),
]


@pytest.mark.parametrize(("data", "code"), BAD, ids=[c for _, c in BAD])
def test_what_is_no_table_is_refused(data, code):
    with pytest.raises(Refusal) as refused:
        read(data, "a", COLUMNS)
    assert refused.value.code == code


def test_nothing_in_a_written_table_can_act():
    evil = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
    columns = [Column("t", "说明")]
    text = b"".join(write_csv(columns, [[e] for e in evil])).decode("utf-8-sig")
    assert all(row[0][0] == "'" for row in list(csv.reader(io.StringIO(text, newline="")))[1:])
    with zipfile.ZipFile(io.BytesIO(write_xlsx(columns, [[e] for e in evil], "=a"))) as z:
        page = z.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "hyperlink" not in page


def test_equal_rows_give_equal_bytes():
    assert write_xlsx(COLUMNS, [FULL], "表") == write_xlsx(COLUMNS, [FULL], "表")


def test_an_empty_template_reads_as_no_rows_and_explains_itself():
    data = template(COLUMNS, "导入[模板]")
    assert read(data, "a.xlsx", COLUMNS).rows == []
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names[1] == "填写说明"
    assert book.get_sheet_by_index(1).to_python()[0][0] == "编号（必填）"


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=9), max_size=6)
)
def test_any_text_survives_a_round_trip(texts):
    columns = [Column("n", "序", "int", required=True), Column("t", "文")]
    kept = [t.strip() or None for t in texts]
    rows = [[n, t] for n, t in enumerate(texts, 1)]
    found = read(write_xlsx(columns, rows, "表"), "a.xlsx", columns)
    assert [row["t"] for _, row in found.rows] == [
        k[1:] if k and k[0] == "'" and k[1:2] in ("=", "+", "-", "@") else k for k in kept
    ]
