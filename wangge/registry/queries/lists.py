"""Reads of the three lists. They are public: every reader sees the published versions; drafts are for who keeps the lists."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q, QuerySet

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry.models import DutyItem, DutyList
from wangge.registry.rules import lists as rules

RIGHT = "registry.lists"
DISTRICT = 1_000_000_000


def district(place: int) -> int:
    return place - place % DISTRICT


def in_force(place: int, on: date | None = None) -> list[DutyList]:
    """The versions in force in the district of the place on a day (default today), in the order of their kinds."""
    day = on or clock.today()
    rows = DutyList.objects.filter(
        Q(until=None) | Q(until__gt=day), place_code=district(place), state="published", from_on__lte=day
    )
    order = list(rules.LISTS)
    return sorted(rows, key=lambda one: order.index(one.kind))


def duty_lists(actor: Actor, place: int) -> list[DutyList]:
    """Every version of the district's lists, newest first in each kind; drafts for who keeps the lists."""
    rows = DutyList.objects.filter(place_code=district(place)).order_by("-version")
    if not actor.may(RIGHT):
        rows = rows.filter(state="published")
    order = list(rules.LISTS)
    return sorted(rows, key=lambda one: order.index(one.kind))


def duty_list(actor: Actor, list_id: int) -> DutyList:
    found = DutyList.objects.filter(pk=list_id).first()
    if found is None or (found.state == "draft" and not (actor.may(RIGHT) and actor.covers(found.place_code))):
        raise NotHere("事项清单")
    return found


def items_of(one: DutyList, q: str = "") -> QuerySet[DutyItem]:
    """The items of a version in their order."""
    rows = DutyItem.objects.filter(duty_list=one).order_by("position", "pk")
    return rows.filter(Q(title__contains=q) | Q(basis__contains=q) | Q(owner__contains=q)) if q else rows


def items_in_force(place: int, on: date | None = None, permits: bool | None = None) -> list[DutyItem]:
    """Every item in force in the district of the place on the day, list by list."""
    versions = in_force(place, on)
    rows = DutyItem.objects.select_related("duty_list").filter(duty_list__in=versions)
    if permits is not None:
        rows = rows.filter(duty_list__permits=permits)
    order = {one.pk: i for i, one in enumerate(versions)}
    return sorted(rows, key=lambda item: (order[item.duty_list_id], item.position, item.pk))


def _listed(place: int, on: date | None) -> list[rules.Listed]:
    return [
        rules.Listed(i.pk, i.code, i.title, i.duty_list.name, i.duty_list.version, i.duty_list.permits)
        for i in items_in_force(place, on)
    ]


def may_ask(actor: Actor, place: int, item: str, on: date | None = None) -> rules.Answer:
    """May this be asked of the grids of the place on the day? With the version of the list that says so, or says no."""
    versions: Sequence[tuple[str, int]] = [(one.name, one.version) for one in in_force(place, on)]
    return rules.may_ask(item, _listed(place, on), versions)


def askable(place: int, on: date | None = None) -> list[str] | None:
    """The fields of the record that the items in force at the place let a grid ask; None when no list is in force there."""
    if not in_force(place, on):
        return None
    return sorted({field for item in items_in_force(place, on, permits=True) for field in item.fields})


def forbidden_in(place: int, words: str, on: date | None = None) -> rules.Listed | None:
    """The item of the lists in force at the place that must not be asked of a grid and is named in the words."""
    return rules.forbidden_in(words, _listed(place, on))


def must_be_listed(actor: Actor, place: int, item: str, on: date | None = None, field: str = "item") -> DutyItem:
    """The item, or `Refusal("not_on_the_list")` that names the version of the list."""
    answer = may_ask(actor, place, item, on)
    if not answer.allowed or answer.item_id is None:
        raise Refusal(
            "not_on_the_list",
            answer.sentence,
            field=field,
            value=item,
            list=answer.list_name,
            version=answer.version,
        )
    return DutyItem.objects.select_related("duty_list").get(pk=answer.item_id)
