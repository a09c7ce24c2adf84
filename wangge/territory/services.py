"""Writes of land: divisions, outlines, cells and their borders.

Every write locks the one version row first, so writers of the territory queue up (there are few, and a border is the
affair of two cells at least), looks at what the others left, and counts the version up. The refusals name the cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

import shapely
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from pypinyin import Style, lazy_pinyin
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from wangge.kernel import audit, clock, errors, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory import facts, generate, queries, reading, reference, rules
from wangge.territory.models import (
    CellBoundary,
    CellLineage,
    Division,
    DivisionOutline,
    GridCell,
)

errors.explain("one_boundary_per_cell_at_a_time", "这个网格在同一天已有另一条边界。请刷新后核对生效日期再保存。")
errors.explain("a_cell_lies_in_the_community_of_its_code", "网格编码的前 12 位与所属社区不一致。请核对编码。")
errors.explain("a_cell_code_has_a_cell_number", "网格编码不是 15 位，或末三位是 000。请核对编码。")
errors.explain("one_outline_of_a_grade_at_a_time", "该区划在这一时期已有同一精度的边界。请先截止原边界的有效期。")
errors.explain("grid_cells_are_never_deleted", "网格不能删除。如不再使用，请办理撤销，编码会保留备查。")

RIGHT = "territory.edit"
MOST_CELLS = 999


def _initials(name: str) -> str:
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))[:60].lower()


def _lock() -> None:
    """Queue up behind the other writers of the territory."""
    with connection.cursor() as cursor:
        cursor.execute("insert into territory_territoryversion (id, number) values (1, 0) on conflict do nothing")
        cursor.execute("select number from territory_territoryversion where id = 1 for update")


def _bump() -> int:
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


def _allow(actor: Actor, place: int) -> None:
    """The right to edit, and the whole of the place inside the actor's interval; else as if it were not there."""
    actor.must(RIGHT)
    lo, hi = rules.interval(place)
    if not (actor.covers(lo) and actor.covers(hi)):
        raise NotHere("网格")


# Reference data.


@transaction.atomic
def load_divisions(*, actor: Actor) -> int:
    """Divisions from `data/divisions.csv`: new ones added, changed names corrected; how many rows were written."""
    actor.must(RIGHT)
    _lock()
    source, since, rows = reference.divisions()
    known = {d.pk: d for d in Division.objects.all()}
    changed = []
    for code, name in rows:
        short, old = rules.short_name(name), known.get(code)
        if old is not None and (old.name, old.short, old.source) == (name, short, source):
            continue
        changed.append(
            Division(
                code=code,
                name=name,
                short=short,
                level=rules.level(code),
                parent_id=rules.parent(code),
                pinyin=_initials(short),
                source=source,
                valid=old.valid if old else DateRange(since, None),
            )
        )
    Division.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "short", "pinyin", "source"],
    )
    written = len(changed)
    if written:
        _bump()
    audit.record(actor, "territory.divisions_loaded", "division", "all", written=written, source=source)
    return written


@transaction.atomic
def load_outlines(*, actor: Actor) -> int:
    """Outlines of districts and counties from `data/outlines.geojson`, with source and limits; how many were written.

    A county outside the loaded divisions gets a row of its own (code and name), because the map shows the neighbours.
    """
    actor.must(RIGHT)
    _lock()
    written = 0
    for one in reference.outlines():
        Division.objects.get_or_create(
            pk=one.code,
            defaults={
                "name": one.name,
                "short": one.name,
                "level": "district",
                "pinyin": _initials(one.name),
                "source": one.source,
                "valid": DateRange(one.since, None),
            },
        )
        _, made = DivisionOutline.objects.get_or_create(
            division_id=one.code,
            grade=one.grade,
            source=one.source,
            defaults={
                "geometry": one.geometry,
                "area_m2": rules.area_m2(shape(one.geometry)),
                "limits": one.limits,
                "valid": DateRange(one.since, None),
            },
        )
        written += made
    if written:
        _bump()
    audit.record(actor, "territory.outlines_loaded", "division", "all", written=written)
    return written


# The inner steps that every change is made of.


