"""Rules that every kind of case shares: relations, cards, ratings, extensions, reopening. Pure Python."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wangge.casework.terms import ARCHIVE_DAYS, MAX_EXTENSION_DAYS, MAX_EXTENSIONS, REOPEN_DAYS, RETURN_DAYS, YELLOW_AT
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as `relations` needs it: who holds it, who handles it, who took which part so far (account ids)."""

    place_code: int
    holder_id: int | None
    holder_place: int | None
    holder_interval: tuple[int, int] | None
    lead_id: int | None
    support_ids: frozenset[int]
    reporter_id: int | None
    handlers: frozenset[int]
    askers: frozenset[int]
    sent_by: int | None = None


def relations(actor: Actor, standing: Standing) -> set[str]:
    """The relations of the actor to the case.

    `in_charge`: the holding office itself, an office whose area contains the holding office's area, or, when a cell
    holds it, whoever covers that cell. A lower office is not in charge of what was handed up past it. `sender`: the
    office that dispatched it. `local`: whoever answers for the place, at any level; they may tell, not decide.
    """
    found: set[str] = set()
    department = actor.department_id
    if standing.holder_place is not None and actor.covers(standing.holder_place):
        found.add("in_charge")
    if department is not None and department == standing.holder_id:
        found.add("in_charge")
    if actor.covers(standing.place_code):
        lo, hi = standing.holder_interval or (standing.place_code, standing.place_code)
        if (standing.holder_interval is None and actor.hi - actor.lo >= 10**9 - 1) or (
            standing.holder_interval is not None and actor.lo <= lo and hi <= actor.hi
        ):
            found.add("in_charge")
        found.add("local")
    if department is not None and department == standing.sent_by:
        found.add("sender")
    if department is not None and department == standing.lead_id:
        found.add("lead")
    if department is not None and department in standing.support_ids:
        found.add("support")
    if actor.id and actor.id == standing.reporter_id:
        found.add("reporter")
    if actor.id and actor.id in standing.handlers:
        found.add("handler")
    if actor.id and actor.id in standing.askers:
        found.add("asker")
    return found


def may_return(
    returns: int, is_designated: bool, now: datetime | None = None, latest: datetime | None = None
) -> Refusal | None:
    """A designated office may not return a case (潍坊市12345政务服务便民热线条例 第二十二条); others within two working days.

    `latest` is when the two working days from the dispatch are over (山东省 12345 办理规范, shipped default).
    """
    if is_designated:
        return Refusal("designated", "本件已指定承办，不能再退回。如确有困难，请申请延期或挂起并说明原因。", status=409)
    if now is not None and latest is not None and now > latest:
        return Refusal(
            "return_late",
            f"退回须在派遣后 {RETURN_DAYS} 个工作日内提出，现已超过。请签收办理，确不属职责的请与派出单位协商指定承办。",
            status=409,
        )
    return None


def may_extend(granted: int, granted_days: int, amount: int, now: datetime, due_at: datetime) -> Refusal | None:
    """Before expiry, at most twice, at most ten working days in all (shipped default)."""
    if now > due_at:
        return Refusal("extension_late", "已超过办理期限，不能再申请延期。请尽快办结，并在红牌下说明原因。", status=409)
    if granted >= MAX_EXTENSIONS:
        return Refusal("extension_times", f"本件已延期 {granted} 次，最多 {MAX_EXTENSIONS} 次。", status=409)
    if amount < 1 or granted_days + amount > MAX_EXTENSION_DAYS:
        left = MAX_EXTENSION_DAYS - granted_days
        return Refusal(
            "extension_cap",
            f"累计延期不超过 {MAX_EXTENSION_DAYS} 个工作日，本件还可延 {left} 个工作日，申请为 {amount}。",
            field="amount",
            value=amount,
        )
    return None


def may_reopen(closed_at: datetime, now: datetime) -> Refusal | None:
    """Within thirty days of closing; later a new case is opened and linked."""
    if now - closed_at > timedelta(days=REOPEN_DAYS):
        return Refusal(
            "reopen_late", f"结案已超过 {REOPEN_DAYS} 日，不能重开。请作为新件登记，并注明原编号。", status=409
        )
    return None


def may_archive(closed_at: datetime, now: datetime) -> Refusal | None:
    """Ninety days after closing, when the time for objections is over (shipped default)."""
    if now - closed_at < timedelta(days=ARCHIVE_DAYS):
        return Refusal("archive_early", f"结案满 {ARCHIVE_DAYS} 日后才能归档，以便群众提出异议。", status=409)
    return None


def card(used: float) -> str | None:
    """Yellow when nine tenths of the limit are used, red when it is exceeded (榆林 电子监察办法, shipped default)."""
    if used > 1:
        return "red"
    return "yellow" if used >= YELLOW_AT else None


def after_rating(grade: int, redone: int) -> str:
    """The command a rating leads to: a bad grade re-opens the handling once by itself; a second one is judged by staff."""
    return "redo" if grade <= 2 and redone == 0 else "rate"
