"""Reminders of what falls due: made each night, settled by people, void when their reason is gone."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Min

from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry.models import Reminder
from wangge.registry.queries import duedates as queries
from wangge.registry.rules import duedates as rules

OUTCOMES = {"done": "已办理", "ignored": "不需办理"}


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many reminders were made, and how many open ones lost their reason."""

    made: int
    voided: int


@transaction.atomic
def remind(*, actor: Actor, on: date | None = None) -> Reminded:
    """提醒. Keep a reminder of everything that is due on the day (default today) and has none; open ones that the rows no longer
    say (a date moved, somebody left or died, the group ended) become void. Run twice, it changes nothing the second time."""
    actor.must("registry.lists")
    day = on or clock.today()
    oldest = Reminder.objects.filter(state="open").aggregate(at=Min("due_on"))["at"]
    due = queries.due(actor, day, start=oldest)
    shown = [one for one in due if one.due_on >= rules.window(one.rule, day)[0]]
    before = Reminder.objects.count()
    Reminder.objects.bulk_create(
        (
            Reminder(
                person_id=one.person_id,
                rule=one.rule.code,
                group=one.rule.group,
                is_care=one.rule.is_care,
                row_id=one.row_id,
                due_on=one.due_on,
                show_on=one.due_on - timedelta(days=one.rule.lead),
                made_at=clock.now(),
            )
            for one in shown
        ),
        ignore_conflicts=True,
        batch_size=1_000,
    )
    made = Reminder.objects.count() - before
    said = {(one.person_id, one.rule.code, one.due_on) for one in due}
    rows = Reminder.objects.filter(state="open").values_list("pk", "person_id", "rule", "due_on")
    gone = [pk for pk, person, code, at in rows.iterator(chunk_size=5_000) if (person, code, at) not in said]
    for start in range(0, len(gone), 1_000):
        Reminder.objects.filter(pk__in=gone[start : start + 1_000], state="open").update(
            state="void", settled_at=clock.now(), settled_by=actor.name, reason="到期情形已变化或不再存在"
        )
    audit.record(actor, "registry.reminded", "reminders", day.isoformat(), made=made, count=len(gone))
    return Reminded(made, len(gone))


@transaction.atomic
def settle_reminder(*, actor: Actor, reminder_id: int, outcome: str, reason: str = "") -> Reminder:
    """办理. `outcome` done or ignored; to ignore one wants a reason. A special group's reminder is settled by who may register in
    the group, any other by who may edit the record."""
    one = queries.reminder_for_update(actor, reminder_id)
    actor.must("registry.special" if one.group else "registry.edit")
    if outcome not in OUTCOMES:
        raise Refusal("unknown_outcome", "请选择已办理或不需办理。", field="outcome", value=outcome)
    if outcome == "ignored" and not reason.strip():
        raise Refusal("no_reason", "请写明不需办理的理由。", field="reason")
    if one.state != Reminder.State.OPEN:
        by = one.settled_by or "系统"
        sentence = f"这条提醒{by}已处理为“{one.get_state_display()}”。请刷新后查看。"
        raise Refusal("already_settled", sentence, status=409)
    one.state, one.reason = outcome, reason.strip()[:200]
    one.settled_by_id, one.settled_by, one.settled_at = actor.id, actor.name, clock.now()
    one.save(update_fields=["state", "reason", "settled_by_id", "settled_by", "settled_at"])
    audit.record(actor, "registry.reminder_settled", "reminder", one.pk, to=outcome)
    return one
