"""到期事项: reckoned from real rows, kept once, void when the reason goes, and no trace for who may not see the group."""

from datetime import date, datetime

import pytest

from tests import make
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.registry import services
from wangge.registry.models import Correction, Reminder
from wangge.registry.queries import duedates as queries
from wangge.registry.rules import duedates as rules
from wangge.registry.tests import make as people

pytestmark = pytest.mark.usefixtures("district")
CORRECTION = {
    "correction_number": "4302042025000001",
    "correction_kind": "02",
    "case_kind": "050000",
    "crime": "演示",
    "correction_from": "2025-04-01",
    "correction_until": "2026-03-31",
    "received_by": "01",
    "has_group": "1",
    "group_members": ["01", "07"],
    "is_out_of_control": "0",
    "is_missed": "0",
    "is_new_crime": "0",
}


def justice() -> Actor:
    return make.actor("justice_officer", place=make.JINGLONG)


def corrected(until: str = "2026-03-31"):
    one = people.person(people.officer(), name="演示甲")
    row = services.begin_role(
        actor=SYSTEM,
        person_id=one.pk,
        kind="correction",
        since=date(2025, 4, 1),
        details=CORRECTION | {"correction_until": until},
        source="司法所移交",
    )
    return one, row


def codes(found):
    return [(d.rule.code, d.due_on) for d in found]


def test_the_end_of_a_correction_is_seen_by_who_may_see_the_group_and_by_nobody_else():
    one, _ = corrected()
    with scope.use(justice()):
        assert codes(queries.due(justice())) == [("correction_end", date(2026, 3, 31))]
    for blind in (people.officer(), make.actor("registry_clerk", place=make.SHIFENG)):
        with scope.use(blind):
            assert "correction_end" not in [d.rule.code for d in queries.due(blind)]
            assert "correction_end" not in [r.code for r in queries.rules_for(blind)]
    services.remind(actor=SYSTEM)
    kept = Reminder.objects.get(rule="correction_end")
    assert (kept.person_id, kept.group, kept.show_on) == (one.pk, "correction", date(2026, 3, 1))
    for blind in (people.officer(), make.actor("health_officer", place=make.JINGLONG)):
        with scope.use(blind):
            assert not Reminder.objects.filter(rule="correction_end").exists()  # the database itself says so
            assert not queries.reminders(blind, state="").filter(rule="correction_end").exists()
            assert not queries.reminders(blind, state="", code="correction_end").exists()
            with pytest.raises(NotHere):
                services.settle_reminder(actor=blind, reminder_id=kept.pk, outcome="done")
    with scope.use(justice()):
        assert list(queries.reminders(justice())) == [kept]
        services.settle_reminder(actor=justice(), reminder_id=kept.pk, outcome="done", reason="已解除矫正")


def test_reminders_are_kept_once_and_follow_the_rows():
    one, row = corrected()
    assert services.remind(actor=SYSTEM).made >= 1
    assert services.remind(actor=SYSTEM) == services.remind(actor=SYSTEM)
    assert Reminder.objects.filter(rule="correction_end").count() == 1
    with scope.use(SYSTEM):
        services.change_role(
            actor=SYSTEM,
            person_id=one.pk,
            kind="correction",
            row_id=row.pk,
            details=CORRECTION | {"correction_until": "2026-04-05"},
            source="延长",
        )
    done = services.remind(actor=SYSTEM)
    assert (done.made, done.voided) == (1, 1)
    states = dict(Reminder.objects.filter(rule="correction_end").values_list("due_on", "state"))
    assert states == {date(2026, 3, 31): "void", date(2026, 4, 5): "open"}
    services.end_role(
        actor=SYSTEM, person_id=one.pk, kind="correction", row_id=row.pk, until=clock.today(), reason="期满解除"
    )
    services.remind(actor=SYSTEM)
    assert not Reminder.objects.filter(rule="correction_end", state="open").exists()


def test_a_settled_reminder_does_not_come_back_and_wants_a_reason_to_be_ignored():
    by = people.officer()
    person = people.person(by, name="演示丙", id_number=people.number(date(1946, 3, 29)))
    services.begin_role(
        actor=by,
        person_id=person.pk,
        kind="hukou",
        since=date(2020, 1, 1),
        details={"is_at_hukou": "01"},
        source="入户采集",
    )
    services.remind(actor=SYSTEM)
    kept = queries.reminders(by, code="age_80").get(person=person)
    assert kept.due_on == date(2026, 3, 29)
    with pytest.raises(Refusal) as refused:
        services.settle_reminder(actor=by, reminder_id=kept.pk, outcome="ignored")
    assert refused.value.code == "no_reason"
    services.settle_reminder(actor=by, reminder_id=kept.pk, outcome="ignored", reason="已在外省领取")
    with pytest.raises(Refusal) as refused:
        services.settle_reminder(actor=by, reminder_id=kept.pk, outcome="done")
    assert refused.value.code == "already_settled"
    services.remind(actor=SYSTEM)
    assert not queries.reminders(by, code="age_80").filter(person=person).exists()


