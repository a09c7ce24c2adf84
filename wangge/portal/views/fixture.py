"""/f/…: what somebody sees who scans the code on a street lamp, and the shortest way to say what is wrong with it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from wangge.identity import access
from wangge.identity import queries as identity
from wangge.kernel import clock
from wangge.kernel.errors import NotHere
from wangge.portal import draft
from wangge.portal.views.common import keep, page, to
from wangge.territory import queries as territory


@require_http_methods(["GET", "HEAD", "POST"])
@access.public
def fixture(request: HttpRequest, code: str) -> HttpResponse:
    """The fixture by its 16 digits; POST begins a report whose place is known already."""
    one = territory.fixture(code)
    home = next((d for d in identity.districts() if d.code == one.place_code // 10**9 * 10**9), None)
    if home is None:
        raise NotHere("部件")
    if request.method == "POST":
        return _begin(request, one, home)
    context = {
        "one": one,
        "kind": territory.fixture_kind_name(one.kind),
        "place": territory.path_of(one.place_code),
        "district": home,
    }
    return page(request, "fixture", context)


def _begin(request: HttpRequest, one: Any, home: Any) -> HttpResponse:
    begun = draft.begun() | {
        "began": clock.now().isoformat(),
        "lng": one.lng,
        "lat": one.lat,
        "cell": one.place_code,
        "accuracy": 0,
        "how": "fixture",
        "fixture": f"{one.name}（{one.code}）{one.spot}"[:200],
    }
    response = draft.report.keep(request, to("portal:report"), begun)
    # Reports need to know the district they speak to; the fixture stands in just one.
    keep(response, request, "district", str(home.code))
    return response
