"""预算调整: asked by one person, decided by another."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.finance import services
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules, sheets
from wangge.finance.forms import grid
from wangge.finance.forms.plans import AdjustmentForm, GrantForm, RefuseForm
from wangge.finance.views.common import (
    SEE,
    Act,
    Books,
    books,
    done,
    line_choices,
    listed,
    named,
    offers,
    page,
    perform,
    sheet,
)
from wangge.finance.views.preparation import Blamed, codes
from wangge.identity import queries as identity
from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.kernel.tables import Column

ASK = requires("finance.adjust")
DECIDE = requires(rules.GRANT)
SORTS = {"number": "pk", "on": "on", "kind": "kind", "state": "state"}
ACTS = {
    "grant": Act("同意", GrantForm, lambda r, a, g: services.decide_adjustment(actor=r.actor, number=a.number, grant=True, document=g["document"], note=g["note"]), "已同意，各项指标已经调整。", rules.GRANT, "primary"),
    "refuse": Act("不同意", RefuseForm, lambda r, a, g: services.decide_adjustment(actor=r.actor, number=a.number, grant=False, note=g["note"]), "已记为不同意，指标未变。", rules.GRANT),
}  # fmt: skip
COLUMNS = [
    Column("number", "编号"), Column("kind", "类别"), Column("state", "状态"), Column("on", "日期", kind="date"),
    Column("document", "文号"), Column("reason", "原因"), Column("function", "功能分类"), Column("economic", "经济分类"),
    Column("project", "项目"), Column("source", "资金来源"), Column("amount", "金额（元）", kind="decimal"),
]  # fmt: skip


def _found(request: Request, at: Books) -> Any:
    found, asked = budget.adjustment_list(request.actor, at.unit.code, at.year), request.GET
    if words := asked.get("q", "").strip().replace("\0", ""):
        found = found.filter(budget.adjustment_fits(words))
    for name, known in (("kind", rules.ADJUSTMENTS), ("state", rules.ADJUSTMENT_STATES)):
        if asked.get(name) in known:
            found = found.filter(**{name: asked[name]})
    return found


@require_GET
@SEE
def adjustments(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    one, total = listed(request, _found(request, at), SORTS, "-number", 50)
    rows = [
        (a, sum((abs(i.amount) for i in a.items.all() if a.kind != "transfer" or i.amount > 0), rules.FEN * 0))
        for a in one
    ]
    context = {
        "page": one,
        "total": total,
        "rows": rows,
        "kinds": rules.ADJUSTMENTS,
        "states": rules.ADJUSTMENT_STATES,
        "sums": [(rules.ENTRIES[kind], n) for kind, n in budget.adjusted_by(request.actor, unit, year).items()],
    }
    return page(request, at, "adjustments", context, tab="adjustments")


@require_GET
@SEE
def export(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    names = at.names
    rows = [
        {c.key: getattr(a, c.key, "") for c in COLUMNS}
        | {"kind": a.get_kind_display(), "state": a.get_state_display(), "amount": item.amount}
        | {"function": item.function, "economic": item.economic}
        | {k: named(item, names)[k] for k in ("project", "source")}
        for a in _found(request, at)
        for item in a.items.all()
    ]
    return sheet(COLUMNS, rows, f"{at.unit.name}{year}年预算调整", f"adjustments-{unit}-{year}")


@require_http_methods(["GET", "POST"])
@ASK
def new(request: Request, unit: str, year: int) -> HttpResponse:
    """Ask for an adjustment of several lines."""
    at, today = books(request, unit, year), clock.today()
    if request.method != "POST":
        start = {"on": today if today.year == year else None, "kind": request.GET.get("kind", "")}
        return _form(request, at, AdjustmentForm(initial=start), [])
    form, given = AdjustmentForm(request.POST), grid.rows(request.POST)
    lines = {str(x.pk): budget.key_of(x) for x in budget.appropriations(request.actor, unit, year)}
    items = grid.items(given, at.names, lines, signed=True)
    made = None
    if form.is_valid() and not any(row.faults for row in given):
        about = {"actor": request.actor, "unit_code": unit, "year": year, "items": items, **form.cleaned_data}
        made = attempt(Blamed(form, given), lambda: services.adjust(**about))
    if made is None:
        return _form(request, at, form, given)
    return done(request, "已提交，待区财政审批。", f"/finance/adjustments/{made.number}")


def _form(request: Request, at: Books, form: Any, given: list[grid.Row]) -> HttpResponse:
    context = {
        "form": form,
        "rows": grid.blanks(given, source="general"),
        "lines": line_choices(request.actor, at),
        **codes(at),
        "sources": sheets.SOURCES,
        "projects": budget.projects(request.actor, at.unit.code, at.year),
    }
    return page(request, at, "adjustment_new", context, tab="adjustments", refused=form.is_bound)


@require_GET
@SEE
def adjustment(request: Request, number: str) -> HttpResponse:
    return _page(request, budget.adjustment(request.actor, number))


@require_POST
@DECIDE
def act(request: Request, number: str, command: str) -> HttpResponse:
    form = perform(request, ACTS, command, budget.adjustment(request.actor, number))
    if form is None:
        return HttpResponseRedirect(f"/finance/adjustments/{number}")
    return _page(request, budget.adjustment(request.actor, number), (command, form))


def _page(request: Request, one: Any, refused: Any = None) -> HttpResponse:
    at = books(request, one.unit.code, one.year)
    items = list(one.items.select_related("project").order_by("pk"))
    lines = budget.matching(one.unit, one.year, items)
    own = one.asked_by == request.actor.id
    verbs = ACTS if one.state == "asked" and not own else ()
    names, at_names = identity.account_names(i for i in (one.asked_by, one.decided_by) if i), at.names
    context = {
        "one": one,
        "rows": [(i, named(i, at_names), lines.get(i.pk)) for i in items],
        "sum": sum((i.amount for i in items), rules.FEN * 0),
        "acts": offers(ACTS, verbs, request.actor, one, refused),
        "base": f"/finance/adjustments/{one.number}",
        "asked": names.get(one.asked_by, "系统"),
        "decided": names.get(one.decided_by, "系统"),
        "own_waits": own and one.state == "asked",
    }
    return page(request, at, "adjustment", context, tab="adjustments", refused=bool(refused))
