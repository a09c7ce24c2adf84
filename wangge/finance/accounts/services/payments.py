"""Spending: a payment is drafted, submitted (its money is then bound), approved by another person, or reversed in red.

Locks, always in this order: the payment, its contract, its line. Whoever comes second sees what the first left.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q, Sum

from wangge.casework import queries as casework
from wangge.finance.accounts import queries, rules
from wangge.finance.accounts.models import Contract, Instalment, Payment, RegisterEntry
from wangge.finance.budget import queries as budget
from wangge.finance.budget.models import Appropriation, BudgetUnit, Project
from wangge.finance.budget.services import ledger
from wangge.finance.terms import LineKey
from wangge.identity import queries as identity
from wangge.kernel import audit, clock, files, numbering, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

PAY, APPROVE = "finance.pay", "finance.pay_approve"


@transaction.atomic
def draft_payment(
    *,
    actor: Actor,
    unit_code: str,
    year: int,
    line: LineKey,
    amount: Decimal,
    payee: str,
    purpose: str,
    on: date,
    key: UUID,
    papers: Sequence[str] = (),
    case_number: str = "",
) -> Payment:
    """Write a payment down without binding money. `key` is the caller's id of this act: sent again, it is done once.

    `papers` are SHA-256 of stored files; `case_number` is the event that an event fund's money is for.
    What speaks against it is in `queries.signals`.
    """
    actor.must(PAY)
    unit, year = budget.unit(actor, unit_code), ledger.checked_year(year)
    wanted = ledger.checked_amount(amount)
    if earlier := _sent_before(key, actor, wanted):
        return earlier
    found = ledger.find(unit, year, line)
    made = _new(actor, unit, found, wanted, payee, purpose, on, key, papers, case_number=case_number.strip())
    made.save()
    audit.record(actor, "finance.payment_drafted", "payment", made.number, amount=str(wanted))
    return made


@transaction.atomic
def pay(
    *,
    actor: Actor,
    unit_code: str,
    year: int,
    line: LineKey,
    amount: Decimal,
    payee: str,
    purpose: str,
    on: date,
    key: UUID,
    papers: Sequence[str] = (),
    case_number: str = "",
) -> Payment:
    """Draft and submit in one: the money is bound when this returns, or nothing happened. Somebody else approves."""
    actor.must(PAY)
    unit, year = budget.unit(actor, unit_code), ledger.checked_year(year)
    wanted = ledger.checked_amount(amount)
    found = ledger.find(unit, year, line)
    made = _new(actor, unit, found, wanted, payee, purpose, on, key, papers, case_number=case_number.strip())
    locked = ledger.lock([found.pk])[found.pk]
    if earlier := _sent_before(key, actor, wanted):  # under the lock: of two sendings the second sees the first
        return earlier
    return _submit(actor, made, None, locked)


@transaction.atomic
def pay_instalment(*, actor: Actor, number: str, seq: int, on: date, key: UUID, papers: Sequence[str] = ()) -> Payment:
    """Submit the payment of a contract's settled month: what is due less what the inspections took off."""
    actor.must(PAY)
    contract = lock_contract(actor, number)
    if earlier := _sent_before(key, actor, None):
        return earlier
    due = Instalment.objects.select_for_update().filter(contract=contract, seq=seq).first()
    if due is None:
        raise NotHere("合同分期")
    if due.settled_at is None:
        raise Refusal("not_settled", f"第 {seq} 期尚未核定扣款，不能支付。请先核定。", status=409)
    amount = due.due - due.deduction
    if not amount:
        raise Refusal("nothing_due", f"第 {seq} 期扣款后应付为零，无须支付。", status=409)
    if due.payments.filter(state__in=["submitted", "paid"], reverses__isnull=True).exists():
        raise Refusal("an_instalment_is_paid_once", f"第 {seq} 期已在支付或已经支付，不能重复支付。", status=409)
    line = ledger.lock([contract.line_id])[contract.line_id]
    made = _new(
        actor,
        contract.unit,
        line,
        amount,
        contract.supplier,
        f"{contract.name} {due.month:%Y年%m月}",
        on,
        key,
        papers or contract.files,
        contract=contract,
        instalment=due,
    )
    return _submit(actor, made, contract, line)


