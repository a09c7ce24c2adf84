"""Two at once: the same document, the same field, the same request. Threads with connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import IntegrityError, connection

from tests import make
from wangge.kernel import clock, scope
from wangge.kernel.errors import Refusal
from wangge.registry import services
from wangge.registry.models import Household, HouseholdMember, Person, PersonChange, Residence, SamePerson
from wangge.registry.tests import make as reg

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def town():
    """The districts, committed; nothing is left open around the test."""
    make.forget()
    with scope.system():
        make.district()
        make.district(make.HETANG)


def together(who, *acts):
    """Run the acts at the same moment in scopes of their own; what each gave or was refused with."""
    gate = Barrier(len(acts))

    def run(act):
        try:
            with clock.frozen(make.START):
                gate.wait(10)
                with scope.use(who):
                    return act()
        except (Refusal, IntegrityError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [f.result(30) for f in [pool.submit(run, act) for act in acts]]


def people():
    with scope.system():
        by = reg.officer()
        return by, reg.person(by), reg.person(by, name="花凤")


def errors(results):
    return [r for r in results if isinstance(r, Exception)]


def test_one_document_registered_twice_at_once_is_one_person(town):
    with scope.system():
        by, number = reg.officer(), reg.number()

    def act():
        return services.register(actor=by, values={"name": "苗禾青", "id_number": number}, place_code=by.lo, source="x")

    results = together(by, act, act, act)
    assert len(errors(results)) == 2
    with scope.system():
        assert Person.objects.filter(name="苗禾青").count() == 1


def test_of_two_changes_of_one_field_one_is_told_that_it_is_late(town):
    by, one, _ = people()

    def change(value):
        return lambda: services.update(actor=by, person_id=one.pk, changes={"employer": value}, seen_step=1, source="x")

    results = together(by, change("甲"), change("乙"))
    (late,) = errors(results)
    assert late.code == "stale"
    with scope.system():
        assert PersonChange.objects.filter(person=one).count() == 1


def test_two_changes_of_two_fields_both_hold(town):
    by, one, _ = people()
    results = together(
        by,
        lambda: services.update(actor=by, person_id=one.pk, changes={"employer": "甲"}, seen_step=1, source="x"),
        lambda: services.update(actor=by, person_id=one.pk, changes={"phone": "14288000091"}, seen_step=1, source="x"),
    )
    assert errors(results) == []
    with scope.system():
        kept = Person.objects.get(pk=one.pk)
        assert (kept.employer, kept.step) == ("甲", 3)
        assert kept.phone_index is not None


def test_a_person_settles_in_one_place_even_when_two_say_so(town):
    by, one, _ = people()
    with scope.system():
        homes = reg.dwelling(by.lo, "301室"), reg.dwelling(by.lo, "302室")

    def settle(home):
        return lambda: services.settle(actor=by, person_id=one.pk, dwelling_id=home, kind="own", since=date(2026, 3, 1))

    together(by, settle(homes[0]), settle(homes[1]))
    with scope.system():
        assert Residence.objects.filter(person=one, until=None, is_main=True).count() == 1
        assert Residence.objects.filter(person=one).count() == 2


def test_a_household_and_its_members_wait_for_each_other_and_none_for_ever(town):
    by, one, other = people()
    with scope.system():
        made = services.make_household(actor=by, place_code=by.lo, head_id=one.pk)
        services.join_household(
            actor=by, household_id=made.pk, person_id=other.pk, relation="12", since=date(2026, 1, 1)
        )
    results = together(
        by,
        lambda: services.set_head(actor=by, household_id=made.pk, person_id=other.pk, relations={one.pk: "11"}),
        lambda: services.leave_household(actor=by, person_id=one.pk, until=date(2026, 3, 10)),
        lambda: services.die(actor=by, person_id=one.pk, on=date(2026, 3, 10)),
    )
    assert all(isinstance(e, Refusal) for e in errors(results))
    with scope.system():
        assert HouseholdMember.objects.filter(person=one, until=None).count() == 0
        assert Household.objects.get(pk=made.pk).head_id in (other.pk, None)


def test_a_move_is_answered_once(town):
    by, one, _ = people()
    with scope.system():
        there = reg.officer(3)
        move = services.ask_move(actor=by, person_id=one.pk, to_place=there.lo)
    results = together(
        there,
        lambda: services.accept_move(actor=there, move_id=move.pk),
        lambda: services.decline_move(actor=there, move_id=move.pk, note="查无此人"),
    )
    (late,) = errors(results)
    assert late.code == "illegal_move"
    with scope.system():
        move.refresh_from_db()
        where = Person.objects.get(pk=one.pk).place_code
        assert where == (there.lo if move.state == "accepted" else by.lo)


def test_two_records_are_not_merged_into_each_other(town):
    with scope.system():
        by, boss = reg.officer(), make.community(make.cell())
        a = reg.person(by, name="章予", id_number=None)
        b = reg.person(by, name="章予", id_number=None, sure_is_new=True)

    def merge(keep, drop):
        return lambda: services.note_same(actor=boss, keep_id=keep, drop_id=drop, same=True, reason="同一人")

    results = together(boss, merge(a.pk, b.pk), merge(b.pk, a.pk))
    (late,) = errors(results)
    assert late.code == "record_closed"
    with scope.system():
        assert SamePerson.objects.count() == 1
        assert sorted(Person.objects.filter(pk__in=[a.pk, b.pk]).values_list("state", flat=True)) == [
            "active",
            "merged",
        ]
