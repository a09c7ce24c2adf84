"""Sets of documents from the books: read once, filled, and rendered in a format. Nothing is written."""

from datetime import date
from decimal import Decimal

from wangge.disclosure.documents.filling import Amount, Books, Paper
from wangge.disclosure.documents.papers import KINDS, Given
from wangge.disclosure.documents.papers import paper as made
from wangge.disclosure.documents.rendering import FORMATS, render
from wangge.finance import queries as finance
from wangge.finance.terms import RegisterRow, Stage
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal

RIGHT = "disclosure.prepare"
SEEING = (RIGHT, "disclosure.review", "disclosure.publish")
# The key of an explanation that makes a unit's tables of basic spending print up to four decimals of 万元.
PRECISE = "form/precise"


def paper(actor: Actor, unit: str, year: int, kind: str) -> Paper:
    """The set of a kind of `KINDS` (`budget`, `accounts`, `targets`, `self-evaluation`), each figure with its rows.

    Raises `Refusal` when the kind is unknown or the books hold nothing to print; `NotHere` when the unit is out of reach.
    """
    if not any(actor.may(right) for right in SEEING):
        actor.must(RIGHT)
    if kind not in KINDS:
        raise Refusal("set_kind", f"没有“{kind}”这种公开文本。可选：{'、'.join(KINDS)}。", field="kind", value=kind)
    given = _read(actor, unit, year)
    if refusal := _nothing_to_print(given, kind):
        raise refusal
    return made(kind, given)


def render_set(actor: Actor, unit: str, year: int, kind: str, format: str) -> bytes:
    """The set as `xlsx`, `docx` or `pdf`. The same books give the same bytes."""
    if format not in FORMATS:
        raise Refusal(
            "set_format", f"没有“{format}”这种格式。可选：{'、'.join(FORMATS)}。", field="format", value=format
        )
    return render(paper(actor, unit, year, kind), format)


def _nothing_to_print(given: Given, kind: str) -> Refusal | None:
    books = given.books
    what = {
        "budget": (books.initial, "批复的预算", "请先编制并批复预算。"),
        "accounts": (books.spent, "支付记录", "请先登记当年支付并年结。"),
        "targets": (given.goals, "绩效目标", "请先填报绩效目标。"),
        "self-evaluation": (given.evaluations, "绩效自评", "请先填报绩效自评。"),
    }
    rows, name, then = what[kind]
    if rows:
        return None
    sentence = f"{books.unit_name}{books.year}年没有{name}，不能生成{KINDS[kind]}。{then}"
    return Refusal("set_empty", sentence, field="year", value=str(books.year), status=409)


def _read(actor: Actor, unit_code: str, year: int) -> Given:
    unit = finance.unit(actor, unit_code)
    registers = finance.registers(actor, unit_code, year)
    words = finance.explanations(actor, unit_code, year)
    purposes = {f"purpose/{p.code}": p.purpose for p in finance.projects(actor, unit_code) if p.purpose}
    books = Books(
        unit_code=unit.code,
        unit_name=unit.name,
        year=year,
        initial=finance.lines(actor, unit_code, year, Stage.INITIAL),
        adjusted=finance.lines(actor, unit_code, year, Stage.ADJUSTED),
        spent=finance.payments(actor, unit_code, year),
        incomes=finance.incomes(actor, unit_code, year),
        balances=finance.balances(actor, unit_code, year),
        registers=[*registers, *_staff(actor, unit_code, year, registers)],
        prior=_prior(actor, unit_code, year, registers),
        words=purposes | words,
        precise=bool(words.get(PRECISE)),
    )
    goals = [g for g in finance.goal_forms(actor, unit_code, year) if g.state == "approved"]
    forms = [f for f in finance.self_evaluations(actor, unit_code, year) if f.state == "confirmed"]
    return Given(books, goals, forms)


def _staff(actor: Actor, unit_code: str, year: int, registers: list[RegisterRow]) -> list[RegisterRow]:
    """Numbers of staff that were entered in an earlier year and stand still."""
    entered = {r.item for r in registers if r.kind == "staff"}
    return [
        RegisterRow("staff", item, date(year, 12, 31), Decimal(number), "", None, "", 0)
        for item, number in finance.staff(actor, unit_code, year).items()
        if number and item not in entered
    ]


def _prior(actor: Actor, unit_code: str, year: int, registers: list[RegisterRow]) -> dict[str, Amount]:
    """Figures of the year before, from its books or its register, with the entry when it is the register."""
    known = dict(finance.prior(actor, unit_code, year))
    if "accounts_fiscal" in known:
        known.setdefault("accounts_fiscal_spending", known["accounts_fiscal"])
    entries = {r.item: r for r in registers if r.kind == "prior"}
    return {
        item: Amount(yuan, (entries[item],) if item in entries and entries[item].amount == yuan else ())
        for item, yuan in known.items()
    }
