"""From the bytes of a sheet to a frame of texts, every cell as a person would read it. Pure."""

import csv
import io
from dataclasses import dataclass
from itertools import zip_longest

import fastexcel
import polars as pl

from wangge.kernel import sniff
from wangge.kernel.errors import Refusal
from wangge.kernel.tables import MAX_BYTES, REASON
from wangge.registry.rules.imports import Target, find_header

MAX_ROWS = 1_000_000
ROW = "_row"


@dataclass(slots=True)
class Sheet:
    """`frame`: one text column a sheet column, named "0", "1" …, and `_row`, the number of the row as the sheet shows it.

    Rows without any text are left out; `header_row` counts from 1.
    """

    titles: list[str]
    header_row: int
    frame: pl.DataFrame

    def sample(self, count: int = 20) -> list[tuple[str | None, ...]]:
        return self.frame.head(count).drop(ROW).rows()


def read(data: bytes, name: str, targets: tuple[Target, ...]) -> Sheet:
    """Read XLSX, XLS, ODS or CSV (UTF-8, UTF-16, GB 18030; comma, tab or semicolon).

    Raises `Refusal`: `table_too_large` (413), `table_kind`, `table_damaged`, `table_empty`.
    """
    if len(data) > MAX_BYTES:
        raise Refusal("table_too_large", "表格超过 64 MB。请拆分后分次导入。", field="file", value=name, status=413)
    is_book = data.startswith((b"PK", b"\xd0\xcf\x11\xe0"))
    raw = _book(data, name) if is_book else _csv(data, name)
    raw = raw.rename({old: str(at) for at, old in enumerate(raw.columns)})
    at = find_header(raw.head(40).rows(), targets)
    if at is None or raw.height <= at + 1:
        raise _empty(name)
    header = [(c or "").strip() for c in raw.row(at)]
    frame = raw.with_row_index(ROW, offset=1).slice(at + 1)
    columns = [c for c in frame.columns if c != ROW]
    frame = frame.with_columns(pl.col(columns).str.strip_chars().replace("", None))
    frame = frame.filter(pl.any_horizontal(pl.col(columns).is_not_null()))
    kept = [c for c in columns if header[int(c)] or frame[c].null_count() < frame.height]
    kept = [c for c in kept if header[int(c)] != REASON]
    frame = frame.select(pl.col(ROW).cast(pl.Int64), *kept)
    if frame.height == 0:
        raise _empty(name)
    if frame.height > MAX_ROWS:
        raise Refusal(
            "table_too_large",
            f"表格有 {frame.height} 行。请拆分为每个不超过 100 万行后分次导入。",
            field="file",
            status=413,
        )
    titles = [header[int(c)] or f"第 {int(c) + 1} 列" for c in kept]
    return Sheet(titles, at + 1, frame.rename({old: str(n) for n, old in enumerate(kept)}))


def _empty(name: str) -> Refusal:
    return Refusal(
        "table_empty", "表格里没有数据。请确认数据在第一张工作表，表头在前 20 行以内。", field="file", value=name
    )


def _book(data: bytes, name: str) -> pl.DataFrame:
    damaged = Refusal(
        "table_damaged", "表格已损坏，无法打开。请用表格软件另存为 xlsx 后再导入。", field="file", value=name
    )
    if data.startswith(b"PK") and not sniff.zip_is_sane(data):
        raise damaged
    try:
        book = fastexcel.read_excel(data)
        sheet = book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string")
        frame = sheet.to_polars()
    except fastexcel.FastExcelError as error:
        raise damaged from error
    if frame.width == 0:
        raise _empty(name)
    # A date cell reads as a moment at midnight; a person reads the day.
    return frame.with_columns(pl.all().cast(pl.String).str.strip_suffix(" 00:00:00"))


def _csv(data: bytes, name: str) -> pl.DataFrame:
    if not data.strip():
        raise _empty(name)
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        mark = max(",\t;", key=text.split("\n", 1)[0].count)
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
        except csv.Error:
            break
        columns = list(zip_longest(*rows))
        return pl.DataFrame({str(at): pl.Series(values, dtype=pl.String) for at, values in enumerate(columns)})
    raise Refusal(
        "table_kind", "只能导入 xlsx、xls、ods 或 csv 表格。请另存为其中一种后再导入。", field="file", value=name
    )
