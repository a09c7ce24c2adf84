"""The inbox and the list of all cases: page, saved filters, columns, bulk commands, export, print."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from wangge.casework import queries as casework
from wangge.casework import services as casework_services
from wangge.casework import terms
from wangge.desk import forms, nav, queries, services
from wangge.identity.access import own_transaction, requires
from wangge.kernel import clock, scope, tables
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import download
from wangge.kernel.request import Request
from wangge.territory import queries as territory

COLUMNS_COOKIE = "desk_columns"


def _columns(request: Request) -> list[str]:
    chosen = set(request.COOKIES.get(COLUMNS_COOKIE, "").split(".")) & set(queries.COLUMNS)
    return [c for c in queries.COLUMNS if c in ("number", "title") or c in (chosen or queries.SHOWN_AT_FIRST)]


def _page(request: Request, where: str, found: Any, asked: queries.Filters, **more: Any) -> HttpResponse:
    actor = request.actor
    short = where == "inbox" or asked.open_only or asked.overdue
    listing = queries.listing(
        found,
        sort=request.GET.get("sort", ""),
        default="due" if where == "inbox" else "-number",
        allowed=tuple(queries.SORTS) if short else queries.SORTS_OF_ALL,
        after=request.GET.get("after"),
    )
    if where == "inbox" and asked.is_empty:
        request.waiting = listing.total  # type: ignore[attr-defined]
    query = request.GET.copy()
    for gone in ("after", "print"):
        query.pop(gone, None)
    saved = casework.saved_filters(actor)
    columns = _columns(request)
    context = {
        "where": where,
        "heads": [(c, queries.COLUMNS[c], c in listing.sorts) for c in columns],
        "default_sort": listing.default,
        "asked": asked,
        "listing": listing,
        "columns": columns,
        "all_columns": queries.COLUMNS,
        "query": query.urlencode(),
        "saved": saved,
        "current_saved": next((s.pk for s in saved if _same(s.query, query) and where == "cases"), None),
        "bulk": [(c, terms.COMMANDS[c]) for c in forms.BULK if _may_take(actor, c)],
        "states": terms.STATES.items(),
        "sources": terms.SOURCES.items(),
        "cards": terms.CARDS.items(),
        "places": territory.place_groups(actor),
        "printing": request.GET.get("print") == "1",
        "now": clock.now(),
        **more,
    }
    return render(request, "desk/list.html", context)


_BULK_RIGHTS = {
    "accept": "events.accept",
    "check": "events.accept",
    "dispatch": "events.dispatch",
    "decline": "events.decline",
    "sign": "events.sign",
    "urge": "events.supervise",
    "supervise": "events.supervise",
    "note": "events.note",
    "merge": "events.merge",
    "verify": "events.verify",
    "hand_up": "events.hand_up",
}


def _may_take(actor: Any, command: str) -> bool:
    return bool(actor.may(_BULK_RIGHTS[command]))


def _same(saved: str, query: QueryDict) -> bool:
    return sorted(parse_qsl(saved)) == sorted((k, v) for k, vs in query.lists() for v in vs if v)


@require_GET
def inbox(request: Request) -> HttpResponse:
    """`/desk/`: what waits for the active post. Somebody whose post has no cases is sent to their own first page."""
    actor = request.actor
    if not actor.may("events.view"):
        return HttpResponseRedirect(nav.first(actor))
    asked = queries.read_filters(request.GET.dict(), request.GET.getlist("state"))
    found = casework.inbox(actor)
    if not asked.is_empty:
        found = found.filter(pk__in=queries.cases(actor, asked).order_by().values("pk"))
    return _page(request, "inbox", found, asked)


@require_GET
@requires("events.view")
def cases(request: Request) -> HttpResponse:
    """`/desk/cases`: every case in scope."""
    asked = queries.read_filters(request.GET.dict(), request.GET.getlist("state"))
    actor = request.actor
    district = queries.district_of(actor)
    return _page(
        request,
        "cases",
        queries.cases(actor, asked),
        asked,
        departments=queries.department_choices(actor, district) if district else [],
        categories=queries.category_choices(district) if district else [],
    )


@require_GET
@requires("events.export")
def export(request: Request) -> HttpResponse:
    """The same query as the list, as XLSX."""
    actor = request.actor
    asked = queries.read_filters(request.GET.dict(), request.GET.getlist("state"))
    found = queries.cases(actor, asked).order_by("-id")
    if request.GET.get("where") == "inbox":
        found = casework.inbox(actor)
        if not asked.is_empty:
            found = found.filter(pk__in=queries.cases(actor, asked).order_by().values("pk"))
    content = tables.write_xlsx(queries.EXPORT_COLUMNS, queries.export_rows(found), "事件清单")
    services.note_export(actor=actor, query=request.GET.urlencode())
    return download(content, f"事件清单{clock.today():%Y%m%d}.xlsx")


def _back(request: Request, fallback: str) -> str:
    target = request.POST.get("next", "")
    return target if target.startswith("/desk/") and "\n" not in target else fallback


@require_POST
@requires("events.view")
def columns(request: Request) -> HttpResponse:
    """Choose which columns the lists show; kept in this browser."""
    chosen = [c for c in request.POST.getlist("column") if c in queries.COLUMNS]
    response = HttpResponseRedirect(_back(request, "/desk/"))
    response.set_cookie(COLUMNS_COOKIE, ".".join(chosen), max_age=400 * 86400, httponly=True, samesite="Lax")
    return response


@require_POST
@requires("events.view")
def save_filter(request: Request) -> HttpResponse:
    """Keep the present filter of the case list as a tab."""
    query = request.POST.get("query", "")
    kept = casework_services.save_filter(actor=request.actor, name=request.POST.get("name", ""), query=query)
    messages.success(request, f"已保存常用筛选“{kept.name}”。")
    return HttpResponseRedirect("/desk/cases?" + query)


@require_POST
@requires("events.view")
def delete_filter(request: Request, filter_id: int) -> HttpResponse:
    casework_services.delete_filter(actor=request.actor, filter_id=filter_id)
    messages.success(request, "已删除常用筛选。")
    return HttpResponseRedirect("/desk/cases")


@require_POST
@own_transaction
@requires("events.view")
def bulk(request: Request) -> HttpResponse:
    """One command for the ticked rows: first its form, then a list of what was done and what was refused, and why."""
    actor = request.actor
    command, picked = request.POST.get("command", ""), forms.PickForm(request.POST.getlist("pick")).picked
    if command not in forms.BULK:
        raise Refusal("unknown_command", "请先选择要批量执行的操作。", field="command", value=command)
    if not picked:
        raise Refusal("nothing_picked", "请先在列表中勾选要处理的件。", field="pick")
    with scope.use(actor):
        first = next((c for c in casework.by_numbers(actor, [n for n, _ in picked])), None)
        district = first.district_code if first else queries.district_of(actor) or 0
        form = forms.CommandForm(
            command,
            actor=actor,
            district=district,
            data=request.POST if request.POST.get("go") == "1" else None,
            skip=("category", "urgency") if command == "accept" else (),
        )
        shown = casework.by_numbers(actor, [n for n, _ in picked])
    context: dict[str, Any] = {"form": form, "picked": picked, "shown": shown, "next": _back(request, "/desk/")}
    if request.POST.get("go") != "1":
        return _render(request, "desk/bulk.html", context)
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        key = uuid4()
    results = services.act_on_many(actor=actor, picked=picked, command=command, key=key, given=form.given())
    refused = [r for r in results if not r.done]
    with scope.use(
        actor
    ):  # the result list tells what happened meanwhile, so a second try stands on the case as it is now
        again = [f"{c.number}~{c.step}" for c in casework.by_numbers(actor, [r.number for r in refused])]
    return _render(
        request,
        "desk/bulk_result.html",
        {**context, "results": results, "refused": refused, "again": again, "done": len(results) - len(refused)},
    )


def _render(request: Request, template: str, context: dict[str, Any]) -> HttpResponse:
    """The frame reads counts, so a view with its own transactions opens the scope for it."""
    with scope.use(request.actor):
        return render(request, template, context)
