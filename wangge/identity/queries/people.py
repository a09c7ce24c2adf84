"""Accounts as lists and look-ups."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from wangge.identity import rules
from wangge.identity.models import (
    Account,
    ApiToken,
    Appointment,
    Department,
    District,
    LoginSession,
    LoginTry,
    Post,
    Role,
)
from wangge.identity.queries.offices import posts_of
from wangge.identity.queries.reference import action_name, shipped_roles
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.kernel.models import AuditEntry
from wangge.territory import queries as territory


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


def account_by_id(account_id: int) -> Account:
    """The account, or `NotHere`."""
    found = Account.objects.filter(pk=account_id).first()
    if found is None:
        raise NotHere("账号")
    return found


def _must_manage(actor: Actor) -> None:
    if not actor.may(rules.SECURITY):
        actor.must(rules.ACCOUNTS)


def find_accounts(actor: Actor, text: str = "", role: str = "", active: bool | None = None) -> QuerySet[Account]:
    """Accounts by a part of the name or login, by a role held today, and by being in use."""
    _must_manage(actor)
    found = Account.objects.order_by("name")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(full_name__icontains=text))
    if role:
        held = Appointment.objects.filter(account=OuterRef("pk"), period__contains=clock.today(), post__role=role)
        found = found.filter(Exists(held))
    if active is not None:
        found = found.filter(is_active=active)
    return found


def posts_held(account_ids: Iterable[int], on: date | None = None) -> dict[int, list[str]]:
    """Names of the posts each account holds on the day (default today), for one page of a list."""
    found: dict[int, list[str]] = {}
    rows = Appointment.objects.filter(account__in=list(account_ids), period__contains=on or clock.today())
    for account_id, kind, name in rows.order_by("-is_primary", "pk").values_list("account_id", "kind", "post__name"):
        found.setdefault(account_id, []).append(name if kind == "regular" else f"{name}（代管）")
    return found


def appointments_of(actor: Actor, account_id: int) -> QuerySet[Appointment]:
    """Every appointment of the account, newest first: one's own, or as one who manages accounts."""
    if actor.id != account_id:
        _must_manage(actor)
    return (
        Appointment.objects.filter(account=account_id)
        .select_related("post__role", "post__department", "covers__account")
        .order_by("-period", "-pk")
    )


def find_posts(actor: Actor, text: str = "", role: str = "", active: bool | None = None) -> QuerySet[Post]:
    """Posts by a part of the name, code or department, by role, and by being in use."""
    if not (actor.may("identity.view") or actor.may(rules.SECURITY)):
        actor.must(rules.ACCOUNTS)
    found = Post.objects.select_related("role", "department").order_by("code")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__icontains=text) | Q(department__name__icontains=text))
    if role:
        found = found.filter(role=role)
    if active is not None:
        found = found.filter(is_active=active)
    return found


def holders(post_ids: Iterable[int], on: date | None = None) -> dict[int, list[str]]:
    """Full names of who holds each post on the day, for one page of a list."""
    found: dict[int, list[str]] = {}
    rows = Appointment.objects.filter(post__in=list(post_ids), period__contains=on or clock.today())
    for post_id, kind, name in rows.order_by("kind", "pk").values_list("post_id", "kind", "account__full_name"):
        found.setdefault(post_id, []).append(name if kind == "regular" else f"{name}（代管）")
    return found


def find_departments(actor: Actor, text: str = "", kind: str = "") -> QuerySet[Department]:
    """Offices by a part of the name or code, and by kind; those out of use too."""
    if not (actor.may("identity.view") or actor.may(rules.SECURITY)):
        actor.must(rules.ACCOUNTS)
    found = Department.objects.select_related("parent").order_by("code")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(short__icontains=text) | Q(code__icontains=text))
    return found.filter(kind=kind) if kind else found


def roles() -> list[Role]:
    """Every role, in the order they are shipped, later ones last."""
    order = {code: i for i, (code, _, _) in enumerate(shipped_roles())}
    return sorted(Role.objects.all(), key=lambda r: (order.get(r.pk, len(order)), r.pk))


