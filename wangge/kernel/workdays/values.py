"""Moments, limits and holds, and how they read in Chinese."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Literal, NamedTuple

ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
Unit = Literal["work_hour", "work_day", "natural_day", "clock_hour"]
UNIT_NAMES: dict[Unit, str] = {
    "work_hour": "个工作时",
    "work_day": "个工作日",
    "natural_day": "个自然日",
    "clock_hour": "小时（紧急时限，昼夜连续）",
}
EPOCH = datetime(1970, 1, 1, tzinfo=ZONE)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
_WEEKDAYS = "一二三四五六日"


class Limit(NamedTuple):
    """How long something may take. Days are whole; hours may be fractions (0.5 = 30 minutes)."""

    amount: int | float | Fraction
    unit: Unit
    roll_to_workday: bool = True

    def text(self) -> str:
        """`3 个工作日`."""
        return f"{number_text(self.amount)} {UNIT_NAMES[self.unit]}"


class Hold(NamedTuple):
    """A range in which the clock stands. An open hold has no end: reckoning then needs `now`."""

    start: datetime
    end: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One span of an explanation, half-open.

    `kind`: `counted` (seconds of it count toward the limit), `skipped` (none do, and `text` says why), `rolled` (the last
    day was a rest day) or `held` (seconds are the counted time that the hold takes out; it lies over the other spans).
    """

    kind: Literal["counted", "skipped", "rolled", "held"]
    start: datetime
    end: datetime
    seconds: float
    text: str


def us(moment: datetime) -> int:
    gap = moment - EPOCH
    return (gap.days * 86400 + gap.seconds) * SECOND + gap.microseconds


def when(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


def day_of(number: int) -> date:
    return date.fromordinal(number + EPOCH_ORDINAL)


def hours_us(amount: int | float | Fraction) -> int:
    if amount <= 0:
        raise ValueError("a limit is longer than nothing")
    return amount * HOUR if isinstance(amount, int) else round(Fraction(amount) * HOUR)


def whole_days(amount: int | float | Fraction) -> int:
    if amount < 1 or amount != int(amount):
        raise ValueError("a limit in days is a whole number of days")
    return int(amount)


def closed(holds: Sequence[Hold], now: datetime | None) -> tuple[Hold, ...]:
    done = []
    for hold in holds:
        if hold.end is None and now is None:
            raise ValueError("an open hold needs `now`")
        end = hold.end or max(now or hold.start, hold.start)
        if end < hold.start:
            raise ValueError("a hold ends before it begins")
        done.append(Hold(hold.start, end, hold.reason))
    return tuple(sorted(done, key=lambda h: h.start))


def spans_of(holds: Sequence[Hold]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((us(h.start), us(h.end)) for h in holds if h.end is not None):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def number_text(n: int | float | Fraction) -> str:
    return f"{float(n):.2f}".rstrip("0").rstrip(".")


def span_text(seconds: float, day: int) -> str:
    minutes = round(seconds / 60)
    if minutes >= 60:
        minutes -= minutes % 60 if minutes >= day // 60 else 0
    days, minutes = divmod(minutes, day // 60)
    parts = [f"{n} {word}" for n, word in ((days, "天"), (minutes // 60, "小时"), (minutes % 60, "分钟")) if n]
    return " ".join(parts) or "不足 1 分钟"


def hours_text(us: int) -> str:
    return span_text(us / SECOND, 10**9)


def moment_text(moment: datetime) -> str:
    m = moment.astimezone(ZONE)
    return f"{m.year}年{m.month}月{m.day}日 {m:%H:%M}"


def day_text(day: date) -> str:
    return f"{day.month}月{day.day}日 周{_WEEKDAYS[day.weekday()]}"
