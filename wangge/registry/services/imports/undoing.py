"""Taking an import back within thirty days: only what nobody has touched since; what was touched stays and is counted."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import transaction

from wangge.kernel import audit, clock, outbox, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal
from wangge.registry import facts
from wangge.registry.models import ImportBatch, ImportChunk, ImportDifference, Organisation, Person
from wangge.registry.queries.persons import current_values
from wangge.registry.services import record
from wangge.registry.services.imports import batches, staging
from wangge.territory import services as land

RIGHT = "registry.merge"
DAYS = 30
# What an import writes beside its people, marked with its number in `by`.
_BESIDE = ("registry_householdmember", "registry_residence", "registry_care", "registry_hukou", "registry_migrant",
           "registry_leftbehind", "registry_foreigner")  # fmt: skip

_WITHDRAW = {"devices": land.withdraw_devices, "fixtures": land.withdraw_fixtures}
_DIFFERENCES = "registry_importdifference"


@dataclass(frozen=True, slots=True)
class Undone:
    """`removed` records are gone, `restored` have their earlier state again, `kept` were changed since and stay."""

    removed: int
    restored: int
    kept: int


def undo_import(*, actor: Actor, batch_id: int) -> Undone:
    """撤销导入. Part by part, newest first; killed half-way, the same call goes on.

    Raises `Refusal`: `import_state`, `undo_too_late` (more than thirty days after the import). Opens its own transactions.
    """
    actor.must(RIGHT)
    with scope.use(actor):
        batch = _begin(actor, batch_id)
        chunks = list(
            ImportChunk.objects.filter(batch=batch, written=True).order_by("-first").values_list("pk", flat=True)
        )
    for chunk in chunks:
        with scope.use(actor):
            _undo_chunk(actor, batch.pk, chunk)
    with scope.use(actor):
        return _end(actor, batch.pk)


def _begin(actor: Actor, batch_id: int) -> ImportBatch:
    batch = batches.locked(batch_id)
    if (
        batch.state == "running"
        and batch.cursor
        and batch.beat_at
        and clock.now() - batch.beat_at > timedelta(minutes=10)
    ):
        batch.finished_at = clock.now()  # it died half-way and nobody went on with it
    else:
        batches.must_be(batch, "done", "undoing")
    until = undo_until(batch)
    if until is not None and clock.now() > until:
        raise Refusal(
            "undo_too_late",
            f"导入已超过 {DAYS} 天，不能整批撤销。请在档案中逐条更正，或在差异比对中处理。",
            status=409,
        )
    batches.allow_undo(actor, batch)
    batch.state, batch.undone_by = "undoing", actor.name
    batch.save(update_fields=["state", "undone_by", "finished_at"])
    return batch


@transaction.atomic
def order_undo(*, actor: Actor, batch_id: int) -> ImportBatch:
    """撤销导入：交后台办理. The batch is marked now, so that a refusal is told now; the worker takes it back part by part."""
    actor.must(RIGHT)
    batch = _begin(actor, batch_id)
    audit.record(actor, "registry.import_undo_ordered", "import", batch.pk)
    return batch


def undo_until(batch: ImportBatch) -> Any:
    """The moment until which the batch can be taken back; None when it was never finished."""
    return batch.finished_at + timedelta(days=DAYS) if batch.finished_at else None


def _undo_chunk(actor: Actor, batch_id: int, chunk_id: int) -> None:
    batch = batches.locked(batch_id)
    batches.must_be(batch, "undoing")
    chunk = ImportChunk.objects.select_for_update().get(pk=chunk_id)
    if chunk.undone:
        return
    mark = f"{batch.by}（导入{batch.pk}）"[:100]
    if batch.kind in ("people", "households"):
        told = _undo_people(actor, batch, chunk, mark)
    elif batch.kind == "organisations":
        told = _undo_organisations(batch, chunk)
    elif batch.kind in _WITHDRAW:
        removed, restored = _WITHDRAW[batch.kind](
            actor=actor, made=chunk.made, filled=[(pk, step, fields) for pk, step, fields in chunk.filled]
        )
        kept = len(chunk.made) + len(chunk.filled) - removed - restored
        told = {"removed": removed, "restored": restored, "kept": kept}
    else:
        told = _undo_dwellings(chunk)
    chunk.undone = told
    chunk.save(update_fields=["undone"])


# ---- people ---------------------------------------------------------------------------------------------------------


def _references(model: Any) -> list[tuple[str, str]]:
    """(table, column) of every foreign key to the model, in any room."""
    found: list[tuple[str, str]] = []
    for other in apps.get_models():
        for field in other._meta.concrete_fields:
            if field.is_relation and field.related_model is model:
                found.append((other._meta.db_table, str(field.column)))
    return sorted(set(found))


def _undo_people(actor: Actor, batch: ImportBatch, chunk: ImportChunk, mark: str) -> dict[str, int]:
    with scope.system():  # who moved out of the actor's reach since is touched, not gone
        left = {
            pk
            for (pk,) in staging.fetch(
                "select id from registry_person where id = any(%s) and step = 1 order by id for update", [chunk.made]
            )
        }
        untouched = _untouched(left, batch.pk, mark)
        _remove_people(untouched, batch.pk, mark)
        _withdraw_beside(chunk, mark)
    restored = _unfill(actor, batch, chunk) + _unverify(chunk, mark)
    return {
        "removed": len(untouched),
        "restored": restored,
        "kept": len(chunk.made) - len(untouched) + len(chunk.filled) + len(chunk.verified) - restored,
    }


def _untouched(people: set[int], batch_id: int, mark: str) -> set[int]:
    """Those whom no row points at but the import's own."""
    ids = sorted(people)
    for table, column in _references(Person):
        if not ids:
            break
        condition, parameters = "", list[Any]([ids])
        if table in _BESIDE:
            condition, parameters = " and by <> %s", [ids, mark]
        elif table == _DIFFERENCES:  # one that nobody has decided goes with the import that brought it
            condition, parameters = " and not (batch_id = %s and state = 'open')", [ids, batch_id]
        if (table, column) == ("registry_household", "head_id"):
            continue  # a household's head is set by imports too; it is emptied below when the person goes
        seen = staging.fetch(
            f"select distinct {column} from {table} where {column} = any(%s){condition}",  # noqa: S608 (names of models)
            parameters,
        )
        gone = {pk for (pk,) in seen}
        ids = [pk for pk in ids if pk not in gone]
    return set(ids)


