"""The first page of the books, and the way to a unit and a year."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wangge.finance.accounts import queries as accounts
from wangge.finance.budget import queries as budget
from wangge.finance.views.common import SEE, TABS, Books, books, number, page
from wangge.kernel import clock
from wangge.kernel.request import Request


@require_GET
@SEE
def choose(request: Request) -> HttpResponse:
    """`/finance/?unit=&year=&to=`: to the books asked for, else to those of the last visit, else to the first."""
    found = budget.units(request.actor)
    if not found:
        return render(request, "finance/nothing.html", {"may_register": request.actor.may("finance.chart")})
    known = {u.code: u for u in found}
    last = request.session.get("books") or ["", 0]
    unit = known.get(request.GET.get("unit", "")) or known.get(last[0]) or found[0]
    year = number(request.GET.get("year", "")) or (last[1] if last[0] == unit.code else 0)
    year = year or max(budget.years(unit), default=clock.today().year)
    to = request.GET.get("to", "")
    return HttpResponseRedirect(Books(unit, year).root + (to if to in {t[1] for t in TABS} else ""))


@require_GET
@SEE
def home(request: Request, unit: str, year: int) -> HttpResponse:
    """Where the year stands and what waits."""
    at = books(request, unit, year)
    context = {
        "sums": budget.counters(budget.appropriations(request.actor, unit, year)),
        "groups": budget.groups(request.actor, unit, year),
        "periods": [p for p in budget.periods(request.actor, unit, year) if p.month],
        "year_closed": budget.is_closed(at.unit, year),
        "warnings": accounts.waiting(request.actor, unit, year, clock.today()),
        "latest": accounts.payment_list(request.actor, unit, year)[:8],
    }
    return page(request, at, "home", context, tab="home")
