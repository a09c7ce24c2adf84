"""Taking a file in, reading its columns, and ordering that it be checked or imported."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Sealer
from wangge.registry.models import ImportBatch, ImportChunk, ImportMapping, ImportPiece
from wangge.registry.queries import imports as queries
from wangge.registry.queries.imports import SEAL, interval
from wangge.registry.rules import import_sheets
from wangge.registry.rules import imports as rules

RIGHT = "registry.import"
PIECE = 4 * 1024 * 1024
KEEP_DAYS = 30
_OWN_RIGHT = {"devices": "devices.edit", "fixtures": "territory.places"}
KINDS = tuple(ImportBatch.Kind.values)


def allow(actor: Actor, kind: str, area: int) -> None:
    """The right, a known kind, and an area wholly inside the actor's reach."""
    actor.must(RIGHT)
    if kind not in KINDS:
        raise Refusal(
            "unknown_kind", f"不支持导入“{kind}”。可导入：{'、'.join(ImportBatch.Kind.labels)}。", field="kind"
        )
    if kind in _OWN_RIGHT:
        actor.must(_OWN_RIGHT[kind])
    lo, hi = interval(area)
    if not (actor.is_system or (actor.lo <= lo and hi <= actor.hi)):
        raise Refusal(
            "out_of_reach",
            "导入范围超出您的管辖范围。请选择本岗位管辖的街道、社区或网格。",
            field="area",
            value=area,
            status=403,
        )


def allow_undo(actor: Actor, batch: ImportBatch) -> None:
    """Only who could import there may take it back."""
    lo, hi = interval(batch.place_code)
    if not (actor.is_system or (actor.lo <= lo and hi <= actor.hi)):
        raise Refusal("out_of_reach", "这个批次的范围超出您的管辖范围，不能撤销。请由上级岗位办理。", status=403)


def own_area(actor: Actor) -> int:
    """The place whose interval is the actor's."""
    return 0 if actor.is_system else actor.lo


def snapshot(actor: Actor) -> dict[str, Any]:
    return {
        "id": actor.id, "name": actor.name, "rights": sorted(actor.rights), "lo": actor.lo, "hi": actor.hi,
        "department_id": actor.department_id, "post_id": actor.post_id, "post_name": actor.post_name,
        "role": actor.role, "is_system": actor.is_system,
    }  # fmt: skip


def ordered_by(batch: ImportBatch) -> Actor:
    """Whoever ordered the batch, with the reach they had then."""
    return actor_of(batch.actor)


def actor_of(kept: Mapping[str, Any]) -> Actor:
    """The actor of a `snapshot`."""
    return Actor(**{**kept, "rights": frozenset(kept["rights"]), "channel": "system"})


def known(kind: str, sha256: str, area: int) -> ImportBatch | None:
    return ImportBatch.objects.filter(kind=kind, sha256=sha256, place_code=area).exclude(state="undone").first()


