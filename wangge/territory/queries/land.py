"""Reads of land. It is public reference data: every reader sees all of it, so no query takes an actor."""

import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

import numpy as np
import shapely
from django.db import connection
from django.db.models import Q, QuerySet
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from wangge.kernel import clock
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory import rules
from wangge.territory.index import CellIndex
from wangge.territory.models import (
    CellBoundary,
    CellLineage,
    Division,
    DivisionOutline,
    GridCell,
)
from wangge.territory.rules import Placement as Placement

# Place codes and coordinates are for every room above; these are the door to them.
from wangge.territory.rules import at_level as at_level
from wangge.territory.rules import convert as convert
from wangge.territory.rules import fmt as fmt
from wangge.territory.rules import interval as interval
from wangge.territory.rules import level as level
from wangge.territory.rules import parent as parent

# Divisions.


def division(code: int) -> Division:
    """A division by its code; `NotHere` when there is none."""
    found = Division.objects.filter(pk=code).first()
    if found is None:
        raise NotHere("区划")
    return found


def districts() -> list[Division]:
    """Every district, by code."""
    return list(Division.objects.filter(level="district"))


def children(code: int, at: date | None = None) -> list[Division] | list[GridCell]:
    """The divisions one level below, or the cells of a community, that are valid on the day (default today)."""
    day = at or clock.today()
    if rules.level(code) == "community":
        return list(GridCell.objects.filter(community_id=code, valid__contains=day))
    return list(Division.objects.filter(parent_id=code, valid__contains=day))


@dataclass(frozen=True, slots=True)
class _Names:
    version: int
    short: dict[int, str]


_names = _Names(-1, {})


def _all_names() -> dict[int, str]:
    global _names
    current = _fresh().version  # looked up once a second: a list asks for a hundred names
    if _names.version != current:
        short = dict(Division.objects.values_list("code", "short"))
        short |= dict(GridCell.objects.values_list("code", "name"))
        _names = _Names(current, short)
    return _names.short


def name_of(code: int | None) -> str:
    """The everyday name of a division or cell, of any time; the plain code when it is unknown, "" for None."""
    if code is None:
        return ""
    return _all_names().get(code) or str(code)


def path_of(code: int | None, separator: str = "·") -> str:
    """ "石峰区·井龙街道·新民社区·03网格"; "" for None. A cell whose name repeats its community drops the repetition."""
    if code is None:
        return ""
    names = _all_names()
    steps = [code]
    while (up := rules.parent(steps[0])) is not None:
        steps.insert(0, up)
    parts = [names.get(step) or rules.fmt(step) for step in steps]
    if len(parts) == 4 and parts[3].startswith(parts[2]):
        parts[3] = parts[3].removeprefix(parts[2]).removeprefix("第") or parts[3]
    return separator.join(parts)


# Cells.


def _within(rows: QuerySet[GridCell], within: int | None) -> QuerySet[GridCell]:
    return rows if within is None else rows.filter(code__range=rules.interval(within))


def cells(within: int | None = None, at: date | None = None, *, retired: bool = False) -> QuerySet[GridCell]:
    """Cells inside a division that are valid on the day (default today), by code; with `retired` of any day."""
    rows = _within(GridCell.objects.select_related("community"), within)
    return rows if retired else rows.filter(valid__contains=at or clock.today())


def cell(code: int) -> GridCell:
    """A cell of any time, retired ones too; `NotHere` when the code was never given."""
    found = GridCell.objects.select_related("community").filter(pk=code).first()
    if found is None:
        raise NotHere("网格")
    return found


def boundary(code: int, at: date | None = None) -> CellBoundary | None:
    """Where the cell ran on the day (default today); None when it had no border then."""
    return CellBoundary.objects.filter(cell_id=code, valid__contains=at or clock.today()).first()


def boundaries(within: int | None = None, at: date | None = None) -> QuerySet[CellBoundary]:
    """Borders valid on the day inside a division, by code."""
    rows = CellBoundary.objects.filter(valid__contains=at or clock.today()).select_related("cell").order_by("cell_id")
    return rows if within is None else rows.filter(cell__code__range=rules.interval(within))


def history(code: int) -> list[CellBoundary]:
    """Every border the cell ever had, newest first, those that never held a day included."""
    return list(CellBoundary.objects.filter(cell_id=code).order_by("-id"))


