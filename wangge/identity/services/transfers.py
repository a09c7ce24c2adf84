"""Offices and posts follow land that passed to other codes."""

from collections.abc import Mapping

from django.db import transaction

from wangge.identity import rules
from wangge.identity.models import Appointment, Department, District, Post
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.territory import queries as territory

_GRID = {"district": Department.Kind.CENTRE, "street": Department.Kind.STREET, "community": Department.Kind.COMMUNITY}


@transaction.atomic
def pass_on_offices(*, actor: Actor, cells: Mapping[int, int], communities: Mapping[int, int]) -> dict[int, int]:
    """Grid offices and posts after a transfer of land; old grid office → new one, by id. Done twice, it changes nothing more.

    `cells` and `communities` (those that passed whole) map old codes to new. A community's office goes along when it has none
    at its new code, else its posts join the one there. Posts over a cell keep their holders inside the district; another
    district appoints its own, so there the posts end with the day.
    """
    actor.must(rules.ACCOUNTS)
    changed: dict[int, int] = {}
    for old, new in communities.items():
        office = _active("community", old)
        if office is None:
            continue
        there = _active("community", new)
        if there is None and old // 10**9 == new // 10**9:
            office.place_code, office.name, office.short = new, _name(new), territory.name_of(new)[:40]
            office.parent = _office(new - new % 10**6)
            office.save(update_fields=["place_code", "name", "short", "parent"])
            audit.record(actor, "identity.office_passed_on", "department", office.code, to=str(new))
        else:
            changed[office.pk] = _office(new).pk
    for old, new in cells.items():
        here, there = _active("community", old - old % 1000), _office(new - new % 1000)
        if here is not None and here.pk != there.pk:
            changed.setdefault(here.pk, there.pk)
        for post in Post.objects.select_for_update().filter(place_code=old, is_active=True):
            _move(actor, post, new, there)
    for old, new in communities.items():
        for post in Post.objects.select_for_update().filter(place_code=old, is_active=True):
            _move(actor, post, new, _office(new))
        office = _active("community", old)
        if office is not None:
            office.is_active = False
            office.save(update_fields=["is_active"])
            audit.record(actor, "identity.department_closed", "department", office.code)
    return changed


def _active(level: str, place: int) -> Department | None:
    return Department.objects.filter(kind=_GRID[level], place_code=place, is_active=True).first()


def _name(place: int) -> str:
    return territory.division(place).name


def _office(place: int) -> Department:
    """The grid office of a division, made with those above it when it has none yet."""
    level = str(territory.level(place))
    found = _active(level, place)
    if found is not None:
        return found
    name, short = _name(place), territory.name_of(place)
    words = {
        "district": (f"{name}网格化管理服务中心", "区网格中心", f"{place // 10**9}-centre", "centre"),
        "street": (
            f"{name}网格化管理服务分中心",
            f"{short}分中心",
            f"{place // 10**6}-street",
            f"street-{place // 10**6 % 1000:03d}",
        ),
        "community": (name, short, f"{place // 10**3}-office", ""),
    }[level]
    up = territory.parent(place)
    if level == "district":
        District.objects.get_or_create(
            pk=place, defaults={"name": name, "centre_name": words[0], "supervision_phone": "", "address": ""}
        )
    return Department.objects.create(
        code=words[2],
        name=words[0],
        short=words[1][:40],
        slug=words[3],
        kind=_GRID[level],
        place_code=place,
        parent=_office(up) if up is not None else None,
    )


def _move(actor: Actor, post: Post, new: int, office: Department) -> None:
    if post.place_code is not None and post.place_code // 10**9 == new // 10**9:
        before = territory.name_of(post.place_code)
        post.name = post.name.replace(before, territory.name_of(new))[:80]
        post.place_code, post.department = new, office
        post.save(update_fields=["name", "place_code", "department"])
    else:
        today = clock.today()
        for held in Appointment.objects.select_for_update().filter(post=post, period__contains=today):
            held.period = type(held.period)(held.period.lower, today, empty=held.period.lower == today)
            held.save(update_fields=["period"])
        Appointment.objects.filter(post=post, period__startswith__gte=today).delete()
        post.is_active = False
        post.save(update_fields=["is_active"])
    audit.record(actor, "identity.post_passed_on", "post", post.code, to=str(new))
