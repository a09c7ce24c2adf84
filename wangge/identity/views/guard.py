"""Roles, sessions and locks (security officer), and the audit log (audit officer)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from wangge.identity import forms, queries, rules, services
from wangge.identity.access import own_transaction, requires
from wangge.kernel import paging
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, write_xlsx

SECURITY = requires(rules.SECURITY)
AUDIT = requires(rules.AUDIT)
EXPORT_ROWS = 50_000


@require_GET
@SECURITY
def roles(request: Request) -> HttpResponse:
    names = queries.right_names()
    rows = [(r, [names.get(right, right) for right in r.rights], r.pk in rules.OFFICERS) for r in queries.roles()]
    return render(request, "identity/roles.html", {"rows": rows})


@SECURITY
def role(request: Request, code: str) -> HttpResponse:
    one = queries.role(code)
    form = forms.RoleForm(request.POST if request.method == "POST" else None, initial={"rights": one.rights})
    if form.is_valid():
        rights = form.cleaned_data["rights"]
        if attempt(form, lambda: services.edit_role(actor=request.actor, code=code, rights=rights)):
            messages.success(request, "角色权限已保存，持此角色的人员下一次操作起生效。")
            return redirect("/desk/admin/roles")
    context = {"role": one, "form": form, "fixed": code in rules.OFFICERS}
    return render(request, "identity/role.html", context, status=422 if form.errors else 200)


@require_GET
@SECURITY
def sessions(request: Request) -> HttpResponse:
    found = queries.find_sessions(request.actor, request.GET.get("q", "").strip())
    page = paging.page(found, order=("seen_at", "id"), after=request.GET.get("after"), size=50, desc=True)
    context = {
        "page": page,
        "total": paging.count_capped(found),
        "locks": queries.locked_names(request.actor),
        "policy": rules,
    }
    return render(request, "identity/sessions.html", context)


@require_POST
@SECURITY
def end_session(request: Request, session_id: int) -> HttpResponse:
    services.end_session(actor=request.actor, session_id=session_id)
    messages.success(request, "该登录会话已结束。")
    return redirect("/desk/admin/sessions")


@require_POST
@SECURITY
def unlock(request: Request) -> HttpResponse:
    services.unlock(actor=request.actor, name=request.POST.get("name", ""))
    messages.success(request, "登录锁定已解除。")
    return redirect("/desk/admin/sessions")


def _entries(request: Request) -> tuple[Any, Any]:
    form = forms.AuditForm(queries.audit_actions(request.actor), request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    return form, queries.audit_entries(request.actor, **asked)


@require_GET
@AUDIT
def audit(request: Request) -> HttpResponse:
    form, found = _entries(request)
    page = paging.page(found.order_by("id"), order=("id",), after=request.GET.get("after"), size=50, desc=True)
    rows = [(e, queries.action_name(e.action), queries.kind_name(e.kind)) for e in page]
    context = {"form": form, "page": page, "rows": rows, "total": paging.count_capped(found)}
    return render(request, "identity/audit.html", context, status=422 if form.errors else 200)


@require_GET
@AUDIT
def export(request: Request) -> HttpResponse:
    _, found = _entries(request)
    columns = [
        Column("id", "序号", kind="int"),
        Column("at", "时间", kind="datetime"),
        Column("actor", "人员"),
        Column("post", "岗位"),
        Column("action", "动作"),
        Column("kind", "对象"),
        Column("subject", "对象编号"),
        Column("data", "详情"),
    ]
    rows = [
        (
            e.pk,
            e.at,
            e.actor_name,
            e.post_name,
            queries.action_name(e.action),
            queries.kind_name(e.kind),
            e.subject,
            queries.details(e.data),
        )
        for e in found[:EXPORT_ROWS]
    ]
    services.note_export(actor=request.actor, what="audit", rows=len(rows))
    return spreadsheet(write_xlsx(columns, rows, "审计记录"), "audit")


@require_POST
@AUDIT
@own_transaction
def verify(request: Request) -> HttpResponse:
    intact, sentence = services.verify_audit(actor=request.actor)
    (messages.success if intact else messages.error)(request, sentence)
    return redirect("/desk/admin/audit")