def _day(from_on: date | None, actor: Actor) -> date:
    day = from_on or clock.today()
    if day < clock.today() and not actor.is_system:
        raise Refusal(
            "backdated",
            f"生效日期 {day} 早于今天。边界只能从今天或以后生效，以免改变已有事件的归属。",
            field="from_on",
            value=day.isoformat(),
        )
    return day


def _store(cell: GridCell, geometry: BaseGeometry, day: date, actor: Actor, source: str) -> CellBoundary:
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


def _end_boundary(code: int, day: date) -> None:
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


def _living(code: int, day: date) -> GridCell:
    found = GridCell.objects.select_related("community").filter(pk=code).first()
    if found is None:
        raise NotHere("网格")
    if day not in _days(found.valid):
        raise Refusal(
            "cell_retired", f"“{found.name}”在 {day} 不在有效期内，不能再修改。请核对网格或生效日期。", status=409
        )
    return found


def _days(valid: Any) -> "_Days":
    return _Days(valid)


class _Days:
    """`day in _Days(range)` for a half-open range of days."""

    def __init__(self, valid: Any) -> None:
        self.valid = valid

    def __contains__(self, day: date) -> bool:
        v = self.valid
        return not v.isempty and (v.lower is None or v.lower <= day) and (v.upper is None or day < v.upper)


