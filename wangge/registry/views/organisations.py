"""Organisations: list, page, registration, change, closing, visits, the full numbers of its people, export."""

import re
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, paging, tables
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.registry import queries, services
from wangge.registry.forms.organisations import CloseForm, OrganisationForm, ReasonForm, VisitForm
from wangge.registry.queries.organisations import (
    KINDS,
    SORTS,
    as_rows,
    columns,
    counts,
    masked,
    open_sealed,
    paper,
    with_last_visit,
)
from wangge.registry.rules import organisations as rules
from wangge.registry.rules import tables as standard
from wangge.registry.rules.collection import PURPOSES, VisitAct
from wangge.territory import queries as territory

SEE, EDIT = requires("registry.view"), requires("registry.edit")
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FILTERS = ("q", "kind", "place", "state", "attention", "hazard", "incomplete", "visited")


def _asked(request: Request) -> dict[str, str]:
    given = {name: request.GET.get(name, "").strip() for name in FILTERS}
    return given | {"state": request.GET.get("state", "open")}


def _found(request: Request, asked: dict[str, str]) -> Any:
    days = int(asked["visited"]) if asked["visited"] in ("30", "90", "180", "365") else 0
    return queries.organisations(
        request.actor,
        place=int(asked["place"]) if asked["place"].isdigit() and len(asked["place"]) == 15 else None,
        kind=asked["kind"] if asked["kind"] in KINDS else "",
        q=asked["q"],
        state=asked["state"],
        attention=asked["attention"],
        hazard=asked["hazard"],
        incomplete=asked["incomplete"] == "1",
        unvisited_since=clock.today() - timedelta(days=days) if days else None,
    )


@require_GET
@SEE
def listing(request: Request) -> HttpResponse:
    asked, sort = _asked(request), request.GET.get("sort", "name")
    found = _found(request, asked)
    order = SORTS.get(sort.lstrip("-"), SORTS["name"])
    page = paging.page(with_last_visit(found), order=order, after=request.GET.get("after"), desc=sort.startswith("-"))
    own = queries.own_labels(request.actor)
    rows = [
        (one, territory.name_of(one.place_code), standard.code_name("5.46", one.details.get("attention"), own),
         standard.code_name("5.45", one.details.get("safety_hazard"), own))
        for one in page
    ]  # fmt: skip
    context = {
        "rows": rows, "page": page, "total": paging.count_capped(found), "asked": asked, "kinds": KINDS,
        "places": territory.place_groups(request.actor), "attentions": standard.codes("5.46", own), "hazards": standard.codes("5.45", own),
        "is_filtered": any(v for k, v in asked.items() if k != "state") or asked["state"] != "open",
        "counts": [(KINDS[k], n) for k, n in counts(request.actor, found).items()] if not asked["kind"] else [],
    }  # fmt: skip
    return render(request, "registry/organisations.html", context)


@require_GET
@requires("registry.export")
def export(request: Request) -> HttpResponse:
    asked = _asked(request)
    found = _found(request, asked).order_by("place_code", "pk")
    kind = asked["kind"] if asked["kind"] in KINDS else ""
    rows = list(as_rows(request.actor, found, kind))
    filters = {k: v for k, v in asked.items() if v and k != "q"}
    services.note_organisations_export(actor=request.actor, kind=kind, rows=len(rows), filters=filters)
    name = f"{KINDS.get(kind, '组织')}{clock.today():%Y%m%d}"
    return spreadsheet(tables.write_xlsx(columns(kind), rows, KINDS.get(kind, "组织")), name)


@require_http_methods(["GET", "POST"])
@EDIT
def new(request: Request) -> HttpResponse:
    kind = request.GET.get("kind") or request.POST.get("kind") or "enterprise"
    kind = kind if kind in KINDS else "enterprise"
    places, own = territory.cell_groups(request.actor), queries.own_labels(request.actor)
    given = (request.POST,) if request.method == "POST" else ()
    start = {
        "source": "走访采集",
        "place_code": places[0][1][0][0] if len(places) == 1 and len(places[0][1]) == 1 else "",
    }
    form = OrganisationForm(kind, places, *given, own=own, initial=start)
    made = attempt(form, lambda: _register(request, form)) if given and form.is_valid() else None
    if made is None:
        context = {"form": form, "kind": kind, "kinds": KINDS}
        return render(request, "registry/organisation_form.html", context, status=422 if form.errors else 200)
    messages.success(request, f"“{made.name}”已登记。")
    return redirect("registry:organisation", made.pk)


