"""Reads of the execution: what was received and spent, what is left, what the registers hold, how figures are explained."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from wangge.finance.accounts import rules
from wangge.finance.accounts.models import (
    BalanceEntry,
    Contract,
    Explanation,
    Income,
    Inspection,
    Instalment,
    Payment,
    RegisterEntry,
)
from wangge.finance.budget import gate
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules as budget_rules
from wangge.finance.budget.models import Appropriation, BudgetUnit, Entry, Project
from wangge.finance.terms import BalanceRow, IncomeRow, LineRow, RegisterRow, Source, Stage
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere

# A payment that was reversed still stands in the books; its red counterpart takes it back.
SPENT = ("paid", "reversed")
ZERO = Decimal(0)


def payment_list(actor: Actor, unit_code: str, year: int) -> QuerySet[Payment]:
    """Every payment of the unit in the year, in whatever state, the newest first."""
    found = Payment.objects.filter(unit=budget.unit(actor, unit_code), year=year)
    return found.select_related("line__project", "contract", "reverses").order_by("-pk")


def payment(actor: Actor, number: str) -> Payment:
    """The payment with this number, or `NotHere`. Right `finance.view`."""
    actor.must(budget.VIEW)
    found = (
        Payment.objects.filter(unit__in=budget.in_scope(actor), number=number)
        .select_related("unit", "line__project", "contract", "instalment", "reverses")
        .first()
    )
    if found is None:
        raise NotHere("支付")
    return found


def spent_on_case(actor: Actor, case_number: str) -> list[Payment]:
    """What was paid for an event, oldest first; empty when the actor may not see the books or nothing was paid."""
    if not actor.may(budget.VIEW) or not case_number:
        return []
    found = Payment.objects.filter(unit__in=budget.in_scope(actor), case_number=case_number, state__in=SPENT)
    return list(found.select_related("unit").order_by("pk"))


def signals(actor: Actor, payment: Payment) -> list[rules.Signal]:
    """What the check of a payment says now: shown at the draft, decisive at its submission."""
    bound = payment.contract_id is not None
    return signals_of(actor, payment.line, payment.amount, bound=bound, has_papers=bool(payment.files))


def signals_of(
    actor: Actor, line: Appropriation, amount: Decimal, *, bound: bool = False, has_papers: bool = False
) -> list[rules.Signal]:
    """What the check of an amount on a line says now; `bound` money was already taken out of what is available."""
    balance, total = budget.balance_of(line), line.approved + line.adjusted
    return rules.signals(
        economic=line.economic,
        amount=amount,
        shortfall=None if bound else budget_rules.enough(balance, amount),
        used_after=total - balance.available + (ZERO if bound else amount),
        total=total,
        has_papers=has_papers,
        not_ready=gate.not_ready(actor, line.project, line.year),
    )


def event_costs(actor: Actor, unit_code: str, year: int, project: Project) -> list[tuple[str, Decimal, Decimal, int]]:
    """(case number, spent or being paid, left of the fund's limit, payments) of every event of an event fund (S27)."""
    found = payment_list(actor, unit_code, year).filter(line__project=project).exclude(case_number="").order_by()
    rows = (
        found.filter(state__in=(*SPENT, "submitted")).values("case_number").annotate(n=Sum("amount"), count=Count("pk"))
    )
    limit = project.event_limit or ZERO
    return [(r["case_number"], r["n"], limit - r["n"], r["count"]) for r in rows.order_by("case_number")]


def entry_rows(entries: QuerySet[Entry]) -> list[tuple[Entry, str, str]]:
    """(entry, what it came from, its address) of entries of the ledger, in their order."""
    found = list(entries.select_related("adjustment"))
    paid = Payment.objects.in_bulk({e.payment_id for e in found if e.payment_id})
    signed = Contract.objects.in_bulk({e.contract_id for e in found if e.contract_id})
    rows = []
    for entry in found:
        what, address = entry.document, ""
        if payment := paid.get(entry.payment_id or 0):
            what, address = payment.number, f"/finance/payments/{payment.number}"
        elif contract := signed.get(entry.contract_id or 0):
            what, address = contract.number, f"/finance/contracts/{contract.pk}"
        elif entry.adjustment:
            what, address = entry.adjustment.number, f"/finance/adjustments/{entry.adjustment.number}"
        rows.append((entry, what, address))
    return rows


def waiting(actor: Actor, unit_code: str, year: int, today: date) -> list[tuple[str, str, str]]:
    """(tone, sentence, part of the books) of what somebody has to do for the unit's books of the year."""
    unit, found = budget.unit(actor, unit_code), []
    periods = {p.month: p.is_closed for p in budget.periods(actor, unit_code, year)}
    if not periods:
        found.append(("warning", f"{year} 年的账尚未建立：批复预算，或在账期中开设年度账。", "periods"))
    past = 12 if year < today.year else today.month - 1 if year == today.year else 0
    if late := [m for m in range(1, past + 1) if periods.get(m) is False]:
        which = f"{late[0]} 月" if len(late) == 1 else f"{late[0]} 月至 {late[-1]} 月"
        found.append(("warning", f"{which}尚未结账。", "periods"))
    if periods.get(0) is False and not late and past == 12:
        found.append(("warning", f"{year} 年各月已结账，尚未年结。", "periods"))
    states = dict(Payment.objects.filter(unit=unit, year=year).values_list("state").annotate(n=Count("pk")))
    for state, words in (("submitted", "待审核"), ("returned", "已退回，须修改或作废"), ("draft", "是草稿，尚未提交")):
        if states.get(state):
            found.append(("", f"{states[state]} 笔支付{words}。", f"payments?state={state}"))
    if asked := sum(a.state == "asked" for a in budget.adjustments(actor, unit_code, year)):
        found.append(("", f"{asked} 项预算调整待审批。", "adjustments?state=asked"))
    version = next(iter(budget.preparations(actor, unit_code, year)), None)
    if version is not None and version.state != "issued":
        found.append(("", f"预算编制第 {version.version} 版{version.get_state_display()}。", "preparation"))
    lines = budget.appropriations(actor, unit_code, year)
    if low := [x for x in lines if x.approved + x.adjusted > 0 and x.available * 10 <= x.approved + x.adjusted]:
        spent = sum(x.available == 0 for x in low)
        found.append(("", f"{len(low)} 项指标已使用九成以上，其中 {spent} 项已用完。", "lines?sort=free"))
    unready = [p.name for p in budget.projects(actor, unit_code, year) if gate.not_ready(actor, p, year)]
    if unready and not periods.get(0):
        words = f"{len(unready)} 个项目没有经批复的绩效目标，不能申报和支付：{'、'.join(unready[:3])}"
        found.append(("warning", words + ("等。" if len(unready) > 3 else "。"), "/finance/performance/"))
    running = Contract.objects.filter(unit=unit, year=year, state="active").values("pk")
    due = Instalment.objects.filter(contract__in=running, settled_at__isnull=True, month__lt=today.replace(day=1))
    if late_months := due.count():
        found.append(("", f"{late_months} 期合同款尚未核定扣款。", "contracts"))
    return found


def payments(actor: Actor, unit_code: str, year: int) -> list[LineRow]:
    """What was spent, by line of the budget, red payments taken off; `ids` are the payments."""
    unit = budget.unit(actor, unit_code)
    found = Payment.objects.filter(unit=unit, year=year, state__in=SPENT).select_related("line__project").order_by("pk")
    by_line: dict[int, list[Payment]] = defaultdict(list)
    for one in found:
        by_line[one.line_id].append(one)
    rows = sorted(
        by_line.values(),
        key=lambda group: (
            group[0].line.function,
            group[0].line.economic,
            group[0].line.project.code if group[0].line.project else "",
            group[0].line.source,
            group[0].line_id,
        ),
    )
    return budget.line_rows(
        unit.place_code,
        year,
        ((g[0].line, sum((p.amount for p in g), ZERO), tuple(p.pk for p in g)) for g in rows),
    )


def income_list(actor: Actor, unit_code: str, year: int) -> QuerySet[Income]:
    """Every entry of income of the year, the newest first."""
    return Income.objects.filter(unit=budget.unit(actor, unit_code), year=year).order_by("-pk")


def incomes(actor: Actor, unit_code: str, year: int) -> list[IncomeRow]:
    """What was received, by source and function, in the order of `Source` and of the codes."""
    groups: dict[tuple[Source, str], list[Income]] = defaultdict(list)
    for one in income_list(actor, unit_code, year).order_by("pk"):
        groups[Source(one.source), one.function].append(one)
    order = list(Source)
    return [
        IncomeRow(source, function, total, tuple(i.pk for i in group))
        for (source, function), group in sorted(groups.items(), key=lambda g: (order.index(g[0][0]), g[0][1]))
        if (total := sum((i.amount for i in group), ZERO))
    ]


def balances(actor: Actor, unit_code: str, year: int) -> list[BalanceRow]:
    """Opening and closing 结转和结余 and 结余分配 of every source with a movement or a balance.

    Opening is what was recorded as such and what the closed year before left; closing = opening + income − spending −
    distribution. Spending of carried-over money counts to the source it came from.
    """
    unit = budget.unit(actor, unit_code)
    order = list(Source)
    found = _balances(unit, year)
    return [found[source] for source in sorted(found, key=order.index)]


def _balances(unit: BudgetUnit, year: int) -> dict[Source, BalanceRow]:
    opening: dict[Source, Decimal] = defaultdict(Decimal)
    moved: dict[Source, Decimal] = defaultdict(Decimal)
    distributed: dict[Source, Decimal] = defaultdict(Decimal)
    if budget.is_closed(unit, year - 1):
        for source, row in _balances(unit, year - 1).items():
            opening[source] += row.closing
    for entry in _sums(BalanceEntry.objects.filter(unit=unit, year=year), "source", "kind"):
        (opening if entry["kind"] == "opening" else distributed)[Source(entry["source"])] += entry["total"]
    for entry in _sums(Income.objects.filter(unit=unit, year=year), "source"):
        moved[Source(entry["source"])] += entry["total"]
    for entry in _sums(Payment.objects.filter(unit=unit, year=year, state__in=SPENT), "line__origin"):
        moved[Source(entry["line__origin"])] -= entry["total"]
    touched = {*moved, *(s for part in (opening, distributed) for s, amount in part.items() if amount)}
    return {
        source: BalanceRow(
            source, opening[source], distributed[source], opening[source] + moved[source] - distributed[source]
        )
        for source in touched
    }


def _sums(found: QuerySet[Any], *by: str) -> list[dict[str, Any]]:
    return list(found.order_by().values(*by).annotate(total=Sum("amount")))


# ---- registers -----------------------------------------------------------------------------------------------------

REGISTERS = rules.REGISTERS


def registers(actor: Actor, unit_code: str, year: int, kind: str = "") -> list[RegisterRow]:
    """The entries of the year's registers that stand (not voided), by kind, day and entry."""
    found = RegisterEntry.objects.filter(
        unit=budget.unit(actor, unit_code), year=year, voids__isnull=True, voided_by__isnull=True
    )
    if kind:
        found = found.filter(kind=kind)
    return [
        RegisterRow(
            kind=e.kind,
            item=e.item,
            on=e.on,
            quantity=e.quantity,
            unit=rules.REGISTERS[e.kind].items[e.item][1],
            amount=e.amount,
            words=e.words,
            id=e.pk,
            tag=e.tag,
        )
        for e in found.order_by("kind", "on", "pk")
    ]


def staff(actor: Actor, unit_code: str, year: int) -> dict[str, int]:
    """The newest count of each item of the staff register at or before the end of the year; 0 where there is none."""
    counts = dict.fromkeys(rules.REGISTERS["staff"].items, 0)
    found = RegisterEntry.objects.filter(
        unit=budget.unit(actor, unit_code),
        year__lte=year,
        kind="staff",
        voids__isnull=True,
        voided_by__isnull=True,
    )
    for entry in found.order_by("year", "on", "pk"):
        counts[entry.item] = int(entry.quantity)
    return counts


def prior(actor: Actor, unit_code: str, year: int) -> Mapping[str, Decimal]:
    """Last year's figures by item of the register "prior": from the books of last year, else as registered.

    Budget figures come from the lines approved for last year, figures of the accounts from last year's closed books.
    """
    unit = budget.unit(actor, unit_code)
    found = {r.item: r.amount or ZERO for r in registers(actor, unit_code, year, "prior")}
    approved = budget.lines(actor, unit_code, year - 1, Stage.INITIAL)
    if approved:
        found |= {f"budget_{k}": v for k, v in rules.figures(approved).items()}
    if budget.is_closed(unit, year - 1):
        spent = payments(actor, unit_code, year - 1)
        found |= {f"accounts_{k}": v for k, v in rules.figures(spent).items()}
        found["accounts_total"] = sum((i.amount for i in incomes(actor, unit_code, year - 1)), ZERO) + sum(
            (b.opening for b in balances(actor, unit_code, year - 1)), ZERO
        )
    return found


def figures(rows: Iterable[LineRow]) -> Mapping[str, Decimal]:
    """total, fiscal, operating, three_publics, abroad, reception, vehicle_purchase, vehicle_running, meeting, training of rows."""
    return rules.figures(rows)


def explanations(actor: Actor, unit_code: str, year: int) -> dict[str, str]:
    """The sentences that explain the year's figures, by key."""
    found = Explanation.objects.filter(unit=budget.unit(actor, unit_code), year=year).order_by("key")
    return dict(found.values_list("key", "text"))


# ---- contracts -----------------------------------------------------------------------------------------------------


def contracts(actor: Actor, unit_code: str, year: int) -> list[Contract]:
    """The unit's contracts of the year, by number."""
    found = Contract.objects.filter(unit=budget.unit(actor, unit_code), year=year)
    return list(found.select_related("line__project").order_by("number"))


def contract(actor: Actor, number: str) -> Contract:
    """The contract with this number, or `NotHere`. Right `finance.view`."""
    actor.must(budget.VIEW)
    found = (
        Contract.objects.filter(unit__in=budget.in_scope(actor), number=number)
        .select_related("unit", "line__project")
        .prefetch_related("areas")
        .first()
    )
    if found is None:
        raise NotHere("合同")
    return found


def contract_at(actor: Actor, contract_id: int) -> Contract:
    """The contract with this id, or `NotHere`: its number may hold signs that an address does not carry."""
    actor.must(budget.VIEW)
    found = Contract.objects.filter(unit__in=budget.in_scope(actor), pk=contract_id).first()
    return contract(actor, found.number if found else "")


def month_sums(unit: BudgetUnit, year: int, month: int) -> tuple[Decimal, Decimal]:
    """(income, spending) booked in a month."""
    came = Income.objects.filter(unit=unit, year=year, on__month=month).aggregate(n=Sum("amount", default=ZERO))["n"]
    went = Payment.objects.filter(unit=unit, year=year, on__month=month, state__in=SPENT)
    return came, went.aggregate(n=Sum("amount", default=ZERO))["n"]


def instalments(actor: Actor, number: str) -> list[Instalment]:
    """The contract's months, in order."""
    return list(contract(actor, number).instalments.order_by("seq"))


def inspections(actor: Actor, number: str) -> list[Inspection]:
    """The contract's inspections, the newest first."""
    return list(contract(actor, number).inspections.select_related("area").order_by("-on", "-pk"))


def reckoned(contract: Contract, instalment: Instalment) -> tuple[Decimal, str]:
    """What the month's inspections would take off the instalment now, and why."""
    found = Inspection.objects.filter(
        contract=contract, on__year=instalment.month.year, on__month=instalment.month.month
    )
    return rules.deduction(
        instalment.due,
        [(Decimal(lowest), Decimal(share)) for lowest, share in contract.bands],
        contract.per_defect,
        [rules.Finding(i.on, i.score, i.defects) for i in found.order_by("on", "pk")],
    )
