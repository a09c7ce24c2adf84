"""Opening a record, changing it, and confirming that it is true."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from wangge.kernel import audit, clock, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry import facts
from wangge.registry.models import Person, PersonChange
from wangge.registry.queries import persons as queries
from wangge.registry.rules import people as rules
from wangge.registry.services import record, sealing
from wangge.registry.services.places import settle
from wangge.registry.services.record import EDIT
from wangge.registry.services.roles import begin_care


@transaction.atomic
def register(
    *,
    actor: Actor,
    values: Mapping[str, Any],
    place_code: int | None,
    source: str,
    dwelling_id: int | None = None,
    care: Iterable[str] = (),
    residence: str = "own",
    since: date | None = None,
    sure_is_new: bool = False,
    on: date | None = None,
) -> Person:
    """建档. Open the record of a person who has none.

    `values` are core fields by key (code or label); `place_code` a cell, or a community while no cell is known; with
    `dwelling_id` the dwelling says the place. `since` is when they came to live there, `on` the day it was seen (default
    today). Refusals: `invalid_fields` (data `faults`: [[field, sentence]]), `exists` (data `person_id` when in scope),
    `maybe_same` (data `candidates`; answered by `sure_is_new`), `out_of_scope`.
    """
    actor.must(EDIT)
    kept = record.checked(actor, values)
    place = record.place_for(actor, place_code, dwelling_id)
    if kept.get("id_number"):
        _must_be_free(actor, kept["id_type"], kept["id_number"])
    elif not sure_is_new:
        _must_be_new(actor, kept["name"], kept.get("birth_on"))
    today, now = clock.today(), clock.now()
    one = Person(
        pk=sealing.next_id("registry_person"),
        place_code=place,
        source=source,
        verified_on=record.seen(on, today),
        verified_by=actor.name,
        created_at=now,
        updated_at=now,
    )
    record.put(one, kept)
    one.save(force_insert=True)
    audit.record(actor, "registry.person_registered", "person", one.pk, place=place, source=source)
    outbox.publish(facts.PersonRegistered(one.pk, place))
    if dwelling_id is not None:
        settle(
            actor=actor,
            person_id=one.pk,
            dwelling_id=dwelling_id,
            kind=residence,
            since=since or today,
            source=source,
        )
    for kind in care:
        begin_care(actor=actor, person_id=one.pk, kind=kind, since=since or today, source=source)
    one.refresh_from_db()
    return one


def _must_be_free(actor: Actor, id_type: str, number: str, besides: int | None = None) -> None:
    owner = queries.document_owner(id_type, number)
    if owner is None or owner.pk == besides:
        return
    if actor.is_system or actor.covers(owner.place_code):
        raise Refusal(
            "exists",
            f"这个证件号码已有档案（{owner.name}），一人只建一档。请打开已有档案更新。",
            field="id_number",
            person_id=owner.pk,
        )
    raise Refusal(
        "exists",
        "这个证件号码已有档案，不在您的管辖范围内。本人已搬来的，请申请调入，由现管辖网格核对后移交。",
        field="id_number",
    )


def _must_be_new(actor: Actor, name: str, birth_on: date | None) -> None:
    found = list(queries.maybe_same(actor, name, birth_on)[:5])
    if found:
        raise Refusal(
            "maybe_same",
            f"管辖范围内已有同名且出生日期不矛盾的档案 {len(found)} 份，可能是同一人。请先打开核对；确是另一人的，勾选后再建档。",
            field="name",
            candidates=[one.pk for one in found],
        )


@transaction.atomic
def update(
    *,
    actor: Actor,
    person_id: int,
    changes: Mapping[str, Any],
    seen_step: int | None,
    source: str,
    from_on: date | None = None,
    on: date | None = None,
) -> Person:
    """更新. Change core fields; each keeps what it was before, and its source, day and verifier.

    A field given with the value it already has counts as confirmed, not as changed. `seen_step` is the person's step that
    the values were read at: when somebody has changed one of the same fields since, `Refusal("stale", changed=[…])` and
    nothing is written; other fields do not disturb each other. None: the caller has compared under its own lock. `from_on`
    is the day from which the new values hold (default today), `on` the day they were seen.
    """
    actor.must(EDIT)
    (one,) = queries.for_update(actor, person_id)
    record.must_be_open(one)
    before = queries.current_values(one)
    kept = record.checked(actor, _with_document(before, changes), partial=True)
    changed = {key: value for key, value in kept.items() if (value or "") != (before[key] or "")}
    _must_be_fresh(one, seen_step, changed)
    if {"id_number", "id_type"} & set(changed) and kept.get("id_number", before["id_number"]):
        _must_be_free(
            actor, kept.get("id_type", one.id_type), kept.get("id_number", before["id_number"]), besides=one.pk
        )
    record.put(one, changed)
    one.step += bool(changed)
    record.confirm(one, set(kept), source, record.seen(on, clock.today()), actor.name)
    one.updated_at = clock.now()
    one.save()
    record.note_changes(actor, one, before, changed, source, from_on)
    fields = sorted(changed)
    audit.record(actor, "registry.person_updated", "person", one.pk, changed=fields, source=source, step=one.step)
    if changed:
        outbox.publish(facts.PersonChanged(one.pk, one.place_code, tuple(fields)))
    return one


def _with_document(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with what they must agree with: birth and sex are judged against the number that is held."""
    given = dict(changes)
    if "id_number" in given or "id_type" in given:
        given.setdefault("id_type", before["id_type"])
        given.setdefault("id_number", before["id_number"])
    elif {"birth_on", "sex"} & set(given) and before["id_number"]:
        given |= {"id_type": before["id_type"], "id_number": before["id_number"]}
    return given


