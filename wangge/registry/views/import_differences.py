"""What imports say otherwise than the records: a list, one record compared field by field, many decided at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from wangge.identity.access import own_transaction, requires
from wangge.kernel import paging, scope
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, write_xlsx
from wangge.registry import queries, services
from wangge.registry.forms.imports import ReasonForm
from wangge.registry.queries import import_pages
from wangge.registry.tasks import imports as jobs

MERGE = requires("registry.merge")
AT_ONCE = 200
COLUMNS = [
    Column("batch", "批次", kind="int"), Column("row", "行号", kind="int"), Column("name", "姓名或名称"),
    Column("field", "项目"), Column("held", "档案"), Column("given", "来文"), Column("source", "来源"),
    Column("state", "处理"), Column("by", "处理人"), Column("reason", "理由"),
]  # fmt: skip


def _asked(request: Request) -> dict[str, Any]:
    batch = request.GET.get("batch", "")
    return {
        "state": request.GET.get("state", "open"),
        "field": request.GET.get("field", ""),
        "batch_id": int(batch) if batch.isdigit() and len(batch) < 10 else None,
        "q": request.GET.get("q", "").strip(),
    }


@require_GET
@MERGE
def listing(request: Request, form: ReasonForm | None = None) -> HttpResponse:
    asked = _asked(request)
    found = queries.import_differences(request.actor, **asked)
    page = paging.page(found, after=request.GET.get("after"))
    batch = queries.import_batch(request.actor, asked["batch_id"]) if asked["batch_id"] else None
    context = {
        "asked": asked, "page": page, "rows": import_pages.compared(list(page)), "total": paging.count_capped(found),
        "fields": import_pages.field_choices(request.actor, asked["batch_id"]), "states": import_pages.DIFFERENCE_STATES,
        "batch": batch, "form": form or ReasonForm(), "title": import_pages.title(asked["field"]),
        "many": batch is not None and bool(asked["field"]) and asked["state"] == "open" and not asked["q"],
        "is_filtered": bool(asked["q"] or asked["field"]) or asked["state"] != "open",
    }  # fmt: skip
    return render(request, "registry/import_differences.html", context, status=422 if form else 200)


@require_GET
@requires("registry.export")
def export(request: Request) -> HttpResponse:
    found = list(queries.import_differences(request.actor, **_asked(request)).order_by("pk")[:100_000])
    rows = [
        (d.batch_id, d.row, r["name"], r["title"], r["held"], r["given"], d.batch.source, d.get_state_display(),
         d.decided_by, d.reason)
        for d, r in import_pages.compared(found)
    ]  # fmt: skip
    services.note_import_export(actor=request.actor, batch_id=0, what="differences", rows=len(rows))
    return spreadsheet(write_xlsx(COLUMNS, rows, "导入差异"), "import-differences")


@MERGE
def compare(request: Request, difference_id: int) -> HttpResponse:
    """One record beside what the files say: each field is kept, taken over, or both are kept."""
    one = queries.import_difference(request.actor, difference_id)
    beside = import_pages.beside(request.actor, one)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].required = False
    if form.is_bound and form.is_valid():
        chosen = {d.pk: request.POST.get(f"decision_{d.pk}", "") for d, _ in beside}
        reason = form.cleaned_data["reason"]
        if attempt(form, lambda: _decide(request, chosen, reason)):
            return redirect(f"{reverse('registry:import-differences')}?batch={one.batch_id}")
    context = {"one": one, "rows": beside, "form": form, "person": one.person, "both": import_pages.BOTH}
    return render(request, "registry/import_difference.html", context, status=422 if form.errors else 200)


def _decide(request: Request, chosen: dict[int, str], reason: str) -> int:
    decided = {pk: decision for pk, decision in chosen.items() if decision}
    if not decided:
        raise Refusal("nothing_chosen", "请至少为一项选择处理方式。")
    for pk, decision in decided.items():
        services.decide_import_difference(actor=request.actor, difference_id=pk, decision=decision, reason=reason)
    messages.success(request, f"已处理 {len(decided)} 项差异。")
    return len(decided)


@require_POST
@own_transaction
@MERGE
def many(request: Request, batch_id: int) -> HttpResponse:
    """One decision for all open differences of a field of a batch; a large number goes to the worker."""
    form, field = ReasonForm(request.POST), request.POST.get("field", "")
    given: dict[str, Any] = {"batch_id": batch_id, "field": field, "decision": request.POST.get("decision", "")}
    back = f"{reverse('registry:import-differences')}?batch={batch_id}&field={field}"
    with scope.use(request.actor):
        count = queries.import_differences(request.actor, field=field, batch_id=batch_id).count()
        if not form.is_valid():
            messages.error(request, "批量处理须写明理由，例如“电话以公安登记为准”。没有处理任何一项。")
            return redirect(back)
        if count > AT_ONCE:
            account = services.snapshot_for_import(request.actor)
            jobs.decide_differences.defer(**given, reason=form.cleaned_data["reason"], account=account)
            messages.success(request, f"已交后台处理 {count} 项差异，稍后刷新查看。")
            return redirect(back)
    done = services.decide_import_differences(actor=request.actor, reason=form.cleaned_data["reason"], **given)
    left = f"；{len(done.refused)} 项未能处理，仍列在下面：{done.refused[0][1]}" if done.refused else ""
    messages.success(request, f"已处理 {done.done} 项差异{left}。")
    return redirect(back)
