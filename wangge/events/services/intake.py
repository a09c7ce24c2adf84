"""Intake: the one way a report becomes an event, for phone, portal, desk and API alike, one by one or in batches.

Parse and decide in Python, then one SQL statement (`events_report`) that sets the scope and writes everything.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.db import connection

from wangge.casework import terms
from wangge.events import queries, rules
from wangge.events.suggest import suggest
from wangge.kernel import clock, files, scope, workdays
from wangge.kernel.actor import EVERYWHERE, Actor
from wangge.kernel.calendars import current_calendar
from wangge.kernel.errors import Refusal
from wangge.territory import queries as territory

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Source = Literal["officer", "resident", "desk", "api", "hotline", "device", "department"]


class Report(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One report as any channel sends it. `id` is made by the sender: the same id is the same report, however often sent.

    `lng`, `lat` in degrees of `datum`; `files` are SHA-256 hashes of files already uploaded; `category` is a code of the
    catalogue or null (suggested from the text, settled at acceptance); `solved` is what was done on the spot.
    """

    id: UUID
    text: Annotated[str, msgspec.Meta(max_length=rules.MAX_TEXT)] = ""
    lng: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    datum: Datum = "wgs84"
    seen_at: datetime
    source: Source = "api"
    category: str | None = None
    title: Annotated[str, msgspec.Meta(max_length=60)] = ""
    files: Annotated[list[Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]], msgspec.Meta(max_length=20)] = []
    urgency: Literal["normal", "urgent", "emergency"] = "normal"
    accuracy: float | None = None
    solved: str = ""
    is_secret: bool = False


class Receipt(msgspec.Struct, frozen=True):
    """What the sender gets: the number, the cell, the state the report entered, and by when the next step is due."""

    id: UUID
    number: str
    cell_code: str
    state: str
    due_at: datetime | None
    is_new: bool


def report(*, actor: Actor, report: Report, query_code: str = "") -> Receipt:
    """Take one report. Raises `Refusal` naming field and value; the audit row is part of the same statement."""
    return _write(actor, [_row(actor, report, _Due(clock.now()), query_code)], [report])[0]


def report_many(*, actor: Actor, reports: Sequence[Report]) -> list[Receipt | Refusal]:
    """Take up to 500 reports: each gets its receipt or its refusal, and one bad report spoils none of the others."""
    if len(reports) > rules.MAX_BATCH:
        raise Refusal(
            "batch_too_large",
            f"一批最多 {rules.MAX_BATCH} 件，本批 {len(reports)} 件。请分批提交。",
            status=413,
            value=len(reports),
        )
    now = clock.now()
    results: list[Receipt | Refusal | None] = [None] * len(reports)
    rows, kept = [], []
    known = files_known([h for r in reports for h in r.files])
    due = _Due(now)
    points = [territory.convert(r.lng, r.lat, r.datum) for r in reports]
    places = territory.cells_at([p[0] for p in points], [p[1] for p in points])
    for i, one in enumerate(reports):
        try:
            rows.append(_row(actor, one, due, "", point=points[i], placed=places[i], known=known))
            kept.append(i)
        except Refusal as refusal:
            results[i] = refusal
    if rows:
        for i, receipt in zip(kept, _write(actor, rows, [reports[i] for i in kept]), strict=True):
            results[i] = receipt
    return [r for r in results if r is not None]


def files_known(hashes: Sequence[str]) -> set[str]:
    """Which of the hashes are stored here."""
    if not hashes:
        return set()
    return set(hashes) - set(files.missing(list(dict.fromkeys(hashes))))


