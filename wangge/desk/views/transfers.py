"""Transfers of land: the plan, what would move, the four lists, the signatures, and figures by the old tree and the new."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.desk import forms_transfers as forms
from wangge.desk.queries import transfers as queries
from wangge.identity import services as identity
from wangge.identity.access import requires
from wangge.kernel import clock, files, paging, tables
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.territory import queries as territory
from wangge.territory import services, terms

RIGHTS = ("territory.transfer", "territory.sign")
PREPARE = "territory.transfer"


def _page(number: int) -> str:
    return f"/desk/transfers/{number}"


@require_GET
@requires(*RIGHTS)
def transfers(request: Request) -> HttpResponse:
    """Every transfer that touches the actor's district."""
    found = territory.transfers(request.actor)
    if state := request.GET.get("state", ""):
        found = found.filter(state=state)
    page = paging.page(found, order=("id",), desc=True, after=request.GET.get("after"))
    rows = [(one, territory.name_of(one.from_district), territory.name_of(one.to_district)) for one in page]
    return render(
        request, "desk/transfers.html", {"page": page, "rows": rows, "states": terms.TRANSFER_STATES, "state": state}
    )


@require_http_methods(["GET", "POST"])
@requires(PREPARE)
def new(request: Request) -> HttpResponse:
    """Begin a plan."""
    actor = request.actor
    home = territory.at_level(actor.lo, "district") if actor.lo <= actor.hi else 0
    form = forms.PrepareForm(request.POST or None, initial={"to_district": home})
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: services.prepare_transfer(actor=actor, from_district=home, **form.cleaned_data))
        if made is not None:
            return HttpResponseRedirect(_page(made.pk))
    return render(request, "desk/transfer_new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@requires(*RIGHTS)
def transfer(request: Request, number: int) -> HttpResponse:
    """One transfer: the whole plan on one page."""
    return _show(request, number)


def _show(request: Request, number: int, status: int = 200, **bound: Any) -> HttpResponse:
    actor = request.actor
    found = territory.transfer(actor, number)
    codes = queries.codes_of(found)
    asked = request.GET.get("from", "")
    home = int(asked) if asked.isdigit() else None
    show = request.GET.get("show", "cases")
    page = paging.page(
        queries.rows_of(actor, found, show), after=request.GET.get("after"), size=20, order=_ORDER.get(show, ("id",))
    )
    named = "\n".join(f"{d.code} {d.name}" for d in found.divisions.order_by("code"))
    context = {
        "one": found,
        "from_name": territory.name_of(found.from_district),
        "to_name": territory.name_of(found.to_district),
        "cells": [
            (p, territory.path_of(p.cell.community_id), _named(found, p.community)) for p in territory.passing(found)
        ],
        "lists": [(name, found.items.filter(kind=kind).order_by("id")) for kind, name in terms.TRANSFER_LISTS.items()],
        "signatures": found.signatures.order_by("at"),
        "faults": territory.transfer_faults(found) if found.state in ("draft", "signed") else [],
        "counts": [(kind, queries.KINDS[kind], count) for kind, count in queries.counts(codes).items()],
        "show": show,
        "page": page,
        "rows": [_line(show, row) for row in page],
        "heads": _HEADS[show],
        "may_prepare": actor.may(PREPARE),
        "sides": territory.side_of(actor, found) if actor.may("territory.sign") else [],
        "reached": found.on <= clock.today(),
        "edit": forms.EditForm(initial={"title": found.title, "on": found.on, "memo": found.memo}),
        "homes": territory.communities(found.from_district),
        "home": home,
        "cells_form": forms.CellsForm(found, home),
        "divisions_form": forms.DivisionsForm(initial={"named": named}),
        "item_form": forms.ItemForm(),
        "sign_form": forms.SignForm(),
        **bound,
    }
    return render(request, "desk/transfer.html", context, status=status)


_ORDER = {"dwellings": ("address_id",), "fixtures": ("code",)}
_HEADS = {
    "people": ("姓名", "现网格"),
    "households": ("户号", "现网格"),
    "dwellings": ("标准地址", "现网格"),
    "organisations": ("名称", "现网格"),
    "cases": ("编号和标题", "现网格"),
    "rentals": ("出租房编号", "现网格"),
    "fixtures": ("标识码和名称", "现网格"),
    "devices": ("设备编号和位置", "现网格"),
    "alarms": ("告警", "现网格"),
}


def _named(found: Any, community: int) -> str:
    planned = found.divisions.filter(code=community).first()
    return f"{planned.name}（拟设）" if planned else territory.path_of(community)


def _line(kind: str, row: Any) -> tuple[str, str, str]:
    """What it is called, where it lies now, and where it is opened."""
    place = territory.path_of(row.place_code)
    said: dict[str, Callable[[], tuple[str, str]]] = {
        "people": lambda: (row.name, f"/registry/people/{row.pk}"),
        "households": lambda: (row.number or f"第 {row.pk} 号户", ""),
        "dwellings": lambda: (row.address.full, f"/registry/dwellings/{row.pk}"),
        "organisations": lambda: (row.name, f"/registry/organisations/{row.pk}"),
        "cases": lambda: (f"{row.number} {row.title}", f"/desk/case/{row.number}"),
        "rentals": lambda: (f"第 {row.pk} 号", f"/registry/dwellings/{row.dwelling_id}"),
        "fixtures": lambda: (f"{row.code} {row.name}", f"/territory/fixtures/{row.code}"),
        "devices": lambda: (f"{row.serial} {row.spot}", f"/devices/{row.pk}"),
        "alarms": lambda: (f"{row.get_kind_display()} {row.spot}", f"/devices/alarms/{row.pk}"),
    }
    name, link = said[kind]()
    return name, place, link


@require_GET
@requires("territory.transfer")
def export(request: Request, number: int) -> HttpResponse:
    """Every row of one kind that moves, as a spreadsheet."""
    actor = request.actor
    found = territory.transfer(actor, number)
    show = request.GET.get("show", "cases")
    lines = [_line(show, row)[:2] for row in queries.rows_of(actor, found, show)[: tables.MAX_ROWS]]
    identity.note_export(actor=actor, what=f"transfer.{show}", rows=len(lines))
    columns = [tables.Column("a", _HEADS[show][0]), tables.Column("b", _HEADS[show][1])]
    return spreadsheet(tables.write_xlsx(columns, lines, queries.KINDS[show]), f"{found.title}-{queries.KINDS[show]}")


@require_GET
@requires(*RIGHTS)
def statistics(request: Request, number: int) -> HttpResponse:
    """The same figures by the old tree and by the new."""
    actor = request.actor
    found = territory.transfer(actor, number)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and 2015 <= int(asked) <= 2099 else queries.this_year()
    heads, old, new = queries.by_tree(actor, found, year)
    return render(
        request,
        "desk/transfer_statistics.html",
        {"one": found, "year": year, "heads": heads, "tables": [("原区划", old), ("现区划", new)]},
    )


@require_POST
@requires(*RIGHTS)
def act(request: Request, number: int, command: str) -> HttpResponse:
    """One step of the plan; a refusal comes back on the page with what was entered."""
    if command not in _COMMANDS:
        raise Refusal("unknown_command", "没有这项操作。请刷新后重试。", status=404)
    refused = _COMMANDS[command](request, number)
    if refused is not None:
        return refused
    messages.success(request, "已保存。")
    return HttpResponseRedirect(_page(number))


def _seen(request: Request) -> int:
    asked = request.POST.get("seen_step", "")
    return int(asked) if asked.isdigit() else -1


def _form(name: str, build: Callable[[Request, Any], Any], run: Callable[[Any, Any, Request], Any]) -> Any:
    def command(request: Request, number: int) -> HttpResponse | None:
        actor = request.actor
        form = build(request, territory.transfer(actor, number))
        if form.is_valid() and attempt(form, lambda: run(actor, form.cleaned_data, request) or True) is not None:
            return None
        return _show(request, number, 422, **{name: form, "failed": form})

    return command


def _plain(run: Callable[[Any, Request, int], Any]) -> Any:
    def command(request: Request, number: int) -> HttpResponse | None:
        run(request.actor, request, number)
        return None

    return command


def _number(request: Request) -> int:
    return int(request.resolver_match.kwargs["number"])  # type: ignore[union-attr]


def _cells(actor: Any, data: Any, request: Request) -> Any:
    number = _number(request)
    kept = {p.cell.pk: p.community for p in territory.passing(territory.transfer(actor, number))}
    for cell in data["cells"]:
        kept[int(cell)] = data["community"] or 0
    dropped = {int(c) for c in request.POST.getlist("drop") if c.isdigit()}
    rows = [(c, to) for c, to in kept.items() if c not in dropped]
    return services.plan_cells(actor=actor, transfer_id=number, seen_step=_seen(request), rows=rows)


def _sign(actor: Any, data: Any, request: Request) -> Any:
    upload = data.pop("paper", None)
    paper = files.put(upload, name=upload.name, actor=actor).sha256 if upload else ""
    return services.sign_transfer(
        actor=actor, transfer_id=_number(request), seen_step=_seen(request), paper=paper, **data
    )


_COMMANDS: dict[str, Callable[[Request, int], HttpResponse | None]] = {
    "edit": _form(
        "edit",
        lambda r, f: forms.EditForm(r.POST),
        lambda a, d, r: services.edit_transfer(actor=a, transfer_id=_number(r), seen_step=_seen(r), **d),
    ),
    "cells": _form("cells_form", lambda r, f: forms.CellsForm(f, None, r.POST), _cells),
    "divisions": _form(
        "divisions_form",
        lambda r, f: forms.DivisionsForm(r.POST),
        lambda a, d, r: services.plan_divisions(actor=a, transfer_id=_number(r), seen_step=_seen(r), **d),
    ),
    "item": _form(
        "item_form",
        lambda r, f: forms.ItemForm(r.POST),
        lambda a, d, r: services.add_transfer_item(actor=a, transfer_id=_number(r), **d),
    ),
    "sign": _form("sign_form", lambda r, f: forms.SignForm(r.POST, r.FILES), _sign),
    "drop-item": _plain(
        lambda a, r, n: services.drop_transfer_item(actor=a, transfer_id=n, item_id=int(r.POST.get("item") or 0))
    ),
    "finish-item": _plain(
        lambda a, r, n: services.finish_transfer_item(
            actor=a, transfer_id=n, item_id=int(r.POST.get("item") or 0), note=r.POST.get("text", "")
        )
    ),
    "offer": _plain(lambda a, r, n: services.offer_transfer(actor=a, transfer_id=n, seen_step=_seen(r))),
    "reopen": _plain(lambda a, r, n: services.reopen_transfer(actor=a, transfer_id=n, seen_step=_seen(r))),
    "cancel": _plain(
        lambda a, r, n: services.cancel_transfer(
            actor=a, transfer_id=n, seen_step=_seen(r), reason=r.POST.get("text", "")
        )
    ),
    "carry-out": _plain(lambda a, r, n: services.carry_out_transfer(actor=a, transfer_id=n)),
}
