"""One search box: a number opens its case, anything else looks through cases, people, cells and offices.

The box posts its words, because among them are numbers of documents and telephones, which must not stand in addresses.
"""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wangge.casework import queries as casework
from wangge.desk import queries
from wangge.identity.access import requires
from wangge.kernel.errors import NotHere
from wangge.kernel.request import Request
from wangge.registry import queries as registry
from wangge.territory import queries as territory

SHOWN = 20


@require_http_methods(["GET", "POST"])
@requires("events.view", "registry.view")
def search(request: Request) -> HttpResponse:
    """`/desk/search`, `q` in the body; in the address for links to words that say nothing of a person."""
    actor, words = request.actor, request.POST.get("q", request.GET.get("q", "")).strip()[:60]
    is_number = registry.tells_a_number(words)
    context: dict[str, Any] = {"words": words, "rows": [], "cells": [], "offices": [], "more": False}
    context |= {"may_people": actor.may("registry.view"), "is_number": is_number, "searched": words}
    if request.method == "GET" and is_number and context["may_people"]:
        return render(request, "desk/search.html", context | {"words": "", "searched": "", "misplaced": True})
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
                (c, territory.path_of(c.code))
                for c in territory.search(words, queries.district_of(actor), SHOWN, ever=True)
            ],
            "offices": queries.offices_named(actor, words)[:SHOWN],
        }
    if words and actor.may("registry.view"):
        context["found"] = (people := registry.find(actor, words, limit=SHOWN))
        context["people"] = list(registry.as_rows(people.people))
    return render(request, "desk/search.html", context)
