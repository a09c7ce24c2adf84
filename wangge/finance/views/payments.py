"""支付: asked by one person, approved by another, taken back only in red."""

from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.finance import services
from wangge.finance.accounts import printing, queries, rules
from wangge.finance.budget import queries as budget
from wangge.finance.forms.payments import ApproveForm, CancelForm, PaymentForm, ReturnForm, ReverseForm, SubmitForm
from wangge.finance.views.common import (
    SEE,
    Act,
    Books,
    books,
    done,
    line_choices,
    line_of,
    listed,
    named,
    number,
    offers,
    page,
    papers,
    perform,
    sheet,
    store,
)
from wangge.identity.access import requires
from wangge.kernel import clock, documents, files
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt, download, sent
from wangge.kernel.request import Request
from wangge.kernel.tables import Column

PAY, APPROVE = "finance.pay", "finance.pay_approve"
MAY_ACT = requires(PAY, APPROVE)
SORTS = {"number": "pk", "on": "on", "amount": "amount", "payee": "payee", "state": "state"}
COLUMNS = [
    Column("number", "编号"), Column("on", "日期", kind="date"), Column("function", "功能分类"), Column("economic", "经济分类"),
    Column("project", "项目"), Column("source", "资金来源"), Column("payee", "收款人"), Column("purpose", "用途"),
    Column("amount", "金额（元）", kind="decimal"), Column("state", "状态"), Column("voucher", "凭证号"),
    Column("contract", "合同"), Column("case_number", "事件编号"), Column("asked_name", "经办人"), Column("decided_name", "审核人"),
]  # fmt: skip
ACTS = {
    "submit": Act("提交", SubmitForm, lambda r, p, g: services.submit_payment(actor=r.actor, number=p.number, on=g["on"], papers=g["papers"]), "已提交，资金已占用，待审核。", PAY, "primary"),
    "approve": Act("审核通过并支付", ApproveForm, lambda r, p, g: services.approve_payment(actor=r.actor, number=p.number, voucher=g["voucher"], on=g["on"], papers=g["papers"]), "已支付并记账。", APPROVE, "primary"),
    "return": Act("退回", ReturnForm, lambda r, p, g: services.return_payment(actor=r.actor, number=p.number, note=g["note"]), "已退回，占用的资金已释放。", APPROVE),
    "cancel": Act("作废", CancelForm, lambda r, p, g: services.cancel_payment(actor=r.actor, number=p.number, note=g["note"]), "已作废。", PAY),
    "reverse": Act("申请红字冲销", ReverseForm, lambda r, p, g: services.reverse_payment(actor=r.actor, number=p.number, reason=g["reason"], on=g["on"], key=g["key"], amount=g["amount"]), "冲销已提交，待审核。", PAY),
}  # fmt: skip
BY_STATE = {
    "draft": ("submit", "cancel"),
    "returned": ("submit", "cancel"),
    "submitted": ("approve", "return", "cancel"),
    "paid": ("reverse",),
}


def _found(request: Request, at: Books) -> Any:
    """The payments that fit `?q=&state=&month=&line=`."""
    asked, found = request.GET, queries.payment_list(request.actor, at.unit.code, at.year)
    if words := asked.get("q", "").strip().replace("\0", ""):
        same = ("number", "payee", "purpose", "voucher", "case_number", "contract__number", "contract__name")
        fits = Q()
        for name in same:
            fits |= Q(**{f"{name}__icontains": words})
        found = found.filter(fits)
    if asked.get("state") in rules.PAYMENT_STATES:
        found = found.filter(state=asked["state"])
    if 1 <= (month := number(asked.get("month", ""))) <= 12:
        found = found.filter(on__month=month)
    if line := number(asked.get("line", "")):
        found = found.filter(line=line)
    return found


