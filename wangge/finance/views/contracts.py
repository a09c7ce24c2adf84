"""合同: signed against a line, inspected, settled and paid month by month (S28)."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.finance import services
from wangge.finance.accounts import queries, rules
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules as budget_rules
from wangge.finance.forms.execution import ContractForm, EndForm, InspectForm, PayMonthForm, SettleForm
from wangge.finance.views.common import (
    SEE,
    Act,
    Books,
    books,
    done,
    line_choices,
    line_of,
    named,
    offers,
    page,
    papers,
    perform,
    sheet,
    store,
)
from wangge.identity.access import requires
from wangge.kernel import clock, files
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt, sent
from wangge.kernel.request import Request
from wangge.kernel.tables import Column

SIGN, PAY, INSPECT = "finance.pay_approve", "finance.pay", "finance.registers"
COLUMNS = [
    Column("number", "合同编号"), Column("name", "合同名称"), Column("supplier", "供应商"), Column("amount", "金额（元）", kind="decimal"),
    Column("paid", "已付（元）", kind="decimal"), Column("pending", "待付（元）", kind="decimal"), Column("released", "扣减（元）", kind="decimal"),
    Column("starts_on", "开始", kind="date"), Column("ends_on", "结束", kind="date"), Column("state", "状态"),
]  # fmt: skip


def _given(given: dict[str, Any], *drop: str) -> dict[str, Any]:
    return {k: v for k, v in given.items() if k not in ("uploads", *drop)}


ACTS = {
    "inspect": Act("登记检查", InspectForm, lambda r, c, g: services.inspect(actor=r.actor, number=c.number, **_given(g) | {"defects": g["defects"] or 0}), "检查已登记。", INSPECT, "primary"),
    "settle": Act("核定扣款", SettleForm, lambda r, c, g: services.settle_instalment(actor=r.actor, number=c.number, **_given(g, "papers")), "扣款已核定，可以支付。", SIGN),
    "pay": Act("支付分期款", PayMonthForm, lambda r, c, g: services.pay_instalment(actor=r.actor, number=c.number, **_given(g)), "分期款已提交支付，待审核。", PAY),
    "end": Act("结束合同", EndForm, lambda r, c, g: services.end_contract(actor=r.actor, number=c.number, **_given(g, "papers")), "合同已结束，未付余额已释放。", SIGN),
}  # fmt: skip


@require_GET
@SEE
def contracts(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    rows = _found(request, at)
    sums = {
        n: sum((getattr(c, n) for c in rows), budget_rules.FEN * 0) for n in ("amount", "paid", "pending", "released")
    }
    context = {"rows": rows, "sums": sums, "states": rules.CONTRACT_STATES}
    return page(request, at, "contracts", context, tab="contracts")


def _found(request: Request, at: Books) -> list[Any]:
    words, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = queries.contracts(request.actor, at.unit.code, at.year)
    fits = lambda c: any(words in t for t in (c.number, c.name, c.supplier)) and state in ("", c.state)  # noqa: E731
    return [c for c in found if fits(c)]


@require_GET
@SEE
def export(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    rows = [
        {c.key: getattr(one, c.key) for c in COLUMNS} | {"state": one.get_state_display()}
        for one in _found(request, at)
    ]
    return sheet(COLUMNS, rows, f"{at.unit.name}{year}年合同", f"contracts-{unit}-{year}")


@require_http_methods(["GET", "POST"])
@requires(SIGN)
def new(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    start = {"starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31", "line": request.GET.get("line", "")}
    form = ContractForm(line_choices(request.actor, at), *given, initial=start)
    made = _signed(request, at, form) if given and form.is_valid() and store(request, form) else None
    if made is None:
        return page(request, at, "contract_new", {"form": form}, tab="contracts", refused=bool(form.errors))
    return done(request, "合同已签订，资金已占用，分期已列出。", f"/finance/contracts/{made.pk}")


def _signed(request: Request, at: Books, form: Any) -> Any:
    given = _given(form.cleaned_data)

    def act() -> Any:
        line = budget.key_of(line_of(request.actor, at, given["line"]))
        about = {**given, "line": line, "unit_code": at.unit.code, "year": at.year, "papers": form.kept}
        return services.sign_contract(actor=request.actor, **about)

    return attempt(form, act)


@require_GET
@SEE
def contract(request: Request, contract_id: int) -> HttpResponse:
    return _page(request, queries.contract_at(request.actor, contract_id))


@require_POST
@SEE
def act(request: Request, contract_id: int, command: str) -> HttpResponse:
    form = perform(request, ACTS, command, queries.contract_at(request.actor, contract_id))
    if form is None:
        return HttpResponseRedirect(f"/finance/contracts/{contract_id}")
    return _page(request, queries.contract_at(request.actor, contract_id), (command, form))


def _page(request: Request, one: Any, refused: Any = None) -> HttpResponse:
    at = books(request, one.unit.code, one.year)
    base, today = f"/finance/contracts/{one.pk}", clock.today()
    day = today if today.year == one.year else one.ends_on
    verbs = offers(ACTS, ACTS if one.state == "active" else (), request.actor, one, refused)
    months = _months(one)
    nexts = {
        "settle": next((m[0].seq for m in months if not m[0].settled_at), 1),
        "pay": next((m[0].seq for m in months if m[0].settled_at and not m[3]), 1),
    }
    for name, _, form in verbs:
        form.initial = {"on": day, "seq": nexts.get(name, 1), **form.initial}
    context = {
        "one": one,
        "named": named(one.line, at.names),
        "months": months,
        "areas": list(one.areas.order_by("pk")),
        "square_metres": sum((a.square_metres for a in one.areas.all()), budget_rules.FEN * 0),
        "inspections": [(i, papers(i.files, f"{base}/files")) for i in queries.inspections(request.actor, one.number)],
        "files": papers(one.files, f"{base}/files"),
        "left": one.amount - one.paid - one.pending - one.released,
        "acts": verbs,
        "base": base,
    }
    return page(request, at, "contract", context, tab="contracts", refused=bool(refused))


def _months(one: Any) -> list[tuple[Any, Any, str, Any]]:
    """(instalment, deduction, why, payment) of every month; reckoned as of now while it is not settled."""
    paid = {p.instalment_id: p for p in one.payments.filter(state__in=("submitted", "paid"), reverses__isnull=True)}
    made = []
    for due in one.instalments.order_by("seq"):
        off, why = (due.deduction, due.basis) if due.settled_at else queries.reckoned(one, due)
        made.append((due, off, why, paid.get(due.pk)))
    return made


@require_GET
@SEE
def paper(request: Request, contract_id: int, sha256: str) -> HttpResponse:
    one = queries.contract_at(request.actor, contract_id)
    if sha256 not in {*one.files, *(h for i in one.inspections.all() for h in i.files)}:
        raise NotHere("附件")
    kept = files.find(sha256)
    return sent(kept, kept.original_name)
