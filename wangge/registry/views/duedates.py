"""到期事项: reminders by date, what is due on any day, settling, export."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, paging
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.registry.queries import duedates as queries
from wangge.registry.rules import duedates as rules
from wangge.registry.services import reminders
from wangge.registry.views import quality
from wangge.territory import queries as territory

SEE = requires("registry.view")
MOST = 500
STATES = {"open": "待办理", "done": "已办理", "ignored": "不需办理", "void": "已失效"}
WITHIN = {"late": "已过期", "7": "7 天内", "30": "30 天内"}
COLUMNS = [
    Column("due_on", "到期日期", kind="date"), Column("title", "到期事项"), Column("name", "姓名"), Column("place", "所在网格"),
    Column("act", "怎样办"), Column("source", "依据"), Column("state", "状态"), Column("reason", "说明"), Column("by", "办理人"),
]  # fmt: skip


def _asked(request: Request) -> dict[str, Any]:
    given = {k: request.GET.get(k, "").strip() for k in ("rule", "within", "q")}
    state = request.GET.get("state", "open")
    known = {r.code for r in queries.rules_for(request.actor)}
    return given | {
        "rule": given["rule"] if given["rule"] in known else "",
        "state": state if state in STATES or not state else "open",
        "place": quality.place(request),
    }


def _found(request: Request, asked: dict[str, Any]) -> Any:
    days = asked["within"] if asked["within"] in WITHIN else ""
    return queries.reminders(
        request.actor, state=asked["state"], code=asked["rule"], place=asked["place"], q=asked["q"],
        late=days == "late", until=clock.today() + timedelta(days=int(days)) if days.isdigit() else None,
    )  # fmt: skip


@require_GET
@SEE
def listing(request: Request) -> HttpResponse:
    """Reminders; with `as_of` what was (or will be) due on that day by the rows of that day."""
    asked, day = _asked(request), _day(request)
    context = {
        "asked": asked,
        "rules": queries.rules_for(request.actor),
        "places": quality.places(request.actor),
        "states": STATES.items(),
        "within": WITHIN.items(),
        "as_of": day,
        "today": clock.today(),
        "is_filtered": any(asked[k] for k in ("rule", "within", "q", "place")) or asked["state"] != "open" or bool(day),
        "may_export": request.actor.may("registry.export"),
    } | (_reckoned(request, asked, day) if day else _kept(request, asked))
    return render(request, "registry/due.html", context)


def _day(request: Request) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return None


def _kept(request: Request, asked: dict[str, Any]) -> dict[str, Any]:
    found = _found(request, asked)
    desc = request.GET.get("sort", "due") == "-due"
    shown = paging.page(found, order=("due_on", "id"), desc=desc, after=request.GET.get("after"))
    known = rules.rules()
    rows = [
        {
            "one": r, "person": r.person, "rule": known.get(r.rule), "due_on": r.due_on, "title": queries.title_of(r),
            "place": territory.name_of(r.person.place_code), "left": (r.due_on - clock.today()).days,
            "may_settle": request.actor.may("registry.special" if r.group else "registry.edit"),
        }
        for r in shown
    ]  # fmt: skip
    return {"rows": rows, "page": shown, "total": paging.count_capped(found), "counts": queries.counts(request.actor)}


def _reckoned(request: Request, asked: dict[str, Any], day: date) -> dict[str, Any]:
    codes = [asked["rule"]] if asked["rule"] else []
    found = queries.due(request.actor, day, codes=codes, place=asked["place"])
    folk = queries.people_of(request.actor, {d.person_id for d in found[:MOST]})
    rows = [
        {
            "person": folk[d.person_id], "rule": d.rule, "due_on": d.due_on, "title": d.rule.title,
            "place": territory.name_of(folk[d.person_id].place_code), "left": (d.due_on - day).days,
        }
        for d in found[:MOST]
        if d.person_id in folk and asked["q"] in folk[d.person_id].name
    ]  # fmt: skip
    return {"rows": rows, "page": None, "total": str(len(found)), "more": len(found) > MOST}


@require_POST
@requires("registry.edit", "registry.special")
def settle(request: Request, reminder_id: int) -> HttpResponse:
    """Done, or not needed and why; back to the list as it was."""
    outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "")
    back = request.POST.get("next", "")
    address = back if back.startswith("/registry/due") and "\n" not in back and "\\" not in back else "/registry/due"
    try:
        reminders.settle_reminder(actor=request.actor, reminder_id=reminder_id, outcome=outcome, reason=reason)
    except Refusal as refusal:
        if refusal.code not in ("no_reason", "unknown_outcome", "already_settled"):
            raise
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(address)
    messages.success(request, f"提醒已登记为{reminders.OUTCOMES[outcome]}。")
    return HttpResponseRedirect(address)


@require_GET
@requires("registry.export")
def export(request: Request) -> HttpResponse:
    known = rules.rules()
    rows = (
        {
            "due_on": r.due_on, "title": queries.title_of(r), "name": r.person.name,
            "place": territory.path_of(r.person.place_code), "act": known[r.rule].act, "source": known[r.rule].source,
            "state": r.get_state_display(), "reason": r.reason, "by": r.settled_by,
        }
        for r in _found(request, _asked(request)).order_by("due_on", "id").iterator(chunk_size=2_000)
    )  # fmt: skip
    return quality.sheet(request, "reminders", "到期事项", COLUMNS, rows)
