"""Builders: a small district and cases in any state, reached only by walking the services, so that no test lives where
the product cannot go. Fixed names, ids and texts; run them inside `scope.system()`."""

from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from wangge.casework import services as casework
from wangge.events import queries as events_queries
from wangge.events import services as events
from wangge.identity import queries as identity
from wangge.identity import services as identity_services
from wangge.identity.models import Account, Department, LoginSession, Post
from wangge.kernel import calendars, clock
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.calendars import load_calendar
from wangge.territory import queries as territory_queries
from wangge.territory import services as territory
from wangge.territory.models import GridCell

SHIFENG = 430204000000000
HETANG = 430202000000000
JINGLONG = 430204005000000
START = datetime.fromisoformat("2026-03-10T09:30:00+08:00")
PASSWORD = "Ceshi-2026-mima"
_ids = count(1)


def client_id(n: int | None = None) -> UUID:
    """A fixed client id for the n-th thing of a test."""
    return UUID(int=(0xC0FFEE << 64) + (n if n is not None else next(_ids)))


def district(code: int = SHIFENG, cells: int = 72) -> None:
    """Divisions, outlines, a calendar, roles, offices, the catalogue, and cells over the district. Idempotent."""
    if GridCell.objects.filter(code__gte=code, code__lt=code + 10**9).exists():
        return
    load_calendar(actor=SYSTEM)
    territory.load_divisions(actor=SYSTEM)
    territory.load_outlines(actor=SYSTEM)
    identity_services.load_roles(actor=SYSTEM)
    identity_services.load_departments(actor=SYSTEM)
    events.load_catalogue(actor=SYSTEM)
    territory.sketch_cells(actor=SYSTEM, district=code, cells=cells, from_on=date(2020, 1, 1))


def cell(within: int = JINGLONG, n: int = 0) -> GridCell:
    """The n-th cell inside a division."""
    size = {0: 1, 1: 1000, 2: 10**6, 3: 10**9}[sum(within % u == 0 for u in (1000, 10**6, 10**9))]
    return GridCell.objects.filter(code__gte=within, code__lt=within + size).order_by("code")[n]


@cache
def _shape(code: int) -> tuple[float, float]:
    from shapely.geometry import shape

    from wangge.territory import queries

    boundary = queries.boundary(code)
    assert boundary is not None
    point = shape(boundary.geometry).representative_point()
    return point.x, point.y


def point(of: GridCell) -> tuple[float, float]:
    """A place (CGCS2000 degrees) well inside the cell."""
    return _shape(of.code)


def account(name: str, full_name: str = "") -> Account:
    known = Account.objects.filter(name=name).first()
    return known or identity_services.create_account(
        actor=SYSTEM, name=name, full_name=full_name or f"演示{name}", password=PASSWORD, must_change=False
    )


def actor(role: str, department: Department | None = None, place: int | None = None, name: str = "") -> Actor:
    """Somebody of the role at a department or a place, as the services would see them after login."""
    if department is None:
        assert place is not None
        department = office_for(role, place)
    who = account(name or f"{role}-{department.code}"[:40])
    code = f"{role}-{place or department.code}-{name}"[:60]
    post = Post.objects.filter(code=code).first() or identity_services.create_post(
        actor=SYSTEM,
        code=code,
        name=f"{department.short}{role}",
        department_id=department.pk,
        role=role,
        place_code=place,
    )
    if not identity.posts_of(who):
        identity_services.appoint(actor=SYSTEM, account_id=who.pk, post_id=post.pk, starts=clock.today(), ends=None)
    return identity.actor_for(who, post, "desk")


def session(who: Actor) -> str:
    """The key of a login session at the actor's post, for a cookie."""
    kept = SessionStore()
    kept["opened"] = "by a test"
    kept.save()
    opened = identity_services.start_session(
        actor=SYSTEM,
        account=Account.objects.get(pk=who.id),
        key=str(kept.session_key),
        address="127.0.0.1",
        agent="test",
    )
    LoginSession.objects.filter(pk=opened.pk).update(post=Post.objects.get(pk=who.post_id or 0))
    return str(kept.session_key)


