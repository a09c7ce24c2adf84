"""Records that change hands between cells, and people who leave, die, or were wrongly noted as gone.

A record is never let go before somebody has taken it on: until it is accepted it stays with the side that holds it.
"""

from datetime import date
from typing import Any

from django.db import transaction

from wangge.kernel import audit, clock, flow, outbox, scope
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
    PersonMove,
    Residence,
)
from wangge.registry.queries import persons as queries
from wangge.registry.rules import identity
from wangge.registry.rules import moves as rules
from wangge.registry.services import record
from wangge.registry.services.households import take_out
from wangge.registry.services.places import end_main, keep_at, move_in, must_be_alive
from wangge.territory import queries as territory

SOURCE = "人员调动"


@transaction.atomic
def ask_move(
    *,
    actor: Actor,
    person_id: int,
    to_place: int,
    dwelling_id: int | None = None,
    together: bool = False,
    note: str = "",
) -> PersonMove:
    """提出调动. Hand a record over to another cell. It is carried out at once where the actor answers for both sides, else
    when the other side accepts. `together` takes along everybody of the household."""
    actor.must(record.EDIT)
    (one,) = queries.for_update(actor, person_id)
    must_be_alive(one)
    _must_be_a_cell(to_place)
    household = _household_of(one) if together else None
    move = _asked(actor, one, "out", one.place_code, to_place, dwelling_id, household, one.name, note)
    if actor.is_system or actor.covers(to_place):
        dwelling = record.dwelling_for(actor, dwelling_id) if dwelling_id else None
        _carry_out(actor, move, dwelling)
        _answered(actor, move, "accepted", "")
    return move


@transaction.atomic
def ask_transfer_in(
    *,
    actor: Actor,
    id_type: str,
    number: str,
    to_place: int,
    name: str,
    dwelling_id: int | None = None,
    note: str = "",
) -> PersonMove:
    """申请调入. Ask for the record of somebody who was met here and is registered elsewhere. Where it lies is not said.

    Somebody noted as departed is taken over at once, because nobody holds them any more.
    """
    actor.must(record.EDIT)
    _must_be_a_cell(to_place)
    record.place_for(actor, to_place, None)
    checked = identity.check_document(id_type, number, clock.today())
    if checked.error:
        raise Refusal("invalid_fields", checked.error, field="number")
    owner = queries.document_owner(id_type, checked.number)
    if owner is None or owner.state in ("erased", "merged"):
        raise Refusal("not_known", "没有这个证件号码的档案，无需调入。请直接建档。", field="number")
    if actor.covers(owner.place_code):
        raise Refusal("exists", "本人的档案就在您的管辖范围内，无需调入。请打开档案更新。", person_id=owner.pk)
    dwelling = record.dwelling_for(actor, dwelling_id) if dwelling_id else None
    with scope.system():
        one = Person.objects.select_for_update(of=("self",)).get(pk=owner.pk)
        must_be_alive(one)
        move = _asked(actor, one, "in", one.place_code, to_place, dwelling_id, None, name.strip()[:50], note)
        if one.state == "departed":
            _carry_out(actor, move, dwelling)
            _answered(actor, move, "accepted", "原档案已迁离，直接接续。")
    return move


def _asked(
    actor: Actor,
    one: Person,
    direction: str,
    from_place: int,
    to_place: int,
    dwelling_id: int | None,
    household: Household | None,
    name: str,
    note: str,
) -> PersonMove:
    move = PersonMove.objects.create(
        person=one,
        household=household,
        direction=direction,
        from_place=from_place,
        to_place=to_place,
        dwelling_id=dwelling_id,
        name=name,
        note=note.strip()[:200],
        asked_by_id=actor.id,
        asked_by=actor.name,
        asked_at=clock.now(),
        due_on=rules.due(clock.today()),
    )
    audit.record(actor, "registry.move_asked", "move", move.pk, direction=direction)
    return move


def _must_be_a_cell(place: int) -> None:
    if territory.level(place) not in ("cell", "community"):
        raise Refusal("no_place", "请选择调入的网格。", field="to_place", value=place)
    if territory.level(place) == "cell" and not territory.is_alive(territory.cell(place)):
        raise Refusal("cell_retired", "所选网格已停用。请选择现在的网格。", field="to_place", value=place)


def _household_of(one: Person) -> Household | None:
    row = HouseholdMember.objects.select_related("household").filter(person=one, until=None).first()
    return row.household if row else None


def relations_of(actor: Actor, move: PersonMove) -> set[str]:
    """How the actor stands to the move: "asking", "answering", or both for an office above the two sides."""
    asks, answers = rules.sides(move.direction, move.from_place, move.to_place)
    return {
        name for name, place in (("asking", asks), ("answering", answers)) if actor.is_system or actor.covers(place)
    }