def _must_be_fresh(one: Person, seen_step: int | None, changed: Collection[str]) -> None:
    if seen_step is None or seen_step == one.step or not changed:
        return
    since = list(PersonChange.objects.filter(person=one, step__gt=seen_step).values_list("field", "step"))
    counted = {step for _, step in since}
    both = sorted({field for field, _ in since} & set(changed))
    if not both and seen_step < one.step and len(counted) == one.step - seen_step:
        return
    # A step without its changes was made by somebody who did not count them: then nothing can be told apart.
    names = "、".join(rules.TITLES[field] for field in both) or "部分内容"
    raise Refusal(
        "stale",
        f"您填写期间，他人已更新{names}。您填写的内容没有保存，请核对最新内容后再提交。",
        status=409,
        field=both[0] if both else None,
        changed=both,
        step=one.step,
    )


@transaction.atomic
def verify(
    *,
    actor: Actor,
    person_id: int,
    fields: Sequence[str] | None = None,
    on: date | None = None,
    source: str = "",
) -> Person:
    """核实. Confirm that the fields (None: the whole record) were found true on the day `on` (default today).

    Never puts an older day over a newer one. A `source` replaces where the confirmed fields were known from.
    """
    actor.must(EDIT)
    (one,) = queries.for_update(actor, person_id)
    record.must_be_open(one)
    day = record.seen(on, clock.today())
    wrong = set(fields or ()) - set(rules.KEYS)
    if wrong:
        raise Refusal("unknown_field", "要核实的字段不在人员档案中。请重新选择。", field="fields", value=sorted(wrong))
    if fields is None:
        # What the whole record says now, a field need not say for itself; one that was seen later keeps its own word.
        kept = {}
        for field, (found, at, by) in one.proof.items():
            if at > day.isoformat():
                kept[field] = [found, at, by]
            elif found != one.source and not source:
                kept[field] = [found, day.isoformat(), actor.name]
        one.proof = kept
        if one.verified_on is None or one.verified_on <= day:
            one.verified_on, one.verified_by, one.source = day, actor.name, source or one.source
    else:
        for field in fields:
            record.confirm(one, [field], source or one.proof.get(field, [one.source])[0], day, actor.name)
    one.save(update_fields=["proof", "verified_on", "verified_by", "source"])
    audit.record(actor, "registry.person_verified", "person", one.pk, fields=list(fields or ["*"]), on=day.isoformat())
    return one
