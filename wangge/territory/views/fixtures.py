"""部件: list, one fixture, registration, labels, import and export, census."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.kernel import clock, documents, files, paging, tables
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.forms import attempt, download, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.territory import labels, queries, services
from wangge.territory import place_forms as forms
from wangge.territory.views.common import EDIT, SEE, allows, done, number, within

MOST_LABELS = 600
CHECK = ("territory.places", "registry.edit")


def columns() -> list[Column]:
    """The table of fixtures, out and in."""
    kinds = {code: f"{group}-{name}" for code, (group, name) in queries.fixture_kinds().items()}
    return [
        Column("code", "部件标识码", kind="code", help="16 位。不填时自动编号。"),
        Column("kind", "部件类别", kind="choice", choices=kinds, required=True, help="填 4 位编码或“大类-小类”。"),
        Column("name", "部件名称", max_length=60),
        Column("lng", "经度", kind="decimal", required=True, help="国家大地坐标系（CGCS2000）或 GPS，度。"),
        Column("lat", "纬度", kind="decimal", required=True),
        Column("spot", "位置说明", max_length=200),
        Column("owner", "权属单位", max_length=40),
        Column("keeper", "养护单位", max_length=40),
        Column("state", "状态", kind="choice", choices=queries.FIXTURE_STATES),
        Column("placed_on", "设置日期", kind="date"),
    ]


def _asked(request: Request) -> dict[str, Any]:
    given = {n: request.GET.get(n, "").strip() for n in ("q", "kind", "state", "office", "census")}
    return given | {"within": within(request)}


def _found(request: Request, asked: dict[str, Any]) -> Any:
    census = number(asked["census"])
    return queries.fixtures(
        request.actor,
        within=asked["within"],
        kind=asked["kind"] if asked["kind"].isdigit() else "",
        state=asked["state"],
        office=asked["office"],
        q=asked["q"],
        unchecked_in=queries.census(request.actor, census) if census else None,
    )


def _kinds() -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, (group, name) in queries.fixture_kinds().items():
        groups.setdefault(group, [(code[:2], f"{group}（全部）")]).append((code, name))
    return groups


@require_GET
@allows(*SEE)
def fixtures(request: Request) -> HttpResponse:
    asked, sort = _asked(request), request.GET.get("sort", "code")
    found = _found(request, asked)
    order = {"code": ("code",), "checked": ("checked_on", "code")}.get(sort.lstrip("-"), ("code",))
    page = paging.page(found, order=order, after=request.GET.get("after"), desc=sort.startswith("-"))
    context = {
        "asked": asked,
        "rows": [(f, queries.fixture_kind_name(f.kind), queries.name_of(f.place_code)) for f in page],
        "page": page,
        "total": paging.count_capped(found),
        "kinds": _kinds(),
        "states": queries.FIXTURE_STATES,
        "places": queries.place_groups(request.actor),
        "censuses": queries.censuses(request.actor),
        "is_filtered": any(asked.values()),
        "may_edit": request.actor.may("territory.places"),
        "may_export": request.actor.may("registry.export") or request.actor.may("territory.places"),
    }
    return render(request, "territory/fixtures.html", context)


@require_GET
@allows("registry.export", "territory.places")
def export(request: Request) -> HttpResponse:
    rows = [
        {c.key: getattr(f, c.key) for c in columns()}
        for f in _found(request, _asked(request)).order_by("code")[:200_000]
    ]
    services.note_places_export(actor=request.actor, what="fixtures", rows=len(rows))
    return spreadsheet(tables.write_xlsx(columns(), rows, "部件"), f"部件{clock.today():%Y%m%d}")


# ---- one fixture ------------------------------------------------------------------------------------------------------


def _one(request: Request, code: str) -> Any:
    found = queries.fixture(code)
    if not request.actor.covers(found.place_code):
        raise NotHere("部件")
    return found


def _page(request: Request, code: str, check: Any = None) -> HttpResponse:
    one = _one(request, code)
    context = {
        "one": one,
        "kind": queries.fixture_kinds().get(one.kind, ("", one.kind)),
        "place": queries.path_of(one.place_code),
        "checks": queries.checks_of(code),
        "link": request.build_absolute_uri(f"/f/{code}"),
        "qr": labels.svg(request.build_absolute_uri(f"/f/{code}")),
        "check": check or forms.CheckForm(),
        "check_id": uuid4(),
        "may_check": any(request.actor.may(r) for r in CHECK) and one.state != "removed",
        "may_edit": request.actor.may("territory.places"),
    }
    return render(request, "territory/fixture.html", context, status=422 if check is not None else 200)


@require_GET
@allows(*SEE)
def fixture(request: Request, code: str) -> HttpResponse:
    return _page(request, code)


@require_GET
@allows(*SEE)
def photo(request: Request, code: str) -> HttpResponse:
    """The fixture's photo, without its place and device data."""
    one = _one(request, code)
    if not one.photo:
        raise NotHere("照片")
    stored = files.find(one.photo)
    with files.open_derivative(stored) as stream:
        response = HttpResponse(stream.read(), content_type=files.derivative_type(stored))
    response["Cache-Control"] = "private, max-age=600"
    return response


@require_POST
@allows(*CHECK)
def check(request: Request, code: str) -> HttpResponse:
    _one(request, code)
    form = forms.CheckForm(request.POST)
    if form.is_valid():
        said, sent = form.cleaned_data, request.POST.get("id", "")
        made = attempt(
            form,
            lambda: services.check_fixture(
                actor=request.actor,
                code=code,
                result=said["result"],
                text=said["text"],
                client_id=UUID(sent) if len(sent) == 36 else uuid4(),
            ),
        )
        if made is not None:
            return done(request, "普查结果已登记。", "territory:fixture", code)
    return _page(request, code, check=form)


