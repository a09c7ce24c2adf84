"""Reads of destruction lists."""

from django.db.models import QuerySet

from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry.models import Destruction, Reveal
from wangge.registry.rules import retention as rules

RETENTION = rules.RULES


def destructions(actor: Actor, state: str = "") -> QuerySet[Destruction]:
    """The lists of the actor's places, newest first; by row-level security nobody sees another district's."""
    found = Destruction.objects.order_by("-id")
    return found.filter(state=state) if state else found


def destruction(actor: Actor, destruction_id: int) -> Destruction:
    found = Destruction.objects.filter(pk=destruction_id).first()
    if found is None:
        raise NotHere("销档清单")
    return found


def reveals_of(actor: Actor, person_id: int) -> list[Reveal]:
    """Who had this person's full numbers shown, newest first; right `privacy.handle`."""
    actor.must("privacy.handle")
    return list(Reveal.objects.filter(person=person_id).order_by("-at")[:500])
