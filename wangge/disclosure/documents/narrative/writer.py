"""How a sentence is made: a template from `templates.yaml`, and figures that remember the rows of the books.

A share, a rate or a growth is computed from the figures as printed beside it, so that a reader who recomputes it gets the
same; a sum or a difference is computed in yuan and rounded once.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from wangge.disclosure.documents.filling.books import Amount, Row
from wangge.disclosure.documents.filling.cells import Block, Heading, Text

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
Value = Amount | Decimal | int | str
NUMERALS = "零一二三四五六七八九"


@lru_cache(maxsize=1)
def templates() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "templates.yaml").read_text("utf-8"))
    return found


def numeral(n: int) -> str:
    """1 → 一, 10 → 十, 26 → 二十六."""
    tens, ones = divmod(n, 10)
    return ("" if tens < 1 else "十" if tens == 1 else NUMERALS[tens] + "十") + (NUMERALS[ones] if ones else "")


def money(amount: Amount) -> str:
    """万元 in a sentence: two decimals, nothing as 0."""
    value = amount.wan()
    return f"{value:.2f}" if value else "0"


def percent(part: Decimal, whole: Decimal) -> str:
    """A share of printed figures in percent, two decimals; nothing of nothing is 0."""
    if not whole:
        return "0"
    value = (part * HUNDRED / whole).quantize(CENT, ROUND_HALF_UP)
    return f"{value:.2f}" if value else "0"


def share(part: Amount, whole: Amount) -> str:
    return percent(part.wan(), whole.wan())


class Writer:
    """Collects headings and paragraphs of a set; knows at which number each level of heading is."""

    def __init__(self, group: str, **always: Value) -> None:
        self.blocks: list[Block] = []
        self.group = templates()[group]
        self.compare = templates()["compare"]
        self.always = always
        self._counts = [0, 0]

    def part(self, words: str) -> None:
        """第一部分, 第二部分 …: the headings below begin anew."""
        self._counts = [0, 0]
        self.blocks.append(Heading(1, words, new_page=True))

    def section(self, words: str) -> None:
        self._counts = [self._counts[0] + 1, 0]
        self.blocks.append(Heading(2, f"{numeral(self._counts[0])}、{words}"))

    def point(self, words: str) -> None:
        self._counts[1] += 1
        self.blocks.append(Heading(3, f"（{numeral(self._counts[1])}）{words}"))

    def text(self, words: str, rows: tuple[Row, ...] = ()) -> None:
        self.blocks.append(Text(words, rows))

    def words(self, key: str, **values: Value) -> str:
        """The sentence without writing it down."""
        return _fill(self.group[key], {**self.always, **values})[0]

    def say(self, key: str, /, start: Value = "", **values: Value) -> None:
        """Write the sentence `key`, after `start` (a number of the list it stands in)."""
        words, rows = _fill(self.group[key], {**self.always, **values})
        self.blocks.append(Text(f"{start}{words}", rows))

    def reason(self, because: str) -> str:
        return _fill(self.compare["because"], {"reason": because.rstrip("。")})[0] if because else ""

    def compared(self, now: Amount, before: Amount | None, suffix: str = "") -> str:
        """，比上年…增加 x 万元，增长 y%; "" when the year before is not known."""
        if before is None:
            return ""
        change = now - before
        if not change.wan():
            return self.compare[f"same{suffix}"]
        more = change.yuan > 0
        words = self.compare[f"more{suffix}" if more else f"less{suffix}"]
        return words.format(change=f"{abs(change.wan()):.2f}", rate=self.grew(now, before))

    def grew(self, now: Amount, before: Amount) -> str:
        """，增长 y%, against the year before as printed figures give it; "" against nothing."""
        change = (now - before).wan()
        base = now.wan() - change
        if not base or not change:
            return ""
        words = self.compare["grew" if change > 0 else "fell"]
        return words.format(rate=percent(abs(change), base))


def _fill(template: str, values: dict[str, Any]) -> tuple[str, tuple[Row, ...]]:
    rows: list[Row] = []

    def one(match: re.Match[str]) -> str:
        value = values[match[1]]
        if isinstance(value, Amount):
            rows.extend(value.rows)
            return money(value)
        return str(value)

    return re.sub(r"\{(\w+)\}", one, template), tuple(rows)
