"""Logging in and out, and changing one's password."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from wangge.identity import forms, queries, rules, services
from wangge.identity.access import own_transaction, public
from wangge.kernel import clock
from wangge.kernel.actor import PUBLIC
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request
from wangge.kernel.web import address

HOMES = {
    "officer": "/pocket/",
    "lead": "/pocket/",
    "system_admin": "/desk/admin/accounts",
    "security_admin": "/desk/admin/sessions",
    "audit_admin": "/desk/admin/audit",
}


def _page(request: Request, template: str, form: Any, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)


def _enter(request: Request, account: Any, target: str) -> HttpResponse:
    """Start the session under a new key, so that a key planted before the login is worth nothing."""
    if request.login_session is not None:
        services.end_session(actor=request.actor, session_id=request.login_session.pk)
    request.session.flush()
    request.session["account"] = account.pk
    request.session.save()
    rotate_token(request)
    session = services.start_session(
        actor=PUBLIC,
        account=account,
        key=request.session.session_key or "",
        address=address(request),
        agent=request.headers.get("User-Agent", ""),
    )
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    role = session.post.role_id if session.post else ""
    home = HOMES.get(role, "/desk/") if session.post else "/account"
    return redirect(target if target and safe else home)


@public
@own_transaction
def login(request: Request) -> HttpResponse:
    form = forms.LoginForm(request.POST if request.method == "POST" else None)
    target = request.POST.get("next") or request.GET.get("next", "")
    if form.is_valid():
        try:
            account = services.login(actor=PUBLIC, address=address(request), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            if not account.totp_confirmed:
                return _enter(request, account, target)
            until = clock.now() + timedelta(minutes=rules.CODE_MINUTES)
            request.session["waiting"] = {"account": account.pk, "until": until.timestamp(), "next": target}
            return redirect("/login/code")
    return _page(request, "identity/login.html", form, next=target)


@public
@own_transaction
def code(request: Request) -> HttpResponse:
    waiting = request.session.get("waiting")
    if not waiting or waiting["until"] < clock.now().timestamp():
        messages.warning(request, "验证码步骤已超时，请重新填写账号和密码。")
        return redirect("/login")
    form = forms.CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            account = services.confirm_code(
                actor=PUBLIC, account_id=waiting["account"], code=form.cleaned_data["code"], address=address(request)
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return _enter(request, account, waiting["next"])
    return _page(request, "identity/code.html", form)


@require_POST
def logout(request: Request) -> HttpResponse:
    if request.login_session is not None:
        services.end_session(actor=request.actor, session_id=request.login_session.pk)
    request.session.flush()
    return redirect("/login")


@own_transaction
def password(request: Request) -> HttpResponse:
    form = forms.PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        old, new = form.cleaned_data["old"], form.cleaned_data["password"]
        try:
            services.check_own_password(actor=request.actor, password=old, address=address(request))
            services.change_password(actor=request.actor, old=old, new=new, keep_session=request.login_session.pk)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "密码已修改，其他设备上的登录已结束。")
            return redirect("/account")
    return _page(request, "identity/password.html", form, due=queries.password_is_due(request.account))


@require_POST
def switch(request: Request) -> HttpResponse:
    post = request.POST.get("post", "")
    services.switch_post(actor=request.actor, session=request.login_session, post_id=int(post) if post.isdigit() else 0)
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if target and safe else "/desk/")


@require_GET
def sessions(request: Request) -> HttpResponse:
    return redirect("/account#sessions")