def office_for(role: str, place: int) -> Department:
    if place % 1000 or place % 10**6:
        return identity.community_office_of(place)
    if place % 10**9:
        return identity.street_centre_of(place)
    return identity.centre_of(place)


def officer(at: GridCell, name: str = "") -> Actor:
    return actor("officer", place=at.code, name=name)


def dispatcher(code: int = SHIFENG, name: str = "") -> Actor:
    return actor("dispatcher", place=code, name=name)


def verifier(code: int = SHIFENG, name: str = "") -> Actor:
    return actor("verifier", place=code, name=name)


def community(of: GridCell) -> Actor:
    return actor("community", place=of.code - of.code % 1000)


def handler(department: str = "430204-urban", name: str = "", role: str = "handler") -> Actor:
    return actor(role, department=identity.department(department), name=name)


def supervisor(code: int = SHIFENG, name: str = "") -> Actor:
    return actor("supervisor", place=code, name=name)


def report(by: Actor, at: GridCell, **fields: Any) -> str:
    """A report through intake; gives the number."""
    lng, lat = point(at)
    given: dict[str, Any] = {
        "id": client_id(),
        "text": "人行道上有一堆生活垃圾没人清，已经发臭",
        "lng": lng,
        "lat": lat,
        "seen_at": clock.now(),
        "category": "0101",
        "source": "officer",
    } | fields
    return events.report(actor=by, report=events.Report(**given)).number


PATH = {
    "reported": [],
    "accepted": ["accept"],
    "dispatched": ["accept", "dispatch"],
    "handling": ["accept", "dispatch", "sign"],
    "held": ["accept", "dispatch", "sign", "hold"],
    "handled": ["accept", "dispatch", "sign", "finish"],
    "verified": ["accept", "dispatch", "sign", "finish", "verify"],
    "closed": ["accept", "dispatch", "sign", "finish", "verify", "default_rating"],
}


def case(state: str = "reported", at: GridCell | None = None, department: str = "430204-urban", **fields: Any) -> Any:
    """A resident's report brought to the state by the people whose work that is."""
    from wangge.casework import queries
    from wangge.kernel.actor import PUBLIC

    where = at or cell()
    number = report(PUBLIC, where, **({"source": "resident", "category": "0303"} | fields))
    home = where.code - where.code % 10**9
    for command in PATH[state]:
        given: dict[str, Any] = {"text": "已按要求办理"}
        by = dispatcher(home)
        if command == "dispatch":
            given["department"] = department
        if command in ("sign", "finish"):
            by = handler(department)
        if command == "verify":
            by = verifier(home)
        if command == "hold":
            given |= {"reason": "weather", "until": clock.today() + timedelta(days=5)}
        if command == "default_rating":
            by = SYSTEM
        act(by, number, command, **given)
    return queries.get(SYSTEM, number)


def act(by: Actor, number: str, command: str, **given: Any) -> Any:
    """One command on the case as it stands now."""
    from wangge.casework import queries

    step = given.pop("seen_step", None)
    if step is None:
        step = queries.get(SYSTEM, number).step
    return casework.act(actor=by, number=number, command=command, seen_step=step, **given)


def empty_for(request: Any) -> None:
    """Empty every table of ours within the test's transaction, if another test of this run has filled them."""
    used = {"db", "transactional_db"} & set(request.fixturenames)
    if not used and not request.node.get_closest_marker("django_db"):
        return
    request.getfixturevalue("transactional_db" if "transactional_db" in used else "db")
    forget()
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from territory_division) or exists (select from kernel_calendarday)")
        if cursor.fetchone()[0]:
            rooms = (
                "kernel",
                "territory",
                "identity",
                "registry",
                "casework",
                "events",
                "finance",
                "exchange",
                "disclosure",
            )
            tables = [
                t
                for t in connection.introspection.table_names(cursor)
                if t.startswith(rooms) and t != "territory_territoryversion"
            ]
            cursor.execute("truncate " + ", ".join([*tables, "procrastinate_jobs"]) + " cascade")


def forget() -> None:
    """Drop what this process keeps of the tables: another test's rows are gone."""
    calendars.forget()
    territory_queries.forget()
    events_queries.forget()