def lineage(code: int) -> list[CellLineage]:
    """What the cell came out of and what became of it, by date."""
    rows = CellLineage.objects.filter(Q(predecessor_id=code) | Q(successor_id=code))
    return list(rows.select_related("predecessor", "successor").order_by("on", "id"))


def search(text: str, within: int | None = None, limit: int = 50, *, ever: bool = False) -> list[GridCell]:
    """Cells of today by part of the name, initials in pinyin ("xmsq"), or the beginning of the code; with `ever`, when there is
    none today, those of the past, whose pages tell what became of them."""
    text = text.strip()
    rows = cells(within)
    if not text:
        return list(rows[:limit])
    found = Q(name__contains=text) | Q(pinyin__contains=text.lower())
    if text.isascii() and text.isdigit() and len(text) <= 15:
        found |= Q(code__range=(int(text.ljust(15, "0")), int(text.ljust(15, "9"))))
    shown = list(rows.filter(found)[:limit])
    if shown or not ever:
        return shown
    past = GridCell.objects.filter(code__range=rules.interval(within)) if within else GridCell.objects.all()
    return list(past.filter(found).order_by("code")[:limit])


def search_divisions(text: str, limit: int = 20) -> list[Division]:
    """Divisions of today by part of the name, initials or the beginning of the code."""
    text = text.strip()
    found = Q(name__contains=text) | Q(pinyin__contains=text.lower())
    if text.isascii() and text.isdigit() and len(text) <= 15:
        found |= Q(code__range=(int(text.ljust(15, "0")), int(text.ljust(15, "9"))))
    return list(Division.objects.filter(found, valid__contains=clock.today())[:limit])


def area_of(code: int, at: date | None = None) -> float:
    """Square metres of the cells inside a division (or of one cell) on the day, micro cells not counted."""
    rows = boundaries(code, at).exclude(cell__kind="micro")
    return float(sum(rows.values_list("area_m2", flat=True)))


@dataclass(frozen=True, slots=True)
class CellRow:
    """A cell in a list, with the area of its border on the day (None: no border)."""

    cell: GridCell
    area_m2: float | None
    area: str
    kind: str


def with_areas(rows: Sequence[GridCell], at: date | None = None) -> list[CellRow]:
    """The cells of a list with their areas, in two queries."""
    day = at or clock.today()
    found = CellBoundary.objects.filter(cell_id__in=[r.pk for r in rows], valid__contains=day)
    areas: dict[int, float] = dict(found.values_list("cell_id", "area_m2"))
    return [
        CellRow(
            r, areas.get(r.pk), rules.square_metres(areas[r.pk]) if r.pk in areas else "未画边界", rules.KINDS[r.kind]
        )
        for r in rows
    ]


def communities(within: int) -> list[Division]:
    """The communities and villages inside a district or street that are valid today."""
    lo, hi = rules.interval(within)
    rows = Division.objects.filter(code__range=(lo, hi), level="community", valid__contains=clock.today())
    return list(rows.select_related("parent"))


def is_alive(found: GridCell, at: date | None = None) -> bool:
    """Is the cell valid on the day (default today)?"""
    return (at or clock.today()) in found.valid


def neighbours(code: int, at: date | None = None) -> list[GridCell]:
    """The cells of the same layer that share a border with the cell on the day (default today)."""
    bound = boundary(code, at)
    if bound is None:
        return []
    own = shape(bound.geometry)
    rows = boundaries(at=at).exclude(cell_id=code)
    rows = rows.filter(west__lte=bound.east, east__gte=bound.west, south__lte=bound.north, north__gte=bound.south)
    layer = rules.LAYERS[bound.cell.kind]
    return [b.cell for b in rows if rules.LAYERS[b.cell.kind] == layer and own.dwithin(shape(b.geometry), 5e-6)]


# Shapes.


def outline(code: int, at: date | None = None, grade: str | None = None) -> DivisionOutline | None:
    """The outline of a division on the day that a source gives, detailed before simplified; None when none does."""
    rows = DivisionOutline.objects.filter(division_id=code, valid__contains=at or clock.today())
    if grade:
        rows = rows.filter(grade=grade)
    return rows.order_by("grade").first()  # "detailed" comes before "simplified"


