"""The working calendar: tables of real years, and the laws every due date keeps."""

import csv
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.kernel.errors import Refusal
from wangge.kernel.workdays import (
    OFFICE_HOURS,
    ROUND_THE_CLOCK,
    ZONE,
    Calendar,
    Hold,
    Limit,
    SpecialDay,
    calendar,
    due,
    explain_text,
    missing_holidays,
    parse_segments,
    remaining_text,
    segments_text,
    shipped_days,
    used,
    years_of,
)

SHARED = Path(__file__).parents[4] / "shared" / "data" / "workdays.csv"

# A busy machine is no failure.


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def always() -> Calendar:
    return Calendar({2025, 2026, 2027}, [], ROUND_THE_CLOCK, weekend=frozenset())


# ---- the data -----------------------------------------------------------------------------------------------------


def test_every_shipped_day_agrees_with_the_independent_list_of_days():
    if not SHARED.exists():
        pytest.skip("the independent list of days is absent")
    ours = calendar()
    with open(SHARED, newline="") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == 2922
    wrong = [r["date"] for r in rows if ours.is_workday(date.fromisoformat(r["date"])) != (r["is_workday"] == "1")]
    assert wrong == []


def test_the_shipped_years_are_complete_and_name_their_notice():
    days = shipped_days()
    assert years_of(days) == set(range(2019, 2027))
    for year in range(2019, 2027):
        assert missing_holidays(year, days) == []
    assert all(d.source.startswith("国办发明电〔") for d in days)
    assert len({d.on for d in days}) == len(days)


@pytest.mark.parametrize(
    ("year", "days"),
    [(2019, 250), (2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)],
)
def test_working_days_of_a_year(year: int, days: int):
    ours = calendar()
    first = date(year, 1, 1)
    all_days = (first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days))
    assert sum(ours.is_workday(d) for d in all_days) == days


# ---- due dates ----------------------------------------------------------------------------------------------------

TABLE = [
    # start, amount, unit, due
    ("2026-11-16 10:00", 3, "work_day", "2026-11-19 17:00"),
    ("2026-11-16 23:59", 3, "work_day", "2026-11-19 17:00"),
    ("2026-11-20 10:00", 1, "work_day", "2026-11-23 17:00"),
    ("2026-11-21 10:00", 1, "work_day", "2026-11-23 17:00"),  # begins on a Saturday
    ("2022-09-30 15:00", 1, "work_day", "2022-10-08 17:00"),  # a shifted Saturday counts
    ("2022-09-30 15:00", 3, "work_day", "2022-10-10 17:00"),
    ("2024-02-09 09:00", 2, "work_day", "2024-02-19 17:00"),  # the 18th is a shifted Sunday
    ("2020-01-23 09:00", 1, "work_day", "2020-02-03 17:00"),  # the holiday prolonged by a later notice
    ("2023-09-28 09:00", 2, "work_day", "2023-10-08 17:00"),
    ("2026-11-16 11:00", 1, "work_hour", "2026-11-16 12:00"),  # half-open: the morning's end, not the afternoon's start
    ("2026-11-16 11:00", 2, "work_hour", "2026-11-16 14:00"),
    ("2026-11-16 12:30", 1, "work_hour", "2026-11-16 14:00"),
    ("2026-11-20 16:30", 8, "work_hour", "2026-11-24 09:30"),
    ("2026-11-20 18:30", Fraction(1, 2), "work_hour", "2026-11-23 09:30"),
    ("2026-11-16 07:00", 7, "work_hour", "2026-11-16 17:00"),
    ("2026-11-16 10:00", 3, "natural_day", "2026-11-19 17:00"),
    ("2026-11-18 10:00", 3, "natural_day", "2026-11-23 17:00"),  # Saturday: ends on Monday
    ("2026-09-30 10:00", 1, "natural_day", "2026-10-08 17:00"),
    ("2026-09-25 16:30", 24, "clock_hour", "2026-09-26 16:30"),
    ("2026-11-16 10:00", 0.5, "clock_hour", "2026-11-16 10:30"),
]


@pytest.mark.parametrize(("start", "amount", "unit", "expected"), TABLE)
def test_due(start, amount, unit, expected):
    assert due(at(start), Limit(amount, unit), calendar()).at == at(expected)


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [("2026-11-18 10:00", 3, "2026-11-22 00:00"), ("2026-11-18 10:00", 2, "2026-11-20 17:00")],
)
def test_a_natural_day_limit_that_does_not_roll_ends_with_its_last_day(start, amount, expected):
    assert due(at(start), Limit(amount, "natural_day", roll_to_workday=False), calendar()).at == at(expected)


