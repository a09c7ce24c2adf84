"""Records as wholes: moves between cells, records that may be one person, who looked at full numbers."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock, paging, tables
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.registry import queries, services, terms
from wangge.registry.forms import people as forms
from wangge.registry.views.person_acts import page as act_page
from wangge.territory import queries as territory

SEE, EDIT = requires("registry.view"), requires("registry.edit")
BOTH = require_http_methods(["GET", "POST"])


@require_GET
@SEE
def moves(request: Request) -> HttpResponse:
    state = request.GET.get("state", "asked")
    found = queries.moves(request.actor, state)
    page = paging.page(found, order=("id",), after=request.GET.get("after"), desc=True)
    context = {
        "page": page,
        "rows": [queries.move_view(request.actor, one) for one in page],
        "total": paging.count_capped(found),
        "state": state,
        "states": terms.MOVE_STATES.items(),
        "waiting": queries.moves_waiting(request.actor),
    }
    return render(request, "registry/moves.html", context)


@BOTH
@EDIT
def ask_move(request: Request, person_id: int) -> HttpResponse:
    """Offer the record to another cell."""
    one = queries.person(request.actor, person_id)
    form = forms.MoveForm(request.POST if request.method == "POST" else None)

    def act() -> Any:
        said = form.cleaned_data
        to_place = _cell(said["to_place"])
        return services.ask_move(
            actor=request.actor, person_id=one.pk, to_place=to_place, together=said["together"], note=said["note"]
        )

    told = "对方接收以前，档案仍由本网格管理。两边都在您管辖范围内的，立即调动。"
    done = "调动已提出。对方接收后，档案随之移交。"
    return act_page(request, one, form, "人员调动", done, act, told=told, cells=_typed_cells(request))


def _typed_cells(request: Request) -> list[tuple[int, str]]:
    typed = request.POST.get("to_place", "")
    return [(c.code, territory.path_of(c.code)) for c in territory.search(typed, limit=10)] if typed else []


def _cell(typed: str) -> int:
    """The cell (or community) that the words mean; one and only one must fit."""
    found = [*territory.search(typed, limit=6), *territory.search_divisions(typed, limit=6)]
    places = [int(p.pk) for p in found if territory.level(int(p.pk)) in ("cell", "community")]
    exact = [pk for pk in places if str(pk) == typed or territory.name_of(pk) == typed] or places
    if len(exact) != 1:
        names = "、".join(f"{territory.path_of(pk)}（{pk}）" for pk in exact[:5])
        sentence = f"有多个网格符合：{names}。请改填编码。" if exact else "没有找到这个网格。请填网格编码或名称。"
        raise Refusal("no_place", sentence, field="to_place")
    return exact[0]


@BOTH
@EDIT
def transfer_in(request: Request) -> HttpResponse:
    """Ask for the record of somebody met here who is registered elsewhere."""
    places = territory.cell_groups(request.actor)
    form = forms.TransferInForm(places, request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data | {"to_place": int(form.cleaned_data["to_place"])}
        if made := attempt(form, lambda: services.ask_transfer_in(actor=request.actor, **said)):
            done = "本人原已迁离，档案已接续到本网格。" if made.state == "accepted" else "已提出申请，等待原网格移交。"
            messages.success(request, done)
            return redirect("registry:moves")
    return render(request, "registry/transfer_in.html", {"form": form}, status=422 if form.errors else 200)


@BOTH
@EDIT
def answer(request: Request, move_id: int, command: str) -> HttpResponse:
    """Accept, decline or withdraw a move."""
    if command not in terms.MOVE_COMMANDS:
        raise NotHere()
    one = queries.move_view(request.actor, queries.move(request.actor, move_id))
    asked = request.GET.get("address", "") or request.POST.get("address", "")
    form = forms.AnswerForm(request.POST if request.method == "POST" else None)
    home = request.POST.get("dwelling_id", "")
    if form.is_valid():
        more = {"dwelling_id": int(home)} if command == "accept" and home.isdigit() else {}
        act: Any = {"accept": services.accept_move, "decline": services.decline_move}.get(
            command, services.withdraw_move
        )
        if attempt(form, lambda: act(actor=request.actor, move_id=move_id, **more, **form.cleaned_data)):
            messages.success(request, f"{terms.MOVE_COMMANDS[command]}已登记。")
            return redirect("registry:moves")
    choices = queries.dwelling_choices(request.actor, asked)
    context = {"view": one, "form": form, "verb": terms.MOVE_COMMANDS[command], "command": command, "address": asked}
    return render(
        request, "registry/move_answer.html", context | {"choices": choices}, status=422 if form.errors else 200
    )


@require_GET
@SEE
def duplicates(request: Request) -> HttpResponse:
    place = request.GET.get("place", "")
    pairs = queries.possible_same(request.actor, int(place) if place.isdigit() and len(place) == 15 else None)
    judged = queries.judgements(request.actor).order_by("-id")[:50]
    rows = [(pair, queries.as_row(pair.one), queries.as_row(pair.other)) for pair in pairs]
    context = {"rows": rows, "judged": judged, "places": territory.place_groups(request.actor), "place": place}
    return render(request, "registry/duplicates.html", context)


@BOTH
@requires("registry.merge")
def judge(request: Request, one_id: int, other_id: int) -> HttpResponse:
    """Two records side by side: one person or two, and which record stays."""
    papers = [queries.record(request.actor, pk) for pk in (one_id, other_id)]
    form = forms.JudgeForm([(p.one.pk, f"保留 {p.one.pk} 号档案") for p in papers], request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.decision(one_id, other_id)
        if attempt(form, lambda: services.note_same(actor=request.actor, **said)):
            messages.success(request, "判断已登记，可在本页下方撤销。")
            return redirect("registry:duplicates")
    lines = queries.side_by_side(*papers)
    context = {"papers": papers, "lines": lines, "form": form}
    return render(request, "registry/judge.html", context, status=422 if form.errors else 200)


@require_POST
@requires("registry.merge")
def undo_judgement(request: Request, decision_id: int) -> HttpResponse:
    reason = request.POST.get("text", "")
    services.undo_same(actor=request.actor, decision_id=decision_id, reason=reason)
    messages.success(request, "判断已撤销。")
    return redirect("registry:duplicates")


def _period(request: Request) -> tuple[date, date]:
    today = clock.today()
    since = forms.read_day(request.GET.get("since", "")) or today.replace(day=1)
    return since, max(since, forms.read_day(request.GET.get("until", "")) or today)


def _by(request: Request) -> int | None:
    asked = request.GET.get("by", "")
    return int(asked) if asked.isdigit() and len(asked) < 19 else None


@require_GET
@requires("privacy.handle")
def reveals(request: Request) -> HttpResponse:
    """Who had full numbers shown, how often, of whom and why; this month unless asked otherwise."""
    since, until = _period(request)
    found = queries.reveals(request.actor, since, until, _by(request))
    page = paging.page(found, order=("at", "id"), after=request.GET.get("after"), desc=True)
    context = {
        "counts": queries.reveal_counts(request.actor, since, until),
        "page": page,
        "total": paging.count_capped(found),
        "since": since,
        "until": until,
        "by": _by(request),
        "day": timedelta(days=1),
    }
    return render(request, "registry/reveals.html", context)


@require_GET
@requires("privacy.handle")
def reveals_export(request: Request) -> HttpResponse:
    since, until = _period(request)
    found = queries.reveals(request.actor, since, until, _by(request)).order_by("at", "id")
    rows = [(r.at, r.by, r.post, r.person_id, territory.path_of(r.place_code), r.reason) for r in found]
    columns = [
        tables.Column("at", "时间", kind="datetime"),
        tables.Column("by", "查看人"),
        tables.Column("post", "岗位"),
        tables.Column("person", "档案编号", kind="int"),
        tables.Column("place", "所在网格"),
        tables.Column("reason", "理由"),
    ]
    services.note_people_export(actor=request.actor, what="reveals", rows=len(rows))
    return spreadsheet(tables.write_xlsx(columns, rows, "查看记录"), f"查看记录{until:%Y%m%d}")