@require_http_methods(["GET", "POST"])
@allows(*EDIT)
def fixture_new(request: Request) -> HttpResponse:
    start = {"state": "intact", "lng": request.GET.get("lng"), "lat": request.GET.get("lat")}
    form = forms.FixtureForm(*((request.POST, request.FILES) if request.method == "POST" else ()), initial=start)
    made = attempt(form, lambda: _add(request, form)) if request.method == "POST" and form.is_valid() else None
    if made is not None:
        return done(request, f"已登记“{made.name}”，标识码 {made.code}。", "territory:fixture", made.code)
    return render(request, "territory/fixture_form.html", {"form": form}, status=422 if form.errors else 200)


def _add(request: Request, form: Any) -> Any:
    said = dict(form.cleaned_data)
    said["photo"] = _kept(request, said.pop("photo"))
    return services.add_fixture(actor=request.actor, row=services.FixtureRow(**said))


def _kept(request: Request, sent: Any) -> str:
    if not sent:
        return ""
    stored = files.put(sent.read(files.PHOTO_LIMIT + 1), name=sent.name, actor=request.actor)
    if not stored.is_image:
        raise Refusal("not_a_photo", "这不是照片。请选择 JPG、PNG 或 WebP。", field="photo", value=sent.name)
    return stored.sha256


@require_http_methods(["GET", "POST"])
@allows(*EDIT)
def fixture_edit(request: Request, code: str) -> HttpResponse:
    one = _one(request, code)
    start = {n: getattr(one, n) for n in ("name", "lng", "lat", "spot", "owner", "keeper", "state", "placed_on")}
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.FixtureForm(*given, fixed_kind=one.kind, initial=start)
    if given and form.is_valid() and attempt(form, lambda: _update(request, one, form)) is not None:
        return done(request, "部件已更新。", "territory:fixture", code)
    context = {"form": form, "one": one, "step": request.POST.get("step") or one.step}
    return render(request, "territory/fixture_form.html", context, status=422 if form.errors else 200)


def _update(request: Request, one: Any, form: Any) -> Any:
    said = dict(form.cleaned_data)
    photo = _kept(request, said.pop("photo"))
    changes = said | ({"photo": photo} if photo else {})
    return services.update_fixture(
        actor=request.actor, code=one.code, changes=changes, seen_step=number(request.POST.get("step", ""))
    )


@require_GET
@allows(*EDIT)
def print_labels(request: Request) -> HttpResponse:
    """Labels with QR codes for the fixtures of the list, 24 to a sheet of A4."""
    found = list(_found(request, _asked(request)).order_by("code")[:MOST_LABELS])
    if not found:
        raise Refusal("nothing_to_print", "没有符合条件的部件，无标签可打印。请放宽条件。", status=409)
    rows = [
        {
            "code": f.code,
            "name": f.name,
            "place": queries.name_of(f.place_code),
            "qr": labels.matrix(request.build_absolute_uri(f"/f/{f.code}")),
        }
        for f in found
    ]
    services.note_labels(actor=request.actor, count=len(rows))
    return download(
        documents.pdf("territory/labels", {"labels": rows}), f"部件标签{clock.today():%Y%m%d}.pdf", "application/pdf"
    )


# ---- census -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@allows(*SEE)
def censuses(request: Request) -> HttpResponse:
    """Every census that touches the reach; POST opens one."""
    start = {"starts_on": clock.today()}
    given = (request.POST,) if request.method == "POST" else ()
    form = forms.CensusForm(queries.place_groups(request.actor), *given, initial=start)
    if given and form.is_valid():
        said = form.cleaned_data
        made = attempt(
            form,
            lambda: services.open_census(
                actor=request.actor,
                name=said["name"],
                place_code=int(said["place"]),
                kinds=said["kinds"],
                starts_on=said["starts_on"],
                due_on=said["due_on"],
            ),
        )
        if made is not None:
            return done(request, f"已发起“{made.name}”。", "territory:census", made.pk)
    rows = [
        (c, queries.name_of(c.place_code), queries.census_progress(request.actor, c))
        for c in queries.censuses(request.actor)
    ]
    context = {"rows": rows, "form": form, "may_edit": request.actor.may("territory.places"), "today": clock.today()}
    return render(request, "territory/censuses.html", context, status=422 if form.errors else 200)


@require_GET
@allows(*SEE)
def census(request: Request, census_id: int) -> HttpResponse:
    """How far it is, and what nobody has seen yet."""
    one = queries.census(request.actor, census_id)
    unchecked = queries.fixtures(request.actor, unchecked_in=one)
    page = paging.page(unchecked, order=("code",), after=request.GET.get("after"))
    context = {
        "one": one,
        "place": queries.path_of(one.place_code),
        "progress": queries.census_progress(request.actor, one),
        "kinds": "、".join(
            dict.fromkeys(queries.fixture_kinds().get(k if len(k) == 4 else f"{k}01", (k, k))[0] for k in one.kinds)
        ),
        "rows": [(f, queries.fixture_kind_name(f.kind), queries.name_of(f.place_code)) for f in page],
        "page": page,
        "total": paging.count_capped(unchecked),
        "may_edit": request.actor.may("territory.places") and one.closed_on is None,
        "today": clock.today(),
    }
    return render(request, "territory/census.html", context)


@require_POST
@allows(*EDIT)
def census_close(request: Request, census_id: int) -> HttpResponse:
    services.close_census(actor=request.actor, census_id=census_id)
    return redirect("territory:census", census_id)
