"""Changing a budget in force: 追加, 调剂, 收回, 冻结, 解冻, and what is carried over into a new year."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from wangge.finance.budget import queries, rules
from wangge.finance.budget.models import Adjustment, AdjustmentItem, Appropriation, Entry
from wangge.finance.budget.services import ledger
from wangge.finance.terms import LineAmount, LineKey, Source
from wangge.kernel import audit, clock, numbering
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

ADJUST = "finance.adjust"


@transaction.atomic
def adjust(
    *,
    actor: Actor,
    unit_code: str,
    year: int,
    kind: str,
    items: Iterable[LineAmount],
    reason: str,
    on: date,
    document: str = "",
) -> Adjustment:
    """Ask for an adjustment. Positive amounts, but for a transfer's, which add up to nothing. Somebody else decides it."""
    actor.must(ADJUST)
    unit, year = queries.unit(actor, unit_code), ledger.checked_year(year)
    given = ledger.checked_items(items, signed=True)
    if refusal := rules.check_adjustment(kind, [i.amount for i in given]):
        raise refusal
    if not reason.strip():
        raise Refusal("no_reason", "请填写调整原因。", field="reason")
    ledger.check_day(on, year)
    rows = []
    for n, (item, fields) in enumerate(zip(given, ledger.keyed(unit, year, given), strict=True), 1):
        with ledger.row(n):
            if _takes(kind, item.amount) and not Appropriation.objects.filter(unit=unit, year=year, **fields).exists():
                raise queries.no_line(item.key, year)
        rows.append(AdjustmentItem(amount=item.amount, **fields))
    number = f"TZ{year}-{unit.code}-{numbering.next_number(f'tz_{unit.pk}_{year}'):03d}"
    made = Adjustment.objects.create(
        unit=unit,
        year=year,
        number=number[:40],
        kind=kind,
        reason=reason.strip(),
        document=document.strip()[:60],
        on=on,
        asked_by=actor.id,
        asked_at=clock.now(),
    )
    for row in rows:
        row.adjustment = made
    AdjustmentItem.objects.bulk_create(rows)
    audit.record(actor, "finance.adjustment_asked", "adjustment", made.number, unit=unit.code, reason=reason.strip())
    return made


def _takes(kind: str, amount: Decimal) -> bool:
    """Does the item need a line that is already there?"""
    return kind in ("withdraw", "freeze", "unfreeze") or amount < 0


@transaction.atomic
def decide_adjustment(*, actor: Actor, number: str, grant: bool, document: str = "", note: str = "") -> Adjustment:
    """Grant (with its document) or refuse what somebody else asked for. Granted, every line is changed or none is."""
    actor.must(rules.GRANT)
    found = (
        Adjustment.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(unit__in=queries.in_scope(actor), number=number)
        .first()
    )
    if found is None:
        raise NotHere("预算调整")
    if found.state != "asked":
        raise Refusal("decided", f"这项调整{rules.ADJUSTMENT_STATES[found.state]}，不能再审批。", status=409)
    if found.asked_by == actor.id and not actor.is_system:
        raise Refusal("separation_of_duties", "这项调整由您申请，须由其他人员审批。", status=409)
    found.document = document.strip()[:60] or found.document
    if grant and not found.document:
        raise Refusal("missing_input", "同意预算调整须写明文号。请补填。", field="document")
    if not grant and not note.strip():
        raise Refusal("missing_input", "请写明不同意的理由。", field="note")
    found.state, found.note = "granted" if grant else "refused", note.strip()
    found.decided_by, found.decided_at = actor.id, clock.now()
    if grant:
        _apply(actor, found)
    found.save()
    audit.record(actor, "finance.adjustment_decided", "adjustment", number, state=found.state)
    return found


def _apply(actor: Actor, found: Adjustment) -> None:
    items = list(found.items.select_related("project").order_by("pk"))
    ledger.open_periods(found.unit, found.year)
    made = [ledger.ensure(found.unit, found.year, queries.key_of(item)) for item in items]
    locked = ledger.lock(line.pk for line in made)
    for item, line in zip(items, made, strict=True):
        counter, change = rules.effect(found.kind, item.amount)
        one = locked[line.pk]
        worse = -change if counter == "adjusted" else change
        if worse > 0:
            ledger.demand(one, worse)
        if counter == "frozen" and one.frozen + change < 0:
            raise Refusal(
                "not_frozen",
                f"该指标现冻结 {rules.yuan(one.frozen)}，不能解冻 {rules.yuan(item.amount)}。请核对金额。",
                field="amount",
                status=409,
            )
        ledger.post(
            actor,
            one,
            counter,
            found.kind,
            change,
            found.on,
            document=found.document,
            text=found.reason[:200],
            adjustment=found,
        )


@transaction.atomic
def carry_over(
    *, actor: Actor, unit_code: str, year: int, items: Iterable[LineAmount], document: str, on: date
) -> list[Appropriation]:
    """Bring unspent money of the closed year before into `year`. Each item names an old line and how much of it.

    The new line keeps function, economic code and project; its source is 上年结转 and its origin the old source.
    Never more than the old line has left, over all times it is carried.
    """
    actor.must(rules.GRANT)
    unit, year = queries.unit(actor, unit_code), ledger.checked_year(year)
    if not document.strip():
        raise Refusal("missing_input", "结转须写明文号。请补填。", field="document")
    if not queries.is_closed(unit, year - 1):
        raise Refusal("year_not_closed", f"{year - 1} 年尚未年结，不能结转。请先办理年结。", status=409)
    ledger.open_periods(unit, year)
    carried = []
    given = ledger.checked_items(items)
    olds = [ledger.find(unit, year - 1, item.key) for item in given]
    news = [
        ledger.ensure(
            unit,
            year,
            LineKey(
                item.key.function,
                item.key.economic,
                Source.CARRYOVER,
                item.key.project,
                old.governmental,
                rules.original(item.key),
            ),
        )
        for item, old in zip(given, olds, strict=True)
    ]
    locked = ledger.lock(line.pk for line in (*olds, *news))
    for item, old, new in zip(given, olds, news, strict=True):
        gone = Entry.objects.filter(carried_from=old).aggregate(total=Sum("amount"))["total"] or Decimal(0)
        left = locked[old.pk].available - gone
        if item.amount > left:
            raise Refusal(
                "nothing_to_carry",
                f"{year - 1} 年该指标结余 {rules.yuan(left + gone)}，已结转 {rules.yuan(gone)}，最多还可结转 {rules.yuan(left)}。",
                field="amount",
                value=str(item.amount),
                status=409,
            )
        one = locked[new.pk]
        ledger.post(actor, one, "adjusted", "carry", item.amount, on, document=document.strip()[:60], carried_from=old)
        carried.append(one)
    audit.record(actor, "finance.carried_over", "budget_unit", unit.code, year=year, count=len(carried))
    return carried
