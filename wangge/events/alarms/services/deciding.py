"""Rules of alarms that a district decides for itself: from a day on, on record, never for what has already been raised."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.db import transaction

from wangge.events.alarms import queries, rules
from wangge.events.alarms.models import AlarmRule
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal


def _allow(actor: Actor, district: int) -> None:
    actor.must(queries.EDIT)
    if district % rules.DISTRICT or not all(actor.covers(c) for c in (district, district + rules.DISTRICT - 1)):
        raise Refusal("out_of_scope", "告警规则由区级岗位设定。请联系区信息管理员。", status=403)


@transaction.atomic
def set_alarm_rule(
    *, actor: Actor, district: int, kind: str, from_on: date, values: Mapping[str, int], note: str
) -> AlarmRule:
    """设定告警规则. From a day on (tomorrow at the earliest: alarms of today keep their limits) a kind goes by these values.

    `values` are all that hold from then on, by the names of `terms.LIMITS`; those like the shipped ones are not kept, so that
    a new release may better them. Refuses a value out of its bounds, a missing basis, a day that has a rule already.
    """
    _allow(actor, district)
    shipped = queries.alarm_kinds().get(kind)
    if shipped is None:
        raise Refusal("unknown_kind", "请从列表中选择告警类别。", field="kind", value=kind[:20])
    if from_on <= clock.today():
        said = f"起用日期最早为 {clock.today() + timedelta(days=1)}，今天已收到的告警按原规则办理。"
        raise Refusal("too_soon", said, field="from_on", value=from_on.isoformat())
    if (refusal := rules.refuse_limits(kind, values)) is not None:
        raise refusal
    if len(note.strip()) < 2:
        raise Refusal("missing_input", "请写明依据，例如“区网格中心会议纪要第 3 号”。", field="note")
    kept = {name: value for name, value in values.items() if getattr(shipped, name) != value}
    made = AlarmRule.objects.create(
        district_code=district,
        kind=kind,
        from_on=from_on,
        values=kept,
        note=note.strip()[:200],
        by=actor.name,
        at=clock.now(),
    )
    audit.record(actor, "events.alarm_rule_set", "alarm_rule", made.pk, what=kind, on=from_on.isoformat(), values=kept)
    return made


@transaction.atomic
def withdraw_alarm_rule(*, actor: Actor, rule_id: int) -> None:
    """撤回告警规则. Take back a rule whose day has not come; what has been in force stays on record."""
    found = AlarmRule.objects.select_for_update().filter(pk=rule_id).first()
    if found is None or not actor.covers(found.district_code):
        raise NotHere("告警规则")
    _allow(actor, found.district_code)
    if found.from_on <= clock.today():
        sentence = "这条规则已经起用，不能撤回。请另设一条，从以后的日期起用。"
        raise Refusal("in_force", sentence, status=409)
    audit.record(actor, "events.alarm_rule_withdrawn", "alarm_rule", found.pk, what=found.kind, values=found.values)
    found.delete()
