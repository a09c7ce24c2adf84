"""Which standard address a spoken one means. Pure Python: the caller brings the names and the rows.

The names of roads, numbers, estates, named buildings and confirmed aliases of an area are one dictionary; the head of a text
is read by looking for them in it, so that whatever stands before, between or behind them (divisions, remarks) neither helps
nor hinders. The tail (building, entrance, room) is then looked up below what was found. Every liberty taken costs confidence;
below `SURE`, or with a rival close by, nobody is sure and a person decides. See docs/algorithms/addresses.md.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from wangge.territory.rules.addresses import LEVELS, Spoken, fold, slots_of, split

SURE = 0.85
RIVAL = 0.05
MOST_CANDIDATES = 8
# What each liberty costs.
LOST_PHASE = 0.06
OTHER_SUFFIX = 0.04
NO_BUILDING = 0.08
NO_ENTRANCE = 0.04
EXTRA_PART = 0.05
# A word that nothing explains may be half of another name ("东" before "新民路"): enough by itself that nobody is sure.
UNKNOWN, UNKNOWN_WORD = 0.14, 0.03
OTHER_NUMBER = 0.4
OTHER_PLACE = 0.3
NEAR_ONLY = 0.5
NO_SUCH_ROOM = 0.5
ALIKE, ALIKE_AT_LEAST = 0.6, 0.5

_PHASE = re.compile(r"(?:\d+|[一二三四五])(?:期|区|组团)$")
_SUFFIX = re.compile(
    r"(?:住宅小区|小区|生活区|住宅区|家属区|家属院|家属楼|宿舍区|宿舍楼|宿舍|大院|社区|楼盘|大楼|公寓楼)$"
)
_FILLER = re.compile(
    r"住宅小区|小区|家属区|院内|院里|里面|大院|内$|的|地址|住址|现住|居住在|住在|位于|湖南省|湖南|中国|号$|^号|^院|村委会|居委会|办事处|\||-$"
)
_PROVINCE = re.compile(r"^(?:中国)?(?:[一-鿿]{2,7}?(?:省|自治区))?(?:[一-鿿]{2,6}?(?:市|自治州)(?!场|政|民|中|区))?")
_NUMBER = re.compile(r"(\d{1,5}(?:-\d{1,4})?|[A-Z]\d{0,4})(?:号院|号大院|号|院|#|(?![0-9A-Z栋幢座单组期]))")
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Node:
    """A standing address above the buildings (or a named building): its key says where in the tree."""

    id: int
    community: int
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Row:
    """An address at or below a node: canonical building, entrance and room."""

    id: int
    kind: str
    building: str
    entrance: str
    room: str


@dataclass(frozen=True, slots=True)
class Scored:
    """An address that the text may mean; `why` says what was taken on trust, in Chinese."""

    id: int
    kind: str
    confidence: float
    why: str


class Rows(Protocol):
    """Where rows below nodes come from: memory for many texts, the database for one."""

    def rooms(self, nodes: Sequence[Node], building: str, room: str) -> Iterable[Row]:
        """Dwellings of this canonical room below any of the nodes, in the building ("" for any) or in none."""

    def parts(self, nodes: Sequence[Node], building: str) -> Iterable[Row]:
        """The building ("" for all) and its entrances, below any of the nodes."""

    def only(self, nodes: Sequence[Node]) -> int | None:
        """The id of the dwelling when there is just one below the nodes."""


@dataclass(slots=True)
class _Name:
    """What a word in the dictionary may mean: nodes, at what cost, and the building it already names (an alias)."""

    nodes: list[tuple[Node, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One node that a head may mean, with the cost so far and what is to be said of it."""

    node: Node
    cost: float
    why: tuple[str, ...]


