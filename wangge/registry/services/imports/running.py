"""Carrying an import out: judged at once, written in parts, each part one transaction with the cursor that says how far it came.

While the database writes a part, the next one is sealed in a second thread. Killed half-way, the same call goes on behind the
last part that was committed.
"""

import hashlib
import io
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import polars as pl
from django.db import transaction
from django.db.utils import OperationalError

from wangge.kernel import audit, bulk, clock, outbox, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.sealed import Sealer
from wangge.registry import facts
from wangge.registry.models import ImportBatch, ImportChunk, ImportPiece
from wangge.registry.queries import imports as queries
from wangge.registry.queries.imports import SEAL, interval
from wangge.registry.rules import import_people, import_sheets
from wangge.registry.services.imports import batches, beside, others, places, staging
from wangge.registry.services.imports.people import TABLE, Outcome, Prepared, Preparer, Writer
from wangge.registry.terms import ROLES

CHUNK = 20_000
TRIES = 3
Tell = Callable[[int, int], None]
_TITLE_OF_ROW = "整行"


@dataclass(slots=True)
class Source:
    """What is imported: the values by key, and the cells of a row for the error file."""

    frame: pl.DataFrame
    cells: Callable[[int], list[str]]
    title: Callable[[str], str]


def source_of(batch: ImportBatch, known: import_sheets.Sheet | None = None) -> Source:
    """The file of the batch (`known` when it was read already), its columns read as its mapping says."""
    targets = queries.targets(batch.kind, batch.role)
    sheet = known or import_sheets.read(queries.file_of(batch), batch.name, targets)
    raw = sheet.frame
    columns = {key: str(at) for at, key in batch.mapping.items() if str(at) in raw.columns}
    by_key = {key: sheet.titles[int(at)] for key, at in columns.items()}
    titles = {t.key: t.title for t in targets} | by_key
    frame = raw.select(import_sheets.ROW, *(pl.col(at).alias(key) for key, at in columns.items()))
    return Source(frame, lambda at: ["" if c is None else c for c in raw.row(at)[1:]], lambda key: titles.get(key, key))


def source_of_rows(batch: ImportBatch, frame: pl.DataFrame) -> Source:
    """Rows that a program gave: their keys are the columns."""
    targets = {t.key: t.title for t in queries.targets(batch.kind, batch.role)}
    shown = [c for c in frame.columns if c != import_sheets.ROW]

    def cells(at: int) -> list[str]:
        return ["" if v is None else str(v) for v in frame.select(shown).row(at)]

    return Source(frame, cells, lambda key: targets.get(key, key))


def run_import(*, actor: Actor, batch_id: int, dry_run: bool = False, tell: Tell | None = None) -> ImportBatch:
    """导入：核对或写入. Check the batch (`dry_run`), or import it to its end, from where an earlier run stopped.

    Opens its own transactions: call it outside of any. `tell(done, total)` is called after each part.
    """
    return _run(actor, batch_id, dry_run, tell, None)


def _run(
    actor: Actor, batch_id: int, dry_run: bool, tell: Tell | None, sheet: import_sheets.Sheet | None
) -> ImportBatch:
    with scope.use(actor):
        batch = _begin(actor, batch_id, dry_run)
        if batch.state == "done":
            return batch
        source = source_of(batch, sheet)
    return carry_out(actor, batch, source, dry_run=dry_run, tell=tell)


def carry_out(actor: Actor, batch: ImportBatch, source: Source, *, dry_run: bool, tell: Tell | None) -> ImportBatch:
    if batch.kind in ("people", "households"):
        return _people(actor, batch, source, dry_run, tell or _silent)
    return others.carry_out(actor, batch, source, dry_run=dry_run, tell=tell or _silent)


def _silent(done: int, total: int) -> None:
    pass


