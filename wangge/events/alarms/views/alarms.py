"""The board of alarms, one alarm with its three steps, the family chain, the figures."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.events import services
from wangge.events.alarms import figures, forms, queries, terms
from wangge.events.alarms.services import watch
from wangge.events.alarms.views.common import EXPORT_ROWS, interval, paged, places
from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, write_xlsx
from wangge.territory import queries as territory

SEE, ANSWER, EXPORT = requires(terms.VIEW), requires(terms.ANSWER), requires("registry.export")
SORTS = {"due": "due_at", "raised": "raised_at", "last": "last_at", "signals": "signals", "kind": "kind"}


def _found(request: Request) -> tuple[Any, Any]:
    """What was asked for, and the alarms that fit."""
    form = forms.AlarmFilter(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    state = asked.get("state") if "state" in request.GET else "open"

    def midnight(on: Any) -> datetime | None:
        return datetime(on.year, on.month, on.day, tzinfo=clock.ZONE) if on else None

    until = asked.get("until")
    rows = queries.alarms(
        request.actor,
        state=state or "",
        kind=asked.get("kind") or "",
        result=asked.get("result") or "",
        place=interval(asked.get("place") or ""),
        text=(asked.get("q") or "").strip(),
        since=midnight(asked.get("since")),
        until=midnight(until + timedelta(days=1)) if until else None,
        late=bool(asked.get("late")),
    )
    return state, rows


@require_GET
@SEE
def board(request: Request) -> HttpResponse:
    """Open alarms, the one due first first; with a filter any others."""
    state, rows = _found(request)
    open_only = state in terms.OPEN
    page, total = paged(request, rows, SORTS, "due" if open_only else "-raised")
    context = {
        "page": page,
        "total": total,
        "state": state,
        "rows": [(a, queries.title(a), territory.name_of(a.place_code)) for a in page],
        "levels": terms.LEVELS,
        "kinds": forms.KINDS,
        "states": forms.STATES,
        "results": terms.RESULTS.items(),
        "places": places(request.actor),
        "default_sort": "due" if open_only else "-raised",
        "may_export": request.actor.may("registry.export"),
        "is_filtered": any(v for k, v in request.GET.items() if k not in ("after", "sort")),
    }
    return render(request, "events/alarms/board.html", context)


@require_GET
@EXPORT
def export(request: Request) -> HttpResponse:
    """The alarms that the filter finds, as a table."""
    _, found = _found(request)
    columns = [
        Column("kind", "类别"),
        Column("code", "告警"),
        Column("place", "网格"),
        Column("spot", "位置"),
        Column("device", "设备编号"),
        Column("raised", "收到时间", kind="datetime"),
        Column("signals", "信号数", kind="int"),
        Column("state", "状态"),
        Column("result", "处置结果"),
        Column("signed", "签收时间", kind="datetime"),
        Column("arrived", "到场时间", kind="datetime"),
        Column("done", "反馈时间", kind="datetime"),
        Column("late", "逾期步数", kind="int"),
        Column("number", "事件编号"),
    ]
    rows = [
        (
            a.get_kind_display(),
            queries.code_name(a),
            territory.path_of(a.place_code),
            a.spot,
            a.device.serial,
            a.raised_at,
            a.signals,
            a.get_state_display(),
            a.get_result_display(),
            a.signed_at,
            a.arrived_at,
            a.done_at,
            a.late,
            a.case.number if a.case else "",
        )
        for a in found.order_by(F("id").desc())[:EXPORT_ROWS]
    ]
    watch.note_export(actor=request.actor, what="list", rows=len(rows))
    return spreadsheet(write_xlsx(columns, rows, "设备告警"), "alarms")


@require_http_methods(["GET", "POST"])
@SEE
def alarm(request: Request, alarm_id: int) -> HttpResponse:
    """One alarm; POST takes a step."""
    form = None
    if request.method == "POST":
        request.actor.must(terms.ANSWER)
        form = forms.ActForm(request.POST)
        if form.is_valid():
            act = partial(services.act_on_alarm, actor=request.actor, alarm_id=alarm_id, **form.cleaned_data)
            if done := attempt(form, act):
                messages.success(request, f"已{terms.COMMANDS[form.cleaned_data['command']]}。")
                return HttpResponseRedirect(f"/devices/alarms/{done.pk}")
    return _page(request, alarm_id, form)


def _page(request: Request, alarm_id: int, form: Any = None, told: Any = None, reason: Any = None) -> HttpResponse:
    one = queries.alarm(request.actor, alarm_id)
    may = queries.allowed(request.actor, one)
    context = {
        "one": one,
        "title": queries.title(one),
        "place": territory.path_of(one.place_code),
        "who": queries.who(request.actor, one),
        "acts": queries.acts(request.actor, one),
        "signals": queries.signals(request.actor, one),
        "calls": queries.calls(request.actor, one),
        "may": [c for c in may if c != "note"],
        "may_note": "note" in may,
        "form": form,
        "fresh": forms.ActForm(initial={"seen_step": one.step, "key": uuid4()}, auto_id="act_%s"),
        "record": queries.records(request.actor, [one.device_id]).get(one.device_id),
        "levels": terms.LEVELS,
        "commands": terms.COMMANDS,
        "results": [(a, terms.RESULTS[a]) for a in terms.ANSWERS],
        "told": told,
        "reason": reason,
    }
    refused = (form is not None and form.errors) or (reason is not None and reason.errors)
    return render(request, "events/alarms/alarm.html", context, status=422 if refused else 200)


@require_POST
@ANSWER
def call(request: Request, alarm_id: int, call_id: int) -> HttpResponse:
    """Somebody of the family was reached (`reached`), was not (`missed`), or their number is wanted (`reveal`)."""
    form = forms.ReasonForm(request.POST) if request.POST.get("do") == "reveal" else None
    if form is not None:
        told = None
        if form.is_valid():
            act = partial(services.reveal_call, actor=request.actor, call_id=call_id, **form.cleaned_data)
            told = attempt(form, act)
        return _page(request, alarm_id, told=(call_id, told) if told else None, reason=form)
    reached = request.POST.get("do") == "reached"
    done = services.answer_call(
        actor=request.actor, call_id=call_id, reached=reached, text=request.POST.get("text", "")
    )
    messages.success(request, f"“{done.who}”已登记为{done.get_state_display()}。")
    return HttpResponseRedirect(f"/devices/alarms/{alarm_id}#calls")


@require_GET
@SEE
def summary(request: Request) -> HttpResponse:
    """智慧小区: the figures of devices and alarms of a period, each opening its rows."""
    asked = figures.asked(request.actor, request.GET)
    return render(request, "events/alarms/figures.html", figures.of(request.actor, asked))
