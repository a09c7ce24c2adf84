"""专项任务: asked for, admitted, how far they are, and the doorstep's own questions answered at a desk."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

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
from wangge.registry.forms.quality import AnswerForm, CampaignForm, ReasonForm
from wangge.registry.queries import campaigns as queries
from wangge.registry.queries import freshness
from wangge.registry.queries import lists as list_queries
from wangge.registry.rules.lists import POPULATIONS
from wangge.registry.services import campaigns
from wangge.registry.terms_quality import FIELDS
from wangge.registry.views import quality
from wangge.territory import queries as territory

SEE = requires("registry.view", "exchange.request")
ASK = requires("registry.lists", "exchange.request")
STATES = {"asked": "待审核", "open": "进行中", "ended": "已结束", "refused": "已退回"}
COLUMNS = [Column("place", "社区（村）"), Column("targets", "对象数", kind="int"), Column("done", "已完成", kind="int"), Column("left", "未完成", kind="int")]  # fmt: skip


def _page(request: Request, template: str, context: dict[str, Any], refused: bool = False) -> HttpResponse:
    return quality.page(request, template, "campaigns", context, tabs=quality.TASK_TABS, refused=refused)


@require_GET
@SEE
def listing(request: Request) -> HttpResponse:
    asked = {k: request.GET.get(k, "").strip() for k in ("q", "state")}
    found = queries.campaigns(request.actor, state=asked["state"], q=asked["q"], place=quality.place(request))
    shown = paging.page(found, order=("id",), desc=True, after=request.GET.get("after"))
    context = {
        "asked": asked | {"place": quality.place(request)},
        "rows": [(one, territory.path_of(one.place_code)) for one in shown],
        "page": shown,
        "total": paging.count_capped(found),
        "states": STATES.items(),
        "places": quality.places(request.actor),
        "may_ask": request.actor.may(queries.MANAGE) or request.actor.may(queries.ASK),
    }
    return _page(request, "campaigns", context)


def _places(request: Request) -> Any:
    """Where to: the reach of who keeps the lists; for a department the streets of its district."""
    if request.actor.may(queries.MANAGE):
        return quality.reach(request.actor)
    district = freshness.district_of(request.actor)
    streets = [(str(s.pk), territory.name_of(s.pk)) for s in territory.children(district)]
    return [(str(district), f"{territory.name_of(district)}（全区）"), *streets]


@require_http_methods(["GET", "POST"])
@ASK
def new(request: Request) -> HttpResponse:
    """Ask for a task; what no list names is answered with the version of the list."""
    district = freshness.district_of(request.actor)
    start = {"from_on": clock.today(), "item": request.GET.get("item", "")}
    form = CampaignForm(_places(request), request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        one = attempt(form, lambda: campaigns.ask_campaign(actor=request.actor, **form.values()))
        if one is not None:
            messages.success(request, "任务已提交，待信息管理员审核后下达网格。")
            return redirect("registry:campaign", one.pk)
    listed = list_queries.items_in_force(district, permits=True)
    context = {
        "form": form,
        "items": [(i, "、".join(FIELDS[f] for f in i.fields if f in FIELDS)) for i in listed],
        "has_lists": bool(list_queries.in_force(district)),
    }
    return _page(request, "campaign_new", context, refused=bool(form.errors))


@require_GET
@SEE
def show(request: Request, campaign_id: int) -> HttpResponse:
    return _show(request, campaign_id)


def _show(request: Request, campaign_id: int, reason: Any = None) -> HttpResponse:
    one, sees_people = queries.campaign(request.actor, campaign_id), request.actor.may("registry.view")
    counted = queries.progress(request.actor, one) if sees_people and one.state in ("open", "ended") else []
    rows, shown = [], None
    if sees_people and one.state == "open":
        found = queries.open_targets(request.actor, one, quality.place(request))
        shown = paging.page(found, order=("place_code", "id"), after=request.GET.get("after"))
        missing = queries.missing_fields(request.actor, one, [p.pk for p in shown])
        rows = [(p, territory.name_of(p.place_code), _words(missing.get(p.pk, []))) for p in shown]
    context = {
        "one": one,
        "why": queries.why_asked(one),
        "place_name": territory.path_of(one.place_code),
        "people_name": POPULATIONS[one.people],
        "field_names": [FIELDS[f] for f in one.fields],
        "counted": [(territory.name_of(p.place_code), p) for p in counted],
        "targets": sum(p.targets for p in counted),
        "left": sum(p.left for p in counted),
        "rows": rows,
        "page": shown,
        "places": quality.places(request.actor),
        "place": quality.place(request),
        "may_decide": request.actor.may(queries.MANAGE) and request.actor.covers(one.place_code) and request.actor.covers(one.place_to),
        "reason": reason or ReasonForm(),
        "may_edit": request.actor.may("registry.edit"),
    }  # fmt: skip
    return _page(request, "campaign", context, refused=reason is not None)


def _words(fields: list[str]) -> str:
    return "、".join("任务询问项" if f == "questions" else FIELDS[f] for f in fields)


@require_POST
@requires("registry.lists")
def act(request: Request, campaign_id: int) -> HttpResponse:
    """Admit, send back, end."""
    reason, step = request.POST.get("reason", ""), quality.whole(request.POST.get("step", ""))
    does = {
        "open": (partial(campaigns.open_campaign), "任务已下达网格。"),
        "refuse": (partial(campaigns.refuse_campaign, reason=reason), "任务申请已退回。"),
        "end": (partial(campaigns.end_campaign, reason=reason), "任务已结束。"),
    }
    do, said = does.get(request.POST.get("do", ""), (None, ""))
    if do is None:
        raise NotHere("操作")
    form = ReasonForm(request.POST)
    if form.is_valid() and attempt(form, lambda: do(actor=request.actor, campaign_id=campaign_id, seen_step=step)):
        messages.success(request, said)
        return redirect("registry:campaign", campaign_id)
    return _show(request, campaign_id, reason=form)


@require_http_methods(["GET", "POST"])
@requires("registry.edit")
def answer(request: Request, campaign_id: int, person_id: int) -> HttpResponse:
    """The campaign's own questions for one person."""
    one = queries.campaign(request.actor, campaign_id)
    person = queries.targets(request.actor, one).filter(pk=person_id).first()
    if person is None:
        raise NotHere("任务对象")
    form = AnswerForm(one.questions, request.POST or None)
    key = request.POST.get("key") or str(uuid4())
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if v}
        do = partial(campaigns.answer, campaign_id=one.pk, person_id=person.pk, values=given, client_id=_uuid(key))
        if attempt(form, lambda: do(actor=request.actor)):
            messages.success(request, f"“{person.name}”的答复已登记。")
            return redirect("registry:campaign", one.pk)
    context = {"one": one, "person": person, "form": form, "why": queries.why_asked(one), "key": key}
    return _page(request, "campaign_answer", context, refused=bool(form.errors))


def _uuid(raw: str) -> UUID:
    try:
        return UUID(raw)
    except ValueError:
        return uuid4()


@require_GET
@requires("registry.export")
def export(request: Request, campaign_id: int) -> HttpResponse:
    """How far each community is."""
    one = queries.campaign(request.actor, campaign_id)
    rows = [
        {"place": territory.path_of(p.place_code), "targets": p.targets, "done": p.done, "left": p.left}
        for p in queries.progress(request.actor, one)
    ]
    return quality.sheet(request, f"campaign.{one.pk}", f"{one.title}进度", COLUMNS, rows)
