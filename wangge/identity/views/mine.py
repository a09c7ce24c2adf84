"""My account: posts, signed-in devices, second step, tokens."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from wangge.identity import forms, queries, rules, services
from wangge.identity.access import own_transaction
from wangge.kernel import clock
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request
from wangge.kernel.web import address


def _render(request: Request, status: int = 200, **extra: Any) -> HttpResponse:
    context = {
        "appointments": queries.appointments_of(request.actor, request.actor.id),
        "sessions": queries.sessions_of(request.actor),
        "this_session": request.login_session.pk,
        "tokens": queries.tokens_of(request.actor),
        "token_form": forms.TokenForm(),
        "off_form": forms.OwnPasswordForm(auto_id="off_%s"),
        "code_form": forms.CodeForm(),
        "is_officer": request.actor.role in rules.OFFICERS,
        "today": clock.today(),
        **extra,
    }
    return render(request, "identity/account.html", context, status=status)


@require_GET
def page(request: Request) -> HttpResponse:
    return _render(request)


@require_POST
def end_session(request: Request, session_id: int) -> HttpResponse:
    services.end_session(actor=request.actor, session_id=session_id)
    messages.success(request, "已结束该设备上的登录。")
    return redirect("/account#sessions")


@require_POST
def totp(request: Request) -> HttpResponse:
    setup = services.setup_totp(actor=request.actor)
    return _render(request, setup=setup, waiting_code=True)


@require_POST
def totp_confirm(request: Request) -> HttpResponse:
    form = forms.CodeForm(request.POST)
    if form.is_valid():
        try:
            services.confirm_totp(actor=request.actor, code=form.cleaned_data["code"])
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "动态验证码已启用，下次登录起生效。")
            return redirect("/account#totp")
    return _render(request, status=422, code_form=form, waiting_code=True)


@require_POST
@own_transaction
def totp_off(request: Request) -> HttpResponse:
    form = forms.OwnPasswordForm(request.POST, auto_id="off_%s")
    if form.is_valid():
        given = form.cleaned_data["password"]
        try:
            services.check_own_password(actor=request.actor, password=given, address=address(request))
            services.disable_totp(actor=request.actor, password=given)
        except Refusal as refusal:
            form.add_error("password", refusal.sentence)
        else:
            messages.success(request, "动态验证码已停用。")
            return redirect("/account#totp")
    return _render(request, status=422, off_form=form)


@require_POST
def create_token(request: Request) -> HttpResponse:
    form = forms.TokenForm(request.POST)
    if form.is_valid():
        try:
            raw = services.create_token(
                actor=request.actor,
                account_name=request.account.name,
                post_id=request.actor.post_id,
                **form.cleaned_data,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return _render(request, raw_token=raw)
    return _render(request, status=422, token_form=form)


@require_POST
def revoke_token(request: Request, token_id: int) -> HttpResponse:
    services.revoke_token(actor=request.actor, token_id=token_id)
    messages.success(request, "令牌已撤销，十秒内各处失效。")
    return redirect("/account#tokens")
