"""关联: runs of a source, what waits for a reviewer, one row beside its candidates, what others hold about a person."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from wangge.exchange import forms, queries, services, tasks, terms
from wangge.exchange.rules import deciding, quality
from wangge.exchange.views.common import act, listed, sheet, tells
from wangge.identity.access import requires
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.registry import queries as registry

LINK = "exchange.link"
SORTS = {"weight": "weight", "id": "pk", "probability": "probability"}
LINK_SORTS = {"id": "pk", "weight": "weight"}


@require_POST
@requires(LINK)
def begin(request: Request, source_id: int) -> HttpResponse:
    """Queue a comparison; a job carries it out."""
    form = forms.PlainForm(request.POST)
    form.is_valid()
    queries.source(request.actor, source_id)
    engine: Any = "spark" if request.POST.get("engine") == "spark" else "duckdb"
    made = attempt(form, lambda: services.ask_run(actor=request.actor, source_id=source_id, on=engine))
    if made is None:
        tells(request, form)
        return HttpResponseRedirect(f"/exchange/sources/{source_id}")
    tasks.run_link.defer(run_id=made.pk)
    return HttpResponseRedirect(f"/exchange/runs/{made.pk}")


@require_GET
@requires(LINK)
def run(request: Request, run_id: int) -> HttpResponse:
    one = queries.run(request.actor, run_id)
    asked = request.GET
    found = queries.links(
        request.actor, one.source, state=asked.get("state", ""), how=asked.get("how", ""), run_id=run_id
    )
    page, total = listed(request, found, LINK_SORTS, "id")
    context = {"one": one, "page": page, "total": total, "states": terms.LINK_STATES, "hows": terms.LINK_HOW, "reasons": deciding.REASONS, "reason": forms.ReasonForm()}  # fmt: skip
    return render(request, "exchange/run.html", context)


@require_POST
@requires(LINK)
def undo_run(request: Request, run_id: int) -> HttpResponse:
    form, back = forms.ReasonForm(request.POST), f"/exchange/runs/{queries.run(request.actor, run_id).pk}"
    go = act(request, form, lambda: services.undo_run(actor=request.actor, run_id=run_id, reason=form.cleaned_data["reason"]), "这次比对自动得出的关联已撤销，人工复核过的保留。", back)  # fmt: skip
    if go is None:
        tells(request, form)
    return go or HttpResponseRedirect(back)


def _waiting(request: Request) -> Any:
    asked = request.GET
    of = queries.source(request.actor, int(asked["source"])) if asked.get("source", "").isdecimal() else None
    return queries.review_list(request.actor, of, why=asked.get("why", ""), q=asked.get("q", ""))


@require_GET
@requires(LINK)
def review(request: Request) -> HttpResponse:
    page, total = listed(request, _waiting(request), SORTS, "-weight")
    rows = [(x, deciding.REASONS.get(x.why, "")) for x in page]
    reasons = {k: v for k, v in deciding.REASONS.items() if k and k != "rejected"}
    context = {
        "page": page,
        "total": total,
        "rows": rows,
        "reasons": reasons,
        "sources": queries.sources(request.actor).order_by("name"),
    }
    return render(request, "exchange/review.html", context)


@require_GET
@requires("registry.export")
def review_export(request: Request) -> HttpResponse:
    """The queue as a sheet: names and why they wait, no numbers."""
    request.actor.must(LINK)
    columns = [Column("source", "数据源"), Column("name", "来源姓名"), Column("ours", "本区姓名"), Column("probability", "概率", kind="decimal"), Column("why", "待复核原因")]  # fmt: skip
    found = list(_waiting(request).order_by("pk")[:5000])
    services.note_review_exported(actor=request.actor, rows=len(found))
    rows = [
        [x.record.source.name, x.record.name, x.person.name, round(x.probability, 4), deciding.REASONS.get(x.why, "")]
        for x in found
    ]
    return sheet(columns, rows, "待复核关联")


@require_GET
@requires(LINK)
def record(request: Request, record_id: int) -> HttpResponse:
    """One row of a source beside the people it may be, and what was decided about it."""
    return _record(request, record_id)


def _record(request: Request, record_id: int, refused: Refusal | None = None) -> HttpResponse:
    one = queries.record(request.actor, record_id)
    fields = quality.fields_of(one.source.fields)
    values = queries.opened(one)
    open_ = queries.candidates(request.actor, one, "proposed")
    following = queries.review_list(request.actor, one.source).exclude(record=one).order_by("-weight", "pk").first()
    context = {
        "one": one,
        "values": [(f, queries.shown(f, values.get(f.key, ""))) for f in fields],
        "open": [
            (x, person, lines, deciding.REASONS.get(x.why, ""), queries.told(lines)) for x, person, lines in open_
        ],
        "out_of_sight": queries.out_of_sight(request.actor, one),
        "linked": queries.candidates(request.actor, one, "linked"),
        "past": queries.candidates(request.actor, one, "rejected", "undone", "passed"),
        "following": following,
        "refusal": refused,
    }
    return render(request, "exchange/record.html", context, status=refused.status if refused else 200)


ACTS: dict[str, tuple[Any, str]] = {
    "accept": (services.accept_link, "已关联。"),
    "reject": (services.reject_link, "已记为不是同一人，今后不再提示。"),
    "undo": (services.undo_link, "已撤销。这两条今后只提示复核，不再自动关联。"),
}


@require_POST
@requires(LINK)
def decide(request: Request, link_id: int, command: str) -> HttpResponse:
    """One decision of a reviewer; refused, the row's page comes back and says why."""
    if command not in ACTS:
        raise NotHere("操作")
    service, said = ACTS[command]
    record_id = queries.record_of_link(request.actor, link_id)
    note, step = request.POST.get("note", "")[:200], request.POST.get("step", "")
    given: dict[str, Any] = (
        {"reason": note} if command == "undo" else {"note": note, "seen_step": int(step) if step.isdecimal() else 0}
    )
    form = forms.PlainForm(request.POST)
    go = act(
        request,
        form,
        lambda: service(actor=request.actor, link_id=link_id, **given),
        said,
        f"/exchange/records/{record_id}",
    )
    if go is None:
        tells(request, form)
        return HttpResponseRedirect(f"/exchange/records/{record_id}")
    return go


@require_GET
@requires(LINK)
def person(request: Request, person_id: int) -> HttpResponse:
    """What other systems hold about one person."""
    one = registry.person(request.actor, person_id)
    return render(
        request, "exchange/person.html", {"one": one, "rows": queries.records_of_person(request.actor, person_id)}
    )
