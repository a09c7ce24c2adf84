"""What every page knows about the reader."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from wangge.identity import queries


def actor(request: HttpRequest) -> dict[str, Any]:
    """`actor` and `account` (None when nobody is logged in), `posts` held today, and the `district` of the post."""
    who, account = getattr(request, "actor", None), getattr(request, "account", None)
    if who is None or account is None:
        return {"actor": None, "account": None, "posts": [], "district": None}

    return {
        "actor": who,
        "account": account,
        "posts": SimpleLazyObject(lambda: queries.posts_of(account)),
        "district": SimpleLazyObject(lambda: queries.district_of_post(who.post_id)),
    }
