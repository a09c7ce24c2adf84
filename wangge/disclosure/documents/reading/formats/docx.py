"""Word documents: paragraphs and tables of the body in reading order, with the numbers that Word counts by itself."""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import docx

from wangge.disclosure.documents.model import Cell, Place, Unreadable
from wangge.disclosure.documents.reading.formats.shape import Line, Piece, Rows

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DIGITS = "〇一二三四五六七八九"
_BROKEN = "这个Word文件已损坏，打不开。请用Word或WPS打开后另存为DOCX或PDF再试。"
MOST_COLUMNS = 1000


def pieces(data: bytes) -> list[Piece]:
    """The paragraphs and tables of the body. Raises Unreadable: `broken`, `empty`."""
    try:
        document = docx.Document(io.BytesIO(data))
        reader = _Reader(document)
    except Exception as error:  # a damaged archive fails in whatever part of the library meets the damage first
        raise Unreadable("broken", _BROKEN) from error
    body = document.element.body
    found = list(reader.blocks(body)) if body is not None else []
    if not found:
        raise Unreadable("empty", "这个Word文件里没有文字。内容如果是图片，请使用原来的文件。")
    return found


class _Reader:
    """Walks the body; keeps the counters of numbered lists and the number of the paragraph."""

    def __init__(self, document: Any) -> None:
        self.paragraph = 0
        self.counts: dict[tuple[str, int], int] = {}
        self.lists = _lists(document)
        self.styles: dict[str, tuple[str, int]] = {}
        for style in document.styles.element.iter(f"{_W}style"):
            if (number := _numbering(style.find(f"{_W}pPr"))) and (name := style.get(f"{_W}styleId")):
                self.styles[name] = number

    def blocks(self, node: Any) -> Iterator[Piece]:
        for child in node:
            if child.tag == f"{_W}p":
                yield from self.lines(child)
            elif child.tag == f"{_W}tbl":
                yield from self.table(child)
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}smartTag", f"{_W}customXml"):
                yield from self.blocks(child)

    def lines(self, node: Any) -> Iterator[Line]:
        """A paragraph, parted where its author broke the line, and the text boxes that hang on it."""
        self.paragraph += 1
        place = Place(line=self.paragraph)
        text = self.number(node) + _text(node)
        for line in text.split("\n"):
            if line.strip():
                yield Line(re.sub(r"[ \t\xa0]+", " ", line).strip(), place)
        for box in _boxes(node):
            for piece in self.blocks(box):
                if isinstance(piece, Line):
                    yield piece

    def number(self, node: Any) -> str:
        """The number that Word sets before a paragraph of a list."""
        properties = node.find(f"{_W}pPr")
        found = _numbering(properties)
        if found is None and properties is not None and (style := properties.find(f"{_W}pStyle")) is not None:
            found = self.styles.get(style.get(f"{_W}val") or "")
        if found is None or found not in self.lists or not _text(node).strip():
            return ""
        key, level = found
        kind, pattern, start, shared = self.lists[found]
        if kind in ("bullet", "none") or not pattern:
            return ""
        self.counts[shared, level] = self.counts.get((shared, level), start - 1) + 1
        for deeper in [pair for pair in self.counts if pair[0] == shared and pair[1] > level]:
            del self.counts[deeper]

        def value(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            form = self.lists.get((key, at))
            count = self.counts.get((shared, at), form[2] if form else 1)
            return _counted(count, form[0] if form else "decimal")

        return re.sub(r"%(\d)", value, pattern)

    def table(self, node: Any) -> Iterator[Piece]:
        grid: list[list[Cell]] = []
        cells = 0
        only: Any = None
        for row in _children(node, "tr"):
            properties = row.find(f"{_W}trPr")
            if properties is not None and properties.find(f"{_W}del") is not None:
                continue
            place = Place(line=self.paragraph + 1)
            line = [Cell("", place)] * _value(properties, "gridBefore", 0)
            for cell in _children(row, "tc"):
                cells, only = cells + 1, cell
                inner = cell.find(f"{_W}tcPr")
                merge = inner.find(f"{_W}vMerge") if inner is not None else None
                goes_on = merge is not None and merge.get(f"{_W}val") != "restart"
                text = self.cell(cell)
                line.append(Cell("" if goes_on else text, place))
                line += [Cell("", place)] * (_value(inner, "gridSpan", 1) - 1)
            grid.append(line + [Cell("", place)] * _value(properties, "gridAfter", 0))
        if cells == 1 and only is not None:
            yield from self.blocks(only)  # a frame around text
        elif grid:
            yield Rows(tuple(tuple(line) for line in grid))

    def cell(self, node: Any) -> str:
        lines = []
        for piece in self.blocks(node):
            if isinstance(piece, Line):
                lines.append(piece.text)
            else:
                lines += [" ".join(cell.text for cell in row if cell.text) for row in piece.rows]
        return "\n".join(lines)


def _children(node: Any, name: str) -> Iterator[Any]:
    """Rows or cells, those inside content controls, too."""
    for child in node:
        if child.tag == f"{_W}{name}":
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _children(child, name)


def _value(properties: Any, name: str, otherwise: int) -> int:
    found = properties.find(f"{_W}{name}") if properties is not None else None
    text = (found.get(f"{_W}val") or "") if found is not None else ""
    return min(int(text), MOST_COLUMNS) if text.isdecimal() else otherwise


def _text(node: Any) -> str:
    """The printed text of a paragraph: no deleted or hidden words, no text boxes, no field codes."""
    parts: list[str] = []

    def walk(parent: Any) -> None:
        for child in parent:
            if child.tag == f"{_W}r" and _is_hidden(child):
                continue
            if child.tag == f"{_W}t":
                parts.append(child.text or "")
            elif child.tag in (f"{_W}tab", f"{_W}ptab"):
                parts.append(" ")
            elif child.tag in (f"{_W}br", f"{_W}cr"):
                parts.append("\n")
            elif child.tag == f"{_W}noBreakHyphen":
                parts.append("-")
            elif child.tag not in (f"{_W}pPr", f"{_W}rPr", f"{_W}del", f"{_W}txbxContent", f"{_W}instrText", _FALLBACK):
                walk(child)

    walk(node)
    return "".join(parts)


def _is_hidden(run: Any) -> bool:
    properties = run.find(f"{_W}rPr")
    mark = properties.find(f"{_W}vanish") if properties is not None else None
    return mark is not None and mark.get(f"{_W}val") not in ("0", "false")


def _boxes(node: Any) -> Iterator[Any]:
    """The text boxes of a paragraph, each once: the second copy is for programs that cannot draw the first."""
    for box in node.iter(f"{_W}txbxContent"):
        if not any(parent.tag == _FALLBACK for parent in box.iterancestors()):
            yield box


def _numbering(properties: Any) -> tuple[str, int] | None:
    number = properties.find(f"{_W}numPr") if properties is not None else None
    if number is None:
        return None
    key = number.find(f"{_W}numId")
    if key is None or key.get(f"{_W}val") in (None, "0"):
        return None
    return str(key.get(f"{_W}val")), _value(number, "ilvl", 0)


def _lists(document: Any) -> dict[tuple[str, int], tuple[str, str, int, str]]:
    """Each list and level: how it counts, its pattern (`%1、`), where it starts, and whose counter it shares."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return {}
    kinds: dict[str, dict[int, tuple[str, str, int]]] = {}
    for abstract in root.iter(f"{_W}abstractNum"):
        levels = {}
        for level in abstract.iter(f"{_W}lvl"):
            form, pattern, start = (level.find(f"{_W}{name}") for name in ("numFmt", "lvlText", "start"))
            levels[int(level.get(f"{_W}ilvl") or 0)] = (
                str(form.get(f"{_W}val")) if form is not None else "decimal",
                str(pattern.get(f"{_W}val") or "") if pattern is not None else "",
                int(start.get(f"{_W}val") or 1) if start is not None else 1,
            )
        kinds[str(abstract.get(f"{_W}abstractNumId"))] = levels
    found = {}
    for number in root.iter(f"{_W}num"):
        of = number.find(f"{_W}abstractNumId")
        shared = str(of.get(f"{_W}val")) if of is not None else ""
        key = str(number.get(f"{_W}numId"))
        restarts = number.find(f"{_W}lvlOverride") is not None
        for level, (form, pattern, start) in kinds.get(shared, {}).items():
            found[key, level] = (form, pattern, start, key if restarts else f"abstract {shared}")
    return found


def _counted(count: int, kind: str) -> str:
    if "hinese" in kind or kind.startswith(("japaneseCounting", "ideographTraditional", "taiwanese")):
        return _chinese(count)
    if kind == "decimalEnclosedCircle" and 1 <= count <= 20:
        return chr(0x2460 + count - 1)
    if kind in ("upperLetter", "lowerLetter") and 1 <= count <= 26:
        return chr((65 if kind == "upperLetter" else 97) + count - 1)
    return str(count)


def _chinese(count: int) -> str:
    """1 to 99 in Chinese numerals; a list that counts further goes on in digits."""
    if not 1 <= count <= 99:
        return str(count)
    tens, ones = divmod(count, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


__all__: Sequence[str] = ("pieces",)
