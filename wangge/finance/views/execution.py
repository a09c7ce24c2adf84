"""收入与结转, 账期: what came in, what is left, months and years."""

from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.finance import services, terms
from wangge.finance.accounts import queries
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules
from wangge.finance.forms.execution import (
    CarryForm,
    CloseYearForm,
    DayForm,
    IncomeForm,
    OpeningForm,
    ReasonForm,
)
from wangge.finance.forms.fields import coded, plain
from wangge.finance.forms.plans import EmptyForm
from wangge.finance.terms import LineAmount, Source
from wangge.finance.views.common import (
    SEE,
    Act,
    Books,
    books,
    done,
    listed,
    named,
    number,
    offers,
    page,
    perform,
    sheet,
)
from wangge.finance.views.preparation import codes
from wangge.identity import queries as identity
from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.kernel.tables import Column

PAY, CLOSE, REOPEN = "finance.pay", "finance.close", "finance.reopen"
COLUMNS = [
    Column("on", "日期", kind="date"), Column("source", "来源"), Column("function", "功能分类"), Column("amount", "金额（元）", kind="decimal"),
    Column("voucher", "凭证号"), Column("text", "摘要"), Column("actor_name", "经办人"),
]  # fmt: skip


def _receive(request: Request, at: Books, given: dict[str, Any]) -> Any:
    names = {c: n for c, n in at.names["function"].items() if len(c) == 7}
    function = coded(given["function"], names, "function", "功能分类")
    rest = {k: v for k, v in given.items() if k not in ("papers", "function")}
    return services.receive(
        actor=request.actor,
        unit_code=at.unit.code,
        year=at.year,
        **{**rest, "source": Source(given["source"])},
        function=function,
    )


def _opening(request: Request, at: Books, given: dict[str, Any]) -> Any:
    rest = {k: given[k] for k in ("amount", "on", "text")}
    return services.record_opening(
        actor=request.actor, unit_code=at.unit.code, year=at.year, source=Source(given["source"]), **rest
    )


def _recognise(request: Request, at: Books, given: dict[str, Any]) -> Any:
    return services.recognise_appropriations(actor=request.actor, unit_code=at.unit.code, year=at.year, on=given["on"])


INCOME_ACTS = {
    "receive": Act("登记收入", IncomeForm, _receive, "收入已登记。", PAY, "primary"),
    "recognise": Act("确认财政拨款收入", DayForm, _recognise, "已按国库集中支付确认财政拨款收入。", CLOSE),
    "opening": Act("登记年初结余", OpeningForm, _opening, "年初结转和结余已登记。", CLOSE),
}


def _income_list(request: Request, at: Books) -> Any:
    found, asked = queries.income_list(request.actor, at.unit.code, at.year), request.GET
    if words := asked.get("q", "").strip().replace("\0", ""):
        found = found.filter(Q(voucher__icontains=words) | Q(text__icontains=words) | Q(function__startswith=words))
    return found.filter(source=asked["source"]) if asked.get("source") in terms.SOURCE_NAMES else found


@require_GET
@SEE
def incomes(request: Request, unit: str, year: int) -> HttpResponse:
    return _incomes(request, books(request, unit, year))


@require_POST
@requires(PAY, CLOSE)
def income_act(request: Request, unit: str, year: int, command: str) -> HttpResponse:
    at = books(request, unit, year)
    form = perform(request, INCOME_ACTS, command, at)
    return _incomes(request, at, (command, form)) if form else HttpResponseRedirect(f"{at.root}incomes")


def _incomes(request: Request, at: Books, refused: Any = None) -> HttpResponse:
    found, names = _income_list(request, at), at.names["function"]
    one, total = listed(request, found, {"on": "on", "amount": "amount", "number": "pk"}, "-number", 100)
    rows = queries.balances(request.actor, at.unit.code, at.year)
    moved = {s: Decimal(0) for s in Source}
    for income in queries.incomes(request.actor, at.unit.code, at.year):
        moved[income.source] += income.amount
    shown = [
        (terms.SOURCE_NAMES[b.source], b, moved[b.source], b.opening + moved[b.source] - b.distributed - b.closing)
        for b in rows
    ]
    context = {
        "page": one,
        "total": total,
        "rows": [(i, terms.SOURCE_NAMES[Source(i.source)], names.get(i.function, "")) for i in one],
        "balances": shown,
        "sums": [
            sum(c, Decimal(0))
            for c in zip(*((b.opening, m, s, b.distributed, b.closing) for _, b, m, s in shown), strict=True)
        ],
        "sources": terms.SOURCE_NAMES.items(),
        "acts": offers(INCOME_ACTS, INCOME_ACTS, request.actor, at, refused),
        "base": f"{at.root}incomes",
        "may_carry": request.actor.may(rules.GRANT) and budget.is_closed(at.unit, at.year - 1),
        **codes(at),
    }
    return page(request, at, "incomes", context, tab="incomes", refused=bool(refused))


