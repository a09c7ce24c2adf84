"""Showing full numbers: on request, with a reason, on record and counted."""

from typing import Any

from django.db import transaction

from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NoRight, Refusal
from wangge.registry.models import Person, Relation, Reveal
from wangge.registry.queries import persons as queries
from wangge.registry.queries import sealing as opened
from wangge.registry.rules import calls as call_rules

RIGHT = "person.reveal"
ANSWER = "devices.answer"
SHORTEST_REASON = 4


@transaction.atomic
def reveal(*, actor: Actor, person_id: int, reason: str) -> dict[str, str]:
    """查看完整信息. {id_number, phone, religion} as far as held. Right person.reveal; the reason is kept and counted."""
    actor.must(RIGHT)
    one = queries.person(actor, person_id)
    _note(actor, one, reason)
    audit.record(actor, "registry.person_revealed", "person", one.pk, reason=reason.strip()[:100])
    held = opened.open_core(one)
    return {key: held.get(key, "") for key in ("id_number", "phone", "religion")}


def _note(actor: Actor, one: Person, reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refusal("reason_missing", "请写明查看完整信息的理由，至少四个字，例如“核对低保申请”。", field="reason")
    Reveal.objects.create(
        person=one,
        place_code=one.place_code,
        reason=reason.strip()[:200],
        by_id=actor.id,
        by=actor.name,
        post=actor.post_name,
        at=clock.now(),
    )


@transaction.atomic
def reveal_contacts(*, actor: Actor, person_id: int, reason: str) -> list[dict[str, Any]]:
    """紧急联系. The family chain with full telephones, in order: {name, relation, phone, calls, person_id}.

    Right person.reveal, or devices.answer with registry.view for an officer who answers an alarm. Relatives who live outside the actor's reach are
    named too: they are called because of somebody who lives inside it.
    """
    if not (actor.may(RIGHT) or (actor.may(ANSWER) and actor.may(queries.VIEW))):
        raise NoRight(RIGHT)
    one = queries.in_scope(actor).filter(pk=person_id).first()
    if one is None:
        queries.person(actor, person_id)
        raise NoRight(RIGHT)
    _note(actor, one, reason)
    audit.record(actor, "registry.contacts_revealed", "person", one.pk, reason=reason.strip()[:100])
    with scope.system():
        rows = list(queries.chain_rows(one.pk))
        return [_call(row) for row in rows]


def _call(row: Relation) -> dict[str, Any]:
    phone = opened.open_core(row.other).get("phone", "") if row.other else opened.open_contact(row)
    return {
        "name": row.other.name if row.other else row.name,
        "relation": call_rules.relation_name(row.kind),
        "phone": phone,
        "calls": row.calls,
        "person_id": row.other_id,
    }


@transaction.atomic
def note_people_export(*, actor: Actor, what: str, rows: int, filters: dict[str, str] | None = None) -> None:
    """Note that a list (`people`, `reveals`) was taken out of the system, how many rows, and by which filters."""
    audit.record(actor, f"registry.{what}_exported", "person", "清单", rows=rows, filters=sorted(filters or {}))
