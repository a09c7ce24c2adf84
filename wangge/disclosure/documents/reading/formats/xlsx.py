"""Workbooks: every visible sheet as the table that is seen, each number as its cell shows it.

Values come from the workbook as they were saved; formulas are never run. Number formats are read from the file because
`0.10` and `0.1` are different prints of one number, and rounding is judged by the print.
"""

import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

import python_calamine
from lxml import etree

from wangge.disclosure.documents.model import Cell, Place, Unreadable
from wangge.disclosure.documents.reading.formats.shape import Line, Piece, Rows, is_caption, is_number, squeeze

_BROKEN = "这个工作簿已损坏，打不开。请用Excel或WPS打开后另存为XLSX再试。"
MOST_CELLS = 2_000_000  # cells of one sheet, blank ones included

_BUILT_IN = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0"}
_BUILT_IN |= {
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: "#,##0",
    42: "#,##0",
    43: "#,##0.00",
    44: "#,##0.00",
}
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]')
_NOTE = re.compile(r"^(?:注|说明|备注)[:：]?")
_PLAIN_NAME = re.compile(r"^(?:sheet|工作表|表格)\s*\d*$", re.I)


@dataclass(slots=True)
class Looks:
    """What the XML of one sheet says beside the values: number formats, hidden rows and columns."""

    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)


def pieces(data: bytes) -> tuple[list[Piece], int]:
    """The lines and tables of the visible sheets, and how many sheets those are.

    Raises Unreadable: `encrypted`, `broken`, `empty`, `too_large`.
    """
    try:
        looks = _looks(data) if data.startswith(b"PK") else []
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except python_calamine.PasswordError as error:
        raise Unreadable("encrypted", "这个工作簿有打开密码。请去掉密码后再试。") from error
    except Unreadable:
        raise
    except Exception as error:  # a damaged archive fails in whatever part of the libraries meets the damage first
        raise Unreadable("broken", _BROKEN) from error
    found: list[Piece] = []
    seen = 0
    with book:
        for index, meta in enumerate(book.sheets_metadata):
            if (
                meta.visible != python_calamine.SheetVisibleEnum.Visible
                or meta.typ != python_calamine.SheetTypeEnum.WorkSheet
            ):
                continue
            seen += 1
            try:
                sheet = book.get_sheet_by_index(index)
            except Exception as error:  # as above
                raise Unreadable("broken", _BROKEN) from error
            look = looks[index] if index < len(looks) else Looks()
            found += _sheet(meta.name, sheet, look)
    if not found:
        raise Unreadable("empty", "这个工作簿里没有可见的内容。请检查是否选错了文件，或工作表是否被隐藏。")
    return found, seen


def _sheet(name: str, sheet: Any, look: Looks) -> Iterator[Piece]:
    rows: list[tuple[Cell, ...]] = []
    top, left = sheet.start or (0, 0)
    merged = {
        (r, c)
        for (r0, c0), (r1, c1) in sheet.merged_cell_ranges or ()
        if (r1 - r0 + 1) * (c1 - c0 + 1) <= MOST_CELLS
        for r in range(r0, min(r1, sheet.total_height) + 1)
        for c in range(c0, min(c1, sheet.total_width) + 1)
        if (r, c) != (r0, c0)
    }
    for r, values in enumerate(sheet.to_python(skip_empty_area=True), top):
        if r in look.rows:
            continue
        place = Place(sheet=name, line=r + 1)
        rows.append(
            tuple(
                Cell("" if (r, c) in merged else shown(value, look.formats.get((r, c), "")), place)
                for c, value in enumerate(values, left)
                if c not in look.columns
            )
        )
    blocks = list(_blocks(rows))
    if isinstance(blocks[0] if blocks else None, Rows) and not _PLAIN_NAME.match(name.strip()):
        yield Line(name.strip(), Place(sheet=name))  # a table without a caption is named by its sheet
    yield from blocks


def _blocks(rows: Sequence[tuple[Cell, ...]]) -> Iterator[Piece]:
    """Runs of rows between blank rows: a table where some row has two cells, with the single cells around it as lines."""
    run: list[tuple[Cell, ...]] = []
    first = True
    for row in [*rows, ()]:
        if any(cell.text.strip() for cell in row):
            run.append(row)
            continue
        if run:
            yield from _run(run, apart=first)
            first = False
        run = []


def _run(rows: Sequence[tuple[Cell, ...]], *, apart: bool) -> Iterator[Piece]:
    full = [index for index, row in enumerate(rows) if sum(bool(cell.text.strip()) for cell in row) > 1]
    wide = [i for i in full if not all(is_caption(cell.text) for cell in rows[i] if cell.text.strip())]
    if not wide:
        yield from _lines(rows)
        return
    start, end = wide[0], wide[-1] + 1
    while end < len(rows) and not _is_note(rows[end]):
        end += 1
    yield from _lines(rows[:start])
    yield Rows(tuple(rows[start:end]), apart=apart)
    yield from _lines(rows[end:])


def _is_note(row: Sequence[Cell]) -> bool:
    """A single text below a table that no row of it would hold: a note, or anything as long as a sentence."""
    texts = [squeeze(cell.text) for cell in row if cell.text.strip()]
    return len(texts) == 1 and not is_number(texts[0]) and (bool(_NOTE.match(texts[0])) or len(texts[0]) > 15)


def _lines(rows: Iterable[Sequence[Cell]]) -> Iterator[Line]:
    for row in rows:
        for cell in row:
            for text in cell.text.splitlines():
                if text.strip():
                    yield Line(text.strip(), cell.place)


# --------------------------------------------------------------------------------------------------- number formats


