"""Where a person lives, and since when. The main residence gives the record its cell."""

from datetime import date
from typing import Any

from django.db import transaction

from wangge.kernel import audit, clock, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry import facts, terms
from wangge.registry.models import Household, Person, Residence
from wangge.registry.queries import persons as queries
from wangge.registry.services import record
from wangge.registry.services.roles import end_row


@transaction.atomic
def settle(
    *,
    actor: Actor,
    person_id: int,
    dwelling_id: int,
    kind: str,
    since: date,
    is_main: bool = True,
    source: str = "采集",
) -> Residence:
    """登记居住. The person lives (or works) in the dwelling from the day on; a main residence ends the earlier one.

    Within the actor's reach the record follows at once to the dwelling's cell; a dwelling elsewhere is `ask_move`. Said
    twice, it is the same row. Refusals: `ask_move`, `dates`, `unknown_kind`.
    """
    actor.must(record.EDIT)
    if kind not in terms.RESIDENCE:
        raise Refusal("unknown_kind", f"没有居住方式“{kind}”。请从列表中选择。", field="kind", value=kind)
    (one,) = queries.for_update(actor, person_id)
    must_be_alive(one)
    try:
        dwelling = record.dwelling_for(actor, dwelling_id)
    except NotHere:
        raise Refusal(
            "ask_move", "这处房屋不在您的管辖范围内。请提出人员调动，由对方网格接收。", field="dwelling_id"
        ) from None
    row = move_in(actor, one, dwelling, kind, since, is_main, source)
    audit.record(
        actor, "registry.person_settled", "person", one.pk, place=dwelling.place_code, group=kind, main=is_main
    )
    return row


def must_be_alive(one: Person) -> None:
    record.must_be_open(one)
    if one.state == "deceased":
        raise Refusal(
            "deceased", "本人已登记死亡，不能再登记居住、家庭和调动。登记有误的，请先撤销死亡登记。", status=409
        )


def move_in(actor: Actor, one: Person, dwelling: Any, kind: str, since: date, is_main: bool, source: str) -> Residence:
    """The rows of `settle`, for whoever has seen to scope and lock."""
    if since > clock.today():
        raise Refusal("dates", "入住日期在今天之后。请填写已经发生的日期。", field="since", value=since.isoformat())
    same = {"person": one, "dwelling_id": dwelling.pk, "kind": kind, "is_main": is_main, "until": None}
    row = Residence.objects.filter(**same).first()
    if row is None:
        if is_main:
            end_main(one, since, "迁居")
        row = Residence.objects.create(
            **same,
            place_code=dwelling.place_code,
            since=since,
            source=source,
            by=actor.name,
            at=clock.now(),
        )
    if is_main:
        keep_at(actor, one, dwelling.place_code, source, since, dwelling)
    return row


def end_main(one: Person, until: date, reason: str) -> None:
    """End the main residence that is open, if there is one."""
    for row in Residence.objects.select_for_update().filter(person=one, is_main=True, until=None):
        if row.since > until:
            sentence = (
                f"现居住登记从 {row.since:%Y-%m-%d} 开始，晚于 {until:%Y-%m-%d}。请核对日期，或先更正现居住登记。"
            )
            raise Refusal("dates", sentence, field="since", value=until.isoformat())
        end_row(row, until, reason)


def keep_at(actor: Actor, one: Person, place: int, source: str, since: date, dwelling: Any = None) -> None:
    """The record is kept at the place from now on; its address says the dwelling's, and a household follows its head."""
    before, was, changed = queries.current_values(one), one.place_code, {}
    if dwelling is not None:
        said = {"home_area": str(place)[:6], "home_address": str(dwelling.address)[:80]}
        changed = {key: value for key, value in said.items() if getattr(one, key) != value}
        record.put(one, changed)
        record.confirm(one, said, source, clock.today(), actor.name)
    one.step += bool(changed)
    one.place_code, one.updated_at = place, clock.now()
    one.save()
    record.note_changes(actor, one, before, changed, source, since)
    if changed:
        outbox.publish(facts.PersonChanged(one.pk, place, tuple(sorted(changed))))
    if was != place:
        outbox.publish(facts.PersonMoved(one.pk, was, place))
    follow = {"place_code": place} | ({"dwelling_id": dwelling.pk} if dwelling is not None else {})
    Household.objects.filter(head=one, closed_on=None).update(**follow)


@transaction.atomic
def leave(
    *,
    actor: Actor,
    person_id: int,
    until: date,
    row_id: int | None = None,
    dwelling_id: int | None = None,
    reason: str = "",
) -> Residence:
    """结束居住. The person no longer lives there from the day on; the record stays at its place until it is moved."""
    actor.must(record.EDIT)
    (one,) = queries.for_update(actor, person_id)
    record.must_be_open(one)
    named = {"pk": row_id} if row_id is not None else {"dwelling_id": dwelling_id, "until": None}
    row = Residence.objects.select_for_update().filter(person=one, **named).first()
    if row is None:
        raise NotHere("居住登记")
    end_row(row, until, reason)
    audit.record(actor, "registry.residence_ended", "person", one.pk, number=row.pk, until=until.isoformat())
    return row
