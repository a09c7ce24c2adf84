"""公开发布: the desk of publications, from the books to the portal."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.disclosure.publications import queries, rules, services
from wangge.disclosure.publications.forms import MakeForm
from wangge.disclosure.terms import FILE_FORMATS, KINDS
from wangge.finance import queries as finance
from wangge.identity import queries as identity
from wangge.identity.access import requires
from wangge.kernel import clock, files, paging
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.forms import attempt, sent, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, write_xlsx

SEE = requires(rules.PREPARE, rules.REVIEW, rules.PUBLISH)


def _found(request: Request) -> Any:
    asked = request.GET
    year = asked.get("year", "")
    return queries.find(
        request.actor,
        asked.get("q", ""),
        asked.get("kind", ""),
        asked.get("state", ""),
        int(year) if year.isdecimal() else None,
    )


def _row(one: Any) -> tuple[Any, str, str, int]:
    published = clock.local(one.published_at).date() if one.published_at else None
    return (one, KINDS.get(one.kind, one.kind), *rules.timeliness(one.approved_on, published, clock.today()))


@require_GET
@SEE
def publications(request: Request) -> HttpResponse:
    """List with search and filters; what is overdue stands first in words."""
    found = _found(request)
    page = paging.page(found, order=("year", "id"), desc=True, after=request.GET.get("after"), size=50)
    context = {
        "page": page,
        "rows": [_row(one) for one in page],
        "total": paging.count_capped(found),
        "kinds": KINDS.items(),
        "states": [(s.value, rules.LABELS[s]) for s in rules.State],
        "overdue": queries.overdue(request.actor).count(),
    }
    return render(request, "disclosure/publications/list.html", context)


@require_GET
@SEE
def export(request: Request) -> HttpResponse:
    """The filtered list as XLSX."""
    columns = [
        Column("number", "公开编号"),
        Column("title", "标题"),
        Column("kind", "种类"),
        Column("year", "年度"),
        Column("state", "状态"),
        Column("approved_on", "批复日期"),
        Column("published_on", "公开日期"),
        Column("sha256", "内容摘要"),
    ]
    rows = [
        {
            "number": one.number,
            "title": one.title,
            "kind": KINDS.get(one.kind, one.kind),
            "year": str(one.year),
            "state": one.get_state_display(),
            "approved_on": str(one.approved_on),
            "published_on": str(clock.local(one.published_at).date()) if one.published_at else "",
            "sha256": one.contents_sha256,
        }
        for one in _found(request)
    ]
    return spreadsheet(write_xlsx(columns, rows, "公开件"), "publications")


@require_http_methods(["GET", "POST"])
@requires(rules.PREPARE)
def make(request: Request) -> HttpResponse:
    """Begin one from the books."""
    units = [(u.code, u.name) for u in finance.units(request.actor)]
    form = MakeForm(units, request.POST or None, initial=request.GET.dict() or None)
    if request.method == "POST" and form.is_valid():
        one = attempt(form, lambda: services.make(actor=request.actor, **form.cleaned_data))
        if one:
            return redirect("disclosure:publication", number=one.number)
    context = {"form": form, "units": units}
    return render(request, "disclosure/publications/make.html", context, status=422 if form.errors else 200)


@require_GET
@SEE
def publication(request: Request, number: str) -> HttpResponse:
    """One: contents, our own audit of them, files, history, and what this person may do now."""
    return _page(request, queries.get(request.actor, number))


@require_POST
@SEE
def act(request: Request, number: str, command: str) -> HttpResponse:
    """Do one of the verbs. A refusal is shown on the page, with what was typed."""
    try:
        _do(request, number, command)
    except Refusal as refusal:
        if isinstance(refusal, NotHere):
            raise
        return _page(request, queries.get(request.actor, number), refusal)
    messages.success(request, f"已{rules.LABELS.get(command, '保存说明')}。")
    return redirect("disclosure:publication", number=number)


def _do(request: Request, number: str, command: str) -> None:
    given = request.POST
    seen = int(given["seen"]) if given.get("seen", "").isdecimal() else 0
    common: dict[str, Any] = {"actor": request.actor, "number": number, "seen": seen}
    words = given.get("text", "")
    if command in ("pass_first", "pass_second", "send_back"):
        services.review(**common, command=command, words=words)
    elif command == "explain":
        services.explain(**common, words={k[8:]: str(v) for k, v in given.items() if k.startswith("finding-")})
    elif command in ("withdraw", "cancel"):
        (services.withdraw if command == "withdraw" else services.cancel)(**common, reason=words)
    elif command in ("refresh", "submit", "publish"):
        getattr(services, command)(**common)
    else:
        raise NotHere("操作")


def _page(request: Request, one: Any, refusal: Refusal | None = None) -> HttpResponse:
    findings = [
        {**f, "index": i, "explanation_given": one.explanations.get(str(i), "")}
        for i, f in enumerate(one.audit["findings"])
    ]
    context = {
        "one": one,
        "row": _row(one),
        "verbs": queries.verbs(request.actor, one),
        "findings": findings,
        "files": [(FILE_FORMATS.get(f.format, f.format), f) for f in queries.files_of(one)],
        "steps": [(rules.LABELS.get(s.command, "说明疑点"), s) for s in one.steps.all()],
        "changes": queries.changes(one),
        "people": identity.account_names(
            i for i in (one.preparer_id, one.first_reviewer_id, one.second_reviewer_id) if i
        ),
        "due_on": rules.due_on(one.approved_on),
        "refusal": refusal,
    }
    return render(request, "disclosure/publications/one.html", context, status=refusal.status if refusal else 200)


@require_GET
@SEE
def file(request: Request, number: str, kind: str) -> Any:
    """One of its files, as it will be or is public."""
    one = queries.get(request.actor, number)
    found = next((f for f in queries.files_of(one) if f.format == kind), None)
    if found is None:
        raise NotHere("文件")
    return sent(files.find(found.sha256), found.name)
