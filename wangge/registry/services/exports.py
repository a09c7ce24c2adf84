"""Taking records away in the standard's flat tables: into a folder by the program, or into one sealed file for the desk.

Such a file holds full numbers, so it needs `registry.export` and `person.reveal` (a special group its own right instead), a
purpose, and leaves an audit row with the number of rows of each table. At the desk it lies encrypted, for its owner alone,
for a day.
"""

import logging
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction

from wangge.kernel import audit, clock, files, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.tables import Column, write_xlsx
from wangge.kernel.textsheet import TextSheet
from wangge.registry.models import StandardExport
from wangge.registry.queries import dictionary, gb31000
from wangge.registry.rules import tables
from wangge.registry.services.packing import Pieces, Squeezed, whole
from wangge.territory import queries as territory

log = logging.getLogger(__name__)
KEEP = timedelta(days=1)
QUIET = timedelta(minutes=10)
SUMMARY = "导出说明"
_LOCK = 7_262_046
A_SHEET = 1_000_000
"""Rows of a sheet; office programs read hardly more."""
_QUOTED = re.compile(r'[",\r\n\x1f]')
_AWKWARD = re.compile(r'[",\r\n]|(?:^|\x1f)[=@]')
Tell = Callable[[str, int, int], None]
"""(table, rows written, rows expected)."""


@dataclass(slots=True)
class Written:
    """One table that was written: rows, and how many of them lack what the standard demands, by field title."""

    table: str
    title: str
    rows: int = 0
    missing: dict[str, int] = field(default_factory=dict)


def write_standard(
    *, actor: Actor, area: int, codes: Sequence[str], out: Path, tell: Tell | None = None
) -> list[Written]:
    """Write the tables of an area into a folder, each as XLSX and CSV, and a note of what is missing.

    A file has its name only once it is whole, so that a run that was killed leaves none that looks finished; run again, it begins
    anew. Opens its own transactions (call it outside of one). Raises `Refusal`: `tables` (one that the actor may not take), `place`.
    """
    codes = _allowed(actor, area, codes)
    out.mkdir(parents=True, exist_ok=True)

    def file(name: str) -> AbstractContextManager[IO[bytes]]:
        return whole(out / name)

    done = []
    for code in codes:
        with whole(out / f"{_name(code)}.csv") as text:
            done.append(_table(actor, code, area, clock.today(), tell, file, text))
    with whole(out / f"{SUMMARY}.xlsx") as summary:
        summary.write(_summary(area, done))
    with scope.use(actor):
        _note(actor, area, done, "由命令行导出")
    return done


@transaction.atomic
def order_export(*, actor: Actor, area: int, codes: Sequence[str], reason: str) -> StandardExport:
    """Have the tables of an area written by the worker. Raises `Refusal`: `tables`, `place`, `reason`, `waiting`."""
    codes = _allowed(actor, area, codes)
    if len(reason.strip()) < 4:
        raise Refusal("reason", "请写明用途（至少 4 个字），例如“报市委政法委季度数据”。", field="reason", value=reason)
    if StandardExport.objects.filter(by_id=actor.id, state__in=["waiting", "running"]).count() >= 3:
        raise Refusal("waiting", "您已有 3 项导出在生成。请等它们完成后再提交。", status=409)
    told = asdict(actor) | {"rights": sorted(actor.rights)}
    one = StandardExport.objects.create(
        place_code=area, tables=list(codes), on=clock.today(), reason=reason.strip()[:200], actor=told, by_id=actor.id,
        by=actor.name, created_at=clock.now(),
    )  # fmt: skip
    audit.record(
        actor, "registry.export_ordered", "standard_export", one.pk, area=area, tables=list(codes), reason=reason[:200]
    )
    _defer(one.pk)
    return one


def run_export(*, actor: Actor, export_id: int) -> None:
    """Write an export that waits, with the rights and reach of whoever ordered it. Safe to repeat, and from two sides at once."""
    with _by_one_only(export_id):
        with scope.use(actor):
            one = (
                StandardExport.objects.select_for_update()
                .filter(pk=export_id, state__in=["waiting", "running"])
                .first()
            )
            if one is None:
                return
            one.state, one.beat_at = "running", clock.now()
            one.save(update_fields=["state", "beat_at"])
        try:
            done, data = _made(one)
            _settle(actor, one.pk, "done", done, data)
        except Refusal as refusal:
            _settle(actor, one.pk, "failed", [], None, refusal.sentence)
        except Exception as error:  # one that cannot be made must not come back for ever
            log.error("export %d failed", export_id, exc_info=error)
            _settle(actor, one.pk, "failed", [], None, f"导出时程序出错（{type(error).__name__}）。请交给运维人员。")


