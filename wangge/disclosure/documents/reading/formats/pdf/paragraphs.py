"""Printed lines put together to paragraphs."""

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from wangge.disclosure.documents.model import Place
from wangge.disclosure.documents.reading.formats.pdf.pages import Sheet
from wangge.disclosure.documents.reading.formats.pdf.prints import Print, parts_of
from wangge.disclosure.documents.reading.formats.shape import Line, Piece, is_caption, is_heading, squeeze

_SENTENCE = re.compile(r"[，。；：]")


def paragraphs(lines: Sequence[Print], sheet: Sheet) -> Iterable[tuple[float, float, Piece]]:
    """Lines put together to paragraphs, each with the place of its first line.

    Only the last one of a page may go on over the page break, and only the first may go on with the page before.
    """
    frame = _frame(lines, sheet)
    groups: list[tuple[str, Print, Print]] = []
    for line in lines:
        parts = parts_of(line)
        if groups and len(parts) == 1 and _follows(*groups[-1], line, frame):
            text, first, _ = groups[-1]
            groups[-1] = (_glued(text, line.text), first, line)
        else:
            for part in parts:
                piece = line if len(parts) == 1 else replace(line, runs=part)
                groups.append((piece.text, piece, piece))
    for index, (text, first, last) in enumerate(groups):
        fresh = index > 0 or frame.indented(first)
        goes_on = index == len(groups) - 1 and frame.room(last) < last.size * 2.2 and not _ended(text)
        place = Place(page=sheet.number, line=first.number)
        yield first.middle - first.size / 2, first.x0, Line(text, place, open=goes_on, fresh=fresh)


@dataclass(slots=True)
class Frame:
    """Where the text of a page begins and ends, and whether its paragraphs begin with an indent."""

    left: float
    right: float
    pitch: float
    indents: bool
    tables: tuple[float, ...]

    def indented(self, line: Print) -> bool:
        return line.x0 > self.left + line.size * 0.8

    def room(self, line: Print) -> float:
        return self.right - line.x1

    def centred(self, line: Print) -> bool:
        before, after = line.x0 - self.left, self.right - line.x1
        return min(before, after) > line.size * 0.8 and abs(before - after) < line.size


def _frame(lines: Sequence[Print], sheet: Sheet) -> Frame:
    long = [line for line in lines if len(squeeze(line.text)) >= 15]
    left = min((line.x0 for line in long), default=0.0)
    right = max((line.x1 for line in long), default=sheet.width)
    pitch = statistics.median([b.middle - a.middle for a, b in pairwise(lines)] or [0.0])
    indents = any(line.x0 > left + line.size * 1.2 for line in long)
    return Frame(left, right, pitch, indents, tuple(table.box[1] for table in sheet.tables))


def _ended(text: str) -> bool:
    return text.rstrip("”’）)")[-1:] in tuple("。！？；：:;!?")


def _follows(text: str, first: Print, last: Print, line: Print, frame: Frame) -> bool:
    """Does this line go on with the paragraph before it?"""
    if line.middle - last.middle > max(frame.pitch, last.size) * 1.6 or not 0.77 < line.size / last.size < 1.3:
        return False
    if any(last.middle < top < line.middle for top in frame.tables):
        return False
    wide = last.x1 - last.x0 > (frame.right - frame.left) * 0.7
    sentence = bool(_SENTENCE.search(text))
    new = is_heading(line.text) or is_caption(line.text)
    if not sentence and first is last and frame.centred(last) and frame.centred(line):
        return wide and not new and line.x1 - line.x0 < last.x1 - last.x0  # a title of two lines
    if frame.indented(line) or (new and (not frame.indents or _ended(text) or not sentence)):
        return False
    if not frame.indents and text.rstrip("”’）)")[-1:] in tuple("。！？"):
        return False
    word = re.match(r"[（(]?[A-Za-z\d.,%％]*[\u4e00-\u9fff）)，。；：、]?", line.text)
    need = line.size * (1.7 + 0.55 * (len(word.group()) if word else 0))  # what did not fit in the line before
    return frame.room(last) < need or (wide and frame.indents and sentence and not _ended(text))


def _glued(text: str, more: str) -> str:
    both = text[-1:].isascii() and more[:1].isascii() and text[-1:].isalpha() and more[:1].isalpha()
    return f"{text}{' ' if both else ''}{more}"
