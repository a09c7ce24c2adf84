"""Effects that stop or move the handling clock: holds and extensions, each asked by one person and decided by another."""

from datetime import date, timedelta

from wangge.casework import queries, rules, terms
from wangge.casework.models import Extension, Hold
from wangge.casework.services import clocks
from wangge.casework.services.acts import Act, effect
from wangge.kernel import clock
from wangge.kernel.errors import Refusal


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
    if todo.reason not in terms.HOLD_REASONS:
        listed = "、".join(terms.HOLD_REASONS.values())
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
            f"延长天数“{raw}”不是整数，请填写 1 至 {terms.MAX_EXTENSION_DAYS}。",
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
