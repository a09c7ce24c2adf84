"""抽查核实: plans, what was drawn, giving out, the check of one of them."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, paging
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.registry import queries as registry
from wangge.registry.forms.quality import OFTEN_CHECKED as OFTEN
from wangge.registry.forms.quality import AssignForm, CheckForm, PlanForm, ReasonForm
from wangge.registry.queries import sampled
from wangge.registry.queries import sampling as queries
from wangge.registry.rules import sampling as rules
from wangge.registry.services import checks, sampling
from wangge.registry.terms_quality import SAMPLE_FIELDS, SAMPLE_KINDS, SAMPLED
from wangge.registry.views import quality
from wangge.territory import queries as territory

PLAN = requires("registry.sample")
CHECK = requires("registry.sample", "registry.edit")
MARGINS = (0.05, 0.03, 0.02)
ITEM_STATES = {"waiting": "待核实", "checked": "已核实", "unreached": "未能核实"}
COLUMNS = [
    Column("name", "抽查对象"), Column("place", "所在网格"), Column("kind", "类别"), Column("position", "层内序号", kind="int"),
    Column("checker", "核实人"), Column("state", "状态"), Column("updated", "已更新", kind="bool"),
    Column("at", "核实时间", kind="datetime"), Column("findings", "逐项结果"), Column("note", "说明"),
]  # fmt: skip


@require_GET
@CHECK
def listing(request: Request) -> HttpResponse:
    """Plans with how far they are, and the reader's own items first."""
    asked = {k: request.GET.get(k, "").strip() for k in ("q", "state")}
    found = queries.plans(request.actor, q=asked["q"], state=asked["state"])
    shown = paging.page(found, order=("id",), desc=True, after=request.GET.get("after"))
    told = queries.progress(request.actor, [one.pk for one in shown])
    context = {
        "asked": asked,
        "rows": [(one, territory.path_of(one.place_code), told.get(one.pk, {})) for one in shown],
        "page": shown,
        "total": paging.count_capped(found),
        "states": [("draft", "草稿"), ("drawn", "核实中"), ("closed", "已办结"), ("void", "已作废")],
        "mine": queries.items(request.actor, state="waiting", checker=request.actor.id).count(),
    }
    return quality.page(request, "samples", "samples", context)