@transaction.atomic
def open_import(
    *,
    actor: Actor,
    kind: str,
    data: bytes,
    name: str,
    area: int | None = None,
    source: str = "",
    as_of: date | None = None,
    role: str = "",
    read: Callable[[bytes, str, tuple[rules.Target, ...]], import_sheets.Sheet] = import_sheets.read,
    keep: bool = True,
) -> ImportBatch:
    """导入：收下文件. Keep the file (sealed) as a draft with a proposed reading of its columns.

    The same file for the same area gives the batch it already has, whatever that has come to. `area` is a place code inside
    the actor's reach (default: all of it), `source` who sent the file, `as_of` the day its data are of, `role` the role its
    people are registered in, or the kind of its organisations or devices. A caller that has
    the file at hand until the end says `keep=False`.
    """
    place = own_area(actor) if area is None else area
    allow(actor, kind, place)
    digest = hashlib.sha256(data).hexdigest()
    found = known(kind, digest, place)
    if found is not None and found.state in ("draft", "checked") and role and role != found.role:
        _throw_away(found)  # sent again because the kind of its rows was wrong, and nothing had been imported
        found = None
    if found is not None:
        if keep and found.state in ("draft", "checked", "running") and not found.pieces.exists():
            _keep(found, data)
        return found
    if kind == "organisations" and not role:
        role = "enterprise"
    sheet = read(data, name, queries.targets(kind, role))
    told = source.strip()[:40] or "导入"
    past = queries.remembered(actor, kind, told, sheet.titles)
    mapping = rules.guess(sheet.titles, queries.targets(kind, role), sheet.sample(), past)
    batch = ImportBatch.objects.create(
        kind=kind, name=name[:200], sha256=digest, place_code=place, source=told, as_of=as_of or clock.today(), role=role,
        titles=sheet.titles, header_row=sheet.header_row, mapping={str(at): key for at, key in mapping.items()},
        total=sheet.frame.height, by_id=actor.id, by=actor.name, actor=snapshot(actor), created_at=clock.now(),
    )  # fmt: skip
    if keep:
        _keep(batch, data)
    audit.record(actor, "registry.import_opened", "import", batch.pk, rows=batch.total, what=kind)
    return batch


def _keep(batch: ImportBatch, data: bytes) -> None:
    sealer = Sealer(SEAL)
    for part, start in enumerate(range(0, len(data), PIECE)):
        body = base64.b64encode(data[start : start + PIECE]).decode()
        ImportPiece.objects.create(batch=batch, part=part, sealed=sealer.seal(body, f"piece:{batch.pk}:{part}"))


def locked(batch_id: int) -> ImportBatch:
    """The batch, locked until the transaction ends."""
    found = ImportBatch.objects.select_for_update().filter(pk=batch_id).first()
    if found is None:
        raise NotHere("导入批次")
    return found


def must_be(batch: ImportBatch, *states: str) -> None:
    if batch.state not in states:
        raise Refusal(
            "import_state",
            f"这个批次{batch.get_state_display()}，不能这样办理。请刷新后再看。",
            status=409,
            state=batch.state,
        )


@transaction.atomic
def map_columns(*, actor: Actor, batch_id: int, mapping: Mapping[int, str]) -> ImportBatch:
    """导入：对照列. Say what each column (from 0) is; "" or none: not read. Remembered for the sender and this header."""
    actor.must(RIGHT)
    batch = locked(batch_id)
    must_be(batch, "draft", "checked")
    known_keys = {t.key for t in queries.targets(batch.kind, batch.role)}
    chosen = {at: key for at, key in mapping.items() if key}
    for at, key in chosen.items():
        if key not in known_keys or not 0 <= at < len(batch.titles):
            raise Refusal("unknown_column", f"没有“{key}”这一项。请从列表中选择。", field=f"column_{at}", value=key)
        if list(chosen.values()).count(key) > 1:
            title = next(t.title for t in queries.targets(batch.kind, batch.role) if t.key == key)
            raise Refusal(
                "column_twice",
                f"有两列都对照到“{title}”。请只保留一列，另一列选“不导入”。",
                field=f"column_{at}",
                value=key,
            )
    if lost := rules.lacking(chosen, queries.targets(batch.kind, batch.role)):
        raise Refusal("columns_missing", f"还没有指明哪一列是：{'、'.join(lost)}。", field=None)
    batch.mapping = {str(at): key for at, key in sorted(chosen.items())}
    batch.state, batch.foreseen = "draft", {}
    batch.save(update_fields=["mapping", "state", "foreseen"])
    ImportChunk.objects.filter(batch=batch, written=False).delete()
    remember(actor, batch)
    audit.record(actor, "registry.import_mapped", "import", batch.pk, columns=len(chosen))
    return batch


def remember(actor: Actor, batch: ImportBatch) -> None:
    """Keep how the columns were read, under the sender's name and the set of titles; columns left out are kept as left out."""
    columns = {rules.plain(title): batch.mapping.get(str(at), "") for at, title in enumerate(batch.titles)}
    ImportMapping.objects.update_or_create(
        place_code=batch.place_code,
        kind=batch.kind,
        sender=batch.source,
        header=rules.header_key(batch.titles),
        defaults={"columns": columns, "used_at": clock.now(), "by": actor.name},
    )


