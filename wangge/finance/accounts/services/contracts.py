"""Contracts: signing binds the whole amount on its line, months fall due, inspections take money off, the end frees the rest."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from wangge.finance.accounts import queries, rules
from wangge.finance.accounts.models import Contract, ContractArea, Inspection, Instalment
from wangge.finance.accounts.services.payments import APPROVE, checked_papers, is_finished, lock_contract
from wangge.finance.budget import queries as budget
from wangge.finance.budget.services import ledger
from wangge.finance.terms import LineKey
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal


@transaction.atomic
def sign_contract(
    *,
    actor: Actor,
    unit_code: str,
    year: int,
    line: LineKey,
    number: str,
    name: str,
    supplier: str,
    supplier_size: str,
    amount: Decimal,
    starts_on: date,
    ends_on: date,
    on: date,
    procurement: str = "",
    areas: Iterable[tuple[str, Decimal]] = (),
    bands: Sequence[tuple[Decimal, Decimal]] = (),
    per_defect: Decimal = Decimal(0),
    papers: Sequence[str] = (),
) -> Contract:
    """Bind the contract's amount on its line and lay out its months. Signed by whoever approves payments.

    `areas` are (name, square metres); `bands` are (lowest score, percent taken off), best first; `per_defect` is yuan.
    """
    actor.must(APPROVE)
    unit, year = budget.unit(actor, unit_code), ledger.checked_year(year)
    total = ledger.checked_amount(amount)
    if supplier_size not in rules.SIZES or (procurement and procurement not in rules.PROCUREMENTS):
        raise Refusal("bad_choice", "请选择供应商规模和采购类别。", field="supplier_size", value=supplier_size)
    if ends_on < starts_on:
        raise Refusal(
            "a_contract_ends_after_it_starts", "合同的结束日期不能早于开始日期。请核对日期。", field="ends_on"
        )
    if not starts_on.year == ends_on.year == year:
        raise Refusal(
            "contract_year",
            f"合同须在 {year} 年度内起止；跨年合同请按年度分别登记。",
            field="ends_on",
            value=str(ends_on),
        )
    hundred = Decimal(100)
    steps = [(ledger.checked_number(a, "bands", hundred), ledger.checked_number(b, "bands", hundred)) for a, b in bands]
    if refusal := rules.check_bands(steps):
        raise refusal
    sizes = [
        (ledger.checked_text(n, "作业区域名称", "areas", 60), ledger.checked_number(size, "areas")) for n, size in areas
    ]
    if len({n for n, _ in sizes}) < len(sizes) or any(not size for _, size in sizes):
        raise Refusal("bad_areas", "作业区域不能重名，面积须大于零。请核对。", field="areas")
    number = ledger.checked_text(number, "合同编号", "number", 40)
    if Contract.objects.filter(number=number).exists():
        raise Refusal("contract_number_taken", "这个合同编号已被使用。请核对合同编号。", field="number", value=number)
    found = ledger.find(unit, year, line)
    locked = ledger.lock([found.pk])[found.pk]
    ledger.demand(locked, total)
    made = Contract.objects.create(
        unit=unit,
        year=year,
        number=number,
        name=ledger.checked_text(name, "合同名称", "name", 80),
        supplier=ledger.checked_text(supplier, "供应商", "supplier", 80),
        supplier_size=supplier_size,
        procurement=procurement,
        line=locked,
        amount=total,
        starts_on=starts_on,
        ends_on=ends_on,
        bands=[[str(lowest), str(share)] for lowest, share in steps],
        per_defect=ledger.checked_number(per_defect, "per_defect"),
        files=checked_papers(papers),
    )
    ContractArea.objects.bulk_create(
        [ContractArea(contract=made, name=name, square_metres=size) for name, size in sizes]
    )
    months = rules.months(starts_on, ends_on)
    shares = rules.instalments(total, len(months))
    Instalment.objects.bulk_create(
        [
            Instalment(contract=made, seq=i, month=month, due=due)
            for i, (month, due) in enumerate(zip(months, shares, strict=True), 1)
        ]
    )
    ledger.post(actor, locked, "committed", "commit", total, on, document=number, text=made.name, contract_id=made.pk)
    audit.record(actor, "finance.contract_signed", "contract", number, amount=str(total), unit=unit.code)
    return made


@transaction.atomic
def inspect(
    *,
    actor: Actor,
    number: str,
    on: date,
    text: str,
    score: Decimal | None = None,
    defects: int = 0,
    area: str = "",
    case_number: str = "",
    papers: Sequence[str] = (),
) -> Inspection:
    """Record an inspection: a score of the month, or defects in an area. Not in a month that is settled."""
    actor.must("finance.registers")
    contract = lock_contract(actor, number)
    month = contract.instalments.filter(month__year=on.year, month__month=on.month).first()
    if month is None or not contract.starts_on <= on <= contract.ends_on:
        raise Refusal("outside_contract", f"{on} 不在合同期内。请核对检查日期。", field="on", value=str(on))
    if month.settled_at is not None:
        raise Refusal("settled", f"{on:%Y年%m月}的扣款已核定，不能再登记检查。", field="on", status=409)
    score = None if score is None else ledger.checked_number(score, "score", Decimal(100))
    if (score is None) == (defects == 0) or not 0 <= defects <= 10_000:
        raise Refusal(
            "an_inspection_scores_or_counts", "检查须填写 0 到 100 的得分，或填写问题数，二者择一。", field="score"
        )
    where = contract.areas.filter(name=area).first() if area else None
    if area and where is None:
        raise Refusal("no_area", f"合同中没有作业区域“{area}”。请从合同的区域中选择。", field="area", value=area)
    if case_number.strip():
        is_finished(actor, contract.unit, case_number.strip())
    made = Inspection.objects.create(
        contract=contract,
        area=where,
        on=on,
        score=score,
        defects=defects,
        text=ledger.checked_text(text, "检查情况", "text", 500),
        files=checked_papers(papers),
        case_number=case_number.strip()[:30],
        at=clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
    )
    audit.record(
        actor, "finance.contract_inspected", "contract", number, on=on, defects=defects, score=str(score or "")
    )
    return made


@transaction.atomic
def settle_instalment(*, actor: Actor, number: str, seq: int, on: date) -> Instalment:
    """Fix what the month's inspections take off. The money taken off is free on the line again."""
    actor.must(APPROVE)
    contract = lock_contract(actor, number)
    due = Instalment.objects.select_for_update().filter(contract=contract, seq=seq).first()
    if due is None:
        raise NotHere("合同分期")
    if due.settled_at is not None:
        raise Refusal("settled", f"第 {seq} 期的扣款已核定：{due.basis}。", status=409)
    due.deduction, due.basis = queries.reckoned(contract, due)
    due.settled_at, due.settled_by = clock.now(), actor.id
    due.save()
    if due.deduction:
        _release(actor, contract, due.deduction, on, f"{contract.name} {due.month:%Y年%m月}扣款")
    audit.record(
        actor, "finance.instalment_settled", "contract", number, seq=seq, deduction=str(due.deduction), reason=due.basis
    )
    return due


