"""The family chain: one after another until somebody is reached. Numbers are shown on request, with a reason, on record.

There is no telephone provider yet (the notify room comes later): a person calls, and says here whether they got through.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from wangge.events.alarms import queries, terms
from wangge.events.alarms.models import Alarm, AlarmCall, DeviceUser
from wangge.events.alarms.services import acts
from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry import queries as registry
from wangge.registry import services as registry_services
from wangge.territory import queries as territory


def _locked(call_id: int) -> tuple[AlarmCall, Alarm]:
    """The call with its alarm; the alarm is locked first, as everywhere."""
    found = AlarmCall.objects.filter(pk=call_id).first()
    alarm = Alarm.objects.select_for_update().filter(pk=found.alarm_id).first() if found else None
    if found is None or alarm is None:
        raise NotHere("呼叫")
    return AlarmCall.objects.select_for_update().get(pk=call_id), alarm


@transaction.atomic
def answer_call(*, actor: Actor, call_id: int, reached: bool, text: str = "", key: UUID | None = None) -> AlarmCall:
    """Somebody of the family was reached, or was not: then the next one waits. Sent again under its `key` it is done once."""
    actor.must(terms.ANSWER)
    call, alarm = _locked(call_id)
    if key is not None and call.key == key:
        return call
    if call.state != "waiting":
        sentence = f"“{call.who}”现为“{call.get_state_display()}”，不能再登记。请刷新后按顺序联系。"
        raise Refusal("illegal_move", sentence, status=409)
    _end(call, "reached" if reached else "missed", clock.now(), _name(actor), text.strip()[:200], key)
    if reached:
        AlarmCall.objects.filter(alarm=alarm, state="queued").update(state="not_needed", ended_at=clock.now())
    else:
        _go_on(actor, alarm)
    audit.record(actor, "events.alarm_called", "alarm", alarm.pk, state=call.state, seq=call.position)
    return call


def _name(actor: Actor) -> str:
    return (f"{actor.name}（{actor.post_name}）" if actor.post_name else actor.name)[:100]


def _end(call: AlarmCall, state: str, now: datetime, by: str, text: str, key: UUID | None = None) -> None:
    call.state, call.ended_at, call.ended_by, call.text, call.due_at, call.key = state, now, by, text, None, key
    call.save(update_fields=["state", "ended_at", "ended_by", "text", "due_at", "key"])


def _go_on(actor: Actor, alarm: Alarm) -> None:
    """The next of the family waits; when there is none, that is on record and the next level is called at once."""
    if next_of(alarm) is not None or alarm.state == "done":
        return
    told = AlarmCall.objects.filter(alarm=alarm)
    lapsed = told.filter(state="lapsed").count()
    text = f"{told.count()} 位家属均未联系上{f'（其中 {lapsed} 位逾时未登记联系结果）' if lapsed else ''}，请直接上门。"
    if alarm.state == "open" and alarm.escalate_at is not None:
        alarm.escalate_at = clock.now()
    acts.write_act(actor, alarm, "unreached", clock.now(), text)
    acts.tell_case(actor=actor, one=alarm, command="unreached", text=text)


def next_of(alarm: Alarm) -> AlarmCall | None:
    """Let the next in the chain wait; None when the chain is at its end or the alarm is over."""
    following = AlarmCall.objects.filter(alarm=alarm, state="queued").order_by("position").first()
    if following is None or alarm.state == "done":
        return None
    following.state = "waiting"
    following.due_at = clock.now() + timedelta(minutes=queries.kind_of(alarm).call)
    following.save(update_fields=["state", "due_at"])
    return following


@transaction.atomic
def pass_on_calls(*, actor: Actor, now: datetime) -> int:
    """Calls of which nobody said in time how they went lapse, and the next in the chain waits; how many."""
    with scope.system():
        due = list(queries.calls_due(now).values_list("pk", flat=True)[:500])
        passed = 0
        for call_id in due:
            call, alarm = _locked(call_id)
            if call.state != "waiting" or call.due_at is None or call.due_at > now:
                continue
            _end(call, "lapsed", now, "系统", "")
            _go_on(actor, alarm)
            passed += 1
            audit.record(actor, "events.alarm_called", "alarm", alarm.pk, state="lapsed", seq=call.position)
    return passed


@transaction.atomic
def reveal_call(*, actor: Actor, call_id: int, reason: str) -> dict[str, str]:
    """Whom to call and their number, in full: `name`, `relation`, `phone`. For whoever answers the alarm, while it is open;
    counted and on record. The relative need not live in the actor's reach: the person put them into the chain."""
    actor.must(terms.ANSWER)
    if len(reason.strip()) < 4:
        sentence = "请写明查看原因，不少于 4 个字，例如“一键报警联系家属”。"
        raise Refusal("reason_needed", sentence, field="reason", value=reason)
    call, alarm = _locked(call_id)
    if alarm.state == "done":
        sentence = "这条告警已处置完毕，不再提供家属电话。如需回访，请按个人信息查看流程办理。"
        raise Refusal("alarm_over", sentence, status=409)
    position = [c.relation_id for c in queries.chain(actor, call.person_id)]
    told = registry_services.reveal_contacts(actor=actor, person_id=call.person_id, reason=reason.strip())
    call.shown_at, call.shown_by = clock.now(), _name(actor)
    call.save(update_fields=["shown_at", "shown_by"])
    audit.record(actor, "events.alarm_number_shown", "alarm", alarm.pk, seq=call.position, reason=reason.strip()[:100])
    found = dict(zip(position, told, strict=False)).get(call.relation_id)
    if found is None:
        raise Refusal("gone", f"“{call.who}”已不在紧急联系人中。请刷新后联系下一位。", status=409)
    return {name: str(found.get(name) or "") for name in ("name", "relation", "phone")}


@transaction.atomic
def assign_user(*, actor: Actor, device_id: int, person_id: int, consent_on: date, consent_note: str) -> DeviceUser:
    """Put a device up for a person who agreed to it. Only a one-key alarm has users."""
    actor.must(queries.EDIT)
    device, person = territory.device(actor, device_id), registry.person(actor, person_id)
    if device.kind != "sos":
        raise Refusal("not_personal", "只有一键报警设备登记使用人。", status=409)
    if len(consent_note.strip()) < 2:
        sentence = "请写明本人（或监护人）同意的方式，例如“本人签字同意书”。"
        raise Refusal("consent_needed", sentence, field="consent_note", value=consent_note)
    if consent_on > clock.today():
        raise Refusal("consent_ahead", "同意日期不能晚于今天。", field="consent_on", value=consent_on.isoformat())
    made = DeviceUser.objects.create(
        device_id=device.pk,
        person_id=person.pk,
        consent_on=consent_on,
        consent_note=consent_note.strip()[:100],
        since=clock.today(),
        by=actor.name,
    )
    audit.record(actor, "events.device_user_assigned", "device", device.serial)
    return made


@transaction.atomic
def release_user(*, actor: Actor, user_id: int) -> DeviceUser:
    """The person no longer uses the device, or took their consent back: from now on nobody of theirs is called."""
    actor.must(queries.EDIT)
    found = DeviceUser.objects.select_for_update().filter(pk=user_id, until=None).first()
    if found is None:
        raise NotHere("使用人")
    found.until = clock.today()
    found.save(update_fields=["until"])
    audit.record(actor, "events.device_user_released", "device", found.device_id)
    return found


def outcome(call: AlarmCall) -> dict[str, Any]:
    """A call in plain values."""
    return {"id": call.pk, "who": call.who, "state": call.state, "state_name": call.get_state_display()}
