"""Effects that stop or move the handling clock: holds and extensions, each asked by one person and decided by another."""

from datetime import date, timedelta

from wangge.casework import queries, terms
from wangge.casework.models import Extension, Hold
from wangge.casework.services import clocks, inputs
from wangge.casework.services.acts import Act, effect
from wangge.kernel import clock
from wangge.kernel.errors import Refusal


@effect("ask_hold")
def _ask_hold(todo: Act) -> None:
    if queries.pending_hold(todo.case) is not None:
        raise Refusal("hold_pending", "本件已有挂起申请待审批，请等待审批结果。", status=409)
    Hold.objects.create(
        case=todo.case,
        reason=_hold_reason(todo),
        text=todo.text,
        until=_hold_until(todo),
        asked_by=todo.actor.id,
        asked_at=todo.now,
    )


def _hold_reason(todo: Act) -> str:
    if todo.reason not in terms.HOLD_REASONS:
        listed = "、".join(terms.HOLD_REASONS.values())
        raise Refusal("hold_reason", f"挂起原因须为下列之一：{listed}。", field="reason", value=todo.reason)
    return todo.reason


def _hold_until(todo: Act) -> date:
    until = inputs.day(todo.given.get("until"), "until")
    today = clock.local(todo.now).date()
    if not today < until <= today + timedelta(days=terms.MAX_HOLD_DAYS):
        raise Refusal(
            "hold_until",
            f"预计恢复日期须在明天起 {terms.MAX_HOLD_DAYS} 日内，现填 {until}。到期后可再次申请。",
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
    todo.data |= {"hold_reason": terms.HOLD_REASONS[asked.reason], "until": str(asked.until)}


@effect("deny_hold")
def _deny_hold(todo: Act) -> None:
    """The request is over and never counted: it has an end and no beginning."""
    asked = queries.pending_hold(todo.case)
    if asked is None:
        raise Refusal("no_hold", "本件没有待审批的挂起申请。", status=409)
    asked.to_at = todo.now
    asked.save(update_fields=["to_at"])
    todo.data |= {"hold_reason": terms.HOLD_REASONS[asked.reason], "until": str(asked.until)}


@effect("resume")
def _resume(todo: Act) -> None:
    """The handling clock goes on, and the co-handlers' with it."""
    case = todo.case
    clocks.running(case, "handle")
    Hold.objects.filter(case=case, to_at__isnull=True).update(to_at=todo.now)
    clocks.recompute_running(case, "handle")


@effect("ask_extension")
def _ask_extension(todo: Act) -> None:
    handle = clocks.running(todo.case, "handle")
    if queries.pending_extension(todo.case) is not None:
        raise Refusal("extension_pending", "本件已有一项延期申请待审批，请等待审批结果。", status=409)
    amount = inputs.number(todo.given.get("amount"), "amount", terms.MAX_EXTENSION_DAYS)
    if refusal := queries.may_extend(todo.case, amount):
        raise refusal
    Extension.objects.create(clock=handle, amount=amount, text=todo.text, asked_by=todo.actor.id, asked_at=todo.now)
    todo.data["amount"] = amount


@effect("grant_extension", "deny_extension")
def _decide_extension(todo: Act) -> None:
    asked = queries.pending_extension(todo.case)
    if asked is None:
        raise Refusal("no_extension", "本件没有待审批的延期申请。", status=409)
    if asked.asked_by == todo.actor.id and not todo.actor.is_system:
        raise Refusal("separation_of_duties", "延期申请由您提出，须由其他人员审批。", status=409)
    asked.granted, asked.decided_by, asked.decided_at = todo.command == "grant_extension", todo.actor.id, todo.now
    asked.save()
    if asked.granted:
        asked.clock.extended_days += asked.amount
        asked.clock.save(update_fields=["extended_days"])
        clocks.recompute(todo.case, asked.clock)
    todo.data["amount"] = asked.amount
    todo.is_public = asked.granted