def point_in(code: int, at: date | None = None) -> tuple[float, float]:
    """A point (lng, lat) well inside a place: of its outline where a source gives one, else of its first cell."""
    found = outline(code, at) if rules.level(code) != "cell" else None
    bound = found or boundaries(code, at).first()
    if bound is None:
        raise Refusal("no_boundary", f"{name_of(code)}还没有边界。请先划分网格。", value=str(code))
    inside = shape(bound.geometry).representative_point()
    return inside.x, inside.y


def _feature(
    code: int, name: str, geometry: BaseGeometry, properties: dict[str, Any], digits: int = 7
) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": code,
        "properties": {"code": str(code), "name": name, **properties},
        "geometry": rules.to_geojson(geometry, digits),
    }


def geojson(within: int | None = None, *, at: date | None = None, simplify_m: float = 0.0) -> dict[str, Any]:
    """The cells inside a division as a FeatureCollection for a map: code (as text), name, kind, area, boundary id.

    `simplify_m` thins the borders by so many metres; common borders stay common. Without it the corners come exactly as
    stored, so that what is edited and sent back still meets its neighbours.
    """
    rows = list(boundaries(within, at))
    shapes: Sequence[BaseGeometry] = [shape(r.geometry) for r in rows]
    if simplify_m and rows:
        shapes = list(shapely.coverage_simplify(np.array(shapes), simplify_m / 111_000))
    features = [
        _feature(
            r.cell_id,
            r.cell.name,
            g,
            {"kind": r.cell.kind, "community": str(r.cell.community_id), "area_m2": round(r.area_m2), "boundary": r.pk},
            7 if simplify_m else 9,
        )
        for r, g in zip(rows, shapes, strict=True)
    ]
    return {"type": "FeatureCollection", "version": version(), "features": features}


def outlines_geojson(codes: Sequence[int], *, at: date | None = None) -> dict[str, Any]:
    """Outlines of divisions as a FeatureCollection: code, name, grade, source, limits.

    Where no source gives one, the outer border of the division's cells (grade "cells"); none without cells.
    """
    features = []
    for code in codes:
        found = outline(code, at)
        if found is not None:
            more = {"grade": found.grade, "source": found.source, "limits": found.limits}
            features.append(_feature(code, name_of(code), shape(found.geometry), more))
            continue
        parts = [p.geometry for p in pieces(code, at)]
        if parts:
            more = {"grade": "cells", "source": "由网格边界合成", "limits": "随网格边界变动。"}
            features.append(_feature(code, name_of(code), rules.join(parts), more))
    return {"type": "FeatureCollection", "features": features}


def pieces(within: int, at: date | None = None, layer: str = "tile") -> list[rules.Piece]:
    """The cells of a layer inside a division on the day, ready for `rules.check`."""
    return [
        rules.Piece(b.cell_id, b.cell.name, shape(b.geometry))
        for b in boundaries(within, at)
        if rules.LAYERS[b.cell.kind] == layer
    ]


def check(within: int, at: date | None = None, shown: Mapping[int, BaseGeometry] | None = None) -> list[rules.Finding]:
    """Gaps, overlaps and parts outside that concern the cells of a place on the day.

    `shown`: cells as they stand on somebody's screen instead of as stored (code 0: a cell not yet made). The whole district
    is looked at, against its outline if it has one, because a fault lies between cells; what concerns none of the place's
    cells (or of those shown) is left out.
    """
    shown = shown or {}
    district = rules.at_level(within, "district")
    found, names = outline(district, at), _all_names()
    own = [rules.Piece(code, names.get(code, "新画的网格"), g) for code, g in shown.items()]
    kept = [p for p in pieces(district, at) if p.code not in shown]
    lo, hi = rules.interval(within)
    findings = rules.check([*own, *kept], shape(found.geometry) if found else None, name_of(district))
    return [f for f in findings if not f.cells or any(lo <= c <= hi or c in shown for c in f.cells)]


# Point → cell. One tree per stretch of days without a change, rebuilt when the version moves on.

_RECHECK_SECONDS = 1.0
_KEEP = 6


class _Trees:
    def __init__(self) -> None:
        self.version, self.checked, self.database = -1, -1.0, ""
        self.changes: list[date] = []
        self.trees: OrderedDict[int, CellIndex] = OrderedDict()
        self.lock = Lock()


_trees = _Trees()


