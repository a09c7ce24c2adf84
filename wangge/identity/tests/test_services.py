from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from wangge.identity import queries, rules, services
from wangge.identity.models import Appointment
from wangge.identity.tests import make
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry, Fact


@pytest.fixture
def house(db):
    with make.at_noon(), scope.system():
        make.house()
        yield


class _Refused:
    def __init__(self, code):
        self.code = code

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert isinstance(error, Refusal), f"not refused: {error!r}"
        assert error.code == self.code, f"{error.code} is not {self.code}"
        assert error.sentence.endswith(("。", "："))
        return True


def test_loading_offices_twice_changes_nothing(house):
    count = queries.departments(SYSTEM).count()
    assert services.load_departments(actor=SYSTEM) == 0
    assert services.load_roles(actor=SYSTEM) == 0
    assert queries.departments(SYSTEM).count() == count
    assert len(queries.departments(SYSTEM, "community", make.STREET)) == 6


def test_each_place_finds_its_offices(house):
    cell = make.a_cell()
    assert queries.centre_of(cell).code == "430204-centre"
    assert queries.street_centre_of(cell).place_code == make.STREET
    assert queries.community_office_of(cell).place_code == cell - cell % 1000
    assert queries.department_by_slug(cell, "urban").short == "城管局"
    assert queries.district(cell).name == "石峰区"
    with pytest.raises(NotHere):
        queries.street_centre_of(make.DISTRICT)


def test_the_lead_comes_first_and_a_cover_stands_in_for_the_absent(house):
    cell = make.a_cell()
    office = queries.community_office_of(cell)
    officer = make.appointed(make.account("li"), make.post("officer", office, cell))
    make.appointed(make.account("wang"), make.post("lead", office, cell))
    away = (date(2022, 6, 1), date(2022, 6, 8))
    services.cover(
        actor=SYSTEM, appointment_id=officer.pk, account_id=make.account("zhao").pk, starts=away[0], ends=away[1]
    )
    during = queries.officers_of_cell(cell, date(2022, 6, 7))
    assert [(h.full_name, h.stands_in_for, h.is_lead) for h in during] == [
        ("张wang", "", True),
        ("张zhao", "张li", False),
    ]
    after = queries.officers_of_cell(cell, date(2022, 6, 8))
    assert [h.full_name for h in after] == ["张wang", "张li"]
    assert queries.cells_of(queries.account("zhao").pk) == [cell]
    assert queries.cells_of(queries.account("zhao").pk, date(2022, 6, 8)) == []


def test_a_cover_lies_within_the_term_and_is_not_doubled(house):
    cell = make.a_cell()
    held = make.appointed(make.account("li"), make.post("officer", queries.community_office_of(cell), cell))
    zhao, qian = make.account("zhao").pk, make.account("qian").pk
    told: dict[str, Any] = {
        "actor": SYSTEM,
        "appointment_id": held.pk,
        "starts": date(2022, 6, 1),
        "ends": date(2022, 6, 8),
    }
    with _Refused("cover_oneself"):
        services.cover(**{**told, "account_id": held.account_id})
    with _Refused("cover_outside"):
        services.cover(**{**told, "account_id": zhao, "starts": date(2021, 12, 1)})
    services.cover(**told, account_id=zhao)
    with _Refused("already_covered"):
        services.cover(**told, account_id=qian)
    services.end_appointment(actor=SYSTEM, appointment_id=held.pk, ends=date(2022, 6, 5))
    cover = Appointment.objects.get(kind="cover")
    assert cover.period.upper == date(2022, 6, 5)


def test_handing_over_moves_the_post_and_tells_the_rooms_above(house):
    post = make.post("handler", queries.department_by_slug(make.DISTRICT, "urban"))
    held = make.appointed(make.account("li"), post)
    zhao = make.account("zhao")
    after = services.hand_over(
        actor=SYSTEM, appointment_id=held.pk, to_account_id=zhao.pk, on=date(2022, 7, 1), note="在办三件"
    )
    held.refresh_from_db()
    assert (held.period.upper, after.period.lower, after.period.upper) == (date(2022, 7, 1), date(2022, 7, 1), None)
    fact = Fact.objects.get(name="identity.PostHandedOver")
    assert fact.data["to_account_id"] == zhao.pk
    assert fact.data["on"] == "2022-07-01"