class _Due:
    """Due and yellow dates of limits that start now; a batch has few different ones."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._known: dict[workdays.Limit, tuple[datetime, datetime]] = {}

    def dates(self, limit: workdays.Limit) -> tuple[datetime, datetime]:
        found = self._known.get(limit)
        if found is None:
            due = workdays.due(self.now, limit, current_calendar())
            found = self._known[limit] = (due.at, due.moment(terms.YELLOW_AT))
        return found


def _row(
    actor: Actor,
    one: Report,
    by: "_Due",
    query_code: str,
    *,
    point: tuple[float, float] | None = None,
    placed: territory.Placement | None = None,
    known: set[str] | None = None,
) -> dict[str, Any]:
    actor.must("events.report")
    now = by.now
    if one.seen_at.tzinfo is None:
        raise Refusal(
            "no_zone",
            "发现时间须带时区，例如 2026-01-31T08:30:00+08:00。",
            field="seen_at",
            value=one.seen_at.isoformat(),
        )
    if one.seen_at.year < rules.EARLIEST_YEAR:
        raise Refusal(
            "seen_long_ago",
            f"发现时间 {one.seen_at:%Y-%m-%d} 早于 {rules.EARLIEST_YEAR} 年，请核对设备时钟后重新填写。",
            field="seen_at",
            value=one.seen_at.isoformat(),
        )
    known = files_known(one.files) if known is None else known
    for digest in one.files:
        if digest not in known:
            raise Refusal("unknown_file", "有照片或文件尚未上传，请先上传再提交。", field="files", value=digest)
    lng, lat = point or territory.convert(one.lng, one.lat, one.datum)
    placed = placed or territory.cell_at(lng, lat)
    if placed.cell_code is None:
        raise Refusal(
            "outside", "这个位置不在本区任何网格内。请在地图上重新点选事发地点。", field="lng", value=[one.lng, one.lat]
        )
    place = int(placed.cell_code)
    district = place - place % 10**9
    if actor.lo <= actor.hi and actor.lo // 10**9 == actor.hi // 10**9 and actor.lo // 10**9 != place // 10**9:
        raise Refusal("other_district", "这个位置属于其他区，请由该区受理。", field="lng", value=[one.lng, one.lat])
    version, catalogue = queries.catalogue_version(district)
    suggestions = suggest(one.text, catalogue) if one.category is None else []
    category = one.category or (suggestions[0].code if suggestions else "")
    found = catalogue.categories.get(category)
    if category and found is None:
        raise Refusal(
            "unknown_category", f"没有类别“{category}”。请从类别列表中选择。", field="category", value=category
        )
    text = _text(one, found)
    solved = one.solved.strip()
    if solved:
        _may_solve(actor, found)
    state, kind = ("closed", "") if solved else ("reported", "accept")
    limit = queries.limit(terms.Matter(category, place, one.urgency, now), "accept")
    due_at, yellow_at = by.dates(limit)
    level = rules.first_office_level(one.source)
    local = clock.local(now)
    return {
        "client": one.id,
        "kind": rules.KIND,
        "prefix": f"{rules.PREFIX}{place // 10**9}-{local.year}-",
        "series": f"wg_{place // 10**9}_{local.year}",
        "state": state,
        "command": "self_solve" if solved else "report",
        "title": one.title.strip() or text[:30],
        "body": text if not solved else f"{text}\n现场处置：{solved}",
        "category": category,
        "source": one.source,
        "urgency": one.urgency if one.urgency != "normal" or found is None else found.urgency,
        "place": place,
        "lng": lng,
        "lat": lat,
        "seen_at": min(one.seen_at, now),
        "received_at": now,
        "holder": None if solved else queries.office_id(level, place),
        "clock": kind,
        "amount": limit.amount,
        "unit": limit.unit,
        "yellow_at": yellow_at,
        "due_at": None if solved else due_at,
        "outcome": "self_solved" if solved else "",
        "closed_at": now if solved else None,
        "query_code": query_code,
        "secret": one.is_secret,
        "files": one.files,
        "datum": one.datum,
        "accuracy": one.accuracy,
        "near_border": placed.near_border,
        "candidates": [int(c) for c in placed.candidates],
        "suggested": [{"code": s.code, "words": list(s.words)} for s in suggestions],
        # A device clock that runs ahead: what it said is kept, what counts is when the report arrived.
        "device_at": one.seen_at if one.seen_at > now + timedelta(minutes=5) else None,
        "version": version,
    }


def _text(one: Report, found: Any) -> str:
    for name in ("text", "title", "solved"):
        if "\0" in getattr(one, name):  # PostgreSQL keeps no such character, and one would spoil its whole batch
            raise Refusal("unprintable", "文字中有不能显示的字符，请删去后再提交。", field=name, value=None)
    text = one.text.strip()
    if len(text) >= rules.MIN_TEXT:
        return text
    if found is not None and one.files:
        return f"{found.name}（见照片）{text}"
    raise Refusal(
        "text_short", f"请写明情况，不少于 {rules.MIN_TEXT} 个字；或选择类别并附上照片。", field="text", value=one.text
    )


def _may_solve(actor: Actor, found: Any) -> None:
    actor.must("events.self_solve")
    if found is None:
        raise Refusal("category_needed", "自行处置须先选择类别。", field="category", value=None)
    if not found.self_solve:
        raise Refusal(
            "not_self_solvable",
            f"“{found.name}”须由主管单位办理，不能自行处置。请改为上报。",
            field="solved",
            value=found.code,
        )


_SQL = "select * from events_report(%s, %s, %s, %s, %s, %s, %s, %s::json)"


def _write(actor: Actor, rows: list[dict[str, Any]], reports: Sequence[Report]) -> list[Receipt]:
    # The public holds no territory; having been placed by us, their report is written with the reach of the system.
    reach = actor if actor.id else replace(actor, lo=EVERYWHERE[0], hi=EVERYWHERE[1])
    params: list[Any] = [
        reach.lo,
        reach.hi,
        actor.department_id or 0,
        actor.id,
        actor.name,
        actor.post_name,
        actor.channel,
        msgspec.json.encode(rows).decode(),
    ]
    # The statement's own scope lasts until its transaction ends; inside somebody else's it must not stay behind.
    with scope.use(reach) if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
        cursor.execute(_SQL, params)
        found: dict[UUID, Any] = {}
        for row in cursor.fetchall():
            found.setdefault(row[0], row)  # what is new comes first
    missing = [str(r.id) for r in reports if r.id not in found]
    if missing:
        raise Refusal(
            "id_taken", "这个编号已用于另一件上报。请重新生成编号后再提交。", status=409, field="id", value=missing[0]
        )
    return [Receipt(r.id, f[1], str(f[2]), f[3], f[4], f[5]) for r in reports for f in [found[r.id]]]
