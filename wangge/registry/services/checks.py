"""What a checker finds of somebody drawn: per field, with the corrections made in the record itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from wangge.kernel import audit, bulk, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry.models import Person, SampleItem, SamplePlan
from wangge.registry.queries import sampling as queries
from wangge.registry.rules import sampling as rules
from wangge.registry.services import moves, people, record
from wangge.registry.terms_quality import STATE_FIELD

SOURCE = "抽查"
_CHECKED = ["state", "is_updated", "checked_at", "checked_by_id", "checked_by", "note"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one item. `results` is {field: correct|corrected|wrong|unknown}, `changes` the right values of the
    corrected fields (`state`: departed or deceased). Not met: no results, but a `note` that says why. `at` and `by` (account,
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
    rules.must_be_another(name, queries.verifiers(item))
    if not check.met:
        if not check.note.strip():
            raise Refusal("no_reason", "请写明未能核实的原因，例如三次上门无人、电话停机。", field="note")
        return {}
    return rules.findings(item.plan.fields, check.results, check.changes)


def _correct(actor: Actor, item: SampleItem, check: Check, seen_step: int | None, on: date) -> bool:
    """Make the corrections in the record; was there any?"""
    changes = {k: v for k, v in check.changes.items() if v not in (None, "")}
    state = changes.pop(STATE_FIELD, None)
    if changes:
        people.update(actor=actor, person_id=item.person_id, changes=changes, seen_step=seen_step, source=SOURCE, on=on)
    if state == "departed":
        moves.depart(actor=actor, person_id=item.person_id, on=on, reason="抽查核实", source=SOURCE)
    elif state == "deceased":
        moves.die(actor=actor, person_id=item.person_id, on=on, source=SOURCE)
    return bool(changes or state)


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
    """核实. Record what was found of one person and correct the record. The item must be waiting in a plan that is being
    checked, given to the actor (or the actor plans samples), and nothing that the actor vouches for. `seen_step` is the
    person's step the form was filled in at."""
    actor.must(record.EDIT)
    item = queries.item_for_update(actor, item_id)
    found = _judge(item, check, actor.name)
    on = clock.local(check.at or clock.now()).date()
    updated = _correct(actor, item, check, seen_step, on)
    right = [f for f, result in found.items() if result == rules.CORRECT and f != STATE_FIELD]
    if right:
        people.verify(actor=actor, person_id=item.person_id, fields=right, on=on)
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
    _confirm_many(done)
    count, updated_count = sum(c.met for _, c, _ in done), sum(i.is_updated for i, _, _ in done)
    audit.record(actor, "registry.samples_recorded", "sample", plan.pk, count=len(done), changed=updated_count)
    return Recorded(count, updated_count, refused)


def _confirm_many(done: Sequence[tuple[SampleItem, Check, Mapping[str, str]]]) -> None:
    """Note in the records which fields were found right, by whom and when."""
    told = {
        item.person_id: (
            [f for f, result in found.items() if result == rules.CORRECT and f != STATE_FIELD],
            clock.local(item.checked_at or clock.now()).date(),
            item.checked_by,
        )
        for item, _, found in done
    }
    rows = list(
        Person.objects.select_for_update().filter(pk__in=[pk for pk, (f, _, _) in told.items() if f]).order_by("pk")
    )
    for one in rows:
        right, on, by = told[one.pk]
        record.confirm(one, right, SOURCE, on, by)
    Person.objects.bulk_update(rows, ["proof"], batch_size=500)