@transaction.atomic
def submit_payment(*, actor: Actor, number: str, on: date | None = None, papers: Sequence[str] = ()) -> Payment:
    """Submit a draft or a returned payment: its money is bound on the line, or it is refused. `on` moves it to another day
    (its month may have been closed), `papers` are added to those it has."""
    actor.must(PAY)
    found = lock_payment(actor, number)
    _expect(found, "draft", "returned")
    found.on, found.files = on or found.on, checked_papers([*found.files, *papers])
    contract = lock_contract(actor, found.contract.number) if found.contract else None
    return _submit(actor, found, contract, ledger.lock([found.line_id])[found.line_id])


@transaction.atomic
def approve_payment(
    *, actor: Actor, number: str, voucher: str, on: date | None = None, papers: Sequence[str] = ()
) -> Payment:
    """Pay what somebody else submitted, with the voucher's number. `on` is the day it enters the books."""
    actor.must(APPROVE)
    found = lock_payment(actor, number)
    _expect(found, "submitted")
    if found.asked_by == actor.id and not actor.is_system:
        raise Refusal("separation_of_duties", "支付申请由您提出，须由其他人员审核。请转交有审核权的同事。", status=409)
    if not voucher.strip():
        raise Refusal("missing_input", "请填写凭证号。", field="voucher")
    contract = lock_contract(actor, found.contract.number) if found.contract else None
    line = ledger.lock([found.line_id])[found.line_id]
    found.on, found.voucher, found.state = on or found.on, voucher.strip()[:40], "paid"
    found.files = checked_papers([*found.files, *papers])
    found.decided_by, found.decided_name, found.decided_at = actor.id, actor.name, clock.now()
    found.save()
    kind = "reverse" if found.reverses_id else "pay"
    about = {"document": found.voucher, "text": found.purpose[:200], "payment_id": found.pk}
    if found.reverses_id is None:
        ledger.post(actor, line, "committed", kind, -found.amount, found.on, **about)
    ledger.post(actor, line, "paid", kind, found.amount, found.on, **about)
    if found.reverses_id is not None and contract is not None and contract.state == "active":
        # The obligation stands again: what was taken back must still be paid.
        ledger.post(actor, line, "committed", kind, -found.amount, found.on, **about)
    if contract is not None:
        if found.reverses_id is None:
            contract.pending -= found.amount
        contract.paid += found.amount
        contract.save(update_fields=["pending", "paid"])
        if contract.procurement:
            _procured(actor, found, contract)
    if found.reverses is not None:
        _close_reversed(found.reverses)
    audit.record(actor, "finance.payment_approved", "payment", number, amount=str(found.amount), voucher=found.voucher)
    return found


def _procured(actor: Actor, found: Payment, contract: Contract) -> None:
    """Procurement paid by contract enters its register by itself; a red payment as a negative line."""
    RegisterEntry.objects.create(
        unit_id=found.unit_id,
        year=found.year,
        on=found.on,
        kind="procurement",
        item=contract.procurement,
        quantity=1 if found.amount > 0 else 0,
        amount=found.amount,
        tag=contract.supplier_size,
        words=found.purpose,
        payment=found,
        at=clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
    )


def _close_reversed(original: Payment) -> None:
    if original.amount + _red(original, "paid") == 0:
        Payment.objects.filter(pk=original.pk).update(state="reversed")


def _red(original: Payment, *states: str) -> Decimal:
    """What was taken back of a payment so far, as a negative sum."""
    found = Payment.objects.filter(reverses=original, state__in=states).aggregate(total=Sum("amount"))
    return found["total"] or Decimal(0)


@transaction.atomic
def return_payment(*, actor: Actor, number: str, note: str) -> Payment:
    """Send a submitted payment back to who asked, with the reason: its money is free again."""
    actor.must(APPROVE)
    if not note.strip():
        raise Refusal("missing_input", "请写明退回理由。", field="note")
    return _undo(actor, number, "returned", note.strip())


@transaction.atomic
def cancel_payment(*, actor: Actor, number: str, note: str = "") -> Payment:
    """Withdraw a payment that is not paid: a draft, a returned or a submitted one."""
    actor.must(PAY)
    return _undo(actor, number, "cancelled", note.strip())


