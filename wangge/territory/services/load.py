"""Reference data, and the sketch of a district for demonstration."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from shapely.geometry import shape

from wangge.kernel import audit, clock, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.territory import facts, generate, queries, reference, rules
from wangge.territory.models import CellBoundary, Division, DivisionOutline, GridCell
from wangge.territory.services import steps


@transaction.atomic
def load_divisions(*, actor: Actor) -> int:
    """Divisions from `data/divisions.csv`: new ones added, changed names corrected; how many rows were written."""
    actor.must(steps.RIGHT)
    steps.lock()
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
                pinyin=steps.initials(short),
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
        steps.bump()
    audit.record(actor, "territory.divisions_loaded", "division", "all", written=written, source=source)
    return written


@transaction.atomic
def load_outlines(*, actor: Actor) -> int:
    """Outlines of districts and counties from `data/outlines.geojson`, with source and limits; how many were written.

    A county outside the loaded divisions gets a row of its own (code and name), because the map shows the neighbours.
    """
    actor.must(steps.RIGHT)
    steps.lock()
    written = 0
    for one in reference.outlines():
        Division.objects.get_or_create(
            pk=one.code,
            defaults={
                "name": one.name,
                "short": one.name,
                "level": "district",
                "pinyin": steps.initials(one.name),
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
        steps.bump()
    audit.record(actor, "territory.outlines_loaded", "division", "all", written=written)
    return written


@transaction.atomic
def sketch_cells(
    *, actor: Actor, district: int, cells: int, fixed: Mapping[int, int] | None = None, from_on: date
) -> list[GridCell]:
    """Cover a district with sketched streets, communities and cells (`generate.sketch`), for demonstration and trial.

    `cells`: how many; `fixed`: exact numbers for some streets. The source of every border says that it is a sketch; its inner lines bind
    nobody, so the outlines of streets and communities are not kept.
    Refuses a district that has cells already.
    """
    steps.allow(actor, district)
    steps.lock()
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
            code=c.code,
            name=c.name,
            kind="general",
            community_id=c.community,
            pinyin=steps.initials(c.name),
            valid=life,
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
    steps.bump()
    audit.record(actor, "territory.cells_sketched", "division", district, cells=len(rows), on=from_on.isoformat())
    outbox.publish(facts.TerritoryLoaded(district=district, cells=len(rows), on=from_on))
    return rows
