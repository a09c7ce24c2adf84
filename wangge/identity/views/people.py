"""Accounts, posts and departments: the system officer's desk."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from wangge.identity import forms, queries, rules, services
from wangge.identity.access import requires
from wangge.kernel import clock, paging
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, write_xlsx

MANAGE = requires(rules.ACCOUNTS, rules.SECURITY)
SEE = requires(rules.ACCOUNTS, rules.SECURITY, "identity.view")
ACTIVE = {"yes": True, "no": False}


def _accounts(request: Request) -> Any:
    asked = request.GET
    return queries.find_accounts(
        request.actor, asked.get("q", "").strip(), asked.get("role", ""), ACTIVE.get(asked.get("active", ""))
    )


@require_GET
@MANAGE
def accounts(request: Request) -> HttpResponse:
    found = _accounts(request)
    page = paging.page(found, order=("name",), after=request.GET.get("after"), size=50)
    held = queries.posts_held(a.pk for a in page)
    rows = [(a, "、".join(held.get(a.pk, []))) for a in page]
    context = {"page": page, "rows": rows, "total": paging.count_capped(found), "roles": queries.roles()}
    return render(request, "identity/accounts.html", context)


@require_GET
@MANAGE
def export(request: Request) -> HttpResponse:
    found = list(_accounts(request))
    held = queries.posts_held(a.pk for a in found)
    columns = [
        Column("name", "账号"),
        Column("full_name", "姓名"),
        Column("phone", "工作电话"),
        Column("posts", "岗位"),
        Column("active", "状态"),
        Column("last_login", "最近登录", kind="datetime"),
    ]
    rows = [
        (a.name, a.full_name, a.phone, "、".join(held.get(a.pk, [])), "在用" if a.is_active else "停用", a.last_login)
        for a in found
    ]
    services.note_export(actor=request.actor, what="accounts", rows=len(rows))
    return spreadsheet(write_xlsx(columns, rows, "账号"), "accounts")


@MANAGE
def new_account(request: Request) -> HttpResponse:
    form = forms.AccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        told = services.temporary_password()
        made = attempt(form, lambda: services.create_account(actor=request.actor, password=told, **form.cleaned_data))
        if made is not None:
            return _account(request, made, told=told)
    return render(request, "identity/account_new.html", {"form": form}, status=422 if form.errors else 200)


def _account(request: Request, account: Any, status: int = 200, **extra: Any) -> HttpResponse:
    wanted = request.GET.get("post", "").strip()
    posts = list(queries.find_posts(request.actor, wanted, active=True)[:50])
    context = {
        "person": account,
        "appointments": queries.appointments_of(request.actor, account.pk),
        "person_form": forms.PersonForm(initial={"full_name": account.full_name, "phone": account.phone}),
        "appoint_form": forms.AppointForm(posts, auto_id="appoint_%s"),
        "today": clock.today(),
        "wanted": wanted,
        **extra,
    }
    return render(request, "identity/account_admin.html", context, status=status)


@MANAGE
def account(request: Request, account_id: int) -> HttpResponse:
    one = queries.account_by_id(account_id)
    if request.method != "POST":
        return _account(request, one)
    form = forms.PersonForm(request.POST)
    if form.is_valid():
        act = lambda: services.edit_account(actor=request.actor, account_id=account_id, **form.cleaned_data)  # noqa: E731
        if attempt(form, act):
            messages.success(request, "资料已保存。")
            return redirect(f"/desk/admin/accounts/{account_id}")
    return _account(request, one, status=422, person_form=form)


@require_POST
@MANAGE
def reset(request: Request, account_id: int) -> HttpResponse:
    told = services.temporary_password()
    one = services.reset_password(actor=request.actor, account_id=account_id, password=told)
    return _account(request, one, told=told)


@require_POST
@MANAGE
def reset_totp(request: Request, account_id: int) -> HttpResponse:
    services.reset_totp(actor=request.actor, account_id=account_id)
    messages.success(request, "动态验证码已停用，本人可重新启用。")
    return redirect(f"/desk/admin/accounts/{account_id}")


@require_POST
@MANAGE
def activity(request: Request, account_id: int) -> HttpResponse:
    stop = request.POST.get("active") == "no"
    service = services.deactivate_account if stop else services.activate_account
    service(actor=request.actor, account_id=account_id)
    messages.success(request, "账号已停用。" if stop else "账号已启用。")
    return redirect(f"/desk/admin/accounts/{account_id}")


@require_POST
@MANAGE
def appoint(request: Request, account_id: int) -> HttpResponse:
    one = queries.account_by_id(account_id)
    given = request.POST.get("post", "")
    posts = list(queries.find_posts(request.actor, active=True).filter(pk=int(given) if given.isdigit() else 0))
    form = forms.AppointForm(posts, request.POST, auto_id="appoint_%s")
    if form.is_valid():
        told = dict(form.cleaned_data, post_id=int(form.cleaned_data["post"]))
        told.pop("post")
        if attempt(form, lambda: services.appoint(actor=request.actor, account_id=account_id, **told)):
            messages.success(request, "任命已保存。")
            return redirect(f"/desk/admin/accounts/{account_id}")
    return _account(request, one, status=422, appoint_form=form)


STEPS: dict[str, tuple[str, type[forms.PlainForm], str]] = {
    "end": ("结束任职", forms.EndForm, "任职已定于该日结束。"),
    "cover": ("安排代管", forms.CoverForm, "代管已安排。"),
    "hand-over": ("交接岗位", forms.HandOverForm, "岗位已交接。"),
}


@MANAGE
def appointment(request: Request, account_id: int, appointment_id: int, step: str) -> HttpResponse:
    """End, cover or hand over one appointment of the account."""
    one = queries.account_by_id(account_id)
    held = queries.appointment_of(request.actor, account_id, appointment_id)
    verb, kind, done = STEPS[step]
    form = kind(request.POST if request.method == "POST" else None)
    if form.is_valid() and attempt(form, lambda: _act(request.actor, appointment_id, step, form.cleaned_data)):
        messages.success(request, done)
        return redirect(f"/desk/admin/accounts/{account_id}")
    context = {"person": one, "held": held, "form": form, "verb": verb}
    return render(request, "identity/appointment.html", context, status=422 if form.errors else 200)


def _act(actor: Any, appointment_id: int, step: str, told: dict[str, Any]) -> Any:
    if step == "end":
        return services.end_appointment(actor=actor, appointment_id=appointment_id, **told)
    who = told["account"].pk
    if step == "cover":
        return services.cover(
            actor=actor, appointment_id=appointment_id, account_id=who, starts=told["starts"], ends=told["ends"]
        )
    return services.hand_over(
        actor=actor, appointment_id=appointment_id, to_account_id=who, on=told["on"], note=told["note"]
    )


def _posts(request: Request, form: Any, status: int = 200) -> HttpResponse:
    asked = request.GET
    found = queries.find_posts(
        request.actor, asked.get("q", "").strip(), asked.get("role", ""), ACTIVE.get(asked.get("active", ""))
    )
    page = paging.page(found, order=("code",), after=asked.get("after"), size=50)
    names = queries.holders(p.pk for p in page)
    context = {
        "page": page,
        "rows": [(p, queries.place_name(p.place_code), "、".join(names.get(p.pk, []))) for p in page],
        "total": paging.count_capped(found),
        "roles": queries.roles(),
        "officers": rules.OFFICERS,
        "form": form,
    }
    return render(request, "identity/posts.html", context, status=status)


@SEE
def posts(request: Request) -> HttpResponse:
    if request.method != "POST":
        return _posts(request, forms.PostForm())
    form = forms.PostForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        if attempt(
            form,
            lambda: services.create_post(
                actor=request.actor,
                code=told["code"],
                name=told["name"],
                role=told["role"],
                department_id=told["department"].pk,
                place_code=told["place"],
            ),
        ):
            messages.success(request, "岗位已新建。")
            return redirect("/desk/admin/posts")
    return _posts(request, form, status=422)


@require_POST
@MANAGE
def close_post(request: Request, post_id: int) -> HttpResponse:
    services.close_post(actor=request.actor, post_id=post_id)
    messages.success(request, "岗位已停用。")
    return redirect("/desk/admin/posts")


def _departments(request: Request, form: Any, status: int = 200) -> HttpResponse:
    found = queries.find_departments(request.actor, request.GET.get("q", "").strip(), request.GET.get("kind", ""))
    page = paging.page(found, order=("code",), after=request.GET.get("after"), size=50)
    context = {
        "page": page,
        "rows": [(d, queries.place_name(d.place_code)) for d in page],
        "total": paging.count_capped(found),
        "kinds": forms.DEPARTMENT_KINDS,
        "form": form,
    }
    return render(request, "identity/departments.html", context, status=status)


@SEE
def departments(request: Request) -> HttpResponse:
    if request.method != "POST":
        return _departments(request, forms.DepartmentForm())
    form = forms.DepartmentForm(request.POST)
    if form.is_valid():
        told = dict(form.cleaned_data, place_code=form.cleaned_data["place"])
        told.pop("place")
        if attempt(form, lambda: services.create_department(actor=request.actor, **told)):
            messages.success(request, "机构已新建。")
            return redirect("/desk/admin/departments")
    return _departments(request, form, status=422)


@MANAGE
def department(request: Request, department_id: int) -> HttpResponse:
    one = queries.office(department_id)
    form = forms.RenameForm(
        request.POST if request.method == "POST" else None, initial={"name": one.name, "short": one.short}
    )
    if form.is_valid():
        act = lambda: services.rename_department(actor=request.actor, department_id=one.pk, **form.cleaned_data)  # noqa: E731
        if attempt(form, act):
            messages.success(request, "机构名称已保存。")
            return redirect("/desk/admin/departments")
    context = {"office": one, "place": queries.place_name(one.place_code), "form": form}
    return render(request, "identity/department.html", context, status=422 if form.errors else 200)


@require_POST
@MANAGE
def close_department(request: Request, department_id: int) -> HttpResponse:
    services.close_department(actor=request.actor, department_id=department_id)
    messages.success(request, "机构已停用。")
    return redirect("/desk/admin/departments")
