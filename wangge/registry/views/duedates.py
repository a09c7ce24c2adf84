"""到期事项: reminders by date, what is due on any day, settling, export, and the rules a district sets."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, paging
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.registry.forms.quality import DueRuleForm
from wangge.registry.queries import duedates as queries
from wangge.registry.queries import freshness
from wangge.registry.rules import duedates as rules
from wangge.registry.services import reminders
from wangge.registry.views import quality
from wangge.territory import queries as territory

SEE = requires("registry.view")
FIRST, LAST = 2000, 2100
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
    """The day asked for; None for the reminders kept. Ages and periods are counted back from it, so it lies in living memory."""
    try:
        day = date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return None
    if not FIRST <= day.year <= LAST:
        sentence = f"推算的日期应在 {FIRST} 年到 {LAST} 年之间。请改日期后再看。"
        raise Refusal("bad_day", sentence, field="as_of", value=str(day))
    return day


def _kept(request: Request, asked: dict[str, Any]) -> dict[str, Any]:
    found = _found(request, asked)
    desc = request.GET.get("sort", "due") == "-due"
    shown = paging.page(found, order=("due_on", "id"), desc=desc, after=request.GET.get("after"))
    known = _Rules(request)
    rows = [
        {
            "one": r, "person": r.person, "rule": known.at(r.person.place_code).get(r.rule) or rules.rules().get(r.rule), "due_on": r.due_on, "title": queries.title_of(r),
            "place": territory.name_of(r.person.place_code), "left": (r.due_on - clock.today()).days,
            "may_settle": request.actor.may("registry.special" if r.group else "registry.edit"),
        }
        for r in shown
    ]  # fmt: skip
    return {"rows": rows, "page": shown, "total": paging.count_capped(found), "counts": queries.counts(request.actor)}


class _Rules:
    """The rules as each district holds them today, read once per district of a page."""

    def __init__(self, request: Request) -> None:
        self.actor, self.known = request.actor, dict[int, dict[str, rules.Rule]]()

    def at(self, place: int) -> dict[str, rules.Rule]:
        district = place - place % queries.DISTRICT
        if district not in self.known:
            self.known[district] = queries.rules_at(self.actor, district)
        return self.known[district]


def _due(request: Request, asked: dict[str, Any], day: date) -> list[queries.Due]:
    codes = [asked["rule"]] if asked["rule"] else []
    found = queries.due(request.actor, day, codes=codes, place=asked["place"])
    return queries.named(request.actor, found, asked["q"]) if asked["q"] else found


def _reckoned(request: Request, asked: dict[str, Any], day: date) -> dict[str, Any]:
    found = _due(request, asked, day)
    shown = queries.page_of(found, request.GET.get("after"))
    folk = queries.people_of(request.actor, {d.person_id for d in shown})
    rows = [
        {
            "person": folk[d.person_id], "rule": d.rule, "due_on": d.due_on, "title": d.rule.title,
            "place": territory.name_of(folk[d.person_id].place_code), "left": (d.due_on - day).days,
        }
        for d in shown
        if d.person_id in folk
    ]  # fmt: skip
    return {"rows": rows, "page": shown, "total": str(len(found))}


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
    """The list as it is filtered: the reminders kept, or with `as_of` what is reckoned for that day."""
    asked, day = _asked(request), _day(request)
    rows = _reckoned_rows(request, asked, day) if day else _kept_rows(request, asked)
    return quality.sheet(request, "reminders", f"到期事项（按 {day} 推算）" if day else "到期事项", COLUMNS, rows)


def _kept_rows(request: Request, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    known = _Rules(request)
    for r in _found(request, asked).order_by("due_on", "id").iterator(chunk_size=2_000):
        rule = known.at(r.person.place_code).get(r.rule) or rules.rules()[r.rule]
        yield _row(r.person, rule, r.due_on) | {"state": r.get_state_display(), "reason": r.reason, "by": r.settled_by}


def _reckoned_rows(request: Request, asked: dict[str, Any], day: date) -> Iterator[dict[str, Any]]:
    found = _due(request, asked, day)
    for start in range(0, len(found), 2_000):
        part = found[start : start + 2_000]
        folk = queries.people_of(request.actor, {d.person_id for d in part})
        yield from (_row(folk[d.person_id], d.rule, d.due_on) for d in part if d.person_id in folk)


def _row(person: Any, rule: rules.Rule, due_on: date) -> dict[str, Any]:
    place = territory.path_of(person.place_code)
    return {
        "due_on": due_on,
        "title": rule.title,
        "name": person.name,
        "place": place,
        "act": rule.act,
        "source": rule.source,
    }


@require_http_methods(["GET", "POST"])
@SEE
def due_rules(request: Request) -> HttpResponse:
    """到期规则: what is reckoned how, what the district has set of it, and a form for the district's own post."""
    district = freshness.district_of(request.actor)
    whole = request.actor.covers(district) and request.actor.covers(district + queries.DISTRICT - 1)
    mine = [
        r for r in queries.rules_for(request.actor)
        if request.actor.may("registry.special" if r.group else "registry.lists")
    ]  # fmt: skip
    start = {"from_on": clock.today(), "rule": request.GET.get("rule"), "is_used": "1"}
    form = DueRuleForm(mine, request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        act = partial(reminders.set_due_rule, actor=request.actor, place_code=district, **form.values())
        if attempt(form, act):
            messages.success(request, "到期规则已设定，自起用日期起生效，待办理的提醒当晚按新规则更新。")
            return redirect("registry:due-rules")
    own, now = queries.settings_of(district), queries.rules_at(request.actor, district)
    context = {
        "rows": [
            (r, now.get(r.code), rules.KINDS[r.kind], own.get(r.code, [])) for r in queries.rules_for(request.actor)
        ],
        "form": form,
        "may_set": whole and bool(mine),
    }
    return quality.page(request, "due_rules", "due", context, refused=bool(form.errors), tabs=())