def _remove_people(people: set[int], batch_id: int, mark: str) -> None:
    ids = sorted(people)
    for table in _BESIDE:
        staging.execute(f"delete from {table} where person_id = any(%s) and by = %s", [ids, mark])  # noqa: S608 (names of ours)
    staging.execute("update registry_household set head_id = null where head_id = any(%s)", [ids])
    staging.execute(
        "delete from registry_household h where verified_by = %s and step = 1"
        " and not exists (select from registry_householdmember m where m.household_id = h.id)"
        " and not exists (select from registry_visit v where v.household_id = h.id)",
        [mark],
    )
    staging.execute(f"delete from {_DIFFERENCES} where person_id = any(%s) and batch_id = %s", [ids, batch_id])  # noqa: S608 (name of ours)
    staging.execute("delete from registry_person where id = any(%s)", [ids])


def _withdraw_beside(chunk: ImportChunk, mark: str) -> None:
    """Homes, roles and memberships that the import gave to people who were on record before."""
    known = sorted({row[0] for row in (*chunk.verified, *chunk.filled)})
    for table in _BESIDE:
        staging.execute(
            f"delete from {table} where person_id = any(%s) and by = %s and until is null",  # noqa: S608 (names of ours)
            [known, mark],
        )


def _unfill(actor: Actor, batch: ImportBatch, chunk: ImportChunk) -> int:
    """Empty what the import filled, where the record has not changed since; the change is on record like any other."""
    count = 0
    steps = {pk: (step, fields) for pk, step, fields in chunk.filled}
    for one in Person.objects.select_for_update().filter(pk__in=steps).order_by("pk"):
        step, fields = steps[one.pk]
        if one.step != step:
            continue
        before = current_values(one)
        gone: dict[str, Any] = {f: (None if f == "birth_on" else "") for f in fields if f != "place_code"}
        if "place_code" in fields:
            one.place_code -= one.place_code % 1000
        record.put(one, gone)
        one.proof = {k: v for k, v in one.proof.items() if k not in fields}
        one.step += 1
        one.updated_at = clock.now()
        one.save()
        record.note_changes(actor, one, before, gone, f"撤销导入{batch.pk}"[:40])
        count += 1
    return count