def _undo(actor: Actor, number: str, state: str, note: str) -> Payment:
    found = lock_payment(actor, number)
    _expect(found, "submitted") if state == "returned" else _expect(found, "draft", "returned", "submitted")
    if found.state == "submitted" and found.reverses_id is None:
        contract = lock_contract(actor, found.contract.number) if found.contract else None
        line = ledger.lock([found.line_id])[found.line_id]
        if contract is not None:
            contract.pending -= found.amount
            contract.save(update_fields=["pending"])
        else:
            ledger.post(actor, line, "committed", "release", -found.amount, found.on, payment_id=found.pk)
    if found.reverses_id is not None and state == "returned":
        state = "cancelled"  # a red payment is asked anew, not mended
    found.state, found.note = state, note
    found.save(update_fields=["state", "note"])
    audit.record(actor, f"finance.payment_{state}", "payment", number, reason=note)
    return found


@transaction.atomic
def reverse_payment(
    *, actor: Actor, number: str, reason: str, on: date, key: UUID, amount: Decimal | None = None
) -> Payment:
    """Ask to take back a paid payment, whole or in part, by a red one that somebody else approves. Nothing is deleted."""
    actor.must(PAY)
    found = lock_payment(actor, number)
    if earlier := _sent_before(key, actor, None):
        return earlier
    _expect(found, "paid")
    if found.reverses_id is not None:
        raise Refusal("already_red", "红字支付不能再冲销。请重新办理支付。", status=409)
    if not reason.strip():
        raise Refusal("missing_input", "请写明冲销理由。", field="reason")
    gone = -_red(found, "submitted", "paid")
    wanted = ledger.checked_amount(amount if amount is not None else (found.amount - gone) or found.amount)
    if refusal := rules.may_reverse(found.amount, gone, wanted):
        raise refusal
    if found.instalment_id is not None and wanted != found.amount:
        raise Refusal("whole_instalment", "合同分期款须全额冲销。请不填金额。", field="amount")
    made = _new(
        actor,
        found.unit,
        found.line,
        -wanted,
        found.payee,
        f"冲销 {found.number}：{reason.strip()}"[:200],
        on,
        key,
        found.files,
        contract=found.contract,
        instalment=found.instalment,
        reverses=found,
        case_number=found.case_number,
        state="submitted",
    )
    made.save()
    audit.record(actor, "finance.payment_reversal_asked", "payment", number, reason=reason.strip())
    return made


# ---- parts ---------------------------------------------------------------------------------------------------------


def lock_payment(actor: Actor, number: str) -> Payment:
    found = (
        Payment.objects.select_for_update(of=("self",))
        .select_related("unit", "line__project", "contract", "instalment", "reverses")
        .filter(unit__in=budget.in_scope(actor), number=number)
        .first()
    )
    if found is None:
        raise NotHere("支付")
    return found


def lock_contract(actor: Actor, number: str) -> Contract:
    found = (
        Contract.objects.select_for_update(of=("self",))
        .select_related("unit", "line__project")
        .filter(unit__in=budget.in_scope(actor), number=number)
        .first()
    )
    if found is None:
        raise NotHere("合同")
    return found


def is_finished(actor: Actor, unit: BudgetUnit, number: str) -> bool:
    """Is the event of this number finished? `NotHere` unless it lies in the unit's place (a department's: its district)."""
    with scope.system():
        case = casework.get(actor, number)
        area = identity.area_of(unit.department_id)
    lo, hi = area or (unit.place_code, unit.place_code + 10**9 - 1)
    if not lo <= case.place_code <= hi:
        raise NotHere("件")
    return case.finished_at is not None


def _expect(found: Payment, *states: str) -> None:
    if found.state not in states:
        wanted = "、".join(rules.PAYMENT_STATES[s] for s in states)
        raise Refusal(
            "stale",
            f"支付 {found.number} 现为“{rules.PAYMENT_STATES[found.state]}”，只有{wanted}的支付可以这样办理。请刷新后再看。",
            status=409,
        )