def _begin(actor: Actor, batch_id: int, dry_run: bool) -> ImportBatch:
    actor.must(batches.RIGHT)
    batch = batches.locked(batch_id)
    if batch.state == "done":
        return batch
    batches.must_be(batch, "draft", "checking", "checked", "running")
    if dry_run and batch.state == "running":
        raise Refusal("import_state", "这个批次正在导入，不能再核对。请等待导入完成。", status=409)
    batches.allow(actor, batch.kind, batch.place_code)
    if lost := queries_lacking(batch):
        raise Refusal("columns_missing", f"还没有指明哪一列是：{'、'.join(lost)}。请先对照各列。")
    now = clock.now()
    if dry_run:
        ImportChunk.objects.filter(batch=batch, written=False).delete()
        batch.state, batch.foreseen = "checking", {}
    elif batch.state != "running":
        ImportChunk.objects.filter(batch=batch, written=False).delete()
        batch.state, batch.started_at, batch.actor = "running", now, batches.snapshot(actor)
        audit.record(actor, "registry.import_started", "import", batch.pk, rows=batch.total, what=batch.kind)
    batch.beat_at, batch.trouble = now, ""
    batch.save(update_fields=["state", "foreseen", "started_at", "actor", "beat_at", "trouble"])
    return batch


def queries_lacking(batch: ImportBatch) -> list[str]:
    from wangge.registry.rules.imports import lacking

    mapping = {int(at): key for at, key in batch.mapping.items()}
    return lacking(mapping, queries.targets(batch.kind, batch.role))


# ---- people ---------------------------------------------------------------------------------------------------------


def _people(actor: Actor, batch: ImportBatch, source: Source, dry_run: bool, tell: Tell) -> ImportBatch:
    today = clock.today()
    with scope.use(actor):
        known = queries.places(actor, batch.place_code)
    default = batch.place_code if batch.place_code in set(known.values()) else None
    unplaced = "不是本次导入范围内的网格或社区。请核对编码；确属其他地方的，请由当地导入。"
    judged = import_people.judge(source.frame, today, known, default, unplaced)
    beside.judge_details(judged, batch, today)
    prepare = Preparer(batch.mapping.values())
    writer = Writer(actor, batch, prepare, write=not dry_run)
    parts = _parts(judged.frame, 0 if dry_run else batch.cursor, source.frame.height)
    wanted = True
    with ThreadPoolExecutor(1) as pool:
        waiting: list[tuple[int, int, Future[Prepared]]] = []
        for first, last, frame in parts:
            ids = [0] * frame.height if dry_run else _new_ids(frame.height)
            waiting.append((first, last, pool.submit(prepare, frame, ids, wanted and not dry_run)))
            if len(waiting) > 1:
                wanted = _finish(actor, batch, judged, source, writer, waiting.pop(0), tell, dry_run)
        for one in waiting:
            _finish(actor, batch, judged, source, writer, one, tell, dry_run)
    if dry_run:
        return end_check(actor, batch)
    places.place_people(actor=actor, batch_id=batch.pk)
    return end(actor, batch.pk)


def _new_ids(count: int) -> list[int]:
    return bulk.new_ids(TABLE, count)


def _parts(frame: pl.DataFrame, start: int, total: int) -> Iterator[tuple[int, int, pl.DataFrame]]:
    places_ = frame["at"].to_list()
    for first in range(start, total, CHUNK):
        last = min(first + CHUNK, total)
        low, high = bisect_left(places_, first), bisect_left(places_, last)
        yield first, last, frame.slice(low, high - low)


def _finish(
    actor: Actor,
    batch: ImportBatch,
    judged: import_people.Judged,
    source: Source,
    writer: Writer,
    one: tuple[int, int, Future[Prepared]],
    tell: Tell,
    dry_run: bool,
) -> bool:
    """Write (or rehearse) one part; were most of its people new?"""
    first, last, future = one
    prepared = future.result()
    for attempt in range(TRIES):
        try:
            with scope.use(actor):
                outcome = _part(actor, batch.pk, judged, source, writer, prepared, first, last, dry_run)
            break
        except OperationalError as error:
            if "deadlock" not in str(error) or attempt == TRIES - 1:
                raise
            writer.cautious = True
            time.sleep(0.1 * (attempt + 1))
    tell(last, source.frame.height)
    return outcome.counts.get("added", 0) * 2 >= len(prepared.ids)


