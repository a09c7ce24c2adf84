from datetime import UTC, date, datetime, timedelta

import pytest

from wangge.identity import rules

AT = datetime(2022, 6, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Short-7", "password_short"),
        ("Aa1-" * 40, "password_long"),
        ("alllowercaseletters", "password_simple"),
        ("Zhangsan-2022", "password_guessable"),
        ("Aaaaaaaa-1", "password_guessable"),
        (rules.DEMO_PASSWORD, "password_guessable"),
        ("Shuangfeng-77", None),
    ],
)
def test_a_password_is_judged_by_length_kinds_and_guessability(password, code):
    wrong = rules.check_password(password, "zhangsan")
    assert (wrong.code if wrong else None) == code


@pytest.mark.parametrize(
    ("minutes", "now", "until"),
    [
        ([0, 1, 2, 3], 4, None),
        ([0, 1, 2, 3, 4], 5, 19),
        ([0, 3, 6, 9, 12], 16, 27),  # the first is older than fifteen minutes, the lock still holds
        ([0, 1, 2, 3, 4], 19, None),
        ([0, 4, 8, 12, 16], 17, None),  # never five within fifteen minutes
    ],
)
def test_the_fifth_failure_in_fifteen_minutes_locks_for_fifteen(minutes, now, until):
    failures = [AT + timedelta(minutes=m) for m in minutes]
    found = rules.locked_until(failures, AT + timedelta(minutes=now))
    assert found == (AT + timedelta(minutes=until) if until is not None else None)


@pytest.mark.parametrize(
    ("role", "held", "allowed"),
    [
        ("audit_admin", "system_admin", False),
        ("security_admin", "audit_admin", False),
        ("system_admin", "system_admin", True),
        ("audit_admin", "officer", True),
        ("officer", "system_admin", True),
    ],
)
def test_the_three_officers_are_three_people(role, held, allowed):
    term = rules.Term(held, date(2022, 1, 1), None)
    wrong = rules.may_appoint(role, date(2022, 6, 1), None, [term])
    assert (wrong is None) == allowed


def test_officers_terms_may_follow_one_another():
    before = rules.Term("system_admin", date(2022, 1, 1), date(2022, 6, 1))
    assert rules.may_appoint("audit_admin", date(2022, 6, 1), None, [before]) is None


@pytest.mark.parametrize(
    ("role", "rights", "code"),
    [
        ("leader", ["events.view", rules.AUDIT], "three_officers"),
        ("system_admin", [rules.ACCOUNTS, rules.AUDIT], "three_officers"),
        ("system_admin", [rules.ACCOUNTS, "events.view"], "officer_role_fixed"),
        ("system_admin", [], "officer_role_fixed"),
        ("system_admin", [rules.ACCOUNTS], None),
        ("leader", ["events.view"], None),
    ],
)
def test_a_role_never_joins_the_rights_of_two_officers(role, rights, code):
    wrong = rules.check_rights(role, rights)
    assert (wrong.code if wrong else None) == code


@pytest.mark.parametrize(
    ("role", "place", "sight"),
    [
        ("officer", 430204005001003, (430204005001003, 430204005001003, None)),
        ("community", 430204005001000, (430204005001000, 430204005001999, 7)),
        ("street", 430204005000000, (430204005000000, 430204005999999, 7)),
        ("dispatcher", 430204000000000, (430204000000000, 430204999999999, 7)),
        ("handler", None, (1, 0, 7)),
        ("audit_admin", 430204000000000, (1, 0, None)),
        ("system_admin", None, (1, 0, None)),
    ],
)
def test_a_post_sees_its_place_or_what_its_office_holds(role, place, sight):
    found = rules.sees(role, place, 7)
    assert (found.lo, found.hi, found.department_id) == sight


def test_a_password_is_due_when_it_is_somebody_elses_or_old():
    assert rules.password_due(True, AT, AT) is not None
    assert rules.password_due(False, None, AT) is not None
    assert rules.password_due(False, AT, AT + timedelta(days=180)) is None
    assert rules.password_due(False, AT, AT + timedelta(days=181)) is not None
