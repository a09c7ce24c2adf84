"""What time brings about: nobody signs and the next level is called, a call is not answered, a device falls silent."""

import logging

from django.db import DatabaseError, transaction

from wangge.events.alarms import queries, rules, terms
from wangge.events.alarms.services import acts, calls, raising, recovery
from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal

log = logging.getLogger(__name__)


@transaction.atomic
def escalate(*, actor: Actor, alarm_id: int) -> bool:
    """Call the next level of an alarm that nobody signed in time; False when it was signed meanwhile."""
    with scope.system():
        one, now = acts.locked(alarm_id), clock.now()
        if one.state != "open" or one.escalate_at is None or one.escalate_at > now:
            return False
        kind = queries.kind_of(one)
        if one.level >= kind.top:
            one.escalate_at = None
            one.save(update_fields=["escalate_at"])
            return False
        one.level += 1
        one.escalate_at = None if one.level >= kind.top else rules.next_call(kind, now)
        text = f"无人签收，已上报至{terms.LEVELS[one.level]}。"
        acts.write_act(actor, one, "escalate", now, text)
        acts.tell_case(actor=actor, one=one, command="escalate", text=text)
    return True


def sweep() -> dict[str, int]:
    """Everything that is due, each in a transaction of its own, so that one fault keeps nothing else from happening."""
    done = dict.fromkeys(("silent", "raised", "escalated", "passed_on"), 0)
    with scope.system():
        done["silent"] = recovery.watch_devices(actor=SYSTEM)
    while (looked := raising.raise_alarms(actor=SYSTEM)) > 0:
        done["raised"] += looked
    with scope.system():
        due = list(queries.to_escalate(clock.now()).values_list("pk", flat=True)[:2000])
    for alarm_id in due:
        try:
            done["escalated"] += escalate(actor=SYSTEM, alarm_id=alarm_id)
        except (DatabaseError, Refusal):
            log.exception("alarm %s was not escalated", alarm_id)
    done["passed_on"] = calls.pass_on_calls(actor=SYSTEM, now=clock.now())
    return done


@transaction.atomic
def note_export(*, actor: Actor, what: str, rows: int) -> None:
    """Who took which list out of the system, and how many rows."""
    actor.must(terms.VIEW)
    audit.record(actor, "events.alarms_exported", "alarm", what, rows=rows)
