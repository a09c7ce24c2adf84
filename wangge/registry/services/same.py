"""Two records of one person: judged by somebody, on record, and able to be undone."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from wangge.kernel import audit, clock, outbox, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry import facts, terms
from wangge.registry.models import (
    ROLE_TABLES,
    SPECIAL_TABLES,
    Care,
    Household,
    HouseholdMember,
    Person,
    Relation,
    Residence,
    SamePerson,
    Visit,
)
from wangge.registry.queries import persons as queries
from wangge.registry.queries import sealing as opened
from wangge.registry.services import record

RIGHT = "registry.merge"
SOURCE = "重复档案合并"
# (table, column that names the person)
_ROWS: tuple[tuple[str, Any, str], ...] = (
    *((kind, table, "person") for kind, table in {**ROLE_TABLES, **SPECIAL_TABLES}.items()),
    ("care", Care, "person"),
    ("residence", Residence, "person"),
    ("member", HouseholdMember, "person"),
    ("relation", Relation, "person"),
    ("related", Relation, "other"),
    ("head", Household, "head"),
    ("visit", Visit, "person"),
)


@transaction.atomic
def note_same(*, actor: Actor, keep_id: int, drop_id: int, same: bool, reason: str) -> SamePerson:
    """判断重复档案. Two people: they are not suggested again. One person: `drop_id` is merged into `keep_id`.

    What the kept record lacks is filled in from the other; where both say something, the kept one's stands and the
    other's stays readable in the merged record. Rows of time that collide stay there too. Refusal `two_documents`.
    """
    actor.must(RIGHT)
    if len(reason.strip()) < 2:
        raise Refusal("missing_input", "请填写判断的理由。", field="reason")
    if keep_id == drop_id:
        raise Refusal("same_record", "两份档案是同一份。请选择另一份。", field="drop_id")
    keep, drop = queries.for_update(actor, keep_id, drop_id)
    for one in (keep, drop):
        record.must_be_open(one)
    if same and keep.id_index and drop.id_index and bytes(keep.id_index) != bytes(drop.id_index):
        raise Refusal(
            "two_documents", "两份档案的证件号码不同，不能合并。号码录错的，请先更正证件号码再合并。", status=409
        )
    judged = SamePerson(
        kept=keep,
        dropped=drop,
        place_code=keep.place_code,
        same=same,
        reason=reason.strip()[:200],
        by_id=actor.id,
        by=actor.name,
        at=clock.now(),
    )
    if same:
        judged.before = {"state": drop.state, "state_on": drop.state_on.isoformat() if drop.state_on else None}
        _merge(actor, judged, keep, drop)
    judged.save()
    audit.record(actor, "registry.same_person_judged", "person", keep.pk, other=drop.pk, same=same)
    if same:
        outbox.publish(facts.PeopleMerged(keep.pk, drop.pk))
    return judged


def _merge(actor: Actor, judged: SamePerson, keep: Person, drop: Person) -> None:
    drop.state, drop.state_on, drop.merged_into = "merged", clock.today(), keep
    drop.id_index = drop.phone_index = None
    drop.save(update_fields=["state", "state_on", "merged_into", "id_index", "phone_index"])
    before, other = queries.current_values(keep), queries.current_values(drop)
    filled = {key: value for key, value in other.items() if value and not before[key]}
    if "id_number" in filled:
        filled["id_type"] = other["id_type"]
    else:
        filled.pop("id_type", None)
    record.put(keep, filled)
    keep.step += bool(filled)
    record.confirm(keep, filled, SOURCE, clock.today(), actor.name)
    keep.updated_at = clock.now()
    keep.save()
    record.note_changes(actor, keep, before, filled, SOURCE)
    judged.before |= {"filled": sorted(filled), "step": keep.step}
    judged.moved = _move_rows(drop.pk, keep.pk, None)


def _move_rows(source: int, target: int, only: dict[str, list[int]] | None) -> dict[str, list[int]]:
    """Give the rows of one person to another, each by itself: one that collides with a row already there stays."""
    moved: dict[str, list[int]] = {}
    with scope.system():
        for name, table, column in _ROWS:
            rows = table.objects.filter(**{f"{column}_id": source})
            if only is not None:
                rows = rows.filter(pk__in=only.get(name, []))
            for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
                try:
                    with transaction.atomic():
                        table.objects.filter(pk=pk).update(**{f"{column}_id": target})
                    moved.setdefault(name, []).append(pk)
                except IntegrityError:
                    continue
    return moved


@transaction.atomic
def undo_same(*, actor: Actor, decision_id: int, reason: str) -> SamePerson:
    """撤销判断. Two records again: rows that went over go back, and what was filled in and not touched since is taken out."""
    actor.must(RIGHT)
    if len(reason.strip()) < 2:
        raise Refusal("missing_input", "请填写撤销的理由。", field="reason")
    judged = SamePerson.objects.select_for_update(of=("self",)).filter(pk=decision_id).first()
    if judged is None:
        raise NotHere("重复判断")
    if judged.undone_at is not None:
        raise Refusal("undone", "这项判断已经撤销。请刷新后核对。", status=409)
    keep, drop = queries.for_update(actor, judged.kept_id, judged.dropped_id)
    if judged.same:
        _part(actor, judged, keep, drop)
    judged.undone_at, judged.undone_by, judged.undone_reason = clock.now(), actor.name, reason.strip()[:200]
    judged.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    audit.record(actor, "registry.same_person_undone", "person", keep.pk, other=drop.pk)
    if judged.same:
        outbox.publish(facts.PeopleMerged(keep.pk, drop.pk, undone=True))
    return judged


def _part(actor: Actor, judged: SamePerson, keep: Person, drop: Person) -> None:
    _move_rows(keep.pk, drop.pk, judged.moved)
    before, other = queries.current_values(keep), queries.current_values(drop)
    empty = {key: None if key == "birth_on" else "" for key in judged.before["filled"]}
    taken = {key: value for key, value in empty.items() if before[key] == other[key]}
    record.put(keep, taken)
    keep.step += bool(taken)
    keep.proof = {key: proof for key, proof in keep.proof.items() if key not in taken}
    keep.updated_at = clock.now()
    keep.save()
    record.note_changes(actor, keep, before, taken, "撤销合并")
    drop.state, drop.merged_into = judged.before["state"], None
    drop.state_on = date.fromisoformat(judged.before["state_on"]) if judged.before["state_on"] else None
    sealed = {key: value for key, value in opened.open_core(drop).items() if key in terms.SEALED_CORE}
    record.put(drop, sealed | {"id_type": drop.id_type})
    drop.save()
