"""Which standard address a text means: the dictionary of an area kept in memory, rows from the database or, for many texts,
from one sweep. Addresses are public reference data, so no query here takes an actor; what people wrote is never kept here."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db import connection

from wangge.kernel.errors import NotHere
from wangge.territory.models import AddressAlias, AddressVersion, Division, StandardAddress
from wangge.territory.queries import land
from wangge.territory.rules import addresses as forms
from wangge.territory.rules import land as codes
from wangge.territory.rules.matching import Gazetteer, Node, Row, Scored, decide

# Areas are small but for whole districts; a process serves the people of every community.
_KEEP = 160
_MOST_ROWS = 6_000
_NONE: dict[str, list[Row]] = {}
_NAMED_BUILDING = r"^([0-9]{1,3}[A-Z]?|[A-Z][0-9]{0,2}|[东西南北中甲乙丙丁戊])$"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that a text may mean; `why` says what is uncertain about it."""

    address_id: int
    kind: str
    full: str
    place_code: int
    confidence: float
    why: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text means. `address_id` only when that is sure, `dwelling_id` when it is one dwelling; else the candidates,
    best first, and a Chinese sentence why nobody can be sure."""

    address_id: int | None
    dwelling_id: int | None
    confidence: float
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""


NOTHING = Resolution(None, None, 0.0, (), "没有填写地址。")


def address(address_id: int) -> StandardAddress:
    """A standard address of any time; `NotHere` when there is none."""
    found = StandardAddress.objects.select_related("parent").filter(pk=address_id).first()
    if found is None:
        raise NotHere("标准地址")
    return found


def address_path(address_id: int) -> list[StandardAddress]:
    """The address with everything above it, the root first."""
    path = [address(address_id)]
    while path[0].parent is not None:
        path.insert(0, path[0].parent)
    return path


# ---- the dictionary of an area ----------------------------------------------------------------------------------------


class _Kept:
    """Dictionaries of areas, each with the versions of its communities when it was read."""

    def __init__(self) -> None:
        self.areas: OrderedDict[tuple[str, int, int], tuple[dict[int, int], int, Gazetteer]] = OrderedDict()
        self.lock = Lock()


_kept = _Kept()


def forget_addresses() -> None:
    """Read every dictionary again before the next text: tests only, versions say the rest."""
    with _kept.lock:
        _kept.areas.clear()


def _communities(within: int) -> tuple[int, int]:
    """The interval of place codes whose communities are searched: a cell's community, or the whole of a larger place."""
    at = codes.at_level(within, "community") if codes.level(within) == "cell" else within
    return codes.interval(at)


def gazetteer(within: int) -> Gazetteer:
    """The dictionary of the place, read again when an address in it has changed."""
    lo, hi = _communities(within)
    versions = dict(AddressVersion.objects.filter(place_code__range=(lo, hi)).values_list("place_code", "number"))
    key, land_version = (str(connection.settings_dict["NAME"]), lo, hi), land.version()
    with _kept.lock:
        held = _kept.areas.get(key)
        if held is not None and held[:2] == (versions, land_version):
            _kept.areas.move_to_end(key)
            return held[2]
    made = _read(lo, hi)
    with _kept.lock:
        _kept.areas[key] = (versions, land_version, made)
        while len(_kept.areas) > _KEEP:
            _kept.areas.popitem(last=False)
    return made


def _read(lo: int, hi: int) -> Gazetteer:
    nodes = [
        Node(pk, place - place % 1000, kind, key)
        for pk, place, kind, key in _rows(
            "select id, place_code, kind, key from territory_standardaddress where until is null"
            " and place_code between %s and %s and (kind in ('road', 'number', 'estate')"
            " or (kind = 'building' and split_part(key, '/', 4) !~ %s)) order by id",
            [lo, hi, _NAMED_BUILDING],
        )
    ]
    aliases = [
        (alias, Node(pk, place - place % 1000, kind, key))
        for alias, pk, place, kind, key in _rows(
            "select l.key, a.id, a.place_code, a.kind, a.key from territory_addressalias l"
            " join territory_standardaddress a on a.id = l.address_id"
            " where a.until is null and a.place_code between %s and %s order by l.id",
            [lo, hi],
        )
    ]
    names, shorts = _division_names(lo)
    return Gazetteer(nodes, aliases, names, shorts)


