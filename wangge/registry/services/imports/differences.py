"""Deciding what a file says otherwise than the record: keep, take, or both. Nothing is overwritten before."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.web import as_refusal
from wangge.registry.models import ROLE_TABLES, Household, HouseholdMember, ImportDifference, Person, Residence
from wangge.registry.queries import imports as queries
from wangge.registry.services import households, moves, organisations, people, roles
from wangge.registry.terms import ROLES
from wangge.territory import queries as territory
from wangge.territory import services as land

RIGHT = "registry.merge"
PART = 100
DECISIONS = {"keep": "kept", "take": "taken", "both": "both"}
# Where both values have a place: another name is a former one, another address an alias of the home.
BOTH = ("name", "home_address")


@dataclass(slots=True)
class Decided:
    """How many were decided, and which were refused: (number of the difference, sentence)."""

    done: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def decide_import_difference(*, actor: Actor, difference_id: int, decision: str, reason: str = "") -> ImportDifference:
    """比对合并. `decision`: keep (the record stays, the same value is not asked again), take (the record changes, with its
    history), both (a name becomes a former name, an address an alias of the home).

    Raises `Refusal`: `decided` (409), `unknown_decision`, `reason_missing` (keeping wants a reason), and what the record refuses.
    """
    actor.must(RIGHT)
    if decision not in DECISIONS:
        raise Refusal("unknown_decision", "请选择保留档案、采用来文或两者都留。", field="decision", value=decision)
    if decision != "take" and not reason.strip():
        raise Refusal("reason_missing", "请写明理由，例如“本人确认现号码在用”。", field="reason")
    one = ImportDifference.objects.select_for_update(of=("self",)).filter(pk=difference_id).first()
    if one is None:
        raise NotHere("差异")
    if one.state != "open":
        raise Refusal("decided", f"这条差异已由{one.decided_by}处理。请刷新后查看结果。", status=409)
    if decision == "take":
        _take(actor, one)
    elif decision == "both":
        _both(actor, one)
    one.state, one.decided_by, one.decided_at = DECISIONS[decision], actor.name, clock.now()
    one.reason = reason.strip()[:200]
    one.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.record(
        actor, "registry.import_difference_decided", "import_difference", one.pk, decision=decision, field=one.field,
        import_id=one.batch_id, reason=one.reason,
    )  # fmt: skip
    return one


def _take(actor: Actor, one: ImportDifference) -> None:
    value, source = queries.given_value(one), one.batch.source
    if one.organisation_id is not None:
        organisations.update_organisation(
            actor=actor, organisation_id=one.organisation_id, changes={one.field: value}, seen_step=None, source=source
        )
    elif one.field in (queries.HOUSEHOLD, queries.RELATION):
        _take_household(actor, one, value)
    elif "." in one.field:
        role, _, key = one.field.partition(".")
        table: Any = ROLE_TABLES[role]
        row = table.objects.filter(person_id=one.person_id, until=None).first()
        if row is None:
            label = ROLES[role][0]
            raise Refusal(
                "no_role",
                f"档案里已没有“{label}”登记。请打开档案重新登记，或选择保留档案。",
                field="decision",
                status=409,
            )
        details = {key: json.loads(value) if value[:1] == "[" else value}
        roles.change_role(
            actor=actor, person_id=one.person_id or 0, kind=role, row_id=row.pk, details=details, source=source
        )
    elif one.field == "place_code":
        note = f"导入{one.batch_id}第 {one.row} 行"
        moves.ask_move(actor=actor, person_id=one.person_id or 0, to_place=int(value), note=note)
    else:
        people.update(
            actor=actor, person_id=one.person_id or 0, changes={one.field: value}, seen_step=None, source=source,
            on=one.batch.as_of,
        )  # fmt: skip


def _take_household(actor: Actor, one: ImportDifference, value: str) -> None:
    """Into the household that the file names, or into the relation that it says, from the day of its data on."""
    person, source = one.person_id or 0, one.batch.source
    held = HouseholdMember.objects.filter(person_id=person, until=None).first()
    day = max(one.batch.as_of, held.since) if held else one.batch.as_of
    if one.field == queries.RELATION:
        households.change_relation(actor=actor, person_id=person, relation=value, on=day, source=source)
        return
    number, _, relation = value.partition(" ")
    place = Person.objects.values_list("place_code", flat=True).get(pk=person)
    lo, hi = territory.interval(place - place % 10**9)
    house = Household.objects.filter(number=number, place_code__range=(lo, hi)).first()
    if house is None or not actor.covers(house.place_code):
        raise Refusal(
            "household_elsewhere",
            f"户号“{number}”不在您的管辖范围内登记。请由登记地办理入户，或选择保留档案。",
            field="decision",
            value=number,
            status=409,
        )
    if held is not None:
        households.leave_household(actor=actor, person_id=person, until=day, reason=f"按{source}导入{one.batch_id}更正")
    households.join_household(
        actor=actor, household_id=house.pk, person_id=person, relation=relation or (held.relation if held else ""), since=day,
        source=source,
    )  # fmt: skip


def _both(actor: Actor, one: ImportDifference) -> None:
    if one.field not in BOTH or one.person_id is None:
        raise Refusal("not_both", "这一项只能留一个值。请选择保留档案或采用来文。", field="decision")
    value = queries.given_value(one)
    if one.field == "name":
        former = Person.objects.values_list("former_name", flat=True).get(pk=one.person_id)
        if former and former != value:
            raise Refusal(
                "has_former_name", "档案已有曾用名，不能再并入一个。请选择保留档案或采用来文。", field="decision"
            )
        people.update(
            actor=actor,
            person_id=one.person_id,
            changes={"former_name": value},
            seen_step=None,
            source=one.batch.source,
        )
        return
    home = Residence.objects.filter(person_id=one.person_id, is_main=True, until=None).first()
    if home is None:
        raise Refusal(
            "no_home",
            "这个人还没有登记主要居住地，来文地址不能作为它的别名。请先登记居住地，或选择其他处理。",
            field="decision",
        )
    land.add_alias(actor=actor, address_id=home.dwelling_id, text=value)


def decide_import_differences(*, actor: Actor, batch_id: int, field: str, decision: str, reason: str) -> Decided:
    """批量比对. One decision for every open difference of one field of one batch, with its reason on each of them.

    What a record refuses stays open and is listed. Opens its own transactions, a hundred decisions each.
    """
    actor.must(RIGHT)
    if not reason.strip():
        raise Refusal("reason_missing", "批量处理须写明理由，例如“电话以公安登记为准”。", field="reason")
    done, last = Decided(), 0
    while True:
        with scope.use(actor):
            found = list(
                queries.differences(actor, field=field, batch_id=batch_id)
                .filter(pk__gt=last)
                .order_by("pk")
                .values_list("pk", flat=True)[:PART]
            )
            for number in found:
                _one_of_many(actor, number, decision, reason, done)
        if not found:
            break
        last = found[-1]
    with scope.use(actor):
        audit.record(
            actor, "registry.import_differences_decided", "import", batch_id, field=field, decision=decision,
            reason=reason.strip()[:200], done=done.done, refused=len(done.refused),
        )  # fmt: skip
    return done


def _one_of_many(actor: Actor, number: int, decision: str, reason: str, done: Decided) -> None:
    try:
        with transaction.atomic():
            decide_import_difference(actor=actor, difference_id=number, decision=decision, reason=reason)
        done.done += 1
    except (Refusal, IntegrityError) as error:
        refusal = as_refusal(error)
        if refusal is None:
            raise
        if refusal.code != "decided":
            done.refused.append((number, refusal.sentence))
