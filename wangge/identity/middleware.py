"""From a cookie or a token to an actor, and from an actor to the transaction a view runs in."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from wangge.identity import access, queries, services
from wangge.kernel import scope
from wangge.kernel.actor import PUBLIC, Actor
from wangge.kernel.web import Bucket, LimitsMiddleware, address, answer, as_refusal, too_fast, wants_json

# Machine-readable descriptions and signs of life: no view function of ours to carry the mark.
PUBLIC_PATHS = frozenset({"/api/v1/openapi.json", "/healthz", "/readyz"})
# The hot path: one statement that sets its own scope, so a transaction around it would only cost.
OWN_TRANSACTION = "/api/v1/events"
# Pages that stay open while a password has to be changed.
WHILE_CHANGING = frozenset({"/password", "/logout"})


class ActorMiddleware:
    """Sets `request.actor` and `request.account` (None: nobody logged in) and runs the view in the actor's scope.

    Every view needs a login unless it is marked `access.public`. A view that is exempt from the cross-site check never
    believes a cookie. The scope is closed before the response leaves: a streamed body opens its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._buckets: dict[int, Bucket] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked: Any = request
        asked.actor = asked.account = asked.login_session = None
        asked.scope_stack = ExitStack()
        refused = self._recognise(asked)
        unknown = request.method == "POST" and asked.actor is None
        if unknown and not LimitsMiddleware.anonymous.take(address(request)):
            return answer(request, too_fast())
        if refused is not None:
            return refused
        with asked.scope_stack:
            response = self.get_response(request)
            try:
                asked.scope_stack.close()
            except Exception as error:  # a constraint that is checked at commit
                refusal = as_refusal(error)
                if refusal is None:
                    raise
                return answer(request, refusal)
        return response

    def _recognise(self, request: Any) -> HttpResponse | None:
        header = request.headers.get("Authorization", "")
        if request.path.startswith("/api/") and header.startswith("Bearer "):
            caller = queries.caller_by_token(header.removeprefix("Bearer ").strip())
            if caller is None:
                return answer(request, access.not_signed_in())
            if not self._bucket(caller.rate).take(str(caller.token_id)):
                return answer(request, too_fast())
            request.actor = caller.actor
            return None
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if key:
            found = queries.signed_in(key, _channel(request.path))
            if found is not None:
                request.actor, request.account, request.login_session = found.actor, found.account, found.session
                services.touch(session=found.session, post_id=found.actor.post_id)
        return None

    def _bucket(self, rate: int) -> Bucket:
        return self._buckets.setdefault(rate, Bucket(rate=rate, burst=2 * rate))

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        asked: Any = request
        public = getattr(view, "is_public", False) or request.path in PUBLIC_PATHS
        if asked.account is not None and getattr(view, "csrf_exempt", False) and request.method not in ("GET", "HEAD"):
            asked.actor = asked.account = asked.login_session = None
        if asked.actor is None and not public:
            return _to_login(request)
        if asked.account is not None and not public and request.path not in WHILE_CHANGING:
            reason = queries.password_is_due(asked.account)
            if reason and not wants_json(request):
                return HttpResponseRedirect("/password")
            if reason:
                return answer(request, reason)
        hot = request.method == "POST" and request.path.startswith(OWN_TRANSACTION)
        if not (hot or getattr(view, "has_own_transaction", False)):
            actor: Actor = asked.actor or PUBLIC
            asked.scope_stack.enter_context(scope.use(actor))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """An error that nobody turns into an answer takes back what the view had written."""
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)


def _channel(path: str) -> str:
    return "pocket" if path.startswith("/pocket") else "api" if path.startswith("/api/") else "desk"


def _to_login(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return answer(request, access.not_signed_in())
    back = request.get_full_path() if request.method == "GET" else "/"
    target = "/login?" + urlencode({"next": back})
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = target
        return response
    return HttpResponseRedirect(target)
