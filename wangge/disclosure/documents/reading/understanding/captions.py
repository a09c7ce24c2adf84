"""What stands around a table: its number, title, unit and money unit above, its notes below."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from wangge.disclosure.documents.model import Cell, Grid, Paragraph, Source
from wangge.disclosure.documents.reading.understanding.texts import compact

MONEY = re.compile(r"(?:金额)?单位(?:：|为)?(?:人民币)?(亿元|万元|千元|百元|元)")
UNIT_NAME = re.compile(
    r"(?:单位名称|部门名称|编制部门|编制单位|填报单位|填报部门|预算单位|预算部门|公开单位|公开部门|部门|单位)"
    r"(?:（盖章）|（公章）)?：(?!万元|元|千元|亿元|（盖章）|金额)([一-龥（）·“”、]{3,40})"
)
_COUNT = r"(?:\d+(?:[-－.]\d+)?|[一二三四五六七八九十]{1,3}(?=[：、]|$))"
_NUMBER = re.compile(
    rf"^(?:公开\d{{1,2}}表|(?:预算|决算)?\d{{1,2}}表|(?:预算公开|公开)?表{_COUNT}|附[件表]{_COUNT}|附[件表](?=[：]|$))[：、.]?"
)
_NOTE = re.compile(r"^（?(?:注|说明|备注|附注)[:：0-9１-９一]|^（?(?:注|备注)）?：|^本表(?:反映|无数据|为空)|^（?此表")
_NOTE_GOES_ON = re.compile(r"^\d[.．、]")
_EMPTY = re.compile(r"本表(?:为空|无数据)|故本表|无此项|没有.{2,40}(?:收入|支出|安排)|空表")
_TITLE_ENDS = re.compile(r"(?:表|明细|情况)(?:（[^）]{1,30}）)?(?:\d|（续）|续)?$")
_TITLE_WORDS = re.compile(r"^(?:一般公共预算)?基本支出[-—－–―]+.{4,20}$")
_SENTENCE = re.compile(r"[。；;，,？！]")
_DEPARTMENT = re.compile(
    r"^(?:项目)?(?:主管|实施|填报|编制|公开|预算)?(?:部门|单位)(?:名称)?(?:（盖章）|（公章）)?(?:：|$)"
)
ILLEGIBLE = re.compile(r"\[illegible\]|〔无法辨认〕|\[无法识别\]", re.I)


@dataclass(slots=True)
class Caption:
    """The words above a table. `printed` are the paragraphs that made it."""

    title: str = ""
    number: str = ""
    unit: str = ""
    owner: str = ""
    printed: list[Paragraph] = field(default_factory=list)
    illegible: bool = False


@dataclass(slots=True)
class Piece:
    """A table with its caption and notes; `rows` is empty when the caption is printed and no table under it."""

    caption: Caption
    rows: list[tuple[Cell, ...]]
    notes: list[Paragraph] = field(default_factory=list)
    table: int = 0


def is_title(text: str) -> bool:
    """Could the compact text be the title of a table?"""
    plain = _strip_number(text)
    if not 3 <= len(plain) <= 60 or _SENTENCE.search(re.sub(r"（[^）]*）", "", plain)) or "：" in plain:
        return False
    return bool(_TITLE_ENDS.search(plain) or _TITLE_WORDS.match(plain)) and "详见" not in plain


def is_note(text: str) -> bool:
    return bool(_NOTE.match(compact(text)))


def split(source: Source) -> tuple[list[Piece], list[Paragraph]]:
    """The tables of a source with what stands around them, and the paragraphs that belong to no table."""
    pieces: list[Piece] = []
    narrative: list[Paragraph] = []
    between: list[Paragraph] = []
    for block in source.blocks:
        if isinstance(block, Paragraph):
            between.append(block)
            continue
        rows, notes = _rows(block)
        if not rows or _is_prose(rows):
            between.extend(Paragraph("".join(c.text for c in row), row[0].place) for row in rows)
            continue
        if not between and pieces and pieces[-1].rows and _goes_on_form(pieces[-1].rows, rows):
            pieces[-1].rows.extend(rows)
            pieces[-1].notes.extend(notes)
            continue
        captions = _settle(pieces, narrative, between)
        between = []
        pieces.append(Piece(captions, rows, notes, block.place.table))
    _settle(pieces, narrative, between, last=True)
    return pieces, narrative


def _rows(grid: Grid) -> tuple[list[tuple[Cell, ...]], list[Paragraph]]:
    """The rows of a table with something in them, and the notes printed in rows of their own below it."""
    rows: list[tuple[Cell, ...]] = []
    notes: list[Paragraph] = []
    for row in grid.rows:
        filled = [cell for cell in row if cell.text.strip()]
        if len(filled) == 1 and re.match(r"^（?(?:注|说明|备注)：", compact(filled[0].text)):
            notes.append(Paragraph(filled[0].text, filled[0].place))
        elif filled:
            rows.append(row)
    return rows, notes


def _settle(
    pieces: list[Piece], narrative: list[Paragraph], between: Sequence[Paragraph], last: bool = False
) -> Caption:
    """Give the paragraphs before a table to the table before (notes), to the narrative, and to the new caption."""
    rest = list(between)
    if pieces:
        noted = False
        while rest:
            text = compact(rest[0].text)
            goes_on = noted and (_NOTE_GOES_ON.match(text) or (_EMPTY.search(text) and len(text) < 120))
            if not (is_note(text) or goes_on or (_EMPTY.search(text) and len(text) < 120 and not noted)):
                break
            noted = True
            pieces[-1].notes.append(rest.pop(0))
    groups: list[tuple[int, int, Caption]] = []
    index = 0
    while index < len(rest):
        caption, end = _caption(rest, index)
        if end > index:
            groups.append((index, end, caption))
            index = end
        else:
            index += 1
    taken: set[int] = set()
    mine = Caption()
    for start, end, caption in groups:
        if end == len(rest) and not last:
            mine = caption
            taken |= set(range(start, end))
        elif caption.title and (caption.unit or caption.illegible):
            notes = []
            after = end
            while after < len(rest) and (is_note(rest[after].text) or _EMPTY.search(compact(rest[after].text))):
                notes.append(rest[after])
                after += 1
            pieces.append(Piece(caption, [], notes))
            taken |= set(range(start, after))
    if not last and not mine.printed and rest and pieces is not None:
        text = compact(rest[-1].text)
        if len(text) <= 40 and not _SENTENCE.search(text) and len(rest) - 1 not in taken:
            mine = Caption(title=_strip_number(text), printed=[rest[-1]])  # the heading above an uncaptioned table
    narrative.extend(paragraph for i, paragraph in enumerate(rest) if i not in taken)
    return mine


def _caption(rest: Sequence[Paragraph], start: int) -> tuple[Caption, int]:
    """The caption that begins at `start`, and where it ends; `start` when none begins there."""
    caption = Caption()
    index = start
    while index < len(rest):
        paragraph = rest[index]
        text = compact(paragraph.text)
        money = MONEY.search(text)
        owner = UNIT_NAME.search(MONEY.sub("", text)) if len(text) < 80 else None
        number = _NUMBER.match(text)
        left = UNIT_NAME.sub("", MONEY.sub("", text)) if len(text) < 80 else text
        title = _strip_number(left)
        if caption.title and re.fullmatch(r"（?\d{4}年?度?）?", text):
            pass  # the year below a title
        elif ILLEGIBLE.search(text) and len(text) < 30:
            caption.illegible = True
        elif money and len(text) < 80 and not _SENTENCE.search(text):
            caption.unit = money[1]
            caption.owner = caption.owner or (owner[1] if owner else "")
            if is_title(left):
                if caption.title:
                    break
                caption.title, caption.number = title, number[0] if number else caption.number
        elif owner and _DEPARTMENT.match(text):
            caption.owner = owner[1]
        elif _DEPARTMENT.match(text) and len(text) < 30:
            pass
        elif number and (not title or is_title(left)):
            after = compact(rest[index + 1].text) if index + 1 < len(rest) else ""
            if caption.number or (caption.title and (title or is_title(after))):
                break
            if caption.title:  # the number stands below its title
                caption.number = number[0].rstrip("：:")
                caption.printed.append(paragraph)
                index += 1
                continue
            caption.number, caption.title = number[0].rstrip("：:"), title
        elif is_title(text):
            if caption.title or caption.unit:
                if caption.unit and not caption.title:
                    caption.title = title
                    caption.printed.append(paragraph)
                    index += 1
                    continue
                break
            caption.title = title
        else:
            break
        caption.printed.append(paragraph)
        index += 1
    if not caption.title and not caption.unit and not caption.number:
        return caption, start
    return caption, index


def _strip_number(text: str) -> str:
    plain = compact(text)
    found = _NUMBER.match(plain)
    return plain[found.end() :].lstrip("：:、.") if found else plain


def _goes_on_form(above: Sequence[Sequence[Cell]], rows: Sequence[Sequence[Cell]]) -> bool:
    """The next page of a form: indicators or goals below a form whose name stands above, without a name of its own."""
    head = [compact(cell.text) for row in rows[:4] for cell in row]
    named = any(re.search(r"^(?:项目|专项|部门|部门（单位）|单位)名称$", text) for text in head[:3])
    form = [compact(cell.text) for row in above for cell in row]
    below = any(re.search(r"^[一二三]级指标$|^预期目标", text) for text in head)
    return (
        below
        and not named
        and any(re.search(r"任务名称|年初预算|全年预算|部门名称|项目名称|年度目标", text) for text in form)
    )


def _is_prose(rows: Sequence[Sequence[Cell]]) -> bool:
    """A frame around running text, or a drawing: one column without a number of its own."""
    width = max(len([cell for cell in row if cell.text.strip()]) for row in rows)
    return width <= 1