class Gazetteer:
    """The dictionary of an area. `divisions` maps every folded full name of a division to its code, `shorts` are everyday
    names that may stand anywhere; `aliases` are (folded text, node or dwelling) that people confirmed."""

    def __init__(
        self,
        nodes: Iterable[Node],
        aliases: Iterable[tuple[str, Node]] = (),
        divisions: Mapping[str, int] | None = None,
        shorts: Mapping[int, str] | None = None,
    ) -> None:
        self.names: dict[str, _Name] = {}
        self.exact: dict[str, list[Node]] = {}
        self._below: dict[tuple[int, str], list[Node]] = {}
        self._divisions = dict(divisions or {})
        self._masks = sorted(self._divisions, key=len, reverse=True)
        self._shorts = {code: fold(short) for code, short in (shorts or {}).items()}
        self._grams: dict[str, set[str]] = {}
        self._read: OrderedDict[str, tuple[list[_Reading], int]] = OrderedDict()
        for node in nodes:
            self._learn(node)
        for text, node in aliases:
            self.exact.setdefault(text, []).append(node)
            if node.kind != "dwelling":
                self._say(text, node, 0.0)

    def _learn(self, node: Node) -> None:
        road, _, estate, building, _, _ = slots_of(node.key)
        if node.kind == "road":
            self._say(road, node, 0.0)
            short = self._shorts.get(node.community, "")
            for begin in (short, f"{short}村", f"{short}社区"):
                if short and road.startswith(begin) and len(road) > len(begin) + 1 and road.endswith("组"):
                    self._say(road.removeprefix(begin), node, 0.02)
        elif node.kind == "number":
            self._below.setdefault((node.community, road), []).append(node)
        elif node.kind == "estate":
            self._say(estate, node, 0.0)
            whole = _PHASE.sub("", estate)
            for said, cost in ((whole, LOST_PHASE), (_SUFFIX.sub("", estate), OTHER_SUFFIX)):
                if said != estate and len(said) >= 3:
                    self._say(said, node, cost)
        else:
            self._say(building, node, 0.0)

    def _say(self, word: str, node: Node, cost: float) -> None:
        if len(word) < 2:
            return
        self.names.setdefault(word, _Name()).nodes.append((node, cost))
        if node.kind in ("estate", "building"):
            for gram in _grams(word):
                self._grams.setdefault(gram, set()).add(word)

    # ---- reading a head ----

    def read(self, head: str) -> tuple[list[_Reading], int]:
        """(what the head may mean, how many characters nothing explains); remembered, because heads repeat."""
        known = self._read.get(head)
        if known is None:
            known = self._read[head] = self._reckon(head)
            if len(self._read) > 50_000:
                self._read.popitem(last=False)
        return known

    def _reckon(self, head: str) -> tuple[list[_Reading], int]:
        left = _PROVINCE.sub("", head, count=1)
        if not self._spans(left) and self._spans(head):
            left = head
        named: list[int] = []
        for word in self._masks:
            if word in left and not self._is_part_of_a_name(left, word):
                code = self._divisions[word]
                before, _, after = left.partition(word)
                if code % 10**9 == 0 and not self._spans(before):
                    before = ""  # province and city, however they are written
                left = f"{before}|{after}"
                named.append(code)
        spans = self._spans(left)
        numbers: dict[int, str] = {}
        covered = [False] * len(left)
        for start, end, _ in spans:
            covered[start:end] = [True] * (end - start)
        for m in _NUMBER.finditer(left):
            if not any(covered[m.start() : m.end()]):
                numbers[m.start()] = "-".join(p.lstrip("0") or "0" if p.isdigit() else p for p in m[1].split("-"))
                covered[m.start() : m.end()] = [True] * (m.end() - m.start())
        rest = "".join(c if not covered[i] else "|" for i, c in enumerate(left))
        for short in {s for c, s in self._shorts.items() if len(s) >= 2}:
            rest = rest.replace(short, "|")
        unknown = len(_FILLER.sub("", rest))
        readings = self._join([s[2] for s in spans], list(numbers.values()), named)
        if not readings:
            readings = self._alike(_FILLER.sub("", rest))
            unknown = 0 if readings else unknown
        return readings, unknown

    def _is_part_of_a_name(self, text: str, word: str) -> bool:
        """ "新民村" is a village, but in "新民村3组" it belongs to the name of the group."""
        at = text.find(word)
        return any(start <= at < end and end > at + len(word) for start, end, _ in self._spans(text))

    def _spans(self, text: str) -> list[tuple[int, int, str]]:
        """Known names in the text, from the left, the longest at each place."""
        found, i = [], 0
        while i < len(text) - 1:
            for j in range(min(len(text), i + _LONGEST), i + 1, -1):
                if text[i:j] in self.names:
                    found.append((i, j, text[i:j]))
                    i = j
                    break
            else:
                i += 1
        return found

    def _join(self, words: Sequence[str], numbers: Sequence[str], named: Sequence[int]) -> list[_Reading]:
        """What names, door numbers and divisions together mean: the deepest nodes that agree with most of them."""
        said = [(node, cost) for word in words for node, cost in self.names[word].nodes]
        if not said:
            return []
        roads = {(n.community, slots_of(n.key)[0]) for n, _ in said if n.kind == "road"}
        deeper = [(n, c) for n, c in said if n.kind != "road"]
        if not deeper and roads:
            at_numbers = [
                (n, c)
                for road, c in ((n, c) for n, c in said if n.kind == "road")
                for n in self._below.get((road.community, slots_of(road.key)[0]), [])
                if slots_of(n.key)[1] in numbers
            ]
            deeper = at_numbers or [(n, c + (0.25 if numbers else 0.0)) for n, c in said if n.kind == "road"]
        finest = [code for code in named if _width(code) == min(map(_width, named))]
        best: dict[int, _Reading] = {}
        for node, cost in deeper:
            road, number = slots_of(node.key)[:2]
            why: list[str] = []
            if node.kind in ("estate", "building"):
                if cost:
                    why.append("名称不完整")
                here = {r for c, r in roads if c == node.community}
                if here and road and road not in here:
                    cost += OTHER_NUMBER
                    why.append("路名不符")
                elif numbers and number and number not in numbers:
                    cost += OTHER_NUMBER
                    why.append("门牌号不符")
            elif node.kind == "road" and numbers:
                why.append("没有这个门牌")
            if finest and not any(_covers(code, node.community) for code in finest):
                cost += OTHER_PLACE
                why.append("所写区划不符")
            known = best.get(node.id)
            if known is None or cost < known.cost:
                best[node.id] = _Reading(node, cost, tuple(why))
        return sorted(best.values(), key=lambda r: r.cost)[:40]

    def _alike(self, word: str) -> list[_Reading]:
        """Names that look like a word nobody knows: never sure, but worth showing."""
        grams = _grams(word)
        if len(word) < 3:
            return []
        score: dict[str, float] = {}
        for gram in grams:
            for name in self._grams.get(gram, ()):
                score[name] = score.get(name, 0) + 1
        ranked = sorted(((2 * hits / (len(grams) + len(_grams(n))), n) for n, hits in score.items()), reverse=True)
        return [
            _Reading(node, 1 - ALIKE * similarity + cost, (f"与“{name}”相近",))
            for similarity, name in ranked[:4]
            if similarity >= ALIKE_AT_LEAST
            for node, cost in self.names[name].nodes[:4]
        ]

    # ---- a whole text ----

    def find(self, text: str, rows: Rows) -> list[Scored]:
        """What the text may mean, best first; at most `MOST_CANDIDATES`."""
        exact = self.exact.get(fold(text)) if self.exact else None
        if exact:
            return [Scored(n.id, n.kind, 0.99, "已确认的别名") for n in exact][:MOST_CANDIDATES]
        said = split(text)
        readings, unknown = self.read(said.head)
        if said.aside:
            beside, _ = self.read(said.aside)
            readings = _agreeing(readings, beside) if readings and beside else readings or beside
        unknown += len(said.behind)
        base = 1.0 - (UNKNOWN + UNKNOWN_WORD * unknown if unknown else 0.0) - (NEAR_ONLY if said.is_vague else 0.0)
        best: dict[int, Scored] = {}
        for reading in readings:
            for row, cost, why in _tails(reading.node, said, rows):
                words = [*reading.why, *why]
                if unknown:
                    words.append("有未识别的字")
                if said.is_vague:
                    words.append("只说了附近")
                confidence = round(max(0.0, base - reading.cost - cost), 3)
                if confidence > 0.2 and (row.id not in best or best[row.id].confidence < confidence):
                    best[row.id] = Scored(row.id, row.kind, confidence, "、".join(dict.fromkeys(words)))
        ranked = sorted(best.values(), key=lambda s: (-s.confidence, -LEVELS.index(s.kind), s.id))
        return ranked[:MOST_CANDIDATES]

    def starting(self, words: str, limit: int = 20) -> list[Node]:
        """Nodes whose name contains what was typed so far, shortest name first."""
        typed = fold(words)
        if len(typed) < 2:
            return []
        names = sorted((n for n in self.names if typed in n), key=len)
        found = {node.id: node for n in names[: 4 * limit] for node, _ in self.names[n].nodes}
        return list(found.values())[:limit]