def test_it_is_reckoned_as_the_rows_stood_on_a_day():
    by = people.officer()
    with clock.frozen(datetime.fromisoformat("2024-01-10T09:00:00+08:00")):
        person = people.person(by, name="演示丁")
        row = services.begin_role(
            actor=by,
            person_id=person.pk,
            kind="migrant",
            since=date(2023, 6, 1),
            details={
                "inflow_reason": "01",
                "permit_kind": "01",
                "registered_on": "2023-06-20",
                "permit_until": "2026-06-20",
                "dwelling_kind": "02",
                "is_watched": "0",
            },
            source="入户采集",
        )
    services.end_role(
        actor=by, person_id=person.pk, kind="migrant", row_id=row.pk, until=date(2026, 3, 1), reason="返乡"
    )
    assert codes(queries.due(by, codes=["permit_endorse"])) == []
    then = queries.due(by, date(2025, 6, 1), codes=["permit_endorse"])
    assert codes(then) == [("permit_endorse", date(2025, 6, 20))]
    assert codes(queries.due(by, date(2023, 5, 1), codes=["permit_endorse"])) == []


def test_the_reach_is_the_officers_own():
    mine, other = people.officer(0), people.officer(1)
    person = people.person(mine, name="演示戊", care=["elderly_alone"], since=date(2025, 12, 1))
    services.remind(actor=SYSTEM)
    with scope.use(mine):
        assert {r.person_id for r in queries.reminders(mine)} == {person.pk}
        assert {d.person_id for d in queries.due(mine)} == {person.pk}
    with scope.use(other):
        assert not queries.reminders(other).exists()
        assert queries.due(other) == []
    blind = make.actor("justice_officer", place=make.JINGLONG)  # sees the person, not the care group
    with scope.use(blind):
        assert not queries.reminders(blind).exists()
        assert queries.due(blind) == []


def test_who_left_or_died_is_reminded_of_nothing():
    by = people.officer()
    person = people.person(by, name="演示己", care=["elderly_alone"], since=date(2025, 12, 1))
    services.remind(actor=SYSTEM)
    assert queries.reminders(by).exists()
    services.die(actor=by, person_id=person.pk, on=clock.today())
    services.remind(actor=SYSTEM)
    assert not queries.reminders(by).exists()


def test_a_visit_puts_the_next_one_off():
    from wangge.registry.models import Visit

    by = people.officer()
    person = people.person(by, name="演示庚", care=["elderly_alone"], since=date(2025, 12, 1))
    due = [d for d in queries.due(by) if d.rule.code == "elderly_alone_visit"]
    assert [d.due_on for d in due] == [date(2026, 1, 1)]
    Visit.objects.create(
        client_id=make.client_id(),
        place_code=person.place_code,
        person=person,
        purpose="探访",
        seen_at=datetime.fromisoformat("2026-03-08T10:00:00+08:00"),
        received_at=clock.now(),
        by_id=by.id,
        by=by.name,
    )
    assert [d for d in queries.due(by) if d.rule.code == "elderly_alone_visit"] == []
    later = queries.due(by, codes=["elderly_alone_visit"], ahead=60)
    assert [d.due_on for d in later] == [date(2026, 4, 8)]


def test_making_reminders_is_for_the_night_job_or_who_keeps_the_lists():
    with pytest.raises(NoRight):
        services.remind(actor=people.officer())


def test_ages_come_from_the_index_of_births_and_from_nowhere_else(django_assert_max_num_queries):
    """One query a rule (and one for visits): no query a person."""
    by = people.officer()
    for day in (26, 27, 28):
        people.person(by, name="演示辛", id_number=people.number(date(2008, 3, day)))
    with django_assert_max_num_queries(2 * len(rules.rules())):
        assert len([d for d in queries.due(by, ahead=30) if d.rule.code == "adult_18"]) == 3
    assert Correction.objects.count() == 0


@pytest.mark.parametrize(("permit", "told"), [(None, True), ("02", True), ("01", False)])
def test_half_a_year_is_told_to_who_holds_no_permit(permit, told):
    by = people.officer()
    person = people.person(by, name="演示壬")
    details = {"inflow_reason": "01", "dwelling_kind": "02", "is_watched": "0"} | (
        {"permit_kind": permit} if permit else {}
    )
    services.begin_role(
        actor=by, person_id=person.pk, kind="migrant", since=date(2025, 9, 1), details=details, source="入户采集"
    )
    assert bool(queries.due(by, codes=["half_year"])) is told
