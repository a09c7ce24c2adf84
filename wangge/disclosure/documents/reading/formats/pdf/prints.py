"""Characters put together to runs, and runs to printed lines."""

import re
import statistics
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pdfminer.layout import LTChar

_RADICALS = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")


@dataclass(slots=True)
class Run:
    """Characters printed without a gap, on one line; `spaced` says that a blank is printed before them."""

    text: str
    x0: float
    x1: float
    middle: float
    size: float
    spaced: bool = False


@dataclass(slots=True)
class Print:
    """One printed line: its runs from left to right."""

    runs: list[Run]
    middle: float
    number: int = 0

    @property
    def x0(self) -> float:
        return self.runs[0].x0

    @property
    def x1(self) -> float:
        return self.runs[-1].x1

    @property
    def size(self) -> float:
        return max(run.size for run in self.runs)

    @property
    def text(self) -> str:
        return join_runs(self.runs)


def runs_of(chars: Iterable[LTChar], height: float) -> list[Run]:
    """Runs in the order of the file: a blank or a gap ends one; a letter printed twice for boldness counts once."""
    runs: list[Run] = []
    blank = True
    for char in chars:
        text = char.get_text()
        if text.isspace():
            blank = True
            continue
        a, b, c, d, *_ = char.matrix
        if min(abs(a) + abs(d), abs(b) + abs(c)) > 0.2 * (abs(a) + abs(b)):
            continue  # a watermark across the page
        x0, x1, size = char.x0, char.x1, char.y1 - char.y0
        middle = height - (char.y0 + char.y1) / 2
        if text >= "\u2e80" and _RADICALS.search(text):
            text = unicodedata.normalize("NFKC", text)
        last = runs[-1] if runs else None
        if last is not None and abs(middle - last.middle) < size * 0.3:
            if last.text.endswith(text) and abs(x1 - last.x1) < size * 0.15 and x0 < last.x1 - size * 0.2:
                continue
            if not blank and -size * 0.3 < x0 - last.x1 < size * 0.12:
                last.text += text
                last.x1 = max(last.x1, x1)
                continue
        runs.append(Run(text, x0, x1, middle, size, blank))
        blank = False
    return runs


def prints_of(runs: Iterable[Run]) -> list[Print]:
    """Lines from top to bottom, each with its runs from left to right."""
    lines: list[Print] = []
    for run in sorted(runs, key=lambda run: run.middle):
        if lines and abs(run.middle - lines[-1].middle) < min(run.size, lines[-1].size) * 0.5:
            lines[-1].runs.append(run)
        else:
            lines.append(Print([run], run.middle))
    merged: list[Print] = []
    for line in lines:
        line.runs.sort(key=lambda run: run.x0)
        last = merged[-1] if merged else None
        if last and line.middle - last.middle < max(line.size, last.size) * 0.5 and _beside(last.runs, line.runs):
            last.runs = sorted(last.runs + line.runs, key=lambda run: run.x0)  # figures set a little lower
        else:
            merged.append(line)
    for line in merged:
        line.middle = statistics.median(run.middle for run in line.runs)
    return merged


def _beside(runs: Sequence[Run], others: Sequence[Run]) -> bool:
    """Do the runs of two lines stand beside each other, none above another?"""
    return all(run.x1 <= other.x0 + 1 or other.x1 <= run.x0 + 1 for run in runs for other in others)


def join_runs(runs: Sequence[Run]) -> str:
    """The text of runs side by side: a blank where one is printed, or where there is room for half a letter."""
    text = ""
    for before, run in zip([None, *runs[:-1]], runs, strict=True):
        if before is not None and run.x0 - before.x1 > min(before.size, run.size) * (0.1 if run.spaced else 0.4):
            text += " "
        text += run.text
    return text


def inside(run: Run, box: tuple[float, float, float, float]) -> bool:
    """Does the middle of the run stand in the box?"""
    x0, top, x1, bottom = box
    return x0 <= (run.x0 + run.x1) / 2 < x1 and top <= run.middle < bottom


def parts_of(line: Print, gap: float = 3) -> list[list[Run]]:
    """The pieces of a line with wide gaps between them, like `部门：` at the left and `单位：` at the right."""
    parts = [[line.runs[0]]]
    for before, run in pairwise(line.runs):
        if run.x0 - before.x1 > line.size * gap:
            parts.append([run])
        else:
            parts[-1].append(run)
    return parts