def _part(
    actor: Actor,
    batch_id: int,
    judged: import_people.Judged,
    source: Source,
    writer: Writer,
    prepared: Prepared,
    first: int,
    last: int,
    dry_run: bool,
) -> Outcome:
    batch = here(batch_id, first, dry_run)
    # A part that a crash of the machine takes away takes its cursor with it; the end of the batch waits for the disk.
    staging.execute("set local synchronous_commit = off", ())
    outcome = writer.take(prepared)
    beside.write(actor, batch, prepared.frame, outcome, writer.mark, rehearse=dry_run)
    faults = {at: judged.faults[at] for at in range(first, last) if at in judged.faults} | outcome.faults
    outcome.add("refused", len(faults))
    outcome.add("repeated", sum(first <= at < last for at in judged.repeated))
    note_part(batch, source, faults, outcome, first, last, written=not dry_run)
    return outcome


def here(batch_id: int, first: int, dry_run: bool) -> ImportBatch:
    """The batch, locked, when this part is the one whose turn it is."""
    batch = batches.locked(batch_id)
    if batch.state != ("checking" if dry_run else "running") or (not dry_run and batch.cursor != first):
        raise Refusal("import_elsewhere", "这个批次正由另一处办理。请稍候在导入记录中查看进度。", status=409)
    return batch


def note_part(
    batch: ImportBatch,
    source: Source,
    faults: Mapping[int, list[tuple[str, str]]],
    outcome: Outcome,
    first: int,
    last: int,
    *,
    written: bool,
) -> None:
    """Record what the part did, its refused rows sealed, and move the cursor."""
    rows = source.frame[import_sheets.ROW]
    refused = [
        [rows[at], source.cells(at), [[source.title(key), sentence] for key, sentence in found]]
        for at, found in sorted(faults.items())
    ]
    sealed = None
    if refused:
        context = queries.refused_context(batch.pk, first, written)
        sealed = Sealer(SEAL).seal(msgspec.json.encode(refused).decode(), context)
    chunk = ImportChunk.objects.create(
        batch=batch, written=written, first=first, last=last, verified=outcome.verified, filled=outcome.filled,
        refused=len(refused), faults=_grouped(refused), sealed=sealed,
    )  # fmt: skip
    if outcome.made:
        made = staging.array(outcome.made)
        staging.execute("update registry_importchunk set made = %s::bigint[] where id = %s", [made, chunk.pk])
    counts = batch.counts if written else batch.foreseen
    for name, count in outcome.counts.items():
        counts[name] = counts.get(name, 0) + count
    batch.beat_at = clock.now()
    if written:
        batch.cursor = last
    batch.save(update_fields=["counts", "foreseen", "cursor", "beat_at"])


def _grouped(refused: Iterable[list[Any]]) -> list[list[Any]]:
    found: dict[tuple[str, str], list[Any]] = {}
    for row, _, faults in refused:
        for title, sentence in faults:
            one = found.setdefault((title, sentence), [0, []])
            one[0] += 1
            if len(one[1]) < 5:
                one[1].append(row)
    return [[*key, *one] for key, one in list(found.items())[:200]]


def end_check(actor: Actor, batch: ImportBatch) -> ImportBatch:
    with scope.use(actor):
        done = batches.locked(batch.pk)
        done.state = "checked"
        done.save(update_fields=["state"])
        audit.record(actor, "registry.import_checked", "import", done.pk, **done.foreseen)
    return done


def end(actor: Actor, batch_id: int) -> ImportBatch:
    with scope.use(actor):
        batch = batches.locked(batch_id)
        if batch.state == "done":
            return batch
        batch.state, batch.finished_at = "done", clock.now()
        batch.save(update_fields=["state", "finished_at"])
        ImportPiece.objects.filter(batch=batch).delete()
        if batch.counts.get("added", 0) > 1000 and batch.kind in ("people", "households"):
            bulk.analyze(TABLE)
        audit.record(actor, "registry.imported", "import", batch.pk, what=batch.kind, **batch.counts)
        outbox.publish(facts.Imported(batch.pk, batch.kind, batch.place_code, batch.counts.get("added", 0)))
    return batch