def decide(found: Sequence[Scored]) -> Scored | None:
    """The one that is meant, if it is sure and no rival is close."""
    if not found or found[0].confidence < SURE:
        return None
    if len(found) > 1 and found[1].confidence > found[0].confidence - RIVAL:
        return None
    return found[0]


def _width(code: int) -> int:
    return next(width for width in (10**9, 10**6, 10**3, 1) if code % width == 0)


def _covers(code: int, community: int) -> bool:
    return code <= community < code + _width(code)


def _grams(word: str) -> set[str]:
    """Characters and pairs of them: one wrong character of four still leaves most."""
    return {word[i : i + 2] for i in range(len(word) - 1)} | set(word)


def _agreeing(first: Sequence[_Reading], second: Sequence[_Reading]) -> list[_Reading]:
    """Readings of the text that its brackets confirm; all of them when the brackets speak of something else."""
    keys = {(r.node.community, slots_of(r.node.key)[:2]) for r in second}
    return [r for r in first if (r.node.community, slots_of(r.node.key)[:2]) in keys] or list(first)


def _tails(node: Node, said: Spoken, rows: Rows) -> Iterable[tuple[Row, float, tuple[str, ...]]]:
    building, entrance, room = said.building, said.entrance, said.room
    _, _, _, own_building, own_entrance, own_room = slots_of(node.key)
    if own_room:
        yield Row(node.id, node.kind, own_building, own_entrance, own_room), 0.0, ()
        return
    if own_building:  # a building with a name of its own: "综合楼3单元301"
        building = building if building and building == own_building else own_building
        entrance = own_entrance or entrance
    if not (building or entrance or room):
        only = rows.only([node])
        if only is not None and node.kind != "road":
            yield Row(only, "dwelling", "", "", ""), 0.02, ()
        else:
            yield Row(node.id, node.kind, "", "", ""), 0.0, ()
        return
    if own_building and not (said.entrance or room):
        yield Row(node.id, node.kind, own_building, own_entrance, ""), 0.0, ()
        return
    below = rows.rooms([node], building, room) if room else rows.parts([node], building)
    hits = [hit for row in below if (hit := _fits(row, building, entrance, room)) is not None]
    if said.either and not hits:  # "3-301": the third entrance of the only building
        hits = [hit for row in rows.rooms([node], "", room) if (hit := _fits(row, "", building, room)) is not None]
    if hits:
        yield from hits
        return
    parts = [r for r in rows.parts([node], building) if r.building == building] if building else []
    nearest = next((r for r in parts if entrance and r.entrance == entrance), parts[0] if parts else None)
    if nearest is not None:
        yield nearest, NO_SUCH_ROOM, ("没有登记这一室" if room else "没有登记这个单元",)
    else:
        yield Row(node.id, node.kind, "", "", ""), NO_SUCH_ROOM, ("没有登记这一栋" if building else "没有登记这一室",)


def _fits(row: Row, building: str, entrance: str, room: str) -> tuple[Row, float, tuple[str, ...]] | None:
    """The row with the cost of what the text left out or said too much; None when they contradict."""
    if room and (row.kind != "dwelling" or row.room != room):
        return None
    if not room and row.kind != ("entrance" if entrance else "building"):
        return None
    if (building and row.building and building != row.building) or (
        entrance and row.entrance and entrance != row.entrance
    ):
        return None
    cost, why = 0.0, []
    if row.building and not building:
        cost, why = cost + NO_BUILDING, ["未写楼栋"]
    if row.entrance and not entrance and room:
        cost, why = cost + NO_ENTRANCE, [*why, "未写单元"]
    if (building and not row.building) or (entrance and not row.entrance):
        cost, why = cost + EXTRA_PART, [*why, "登记中没有这一级"]
    return row, cost, tuple(why)
