"""What every page of the desk's frame shows beside its own content."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from wangge.desk import nav as rail


def nav(request: HttpRequest) -> dict[str, Any]:
    """`nav` for the rail of `desk/base.html`; reckoned only when a template prints it."""
    actor = getattr(request, "actor", None)
    if actor is None or getattr(request, "account", None) is None:
        return {"nav": []}
    return {"nav": SimpleLazyObject(lambda: rail.items(actor, request.path, getattr(request, "waiting", None)))}
