"""Addresses by the hundred thousand: what stands is found in one sweep, what is missing is written in one go.

Nothing known is overwritten: of a standing dwelling only empty floor, area and coordinates are filled in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from wangge.kernel import audit, bulk
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.territory.queries import land
from wangge.territory.rules import addresses as forms
from wangge.territory.rules import land as codes
from wangge.territory.services import places

_STAND = ("id", "parent_id", "kind", "name", "full", "key", "place_code", "lng", "lat", "source")


@dataclass(frozen=True, slots=True)
class HouseRow:
    """One dwelling (or a level above, when `room` is empty) by the levels of its address below the community."""

    place_code: int
    road: str = ""
    number: str = ""
    estate: str = ""
    building: str = ""
    entrance: str = ""
    room: str = ""
    floor: int | None = None
    area_m2: float | None = None
    use: str = "01"
    lng: float | None = None
    lat: float | None = None

    @property
    def levels(self) -> list[tuple[str, str]]:
        names = (self.road, self.number, self.estate, self.building, self.entrance, self.room)
        return [(kind, name) for kind, name in zip(forms.LEVELS, names, strict=True) if name and name.strip()]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a row: the address, the dwelling when it is one, whether it is new; or the sentence why not, with the
    field at fault."""

    address_id: int | None = None
    dwelling_id: int | None = None
    is_new: bool = False
    sentence: str = ""
    field: str = ""


@dataclass(slots=True)
class _Load:
    """What is written at the end, in one go."""

    source: str
    known: dict[tuple[int, str], int] = field(default_factory=dict)
    made: list[list[object]] = field(default_factory=list)
    dwellings: list[tuple[object, ...]] = field(default_factory=list)
    estates: list[int] = field(default_factory=list)
    buildings: list[int] = field(default_factory=list)
    fill: list[tuple[int, int | None, float | None, float | None, float | None]] = field(default_factory=list)
    next: int = -1


def load_addresses(*, actor: Actor, rows: Iterable[HouseRow], source: str = "", update: bool = True) -> list[Loaded]:
    """Place every row, in order; a row that cannot be has its sentence and spoils none of the others.

    The same rows again change nothing. With `update` empty floors, areas and coordinates of standing dwellings are filled in.
    """
    actor.must(places.RIGHT)
    given = list(rows)
    where = [_placed(actor, row) for row in given]
    communities = {places.community_of(w) for w in where if isinstance(w, int)}
    with transaction.atomic():
        places.lock(communities)
        load = _Load(source[:60])
        _sweep(load, communities)
        told = [
            Loaded(sentence=w.sentence, field=w.field or "place_code")
            if isinstance(w, Refusal)
            else _place(load, row, w, update)
            for row, w in zip(given, where, strict=True)
        ]
        numbers = _write(load)
        told = [_numbered(one, numbers) for one in told]
        new = sum(one.is_new for one in told)
        audit.record(
            actor, "territory.addresses_loaded", "address", "many", rows=len(given), added=new, source=source[:60]
        )
    return told


def _placed(actor: Actor, row: HouseRow) -> int | Refusal:
    place = row.place_code
    try:
        level = codes.level(place)
    except ValueError:
        level = "district"
    if level not in ("community", "cell") or land.name_of(place) == str(place):
        return Refusal("bad_place", "没有这个编码的社区（村）或网格。", field="place_code")
    if not actor.covers(place):
        return Refusal("out_of_scope", "不在您的管辖范围内。", field="place_code")
    if row.lng is not None and row.lat is not None and not (-180 <= row.lng <= 180 and -90 <= row.lat <= 90):
        return Refusal("bad_point", "经纬度超出范围。", field="lng")
    return places.placed(place, row.lng, row.lat) if place % 1000 == 0 else place


def _sweep(load: _Load, communities: Iterable[int]) -> None:
    """What stands in these communities: key → id."""
    with connection.cursor() as cursor:
        for community in sorted(communities):
            cursor.execute(
                "select key, id from territory_standardaddress where until is null and place_code between %s and %s",
                list(codes.interval(community)),
            )
            load.known.update({(community, key): pk for key, pk in cursor.fetchall()})


