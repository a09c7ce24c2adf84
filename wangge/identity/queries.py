"""Reads of offices, posts and people, and who is acting."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import yaml
from django.db.models import Exists, OuterRef, Q, QuerySet

from wangge.identity import rules
from wangge.identity.models import Account, ApiToken, Appointment, Department, District, LoginSession, Post
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

_TOKEN_SECONDS = 10
_TOKENS_KEPT = 5_000


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


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a request's cookie stands for."""

    session: LoginSession
    account: Account
    actor: Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """What a bearer token stands for; `rate` is how many requests a second it may make."""

    token_id: int
    actor: Actor
    rate: int


def actor_for(account: Account, post: Post | None, channel: str) -> Actor:
    """The account acting at the post. Without a post: somebody with no rights who sees nothing."""
    if post is None:
        return Actor(id=account.pk, name=account.full_name, channel=channel)
    sight = rules.sees(post.role_id, post.place_code, post.department_id)
    return Actor(
        id=account.pk,
        name=account.full_name,
        rights=frozenset(post.role.rights),
        lo=sight.lo,
        hi=sight.hi,
        department_id=sight.department_id,
        post_id=post.pk,
        post_name=post.name,
        channel=channel,
        role=post.role_id,
    )


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
    post = Post.objects.select_related("department").filter(pk=post_id).first()
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


def account(name: str) -> Account:
    """The account with this login name, or `NotHere`."""
    found = Account.objects.filter(name=name).first()
    if found is None:
        raise NotHere("账号")
    return found


def account_names(ids: Iterable[int]) -> dict[int, str]:
    """Full names by account id, for lists that show who did something."""
    return dict(Account.objects.filter(pk__in=set(ids)).values_list("pk", "full_name"))


def demo_accounts() -> list[dict[str, Any]]:
    """Logins of the demonstration: `{name, password, full_name, role, post, district}`, one row an account."""
    names = {d.code: d.name for d in District.objects.all()}
    rows = []
    for one in Account.objects.filter(is_demo=True, is_active=True).exclude(password__startswith="!").order_by("pk"):
        for post in posts_of(one)[:1]:
            place = post.place_code or post.department.place_code
            rows.append(
                {
                    "name": one.name,
                    "password": rules.DEMO_PASSWORD,
                    "full_name": one.full_name,
                    "role": post.role_id,
                    "post": post.name,
                    "district": names.get(place - place % 1_000_000_000, ""),
                }
            )
    return rows


@lru_cache(maxsize=1)
def _roles_file() -> dict[str, Any]:
    with open(Path(__file__).resolve().parent / "data" / "roles.yaml", encoding="utf-8") as f:
        return yaml.safe_load(f)


def shipped_roles() -> list[tuple[str, str, list[str]]]:
    """The roles this version ships: code, name, rights."""
    return [(r["code"], r["name"], list(r["rights"])) for r in _roles_file()["roles"]]


def right_names() -> dict[str, str]:
    """Every right the system has, by code, in plain words."""
    return dict(_roles_file()["rights"])


def hashed(secret: str) -> str:
    """The hex SHA-256 under which a session key or a token is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def signed_in(key: str, channel: str) -> SignedIn | None:
    """Who the session key belongs to; None when it is unknown, ended, idle too long or too old, or its account stopped.

    One query. A post whose appointment has ended is exchanged for another that is still held (or none).
    """
    now, day = clock.now(), clock.today()
    held = Appointment.objects.filter(
        account=OuterRef("account"), post=OuterRef("post"), period__contains=day, post__is_active=True
    )
    session = (
        LoginSession.objects.select_related("account", "post__role", "post__department")
        .annotate(post_is_held=Exists(held))
        .filter(
            key_hash=hashed(key),
            ended_at__isnull=True,
            account__is_active=True,
            seen_at__gt=now - timedelta(minutes=rules.IDLE_MINUTES),
            started_at__gt=now - timedelta(hours=rules.SESSION_HOURS),
        )
        .first()
    )
    if session is None:
        return None
    post = session.post if session.post_is_held else next(iter(posts_of(session.account)), None)
    return SignedIn(session=session, account=session.account, actor=actor_for(session.account, post, channel))


def password_is_due(one: Account) -> Refusal | None:
    """Why the account must change its password before anything else, or None."""
    return rules.password_due(one.must_change_password, one.password_set_at, clock.now())


_tokens: dict[str, tuple[float, Caller | None]] = {}
_tokens_lock = Lock()


def caller_by_token(raw: str) -> Caller | None:
    """Who the bearer token acts as, or None. Answers are kept up to ten seconds in this process."""
    digest, at = hashed(raw), time.monotonic()
    kept = _tokens.get(digest)
    if kept and kept[0] > at:
        return kept[1]
    caller = _caller(digest)
    with _tokens_lock:
        if len(_tokens) >= _TOKENS_KEPT:
            _tokens.clear()
        _tokens[digest] = (at + _TOKEN_SECONDS, caller)
    return caller


def forget_tokens() -> None:
    """Drop the kept answers of this process (a token was revoked here)."""
    with _tokens_lock:
        _tokens.clear()


def actor_by_token(raw: str) -> Actor | None:
    """The actor behind a bearer token, or None."""
    caller = caller_by_token(raw)
    return caller.actor if caller else None


def _caller(digest: str) -> Caller | None:
    now, day = clock.now(), clock.today()
    held = Appointment.objects.filter(account=OuterRef("account"), post=OuterRef("post"), period__contains=day)
    token = (
        ApiToken.objects.select_related("account", "post__role", "post__department")
        .filter(Exists(held), digest=digest, revoked_at__isnull=True, expires_at__gt=now)
        .filter(account__is_active=True, post__is_active=True)
        .first()
    )
    if token is None:
        return None
    return Caller(token_id=token.pk, actor=actor_for(token.account, token.post, "api"), rate=token.rate)


def find_accounts(text: str = "", role: str = "", active: bool | None = None) -> QuerySet[Account]:
    """Accounts by a part of the name or login, by a role held today, and by being in use."""
    found = Account.objects.order_by("name")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(full_name__icontains=text))
    if role:
        held = Appointment.objects.filter(account=OuterRef("pk"), period__contains=clock.today(), post__role=role)
        found = found.filter(Exists(held))
    if active is not None:
        found = found.filter(is_active=active)
    return found