@transaction.atomic
def end_contract(*, actor: Actor, number: str, on: date, reason: str) -> Contract:
    """End a contract; what is neither paid nor being paid is free on the line again."""
    actor.must(APPROVE)
    contract = lock_contract(actor, number)
    if contract.state == "ended":
        raise Refusal("ended", "这份合同已经结束。", status=409)
    if contract.pending:
        raise Refusal("pending", "这份合同还有待审核的支付。请先审核或退回。", status=409)
    if not reason.strip():
        raise Refusal("missing_input", "请写明结束原因。", field="reason")
    left = contract.amount - contract.paid - contract.released
    contract.state = "ended"
    contract.save(update_fields=["state"])
    if left:
        _release(actor, contract, left, on, f"{contract.name} 结束：{reason.strip()}")
    audit.record(actor, "finance.contract_ended", "contract", number, released=str(left), reason=reason.strip())
    return contract


def _release(actor: Actor, contract: Contract, amount: Decimal, on: date, text: str) -> None:
    contract.released += amount
    contract.save(update_fields=["released"])
    line = ledger.lock([contract.line_id])[contract.line_id]
    ledger.post(
        actor,
        line,
        "committed",
        "release",
        -amount,
        on,
        document=contract.number,
        text=text[:200],
        contract_id=contract.pk,
    )