def _place(load: _Load, row: HouseRow, place: int, update: bool) -> Loaded:
    """Find or make every level. New rows get negative numbers until they are written."""
    try:
        levels = [(kind, forms.tidy(kind, name)) for kind, name in row.levels]
        if not levels:
            raise Refusal("empty_name", "没有填写地址。", field="road")
        community = places.community_of(place)
        keys = forms.keys_of(levels)
        at = load.known.get((community, keys[-1]))
        is_new = at is None
        if at is None:
            full = places.full_of(community, [name for _, name in levels])
            at = _make(load, row, place, levels, keys, full)
        elif update and levels[-1][0] == "dwelling" and at > 0:
            load.fill.append((at, row.floor, row.area_m2, row.lng, row.lat))
    except Refusal as refusal:
        return Loaded(sentence=refusal.sentence, field=refusal.field or "")
    return Loaded(at, at if levels[-1][0] == "dwelling" else None, is_new)


def _make(
    load: _Load, row: HouseRow, place: int, levels: Sequence[tuple[str, str]], keys: Sequence[str], full: str
) -> int:
    community, parent = places.community_of(place), None
    shown = full[: len(full) - sum(len(n) for _, n in levels)]
    for (kind, name), key in zip(levels, keys, strict=True):
        shown += name
        pk = load.known.get((community, key))
        if pk is None:
            pk, load.next = load.next, load.next - 1
            load.known[community, key] = pk
            pointed = (key == keys[-1] or kind == "building") and None not in (row.lng, row.lat)
            point = (row.lng, row.lat) if pointed else (None, None)
            at = place if kind in ("building", "entrance", "dwelling") else community
            load.made.append([pk, parent, kind, name, shown, key, at, *point, load.source])
            if kind == "dwelling":
                load.dwellings.append(
                    (pk, place, row.floor, row.area_m2, row.use if row.use in forms.USES else "01", "")
                )
            elif kind in ("estate", "building"):
                (load.estates if kind == "estate" else load.buildings).append(pk)
        parent = pk
    if parent is None:
        raise Refusal("empty_name", "没有填写地址。", field="road")
    return parent


def _write(load: _Load) -> dict[int, int]:
    """Everything new, in level order, and what is filled in; temporary number → id."""
    ids = bulk.new_ids("territory_standardaddress", len(load.made))
    numbers = {int(str(row[0])): pk for row, pk in zip(load.made, ids, strict=True)}

    def real(pk: object) -> object:
        return numbers.get(pk, pk) if isinstance(pk, int) and pk < 0 else pk

    bulk.insert("territory_standardaddress", _STAND, [(real(r[0]), real(r[1]), *r[2:]) for r in load.made])
    bulk.insert(
        "territory_estate",
        ("address_id", "keeper", "keeper_phone"),
        [(real(pk), "", "") for pk in load.estates],
    )
    bulk.insert("territory_building", ("address_id", "use"), [(real(pk), "") for pk in load.buildings])
    bulk.insert(
        "territory_dwelling",
        ("address_id", "place_code", "floor", "area_m2", "use", "verified_by"),
        [(real(r[0]), *r[1:]) for r in load.dwellings],
    )
    _fill(load)
    if len(load.made) > 1000:
        bulk.analyze("territory_standardaddress", "territory_dwelling", "territory_building")
    return numbers


def _fill(load: _Load) -> None:
    rows = {r[0]: r for r in load.fill if any(v is not None for v in r[1:])}
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table if not exists filled_dwelling"
            " (id bigint, floor smallint, area_m2 numeric(10, 2), lng float8, lat float8) on commit drop"
        )
        with cursor.copy("copy filled_dwelling (id, floor, area_m2, lng, lat) from stdin") as copy:
            for row in rows.values():
                copy.write_row(row)
        cursor.execute(
            "update territory_dwelling d set floor = coalesce(d.floor, f.floor), area_m2 = coalesce(d.area_m2, f.area_m2)"
            " from filled_dwelling f where f.id = d.address_id"
            " and ((d.floor is null and f.floor is not null) or (d.area_m2 is null and f.area_m2 is not null))"
        )
        cursor.execute(
            "update territory_standardaddress a set lng = f.lng, lat = f.lat from filled_dwelling f"
            " where f.id = a.id and a.lng is null and f.lng is not null and f.lat is not null"
        )
        cursor.execute("truncate filled_dwelling")


def _numbered(one: Loaded, numbers: dict[int, int]) -> Loaded:
    at = one.address_id
    if at is None or at > 0:
        return one
    pk = numbers[at]
    return Loaded(pk, pk if one.dwelling_id is not None else None, one.is_new)
