"""Open alarms follow land that passed to other codes; what is over stays where it was."""

from collections.abc import Mapping

from django.db import transaction

from wangge.events.alarms.models import Alarm
from wangge.kernel import audit
from wangge.kernel.actor import Actor


@transaction.atomic
def pass_on_alarms(*, actor: Actor, transfer: int, cells: Mapping[int, int]) -> int:
    """Give every alarm that is not answered its new code; how many. Done twice, it moves nothing more."""
    actor.must("territory.transfer")
    moved = 0
    for alarm in Alarm.objects.select_for_update().filter(place_code__in=list(cells), done_at=None).order_by("pk"):
        alarm.place_code = cells[alarm.place_code]
        alarm.save(update_fields=["place_code"])
        moved += 1
    audit.record(actor, "events.alarms_passed_on", "transfer", transfer, moved=moved)
    return moved