def shown(value: object, code: str) -> str:
    """What a cell with this value and number format shows."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(Decimal(repr(value)), code)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d" if value.time() == datetime.time() else "%Y-%m-%d %H:%M")
    if isinstance(value, datetime.date):
        return value.strftime("%Y-%m-%d")
    return str(value).replace("_x000D_", "").replace("\r\n", "\n").strip()


def _number(value: Decimal, code: str) -> str:
    sections = _sections(code)
    section = sections[0]
    if len(sections) > 1 and value < 0:
        section = sections[1]
    elif len(sections) > 2 and value == 0:
        section = sections[2]
    before, pattern, after = section
    if pattern is None:
        return _general(value)
    if not pattern:
        return (before + after).strip()
    if "%" in pattern + before + after:
        value *= 100
    decimals = len(re.findall(r"[0#?]", pattern.partition(".")[2]))
    least = pattern.partition(".")[2].count("0")
    rounded = abs(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{rounded:,f}" if "," in pattern.partition(".")[0] else f"{rounded:f}"
    if decimals > least and "." in text:
        whole, _, rest = text.partition(".")
        rest = rest[:least] + rest[least:].rstrip("0")
        text = f"{whole}.{rest}" if rest else whole
    digits = len(re.findall("0", pattern.partition(".")[0]))
    if "," not in pattern and len(text.partition(".")[0]) < digits:
        text = text.rjust(digits + len(text) - len(text.partition(".")[0]), "0")
    sign = "-" if value < 0 and rounded and (len(sections) == 1 or "(" not in before) and "-" not in before else ""
    return f"{sign}{before}{text}{after}".strip()


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[tuple[str, str | None, str], ...]:
    """Each section of a format as the text before its digits, its digits (None: any), and the text after."""
    found: list[tuple[str, str | None, str]] = []
    for section in re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code or "General"):
        plain = _QUOTED.sub(lambda m: (m.group(1) or m.group(2) or "").translate(_HELD), section)
        if "General" in plain or re.search(r"[ymdhs@]", plain):
            found.append(("", None, ""))
            continue
        match = re.search(r"[0#?,.]*[0#][0#?,.]*", plain)
        if match:
            before, after = plain[: match.start()], plain[match.end() :]
            found.append((before.translate(_FREED), match.group(), after.translate(_FREED)))
        else:
            found.append((plain.replace("?", "").translate(_FREED), "", ""))
    return tuple(found)


_HELD = {ord(ch): 0xE000 + i for i, ch in enumerate("0#?.,;@ymdhs%")}  # literal characters that look like a pattern
_FREED = {code: ch for ch, code in _HELD.items()}


def _general(value: Decimal) -> str:
    """As Excel shows a number without a format: at most eleven digits, none of them an artefact of binary numbers."""
    if value == 0:
        return "0"
    rounded = round(value, max(0, 10 - max(value.adjusted(), 0)))
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _looks(data: bytes) -> list[Looks]:
    """What every sheet looks like, in the order of the workbook. Raises Unreadable("too_large") for a vast sheet."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            return []
        formats = _formats(archive) if "xl/styles.xml" in names else []
        targets = {
            rel.get("Id"): str(rel.get("Target")).lstrip("/") for rel in _xml(archive, "xl/_rels/workbook.xml.rels")
        }
        found = []
        for sheet in _xml(archive, "xl/workbook.xml").iter("{*}sheet"):
            target = next((str(targets.get(v, "")) for k, v in sheet.attrib.items() if str(k).endswith("}id")), "")
            path = target if target.startswith("xl/") else f"xl/{target}"
            found.append(_look(archive, path, formats) if path in names else Looks())
        return found


def _xml(archive: zipfile.ZipFile, path: str) -> Any:
    return etree.fromstring(archive.read(path), etree.XMLParser(resolve_entities=False, no_network=True))


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """The number format of each cell style."""
    root = _xml(archive, "xl/styles.xml")
    own = {int(f.get("numFmtId")): str(f.get("formatCode")) for f in root.iter("{*}numFmt")}
    styles = root.find("{*}cellXfs")
    numbers = [int(xf.get("numFmtId") or 0) for xf in (styles if styles is not None else ())]
    return [own.get(number, _BUILT_IN.get(number, "")) for number in numbers]


def _look(archive: zipfile.ZipFile, path: str, formats: Sequence[str]) -> Looks:
    look = Looks()
    high = wide = row = 0
    with archive.open(path) as stream:
        for event, node in etree.iterparse(
            stream, events=("start", "end"), tag=("{*}row", "{*}c", "{*}col"), resolve_entities=False, no_network=True
        ):
            kind = etree.QName(node).localname
            if event == "start":
                if kind == "row":
                    row = int(node.get("r") or row + 1)
                    high = max(high, row)
                    if node.get("hidden") in ("1", "true"):
                        look.rows.add(row - 1)
                elif kind == "col" and node.get("hidden") in ("1", "true"):
                    look.columns.update(range(int(node.get("min")) - 1, min(int(node.get("max")), 16384)))
                continue
            if kind == "c" and (reference := re.match(r"([A-Z]{1,3})(\d+)$", node.get("r") or "")):
                column = _column(reference.group(1))
                wide = max(wide, column + 1)
                style = int(node.get("s") or 0)
                if 0 <= style < len(formats) and formats[style] and node.get("t", "n") == "n":
                    look.formats[int(reference.group(2)) - 1, column] = formats[style]
            if kind == "row":
                node.clear()
    if high * wide > MOST_CELLS:
        raise Unreadable("too_large", f"工作表有{high}行{wide}列，超过可读取的大小。请删去多余的空行空列后再试。")
    return look


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
