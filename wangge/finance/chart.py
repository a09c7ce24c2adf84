"""The chart of accounts by year, as shipped: functional, departmental economic and government economic classification.

A code belongs to years: 其他社会保障和就业支出 is 2089901 until 2020 and 2089999 from 2021. The tables are in `data/*.csv`
with their sources; what a district adds of its own is kept in the books (`finance.queries.chart`). Pure Python.
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

Kind = Literal["function", "economic", "governmental"]
KIND_NAMES: Mapping[str, str] = {
    "function": "支出功能分类",
    "economic": "部门预算支出经济分类",
    "governmental": "政府预算支出经济分类",
}
LENGTHS: Mapping[str, tuple[int, ...]] = {"function": (3, 5, 7), "economic": (3, 5), "governmental": (3, 5)}
_FILES = {"function": "functional", "economic": "economic", "governmental": "governmental"}
_ALWAYS = (0, 9999)


class Entry(NamedTuple):
    """One line of a chart; valid in `first`..`last`, both included."""

    code: str
    name: str
    first: int
    last: int
    quality: str


@cache
def _entries(kind: Kind) -> tuple[Entry, ...]:
    if kind not in get_args(Kind):
        raise ValueError(f"not a classification: {kind!r}")
    path = Path(__file__).parent / "data" / f"{_FILES[kind]}.csv"

    def lines() -> Iterator[str]:
        with open(path, encoding="utf-8", newline="") as f:
            yield from (line for line in f if not line.startswith("#"))

    return tuple(
        Entry(
            r["code"],
            r["name"],
            int(r["from_year"] or _ALWAYS[0]),
            int(r["to_year"] or _ALWAYS[1]),
            r["quality"],
        )
        for r in csv.DictReader(lines())
    )


@lru_cache(maxsize=64)
def classification(kind: Kind, year: int) -> Mapping[str, str]:
    """code → name of every code that may be used in the year, at every level, in the order of the codes."""
    return MappingProxyType({e.code: e.name for e in _entries(kind) if e.first <= year <= e.last})


@lru_cache(maxsize=64)
def _qualities(kind: Kind, year: int) -> Mapping[str, str]:
    return {e.code: e.quality for e in _entries(kind) if e.first <= year <= e.last}


def quality(kind: Kind, year: int, code: str) -> str:
    """How well the code is known: "A", "B", "C" (printed in three, two, one documents), "K", "OLD", or "" (not in the year).

    The tables are not complete: only an entry with `valid_years` that exclude the year proves a code wrong.
    """
    return _qualities(kind, year).get(code, "")


def valid_years(kind: Kind, code: str) -> tuple[tuple[int, int], ...]:
    """The closed ranges of years the code is known for (0 and 9999: without end); empty when it is unknown."""
    return tuple((e.first, e.last) for e in _entries(kind) if e.code == code)


def names(kind: Kind, code: str) -> tuple[str, ...]:
    """Every name the code has had."""
    return tuple(e.name for e in _entries(kind) if e.code == code)
