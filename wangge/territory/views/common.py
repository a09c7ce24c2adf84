"""What the pages of places share: who may enter, the place asked for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.request import Request
from wangge.territory import queries, rules

SEE = ("territory.view", "registry.view", "territory.places")
EDIT = ("territory.places",)
View = Callable[..., HttpResponse]


def allows(*rights: str) -> Callable[[View], View]:
    """Refuse (403) unless the active post carries one of the rights."""

    def around(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = getattr(request, "actor", None)
            if actor is None:
                raise NotHere()
            if not any(actor.may(right) for right in rights):
                actor.must(rights[0])
            return view(request, *args, **kwargs)

        guarded.rights = rights  # type: ignore[attr-defined]  # read by the law of addresses
        return guarded

    return around


def within(request: Request) -> int | None:
    """The place asked for by `?within=`, None for the actor's whole reach; an unreadable one counts as none."""
    asked = request.GET.get("within", "").strip()
    try:
        return rules.parse_code(asked) if asked else None
    except Refusal:
        return None


def community(request: Request) -> int:
    """The community of `?within=`, else the first of the actor's reach."""
    asked = within(request)
    if asked is not None and rules.level(asked) in ("community", "cell"):
        return rules.at_level(asked, "community")
    lo, hi = queries.within_reach(request.actor, asked)
    for district in queries.districts():
        for one in queries.communities(district.pk):
            if one.pk + 999 >= lo and one.pk <= hi:
                return one.pk
    raise NotHere("社区")


def number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def done(request: Request, sentence: str, to: str, *args: Any) -> HttpResponse:
    messages.success(request, sentence)
    return redirect(to, *args)
