"""Which days are worked, and when: the calendar as dated data."""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from wangge.kernel.errors import Refusal
from wangge.kernel.workdays.values import DAY, EPOCH_ORDINAL, SECOND, us, when

DATA = Path(__file__).parents[1] / "data" / "workdays.csv"
Segments = tuple[tuple[int, int], ...]


def parse_segments(text: str) -> Segments:
    """`"09:00-12:00,13:00-17:00"` as segments; `24:00` is the end of the day. Refused when empty or overlapping."""
    spans: list[tuple[int, int]] = []
    try:
        for part in text.replace("，", ",").replace("：", ":").split(","):
            start, end = ((int(h) * 60 + int(m)) * 60 for h, m in (t.strip().split(":") for t in part.split("-")))
            spans.append((start, end))
    except ValueError:
        spans = []
    ends = [0, *(end for _, end in spans)]
    if not spans or any(not ends[i] <= s < e <= 86400 for i, (s, e) in enumerate(spans)):
        raise Refusal(
            "bad_segments",
            f"作息时间“{text}”无法识别。请写成“09:00-12:00,13:00-17:00”，各段由早到晚、互不重叠。",
            field="segments",
            value=text,
        )
    return tuple(spans)


def segments_text(segments: Segments) -> str:
    """Segments as `parse_segments` reads them."""
    return ",".join("-".join(f"{t // 3600:02}:{t % 3600 // 60:02}" for t in span) for span in segments)


OFFICE_HOURS = parse_segments("09:00-12:00,13:00-17:00")
ROUND_THE_CLOCK = parse_segments("00:00-24:00")


class SpecialDay(NamedTuple):
    """A day that the Monday-to-Friday rule does not decide alone: `kind` rest or work, the holiday's name, the source."""

    on: date
    kind: Literal["rest", "work"]
    name: str
    source: str = ""
    segments: Segments | None = None


