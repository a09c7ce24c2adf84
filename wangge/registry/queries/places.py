"""What stands in given places: for whoever prepares a change of the land."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from wangge.kernel.actor import Actor
from wangge.registry.models import Household, Organisation, Person, Rental


def standing_in(actor: Actor, codes: Collection[int]) -> dict[str, QuerySet[Any]]:
    """People, households and organisations (as far as the actor sees them) whose place is one of the codes."""
    return {
        "people": Person.objects.filter(place_code__in=codes).exclude(state="erased").order_by("id"),
        "households": Household.objects.filter(place_code__in=codes, closed_on=None).order_by("id"),
        "rentals": Rental.objects.filter(place_code__in=codes, until=None).order_by("id"),
        "organisations": Organisation.objects.filter(place_code__in=codes).order_by("id"),
    }
