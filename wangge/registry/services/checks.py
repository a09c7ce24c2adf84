"""What a checker finds of what was drawn: per field, with the corrections made in the record itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from wangge.kernel import audit, bulk, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry.models import Person, SampleItem, SamplePlan
from wangge.registry.queries import dwellings as reading
from wangge.registry.queries import sampled
from wangge.registry.queries import sampling as queries
from wangge.registry.rules import sampling as rules
from wangge.registry.services import moves, organisations, people, record, rentals
from wangge.registry.terms_quality import STATE_FIELD
from wangge.territory import services as territory

SOURCE = "抽查"
_CHECKED = ["state", "is_updated", "checked_at", "checked_by_id", "checked_by", "note"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one item. `results` is {field: correct|corrected|wrong|unknown}, `changes` the right values of the
    corrected fields (`state`: see `terms_quality.SAMPLE_STATES`). Not met: no results, but a `note` that says why. `at` and `by` (account,
    full name) default to now and the actor."""

    item_id: int
    results: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    met: bool = True
    note: str = ""
    at: datetime | None = None
    by: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many were checked, how many of them updated, and which were refused, with the sentence."""

    checked: int
    updated: int
    refused: list[tuple[int, str]]


def _judge(item: SampleItem, check: Check, name: str) -> dict[str, str]:
    """The findings of the check, or the first `Refusal`."""
    if item.plan.state != SamplePlan.State.DRAWN:
        sentence = f"这次抽查{item.plan.get_state_display()}，不能再登记结果。"
        raise Refusal("not_being_checked", sentence, status=409)
    if item.state != SampleItem.State.WAITING:
        sentence = f"{item.checked_by}已登记过这个对象的核实结果。请刷新后查看。"
        raise Refusal("already_checked", sentence, status=409)
    rules.must_be_another(name, sampled.verifiers(item))
    if not check.met:
        if not check.note.strip():
            raise Refusal("no_reason", "请写明未能核实的原因，例如三次上门无人、电话停机。", field="note")
        return {}
    return rules.findings(item.plan.fields, check.results, check.changes, item.plan.subject)


def _correct(actor: Actor, item: SampleItem, check: Check, seen_step: int | None, on: date) -> bool:
    """Make the corrections in the record; was there any?"""
    changes = {k: v for k, v in check.changes.items() if v not in (None, "")}
    if not changes:
        return False
    if item.dwelling_id:
        _correct_dwelling(actor, item.dwelling_id, rules.dwelling_values(changes), on)
        return True
    state = changes.pop(STATE_FIELD, None)
    if item.organisation_id:
        if changes:
            organisations.update_organisation(
                actor=actor, organisation_id=item.organisation_id, changes=changes, seen_step=seen_step, source=SOURCE
            )
        if state:
            organisations.close_organisation(
                actor=actor, organisation_id=item.organisation_id, on=on, reason="抽查核实"
            )
        return True
    person_id = item.subject_id
    if changes:
        people.update(actor=actor, person_id=person_id, changes=changes, seen_step=seen_step, source=SOURCE, on=on)
    if state == "departed":
        moves.depart(actor=actor, person_id=person_id, on=on, reason="抽查核实", source=SOURCE)
    elif state == "deceased":
        moves.die(actor=actor, person_id=person_id, on=on, source=SOURCE)
    return True


def _correct_dwelling(actor: Actor, dwelling_id: int, changes: dict[str, Any], on: date) -> None:
    let = changes.pop("let", None)
    if changes:
        territory.update_dwelling(actor=actor, dwelling_id=dwelling_id, changes=changes)
    if let is None:
        return
    held = reading.open_rental(dwelling_id, on)
    if let == "1" and held is None:
        rentals.begin_rental(actor=actor, dwelling_id=dwelling_id, values={}, since=on, source=SOURCE)
    elif let == "0" and held is not None:
        rentals.end_rental(actor=actor, rental_id=held.pk, until=on, reason="抽查核实，未出租")
    else:
        said = "已登记为出租" if held else "没有出租登记，现住人员登记为租住的请在其档案中更正"
        raise Refusal("nothing_changed", f"这处房屋{said}，请核对出租情况的核实结果。", field="let")


def _confirm(actor: Actor, item: SampleItem, found: Mapping[str, str], on: date) -> None:
    """Note in the record what was found right: of a person field by field, of the rest when nothing is wrong or in doubt."""
    if item.person_id:
        right = [f for f, result in found.items() if result == rules.CORRECT and f != STATE_FIELD]
        if right:
            people.verify(actor=actor, person_id=item.person_id, fields=right, on=on)
    elif found and set(found.values()) <= {rules.CORRECT, rules.CORRECTED}:
        if item.dwelling_id:
            territory.verify_dwelling(actor=actor, dwelling_id=item.dwelling_id, on=on)
        elif item.organisation_id:
            organisations.verify_organisation(actor=actor, organisation_id=item.organisation_id, on=on)


def _note(item: SampleItem, check: Check, name: tuple[int, str], updated: bool) -> None:
    item.state = SampleItem.State.CHECKED if check.met else SampleItem.State.UNREACHED
    item.is_updated, item.note = updated, check.note.strip()[:200]
    item.checked_at = check.at or clock.now()
    item.checked_by_id, item.checked_by = name


def _write_findings(found: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    rows = [(item_id, name, result) for item_id, results in found for name, result in results.items()]
    bulk.insert("registry_samplefinding", ("item_id", "field", "result"), rows)


@transaction.atomic
def check(*, actor: Actor, item_id: int, check: Check, seen_step: int | None = None) -> SampleItem:
    """核实. Record what was found of one item and correct the record. The item must be waiting in a plan that is being
    checked, given to the actor (or the actor plans samples), and nothing that the actor vouches for. `seen_step` is the
    record's step the form was filled in at."""
    actor.must(record.EDIT)
    item = queries.item_for_update(actor, item_id)
    found = _judge(item, check, actor.name)
    on = clock.local(check.at or clock.now()).date()
    updated = _correct(actor, item, check, seen_step, on)
    _confirm(actor, item, found, on)
    _note(item, check, (actor.id, actor.name), updated)
    item.save(update_fields=_CHECKED)
    _write_findings([(item.pk, found)])
    audit.record(actor, "registry.sample_checked", "sample_item", item.pk, state=item.state, changed=updated)
    return item