@require_http_methods(["GET", "POST"])
@PLAN
def new(request: Request) -> HttpResponse:
    """A plan; asked with a place and kinds it tells the strata and how many a margin takes."""
    asked = (request.POST or request.GET).get("subject", "")
    subject = asked if asked in SAMPLED else "person"
    start = {
        "place_code": request.GET.get("place_code", ""), "kinds": request.GET.getlist("kinds"), "wanted": list(OFTEN[subject]),
        "least": 5, "confidence": "0.95", "title": request.GET.get("title", ""), "subject": subject,
    }  # fmt: skip
    form = PlanForm(quality.reach(request.actor), subject, request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        one = attempt(form, lambda: sampling.plan_sample(actor=request.actor, **form.values()))
        if one is not None:
            messages.success(request, "方案已登记，随机种子已固定。核对后抽取。")
            return redirect("registry:sample", one.pk)
    place = quality.whole(request.GET.get("place_code", ""), 999_999_999_999_999)
    kinds = [k for k in request.GET.getlist("kinds") if k in SAMPLE_KINDS[subject]]
    sizes = queries.sizes(request.actor, place, kinds, subject) if place else {}
    total = sum(sizes.values())
    context = {
        "form": form,
        "subject": subject,
        "subjects": SAMPLED.items(),
        "subject_name": SAMPLED[subject],
        "strata": [(territory.name_of(street), SAMPLE_KINDS[subject][kind], n) for (street, kind), n in sizes.items()],
        "population": total,
        "margins": [(int(m * 100), rules.sample_size(total, m)) for m in MARGINS] if total else [],
        "asked_place": place,
    }
    return quality.page(request, "sample_new", "samples", context, refused=bool(form.errors))


def _kind(item: Any) -> str:
    """What an item was drawn under, in words."""
    return SAMPLE_KINDS[item.plan.subject][item.stratum.kind]


def _filters(request: Request) -> dict[str, Any]:
    asked = {k: request.GET.get(k, "").strip() for k in ("q", "state", "kind")}
    return asked | {"place": quality.place(request), "checker": quality.whole(request.GET.get("checker", ""))}


@require_GET
@CHECK
def show(request: Request, plan_id: int) -> HttpResponse:
    return _show(request, plan_id)


def _show(request: Request, plan_id: int, assign: Any = None, reason: Any = None) -> HttpResponse:
    one, asked, may_plan = queries.plan(request.actor, plan_id), _filters(request), request.actor.may(queries.RIGHT)
    found = queries.items(request.actor, one.pk, **asked)
    shown = paging.page(found, order=("id",), after=request.GET.get("after"))
    strata = list(one.strata.order_by("street_code", "kind"))
    places, kinds = quality.places(request.actor), SAMPLE_KINDS[one.subject]
    if assign is None and may_plan and one.state == "drawn":
        assign = AssignForm(queries.checkers(request.actor, one), places)
    context = {
        "one": one,
        "asked": asked,
        "place_name": territory.path_of(one.place_code),
        "subject_name": SAMPLED[one.subject],
        "kind_names": [kinds[k] for k in one.kinds],
        "field_names": [SAMPLE_FIELDS[one.subject][f] for f in one.fields],
        "strata": [(territory.name_of(s.street_code), kinds[s.kind], s) for s in strata],
        "told": queries.progress(request.actor, [one.pk]).get(one.pk, {}),
        "rows": [(i, territory.name_of(i.place_code), _kind(i)) for i in shown],
        "page": shown,
        "total": paging.count_capped(found, 5_000),
        "item_states": ITEM_STATES.items(),
        "kinds": kinds.items(),
        "to_replace": queries.unreached(request.actor, one.pk).count() if may_plan and one.state == "drawn" else 0,
        "places": places,
        "work": queries.workload(request.actor, one.pk) if may_plan else [],
        "assign": assign,
        "reason": reason or ReasonForm(auto_id="reason_%s"),
        "may_plan": may_plan,
        "may_draw": may_plan and request.actor.covers(one.place_code) and request.actor.covers(one.place_to),
        "is_filtered": any(v for v in asked.values()),
    }
    return quality.page(request, "sample", "samples", context, refused=bool(getattr(assign, "errors", None)))


@require_POST
@PLAN
def act(request: Request, plan_id: int) -> HttpResponse:
    """Draw, end or void a plan, call up who stands in for those that could not be reached."""
    if request.POST.get("do") == "replace":
        return _replace(request, plan_id)
    does = {
        "draw": (partial(sampling.draw), "已按随机种子抽取，名单固定。"),
        "close": (partial(sampling.close_sample, reason=request.POST.get("reason", "")), "抽查已办结。"),
        "void": (partial(sampling.void_sample, reason=request.POST.get("reason", "")), "方案已作废。"),
    }
    do, said = does.get(request.POST.get("do", ""), (None, ""))
    if do is None:
        raise NotHere("操作")
    form = ReasonForm(request.POST, auto_id="reason_%s")
    step = quality.whole(request.POST.get("step", ""))
    if form.is_valid() and attempt(form, lambda: do(actor=request.actor, plan_id=plan_id, seen_step=step)):
        messages.success(request, said)
        return redirect("registry:sample", plan_id)
    return _show(request, plan_id, reason=form)


def _replace(request: Request, plan_id: int) -> HttpResponse:
    form = ReasonForm({}, auto_id="reason_%s")
    form.is_valid()
    done = attempt(form, lambda: sampling.replace_unreached(actor=request.actor, plan_id=plan_id))
    if done is None:
        return _show(request, plan_id, reason=form)
    short = f"，另有 {done.short} 个所在层已没有备用对象" if done.short else ""
    messages.success(request, f"已按抽取顺序启用 {done.count} 个备用对象{short}。")
    return redirect("registry:sample", plan_id)


@require_POST
@PLAN
def assign(request: Request, plan_id: int) -> HttpResponse:
    """Give waiting items out."""
    one = queries.plan(request.actor, plan_id)
    form = AssignForm(queries.checkers(request.actor, one), quality.places(request.actor), request.POST)
    if form.is_valid():
        said = form.cleaned_data
        act = partial(
            sampling.assign, actor=request.actor, plan_id=plan_id, account_ids=[int(a) for a in said["checker"]],
            place=int(said["place"]) if said["place"] else None,
        )  # fmt: skip
        given = attempt(form, act)
        if given is not None:
            kept = f"，{len(given.kept)} 个未分派：{given.kept[0][1]}" if given.kept else ""
            messages.success(request, f"已分派 {given.count} 个{kept}")
            return redirect("registry:sample", plan_id)
    return _show(request, plan_id, assign=form)


@require_GET
@CHECK
def mine(request: Request) -> HttpResponse:
    """What the reader has to check, of every plan, by due day."""
    found = queries.items(request.actor, state="waiting", checker=request.actor.id)
    shown = paging.page(found, order=("plan__due_on", "id"), after=request.GET.get("after"))
    rows = [(i, territory.path_of(i.place_code), _kind(i)) for i in shown]
    context = {"rows": rows, "page": shown, "total": paging.count_capped(found)}
    return quality.page(request, "samples_mine", "samples", context)


@require_http_methods(["GET", "POST"])
@CHECK
def check(request: Request, item_id: int) -> HttpResponse:
    """One of those drawn: what is held beside what was found."""
    item = queries.item(request.actor, item_id)
    own = registry.own_labels(request.actor)
    form = CheckForm(item.plan.subject, item.plan.fields, request.POST or None, own=own, initial={"met": "1"})
    if request.method == "POST" and form.is_valid():
        met = form.cleaned_data["met"] == "1"
        found = checks.Check(
            item.pk, form.results() if met else {}, form.changes() if met else {}, met, form.cleaned_data["note"]
        )
        step = quality.whole(request.POST.get("step", ""))
        act = partial(checks.check, actor=request.actor, item_id=item.pk, check=found, seen_step=step)
        if (done := attempt(form, act)) is not None:
            messages.success(
                request, f"“{item.name}”的核实结果已登记" + ("，档案已更新。" if done.is_updated else "。")
            )
            return _next(request, item)
    held = {f: value for f, _, value in sampled.shown(request.actor, item, own)}
    context = {
        "item": item,
        "form": form,
        "rows": [(field, held[field], result, value) for field, result, value in form.rows],
        "place_name": territory.path_of(item.place_code),
        "kind": _kind(item),
        "found": queries.findings_of(item),
        "vouches": request.actor.name in sampled.verifiers(item),
        "step": request.POST.get("step") or sampled.step_of(item) or "",
        "is_late": item.plan.due_on < clock.today(),
    }
    return quality.page(request, "sample_item", "samples", context, refused=bool(form.errors))


def _next(request: Request, item: Any) -> HttpResponse:
    """On to the reader's next item of the plan, or back to the plan."""
    left = queries.items(request.actor, item.plan_id, state="waiting", checker=request.actor.id).order_by("id").first()
    return redirect("registry:sample-item", left.pk) if left else redirect("registry:sample", item.plan_id)


@require_GET
@PLAN
def report(request: Request, plan_id: int) -> HttpResponse:
    """What the results say: per field, per stratum, of the whole."""
    one = queries.plan(request.actor, plan_id)
    told, kinds = queries.report(request.actor, one), SAMPLE_KINDS[one.subject]
    keys = [(s.street_code, s.kind) for s, _, _ in told.strata]
    context = {
        "one": one,
        "told": told,
        "place_name": territory.path_of(one.place_code),
        "subject_name": SAMPLED[one.subject],
        "strata": [(territory.name_of(s.street_code), kinds[s.kind], s, n, rate) for s, n, rate in told.strata],
        "heads": [(territory.name_of(street), kinds[kind]) for street, kind in keys],
        "matrix": [(SAMPLE_FIELDS[one.subject][f], [told.cells[f, key] for key in keys]) for f in one.fields],
        "order_holds": queries.order_holds(request.actor, one),
        "percent": int(one.confidence * 100),
    }
    return quality.page(request, "sample_report", "samples", context)


@require_GET
@requires("registry.export")
def export(request: Request, plan_id: int) -> HttpResponse:
    """Every item with its results, as XLSX."""
    one = queries.plan(request.actor, plan_id)
    names = SAMPLE_FIELDS[one.subject]
    found = queries.items(request.actor, one.pk, **_filters(request)).prefetch_related("findings").order_by("id")
    rows = [
        {
            "name": i.name, "place": territory.path_of(i.place_code), "kind": _kind(i),
            "position": i.position, "checker": i.checked_by or i.checker, "state": i.get_state_display(),
            "updated": i.is_updated, "at": i.checked_at, "note": i.note,
            "findings": "；".join(f"{names[f.field]}：{f.get_result_display()}" for f in i.findings.all()),
        }
        for i in found
    ]  # fmt: skip
    sampling.note_sample_export(actor=request.actor, plan_id=one.pk, rows=len(rows))
    return quality.sheet(request, f"sample.{one.pk}", one.title, COLUMNS, rows)
