"""Plain text: tables as lines of cells parted by tabs, or one cell a line, or columns aligned by blanks."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from wangge.disclosure.documents.model import Cell, Place, Unreadable
from wangge.disclosure.documents.reading.formats.shape import (
    Line,
    Piece,
    Rows,
    aligned,
    is_caption,
    is_open,
    is_page_number,
)

_BULLET = re.compile(r"^\s*(?:#{1,6}\s+|[-*•]\s+(?=\S))")
_RULE = re.compile(r"^[\s|:+=-]*-{3,}[\s|:+=-]*$")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_BREAK = re.compile(r"</p>\s*<p>|<br\s*/?>", re.I)
_TAG = re.compile(r"</?(?:p|b|strong|i|em|u|span|div|td|tr|th)(?:\s[^<>]*)?>", re.I)
_LATEX = re.compile(r"\$([^$\n]{1,40})\$")
_SYMBOLS = {r"\geq": "≥", r"\leq": "≤", r"\ge": "≥", r"\le": "≤", r"\times": "×", r"\%": "%", r"\pm": "±"}
_UNKNOWN = "这个文件不是文字文件，也不是认识的格式。请另存为PDF、DOCX、XLSX、HTML或文本后再试。"
_CHUNK = re.compile(r"\S+(?: \S+)*")


def decode(data: bytes) -> str:
    """The text of the bytes: by its mark, else UTF-8, else GB 18030. Raises Unreadable("unknown_format")."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    if b"\x00" in data[:4000]:  # no mark, and no other text holds a zero
        half = data[: len(data) // 2 * 2]
        best = max((half.decode(name, errors="replace") for name in ("utf-16-le", "utf-16-be")), key=_sense)
        if _sense(best) > len(best[:4000]) * 0.6:
            return best
        raise Unreadable("unknown_format", _UNKNOWN)
    for name in ("utf-8", "gb18030"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        break
    else:  # a few damaged bytes, or no text at all
        tries = [data.decode(name, errors="replace") for name in ("utf-8", "gb18030")]
        text = min(tries, key=lambda tried: tried.count("\ufffd"))
    odd = sum((ch < " " and ch not in "\t\r\n\f\v") or ch == "\ufffd" for ch in text[:4000])
    if odd > len(text[:4000]) // 50:
        raise Unreadable("unknown_format", _UNKNOWN)
    return text


def _sense(text: str) -> int:
    """How many of the first characters are common ones."""
    return sum(" " <= ch <= "~" or "\u4e00" <= ch <= "\u9fa5" or ch in "\t\n，。：（）" for ch in text[:4000])


def pieces(data: bytes) -> list[Piece]:
    """The lines and tables of a text file, each with the number of its line."""
    # A form feed is a page break: an empty line, but no line of its own in the count.
    lines = re.split(r"\r\n|\r|\n", decode(data).replace("\f", "\n\f"))
    numbered: list[tuple[int, str]] = []
    count = 0
    for raw in lines:
        count += not raw.startswith("\f")
        numbered.append((count, raw.lstrip("\f\ufeff")))
    tabbed = [raw for _, raw in numbered if "\t" in raw]
    if not tabbed:
        return list(_commas(numbered) or _aligned(numbered))
    single = sum(raw.startswith("\t") and raw.count("\t") == 1 for raw in tabbed)
    return list(_one_a_line(numbered) if single > len(tabbed) * 0.7 else _tabbed(numbered))


def clean(text: str) -> str:
    """A cell or paragraph without markup that is no part of what is printed."""
    text = _BOLD.sub(r"\1", _TAG.sub("", _BREAK.sub("\n", text)))
    return _LATEX.sub(_formula, text).strip()


def _formula(match: re.Match[str]) -> str:
    inner = match.group(1)
    if "\\" not in inner:
        return match.group(0)
    for name, sign in _SYMBOLS.items():
        inner = inner.replace(name, sign)
    return inner if "\\" in inner else inner.strip()


def _line(number: int, raw: str) -> Iterator[Line]:
    if all(is_caption(text) for *_, text in _chunks(raw)):
        for *_, text in _chunks(raw):  # `部门：` at the left and `单位：` at the right are two captions
            yield Line(clean(text), Place(line=number))
        return
    text = clean(_BULLET.sub("", raw.strip()))
    if text.count("**") == 1:  # bold over several lines
        text = text.replace("**", "").strip()
    if text and not _RULE.match(text) and not is_page_number(text):
        yield Line(text, Place(line=number), open=is_open(text), fresh=bool(_BULLET.match(raw)))


def _tabbed(lines: Iterable[tuple[int, str]]) -> Iterator[Piece]:
    rows: list[tuple[Cell, ...]] = []
    for number, raw in lines:
        if "\t" in raw:
            if not _RULE.match(raw):
                rows.append(tuple(Cell(clean(text), Place(line=number)) for text in raw.split("\t")))
            continue
        if rows:
            yield Rows(tuple(rows))
            rows = []
        yield from _line(number, raw)
    if rows:
        yield Rows(tuple(rows))


def _commas(lines: list[tuple[int, str]]) -> list[Piece]:
    """Cells parted by commas, as tables are exported: nothing when the lines are not of that kind."""
    printed = [(number, raw) for number, raw in lines if raw.strip()]
    try:
        cells = [next(csv.reader([raw], strict=True), []) for _, raw in printed]
    except csv.Error:
        return []
    usual, times = Counter(map(len, cells)).most_common(1)[0] if cells else (0, 0)
    if usual < 2 or len(cells) < 3 or times < len(cells) * 0.6:
        return []
    rows = [
        tuple(Cell(text.strip(), Place(line=number)) for text in row)
        for (number, _), row in zip(printed, cells, strict=True)
    ]
    return [Rows(tuple(rows))]


def _one_a_line(lines: Iterable[tuple[int, str]]) -> Iterator[Piece]:
    """One cell a line: a tab opens a cell, a line without one goes on with it, an empty line closes the row."""
    rows: list[tuple[Cell, ...]] = []
    row: list[Cell] = []
    for number, raw in [*lines, (0, "")]:
        if not raw.strip(" ") or (not raw.strip() and "\t" not in raw):
            if any(cell.text for cell in row):
                rows.append(tuple(row))
            row = []
        elif raw.lstrip(" ").startswith("\t"):
            if row and not raw.startswith("\t"):
                # A tab after blanks: what follows stands in a row of its own, glued to this one.
                rows.append(tuple(row))
                row = []
            row.append(Cell(clean(raw), Place(line=number)))
        elif row:
            place = row[-1].place if row[-1].text else Place(line=number)
            row[-1] = Cell(f"{row[-1].text}\n{clean(raw)}".strip(), place)
        else:
            row = [Cell(clean(raw), Place(line=number))]
    if rows:
        yield Rows(tuple(rows))


def _aligned(lines: list[tuple[int, str]]) -> Iterator[Piece]:
    """Text whose columns are aligned by blanks: a table where the columns are certain, else paragraphs."""
    block: list[tuple[int, str]] = []
    for number, raw in [*lines, (0, "")]:
        chunks = _chunks(raw)
        captions = all(is_caption(text) for *_, text in chunks)
        if len(chunks) > 1 and not captions:
            block.append((number, raw))
            continue
        if block:
            yield from _columns(block)
            block = []
        yield from _line(number, raw)


def _chunks(raw: str) -> list[tuple[float, float, str]]:
    """The pieces of a line parted by two blanks or more, with their first and last column on a terminal."""
    found: list[tuple[float, float, str]] = []
    for match in _CHUNK.finditer(raw.rstrip()):
        start = _width(raw[: match.start()])
        found.append((start, start + _width(match.group()), match.group()))
    return found


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def _columns(block: list[tuple[int, str]]) -> Iterator[Piece]:
    lines = [_chunks(raw) for _, raw in block]
    placed = aligned(lines, slack=2)
    if placed is None:
        for number, raw in block:
            yield from _line(number, raw)
        return
    rows = []
    for (number, _), line, row in zip(block, lines, placed, strict=True):
        texts = ["" if at is None else clean(line[at][2]) for at in row]
        rows.append(tuple(Cell(text, Place(line=number)) for text in texts))
    yield Rows(tuple(rows))
