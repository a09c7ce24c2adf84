"""What one page holds: its printed lines and its tables, or why it cannot be read."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pdfminer.layout import LTChar, LTContainer, LTCurve, LTImage
from pdfplumber.page import Page

from wangge.disclosure.documents.reading.formats.pdf.lattices import Lattice, lattice_of, ruled_boxes
from wangge.disclosure.documents.reading.formats.pdf.prints import Print, inside, prints_of, runs_of

PICTURE = 0.5  # share of the page that a picture covers, from which a page without text counts as scanned
FEW = 30  # characters: fewer on a page are a stamp or a page number, no text layer
MEANINGLESS = 0.2  # share of characters without a meaning, from which a text layer is garbage


@dataclass(slots=True)
class Sheet:
    """What one page gives before headers, footers and page breaks are dealt with."""

    number: int
    height: float
    width: float
    lines: list[Print]
    tables: list[Lattice]


SCANNED = "这一页是图片，没有文字层，没有读取。"
GARBLED = "这一页的文字层是乱码，没有读取。"
_BEHIND = "这一页是图片，文字由识别得来，数字请对照原件核对。"


def sheet_of(page: Page) -> tuple[str, Sheet | None]:
    """What a page holds, and what is wrong with it; no sheet when it is blank or cannot be read."""
    ink = _ink(page)
    turn = _turn(ink.chars)
    if turn:
        page.page_obj.rotate = (page.page_obj.rotate + turn) % 360
        page.page_obj.attrs["Rotate"] = page.page_obj.rotate
        page = Page(page.pdf, page.page_obj, page.page_number)
        ink = _ink(page)
    marks = [text for text in (char.get_text() for char in ink.chars) if not text.isspace()]
    picture = max((abs(i.width * i.height) for i in ink.pictures), default=0) / (float(page.width * page.height) or 1)
    drawn = len(ink.shapes) > 300
    if (len(marks) < FEW and picture >= PICTURE) or (not marks and (drawn or picture > 0.1)):
        return SCANNED, None
    if sum(map(_meaningless, marks)) > len(marks) * MEANINGLESS:
        return GARBLED, None
    if not marks:
        return "", None
    runs = runs_of(ink.chars, float(page.height))
    tables = [table for table in (lattice_of(cells, runs) for cells in ruled_boxes(page, ink.shapes)) if table]
    rest = [run for run in runs if not any(inside(run, table.box) for table in tables)]
    lines = prints_of(rest)
    for number, line in enumerate(lines, 1):
        line.number = number
    sheet = Sheet(page.page_number, float(page.height), float(page.width), lines, tables)
    return _BEHIND if picture >= 0.8 else "", sheet


@dataclass(slots=True)
class Ink:
    """What is drawn on a page, as the parser gives it: its dictionaries of every attribute are more than is needed."""

    chars: list[LTChar]
    shapes: list[LTCurve]
    pictures: list[LTImage]


def _ink(page: Page) -> Ink:
    ink = Ink([], [], [])

    def gather(items: Iterable[Any]) -> None:
        for item in items:
            if isinstance(item, LTChar):
                ink.chars.append(item)
            elif isinstance(item, LTCurve):
                ink.shapes.append(item)
            elif isinstance(item, LTImage):
                ink.pictures.append(item)
            elif isinstance(item, LTContainer):
                gather(item)

    gather(page.layout)
    return ink


def _turn(chars: Sequence[LTChar]) -> int:
    """By how much the page must be turned to be read, when most of its text runs up or down."""
    ways: Counter[int] = Counter()
    for char in chars:
        a, b, *_ = char.matrix
        ways[0 if abs(b) <= abs(a) else (90 if b > 0 else 270)] += 1
    way, number = ways.most_common(1)[0] if ways else (0, 0)
    return way if number > len(chars) * 0.6 else 0


def _meaningless(text: str) -> bool:
    return text.startswith("(cid:") or any(
        unicodedata.category(ch) in ("Co", "Cn", "Cc") or ch == "\ufffd" for ch in text
    )