def _sent_before(key: UUID, actor: Actor, amount: Decimal | None) -> Payment | None:
    """The payment this key made, when the same person sends the same again. A key used where the actor sees nothing is
    refused by its constraint."""
    earlier = next(iter(Payment.objects.filter(key=key)), None)
    if earlier is None:
        return None
    if earlier.asked_by != actor.id or (amount is not None and earlier.amount != amount):
        raise Refusal("key_reused", "这次提交的编号已用于另一笔支付，没有重复支付。请刷新后重新填写。", status=409)
    return earlier


def checked_papers(given: Sequence[str]) -> list[str]:
    """Each hash once; refused when a file was never stored."""
    wanted = list(dict.fromkeys(h.lower() for h in given))
    if wanted and (missing := files.missing(wanted)):
        raise Refusal("file_missing", "附件尚未上传成功。请重新上传后再提交。", field="files", value=missing[0])
    return wanted


def _new(
    actor: Actor,
    unit: BudgetUnit,
    line: Appropriation,
    amount: Decimal,
    payee: str,
    purpose: str,
    on: date,
    key: UUID,
    papers: Sequence[str],
    *,
    contract: Contract | None = None,
    instalment: Instalment | None = None,
    reverses: Payment | None = None,
    case_number: str = "",
    state: str = "draft",
) -> Payment:
    """A payment with its number, not saved yet."""
    ledger.check_day(on, line.year)
    number = f"ZF{line.year}-{unit.code}-{numbering.next_number(f'zf_{unit.pk}_{line.year}'):05d}"
    return Payment(
        unit=unit,
        year=line.year,
        number=number[:40],
        line=line,
        contract=contract,
        instalment=instalment,
        reverses=reverses,
        state=state,
        amount=amount,
        payee=ledger.checked_text(payee, "收款人", "payee", 80),
        purpose=ledger.checked_text(purpose, "用途", "purpose", 200),
        on=on,
        files=checked_papers(papers),
        case_number=case_number,
        key=key,
        asked_by=actor.id,
        asked_name=actor.name,
        asked_at=clock.now(),
    )


def _submit(actor: Actor, made: Payment, contract: Contract | None, line: Appropriation) -> Payment:
    """Bind the money of a payment whose contract and line are locked."""
    made.line = line
    if not actor.is_system and (stop := rules.stops(queries.signals(actor, made))):
        raise Refusal(stop.code, stop.sentence, field="files" if stop.level == "attach" else "amount", status=409)
    _demand_event(actor, made)
    made.state = "submitted"
    made.save()
    if contract is not None:
        contract.pending += made.amount
        contract.save(update_fields=["pending"])
    else:
        ledger.demand(line, made.amount)
        ledger.post(
            actor, line, "committed", "commit", made.amount, made.on, text=made.purpose[:200], payment_id=made.pk
        )
    audit.record(actor, "finance.payment_submitted", "payment", made.number, amount=str(made.amount))
    return made


def _demand_event(actor: Actor, made: Payment) -> None:
    """S27: money of an event fund goes to one finished event of the unit's own place, within the fund's limit."""
    project = made.line.project
    limit = project.event_limit if project else None
    if project is None or limit is None:
        if made.case_number:
            raise Refusal(
                "not_an_event_fund", "这个项目不是事件经费，不能关联事件。请改选事件经费项目。", field="case_number"
            )
        return
    if not made.case_number:
        raise Refusal("no_case", "事件经费须写明网格事件编号。请补填。", field="case_number")
    if not is_finished(actor, made.unit, made.case_number):
        raise Refusal(
            "case_not_finished",
            f"事件 {made.case_number} 尚未办结，不能支付。请办结后再申请。",
            field="case_number",
            status=409,
        )
    Project.objects.select_for_update(of=("self",), no_key=True).get(
        pk=project.pk
    )  # its lines share one limit an event
    spent = Payment.objects.filter(line__project=project, case_number=made.case_number).filter(
        Q(state__in=queries.SPENT) | Q(state="submitted", amount__gt=0)
    )
    total = spent.exclude(pk=made.pk).aggregate(total=Sum("amount"))["total"] or Decimal(0)
    if refusal := rules.event_money(total, made.amount, limit, len(made.files)):
        raise refusal
