"""Effects of finishing, verifying, rating, reopening, merging, voiding and supervising."""

from django.db.models import Q

from wangge.casework import queries, rules, terms
from wangge.casework.models import Assignment, Case, Extension, Hold, Rating, Step, Supporter
from wangge.casework.services import clocks, inputs
from wangge.casework.services.acts import Act, effect, write
from wangge.casework.services.parts import dispatcher_of, give, hold_by, lead_part, withdraw_parts
from wangge.identity import queries as identity
from wangge.kernel import scope
from wangge.kernel.errors import Refusal


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
    if (outcome := str(todo.given.get("outcome") or "resolved")) not in terms.RESULTS:
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
    if todo.command == "default_rating" and not todo.actor.is_system and (due := case.due_at) and todo.now < due:
        raise Refusal("rating_open", "评价期限未满，还不能按逾期未评价结案。", status=409)
    _grade(todo)
    clocks.stop_all(case, todo.now)
    hold_by(case, None)
    case.closed_at = todo.now
    if todo.command == "close" and case.finished_at is None:
        # Over before any office began: dealt with by whoever was on the spot.
        case.outcome, case.finished_at = "self_solved", todo.now
        todo.data["outcome"] = terms.OUTCOMES[case.outcome]


def _grade(todo: Act) -> None:
    """Keep the grade of one service, whoever entered it. Must run before the round moves on."""
    case, given = todo.case, todo.given.get("grade")
    if given in (None, ""):
        return
    grade, around = inputs.grade(given), case.redone + case.reworks
    if Rating.objects.filter(case=case, round=around).exists():
        raise Refusal("one_rating_a_service", "这次办理已经评价过，每次办理只能评价一次。", status=409)
    channel = str(todo.given.get("channel") or todo.actor.channel)[:20]
    Rating.objects.create(case=case, round=around, grade=grade, text=todo.text[:500], at=todo.now, channel=channel)
    case.grade = grade
    todo.data["grade"] = terms.GRADES[grade]


@effect("archive")
def _archive(todo: Act) -> None:
    if todo.case.closed_at and (refusal := rules.may_archive(todo.case.closed_at, todo.now)):
        raise refusal


@effect("rework", "redo", "reopen")
def _again(todo: Act) -> None:
    """Back to the office that handled it, with a new handling clock: half the limit after a failed verification."""
    case = todo.case
    if case.closed_at and (refusal := rules.may_reopen(case.closed_at, todo.now)):
        raise refusal
    _grade(todo)
    part = Assignment.objects.filter(case=case, role="lead").order_by("-id").first()
    if todo.command == "rework":
        case.reworks += 1
        case.is_supervised = case.is_supervised or case.reworks >= terms.REWORKS_TO_ESCALATE
    else:
        case.redone += 1
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
    clocks.start(case, "handle", todo.now, share=0.5 if todo.command == "rework" else 1)


@effect("merge")
def _merge(todo: Act) -> None:
    case = todo.case
    number = str(todo.given.get("original", "")).strip()
    original = Case.objects.filter(number=number).first()  # locked together with the case
    if original is None:
        raise Refusal(
            "unknown_original",
            f"没有找到主件“{number}”，或它不在您的管辖范围内。请核对编号。",
            field="original",
            value=number,
        )
    if original.pk == case.pk:
        raise Refusal("own_original", "不能合并到本件自身，请填写另一件的编号。", field="original", value=number)
    if original.state in terms.FINAL:
        state = terms.STATES[terms.State(original.state)]
        raise Refusal(
            "original_ended", f"主件“{number}”的状态为“{state}”，不能作为主件。", field="original", value=number
        )
    if original.kind != case.kind:
        raise Refusal("kind_differs", "两件的种类不同，不能合并。", field="original", value=number)
    if original.is_secret != case.is_secret:
        raise Refusal("secrecy_differs", "两件的保密要求不同，不能合并。", field="original", value=number)
    todo.data |= {"original": original.number, "due_at": case.due_at.isoformat() if case.due_at else None}
    withdraw_parts(case, todo.now)
    clocks.stop_all(case, todo.now)
    hold_by(case, None)
    case.merged_into, case.outcome = original, "duplicate"
    with scope.system():  # whoever followed this case follows the original, wherever they reported from
        followers = Case.objects.filter(merged_into=case)
        todo.data["followers"] = list(followers.order_by("pk").values_list("number", flat=True))
        followers.update(merged_into=original)
        Case.objects.filter(pk=case.pk).update(state=case.state, merged_into=original)
        _recount(original)
        _recount(case)
    joined = Act(todo.actor, original, "support_joined", todo.now, "", "", [], {}, False, {"number": case.number})
    write(joined, original.state)


@effect("split")
def _split(todo: Act) -> None:
    case = todo.case
    with scope.system():
        original = Case.objects.get(pk=case.merged_into_id or 0)
        merged = Step.objects.filter(case=case, command="merge").order_by("-seq").first()
        followers = merged.data.get("followers", []) if merged else []
        todo.data["original"] = original.number
        case.merged_into, case.outcome = None, ""
        Case.objects.filter(pk=case.pk).update(state=case.state, merged_into=None)
        Case.objects.filter(number__in=followers, merged_into=original).update(merged_into=case)
        _recount(original)
        original.save(update_fields=["supporters"])
        _recount(case)
    hold_by(case, identity.centre_of(case.place_code))
    clocks.start(case, "accept", todo.now)


def _recount(case: Case) -> None:
    """How many stand behind the case: the reports merged into it, and everybody who joined it or one of them."""
    merged = Case.objects.filter(merged_into=case).count()
    case.supporters = merged + Supporter.objects.filter(Q(case=case) | Q(case__merged_into=case)).count()


@effect("void")
def _void(todo: Act) -> None:
    case = todo.case
    if not Step.objects.filter(case=case, command="ask_void").exists():
        raise Refusal("void_not_asked", "作废须先由一人申请，再由另一人批准。请先提交作废申请。", status=409)
    if case.ratings.exists():
        raise Refusal("void_rated", "本件已有群众评价，不能作废。", status=409)
    with scope.system():
        if Case.objects.filter(merged_into=case).exists():
            raise Refusal("has_followers", "有其他件合并在本件上，不能作废。请先将它们拆分出来。", status=409)
    withdraw_parts(case, todo.now)
    clocks.stop_all(case, todo.now)
    hold_by(case, None)


@effect("urge")
def _urge(todo: Act) -> None:
    todo.case.urged += 1


@effect("supervise")
def _supervise(todo: Act) -> None:
    todo.case.is_supervised = True
