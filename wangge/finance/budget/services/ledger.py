"""The ledger: finding and locking a line, and posting to one of its counters. Every change of a counter goes through here."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from wangge.finance.budget import queries, rules
from wangge.finance.budget.models import Appropriation, BudgetUnit, Entry, Period, Project
from wangge.finance.terms import LineAmount, LineKey, Source
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal


def fields_of(unit: BudgetUnit, year: int, key: LineKey) -> dict[str, Any]:
    """The columns of a line's key, checked against the chart of the year; raises `Refusal`."""
    if refusal := rules.check_key(key, queries.chart(unit.place_code, year), year):
        raise refusal
    source = Source(key.source)
    origin = Source(key.origin or source)
    if (source == Source.CARRYOVER) == (origin == source):
        raise Refusal(
            "bad_origin", "上年结转须写明原资金来源，其他来源不须填写。", field="origin", value=str(key.origin)
        )
    return {
        "function": key.function,
        "economic": key.economic,
        "governmental": key.governmental or rules.governmental(key.economic, unit.nature),
        "project": _project(unit, year, key.project),
        "source": str(source),
        "origin": str(origin),
    }


def _project(unit: BudgetUnit, year: int, code: str) -> Project | None:
    if not code:
        return None
    found = Project.objects.filter(unit=unit, code=code).first()
    if found is None:
        refusal = NotHere("项目")
        refusal.field, refusal.value = "project", code
        raise refusal
    if year < found.first_year or (found.last_year is not None and year > found.last_year):
        until = found.last_year or ""
        raise Refusal(
            "project_not_in_year",
            f"项目“{found.name}”的实施期是 {found.first_year}—{until} 年，{year} 年不能列预算。请核对项目。",
            field="project",
            value=code,
        )
    return found


def find(unit: BudgetUnit, year: int, key: LineKey) -> Appropriation:
    """The line of this key, unlocked; refused when there is none: no line, no spending."""
    found = Appropriation.objects.filter(unit=unit, year=year, **fields_of(unit, year, key)).first()
    if found is None:
        raise queries.no_line(key, year)
    return found


def ensure(unit: BudgetUnit, year: int, key: LineKey) -> Appropriation:
    """The line of this key, made with empty counters when it is new."""
    found, _ = Appropriation.objects.get_or_create(unit=unit, year=year, **fields_of(unit, year, key))
    return found


def lock(ids: Iterable[int]) -> dict[int, Appropriation]:
    """The lines locked until the transaction ends, in the order of their ids."""
    found = Appropriation.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {line.pk: line for line in found.select_related("unit", "project")}


def post(
    actor: Actor,
    line: Appropriation,
    counter: str,
    kind: str,
    amount: Decimal,
    on: date,
    **about: Any,
) -> Entry:
    """Add the amount (either sign) to one counter of a line that the caller has locked, and enter it in the ledger."""
    check_day(on, line.year)
    if not amount:
        raise ValueError("nothing to post")
    setattr(line, counter, getattr(line, counter) + amount)
    line.save(update_fields=[counter])
    return Entry.objects.create(
        line=line,
        unit_id=line.unit_id,
        counter=counter,
        kind=kind,
        amount=amount,
        on=on,
        at=clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
        **about,
    )


def demand(line: Appropriation, wanted: Decimal) -> None:
    """Refuse when the locked line cannot bear the amount."""
    if refusal := rules.enough(queries.balance_of(line), wanted):
        raise refusal


def checked_year(value: object) -> int:
    found = rules.year(value)
    if isinstance(found, Refusal):
        raise found
    return found


def checked_amount(value: object, field: str = "amount", *, signed: bool = False) -> Decimal:
    found = rules.amount(value, field, signed=signed)
    if isinstance(found, Refusal):
        raise found
    return found


def checked_number(value: object, field: str, most: Decimal = rules.MOST, digits: int = 2) -> Decimal:
    found = rules.number(value, field, most, digits)
    if isinstance(found, Refusal):
        raise found
    return found


def checked_text(value: str, what: str, field: str, most: int) -> str:
    """The text without blanks around it: not empty, and of `most` letters at the most."""
    text = value.strip()
    if not text or len(text) > most:
        raise Refusal("bad_text", f"请填写{what}，最多 {most} 个字。", field=field, value=value[:60])
    return text


def check_day(on: date, year: int) -> None:
    """Refuse a day that is not of the year."""
    if on.year != year:
        raise Refusal("wrong_year", f"日期 {on} 不在 {year} 年度内。请改用本年度的日期。", field="on", value=str(on))


def checked_items(items: Iterable[LineAmount], *, signed: bool = False) -> list[LineAmount]:
    """The items with amounts to the fen; a refusal names the row."""
    checked = []
    for n, item in enumerate(items, 1):
        with row(n):
            amount = checked_amount(item.amount, f"amount-{n}", signed=signed)
        checked.append(LineAmount(item.key, amount, item.basis))
    return checked


@contextmanager
def row(n: int) -> Iterator[None]:
    """A refusal inside names the n-th row, in its sentence and in `data["row"]`."""
    try:
        yield
    except Refusal as refusal:
        refusal.sentence, refusal.data["row"] = f"第 {n} 行：{refusal.sentence}", n
        raise


def keyed(unit: BudgetUnit, year: int, items: Iterable[LineAmount]) -> list[dict[str, Any]]:
    """The columns of each item's key; a refusal names the row, also of one that stands there twice."""
    made: list[dict[str, Any]] = []
    for n, item in enumerate(items, 1):
        with row(n):
            fields = fields_of(unit, year, item.key)
            if fields in made:
                sentence = f"与第 {made.index(fields) + 1} 行的科目、项目和资金来源完全相同。请合并为一行。"
                raise Refusal("line_twice", sentence, field="economic", value=item.key.economic)
        made.append(fields)
    return made


def open_periods(unit: BudgetUnit, year: int) -> None:
    """The year's periods, made once."""
    Period.objects.bulk_create([Period(unit=unit, year=year, month=m) for m in range(13)], ignore_conflicts=True)
