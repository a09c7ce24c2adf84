"""The first page, how it is displayed, and help."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from wangge.identity import access
from wangge.identity import queries as identity
from wangge.portal.views.common import chosen_district, keep, page


@access.public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What residents come for, as verbs; with several districts, first the question which one."""
    known = identity.districts()
    wanted = request.GET.get("district", "")
    if any(str(d.code) == wanted for d in known):
        response = HttpResponseRedirect(_back(request))
        keep(response, request, "district", wanted)
        return response
    chosen = chosen_district(request)
    asking = len(known) > 1 and (chosen is None or "change" in request.GET)
    return page(
        request, "home", {"districts": known, "asking": asking, "next": request.GET.get("next", ""), "district": chosen}
    )


@access.public
@require_safe
def display(request: HttpRequest) -> HttpResponse:
    """Large type and high contrast, remembered in a cookie; back to the page one came from."""
    response = HttpResponseRedirect(_back(request))
    for name in ("large", "contrast"):
        if request.GET.get(name) in ("0", "1"):
            keep(response, request, name, request.GET[name])
    return response


def _back(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else "/"


@access.public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What has been done so that everybody can use these pages, and whom to tell when it is not enough."""
    return page(request, "accessibility")