def _unverify(chunk: ImportChunk, mark: str) -> int:
    """Give fields that the import confirmed the proof they had before, unless somebody has confirmed them since."""
    before = dict(chunk.verified)
    count = 0
    for one in Person.objects.select_for_update().filter(pk__in=before).order_by("pk"):
        proof = {key: before[one.pk].get(key) if told[2] == mark else told for key, told in one.proof.items()}
        one.proof = {key: told for key, told in proof.items() if told is not None}
        one.save(update_fields=["proof"])
        count += 1
    return count


# ---- organisations and dwellings --------------------------------------------------------------------------------------


def _undo_organisations(batch: ImportBatch, chunk: ImportChunk) -> dict[str, int]:
    left = {
        pk for (pk,) in staging.fetch(
            "select id from registry_organisation where id = any(%s) and step = 1 order by id for update", [chunk.made]
        )
    }  # fmt: skip
    for table, column in _references(Organisation):
        if table == "registry_organisationchange":
            continue
        seen = staging.fetch(f"select distinct {column} from {table} where {column} = any(%s)", [sorted(left)])  # noqa: S608 (names of models)
        left -= {pk for (pk,) in seen}
    ids = sorted(left)
    staging.execute("delete from registry_organisationchange where organisation_id = any(%s)", [ids])
    staging.execute("delete from registry_organisation where id = any(%s)", [ids])
    return {"removed": len(ids), "restored": 0, "kept": len(chunk.made) - len(ids) + len(chunk.filled)}


def _undo_dwellings(chunk: ImportChunk) -> dict[str, int]:
    """Addresses are never removed, for somebody may have pointed at one: those in nobody's use are retired."""
    removed = 0
    used = {
        pk for (pk,) in staging.fetch(
            "select dwelling_id from registry_residence where dwelling_id = any(%s)"
            " union select dwelling_id from registry_household where dwelling_id = any(%s)"
            " union select dwelling_id from registry_rental where dwelling_id = any(%s)",
            [chunk.made, chunk.made, chunk.made],
        )
    }  # fmt: skip
    for pk in chunk.made:
        if pk not in used:
            try:
                land.retire_address(actor=SYSTEM, address_id=pk)
            except Refusal:
                continue
            removed += 1
    return {"removed": removed, "restored": 0, "kept": len(chunk.made) - removed}


def _end(actor: Actor, batch_id: int) -> Undone:
    batch = batches.locked(batch_id)
    told: dict[str, int] = {"removed": 0, "restored": 0, "kept": 0}
    for undone in ImportChunk.objects.filter(batch=batch, written=True).values_list("undone", flat=True):
        for name in told:
            told[name] += undone.get(name, 0)
    if batch.state == "undoing":
        ImportDifference.objects.filter(batch=batch, state="open").update(
            state="withdrawn", decided_at=clock.now(), decided_by=actor.name, reason="批次已撤销"
        )
        batch.state, batch.undone_at = "undone", clock.now()
        batch.save(update_fields=["state", "undone_at"])
        audit.record(actor, "registry.import_undone", "import", batch.pk, **told)
        outbox.publish(facts.ImportUndone(batch.pk, batch.kind, batch.place_code, told["removed"]))
    return Undone(**told)
