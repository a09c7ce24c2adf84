"""Many people at once: accounts with one post each, for a district that comes with its staff list. Safe to repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from wangge.identity import rules
from wangge.identity.models import Account, Appointment, Department, Post, Role
from wangge.identity.services.accounts import _demo_hash, check_account_name
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Member:
    """One person and their post: login `name`, the post's code, name and role, the office's code, the post's place."""

    name: str
    full_name: str
    phone: str
    role: str
    post_code: str
    post_name: str
    office: str
    place_code: int | None
    is_lead: bool = False
    may_log_in: bool = False


@transaction.atomic
def load_people(*, actor: Actor, people: Sequence[Member], starts: date, is_demo: bool = False) -> int:
    """Make the accounts, posts and appointments that do not exist yet; how many people were new.

    Nobody gets a password, so nobody can log in until one is set; in a demonstration those who `may_log_in` get the one
    that is printed. Raises `Refusal` naming the person for a bad login name, an unknown role or an unknown office.
    """
    actor.must(rules.SECURITY)
    actor.must(rules.ACCOUNTS)
    known = set(Account.objects.filter(name__in=[p.name for p in people]).values_list("name", flat=True))
    fresh = [p for p in people if p.name not in known]
    offices = dict(Department.objects.filter(code__in={p.office for p in fresh}).values_list("code", "pk"))
    roles = set(Role.objects.values_list("pk", flat=True))
    for one in fresh:
        if wrong := check_account_name(one.name):
            raise wrong
        if one.office not in offices:
            raise Refusal(
                "unknown_department",
                f"{one.full_name}所在的机构“{one.office}”不存在。请先装入机构。",
                field="office",
                value=one.office,
            )
        if one.role not in roles:
            raise Refusal("role_unknown", f"没有角色“{one.role}”。", field="role", value=one.role)
    now = clock.now()
    accounts = Account.objects.bulk_create(
        Account(
            name=p.name,
            full_name=p.full_name,
            phone=p.phone,
            password=_demo_hash() if is_demo and p.may_log_in else make_password(None),
            password_set_at=now,
            must_change_password=not is_demo,
            is_demo=is_demo,
        )
        for p in fresh
    )
    codes = {p.post_code: p for p in fresh}
    posts = {p.code: p for p in Post.objects.filter(code__in=codes)}
    posts |= {
        p.code: p
        for p in Post.objects.bulk_create(
            Post(
                code=code,
                name=p.post_name,
                department_id=offices[p.office],
                role_id=p.role,
                place_code=p.place_code,
            )
            for code, p in codes.items()
            if code not in posts
        )
    }
    Appointment.objects.bulk_create(
        Appointment(
            account=account,
            post=posts[p.post_code],
            period=DateRange(starts, None),
            is_lead=p.is_lead,
            is_primary=True,
        )
        for account, p in zip(accounts, fresh, strict=True)
    )
    if fresh:
        audit.record(
            actor, "identity.people_loaded", "account", fresh[0].name, people=len(fresh), starts=starts.isoformat()
        )
    return len(fresh)