@require_GET
@SEE
def payments(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    found = _found(request, at)
    one, total = listed(request, found, SORTS, "-number", 50)
    names = at.names
    context = {
        "page": one,
        "total": total,
        "rows": [(p, named(p.line, names)) for p in one],
        "paid": found.order_by().filter(state__in=queries.SPENT).aggregate(n=Sum("amount", default=Decimal(0)))["n"],
        "bound": found.order_by().filter(state="submitted").aggregate(n=Sum("amount", default=Decimal(0)))["n"],
        "states": rules.PAYMENT_STATES,
        "months": range(1, 13),
    }
    return page(request, at, "payments", context, tab="payments")


@require_GET
@SEE
def export(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    names = at.names
    rows = [
        {c.key: getattr(p, c.key, "") for c in COLUMNS}
        | {"function": p.line.function, "economic": p.line.economic, "state": p.get_state_display()}
        | {"project": n["project"], "source": n["source"], "contract": p.contract.number if p.contract else ""}
        for p, n in ((p, named(p.line, names)) for p in _found(request, at))
    ]
    return sheet(COLUMNS, rows, f"{at.unit.name}{year}年支付", f"payments-{unit}-{year}")


@require_http_methods(["GET", "POST"])
@requires(PAY)
def new(request: Request, unit: str, year: int) -> HttpResponse:
    """Ask for a payment: `do=draft` keeps it, anything else submits it."""
    at, today = books(request, unit, year), clock.today()
    start = {"line": request.GET.get("line", ""), "on": today if today.year == year else None}
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PaymentForm(line_choices(request.actor, at), *given, initial=start)
    made = _asked(request, at, form) if given and form.is_valid() and store(request, form) else None
    if made is None:
        return page(request, at, "payment_new", {"form": form}, tab="payments", refused=bool(form.errors))
    said = "已存为草稿，尚未占用资金。" if made.state == "draft" else "已提交，资金已占用，待审核。"
    return done(request, said, f"/finance/payments/{made.number}")


def _asked(request: Request, at: Books, form: Any) -> Any:
    """The payment, or None with a refusal on the form."""
    given, service = dict(form.cleaned_data), services.draft_payment if "draft" in request.POST else services.pay
    given.pop("uploads")
    return attempt(
        form,
        lambda: service(
            actor=request.actor,
            unit_code=at.unit.code,
            year=at.year,
            **{**given, "line": budget.key_of(line_of(request.actor, at, given["line"]))},
            papers=form.kept,
        ),
    )


@require_GET
@SEE
def payment(request: Request, number: str) -> HttpResponse:
    return _page(request, queries.payment(request.actor, number))


@require_POST
@MAY_ACT
def act(request: Request, number: str, command: str) -> HttpResponse:
    """One verb of a payment; refused, the page comes back with the verb's form open."""
    one = queries.payment(request.actor, number)
    form = perform(request, ACTS, command, one)
    if form is None:
        return HttpResponseRedirect(f"/finance/payments/{number}")
    return _page(request, queries.payment(request.actor, number), (command, form))


def _page(request: Request, one: Any, refused: Any = None) -> HttpResponse:
    at = books(request, one.unit.code, one.year)
    own = one.asked_by == request.actor.id
    context = {
        "one": one,
        "named": named(one.line, at.names),
        "balance": budget.balance_of(one.line),
        "signals": queries.signals(request.actor, one) if one.state in ("draft", "returned", "submitted") else [],
        "files": papers(one.files, f"/finance/payments/{one.number}/files"),
        "reversals": one.reversals.order_by("pk"),
        "entries": queries.entry_rows(budget.entries(request.actor, one.line_id).filter(payment_id=one.pk)),
        "acts": offers(ACTS, _verbs(one, own), request.actor, one, refused),
        "base": f"/finance/payments/{one.number}",
        "own_waits": own and one.state == "submitted" and request.actor.may(APPROVE),
        "words": printing.in_words(one.amount),
    }
    return page(request, at, "payment", context, tab="payments", refused=bool(refused))


def _verbs(one: Any, own: bool) -> list[str]:
    """What may be done now: nobody approves what they asked for, and a red payment is not taken back."""
    hidden = {name for name, is_hidden in (("approve", own), ("reverse", one.reverses_id)) if is_hidden}
    return [name for name in BY_STATE.get(one.state, ()) if name not in hidden]


@require_GET
@SEE
def paper(request: Request, number: str, sha256: str) -> HttpResponse:
    """A file of the payment, as a clean copy."""
    if sha256 not in queries.payment(request.actor, number).files:
        raise NotHere("附件")
    kept = files.find(sha256)
    return sent(kept, kept.original_name)


@require_GET
@SEE
def slip(request: Request, number: str) -> HttpResponse:
    one = queries.payment(request.actor, number)
    at = books(request, one.unit.code, one.year)
    content = documents.pdf("finance/payment", printing.slip(one, named(one.line, at.names), len(one.files)))
    return download(content, f"支付审批单{number}.pdf")
