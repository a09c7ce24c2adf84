"""The register of devices: list, one device, entering, upkeep, signals that could not be taken."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.events import services
from wangge.events.alarms import forms, queries, terms
from wangge.events.alarms.views.common import EXPORT_ROWS, interval, paged, places
from wangge.identity.access import requires
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, write_xlsx
from wangge.territory import queries as territory
from wangge.territory import services as territory_services

SEE, EDIT, EXPORT = requires(terms.VIEW), requires(queries.EDIT), requires("registry.export")
SORTS = {"id": "id", "serial": "serial", "kind": "kind", "place": "place_code", "inspect": "inspect_on"}
LINKS = {"": None, "silent": True, "heard": False}


def _found(request: Request) -> Any:
    asked = request.GET
    place = asked.get("place", "")
    return territory.device_list(
        request.actor,
        text=asked.get("q", "").strip()[:40],
        kind=asked.get("kind", ""),
        state=asked.get("state", ""),
        place=interval(place) if place.isascii() and place.isdigit() and len(place) == 15 else None,
        silent=LINKS.get(asked.get("link", "")),
        to_inspect=asked.get("inspect") == "1",
    )


@require_GET
@SEE
def devices(request: Request) -> HttpResponse:
    """The register, with how each device's alarms came out."""
    rows = _found(request)
    page, total = paged(request, rows, SORTS, "-id")
    records = queries.records(request.actor, [d.pk for d in page])
    context = {
        "page": page,
        "total": total,
        "rows": [(d, territory.name_of(d.place_code), records.get(d.pk)) for d in page],
        "counts": [(territory.DEVICE_KINDS[k], k, c) for k, c in territory.device_counts(request.actor).items()],
        "kinds": [(c, k.name) for c, k in territory.DEVICE_KINDS.items()],
        "states": territory.DEVICE_STATES.items(),
        "places": places(request.actor),
        "may_edit": request.actor.may(queries.EDIT),
        "may_export": request.actor.may("registry.export"),
        "faults": queries.faults(request.actor).count() if request.actor.may(queries.EDIT) else 0,
        "is_filtered": any(v for k, v in request.GET.items() if k not in ("after", "sort")),
    }
    return render(request, "events/alarms/devices.html", context)


@require_GET
@EXPORT
def export(request: Request) -> HttpResponse:
    """The devices that the filter finds, as a table."""
    columns = [
        Column("serial", "设备编号"),
        Column("kind", "设备类别"),
        Column("name", "设备名称"),
        Column("place", "网格"),
        Column("spot", "安装位置"),
        Column("state", "状态"),
        Column("silent", "通信"),
        Column("seen", "最近通信", kind="datetime"),
        Column("keeper", "维保单位"),
        Column("installed", "安装日期", kind="date"),
        Column("inspect", "下次巡检", kind="date"),
        Column("purpose", "采集用途"),
        Column("retention", "图像保存天数", kind="int"),
    ]
    rows = [
        (
            d.serial,
            d.get_kind_display(),
            d.name,
            territory.path_of(d.place_code),
            d.spot,
            d.get_state_display(),
            "离线" if d.pulse.is_silent else "在线" if d.pulse.seen_at else "未接入",
            d.pulse.seen_at,
            d.keeper,
            d.installed_on,
            d.inspect_on,
            d.purpose,
            d.retention_days,
        )
        for d in _found(request).order_by(F("id").desc())[:EXPORT_ROWS]
    ]
    territory_services.note_devices_exported(actor=request.actor, rows=len(rows))
    return spreadsheet(write_xlsx(columns, rows, "设备"), "devices")


