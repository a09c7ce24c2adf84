"""房屋: list, one dwelling on one page, lettings, buildings."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, paging
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.kernel.textsheet import long_xlsx
from wangge.registry import queries, services
from wangge.registry.forms import dwellings as forms
from wangge.registry.queries import dwellings as reading
from wangge.registry.rules import rentals as rules
from wangge.registry.rules import tables as standard
from wangge.territory import queries as territory
from wangge.territory import services as territory_services

SEE, EDIT, EXPORT = requires("registry.view"), requires("registry.edit"), requires("registry.export")
MOST_EXPORT = 200_000
COLUMNS = [
    Column("id", "房屋编号", kind="code"),
    Column("full", "标准地址"),
    Column("place", "所在网格"),
    Column("place_code", "网格编码", kind="code"),
    Column("floor", "楼层", kind="int"),
    Column("area_m2", "建筑面积（平方米）", kind="decimal"),
    Column("use", "建筑用途"),
    Column("state", "居住状态"),
    Column("verified_on", "核实日期", kind="date"),
    Column("verified_by", "核实人"),
]
RENTAL_COLUMNS = [
    Column("number", "房屋编号", kind="code"),
    Column("full", "房屋地址"),
    Column("place", "所在网格"),
    Column("let_as", "出租用途"),
    Column("since", "出租起始", kind="date"),
    Column("until", "结束", kind="date"),
    Column("landlord_name", "房主姓名"),
    Column("landlord_phone", "房主联系方式"),
    Column("hazards", "隐患类型"),
    Column("hazard_on", "发现日期", kind="date"),
    Column("cleared_on", "消除日期", kind="date"),
    Column("verified_on", "核实日期", kind="date"),
]


def _place(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) == 15 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# ---- dwellings --------------------------------------------------------------------------------------------------------


def _asked(request: Request) -> dict[str, str]:
    return {n: request.GET.get(n, "").strip()[:200] for n in ("q", "place", "use", "state", "verified")}


def _found(request: Request, asked: dict[str, str]) -> Any:
    found = territory.dwellings(
        request.actor,
        within=_place(asked["place"]),
        q=asked["q"],
        use=asked["use"] if asked["use"] in standard.codes("5.17") else "",
        verified_before=_day(asked["verified"]),
    )
    return reading.with_state(found, asked["state"]) if asked["state"] in rules.STATES else found


@require_GET
@SEE
def listing(request: Request) -> HttpResponse:
    asked, sort = _asked(request), request.GET.get("sort", "place")
    found = _found(request, asked)
    order = {"place": ("place_code", "address_id"), "verified": ("verified_on", "address_id")}
    key = sort.lstrip("-")
    page = paging.page(
        found, order=order.get(key, order["place"]), after=request.GET.get("after"), desc=sort.startswith("-")
    )
    states = queries.dwelling_states(request.actor, [d.pk for d in page])
    context = {
        "asked": asked,
        "rows": [(d, territory.name_of(d.place_code), rules.STATES[states[d.pk]], states[d.pk]) for d in page],
        "page": page,
        "total": paging.count_capped(found),
        "uses": standard.codes("5.17"),
        "states": rules.STATES,
        "places": territory.place_groups(request.actor),
        "is_filtered": any(asked.values()),
        "verified_before": asked["verified"],
    }
    return render(request, "registry/dwellings.html", context)


@require_GET
@EXPORT
def export(request: Request) -> HttpResponse:
    found = list(_found(request, _asked(request)).order_by("place_code", "address_id")[:MOST_EXPORT])
    states = queries.dwelling_states(request.actor, [d.pk for d in found])
    uses = standard.codes("5.17")
    rows = [
        {
            "id": str(d.pk),
            "full": d.address.full,
            "place": territory.path_of(d.place_code),
            "place_code": str(d.place_code),
            "floor": d.floor,
            "area_m2": d.area_m2,
            "use": uses.get(d.use, d.use),
            "state": rules.STATES[states[d.pk]],
            "verified_on": d.verified_on,
            "verified_by": d.verified_by,
        }
        for d in found
    ]
    services.note_dwellings_export(actor=request.actor, what="dwellings", rows=len(rows))
    return spreadsheet(long_xlsx(COLUMNS, rows, "房屋"), f"房屋{clock.today():%Y%m%d}")


# ---- one dwelling -----------------------------------------------------------------------------------------------------


@require_GET
@SEE
def show(request: Request, dwelling_id: int) -> HttpResponse:
    return _page(request, dwelling_id)


def _page(request: Request, dwelling_id: int, opened: Any = None, **refused: Any) -> HttpResponse:
    actor, as_of = request.actor, _day(request.GET.get("as_of", ""))
    file = queries.dwelling_file(actor, dwelling_id, as_of)
    one, today, letting = file.dwelling, clock.today(), file.rental
    is_now = as_of is None or as_of >= today
    shown = {
        "facts": forms.DwellingForm(
            auto_id="facts_%s", initial={"floor": one.floor, "area_m2": one.area_m2, "use": one.use}
        ),
        "rent": forms.RentalForm(auto_id="rent_%s", initial={"since": today})
        if letting is None
        else forms.RentalForm(
            auto_id="rent_%s",
            held=letting.landlord,
            initial={
                "let_as": letting.rental.use,
                "dwelling_number": letting.rental.number,
                "landlord_id_type": letting.rental.details.get("landlord_id_type", ""),
            },
        ),
        "end": forms.EndForm(auto_id="end_%s", initial={"until": today}),
        "hazard": forms.HazardForm(
            auto_id="hazard_%s", initial={"codes": letting.rental.hazards if letting is not None else []}
        ),
        "clear": forms.ClearForm(auto_id="clear_%s"),
        "reveal": forms.ReasonForm(auto_id="reveal_%s"),
        "retire": forms.RetireForm(auto_id="retire_%s", initial={"on": today}),
    } | refused
    context = {
        "file": file,
        "one": one,
        "as_of": as_of,
        "is_now": is_now,
        "forms": shown,
        "refused": next(iter(refused.values()), None),
        "opened": opened,
        "today": today,
        "may_edit": actor.may("registry.edit") and is_now and one.address.until is None,
        "may_reveal": actor.may("person.reveal"),
        "may_retire": actor.may("territory.places") and is_now and one.address.until is None,
        "building": next((a for a in file.path if a.kind == "building"), None),
        "search_path": one.address.full,
    }
    return render(request, "registry/dwelling.html", context, status=422 if refused else 200)


def _rental(request: Request, dwelling_id: int) -> Any:
    letting = queries.dwelling_file(request.actor, dwelling_id).rental
    if letting is None:
        raise NotHere("出租房")
    return letting.rental


@require_POST
@EDIT
def act(request: Request, dwelling_id: int, what: str) -> HttpResponse:
    """One change at a dwelling: verify, facts, rent, end, hazard, clear."""
    if what == "verify":
        territory_services.verify_dwelling(actor=request.actor, dwelling_id=dwelling_id)
        messages.success(request, "房屋信息已核实。")
        return redirect("registry:dwelling", dwelling_id)
    if what not in _ACTS:
        raise NotHere("操作")
    form = _bound(request, dwelling_id, what)
    told = attempt(form, lambda: _ACTS[what](request, dwelling_id, form)) if form.is_valid() else None
    if told is None:
        return _page(request, dwelling_id, **{what: form})
    messages.success(request, told)
    return redirect("registry:dwelling", dwelling_id)


def _bound(request: Request, dwelling_id: int, what: str) -> Any:
    if what == "rent":
        letting = queries.dwelling_file(request.actor, dwelling_id).rental
        held = letting.landlord if letting is not None else None
        return forms.RentalForm(request.POST, held=held, auto_id="rent_%s")
    kinds: dict[str, Any] = {
        "facts": forms.DwellingForm,
        "end": forms.EndForm,
        "hazard": forms.HazardForm,
        "clear": forms.ClearForm,
    }
    return kinds[what](request.POST, auto_id=f"{what}_%s")


def _facts(request: Request, dwelling_id: int, form: Any) -> str:
    territory_services.update_dwelling(actor=request.actor, dwelling_id=dwelling_id, changes=form.cleaned_data)
    return "房屋信息已更新。"


def _rent(request: Request, dwelling_id: int, form: Any) -> str:
    letting = queries.dwelling_file(request.actor, dwelling_id).rental
    if letting is None:
        services.begin_rental(
            actor=request.actor,
            dwelling_id=dwelling_id,
            values=form.values(),
            since=form.cleaned_data["since"],
            source="工作台登记",
        )
        return "已登记为出租房屋。"
    step = request.POST.get("step", "")
    services.update_rental(
        actor=request.actor,
        rental_id=letting.rental.pk,
        values=form.values(),
        seen_step=int(step) if step.isdigit() else None,
        verified=True,
    )
    return "出租登记已更新。"


def _end(request: Request, dwelling_id: int, form: Any) -> str:
    services.end_rental(actor=request.actor, rental_id=_rental(request, dwelling_id).pk, **form.cleaned_data)
    return "已登记不再出租。"


def _hazard(request: Request, dwelling_id: int, form: Any) -> str:
    said = form.cleaned_data
    services.report_hazard(actor=request.actor, dwelling_id=dwelling_id, codes=said["codes"], text=said["text"])
    return "隐患已登记，新发现的隐患自动转为事件办理。"


def _clear(request: Request, dwelling_id: int, form: Any) -> str:
    services.clear_hazard(
        actor=request.actor, rental_id=_rental(request, dwelling_id).pk, note=form.cleaned_data["note"]
    )
    return "已登记隐患消除。"


_ACTS = {"facts": _facts, "rent": _rent, "end": _end, "hazard": _hazard, "clear": _clear}


@require_POST
@requires("person.reveal")
def reveal(request: Request, dwelling_id: int) -> HttpResponse:
    """The landlord in full, once, with a reason."""
    form = forms.ReasonForm(request.POST, auto_id="reveal_%s")
    rental = _rental(request, dwelling_id)
    held = (
        attempt(
            form,
            lambda: services.reveal_landlord(
                actor=request.actor, rental_id=rental.pk, reason=form.cleaned_data["reason"]
            ),
        )
        if form.is_valid()
        else None
    )
    if held is None:
        return _page(request, dwelling_id, reveal=form)
    table = standard.table(rules.TABLE)
    response = _page(request, dwelling_id, opened=[(table.field(k).title, v) for k, v in held.items()])
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@requires("territory.places")
def retire(request: Request, dwelling_id: int) -> HttpResponse:
    form = forms.RetireForm(request.POST, auto_id="retire_%s")

    def end() -> bool:
        services.retire_dwelling(actor=request.actor, dwelling_id=dwelling_id, on=form.cleaned_data["on"])
        return True

    if form.is_valid() and attempt(form, end):
        messages.success(request, "房屋地址已停用，档案保留。")
        return redirect("registry:dwelling", dwelling_id)
    return _page(request, dwelling_id, retire=form)


# ---- lettings ---------------------------------------------------------------------------------------------------------


def _rentals(request: Request) -> tuple[dict[str, str], Any]:
    asked = {n: request.GET.get(n, "").strip()[:200] for n in ("q", "place", "hazard")}
    asked["state"] = request.GET.get("state", "open")
    hazards = {**standard.codes("5.19"), "any": "", "cleared": ""}
    found = queries.rentals(
        request.actor,
        within=_place(asked["place"]),
        hazard=asked["hazard"] if asked["hazard"] in hazards else "",
        state=asked["state"] if asked["state"] in ("open", "ended") else "",
        q=asked["q"],
    )
    return asked, found


@require_GET
@SEE
def rentals(request: Request) -> HttpResponse:
    asked, found = _rentals(request)
    sort = request.GET.get("sort", "-since")
    order = {"since": ("since", "id"), "hazard": ("hazard_on", "id"), "place": ("place_code", "id")}
    chosen = order.get(sort.lstrip("-"), order["since"])
    page = paging.page(found, order=chosen, after=request.GET.get("after"), desc=sort.startswith("-"))
    context = {
        "asked": asked,
        "rows": [(r, territory.name_of(r.rental.place_code)) for r in queries.rental_rows(page)],
        "page": page,
        "total": paging.count_capped(found),
        "hazards": {c: n for c, n in standard.codes("5.19").items() if c != "00"},
        "places": territory.place_groups(request.actor),
        "is_filtered": any(v for k, v in asked.items() if k != "state") or asked["state"] != "open",
    }
    return render(request, "registry/rentals.html", context)


@require_GET
@EXPORT
def rentals_export(request: Request) -> HttpResponse:
    _, found = _rentals(request)
    rows = []
    for r in queries.rental_rows(found.order_by("place_code", "id")[:MOST_EXPORT]):
        one = r.rental
        own = {n: getattr(one, n) for n in ("number", "since", "until", "hazard_on", "cleared_on", "verified_on")}
        rows.append(
            own
            | {
                "full": one.dwelling.address.full,
                "place": territory.path_of(one.place_code),
                "let_as": r.use,
                "landlord_name": r.landlord.get("landlord_name", ""),
                "landlord_phone": r.landlord.get("landlord_phone", ""),
                "hazards": r.hazards,
            }
        )
    services.note_dwellings_export(actor=request.actor, what="rentals", rows=len(rows))
    return spreadsheet(long_xlsx(RENTAL_COLUMNS, rows, "出租房"), f"出租房{clock.today():%Y%m%d}")


# ---- buildings --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@SEE
def building(request: Request, building_id: int) -> HttpResponse:
    """楼栋档案: its facts, who looks after it, every dwelling by storey; POST appoints or ends the lead."""
    actor = request.actor
    one = territory.building(building_id)
    if not actor.covers(one.address.place_code):
        raise NotHere("楼栋")
    lead = queries.building_lead(actor, building_id)
    people = reading.grown_residents(actor, building_id)
    given = request.method == "POST"
    ending = given and "end" in request.POST
    appoint = forms.LeadForm(
        people, *((request.POST,) if given and not ending else ()), auto_id="lead_%s", initial={"since": clock.today()}
    )
    end = forms.LeadEndForm(request.POST if ending else None, auto_id="end_%s", initial={"until": clock.today()})
    form = end if ending else appoint
    if given and form.is_valid():
        actor.must("registry.edit")
        if attempt(form, lambda: _lead(actor, building_id, lead, form)) is not None:
            messages.success(request, "楼栋长已更新。")
            return redirect("registry:building", building_id)
    homes, residents = queries.dwelling_counts(actor, building_id)
    context = {
        "one": one,
        "path": territory.address_path(building_id),
        "place": territory.path_of(one.address.place_code),
        "use": standard.code_name("5.17", one.use) if one.use else "",
        "lead": lead,
        "before": reading.leads_before(building_id),
        "homes": homes,
        "residents": residents,
        "floors": reading.storeys(actor, building_id),
        "states": rules.STATES,
        "appoint": appoint,
        "end": end,
        "refused": form if form.errors else None,
        "may_edit": actor.may("registry.edit"),
    }
    return render(request, "registry/building.html", context, status=422 if form.errors else 200)


def _lead(actor: Any, building_id: int, lead: Any, form: Any) -> Any:
    said = form.cleaned_data
    if "person" in said:
        return services.begin_building_lead(
            actor=actor, building_id=building_id, person_id=int(said["person"]), since=said["since"]
        )
    if lead is None:
        raise NotHere("楼栋长")
    return services.end_building_lead(actor=actor, lead_id=lead.pk, **said)
