"""The sentences of a document as the rules read them: under one heading in one piece, without blanks, numbers picked out.

A sentence that is printed over several lines, or whose subject stands in the sentence before, can only be judged with what
surrounds it. Every position leads back to the printed words and their place, so that a finding quotes what is printed.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from wangge.disclosure.documents.auditing.engine import Checker
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.auditing.tolerance import SCALES, place_value
from wangge.disclosure.documents.model import Document, Figure, Paragraph, Place, Sentence

_SIGNS = str.maketrans(
    {
        **{full: str(i) for i, full in enumerate("０１２３４５６７８９")},
        **dict(zip("().;:%．％‰－", "（）.；：%.%‰-", strict=True)),
        "“": "“",
        "”": "”",
        "＂": "”",
    }
)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_MONEY = re.compile(rf"(?<![\d.,])(?P<number>{_NUMBER})(?P<unit>亿元|百万元|万元|千元|百元|元(?!旦))")
SIGNED = rf"-?(?:{_NUMBER})"
_PERCENT = re.compile(rf"(?<![\d.,])(?P<number>{_NUMBER})%")
# What stands between a name and its amount and is part of neither.
_LINK = re.compile(
    r"(?:分别|均|共|全年|拟)?(?:为|是|共计|约|达到|达|(?<![合总小])计|安排|共安排|预算安排|共)?(?:人民币)?$"
)
_LEAD = re.compile(
    r"^(?:其中|主要是|主要|包括|包含|即|另|另外|以及|和|与|及|再加上|加上|截至目前|全年|当年|本年度?|今年|"
    r"(?:19|20)\d{2}年度?|本部门|本单位|我部门|我单位|我局|我委|部门|单位|（\d+）|\d+[.、．]|[①-⑳]|[（(]?[一二三四五六七八九十]+[)）、])+"
)


def money_as(name: str) -> str:
    """The pattern of an amount of money, its number in the group `name` and its unit in `name_unit`."""
    return rf"(?P<{name}>{_NUMBER})(?P<{name}_unit>亿元|万元|元)"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in a passage: `number` as printed in `unit`, between `start` and `end` of the passage's text."""

    number: Decimal
    digits: int
    unit: str
    text: str
    start: int
    end: int

    @property
    def wan(self) -> Decimal:
        """In 万元."""
        return self.number * SCALES[self.unit]

    @property
    def half(self) -> Decimal:
        """Half of the last printed place in 万元: how far the true amount may be from it."""
        return place_value(self.digits) * SCALES[self.unit] / 2


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage in a passage."""

    number: Decimal
    digits: int
    text: str
    start: int
    end: int


@dataclass(slots=True)
class Passage:
    """All sentences that follow one another under the same headings, as one text."""

    section: tuple[str, ...]
    text: str
    starts: list[int]
    sources: list[tuple[int, Sentence, list[int]]]
    figures: dict[int, list[Figure]] = field(default_factory=dict)
    raw: list[tuple[str, list[int]] | None] = field(default_factory=list)

    def _at(self, position: int) -> tuple[int, Sentence, int]:
        i = max(bisect_right(self.starts, position) - 1, 0)
        number, sentence, offsets = self.sources[i]
        inside = min(position - self.starts[i], len(offsets) - 1)
        return number, sentence, offsets[inside]

    def place(self, position: int) -> Place:
        """Where it is printed: the place of the last figure before it in its sentence, which knows its own line."""
        number, sentence, offset = self._at(position)
        before = [f for f in self.figures.get(number, ()) if f.start <= offset + 1]
        return max(before, key=lambda f: f.start).place if before else sentence.place

    def quote(self, start: int, end: int) -> str:
        """The printed words from `start` to `end`; to the end of the sentence of `start` when that is before."""
        i = max(bisect_right(self.starts, start) - 1, 0)
        stop = min(end, self.starts[i + 1] if i + 1 < len(self.starts) else len(self.text))
        first, last = start - self.starts[i], max(stop - 1, start) - self.starts[i]
        if self.raw and (printed := self.raw[i]) is not None:
            raw, offsets = printed
        else:
            _, sentence, offsets = self.sources[i]
            raw = sentence.text
        last = min(last, len(offsets) - 1)
        return raw[offsets[min(first, last)] : offsets[last] + 1].strip()

    def sentence_at(self, position: int) -> tuple[int, int]:
        """Start and end of the sentence around a position, by its full stop."""
        before = max(self.text.rfind("。", 0, position), self.text.rfind("\n", 0, position)) + 1
        ends = [i for i in (self.text.find("。", position), self.text.find("\n", position)) if i >= 0]
        return before, (min(ends) + 1 if ends else len(self.text))

    def amounts(self, start: int = 0, end: int | None = None) -> list[Amount]:
        stop = len(self.text) if end is None else end
        return [a for a in all_amounts(self.text) if a.start >= start and a.end <= stop]

    def shares(self, start: int = 0, end: int | None = None) -> list[Share]:
        stop = len(self.text) if end is None else end
        return [s for s in all_shares(self.text) if s.start >= start and s.end <= stop]

    def under(self, *words: str) -> bool:
        """Does a heading above it contain one of the words?"""
        return any(word in heading for heading in self.section for word in words)


def squeeze(text: str) -> tuple[str, list[int]]:
    """The text without blanks and with one kind of signs; for each character its position in the original."""
    kept: list[str] = []
    offsets: list[int] = []
    for i, ch in enumerate(text):
        if ch.isspace() or ch in "\u200b\ufeff*#":
            continue
        if ch in ",，":
            around = text[max(i - 1, 0) : i] + text[i + 1 : i + 4]
            ch = "," if re.fullmatch(r"\d\d{3}", around) and not text[i + 4 : i + 5].isdigit() else "，"
        kept.append(ch.translate(_SIGNS))
        offsets.append(i)
    return "".join(kept), offsets


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    return squeeze(text)[0]


@lru_cache(maxsize=2048)
def all_amounts(text: str) -> tuple[Amount, ...]:
    return tuple(Amount(*number_of(m["number"]), m["unit"], m[0], m.start(), m.end()) for m in _MONEY.finditer(text))


@lru_cache(maxsize=2048)
def all_shares(text: str) -> tuple[Share, ...]:
    return tuple(Share(*number_of(m["number"]), m[0], m.start(), m.end()) for m in _PERCENT.finditer(text))


def number_of(text: str) -> tuple[Decimal, int]:
    """A printed number and its decimals."""
    bare = text.replace(",", "")
    return Decimal(bare), len(bare.partition(".")[2])


_last: tuple[Document, list[Passage]] | None = None


def passages(document: Document) -> list[Passage]:
    """The narrative in order, one passage for each run of sentences under the same headings.

    Every rule asks for it, so the passages of the last document are kept.
    """
    global _last
    kept = _last
    if kept is None or kept[0] is not document:
        _last = kept = (document, _passages(document))
    return kept[1]


def _passages(document: Document) -> list[Passage]:
    figures: dict[int, list[Figure]] = {}
    for figure in document.figures:
        figures.setdefault(figure.sentence, []).append(figure)
    printed = _Printed(document)
    found: list[Passage] = []
    for number, sentence in enumerate(document.sentences):
        text, offsets = squeeze(sentence.text)
        if not text:
            continue
        if not found or found[-1].section != sentence.section:
            found.append(Passage(sentence.section, "", [], [], figures))
        last = found[-1]
        if last.text and last.text[-1] not in "。；：，、":
            last.text += "\n"
        last.starts.append(len(last.text))
        last.sources.append((number, sentence, offsets))
        last.raw.append(printed.find(text))
        last.text += text
    return found


class _Printed:
    """The printed words behind a sentence that was joined and rid of its blanks."""

    def __init__(self, document: Document) -> None:
        kept: list[str] = []
        self.offsets: list[int] = []
        self.raw = ""
        for block in document.source.blocks:
            if isinstance(block, Paragraph):
                text, offsets = squeeze(block.text)
                kept.append(text)
                self.offsets.extend(len(self.raw) + i for i in offsets)
                self.raw += block.text + "\n"
        self.text = "".join(kept)
        self.last = 0

    def find(self, text: str) -> tuple[str, list[int]] | None:
        """The printed text and where each character of the sentence stands in it; sentences are asked for in order."""
        at = self.text.find(text, self.last)
        at = at if at >= 0 else self.text.find(text)
        if at < 0:
            return None
        self.last = at
        return self.raw, self.offsets[at : at + len(text)]


def subject(text: str, start: int) -> str:
    """What an amount that begins at `start` measures, in the words right before it, without brackets and fillers."""
    low = max(0, start - 120)
    before = re.sub(r"（[^（）]{0,40}）", "", text[low:start])
    before = re.split(r"[，。；：\n]|(?<![收])、|%|万元|亿元|(?<=\d)元", before)[-1]
    before = re.sub(r"^[^（]*）", "", before)
    before = _LEAD.sub("", before.lstrip("（“”‘’"))
    return _LINK.sub("", before).strip("“”")


def bare(text: str) -> str:
    """A heading or name for comparison: no signs, no numbering."""
    short = plain(text)
    short = re.sub(r"^(?:第[一二三四五六七八九十]+部分|[（]?[一二三四五六七八九十\d]+[）、.．])+", "", short)
    return re.sub(r"[^\w]", "", short)


def term(passage: Passage, number: Amount | Share, name: str = "", since: int | None = None, coarse: int = 2) -> Term:
    """A number of a sentence as the engine takes it. Its quote begins at `since` (the clause of the number when not given).

    `coarse` as in `Term`: money in 万元 is printed to two decimals unless its zeros were cut off.
    """
    index, _, offset = passage._at(number.start)
    begin = clause_start(passage.text, number.start) if since is None else since
    money = isinstance(number, Amount)
    return Term(
        name=name or (subject(passage.text, number.start) if money else "占比"),
        text=passage.quote(number.start, number.end),
        number=number.number,
        digits=number.digits,
        place=passage.place(number.start),
        key=("sentence", index, offset),
        scale=SCALES[number.unit] if isinstance(number, Amount) else Decimal(1),
        coarse=coarse if isinstance(number, Amount) and number.unit == "万元" else 0,
        exact=not money,
        quote=passage.quote(begin, clause_end(passage.text, number.end)),
    )


def clause_start(text: str, position: int) -> int:
    """Where the clause with this position begins; a comma inside brackets parts nothing."""
    depth = 0
    for i in range(position - 1, -1, -1):
        depth += (text[i] == "）") - (text[i] == "（")
        if depth <= 0 and text[i] in "，。；：\n" and i < position - 1:
            return i + 1
    return 0


def clause_end(text: str, position: int) -> int:
    found = re.compile(r"[，。；\n]").search(text, position)
    return found.start() if found else len(text)


def flag_found(check: Checker, found: Sequence[tuple[Passage, int, int]], **words: object) -> None:
    """One finding for all that was found, each with its start and end: quoted from the first, marked at every one."""
    if not found:
        return
    passage, start, end = found[0]
    shown = {
        "where": passage.section[-1] if passage.section else "",
        "printed": "；".join(dict.fromkeys(p.quote(a, b) for p, a, b in found)),
        "quote": passage.quote(start, end),
        "places": tuple(p.place(a) for p, a, _ in found),
    }
    check.flag(passage.place(start), **shown | words)