def _division_names(lo: int) -> tuple[dict[str, int], dict[int, str]]:
    """Folded names that people put before an address → code, and everyday names, of the district's divisions."""
    district = codes.at_level(lo, "district")
    named: dict[str, int] = {}
    shorts: dict[int, str] = {}
    for code, name, short in Division.objects.values_list("code", "name", "short"):
        if code != codes.at_level(code, "district") and codes.at_level(code, "district") != district:
            continue
        core = short.removesuffix("社区").removesuffix("村") if code % 10**6 else short
        said = {name, name.removesuffix("居委会").removesuffix("村委会").removesuffix("办事处")}
        if code % 10**6:
            said |= {f"{core}社区", f"{core}社区居委会", f"{core}居委会", f"{core}村委会", f"{core}村村委会"}
            if code // 1000 % 1000 >= 200:
                said |= {f"{core}村"}
        elif code % 10**9:
            said |= {f"{name.removesuffix('办事处')}办事处"}
        for one in said:
            named.setdefault(forms.fold(one), code)
        shorts[code] = core.removesuffix("区") if code == codes.at_level(code, "district") else core
    return {n: c for n, c in named.items() if len(n) >= 3}, shorts


def _rows(sql: str, values: list[Any]) -> list[tuple]:  # type: ignore[type-arg]  # rows of any shape
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


# ---- rows below a node ------------------------------------------------------------------------------------------------

_BELOW = """
with recursive below as (
    select id, kind, key from territory_standardaddress where id = any(%(ids)s)
    union all
    select c.id, c.kind, c.key from below b join territory_standardaddress c on c.parent_id = b.id
    where b.kind <> 'dwelling' and c.until is null
        and (c.kind <> 'building' or %(building)s = '' or split_part(c.key, '/', 4) = %(building)s)
)
select id, kind, split_part(key, '/', 4), split_part(key, '/', 5), split_part(key, '/', 6) from below
where case when %(room)s = '' then kind in ('building', 'entrance')
    else kind = 'dwelling' and split_part(key, '/', 6) = %(room)s end
limit %(most)s"""
_ONLY = """
with recursive below as (
    select id, kind from territory_standardaddress where id = any(%(ids)s)
    union all
    select c.id, c.kind from below b join territory_standardaddress c on c.parent_id = b.id
    where b.kind <> 'dwelling' and c.until is null
)
select id from below where kind = 'dwelling' limit 2"""


class _FromTables:
    """Rows for one text, straight from the tables."""

    def rooms(self, nodes: Sequence[Node], building: str, room: str) -> Iterable[Row]:
        with connection.cursor() as cursor:
            cursor.execute(
                _BELOW, {"ids": [n.id for n in nodes], "building": building, "room": room, "most": _MOST_ROWS}
            )
            return [Row(*row) for row in cursor.fetchall()]

    def parts(self, nodes: Sequence[Node], building: str) -> Iterable[Row]:
        return self.rooms(nodes, building, "")

    def only(self, nodes: Sequence[Node]) -> int | None:
        with connection.cursor() as cursor:
            cursor.execute(_ONLY, {"ids": [n.id for n in nodes]})
            found = cursor.fetchall()
        return int(found[0][0]) if len(found) == 1 else None


class _FromMemory:
    """Rows for many texts: one sweep over the area, kept by the three upper levels and then by room."""

    def __init__(self, lo: int, hi: int) -> None:
        self._rooms: dict[tuple[int, str], dict[str, list[Row]]] = {}
        self._parts: dict[tuple[int, str], list[Row]] = {}
        self.deeper: dict[tuple[int, str], list[tuple[int, str]]] = {}
        anchors: set[tuple[int, str]] = set()
        for pk, place, kind, key in _rows(
            "select id, place_code, kind, key from territory_standardaddress where until is null"
            " and place_code between %s and %s order by id",
            [lo, hi],
        ):
            community = place - place % 1000
            slots = forms.slots_of(key)
            anchor = (community, "/".join(slots[:3]))
            anchors.add(anchor)
            row = Row(pk, kind, slots[3], slots[4], slots[5])
            if kind == "dwelling":
                self._rooms.setdefault(anchor, {}).setdefault(slots[5], []).append(row)
            elif kind in ("building", "entrance"):
                self._parts.setdefault(anchor, []).append(row)
        for anchor in anchors:
            community, (road, number, estate) = anchor[0], anchor[1].split("/")
            if estate:
                self.deeper.setdefault((community, f"{road}/{number}/"), []).append(anchor)
            if number:
                self.deeper.setdefault((community, f"{road}//"), []).append(anchor)

    def _reach(self, nodes: Sequence[Node]) -> Iterable[tuple[int, str]]:
        for node in nodes:
            anchor = (node.community, "/".join(forms.slots_of(node.key)[:3]))
            yield anchor
            if node.kind in ("road", "number"):
                yield from self.deeper.get(anchor, ())

    def rooms(self, nodes: Sequence[Node], building: str, room: str) -> Iterable[Row]:
        found: list[Row] = []
        for anchor in self._reach(nodes):
            rows = self._rooms.get(anchor, _NONE).get(room, ())
            found += [r for r in rows if r.building in (building, "")] if building else rows
        return found

    def parts(self, nodes: Sequence[Node], building: str) -> Iterable[Row]:
        for anchor in self._reach(nodes):
            yield from (p for p in self._parts.get(anchor, ()) if not building or p.building == building)

    def only(self, nodes: Sequence[Node]) -> int | None:
        found: list[Row] = []
        for anchor in self._reach(nodes):
            for rows in self._rooms.get(anchor, _NONE).values():
                found += rows
                if len(found) > 1:
                    return None
        return found[0].id if found else None


