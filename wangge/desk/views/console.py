"""The dispatch console: map and queue side by side, and what changed since the last look."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.desk import queries
from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.request import Request
from wangge.territory import queries as territory

QUEUE_SIZE = 120


def _queue(request: Request) -> tuple[str, queries.Filters, Any]:
    tab, asked = queries.console_filters(request.GET.dict())
    return tab, asked, queries.cases(request.actor, asked)


@require_GET
@requires("events.console")
def page(request: Request) -> HttpResponse:
    """`/desk/console`; `?wall=1` for the big screen, `?print=1` for paper."""
    actor = request.actor
    tab, asked, found = _queue(request)
    newest = casework.newest_step()
    listed = queries.rows(found.order_by("due_at", "id")[:QUEUE_SIZE])
    district = queries.district_of(actor)
    query = request.GET.copy()
    for gone in ("wall", "print"):
        query.pop(gone, None)
    context = {
        "tab": tab,
        "tabs": queries.tab_counts(actor, asked),
        "asked": asked,
        "rows": listed,
        "more": QUEUE_SIZE if len(listed) == QUEUE_SIZE else 0,
        "newest": newest,
        "query": query.urlencode(),
        "wall": request.GET.get("wall") == "1",
        "printing": request.GET.get("print") == "1",
        "sources": terms.SOURCES.items(),
        "cards": terms.CARDS.items(),
        "places": territory.place_groups(actor),
        "categories": queries.category_choices(district) if district else [],
        "now": clock.now(),
    }
    return render(request, "desk/console.html", context)


@require_GET
@requires("events.console")
def points(request: Request) -> HttpResponse:
    """The open cases of the console's filters as `{newest, points: [[number, lng, lat, state, tone, title], …]}`."""
    newest = casework.newest_step()
    _, _, found = _queue(request)
    return JsonResponse({"newest": newest, "points": queries.map_points(found)})


@require_GET
@requires("events.view")
def cells(request: Request) -> HttpResponse:
    """The cells of the actor's area for the map, with the name of their street; `?around=` one cell, its community's."""
    actor, around = request.actor, request.GET.get("around", "")
    if around.isdigit() and len(around) == 15:
        within: int | None = int(around) - int(around) % 1000
    else:
        within = actor.lo if actor.lo <= actor.hi and actor.lo else queries.district_of(actor)
    found = queries.cell_shapes(within)
    response = JsonResponse(found)
    response["Cache-Control"] = "private, max-age=600"
    return response


@require_GET
@requires("events.console")
def changes(request: Request) -> HttpResponse:
    """What moved after step `after`: rows to put in or redraw, numbers to take out, points; 204 when nothing did."""
    actor = request.actor
    raw = request.GET.get("after", "")
    ids, newest = casework.changes(actor, int(raw) if raw.isdigit() and len(raw) < 19 else casework.newest_step())
    if not ids:
        return HttpResponse(status=204)
    _, asked, found = _queue(request)
    here = queries.rows(found.filter(pk__in=ids).order_by("due_at", "id"))
    shown = {r.case.pk for r in here}
    gone = [c.number for c in casework.by_ids(actor, [i for i in ids if i not in shown])]
    rows = [
        {
            "id": r.case.number,
            "step": r.case.step,
            "due": r.case.due_at.timestamp() if r.case.due_at else None,
            "html": render_to_string("desk/parts/queue_item.html", {"row": r}),
            "point": [r.case.number, r.case.lng, r.case.lat, r.case.state, r.tone, r.case.title],
        }
        for r in here
    ]
    tabs = [[t, n] for t, _, n in queries.tab_counts(actor, asked)]
    return JsonResponse({"newest": newest, "rows": rows, "gone": gone, "tabs": tabs})
