"""The case page, its commands, its cards, its printed form."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.casework import queries as casework
from wangge.casework import services as casework_services
from wangge.casework import terms
from wangge.desk import forms, queries
from wangge.events import services as events_services
from wangge.identity.access import requires
from wangge.kernel import clock, documents, files
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.request import Request
from wangge.kernel.web import as_refusal

UPLOADS_AT_MOST = 9


def _form(request: Request, case: Any, command: str, data: Any = None) -> forms.CommandForm:
    actor = request.actor
    initial: dict[str, Any] = {}
    if command == "dispatch" and data is None:
        hint = queries.suggestion(actor, case)
        initial["department"] = hint["code"] if hint else ""
    return forms.CommandForm(command, actor=actor, case=case, data=data, initial=initial)


def _show(request: Request, number: str, form: forms.CommandForm | None, status: int = 200) -> HttpResponse:
    actor = request.actor
    context = queries.case_page(actor, number)
    context |= {"form": form, "kept": _kept(context["case"], form), "now": clock.now(), "forward": forms.FORWARD}
    if form is not None:
        context["hint"] = _hint(actor, context["case"], form.command)
    return render(request, "desk/case.html", context, status=status)


def _kept(case: Any, form: forms.CommandForm | None) -> list[tuple[str, str]]:
    if form is None or not form.kept_files:
        return []
    known = files.find_many(form.kept_files)
    return [(h, known[h].original_name) for h in form.kept_files if h in known]


def _hint(actor: Any, case: Any, command: str) -> dict[str, Any]:
    """What is worth knowing while filling in this command's form."""
    hint: dict[str, Any] = {}
    if command in ("dispatch", "designate"):
        hint["suggestion"] = queries.suggestion(actor, case)
    if command == "merge":
        hint["nearby"] = queries.rows(casework.others_nearby(actor, case))
    if command in ("hold", "deny_hold"):
        hint["pending_hold"] = casework.pending_hold(case)
    if command in ("grant_extension", "deny_extension"):
        hint["pending_extension"] = casework.pending_extension(case)
    return hint


@require_GET
@requires("events.view")
def page(request: Request, number: str) -> HttpResponse:
    """`/desk/case/<number>`; `?do=accept` opens that form in place."""
    actor, command = request.actor, request.GET.get("do", "")
    form = None
    if command in forms.INPUTS:
        form = _form(request, casework.get(actor, number), command)
    return _show(request, number, form)


@require_http_methods(["GET", "POST"])
@requires("events.view")
def act(request: Request, number: str, command: str) -> HttpResponse:
    """GET: the small form of a command. POST: take the command; a refusal shows the form again with everything kept."""
    actor = request.actor
    case = casework.get(actor, number)
    if command not in forms.INPUTS:
        raise NotHere("操作")
    if request.method == "GET":
        return render(
            request, "desk/parts/command.html", _command_context(request, case, _form(request, case, command))
        )
    form = _form(request, case, command, data=request.POST)
    try:
        _take(request, case, form)
    except Exception as error:
        refusal = as_refusal(error)
        if refusal is None or isinstance(refusal, NotHere):
            raise
        return _refused(request, number, form, refusal)
    sentence = f"{number} 已{_done_word(command)}。"
    if request.headers.get("HX-Request"):
        return _panel(request, number, done=sentence)
    messages.success(request, sentence)
    return HttpResponseRedirect(f"/desk/case/{number}")


def _done_word(command: str) -> str:
    return terms.COMMANDS.get(command, command)


def _take(request: Request, case: Any, form: forms.CommandForm) -> None:
    actor = request.actor
    uploads = request.FILES.getlist("upload")
    if len(uploads) + len(form.kept_files) > UPLOADS_AT_MOST:
        raise Refusal("files_many", f"一次最多附 {UPLOADS_AT_MOST} 个文件，请分次记录。", field="files")
    for one in uploads:
        form.kept_files.append(files.put(one.read(), name=one.name or "", actor=actor).sha256)
    own = set(form.kept_files)
    if unknown := files.missing(own):
        raise Refusal("unknown_file", "有照片或文件没有上传成功，请重新选择。", field="files", value=unknown[0])
    given = form.given()
    if form.command == "dispatch":
        given["suggested"] = _suggested(actor, case, given.get("department", ""))
    form.full_clean()
    step, key = form.cleaned_data.get("seen_step"), form.cleaned_data.get("key")
    casework_services.act(
        actor=actor,
        number=case.number,
        command=form.command,
        seen_step=-1 if step is None else step,
        key=key,
        files=form.kept_files,
        **given,
    )


