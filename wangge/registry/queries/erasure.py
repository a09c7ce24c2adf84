"""Reads of destruction lists."""

from django.db.models import QuerySet

from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry.models import Destruction, Reveal
from wangge.registry.rules import retention as rules

RETENTION = rules.RULES


def destructions(actor: Actor, state: str = "") -> QuerySet[Destruction]:
    """The lists of the actor's places that they may decide, newest first: of a special group only for who sees the group. By
    row-level security nobody sees another place's. Right privacy.handle or registry.special."""
    if not actor.may("registry.special"):
        actor.must("privacy.handle")
    mine = [code for code, rule in RETENTION.items() if all(actor.may(right) for right in rules.right(rule))]
    found = Destruction.objects.filter(rule__in=mine).order_by("-id")
    return found.filter(state=state) if state else found


def retention_rules(actor: Actor) -> list[rules.Rule]:
    """The rules by which the actor decides."""
    return [rule for rule in RETENTION.values() if all(actor.may(right) for right in rules.right(rule))]


def destruction(actor: Actor, destruction_id: int) -> Destruction:
    found = destructions(actor).filter(pk=destruction_id).first()
    if found is None:
        raise NotHere("销档清单")
    return found


def reveals_of(actor: Actor, person_id: int) -> list[Reveal]:
    """Who had this person's full numbers shown, newest first; right `privacy.handle`."""
    actor.must("privacy.handle")
    return list(Reveal.objects.filter(person=person_id).order_by("-at")[:500])
