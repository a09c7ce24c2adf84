"""Staff pages of the territory: list and map of the cells, one cell, drawing, and import."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.kernel import clock
from wangge.kernel.errors import NotHere
from wangge.territory import forms, queries, reading, rules, services

MOST_ROWS = 500


def _actor(request: HttpRequest, right: str = "territory.view") -> Any:
    actor = getattr(request, "actor", None)
    if actor is None:
        raise NotHere()
    actor.must(right)
    return actor


def _place(request: HttpRequest, actor: Any) -> int:
    """The street or district asked for, by default where the actor's post lies."""
    asked = request.GET.get("within")
    if asked:
        return rules.parse_code(asked)
    known = queries.districts()
    for district in known:
        if actor.covers(district.pk) or rules.at_level(max(actor.lo, 10**14), "district") == district.pk:
            return district.pk
    return known[0].pk if known else 0


def _day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET["at"])
    except (KeyError, ValueError):
        return None


@require_GET
def cells(request: HttpRequest) -> HttpResponse:
    """List and map of the cells of a district or street, on a day."""
    actor = _actor(request)
    place, day, text = _place(request, actor), _day(request), request.GET.get("q", "").strip()
    rows = (
        queries.search(text, place or None, MOST_ROWS) if text else list(queries.cells(place or None, day)[:MOST_ROWS])
    )
    district = rules.at_level(place, "district") if place else 0
    context = {
        "rows": queries.with_areas(rows, day),
        "place": place,
        "place_name": queries.path_of(place) if place else "",
        "districts": queries.districts(),
        "streets": queries.children(district) if district else [],
        "communities": queries.communities(place) if place else [],
        "kinds": rules.KINDS,
        "q": text,
        "at": day,
        "today": clock.today(),
        "may_edit": actor.may(services.RIGHT),
        "more": len(rows) == MOST_ROWS,
    }
    return render(request, "territory/cells.html", context)


@require_GET
def geojson(request: HttpRequest) -> HttpResponse:
    """The cells of the district around a place on a day, for the map; `simplify` in metres.

    The whole district, because a border is moved together with the cell beyond it; `outline` is that of the place.
    """
    actor = _actor(request)
    place = _place(request, actor)
    try:
        simplify = min(100.0, max(0.0, float(request.GET.get("simplify", "0"))))
    except ValueError:
        simplify = 0.0
    found = queries.geojson(rules.at_level(place, "district") if place else None, at=_day(request), simplify_m=simplify)
    found["outline"] = queries.outlines_geojson([place])["features"] if place else []
    return JsonResponse(found)


@require_GET
def cell(request: HttpRequest, code: int) -> HttpResponse:
    """One cell of any time with its borders, lineage and neighbours."""
    actor = _actor(request)
    found = queries.cell(code)
    context = {
        "cell": found,
        "board": queries.board(code),
        "history": queries.history(code),
        "lineage": queries.lineage(code),
        "neighbours": queries.neighbours(code),
        "alive": queries.is_alive(found),
        "may_edit": actor.may(services.RIGHT) and actor.covers(code),
        "today": clock.today(),
    }
    return render(request, "territory/cell.html", context)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Gaps, overlaps and parts outside, of what is stored or of what stands on the screen."""
    _actor(request)
    asked = forms.body(request, forms.Check)
    shown = {rules.parse_code(c.code): rules.read_shape(c.geometry) for c in asked.changes}
    findings = queries.check(rules.parse_code(asked.within), shown=shown)
    return JsonResponse({"findings": [_finding(f) for f in findings]})


def _finding(finding: rules.Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "cells": [str(c) for c in finding.cells],
        "area_m2": round(finding.area_m2, 1),
        "lng": finding.lng,
        "lat": finding.lat,
        "sentence": finding.sentence,
    }


@require_POST
def draw(request: HttpRequest) -> HttpResponse:
    asked = forms.body(request, forms.Draw)
    made = services.draw_cell(
        actor=_actor(request, services.RIGHT),
        community=rules.parse_code(asked.community),
        geometry=asked.geometry,
        name=asked.name,
        kind=asked.kind,
        from_on=asked.from_on,
    )
    return JsonResponse({"code": str(made.pk), "name": made.name}, status=201)


@require_POST
def redraw(request: HttpRequest) -> HttpResponse:
    asked = forms.body(request, forms.Redraw)
    changes: list[services.Redrawing] = [
        {"code": rules.parse_code(c.code), "geometry": c.geometry, "seen_boundary": c.seen_boundary}
        for c in asked.changes
    ]
    made = services.redraw_cells(actor=_actor(request, services.RIGHT), changes=changes, from_on=asked.from_on)
    return JsonResponse({"codes": [str(c.pk) for c in made]})


@require_POST
def split(request: HttpRequest) -> HttpResponse:
    asked = forms.body(request, forms.Split)
    made = services.split_cell(
        actor=_actor(request, services.RIGHT),
        code=rules.parse_code(asked.code),
        line=asked.line,
        names=asked.names,
        seen_boundary=asked.seen_boundary,
        from_on=asked.from_on,
    )
    return JsonResponse({"codes": [str(c.pk) for c in made], "names": [c.name for c in made]})


@require_POST
def merge(request: HttpRequest) -> HttpResponse:
    asked = forms.body(request, forms.Merge)
    made = services.merge_cells(
        actor=_actor(request, services.RIGHT),
        codes=[rules.parse_code(c) for c in asked.codes],
        name=asked.name,
        from_on=asked.from_on,
    )
    return JsonResponse({"code": str(made.pk), "name": made.name}, status=201)


@require_POST
def retire(request: HttpRequest, code: int) -> HttpResponse:
    gone = services.retire_cell(actor=_actor(request, services.RIGHT), code=code)
    messages.success(request, f"“{gone.name}”已撤销，编码保留备查。")
    return redirect("territory:cell", code=code)


@require_POST
def rename(request: HttpRequest, code: int) -> HttpResponse:
    actor = _actor(request, services.RIGHT)
    named = services.rename_cell(actor=actor, code=code, name=request.POST.get("name", ""))
    messages.success(request, f"网格已改名为“{named.name}”。")
    return redirect("territory:cell", code=code)


@require_http_methods(["GET", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """Import of a file: look first (`do=check`), then carry out (`do=load`)."""
    actor = _actor(request, services.RIGHT)
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        act = services.import_cells if request.POST.get("do") == "load" else services.propose_cells
        report = act(
            actor=actor,
            data=said["file"].read(),
            kind=reading.guess_format(said["file"].name),
            datum=said["datum"],
            from_on=said["from_on"],
            community=said["community"],
        )
    page = "territory/parts/import_result.html" if request.headers.get("HX-Request") else "territory/import.html"
    context = {"form": form, "report": report, "wrong": report.wrong if report else []}
    return render(request, page, context)
