"""One search box: a number opens its case, anything else looks through cases, cells and offices."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wangge.casework import queries as casework
from wangge.desk import queries
from wangge.identity.access import requires
from wangge.kernel.errors import NotHere
from wangge.kernel.request import Request
from wangge.territory import queries as territory

SHOWN = 20


@require_GET
@requires("events.view", "registry.view")
def search(request: Request) -> HttpResponse:
    """`/desk/search?q=`."""
    actor, words = request.actor, request.GET.get("q", "").strip()[:60]
    context = {"words": words, "rows": [], "cells": [], "offices": [], "more": False}
    context["may_people"] = actor.may("registry.view")
    if words and actor.may("events.view"):
        try:
            return HttpResponseRedirect(f"/desk/case/{casework.get(actor, words.upper()).number}")
        except NotHere:
            pass
        found = queries.rows(queries.cases(actor, queries.read_filters({"q": words})).order_by("-id")[: SHOWN + 1])
        context |= {
            "rows": found[:SHOWN],
            "more": len(found) > SHOWN,
            "cells": [
                (c, territory.path_of(c.code)) for c in territory.search(words, queries.district_of(actor), SHOWN)
            ],
            "offices": queries.offices_named(actor, words)[:SHOWN],
        }
    return render(request, "desk/search.html", context)
