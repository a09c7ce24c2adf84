"""What all formats share: from pieces in reading order to the blocks of a source.

A format gives `Line`s (whole paragraphs, or lines that may go on) and `Rows` (one table as far as a page goes). Here
captions leave the tables they stand in, tables cut by a page break are joined again, sentences too, and cells get their
numbers.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wangge.disclosure.documents.model import Block, Cell, Grid, Paragraph, Place

_BLANK = re.compile(r"\s+")
_NUMBER = re.compile(r"^[-+−－]?[\d,，]+(?:\.\d*)?[%％]?$")
_HEADING = re.compile(
    r"^(?:第[一二三四五六七八九十百\d]+[部分章节条款页]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]"
    r"|\d{1,2}[、.．](?!\d)|[①-⑳]|附\s*[件表]|表\s*[\d一二三四五六七八九十]+|公开\s*\d+\s*表|目\s*录"
    r"|(?:单位|部门|编制单位|填报单位|单位名称|部门名称|金额单位)[:：]|(?:注|说明|备注)[:：])"
)
_CAPTION = re.compile(
    r"^(?:[（(]?(?:金额)?单位[:：]|(?:单位|部门|单位名称|部门名称|编制单位|编制部门|填报单位|填报部门|预算单位|项目主管部门|预算部门"
    r"|主管部门|公开单位|公开部门|填表单位)(?:[(（]盖章[)）])?[:：]|附\s*[件表]\s*[\d一二三四五六七八九十]*(?:-\d+)?[:：]?$"
    r"|(?:预算|决算)?(?:公开)?\s*\d*\s*表\s*[\d一二三四五六七八九十]*(?:-\d+)?[:：]?$)"
)
_TITLE = re.compile(r"表(?:[（(][^）)]*[）)])?$")
_PAGE_NUMBER = re.compile(
    r"^(?:[-—–－~·\s]*\d{1,4}[-—–－~·\s]*|第\s*\d+\s*页(?:[，,、/\s]*共\s*\d+\s*页)?|\d+\s*/\s*\d+)$"
)
_HEADER_WORDS = (
    "项目",
    "科目",
    "编码",
    "名称",
    "金额",
    "合计",
    "总计",
    "小计",
    "序号",
    "收入",
    "支出",
    "指标",
    "预算",
    "决算",
    "行次",
    "栏次",
    "类",
    "款",
    "项",
    "目标",
    "单位",
    "备注",
)
_LEADER = re.compile(r"\s*[.…·．]{4,}\s*\d*$")  # the dots of a table of contents
_ENDS = "。！？；：:;!?"
_SENTENCE = re.compile(r"[，。；：,;:]")
_CLOSING = "”’）)」』》】\"'"


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, or with `open` a line that may go on in the next one; `fresh` goes on with none before it."""

    text: str
    place: Place
    open: bool = False
    fresh: bool = False
    turns: tuple[tuple[int, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table on one page: `whole` goes on in no later one, `apart` goes on with none before it."""

    rows: tuple[tuple[Cell, ...], ...]
    whole: bool = False
    apart: bool = False


Piece = Line | Rows


def squeeze(text: str) -> str:
    """The printed characters without blanks: what two prints of the same word have in common."""
    return _BLANK.sub("", text)


def is_number(text: str) -> bool:
    return bool(_NUMBER.match(squeeze(text)))


def is_page_number(text: str) -> bool:
    return bool(_PAGE_NUMBER.match(text.strip()))


def is_heading(text: str) -> bool:
    """Does it begin as headings, items, captions and notes begin? Such a line never continues the one before."""
    return bool(_HEADING.match(text.strip()))


def is_caption(text: str) -> bool:
    """A unit, department or number of a table, printed beside the table or in a row of its own inside it."""
    return bool(_CAPTION.match(squeeze(text)))


def is_open(text: str) -> bool:
    """A sentence that does not end here: it has the punctuation of one, and no end."""
    bare = text.rstrip().rstrip(_CLOSING).rstrip()
    if not bare or bare[-1] in _ENDS:
        return False
    return bare[-1] in "，、,（(“《" or bool(re.search(r"[，。；,;]", bare))


def fingerprint(blocks: Iterable[Block]) -> str:
    """A digest of the printed characters in reading order: equal for the same document in another format."""
    digest = hashlib.sha256()
    for block in blocks:
        texts = [block.text] if isinstance(block, Paragraph) else [c.text for row in block.rows for c in row]
        digest.update(squeeze("".join(texts)).encode())
    return digest.hexdigest()


def compose(pieces: Iterable[Piece]) -> tuple[Block, ...]:
    """The blocks of a source: captions taken out of tables, cut tables and sentences joined, cells numbered."""
    joined: list[Piece] = []
    for piece in (part for whole in pieces for part in _uncaption(whole)):
        last = joined[-1] if joined else None
        if isinstance(piece, Line) and isinstance(last, Line) and _goes_on(last, piece):
            text = glue(last.text, piece.text)
            turn = (len(text) - len(piece.text.lstrip()), piece.place)
            joined[-1] = replace(last, text=text, open=piece.open, turns=(*last.turns, turn))
        elif isinstance(piece, Rows) and (cut := _cut_table(joined, piece)) is not None:
            head = joined[cut]
            assert isinstance(head, Rows)
            joined[cut:] = [Rows(head.rows + _without_header(head.rows, piece.rows))]
        else:
            joined.append(piece)
    blocks: list[Block] = []
    tables = 0
    for piece in joined:
        if isinstance(piece, Line):
            blocks.append(Paragraph(piece.text, piece.place, piece.turns))
        else:
            tables += 1
            blocks.append(_numbered(piece.rows, tables))
    return tuple(blocks)


def glue(first: str, second: str) -> str:
    """Two lines of one paragraph: a blank only between Latin letters or digits of different words."""
    between = (
        " " if first[-1:].isascii() and first[-1:].isalpha() and second[:1].isascii() and second[:1].isalpha() else ""
    )
    return first.rstrip() + between + second.lstrip()


def aligned(lines: Sequence[Sequence[tuple[float, float, str]]], slack: float) -> list[list[int | None]] | None:
    """For each line of chunks (from, to, text) the chunk that stands in each column; None when columns are not certain.

    Lines with figures give the columns; at least three of them are needed. No column may hold two chunks of one line,
    its figures stand under each other at their right, left or middle within `slack`, and a list of titles with rising
    whole numbers is a table of contents.
    """
    data = [line for line in lines if len(line) > 1 and any(is_number(text) for *_, text in line)]
    spans: list[list[float]] = []
    for start, end in sorted((start, end) for line in data for start, end, _ in line):
        if spans and start < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    if len(data) < 3 or len(spans) < 2 or sum(is_number(text) for line in data for *_, text in line) < 4:
        return None
    last = [squeeze(line[-1][2]) for line in data]
    if len(spans) == 2 and all(text.isdecimal() for text in last) and [int(t) for t in last] == sorted(map(int, last)):
        return None
    for a, b in spans:
        figures = [(s, e) for line in data for s, e, text in line if is_number(text) and s < b and a < e]
        edges = ([s for s, _ in figures], [e for _, e in figures], [(s + e) / 2 for s, e in figures])
        if figures and min(max(edge) - min(edge) for edge in edges) > slack:
            return None
    placed: list[list[int | None]] = []
    for line in lines:
        row: list[int | None] = [None] * len(spans)
        for index, (start, end, _) in enumerate(line):
            under = [i for i, (a, b) in enumerate(spans) if start < b and a < end]
            at = under[0] if under else min(range(len(spans)), key=lambda i: abs(sum(spans[i]) - start - end))
            if row[at] is not None or (line in data and len(under) != 1):
                return None
            row[at] = index
        placed.append(row)
    return placed


def _goes_on(last: Line, piece: Line) -> bool:
    """A sentence goes on in a line with the punctuation of one: a title or a caption without any is something new."""
    if not last.open or piece.fresh:
        return False
    return bool(_SENTENCE.search(piece.text)) and not is_heading(piece.text) and not is_caption(piece.text)


def _texts(row: Sequence[Cell]) -> list[str]:
    return [squeeze(cell.text) for cell in row if squeeze(cell.text)]


def _is_caption_row(row: Sequence[Cell]) -> bool:
    texts = _texts(row)
    if not texts or any(is_number(text) for text in texts):
        return False
    plain = [text for text in texts if not is_caption(text)]
    return not plain or (len(plain) == 1 == len(texts) and len(plain[0]) <= 40 and bool(_TITLE.search(plain[0])))


def _uncaption(piece: Piece) -> Iterable[Piece]:
    """A table printed with its title, unit or department as rows: those rows become lines before it."""
    if isinstance(piece, Line):
        yield replace(piece, text=_LEADER.sub("", piece.text))
        return
    rows: list[tuple[Cell, ...]] = []
    apart = piece.apart
    for row in piece.rows:
        if _is_caption_row(row):
            if rows:
                yield Rows(tuple(rows), True, apart)
                rows = []
            apart = False
            for cell in row:
                for text in _caption_lines(cell.text):
                    yield Line(text, cell.place)
        else:
            rows.append(row)
    if rows:
        yield Rows(tuple(rows), piece.whole, apart)


def _caption_lines(text: str) -> list[str]:
    """A caption of one line, or of several when its first line is a caption by itself (`附件3`, then the title)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and not is_caption(lines[0]):
        return ["".join(lines)]
    return lines


def _cut_table(joined: list[Piece], piece: Rows) -> int | None:
    """Where in `joined` the table begins that `piece` goes on with: just before, or before a caption printed again."""
    index = len(joined) - 1
    while index >= 0 and isinstance(joined[index], Line):
        index -= 1
    if index < 0:
        return None
    head = joined[index]
    assert isinstance(head, Rows)
    if head.whole or piece.apart:
        # A page of a converter is a table by itself; one that begins with figures under no header is no new table.
        split = head.whole and piece.whole and index == len(joined) - 1 and _is_rest(head.rows, piece.rows)
        return index if split else None
    again = [line for line in joined[index + 1 :] if isinstance(line, Line)]
    if again:
        start = index
        while start > 0 and isinstance(joined[start - 1], Line) and index - start < len(again):
            start -= 1
        before = [squeeze(line.text) for line in joined[start:index] if isinstance(line, Line)]
        said = [re.sub(r"[（(]?续表?[）)]?", "", squeeze(line.text)) for line in again]
        same = said == before[-len(said) :]
        return index if same and _texts(head.rows[0]) and _texts(head.rows[0]) == _texts(piece.rows[0]) else None
    return index if _continues(head.rows, piece.rows) else None


def _header(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """The words of the rows before the first row with a number (numbers of columns are none)."""
    words: list[str] = []
    for row in rows[:4]:
        texts = _texts(row)
        if any(is_number(text) for text in texts):
            break
        words += texts
    return words


def _continues(head: Sequence[Sequence[Cell]], tail: Sequence[Sequence[Cell]]) -> bool:
    """A new table begins with a header that is not the one before; everything else goes on with the table before."""
    first = _texts(tail[0])
    named = sum(any(word in text for word in _HEADER_WORDS) and len(text) <= 12 for text in first)
    if any("级指标" in text for text in first):
        return True
    fresh = len(first) >= 3 and named >= len(first) * 0.7 and not any(is_number(text) for text in first)
    return not fresh or _header(tail)[: len(first)] == _header(head)[: len(first)]


def _is_rest(head: Sequence[Sequence[Cell]], tail: Sequence[Sequence[Cell]]) -> bool:
    """As wide as the table before, and figures from its first row on, or from below the same header."""
    if len(head[0]) != len(tail[0]) or len(head[0]) < 3:
        return False
    first = _texts(tail[0])
    return first == _texts(head[0]) or any(is_number(text) for text in first[1:])


def _without_header(
    head: tuple[tuple[Cell, ...], ...], tail: tuple[tuple[Cell, ...], ...]
) -> tuple[tuple[Cell, ...], ...]:
    """The rows after a page break without the rows printed again: the header, and the total when it is part of it."""
    while len(tail) > 1 and not _texts(tail[0]):
        tail = tail[1:]  # what is left of a row that the page break cut
    skip = 0
    for printed, again in zip(head, tail, strict=False):
        if not _texts(printed) or _texts(printed) != _texts(again) or (not skip and any(map(_has_money, again))):
            break
        skip += 1
    return tail[skip:]


def _has_money(cell: Cell) -> bool:
    return is_number(cell.text) and "." in cell.text


def _numbered(rows: tuple[tuple[Cell, ...], ...], table: int) -> Grid:
    """The grid with its numbers; columns that are blank in every row at the right are padding and fall away."""
    width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell.text.strip()), default=0)
    lengths = [len(row) for row in rows]
    # A row with more cells than the others keeps the one too many: what reads it must see that it is damaged.
    padding = max(0, max(set(lengths), key=lengths.count, default=0) - width)
    numbered = tuple(
        tuple(
            Cell(cell.text, replace(cell.place, table=table, row=r, column=c))
            for c, cell in enumerate(row[: max(width, len(row) - padding)], 1)
        )
        for r, row in enumerate(rows, 1)
    )
    first = numbered[0][0].place if numbered and numbered[0] else Place(table=table)
    return Grid(numbered, replace(first, table=table, row=0, column=0))
