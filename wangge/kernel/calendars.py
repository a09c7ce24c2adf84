"""The working calendar as the installation keeps it: loaded from the notices, amended at the desk, read everywhere.

`current_calendar()` is what due dates are reckoned on. Every amendment leaves an audit row and states the fact
`CalendarChanged`, in answer to which open clocks are reckoned again.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from django.db import connection, transaction

from wangge.kernel import audit, clock, outbox, tables, workdays
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.facts import CalendarChanged
from wangge.kernel.models_files import CalendarDay, WorkHours
from wangge.kernel.workdays import Calendar, SpecialDay

RIGHT = "calendar.edit"
STALE_SECONDS = 1.0
COLUMNS = (
    tables.Column("date", "日期", "date", required=True, help="例如 2027-01-01"),
    tables.Column("kind", "类别", "choice", required=True, choices={"rest": "放假", "work": "上班"}, aliases=("安排",)),
    tables.Column("name", "名称", required=True, help="节日名称，例如 春节；调休上班也写所属节日", max_length=40),
    tables.Column("source", "依据", required=True, help="通知的文号", max_length=100, aliases=("文号",)),
    tables.Column("segments", "作息", help="该日另有作息时填写，例如 09:00-12:00", max_length=100),
)


@dataclass(slots=True)
class _Kept:
    version: tuple[object, ...] = ()
    checked: float = 0.0
    calendar: Calendar | None = None


_kept: dict[str, _Kept] = {}


def current_calendar() -> Calendar:
    """The calendar in force, at most a second old. Raises `Refusal("calendar_year_missing")` when nothing is loaded."""
    kept = _kept.setdefault(str(connection.settings_dict["NAME"]), _Kept())
    moment = time.monotonic()
    if kept.calendar is None or moment - kept.checked > STALE_SECONDS:
        version = _version()
        if kept.calendar is None or version != kept.version:
            kept.calendar, kept.version = _build(), version
        kept.checked = moment
    return kept.calendar


def forget() -> None:
    """Read the tables at the next call, whatever was kept."""
    _kept.clear()


def _version() -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select (select count(*) from kernel_calendarday), (select max(loaded_at) from kernel_calendarday),"
            " (select count(*) from kernel_workhours), (select max(loaded_at) from kernel_workhours)"
        )
        return tuple(cursor.fetchone())


def _build() -> Calendar:
    days = [
        SpecialDay(d.date, d.kind, d.name, d.source, workdays.parse_segments(d.segments) if d.segments else None)  # type: ignore[arg-type]
        for d in CalendarDay.objects.all()
    ]
    hours = tuple((h.starts_on, workdays.parse_segments(h.segments)) for h in WorkHours.objects.order_by("starts_on"))
    if hours:
        return Calendar(workdays.years_of(days), days, ((date.min, workdays.OFFICE_HOURS), *hours))
    return Calendar(workdays.years_of(days), days)


@transaction.atomic
def load_calendar(*, actor: Actor = SYSTEM) -> int:
    """Load the shipped notices; how many days were new. What the desk has amended stays as it is."""
    known = set(CalendarDay.objects.values_list("date", flat=True))
    notices = set(CalendarDay.objects.values_list("source", flat=True))  # a loaded notice is not loaded over the desk
    fresh = [
        CalendarDay(date=d.on, kind=d.kind, name=d.name, source=d.source)
        for d in workdays.shipped_days()
        if d.source not in notices and d.on not in known
    ]
    CalendarDay.objects.bulk_create(fresh)
    if fresh:
        _changed(actor, "kernel.calendar_loaded", [d.date for d in fresh], days=len(fresh))
    return len(fresh)


def _known_days(known: Iterable[date]) -> list[SpecialDay]:
    return [SpecialDay(d, "rest", "") for d in known if (d.month, d.day) == (1, 1)]


@transaction.atomic
def set_day(*, actor: Actor, on: date, kind: str, name: str, source: str, segments: str = "") -> CalendarDay:
    """Make a day a rest day or a working day (with its own hours, if any)."""
    actor.must(RIGHT)
    if kind not in ("rest", "work"):
        raise Refusal("bad_choice", "类别只能是放假或上班。", field="kind", value=kind)
    if not name.strip() or not source.strip():
        raise Refusal("required", "名称和依据都要填写。", field="source" if name.strip() else "name")
    if segments:
        segments = workdays.segments_text(workdays.parse_segments(segments))
    day, _ = CalendarDay.objects.update_or_create(
        date=on,
        defaults={
            "kind": kind,
            "name": name.strip(),
            "source": source.strip(),
            "segments": segments if kind == "work" else "",
            "loaded_at": clock.now(),
        },
    )
    _changed(actor, "kernel.calendar_day_set", [on], day_kind=kind, name=name.strip(), segments=segments)
    return day


@transaction.atomic
def remove_day(*, actor: Actor, on: date) -> None:
    """Let Monday to Friday decide the day again. 1 January stays: without it the year would no longer be loaded."""
    actor.must(RIGHT)
    if (on.month, on.day) == (1, 1):
        raise Refusal("new_year_stays", "元旦是法定节假日，不能删除。", field="date", value=on.isoformat())
    if CalendarDay.objects.filter(date=on).delete()[0]:
        _changed(actor, "kernel.calendar_day_removed", [on])


@transaction.atomic
def set_hours(*, actor: Actor, starts_on: date, segments: str, source: str) -> WorkHours:
    """The hours of an ordinary working day from a date on, for instance `09:00-12:00,14:00-18:00` in summer."""
    actor.must(RIGHT)
    if not source.strip():
        raise Refusal("required", "请填写依据。", field="source")
    text = workdays.segments_text(workdays.parse_segments(segments))
    hours, _ = WorkHours.objects.update_or_create(
        starts_on=starts_on, defaults={"segments": text, "source": source.strip(), "loaded_at": clock.now()}
    )
    _changed(actor, "kernel.work_hours_set", [starts_on, date(9999, 12, 31)], segments=text)
    return hours


def import_days(*, actor: Actor, stream: bytes | BinaryIO, name: str) -> tables.Result:
    """Load a further year, or amend one, from XLSX or CSV. All rows or none: look at `errors` of the result.

    A year that comes anew must name all seven statutory holidays, else it is refused as incomplete.
    """
    actor.must(RIGHT)
    result = tables.read(stream, name, COLUMNS)
    seen: set[date] = set()
    for number, row in list(result.rows):
        if row["date"] in seen:
            result.refuse(number, "date", "这一天在表中出现了两次。")
        seen.add(row["date"])
        if row.get("segments"):
            if row["kind"] == "rest":
                result.refuse(number, "segments", "放假日不设作息时间。")
            else:
                try:
                    row["segments"] = workdays.segments_text(workdays.parse_segments(row["segments"]))
                except Refusal as refusal:
                    result.refuse(number, "segments", refusal.sentence)
    if result.errors:
        return result
    days = [SpecialDay(r["date"], r["kind"], r["name"], r["source"]) for _, r in result.rows]
    with transaction.atomic():
        loaded = workdays.years_of(_known_days(CalendarDay.objects.values_list("date", flat=True)))
        unloaded = {d.on.year for d in days} - loaded
        if absent := unloaded - workdays.years_of(days):
            year = min(absent)
            raise Refusal(
                "calendar_year_missing",
                f"{year} 年尚未装入，表中又没有 {year} 年 1 月 1 日（元旦）。请导入该年完整的放假安排。",
                field="file",
                value=year,
            )
        years = loaded | unloaded
        if len(years) != max(years) - min(years) + 1:
            sentence = f"工作日历应逐年相接，现已装入到 {max(loaded)} 年，请先导入下一年。"
            raise Refusal("calendar_year_missing", sentence, field="file", value=max(unloaded))
        for year in sorted(unloaded):
            if lacking := workdays.missing_holidays(year, days):
                raise Refusal(
                    "calendar_year_incomplete",
                    f"{year} 年的放假安排不完整，缺少：{'、'.join(lacking)}。请按国务院办公厅通知补全后再导入。",
                    field="file",
                    value=name,
                )
        stamp = clock.now()
        CalendarDay.objects.bulk_create(
            [
                CalendarDay(**row | {"segments": row.get("segments") or "", "loaded_at": stamp})
                for _, row in result.rows
            ],
            update_conflicts=True,
            unique_fields=["date"],
            update_fields=["kind", "name", "source", "segments", "loaded_at"],
        )
        _changed(actor, "kernel.calendar_imported", [d.on for d in days], days=len(days))
    return result


def _changed(actor: Actor, action: str, on: list[date], /, **data: object) -> None:
    span = f"{min(on).isoformat()}/{max(on).isoformat()}"
    audit.record(actor, action, "calendar", span, **data)
    outbox.publish(CalendarChanged(from_on=min(on).isoformat(), to_on=max(on).isoformat()))
    forget()
