"""Income, balances, and the opening and closing of months and years."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from wangge.finance import terms
from wangge.finance.accounts import queries
from wangge.finance.accounts.models import BalanceEntry, Contract, Income, Payment
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules as budget_rules
from wangge.finance.budget.models import Adjustment, BudgetUnit, Period
from wangge.finance.budget.services import ledger
from wangge.finance.terms import FISCAL, Source
from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal

PAY, CLOSE, REOPEN = "finance.pay", "finance.close", "finance.reopen"


@transaction.atomic
def receive(
    *,
    actor: Actor,
    unit_code: str,
    year: int,
    source: Source,
    amount: Decimal,
    on: date,
    voucher: str,
    key: UUID,
    function: str = "",
    text: str = "",
) -> Income:
    """Enter income; a correction is a negative amount with its own voucher. `key`: sent twice, entered once."""
    actor.must(PAY)
    unit, year = budget.unit(actor, unit_code), ledger.checked_year(year)
    return _enter(actor, unit, year, source, amount, on, voucher, key, function, text)


def _enter(
    actor: Actor,
    unit: BudgetUnit,
    year: int,
    source: Source,
    amount: Decimal,
    on: date,
    voucher: str,
    key: UUID,
    function: str,
    text: str,
) -> Income:
    wanted = ledger.checked_amount(amount, signed=True)
    with scope.system():
        earlier = Income.objects.filter(key=key).first()
    if earlier is not None:
        if (earlier.actor_id, earlier.amount, earlier.unit_id) != (actor.id, wanted, unit.pk):
            raise Refusal("key_reused", "这次提交的编号已用于另一笔收入，没有重复记账。请刷新后重新填写。", status=409)
        return earlier
    if source not in terms.SOURCE_NAMES or source == Source.CARRYOVER:
        raise Refusal("bad_source", "请选择收入来源；上年结转不是本年收入。", field="source", value=str(source))
    if function and function not in budget.chart(unit.place_code, year)["function"]:
        raise Refusal("code_not_in_year", f"{year}年支出功能分类中没有“{function}”。", field="function", value=function)
    ledger.check_day(on, year)
    if not voucher.strip():
        raise Refusal("missing_input", "请填写凭证号。", field="voucher")
    made = Income.objects.create(
        unit=unit,
        year=year,
        on=on,
        source=str(source),
        function=function,
        amount=wanted,
        voucher=voucher.strip()[:40],
        text=text.strip()[:200],
        key=key,
        at=clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
    )
    audit.record(actor, "finance.income_received", "budget_unit", unit.code, amount=str(wanted), source=str(source))
    return made


@transaction.atomic
def recognise_appropriations(*, actor: Actor, unit_code: str, year: int, on: date) -> list[Income]:
    """Enter as income what the treasury paid for the unit and is not entered yet, by source and function.

    Under 国库集中支付 the appropriation is received when it is paid out; nobody types it a second time.
    """
    actor.must(CLOSE)
    unit, year = budget.unit(actor, unit_code), ledger.checked_year(year)
    ledger.check_day(on, year)
    _lock_year(unit, year)
    missing: dict[tuple[Source, str], Decimal] = {}
    for row in queries.payments(actor, unit_code, year):
        if row.source in FISCAL:
            missing[row.source, row.function] = missing.get((row.source, row.function), Decimal(0)) + row.amount
    for income in queries.incomes(actor, unit_code, year):
        if income.source in FISCAL:
            found = missing.get((income.source, income.function), Decimal(0))
            missing[income.source, income.function] = found - income.amount
    made = []
    for (source, function), amount in sorted(missing.items()):
        if amount:
            seq = Income.objects.filter(unit=unit, year=year).count() + 1
            made.append(
                _enter(
                    actor,
                    unit,
                    year,
                    source,
                    amount,
                    on,
                    f"确认{seq:04d}",
                    uuid5(NAMESPACE_URL, f"recognise/{unit.pk}/{year}/{seq}/{source}/{function}"),
                    function,
                    "按国库集中支付确认财政拨款收入",
                )
            )
    audit.record(actor, "finance.appropriations_recognised", "budget_unit", unit.code, year=year, count=len(made))
    return made


@transaction.atomic
def record_opening(
    *, actor: Actor, unit_code: str, year: int, source: Source, amount: Decimal, on: date, text: str = ""
) -> BalanceEntry:
    """Enter what a source brought into the first year of the books; later years open with what the year before left."""
    actor.must(CLOSE)
    unit, year = budget.unit(actor, unit_code), ledger.checked_year(year)
    if budget.is_closed(unit, year - 1):
        raise Refusal("opening_is_known", f"{year - 1} 年已年结，年初结余由上年账自动结转，不须填写。", status=409)
    ledger.check_day(on, year)
    return _balance(actor, unit, year, source, "opening", ledger.checked_amount(amount, signed=True), on, text)


def _balance(
    actor: Actor, unit: BudgetUnit, year: int, source: Source, kind: str, amount: Decimal, on: date, text: str
) -> BalanceEntry:
    made = BalanceEntry.objects.create(
        unit=unit,
        year=year,
        on=on,
        source=str(source),
        kind=kind,
        amount=amount,
        text=text.strip()[:200],
        at=clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
    )
    audit.record(actor, "finance.balance_entered", "budget_unit", unit.code, year=year, amount=str(amount))
    return made


# ---- months and years ----------------------------------------------------------------------------------------------


@transaction.atomic
def open_year(*, actor: Actor, unit_code: str, year: int) -> list[Period]:
    """Open the books of a year (before its budget is issued, for instance to receive money). Idempotent."""
    actor.must(CLOSE)
    unit, year = budget.unit(actor, unit_code), ledger.checked_year(year)
    ledger.open_periods(unit, year)
    audit.record(actor, "finance.year_opened", "budget_unit", unit.code, year=year)
    return budget.periods(actor, unit_code, year)


def _lock_year(unit: BudgetUnit, year: int) -> dict[int, Period]:
    """The year and its months, locked: postings wait, and a second closer waits."""
    found = Period.objects.select_for_update(of=("self",)).filter(unit=unit, year=year).order_by("month")
    periods = {p.month: p for p in found}
    if not periods:
        raise Refusal(
            "a_posting_needs_an_open_year", f"{unit.name} {year} 年的账尚未建立。请先开设年度账。", status=409
        )
    return periods


def _set(actor: Actor, period: Period, closed: bool, reason: str) -> None:
    period.is_closed, period.changed_at, period.changed_by, period.reason = closed, clock.now(), actor.id, reason
    period.save()


@transaction.atomic
def close_month(*, actor: Actor, unit_code: str, year: int, month: int) -> Period:
    """Close a month: after the ones before it, and when nothing submitted in it is waiting. Nothing is posted into it then."""
    actor.must(CLOSE)
    unit = budget.unit(actor, unit_code)
    periods = _lock_year(unit, ledger.checked_year(year))
    if month not in range(1, 13):
        raise Refusal("bad_month", f"没有第 {month} 个月。请填写 1 到 12。", field="month", value=str(month))
    if periods[month].is_closed:
        raise Refusal("closed", f"{year} 年 {month} 月已经结账。", status=409)
    if earlier := [m for m in range(1, month) if not periods[m].is_closed]:
        raise Refusal("close_in_order", f"{earlier[0]} 月尚未结账。请按月份顺序结账。", field="month", status=409)
    last = date(year, month, monthrange(year, month)[1])
    _nothing_waits(unit, year, last)
    _set(actor, periods[month], True, "")
    audit.record(actor, "finance.month_closed", "budget_unit", unit.code, year=year, month=month)
    return periods[month]


def _nothing_waits(unit: BudgetUnit, year: int, last: date) -> None:
    waiting = Payment.objects.filter(unit=unit, year=year, state="submitted", on__lte=last).order_by("pk")
    if numbers := list(waiting.values_list("number", flat=True)[:3]):
        raise Refusal("payments_wait", f"还有支付待审核：{'、'.join(numbers)}。请先审核或退回，再结账。", status=409)


@transaction.atomic
def reopen_month(*, actor: Actor, unit_code: str, year: int, month: int, reason: str) -> Period:
    """Open the last closed month again, with a reason. A closed year stays closed."""
    actor.must(REOPEN)
    unit = budget.unit(actor, unit_code)
    periods = _lock_year(unit, ledger.checked_year(year))
    if periods[0].is_closed:
        raise Refusal("year_is_closed", f"{year} 年已年结，不能重开。更正请在下年度办理。", status=409)
    closed = [m for m in range(1, 13) if periods[m].is_closed]
    if not closed or month != closed[-1]:
        which = f"{closed[-1]} 月" if closed else "无"
        raise Refusal("reopen_the_last", f"只能重开最后结账的月份，现为：{which}。", field="month", status=409)
    if not reason.strip():
        raise Refusal("missing_input", "重开账期须写明理由。", field="reason")
    _set(actor, periods[month], False, reason.strip())
    audit.record(
        actor, "finance.month_reopened", "budget_unit", unit.code, year=year, month=month, reason=reason.strip()
    )
    return periods[month]


@transaction.atomic
def close_year(
    *,
    actor: Actor,
    unit_code: str,
    year: int,
    distributions: Mapping[Source, Decimal] | None = None,
    text: str = "",
) -> list[terms.BalanceRow]:
    """Close the year: distribute surpluses (结余分配, by source), close what months are open, and the year itself.

    Refused while a payment, an adjustment or a contract is open, when a source spent more than it had, or when more is
    distributed than is left. Returns the balances that the next year opens with.
    """
    actor.must(CLOSE)
    unit = budget.unit(actor, unit_code)
    periods = _lock_year(unit, ledger.checked_year(year))
    if periods[0].is_closed:
        raise Refusal("closed", f"{year} 年已经年结。", status=409)
    last = date(year, 12, 31)
    _nothing_waits(unit, year, last)
    if asked := Adjustment.objects.filter(unit=unit, year=year, state="asked").order_by("pk").first():
        raise Refusal("adjustments_wait", f"预算调整 {asked.number} 待审批。请先审批，再年结。", status=409)
    if active := Contract.objects.filter(unit=unit, year=year, state="active").order_by("pk").first():
        raise Refusal("contracts_run", f"合同 {active.number} 仍在履行中。请支付完毕并结束合同，再年结。", status=409)
    for source, amount in (distributions or {}).items():
        if amount:
            wanted = ledger.checked_amount(amount)
            if periods[12].is_closed:
                _set(actor, periods[12], False, "年结分配")
            _balance(actor, unit, year, Source(source), "distributed", wanted, last, text or "结余分配")
    rows = queries.balances(actor, unit_code, year)
    if short := next((r for r in rows if r.closing < 0), None):
        name = terms.SOURCE_NAMES[short.source]
        raise Refusal(
            "spent_more_than_received",
            f"{name}的收入加年初结余少于支出和分配，相差 {budget_rules.yuan(-short.closing)}。"
            "请先确认财政拨款收入，或核对收入和分配数。",
            status=409,
        )
    for period in periods.values():
        if not period.is_closed:
            _set(actor, period, True, "")
    audit.record(actor, "finance.year_closed", "budget_unit", unit.code, year=year)
    return rows