class Calendar:
    """Working days and hours of whole, adjoining years.

    `days` names what differs from Monday to Friday; `hours` is one day's segments, or a list of (from that date on,
    segments) for seasons. Build once and keep it: it holds prefix sums over every day.
    """

    __slots__ = (
        "_after",
        "_cum",
        "_cum_end",
        "_day_end",
        "_ends",
        "_first",
        "_last",
        "_starts",
        "_work_days",
        "days",
        "hours",
        "weekend",
        "years",
    )

    def __init__(
        self,
        years: Iterable[int],
        days: Iterable[SpecialDay] | Mapping[date, SpecialDay],
        hours: Segments | Sequence[tuple[date, Segments]] = OFFICE_HOURS,
        weekend: frozenset[int] = frozenset({5, 6}),
    ) -> None:
        self.years = tuple(sorted(set(years)))
        if not self.years:
            raise no_year(None)
        for before, after in zip(self.years, self.years[1:], strict=False):
            if after != before + 1:
                raise no_year(before + 1)
        self.days: dict[date, SpecialDay] = dict(days) if isinstance(days, Mapping) else {d.on: d for d in days}
        self.hours: tuple[tuple[date, Segments], ...] = (
            tuple(sorted(hours)) if hours and isinstance(hours[0][0], date) else ((date.min, hours),)  # type: ignore[arg-type,assignment]
        )
        self.weekend = weekend
        first, last = date(self.years[0], 1, 1), date(self.years[-1], 12, 31)
        self._first = (first.toordinal() - EPOCH_ORDINAL) * DAY
        self._last = (last.toordinal() - EPOCH_ORDINAL + 1) * DAY
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._cum: list[int] = []
        self._cum_end: list[int] = []
        self._work_days: list[int] = []  # day numbers since 1970
        self._day_end: list[int] = []  # the end of each working day's last segment
        total = 0
        for number in range(self._first // DAY, self._last // DAY):
            segments = self.segments_on(date.fromordinal(number + EPOCH_ORDINAL))
            for start, end in segments:
                self._starts.append(number * DAY + start * SECOND)
                self._ends.append(number * DAY + end * SECOND)
                self._cum.append(total)
                total += (end - start) * SECOND
                self._cum_end.append(total)
            if segments:
                self._work_days.append(number)
                self._day_end.append(self._ends[-1])

    def segments_on(self, day: date) -> Segments:
        """The day's segments; empty on a rest day. Says nothing about whether the year is loaded."""
        special = self.days.get(day)
        if special is None:
            return () if day.weekday() in self.weekend else self._hours_on(day)
        if special.kind == "rest":
            return ()
        return special.segments or self._hours_on(day)

    def _hours_on(self, day: date) -> Segments:
        i = bisect_right(self.hours, day, key=lambda h: h[0]) - 1
        return self.hours[max(i, 0)][1]

    def is_workday(self, day: date) -> bool:
        """Is it a working day? Refused for a year that is not loaded."""
        if day.year not in self.years:
            raise no_year(day.year)
        return bool(self.segments_on(day))

    def name_of(self, day: date) -> str:
        """Why the day differs: the holiday's name, `周末`, or nothing for an ordinary working day."""
        special = self.days.get(day)
        if special is not None:
            return special.name
        return "周末" if day.weekday() in self.weekend else ""

    def amended(
        self,
        days: Iterable[SpecialDay] = (),
        *,
        without: Iterable[date] = (),
        hours: Segments | Sequence[tuple[date, Segments]] | None = None,
    ) -> "Calendar":
        """A copy with these days put in (a whole new year may come with them), those taken out, or other hours."""
        dropped = set(without)
        merged = {d: s for d, s in self.days.items() if d not in dropped} | {s.on: s for s in days}
        years = set(self.years) | years_of(merged.values())
        return Calendar(years, merged, self.hours if hours is None else hours, self.weekend)

    def work_seconds(self, start: datetime, end: datetime) -> float:
        """Working time between two moments; negative when `end` is earlier."""
        return (self.worked(us(end)) - self.worked(us(start))) / SECOND

    def day_seconds(self, day: date) -> int:
        """The length of an ordinary working day in force on that date."""
        return sum(e - s for s, e in self._hours_on(day))

    # Below: microseconds since 1970 on the local wall clock.

    def worked(self, t: int) -> int:
        """Working time from the first loaded day up to `t`."""
        if not self._first <= t <= self._last:
            raise no_year(when(t).year)
        i = bisect_right(self._starts, t) - 1
        if i < 0:
            return 0
        return self._cum[i] + min(t, self._ends[i]) - self._starts[i]

    def reach(self, total: int) -> int:
        """The earliest moment by which `total` has been worked."""
        i = bisect_left(self._cum_end, total)
        if i == len(self._cum_end):
            raise no_year(self.years[-1] + 1)
        return self._starts[i] + max(0, total - self._cum[i])

    def nth_workday(self, after: int, n: int) -> int:
        """Index of the n-th working day after day number `after` (n = 1 is the next one)."""
        if not self._first <= after * DAY < self._last:
            raise no_year(when(after * DAY).year)
        i = bisect_right(self._work_days, after) + n - 1
        if i >= len(self._work_days):
            raise no_year(self.years[-1] + 1)
        return i

    def day_number(self, index: int) -> int:
        return self._work_days[index]

    def day_end(self, index: int) -> int:
        return self._day_end[index]

    def end_of_natural_day(self, number: int) -> int:
        """The last segment's end of a working day, midnight after a rest day."""
        if not self._first <= number * DAY < self._last:
            raise no_year(when(number * DAY).year)
        i = bisect_left(self._work_days, number)
        if i < len(self._work_days) and self._work_days[i] == number:
            return self._day_end[i]
        return (number + 1) * DAY

    def closing(self, t: int, roll: bool) -> int:
        """The first close of a day at or after `t`: of a working day, or of any day when limits do not roll on."""
        if not self._first <= t <= self._last:
            raise no_year(when(t).year)
        if not roll:
            end = self.end_of_natural_day((t - 1) // DAY)
            return end if end >= t else self.end_of_natural_day((t - 1) // DAY + 1)
        i = bisect_left(self._day_end, t)
        if i == len(self._day_end):
            raise no_year(self.years[-1] + 1)
        return self._day_end[i]

    def natural_end(
        self, begin: int, days: int, roll: bool, spans: Sequence[tuple[int, int]] = ()
    ) -> tuple[int, int, int]:
        """Where natural days end: (close of the last day, the same with held time added, the due date).

        Held time is added exactly and rounded up to the close of a day once. A hold after the last day, while the
        limit only waits for the next working day, ends the wait when it ends.
        """
        close = raw = self.end_of_natural_day(begin // DAY + days - 1)
        end = self.closing(raw, roll)
        for a, b in spans:
            if a >= end:
                break
            if b > max(a, begin):
                raw = max(raw, a) + b - max(a, begin)
                end = self.closing(raw, roll)
        return close, raw, end


def no_year(year: int | None) -> Refusal:
    """The refusal for a year whose calendar is not loaded (None: no year is), naming what to load."""
    if year is None:
        sentence = "工作日历尚未装入，无法推算时限。请先运行 wangge migrate 装入随系统发布的放假安排。"
        return Refusal("calendar_year_missing", sentence, field="year")
    return Refusal(
        "calendar_year_missing",
        f"{year} 年的工作日历尚未装入，无法推算时限。请在“工作日历”中导入国务院办公厅"
        f"关于 {year} 年部分节假日安排的通知所列放假和调休日期（表格列：日期、类别、名称、依据）。",
        field="year",
        value=year,
    )


def years_of(days: Iterable[SpecialDay]) -> set[int]:
    """The years that these days load: those whose 1 January is among them."""
    return {d.on.year for d in days if d.on.month == 1 and d.on.day == 1 and d.kind == "rest"}


def missing_holidays(year: int, days: Iterable[SpecialDay]) -> list[str]:
    """Statutory holidays (全国年节及纪念日放假办法 第二条) that a year's list does not name: it is then incomplete."""
    names = "、".join(d.name for d in days if d.on.year == year and d.kind == "rest")
    return [n for n in ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆") if n not in names]


@lru_cache(maxsize=32)
def calendar(
    hours: Segments | tuple[tuple[date, Segments], ...] = OFFICE_HOURS, days: tuple[SpecialDay, ...] = ()
) -> Calendar:
    """The shipped calendar (State Council notices), with an office's own hours and extra days on top. Cached."""
    base = shipped_days()
    return Calendar(years_of(base), {d.on: d for d in (*base, *days)}, hours)


@lru_cache(maxsize=1)
def shipped_days() -> tuple[SpecialDay, ...]:
    """The days of `data/workdays.csv`, each with the number of the notice it comes from."""
    with open(DATA, newline="", encoding="utf-8") as f:
        return tuple(
            SpecialDay(date.fromisoformat(r["date"]), r["kind"], r["name"], r["source"])  # type: ignore[arg-type]
            for r in csv.DictReader(f)
        )