HOLDS = [
    # unit, amount, holds, due; all begin on Monday 16 November 2026 at 10:00
    ("work_hour", 4, [("16 12:00", "16 13:00")], "16 15:00"),  # a pause over lunch
    ("work_hour", 4, [("16 11:00", "16 14:00")], "16 17:00"),
    ("work_hour", 4, [("16 18:00", "17 08:00")], "16 15:00"),
    ("work_hour", 4, [("16 15:00", "17 12:00")], "16 15:00"),  # begins when the limit has just run out
    ("work_hour", 4, [("16 11:00", "16 13:30"), ("16 11:30", "16 14:00")], "16 17:00"),  # overlap counts once
    ("work_day", 3, [("16 11:00", "16 12:00")], "19 17:00"),  # day 0 does not count, nor does its hold
    ("work_day", 3, [("17 09:00", "17 17:00")], "20 17:00"),
    ("work_day", 3, [("17 10:00", "18 10:00")], "20 17:00"),
    ("work_day", 3, [("20 10:00", "23 10:00")], "19 17:00"),
    ("work_day", 3, [("19 16:00", "22 10:00")], "23 10:00"),
    ("natural_day", 2, [("17 10:00", "17 12:00")], "19 17:00"),  # part of a day counts as a day
    ("natural_day", 2, [("17 10:00", "17 12:00"), ("18 08:00", "18 10:00")], "19 17:00"),  # once
    ("natural_day", 5, [("23 10:00", "24 10:00")], "24 17:00"),  # while it waits for Monday
    ("natural_day", 2, [("16 12:00", "16 18:00")], "18 17:00"),
    ("natural_day", 2, [("17 00:00", "19 00:00")], "20 17:00"),
    ("clock_hour", 24, [("16 22:00", "17 02:00")], "17 14:00"),
]


@pytest.mark.parametrize(("unit", "amount", "holds", "expected"), HOLDS)
def test_due_with_holds(unit, amount, holds, expected):
    ranges = [Hold(at(f"2026-11-{a}"), at(f"2026-11-{b}")) for a, b in holds]
    assert due(at("2026-11-16 10:00"), Limit(amount, unit), calendar(), ranges).at == at(f"2026-11-{expected}")


def test_an_open_hold_lasts_until_now_and_cannot_be_reckoned_without_it():
    start, hold = at("2026-11-16 10:00"), [Hold(at("2026-11-16 11:00"), None)]
    assert due(start, Limit(2, "work_hour"), calendar(), hold, now=at("2026-11-16 14:00")).at == at("2026-11-16 15:00")
    with pytest.raises(ValueError, match="now"):
        due(start, Limit(2, "work_hour"), calendar(), hold)


@pytest.mark.parametrize(
    ("start", "limit", "year"),
    [
        ("2026-12-20 10:00", Limit(20, "work_day"), 2027),
        ("2026-12-31 16:00", Limit(8, "work_hour"), 2027),
        ("2026-12-31 16:00", Limit(1, "natural_day"), 2027),
        ("2018-12-20 10:00", Limit(1, "work_day"), 2018),
        ("2018-12-20 10:00", Limit(1, "work_hour"), 2018),
    ],
)
def test_a_year_that_is_not_loaded_is_refused_by_name(start, limit, year):
    with pytest.raises(Refusal) as refused:
        due(at(start), limit, calendar())
    assert refused.value.code == "calendar_year_missing"
    assert refused.value.value == year
    assert str(year) in refused.value.sentence
    assert "导入" in refused.value.sentence


def test_clock_hours_need_no_calendar():
    assert due(at("2026-12-31 16:00"), Limit(24, "clock_hour"), calendar()).at == at("2027-01-01 16:00")


def test_a_gap_between_years_is_refused():
    with pytest.raises(Refusal, match="2021"):
        Calendar({2020, 2022}, [])


def test_an_amendment_in_the_middle_of_the_year_moves_what_lies_ahead_and_leaves_the_past():
    old = calendar()
    new = old.amended([SpecialDay(date(2026, 11, 18), "rest", "抗灾停工", "市政府通告")])
    limit = Limit(3, "work_day")
    assert due(at("2026-11-16 10:00"), limit, new).at == at("2026-11-20 17:00")
    assert due(at("2026-11-16 10:00"), limit, old).at == at("2026-11-19 17:00")
    assert due(at("2026-11-02 10:00"), limit, new).at == due(at("2026-11-02 10:00"), limit, old).at
    assert "抗灾停工" in explain_text(due(at("2026-11-16 10:00"), limit, new))
    back = new.amended(without=[date(2026, 11, 18)])
    assert due(at("2026-11-16 10:00"), limit, back).at == at("2026-11-19 17:00")


