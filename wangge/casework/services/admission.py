"""Effects of taking a matter in: checked, accepted, declined, handed up or down, put under another category."""

from wangge.casework import queries, terms
from wangge.casework.services import clocks
from wangge.casework.services.acts import Act, effect
from wangge.casework.services.parts import hold_by, office
from wangge.identity import queries as identity
from wangge.kernel.errors import Refusal


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
    if urgency := str(todo.given.get("urgency") or ""):
        if urgency not in terms.URGENCIES:
            listed = "、".join(terms.URGENCIES.values())
            raise Refusal("bad_urgency", f"紧急程度须为下列之一：{listed}。", field="urgency", value=urgency)
        case.urgency = urgency
    clocks.start(case, "accept", todo.now)


@effect("recategorise")
def _recategorise(todo: Act) -> None:
    """What runs keeps its start and gets the new category's limit; the step keeps both."""
    _set_category(todo, str(todo.given["category"]))
    if changed := clocks.relimit(todo.case):
        todo.data["limits"] = changed


def _set_category(todo: Act, category: str) -> None:
    process = queries.process_of(todo.case)
    matter = terms.Matter(category, todo.case.place_code, todo.case.urgency, todo.case.received_at)
    if not process.knows_category(matter):
        raise Refusal(
            "unknown_category", f"没有类别“{category}”。请从类别列表中选择。", field="category", value=category
        )
    todo.data["category"] = {"from": todo.case.category, "to": category, "name": process.category_name(matter)}
    todo.case.category = category


@effect("refute", "decline")
def _decline(todo: Act) -> None:
    case = todo.case
    if todo.reason not in terms.DECLINE_REASONS:
        listed = "、".join(terms.DECLINE_REASONS.values())
        raise Refusal("decline_reason", f"不予受理的原因须为下列之一：{listed}。", field="reason", value=todo.reason)
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
