"""Collecting at the door and visits: exactly once by the phone's id, each value taken, verified, or kept for a decision."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from wangge.kernel import audit, clock, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry import facts
from wangge.registry.models import Collection, CollectionDifference, Household, Organisation, Person, Visit
from wangge.registry.queries import collection as queries
from wangge.registry.queries import doors as door_queries
from wangge.registry.rules import collection as rules
from wangge.registry.rules.collection import DoorAct as DoorAct
from wangge.registry.rules.collection import VisitAct as VisitAct
from wangge.registry.services import moves
from wangge.registry.services.collecting import Work
from wangge.territory import queries as territory
from wangge.territory import services as territory_services


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an act: a line per field without any value, records made for new people, one sentence."""

    visit_id: int
    key: str
    results: list[dict[str, Any]]
    people: dict[str, int]
    sentence: str
    again: bool = False


@transaction.atomic
def take_along(*, actor: Actor, cell: int, after: str = "") -> door_queries.Doors:
    """A page of the doors of a cell for a phone. Who took residents of which cell along, and when, stays on record."""
    page = door_queries.doors(actor, cell, after)
    if not after:
        audit.record(actor, "registry.taken_along", "cell", cell)
    return page


@transaction.atomic
def collect(*, actor: Actor, act: DoorAct) -> Outcome:
    """Carry out what an officer brought from a door. Sent again, it answers again and does nothing.

    Each person is a part of its own: what a rule refuses, or what somebody else changed first, waits for a decision and holds
    nothing else up. Raises `NotHere` when the door is out of the actor's reach, `Refusal` when the act names no door.
    """
    actor.must("registry.edit")
    _one_at_a_time(act.id)
    if (done := _done(actor, act.id)) is not None:
        return done
    key, place = _door(actor, act)
    visit = _visit(
        actor, act, place, "door", dwelling_id=act.dwelling, household_id=act.household, person_id=act.person
    )
    work = _work(actor, visit, act.dwelling, act.replaces)
    if act.met:
        for _, part in rules.order(act.people):
            work.carry_out(part)
        _verify_home(work, act)
    return _finish(work, key, act.replaces, "registry.collected", act.seconds)


@transaction.atomic
def visit(*, actor: Actor, act: VisitAct) -> Outcome:
    """A visit to somebody who is looked after, or to an organisation; what was learned goes into the record at once."""
    actor.must("registry.edit")
    if act.purpose == "care":
        actor.must("registry.care")
    _one_at_a_time(act.id)
    if (done := _done(actor, act.id)) is not None:
        return done
    if (act.person is None) == (act.organisation is None):
        raise Refusal("no_target", "走访须写明走访的是哪个人，或哪家单位。请选择后再提交。", field="person")
    place = _place_of(act)
    made = _visit(actor, act, place, act.purpose, person_id=act.person, organisation_id=act.organisation)
    if act.matters:
        made.answers = {"matters": act.matters}
        made.save(update_fields=["answers"])
    work = _work(actor, made, None, None)
    if act.met and act.part is not None and act.person == act.part.person:
        work.carry_out(act.part)
    key = f"v{act.person}" if act.person else f"o{act.organisation}"
    return _finish(work, key, None, "registry.visited")


@transaction.atomic
def decide_difference(
    *, actor: Actor, difference_id: int, take: bool, reason: str = "", value: str | None = None
) -> CollectionDifference:
    """Take an officer's value over, or leave the record as it is. `value` corrects a value that a rule refused.

    Raises `Refusal` when somebody else was first, or when the value still cannot be taken over.
    """
    actor.must("registry.merge")
    row = CollectionDifference.objects.select_for_update(of=("self",)).filter(pk=difference_id).first()
    if row is None or not actor.covers(row.place_code):
        raise NotHere("采集差异")
    if row.state != "open":
        raise Refusal("decided", f"这条差异已由{row.decided_by}核定。请刷新后查看结果。", status=409)
    if not take and not reason.strip():
        raise Refusal("reason", "请写明不采用的理由。", field="reason")
    said = _take(actor, row, value) if take else ""
    row.state, row.decided_at, row.decided_by = "taken" if take else "dropped", clock.now(), actor.name
    row.decision = (reason.strip() or said)[:200]
    row.save(update_fields=["state", "decided_at", "decided_by", "decision"])
    audit.record(actor, f"registry.difference_{row.state}", "difference", row.pk, field=row.field, why=row.reason)
    outbox.publish(facts.DifferenceDecided(row.pk, row.person_id, row.place_code, take))
    return row


def _take(actor: Actor, row: CollectionDifference, value: str | None) -> str:
    """Carry out the officer's part again, now that somebody has decided it; what was done, in a sentence."""
    kept = queries.open_difference(row)
    made = Visit.objects.get(pk=row.visit_id)
    work = Work(actor, made, clock.local(made.seen_at).date(), kept.get("dwelling"), keeps=False)
    if "home" in kept:
        work.dwelling = made.dwelling_id
        work.home(msgspec.convert(kept["home"], rules.Home))
        return "房屋情况已登记。"
    if row.field == "answer":
        work.answer(msgspec.convert(kept["part"], rules.Part), kept["campaign"], kept["answers"])
        return "专项任务的答复已记录。"
    if row.field != "*":
        if row.person_id is None:
            raise NotHere("人员档案")
        given = kept["given"] if value is None else value.strip()
        person = Person.objects.select_for_update(of=("self",)).filter(pk=row.person_id).first()
        if person is None:
            raise NotHere("人员档案")
        part = rules.Part(does="change", person=person.pk, step=person.step, changes={row.field: given})
        work.carry_out(part)
        return "已采用采集的内容。"
    part = msgspec.convert(kept["part"], rules.Part)
    if row.reason == "exists" and part.changes.get("id_number"):
        return _transfer_in(actor, row, part, kept.get("dwelling"))
    if row.reason == "maybe_same":
        part.sure_is_new = True
    if row.person_id:
        part.step = Person.objects.values_list("step", flat=True).get(pk=row.person_id)
    work.carry_out(part)
    return rules.sentence(work.results)


