"""The resident behind a report: name and phone only if they chose to leave them, encrypted, shown one at a time."""

import re

from django.db import transaction

from wangge.casework import queries as casework
from wangge.events import queries
from wangge.events.models import Reporter
from wangge.kernel import audit, scope, sealed
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

_PHONE = re.compile(r"\+?[0-9][0-9\-]{6,18}")
_PURPOSE = "personal"


@transaction.atomic
def save_reporter(*, actor: Actor, number: str, name: str = "", phone: str = "") -> None:
    """Keep the reporter's contact with the case. Both may be empty; a phone must look like one."""
    name, phone = name.strip()[:40], phone.replace(" ", "")
    if phone and not _PHONE.fullmatch(phone):
        raise Refusal("bad_phone", f"电话“{phone}”格式不对，请填写手机号或带区号的座机号。", field="phone", value=phone)
    if not (name or phone):
        return
    with scope.system():
        case = casework.get(actor, number)
        Reporter.objects.update_or_create(
            case_id=case.pk,
            defaults={
                "name": sealed.seal(name, purpose=_PURPOSE, context=number) if name else None,
                "phone": sealed.seal(phone, purpose=_PURPOSE, context=number) if phone else None,
                "phone_tail": phone[-4:],
            },
        )
        audit.record(actor, "events.reporter_saved", "case", number)


@transaction.atomic
def reveal_reporter(*, actor: Actor, number: str, reason: str) -> dict[str, str]:
    """Name and phone in full. Needs the right and a reason, and leaves an audit row each time."""
    actor.must("person.reveal")
    if len(reason.strip()) < 4:
        raise Refusal(
            "reason_needed", "请写明查看原因，不少于 4 个字，例如“回访核实办理结果”。", field="reason", value=reason
        )
    case = casework.get(actor, number)
    found = Reporter.objects.filter(case_id=case.pk).first()
    if found is None or not queries.may_know_reporter(actor, case):
        raise NotHere("反映人联系方式")
    audit.record(actor, "events.reporter_revealed", "case", number, reason=reason.strip())
    return {
        "name": sealed.unseal(found.name, purpose=_PURPOSE, context=number) if found.name else "",
        "phone": sealed.unseal(found.phone, purpose=_PURPOSE, context=number) if found.phone else "",
    }