def _made(one: StandardExport) -> tuple[list[Written], Pieces]:
    told = dict(one.actor)
    owner = Actor(**(told | {"rights": frozenset(told["rights"])}))
    codes = _allowed(owner, one.place_code, one.tables)
    with scope.use(owner):
        total = sum(gb31000.count(owner, code, one.place_code, one.on) for code in codes)
    _beat(one.pk, 0, total)
    before, done, kept = 0, [], Pieces(one.pk)
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:

        def file(name: str) -> IO[bytes]:
            return archive.open(_entry(name), "w", force_zip64=True)

        for code in codes:
            text = Squeezed()
            written = _table(owner, code, one.place_code, one.on, partial(_told, one.pk, before, total), file, text)
            text.unfold_into(file(f"{_name(code)}.csv"))
            before += written.rows
            done.append(written)
        archive.writestr(_entry(f"{SUMMARY}.xlsx"), _summary(one.place_code, done))
    return done, kept


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, clock.local(clock.now()).timetuple()[:6])
    # A workbook is packed already.
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".xlsx") else zipfile.ZIP_DEFLATED
    return entry


def _told(export_id: int, before: int, total: int, table: str, rows: int, expected: int) -> None:
    _beat(export_id, before + rows, total)


def _settle(actor: Actor, export_id: int, state: str, done: list[Written], data: Pieces | None, why: str = "") -> None:
    if data is not None:
        files.store().write(_key(export_id), data.whole())
    with scope.use(actor):
        one = StandardExport.objects.select_for_update().get(pk=export_id)
        one.state, one.trouble, one.finished_at, one.size = state, why[:300], clock.now(), data.size if data else 0
        one.written = sum(w.rows for w in done)
        one.total = max(one.total, one.written)
        one.counts = {w.table: {"rows": w.rows, "missing": list(w.missing.items())} for w in done}
        one.expires_at = clock.now() + KEEP if data is not None else None
        one.save()
        if done:
            _note(actor, one.place_code, done, one.reason, for_=one.by, export=one.pk)


@transaction.atomic
def fetch_export(*, actor: Actor, export_id: int) -> tuple[StandardExport, bytes]:
    """The ZIP of an export, to its owner only; each fetch is on record. Raises `NotHere`, `Refusal` (`not_ready`, `expired`)."""
    one = StandardExport.objects.select_for_update().filter(pk=export_id, by_id=actor.id).first()
    if one is None or not actor.id:
        raise NotHere("导出")
    if one.state in ("waiting", "running"):
        raise Refusal("not_ready", "这项导出还在生成。请稍候再下载。", status=409)
    if one.state != "done" or one.expires_at is None or one.expires_at <= clock.now():
        raise Refusal("expired", "这项导出已清除或没有生成。请重新提交导出。", status=410)
    _allowed(actor, one.place_code, one.tables)
    with files.store().open(_key(export_id)) as f:
        data = Pieces.opened(export_id, f.read())
    one.fetched += 1
    one.save(update_fields=["fetched"])
    audit.record(actor, "registry.export_fetched", "standard_export", one.pk, times=one.fetched)
    return one, data


@transaction.atomic
def remove_export(*, actor: Actor, export_id: int) -> StandardExport:
    """Throw the file of an export away before its day is over; what was taken stays on record."""
    one = StandardExport.objects.select_for_update().filter(pk=export_id, by_id=actor.id).first()
    if one is None or not actor.id:
        raise NotHere("导出")
    if one.state not in ("done", "failed"):
        raise Refusal("not_ready", "只能清除已生成的导出。请等它完成后再清除。", status=409)
    _remove(actor, one)
    return one


def repair_exports(*, actor: Actor) -> int:
    """Start anew what a kill left half-way, and remove files whose day is over; how many were touched."""
    now = clock.now()
    with scope.use(actor):
        stuck = StandardExport.objects.filter(state__in=["waiting", "running"], created_at__lt=now - QUIET)
        lost = [one.pk for one in stuck if one.beat_at is None or one.beat_at < now - QUIET]
        for export_id in lost:
            _defer(export_id)
        over = list(StandardExport.objects.select_for_update().filter(state="done", expires_at__lte=now))
        for one in over:
            _remove(actor, one)
    return len(lost) + len(over)


# ---- shared -----------------------------------------------------------------------------------------------------------


def _allowed(actor: Actor, area: int, codes: Sequence[str]) -> list[str]:
    """The codes in the standard's order; `Refusal` for one that the actor may not take, or a place out of reach."""
    if not codes:
        raise Refusal("tables", "请至少选择一张表。", field="tables")
    may = gb31000.tables_for(actor)
    for code in codes:
        if code in may:
            continue
        if code not in gb31000.TABLES:
            raise Refusal(
                "tables", f"没有可以导出的表“{code}”。可以导出：{'、'.join(may)}。", field="tables", value=code
            )
        title = tables.table(code).title
        raise Refusal(
            "tables", f"当前岗位不能导出“{title}”。请由有权限的岗位办理。", field="tables", value=code, status=403
        )
    if not 10**14 <= area < 10**15:
        raise Refusal("place", "地区代码应为 6 至 15 位区划代码或网格编码。请核对。", field="area", value=str(area))
    lo, hi = territory.interval(area)
    if not (actor.covers(lo) and actor.covers(hi)):
        raise Refusal("place", "这个地区不完全在您的管辖范围内。请选择本辖区。", field="area", value=str(area))
    return [code for code in gb31000.TABLES if code in codes]


