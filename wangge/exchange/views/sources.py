"""数据源: the list, one source with its fields, rules, codes and intakes, and what came in."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.exchange import forms, queries, services, tasks, terms
from wangge.exchange.rules import quality
from wangge.exchange.views.common import act, listed, plain, sheet, tells
from wangge.identity.access import requires
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt, download
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, template

MANAGE, LINK = "exchange.manage", "exchange.link"
SEE = requires(MANAGE, LINK)
SORTS = {"name": "name", "code": "code", "id": "pk", "updated": "updated_at"}
COLUMNS = [
    Column("code", "编码"), Column("name", "名称"), Column("owner", "所属部门"), Column("kind", "归集方式"),
    Column("purpose", "用途"), Column("legal_basis", "依据"), Column("refresh", "更新周期"),
    Column("retention_days", "保存天数", kind="int"), Column("rows_kept", "有效行数", kind="int"),
    Column("last_score", "质量得分", kind="decimal"), Column("last_at", "最近归集", kind="datetime"), Column("state", "状态"),
]  # fmt: skip


def _asked(request: Request) -> Any:
    asked = request.GET
    return queries.sources(
        request.actor,
        q=asked.get("q", ""),
        kind=asked.get("kind", ""),
        state=asked.get("state", ""),
        need=asked.get("need", ""),
    )


@require_GET
@SEE
def sources(request: Request) -> HttpResponse:
    page, total = listed(request, queries.with_score(_asked(request)), SORTS, "-id")
    context = {"page": page, "total": total, "kinds": terms.KINDS, "states": terms.SOURCE_STATES, "needs": terms.SOURCE_NEEDS, "late": {s.pk for s in page if queries.is_late(s)}}  # fmt: skip
    return render(request, "exchange/sources.html", context)


@require_GET
@requires(MANAGE)
def export(request: Request) -> HttpResponse:
    rows = [
        {c.key: getattr(s, c.key, "") for c in COLUMNS}
        | {
            "owner": s.owner.name,
            "kind": s.get_kind_display(),
            "refresh": s.get_refresh_display(),
            "state": s.get_state_display(),
        }
        for s in queries.with_score(_asked(request)).order_by("code")
    ]
    return sheet(COLUMNS, rows, "数据源")


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def new(request: Request) -> HttpResponse:
    """Register a source: what it is, where it lies, which fields it has."""
    given = request.POST if request.method == "POST" else None
    form = forms.SourceForm(queries.owners(request.actor), queries.places(request.actor), given)
    where, rows = forms.WhereForm(given), forms.FieldRows(given)
    if given is not None and form.is_valid() and where.is_valid():
        config = dict(where.cleaned_data)
        values = {**form.cleaned_data, "secret": config.pop("secret"), "config": config, "fields": rows.values}
        made = attempt(form, lambda: services.register_source(actor=request.actor, **values))
        if made is not None:
            messages.success(request, "已登记。可以归集数据了。")
            return HttpResponseRedirect(f"/exchange/sources/{made.pk}")
    context = _editing({"form": form, "where": where, "rows": rows})
    return render(request, "exchange/source_new.html", context, status=422 if form.errors else 200)


def _editing(context: dict[str, Any]) -> dict[str, Any]:
    tables = sorted(queries.code_tables().items(), key=lambda t: t[1])
    return {"kinds": terms.FIELD_KINDS, "means": terms.MEANINGS, "levels": terms.LEVELS, "tables": tables, **context}


@require_GET
@SEE
def source(request: Request, source_id: int) -> HttpResponse:
    one = queries.source(request.actor, source_id)
    fields = quality.fields_of(one.fields)
    named = [(f.key, f.title) for f in fields]
    titles = dict(named)
    context = {
        "one": one,
        "fields": [
            (f, terms.MEANINGS[f.means], terms.LEVELS[f.level], queries.code_tables().get(f.codes, "")) for f in fields
        ],
        "rules": [
            (r, titles.get(r.field, "整个批次"), *terms.CHECKS[r.check_kind]) for r in queries.rules(request.actor, one)
        ],
        "dimensions": terms.DIMENSIONS,
        "maps": [(m, titles.get(m.field, m.field)) for m in queries.maps(request.actor, one)],
        "intakes": queries.intakes(request.actor, one)[:10],
        "runs": queries.runs(request.actor, one)[:5] if request.actor.may(LINK) else [],
        "standing": queries.standing(request.actor, one),
        "take": forms.TakeForm(),
        "rule_form": forms.RuleForm(named, initial={"weight": 1}),
        "map_form": forms.MapForm([(f.key, f.title) for f in fields if f.codes]),
        "reason": forms.ReasonForm(),
        "links_people": "name" in {f.means for f in fields},
    }
    return render(request, "exchange/source.html", context)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def edit(request: Request, source_id: int) -> HttpResponse:
    one = queries.source(request.actor, source_id)
    given = request.POST if request.method == "POST" else None
    start = {n: getattr(one, n) for n in forms.ChangeForm.base_fields if hasattr(one, n)} | {"seen_step": one.step}
    form, where = forms.ChangeForm(given, initial=start), forms.WhereForm(given, initial=one.config)
    rows = forms.FieldRows(given, one.fields)
    if given is not None and form.is_valid() and where.is_valid():
        changes = dict(form.cleaned_data)
        step, config = changes.pop("seen_step"), dict(where.cleaned_data)
        changes |= {"secret": config.pop("secret"), "config": config, "fields": rows.values}
        go = act(request, form, lambda: services.change_source(actor=request.actor, source_id=source_id, seen_step=step, changes=changes), "已保存。", f"/exchange/sources/{source_id}")  # fmt: skip
        if go is not None:
            return go
    context = _editing({"one": one, "form": form, "where": where, "rows": rows})
    return render(request, "exchange/source_edit.html", context, status=422 if form.errors else 200)


@require_POST
@requires(MANAGE)
def take(request: Request, source_id: int) -> HttpResponse:
    """Begin an intake: of the file that was sent, or of what lies at the source now. A job reads it."""
    one = queries.source(request.actor, source_id)
    form = (
        forms.TakeForm(request.POST, request.FILES) if one.kind in ("file", "push") else forms.PlainForm(request.POST)
    )
    if form.is_valid():
        upload = form.cleaned_data.get("file")
        data, name = (upload.read(), upload.name) if upload else (b"", "")
        made = attempt(form, lambda: services.begin_intake(actor=request.actor, source_id=source_id, name=name, data=data, whole=form.cleaned_data.get("whole", False)))  # fmt: skip
        if made is not None:
            tasks.take_in.defer(intake_id=made.pk)
            return HttpResponseRedirect(f"/exchange/intakes/{made.pk}")
    tells(request, form)
    return HttpResponseRedirect(f"/exchange/sources/{source_id}")


@require_GET
@requires(MANAGE)
def sample(request: Request, source_id: int) -> HttpResponse:
    """An empty sheet with the titles of the source's fields."""
    one = queries.source(request.actor, source_id)
    columns = [Column(f.key, f.title, required=f.required) for f in quality.fields_of(one.fields)]
    return download(template(columns, one.name), f"{one.name}模板.xlsx")


