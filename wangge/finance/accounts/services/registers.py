"""Registers and the sentences that explain figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from wangge.finance.accounts import queries, rules
from wangge.finance.accounts.models import Explanation, RegisterEntry
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules as budget_rules
from wangge.finance.budget import services as budget_services
from wangge.finance.budget.models import Preparation
from wangge.finance.budget.services import ledger
from wangge.finance.terms import LineAmount, LineKey, Source
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

REGISTERS = "finance.registers"


@dataclass(frozen=True, slots=True)
class Record:
    """One line for a register, as it is entered. See `rules.REGISTERS` for `kind`, `item` and `tag`."""

    kind: str
    item: str
    on: date
    quantity: Decimal = Decimal(0)
    amount: Decimal | None = None
    words: str = ""
    tag: str = ""
    payment: str = ""


@transaction.atomic
def record_register(*, actor: Actor, unit_code: str, year: int, records: Iterable[Record]) -> list[RegisterEntry]:
    """Enter lines that belong together (a reception's groups and people, a year's assets): all or none."""
    actor.must(REGISTERS)
    unit, year = budget.unit(actor, unit_code), ledger.checked_year(year)
    made = []
    for n, one in enumerate(records, 1):
        if refusal := rules.check_register(one.kind, one.item, one.tag):
            refusal.sentence = f"第 {n} 行：{refusal.sentence}"
            raise refusal
        try:
            quantity = ledger.checked_number(one.quantity, "quantity")
            amount = None if one.amount is None else ledger.checked_number(one.amount, "amount")
        except Refusal as refusal:
            refusal.sentence = f"第 {n} 行：{refusal.sentence}"
            raise
        if not quantity and amount is None:
            raise Refusal("empty_record", f"第 {n} 行：数量和金额不能都不填。", field="quantity")
        paid = queries.payment(actor, one.payment) if one.payment else None
        if paid is not None and paid.unit_id != unit.pk:
            raise NotHere("支付")
        made.append(
            RegisterEntry(
                unit=unit,
                year=year,
                on=one.on,
                kind=one.kind,
                item=one.item,
                quantity=quantity,
                amount=amount,
                tag=one.tag,
                words=one.words.strip()[:300],
                payment=paid,
                at=clock.now(),
                actor_id=actor.id,
                actor_name=actor.name,
            )
        )
    RegisterEntry.objects.bulk_create(made)
    audit.record(actor, "finance.registered", "budget_unit", unit.code, year=year, count=len(made))
    return made


@transaction.atomic
def void_register(*, actor: Actor, entry_id: int, reason: str) -> RegisterEntry:
    """Void a wrong line by another that names it; both stay."""
    actor.must(REGISTERS)
    found = RegisterEntry.objects.filter(unit__in=budget.in_scope(actor), pk=entry_id, voids__isnull=True).first()
    if found is None:
        raise NotHere("台账")
    if not reason.strip():
        raise Refusal("missing_input", "请写明作废原因。", field="reason")
    if RegisterEntry.objects.filter(voids=found).exists():
        raise Refusal("stale", "这条台账已经作废过。请刷新后查看。", status=409)
    made = RegisterEntry.objects.create(
        unit_id=found.unit_id,
        year=found.year,
        on=found.on,
        kind=found.kind,
        item=found.item,
        tag=found.tag,
        words=reason.strip()[:300],
        voids=found,
        at=clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
    )
    audit.record(actor, "finance.register_voided", "budget_unit", found.pk, reason=reason.strip())
    return made


@transaction.atomic
def explain(
    *, actor: Actor, unit_code: str, year: int, texts: dict[str, str], seen: dict[str, str] | None = None
) -> None:
    """Set the sentences that explain figures, by key; an empty one is removed.

    `seen`: what the actor had before their eyes, by key; refused where somebody has changed it since.
    """
    actor.must(REGISTERS)
    unit, year = budget.unit(actor, unit_code), ledger.checked_year(year)
    if seen:
        kept = dict(
            Explanation.objects.select_for_update()
            .filter(unit=unit, year=year, key__in=seen)
            .values_list("key", "text")
        )
        stale = [k for k, text in seen.items() if " ".join(kept.get(k, "").split()) != " ".join(text.split())]
        if stale:
            raise Refusal("stale", f"“{stale[0]}”的说明刚由他人修改，没有保存。请刷新后再改。", field="key", status=409)
    for key, text in texts.items():
        if not key or len(key) > 80 or not key.isprintable():
            raise Refusal("bad_key", f"说明的名称“{key[:40]}”不对。", field="key", value=key[:80])
        if text.strip():
            Explanation.objects.update_or_create(unit=unit, year=year, key=key, defaults={"text": text.strip()})
        else:
            Explanation.objects.filter(unit=unit, year=year, key=key).delete()
    audit.record(actor, "finance.explained", "budget_unit", unit.code, year=year, count=len(texts))


@transaction.atomic
def fill_baseline(*, actor: Actor, preparation_id: int, function: str) -> Preparation:
    """Put the baseline of 基本支出 into a draft: the staff register × the standards of the district, each line explained."""
    actor.must(budget_rules.PREPARE)
    version = budget.preparation(actor, preparation_id)
    unit = version.unit
    staff = queries.staff(actor, unit.code, version.year)
    rates = budget.standards(unit.place_code, version.year, unit.nature)
    if not rates or not (staff["posts"] or staff["persons"]):
        what = "定额标准" if not rates else "编制人员台账"
        raise Refusal("nothing_to_reckon", f"{version.year} 年没有{what}，无法测算。请先登记{what}。", status=409)
    lines = [
        LineAmount(LineKey(function, found.economic, Source.GENERAL), found.amount, found.words)
        for found in budget_rules.baseline(staff["posts"], staff["persons"], rates)
    ]
    filled = budget_services.set_lines(actor=actor, preparation_id=preparation_id, lines=lines, is_baseline=True)
    audit.record(actor, "finance.baseline_filled", "preparation", version.pk, count=len(lines))
    return filled
