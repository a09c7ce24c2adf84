"""找网格员: which cell a place belongs to, who answers for it, whom to call about them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wangge.identity import access
from wangge.kernel import clock, documents
from wangge.kernel.errors import NotHere, Refusal
from wangge.portal import queries
from wangge.portal.views.common import Visit, needs_district, page, to
from wangge.territory import queries as territory

SIMPLIFIED_METRES = 4.0


@require_safe
@needs_district
def find(request: Visit, code: int = 0) -> HttpResponse:
    """By the phone's position, on the map, or down the list; `?lng=&lat=` answers with the cell of that point."""
    errors: list[tuple[str, str]] = []
    if "lng" in request.GET:
        found = _at(request)
        if isinstance(found, int):
            return to("portal:grid", found)
        errors = [("by_list", found)]
    if code % 1000:
        return _cell(request, code)
    within = code or request.district.code
    below = queries.below(within)
    return page(
        request,
        "grid/find",
        {
            "errors": errors,
            "district": request.district,
            "within": within if code else 0,
            "within_name": territory.path_of(within),
            "below": below,
            "up": (within - within % 10**6) if within % 10**6 else 0,
        },
        status=422 if errors else 200,
    )


def _at(request: HttpRequest) -> int | str:
    try:
        placed = territory.cell_at(float(request.GET["lng"]), float(request.GET["lat"]), "wgs84")
    except (ValueError, KeyError, Refusal):
        return "没有得到位置。请在地图上指出，或按街道、社区查找"
    if placed.cell_code is not None:
        return placed.cell_code
    near = f"，离它最近的是{queries.path(placed.nearest)}" if placed.nearest and placed.distance_m < 2000 else ""
    return f"这个位置不在本系统的网格内{near}。请重新指出，或按街道、社区查找"


def _cell(request: HttpRequest, code: int) -> HttpResponse:
    shown = queries.grid_page(code)
    return page(request, "grid/cell", {"one": shown, "district": shown.district})


@require_safe
@access.public
def board(request: HttpRequest, code: int) -> HttpResponse:
    """The public board of the cell, to print and put up."""
    if not code % 1000:
        raise NotHere("网格")
    one = queries.grid_page(code)
    printed = documents.pdf(
        "territory/board", queries.board(one, clock.today(), request.build_absolute_uri(f"/my-grid/{code}"))
    )
    response = HttpResponse(printed, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="board-{code}.pdf"'
    return response


@require_safe
@needs_district
def cells(request: Visit) -> HttpResponse:
    """The cells of the district for the map, thinned: land is public."""
    return HttpResponse(
        queries.cells_json(request.district.code, territory.version(), SIMPLIFIED_METRES),
        content_type="application/geo+json",
        headers={"Cache-Control": "private, max-age=3600"},
    )