def version() -> int:
    """The number of the last change to the territory."""
    with connection.cursor() as cursor:
        cursor.execute("select number from territory_territoryversion where id = 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _fresh() -> _Trees:
    now, database = time.monotonic(), str(connection.settings_dict["NAME"])
    if _trees.database == database and now - _trees.checked < _RECHECK_SECONDS:
        return _trees
    # Asked before the lock: who waits for a connection must not hold what those with connections wait for.
    current = version()
    with _trees.lock:
        if current != _trees.version or database != _trees.database:
            days: set[date] = set()
            for valid in CellBoundary.objects.values_list("valid", flat=True).distinct():
                if valid is not None and not valid.isempty:
                    days.update(d for d in (valid.lower, valid.upper) if d)
            _trees.changes, _trees.trees = sorted(days), OrderedDict()
            _trees.version, _trees.database = current, database
        _trees.checked = now
    return _trees


def forget() -> None:
    """Look at the version again before the next point: after a change in this process, and in tests."""
    _trees.checked = -1.0


def index(at: date | None = None) -> CellIndex:
    """The search tree of the day (default today)."""
    trees = _fresh()
    key = bisect_right(trees.changes, at or clock.today())
    tree = trees.trees.get(key)
    if tree is None:
        connection.ensure_connection()
        with trees.lock:
            tree = trees.trees.get(key)
            if tree is None:
                day = trees.changes[key - 1] if key else None
                rows = [] if day is None else list(boundaries(at=day).exclude(cell__kind="micro"))
                tree = CellIndex([r.cell_id for r in rows], [shape(r.geometry) for r in rows])
                trees.trees[key] = tree
                while len(trees.trees) > _KEEP:
                    trees.trees.popitem(last=False)
    return tree


def cell_at(lng: float, lat: float, datum: str = "cgcs2000", at: date | None = None) -> Placement:
    """The cell a point lies in on the day (default today), by the border rule of `rules.decide`.

    `Refusal` for an unknown datum or impossible degrees. Never guesses: outside the cells `cell_code` is None.
    """
    if datum != "cgcs2000" or not (-180 <= lng <= 180 and -90 <= lat <= 90):
        lng, lat = rules.convert(lng, lat, datum)
    return index(at).place(lng, lat)


def cells_at(
    lngs: Sequence[float], lats: Sequence[float], datum: str = "cgcs2000", at: date | None = None
) -> list[Placement]:
    """`cell_at` for many points of one datum and day."""
    if len(lngs) != len(lats):
        raise Refusal("bad_point", "经度与纬度的个数不一致。请核对数据后重新提交。", field="lats")
    if not len(lngs):
        return []
    points = np.column_stack([np.asarray(lngs, dtype=float), np.asarray(lats, dtype=float)])
    if datum not in ("cgcs2000", "wgs84") or not (np.abs(points) <= [180.0, 90.0]).all():
        points = np.array([rules.convert(float(x), float(y), datum) for x, y in points])
    return index(at).place_many(points[:, 0], points[:, 1])


# The printed notice board of a cell, and the page on which a resident finds theirs.


@dataclass(frozen=True, slots=True)
class Board:
    """What territory knows for a cell's public page and 公示牌; officers and phone numbers are joined by rooms above."""

    code: int
    name: str
    path: str
    community: str
    kind: str
    area_m2: float
    area: str
    since: date | None
    outline: list[list[tuple[float, float]]]
    neighbours: list[str]
    source: str


def board(code: int, at: date | None = None) -> Board:
    """The board of a cell on the day (default today): outline as rings of (x, y) in a box 0..1 (y down), true to shape."""
    found, bound = cell(code), boundary(code, at)
    rings: list[list[tuple[float, float]]] = []
    if bound is not None:
        own = shape(bound.geometry)
        metres = rules.Frame.around(own).to(own)
        west, south, east, north = metres.bounds
        scale = 1 / max(east - west, north - south)
        x0, y0 = (1 - (east - west) * scale) / 2, (1 - (north - south) * scale) / 2
        for part in shapely.get_parts(metres):
            points = shapely.get_coordinates(part.exterior)
            rings.append([(float(x0 + (x - west) * scale), float(y0 + (north - y) * scale)) for x, y in points])
    return Board(
        code,
        found.name,
        path_of(code),
        found.community.short,
        rules.KINDS[found.kind],
        bound.area_m2 if bound else 0.0,
        rules.square_metres(bound.area_m2) if bound else "",
        found.valid.lower if found.valid and not found.valid.isempty else None,
        rings,
        [n.name for n in neighbours(code, at)],
        bound.source if bound else "",
    )
