"""What a report is about and who should handle it: three categories with their reason, one office with its. Pure Python.

People describe what is wrong in their own words and cannot find a category in a tree; so the words of the duty catalogue are
looked for in the text. Nothing is learned: the reason is the words that were found, and an official can change both.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from wangge.events.catalogue import Catalogue, Category

# Below this score a suggestion is a guess, and "not sure" is said instead.
SURE = 4
TOP = 3
# A text longer than this is judged by its beginning: what is wrong is said first, and time stays bounded.
LONGEST = 600
# How many codes a place of a level spans: 6 digits county, 3 street, 3 community, 3 cell.
_WIDTH = {"district": 1_000_000_000, "street": 1_000_000, "community": 1_000}
LEVEL_NAMES = {"grid": "网格", "community": "社区（村）", "street": "街道（镇）", "district": "区级部门"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category the text may belong to; `words` are the reason, heaviest first."""

    code: str
    name: str
    score: int
    words: tuple[str, ...]

    @property
    def reason(self) -> str:
        """The reason in plain words."""
        return f"文中提到“{'”“'.join(self.words)}”"


@dataclass(frozen=True, slots=True)
class HandlerSuggestion:
    """The office the duty list names for a category at a place; `department_code` is None when there is no such office."""

    department_code: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Office:
    """An office as the suggestion sees it: its code, slug, name, kind (centre, street, community, department) and place."""

    code: str
    slug: str
    name: str
    kind: str
    place_code: int


class Index:
    """The words of a catalogue, ready to be found in one pass."""

    def __init__(self, catalogue: Catalogue) -> None:
        weights: dict[str, dict[str, int]] = {}
        for row in catalogue.categories.values():
            for word, weight in ((row.name.lower(), 6), *((w.lower(), n) for w, n in row.words)):
                known = weights.setdefault(word, {})
                known[row.code] = max(known.get(row.code, 0), weight)
        self.names = {row.code: row.name for row in catalogue.categories.values()}
        # What a found word is worth: its own rows, and those of every catalogued word inside it, because one pass takes
        # only the longest word at a place.
        self.worth: dict[str, list[tuple[str, str, int]]] = {}
        for word in weights:
            best: dict[str, tuple[str, int]] = {}
            for inner, rows in weights.items():
                if inner in word:
                    for code, weight in rows.items():
                        if weight > best.get(code, ("", 0))[1]:
                            best[code] = (inner, weight)
            self.worth[word] = [(code, inner, weight) for code, (inner, weight) in best.items()]
        # One look-ahead per first character; words sorted longest first so that the longest is taken.
        by_head: dict[str, list[str]] = {}
        for word in sorted(weights, key=lambda w: (-len(w), w)):
            by_head.setdefault(word[0], []).append(word)
        self.by_head = {head: tuple(words) for head, words in by_head.items()}
        self.heads = re.compile("[" + "".join(re.escape(h) for h in sorted(by_head)) + "]")

    def find(self, text: str) -> list[str]:
        """The catalogued words of a text, each once, the longest at every place; words inside a found word are not repeated."""
        found: list[str] = []
        at = 0
        while (hit := self.heads.search(text, at)) is not None:
            at = hit.start()
            for word in self.by_head[hit.group()]:
                if text.startswith(word, at):
                    if word not in found:
                        found.append(word)
                    at += max(1, len(word) - 1)
                    break
            else:
                at += 1
        return found


@lru_cache(maxsize=16)
def _index(key: int, version: str, holder: "_Held") -> Index:
    return Index(holder.catalogue)


class _Held:
    """A catalogue as a cache key: equal when it is the same object, so an edited catalogue gets a new index."""

    __slots__ = ("catalogue",)

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.catalogue is self.catalogue


def index(catalogue: Catalogue) -> Index:
    """The index of a catalogue, built once (the cache keeps the catalogue alive, so its identity is not used twice)."""
    return _index(id(catalogue), catalogue.version, _Held(catalogue))


def suggest(text: str, catalogue: Catalogue) -> list[Suggestion]:
    """Up to three categories for a text, best first; an empty list means "not sure". A later word never lowers a score."""
    known = index(catalogue)
    scores: dict[str, int] = {}
    words: dict[str, list[tuple[int, str]]] = {}
    for found in known.find(text[:LONGEST].lower()):
        for code, word, weight in known.worth[found]:
            seen = words.setdefault(code, [])
            if (weight, word) not in seen:
                seen.append((weight, word))
                scores[code] = scores.get(code, 0) + weight
    best = sorted(scores.items(), key=lambda kv: (-kv[1], kv[0]))[:TOP]
    if not best or best[0][1] < SURE:
        return []
    return [
        Suggestion(code, known.names[code], score, tuple(w for _, w in sorted(words[code], key=lambda x: -x[0])[:4]))
        for code, score in best
    ]


def handler(
    category: Category, place_code: int, catalogue: Catalogue, offices: Mapping[str, Office]
) -> HandlerSuggestion:
    """Who handles a category at a place: the duty list says the level and the department, the place says whose.

    `offices` are the district's offices by code. When the place is coarser than the level (a report without a cell), or the
    office does not exist, the next office up is named and the reason says so.
    """
    cited = f"职责清单 {catalogue.version} 版“{category.class_name}·{category.name}”（{category.code}）"
    if category.level == "district":
        slug, district = catalogue.office(category.lead), _at(place_code, "district")
        for office in offices.values():
            if office.slug == slug and _at(office.place_code, "district") == district:
                return HandlerSuggestion(office.code, f"{cited}由区级部门承办，主办单位为{office.name}。")
        return _upward(place_code, offices, f"{cited}的主办单位未设置")
    # What a cell settles by itself still waits, as a case, with the cell's community.
    kind = "street" if category.level == "street" else "community"
    code = _at(place_code, kind)
    for office in offices.values():
        if office.kind == kind and office.place_code == code:
            text = f"{cited}一般由{LEVEL_NAMES[category.level]}承办，事发地属{office.name}。"
            return HandlerSuggestion(office.code, text)
    return _upward(place_code, offices, f"{cited}一般由{LEVEL_NAMES[category.level]}承办，但事发地没有对应机构")


def _at(place_code: int, level: str) -> int:
    return place_code - place_code % _WIDTH[level]


def _upward(place_code: int, offices: Mapping[str, Office], why: str) -> HandlerSuggestion:
    by_place = {(o.kind, o.place_code): o for o in offices.values()}
    for kind, level in (("street", "street"), ("centre", "district")):
        office = by_place.get((kind, _at(place_code, level)))
        if office:
            return HandlerSuggestion(office.code, f"{why}，请由{office.name}研判。")
    return HandlerSuggestion(None, f"{why}，请人工选择承办单位。")