def _step(actor: Actor, move_id: int, command: str, note: str) -> tuple[PersonMove, str]:
    """The move, locked, and the state that the command leads to."""
    move = PersonMove.objects.select_for_update(of=("self",)).filter(pk=move_id).first()
    if move is None or not (actor.is_system or relations_of(actor, move)):
        raise NotHere("人员调动")
    found = flow.move(rules.TRANSITIONS, move.state, command, terms.MOVE_STATES | terms.MOVE_COMMANDS)
    refused = flow.barrier(
        found, actor, command, terms.MOVE_COMMANDS | rules.LABELS, relations_of(actor, move)
    ) or flow.missing(found, rules.LABELS, {"note": note.strip()})
    if refused is not None:
        raise refused
    return move, found.to


def _answered(actor: Actor, move: PersonMove, state: str, note: str) -> None:
    move.state, move.answer = state, note.strip()[:200]
    move.answered_by_id, move.answered_by, move.answered_at = actor.id, actor.name, clock.now()
    move.save(update_fields=["state", "answer", "answered_by_id", "answered_by", "answered_at"])
    audit.record(actor, "registry.move_answered", "move", move.pk, state=state)


@transaction.atomic
def accept_move(*, actor: Actor, move_id: int, note: str = "", dwelling_id: int | None = None) -> PersonMove:
    """接收. The record changes hands now: the old main residence ends, the place is the receiving side's."""
    move, state = _step(actor, move_id, "accept", note)
    home = dwelling_id if dwelling_id is not None and move.direction == "out" else move.dwelling_id
    if dwelling_id is not None and move.direction == "out":
        record.dwelling_for(actor, dwelling_id)
    with scope.system():
        dwelling = territory.dwelling(home) if home else None
        _carry_out(actor, move, dwelling)
        _answered(actor, move, state, note)
    return move


