"""What every change of the territory is made of: the lock, the version, the checks, the rows."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import shapely
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from pypinyin import Style, lazy_pinyin
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from wangge.kernel import clock, errors
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory import queries, rules
from wangge.territory.models import CellBoundary, Division, GridCell

errors.explain("one_boundary_per_cell_at_a_time", "这个网格在同一天已有另一条边界。请刷新后核对生效日期再保存。")
errors.explain("a_cell_lies_in_the_community_of_its_code", "网格编码的前 12 位与所属社区不一致。请核对编码。")
errors.explain("a_cell_code_has_a_cell_number", "网格编码不是 15 位，或末三位是 000。请核对编码。")
errors.explain("one_outline_of_a_grade_at_a_time", "该区划在这一时期已有同一精度的边界。请先截止原边界的有效期。")
errors.explain("grid_cells_are_never_deleted", "网格不能删除。如不再使用，请办理撤销，编码会保留备查。")

RIGHT = "territory.edit"
MOST_CELLS = 999


def initials(name: str) -> str:
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))[:60].lower()


def lock() -> None:
    """Queue up behind the other writers of the territory."""
    with connection.cursor() as cursor:
        cursor.execute("insert into territory_territoryversion (id, number) values (1, 0) on conflict do nothing")
        cursor.execute("select number from territory_territoryversion where id = 1 for update")


def bump() -> int:
    with connection.cursor() as cursor:
        # A sequence, so that a number is never used again after a rollback: readers compare it for equality only.
        cursor.execute(
            "update territory_territoryversion set number = nextval('territory_version_number') where id = 1"
            " returning number"
        )
        number = int(cursor.fetchone()[0])
    transaction.on_commit(queries.forget)
    queries.forget()
    return number


def allow(actor: Actor, place: int) -> None:
    """The right to edit, and the whole of the place inside the actor's interval; else as if it were not there."""
    actor.must(RIGHT)
    lo, hi = rules.interval(place)
    if not (actor.covers(lo) and actor.covers(hi)):
        raise NotHere("网格")


def day(from_on: date | None, actor: Actor) -> date:
    day = from_on or clock.today()
    if day < clock.today() and not actor.is_system:
        raise Refusal(
            "backdated",
            f"生效日期 {day} 早于今天。边界只能从今天或以后生效，以免改变已有事件的归属。",
            field="from_on",
            value=day.isoformat(),
        )
    return day


def store(cell: GridCell, geometry: BaseGeometry, day: date, actor: Actor, source: str) -> CellBoundary:
    west, south, east, north = geometry.bounds
    return CellBoundary.objects.create(
        cell=cell,
        geometry=rules.to_geojson(geometry),
        area_m2=rules.area_m2(geometry),
        west=west,
        south=south,
        east=east,
        north=north,
        valid=DateRange(day, cell.valid.upper),
        source=source,
        drawn_by=actor.name,
        drawn_at=clock.now(),
    )


def end_boundary(code: int, day: date) -> None:
    """Close the border in force so that `day` is the first day without it. One that began that day keeps no day."""
    for row in CellBoundary.objects.filter(cell_id=code, valid__overlap=DateRange(day, None)):
        if row.valid.lower > day:
            raise Refusal(
                "later_boundary_exists",
                f"“{row.cell.name}”已有一条自 {row.valid.lower} 起生效的边界。请把生效日期定在那一天或以后。",
                field="from_on",
                value=day.isoformat(),
            )
        row.valid = DateRange(row.valid.lower, day) if row.valid.lower < day else DateRange(empty=True)
        row.save(update_fields=["valid"])


def living(code: int, day: date) -> GridCell:
    found = GridCell.objects.select_related("community").filter(pk=code).first()
    if found is None:
        raise NotHere("网格")
    if day not in Days(found.valid):
        raise Refusal(
            "cell_retired", f"“{found.name}”在 {day} 不在有效期内，不能再修改。请核对网格或生效日期。", status=409
        )
    return found