def test_a_further_year_comes_with_its_new_years_day():
    longer = calendar().amended([SpecialDay(date(2027, 1, 1), "rest", "元旦")])
    assert longer.years[-1] == 2027
    assert due(at("2026-12-31 10:00"), Limit(1, "work_day"), longer).at == at("2027-01-04 17:00")


def test_one_day_and_one_season_may_have_their_own_hours():
    short = parse_segments("09:00-11:00")
    day = calendar().amended([SpecialDay(date(2026, 11, 17), "work", "", segments=short)])
    assert due(at("2026-11-16 10:00"), Limit(1, "work_day"), day).at == at("2026-11-17 11:00")
    summer = parse_segments("08:00-12:00,15:00-18:00")
    seasons = calendar(
        ((date(2026, 1, 1), OFFICE_HOURS), (date(2026, 6, 1), summer), (date(2026, 10, 1), OFFICE_HOURS))
    )
    assert due(at("2026-07-01 07:00"), Limit(5, "work_hour"), seasons).at == at("2026-07-01 16:00")
    assert due(at("2026-05-29 10:00"), Limit(1, "work_day"), seasons).at == at("2026-06-01 18:00")


@pytest.mark.parametrize("text", ["", "9-12", "12:00-09:00", "09:00-12:00,11:00-13:00", "09:00-25:00"])
def test_bad_hours_are_refused(text):
    with pytest.raises(Refusal):
        parse_segments(text)


def test_hours_read_back_as_they_were_written():
    assert segments_text(parse_segments("9:00-12:00，13:30-17:30")) == "09:00-12:00,13:30-17:30"
    assert segments_text(ROUND_THE_CLOCK) == "00:00-24:00"


# ---- what people read ---------------------------------------------------------------------------------------------


def test_the_explanation_in_words():
    hold = Hold(at("2022-10-10 10:00"), at("2022-10-11 10:00"), "等待第三方检测")
    text = explain_text(due(at("2022-09-30 15:00"), Limit(4, "work_day"), calendar(), [hold]))
    assert text.splitlines() == [
        "2022年9月30日 15:00起，时限 4 个工作日",
        "9月30日 周五 起始当日不计，下一个工作日起算",
        "10月1日 周六至10月7日 周五 国庆节，不计 7 天",
        "10月8日 周六（国庆节调休上班），计 1 天",
        "10月9日 周日（国庆节调休上班），计 1 天",
        "10月10日 周一，计 1 小时（挂起 6 小时）",
        "10月11日 周二，计 6 小时（挂起 1 小时）",
        "10月12日 周三，计 1 天",
        "2022年10月10日 10:00至2022年10月11日 10:00 挂起（等待第三方检测），扣除 7 小时",
        "到期时间：2022年10月12日 17:00",
    ]


@pytest.mark.parametrize(
    ("unit", "amount", "now", "text"),
    [
        ("work_day", 3, "2026-11-16 10:00", "剩 3 天 6 小时"),
        ("work_day", 3, "2026-11-18 14:00", "剩 1 天 3 小时"),
        ("work_day", 3, "2026-11-19 16:35", "剩 25 分钟"),
        ("work_day", 3, "2026-11-20 15:00", "超 5 小时"),
        ("work_day", 3, "2026-11-19 17:00", "剩 不足 1 分钟"),
        ("clock_hour", 30, "2026-11-16 10:00", "剩 1 天 6 小时"),
        ("clock_hour", 1, "2026-11-16 12:30", "超 1 小时 30 分钟"),
    ],
)
def test_what_remains(unit, amount, now, text):
    assert remaining_text(due(at("2026-11-16 10:00"), Limit(amount, unit), calendar()), at(now)) == text


def test_what_remains_is_still_told_when_the_calendar_does_not_reach_today():
    assert remaining_text(at("2026-12-31 17:00"), at("2027-01-01 17:00"), calendar()) == "超 1 天"


@pytest.mark.parametrize(
    ("now", "share"),
    [("2026-11-16 17:00", 0.0), ("2026-11-17 17:00", 1 / 3), ("2026-11-19 17:00", 1.0), ("2026-11-20 17:00", 4 / 3)],
)
def test_the_part_used(now, share):
    assert used(at("2026-11-16 10:00"), at(now), Limit(3, "work_day"), calendar()) == pytest.approx(share)


