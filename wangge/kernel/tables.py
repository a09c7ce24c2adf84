"""Tables in and out: XLSX and CSV, read row by row with every fault named, written so that nothing in them can act.

Pure Python. Reading never stops at the first fault: what is right comes back as rows, what is wrong goes into a file
that can be corrected and sent again.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, Literal

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from wangge.kernel import sniff
from wangge.kernel.errors import Refusal

Kind = Literal["text", "int", "decimal", "date", "datetime", "bool", "choice", "code"]
ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 500_000
REASON = "未通过原因"
_HEADER_SEARCH = 10


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `choices` maps stored value → label (both are read); `code` is digits kept as text, zeros and all."""

    key: str
    title: str
    kind: Kind = "text"
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    help: str = ""
    aliases: tuple[str, ...] = ()
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell: the row as numbered in the sheet (1 is its first line), title, value, sentence."""

    row: int
    column: str
    value: str
    sentence: str


@dataclass(slots=True)
class Result:
    """`rows`: (row number, values by key) of every sound row. `errors`: every fault. `refused`: their raw cells."""

    columns: Sequence[Column]
    titles: list[str]
    rows: list[tuple[int, dict[str, Any]]]
    errors: list[Fault]
    refused: dict[int, list[str]]
    raw: dict[int, list[str]] = field(default_factory=dict)

    def refuse(self, row: int, column: str, sentence: str) -> None:
        """Refuse a row that read well but that a rule turned down; `column` is a key."""
        title = next((c.title for c in self.columns if c.key == column), column)
        cells = self.raw.get(row, [])
        at = self.titles.index(title) if title in self.titles else -1
        self.errors.append(Fault(row, title, cells[at] if 0 <= at < len(cells) else "", sentence))
        self.refused[row] = cells
        self.rows = [r for r in self.rows if r[0] != row]


def read(stream: bytes | BinaryIO, name: str, columns: Sequence[Column]) -> Result:
    """Read a table. The header is found by title or alias, in any order, within the first ten lines.

    Raises `Refusal`: `table_too_large` (413), `table_kind`, `table_damaged`, `table_empty`, `table_columns_missing`.
    """
    data = stream if isinstance(stream, bytes) else stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refusal("table_too_large", "表格超过 64 MB，请拆分后分次导入。", field="file", value=name, status=413)
    lines = _xlsx_lines(data, name) if data.startswith(b"PK") else _csv_lines(data, name)
    head, titles, places = _header(lines, columns, name)
    result = Result(columns, titles, [], [], {})
    by_title = [(c, places[c.key]) for c in columns if c.key in places]
    for number, cells in lines:
        if number <= head or not any(_shown(c) for c in cells):
            continue
        if len(result.rows) + len(result.refused) >= MAX_ROWS:
            raise Refusal("table_too_large", f"表格超过 {MAX_ROWS} 行，请拆分后分次导入。", field="file", status=413)
        values: dict[str, Any] = {}
        faults = []
        for column, at in by_title:
            cell = cells[at] if at < len(cells) else None
            try:
                values[column.key] = _value(column, cell)
            except _Wrong as wrong:
                faults.append(Fault(number, column.title, _shown(cell), str(wrong)))
        shown = [_shown(c) for c in cells[: len(titles)]]
        result.raw[number] = shown
        if faults:
            result.errors += faults
            result.refused[number] = shown
        else:
            result.rows.append((number, values))
    return result


def read_cell(column: Column, cell: object) -> tuple[Any, str]:
    """(the value of one cell, ""), or (None, the sentence that says what is wrong with it)."""
    try:
        return _value(column, cell), ""
    except _Wrong as wrong:
        return None, str(wrong)


def error_file(result: Result) -> bytes:
    """An XLSX of the refused rows only, as they were, with the reasons beside them; corrected, it can be read again."""
    reasons: dict[int, list[str]] = {}
    for fault in result.errors:
        reasons.setdefault(fault.row, []).append(f"{fault.column}：{fault.sentence}")
    width = len(result.titles)
    columns = [Column(str(i), title) for i, title in enumerate(result.titles)]
    columns.append(Column("reason", REASON))
    rows = (
        [*(cells + [""] * width)[:width], "；".join([f"原第 {number} 行", *reasons.get(number, [])])]
        for number, cells in sorted(result.refused.items())
    )
    return write_xlsx(columns, rows, "未通过的行")


def template(columns: Sequence[Column], title: str) -> bytes:
    """An empty XLSX to fill in, with each column's help as a second sheet."""
    return write_xlsx(columns, [], title, notes=True)


