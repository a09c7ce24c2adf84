"""目录和共享: the catalogue, requests of offices, their approval, deliveries and where a row came from."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.exchange import forms, queries, services, terms
from wangge.exchange.rules import quality
from wangge.exchange.rules import sharing as rules
from wangge.exchange.views.common import act, listed, sheet, tells
from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt, download
from wangge.kernel.request import Request
from wangge.kernel.tables import Column

MANAGE, ASK, APPROVE = "exchange.manage", "exchange.request", "exchange.approve"
ANY = requires(MANAGE, ASK, APPROVE)
SORTS = {"name": "name", "code": "code", "id": "pk"}
REQUEST_SORTS = {"id": "pk", "due": "due_on", "until": "until_on"}


@require_GET
@ANY
def catalogue(request: Request) -> HttpResponse:
    asked = request.GET
    found = queries.datasets(
        request.actor, q=asked.get("q", ""), share=asked.get("share", ""), state=asked.get("state", "")
    )
    page, total = listed(request, found, SORTS, "name")
    context = {"page": page, "total": total, "shares": terms.SHARE_KINDS, "states": terms.DATASET_STATES}
    if request.actor.may(MANAGE):
        context["sources"] = queries.sources(request.actor).order_by("name")
    return render(request, "exchange/catalogue.html", context)


@require_GET
@ANY
def catalogue_export(request: Request) -> HttpResponse:
    columns = [Column("code", "目录编码"), Column("name", "名称"), Column("owner", "提供部门"), Column("about", "内容摘要"), Column("fields", "数据项"), Column("share", "共享属性"), Column("basis", "依据"), Column("refresh", "更新周期"), Column("state", "状态")]  # fmt: skip
    rows = [
        [d.code, d.name, d.source.owner.name, d.about, "、".join(f.title for f in queries.dataset_keys(d)), d.get_share_display(), d.basis, d.source.get_refresh_display(), d.get_state_display()]
        for d in queries.datasets(request.actor, q=request.GET.get("q", "")).order_by("code")
    ]  # fmt: skip
    return sheet(columns, rows, "数据目录")


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def draft(request: Request, source_id: int) -> HttpResponse:
    """Draft an entry of the catalogue over a source; `?dataset=` changes one."""
    source = queries.source(request.actor, source_id)
    known = request.GET.get("dataset", "")
    old = queries.dataset(request.actor, int(known)) if known.isdecimal() else None
    fields = [(f.key, f"{f.title}（{terms.LEVELS[f.level]}）") for f in quality.fields_of(source.fields)]
    start = {"code": old.code, "name": old.name, "about": old.about, "share": old.share, "basis": old.basis, "fields_": old.fields} if old else {}  # fmt: skip
    form = forms.DatasetForm(fields, request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given["fields"] = given.pop("fields_")
        made = attempt(
            form,
            lambda: services.list_dataset(
                actor=request.actor, source_id=source_id, dataset_id=old.pk if old else None, **given
            ),
        )
        if made is not None:
            return HttpResponseRedirect(f"/exchange/catalogue/{made.pk}")
    return render(
        request,
        "exchange/dataset_edit.html",
        {"form": form, "source": source, "old": old},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
@ANY
def dataset(request: Request, dataset_id: int) -> HttpResponse:
    """An entry of the catalogue, with the form to ask for it."""
    one = queries.dataset(request.actor, dataset_id)
    may_ask = (
        request.actor.may(ASK) and bool(request.actor.department_id) and one.state == "listed" and one.share != "never"
    )
    start = {"from_on": clock.today()}
    form = forms.AskForm(queries.dataset_keys(one), request.POST or None, initial=start) if may_ask else None
    if request.method == "POST":
        request.actor.must(ASK)
        if form is not None and form.is_valid():
            given = dict(form.cleaned_data)
            given["fields"] = given.pop("fields_")
            made = attempt(form, lambda: services.ask_share(actor=request.actor, dataset_id=dataset_id, **given))
            if made is not None:
                return HttpResponseRedirect(f"/exchange/shares/{made.number}")
    fields = [(f, terms.LEVELS[f.level]) for f in queries.dataset_keys(one)]
    asked = queries.requests(request.actor, dataset_id=dataset_id).order_by("-pk")[:20]
    context = {"one": one, "fields": fields, "form": form, "asked": asked, "reason": forms.ReasonForm()}
    return render(request, "exchange/dataset.html", context, status=422 if form is not None and form.errors else 200)


@require_POST
@requires(MANAGE)
def publish(request: Request, dataset_id: int) -> HttpResponse:
    listed_ = request.POST.get("listed") == "1"
    queries.dataset(request.actor, dataset_id)
    form = forms.PlainForm(request.POST)
    go = act(request, form, lambda: services.publish_dataset(actor=request.actor, dataset_id=dataset_id, listed=listed_, reason=request.POST.get("reason", "")), "已发布到目录。" if listed_ else "已从目录撤下。", f"/exchange/catalogue/{dataset_id}")  # fmt: skip
    if go is None:
        tells(request, form)
    return go or HttpResponseRedirect(f"/exchange/catalogue/{dataset_id}")


@require_GET
@ANY
def shares(request: Request) -> HttpResponse:
    asked = request.GET
    found = queries.requests(request.actor, state=asked.get("state", ""), q=asked.get("q", ""))
    page, total = listed(request, found, REQUEST_SORTS, "-id")
    context = {"page": page, "total": total, "states": terms.REQUEST_STATES, "today": clock.today()}
    return render(request, "exchange/shares.html", context)


@require_GET
@ANY
def shares_export(request: Request) -> HttpResponse:
    columns = [Column("number", "编号"), Column("dataset", "数据集"), Column("department", "申请部门"), Column("purpose", "用途"), Column("legal_basis", "依据"), Column("fields", "字段"), Column("full", "不遮挡字段"), Column("from_on", "起", kind="date"), Column("until_on", "止", kind="date"), Column("state", "状态"), Column("asked_name", "申请人"), Column("decided_name", "审批人"), Column("note", "意见")]  # fmt: skip
    rows = []
    for r in queries.requests(request.actor, state=request.GET.get("state", ""), q=request.GET.get("q", "")).order_by(
        "pk"
    ):
        titles = {f.key: f.title for f in quality.fields_of(r.dataset.source.fields)}
        rows.append([r.number, r.dataset.name, r.department.name, r.purpose, r.legal_basis, "、".join(titles.get(k, k) for k in r.fields), "、".join(titles.get(k, k) for k in r.full), r.from_on, r.until_on, r.get_state_display(), r.asked_name, r.decided_name, r.note])  # fmt: skip
    return sheet(columns, rows, "数据共享申请")


@require_GET
@ANY
def share(request: Request, number: str) -> HttpResponse:
    return _share(request, number)


def _share(request: Request, number: str, form: Any = None) -> HttpResponse:
    one = queries.request(request.actor, number)
    fields = [f for f in quality.fields_of(one.dataset.source.fields) if f.key in set(one.fields)]
    own = one.department_id == request.actor.department_id
    start = {"fields_": one.fields, "full": one.full, "until_on": one.until_on, "seen_step": one.step}
    context = {
        "one": one,
        "fields": [(f, terms.LEVELS[f.level], f.key in one.full) for f in fields],
        "own": own,
        "running": rules.is_running(one.state, one.from_on, one.until_on, clock.today())
        and one.dataset.state == "listed",
        "may_decide": request.actor.may(APPROVE) and one.state == "asked" and one.asked_by != request.actor.id,
        "form": form or forms.DecideForm(fields, one.full, initial=start),
        "deliveries": queries.deliveries(request.actor, one)[:50],
        "reason": forms.ReasonForm(),
    }
    return render(request, "exchange/share.html", context, status=422 if form is not None else 200)


@require_POST
@requires(APPROVE)
def decide(request: Request, number: str) -> HttpResponse:
    one = queries.request(request.actor, number)
    fields = [f for f in quality.fields_of(one.dataset.source.fields) if f.key in set(one.fields)]
    form = forms.DecideForm(fields, one.full, request.POST)
    approved = request.POST.get("decision") == "approve"

    def service() -> Any:
        given = dict(form.cleaned_data)
        given["fields"] = given.pop("fields_")
        return services.decide_share(actor=request.actor, number=number, approved=approved, **given)

    go = act(request, form, service, "已同意共享。" if approved else "已答复不同意。", f"/exchange/shares/{number}")
    return go or _share(request, number, form)


@require_POST
@requires(ASK, APPROVE)
def end(request: Request, number: str, command: str) -> HttpResponse:
    """Take a request back before it is decided, or end a sharing before its time."""
    actor, reason = request.actor, request.POST.get("reason", "")
    queries.request(actor, number)
    do = {
        "withdraw": lambda: services.withdraw_share(actor=actor, number=number),
        "revoke": lambda: services.revoke_share(actor=actor, number=number, reason=reason),
    }.get(command)
    if do is None:
        raise NotHere("操作")
    form = forms.PlainForm(request.POST)
    go = act(request, form, do, "已撤回。" if command == "withdraw" else "已终止共享。", f"/exchange/shares/{number}")
    if go is None:
        tells(request, form)
    return go or HttpResponseRedirect(f"/exchange/shares/{number}")


@require_POST
@requires(ASK)
def fetch(request: Request, number: str) -> HttpResponse:
    """The data as a marked sheet; each time is a delivery on record."""
    made, content = services.deliver(actor=request.actor, number=number)
    return download(content, f"{made.request.dataset.name}-{made.mark}.xlsx")


@require_http_methods(["GET", "POST"])
@requires(MANAGE, APPROVE)
def trace(request: Request) -> HttpResponse:
    """Whose delivery a row came from, by its trace code."""
    form, found, looked = forms.TraceForm(request.POST or None), None, False
    if request.method == "POST" and form.is_valid():
        found, looked = queries.traced(request.actor, form.cleaned_data["code"]), True
    return render(request, "exchange/trace.html", {"form": form, "found": found, "looked": looked})