ACTS = ("state", "rule", "drop-rule", "map", "unmap", "rejudge")


@require_POST
@requires(MANAGE)
def set_up(request: Request, source_id: int, command: str) -> HttpResponse:
    """One change of the set-up of a source; what is wrong comes as a sentence on its page."""
    one, post = queries.source(request.actor, source_id), request.POST
    if command not in ACTS:
        raise NotHere("操作")
    fields, back = quality.fields_of(one.fields), f"/exchange/sources/{source_id}"
    named = {
        "state": lambda: forms.ReasonForm(post),
        "rule": lambda: forms.RuleForm([(f.key, f.title) for f in fields], post),
        "map": lambda: forms.MapForm([(f.key, f.title) for f in fields if f.codes], post),
    }
    form = named.get(command, lambda: forms.PlainForm(post))()
    go = act(request, form, lambda: _set_up(request, source_id, command, form.cleaned_data), "已完成。", back)
    if go is None:
        tells(request, form)
    return go or HttpResponseRedirect(back)


def _set_up(request: Request, source_id: int, command: str, given: dict[str, Any]) -> Any:
    post = request.POST
    who: dict[str, Any] = {"actor": request.actor, "source_id": source_id}
    number = int(post["id"]) if post.get("id", "").isdecimal() else 0
    if command == "state":
        return services.set_source_state(**who, state=post.get("state", ""), reason=given["reason"])
    if command == "rule":
        return services.set_rule(**who, **given)
    if command == "map":
        return services.map_code(**who, **given)
    if command == "drop-rule":
        return services.drop_rule(**who, rule_id=number)
    if command == "unmap":
        return services.unmap_code(**who, map_id=number)
    return services.rejudge(**who)


