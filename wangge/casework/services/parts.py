"""Who holds a case and who has which part in it: shared by the effects of several commands."""

from datetime import datetime
from typing import Any

from wangge.casework.models import Assignment, Case, Step
from wangge.casework.services.acts import Act
from wangge.identity import queries as identity
from wangge.kernel.errors import NotHere, Refusal


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


def dispatcher_of(case: Case) -> Any:
    """The office that sent the case out: the one that holds it again when it comes back or is to be verified."""
    last = Step.objects.filter(case=case, command__in=["dispatch", "designate"]).order_by("-seq").first()
    if last and last.data.get("by"):
        return identity.office(last.data["by"])
    return identity.centre_of(case.place_code)