def _refuse_overlaps(
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


def _refuse_outside(community: int, geometry: BaseGeometry, name: str, day: date) -> None:
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


def _next_codes(community: int, count: int) -> list[int]:
    """The next free cell numbers of a community: after the highest ever given, so that none is given twice."""
    lo, hi = rules.interval(community)
    last = GridCell.objects.filter(code__range=(lo, hi)).order_by("-code").values_list("code", flat=True).first() or lo
    if last + count > lo + MOST_CELLS:
        raise Refusal("codes_used_up", "该社区的 999 个网格编码已用完。请联系区网格中心调整社区划分。", status=409)
    return [last + 1 + i for i in range(count)]


def _name(name: str, community: Division, code: int) -> str:
    made = name.strip() or rules.cell_name(community.short, code % 1000)
    if len(made) > 60:
        raise Refusal("name_too_long", "网格名称超过 60 个字。请缩短名称。", field="name", value=made)
    return made


def _new_cell(code: int, name: str, kind: str, community: Division, day: date) -> GridCell:
    if kind not in rules.KINDS:
        raise Refusal("unknown_kind", "网格类型只能是基础网格、微网格或专属网格。", field="kind", value=kind)
    return GridCell.objects.create(
        code=code,
        name=name,
        kind=kind,
        community=community,
        pinyin=_initials(name),
        valid=DateRange(day, None),
    )


def _community(code: int, day: date) -> Division:
    found = Division.objects.filter(pk=code, level="community").first()
    if found is None or day not in _days(found.valid):
        raise Refusal(
            "no_such_community",
            f"没有编码为 {rules.fmt(code) if 10**14 <= code < 10**15 else code} 的有效社区（村）。请核对所属社区。",
            field="community",
            value=str(code),
        )
    return found


# Single cells.


@transaction.atomic
def draw_cell(
    *,
    actor: Actor,
    community: int,
    geometry: Mapping[str, Any],
    name: str = "",
    kind: str = "general",
    datum: str = "cgcs2000",
    from_on: date | None = None,
    source: str = "",
) -> GridCell:
    """A new cell of a community from the day on (default today), with the next free number of the community.

    Refuses by name an overlap of 1 m² or more with a cell of the same layer on any later day, and a part outside.
    """
    _allow(actor, community)
    drawn = rules.read_shape(geometry, datum)
    day = _day(from_on, actor)
    _lock()
    home = _community(community, day)
    code = _next_codes(community, 1)[0]
    cell = _new_cell(code, _name(name, home, code), kind, home, day)
    _refuse_outside(community, drawn, cell.name, day)
    _refuse_overlaps({code: (cell.name, drawn)}, rules.LAYERS[kind], day)
    _store(cell, drawn, day, actor, source)
    _bump()
    audit.record(actor, "territory.cell_drawn", "cell", code, name=cell.name, on=day.isoformat())
    outbox.publish(facts.CellDrawn(code=code, on=day))
    return cell


class Redrawing(TypedDict, total=False):
    """One cell of a redrawing: its code, its new shape, and the id of the border the person was looking at."""

    code: int
    geometry: Mapping[str, Any]
    seen_boundary: int | None


@transaction.atomic
def redraw_cells(
    *,
    actor: Actor,
    changes: Sequence[Redrawing],
    datum: str = "cgcs2000",
    from_on: date | None = None,
    source: str = "",
) -> list[GridCell]:
    """New borders for some cells at once from the day on, because a border is common to two cells.

    Refuses when a border is no longer the one the person saw (`seen_boundary`), and overlaps by name.
    """
    if not changes:
        raise Refusal("nothing_changed", "没有改动。请移动边界上的顶点后再保存。", field="changes")
    for change in changes:
        _allow(actor, change["code"])
    drawn = {c["code"]: rules.read_shape(c["geometry"], datum) for c in changes}
    day = _day(from_on, actor)
    _lock()
    cells = {code: _living(code, day) for code in drawn}
    for change in changes:
        _refuse_stale(cells[change["code"]], change.get("seen_boundary"))
    for layer in sorted({rules.LAYERS[c.kind] for c in cells.values()}):
        here = {code: (c.name, drawn[code]) for code, c in cells.items() if rules.LAYERS[c.kind] == layer}
        ends = [c.valid.upper for c in cells.values() if rules.LAYERS[c.kind] == layer]
        _refuse_overlaps(here, layer, day, None if None in ends else max(ends))
    for code, cell in cells.items():
        _refuse_outside(cell.community_id, drawn[code], cell.name, day)
        _end_boundary(code, day)
        _store(cell, drawn[code], day, actor, source)
        audit.record(actor, "territory.cell_redrawn", "cell", code, on=day.isoformat())
        outbox.publish(facts.CellRedrawn(code=code, on=day))
    _bump()
    return list(cells.values())


def redraw_cell(
    *,
    actor: Actor,
    code: int,
    geometry: Mapping[str, Any],
    seen_boundary: int | None = None,
    datum: str = "cgcs2000",
    from_on: date | None = None,
    source: str = "",
) -> GridCell:
    """`redraw_cells` for one cell."""
    change: Redrawing = {"code": code, "geometry": geometry, "seen_boundary": seen_boundary}
    return redraw_cells(actor=actor, changes=[change], datum=datum, from_on=from_on, source=source)[0]


def _refuse_stale(cell: GridCell, seen: int | None) -> None:
    if seen is None:
        return
    newest = CellBoundary.objects.filter(cell=cell).order_by("-id").first()
    if newest is not None and newest.pk != seen:
        at = clock.local(newest.drawn_at)
        raise Refusal(
            "boundary_changed",
            f"您打开后，“{cell.name}”的边界已由{newest.drawn_by}于 {at:%m月%d日 %H:%M} 修改。"
            "您画的内容仍保留在屏幕上，请对照新边界后再保存。",
            status=409,
            cell=str(cell.pk),
            boundary=newest.pk,
        )


@transaction.atomic
def rename_cell(*, actor: Actor, code: int, name: str) -> GridCell:
    """Another name for a cell; its code stays."""
    _allow(actor, code)
    _lock()
    cell = _living(code, clock.today())
    if not name.strip():
        raise Refusal("missing_input", "请填写网格名称。", field="name")
    before, cell.name = cell.name, _name(name, cell.community, code)
    cell.pinyin = _initials(cell.name)
    cell.save(update_fields=["name", "pinyin"])
    _bump()
    audit.record(actor, "territory.cell_renamed", "cell", code, before=before, after=cell.name)
    return cell


def _retire(cell: GridCell, day: date, successors: Sequence[GridCell], kind: str) -> None:
    if cell.valid.lower is not None and cell.valid.lower > day:
        raise Refusal(
            "too_new",
            f"“{cell.name}”自 {cell.valid.lower} 起才生效，不能在 {day} 撤销。请把生效日期定在那一天或以后。",
            field="from_on",
            value=day.isoformat(),
        )
    _end_boundary(cell.pk, day)
    # A cell that ends on its first day never held one: it keeps its code and an empty period.
    cell.valid = DateRange(empty=True) if cell.valid.lower == day else DateRange(cell.valid.lower, day)
    cell.save(update_fields=["valid"])
    follow: Sequence[GridCell | None] = successors or [None]
    for successor in follow:
        CellLineage.objects.create(predecessor=cell, successor=successor, kind=kind, on=day)


@transaction.atomic
def retire_cell(*, actor: Actor, code: int, from_on: date | None = None) -> GridCell:
    """End a cell: the day (default today) is the first without it. Its code is never given again."""
    _allow(actor, code)
    day = _day(from_on, actor)
    _lock()
    cell = _living(code, day)
    _retire(cell, day, [], "retire")
    _bump()
    audit.record(actor, "territory.cell_retired", "cell", code, on=day.isoformat())
    outbox.publish(facts.CellRetired(code=code, on=day))
    return cell


@transaction.atomic
def split_cell(
    *,
    actor: Actor,
    code: int,
    line: Sequence[Sequence[float]],
    names: Sequence[str] = (),
    seen_boundary: int | None = None,
    datum: str = "cgcs2000",
    from_on: date | None = None,
) -> list[GridCell]:
    """Cut a cell along a line of (lng, lat) points into new cells with new codes; the old cell ends that day."""
    _allow(actor, code)
    day = _day(from_on, actor)
    _lock()
    old = _living(code, day)
    _refuse_stale(old, seen_boundary)
    bound = _boundary_on(old, day)
    path = [rules.convert(float(p[0]), float(p[1]), datum) for p in line]
    parts = rules.cut(shape(bound.geometry), path)
    parts = [parts[i] for i in rules.order_west_east([(p.centroid.x, p.centroid.y) for p in parts])]
    if old.valid.upper is not None:
        raise Refusal("ends_soon", f"“{old.name}”已定于 {old.valid.upper} 撤销，不能再拆分。", status=409)
    codes = _next_codes(old.community_id, len(parts))
    made = []
    for i, new in enumerate(codes):
        name = _name(names[i] if i < len(names) else "", old.community, new)
        cell = _new_cell(new, name, old.kind, old.community, day)
        made.append(cell)
    _retire(old, day, made, "split")
    for cell, part in zip(made, parts, strict=True):
        _store(cell, part, day, actor, bound.source)
    _bump()
    audit.record(actor, "territory.cell_split", "cell", code, into=[str(c.pk) for c in made], on=day.isoformat())
    for cell in made:
        outbox.publish(facts.CellDrawn(code=cell.pk, on=day))
    outbox.publish(facts.CellRetired(code=code, on=day, successors=tuple(c.pk for c in made)))
    return made


def _boundary_on(cell: GridCell, day: date) -> CellBoundary:
    found = CellBoundary.objects.filter(cell=cell, valid__contains=day).first()
    if found is None:
        raise Refusal("no_boundary", f"“{cell.name}”在 {day} 没有边界。请先绘制边界。", status=409)
    return found


@transaction.atomic
def merge_cells(*, actor: Actor, codes: Sequence[int], name: str = "", from_on: date | None = None) -> GridCell:
    """Join cells of one community that touch into one new cell with a new code; the old cells end that day."""
    codes = sorted(set(codes))
    if len(codes) < 2:
        raise Refusal("too_few_cells", "合并至少要选择两个网格。", field="codes")
    for code in codes:
        _allow(actor, code)
    day = _day(from_on, actor)
    _lock()
    old = [_living(code, day) for code in codes]
    if len({c.community_id for c in old}) > 1:
        raise Refusal("two_communities", "只能合并同一社区（村）内的网格。请先核对所选网格。", field="codes")
    if len({c.kind for c in old}) > 1:
        raise Refusal("two_kinds", "只能合并同一类型的网格。请先核对所选网格的类型。", field="codes")
    bounds = [_boundary_on(c, day) for c in old]
    shapes = [shape(b.geometry) for b in bounds]
    joined = rules.join(shapes)
    if joined.geom_type != "Polygon" and all(g.geom_type == "Polygon" for g in shapes):
        raise Refusal("cells_do_not_touch", "所选网格没有共同边界，不能合并。请选择相邻的网格。", field="codes")
    community = old[0].community
    new = _next_codes(community.pk, 1)[0]
    cell = _new_cell(new, _name(name, community, new), old[0].kind, community, day)
    for one in old:
        if one.valid.upper is not None:
            raise Refusal("ends_soon", f"“{one.name}”已定于 {one.valid.upper} 撤销，不能再合并。", status=409)
        _retire(one, day, [cell], "merge")
    _store(cell, joined, day, actor, bounds[0].source)
    _bump()
    audit.record(actor, "territory.cells_merged", "cell", new, out_of=[str(c) for c in codes], on=day.isoformat())
    outbox.publish(facts.CellDrawn(code=new, on=day))
    for code in codes:
        outbox.publish(facts.CellRetired(code=code, on=day, successors=(new,)))
    return cell


# Many cells.


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One feature of an import: what would happen ("new", "redraw") and, when it cannot, the sentence why."""

    row: int
    label: str
    action: str
    code: str
    name: str
    area_m2: float
    sentence: str = ""

    @property
    def ok(self) -> bool:
        return not self.sentence


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import or its preview: rows in file order, findings after it, whether it was carried out."""

    rows: list[ImportRow]
    findings: list[rules.Finding]
    done: bool

    @property
    def ok(self) -> bool:
        return all(r.ok for r in self.rows) and not any(f.kind == "overlap" for f in self.findings)

    @property
    def wrong(self) -> list[ImportRow]:
        return [r for r in self.rows if not r.ok]


def propose_cells(
    *, actor: Actor, data: bytes, kind: str, datum: str, from_on: date | None = None, community: int | None = None
) -> ImportReport:
    """What `import_cells` would do, row by row, without doing it."""
    with transaction.atomic():
        report = _import(actor, data, kind, datum, from_on, community, "")
        transaction.set_rollback(True)
    queries.forget()
    audit.record(actor, "territory.import_previewed", "cell", "import", rows=len(report.rows), format=kind)
    return ImportReport(report.rows, report.findings, done=False)


@transaction.atomic
def import_cells(
    *,
    actor: Actor,
    data: bytes,
    kind: str,
    datum: str,
    from_on: date | None = None,
    community: int | None = None,
    source: str = "",
) -> ImportReport:
    """Cells from a GeoJSON, Shapefile or KML file, all or none: a report with a wrong row has written nothing.

    A row with the code of a living cell redraws it; with an unused code it becomes that cell; without a code it becomes a
    new cell of its community (column, or the `community` argument), numbered from north-west to south-east.
    """
    report = _import(actor, data, kind, datum, from_on, community, source)
    if not report.ok:
        transaction.set_rollback(True)
        return ImportReport(report.rows, report.findings, done=False)
    audit.record(actor, "territory.cells_imported", "cell", "import", rows=len(report.rows), format=kind)
    return report


class _Row(TypedDict):
    feature: reading.Feature
    action: str
    code: int
    community: int
    problem: str


def _import(
    actor: Actor, data: bytes, kind: str, datum: str, from_on: date | None, community: int | None, source: str
) -> ImportReport:
    actor.must(RIGHT)
    day = _day(from_on, actor)
    features = reading.read(data, kind, datum)
    _lock()
    rows = [_plan(actor, f, community, day) for f in features]
    _number(rows)
    _refuse_twice(rows)
    good = [r for r in rows if not r["problem"] and r["feature"].geometry is not None]
    names = {r["code"]: r["feature"].name for r in good}
    pieces = _after(good, day)
    for finding in rules.overlaps(pieces, only=range(len(good))):
        for row in good:
            if row["code"] in finding.cells and not row["problem"]:
                row["problem"] = finding.sentence
    if not any(r["problem"] for r in rows):
        try:
            _write(actor, good, day, source or f"导入（{reading.FORMATS[kind]}）")
        except Refusal as refusal:
            rows[0]["problem"] = refusal.sentence
    touched = sorted({r["community"] for r in good})
    findings = [f for place in touched for f in _gaps(place, pieces, day)]
    return ImportReport(
        [
            ImportRow(
                r["feature"].row,
                r["feature"].label,
                r["action"],
                str(r["code"]) if r["code"] else r["feature"].code,
                names.get(r["code"], r["feature"].name),
                rules.area_m2(r["feature"].geometry) if r["feature"].geometry is not None else 0.0,
                r["problem"] and f"{r['feature'].label}：{r['problem']}",
            )
            for r in rows
        ],
        findings,
        done=True,
    )


def _gaps(community: int, pieces: Sequence[rules.Piece], day: date) -> list[rules.Finding]:
    lo, hi = rules.interval(community)
    found = queries.outline(community, day)
    return [
        f
        for f in rules.check(
            [p for p in pieces if lo <= p.code <= hi],
            shape(found.geometry) if found else None,
            queries.name_of(community),
        )
        if f.kind != "overlap"
    ]


def _plan(actor: Actor, feature: reading.Feature, community: int | None, day: date) -> _Row:
    """What a feature is to become, or the sentence why it cannot."""
    row: _Row = {
        "feature": feature,
        "action": "new",
        "code": 0,
        "community": community or 0,
        "problem": feature.problem,
    }
    if row["problem"]:
        return row
    try:
        if feature.code:
            row["code"] = rules.parse_code(feature.code)
            if rules.level(row["code"]) != "cell":
                raise Refusal("bad_place_code", f"编码 {feature.code} 不是 15 位网格编码。请补全或留空由系统编号。")
            row["community"] = rules.at_level(row["code"], "community")
            if GridCell.objects.filter(pk=row["code"]).exists():
                row["action"] = "redraw"
                _living(row["code"], day)
        elif feature.community:
            row["community"] = _community_named(feature.community)
        if not row["community"]:
            raise Refusal("no_community", "没有网格编码，也没有所属社区。请补填其中一项。")
        _allow(actor, row["code"] or row["community"])
        home = _community(row["community"], day)
        assert feature.geometry is not None
        _refuse_outside(home.pk, feature.geometry, feature.name or "该网格", day)
    except Refusal as refusal:
        row["problem"] = refusal.sentence
    return row


def _community_named(text: str) -> int:
    if text.isascii() and text.isdigit():
        return rules.parse_code(text)
    found = list(
        Division.objects.filter(level="community", short=rules.short_name(text)).values_list("code", flat=True)
    )
    if len(found) != 1:
        raise Refusal(
            "no_such_community",
            f"社区“{text}”{'有多个' if found else '不在区划表中'}。请改填 12 位社区编码。",
        )
    return found[0]


def _number(rows: Sequence[_Row]) -> None:
    """Codes for the new cells without one: per community, north-west to south-east, after the highest ever given."""
    by_home: dict[int, list[_Row]] = {}
    for row in rows:
        if row["action"] == "new" and not row["problem"] and not row["code"]:
            by_home.setdefault(row["community"], []).append(row)
    given: dict[int, int] = {}
    for row in rows:
        if row["code"]:
            given[row["community"]] = max(given.get(row["community"], 0), row["code"])
    for home, fresh in by_home.items():
        first = max(_next_codes(home, len(fresh))[0], given.get(home, 0) + 1)
        centres = [(g.centroid.x, g.centroid.y) for r in fresh if (g := r["feature"].geometry) is not None]
        for number, i in enumerate(rules.order_west_east(centres)):
            fresh[i]["code"] = first + number
    homes = {d.pk: d for d in Division.objects.filter(pk__in={r["community"] for r in rows})}
    known = dict(GridCell.objects.filter(pk__in={r["code"] for r in rows}).values_list("code", "name"))
    for row in rows:
        if not row["problem"] and not row["feature"].name:
            code = row["code"]
            row["feature"].name = known.get(code) or rules.cell_name(homes[row["community"]].short, code % 1000)


def _refuse_twice(rows: Sequence[_Row]) -> None:
    seen: dict[int, _Row] = {}
    for row in rows:
        if not row["code"] or row["problem"]:
            continue
        if row["code"] in seen:
            row["problem"] = f"编码 {row['code']} 在文件中已用于{seen[row['code']]['feature'].label}。请改正其中一个。"
        else:
            seen[row["code"]] = row


def _after(good: Sequence[_Row], day: date) -> list[rules.Piece]:
    """The cells around as they would be: the file's first, then those that stay, of the districts concerned."""
    own = [rules.Piece(r["code"], r["feature"].name, g) for r in good if (g := r["feature"].geometry) is not None]
    layers = {rules.LAYERS[r["feature"].kind] for r in good}
    codes = {p.code for p in own}
    stay = [
        piece
        for district in sorted({rules.at_level(c, "district") for c in codes})
        for layer in sorted(layers)
        for piece in queries.pieces(district, day, layer)
        if piece.code not in codes
    ]
    return own + stay


def _write(actor: Actor, rows: Sequence[_Row], day: date, source: str) -> None:
    homes = {d.pk: d for d in Division.objects.filter(pk__in={r["community"] for r in rows})}
    for row in rows:
        feature, code = row["feature"], row["code"]
        assert feature.geometry is not None
        if row["action"] == "new":
            cell = _new_cell(
                code, _name(feature.name, homes[row["community"]], code), feature.kind, homes[row["community"]], day
            )
        else:
            cell = _living(code, day)
            _end_boundary(code, day)
        _store(cell, feature.geometry, day, actor, source)
    _bump()
    for district in sorted({rules.at_level(r["code"], "district") for r in rows}):
        mine = [r for r in rows if rules.at_level(r["code"], "district") == district]
        outbox.publish(facts.TerritoryLoaded(district=district, cells=len(mine), on=day))


@transaction.atomic
def sketch_cells(
    *, actor: Actor, district: int, cells: int, fixed: Mapping[int, int] | None = None, from_on: date
) -> list[GridCell]:
    """Cover a district with sketched streets, communities and cells (`generate.sketch`), for demonstration and trial.

    `cells`: how many; `fixed`: exact numbers for some streets. The source of every border says that it is a sketch; its inner lines bind
    nobody, so the outlines of streets and communities are not kept.
    Refuses a district that has cells already.
    """
    _allow(actor, district)
    _lock()
    found = queries.outline(district, grade="detailed") or queries.outline(district, grade="simplified")
    if found is None:
        raise Refusal("no_outline", f"{queries.name_of(district)}还没有边界。请先导入区界。", field="district")
    if queries.cells(district, retired=True).exists():
        raise Refusal("cells_exist", f"{queries.name_of(district)}已有网格，不能再生成示意网格。", status=409)
    lo, hi = rules.interval(district)
    names = dict(Division.objects.filter(code__range=(lo + 1, hi)).values_list("code", "short"))
    made = generate.sketch(district, shape(found.geometry), names, cells, fixed=fixed, anchors=reference.street_sides())
    findings = rules.check([rules.Piece(c.code, c.name, c.geometry) for c in made], shape(found.geometry))
    if findings:
        raise Refusal("sketch_failed", findings[0].sentence, district=str(district))
    life = DateRange(from_on, None)
    rows = GridCell.objects.bulk_create(
        GridCell(
            code=c.code, name=c.name, kind="general", community_id=c.community, pinyin=_initials(c.name), valid=life
        )
        for c in made
    )
    now = clock.now()
    CellBoundary.objects.bulk_create(
        CellBoundary(
            cell_id=c.code,
            geometry=rules.to_geojson(c.geometry),
            area_m2=rules.area_m2(c.geometry),
            west=c.geometry.bounds[0],
            south=c.geometry.bounds[1],
            east=c.geometry.bounds[2],
            north=c.geometry.bounds[3],
            valid=life,
            source=generate.SOURCE,
            drawn_by=actor.name,
            drawn_at=now,
        )
        for c in made
    )
    _bump()
    audit.record(actor, "territory.cells_sketched", "division", district, cells=len(rows), on=from_on.isoformat())
    outbox.publish(facts.TerritoryLoaded(district=district, cells=len(rows), on=from_on))
    return rows
