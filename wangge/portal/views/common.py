"""What every public page shares: which district it speaks for, and how it is put together."""

import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from wangge.identity import access
from wangge.identity import queries as identity

View = Callable[..., HttpResponse]
YEAR = 365 * 24 * 3600


def chosen_district(request: HttpRequest) -> Any:
    """The district the visitor speaks to: the only one, or the one they chose before; None when that is open."""
    known = identity.districts()
    if len(known) == 1:
        return known[0]
    wanted = request.COOKIES.get("district", "")
    return next((d for d in known if str(d.code) == wanted), None)


def page(request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    given = dict(context or {})
    given.setdefault("district", chosen_district(request))
    given["several"] = len(identity.districts()) > 1
    response = render(request, f"portal/{template}.html", given, status=status)
    response["Cache-Control"] = "no-store"  # a shared phone must not show the last person's words
    return response


class Visit(HttpRequest):
    """A request of the portal: the district that was chosen, and inside the wizard what was answered so far."""

    district: Any
    draft: dict[str, Any]


def needs_district(view: View) -> View:
    """Ask for the district first where there are several; the view gets it as `request.district`."""

    @access.public
    @wraps(view)
    def asked(request: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
        request.district = chosen_district(request)
        if request.district is None:
            return to("portal:home", next=request.path)
        return view(request, *args, **kwargs)

    return asked


def to(name: str, *args: Any, **query: Any) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(name, args=args) + (f"?{urlencode(query)}" if query else ""))


def plain(text: str) -> str:
    """Typed words without the one character that cannot be kept, as browsers send their line ends."""
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def narrow(text: str) -> str:
    """A typed number or code as it was meant: full-width letters and digits made narrow."""
    return unicodedata.normalize("NFKC", plain(text))


def keep(response: HttpResponse, request: HttpRequest, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, secure=request.is_secure(), httponly=True, samesite="Lax")
