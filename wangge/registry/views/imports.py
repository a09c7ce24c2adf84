"""Imports: send a file, say what its columns are, look at what would come of it, import it, take it back."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, paging
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, template, write_xlsx
from wangge.registry import queries, services
from wangge.registry.forms.imports import KINDS, ColumnsForm, FileForm, shown
from wangge.registry.queries import import_pages
from wangge.registry.tasks import imports as jobs

IMPORT, MERGE = requires("registry.import"), requires("registry.merge")
SORTS = {"id": ("id",), "total": ("total", "id"), "name": ("name", "id")}
COLUMNS = [
    Column("id", "批次", kind="int"), Column("name", "文件"), Column("kind", "内容"), Column("source", "来源"),
    Column("place", "范围"), Column("total", "行数", kind="int"), Column("added", "新建", kind="int"),
    Column("differing", "不同", kind="int"), Column("refused", "未通过", kind="int"), Column("state", "状态"),
    Column("by", "经办"), Column("at", "上传时间", kind="datetime"),
]  # fmt: skip
WORK = ("checking", "running", "undoing")


def _form(request: Request, *given: Any) -> FileForm:
    initial = {"as_of": clock.today(), "kind": request.GET.get("what", "people")}
    return FileForm(import_pages.areas(request.actor), *given, initial=initial)


@IMPORT
def listing(request: Request) -> HttpResponse:
    """Batches, and the form that sends a file."""
    form = _form(request, request.POST, request.FILES) if request.method == "POST" else _form(request)
    if form.is_bound and form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("file")
        given |= {"data": file.read(), "name": file.name, "area": int(given["area"])}
        made = attempt(form, partial(services.open_import, actor=request.actor, **given))
        if made is not None:
            return redirect("registry:import", made.pk)
    asked, sort = _asked(request), request.GET.get("sort", "-id")
    found = queries.import_batches(request.actor, **asked)
    order = SORTS.get(sort.lstrip("-"), SORTS["id"])
    page = paging.page(found, order=order, after=request.GET.get("after"), desc=sort.startswith("-"))
    context = {
        "form": form, "asked": asked, "page": page, "rows": [(b, import_pages.summary(b)) for b in page],
        "total": paging.count_capped(found), "kinds": KINDS, "states": import_pages.STATES,
        "waiting": queries.open_difference_fields(request.actor), "is_filtered": any(asked.values()),
    }  # fmt: skip
    return render(request, "registry/imports.html", context, status=422 if form.errors else 200)


def _asked(request: Request) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip() for name in ("q", "kind", "state")}


@require_GET
@requires("registry.export")
def export(request: Request) -> HttpResponse:
    """The list of imports as it is filtered."""
    found = list(queries.import_batches(request.actor, **_asked(request)).order_by("-pk")[:50_000])
    services.note_import_export(actor=request.actor, batch_id=0, what="batches", rows=len(found))
    return spreadsheet(write_xlsx(COLUMNS, import_pages.export_rows(found), "导入记录"), "imports")


@require_GET
@IMPORT
def blank(request: Request, kind: str) -> HttpResponse:
    """An empty sheet with the usual columns."""
    found = queries.import_targets(kind if kind in KINDS else "people")
    columns = [Column(t.key, t.title, required=t.required, help="、".join(t.aliases[:6])) for t in found]
    return spreadsheet(template(columns, KINDS.get(kind, "人员")[:10]), f"import-{kind}")


@IMPORT
def show(request: Request, batch_id: int) -> HttpResponse:
    """One batch as it stands: columns to be named, progress, what is wrong, what came of it."""
    batch = queries.import_batch(request.actor, batch_id)
    form = _columns(request, batch)
    if form is not None and form.is_bound and form.is_valid():
        act = partial(services.map_import_columns, actor=request.actor, batch_id=batch.pk, mapping=form.mapping())
        if attempt(form, act) is not None and _order(request, batch_id, dry_run=True):
            return redirect("registry:import", batch.pk)
    written = batch.state in ("running", "done", "undoing", "undone")
    context = {
        "batch": batch, "form": form, "place": import_pages.place(batch), "at_work": batch.state in WORK,
        "done": batch.cursor if written else min(sum(batch.foreseen.get(n, 0) for n in import_pages.ROWS), batch.total),
        "counts": import_pages.counted(batch.counts if written else batch.foreseen),
        "faults": queries.import_faults(request.actor, batch, written=written),
        "preview": import_pages.preview(batch, shown) if form is not None else [],
        "undo_until": import_pages.undo_until(batch), "fields": queries.open_difference_fields(request.actor, batch.pk),
        "columns": import_pages.read_as(batch), "has_file": import_pages.has_file(batch), "undone": import_pages.undone(batch),
    }  # fmt: skip
    return render(request, "registry/import.html", context, status=422 if form is not None and form.errors else 200)


def _columns(request: Request, batch: Any) -> ColumnsForm | None:
    if batch.state not in ("draft", "checked"):
        return None
    found = queries.import_targets(batch.kind, batch.role)
    return ColumnsForm(batch.titles, found, batch.mapping, request.POST if request.method == "POST" else None)


def _order(request: Request, batch_id: int, *, dry_run: bool) -> bool:
    services.order_import(actor=request.actor, batch_id=batch_id, dry_run=dry_run)
    jobs.carry_out_import.defer(batch_id=batch_id, dry_run=dry_run)
    return True


@require_POST
@IMPORT
def run(request: Request, batch_id: int) -> HttpResponse:
    _order(request, batch_id, dry_run=False)
    messages.success(request, "已开始导入，可以离开本页，完成后在导入记录中查看。")
    return redirect("registry:import", batch_id)


@require_POST
@IMPORT
def drop(request: Request, batch_id: int) -> HttpResponse:
    services.drop_import(actor=request.actor, batch_id=batch_id)
    messages.success(request, "已作废这个文件，没有导入任何内容。")
    return redirect("registry:imports")


@require_POST
@MERGE
def undo(request: Request, batch_id: int) -> HttpResponse:
    services.order_undo(actor=request.actor, batch_id=batch_id)
    jobs.undo_import.defer(batch_id=batch_id, account=services.snapshot_for_import(request.actor))
    messages.success(request, "已开始撤销。导入后改动过的档案会保留。")
    return redirect("registry:import", batch_id)


@require_GET
@IMPORT
def errors(request: Request, batch_id: int) -> HttpResponse:
    """The refused rows with their reasons, to be corrected and sent again."""
    batch = queries.import_batch(request.actor, batch_id)
    written = batch.state not in ("draft", "checking", "checked")
    content = queries.error_file(request.actor, batch, written=written)
    counts = batch.counts if written else batch.foreseen
    services.note_import_export(actor=request.actor, batch_id=batch.pk, what="refused", rows=counts.get("refused", 0))
    return spreadsheet(content, f"import-{batch.pk}-errors")
