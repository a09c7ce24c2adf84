"""Open cases follow land that passed to other codes; closed ones stay where they were closed."""

from collections.abc import Mapping

from django.db import transaction

from wangge.casework.models import OPEN_STATES, Assignment, Case
from wangge.casework.services.acts import Act, write
from wangge.identity import services as identity
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.territory import queries as territory

COMMAND = "passed_on"


@transaction.atomic
def pass_on_cases(*, actor: Actor, transfer: int, cells: Mapping[int, int], communities: Mapping[int, int]) -> int:
    """Give every open case of the old cells its new code and, where a grid office holds it, the new office; how many.

    Each gets a step that names both places, so that its history reads on. Done twice, it moves nothing more.
    """
    actor.must("territory.transfer")
    offices = identity.pass_on_offices(actor=actor, cells=cells, communities=communities)
    found = Case.objects.select_for_update().filter(place_code__in=list(cells), state__in=OPEN_STATES).order_by("id")
    moved = 0
    for case in found:
        old, new = case.place_code, cells[case.place_code]
        case.place_code = new
        if case.holder_place == old:
            case.holder_place = new
        if case.holder_id in offices:
            case.holder_id = offices[case.holder_id]
        if case.lead_id in offices:
            case.lead_id = offices[case.lead_id]
        for before in [d for d in case.department_ids if d in offices and offices[d] not in case.department_ids]:
            case.department_ids = [*case.department_ids, offices[before]]
        for part in Assignment.objects.filter(case=case, department_id__in=offices, state__in=["pending", "handling"]):
            part.department_id = offices[part.department_id]
            part.save(update_fields=["department"])
        said = f"区划移交：由{territory.path_of(old)}转到{territory.path_of(new)}。"
        todo = Act(
            actor,
            case,
            COMMAND,
            clock.now(),
            said,
            "",
            [],
            {},
            False,
            {"from": str(old), "to": str(new), "transfer": transfer},
        )
        write(todo, case.state)
        moved += 1
    audit.record(actor, "casework.cases_passed_on", "transfer", transfer, moved=moved)
    return moved