@transaction.atomic
def record_checks(*, actor: Actor, plan_id: int, checks: Sequence[Check]) -> Recorded:
    """成批登记. Many results of one plan at once, for tables that came back and for other systems: each judged as a single one is;
    what is refused is left out with its sentence and the rest is recorded. Right `registry.sample`."""
    actor.must(queries.RIGHT)
    actor.must(record.EDIT)
    plan = queries.plan_for_update(actor, plan_id)
    asked = {c.item_id: c for c in checks}
    rows = queries.items(actor, plan.pk).select_for_update(of=("self",)).filter(pk__in=asked).order_by("pk")
    done: list[tuple[SampleItem, Check, dict[str, str]]] = []
    refused = []
    for item in rows:
        one = asked.pop(item.pk)
        by = one.by or (actor.id, actor.name)
        try:
            with transaction.atomic():
                found = _judge(item, one, by[1])
                updated = _correct(actor, item, one, None, clock.local(one.at or clock.now()).date())
        except Refusal as refusal:
            refused.append((item.pk, refusal.sentence))
            continue
        _note(item, one, by, updated)
        done.append((item, one, found))
    refused += [(pk, "没有找到这个抽查对象，或它不在您的管辖范围内。请核对编号。") for pk in asked]
    SampleItem.objects.bulk_update([item for item, _, _ in done], _CHECKED, batch_size=500)
    _write_findings([(item.pk, found) for item, _, found in done])
    _confirm_many(actor, done)
    count, updated_count = sum(c.met for _, c, _ in done), sum(i.is_updated for i, _, _ in done)
    audit.record(actor, "registry.samples_recorded", "sample", plan.pk, count=len(done), changed=updated_count)
    return Recorded(count, updated_count, refused)


def _confirm_many(actor: Actor, done: Sequence[tuple[SampleItem, Check, Mapping[str, str]]]) -> None:
    """The same of many: people at once, in the name of the checker; the rest in the name of who hands the results in."""
    for item, _, found in done:
        if not item.person_id:
            _confirm(actor, item, found, clock.local(item.checked_at or clock.now()).date())
    told = {
        item.person_id: (
            [f for f, result in found.items() if result == rules.CORRECT and f != STATE_FIELD],
            clock.local(item.checked_at or clock.now()).date(),
            item.checked_by,
        )
        for item, _, found in done
        if item.person_id
    }
    rows = list(
        Person.objects.select_for_update().filter(pk__in=[pk for pk, (f, _, _) in told.items() if f]).order_by("pk")
    )
    for one in rows:
        right, on, by = told[one.pk]
        record.confirm(one, right, SOURCE, on, by)
    Person.objects.bulk_update(rows, ["proof"], batch_size=500)
