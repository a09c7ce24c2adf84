"""预算指标: the lines in force with their counters, and the ledger of one."""

from typing import Any

from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wangge.finance import terms
from wangge.finance.accounts import queries as accounts
from wangge.finance.accounts import rules as account_rules
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules
from wangge.finance.forms import fields
from wangge.finance.views.common import SEE, Books, books, listed, named, number, page, sheet
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request
from wangge.kernel.tables import Column

SORTS = {name: name for name in ("function", "economic", "approved", "adjusted", "frozen", "committed", "paid", "free")}
COLUMNS = [
    Column("function", "功能分类"), Column("function_name", "功能分类名称"), Column("economic", "经济分类"),
    Column("economic_name", "经济分类名称"), Column("governmental", "政府经济分类"), Column("project", "项目"),
    Column("source", "资金来源"), Column("approved", "批复（元）", kind="decimal"), Column("adjusted", "调整（元）", kind="decimal"),
    Column("frozen", "冻结（元）", kind="decimal"), Column("committed", "占用（元）", kind="decimal"),
    Column("paid", "已付（元）", kind="decimal"), Column("free", "可用（元）", kind="decimal"),
]  # fmt: skip


def _found(request: Request, at: Books) -> Any:
    """The lines that fit `?q=&source=&project=&kind=`."""
    asked, names = request.GET, at.names
    found = budget.appropriations(request.actor, at.unit.code, at.year).annotate(
        free=F("approved") + F("adjusted") - F("frozen") - F("committed") - F("paid")
    )
    if words := asked.get("q", "").strip().replace("\0", ""):
        codes = {kind: [c for c, n in names[kind].items() if words in n] for kind in ("function", "economic")}
        found = found.filter(
            Q(function__startswith=words)
            | Q(economic__startswith=words)
            | Q(function__in=codes["function"])
            | Q(economic__in=codes["economic"])
            | Q(project__name__contains=words)
        )
    if asked.get("source") in terms.SOURCE_NAMES:
        found = found.filter(source=asked["source"])
    if project := number(asked.get("project", "")):
        found = found.filter(project=project)
    elif asked.get("project") == "none":
        found = found.filter(project__isnull=True)
    return found


@require_GET
@SEE
def lines(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    found, names = _found(request, at), at.names
    one, total = listed(request, found, SORTS, "function")
    used = set(budget.appropriations(request.actor, unit, year).values_list("source", flat=True))
    context = {
        "page": one,
        "total": total,
        "rows": [named(line, names) for line in one],
        "sums": budget.counters(found),
        "sources": [(s, n) for s, n in terms.SOURCE_NAMES.items() if s in used],
        "projects": budget.projects(request.actor, unit),
    }
    return page(request, at, "lines", context, tab="lines")


@require_GET
@SEE
def export(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    rows = [
        {c.key: getattr(n["row"], c.key, "") for c in COLUMNS}
        | {"function_name": n["function"], "economic_name": n["economic"]}
        | {"project": n["project"], "source": n["source"]}
        for n in (named(line, at.names) for line in _found(request, at))
    ]
    return sheet(COLUMNS, rows, f"{at.unit.name}{year}年预算指标", f"lines-{unit}-{year}")


@require_GET
@SEE
def line(request: Request, line_id: int) -> HttpResponse:
    """One line: how its balance comes about, and every entry of `?counter=`."""
    one = budget.appropriation(request.actor, line_id)
    at, counter = books(request, one.unit.code, one.year), request.GET.get("counter", "")
    entries = budget.entries(request.actor, line_id)
    shown = entries.filter(counter=counter) if counter in rules.COUNTERS else entries
    rows = accounts.entry_rows(shown)
    context = {
        "one": one,
        "named": named(one, at.names),
        "balance": budget.balance_of(one),
        "rows": rows,
        "sum": sum((r[0].amount for r in rows), rules.FEN * 0),
        "counter": counter,
        "counters": rules.COUNTERS,
        "contracts": one.contracts.order_by("number"),
    }
    return page(request, at, "line", context, tab="lines")


@require_GET
@SEE
def left(request: Request, unit: str, year: int) -> HttpResponse:
    """A fragment beside the field of an amount: what the line has left, in words, and what speaks against the amount."""
    at, line_id = books(request, unit, year), number(request.GET.get("line", ""))
    one = budget.appropriations(request.actor, unit, year).filter(pk=line_id).first()
    if one is None:
        return render(request, "finance/parts/left.html", {})
    wanted = rules.amount(fields.plain(request.GET.get("amount", "")))
    signals: list[Any] = []
    if not isinstance(wanted, Refusal):
        signals = accounts.signals_of(request.actor, one, wanted)
    context = {
        "balance": budget.balance_of(one),
        "signals": signals,
        "levels": account_rules.LEVELS,
        "line": one,
        "at": at,
    }
    return render(request, "finance/parts/left.html", context)