def _suggested(actor: Any, case: Any, chosen: str) -> str:
    """What the step keeps of the duty list's suggestion: that it was taken, or what it would have been."""
    hint = queries.suggestion(actor, case)
    if not hint or not hint["code"]:
        return ""
    return "taken" if hint["code"] == chosen else hint["name"]


def _refused(request: Request, number: str, form: forms.CommandForm, refusal: Refusal) -> HttpResponse:
    actor = request.actor
    fresh = casework.get(actor, number)
    if refusal.code == "stale":
        form.refresh(fresh)
    form.refuse(refusal.sentence, refusal.field)
    if request.headers.get("HX-Request"):
        context = _command_context(request, fresh, form)
        return render(request, "desk/parts/command.html", context, status=refusal.status)
    return _show(request, number, form, status=refusal.status)


def _command_context(request: Request, case: Any, form: forms.CommandForm) -> dict[str, Any]:
    actor = request.actor
    in_console = request.GET.get("console") == "1" or request.POST.get("console") == "1"
    return {
        "case": case,
        "form": form,
        "kept": _kept(case, form),
        "hint": _hint(actor, case, form.command),
        "in_console": in_console,
    }


@require_GET
@requires("events.view")
def panel(request: Request, number: str) -> HttpResponse:
    """The console's short view of a case: matter, photos, clock, the verbs, and dispatch with the suggestion."""
    return _panel(request, number)


def _panel(request: Request, number: str, done: str = "") -> HttpResponse:
    actor = request.actor
    case = casework.get(actor, number)
    possible = queries.verbs(actor, case)
    entries = queries.timeline(actor, case)
    before, after = queries.before_after(entries)
    context = {
        "case": case,
        "row": queries.rows([case])[0],
        "verbs": possible,
        "can": {c for c, _ in possible},
        "suggestion": queries.suggestion(actor, case) if any(c == "dispatch" for c, _ in possible) else None,
        "pictures": [*before, *after][:4],
        "last": entries[0] if entries else None,
        "accept": forms.CommandForm("accept", actor=actor, case=case)
        if any(c == "accept" for c, _ in possible)
        else None,
        "key": forms.uuid.uuid4(),
        "done": done,
        "forward": forms.FORWARD,
        "sources": terms.SOURCES.get(case.source, case.source),
    }
    return render(request, "desk/parts/panel.html", context)


@require_GET
@requires("events.view")
def printed(request: Request, number: str) -> HttpResponse:
    """The official form, 网格事件办理单, as PDF."""
    actor = request.actor
    context = queries.case_page(actor, number)
    content = documents.pdf("casework/case_form", queries.printed_form(actor, context))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    return response


@require_POST
@requires("cards.explain", "cards.judge")
def card(request: Request, number: str, card_id: int, verb: str) -> HttpResponse:
    """Explain, judge or appeal a supervision card of the case."""
    actor, text = request.actor, request.POST.get("text", "")
    case = casework.get(actor, number)
    if card_id not in {c.pk for c in casework.cards(actor, case)}:
        raise NotHere("督办牌")
    match verb:
        case "explain":
            casework_services.explain_card(actor=actor, card_id=card_id, text=text)
        case "appeal":
            casework_services.appeal_card(actor=actor, card_id=card_id, text=text)
        case "uphold" | "cancel":
            casework_services.judge_card(actor=actor, card_id=card_id, uphold=verb == "uphold", text=text)
        case _:
            raise NotHere("操作")
    messages.success(request, "已记录。督办牌的处理过程保留在本件中。")
    return HttpResponseRedirect(f"/desk/case/{number}#cards")


@require_POST
@requires("person.reveal")
def reveal(request: Request, number: str) -> HttpResponse:
    """Show the reporter's name and phone once, with a reason that is kept in the audit log."""
    actor = request.actor
    case = casework.get(actor, number)
    found = events_services.reveal_reporter(actor=actor, number=case.number, reason=request.POST.get("reason", ""))
    response = render(request, "desk/parts/reporter.html", {"case": case, "found": found})
    response["Cache-Control"] = "no-store"
    return response
