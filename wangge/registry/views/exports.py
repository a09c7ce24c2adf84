"""标准导出: order the standard's tables of an area, watch them being written, fetch the file once it is there."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, paging
from wangge.kernel.forms import attempt, download
from wangge.kernel.request import Request
from wangge.registry import services
from wangge.registry.forms.exports import ExportForm
from wangge.registry.queries import exports as queries
from wangge.registry.rules import tables
from wangge.territory import queries as territory

TAKE = requires("registry.export", "registry.special")


@require_http_methods(["GET", "POST"])
@TAKE
def listing(request: Request) -> HttpResponse:
    actor = request.actor
    form = ExportForm(queries.area_choices(actor), queries.table_choices(actor), request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        given = {"area": int(said["area"]), "codes": said["tables"], "reason": said["reason"]}
        made = attempt(form, lambda: services.order_export(actor=actor, **given))
        if made is not None:
            return redirect("registry:export", made.pk)
    asked = {
        "q": request.GET.get("q", "").strip(),
        "state": request.GET.get("state", ""),
        "mine": request.GET.get("mine", ""),
    }
    found = queries.exports(actor, state=asked["state"], q=asked["q"], mine=asked["mine"] == "1")
    page = paging.page(found, order=("id",), desc=True, after=request.GET.get("after"))
    context = {
        "form": form, "rows": [(one, territory.name_of(one.place_code)) for one in page], "page": page, "asked": asked,
        "total": paging.count_capped(found), "states": queries.STATES, "is_filtered": any(asked.values()),
    }  # fmt: skip
    return render(request, "registry/exports.html", context, status=422 if form.errors else 200)


@require_GET
@TAKE
def show(request: Request, export_id: int) -> HttpResponse:
    """How far it is; the page asks again by itself while it is being written."""
    one = queries.export(request.actor, export_id)
    rows = [
        (
            code,
            tables.table(code).title,
            one.counts.get(code, {}).get("rows"),
            one.counts.get(code, {}).get("missing", []),
        )
        for code in one.tables
    ]
    context = {
        "one": one, "rows": rows, "place": territory.path_of(one.place_code), "is_mine": one.by_id == request.actor.id,
        "is_open": one.state in ("waiting", "running"), "is_over": not one.expires_at or one.expires_at <= clock.now(),
    }  # fmt: skip
    return render(request, "registry/export.html", context)


@require_POST
@TAKE
def fetch(request: Request, export_id: int) -> HttpResponse:
    one, data = services.fetch_export(actor=request.actor, export_id=export_id)
    name = f"综治基础数据{territory.name_of(one.place_code)}{one.on:%Y%m%d}.zip"
    response = download(data, name)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@TAKE
def remove(request: Request, export_id: int) -> HttpResponse:
    services.remove_export(actor=request.actor, export_id=export_id)
    messages.success(request, "导出文件已清除，导出记录保留。")
    return redirect("registry:export", export_id)
