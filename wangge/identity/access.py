"""Marks on views that the middleware reads, and the right a page asks for."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

from wangge.kernel.errors import Refusal

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Open to everybody. Without this mark a view answers only to people who have logged in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def own_transaction(view: View) -> View:
    """The view opens its transactions and scopes itself: for what must be kept even when the answer is a refusal."""
    view.has_own_transaction = True  # type: ignore[attr-defined]
    return view


def requires(*rights: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Refuse (403) unless the active post carries one of the rights."""

    def around(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = request.actor  # type: ignore[attr-defined]
            if not any(actor.may(right) for right in rights):
                actor.must(rights[0])
            return view(request, *args, **kwargs)

        guarded.rights = rights  # type: ignore[attr-defined]
        return guarded

    return around


def not_signed_in() -> Refusal:
    return Refusal("not_signed_in", "尚未登录，或登录已过期。请登录后再试，已填写的内容不会丢失。", status=401)
