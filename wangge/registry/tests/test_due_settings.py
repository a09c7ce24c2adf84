"""What a district sets of the due-date rules, and the reckoned list page by page."""

from datetime import date

import pytest

from tests import make
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, Refusal
from wangge.registry import services
from wangge.registry.models import Reminder
from wangge.registry.queries import collection
from wangge.registry.queries import duedates as queries
from wangge.registry.rules import duedates as rules
from wangge.registry.tests import make as people
from wangge.registry.tests.test_duedates import codes, corrected, justice

pytestmark = pytest.mark.usefixtures("district")


def clerk():
    return make.actor("registry_clerk", place=make.SHIFENG)


def alone(name: str = "演示独", since: date = date(2025, 12, 1)):
    return people.person(people.officer(), name=name, care=["elderly_alone"], since=since)


def ruled(**given):
    asked = {
        "actor": clerk(), "place_code": make.SHIFENG, "rule": "elderly_alone_visit", "months": 2, "basis": "石民发〔2026〕3号",
    }  # fmt: skip
    return services.set_due_rule(**(asked | given))


def test_a_district_counts_from_a_day_on_and_its_neighbour_does_not():
    alone()
    by = people.officer()
    assert codes(queries.due(by)) == [("elderly_alone_visit", date(2026, 1, 1))]
    ruled(from_on=date(2026, 4, 1))
    assert codes(queries.due(by)) == [("elderly_alone_visit", date(2026, 1, 1))]
    assert codes(queries.due(by, date(2026, 4, 1))) == [("elderly_alone_visit", date(2026, 2, 1))]
    assert queries.rules_at(by, make.SHIFENG, date(2026, 4, 1))["elderly_alone_visit"].period == "每 2 个月走访"
    assert queries.rules_at(by, make.HETANG, date(2026, 4, 1))["elderly_alone_visit"].period == "每 1 个月走访"


def test_a_rule_the_district_does_not_use_takes_its_open_reminders_back():
    alone()
    services.remind(actor=SYSTEM)
    assert Reminder.objects.get().state == "open"
    ruled(months=None, is_used=False)
    assert queries.due(people.officer()) == []
    services.remind(actor=SYSTEM)
    assert Reminder.objects.get().state == "void"
    ruled(months=1)  # the same day again: the last word counts
    assert [d.rule.months for d in queries.due(people.officer())] == [1]


def test_the_phone_and_the_desk_call_on_people_by_the_same_rule():
    person = alone(since=date(2026, 2, 1))
    by = people.officer()
    (visit,) = collection.due_visits(by)
    assert (visit.id, visit.due_on, visit.groups) == (person.pk, date(2026, 3, 1), ["独居老人"])
    assert "每月探访" in visit.basis
    ruled(months=6)
    assert collection.due_visits(by) == []
    ruled(months=1)
    with clock.frozen(make.START.replace(year=2027)):
        assert [v.due_on for v in collection.due_visits(by)] == [date(2026, 3, 1)]  # a year late is still late


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"rule": "no_such"}, "unknown_rule"),
        ({"rule": "correction_end", "months": None, "lead": 10}, "unknown_rule"),  # a group the clerk may not see
        ({"years": 70}, "no_age"),
        ({"rule": "age_80", "months": 3}, "no_period"),
        ({"rule": "permit_until", "months": 3}, "no_period"),
        ({"months": 0}, "out_of_range"),
        ({"months": 241}, "out_of_range"),
        ({"months": None}, "nothing_set"),
        ({"basis": " "}, "no_basis"),
        ({"from_on": date(2026, 3, 9)}, "from_in_the_past"),
        ({"place_code": make.JINGLONG}, "out_of_scope"),
        ({"place_code": make.HETANG}, "out_of_scope"),
    ],
)
def test_what_may_not_be_set_is_refused(given, code):
    with pytest.raises(Refusal) as refused:
        ruled(**given)
    assert refused.value.code == code


def test_who_may_not_set_a_rule():
    with pytest.raises(NoRight):
        ruled(actor=people.officer())
    with scope.use(justice()), pytest.raises(Refusal) as refused:
        ruled(actor=justice(), rule="correction_end", months=None, lead=45)
    assert refused.value.code == "out_of_scope"  # a street's officer, not the district's


def test_an_age_of_the_district_moves_who_is_found():
    one = people.person(people.officer(), name="演示寿", id_number=people.number(date(1951, 3, 20)))
    ruled(rule="age_65", months=None, years=75)
    assert codes(queries.due(people.officer(), codes=["age_65"])) == [("age_65", date(2026, 3, 20))]
    assert one


def test_a_reckoned_list_is_read_page_by_page_both_ways_and_searched_as_a_whole():
    for n in range(7):
        alone(f"演示{'甲乙丙丁戊己庚'[n]}", date(2026, 1, 1 + n // 2))
    found = queries.due(people.officer(), date(2026, 3, 1))
    assert len(found) == 7
    first = queries.page_of(found, None, 3)
    second = queries.page_of(found, first.next_cursor, 3)
    third = queries.page_of(found, second.next_cursor, 3)
    assert [*first, *second, *third] == found
    assert (first.prev_cursor, third.next_cursor) == (None, None)
    assert list(queries.page_of(found, third.prev_cursor, 3)) == list(second)
    assert list(queries.page_of(found, second.prev_cursor, 3)) == list(first)
    assert [d.person_id for d in queries.named(people.officer(), found, "演示庚")] == [found[-1].person_id]
    for bad in ("x", "n~2026-13-01~1~a", "n~2026-03-01~x~a", "n~~~"):
        with pytest.raises(Refusal):
            queries.page_of(found, bad)


def test_the_pages_of_rules_and_of_a_day(sign_in):
    alone()
    corrected()
    client = sign_in(clerk())
    page = client.get("/registry/due/rules").content.decode()
    assert "独居老人每月探访" in page
    assert "矫正" not in page
    given = {"rule": "elderly_alone_visit", "is_used": "1", "months": "2", "basis": "", "from_on": "2026-03-10"}
    assert client.post("/registry/due/rules", given).status_code == 422
    assert client.post("/registry/due/rules", given | {"basis": "石民发〔2026〕3号"}).status_code == 302
    assert "石民发〔2026〕3号" in client.get("/registry/due/rules").content.decode()
    day = client.get("/registry/due?as_of=2026-03-10&q=演示独").content.decode()
    assert "本区设定：石民发〔2026〕3号" in day
    assert "演示独" in day
    assert "演示独" not in client.get("/registry/due?as_of=2026-03-10&q=无此人").content.decode()
    assert client.get("/registry/due?as_of=2026-03-10&after=zz").status_code in (400, 422)
    assert client.get("/registry/due/export?as_of=2026-03-10").status_code == 200
    for wild in ("0001-01-01", "9999-12-31"):
        assert client.get(f"/registry/due?as_of={wild}").status_code == 422
        assert client.get(f"/registry/due/export?as_of={wild}").status_code == 422
    assert client.get("/registry/due/export").status_code == 200
    officer = sign_in(people.officer())
    assert "由区级岗位设定" in officer.get("/registry/due/rules").content.decode()
    assert officer.post("/registry/due/rules", given | {"basis": "甲"}).status_code in (403, 422)


def test_the_periods_are_said_in_words():
    said = {code: rule.period for code, rule in rules.rules().items()}
    assert said["age_80"] == "满 80 周岁"
    assert said["release_help_end"] == "起始后 5 年"
    assert said["dibao_review"] == "每 1 年"
    assert said["permit_until"] == "登记的日期"
    assert said["elderly_alone_visit"] == "每 1 个月走访"
