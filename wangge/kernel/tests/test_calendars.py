"""The calendar an installation keeps: loaded once, amended with a trace, extended by a whole year only."""

from datetime import date, datetime

import pytest

from wangge.kernel import calendars, tables, workdays
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NoRight, Refusal
from wangge.kernel.models import AuditEntry, CalendarDay, Fact
from wangge.kernel.workdays import ZONE, Limit, due

pytestmark = pytest.mark.django_db

ADMIN = Actor(id=1, name="系统管理员", rights=frozenset({calendars.RIGHT}))
NEXT = [
    ("2027-01-01", "放假", "元旦"),
    ("2027-02-05", "放假", "春节"),
    ("2027-02-08", "放假", "春节"),
    ("2027-02-14", "上班", "春节"),
    ("2027-04-05", "放假", "清明节"),
    ("2027-05-03", "放假", "劳动节"),
    ("2027-06-09", "放假", "端午节"),
    ("2027-09-15", "放假", "中秋节"),
    ("2027-10-01", "放假", "国庆节"),
]


@pytest.fixture(autouse=True)
def loaded():
    calendars.forget()
    assert calendars.load_calendar() == 290
    yield
    calendars.forget()


def year(rows=NEXT, head="日期,类别,名称,依据") -> bytes:
    return "\n".join([head, *(",".join([*row, "测试通知1号"][: head.count(",") + 1]) for row in rows)]).encode()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_loading_twice_changes_nothing_and_equals_the_shipped_calendar():
    assert calendars.load_calendar() == 0
    assert calendars.current_calendar().days == workdays.calendar().days
    assert Fact.objects.filter(name="kernel.CalendarChanged").count() == 1


def test_loading_again_does_not_undo_what_the_desk_amended():
    calendars.remove_day(actor=ADMIN, on=date(2026, 10, 10))
    assert calendars.load_calendar() == 0
    assert not calendars.current_calendar().is_workday(date(2026, 10, 10))


def test_an_amendment_is_seen_at_once_is_noted_and_is_told():
    assert calendars.current_calendar().is_workday(date(2026, 11, 18))
    calendars.set_day(actor=ADMIN, on=date(2026, 11, 18), kind="rest", name="防汛停工", source="通告3号")
    assert not calendars.current_calendar().is_workday(date(2026, 11, 18))
    assert AuditEntry.objects.get(action="kernel.calendar_day_set").subject == "2026-11-18/2026-11-18"
    assert Fact.objects.latest("id").data == {"from_on": "2026-11-18", "to_on": "2026-11-18"}
    calendars.remove_day(actor=ADMIN, on=date(2026, 11, 18))
    assert calendars.current_calendar().is_workday(date(2026, 11, 18))


def test_another_process_is_seen_within_a_second(monkeypatch):
    calendars.current_calendar()
    CalendarDay.objects.create(date=date(2026, 11, 18), kind="rest", name="停工", source="x")
    CalendarDay.objects.filter(date=date(2026, 11, 18)).update(loaded_at=at("2026-11-18 09:00"))
    assert calendars.current_calendar().is_workday(date(2026, 11, 18))
    monkeypatch.setattr(calendars, "STALE_SECONDS", 0.0)
    assert not calendars.current_calendar().is_workday(date(2026, 11, 18))


def test_summer_hours_hold_from_their_day():
    calendars.set_hours(actor=ADMIN, starts_on=date(2026, 6, 1), segments="8:00-12:00,15:00-18:00", source="通知")
    ours = calendars.current_calendar()
    assert due(at("2026-06-01 10:00"), Limit(1, "work_day"), ours).at == at("2026-06-02 18:00")
    assert due(at("2026-05-25 10:00"), Limit(1, "work_day"), ours).at == at("2026-05-26 17:00")


def test_a_further_year_is_imported_whole():
    result = calendars.import_days(actor=ADMIN, stream=year(), name="2027.csv")
    assert result.errors == []
    ours = calendars.current_calendar()
    assert ours.years[-1] == 2027
    assert ours.is_workday(date(2027, 2, 14))
    assert due(at("2026-12-31 10:00"), Limit(1, "work_day"), ours).at == at("2027-01-04 17:00")


def test_an_xlsx_of_the_same_columns_is_taken_too():
    rows = [{"date": date.fromisoformat(d), "kind": k, "name": n, "source": "通知"} for d, k, n in NEXT]
    data = tables.write_xlsx(calendars.COLUMNS, rows, "2027")
    assert calendars.import_days(actor=ADMIN, stream=data, name="2027.xlsx").errors == []


@pytest.mark.parametrize(
    ("rows", "row", "word"),
    [
        ([*NEXT, ("2027-13-01", "放假", "x")], 11, "日期"),
        ([*NEXT, ("2027-11-01", "休息", "x")], 11, "放假、上班"),
        ([*NEXT, NEXT[1]], 11, "两次"),
        ([*NEXT, ("2027-11-01", "放假", "")], 11, "必填"),
    ],
)
def test_one_wrong_row_loads_nothing_and_is_named(rows, row, word):
    result = calendars.import_days(actor=ADMIN, stream=year(rows), name="a.csv")
    assert [f.row for f in result.errors] == [row]
    assert word in result.errors[0].sentence
    assert calendars.current_calendar().years[-1] == 2026


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (NEXT[1:], "1 月 1 日"),
        (NEXT[:-1], "国庆"),
        ([(d.replace("2027", "2028"), k, n) for d, k, n in NEXT], "先导入下一年"),
    ],
)
def test_an_incomplete_or_distant_year_is_refused(rows, word):
    with pytest.raises(Refusal, match=word):
        calendars.import_days(actor=ADMIN, stream=year(rows), name="a.csv")
    assert calendars.current_calendar().years[-1] == 2026


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda a: calendars.remove_day(actor=a, on=date(2026, 1, 1)), "new_year_stays"),
        (lambda a: calendars.set_day(actor=a, on=date(2026, 5, 6), kind="x", name="a", source="b"), "bad_choice"),
        (lambda a: calendars.set_day(actor=a, on=date(2026, 5, 6), kind="rest", name="a", source=" "), "required"),
        (
            lambda a: calendars.set_hours(actor=a, starts_on=date(2026, 5, 6), segments="9-5", source="b"),
            "bad_segments",
        ),
    ],
)
def test_what_is_refused(call, code):
    with pytest.raises(Refusal) as refused:
        call(ADMIN)
    assert refused.value.code == code
    with pytest.raises(NoRight):
        call(Actor(id=2, name="李强"))
