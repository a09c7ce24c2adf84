"""The auditor's pages: upload, list, the document beside its findings, decisions, letters."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.disclosure import forms, queries, terms
from wangge.disclosure.documents.report import as_html, as_xlsx, letter
from wangge.disclosure.services import audits as services
from wangge.identity.access import own_transaction, requires
from wangge.kernel import clock, documents, files, paging, scope, tables
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.forms import attempt, download
from wangge.kernel.request import Request

AUDIT = requires(terms.AUDIT_RIGHT)
MOST_FILES = 50

# ---- the list -------------------------------------------------------------------------------------------------------


@require_GET
@AUDIT
def audits(request: Request) -> HttpResponse:
    """`/desk/audits`: what the district has uploaded."""
    asked = queries.filters(request.GET)
    found = queries.search(request.actor, asked)
    sort, order = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    keys = ("id",) if sort == "id" else (sort, "id")
    page = paging.page(found, order=keys, after=request.GET.get("after"), size=50, desc=order)
    context = {"page": page, "asked": asked, "total": paging.count_capped(found), **_choices()}
    context["waiting"] = any(one.state == "waiting" for one in page)
    return render(request, "disclosure/audits.html", context)


def _choices() -> dict[str, Any]:
    return {"kinds": terms.KINDS.items(), "states": terms.AUDIT_STATES.items(), "suffixes": ",".join(terms.SUFFIXES)}


@require_GET
@AUDIT
def export(request: Request) -> HttpResponse:
    """The same query as the list, as XLSX."""
    found = queries.search(request.actor, queries.filters(request.GET))
    rows = list(queries.export_rows(found))
    services.note_export(actor=request.actor, rows=len(rows))
    content = tables.write_xlsx(queries.EXPORT_COLUMNS, rows, "公开文本审核")
    return download(content, f"公开文本审核{clock.today():%Y%m%d}.xlsx")


@require_POST
@own_transaction
@AUDIT
def upload(request: Request) -> HttpResponse:
    """One file: to its result. Several: what became of each; they are audited by the worker."""
    sent = request.FILES.getlist("file")
    if not sent:
        raise Refusal("file_missing", "没有收到文件。请先选择要审核的文件。", field="file")
    if len(sent) > MOST_FILES:
        raise Refusal(
            "files_many", f"一次最多上传 {MOST_FILES} 个文件，本次 {len(sent)} 个。请分次上传。", field="file"
        )
    taken = [_take(request.actor, one, None if len(sent) == 1 else False) for one in sent]
    if len(taken) == 1 and taken[0]["audit"]:
        if not taken[0]["is_new"]:
            messages.info(request, "这个文件以前审核过，下面是那一次的结果。")
        return redirect("disclosure:audit", audit_id=taken[0]["audit"].pk)
    with scope.use(request.actor):
        return render(request, "disclosure/uploaded.html", {"taken": taken}, status=422 if _all_refused(taken) else 200)


def _take(actor: Any, sent: Any, at_once: bool | None) -> dict[str, Any]:
    try:
        data = sent.read(files.OTHER_LIMIT + 1)
        receipt = services.receive(actor=actor, data=data, name=sent.name or "", at_once=at_once)
        return {"name": sent.name, "audit": receipt.audit, "is_new": receipt.is_new, "sentence": ""}
    except Refusal as refusal:
        return {"name": sent.name, "audit": None, "is_new": False, "sentence": refusal.sentence}


def _all_refused(taken: list[dict[str, Any]]) -> bool:
    return not any(one["audit"] for one in taken)


# ---- one audit ------------------------------------------------------------------------------------------------------


@require_GET
@AUDIT
def audit(request: Request, audit_id: int) -> HttpResponse:
    """The document on the left, its findings on the right; `?rule=B07&severity=error&decision=none` narrows the list."""
    return _page(request, audit_id)


def _page(request: Request, audit_id: int, kept: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    one = queries.audit(request.actor, audit_id)
    context: dict[str, Any] = {"audit": one, "kept": kept or {}}
    if one.report is not None:
        context |= _found(request, one) | {"gaps": one.report["not_understood"], "checks": one.report["checks"]}
        context["text"], context["unplaced"] = queries.drawn(one)
        context |= {"coverage": one.report["coverage"], "letters": queries.letters(one), **_about(request.actor, one)}
    return render(request, "disclosure/audit.html", context, status=status)


def _found(request: Request, one: Any) -> dict[str, Any]:
    narrowed = {name: request.GET.get(name, "") for name in ("rule", "severity", "decision")}
    rows = queries.findings(one, **narrowed)
    groups = [(s, word, [f for f in rows if f.severity == s]) for s, word in terms.SEVERITIES.items()]
    return {
        "groups": [group for group in groups if group[2]],
        "rules": queries.rules_of(one),
        "severities": terms.SEVERITIES.items(),
        "narrowed": narrowed,
        "is_narrowed": any(narrowed.values()),
    }


def _about(actor: Any, one: Any) -> dict[str, Any]:
    return {"same": queries.same_words(actor, one), "accepted": len(queries.findings(one, decision="accepted"))}


@require_POST
@AUDIT
def decide(request: Request, audit_id: int) -> HttpResponse:
    """Accept, dismiss or reopen the findings picked (`pick=3~0`: number and version seen), with one reason."""
    decision, reason = request.POST.get("decision", "?"), request.POST.get("reason", "")
    picks = [_pick(p) for p in request.POST.getlist("pick")]
    try:
        refused = services.decide(actor=request.actor, audit_id=audit_id, picks=picks, decision=decision, reason=reason)
    except NotHere:
        raise
    except Refusal as refusal:
        return _again(request, audit_id, picks, reason, [refusal.sentence], refusal.status)
    if refused:
        return _again(request, audit_id, picks, reason, [r.sentence for r in refused], 409)
    if request.headers.get("HX-Request"):
        return _items(request, audit_id, picks)
    return redirect(f"/desk/audits/{audit_id}#f{picks[0][0]}")


def _pick(text: str) -> tuple[int, int]:
    number, _, version = text.partition("~")
    if not (number.isdecimal() and version.isdecimal() and len(text) < 20):
        raise Refusal("bad_pick", "勾选的发现编号不对，请刷新后再处理。", field="pick", value=text[:40])
    return int(number), int(version)


def _again(
    request: Request, audit_id: int, picks: list[tuple[int, int]], reason: str, sentences: list[str], status: int
) -> HttpResponse:
    """The page or the one finding again, with the sentences and everything that was typed."""
    kept = {"reason": reason, "sentences": sentences, "picks": {number for number, _ in picks}}
    if request.headers.get("HX-Request"):
        return _items(request, audit_id, picks, kept, status)
    return _page(request, audit_id, kept, status)


def _items(
    request: Request, audit_id: int, picks: list[tuple[int, int]], kept: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    one = queries.audit(request.actor, audit_id)
    context = {"audit": one, "f": queries.finding(one, picks[0][0]), "kept": kept or {}, "alone": True}
    context["accepted"] = len(queries.findings(one, decision="accepted"))
    return render(request, "disclosure/parts/finding.html", context, status=status)


@require_POST
@own_transaction
@AUDIT
def again(request: Request, audit_id: int) -> HttpResponse:
    """Audit the kept file anew, with the rules of today."""
    one = services.again(actor=request.actor, audit_id=audit_id)
    messages.success(request, "已重新审核。" if one.state != "waiting" else "已安排重新审核，请稍候。")
    return redirect("disclosure:audit", audit_id=audit_id)


@require_GET
@AUDIT
def original(request: Request, audit_id: int) -> HttpResponse:
    """The file as it was uploaded."""
    one = queries.audit(request.actor, audit_id)
    return download(queries.bytes_of(one), one.name, "application/octet-stream")


@require_GET
@AUDIT
def result(request: Request, audit_id: int, form: str) -> HttpResponse:
    """The result to take along: a page or a workbook with the decisions."""
    one = queries.audit(request.actor, audit_id)
    if one.report is None or form not in ("html", "xlsx"):
        raise NotHere("结果")
    made = queries.report(one)
    content = as_html(made).encode() if form == "html" else as_xlsx(made, queries.decisions(one))
    return download(content, f"审核结果-{one.unit}{one.year}.{form}")


# ---- letters --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@AUDIT
def new_letter(request: Request, audit_id: int) -> HttpResponse:
    """Write a letter with what is accepted."""
    one = queries.audit(request.actor, audit_id)
    due = clock.today() + timedelta(days=15)
    initial = {"to": one.unit, "sender": queries.last_sender(request.actor), "due_on": due}
    form = forms.LetterForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        made = attempt(form, lambda: services.write_letter(actor=request.actor, audit_id=one.pk, **given))
        if made:
            messages.success(request, f"核实函 {made.number} 已生成。")
            return redirect("disclosure:letter", number=made.number)
    accepted = queries.findings(one, decision="accepted")
    context = {"audit": one, "form": form, "accepted": accepted}
    return render(request, "disclosure/letter_new.html", context, status=422 if form.errors else 200)


@require_GET
@AUDIT
def show_letter(request: Request, number: str) -> HttpResponse:
    """A letter on screen, with its files."""
    one = queries.letter(request.actor, number)
    return render(request, "disclosure/letter.html", {"letter": one, "told": letter.words(one.content)})


@require_GET
@AUDIT
def letter_file(request: Request, number: str, form: str) -> HttpResponse:
    """A letter as PDF or DOCX."""
    one = queries.letter(request.actor, number)
    if form not in ("pdf", "docx"):
        raise NotHere("文件")
    if form == "docx":
        return download(letter.docx(one.content), f"核实函{one.number}.docx")
    return download(documents.pdf("disclosure/audit_letter", letter.words(one.content)), f"核实函{one.number}.pdf")