def test_nobody_is_two_officers_nor_appoints_oneself(house):
    who = make.account("li")
    make.appointed(who, make.post("system_admin"))
    with _Refused("three_officers"):
        make.appointed(who, make.post("audit_admin"))
    security = make.holder("security_admin")
    with _Refused("not_oneself"):
        services.appoint(
            actor=security, account_id=security.id, post_id=make.post("audit_admin").pk, starts=date(2022, 6, 1)
        )


def test_each_officer_keeps_to_their_own(house):
    system, security, audit = (make.holder(r) for r in rules.OFFICERS)
    other = make.account("li")
    with pytest.raises(NoRight):
        queries.audit_entries(system)
    with pytest.raises(NoRight):
        services.edit_role(actor=system, code="leader", rights=[])
    with pytest.raises(NoRight):
        services.reset_password(actor=system, account_id=audit.id, password="Another-2022")
    with pytest.raises(NoRight):
        services.appoint(
            actor=system, account_id=other.pk, post_id=make.post("audit_admin").pk, starts=date(2022, 6, 1)
        )
    with pytest.raises(NoRight):
        services.create_account(actor=audit, name="x1", full_name="某", password=make.PASSWORD)
    with pytest.raises(NoRight):
        services.reset_password(actor=security, account_id=other.pk, password="Another-2022")
    services.reset_password(actor=security, account_id=audit.id, password="Another-2022")
    services.reset_password(actor=system, account_id=other.pk, password="Another-2022")
    assert queries.audit_entries(audit).filter(action="identity.password_reset").count() == 2


def test_a_role_is_changed_by_the_security_officer_within_bounds(house):
    security = make.holder("security_admin")
    with _Refused("three_officers"):
        services.edit_role(actor=security, code="leader", rights=[rules.AUDIT])
    with _Refused("officer_role_fixed"):
        services.edit_role(actor=security, code="audit_admin", rights=[])
    with _Refused("right_unknown"):
        services.edit_role(actor=security, code="leader", rights=["events.everything"])
    services.edit_role(actor=security, code="leader", rights=["events.view"])
    assert queries.role("leader").rights == ["events.view"]


def test_a_password_is_not_used_again_and_ends_other_sessions(house):
    who = make.holder("dispatcher", "li", place=make.DISTRICT)
    for number in range(5):
        old = make.PASSWORD if number == 0 else f"Renewed-{number}-abc"
        services.change_password(actor=who, old=old, new=f"Renewed-{number + 1}-abc")
    with _Refused("password_used"), transaction.atomic():
        services.change_password(actor=who, old="Renewed-5-abc", new="Renewed-1-abc")
    with _Refused("password_wrong"), transaction.atomic():
        services.change_password(actor=who, old="not the one", new="Renewed-9-abc")
    services.change_password(actor=who, old="Renewed-5-abc", new=make.PASSWORD)


def test_an_account_with_a_post_is_not_stopped(house):
    system = make.holder("system_admin")
    who = make.account("li")
    held = make.appointed(who, make.post("dispatcher", place=make.DISTRICT))
    token = services.create_token(actor=SYSTEM, account_name="li")
    assert queries.actor_by_token(token) is not None
    with _Refused("holds_post"), transaction.atomic():
        services.deactivate_account(actor=system, account_id=who.pk)
    services.end_appointment(actor=SYSTEM, appointment_id=held.pk, ends=clock.today())
    services.deactivate_account(actor=system, account_id=who.pk)
    queries.forget_tokens()
    assert queries.actor_by_token(token) is None


