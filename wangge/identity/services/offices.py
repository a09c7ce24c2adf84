"""Departments, posts and roles."""

from collections.abc import Collection

from django.db import transaction

from wangge.identity import queries, rules
from wangge.identity.models import Appointment, Department, Post, Role
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal


@transaction.atomic
def create_department(
    *,
    actor: Actor,
    code: str,
    name: str,
    short: str,
    kind: str,
    place_code: int,
    parent_id: int | None = None,
    slug: str = "",
) -> Department:
    """Add an office. `slug` is the word by which the duty catalogue of any district names it."""
    actor.must(rules.ACCOUNTS)
    if kind not in Department.Kind.values:
        raise Refusal("department_kind", "请选择机构类别。", field="kind", value=kind)
    if not code.strip() or not name.strip():
        raise Refusal("department_name", "请填写机构代码和名称。", field="name")
    if Department.objects.filter(code=code.strip()).exists():
        raise Refusal("department_code_taken", "这个机构代码已被使用。请换一个代码。", field="code", value=code)
    made = Department.objects.create(
        code=code.strip(),
        name=name.strip(),
        short=short.strip() or name.strip()[:40],
        kind=kind,
        place_code=place_code,
        parent_id=parent_id,
        slug=slug,
    )
    audit.record(actor, "identity.department_created", "department", made.code)
    return made


def _department(department_id: int) -> Department:
    found = Department.objects.select_for_update().filter(pk=department_id).first()
    if found is None:
        raise NotHere("部门")
    return found


@transaction.atomic
def rename_department(*, actor: Actor, department_id: int, name: str, short: str) -> Department:
    """Give an office another name; everything it did stays with it."""
    actor.must(rules.ACCOUNTS)
    found = _department(department_id)
    if not name.strip():
        raise Refusal("department_name", "请填写机构名称。", field="name")
    before = found.name
    found.name, found.short = name.strip(), short.strip() or name.strip()[:40]
    found.save(update_fields=["name", "short"])
    audit.record(actor, "identity.department_renamed", "department", found.code, before=before, after=found.name)
    return found


@transaction.atomic
def close_department(*, actor: Actor, department_id: int) -> Department:
    """Take an office out of use; refused while it has posts in use."""
    actor.must(rules.ACCOUNTS)
    found = _department(department_id)
    post = Post.objects.filter(department=found, is_active=True).first()
    if post is not None:
        raise Refusal("has_posts", f"该机构还有在用岗位“{post.name}”。请先停用其全部岗位。", status=409)
    found.is_active = False
    found.save(update_fields=["is_active"])
    audit.record(actor, "identity.department_closed", "department", found.code)
    return found


@transaction.atomic
def create_post(
    *, actor: Actor, code: str, name: str, department_id: int, role: str, place_code: int | None = None
) -> Post:
    """Add a post: a role at an office, over a place or (without one) over what the office is given."""
    actor.must(rules.who_appoints(role) if actor.may(rules.SECURITY) else rules.ACCOUNTS)
    if not code.strip() or not name.strip():
        raise Refusal("post_name", "请填写岗位代码和名称。", field="name")
    if Post.objects.filter(code=code.strip()).exists():
        raise Refusal("post_code_taken", "这个岗位代码已被使用。请换一个代码。", field="code", value=code)
    if not Role.objects.filter(pk=role).exists():
        raise Refusal("role_unknown", "请选择角色。", field="role", value=role)
    if role in ("officer", "lead") and (place_code is None or place_code % 1000 == 0):
        raise Refusal("post_needs_cell", "网格员、网格长岗位须落到一个网格。请选择网格。", field="place_code")
    office = _department(department_id)
    if not office.is_active:
        raise Refusal("department_closed", "该机构已停用。请选择在用的机构。", field="department")
    made = Post.objects.create(
        code=code.strip(), name=name.strip(), department=office, role_id=role, place_code=place_code
    )
    audit.record(actor, "identity.post_created", "post", made.code)
    return made


@transaction.atomic
def close_post(*, actor: Actor, post_id: int) -> Post:
    """Take a post out of use; refused while somebody holds it or is going to."""
    actor.must(rules.ACCOUNTS)
    post = Post.objects.select_for_update().filter(pk=post_id, is_active=True).first()
    if post is None:
        raise NotHere("岗位")
    held = (
        Appointment.objects.filter(post=post)
        .exclude(period__fully_lt=(clock.today(), None))
        .select_related("account")
        .first()
    )
    if held is not None:
        raise Refusal("post_held", f"{held.account.full_name}仍在任，岗位不能停用。请先结束任职。", status=409)
    post.is_active = False
    post.save(update_fields=["is_active"])
    audit.record(actor, "identity.post_closed", "post", post.code)
    return post


@transaction.atomic
def edit_role(*, actor: Actor, code: str, rights: Collection[str]) -> Role:
    """Set the rights of a role (security officer)."""
    actor.must(rules.SECURITY)
    role = Role.objects.select_for_update().filter(pk=code).first()
    if role is None:
        raise NotHere("角色")
    unknown = set(rights) - set(queries.right_names())
    if unknown:
        raise Refusal("right_unknown", "所选权限中有系统没有的项目。请刷新页面后重选。", field="rights")
    wrong = rules.check_rights(code, rights)
    if wrong is not None:
        raise wrong
    before = set(role.rights)
    role.rights = sorted(set(rights))
    role.save(update_fields=["rights"])
    audit.record(
        actor,
        "identity.role_edited",
        "role",
        code,
        added=sorted(set(rights) - before),
        removed=sorted(before - set(rights)),
    )
    return role