def write_xlsx(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any] | Sequence[Any]], title: str, *, notes: bool = False
) -> bytes:
    """An XLSX of one sheet. Rows are mappings by key or sequences in column order; written in constant memory.

    Text is always written as text: a cell that begins with `=` stays a text, and long codes keep every digit.
    """
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 (equal content, equal bytes)
    head = book.add_format({"bold": True, "bg_color": "#EEF2F7", "border": 1, "text_wrap": True, "valign": "vcenter"})
    text = book.add_format({"num_format": "@"})
    formats = {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "datetime": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "decimal": book.add_format({"num_format": "#,##0.00"}),
    }
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "表")
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        wide = {"datetime": 17, "date": 12, "code": 20}.get(column.kind, min(40, max(10, 2 * len(column.title) + 4)))
        sheet.set_column(at, at, wide, text if column.kind in ("text", "code", "choice") else None)
        sheet.write_string(0, at, column.title, head)
    for line, row in enumerate(rows, 1):
        for at, value in enumerate(cells(columns, row)):
            column = columns[at]
            if value is None or value == "":
                continue
            if isinstance(value, bool):
                sheet.write_string(line, at, "是" if value else "否")
            elif isinstance(value, datetime):
                sheet.write_datetime(line, at, naive(value), formats["datetime"])
            elif isinstance(value, date):
                sheet.write_datetime(line, at, value, formats["date"])
            elif (
                isinstance(value, int | float | Decimal)
                and column.kind in ("int", "decimal")
                and -(10**15) < value < 10**15
            ):
                sheet.write_number(line, at, value, formats["decimal"] if column.kind == "decimal" else None)
            else:
                sheet.write_string(line, at, _legal(label(column, value))[:32767], text)
    if notes:
        page = book.add_worksheet("填写说明")
        for line, column in enumerate(columns):
            page.write_string(line, 0, column.title + ("（必填）" if column.required else ""))
            page.write_string(line, 1, column.help or "、".join(column.choices.values()))
    book.close()
    return out.getvalue()