# ---- entrances ------------------------------------------------------------------------------------------------------


def import_file(
    *,
    actor: Actor,
    kind: str,
    data: bytes,
    name: str,
    area: int | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    source: str = "",
    as_of: date | None = None,
    role: str = "",
    tell: Tell | None = None,
) -> ImportBatch:
    """导入文件. Open, read the columns, and check or import to the end; the same file again goes on, or gives what it came to.

    `mapping` is {title of a column: key, or "" for not read}, over what was guessed. Opens its own transactions.
    """
    kept: list[import_sheets.Sheet] = []

    def read(*told: Any) -> import_sheets.Sheet:
        kept.append(import_sheets.read(*told))
        return kept[0]

    def read_again(batch: ImportBatch) -> import_sheets.Sheet:
        return kept[0] if kept else import_sheets.read(data, name, queries.targets(batch.kind, batch.role))

    with scope.use(actor):
        batch = batches.open_import(
            actor=actor,
            kind=kind,
            data=data,
            name=name,
            area=area,
            source=source,
            as_of=as_of,
            role=role,
            read=read,
            keep=dry_run,
        )
        if mapping and batch.state in ("draft", "checked"):
            chosen = {int(at): key for at, key in batch.mapping.items()}
            for title, key in mapping.items():
                if title not in batch.titles:
                    raise Refusal(
                        "unknown_column", f"表格中没有“{title}”这一列。请核对对照文件。", field="mapping", value=title
                    )
                at = batch.titles.index(title)
                chosen = {a: k for a, k in chosen.items() if k != key and a != at} | ({at: key} if key else {})
            batch = batches.map_columns(actor=actor, batch_id=batch.pk, mapping=chosen)
        elif batch.state == "draft":
            batches.remember(actor, batch)
    if batch.state == "done":
        return batch
    return _run(actor, batch.pk, dry_run, tell, read_again(batch))


def import_rows(
    *,
    actor: Actor,
    kind: str,
    rows: pl.DataFrame | Iterable[Mapping[str, Any]],
    source: str,
    area: int | None = None,
    as_of: date | None = None,
    role: str = "",
    name: str = "",
    tell: Tell | None = None,
) -> ImportBatch:
    """导入数据. Rows that a program holds, by the keys of `rules.imports` (and, for people, `dwelling_id`, `residence`, `since`,
    `household`, `relation`, `role`, `role_details`, `care`; for organisations `role` is their kind); the same rules, the same record, the same undo as for a file.

    Called again with the same rows it goes on where it stopped, or gives what they came to. Opens its own transactions.
    """
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows), infer_schema_length=None)
    if import_sheets.ROW not in frame.columns:
        frame = frame.with_row_index(import_sheets.ROW, offset=1).with_columns(pl.col(import_sheets.ROW).cast(pl.Int64))
    frame = beside.as_texts(frame)
    written = io.BytesIO()
    frame.write_ipc(written)
    digest = hashlib.sha256(written.getbuffer()).hexdigest()
    place = batches.own_area(actor) if area is None else area
    with scope.use(actor), transaction.atomic():
        batches.allow(actor, kind, place)
        batch = batches.known(kind, digest, place)
        if batch is None:
            titles = [c for c in frame.columns if c != import_sheets.ROW]
            batch = ImportBatch.objects.create(
                kind=kind, name=(name or source)[:200], sha256=digest, place_code=place, source=source[:40],
                as_of=as_of or clock.today(), role=role, titles=titles, header_row=0, total=frame.height,
                mapping={str(at): key for at, key in enumerate(titles)}, by_id=actor.id, by=actor.name,
                actor=batches.snapshot(actor), created_at=clock.now(),
            )  # fmt: skip
        batch = _begin(actor, batch.pk, False)
    if batch.state == "done":
        return batch
    return carry_out(actor, batch, source_of_rows(batch, frame), dry_run=False, tell=tell)


__all__ = ["CHUNK", "ROLES", "import_file", "import_rows", "interval", "run_import"]