@transaction.atomic
def drop_import(*, actor: Actor, batch_id: int) -> None:
    """导入：作废草稿. Throw away a file that was never imported."""
    actor.must(RIGHT)
    batch = locked(batch_id)
    must_be(batch, "draft", "checked")
    audit.record(actor, "registry.import_dropped", "import", batch.pk)
    _throw_away(batch)


def _throw_away(batch: ImportBatch) -> None:
    for model in (ImportPiece, ImportChunk):
        model.objects.filter(batch=batch).delete()
    batch.delete()


@transaction.atomic
def order_import(*, actor: Actor, batch_id: int, dry_run: bool) -> ImportBatch:
    """导入：交后台办理. Have the worker check the batch, or import it; the page shows how far it has come."""
    actor.must(RIGHT)
    batch = locked(batch_id)
    must_be(batch, "draft", "checked", "running", "checking")
    allow(actor, batch.kind, batch.place_code)
    if lost := rules.lacking({int(a): k for a, k in batch.mapping.items()}, queries.targets(batch.kind, batch.role)):
        raise Refusal("columns_missing", f"还没有指明哪一列是：{'、'.join(lost)}。请先对照各列。")
    if dry_run:
        must_be(batch, "draft", "checked", "checking")
        ImportChunk.objects.filter(batch=batch, written=False).delete()
        batch.state, batch.foreseen = "checking", {}
    elif batch.state != "running":
        ImportChunk.objects.filter(batch=batch, written=False).delete()
        batch.state, batch.started_at = "running", clock.now()
    batch.actor, batch.beat_at, batch.trouble = snapshot(actor), clock.now(), ""
    batch.save(update_fields=["state", "foreseen", "started_at", "actor", "beat_at", "trouble"])
    audit.record(actor, "registry.import_ordered", "import", batch.pk, rehearsal=dry_run, rows=batch.total)
    return batch


@transaction.atomic
def note_trouble(*, actor: Actor, batch_id: int, sentence: str) -> None:
    """Why the worker could not go on, for whoever looks at the page."""
    batch = locked(batch_id)
    batch.trouble = sentence[:300]
    if batch.state == "checking":
        batch.state = "draft"
    batch.save(update_fields=["trouble", "state"])
    audit.record(actor, "registry.import_stopped", "import", batch.pk)


@transaction.atomic
def note_import_export(*, actor: Actor, batch_id: int, what: str, rows: int) -> None:
    """A file with people's data leaves the system: refused rows, differences."""
    audit.record(actor, "registry.import_exported", "import", batch_id, what=what, rows=rows)


def stuck_imports(*, actor: Actor) -> list[tuple[int, bool]]:
    """Batches that should be at work and have not moved for five minutes: (id, is it a rehearsal?)."""
    since = clock.now() - timedelta(minutes=5)
    rows = ImportBatch.objects.filter(
        state__in=("checking", "running"), beat_at__lt=since, pieces__isnull=False, trouble=""
    )
    return [(pk, state == "checking") for pk, state in rows.distinct().values_list("pk", "state")]


@transaction.atomic
def forget_old_imports(*, actor: Actor) -> int:
    """留存期满. After thirty days the refused rows of an import and the file of one that was never carried out are gone."""
    before = clock.now() - timedelta(days=KEEP_DAYS)
    rows = ImportChunk.objects.filter(batch__created_at__lt=before, sealed__isnull=False)
    forgotten = rows.filter(Q(batch__finished_at__lt=before) | Q(written=False)).update(sealed=None)
    forgotten += ImportPiece.objects.filter(batch__created_at__lt=before).delete()[0]
    if forgotten:
        audit.record(actor, "registry.imports_forgotten", "import", "old", parts=forgotten)
    return forgotten
