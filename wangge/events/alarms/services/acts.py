"""The three steps of answering an alarm: 签收 → 到场 → 处置反馈. Each is told to the alarm's event in the same transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from wangge.casework import queries as casework_queries
from wangge.casework import services as casework
from wangge.casework import terms as casework_terms
from wangge.events.alarms import queries, rules, terms
from wangge.events.alarms.models import Alarm, AlarmAct, AlarmCall
from wangge.kernel import audit, clock, files, flow, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal


def locked(alarm_id: int) -> Alarm:
    """The alarm, locked, if it is in reach."""
    found = Alarm.objects.select_for_update().filter(pk=alarm_id).first()
    if found is None:
        raise NotHere("告警")
    return found


@transaction.atomic
def act_on_alarm(
    *,
    actor: Actor,
    alarm_id: int,
    command: str,
    seen_step: int | None = None,
    text: str = "",
    result: str = "",
    files: Sequence[str] = (),
    key: UUID | None = None,
) -> Alarm:
    """Take a step: `sign`, `arrive`, `finish` (with a result and words) or `note`. Returns the alarm after it.

    `seen_step` is the step the person was looking at; somebody else's step in between is a `stale` refusal. `key` is the
    caller's own id of this act: sent again, it is done once. Refuses with `illegal_move`, `missing_input`, `arrive_first`.
    """
    actor.must(terms.ANSWER)
    one, text, now = locked(alarm_id), text.strip()[: rules.MAX_TEXT], clock.now()
    if key is not None and (earlier := _taken(key)):
        if (earlier.alarm_id, earlier.command) != (one.pk, command):
            raise Refusal("key_reused", "这条操作的编号已用于另一项操作，未重复执行。请刷新后重新操作。", status=409)
        return one
    if seen_step is not None and seen_step != one.step:
        raise _stale(one, seen_step)
    move = flow.move(rules.MOVES, one.state, command, rules.LABELS)
    given = {"text": text, "result": result}
    refusal = flow.missing(move, rules.LABELS, given)
    if refusal is None and command == "finish":
        refusal = rules.may_finish(queries.kind_of(one), one.state, result, text)
    if refusal is not None:
        raise refusal
    late = command != "note" and queries.is_late(one, now)
    _advance(actor, one, command, move.to, now, text, result)
    one.late += late
    write_act(actor, one, command, now, text, late=late, files=_known(files), key=key)
    _tell_case(actor, one, command, text)
    return one


def _advance(actor: Actor, one: Alarm, command: str, to: str, now: datetime, text: str, result: str) -> None:
    """Set what the step sets; notes set nothing."""
    if command == "note":
        return
    one.state, one.due_at = to, rules.due(queries.kind_of(one), to, now)
    name = f"{actor.name}（{actor.post_name}）" if actor.post_name else actor.name
    if command == "sign":
        one.signed_at, one.signed_by, one.escalate_at = now, name[:100], None
    elif command == "arrive":
        one.arrived_at, one.arrived_by = now, name[:100]
    elif command == "finish":
        end(one, result, now, name, text)


def end(one: Alarm, result: str, now: datetime, name: str, text: str) -> None:
    """The alarm is over; whoever was still to be called need not be."""
    one.state, one.result, one.done_at, one.done_by, one.text = "done", result, now, name[:100], text
    one.due_at = one.escalate_at = None
    AlarmCall.objects.filter(alarm=one, state__in=["queued", "waiting"]).update(state="not_needed", ended_at=now)


def write_act(
    actor: Actor,
    one: Alarm,
    command: str,
    now: datetime,
    text: str,
    *,
    late: bool = False,
    files: Sequence[str] = (),
    key: UUID | None = None,
) -> None:
    """The end of every act: the act, the alarm, the audit row."""
    one.step += 1
    AlarmAct.objects.create(
        alarm=one,
        seq=one.step,
        at=now,
        command=command,
        actor_id=actor.id,
        actor_name=actor.name,
        post_name=actor.post_name,
        was_late=late,
        text=text,
        files=list(files),
        key=key,
    )
    one.save(
        update_fields=[
            *("state", "result", "level", "escalate_at", "due_at", "late", "signed_at", "arrived_at", "done_at"),
            *("signed_by", "arrived_by", "done_by", "text", "step"),
        ]
    )
    audit.record(actor, f"events.alarm_{command}", "alarm", one.pk, step=one.step, state=one.state)


def _known(hashes: Sequence[str]) -> list[str]:
    kept = list(dict.fromkeys(hashes))[:9]
    if missing := files.missing(kept):
        raise Refusal("unknown_file", "有照片或文件尚未上传，请先上传再提交。", field="files", value=missing[0])
    return kept


def _taken(key: UUID) -> AlarmAct | None:
    with scope.system():
        return AlarmAct.objects.filter(key=key).first()


def _stale(one: Alarm, seen: int) -> Refusal:
    later = AlarmAct.objects.filter(alarm=one, seq__gt=seen).order_by("seq")
    said = "；".join(
        f"{a.actor_name}于 {clock.local(a.at):%H:%M} {terms.COMMANDS.get(a.command, a.command)}" for a in later[:3]
    )
    sentence = f"在您操作期间，{said or '这条告警已有变化'}。请核对现状后再提交，您填写的内容已保留。"
    return Refusal("stale", sentence, status=409, step=one.step, seen=seen)


# ---- its event -----------------------------------------------------------------------------------------------------


def _tell_case(actor: Actor, one: Alarm, command: str, text: str) -> None:
    """What happened, as a step of the event, under the name of who did it.

    Whoever answers alarms need hold no right on events (a property guard does not): the step is taken with the reach of
    the system, and the person stands under it. A false alarm is declined as untrue, one dealt with on the spot is closed;
    when the office has already sent the event on, it goes its own way and is only told.
    """
    if one.case_id is None:
        return
    with scope.system():
        case = casework_queries.get(actor, one.case.number) if one.case else None
        if case is None or case.state in casework_terms.FINAL or case.state == casework_terms.State.CLOSED:
            return
        by, said = replace(actor, is_system=True), _said(one, command, text)
        # Nobody has begun with it: the office has it before it, at most accepted.
        waits = case.state in (casework_terms.State.REPORTED, casework_terms.State.ACCEPTED)
        given: dict[str, Any] = {"text": said, "seen_step": None}
        if command == "finish" and one.result == "false" and waits:
            casework.act(actor=by, number=case.number, command="decline", reason="untrue", **given)
        elif command == "finish" and one.result == "handled" and waits:
            casework.act(actor=by, number=case.number, command="close", **given)
        else:
            casework.act(actor=by, number=case.number, command="note", **given)


def _said(one: Alarm, command: str, text: str) -> str:
    words = terms.COMMANDS[command]
    if command == "finish":
        words = f"告警处置反馈：{terms.RESULTS[one.result]}"
    return f"{words}。{text}".rstrip("。") + "。"


def tell_case(*, actor: Actor, one: Alarm, command: str, text: str = "") -> None:
    """As the steps do, for what the system itself does to an alarm (escalation, recovery)."""
    _tell_case(actor, one, command, text)
