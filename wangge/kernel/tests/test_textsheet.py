"""Long sheets: read back by the program that reads tables, and equal to what the writer of short ones makes."""

import io
import time
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from wangge.kernel import tables, textsheet
from wangge.kernel.tables import Column

ROWS = [
    ["430204195001269019", "苗禾青", "响田路1号", ""],
    ["", "a&b<c>", "=1+1", "  两端有空格 "],
    ["0012", "第一行\n第二行", "_x0041_", "\x00\x1f😀 全角　"],
    ["", "", "", ""],
    ["x" * 40_000, "", "", "尾"],
]
TITLES = ["公民身份号码", "姓名", "住址", "备注"]


def written(rows):
    stream = io.BytesIO()
    with textsheet.TextSheet(stream, TITLES, "表/一") as sheet:
        for row in rows:
            sheet.write([row])
    assert sheet.rows == len(rows)
    return stream.getvalue()


def read(data):
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    return [[str(c) for c in row] for row in sheet.to_python()]


def test_it_reads_like_a_short_table():
    usual = tables.write_xlsx([Column(str(i), t) for i, t in enumerate(TITLES)], ROWS, "表/一")
    assert read(written(ROWS)) == read(usual)
    assert read(written([])) == [TITLES]


def test_columns_have_the_names_of_a_spreadsheet():
    assert [textsheet._letters(at) for at in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_a_sheet_is_never_longer_than_office_programs_read(monkeypatch):
    monkeypatch.setattr(textsheet, "MOST", 2)
    with pytest.raises(ValueError, match="2 rows"):
        written(ROWS[:3])


def test_memory_does_not_grow_with_the_rows():
    class Nowhere(io.BytesIO):
        def writable(self):
            return True

        def write(self, data):
            return len(data)

    def peak(parts):
        tracemalloc.start()
        with textsheet.TextSheet(Nowhere(), TITLES, "表") as sheet:
            for _ in range(parts):
                sheet.write([[str(time.perf_counter_ns()), "苗禾青", "响田路", "x"]] * 500)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(40) < peak(4) * 1.5


def test_a_long_list_reads_cell_by_cell_like_a_short_one():
    columns = [
        Column("name", "姓名"), Column("birth", "出生", "date"), Column("age", "年龄", "int"),
        Column("area", "面积", "decimal"), Column("seen", "核实", "datetime"), Column("kind", "性质", "choice", choices={"1": "自住"}),
        Column("code", "编码", "code"), Column("is_rented", "出租", "bool"),
    ]  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"name": "苗禾青", "birth": date(1950, 1, 26), "age": 76, "area": Decimal("96.50"), "kind": "1", "is_rented": True,
         "seen": datetime(2026, 3, 10, 1, 30, tzinfo=UTC), "code": "430204005001001"},
        {"name": "=1+1", "birth": None, "age": 0, "area": 12.5, "seen": None, "kind": "9", "code": "", "is_rented": False},
        {"birth": date(1900, 1, 1), "name": "a&b"},
        {"birth": date(1900, 3, 1)},
    ]  # fmt: skip
    long = textsheet.long_xlsx(columns, iter(rows), "表", at_once=3)

    def typed(data):
        return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()

    assert typed(long) == typed(tables.write_xlsx(columns, rows, "表"))
