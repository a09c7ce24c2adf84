"""All supervision cards in scope, and the four platforms."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.desk import queries
from wangge.identity.access import requires
from wangge.kernel.paging import count_capped, page
from wangge.kernel.request import Request


@require_GET
@requires("events.view")
def cards(request: Request) -> HttpResponse:
    """`/desk/cards`: yellow and red cards, filtered by colour, state, and whether they are one's own to answer."""
    actor = request.actor
    colour, state, mine = (request.GET.get(k, "") for k in ("colour", "state", "mine"))
    found = casework.cards_in_scope(actor)
    if colour in terms.CARDS:
        found = found.filter(colour=colour)
    if state in dict(casework.CARD_STATES):
        found = found.filter(state=state)
    if mine == "1":
        found = found.filter(department_id=actor.department_id or 0)
    listed = page(found, order=("id",), desc=True, after=request.GET.get("after") or None)
    context = {
        "page": listed,
        "rows": queries.card_rows(actor, listed.rows),
        "total": count_capped(found),
        "colours": terms.CARDS.items(),
        "states": casework.CARD_STATES,
    }
    return render(request, "desk/cards.html", context)


@require_GET
@requires("events.console", "events.export")
def platforms(request: Request) -> HttpResponse:
    """`/desk/platforms`: open, waiting and overdue cases of each of the four platforms, by category."""
    actor = request.actor
    return render(request, "desk/platforms.html", queries.platforms(actor, request.GET.get("platform", "")))
