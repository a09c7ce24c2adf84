"""Builders: reach a state by walking the services. Fixed names, fixed days."""

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

from wangge.identity import queries, services
from wangge.identity.models import Account, Appointment, Department, Post
from wangge.kernel import clock
from wangge.kernel.actor import SYSTEM, Actor
from wangge.territory import services as territory

NOON = datetime(2022, 6, 1, 4, 0, tzinfo=UTC)
START = date(2022, 1, 1)
PASSWORD = "Shuangfeng-77"
DISTRICT = 430204000000000
STREET = 430204005000000


def at_noon() -> AbstractContextManager[None]:
    """The clock stands at noon of 2022-06-01 in China."""
    return clock.frozen(NOON)


def house() -> None:
    """Divisions, roles, offices."""
    territory.load_divisions(actor=SYSTEM)
    services.load_roles(actor=SYSTEM)
    services.load_departments(actor=SYSTEM)


def account(name: str, full_name: str = "", password: str | None = PASSWORD) -> Account:
    """An account whose own password is set: nothing has to be changed at the first login."""
    made = services.create_account(
        actor=SYSTEM, name=name, full_name=full_name or f"张{name}", password=password, must_change=False
    )
    return made


def post(role: str, department: Department | None = None, place: int | None = None, code: str = "") -> Post:
    office = department or queries.centre_of(DISTRICT)
    code = code or f"{role}-{place or office.code}"
    return Post.objects.filter(code=code).first() or services.create_post(
        actor=SYSTEM, code=code, name=f"{office.short}{role}", department_id=office.pk, role=role, place_code=place
    )


def appointed(who: Account, where: Post, starts: date = START, ends: date | None = None) -> Appointment:
    return services.appoint(actor=SYSTEM, account_id=who.pk, post_id=where.pk, starts=starts, ends=ends)


def holder(role: str, name: str = "", department: Department | None = None, place: int | None = None) -> Actor:
    """A new account at a post of this role, as the actor it is when logged in."""
    who, where = account(name or role.replace("_", "-")), post(role, department, place)
    appointed(who, where)
    return queries.actor_for(who, where, "desk")


def a_cell() -> int:
    """The code of the first cell of the first community of 井龙街道; nothing in territory need know it."""
    community = queries.departments(SYSTEM, "community", STREET).first()
    if community is None:
        raise LookupError("no community office in the street")
    return community.place_code + 1
