"""When a limit runs out, and how much of it is used."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import get_args

from wangge.kernel.errors import Refusal
from wangge.kernel.workdays.days import Calendar
from wangge.kernel.workdays.explanation import explain, measure_of
from wangge.kernel.workdays.values import (
    DAY,
    ZONE,
    Hold,
    Limit,
    Line,
    Unit,
    closed,
    hours_us,
    moment_text,
    span_text,
    spans_of,
    us,
    when,
    whole_days,
)


class Due:
    """A due date with its grounds. `at` is the moment; `lines` (made when asked for) explain every span up to it."""

    __slots__ = ("_lines", "at", "calendar", "counts_from", "holds", "limit", "start")

    def __init__(
        self,
        at: datetime,
        start: datetime,
        counts_from: datetime,
        limit: Limit,
        calendar: Calendar,
        holds: tuple[Hold, ...],
    ) -> None:
        self.at = at
        self.start = start
        self.counts_from = counts_from
        self.limit = limit
        self.calendar = calendar
        self.holds = holds
        self._lines: tuple[Line, ...] | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        if self._lines is None:
            self._lines = explain(self)
        return self._lines

    def used(self, at: datetime) -> float:
        """The part of the limit used up at a moment: 0 before it counts, 1 or more from the due date on."""
        begin, t, end = us(self.counts_from), us(at), us(self.at)
        if t <= begin:
            return 0.0 if end > begin else 1.0
        whole = self._counted(begin, end)
        return self._counted(begin, t) / whole if whole else 1.0

    def moment(self, part: float | Fraction) -> datetime:
        """The moment at which this part (0..1) of the limit is used up, for instance 0.9 for a warning."""
        if not 0 <= part <= 1:
            raise ValueError("a part of a limit lies between 0 and 1")
        begin, low, high = us(self.counts_from), us(self.counts_from), us(self.at)
        goal = self._counted(begin, high) * Fraction(part).limit_denominator(1_000_000)
        while low < high:
            middle = (low + high) // 2
            if self._counted(begin, middle) >= goal:
                high = middle
            else:
                low = middle + 1
        return when(low)

    def _counted(self, begin: int, end: int) -> int:
        measure = measure_of(self.limit.unit, self.calendar)
        held = sum(
            max(0, measure(min(b, end)) - measure(max(a, begin)))
            for a, b in spans_of(self.holds)
            if a < end and b > begin
        )
        return measure(end) - measure(begin) - held


def due(
    start: datetime, limit: Limit, calendar: Calendar, holds: Sequence[Hold] = (), *, now: datetime | None = None
) -> Due:
    """When a limit that begins at `start` (aware) runs out.

    Only the overlap of a hold with counted time is added, once where holds overlap one another. An open hold lasts
    until `now`. Raises `Refusal("calendar_year_missing")`.
    """
    amount, unit, roll = limit
    begin = us(start)
    spans: list[tuple[int, int]] = []
    if holds:
        holds = closed(holds, now)
        spans = spans_of(holds)
    if unit == "work_hour":
        total = calendar.worked(begin) + hours_us(amount)
        end = calendar.reach(total)
        for a, b in spans:
            if a >= end:
                break
            total += calendar.worked(max(b, begin)) - calendar.worked(max(a, begin))
            end = calendar.reach(total)
    elif unit == "work_day":
        day = begin // DAY
        n = whole_days(amount)
        first = calendar.nth_workday(day, 1)
        begin = calendar.day_number(first) * DAY
        end = calendar.day_end(calendar.nth_workday(day, n))
        if spans:
            total = calendar.worked(end)
            for a, b in spans:
                if a >= end:
                    break
                total += calendar.worked(max(b, begin)) - calendar.worked(max(a, begin))
                end = calendar.reach(total)
    elif unit == "natural_day":
        begin = (begin // DAY + 1) * DAY
        end = calendar.natural_end(begin, whole_days(amount), roll, spans)[2]
    elif unit == "clock_hour":
        end = begin + hours_us(amount)
        for a, b in spans:
            if a >= end:
                break
            end += max(0, b - max(a, begin))
    else:
        raise ValueError(f"unknown unit {unit!r}: one of {get_args(Unit)}")
    return Due(when(end), start, when(begin), limit, calendar, tuple(holds))


def used(start: datetime, at: datetime, limit: Limit, calendar: Calendar, holds: Sequence[Hold] = ()) -> float:
    """The part of the limit used up at `at`; ≥ 0.9 is the yellow card, ≥ 1 the red one."""
    return due(start, limit, calendar, holds, now=at).used(at)


def remaining_text(due_at: "Due | datetime", now: datetime, calendar: Calendar | None = None) -> str:
    """`剩 1 天 3 小时` or `超 5 小时`.

    In working time (a day is a working day long) for a Due in working units or when a calendar is given, else on the
    wall clock; also on the wall clock when the calendar does not reach `now`, so that a page always opens.
    """
    if isinstance(due_at, Due):
        if calendar is None and due_at.limit.unit in ("work_hour", "work_day"):
            calendar = due_at.calendar
        due_at = due_at.at
    seconds, day = (due_at - now).total_seconds(), 86400
    late = seconds < 0
    if calendar is not None:
        try:
            worked = calendar.work_seconds(now, due_at)
        except Refusal:
            pass
        else:
            seconds, day = worked, calendar.day_seconds(due_at.astimezone(ZONE).date())
    return ("超 " if late else "剩 ") + span_text(abs(seconds), day)


def explain_text(result: Due) -> str:
    """The whole explanation, a line per span, for a page or a printed form."""
    head = f"{moment_text(result.start)}起，时限 {result.limit.text()}"
    return "\n".join([head, *(line.text for line in result.lines), f"到期时间：{moment_text(result.at)}"])
