"""Effects of finishing, verifying, rating, reopening, merging, voiding and supervising."""

from django.db.models import F

from wangge.casework import queries, rules, terms
from wangge.casework.models import Assignment, Case, Extension, Hold, Step
from wangge.casework.services import clocks
from wangge.casework.services.acts import Act, effect, write
from wangge.casework.services.parts import dispatcher_of, give, hold_by, lead_part, withdraw_parts
from wangge.identity import queries as identity
from wangge.kernel.errors import NotHere, Refusal


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
    if (outcome := str(todo.given.get("outcome") or "resolved")) not in terms.OUTCOMES:
        raise Refusal("unknown_outcome", f"办理结果“{outcome}”不在列表中，请重新选择。", field="outcome", value=outcome)
    back_to = dispatcher_of(case)
    part = lead_part(case)
    part.state, part.done_at = "done", todo.now
    part.save(update_fields=["state", "done_at"])
    Hold.objects.filter(case=case, to_at__isnull=True).update(to_at=todo.now)
    Extension.objects.filter(clock__case=case, granted__isnull=True).update(granted=False, decided_at=todo.now)
    clocks.stop(case, todo.now)
    case.outcome, case.finished_at = outcome, todo.now
    by_officer = queries.process_of(case).verify_by(clocks.matter_of(case)) == "officer"
    hold_by(case, back_to, case.place_code if by_officer else None)
    todo.data["outcome"] = terms.OUTCOMES[outcome]
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
        case.state = terms.State.CLOSED
        _close(todo)


@effect("rate", "default_rating", "close")
def _close(todo: Act) -> None:
    case = todo.case
    clocks.stop_all(case, todo.now)
    hold_by(case, None)
    case.closed_at = todo.now
    if grade := todo.given.get("grade"):
        case.grade = int(grade)
        todo.data["grade"] = terms.GRADES[case.grade]


@effect("rework", "redo", "reopen")
def _again(todo: Act) -> None:
    """Back to the office that handled it, with a new handling clock: half the limit after a failed verification."""
    case = todo.case
    if todo.command == "reopen" and case.closed_at and (refusal := rules.may_reopen(case.closed_at, todo.now)):
        raise refusal
    part = Assignment.objects.filter(case=case, role="lead").order_by("-id").first()
    if part is None:
        # Solved on the spot: nobody handled it yet, so it is dispatched like any other.
        case.state = terms.State.ACCEPTED
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
        case.is_supervised = case.is_supervised or case.reworks >= terms.REWORKS_TO_ESCALATE
    else:
        case.redone += 1
    if grade := todo.given.get("grade"):
        case.grade = int(grade)
        todo.data["grade"] = terms.GRADES[case.grade]
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
    if original.state in terms.FINAL:
        state = terms.STATES[terms.State(original.state)]
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
    Case.objects.filter(pk=case.merged_into.pk).update(supporters=F("supporters") - 1)
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
