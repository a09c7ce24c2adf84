"""Published documents of seven offices: tables as they were once compared by eye with their printed pages.

The snapshot holds place, size and a digest of the cells of each table, no sentence of the documents. Of the 88 evaluation
forms of one office, which share a layout, nine were compared; all other tables were compared one by one.
"""

import hashlib
import json
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest

from wangge.disclosure.documents.model import Grid, Source
from wangge.disclosure.documents.reading import read
from wangge.disclosure.tests.reading_samples import SHARED, lines

FOLDER = SHARED / "data" / "documents"
SNAPSHOT = Path(__file__).with_name("reading_snapshot.json")
FILES = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the published documents are not beside the project")


@lru_cache(maxsize=16)
def published(name: str) -> Source:
    (path,) = FOLDER.glob(f"{name}*")
    return read(path.read_bytes(), path.name)


def grids(name: str) -> list[Grid]:
    return [block for block in published(name).blocks if isinstance(block, Grid)]


def print_of(name: str) -> list[list[object]]:
    """Page, rows, columns and digest of each table."""
    found: list[list[object]] = []
    for grid in grids(name):
        cells = "\x1f".join("\x1e".join(cell.text for cell in row) for row in grid.rows)
        digest = hashlib.sha256(cells.encode()).hexdigest()[:12]
        found.append([grid.place.page, len(grid.rows), max(map(len, grid.rows)), digest])
    return found


@pytest.mark.parametrize("name", sorted(FILES))
def test_tables_are_those_compared_by_eye(name: str) -> None:
    assert print_of(name) == FILES[name]


@pytest.mark.parametrize(
    ("name", "page", "row"),
    [
        ("putuo_finance", 8, ["201", "06", "01", "行政运行", "1,511.90", "1,511.89", "", "", "", "", "0.01"]),
        ("putuo_finance", 9, ["221", "02", "03", "购房补贴", "258.50", "258.50", "", "", "", "", ""]),
        ("putuo_finance", 17, ["人员经费合计", "", "", "2,152.26", "公用经费合计", "", "", "184.65"]),
        ("putuo_wanli", 18, ["合计", "", "", "", "189,767,551", "101,341,746", "88,425,805"]),
        ("putuo_wanli", 29, ["37.91", "0", "1.35", "36.56", "15", "21.56", "464.64"]),
        ("005", 6, ["收入总计", "3,944.08", "支出总计", "3,944.08"]),
        ("015", 14, ["201", "40", "01", "行政运行", "1,517.95", "1,517.95", "", "", "", ""]),
        ("015", 16, ["收 入 总 计", "1,935.36", "支 出 总 计", "1,935.36", "1,935.36", "", ""]),
        ("020", 158, ["", "人员经费合计", "96,513.21", "", "", "", "", "公用经费合计", "2,093.08"]),
        ("020", 161, ["决算数", "587.55", "", "587.44", "136.48", "450.96", "0.11", "86.81", "2,795.78"]),
        ("022", 21, ["0.00"] * 6 + ["0.16", "0.00", "0.00", "0.00", "0.00", "0.16"]),
    ],
)
def test_rows_as_printed(name: str, page: int, row: list[str]) -> None:
    found = [
        [cell.text for cell in printed]
        for grid in grids(name)
        for printed in grid.rows
        if printed[0].place.page == page
    ]
    assert row in found


@pytest.mark.parametrize("name", ["005", "015", "020", "022", "putuo_finance", "putuo_wanli"])
def test_no_figure_is_lost_or_moved_between_columns(name: str) -> None:
    """In every table of functional codes each column of figures adds up from its classes to its printed total."""
    compared = 0
    for grid in grids(name):
        rows = [[cell.text.replace("\n", "") for cell in row] for row in grid.rows]
        header = "".join("".join(row) for row in rows[:4])
        if "项目支出" not in header or "指标" in header:
            continue
        totals = [row for row in rows if "合计" in row[:4] and any("." in text for text in row)]
        classes = [
            row
            for row in rows
            if row[0] in {"201", "205", "208", "210", "214", "221", "229"} and not row[1].isdecimal()
        ]
        if len(totals) != 1 or not classes:
            continue
        for column in range(4, len(rows[0])):
            figures = [row[column].replace(",", "") for row in [*totals, *classes]]
            if figures[0] and all(text.replace(".", "", 1).isdecimal() or not text for text in figures):
                total, *parts = (Decimal(text or 0) for text in figures)
                assert abs(total - sum(parts)) <= Decimal("0.01") * len(parts)
                compared += 1
    assert compared or name in ("005", "putuo_wanli")


@pytest.mark.parametrize(
    ("name", "count", "pages", "text"),
    [
        ("002", 0, 9, "比2025年年初预算数69043.50万元增加2050.67万元，增长2.97%"),
        ("putuo_finance", 10, 25, "年初预算为62.29万元，支出决算为60.99万元"),
        ("015", 10, 32, "“三公”经费预算数为8.00万元"),
        ("020", 101, 171, "完成年初预算的212.65%"),
        ("scanned_1", 0, 1, "88777380"),
    ],
)
def test_narrative_over_lines_and_pages(name: str, count: int, pages: int, text: str) -> None:
    assert (len(grids(name)), published(name).pages) == (count, pages)
    assert any(text in line.replace(" ", "") for line in lines(published(name)))


def test_page_with_nothing_but_a_picture_is_named() -> None:
    assert [place.page for _, place in published("020").problems] == [8]


def test_each_projects_goals_are_printed_on_several_pages_and_counted_once() -> None:
    table = next(grid for grid in grids("015") if grid.place.page == 22)
    amounts = [row[2].text for row in table.rows if row[2].text]
    assert amounts == ["资金总额", "417.41", "417.41", "35.78", "10.22", "102.80", "138.11"]