@require_http_methods(["GET", "POST"])
@EDIT
def new(request: Request) -> HttpResponse:
    """Enter a device. A message of an unknown device leads here with its serial filled in."""
    start = {"serial": request.GET.get("serial", "")[:40], "datum": "cgcs2000"}
    form = forms.DeviceForm(request.POST or None, initial=start)
    if form.is_valid():
        act = partial(territory_services.register_device, actor=request.actor, entry=form.entry())
        if made := attempt(form, act):
            messages.success(request, f"已登记设备“{made.name}”。接入口令请在设备页签发。")
            return HttpResponseRedirect(f"/devices/{made.pk}")
    return render(
        request, "events/alarms/device_form.html", {"form": form, "device": None}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@EDIT
def edit(request: Request, device_id: int) -> HttpResponse:
    """Change what is entered of a device."""
    one = territory.device(request.actor, device_id)
    form = forms.DeviceForm(request.POST or None, initial=forms.DeviceForm.of(one))
    if form.is_valid():
        seen = form.cleaned_data["seen_step"] or 0
        act = partial(territory_services.edit_device, actor=request.actor, device_id=device_id, seen_step=seen)
        if attempt(form, lambda: act(entry=form.entry())):
            messages.success(request, "设备已修改。")
            return HttpResponseRedirect(f"/devices/{device_id}")
    context = {"form": form, "device": one}
    return render(request, "events/alarms/device_form.html", context, status=422 if form.errors else 200)


@require_GET
@SEE
def device(request: Request, device_id: int) -> HttpResponse:
    """One device: what it is, whether it is heard, its alarms, its upkeep, for whom it was put up."""
    return _page(request, device_id)


def _page(request: Request, device_id: int, refused: tuple[str, Any] = ("", None), secret: str = "") -> HttpResponse:
    one = territory.device(request.actor, device_id)
    alarms = queries.alarms(request.actor, state="", device_id=one.pk).order_by("-id")[:20]
    made = {
        "state": forms.StateForm(auto_id="state_%s"),
        "upkeep": forms.AskUpkeepForm(auto_id="upkeep_%s"),
        "done": forms.FinishUpkeepForm(auto_id="done_%s"),
        "user": forms.UserForm(auto_id="user_%s"),
    }
    made |= {refused[0]: refused[1]} if refused[0] else {}
    context = {
        "device": one,
        "place": territory.path_of(one.place_code),
        "alarms": [(a, queries.title(a)) for a in alarms],
        "record": queries.records(request.actor, [one.pk]).get(one.pk),
        "outages": territory.outages(request.actor, one.pk),
        "upkeep": territory.upkeep_of(request.actor, one.pk),
        "users": queries.device_users(request.actor, one.pk),
        "kind": territory.DEVICE_KINDS[one.kind],
        "silent": queries.silent_minutes(one),
        "may_edit": request.actor.may(queries.EDIT) and one.state != "retired",
        "forms": made,
        "secret": secret,
    }
    return render(request, "events/alarms/device.html", context, status=422 if refused[0] else 200)


@require_POST
@EDIT
def act(request: Request, device_id: int, what: str) -> HttpResponse:
    """One verb of a device: its state, an upkeep asked for or done, a user, a new password."""
    known = _acts(request, device_id)
    if what == "secret":
        return _page(
            request, device_id, secret=territory_services.issue_secret(actor=request.actor, device_id=device_id)
        )
    if what == "release":
        services.release_user(actor=request.actor, user_id=_number(request.POST.get("user", "")))
        messages.success(request, "已解除使用人登记，今后不再呼叫其家属。")
        return HttpResponseRedirect(f"/devices/{device_id}")
    if what not in known:
        raise NotHere("操作")
    kind, do, said = known[what]
    form = kind(request.POST, auto_id=f"{what}_%s")
    if form.is_valid() and attempt(form, partial(do, actor=request.actor, **form.cleaned_data)):
        messages.success(request, said)
        return HttpResponseRedirect(f"/devices/{device_id}")
    return _page(request, device_id, (what, form))


def _acts(request: Request, device_id: int) -> dict[str, tuple[Any, Any, str]]:
    """Verb → its form, what it does, what is said then."""
    upkeep = _number(request.POST.get("upkeep", ""))
    of: dict[str, Any] = {"device_id": device_id}
    return {
        "state": (forms.StateForm, partial(territory_services.set_device_state, **of), "设备状态已变更。"),
        "upkeep": (forms.AskUpkeepForm, partial(territory_services.ask_upkeep, **of), "已安排维保。"),
        "done": (
            forms.FinishUpkeepForm,
            partial(territory_services.finish_upkeep, upkeep_id=upkeep),
            "维保结果已登记。",
        ),
        "user": (forms.UserForm, partial(services.assign_user, **of), "已登记使用人，报警时将按顺序联系其家属。"),
    }


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else 0


@require_http_methods(["GET", "POST"])
@EDIT
def faults(request: Request) -> HttpResponse:
    """Messages that could not be taken; POST takes one off the list."""
    if request.method == "POST":
        services.settle_fault(actor=request.actor, fault_id=_number(request.POST.get("fault", "")))
        messages.success(request, "已处理，同样的信号再来时会重新列出。")
        return HttpResponseRedirect("/devices/faults")
    words, settled = request.GET.get("q", "").strip()[:40], request.GET.get("settled") == "1"
    rows = queries.faults(request.actor, settled=settled, text=words)
    page, total = paged(request, rows, {"last": "last_at", "times": "times"}, "-last")
    context = {
        "page": page,
        "total": total,
        "rows": [(f, bytes(f.payload).decode(errors="replace")) for f in page],
        "settled": settled,
        "whole": request.actor.hi - request.actor.lo >= 10**9 - 1,
    }
    return render(request, "events/alarms/faults.html", context)
