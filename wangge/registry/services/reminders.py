"""Reminders of what falls due: made each night, settled by people, void when their reason is gone."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Min

from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry.models import DueSetting, Reminder
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


@transaction.atomic
def set_due_rule(
    *,
    actor: Actor,
    place_code: int,
    rule: str,
    basis: str,
    is_used: bool = True,
    months: int | None = None,
    years: int | None = None,
    lead: int | None = None,
    from_on: date | None = None,
) -> DueSetting:
    """到期规则设定. From a day (default today) on a district counts the rule's period or age as it says, shows it `lead` days ahead, or
    does not use it; None leaves as shipped. A rule of a special group is set by who registers in the group, any other with
    `registry.lists`; both for the whole district. What was settled before stays; open reminders follow the next night."""
    known = {r.code: r for r in queries.rules_for(actor)}.get(rule)
    if known is None:
        raise Refusal("unknown_rule", "请从列表中选择到期规则。", field="rule", value=rule)
    actor.must("registry.special" if known.group else "registry.lists")
    if (
        place_code % queries.DISTRICT
        or not actor.covers(place_code)
        or not actor.covers(place_code + queries.DISTRICT - 1)
    ):
        raise Refusal("out_of_scope", "到期规则由区级岗位设定。请换到区级岗位，或联系信息管理员。", status=403)
    rules.setting_faults(known, is_used, months, years, lead)
    if not basis.strip():
        raise Refusal("no_basis", "请填写依据：文件名称和条款，或本区决定的日期和文号。", field="basis")
    day = from_on or clock.today()
    if day < clock.today():
        raise Refusal("from_in_the_past", "起用日期不能早于今天，以免改变过去的结果。", field="from_on", value=str(day))
    one, _ = DueSetting.objects.update_or_create(
        place_code=place_code,
        rule=rule,
        from_on=day,
        defaults={
            "is_used": is_used, "months": months, "years": years, "lead": lead, "basis": basis.strip()[:200],
            "by": actor.name, "at": clock.now(),
        },
    )  # fmt: skip
    audit.record(actor, "registry.due_set", "due_rule", rule, place=place_code, months=months, years=years, lead=lead)
    return one