def write_csv(columns: Sequence[Column], rows: Iterable[Mapping[str, Any] | Sequence[Any]]) -> Iterator[bytes]:
    """A CSV in pieces, UTF-8 with a mark so that office programs read it. `=…` becomes `'=…`; long codes get a tab."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([_safe(c.title) for c in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow([_csv_cell(columns[at], value) for at, value in enumerate(cells(columns, row))])
        if number % 500 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


# ---- reading ------------------------------------------------------------------------------------------------------


class _Wrong(ValueError):
    """Its text is the sentence for the cell."""


def _xlsx_lines(data: bytes, name: str) -> list[tuple[int, list[Any]]]:
    if not sniff.zip_is_sane(data):
        raise Refusal(
            "table_damaged", "表格已损坏，无法打开。请用表格软件另存为 xlsx 后再导入。", field="file", value=name
        )
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        return list(enumerate(sheet.to_python(skip_empty_area=False), 1))
    except (CalamineError, ValueError, OSError, IndexError) as error:
        sentence = "表格已损坏，无法打开。请用表格软件另存为 xlsx 后再导入。"
        raise Refusal("table_damaged", sentence, field="file", value=name) from error


def _csv_lines(data: bytes, name: str) -> list[tuple[int, list[Any]]]:
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            first = text.split("\n", 1)[0]
            mark = max(",\t;", key=first.count)
            try:
                return list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark), 1))
            except csv.Error:
                break
    raise Refusal("table_kind", "只能导入 xlsx 或 csv 表格。", field="file", value=name)


def _plain(title: object) -> str:
    return re.sub(r"[\s*＊:：]|[（(](必填|选填)[)）]", "", str(title or "")).lower()


def _header(
    lines: list[tuple[int, list[Any]]], columns: Sequence[Column], name: str
) -> tuple[int, list[str], dict[str, int]]:
    known = {_plain(t): c.key for c in columns for t in (c.title, *c.aliases)}
    best: tuple[int, int, dict[str, int], list[Any]] = (0, 0, {}, [])
    for number, cells in lines[:_HEADER_SEARCH]:
        places: dict[str, int] = {}
        for at, cell in enumerate(cells):
            if (found := known.get(_plain(cell))) is not None:
                places.setdefault(found, at)
        if len(places) > best[0]:
            best = (len(places), number, places, cells)
    if not lines or not any(_shown(c) for _, cells in lines for c in cells):
        raise Refusal("table_empty", "表格是空的。请下载模板，填写后再导入。", field="file", value=name)
    _, number, places, cells = best
    lost = [c.title for c in columns if c.required and c.key not in places]
    if lost or not places:
        wanted = "、".join(lost or [c.title for c in columns])
        raise Refusal("table_columns_missing", f"表头缺少：{wanted}。请按模板的表头填写。", field="file", value=name)
    by_place = {at: next(c.title for c in columns if c.key == k) for k, at in places.items()}
    titles = [by_place.get(at, _shown(cell)) for at, cell in enumerate(cells)]
    while titles and (not titles[-1] or titles[-1] == REASON):
        titles.pop()
    return number, titles, places


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if (cell.hour, cell.minute, cell.second) == (0, 0, 0) else f"{cell:%Y-%m-%d %H:%M:%S}"
    text = str(cell).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def _value(column: Column, cell: object) -> Any:
    text = _shown(cell)
    if not text:
        if column.required:
            raise _Wrong("必填，不能为空。")
        return None
    value = _READERS[column.kind](column, cell, text)
    if column.max_length and isinstance(value, str) and len(value) > column.max_length:
        raise _Wrong(f"最多 {column.max_length} 个字，现有 {len(value)} 个。")
    return value


def _int(column: Column, cell: object, text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", text.replace(",", "").replace("，", "")):
        raise _Wrong("应为整数，例如 12。")
    return int(text.replace(",", "").replace("，", ""))


def _decimal(column: Column, cell: object, text: str) -> Decimal:
    try:
        value = Decimal(repr(cell) if isinstance(cell, float) else text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise _Wrong("应为数字，例如 12.50。")
    return value


def _datetime(column: Column, cell: object, text: str) -> datetime:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=ZONE)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=ZONE)
    m = re.fullmatch(
        r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]*(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?)?", text
    ) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        if m:
            year, month, day, *clock = (int(g) for g in m.groups() if g)
            return datetime(year, month, day, *clock[:3], tzinfo=ZONE)  # type: ignore[misc, arg-type]
    except ValueError:
        pass
    example = "2026-05-06 09:30" if column.kind == "datetime" else "2026-05-06"
    raise _Wrong(f"日期无法识别，应写成 {example}。")


def _bool(column: Column, cell: object, text: str) -> bool:
    value = {"是": True, "1": True, "true": True, "√": True, "有": True, "y": True, "yes": True}.get(text.lower())
    if value is None:
        value = {"否": False, "0": False, "false": False, "×": False, "无": False, "n": False, "no": False}.get(
            text.lower()
        )
    if value is None:
        raise _Wrong("应填“是”或“否”。")
    return value


def _choice(column: Column, cell: object, text: str) -> str:
    for stored, label in column.choices.items():
        if text in (stored, label):
            return stored
    raise _Wrong(f"只能填：{'、'.join(column.choices.values())}。")


def _code(column: Column, cell: object, text: str) -> str:
    if isinstance(cell, float) and abs(cell) >= 1e15:
        raise _Wrong("数字超过 15 位，表格已丢失末位。请把该列设为文本格式后重新录入。")
    if not re.fullmatch(r"[0-9A-Za-z-]+", text):
        raise _Wrong("只能由数字和字母组成。")
    return text


_READERS: dict[str, Any] = {
    "text": lambda column, cell, text: text,
    "int": _int,
    "decimal": _decimal,
    "date": lambda column, cell, text: _datetime(column, cell, text).date(),
    "datetime": _datetime,
    "bool": _bool,
    "choice": _choice,
    "code": _code,
}


# ---- writing ------------------------------------------------------------------------------------------------------


def cells(columns: Sequence[Column], row: Mapping[str, Any] | Sequence[Any]) -> Iterable[Any]:
    """The values of a row in the order of the columns."""
    return [row.get(c.key) for c in columns] if isinstance(row, Mapping) else row


def naive(value: datetime) -> datetime:
    """The wall clock here, as a spreadsheet holds it."""
    return value.astimezone(ZONE).replace(tzinfo=None) if value.tzinfo else value


def _legal(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)


def label(column: Column, value: Any) -> str:
    """A value as its column words it."""
    return column.choices.get(value, str(value)) if column.kind == "choice" else str(value)


def _safe(text: str) -> str:
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _csv_cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{naive(value):%Y-%m-%d %H:%M:%S}"
    if column.kind in ("int", "decimal", "date") and not isinstance(value, str):
        return str(value)
    text = _legal(label(column, value))
    if re.fullmatch(r"\d{12,}", text):
        return "\t" + text
    return _safe(text)
