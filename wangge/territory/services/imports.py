"""Many cells at once, from a file: looked at first, then all or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from django.db import transaction
from shapely.geometry import shape

from wangge.kernel import audit, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.territory import facts, queries, reading, rules
from wangge.territory.models import Division, GridCell
from wangge.territory.services import steps


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
    actor.must(steps.RIGHT)
    day = steps.day(from_on, actor)
    features = reading.read(data, kind, datum)
    steps.lock()
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
                steps.living(row["code"], day)
        elif feature.community:
            row["community"] = _community_named(feature.community)
        if not row["community"]:
            raise Refusal("no_community", "没有网格编码，也没有所属社区。请补填其中一项。")
        steps.allow(actor, row["code"] or row["community"])
        home = steps.community(row["community"], day)
        assert feature.geometry is not None
        steps.refuse_outside(home.pk, feature.geometry, feature.name or "该网格", day)
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
        first = max(steps.next_codes(home, len(fresh))[0], given.get(home, 0) + 1)
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
            cell = steps.new_cell(
                code,
                steps.name(feature.name, homes[row["community"]], code),
                feature.kind,
                homes[row["community"]],
                day,
            )
        else:
            cell = steps.living(code, day)
            steps.end_boundary(code, day)
        steps.store(cell, feature.geometry, day, actor, source)
    steps.bump()
    for district in sorted({rules.at_level(r["code"], "district") for r in rows}):
        mine = [r for r in rows if rules.at_level(r["code"], "district") == district]
        outbox.publish(facts.TerritoryLoaded(district=district, cells=len(mine), on=day))