def _register(request: Request, form: Any) -> Any:
    said = form.cleaned_data
    return services.register_organisation(
        actor=request.actor, kind=form.kind, values={k: v for k, v in form.values().items() if v},
        place_code=int(said["place_code"]), source=said["source"], opened_on=said["opened_on"],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@EDIT
def edit(request: Request, organisation_id: int) -> HttpResponse:
    one = queries.organisation(request.actor, organisation_id)
    places, own = territory.cell_groups(request.actor, one.place_code), queries.own_labels(request.actor)
    given = (request.POST,) if request.method == "POST" else ()
    start = {**{k: getattr(one, k) for k in rules.ROW}, **one.details, "place_code": one.place_code, "opened_on": one.opened_on, "source": "走访采集"}  # fmt: skip
    form = OrganisationForm(one.kind, places, *given, own=own, held=masked(open_sealed(one)), initial=start)
    made = attempt(form, lambda: _update(request, one, form)) if given and form.is_valid() else None
    if made is None:
        step = request.POST.get("step") or one.step
        context = {"form": form, "one": one, "step": step, "kind": one.kind, "kinds": KINDS}
        return render(request, "registry/organisation_form.html", context, status=422 if form.errors else 200)
    messages.success(request, f"“{made.name}”已更新，修改前后的内容已留存。")
    return redirect("registry:organisation", made.pk)


def _update(request: Request, one: Any, form: Any) -> Any:
    said, step = form.cleaned_data, request.POST.get("step", "")
    changes = form.values() | {"place_code": int(said["place_code"]), "opened_on": said["opened_on"]}
    return services.update_organisation(
        actor=request.actor, organisation_id=one.pk, changes=changes, seen_step=int(step) if step.isdigit() else 0,
        source=said["source"],
    )  # fmt: skip


@require_GET
@SEE
def show(request: Request, organisation_id: int) -> HttpResponse:
    return _page(request, organisation_id)


def _page(request: Request, organisation_id: int, **more: Any) -> HttpResponse:
    actor = request.actor
    one = queries.organisation(actor, organisation_id)
    today = clock.today()
    context = {
        "paper": paper(actor, one),
        "visits": [(v, PURPOSES.get(v.purpose, v.purpose)) for v in queries.visits_of(actor, organisation_id=one.pk).order_by("-id")[:50]],
        "close_form": CloseForm(auto_id="close_%s", initial={"on": today}), "reveal_form": ReasonForm(auto_id="reveal_%s"), "reopen_form": ReasonForm(auto_id="reopen_%s"),
        "visit_form": VisitForm(auto_id="visit_%s", initial={"seen_on": today, "purpose": "enterprise"}), "visit_id": uuid4(), "today": today,
        "may_edit": actor.may("registry.edit"), "may_reveal": actor.may("person.reveal"), **more,
    }  # fmt: skip
    context["refused_form"] = next((f for f in more.values() if getattr(f, "errors", None)), None)
    return render(request, "registry/organisation.html", context, status=422 if context["refused_form"] else 200)


def _did(request: Request, organisation_id: int, form: Any, service: Any) -> Any:
    """The service with what the form says; None with the reasons on the form."""
    if not form.is_valid():
        return None
    return attempt(form, lambda: service(actor=request.actor, organisation_id=organisation_id, **form.cleaned_data))


@require_POST
@EDIT
def verify(request: Request, organisation_id: int) -> HttpResponse:
    one = services.verify_organisation(actor=request.actor, organisation_id=organisation_id)
    messages.success(request, f"“{one.name}”的信息已核实无误。")
    return redirect("registry:organisation", organisation_id)


@require_POST
@EDIT
def close(request: Request, organisation_id: int) -> HttpResponse:
    form = CloseForm(request.POST, auto_id="close_%s")
    if _did(request, organisation_id, form, services.close_organisation) is None:
        return _page(request, organisation_id, close_form=form)
    messages.success(request, "已注销。档案保留，可以恢复。")
    return redirect("registry:organisation", organisation_id)


@require_POST
@EDIT
def reopen(request: Request, organisation_id: int) -> HttpResponse:
    form = ReasonForm(request.POST, auto_id="reopen_%s")
    if _did(request, organisation_id, form, services.reopen_organisation) is None:
        return _page(request, organisation_id, reopen_form=form)
    messages.success(request, "已恢复在册。")
    return redirect("registry:organisation", organisation_id)


@require_POST
@requires("person.reveal")
def reveal(request: Request, organisation_id: int) -> HttpResponse:
    """The full numbers, on this one answer only: nothing of them is kept in an address or a session."""
    form = ReasonForm(request.POST, auto_id="reveal_%s")
    opened = _did(request, organisation_id, form, services.reveal_organisation)
    if opened is None:
        return _page(request, organisation_id, reveal_form=form)
    titles = {f.key: f.title for f in rules.table_of(queries.organisation(request.actor, organisation_id).kind).fields}
    response = _page(request, organisation_id, opened=[(titles.get(k, k), v) for k, v in opened.items()])
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@EDIT
def visit(request: Request, organisation_id: int) -> HttpResponse:
    form = VisitForm(request.POST, auto_id="visit_%s")
    if not form.is_valid() or attempt(form, lambda: _visit(request, organisation_id, form)) is None:
        return _page(request, organisation_id, visit_form=form, visit_id=request.POST.get("id", ""))
    messages.success(request, "走访已登记。")
    return redirect("registry:organisation", organisation_id)


def _visit(request: Request, organisation_id: int, form: Any) -> Any:
    said, sent = form.cleaned_data, request.POST.get("id", "")
    at = datetime.combine(said["seen_on"], time(9), clock.ZONE)
    act = VisitAct(
        id=UUID(sent) if UUID_FORM.fullmatch(sent) else uuid4(), seen_at=min(at, clock.local(clock.now())),
        purpose=said["purpose"], organisation=organisation_id, met=said["met"], text=said["text"], matters=said["matters"],
    )  # fmt: skip
    return services.visit(actor=request.actor, act=act)
