"""Offices, posts, and who answers for which place on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from wangge.identity import rules
from wangge.identity.models import Account, Appointment, Department, District, Post
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere


@dataclass(frozen=True, slots=True)
class Holder:
    """One person who answers for a place on a day. `stands_in_for` is the absent person's name when this is a cover."""

    account_id: int
    full_name: str
    phone: str
    post_id: int
    role: str
    is_lead: bool
    stands_in_for: str = ""


def posts_of(account: Account, on: date | None = None) -> list[Post]:
    """The posts the account holds on the day (default today), its primary one first; role and department loaded."""
    held = (
        Appointment.objects.filter(account=account, period__contains=on or clock.today(), post__is_active=True)
        .select_related("post__role", "post__department")
        .order_by("-is_primary", "kind", "pk")
    )
    found: dict[int, Post] = {}
    for one in held:
        found.setdefault(one.post_id, one.post)
    return list(found.values())


def department(code: str) -> Department:
    """The department with this code, or `NotHere`."""
    found = Department.objects.filter(code=code).first()
    if found is None:
        raise NotHere("部门")
    return found


def office(department_id: int) -> Department:
    """The department with this id, or `NotHere`."""
    found = Department.objects.filter(pk=department_id).first()
    if found is None:
        raise NotHere("部门")
    return found


def area_of(department_id: int) -> tuple[int, int] | None:
    """The interval of places an office of the grid (centre, street, community) answers for; None for a department."""
    found = office(department_id)
    if found.kind in (Department.Kind.DEPARTMENT, Department.Kind.LEADER):
        return None
    return rules.interval(found.place_code)


def upper_office(department_id: int) -> Department | None:
    """The grid office above this one: community → street → centre → None."""
    found = office(department_id)
    if found.kind == Department.Kind.COMMUNITY:
        return street_centre_of(found.place_code)
    if found.kind == Department.Kind.STREET:
        return centre_of(found.place_code)
    return None


def department_by_slug(place: int, slug: str) -> Department:
    """The office the duty catalogue means by this word, in the district of the place; `NotHere` without one."""
    lo, hi = rules.interval(place - place % 1_000_000_000)
    found = Department.objects.filter(slug=slug, place_code__range=(lo, hi), is_active=True).first()
    if found is None:
        raise NotHere("部门")
    return found


def departments(
    actor: Actor, kind: str | Iterable[str] | None = None, within: int | None = None
) -> QuerySet[Department]:
    """Departments in use, of the kind or kinds, whose place lies at or below `within`, in the order of their codes.

    The list of offices is no secret among staff: the actor is named for the record and sees all of them.
    """
    found = Department.objects.filter(is_active=True).order_by("place_code", "code")
    if kind is not None:
        found = found.filter(kind__in=[kind] if isinstance(kind, str) else list(kind))
    if within is not None:
        found = found.filter(place_code__range=rules.interval(within))
    return found


def _office(kind: str, place: int) -> Department:
    found = Department.objects.filter(kind=kind, place_code=place, is_active=True).first()
    if found is None:
        raise NotHere("机构")
    return found


def centre_of(place: int) -> Department:
    """The grid centre of the district the place lies in, or `NotHere`."""
    return _office(Department.Kind.CENTRE, place - place % 1_000_000_000)


def street_centre_of(place: int) -> Department:
    """The sub-centre of the street or town the place lies in, or `NotHere` (a whole district has none)."""
    return _office(Department.Kind.STREET, place - place % 1_000_000)


def community_office_of(place: int) -> Department:
    """The office of the community or village the place lies in, or `NotHere`."""
    return _office(Department.Kind.COMMUNITY, place - place % 1_000)


def district(code: int) -> District:
    """The district that the code is or lies in, or `NotHere`."""
    found = District.objects.filter(pk=code - code % 1_000_000_000).first()
    if found is None:
        raise NotHere("区")
    return found


def district_of_post(post_id: int | None) -> District | None:
    """The district a post works in; None without a post."""
    post = Post.objects.select_related("department").filter(pk=post_id).first() if post_id else None
    if post is None:
        return None
    place = post.place_code or post.department.place_code
    return District.objects.filter(pk=place - place % 1_000_000_000).first()


def districts() -> list[District]:
    """Every district of this installation."""
    return list(District.objects.order_by("code"))


def officers_of_cell(cell_code: int, on: date | None = None) -> list[Holder]:
    """Who answers for the cell on the day: its lead first, then its officers; covers in place of the absent."""
    return officers_of_cells([cell_code], on).get(cell_code, [])


def officers_of_cells(cell_codes: Iterable[int], on: date | None = None) -> dict[int, list[Holder]]:
    """`officers_of_cell` for many cells in one query; cells nobody holds are left out."""
    day = on or clock.today()
    standing_in = Appointment.objects.filter(covers=OuterRef("pk"), period__contains=day)
    current = (
        Appointment.objects.filter(
            post__place_code__in=list(cell_codes),
            post__role__in=["officer", "lead"],
            post__is_active=True,
            period__contains=day,
            account__is_active=True,
        )
        .filter(~Exists(standing_in))
        .select_related("account", "post", "covers__account")
        .order_by("post__place_code", "-is_lead", "kind", "pk")
    )
    found: dict[int, list[Holder]] = {}
    for one in current:
        if one.post.place_code is None:
            continue
        found.setdefault(one.post.place_code, []).append(
            Holder(
                account_id=one.account_id,
                full_name=one.account.full_name,
                phone=one.account.phone,
                post_id=one.post_id,
                role=one.post.role_id,
                is_lead=one.is_lead,
                stands_in_for=one.covers.account.full_name if one.covers else "",
            )
        )
    return found


def cells_of(account_id: int, on: date | None = None) -> list[int]:
    """Codes of the cells the account answers for on the day, covers included, ascending."""
    codes = Appointment.objects.filter(
        account_id=account_id,
        period__contains=on or clock.today(),
        post__role__in=["officer", "lead"],
        post__is_active=True,
        post__place_code__isnull=False,
    ).values_list("post__place_code", flat=True)
    return sorted({code for code in codes if code})


def departments_named(text: str) -> list[Department]:
    """Departments in use whose code, name or short name is exactly this; a code wins over names."""
    found = Department.objects.filter(is_active=True)
    by_code = list(found.filter(code=text))
    return by_code or list(found.filter(Q(name=text) | Q(short=text))[:5])