def _carry_out(actor: Actor, move: PersonMove, dwelling: Any) -> None:
    """Move the records, in the reach of the system: the receiving side cannot see yet what it is about to hold."""
    with scope.system():
        wanted = {move.person_id}
        if move.household_id:
            rows = HouseholdMember.objects.filter(household=move.household_id, until=None)
            wanted |= set(rows.values_list("person_id", flat=True))
        people = list(Person.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
        today = clock.today()
        for one in people:
            if one.pk != move.person_id and one.place_code != move.from_place:
                continue  # of the household, but kept by somebody else already
            if one.state not in ("active", "departed"):
                continue
            _note_return(one)
            if dwelling is not None:
                move_in(actor, one, dwelling, "own", today, True, SOURCE)
            else:
                end_main(one, today, SOURCE)
                keep_at(actor, one, move.to_place, SOURCE, today)
            if not move.household_id:
                take_out_if_elsewhere(one, today)
        if move.household_id:
            home = dwelling.place_code if dwelling is not None else move.to_place
            Household.objects.filter(pk=move.household_id).update(
                place_code=home, dwelling_id=dwelling.pk if dwelling is not None else None
            )


def take_out_if_elsewhere(one: Person, day: date) -> None:
    """Somebody who moves alone leaves a household that stays behind, unless they are its head and it follows them."""
    row = HouseholdMember.objects.select_related("household").filter(person=one, until=None).first()
    if row is None:
        return
    alone = not HouseholdMember.objects.filter(household=row.household_id, until=None).exclude(person=one).exists()
    if alone:
        Household.objects.filter(pk=row.household_id).update(place_code=one.place_code)
    elif row.household.place_code != one.place_code or row.household.head_id == one.pk:
        take_out(one, day, SOURCE)
        others = HouseholdMember.objects.select_related("person").filter(household=row.household_id, until=None)
        stays = others.order_by("pk").first()
        if stays is not None:
            Household.objects.filter(pk=row.household_id).update(place_code=stays.person.place_code)


def _note_return(one: Person) -> None:
    if one.state == "departed":
        one.state, one.state_on = "active", clock.today()
        one.save(update_fields=["state", "state_on"])


@transaction.atomic
def decline_move(*, actor: Actor, move_id: int, note: str) -> PersonMove:
    """不接收. The record stays where it is; the reason is told."""
    move, state = _step(actor, move_id, "decline", note)
    _answered(actor, move, state, note)
    return move


@transaction.atomic
def withdraw_move(*, actor: Actor, move_id: int, note: str = "") -> PersonMove:
    """撤回. The asking side takes its request back."""
    move, state = _step(actor, move_id, "withdraw", note)
    _answered(actor, move, state, note)
    return move


def _close_asked(actor: Actor, one: Person, note: str) -> None:
    for move in PersonMove.objects.select_for_update(of=("self",)).filter(person=one, state="asked"):
        _answered(actor, move, "withdrawn", note)


def _end_open(table: Any, one: Person, on: date, reason: str) -> list[int]:
    """End the open rows of the person; one that begins after the day ends on its first day. Their numbers."""
    ended = []
    for row in table.objects.select_for_update(of=("self",)).filter(person=one, until=None):
        row.until, row.ended_reason = max(on, row.since), reason
        row.save(update_fields=["until", "ended_reason"])
        ended.append(row.pk)
    return ended


def _leaving(actor: Actor, person_id: int, on: date, state: str) -> Person:
    actor.must(record.EDIT)
    (one,) = queries.for_update(actor, person_id)
    record.must_be_open(one)
    if one.state == state or one.state == "deceased":
        raise Refusal("gone", f"本人已登记为{terms.STATES[one.state]}。登记有误的，请先撤销。", status=409)
    if on > clock.today() or (one.birth_on and on < one.birth_on):
        raise Refusal("dates", "日期在今天之后，或早于出生日期。请核对。", field="on", value=on.isoformat())
    return one


@transaction.atomic
def depart(*, actor: Actor, person_id: int, on: date, reason: str = "", to: str = "", source: str = "采集") -> Person:
    """迁离. The person has left the territory; `to` says in words where. Residences, household, local roles and care end."""
    one = _leaving(actor, person_id, on, "departed")
    why = "；".join(part for part in ("迁离", reason.strip(), f"去向：{to.strip()}" if to.strip() else "") if part)[
        :100
    ]
    with scope.system():
        for table in (Residence, Care, *ROLE_TABLES.values()):
            _end_open(table, one, on, why)
        take_out(one, on, why)
        _close_asked(actor, one, "本人已迁离")
    one.state, one.state_on, one.updated_at = "departed", on, clock.now()
    one.save(update_fields=["state", "state_on", "updated_at"])
    audit.record(actor, "registry.person_departed", "person", one.pk, on=on.isoformat(), source=source)
    outbox.publish(facts.PersonDeparted(one.pk, one.place_code, on.isoformat()))
    return one


@transaction.atomic
def die(*, actor: Actor, person_id: int, on: date, source: str = "采集") -> Person:
    """死亡登记. Every episode ends on the day, those that the actor may not see among them; nothing of them is said."""
    one = _leaving(actor, person_id, on, "deceased")
    with scope.system():
        for table in (Residence, Care, *ROLE_TABLES.values()):
            _end_open(table, one, on, "死亡")
        for kind, table in SPECIAL_TABLES.items():
            for pk in _end_open(table, one, on, "死亡"):
                audit.record(actor, "registry.special_ended", "special", f"{kind}:{pk}", until=on.isoformat())
        take_out(one, on, "死亡")
        _close_asked(actor, one, "本人已故")
    one.state, one.state_on, one.updated_at = "deceased", on, clock.now()
    one.save(update_fields=["state", "state_on", "updated_at"])
    audit.record(actor, "registry.person_died", "person", one.pk, on=on.isoformat(), source=source)
    outbox.publish(facts.PersonDied(one.pk, one.place_code, on.isoformat()))
    return one


@transaction.atomic
def reinstate(*, actor: Actor, person_id: int, reason: str) -> Person:
    """撤销迁离、死亡登记. The person is here after all; rows that ended with that notice are open again."""
    actor.must(record.EDIT)
    if len(reason.strip()) < 2:
        raise Refusal("missing_input", "请填写撤销的理由。", field="reason")
    (one,) = queries.for_update(actor, person_id)
    record.must_be_open(one)
    if one.state not in ("departed", "deceased"):
        raise Refusal("not_gone", "本人未登记迁离或死亡，无需撤销。", status=409)
    mark = "迁离" if one.state == "departed" else "死亡"
    with scope.system():
        tables: list[Any] = [Residence, Care, HouseholdMember, *ROLE_TABLES.values()]
        tables += list(SPECIAL_TABLES.values()) if mark == "死亡" else []
        for table in tables:
            rows = table.objects.filter(person=one, until__gte=one.state_on, ended_reason__startswith=mark)
            rows.update(until=None, ended_reason="")
        for row in HouseholdMember.objects.filter(person=one, until=None):
            Household.objects.filter(pk=row.household_id).update(closed_on=None)
            if row.relation == "02":
                Household.objects.filter(pk=row.household_id, head=None).update(head=one)
    one.state, one.state_on, one.updated_at = "active", clock.today(), clock.now()
    one.save(update_fields=["state", "state_on", "updated_at"])
    audit.record(actor, "registry.person_reinstated", "person", one.pk, reason=reason.strip()[:100])
    return one