@require_GET
@SEE
def incomes_export(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    rows = [
        {c.key: getattr(i, c.key) for c in COLUMNS} | {"source": terms.SOURCE_NAMES[Source(i.source)]}
        for i in _income_list(request, at)
    ]
    return sheet(COLUMNS, rows, f"{at.unit.name}{year}年收入", f"incomes-{unit}-{year}")


@require_http_methods(["GET", "POST"])
@requires(rules.GRANT)
def carry(request: Request, unit: str, year: int) -> HttpResponse:
    """What last year's lines have left, and how much of it is brought into this year."""
    at = books(request, unit, year)
    left = [x for x in budget.appropriations(request.actor, unit, year - 1) if x.available > 0]
    form = CarryForm(request.POST if request.method == "POST" else None, initial={"on": f"{year}-01-01"})
    typed = {x.pk: request.POST.get(f"amount-{x.pk}", "") for x in left}
    if form.is_valid():
        items = [LineAmount(budget.key_of(x), Decimal(0), typed[x.pk]) for x in left if typed[x.pk].strip()]
        if attempt(form, lambda: _carried(request.actor, at, items, form.cleaned_data)):
            return done(request, f"已结转 {len(items)} 项指标。", f"{at.root}lines?source=carryover")
    names = Books(at.unit, year - 1).names
    context = {
        "form": form,
        "rows": [(named(x, names), typed[x.pk]) for x in left],
        "closed": budget.is_closed(at.unit, year - 1),
    }
    return page(request, at, "carry", context, tab="incomes", refused=bool(form.errors))


def _carried(actor: Any, at: Books, typed: list[LineAmount], given: dict[str, Any]) -> Any:
    if not typed:
        raise Refusal("no_items", "请至少填写一项要结转的金额。")
    items = []
    for n, item in enumerate(typed, 1):
        amount = rules.amount(plain(item.basis))
        if isinstance(amount, Refusal):
            amount.sentence, amount.field = f"第 {n} 个填写的金额：{amount.sentence}", None
            raise amount
        items.append(LineAmount(item.key, amount))
    return services.carry_over(actor=actor, unit_code=at.unit.code, year=at.year, items=items, **given)


# ---- periods -------------------------------------------------------------------------------------------------------


def _close_year(request: Request, at: Books, given: dict[str, Any]) -> Any:
    """With 结余分配 by source, as typed in `share-…`."""
    shares = {}
    for source in Source:
        if typed := plain(request.POST.get(f"share-{source}", "")):
            amount = rules.amount(typed)
            if isinstance(amount, Refusal):
                amount.sentence, amount.field = f"{terms.SOURCE_NAMES[source]}的分配数：{amount.sentence}", None
                raise amount
            shares[source] = amount
    return services.close_year(
        actor=request.actor, unit_code=at.unit.code, year=at.year, distributions=shares, text=given["text"]
    )


PERIOD_ACTS = {
    "open": Act("开设年度账", EmptyForm, lambda r, at, g: services.open_year(actor=r.actor, unit_code=at.unit.code, year=at.year), "年度账已开设。", CLOSE, "primary"),
    "close": Act("结账", EmptyForm, lambda r, at, g: services.close_month(actor=r.actor, unit_code=at.unit.code, year=at.year, month=number(r.POST.get("month", ""))), "已结账。", CLOSE, "primary"),
    "reopen": Act("重开", ReasonForm, lambda r, at, g: services.reopen_month(actor=r.actor, unit_code=at.unit.code, year=at.year, month=number(r.POST.get("month", "")), reason=g["reason"]), "已重开，可以记账。", REOPEN),
    "close-year": Act("年结", CloseYearForm, _close_year, "已年结，余额转入下年。", CLOSE),
}  # fmt: skip


@require_GET
@SEE
def periods(request: Request, unit: str, year: int) -> HttpResponse:
    return _periods(request, books(request, unit, year))


@require_POST
@requires(CLOSE, REOPEN)
def period_act(request: Request, unit: str, year: int, command: str) -> HttpResponse:
    at = books(request, unit, year)
    form = perform(request, PERIOD_ACTS, command, at)
    return _periods(request, at, (command, form)) if form else HttpResponseRedirect(f"{at.root}periods")


def _periods(request: Request, at: Books, refused: Any = None) -> HttpResponse:
    found = budget.periods(request.actor, at.unit.code, at.year)
    months, ended = [p for p in found if p.month], any(p.is_closed for p in found if not p.month)
    names = identity.account_names(p.changed_by for p in found if p.changed_by)
    following = next((p.month for p in months if not p.is_closed), 0)
    last = max((p.month for p in months if p.is_closed), default=0)
    may = {name: request.actor.may(a.right) and bool(found) and not ended for name, a in PERIOD_ACTS.items()}
    context = {
        "months": [
            (p, names.get(p.changed_by or 0, "系统"), queries.month_sums(at.unit, at.year, p.month)) for p in months
        ],
        "ended": ended,
        "following": following if may["close"] else 0,
        "last": last if may["reopen"] else 0,
        "may_open": not found and request.actor.may(CLOSE),
        "may_end": may["close-year"],
        "balances": [
            (terms.SOURCE_NAMES[b.source], b, request.POST.get(f"share-{b.source}", ""))
            for b in queries.balances(request.actor, at.unit.code, at.year)
        ],
        "refused": refused,
        "end_form": refused[1] if refused and refused[0] == "close-year" else CloseYearForm(auto_id="close-year_%s"),
        "reason_form": refused[1] if refused and refused[0] == "reopen" else ReasonForm(auto_id="reopen_%s"),
        "base": f"{at.root}periods",
        "today": clock.today(),
    }
    return page(request, at, "periods", context, tab="periods", refused=bool(refused))
