"""数据字典: the standard's tables and codes, and what the district calls them."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, tables
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.registry import services
from wangge.registry.forms.organisations import CodeNameForm, EndNameForm
from wangge.registry.queries import dictionary as queries
from wangge.registry.rules import tables as rules

SEE, EDIT = requires("registry.view", "registry.lists"), requires("registry.lists")
COLUMNS = [
    tables.Column("code", "代码", kind="code"),
    tables.Column("label", "名称"),
    tables.Column("standard", "国标名称"),
    tables.Column("stands_for", "对应国标代码", kind="code"),
    tables.Column("since", "启用日期", kind="date"),
]
BASES = {"V": "国标原文", "S": "按在用系统整理", "K": "只有表名", "X": "本区自设"}


@require_GET
@SEE
def dictionary(request: Request) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    data = [(t, BASES[t.basis]) for t in rules.tables() if words in t.title or words in t.code or not words]
    context = {
        "q": words,
        "codes": queries.code_tables(words),
        "tables": data,
        "renamed": queries.renamed(request.actor),
    }
    return render(request, "registry/dictionary.html", context)


@require_GET
@SEE
def data_table(request: Request, code: str) -> HttpResponse:
    """The fields of one data table."""
    try:
        table = rules.table(code)
    except KeyError:
        raise NotHere("数据表") from None
    return render(request, "registry/data_table.html", {"table": table, "basis": BASES[table.basis]})


@require_http_methods(["GET", "POST"])
@SEE
def code_table(request: Request, name: str) -> HttpResponse:
    """The codes of one table on a day; whoever keeps the dictionary names codes here."""
    table, actor = queries.code_table(name), request.actor
    may_edit = actor.may("registry.lists") and queries.district_of(actor) is not None
    form = CodeNameForm(name, request.POST if request.method == "POST" else None, initial={"since": clock.today()})
    save = partial(services.name_code, actor=actor, table=name)
    if request.method == "POST" and form.is_valid() and attempt(form, partial(save, **form.cleaned_data)) is not None:
        messages.success(request, "名称已登记，自启用日期起生效。")
        return redirect("registry:code-table", name)
    q, at = request.GET.get("q", "").strip(), _day(request)
    context = {
        "table": table, "entries": queries.entries(actor, name, q, at), "q": q, "at": at, "form": form, "may_edit": may_edit,
        "history": queries.history_of(actor, name), "today": clock.today(), "many": len(table.codes) > 500,
    }  # fmt: skip
    return render(request, "registry/code_table.html", context, status=422 if form.errors else 200)


def _day(request: Request) -> Any:
    found, _ = rules.check(rules.Field("at", "日期", "D", 8, False), request.GET.get("at", ""), clock.today())
    return clock.today().fromisoformat(found) if found else None


@require_GET
@SEE
def export(request: Request, name: str) -> HttpResponse:
    """One code table as a spreadsheet. It holds nothing of anybody, so it needs no right to export."""
    table = queries.code_table(name)
    rows = [{c.key: getattr(e, c.key) for c in COLUMNS} for e in queries.entries(request.actor, name, limit=10_000)]
    return spreadsheet(tables.write_xlsx(COLUMNS, rows, table.title), f"代码表{name}{table.title}")


@require_POST
@EDIT
def end(request: Request, name: str, label_id: int) -> HttpResponse:
    form = EndNameForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请填写停用日期和依据。")
        return redirect("registry:code-table", name)
    services.end_name(actor=request.actor, label_id=label_id, **form.cleaned_data)
    messages.success(request, "名称已停用，自停用日期起恢复国标名称。")
    return redirect("registry:code-table", name)
