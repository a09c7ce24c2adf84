"""Odd sheets as offices send them: title lines, merged cells, many columns, other encodings, nothing at all."""

import io

import pytest
import xlsxwriter

from wangge.kernel.errors import Refusal
from wangge.registry.rules import import_sheets, imports

TITLES = ["序号", "姓名", "身份证号", "联系电话"]
ROW = ["1", "苗禾青", "430204199005279012", "14200000001"]


def book(lines, merged=()):
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream)
    sheet = made.add_worksheet()
    for at, cells in enumerate(lines):
        sheet.write_row(at, 0, cells)
    for place, text in merged:
        sheet.merge_range(place, text)
    made.close()
    return stream.getvalue()


def guessed(sheet):
    return imports.guess(sheet.titles, imports.PEOPLE, sheet.sample())


def test_a_merged_title_and_a_line_of_who_filled_it_in_stand_before_the_header():
    sheet = import_sheets.read(
        book([[], ["填报单位：演示派出所"], TITLES, ROW], [("A1:D1", "人口信息采集表")]), "a.xlsx", imports.PEOPLE
    )
    assert (sheet.header_row, sheet.titles, sheet.frame.height) == (3, TITLES, 1)
    assert guessed(sheet) == {1: "name", 2: "id_number", 3: "phone"}
    assert sheet.frame[import_sheets.ROW].to_list() == [4]


def test_merged_cells_within_the_rows_are_not_filled_in_by_guessing():
    lines = [TITLES, ROW, ["2", "苗禾田", "430204199005279039", ""], ["", "", "", ""]]
    sheet = import_sheets.read(book(lines, [("D2:D3", "14200000001")]), "a.xlsx", imports.PEOPLE)
    assert sheet.frame["3"].to_list() == ["14200000001", None]


def test_two_lines_of_titles_keep_the_one_that_names_most():
    lines = [["", "基本信息", "", "联系"], TITLES, ROW]
    assert import_sheets.read(book(lines), "a.xlsx", imports.PEOPLE).header_row == 2


def test_sixty_five_columns_are_read_and_those_that_say_nothing_left_alone():
    titles = [*TITLES, *(f"采集项{n}" for n in range(61))]
    sheet = import_sheets.read(book([titles, [*ROW, *["是"] * 61]]), "a.xlsx", imports.PEOPLE)
    assert len(sheet.titles) == 65
    assert guessed(sheet) == {1: "name", 2: "id_number", 3: "phone"}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_a_text_file_of_any_office_program(encoding, mark):
    text = "\r\n".join(mark.join(cells) for cells in ([*TITLES], ["1", "𠮷田😀", ROW[2], ROW[3]]))
    sheet = import_sheets.read(text.encode(encoding), "a.csv", imports.PEOPLE)
    assert sheet.frame.row(0) == (2, "1", "𠮷田😀", ROW[2], ROW[3])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   \n",
        b"\x00\x01\x02",
        b"PK\x03\x04rest",
        b"\xd0\xcf\x11\xe0" + b"0" * 600,
        b"%PDF-1.7",
        b"\xff\xfe",
        b"a" * 10,
    ],
)
def test_what_is_no_sheet_is_refused_with_what_to_do(data):
    with pytest.raises(Refusal) as refused:
        import_sheets.read(data, "a.xlsx", imports.PEOPLE)
    assert refused.value.sentence.endswith("。")
    assert refused.value.field == "file"


def test_the_same_title_twice_is_read_once():
    sheet = import_sheets.read(
        book([["姓名", "姓名", "身份证号"], ["苗禾青", "苗禾田", ROW[2]]]), "a.xlsx", imports.PEOPLE
    )
    assert sorted(guessed(sheet).values()) == ["id_number", "name"]
