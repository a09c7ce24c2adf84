"""Single cells: drawn, redrawn, renamed, retired, split, merged."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from shapely.geometry import shape

from wangge.kernel import audit, clock, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.territory import facts, rules
from wangge.territory.models import CellBoundary, CellLineage, GridCell
from wangge.territory.services import steps


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
    steps.allow(actor, community)
    drawn = rules.read_shape(geometry, datum)
    day = steps.day(from_on, actor)
    steps.lock()
    home = steps.community(community, day)
    code = steps.next_codes(community, 1)[0]
    cell = steps.new_cell(code, steps.name(name, home, code), kind, home, day)
    steps.refuse_outside(community, drawn, cell.name, day)
    steps.refuse_overlaps({code: (cell.name, drawn)}, rules.LAYERS[kind], day)
    steps.store(cell, drawn, day, actor, source)
    steps.bump()
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
        steps.allow(actor, change["code"])
    drawn = {c["code"]: rules.read_shape(c["geometry"], datum) for c in changes}
    day = steps.day(from_on, actor)
    steps.lock()
    cells = {code: steps.living(code, day) for code in drawn}
    for change in changes:
        _refuse_stale(cells[change["code"]], change.get("seen_boundary"))
    for layer in sorted({rules.LAYERS[c.kind] for c in cells.values()}):
        here = {code: (c.name, drawn[code]) for code, c in cells.items() if rules.LAYERS[c.kind] == layer}
        ends = [c.valid.upper for c in cells.values() if rules.LAYERS[c.kind] == layer]
        steps.refuse_overlaps(here, layer, day, None if None in ends else max(ends))
    for code, cell in cells.items():
        steps.refuse_outside(cell.community_id, drawn[code], cell.name, day)
        steps.end_boundary(code, day)
        steps.store(cell, drawn[code], day, actor, source)
        audit.record(actor, "territory.cell_redrawn", "cell", code, on=day.isoformat())
        outbox.publish(facts.CellRedrawn(code=code, on=day))
    steps.bump()
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
    steps.allow(actor, code)
    steps.lock()
    cell = steps.living(code, clock.today())
    if not name.strip():
        raise Refusal("missing_input", "请填写网格名称。", field="name")
    before, cell.name = cell.name, steps.name(name, cell.community, code)
    cell.pinyin = steps.initials(cell.name)
    cell.save(update_fields=["name", "pinyin"])
    steps.bump()
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
    steps.end_boundary(cell.pk, day)
    # A cell that ends on its first day never held one: it keeps its code and an empty period.
    cell.valid = DateRange(empty=True) if cell.valid.lower == day else DateRange(cell.valid.lower, day)
    cell.save(update_fields=["valid"])
    follow: Sequence[GridCell | None] = successors or [None]
    for successor in follow:
        CellLineage.objects.create(predecessor=cell, successor=successor, kind=kind, on=day)


@transaction.atomic
def retire_cell(*, actor: Actor, code: int, from_on: date | None = None) -> GridCell:
    """End a cell: the day (default today) is the first without it. Its code is never given again."""
    steps.allow(actor, code)
    day = steps.day(from_on, actor)
    steps.lock()
    cell = steps.living(code, day)
    _retire(cell, day, [], "retire")
    steps.bump()
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
    steps.allow(actor, code)
    day = steps.day(from_on, actor)
    steps.lock()
    old = steps.living(code, day)
    _refuse_stale(old, seen_boundary)
    bound = steps.boundary_on(old, day)
    path = [rules.convert(float(p[0]), float(p[1]), datum) for p in line]
    parts = rules.cut(shape(bound.geometry), path)
    parts = [parts[i] for i in rules.order_west_east([(p.centroid.x, p.centroid.y) for p in parts])]
    if old.valid.upper is not None:
        raise Refusal("ends_soon", f"“{old.name}”已定于 {old.valid.upper} 撤销，不能再拆分。", status=409)
    codes = steps.next_codes(old.community_id, len(parts))
    made = []
    for i, new in enumerate(codes):
        name = steps.name(names[i] if i < len(names) else "", old.community, new)
        cell = steps.new_cell(new, name, old.kind, old.community, day)
        made.append(cell)
    _retire(old, day, made, "split")
    for cell, part in zip(made, parts, strict=True):
        steps.store(cell, part, day, actor, bound.source)
    steps.bump()
    audit.record(actor, "territory.cell_split", "cell", code, into=[str(c.pk) for c in made], on=day.isoformat())
    for cell in made:
        outbox.publish(facts.CellDrawn(code=cell.pk, on=day))
    outbox.publish(facts.CellRetired(code=code, on=day, successors=tuple(c.pk for c in made)))
    return made


@transaction.atomic
def merge_cells(*, actor: Actor, codes: Sequence[int], name: str = "", from_on: date | None = None) -> GridCell:
    """Join cells of one community that touch into one new cell with a new code; the old cells end that day."""
    codes = sorted(set(codes))
    if len(codes) < 2:
        raise Refusal("too_few_cells", "合并至少要选择两个网格。", field="codes")
    for code in codes:
        steps.allow(actor, code)
    day = steps.day(from_on, actor)
    steps.lock()
    old = [steps.living(code, day) for code in codes]
    if len({c.community_id for c in old}) > 1:
        raise Refusal("two_communities", "只能合并同一社区（村）内的网格。请先核对所选网格。", field="codes")
    if len({c.kind for c in old}) > 1:
        raise Refusal("two_kinds", "只能合并同一类型的网格。请先核对所选网格的类型。", field="codes")
    bounds = [steps.boundary_on(c, day) for c in old]
    shapes = [shape(b.geometry) for b in bounds]
    joined = rules.join(shapes)
    if joined.geom_type != "Polygon" and all(g.geom_type == "Polygon" for g in shapes):
        raise Refusal("cells_do_not_touch", "所选网格没有共同边界，不能合并。请选择相邻的网格。", field="codes")
    community = old[0].community
    new = steps.next_codes(community.pk, 1)[0]
    cell = steps.new_cell(new, steps.name(name, community, new), old[0].kind, community, day)
    for one in old:
        if one.valid.upper is not None:
            raise Refusal("ends_soon", f"“{one.name}”已定于 {one.valid.upper} 撤销，不能再合并。", status=409)
        _retire(one, day, [cell], "merge")
    steps.store(cell, joined, day, actor, bounds[0].source)
    steps.bump()
    audit.record(actor, "territory.cells_merged", "cell", new, out_of=[str(c) for c in codes], on=day.isoformat())
    outbox.publish(facts.CellDrawn(code=new, on=day))
    for code in codes:
        outbox.publish(facts.CellRetired(code=code, on=day, successors=(new,)))
    return cell