def _table(
    actor: Actor,
    code: str,
    area: int,
    on: date,
    tell: Tell | None,
    file: Callable[[str], AbstractContextManager[IO[bytes]]],
    text: IO[bytes] | Squeezed,
) -> Written:
    """Write one table: its sheets as files by name (a second one where one is full), its CSV into `text`.

    A part is written while the next one is read, each in a short transaction of its own, so that memory does not grow.
    """
    table = tables.table(code)
    with scope.use(actor):
        expected = gb31000.count(actor, code, area, on) if tell else 0
        own = dictionary.stands_for(area - area % 10**9)
    written, cells = Written(code, table.title), tables.exporter(code, own)
    required = [(i, f.title) for i, f in enumerate(table.fields) if f.required]
    titles = [f.title for f in table.fields]
    text.write(("\ufeff" + _line(titles)).encode())

    def put(rows: list[dict[str, Any]], sheet: TextSheet) -> None:
        made = [cells(row) for row in rows]
        for i, title in required:
            if lacking := sum(not row[i] for row in made):
                written.missing[title] = written.missing.get(title, 0) + lacking
        sheet.write(made)
        text.write("".join(map(_line, made)).encode())

    after: int | None = 0
    sheets = 0
    with ThreadPoolExecutor(1) as pool:
        while after is not None:
            sheets += 1
            name = _name(code) + (f"_{sheets}" if sheets > 1 else "")
            with file(f"{name}.xlsx") as stream, TextSheet(stream, titles, table.title) as sheet:
                waiting: Future[None] | None = None
                room = A_SHEET
                while after is not None and room > 0:
                    with scope.use(actor):
                        part = gb31000.batch(actor, code, area, on, after)
                    if waiting is not None:
                        waiting.result()
                    waiting = pool.submit(put, part.rows, sheet)
                    written.rows += len(part.rows)
                    room -= len(part.rows)
                    after = part.after
                    if tell:
                        tell(code, written.rows, max(expected, written.rows))
                if waiting is not None:
                    waiting.result()
    return written


def _line(cells: Sequence[str]) -> str:
    """A line of the CSV. Text that an office program would reckon is marked; codes and numbers are exchanged as they are."""
    joined = "\x1f".join(cells)
    if _AWKWARD.search(joined) is None:
        return joined.replace("\x1f", ",") + "\r\n"
    shown = ["'" + c if c[:1] in ("=", "@") else c for c in cells]
    return ",".join([f'"{c.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(c) else c for c in shown]) + "\r\n"


def _summary(area: int, done: Sequence[Written]) -> bytes:
    columns = [
        Column("table", "表号"), Column("title", "表名"), Column("rows", "行数", kind="int"), Column("field", "缺少的必填项"),
        Column("missing", "缺少行数", kind="int"),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for one in done:
        rows.append([one.table, one.title, one.rows, "", None])
        rows += [[one.table, one.title, None, title, n] for title, n in one.missing.items()]
    return write_xlsx(columns, rows, f"{territory.name_of(area)}{SUMMARY}")


def _name(code: str) -> str:
    return f"{code}_{tables.table(code).title}"


def _key(export_id: int) -> str:
    return f"exports/{export_id}"


def _note(actor: Actor, area: int, done: Sequence[Written], reason: str, **more: Any) -> None:
    audit.record(
        actor, "registry.standard_exported", "standard_export", more.pop("export", area), area=area, reason=reason,
        rows={w.table: w.rows for w in done}, **more,
    )  # fmt: skip


def _remove(actor: Actor, one: StandardExport) -> None:
    files.store().remove(_key(one.pk))
    one.state = "removed"
    one.save(update_fields=["state"])
    audit.record(actor, "registry.export_removed", "standard_export", one.pk)


def _beat(export_id: int, written: int, total: int) -> None:
    with scope.system():
        StandardExport.objects.filter(pk=export_id).update(
            written=written, total=max(total, written), beat_at=clock.now()
        )


def _defer(export_id: int) -> None:
    from procrastinate.contrib.django import app

    app.configure_task("registry.write_export").defer(export_id=export_id)


@contextmanager
def _by_one_only(export_id: int) -> Iterator[None]:
    """Held by the session, not by a transaction: writing a district takes longer than rows should be locked."""
    key = (_LOCK << 32) + export_id
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [key])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [key])
