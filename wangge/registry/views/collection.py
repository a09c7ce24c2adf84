"""What officers brought back from doors: the list of acts, one act with its fields, values that wait for a decision."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from wangge.identity.access import requires
from wangge.kernel import clock, paging, tables
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.registry import services
from wangge.registry.forms.collection import DecideForm
from wangge.registry.queries import collection as queries
from wangge.registry.rules import collection as rules
from wangge.territory import queries as territory

SEE = requires("registry.view")
ACT_COLUMNS = [
    tables.Column("seen_at", "时间", "datetime"),
    tables.Column("place", "网格"),
    tables.Column("purpose", "事由"),
    tables.Column("where", "走访对象"),
    tables.Column("met", "见到本人"),
    tables.Column("verified", "核实字段数", "int"),
    tables.Column("changed", "更新数", "int"),
    tables.Column("seconds", "用时（秒）", "int"),
    tables.Column("by", "采集人"),
]
DIFFERENCE_COLUMNS = [
    tables.Column("made_at", "采集时间", "datetime"),
    tables.Column("place", "网格"),
    tables.Column("label", "人员"),
    tables.Column("title", "字段"),
    tables.Column("held", "现登记"),
    tables.Column("given", "采集内容"),
    tables.Column("reason", "原因"),
    tables.Column("by", "采集人"),
    tables.Column("state", "状态"),
    tables.Column("decided_by", "核定人"),
    tables.Column("decision", "核定说明"),
]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day < date.max else None  # the day after it is looked for, too


def _asked(request: Request, *names: str) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:40] for name in names}


def _acts(request: Request, asked: dict[str, str]) -> Any:
    return queries.visits_of(
        request.actor,
        purpose=asked["purpose"] if asked["purpose"] in rules.PURPOSES else "",
        by=asked["by"],
        met={"1": True, "0": False}.get(asked["met"]),
        since=_day(asked["since"]),
        until=_day(asked["until"]),
    )


def _act_row(one: Any) -> dict[str, Any]:
    kept = getattr(one, "collection", None)
    return {
        "pk": one.pk,
        "seen_at": one.seen_at,
        "place": territory.name_of(one.place_code),
        "purpose": rules.PURPOSES.get(one.purpose, one.purpose),
        "where": queries.where(one),
        "met": "是" if one.met else "否",
        "verified": kept.verified if kept else 0,
        "changed": kept.changed if kept else 0,
        "seconds": kept.seconds if kept else None,
        "waiting": sum(1 for r in kept.results if r["result"] == "waiting") if kept else 0,
        "by": one.by,
    }


@require_GET
@SEE
def collected(request: Request) -> HttpResponse:
    asked = _asked(request, "purpose", "by", "met", "since", "until", "sort")
    found = _acts(request, asked)
    order, desc = ("seen_at", "id"), asked["sort"] != "seen_at"
    page = paging.page(found, order=order, after=request.GET.get("after"), desc=desc)
    context = {
        "rows": [_act_row(one) for one in page], "page": page, "total": paging.count_capped(found), "asked": asked,
        "purposes": rules.PURPOSES, "day": queries.collected(request.actor, clock.today()),
        "is_filtered": any(v for k, v in asked.items() if k != "sort"),
    }  # fmt: skip
    return render(request, "registry/collected.html", context)


@require_GET
@requires("registry.export")
def export_collected(request: Request) -> HttpResponse:
    asked = _asked(request, "purpose", "by", "met", "since", "until")
    rows = [_act_row(one) for one in _acts(request, asked).order_by("-seen_at", "-id")[:100_000]]
    services.note_collection_export(actor=request.actor, what="collected", rows=len(rows))
    return spreadsheet(tables.write_xlsx(ACT_COLUMNS, rows, "采集记录"), f"采集记录{clock.today():%Y%m%d}")


@require_GET
@SEE
def act(request: Request, number: int) -> HttpResponse:
    one = queries.visit(request.actor, number)
    kept = getattr(one, "collection", None)
    names = queries.names_of(request.actor, kept.results if kept else [])
    lines = [
        {**r, "who": names.get(r["person"], ""), "said": rules.RESULTS[r["result"]]}
        for r in (kept.results if kept else [])
    ]
    waiting = [(row, queries.shown_difference(row)) for row in one.differences.order_by("pk")]
    context = {
        "one": one,
        "row": _act_row(one),
        "lines": lines,
        "waiting": waiting,
        "path": territory.path_of(one.place_code),
    }
    return render(request, "registry/collected_act.html", context)


def _differences(request: Request, asked: dict[str, str]) -> Any:
    return queries.differences(
        request.actor,
        state=asked["state"] if asked["state"] in (*rules.DIFFERENCE_STATES, "") else "open",
        reason=asked["reason"] if asked["reason"] in rules.DIFFERENCES else "",
        field=asked["field"],
        by=asked["by"],
    )


@require_GET
@SEE
def differences(request: Request) -> HttpResponse:
    asked = _asked(request, "reason", "by", "field", "sort") | {"state": request.GET.get("state", "open")}
    found = _differences(request, asked)
    page = paging.page(found, order=("made_at", "id"), after=request.GET.get("after"), desc=asked["sort"] == "-made_at")
    rows = [(one, queries.shown_difference(one), territory.name_of(one.place_code)) for one in page]
    context = {
        "rows": rows, "page": page, "total": paging.count_capped(found), "asked": asked, "reasons": rules.DIFFERENCES,
        "states": rules.DIFFERENCE_STATES, "fields": queries.difference_fields(),
        "is_filtered": bool(asked["reason"] or asked["by"] or asked["field"] or asked["state"] != "open"),
    }  # fmt: skip
    return render(request, "registry/differences.html", context)


@require_GET
@requires("registry.export")
def export_differences(request: Request) -> HttpResponse:
    asked = _asked(request, "reason", "by", "field", "state")
    rows = [
        {
            **queries.shown_difference(one),
            "made_at": one.made_at, "place": territory.name_of(one.place_code), "reason": one.get_reason_display(),
            "by": one.by, "state": one.get_state_display(), "decided_by": one.decided_by, "decision": one.decision,
        }
        for one in _differences(request, asked).order_by("-id")[:20_000]
    ]  # fmt: skip
    services.note_collection_export(actor=request.actor, what="differences", rows=len(rows))
    return spreadsheet(tables.write_xlsx(DIFFERENCE_COLUMNS, rows, "采集差异"), f"采集差异{clock.today():%Y%m%d}")


@require_http_methods(["GET", "POST"])
@requires("registry.merge", "registry.view")
def difference(request: Request, number: int) -> HttpResponse:
    one = queries.difference(request.actor, number)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _decide(request, number, form)):
        messages.success(request, "已核定。")
        return redirect("registry:differences")
    context = {
        "one": one, "shown": queries.shown_difference(one), "values": queries.shown_values(one), "form": form,
        "path": territory.path_of(one.place_code), "may": request.actor.may("registry.merge") and one.state == "open",
        "fixable": one.field not in ("*", "answer") and one.reason == "refused",
    }  # fmt: skip
    return render(request, "registry/difference.html", context, status=422 if form.errors else 200)


def _decide(request: Request, number: int, form: Any) -> Any:
    said = form.cleaned_data
    return services.decide_difference(
        actor=request.actor,
        difference_id=number,
        take=said["decision"] == "take",
        reason=said["reason"],
        value=said["value"] or None,
    )