RECORD_SORTS = {"id": "pk", "name": "name", "seen": "seen_at"}


@require_GET
@SEE
def records(request: Request, source_id: int) -> HttpResponse:
    one = queries.source(request.actor, source_id)
    asked = request.GET
    found = queries.records(
        request.actor, one, q=asked.get("q", ""), link=asked.get("link", ""), faulty=asked.get("faulty") == "1"
    )
    page, total = listed(request, found, RECORD_SORTS, "id")
    fields = quality.fields_of(one.fields)
    titles = {f.key: f.title for f in fields}
    rows = []
    for row in page:
        values = queries.opened(row)
        faults = [f"{titles.get(k, k)}：{terms.CHECKS[c][0]}" for k, c in row.faults]
        rows.append((row, [queries.shown(f, values.get(f.key, "")) for f in fields], faults))
    context = {"one": one, "page": page, "total": total, "fields": fields, "rows": rows}
    return render(request, "exchange/records.html", context)


@require_GET
@SEE
def intake(request: Request, intake_id: int) -> HttpResponse:
    one = queries.intake(request.actor, intake_id)
    titles = {f.key: f.title for f in quality.fields_of(one.source.fields)}
    shares = [
        (titles.get(field, "整个批次"), *terms.CHECKS[check], weight, checked, failed, quality.Share(quality.Rule(field, check), checked, failed).score)
        for field, check, weight, checked, failed in one.quality.get("rules", [])
    ]  # fmt: skip
    context = {
        "one": one,
        "shares": shares,
        "dimension_names": terms.DIMENSIONS,
        "dimensions": one.quality.get("dimensions", {}),
        "unmapped": [(titles.get(k, k), k, sorted(v.items(), key=lambda x: -x[1])) for k, v in one.unmapped.items()],
        "reason": forms.ReasonForm(),
    }
    return render(request, "exchange/intake.html", context)


@require_GET
@requires(MANAGE)
def refused(request: Request, intake_id: int) -> HttpResponse:
    """The rows that were not taken in, with the reasons: corrected, they can be sent again."""
    one = queries.intake(request.actor, intake_id)
    fields = quality.fields_of(one.source.fields)
    columns = [*(Column(f.key, f.title) for f in fields), Column("reason", "未通过原因")]
    rows = [
        [*(v.get(f.key, "") for f in fields), f"原第 {n} 行；{'；'.join(s)}"]
        for n, v, s in queries.refused_rows(request.actor, one)
    ]
    services.note_refused_read(actor=request.actor, intake_id=intake_id)
    return sheet(columns, rows, f"第{one.pk}批未收的行")


@require_POST
@requires(MANAGE)
def withdraw(request: Request, intake_id: int) -> HttpResponse:
    form, back = forms.ReasonForm(request.POST), f"/exchange/intakes/{queries.intake(request.actor, intake_id).pk}"
    go = act(request, form, lambda: services.withdraw_intake(actor=request.actor, intake_id=intake_id, reason=form.cleaned_data["reason"]), "已撤回。", back)  # fmt: skip
    if go is None:
        tells(request, form)
    return go or HttpResponseRedirect(back)


@require_POST
@requires(MANAGE)
def resume(request: Request, intake_id: int) -> HttpResponse:
    one = queries.intake(request.actor, intake_id)
    return plain(
        request, lambda: tasks.take_in.defer(intake_id=one.pk), "已接着归集。", f"/exchange/intakes/{intake_id}"
    )
