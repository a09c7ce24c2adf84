"""Pages of requests about one's own data, of destruction lists, and of who looked at full numbers."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.exchange.privacy import copies, forms, queries, rules, services
from wangge.identity.access import requires
from wangge.kernel import clock, paging
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.registry import queries as registry
from wangge.registry import services as registry_services
from wangge.territory import queries as territory

RIGHT = rules.RIGHT


@require_GET
@requires(RIGHT)
def requests(request: Request) -> HttpResponse:
    """Every request of the district, with its clock."""
    actor = request.actor
    state, kind = request.GET.get("state", "open"), request.GET.get("kind", "")
    found = queries.requests(actor, state=state, kind=kind)
    page = paging.page(found, order=("case_id",), desc=True, after=request.GET.get("after"))
    context = {
        "page": page,
        "kinds": rules.KINDS,
        "now": clock.now(),
        "state": state,
        "is_filtered": bool(kind) or state != "open",
    }
    return render(request, "exchange/privacy.html", context)


@require_http_methods(["GET", "POST"])
@requires(RIGHT)
def receive(request: Request) -> HttpResponse:
    actor = request.actor
    form = forms.ReceiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: services.receive(actor=actor, **form.cleaned_data))
        if made is not None:
            return HttpResponseRedirect(_page(made.case.number))
    return render(request, "exchange/privacy_new.html", {"form": form}, status=422 if form.errors else 200)


def _page(number: str) -> str:
    return reverse("exchange:privacy-request", args=[number])


@require_GET
@requires(RIGHT)
def one(request: Request, number: str) -> HttpResponse:
    return _show(request, number)


def _show(request: Request, number: str, status: int = 200, **bound: Any) -> HttpResponse:
    actor = request.actor
    found = queries.request(actor, number)
    context = {
        "one": found,
        "case": found.case,
        "told": copies.masked(queries.told(found)),
        "candidates": copies.shown(queries.candidates(actor, found)) if found.case.state == "reported" else [],
        "steps": queries.steps(actor, found),
        "identify": forms.IdentifyForm(),
        "answer": forms.AnswerForm(),
        "now": clock.now(),
        **bound,
    }
    return render(request, "exchange/privacy_request.html", context, status=status)


@require_POST
@requires(RIGHT)
def asker(request: Request, number: str) -> HttpResponse:
    """The request with the asker's full number and telephone, this once."""
    told = services.show_asker(actor=request.actor, number=number)
    response = _show(request, number, told=told, in_full=True)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@requires(RIGHT)
def act(request: Request, number: str, command: str) -> HttpResponse:
    """One step: identify, answer, refuse, delete, note; a refusal comes back on the page with the words kept."""
    actor = request.actor
    asked = request.POST.get("seen_step", "")
    seen = int(asked) if asked.isdigit() else -1
    form = (forms.IdentifyForm if command == "identify" else forms.AnswerForm)(request.POST)
    run: dict[str, Callable[..., Any]] = {
        "identify": services.identify,
        "answer": services.answer,
        "refuse": services.refuse,
        "delete": services.delete,
        "note": services.note,
    }
    if command not in run:
        raise Refusal("unknown_command", "没有这项操作。请刷新后重试。", status=404)
    if form.is_valid() and attempt(
        form, lambda: run[command](actor=actor, number=number, seen_step=seen, **form.cleaned_data)
    ):
        messages.success(request, "已办理。")
        return HttpResponseRedirect(_page(number))
    return _show(request, number, 422, **{"identify" if command == "identify" else "answer": form, "failed": form})


@require_POST
@requires(RIGHT)
def copy(request: Request, number: str) -> HttpResponse:
    """The copy for the person: a spreadsheet of everything kept about them."""
    actor = request.actor
    return spreadsheet(copies.workbook(services.copy(actor=actor, number=number)), f"个人信息副本-{number}")


@require_GET
@requires(RIGHT, "registry.special")
def destructions(request: Request) -> HttpResponse:
    """What is due to be destroyed, with the rule behind each list."""
    actor = request.actor
    page = paging.page(registry.destructions(actor), desc=True, after=request.GET.get("after"))
    rows = [(one, registry.RETENTION[one.rule], territory.name_of(one.place_code)) for one in page]
    return render(
        request, "exchange/destructions.html", {"page": page, "rows": rows, "rules": registry.retention_rules(actor)}
    )


@require_POST
@requires(RIGHT, "registry.special")
def decide(request: Request, destruction_id: int) -> HttpResponse:
    """Allow a list and carry it out, or refuse it with a reason."""
    actor = request.actor
    agree = request.POST.get("agree") == "1"
    registry_services.decide_destruction(
        actor=actor, destruction_id=destruction_id, agree=agree, note=request.POST.get("note", "")
    )
    if agree:
        done = registry_services.carry_out_destruction(actor=actor, destruction_id=destruction_id)
        messages.success(request, f"已销 {done.destroyed} 条，未销 {done.left} 条（保存期限未到或状态已变）。")
    else:
        messages.success(request, "已登记不同意。")
    return HttpResponseRedirect(reverse("exchange:destructions"))
