"""One act in a case: fetch locked → move → effect → step → save → audit → publish. Every command of every kind goes here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from wangge.casework import facts, queries, rules
from wangge.casework.models import Assignment, Case, Extension, Hold, Step
from wangge.casework.services import clocks
from wangge.identity import queries as identity
from wangge.kernel import audit, clock, flow, outbox
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NotHere, Refusal


@dataclass
class Act:
    """What one command works with: the locked case, who acts, what they entered, and what the step will record."""

    actor: Actor
    case: Case
    command: str
    now: datetime
    text: str
    reason: str
    files: list[str]
    given: dict[str, Any]
    is_public: bool
    data: dict[str, Any] = field(default_factory=dict)


Effect = Callable[[Act], None]
EFFECTS: dict[str, Effect] = {}


def register(process: rules.Process) -> None:
    """Make a kind of case known. Called once by the room that owns the kind."""
    queries.PROCESSES[process.kind] = process


def effect(*commands: str) -> Callable[[Effect], Effect]:
    def add(function: Effect) -> Effect:
        EFFECTS.update(dict.fromkeys(commands, function))
        return function

    return add


@transaction.atomic
def act(
    *,
    actor: Actor,
    number: str,
    command: str,
    seen_step: int | None,
    text: str = "",
    reason: str = "",
    files: Sequence[str] = (),
    key: UUID | None = None,
    is_public: bool = False,
    **given: Any,
) -> Case:
    """Take `command` in the case; returns the case after it.

    `seen_step` is the step the actor was looking at (None only for the system and the public): if somebody acted in
    between, a `stale` refusal says who did what. `key` is the caller's own id of this act: sent again, it is done once.
    `given` are the command's inputs (`department`, `supports`, `proposed`, `original`, `until`, `amount`, `grade` …).
    Raises `Refusal` when the table of moves, the right, the relation, an input or the rules of the command forbid it.
    """
    case = queries.for_update(actor, number)
    if key is not None and (earlier := Step.objects.filter(key=key).first()):
        if earlier.case_id != case.pk or earlier.command != command:
            raise Refusal("key_reused", "这条操作的编号已用于另一项操作，未重复执行。请刷新后重新操作。", status=409)
        return case
    if case.state == rules.State.MERGED and command == "note" and case.merged_into is not None:
        return act(
            actor=actor,
            number=case.merged_into.number,
            command=command,
            seen_step=None,
            text=text,
            files=files,
            key=key,
        )
    if seen_step is not None and seen_step != case.step:
        raise stale(case, seen_step)
    process = queries.process_of(case)
    move = flow.move(process.moves, case.state, command, rules.LABELS)
    entered = {"text": text.strip(), "reason": reason, "files": list(files), **given}
    standing = queries.standing(case)
    refusal = flow.barrier(move, actor, command, rules.LABELS, rules.relations(actor, standing)) or flow.missing(
        move, rules.LABELS, entered
    )
    if refusal is not None:
        raise refusal
    todo = Act(actor, case, command, clock.now(), text.strip(), reason, list(files), given, is_public)
    before, case.state = case.state, move.to
    if command in EFFECTS:
        EFFECTS[command](todo)
    return write(todo, before, key)


def write(todo: Act, before: str, key: UUID | None = None) -> Case:
    """The end of every act: the step, the saved case, the audit row, the fact."""
    case, actor = todo.case, todo.actor
    case.step += 1
    Step.objects.create(
        case=case,
        seq=case.step,
        at=todo.now,
        actor_id=actor.id,
        actor_name=actor.name,
        post_name=actor.post_name,
        department_id=actor.department_id,
        command=todo.command,
        from_state=before,
        to_state=case.state,
        reason=todo.reason,
        text=todo.text,
        data=todo.data,
        files=todo.files,
        key=key,
        is_public=todo.is_public,
    )
    case.save()
    audit.record(actor, f"casework.{todo.command}", case.kind, case.number, step=case.step, to=case.state)
    outbox.publish(facts.Moved(case.pk, case.number, case.kind, case.step, todo.command, before, case.state))
    return case


def stale(case: Case, seen: int) -> Refusal:
    """What happened since the step that the person was looking at."""
    later = Step.objects.filter(case=case, seq__gt=seen).order_by("seq")
    said = "；".join(
        f"{s.actor_name}于 {clock.local(s.at):%m月%d日 %H:%M} {rules.COMMANDS.get(s.command, s.command)}"
        for s in later[:3]
    )
    return Refusal(
        "stale",
        f"在您填写期间，{said or '本件已有变化'}。您填写的内容已保留，请核对现状后再提交。",
        status=409,
        step=case.step,
        seen=seen,
    )


def office(code: Any, field_name: str = "department") -> Any:
    """The department with this code; a refusal names the field and the value."""
    try:
        return identity.department(str(code))
    except NotHere:
        raise Refusal(
            "unknown_department", f"没有承办单位“{code}”。请从承办单位列表中选择。", field=field_name, value=code
        ) from None


def give(todo: Act, department: Any, role: str) -> Assignment:
    """Give an office its part, and let it see the case."""
    case = todo.case
    part = Assignment.objects.create(case=case, department=department, role=role, state="pending", asked_at=todo.now)
    if department.pk not in case.department_ids:
        case.department_ids = [*case.department_ids, department.pk]
    return part


def lead_part(case: Case) -> Assignment:
    found = Assignment.objects.filter(case=case, role="lead", state__in=["pending", "handling"]).first()
    if found is None:
        raise Refusal("no_lead", "本件目前没有主办单位，请先派遣。", status=409)
    return found


def withdraw_parts(case: Case, now: datetime, state: str = "withdrawn") -> None:
    Assignment.objects.filter(case=case, state__in=["pending", "handling"]).update(state=state, done_at=now)
    case.lead = None


def hold_by(case: Case, department: Any, place: int | None = None) -> None:
    case.holder, case.holder_place = department, place


@effect("check")
def _check(todo: Act) -> None:
    case = todo.case
    clocks.stop(case, todo.now)
    case.holder_place = case.place_code
    clocks.start(case, "check", todo.now)


@effect("confirm", "accept")
def _accept(todo: Act) -> None:
    case = todo.case
    clocks.stop(case, todo.now)
    case.holder_place = None
    if todo.command == "accept" and todo.actor.department_id and not todo.actor.is_system:
        hold_by(case, identity.office(todo.actor.department_id))
    if (category := todo.given.get("category")) and category != case.category:
        _set_category(todo, str(category))
    if urgency := todo.given.get("urgency"):
        case.urgency = str(urgency)
    clocks.start(case, "accept", todo.now)


@effect("recategorise")
def _recategorise(todo: Act) -> None:
    _set_category(todo, str(todo.given["category"]))


def _set_category(todo: Act, category: str) -> None:
    process = queries.process_of(todo.case)
    matter = rules.Matter(category, todo.case.place_code, todo.case.urgency, todo.case.received_at)
    todo.data["category"] = {"from": todo.case.category, "to": category, "name": process.category_name(matter)}
    todo.case.category = category


@effect("refute", "decline")
def _decline(todo: Act) -> None:
    case = todo.case
    clocks.stop_all(case, todo.now)
    hold_by(case, None)
    case.outcome = "not_ours" if todo.reason in ("not_duty", "outside") else case.outcome


@effect("hand_up")
def _hand_up(todo: Act) -> None:
    case = todo.case
    upper = identity.upper_office(case.holder_id) if case.holder_id else None
    if upper is None:
        raise Refusal("no_upper", "已是区级，没有上级可以上报。请受理、派遣或不予受理。", status=409)
    clocks.stop(case, todo.now)
    hold_by(case, upper)
    todo.data["to"] = upper.name
    clocks.start(case, "accept", todo.now)


@effect("hand_down")
def _hand_down(todo: Act) -> None:
    case = todo.case
    lower = office(todo.given.get("department", ""))
    area, above = identity.area_of(lower.pk), identity.area_of(case.holder_id) if case.holder_id else None
    covers = area is not None and area[0] <= case.place_code <= area[1]
    if area is None or not covers or (above and area[1] - area[0] >= above[1] - above[0]):
        raise Refusal(
            "not_below",
            f"“{lower.name}”不是本件所在地的下级单位。请选择事发地的街道或社区。",
            field="department",
            value=lower.code,
        )
    clocks.stop(case, todo.now)
    hold_by(case, lower)
    todo.data["to"] = lower.name
    clocks.start(case, "accept", todo.now)


@effect("dispatch", "designate")
def _dispatch(todo: Act) -> None:
    case = todo.case
    lead = office(todo.given.get("department", ""))
    supports = [office(code, "supports") for code in todo.given.get("supports") or () if code]
    if lead.pk in {s.pk for s in supports} or len({s.pk for s in supports}) < len(supports):
        raise Refusal("lead_is_support", "同一单位不能既主办又协办，也不能重复协办。请调整承办单位。", field="supports")
    sent_by = _dispatcher_of(case).pk if case.lead_id else case.holder_id
    if case.lead_id:
        withdraw_parts(case, todo.now)
    clocks.stop(case, todo.now)
    todo.data |= {"department": lead.name, "supports": [s.name for s in supports], "by": sent_by}
    if suggested := todo.given.get("suggested"):
        todo.data["suggested"] = suggested
    give(todo, lead, "lead")
    case.lead = lead
    hold_by(case, lead)
    for one in supports:
        part = give(todo, one, "support")
        clocks.start(case, "handle", todo.now, department_id=one.pk, part=part)
    case.is_designated = case.is_designated or todo.command == "designate"
    clocks.start(case, "sign", todo.now)


@effect("sign")
def _sign(todo: Act) -> None:
    case = todo.case
    part = lead_part(case)
    part.state, part.signed_at = "handling", todo.now
    part.save(update_fields=["state", "signed_at"])
    clocks.stop(case, todo.now)
    clocks.start(case, "handle", todo.now)


@effect("send_back")
def _send_back(todo: Act) -> None:
    case = todo.case
    if refusal := rules.may_return(case.returns, case.is_designated):
        raise refusal
    proposed = office(todo.given.get("proposed", ""), "proposed")
    if proposed.pk == case.lead_id:
        raise Refusal(
            "proposed_self",
            "建议承办单位不能是本单位。请填写您认为应当承办的单位。",
            field="proposed",
            value=proposed.code,
        )
    back_to = _dispatcher_of(case)
    withdraw_parts(case, todo.now, "returned")
    clocks.stop_all(case, todo.now)
    hold_by(case, back_to)
    case.returns += 1
    if case.returns >= rules.MAX_RETURNS:
        case.is_supervised = True
    todo.data["proposed"] = {"code": proposed.code, "name": proposed.name}
    clocks.start(case, "accept", todo.now)


def _dispatcher_of(case: Case) -> Any:
    """The office that sent the case out: the one that holds it again when it comes back or is to be verified."""
    last = Step.objects.filter(case=case, command__in=["dispatch", "designate"]).order_by("-seq").first()
    if last and last.data.get("by"):
        return identity.office(last.data["by"])
    return identity.centre_of(case.place_code)


@effect("ask_hold")
def _ask_hold(todo: Act) -> None:
    Hold.objects.create(
        case=todo.case,
        reason=_hold_reason(todo),
        text=todo.text,
        until=_hold_until(todo),
        asked_by=todo.actor.id,
        asked_at=todo.now,
    )


def _hold_reason(todo: Act) -> str:
    if todo.reason not in rules.HOLD_REASONS:
        listed = "、".join(rules.HOLD_REASONS.values())
        raise Refusal("hold_reason", f"挂起原因须为下列之一：{listed}。", field="reason", value=todo.reason)
    return todo.reason


def _hold_until(todo: Act) -> date:
    raw = todo.given.get("until")
    try:
        until = raw if isinstance(raw, date) else date.fromisoformat(str(raw))
    except ValueError:
        raise Refusal(
            "bad_date", f"预计恢复日期“{raw}”不是日期，请按 2026-01-31 的格式填写。", field="until", value=raw
        ) from None
    today = clock.local(todo.now).date()
    if not today < until <= today + timedelta(days=rules.MAX_HOLD_DAYS):
        raise Refusal(
            "hold_until",
            f"预计恢复日期须在明天起 {rules.MAX_HOLD_DAYS} 日内，现填 {until}。到期后可再次申请。",
            field="until",
            value=str(until),
        )
    return until


@effect("hold")
def _hold(todo: Act) -> None:
    case = todo.case
    asked = queries.pending_hold(case)
    if asked is None:
        asked = Hold(
            case=case,
            reason=_hold_reason(todo),
            text=todo.text,
            until=_hold_until(todo),
            asked_by=todo.actor.id,
            asked_at=todo.now,
        )
    elif asked.asked_by == todo.actor.id and not todo.actor.is_system:
        raise Refusal("separation_of_duties", "挂起申请由您提出，须由其他人员批准。", status=409)
    asked.from_at = todo.now
    asked.save()
    todo.data |= {"hold_reason": rules.HOLD_REASONS[asked.reason], "until": str(asked.until)}


@effect("resume")
def _resume(todo: Act) -> None:
    case = todo.case
    Hold.objects.filter(case=case, to_at__isnull=True).update(to_at=todo.now)
    clocks.recompute(case, clocks.running(case, "handle"))


@effect("ask_extension")
def _ask_extension(todo: Act) -> None:
    handle = clocks.running(todo.case, "handle")
    raw = todo.given.get("amount")
    if not str(raw).isdigit():
        raise Refusal(
            "bad_amount",
            f"延长天数“{raw}”不是整数，请填写 1 至 {rules.MAX_EXTENSION_DAYS}。",
            field="amount",
            value=raw,
        )
    amount = int(str(raw))
    granted = Extension.objects.filter(clock__case=todo.case, granted=True).count()
    if refusal := rules.may_extend(granted, handle.extended_days, amount, todo.now, handle.due_at):
        raise refusal
    Extension.objects.create(clock=handle, amount=amount, text=todo.text, asked_by=todo.actor.id, asked_at=todo.now)
    todo.data["amount"] = amount


@effect("grant_extension", "deny_extension")
def _decide_extension(todo: Act) -> None:
    asked = queries.pending_extension(todo.case)
    if asked is None:
        raise Refusal("no_extension", "本件没有待审批的延期申请。", status=409)
    if asked.asked_by == todo.actor.id:
        raise Refusal("separation_of_duties", "延期申请由您提出，须由其他人员审批。", status=409)
    asked.granted, asked.decided_by, asked.decided_at = todo.command == "grant_extension", todo.actor.id, todo.now
    asked.save()
    if asked.granted:
        asked.clock.extended_days += asked.amount
        asked.clock.save(update_fields=["extended_days"])
        clocks.recompute(todo.case, asked.clock)
    todo.data["amount"] = asked.amount
    todo.is_public = asked.granted


@effect("support_done", "waive_support")
def _support_done(todo: Act) -> None:
    parts = Assignment.objects.filter(case=todo.case, role="support", state__in=["pending", "handling"])
    if todo.command == "support_done":
        parts = parts.filter(department_id=todo.actor.department_id)
    elif code := todo.given.get("department"):
        parts = parts.filter(department=office(code))
    done = "done" if todo.command == "support_done" else "waived"
    for part in parts:
        part.state, part.done_at = done, todo.now
        part.save(update_fields=["state", "done_at"])
        clocks.stop(todo.case, todo.now, part=part)


@effect("finish")
def _finish(todo: Act) -> None:
    case = todo.case
    waiting = Assignment.objects.filter(case=case, role="support", state__in=["pending", "handling"]).select_related(
        "department"
    )
    if names := "、".join(p.department.short for p in waiting):
        raise Refusal(
            "support_open", f"协办单位尚未完成：{names}。请等待其完成，或由派遣单位免除协办后再办结。", status=409
        )
    if (outcome := str(todo.given.get("outcome") or "resolved")) not in rules.OUTCOMES:
        raise Refusal("unknown_outcome", f"办理结果“{outcome}”不在列表中，请重新选择。", field="outcome", value=outcome)
    back_to = _dispatcher_of(case)
    part = lead_part(case)
    part.state, part.done_at = "done", todo.now
    part.save(update_fields=["state", "done_at"])
    Hold.objects.filter(case=case, to_at__isnull=True).update(to_at=todo.now)
    Extension.objects.filter(clock__case=case, granted__isnull=True).update(granted=False, decided_at=todo.now)
    clocks.stop(case, todo.now)
    case.outcome, case.finished_at = outcome, todo.now
    by_officer = queries.process_of(case).verify_by(clocks.matter_of(case)) == "officer"
    hold_by(case, back_to, case.place_code if by_officer else None)
    todo.data["outcome"] = rules.OUTCOMES[outcome]
    todo.is_public = True
    clocks.start(case, "verify", todo.now)


@effect("verify")
def _verify(todo: Act) -> None:
    case = todo.case
    clocks.stop(case, todo.now)
    hold_by(case, None)
    if case.source in queries.process_of(case).rated_sources:
        clocks.start(case, "rate", todo.now)
    else:
        case.state = rules.State.CLOSED
        _close(todo)


@effect("rate", "default_rating", "close")
def _close(todo: Act) -> None:
    case = todo.case
    clocks.stop_all(case, todo.now)
    hold_by(case, None)
    case.closed_at = todo.now
    if grade := todo.given.get("grade"):
        case.grade = int(grade)
        todo.data["grade"] = rules.GRADES[case.grade]


@effect("rework", "redo", "reopen")
def _again(todo: Act) -> None:
    """Back to the office that handled it, with a new handling clock: half the limit after a failed verification."""
    case = todo.case
    if todo.command == "reopen" and case.closed_at and (refusal := rules.may_reopen(case.closed_at, todo.now)):
        raise refusal
    part = Assignment.objects.filter(case=case, role="lead").order_by("-id").first()
    if part is None:
        # Solved on the spot: nobody handled it yet, so it is dispatched like any other.
        case.state = rules.State.ACCEPTED
        clocks.stop_all(case, todo.now)
        hold_by(case, identity.centre_of(case.place_code))
        case.closed_at, case.outcome = None, ""
        clocks.start(case, "accept", todo.now)
        return
    again = give(todo, part.department, "lead")
    again.state, again.signed_at = "handling", todo.now
    again.save(update_fields=["state", "signed_at"])
    clocks.stop_all(case, todo.now)
    case.lead = part.department
    hold_by(case, part.department)
    case.closed_at, case.outcome = None, ""
    if todo.command == "rework":
        case.reworks += 1
        case.is_supervised = case.is_supervised or case.reworks >= rules.REWORKS_TO_ESCALATE
    else:
        case.redone += 1
    if grade := todo.given.get("grade"):
        case.grade = int(grade)
        todo.data["grade"] = rules.GRADES[case.grade]
    clocks.start(case, "handle", todo.now, share=0.5 if todo.command == "rework" else 1)


@effect("merge")
def _merge(todo: Act) -> None:
    case = todo.case
    number = str(todo.given.get("original", "")).strip()
    try:
        original = queries.for_update(todo.actor, number)
    except NotHere:
        raise Refusal(
            "unknown_original",
            f"没有找到主件“{number}”，或它不在您的管辖范围内。请核对编号。",
            field="original",
            value=number,
        ) from None
    if original.pk == case.pk:
        raise Refusal("own_original", "不能合并到本件自身，请填写另一件的编号。", field="original", value=number)
    if original.state in rules.FINAL:
        state = rules.STATES[rules.State(original.state)]
        raise Refusal(
            "original_ended", f"主件“{number}”的状态为“{state}”，不能作为主件。", field="original", value=number
        )
    if original.is_secret != case.is_secret:
        raise Refusal("secrecy_differs", "两件的保密要求不同，不能合并。", field="original", value=number)
    todo.data |= {"original": original.number, "due_at": case.due_at.isoformat() if case.due_at else None}
    withdraw_parts(case, todo.now)
    clocks.stop_all(case, todo.now)
    hold_by(case, None)
    Case.objects.filter(merged_into=case).update(merged_into=original)
    case.merged_into, case.outcome = original, "duplicate"
    original.supporters += 1
    joined = Act(todo.actor, original, "support_joined", todo.now, "", "", [], {}, False, {"number": case.number})
    write(joined, original.state)


@effect("split")
def _split(todo: Act) -> None:
    case = todo.case
    assert case.merged_into is not None
    todo.data["original"] = case.merged_into.number
    Case.objects.filter(pk=case.merged_into_id).update(supporters=case.merged_into.supporters - 1)
    case.merged_into, case.outcome = None, ""
    hold_by(case, identity.centre_of(case.place_code))
    clocks.start(case, "accept", todo.now)


@effect("void")
def _void(todo: Act) -> None:
    case = todo.case
    if not Step.objects.filter(case=case, command="ask_void").exists():
        raise Refusal("void_not_asked", "作废须先由一人申请，再由另一人批准。请先提交作废申请。", status=409)
    if case.ratings.exists():
        raise Refusal("void_rated", "本件已有群众评价，不能作废。", status=409)
    withdraw_parts(case, todo.now)
    clocks.stop_all(case, todo.now)
    hold_by(case, None)


@effect("urge")
def _urge(todo: Act) -> None:
    todo.case.urged += 1


@effect("supervise")
def _supervise(todo: Act) -> None:
    todo.case.is_supervised = True


def system_act(number: str, command: str, **given: Any) -> Case:
    """An act of the system itself (a time-out, a closing that follows from a rating)."""
    return act(actor=SYSTEM, number=number, command=command, seen_step=None, **given)