class Days:
    """`day in Days(range)` for a half-open range of days."""

    def __init__(self, valid: Any) -> None:
        self.valid = valid

    def __contains__(self, day: date) -> bool:
        v = self.valid
        return not v.isempty and (v.lower is None or v.lower <= day) and (v.upper is None or day < v.upper)


def refuse_overlaps(
    changed: Mapping[int, tuple[str, BaseGeometry]], layer: str, day: date, until: date | None = None
) -> None:
    """Refuse when a changed cell covers 1 m² or more of another cell of its layer on any day of [day, until)."""
    own = [rules.Piece(code, name, g) for code, (name, g) in changed.items()]
    west, south, east, north = shapely.union_all([p.geometry for p in own]).bounds
    rows = CellBoundary.objects.filter(
        valid__overlap=DateRange(day, until), west__lte=east, east__gte=west, south__lte=north, north__gte=south
    ).select_related("cell")
    others = [
        (rules.Piece(r.cell_id, r.cell.name, shape(r.geometry)), r.valid)
        for r in rows
        if r.cell_id not in changed and rules.LAYERS[r.cell.kind] == layer
    ]
    pieces = own + [piece for piece, _ in others]
    # Pairs of two others are no affair of this change.
    for finding in rules.overlaps(pieces, only=range(len(own))):
        raise Refusal(
            "cells_overlap",
            finding.sentence,
            field="geometry",
            status=409,
            cells=[str(c) for c in finding.cells],
            area_m2=round(finding.area_m2, 1),
            lng=finding.lng,
            lat=finding.lat,
        )


def refuse_outside(community: int, geometry: BaseGeometry, name: str, day: date) -> None:
    """Refuse a cell that leaves its community's outline (or the district's, when the community has none drawn)."""
    for place in (community, rules.at_level(community, "district")):
        found = queries.outline(place, day)
        if found is None:
            continue
        for finding in rules.check([rules.Piece(0, name, geometry)], shape(found.geometry), queries.name_of(place)):
            if finding.kind == "outside":
                raise Refusal(
                    "cell_outside",
                    finding.sentence,
                    field="geometry",
                    area_m2=round(finding.area_m2, 1),
                    lng=finding.lng,
                    lat=finding.lat,
                )
        return


def next_codes(community: int, count: int) -> list[int]:
    """The next free cell numbers of a community: after the highest ever given, so that none is given twice."""
    lo, hi = rules.interval(community)
    last = GridCell.objects.filter(code__range=(lo, hi)).order_by("-code").values_list("code", flat=True).first() or lo
    if last + count > lo + MOST_CELLS:
        raise Refusal("codes_used_up", "该社区的 999 个网格编码已用完。请联系区网格中心调整社区划分。", status=409)
    return [last + 1 + i for i in range(count)]


def name(name: str, community: Division, code: int) -> str:
    made = name.strip() or rules.cell_name(community.short, code % 1000)
    if len(made) > 60:
        raise Refusal("name_too_long", "网格名称超过 60 个字。请缩短名称。", field="name", value=made)
    return made


def new_cell(code: int, name: str, kind: str, community: Division, day: date) -> GridCell:
    if kind not in rules.KINDS:
        raise Refusal("unknown_kind", "网格类型只能是基础网格、微网格或专属网格。", field="kind", value=kind)
    return GridCell.objects.create(
        code=code,
        name=name,
        kind=kind,
        community=community,
        pinyin=initials(name),
        valid=DateRange(day, None),
    )


def community(code: int, day: date) -> Division:
    found = Division.objects.filter(pk=code, level="community").first()
    if found is None or day not in Days(found.valid):
        raise Refusal(
            "no_such_community",
            f"没有编码为 {rules.fmt(code) if 10**14 <= code < 10**15 else code} 的有效社区（村）。请核对所属社区。",
            field="community",
            value=str(code),
        )
    return found


def boundary_on(cell: GridCell, day: date) -> CellBoundary:
    found = CellBoundary.objects.filter(cell=cell, valid__contains=day).first()
    if found is None:
        raise Refusal("no_boundary", f"“{cell.name}”在 {day} 没有边界。请先绘制边界。", status=409)
    return found