def test_a_token_is_for_oneself_and_ends_with_the_appointment(house):
    who = make.holder("dispatcher", "li", place=make.DISTRICT)
    other = make.holder("handler", "wang", queries.department_by_slug(make.DISTRICT, "urban"))
    with pytest.raises(NoRight):
        services.create_token(actor=other, account_name="li")
    raw = services.create_token(actor=who, account_name="li", rate=5)
    caller = queries.caller_by_token(raw)
    assert caller is not None
    assert (caller.actor.id, caller.actor.channel, caller.rate) == (who.id, "api", 5)
    with pytest.raises(NotHere):
        services.revoke_token(actor=other, token_id=caller.token_id)
    with clock.frozen(make.NOON + timedelta(days=400)):
        queries.forget_tokens()
        assert queries.caller_by_token(raw) is None


def test_the_first_officers_are_three_people_once(house):
    people = {
        role: services.Person(f"first-{i}", f"首任{i}", f"Beginning-{i}-now") for i, role in enumerate(rules.OFFICERS)
    }
    with _Refused("three_officers"):
        services.create_first_officers(actor=SYSTEM, district=make.DISTRICT, people={})
    made = services.create_first_officers(actor=SYSTEM, district=make.DISTRICT, people=people)
    assert len(made) == 3
    assert all(a.must_change_password for a in made)
    with _Refused("officers_exist"), transaction.atomic():
        services.create_first_officers(actor=SYSTEM, district=make.DISTRICT, people=people)


def test_every_write_leaves_an_audit_row(house):
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    make.appointed(make.account("li"), make.post("dispatcher", place=make.DISTRICT))
    new = AuditEntry.objects.exclude(pk__in=before).order_by("pk").values_list("action", flat=True)
    assert list(new) == ["identity.account_created", "identity.post_created", "identity.appointed"]
    assert all(queries.action_name(a) != a for a in new)


def test_demo_accounts_are_listed_with_their_password(house):
    made = services.create_account(
        actor=SYSTEM, name="demo-li", full_name="李演示", password=rules.DEMO_PASSWORD, is_demo=True
    )
    services.create_account(actor=SYSTEM, name="demo-silent", full_name="无登录", is_demo=True)
    make.appointed(made, make.post("dispatcher", place=make.DISTRICT))
    rows = queries.demo_accounts()
    assert [(r["name"], r["role"], r["district"]) for r in rows] == [("demo-li", "dispatcher", "石峰区")]
    assert queries.password_is_due(made) is None
    with _Refused("demo_password"):
        services.change_password(
            actor=queries.actor_for(made, None, "desk"), old=rules.DEMO_PASSWORD, new="Something-2022"
        )


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "cover", "covers": None},
        {"period": (date(2022, 6, 1), date(2022, 6, 1))},
        {"period": (None, date(2022, 6, 1))},
    ],
)
def test_the_database_refuses_terms_that_cannot_be(house, values):
    who, post = make.account("li"), make.post("dispatcher", place=make.DISTRICT)
    row = {"account": who, "post": post, "period": (date(2022, 1, 1), None), **values}
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(**row)


def at_once(*acts):
    """Run the acts in threads that start together; what each returned or raised."""
    barrier = Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place, act):
        try:
            barrier.wait()
            with make.at_noon(), scope.system():
                results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_people_appoint_two_leads_at_once_and_one_wins():
    with make.at_noon(), scope.system():
        make.house()
        cell = make.a_cell()
        post = make.post("lead", queries.community_office_of(cell), cell)
        a, b = make.account("li"), make.account("wang")
    results = at_once(lambda: make.appointed(a, post), lambda: make.appointed(b, post))
    assert sum(isinstance(r, Appointment) for r in results) == 1
    lost = next(r for r in results if not isinstance(r, Appointment))
    assert isinstance(lost, IntegrityError)
    assert "one_lead_per_cell_at_a_time" in str(lost)


@pytest.mark.django_db(transaction=True)
def test_two_officers_posts_given_at_once_to_one_person_see_one_another():
    with make.at_noon(), scope.system():
        make.house()
        who = make.account("li")
        first, second = make.post("system_admin"), make.post("audit_admin")
    results = at_once(lambda: make.appointed(who, first), lambda: make.appointed(who, second))
    assert sum(isinstance(r, Appointment) for r in results) == 1
    assert [r.code for r in results if isinstance(r, Refusal)] == ["three_officers"]
