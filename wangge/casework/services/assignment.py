"""Effects of giving a case to offices and of what they answer: dispatch, sign, send back, co-handlers."""

from typing import Any

from wangge.casework import queries, rules, terms
from wangge.casework.models import Assignment, Case
from wangge.casework.services import clocks, inputs
from wangge.casework.services.acts import Act, effect
from wangge.casework.services.parts import dispatcher_of, give, hold_by, lead_part, office, withdraw_parts
from wangge.identity import queries as identity
from wangge.kernel.errors import Refusal
from wangge.registry import queries as registry


@effect("dispatch", "designate")
def _dispatch(todo: Act) -> None:
    case = todo.case
    lead = office(todo.given.get("department", ""))
    supports = [office(code, "supports") for code in inputs.codes(todo.given.get("supports"), "supports")]
    if lead.pk in {s.pk for s in supports} or len({s.pk for s in supports}) < len(supports):
        raise Refusal("lead_is_support", "同一单位不能既主办又协办，也不能重复协办。请调整承办单位。", field="supports")
    for one, name in ((lead, "department"), *((s, "supports") for s in supports)):
        _within_reach(case, one, name)
        _may_be_asked(todo, one, name)
    sent_by = dispatcher_of(case).pk if case.lead_id else case.holder_id
    if case.lead_id:
        withdraw_parts(case, todo.now)
    clocks.stop_all(case, todo.now)
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


def _within_reach(case: Case, one: Any, name: str) -> None:
    """A department of the district, or a grid office of the place's own tree; nobody else's district."""
    area = identity.area_of(one.pk)
    fits = area[0] <= case.place_code <= area[1] if area else one.place_code // 10**9 == case.place_code // 10**9
    if not fits or one.kind == "leader" or not one.is_active:
        raise Refusal(
            "not_in_tree",
            f"“{one.name}”不能承办本件：须为事发地所在的街道、社区，或本区的职能部门。请重新选择。",
            field=name,
            value=one.code,
        )


# What a dispatcher writes who gives a community what the lists forbid to ask of it, and why.
BEYOND_THE_LIST = "清单外"


def _may_be_asked(todo: Act, one: Any, name: str) -> None:
    """《三张清单》: what a list in force forbids to ask of a grid is not given to a community's office, unless the dispatcher says
    in the instruction that it is beyond the list and why; both stay with the step."""
    if one.kind != "community":
        return
    item = registry.forbidden_in(todo.case.place_code, f"{todo.case.title} {todo.case.text}")
    if item is None:
        return
    if BEYOND_THE_LIST not in todo.text or len(todo.text) < len(BEYOND_THE_LIST) + 4:
        raise Refusal(
            "not_on_the_list",
            f"《{item.list_name}》第 {item.version} 版第 {item.code} 项列明“{item.title}”不得要求网格办理，不能派给“{one.name}”。"
            f"请派责任单位；本件只是提到、确需社区办理的，在意见中写明“{BEYOND_THE_LIST}”和理由。",
            field=name,
            value=one.code,
            list=item.list_name,
            version=item.version,
        )
    todo.data["beyond_list"] = {"list": item.list_name, "version": item.version, "item": item.title}


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
    asked_at = lead_part(case).asked_at
    if refusal := rules.may_return(case.returns, case.is_designated, todo.now, queries.return_until(asked_at)):
        raise refusal
    proposed = office(todo.given.get("proposed", ""), "proposed")
    if proposed.pk == case.lead_id:
        raise Refusal(
            "proposed_self",
            "建议承办单位不能是本单位。请填写您认为应当承办的单位。",
            field="proposed",
            value=proposed.code,
        )
    back_to = dispatcher_of(case)
    withdraw_parts(case, todo.now, "returned")
    clocks.stop_all(case, todo.now)
    hold_by(case, back_to)
    case.returns += 1
    if case.returns >= terms.MAX_RETURNS:
        case.is_supervised = True
    todo.data["proposed"] = {"code": proposed.code, "name": proposed.name}
    clocks.start(case, "accept", todo.now)


@effect("support_done", "waive_support")
def _support_done(todo: Act) -> None:
    parts = Assignment.objects.filter(case=todo.case, role="support", state__in=["pending", "handling"])
    if todo.command == "support_done":
        parts = parts.filter(department_id=todo.actor.department_id or 0)
    elif code := todo.given.get("department"):
        parts = parts.filter(department=office(code))
    if not parts:
        raise Refusal("no_support", "没有待完成的协办单位，请刷新后核对。", field="department", status=409)
    done = "done" if todo.command == "support_done" else "waived"
    for part in parts:
        part.state, part.done_at = done, todo.now
        part.save(update_fields=["state", "done_at"])
        clocks.stop(todo.case, todo.now, part=part)
