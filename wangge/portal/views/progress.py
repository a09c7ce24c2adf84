"""查进度: number and query code open one's own report, and with it rating and “still not fixed”."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wangge.casework import services, terms
from wangge.identity import access
from wangge.identity import queries as identity
from wangge.kernel.actor import PUBLIC
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.web import address, too_fast
from wangge.portal import draft, limits, queries
from wangge.portal.views.common import chosen_district, narrow, page, plain, to

_WRONG = "没有找到。请核对编号和查询码，两样都要与回执上的一致"
GRADES = terms.GRADES


@require_http_methods(["GET", "HEAD", "POST"])
@access.public
def find(request: HttpRequest) -> HttpResponse:
    """Ask for number and code. They travel in a cookie from here on, never in an address."""
    if request.method != "POST":
        return page(request, "progress/find", {"number": narrow(request.GET.get("number", ""))[:30]})
    number = re.sub(r"[\s–—－]+", "-", narrow(request.POST.get("number", ""))).upper()[:30]
    code = re.sub(r"[\s\-]+", "", narrow(request.POST.get("code", ""))).upper()[:20]
    errors = [
        (i, s)
        for i, s, missing in (("id_number", "请填写编号", not number), ("id_code", "请填写查询码", not code))
        if missing
    ]
    if not errors:
        try:
            _look_up(request, number, code)
        except NotHere:
            errors = [("id_number", _WRONG)]
        else:
            return draft.following.keep(request, to("portal:progress_view"), {"number": number, "code": code})
    return page(request, "progress/find", {"number": number, "errors": errors}, status=422)


def _look_up(request: HttpRequest, number: str, code: str) -> queries.Progress:
    caller = address(request)
    if limits.by_address.spent(caller) or limits.by_number.spent(number):
        raise too_fast()
    try:
        return queries.progress(number, code)
    except NotHere:
        limits.by_address.failed(caller)
        limits.by_number.failed(number)
        raise


def _followed(request: HttpRequest) -> tuple[str, str] | None:
    held = draft.following.load(request)
    return (held["number"], held["code"]) if held.get("number") and held.get("code") else None


@require_safe
@access.public
def view(request: HttpRequest) -> HttpResponse:
    """The timeline in plain words, who has it now and by when."""
    return _view(request)


def _view(request: HttpRequest, errors: list[tuple[str, str]] | None = None, **typed: Any) -> HttpResponse:
    held = _followed(request)
    if held is None:
        return to("portal:progress")
    try:
        shown = _look_up(request, *held)
    except NotHere:
        return draft.following.empty(request, to("portal:progress"))
    # The number names its own district; its centre is the one to call.
    known = next((d for d in identity.districts() if str(d.code)[:6] in shown.number), None)
    return page(
        request,
        "progress/view",
        {
            "one": shown,
            "errors": errors or [],
            "grades": GRADES.items(),
            "district": known or chosen_district(request),
            **typed,
        },
        status=422 if errors else 200,
    )


@require_POST
@access.public
def rate(request: HttpRequest) -> HttpResponse:
    """One of five grades, once a service."""
    held = _followed(request)
    if held is None:
        return to("portal:progress")
    grade, text = request.POST.get("grade", ""), plain(request.POST.get("text", ""))
    if not (grade.isdigit() and int(grade) in GRADES):
        return _view(request, [("grade_5", "请选择一项评价")], rate_text=text)
    try:
        services.rate(actor=PUBLIC, number=held[0], code=held[1], grade=int(grade), text=text)
    except Refusal as refusal:
        return _view(request, [("", refusal.sentence)], rate_text=text)
    return to("portal:progress_view")


@require_POST
@access.public
def contest(request: HttpRequest) -> HttpResponse:
    """“还没解决”: the case is handled again."""
    held = _followed(request)
    if held is None:
        return to("portal:progress")
    text = plain(request.POST.get("text", ""))
    try:
        services.contest(actor=PUBLIC, number=held[0], code=held[1], text=text)
    except Refusal as refusal:
        return _view(request, [("id_contest" if refusal.field else "", refusal.sentence)], contest_text=text)
    return to("portal:progress_view")


@require_POST
@access.public
def leave(request: HttpRequest) -> HttpResponse:
    """Forget number and code on this phone."""
    return draft.following.empty(request, to("portal:home"))
