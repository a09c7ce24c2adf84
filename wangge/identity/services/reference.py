"""Roles, districts and offices from the files of `identity/data`, and the first three officers. Safe to repeat."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from wangge.identity import queries, rules
from wangge.identity.models import Account, Appointment, Department, District, Post, Role
from wangge.identity.services.accounts import create_account
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.territory import queries as territory

_DISTRICT = 1_000_000_000
_DATA = Path(__file__).resolve().parent.parent / "data"


def _read(path: Path) -> dict[str, Any]:
    with open(path, encoding="utf-8") as f:
        return yaml.safe_load(f)


@transaction.atomic
def load_roles(*, actor: Actor, replace: bool = False) -> int:
    """Bring the shipped roles in; how many were new or changed.

    A role that exists keeps its rights (the security officer may have changed them) unless `replace` is said.
    """
    changed = 0
    for code, name, rights in queries.shipped_roles():
        wrong = rules.check_rights(code, rights)
        if wrong is not None:
            raise wrong
        role = Role.objects.select_for_update().filter(pk=code).first()
        if role is not None and (not replace or set(role.rights) == set(rights)):
            continue
        Role.objects.update_or_create(pk=code, defaults={"name": name, "rights": sorted(rights)})
        changed += 1
    if changed:
        audit.record(actor, "identity.roles_loaded", "role", "全部", changed=changed)
    return changed


@transaction.atomic
def load_departments(*, actor: Actor, district: int | None = None) -> int:
    """Bring in the district's offices (default: every district that has a file); how many were new.

    What exists is left as it is: an office may have been renamed since. Every community and village of the divisions
    gets its office; the divisions must have been loaded before.
    """
    actor.must(rules.ACCOUNTS)
    told = [_read(path) for path in sorted(_DATA.glob("departments_*.yaml"))]
    told = [one for one in told if district in (None, int(one["district"]) * _DISTRICT)]
    if not told:
        raise Refusal(
            "no_departments",
            "没有这个区的机构数据。请先在机构数据目录中放入该区的机构文件。",
            field="district",
            value=district,
        )
    made = sum(_load_district(one) for one in told)
    if made:
        audit.record(actor, "identity.departments_loaded", "department", district or "全部", made=made)
    return made


def _load_district(told: Mapping[str, Any]) -> int:
    code = int(told["district"]) * _DISTRICT
    if code not in {d.pk for d in territory.districts()}:
        raise Refusal("no_divisions", f"还没有{told['name']}的区划。请先装入区划数据，再装入机构。", value=code)
    about = {key: told.get(key, "") for key in ("name", "centre_name", "supervision_phone", "address")}
    District.objects.get_or_create(pk=code, defaults=about)
    by_slug: dict[str, Department] = {}
    made = 0
    for one in told["offices"]:
        about = {key: one[key] for key in ("slug", "name", "short", "kind")}
        office, new = Department.objects.get_or_create(
            code=one["code"],
            defaults={**about, "place_code": int(one["place_code"]), "parent": by_slug.get(one.get("parent", ""))},
        )
        by_slug[one["slug"]] = office
        made += new
    return made + _load_communities(code, [o for o in by_slug.values() if o.kind == Department.Kind.STREET])


def _load_communities(district: int, street_offices: list[Department]) -> int:
    parents = {office.place_code: office for office in street_offices}
    wanted = {
        f"{community.pk // 1000}-office": Department(
            code=f"{community.pk // 1000}-office",
            name=community.name,
            short=str(community)[:40],
            kind=Department.Kind.COMMUNITY,
            place_code=community.pk,
            parent=parents.get(street.pk),
        )
        for street in territory.children(district)
        for community in territory.children(street.pk)
    }
    known = set(Department.objects.filter(code__in=wanted).values_list("code", flat=True))
    return len(Department.objects.bulk_create([one for code, one in wanted.items() if code not in known]))


@dataclass(frozen=True, slots=True)
class Person:
    """One of the first officers: login, name and the password they will change at the first login."""

    name: str
    full_name: str
    password: str


@transaction.atomic
def create_first_officers(*, actor: Actor, district: int, people: Mapping[str, Person]) -> list[Account]:
    """Make the system, security and audit officers of a new installation: three people, no default password.

    Refused when one of the three already has a holder: from then on they are appointed in the system.
    """
    if not actor.is_system:
        actor.must(rules.SECURITY)
    if set(people) != set(rules.OFFICERS) or len({p.name for p in people.values()}) != len(rules.OFFICERS):
        names = "、".join(rules.OFFICERS.values())
        raise Refusal("three_officers", f"须由三人分任{names}，缺一不可，也不能由一人兼任。请补齐后再试。")
    held = (
        Appointment.objects.filter(post__role__in=rules.OFFICERS, period__contains=clock.today())
        .filter(account__is_demo=False)
        .select_related("account", "post__role")
        .first()
    )
    if held is not None:
        raise Refusal(
            "officers_exist",
            f"{held.post.role.name}已由{held.account.full_name}担任。请登录系统，由安全管理员任命。",
            status=409,
        )
    centre = queries.centre_of(district)
    made = []
    for role, person in people.items():
        post, _ = Post.objects.get_or_create(
            code=f"{role}-{centre.place_code // _DISTRICT}",
            defaults={"name": rules.OFFICERS[role], "department": centre, "role_id": role},
        )
        account = create_account(actor=actor, name=person.name, full_name=person.full_name, password=person.password)
        Appointment.objects.create(account=account, post=post, period=DateRange(clock.today(), None), is_primary=True)
        audit.record(actor, "identity.appointed", "post", post.code, account=account.pk, starts=clock.today())
        made.append(account)
    return made
