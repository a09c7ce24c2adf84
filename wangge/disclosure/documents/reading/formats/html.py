"""Web pages: tables with their spans, paragraphs, and nothing that is not printed. Nothing is fetched, no script is run."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from wangge.disclosure.documents.model import Cell, Place, Unreadable
from wangge.disclosure.documents.reading.formats.shape import Line, Piece, Rows
from wangge.disclosure.documents.reading.formats.text import decode

MOST_COLUMNS = 1000
_DROPPED = {
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "object",
    "nav",
    "footer",
    "button",
    "select",
    "head",
}
_INLINE = {
    "a",
    "abbr",
    "b",
    "bdi",
    "big",
    "cite",
    "code",
    "em",
    "font",
    "i",
    "ins",
    "label",
    "mark",
    "small",
    "span",
    "strong",
}
_INLINE |= {"sub", "sup", "tt", "u", "var", "q", "s", "strike", "wbr", "img", "o:p", "st1:chsdate"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]+)""", re.I)
_SPACE = re.compile(r"[ \t\r\n\xa0\u3000\u200b\ufeff]+")


def pieces(data: bytes) -> list[Piece]:
    """The paragraphs and tables of a page in reading order. Raises Unreadable: `broken`, `empty`, `unknown_format`."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", _text(data))
    try:
        root = lxml_html.document_fromstring(text, parser=lxml_html.HTMLParser(no_network=True, remove_comments=True))
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable("broken", "这个网页文件已损坏或没有内容。请重新保存网页，或另存为PDF后再试。") from error
    found = list(_blocks(root))
    if not found:
        raise Unreadable("empty", "这个网页文件里没有文字。内容可能由脚本生成，请把网页另存为PDF后再试。")
    return found


def _text(data: bytes) -> str:
    named = _CHARSET.search(data[:4096])
    if named and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        name = named.group(1).decode().lower()
        try:
            return data.decode("gb18030" if name in ("gb2312", "gbk", "gb18030") else name)
        except (LookupError, UnicodeDecodeError):
            pass  # the page names a charset that it is not written in
    return decode(data)


def _gone(node: Any) -> bool:
    if not isinstance(node.tag, str):
        return True
    return node.tag in _DROPPED or "hidden" in node.attrib or bool(_HIDDEN.search(node.get("style") or ""))


def _blocks(node: Any) -> Iterator[Piece]:
    """The blocks inside a node: running text between block elements becomes a paragraph of its own."""
    words: list[str] = []

    def flush() -> Iterator[Line]:
        for line in "".join(words).split("\v"):
            text = _SPACE.sub(" ", line).strip()
            if text:
                yield Line(text, Place(line=node.sourceline or 0))
        words.clear()

    def walk(parent: Any) -> Iterator[Piece]:
        words.append(parent.text or "")
        for child in parent:
            if not _gone(child):
                if child.tag == "br":
                    words.append("\v")
                elif child.tag in _INLINE and not _has_block(child):
                    yield from walk(child)
                else:
                    yield from flush()
                    yield from _table(child) if child.tag == "table" else _blocks(child)
            words.append(child.tail or "")

    yield from walk(node)
    yield from flush()


def _has_block(node: Any) -> bool:
    return any(
        isinstance(child.tag, str) and child.tag not in _INLINE and child.tag != "br"
        for child in node.iterdescendants()
    )


def _rows(table: Any) -> list[list[Any]]:
    """The cells of a table's own rows, not of a table inside it."""
    rows = [row for row in table.iterdescendants("tr") if next(row.iterancestors("table")) is table and not _gone(row)]
    return [[cell for cell in row if cell.tag in ("td", "th") and not _gone(cell)] for row in rows]


def _table(table: Any) -> Iterator[Piece]:
    rows = _rows(table)
    nested = any(True for _ in table.iterdescendants("table"))
    if nested or max((len(row) for row in rows), default=0) < 2:
        # A table that only arranges the page: what stands in it, cell by cell.
        for caption in table.iterchildren("caption"):
            yield from _blocks(caption)
        for row in rows:
            for cell in row:
                yield from _blocks(cell)
        return
    for caption in table.iterchildren("caption"):
        yield from _blocks(caption)
    grid: list[dict[int, Cell]] = [{} for _ in rows]
    for r, row in enumerate(rows):
        c = 0
        for node in row:
            while c in grid[r]:
                c += 1
            place = Place(line=node.sourceline or 0)
            height = min(_span(node, "rowspan") or len(rows), len(rows) - r)
            width = min(_span(node, "colspan") or 1, MOST_COLUMNS - min(c, MOST_COLUMNS - 1))
            for down in range(height):
                for right in range(width):
                    grid[r + down].setdefault(c + right, Cell("" if down or right else _cell(node), place))
            c += width
    width = max((max(row, default=-1) + 1 for row in grid), default=0)
    place = Place(line=table.sourceline or 0)
    whole = tuple(tuple(row.get(c, Cell("", place)) for c in range(width)) for row in grid)
    yield Rows(whole, whole=True, apart=True)


def _span(node: Any, name: str) -> int:
    text = (node.get(name) or "1").strip()
    return int(text) if text.isdecimal() and len(text) <= 5 else 1


def _cell(node: Any) -> str:
    """The text of a cell, a line for each of its paragraphs."""
    return "\n".join(piece.text for piece in _blocks(node) if isinstance(piece, Line))
