"""People: the list, the search, one record on one page, opening and changing it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, paging, tables
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.textsheet import long_xlsx
from wangge.registry import queries, services, terms
from wangge.registry.forms import people as forms
from wangge.territory import queries as territory

SEE, EDIT = requires("registry.view"), requires("registry.edit")
FILTERS = ("place", "state", "role", "care", "sex", "age_from", "age_to", "stale")
SORTS = {"place": ("place_code", "name", "id"), "name": ("name", "id"), "verified": ("verified_on", "id")}
COLUMNS = [
    tables.Column("id", "档案编号", kind="int"),
    tables.Column("name", "姓名"),
    tables.Column("sex", "性别"),
    tables.Column("birth_on", "出生日期", kind="date"),
    tables.Column("ethnic", "民族"),
    tables.Column("id_type", "证件类型"),
    tables.Column("id_number", "证件号码（部分）"),
    tables.Column("phone", "联系方式（部分）"),
    tables.Column("place", "所在网格"),
    tables.Column("address", "现住址"),
    tables.Column("employer", "服务处所"),
    tables.Column("state_name", "状态"),
    tables.Column("verified_on", "核实日期", kind="date"),
    tables.Column("verified_by", "核实人"),
    tables.Column("source", "来源"),
]


def asked_of(request: Request) -> dict[str, str]:
    """The filters as they stand in the address; the list shows who is on the books unless another state is asked for."""
    return {name: request.GET.get(name, "").strip() for name in FILTERS} | {"state": request.GET.get("state", "active")}


def found_by(actor: Any, asked: dict[str, str]) -> Any:
    """The list that the filters mean."""
    form = forms.FilterForm(asked)
    form.is_valid()
    read = form.cleaned_data
    days = int(read.get("stale") or 0)
    return queries.people(
        actor,
        place=int(read["place"]) if read.get("place") else None,
        state=read.get("state", ""),
        role=asked["role"],
        care=asked["care"],
        sex=read.get("sex", ""),
        age=(read.get("age_from"), read.get("age_to")),
        unverified_since=clock.today() - timedelta(days=days) if days else None,
    )


def kinds_for(actor: Any) -> list[tuple[str, str]]:
    """The kinds of role and special group that the actor may filter by."""
    return [(k, v[0]) for k, v in {**terms.ROLES, **terms.SPECIAL}.items() if queries.may_see(actor, k)]


@require_http_methods(["GET", "POST"])
@SEE
def listing(request: Request) -> HttpResponse:
    """`/registry/people`: a search by `q`, else the list by filters. The page posts its search: a number of a document or
    a name has no business in an address, which is kept in histories and logs."""
    asked, words = asked_of(request), request.POST.get("q", "").strip()
    context: dict[str, Any] = {
        "asked": asked,
        "q": words,
        "places": territory.place_groups(request.actor),
        "kinds": kinds_for(request.actor),
        "cares": terms.CARE.items() if request.actor.may("registry.care") else [],
        "states": terms.STATES.items(),
        "is_filtered": any(v for k, v in asked.items() if k != "state") or asked["state"] != "active",
    }
    context |= _search(request, words) if words else _list(request, asked)
    return render(request, "registry/people.html", context)


def _search(request: Request, words: str) -> dict[str, Any]:
    found = queries.find(request.actor, words)
    return {"found": found, "rows": list(queries.as_rows(found.people)), "total": len(found.people)}


def _list(request: Request, asked: dict[str, str]) -> dict[str, Any]:
    sort = request.GET.get("sort", "place")
    rows = found_by(request.actor, asked)
    order = SORTS.get(sort.lstrip("-"), SORTS["place"])
    page = paging.page(rows, order=order, after=request.GET.get("after"), desc=sort.startswith("-"))
    return {"page": page, "rows": list(queries.as_rows(page)), "total": paging.count_capped(rows)}


@require_GET
@requires("registry.export")
def export(request: Request) -> HttpResponse:
    """The list as a table: numbers masked, as on screen."""
    asked = asked_of(request)
    found = found_by(request.actor, asked).order_by("place_code", "name", "pk")
    rows = queries.as_rows(found.iterator(chunk_size=2000))
    filters = {k: v for k, v in asked.items() if v}
    services.note_people_export(actor=request.actor, what="people", rows=found.count(), filters=filters)
    return spreadsheet(long_xlsx(COLUMNS, rows, "人员"), f"人员{clock.today():%Y%m%d}")


@require_http_methods(["GET", "POST"])
@EDIT
def new(request: Request) -> HttpResponse:
    """Open a record. A dwelling is looked up in words first; namesakes are shown before a second record is opened."""
    places, own = territory.cell_groups(request.actor), queries.own_labels(request.actor)
    given = (request.POST,) if request.method == "POST" else ()
    form = forms.NewPersonForm(places, *given, own=own, initial=_start(request, places))
    refused: dict[str, Any] = {}
    if given and form.is_valid() and (made := _attempt(form, refused, lambda: _register(request, form))):
        messages.success(request, f"{made.name}的档案已建立。")
        return redirect("registry:person", made.pk)
    context = {"form": form, "sources": forms.SOURCES, **_namesakes(request, refused), **_dwelling(request, form)}
    return render(request, "registry/person_form.html", context, status=422 if form.errors else 200)


def _start(request: Request, places: Any) -> dict[str, Any]:
    only = places[0][1][0][0] if len(places) == 1 and len(places[0][1]) == 1 else ""
    dwelling = request.GET.get("dwelling", "")
    return {
        "source": "入户采集",
        "id_type": "111",
        "place_code": only,
        "dwelling_id": dwelling if dwelling.isdigit() else "",
    }


def _attempt(form: Any, refused: dict[str, Any], act: Any) -> Any:
    """`attempt`, keeping what the refusal says beside its sentence."""

    def watched() -> Any:
        try:
            return act()
        except Refusal as refusal:
            refused.update(refusal.data, code=refusal.code)
            raise

    return attempt(form, watched)


def _register(request: Request, form: Any) -> Any:
    said = form.cleaned_data
    return services.register(
        actor=request.actor,
        values=form.values(),
        place_code=int(said["place_code"]) if said["place_code"] else None,
        dwelling_id=said["dwelling_id"],
        residence=said["residence"] or "own",
        since=said["since"],
        source=said["source"],
        sure_is_new=said["sure_is_new"],
    )


def _namesakes(request: Request, refused: dict[str, Any]) -> dict[str, Any]:
    ids = [*refused.get("candidates", []), *([refused["person_id"]] if "person_id" in refused else [])]
    rows = [queries.as_row(queries.person(request.actor, pk)) for pk in ids]
    return {
        "namesakes": rows,
        "may_be_new": refused.get("code") == "maybe_same",
        "elsewhere": refused.get("code") == "exists" and not rows,
    }


def _dwelling(request: Request, form: Any) -> dict[str, Any]:
    """The dwelling that is chosen, or those that the words may mean."""
    chosen = form["dwelling_id"].value()
    asked = request.GET.get("address", "") or request.POST.get("address", "")
    found = {"address": asked, "choices": queries.dwelling_choices(request.actor, asked)}
    if chosen and str(chosen).isdigit():
        found["dwelling"] = str(territory.dwelling(int(chosen)).address)
    return found


@require_GET
@SEE
def show(request: Request, person_id: int) -> HttpResponse:
    """One person on one page; `?as_of=2025-06-01` as they stood then."""
    day = forms.read_day(request.GET.get("as_of", ""))
    paper = queries.record(request.actor, person_id, day)
    if paper.one.merged_into_id and not request.GET.get("merged"):
        messages.info(request, "这份档案已并入下面的档案。")
        return redirect("registry:person", paper.one.merged_into_id)
    actor = request.actor
    context = {
        "paper": paper,
        "one": paper.one,
        "place": territory.path_of(paper.place_code),
        "may_edit": actor.may("registry.edit") and not paper.is_past and paper.one.state not in ("merged", "erased"),
        "may_mark": actor.may("registry.special") and not paper.is_past and paper.one.state not in ("merged", "erased"),
        "visits": list(_visits(actor, person_id, paper.day).order_by("-seen_at")[:20]),
        "roles": terms.ROLES.items(),
        "cares": terms.CARE.items(),
        "as_of": request.GET.get("as_of", "") if day else "",
        "today": clock.today(),
    }
    return render(request, "registry/person.html", context)


def _visits(actor: Any, person_id: int, day: date) -> Any:
    end = datetime.combine(day + timedelta(days=1), time.min, clock.ZONE)
    return queries.visits_of(actor, person_id=person_id).filter(seen_at__lt=end)


@require_http_methods(["GET", "POST"])
@EDIT
def edit(request: Request, person_id: int) -> HttpResponse:
    """Change core fields; only what differs from what the form had shown is sent on."""
    one, own = queries.person(request.actor, person_id), queries.own_labels(request.actor)
    given = (request.POST,) if request.method == "POST" else ()
    held = queries.masked_core(one)
    form = forms.PersonForm(*given, own=own, held=held, initial=_held(one))
    step = request.POST.get("step", "") if given else str(one.step)
    if given and form.is_valid():
        act = lambda: services.update(  # noqa: E731
            actor=request.actor,
            person_id=one.pk,
            changes=form.changes(),
            seen_step=int(step) if step.isdigit() else 0,
            source=form.cleaned_data["source"],
        )
        if attempt(form, act):
            messages.success(request, "档案已更新，修改前的内容已留存。")
            return redirect("registry:person", one.pk)
    context = {"form": form, "one": one, "step": step, "sources": forms.SOURCES}
    return render(request, "registry/person_form.html", context, status=422 if form.errors else 200)


def _held(one: Any) -> dict[str, Any]:
    kept = {key: getattr(one, key) for key in terms.CORE if key not in terms.SEALED_CORE}
    # As the field of a day writes it: what differs is found by comparing texts.
    born = one.birth_on.isoformat() if one.birth_on else ""
    return kept | {"birth_on": born, "id_type": one.id_type, "source": "入户采集"}


@require_POST
@EDIT
def verify(request: Request, person_id: int) -> HttpResponse:
    """Everything that is held was found true today."""
    services.verify(actor=request.actor, person_id=person_id)
    messages.success(request, "已核实，核实日期记为今天。")
    return redirect("registry:person", person_id)


@require_http_methods(["GET", "POST"])
@requires("person.reveal")
def reveal(request: Request, person_id: int) -> HttpResponse:
    """The full numbers, once, for a reason that is kept."""
    one, shown = queries.person(request.actor, person_id), None
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        shown = attempt(
            form,
            lambda: services.reveal(actor=request.actor, person_id=one.pk, reason=form.cleaned_data["reason"]),
        )
    context = {"one": one, "form": form, "shown": shown}
    response = render(request, "registry/person_reveal.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
@requires("person.reveal", "devices.answer")
def contacts(request: Request, person_id: int) -> HttpResponse:
    """The family chain with full telephones, for a reason that is kept."""
    one, shown = queries.person(request.actor, person_id), None
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        shown = attempt(
            form,
            lambda: services.reveal_contacts(actor=request.actor, person_id=one.pk, reason=form.cleaned_data["reason"]),
        )
    context = {"one": one, "form": form, "calls": shown, "chain": queries.chain(request.actor, one.pk)}
    response = render(request, "registry/person_contacts.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response
