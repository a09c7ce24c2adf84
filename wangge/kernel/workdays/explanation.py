"""Every due date explains itself: the days counted, the days skipped and why, the holds."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from wangge.kernel.workdays.days import Calendar
from wangge.kernel.workdays.values import (
    DAY,
    SECOND,
    Line,
    Unit,
    day_of,
    day_text,
    hours_text,
    moment_text,
    spans_of,
    us,
    when,
    whole_days,
)

if TYPE_CHECKING:
    from wangge.kernel.workdays.deadline import Due


def measure_of(unit: Unit, calendar: Calendar) -> Callable[[int], int]:
    return calendar.worked if unit in ("work_hour", "work_day") else (lambda t: t)


def explain(result: "Due") -> tuple[Line, ...]:
    unit = result.limit.unit
    begin, end = us(result.counts_from), us(result.at)
    spans = spans_of(result.holds)
    if unit == "clock_hour":
        held = sum(max(0, min(b, end) - max(a, begin)) for a, b in spans)
        text = f"昼夜连续计时 {hours_text(end - begin - held)}"
        lines = [Line("counted", when(begin), result.at, (end - begin - held) / SECOND, text)]
    elif unit == "natural_day":
        lines = _natural_lines(result, begin, end, spans)
    else:
        lines = _working_lines(result, begin, end, spans)
    return (*lines, *_hold_lines(result, begin, end))


def _hold_lines(result: "Due", begin: int, end: int) -> list[Line]:
    measure = measure_of(result.limit.unit, result.calendar)
    lines, upto = [], begin
    for hold in result.holds:
        a, b = us(hold.start), us(hold.end or hold.start)
        taken = max(0, measure(min(b, end)) - measure(min(max(a, upto), end))) if b > upto else 0
        upto = max(upto, b)
        why = f"（{hold.reason}）" if hold.reason else ""
        what = f"扣除 {hours_text(taken)}" if taken else "不在计时时段内，不扣除"
        text = f"{moment_text(hold.start)}至{moment_text(when(b))} 挂起{why}，{what}"
        lines.append(Line("held", hold.start, when(b), taken / SECOND, text))
    return lines


def _natural_lines(result: "Due", begin: int, end: int, spans: list[tuple[int, int]]) -> list[Line]:
    days = whole_days(result.limit.amount)
    first, last = begin // DAY, begin // DAY + days - 1
    close, raw, _ = result.calendar.natural_end(begin, days, result.limit.roll_to_workday, spans)
    before = f"{day_text(day_of(first - 1))} 起始当日不计，次日起算"
    until = f"至{day_text(day_of(last))}" if days > 1 else ""
    counted = f"{day_text(day_of(first))}{until}，计 {days} 个自然日"
    lines = [
        Line("skipped", result.start, when(begin), 0, before),
        Line("counted", when(begin), when(close), (close - begin) / SECOND, counted),
    ]
    held = sum(max(0, min(b, end) - max(a, begin)) for a, b in spans)
    waiting = end - close - held
    if waiting:
        ends_on = day_of((raw - 1) // DAY)
        why = "" if result.calendar.segments_on(ends_on) else result.calendar.name_of(ends_on)
        reason = f"{day_text(ends_on)} 为{why}，顺延" if why else "不足一日的按一日计，"
        text = f"{reason}至{day_text(day_of((end - 1) // DAY))}"
        lines.append(Line("rolled", when(end - waiting), when(end), waiting / SECOND, text))
    return lines


def _working_lines(result: "Due", begin: int, end: int, spans: list[tuple[int, int]]) -> list[Line]:
    calendar, by_days = result.calendar, result.limit.unit == "work_day"
    lines: list[Line] = []
    begun = us(result.start)
    today, final = begun // DAY, (end - 1) // DAY
    rest_from: int | None = None
    for number in range(today, final + 1):
        day = day_of(number)
        low, high = max(number * DAY, begun), min((number + 1) * DAY, end)
        segments = calendar.segments_on(day)
        if (not segments and number > today) or (not segments and not by_days):
            rest_from = number if rest_from is None else rest_from
            following = day_of(number + 1)
            if (
                number == final
                or calendar.segments_on(following)
                or calendar.name_of(following) != calendar.name_of(day)
            ):
                lines.append(_rest_line(calendar, rest_from, number, max(rest_from * DAY, begun), high))
                rest_from = None
            continue
        if by_days and number == today:
            text = f"{day_text(day)} 起始当日不计，下一个工作日起算"
            lines.append(Line("skipped", when(low), when(high), 0, text))
            continue
        worked = calendar.worked(high) - calendar.worked(max(low, begin))
        held = sum(
            max(0, calendar.worked(min(b, high)) - calendar.worked(max(a, low, begin)))
            for a, b in spans
            if a < high and b > low
        )
        counted = worked - held
        special = calendar.days.get(day)
        shifted = f"（{special.name}调休上班）" if special and special.kind == "work" else ""
        whole = by_days and not held and worked == sum(e - s for s, e in segments) * SECOND
        if whole:
            what = "计 1 天"
        elif counted:
            what = f"计 {hours_text(counted)}" + (f"（挂起 {hours_text(held)}）" if held else "")
        else:
            what = "挂起，不计" if held else "已下班，不计"
        kind: Literal["counted", "skipped"] = "counted" if counted else "skipped"
        lines.append(Line(kind, when(low), when(high), counted / SECOND, f"{day_text(day)}{shifted}，{what}"))
    return lines


def _rest_line(calendar: Calendar, first: int, last: int, low: int, high: int) -> Line:
    count = last - first + 1
    span = day_text(day_of(first)) + (f"至{day_text(day_of(last))}" if count > 1 else "")
    text = f"{span} {calendar.name_of(day_of(last)) or '休息'}，不计 {count} 天"
    return Line("skipped", when(low), when(high), 0, text)