def _transfer_in(actor: Actor, row: CollectionDifference, part: rules.Part, dwelling: int | None) -> str:
    moves.ask_transfer_in(
        actor=actor,
        id_type=part.id_type or "111",
        number=part.changes["id_number"],
        to_place=row.place_code,
        name=part.changes.get("name", part.label),
        dwelling_id=dwelling,
        note="入户采集时在此居住",
    )
    return "已申请调入，对方接收后档案转到本网格。"


@transaction.atomic
def note_collection_export(*, actor: Actor, what: str, rows: int) -> None:
    """Who took a list away as a file, and how long it was."""
    actor.must("registry.export")
    audit.record(actor, "registry.collection_exported", "visit", what, rows=rows)


# --- steps ----------------------------------------------------------------------------------------------------------------


def _one_at_a_time(act_id: UUID) -> None:
    """The same act sent twice at once: the second waits here until the first is on the disk."""
    number = int.from_bytes(hashlib.sha256(act_id.bytes).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [number])


def _done(actor: Actor, act_id: UUID) -> Outcome | None:
    """What an act with this id had come to. Raises `Refusal` when the id belongs to somebody else."""
    found = Visit.objects.filter(client_id=act_id).select_related("collection").first()
    if found is None:
        return None
    if found.by_id != actor.id:
        raise Refusal("not_yours", "这个编号已由他人使用。请重新填写后提交。", status=409)
    kept = found.collection
    return Outcome(found.pk, _key(found), kept.results, kept.people, rules.sentence(kept.results), again=True)


def _key(found: Visit) -> str:
    if found.purpose != "door":
        return f"v{found.person_id}" if found.person_id else f"o{found.organisation_id}"
    if found.dwelling_id:
        return f"d{found.dwelling_id}"
    return f"h{found.household_id}" if found.household_id else f"p{found.person_id}"


def _door(actor: Actor, act: DoorAct) -> tuple[str, int]:
    """Key and place code of the one door that the act names."""
    named = [(k, n) for k, n in (("d", act.dwelling), ("h", act.household), ("p", act.person)) if n is not None]
    if len(named) != 1:
        raise Refusal("no_door", "没有说明是哪一户。请从入户清单中打开这一户再提交。", field="dwelling")
    kind, number = named[0]
    place: int | None
    if kind == "d":
        place = territory.dwelling(number).place_code
    elif kind == "h":
        place = Household.objects.filter(pk=number).values_list("place_code", flat=True).first()
    else:
        place = Person.objects.filter(pk=number).values_list("place_code", flat=True).first()
    if place is None or not actor.covers(place):
        raise NotHere("户室")
    return f"{kind}{number}", place


def _place_of(act: VisitAct) -> int:
    rows: Any = (
        Person.objects.filter(pk=act.person) if act.person else Organisation.objects.filter(pk=act.organisation or 0)
    )
    place: int | None = rows.values_list("place_code", flat=True).first()
    if place is None:
        raise NotHere("走访对象")
    return place


def _visit(actor: Actor, act: DoorAct | VisitAct, place: int, purpose: str, **target: int | None) -> Visit:
    now = clock.now()
    return Visit.objects.create(
        client_id=act.id,
        place_code=place,
        purpose=purpose,
        met=act.met,
        text=act.text.strip(),
        seen_at=rules.moment_of(act.seen_at, now),
        received_at=now,
        by_id=actor.id,
        by=actor.name,
        **target,
    )


def _work(actor: Actor, made: Visit, dwelling: int | None, replaces: UUID | None) -> Work:
    work = Work(actor, made, clock.local(made.seen_at).date(), dwelling)
    if replaces is not None:
        old = Collection.objects.filter(visit__client_id=replaces, visit__by_id=actor.id).first()
        if old is not None:
            work.steps_before, work.people_before = old.steps, old.people
    return work


def _verify_home(work: Work, act: DoorAct) -> None:
    """The dwelling and its household count as verified when somebody was met there; never with an older day than they have."""
    if act.dwelling is not None:
        if act.home is not None:
            work.home(act.home)
        territory_services.verify_dwelling(actor=work.actor, dwelling_id=act.dwelling, on=work.day)
    rows = Household.objects.filter(closed_on=None)
    rows = rows.filter(dwelling_id=act.dwelling) if act.dwelling is not None else rows.filter(pk=act.household or 0)
    for household in rows.select_for_update().order_by("pk"):
        if household.verified_on is None or household.verified_on <= work.day:
            household.verified_on, household.verified_by = work.day, work.actor.name
            household.save(update_fields=["verified_on", "verified_by"])


def _finish(work: Work, key: str, replaces: UUID | None, action: str, seconds: int | None = None) -> Outcome:
    made, waiting = work.visit, work.count("waiting")
    Collection.objects.create(
        visit=made,
        place_code=made.place_code,
        replaces=replaces,
        results=work.results,
        people=work.people,
        steps=work.steps,
        verified=work.count("verified"),
        changed=work.count("taken", "added", "ended"),
        seconds=seconds,
    )
    changed = work.count("taken", "added", "ended")
    audit.record(
        work.actor, action, "visit", made.pk, verified=work.count("verified"), changed=changed, waiting=waiting
    )
    outbox.publish(facts.Visited(made.pk, made.place_code, made.purpose, made.met, waiting))
    said = rules.sentence(work.results) if made.met else "已收到：家中无人，已记录。"
    return Outcome(made.pk, key, work.results, work.people, said)
