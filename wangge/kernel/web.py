"""The outermost edge: static files, size and rate limits, and how a refusal reaches a browser or a program."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from django.db import IntegrityError, transaction
from django.db.utils import DataError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from whitenoise.middleware import WhiteNoiseMiddleware

from wangge.kernel.errors import CONSTRAINTS, NotHere, Refusal

Respond = Callable[[HttpRequest], HttpResponse]
MEBIBYTE = 1024 * 1024
MAX_BODY = 35 * MEBIBYTE
MAX_JSON = 4 * MEBIBYTE


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Static files straight from the packages, so that no collection step is needed."""

    def __init__(self, get_response: Respond) -> None:
        super().__init__(get_response)
        self.use_finders, self.autorefresh = True, False
        self.add_files_from_finders()


class Bucket:
    """A token bucket per key in this process: `rate` a second, `burst` at once. Old keys are forgotten."""

    def __init__(self, rate: float, burst: int, keep: int = 20_000) -> None:
        self.rate, self.burst, self.keep = rate, burst, keep
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> bool:
        at = time.monotonic()
        with self._lock:
            level, since = self._levels.pop(key, (float(self.burst), at))
            level = min(self.burst, level + (at - since) * self.rate)
            allowed = level >= 1
            self._levels[key] = (level - 1 if allowed else level, at)
            if len(self._levels) > self.keep:
                self._levels.popitem(last=False)
        return allowed


def too_fast() -> Refusal:
    return Refusal("too_fast", "操作过于频繁。请稍候一分钟再试，已填写的内容不会丢失。", status=429)


def too_large(limit: int) -> Refusal:
    return Refusal(
        "too_large", f"提交的内容超过 {limit // MEBIBYTE} MB。请减少附件或压缩后再提交。", status=413, limit=limit
    )


def address(request: HttpRequest) -> str:
    """The caller's address. Behind our own proxy granian is told the real one; the header alone is never believed."""
    return request.META.get("REMOTE_ADDR", "")


class LimitsMiddleware:
    """Refuse a body that is too large before anything reads it.

    `anonymous` is what writers whom nobody has recognised may do from one address; who has a session or a token is
    found out later, so it is taken there (a made-up cookie or header buys nothing).
    """

    anonymous = Bucket(rate=1, burst=60)

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit = MAX_JSON if request.content_type == "application/json" else MAX_BODY
        size = request.META.get("CONTENT_LENGTH") or "0"
        if size.isdecimal() and int(size) > limit:
            return answer(request, too_large(limit))
        return self.get_response(request)


def wants_json(request: HttpRequest) -> bool:
    return (
        request.path.startswith("/api/")
        or "application/json" in request.headers.get("Accept", "")
        or request.content_type == "application/json"
    )


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as JSON, as a fragment for htmx, or as a page."""
    if wants_json(request):
        response: HttpResponse = JsonResponse(
            refusal.as_dict(), status=refusal.status, json_dumps_params={"ensure_ascii": False}
        )
    elif request.headers.get("HX-Request"):
        response = render(request, "kernel/parts/refusal.html", {"refusal": refusal}, status=refusal.status)
    else:
        response = render(request, "kernel/error.html", {"refusal": refusal}, status=refusal.status)
    if refusal.status == 429:
        response["Retry-After"] = "60"
    return response


def as_refusal(error: Exception) -> Refusal | None:
    """A refusal for an exception that is one, or that the database raised for a constraint with a sentence."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, IntegrityError):
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        code, sentence = CONSTRAINTS.get(
            name or "", (name or "conflict", "这项内容与已有记录冲突，未保存。请刷新后核对再试。")
        )
        return Refusal(code, sentence, status=409)
    if isinstance(error, DataError):
        return Refusal("unprintable", "填写的内容中有不能保存的字符，或内容过长。请修改后再提交。")
    if isinstance(error, OperationalError) and any(w in str(error) for w in ("lock timeout", "deadlock detected")):
        return Refusal("busy", "这条记录正被他人处理。请几秒后再试，已填写的内容不会丢失。", status=409)
    return None


class RefusalMiddleware:
    """Turn refusals into answers; whatever the request had written is rolled back with them."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = as_refusal(error)
        if refusal is None:
            return None
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        return answer(request, refusal)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What a page answers when its form did not come from us, or its cookies are gone (`CSRF_FAILURE_VIEW`)."""
    refusal = Refusal(
        "form_expired", "这个页面已失效，内容没有提交。请返回上一页刷新后再提交；浏览器须允许保存 Cookie。", status=403
    )
    return answer(request, refusal)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that does not exist."""
    return answer(request, NotHere("页面"))


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of last resort: leans on nothing that may just have failed."""
    sentence = "系统出现故障，本次操作没有保存。请稍后再试；如反复出现，请把时间和操作告诉系统管理员。"
    if wants_json(request):
        return JsonResponse(Refusal("server_error", sentence, status=500).as_dict(), status=500)
    page = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>系统故障</title><p>{sentence}</p>'
    return HttpResponse(page, status=500)
