"""标准地址: the tree, one address, what is doubtful."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.kernel import clock, paging
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.kernel.textsheet import long_xlsx
from wangge.territory import place_forms as forms
from wangge.territory import queries, services
from wangge.territory.rules import addresses as rules
from wangge.territory.views.common import EDIT, SEE, allows, community, done, number, within

COLUMNS = [
    Column("id", "地址编号", kind="int"),
    Column("kind", "层级"),
    Column("full", "标准地址"),
    Column("place", "所在地"),
    Column("place_code", "区划编码", kind="code"),
    Column("lng", "经度", kind="text"),
    Column("lat", "纬度", kind="text"),
]
MOST_EXPORT = 200_000


def _asked(request: Request) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    return {
        "q": request.GET.get("q", "").strip()[:200],
        "kind": kind if kind in rules.LEVELS else "",
        "within": within(request),
    }


@require_GET
@allows(*SEE)
def addresses(request: Request) -> HttpResponse:
    """The tree from its roots, or what a text means, with what is uncertain about it."""
    actor, asked = request.actor, _asked(request)
    searching = bool(asked["q"] or asked["kind"])
    at = community(request)
    if searching:
        found = queries.search_addresses(actor, asked["q"], asked["within"], asked["kind"])
    else:
        found = queries.roots(at)
    page = paging.page(found, order=("key", "id"), after=request.GET.get("after"), size=100)
    context = {
        "asked": asked,
        "searching": searching,
        "at": at,
        "at_name": queries.path_of(at),
        "meant": _meant(actor, asked) if asked["q"] else None,
        "rows": queries.with_below(page.rows),
        "page": page,
        "total": paging.count_capped(found),
        "kinds": rules.LEVEL_NAMES,
        "places": queries.place_groups(actor),
        "open_doubts": paging.count_capped(queries.doubts(actor)),
        "may_edit": actor.may(services.PLACES_RIGHT),
    }
    return render(request, "territory/addresses.html", context)


def _meant(actor: Any, asked: dict[str, Any]) -> Any:
    """What the resolver makes of the words, over the place asked for or the reach."""
    lo, hi = queries.within_reach(actor, asked["within"])
    told = [queries.resolve(asked["q"], area) for area in queries.areas(lo, hi)]
    return max(told, key=lambda r: r.confidence, default=None)


@require_GET
@allows("registry.export", "territory.places")
def export(request: Request) -> HttpResponse:
    asked = _asked(request)
    found = queries.search_addresses(request.actor, asked["q"], asked["within"], asked["kind"])
    rows = [
        {
            "id": a.pk,
            "kind": rules.LEVEL_NAMES[a.kind],
            "full": a.full,
            "place": queries.path_of(a.place_code),
            "place_code": str(a.place_code),
            "lng": a.lng if a.lng is not None else "",
            "lat": a.lat if a.lat is not None else "",
        }
        for a in found.order_by("place_code", "key", "id")[:MOST_EXPORT]
    ]
    services.note_places_export(actor=request.actor, what="addresses", rows=len(rows))
    return spreadsheet(long_xlsx(COLUMNS, rows, "标准地址"), f"标准地址{clock.today():%Y%m%d}")


# ---- one address ------------------------------------------------------------------------------------------------------


def _forms(one: Any, actor: Any) -> dict[str, Any]:
    at = queries.at_level(one.place_code, "community")
    places = queries.place_options(actor, at)
    found: dict[str, Any] = {
        "child": forms.ChildForm(one.kind, places, auto_id="child_%s", initial={"place": str(one.place_code)}),
        "rename": forms.NameForm(auto_id="rename_%s", initial={"name": one.name}),
        "move": forms.ParentForm(
            auto_id="move_%s", initial={"parent": one.parent.full.partition("街道")[2] if one.parent else ""}
        ),
        "retire": forms.RetireForm(auto_id="retire_%s", initial={"on": clock.today()}),
        "alias": forms.AliasForm(auto_id="alias_%s"),
    }
    if one.kind == "building":
        built = queries.building(one.pk)
        fields = {n: getattr(built, n) for n in ("use", "floors", "entrances", "area_m2")}
        found["building"] = forms.BuildingForm(auto_id="building_%s", initial=fields)
    if one.kind == "estate" and (estate := queries.estate(one.pk)) is not None:
        fields = {n: getattr(estate, n) for n in ("keeper", "keeper_phone", "built_year")}
        found["estate"] = forms.EstateForm(auto_id="estate_%s", initial=fields)
    return found


# (act, what it is called, the button)
_WORDS = [
    ("child", "登记下级地址", "登记下级地址"),
    ("building", "楼栋信息", "保存楼栋信息"),
    ("estate", "小区信息", "保存小区信息"),
    ("alias", "增加别名", "增加别名"),
    ("rename", "改名", "改名"),
    ("move", "调整上级", "调整上级"),
    ("retire", "停用", "停用地址"),
]


def _page(request: Request, address_id: int, **refused: Any) -> HttpResponse:
    actor = request.actor
    one = queries.address(address_id)
    below = queries.children_of(address_id)
    page = paging.page(below, order=("key", "id"), after=request.GET.get("after"), size=100)
    context = {
        "one": one,
        "path": queries.address_path(address_id)[:-1],
        "kind": rules.LEVEL_NAMES[one.kind],
        "place": queries.path_of(one.place_code),
        "rows": queries.with_below(page.rows),
        "page": page,
        "total": paging.count_capped(below),
        "kinds": rules.LEVEL_NAMES,
        "aliases": queries.aliases_of(address_id),
        "may_edit": actor.may(services.PLACES_RIGHT) and actor.covers(one.place_code) and one.until is None,
        "may_see_homes": actor.may("registry.view"),
        "at": queries.at_level(one.place_code, "community"),
        "forms": _forms(one, actor) | refused,
        "acts": _WORDS if one.kind != "dwelling" else [w for w in _WORDS if w[0] not in ("child", "retire")],
        "refused": next(iter(refused.values()), None),
    }
    return render(request, "territory/address.html", context, status=422 if refused else 200)


@require_GET
@allows(*SEE)
def address(request: Request, address_id: int) -> HttpResponse:
    return _page(request, address_id)


@require_http_methods(["GET", "POST"])
@allows(*EDIT)
def address_new(request: Request) -> HttpResponse:
    """The first level of a community."""
    at = community(request)
    given = (request.POST,) if request.method == "POST" else ()
    form = forms.ChildForm("", queries.place_options(request.actor, at), *given, initial={"place": str(at)})
    made = attempt(form, lambda: _place(request, form, at, [])) if given and form.is_valid() else None
    if made is not None:
        return done(request, f"已登记“{made.full}”。", "territory:address", made.pk)
    context = {"form": form, "at": at, "at_name": queries.path_of(at)}
    return render(request, "territory/address_new.html", context, status=422 if form.errors else 200)


def _place(request: Request, form: Any, at: int, above: list[tuple[str, str]]) -> Any:
    said = form.cleaned_data
    return services.place_address(
        actor=request.actor,
        place_code=int(said["place"] or at),
        levels=[*above, (said["kind"], said["name"])],
        floor=said["floor"],
        area_m2=said["area_m2"],
        source="工作台登记",
    )


@require_POST
@allows(*EDIT)
def address_act(request: Request, address_id: int, act: str) -> HttpResponse:
    """One change of an address: child, rename, move, retire, alias, building, estate."""
    one = queries.address(address_id)
    known = _forms(one, request.actor).get(act)  # a road has no building's form
    if known is None:
        raise NotHere("操作")
    bound = _bound(type(known), act, one, request)
    told = attempt(bound, lambda: _ACTS[act](request.actor, one, bound.cleaned_data)) if bound.is_valid() else None
    if told is None:
        return _page(request, address_id, **{act: bound})
    return done(request, told, "territory:address", address_id)


def _bound(form: Any, act: str, one: Any, request: Request) -> Any:
    if act == "child":
        at = queries.at_level(one.place_code, "community")
        return form(one.kind, queries.place_options(request.actor, at), request.POST, auto_id="child_%s")
    return form(request.POST, auto_id=f"{act}_%s")


def _child(actor: Any, one: Any, said: dict[str, Any]) -> str:
    above = [(a.kind, a.name) for a in queries.address_path(one.pk)]
    made = services.place_address(
        actor=actor,
        place_code=int(said["place"] or one.place_code),
        levels=[*above, (said["kind"], said["name"])],
        floor=said["floor"],
        area_m2=said["area_m2"],
        source="工作台登记",
    )
    return f"已登记“{made.full}”。"


def _rename(actor: Any, one: Any, said: dict[str, Any]) -> str:
    named = services.rename_address(actor=actor, address_id=one.pk, name=said["name"])
    return f"已改名为“{named.name}”，下级地址一并更新。"


def _move(actor: Any, one: Any, said: dict[str, Any]) -> str:
    found = queries.resolve(said["parent"], queries.at_level(one.place_code, "community"))
    if found.address_id is None:
        raise Refusal("unknown_parent", f"没有找到这个上级地址。{found.reason}", field="parent", value=said["parent"])
    services.move_address(actor=actor, address_id=one.pk, parent_id=found.address_id)
    return "已调整上级，下级地址一并更新。"


def _retire(actor: Any, one: Any, said: dict[str, Any]) -> str:
    if one.kind == "dwelling":
        raise Refusal("by_dwelling", "户室请在房屋档案中停用，以便核对是否有人居住。", status=409)
    services.retire_address(actor=actor, address_id=one.pk, on=said["on"])
    return f"“{one.full}”已停用。"


def _alias(actor: Any, one: Any, said: dict[str, Any]) -> str:
    services.add_alias(actor=actor, address_id=one.pk, text=said["text"])
    return f"“{said['text']}”今后识别为本地址。"


def _building(actor: Any, one: Any, said: dict[str, Any]) -> str:
    services.update_building(actor=actor, building_id=one.pk, changes=said)
    return "楼栋信息已更新。"


def _estate(actor: Any, one: Any, said: dict[str, Any]) -> str:
    services.update_estate(actor=actor, estate_id=one.pk, changes=said)
    return "小区信息已更新。"


_ACTS = {
    "child": _child,
    "rename": _rename,
    "move": _move,
    "retire": _retire,
    "alias": _alias,
    "building": _building,
    "estate": _estate,
}


@require_POST
@allows(*EDIT)
def alias_drop(request: Request, alias_id: int) -> HttpResponse:
    services.drop_alias(actor=request.actor, alias_id=alias_id)
    back = number(request.POST.get("address", ""))
    if back is None:
        return done(request, "别名已删去。", "territory:addresses")
    return done(request, "别名已删去。", "territory:address", back)


# ---- doubts -----------------------------------------------------------------------------------------------------------


@require_GET
@allows(*EDIT)
def doubts(request: Request) -> HttpResponse:
    """Texts that nobody was sure of, most asked first."""
    asked: dict[str, Any] = {
        "q": request.GET.get("q", "").strip(),
        "state": request.GET.get("state", "open"),
        "within": within(request),
    }
    state = asked["state"] if asked["state"] in ("open", "decided", "dismissed", "") else "open"
    found = queries.doubts(request.actor, state, asked["within"], asked["q"])
    page = paging.page(found, order=("times", "id"), after=request.GET.get("after"), desc=True)
    context = {
        "asked": asked,
        "rows": [(d, queries.name_of(d.place_code)) for d in page],
        "page": page,
        "total": paging.count_capped(found),
        "places": queries.place_groups(request.actor),
        "is_filtered": bool(asked["q"] or asked["within"] or state != "open"),
    }
    return render(request, "territory/doubts.html", context)


@require_http_methods(["GET", "POST"])
@allows(*EDIT)
def doubt(request: Request, doubt_id: int) -> HttpResponse:
    """One of them, with what it may mean; POST decides."""
    one = queries.doubt(request.actor, doubt_id)
    form = forms.DoubtForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = attempt(form, lambda: _decide(request, one, form.cleaned_data))
        if told is not None:
            following = queries.doubts(request.actor).order_by("-times", "-id").first()
            if following is not None and "next" in request.POST:
                return done(request, told, "territory:doubt", following.pk)
            return done(request, told, "territory:doubts")
    found = queries.resolve(one.text, one.place_code)
    context = {
        "one": one,
        "found": found,
        "place": queries.path_of(one.place_code),
        "form": form,
        "decided": one.address.full if one.address else "",
    }
    return render(request, "territory/doubt.html", context, status=422 if form.errors else 200)


def _decide(request: Request, one: Any, said: dict[str, Any]) -> str:
    if request.POST.get("act") == "dismiss":
        services.decide_doubt(actor=request.actor, doubt_id=one.pk, address_id=None, note=said["note"])
        return f"“{one.text}”已标为不是本区地址。"
    address_id = number(said["address"])
    if said["other"].strip():
        found = queries.resolve(said["other"], one.place_code)
        if found.address_id is None:
            raise Refusal(
                "unknown_address", f"没有找到所写的标准地址。{found.reason}", field="other", value=said["other"]
            )
        address_id = found.address_id
    if address_id is None:
        raise Refusal("nothing_chosen", "请选择一个候选地址，或写出标准地址。", field="other")
    decided = services.decide_doubt(actor=request.actor, doubt_id=one.pk, address_id=address_id, note=said["note"])
    return f"“{one.text}”今后识别为“{decided.address.full if decided.address else ''}”。"


@require_POST
@allows(*EDIT)
def doubt_undo(request: Request, doubt_id: int) -> HttpResponse:
    services.undo_doubt(actor=request.actor, doubt_id=doubt_id)
    return redirect("territory:doubt", doubt_id)
