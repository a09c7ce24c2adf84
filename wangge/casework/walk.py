"""What every step of a replayed history needs: the ground it stands on, its clocks, cards and parts. Pure Python."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from wangge.casework import terms
from wangge.casework.told import Assignment, Card, Case, Clock, Offices, Step
from wangge.kernel import workdays
from wangge.kernel.errors import Refusal
from wangge.kernel.workdays.values import DAY, us, when

_YELLOW = Fraction(terms.YELLOW_AT).limit_denominator(1_000_000)
RUNNING = ("pending", "handling")


class Deadlines:
    """When limits run out under one calendar. A limit in days depends on the day alone, so each is reckoned once."""

    def __init__(self, calendar: workdays.Calendar) -> None:
        self.calendar = calendar
        self._known: dict[tuple[int, int, str], tuple[datetime, datetime]] = {}

    def of(self, start: datetime, amount: int, unit: Any) -> tuple[datetime, datetime]:
        """(yellow, due) of a limit without holds."""
        if unit in ("work_day", "natural_day"):
            key = (us(start) // DAY, amount, unit)
            if key not in self._known:
                due = workdays.due(start, workdays.Limit(amount, unit), self.calendar)
                self._known[key] = (due.moment(terms.YELLOW_AT), due.at)
            return self._known[key]
        due = workdays.due(start, workdays.Limit(amount, unit), self.calendar)
        begin, end = us(due.counts_from), us(due.at)
        if unit == "clock_hour":
            return when(begin + -(-(end - begin) * _YELLOW.numerator // _YELLOW.denominator)), due.at
        worked = self.calendar.worked
        part = (worked(end) - worked(begin)) * _YELLOW
        return when(max(begin, self.calendar.reach(worked(begin) + -(-part.numerator // part.denominator)))), due.at


@dataclass(frozen=True, slots=True)
class Ground:
    """What every walk of one import stands on. `first_level` gives the kind of grid office that a source reports to."""

    process: terms.Process
    deadlines: Deadlines
    offices: Offices
    first_level: Callable[[str], str]
    now: datetime
    numbers: Mapping[UUID, str] = field(default_factory=dict)  # of the originals that merges name
    secret: Mapping[UUID, bool] = field(default_factory=dict)


def iso(moment: datetime | None) -> str | None:
    """As the database gives a moment back: in UTC."""
    return moment.astimezone(UTC).isoformat() if moment else None


class Walk:
    """One case on its way: what runs in it, who has which part, which cards it got."""

    def __init__(self, ground: Ground, case: Case) -> None:
        self.ground, self.case = ground, case
        self.carded: dict[int, str] = {}
        self.since: datetime | None = None
        self.handlers: set[tuple[int, str]] = set()
        self.askers: set[tuple[int, str]] = set()
        self.void_asked = False
        self.followers: list[str] = []
        self.sent_by: int | None = None

    # ---- clocks and cards ---------------------------------------------------------------------------------------

    def start(
        self,
        kind: str,
        now: datetime,
        *,
        department_id: int | None = None,
        part: Assignment | None = None,
        share: float = 1,
    ) -> Clock:
        case = self.case
        if part is None and any(c.stopped_at is None and c.kind == kind and c.assignment is None for c in case.clocks):
            raise Refusal("stale", "本件的这项时限正在计时，不能再起计一次。", field="command", status=409)
        limit = self.ground.process.limit(self.matter(), kind)
        amount = terms.part_of(limit.amount, share)
        yellow, due = self.ground.deadlines.of(now, amount, limit.unit)
        holder = department_id if department_id is not None else case.holder_id
        made = Clock(kind, holder, now, amount, limit.unit, yellow, due, part)
        case.clocks.append(made)
        if part is None:
            case.clock, case.due_at = kind, due
        return made

    def stop(self, now: datetime, *, part: Assignment | None = None) -> None:
        for one in self.case.clocks:
            if one.stopped_at is None and one.assignment is part:
                one.stopped_at = now
        if part is None:
            self.case.clock, self.case.due_at = "", None

    def stop_all(self, now: datetime) -> None:
        """Stop every clock, and with them what was asked about the handling and not decided."""
        self.undecided(now)
        for one in self.case.clocks:
            if one.stopped_at is None:
                one.stopped_at = now
        self.case.clock, self.case.due_at = "", None

    def undecided(self, now: datetime) -> None:
        for hold in self.case.holds:
            if hold.to_at is None:
                hold.to_at = now
        for asked in self.case.extensions:
            if asked.granted is None:
                asked.granted, asked.decided_at = False, now

    def handle_clock(self) -> Clock:
        for one in self.case.clocks:
            if one.kind == "handle" and one.stopped_at is None and one.assignment is None:
                return one
        raise Refusal("no_clock", "本件没有正在计时的处置时限。", status=409)

    def recompute(self, one: Clock) -> None:
        """Due and yellow anew from limit, holds and extensions (as `queries.due_of`)."""
        holds = [
            workdays.Hold(h.from_at, h.to_at, terms.HOLD_REASONS[h.reason])
            for h in self.case.holds
            if h.from_at is not None and one.kind == "handle"
        ]
        calendar = self.ground.deadlines.calendar
        due = workdays.due(one.started_at, workdays.Limit(one.amount, one.unit), calendar, holds)  # type: ignore[arg-type]
        if one.extended_days:
            due = workdays.due(due.at, workdays.Limit(one.extended_days, "work_day"), calendar, holds)
        one.due_at, one.yellow_at = due.at, due.moment(terms.YELLOW_AT)
        if one.assignment is None:
            self.case.due_at = due.at

    def relimit(self) -> list[dict[str, Any]]:
        """Give what runs the limit of the present category, from the same start; each clock before and after."""
        case, changed = self.case, []
        last = next((s.command for s in reversed(case.steps) if s.command in ("sign", "rework", "redo", "reopen")), "")
        for one in case.clocks:
            if one.stopped_at is not None or one.kind == "rate":
                continue
            limit = self.ground.process.limit(self.matter(), one.kind)
            halved = one.kind == "handle" and last == "rework"
            amount = terms.part_of(limit.amount, 0.5 if halved else 1)
            if (amount, limit.unit) == (one.amount, one.unit):
                continue
            was, due = workdays.Limit(one.amount, one.unit).text(), one.due_at  # type: ignore[arg-type]
            one.amount, one.unit = amount, limit.unit
            self.recompute(one)
            changed.append(
                {
                    "clock": one,
                    "before": was,
                    "after": workdays.Limit(amount, limit.unit).text(),
                    "due_before": iso(due),
                    "due_after": one.due_at.isoformat(),
                }
            )
        return changed

    def matter(self, category: str = "") -> terms.Matter:
        case = self.case
        return terms.Matter(category or case.category, case.place_code, case.urgency, case.received_at)

    def issue_cards(self, upto: datetime, since: datetime | None) -> None:
        """The cards that the sweep would have issued between the last step and this moment. A held case gets none."""
        case = self.case
        if case.state == terms.State.HELD:
            return
        after = since or self.since or upto
        for place, one in enumerate(case.clocks):
            if one.stopped_at is not None or one.kind == "rate":
                continue
            have = self.carded.get(place, "")
            if have == "" and one.yellow_at <= upto:
                self._card(one, "yellow", max(one.yellow_at, after))
                have = self.carded[place] = "yellow"
            if have == "yellow" and one.due_at < upto:
                self._card(one, "red", max(one.due_at, after))
                self.carded[place] = "red"

    def _card(self, one: Clock, colour: str, at: datetime) -> None:
        self.case.cards.append(Card(one, colour, one.department_id, at))
        if self.case.card != "red":
            self.case.card = colour

    # ---- parts --------------------------------------------------------------------------------------------------

    def give(self, office_id: int, role: str, now: datetime) -> Assignment:
        case = self.case
        part = Assignment(office_id, role, "pending", now)
        case.assignments.append(part)
        if office_id not in case.department_ids:
            case.department_ids.append(office_id)
        return part

    def lead_part(self) -> Assignment:
        for part in self.case.assignments:
            if part.role == "lead" and part.state in RUNNING:
                return part
        raise Refusal("no_lead", "本件目前没有主办单位，请先派遣。", status=409)

    def withdraw_parts(self, now: datetime, state: str = "withdrawn") -> None:
        for part in self.case.assignments:
            if part.state in RUNNING:
                part.state, part.done_at = state, now
        self.case.lead_id = None

    def hold_by(self, office_id: int | None, place: int | None = None) -> None:
        self.case.holder_id, self.case.holder_place = office_id, place

    def dispatcher(self) -> int:
        """The office that sent the case out last, else the district's centre."""
        return self.sent_by or self.ground.offices.grid("centre", self.case.place_code).id

    def category(self, step: Step, category: str) -> None:
        case, process = self.case, self.ground.process
        matter = self.matter(category)
        if not process.knows_category(matter):
            raise Refusal("unknown_category", f"没有类别“{category}”。", field="category", value=category)
        step.data["category"] = {"from": case.category, "to": category, "name": process.category_name(matter)}
        case.category = category