def test_the_moment_of_a_warning():
    result = due(at("2026-11-16 09:00"), Limit(10, "work_hour"), calendar())
    assert result.moment(0.9) == at("2026-11-17 11:00")
    held = due(
        at("2026-11-16 09:00"),
        Limit(10, "work_hour"),
        calendar(),
        [Hold(at("2026-11-16 09:00"), at("2026-11-16 12:00"))],
    )
    assert held.moment(0.9) == at("2026-11-17 15:00")


# ---- laws ---------------------------------------------------------------------------------------------------------

moments = st.datetimes(datetime(2019, 1, 2), datetime(2026, 8, 1)).map(lambda d: d.replace(tzinfo=ZONE, microsecond=0))  # noqa: DTZ001
units = st.sampled_from(["work_hour", "work_day", "natural_day", "clock_hour"])
amounts = st.integers(1, 40)


@st.composite
def cases(draw):
    start = draw(moments)
    limit = Limit(draw(amounts), draw(units), draw(st.booleans()))
    holds = []
    for _ in range(draw(st.integers(0, 4))):
        begin = start + timedelta(minutes=draw(st.integers(-3000, 30000)))
        holds.append(Hold(begin, begin + timedelta(minutes=draw(st.integers(0, 9000))), "等待"))
    return start, limit, holds


@given(cases())
def test_a_longer_limit_is_never_due_earlier(case):
    start, limit, holds = case
    longer = limit._replace(amount=limit.amount + 1)
    assert due(start, limit, calendar(), holds).at <= due(start, longer, calendar(), holds).at


@given(cases())
def test_a_hold_never_moves_a_due_date_earlier(case):
    start, limit, holds = case
    for n in range(len(holds)):
        assert due(start, limit, calendar(), holds[:n]).at <= due(start, limit, calendar(), holds[: n + 1]).at


@given(moments, amounts, st.sampled_from(["work_hour", "work_day"]), st.integers(0, 60))
def test_a_hold_wholly_outside_working_time_changes_nothing(start, amount, unit, days):
    evening = (start + timedelta(days=days)).replace(hour=17, minute=0, second=0)
    hold = Hold(evening, evening + timedelta(hours=16))
    lunch = Hold(evening.replace(hour=12), evening.replace(hour=13))
    limit = Limit(amount, unit)
    assert due(start, limit, calendar(), [hold, lunch]).at == due(start, limit, calendar()).at


@given(cases())
def test_the_explanation_adds_up_to_the_date(case):
    start, limit, holds = case
    result = due(start, limit, calendar(), holds)
    spans = [line for line in result.lines if line.kind != "held"]
    held = sum(line.seconds for line in result.lines if line.kind == "held")
    counted = sum(line.seconds for line in spans if line.kind == "counted")
    if limit.unit in ("work_hour", "work_day"):
        length = 3600 if limit.unit == "work_hour" else 7 * 3600
        assert counted == limit.amount * length
        assert spans[0].start == start
        assert spans[-1].end == result.at
        assert spans[-1].kind == "counted"
        assert all(a.end == b.start for a, b in pairwise(spans))
    elif limit.unit == "clock_hour":
        assert counted == limit.amount * 3600
        assert (result.at - start).total_seconds() == counted + held
    else:
        rolled = sum(line.seconds for line in spans if line.kind == "rolled")
        assert (result.at - result.counts_from).total_seconds() == counted + rolled + held


@given(cases())
def test_the_used_part_reaches_one_exactly_at_the_due_date(case):
    start, limit, holds = case
    result = due(start, limit, calendar(), holds)
    assert result.used(result.at) == 1
    assert result.used(result.at - timedelta(seconds=1)) < 1
    assert 0.9 <= result.used(result.moment(0.9)) <= 0.9001
    assert result.used(start) == 0


@given(moments.filter(lambda d: d.year == 2025), st.integers(1, 2000))
def test_24_hours_a_day_equals_the_wall_clock(start, hours):
    assert due(start, Limit(hours, "work_hour"), always()).at == start + timedelta(hours=hours)


@given(moments, amounts)
def test_a_start_on_a_rest_day_counts_from_the_next_working_day(start, days):
    ours = calendar()
    eve = start
    while not ours.is_workday(eve.date()):
        eve -= timedelta(days=1)
    assert due(start, Limit(days, "work_day"), ours).at == due(eve, Limit(days, "work_day"), ours).at


@given(moments, amounts)
def test_a_working_day_limit_is_the_day_one_counts_to_on_ones_fingers(start, days):
    ours, day, left = calendar(), start.date(), days
    while left:
        day += timedelta(days=1)
        left -= ours.is_workday(day)
    assert due(start, Limit(days, "work_day"), ours).at == datetime(day.year, day.month, day.day, 17, tzinfo=ZONE)