def sessions_of(actor: Actor) -> list[LoginSession]:
    """The actor's own open sessions, the latest first."""
    return list(_open_sessions().filter(account=actor.id).order_by("-seen_at"))


def _open_sessions() -> QuerySet[LoginSession]:
    now = clock.now()
    return LoginSession.objects.select_related("account", "post").filter(
        ended_at__isnull=True,
        seen_at__gt=now - timedelta(minutes=rules.IDLE_MINUTES),
        started_at__gt=now - timedelta(hours=rules.SESSION_HOURS),
    )


def find_sessions(actor: Actor, text: str = "") -> QuerySet[LoginSession]:
    """Everybody's open sessions (security officer), by a part of the person's name or login."""
    actor.must(rules.SECURITY)
    found = _open_sessions()
    if text:
        found = found.filter(Q(account__name__icontains=text) | Q(account__full_name__icontains=text))
    return found


def tokens_of(actor: Actor) -> list[ApiToken]:
    """The actor's own tokens that still hold."""
    held = ApiToken.objects.filter(account=actor.id, revoked_at__isnull=True, expires_at__gt=clock.now())
    return list(held.select_related("post").order_by("-pk"))


@dataclass(frozen=True, slots=True)
class Locked:
    """A login name that may not try again before `until`; `known` when an account has that name."""

    name: str
    until: datetime
    tries: int
    known: bool


def locked_names(actor: Actor) -> list[Locked]:
    """Login names that are locked now (security officer)."""
    actor.must(rules.SECURITY)
    now = clock.now()
    rows = LoginTry.objects.filter(at__gt=now - timedelta(minutes=2 * rules.LOCK_MINUTES)).order_by("pk")
    tries: dict[str, list[datetime]] = {}
    for one in rows:
        if one.outcome == LoginTry.Outcome.SUCCEEDED:
            tries.pop(one.name, None)
        elif one.outcome != LoginTry.Outcome.CLEARED:
            tries.setdefault(one.name, []).append(one.at)
    known = set(Account.objects.filter(name__in=tries).values_list("name", flat=True))
    found = [(name, rules.locked_until(times, now), len(times)) for name, times in tries.items()]
    return [Locked(name, until, count, name in known) for name, until, count in found if until is not None]


def audit_entries(
    actor: Actor,
    who: str = "",
    action: str = "",
    subject: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AuditEntry]:
    """The audit log (audit officer), newest first: by a part of the name, action, exact subject, and days inclusive."""
    actor.must(rules.AUDIT)
    found = AuditEntry.objects.order_by("-pk")
    if who:
        found = found.filter(actor_name__icontains=who)
    if action:
        found = found.filter(action=action)
    if subject:
        found = found.filter(subject=subject)
    if since:
        found = found.filter(at__gte=datetime.combine(since, datetime.min.time(), clock.ZONE))
    if until:
        found = found.filter(at__lt=datetime.combine(until + timedelta(days=1), datetime.min.time(), clock.ZONE))
    return found


def audit_actions(actor: Actor) -> list[tuple[str, str]]:
    """Code and name of every action that occurs in the log, by name."""
    actor.must(rules.AUDIT)
    return sorted(
        ((a, action_name(a)) for a in AuditEntry.objects.order_by().values_list("action", flat=True).distinct()),
        key=lambda pair: pair[1],
    )


def appointment_of(actor: Actor, account_id: int, appointment_id: int) -> Appointment:
    """One appointment of the account, or `NotHere`."""
    found = appointments_of(actor, account_id).filter(pk=appointment_id).first()
    if found is None:
        raise NotHere("任职")
    return found


def role(code: str) -> Role:
    """The role, or `NotHere`."""
    found = Role.objects.filter(pk=code).first()
    if found is None:
        raise NotHere("角色")
    return found


def place_name(code: int | None) -> str:
    """Where a post or an office stands, in words; empty without a place."""
    return territory.path_of(code)