# ---- texts ------------------------------------------------------------------------------------------------------------


def resolve(text: str, within: int) -> Resolution:
    """The standard address that a text means inside a place (a cell: inside its community). Never guesses."""
    if not text.strip():
        return NOTHING
    found = gazetteer(within).find(text, _FromTables())
    return _told(found, _shown({s.id for s in found}))


def resolve_many(texts: Sequence[str], within: int) -> list[Resolution]:
    """`resolve` for many texts of one place, in their order; equal texts are reckoned once."""
    names, rows = gazetteer(within), _FromMemory(*_communities(within))
    found = {text: names.find(text, rows) for text in dict.fromkeys(texts) if text.strip()}
    # Only what a person will have to look at needs words; where it is sure, the id is enough.
    sure = {text: decide(scored) for text, scored in found.items()}
    shown = _shown({s.id for text, scored in found.items() if sure[text] is None for s in scored})
    told: dict[str, Resolution] = {}
    for text, scored in found.items():
        one = sure[text]
        told[text] = _sure(one) if one is not None else _told(scored, shown)
    return [told.get(text, NOTHING) for text in texts]


def dwelling_ids_for(text: str, within: int, limit: int = 200) -> list[int]:
    """Every dwelling that a spoken address may mean, for a search: half an address gives all that fit, a building its rooms."""
    names = gazetteer(within)
    found = names.find(text, _FromTables())
    if found:
        best = found[0].confidence
        ids = [s.id for s in found if s.confidence >= best - 0.1]
        # Left out on purpose: "3栋301" without its entrance means the rooms 301 of every entrance.
    else:
        ids = [n.id for n in names.starting(text)]
    return dwellings_below(ids, limit)


def dwellings_below(address_ids: Sequence[int], limit: int = 5_000) -> list[int]:
    """Ids of the living dwellings at or below the addresses, by address."""
    if not address_ids:
        return []
    return [
        int(pk)
        for (pk,) in _rows(
            "with recursive below as (select id, kind from territory_standardaddress where id = any(%s)"
            " union all select c.id, c.kind from below b join territory_standardaddress c on c.parent_id = b.id"
            " where b.kind <> 'dwelling' and c.until is null)"
            " select distinct id from below where kind = 'dwelling' order by id limit %s",
            [list(address_ids), limit],
        )
    ]


def _shown(ids: set[int]) -> Mapping[int, tuple[str, int]]:
    if not ids:
        return {}
    rows = StandardAddress.objects.filter(pk__in=ids).values_list("pk", "full", "place_code")
    return {pk: (full, place) for pk, full, place in rows}


def _sure(one: Scored) -> Resolution:
    return Resolution(one.id, one.id if one.kind == "dwelling" else None, one.confidence)


def _told(found: Sequence[Scored], shown: Mapping[int, tuple[str, int]]) -> Resolution:
    candidates = tuple(Candidate(s.id, s.kind, *shown[s.id], s.confidence, s.why) for s in found if s.id in shown)
    one = decide(found)
    if one is not None:
        return Resolution(one.id, one.id if one.kind == "dwelling" else None, one.confidence, candidates)
    if not candidates:
        return Resolution(None, None, 0.0, (), "地址库中没有相近的地址。请补登标准地址，或核对所写内容。")
    first = candidates[0]
    if first.confidence >= 0.85:
        return Resolution(
            None, None, first.confidence, candidates, f"有 {len(candidates)} 处地址都符合，请选定是哪一处。"
        )
    return Resolution(None, None, first.confidence, candidates, f"{first.why or '不能确定'}，请核对。")


def aliases_of(address_id: int) -> list[AddressAlias]:
    """Confirmed other forms of the address, oldest first."""
    return list(AddressAlias.objects.filter(address_id=address_id).order_by("id"))
