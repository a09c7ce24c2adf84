"""Where people live, who belongs together, and records that change hands."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests import make
from wangge.kernel import scope
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import Fact
from wangge.registry import queries, services
from wangge.registry.models import (
    Household,
    HouseholdMember,
    Migrant,
    Person,
    PersonChange,
    PersonMove,
    Psychiatric,
    Relation,
    Residence,
    SamePerson,
)
from wangge.registry.tests import make as reg

pytestmark = pytest.mark.usefixtures("district")
JAN, FEB = date(2026, 1, 5), date(2026, 2, 5)


def refused(code: str, act, **given):
    with pytest.raises(Refusal) as caught:
        act(**given)
    assert caught.value.code == code, caught.value
    return caught.value


def test_a_main_residence_gives_the_record_its_cell_and_address_and_ends_the_earlier_one():
    by = make.actor("street", place=make.JINGLONG)
    first, second = make.cell(n=0), make.cell(n=1)
    old, new = reg.dwelling(first.code), reg.dwelling(second.code, "402室")
    one = reg.person(by, first.code, dwelling_id=old, since=JAN)
    assert one.home_address.endswith("301室")
    assert one.home_area == "430204"
    services.settle(actor=by, person_id=one.pk, dwelling_id=new, kind="rent", since=FEB)
    one.refresh_from_db()
    assert one.place_code == second.code
    assert one.home_address.endswith("402室")
    rows = list(Residence.objects.filter(person=one).order_by("since"))
    assert [(r.dwelling_id, r.since, r.until, r.kind) for r in rows] == [
        (old, JAN, FEB, "own"),
        (new, FEB, None, "rent"),
    ]
    assert Fact.objects.filter(name="registry.PersonMoved", data__to_place=second.code).exists()
    assert PersonChange.objects.get(person=one, field="home_address", step=3).from_on == FEB


def test_settling_twice_is_one_row_and_a_second_home_does_not_move_the_record():
    by = make.community(make.cell())
    home, shop = reg.dwelling(make.cell().code), reg.dwelling(make.cell().code, "101室", "9栋")
    one = reg.person(by, make.cell().code, dwelling_id=home, since=JAN)
    again = services.settle(actor=by, person_id=one.pk, dwelling_id=home, kind="own", since=FEB)
    services.settle(actor=by, person_id=one.pk, dwelling_id=shop, kind="work", since=FEB, is_main=False)
    assert Residence.objects.filter(person=one).count() == 2
    assert again.since == JAN
    services.leave(actor=by, person_id=one.pk, dwelling_id=shop, until=reg.today(), reason="歇业")
    with pytest.raises(NotHere):
        services.leave(actor=by, person_id=one.pk, dwelling_id=shop, until=reg.today())


def test_a_dwelling_elsewhere_is_asked_for_not_taken():
    here, there = reg.officer(0), reg.officer(3)
    one, away = reg.person(here), reg.dwelling(there.lo)
    refused("ask_move", services.settle, actor=here, person_id=one.pk, dwelling_id=away, kind="own", since=JAN)


def test_days_of_residence_are_in_order():
    by = reg.officer()
    home = reg.dwelling(by.lo)
    one = reg.person(by, dwelling_id=home, since=FEB)
    other = reg.dwelling(by.lo, "502室")
    refused("dates", services.settle, actor=by, person_id=one.pk, dwelling_id=other, kind="own", since=JAN)
    refused("dates", services.settle, actor=by, person_id=one.pk, dwelling_id=other, kind="own", since=date(2027, 1, 1))


def test_a_household_has_one_head_and_its_history():
    by = reg.officer()
    head, wife, child = reg.person(by), reg.person(by, name="花凤"), reg.person(by, name="苗青")
    made = services.make_household(actor=by, place_code=by.lo, head_id=head.pk, number="430204118", since=JAN)
    given: dict[str, Any] = {"actor": by, "household_id": made.pk, "since": JAN}
    services.join_household(person_id=wife.pk, relation="妻", **given)
    services.join_household(person_id=child.pk, relation="20", **given)
    refused("has_head", services.join_household, person_id=reg.person(by).pk, relation="户主", **given)
    refused("invalid_fields", services.join_household, person_id=reg.person(by).pk, relation="同事的", **given)
    with pytest.raises(IntegrityError, match="one_household_at_a_time"), transaction.atomic():
        services.make_household(actor=by, place_code=by.lo, head_id=child.pk, since=FEB)
    refused("relation_missing", services.set_head, actor=by, household_id=made.pk, person_id=wife.pk)
    services.set_head(actor=by, household_id=made.pk, person_id=wife.pk, relations={head.pk: "夫"}, on=FEB)
    assert Household.objects.get(pk=made.pk).head_id == wife.pk
    rows = HouseholdMember.objects.filter(household=made).order_by("since", "person_id")
    now = {r.person_id: r.relation for r in rows if r.until is None}
    assert now == {wife.pk: "02", head.pk: "11", child.pk: "20"}
    for one in (wife, head, child):
        services.leave_household(actor=by, person_id=one.pk, until=reg.today(), reason="分户")
    made.refresh_from_db()
    assert (made.head_id, made.closed_on) == (None, reg.today())
    refused("closed", services.join_household, person_id=wife.pk, relation="02", **given)


def test_a_household_number_is_given_once():
    by = reg.officer()
    services.make_household(actor=by, place_code=by.lo, head_id=reg.person(by).pk, number="430204119")
    with pytest.raises(IntegrityError, match="a_household_number_is_given_once"), transaction.atomic():
        services.make_household(actor=by, place_code=by.lo, head_id=reg.person(by).pk, number="430204119")


def test_the_family_chain_names_relatives_with_and_without_a_record_and_shows_numbers_with_a_reason():
    by, away = reg.officer(0), reg.officer(3)
    old = reg.person(by, name="穆澄")
    far = reg.person(away, name="穆岚", phone="14288000021")
    with scope.use(by):
        first = services.relate(actor=by, person_id=old.pk, kind="女", name="穆宁", phone="14288000020")
        with pytest.raises(NotHere):
            services.relate(actor=by, person_id=old.pk, kind="子", other_id=far.pk)
    second = services.relate(actor=make.SYSTEM, person_id=old.pk, kind="子", other_id=far.pk)
    with scope.use(by):
        services.set_calls(actor=by, person_id=old.pk, row_ids=[second.pk, first.pk])
        found = queries.chain(by, old.pk)
        assert [(c.calls, c.name, c.phone, c.person_id) for c in found] == [
            (1, "穆岚", "142****0021", None),
            (2, "穆宁", "142****0020", None),
        ]
        assert found[1].relation == "女"
        shown = services.reveal_contacts(actor=by, person_id=old.pk, reason="一键报警联系家属")
        assert [c["phone"] for c in shown] == ["14288000021", "14288000020"]
    with pytest.raises(NoRight):
        services.reveal_contacts(actor=make.handler(), person_id=old.pk, reason="一键报警联系家属")
    assert "14288000020" not in str(Relation.objects.filter(pk=first.pk).values().get())


def test_a_record_stays_where_it_is_until_the_other_side_has_accepted():
    here, there = reg.officer(0), reg.officer(3)
    one = reg.person(here, dwelling_id=reg.dwelling(here.lo), since=JAN)
    with scope.use(here):
        move = services.ask_move(actor=here, person_id=one.pk, to_place=there.lo, note="已搬至新居")
        assert move.state == "asked"
        assert queries.person(here, one.pk).place_code == here.lo
        with pytest.raises(Refusal, match="对方网格"):
            services.accept_move(actor=here, move_id=move.pk)
    with scope.use(there):
        with pytest.raises(NotHere):
            queries.person(there, one.pk)
        new = reg.dwelling(there.lo, "601室")
        services.accept_move(actor=there, move_id=move.pk, dwelling_id=new)
        now = queries.person(there, one.pk)
        assert (now.place_code, now.home_address[-4:]) == (there.lo, "601室")
    with scope.use(here), pytest.raises(NotHere):
        queries.person(here, one.pk)
    assert [(r.until, r.ended_reason) for r in Residence.objects.filter(person=one).order_by("since")] == [
        (reg.today(), "迁居"),
        (None, ""),
    ]
    refused("illegal_move", services.decline_move, actor=there, move_id=move.pk, note="重复")


def test_declining_needs_a_reason_and_changes_nothing():
    here, there = reg.officer(0), reg.officer(3)
    one = reg.person(here)
    move = services.ask_move(actor=here, person_id=one.pk, to_place=there.lo)
    refused("missing_input", services.decline_move, actor=there, move_id=move.pk, note=" ")
    assert services.decline_move(actor=there, move_id=move.pk, note="查无此人").state == "declined"
    one.refresh_from_db()
    assert one.place_code == here.lo
    assert services.ask_move(actor=here, person_id=one.pk, to_place=there.lo).state == "asked"


def test_one_request_at_a_time_and_the_asking_side_may_take_it_back():
    here, there = reg.officer(0), reg.officer(3)
    one = reg.person(here)
    move = services.ask_move(actor=here, person_id=one.pk, to_place=there.lo)
    with pytest.raises(IntegrityError, match="a_person_is_asked_for_once_at_a_time"), transaction.atomic():
        services.ask_move(actor=here, person_id=one.pk, to_place=reg.officer(1).lo)
    with pytest.raises(Refusal):
        services.withdraw_move(actor=there, move_id=move.pk)
    assert services.withdraw_move(actor=here, move_id=move.pk).state == "withdrawn"
    with scope.use(reg.officer(1)), pytest.raises(NotHere):
        services.accept_move(actor=reg.officer(1), move_id=move.pk)


def test_who_answers_for_both_sides_moves_at_once_and_a_family_moves_together():
    street = make.actor("street", place=make.JINGLONG)
    here, there = reg.officer(0), reg.officer(3)
    head, child = reg.person(here), reg.person(here, name="苗青")
    made = services.make_household(actor=here, place_code=here.lo, head_id=head.pk)
    services.join_household(actor=here, household_id=made.pk, person_id=child.pk, relation="20", since=JAN)
    home = reg.dwelling(there.lo)
    with scope.use(street):
        move = services.ask_move(actor=street, person_id=child.pk, to_place=there.lo, dwelling_id=home, together=True)
        assert move.state == "accepted"
    assert set(Person.objects.filter(pk__in=[head.pk, child.pk]).values_list("place_code", flat=True)) == {there.lo}
    made.refresh_from_db()
    assert (made.place_code, made.dwelling_id, made.head_id) == (there.lo, home, head.pk)
    assert HouseholdMember.objects.filter(household=made, until=None).count() == 2


def test_a_child_who_moves_alone_leaves_the_household_behind():
    street, here, there = make.actor("street", place=make.JINGLONG), reg.officer(0), reg.officer(3)
    head, child = reg.person(here), reg.person(here, name="苗青")
    made = services.make_household(actor=here, place_code=here.lo, head_id=head.pk)
    services.join_household(actor=here, household_id=made.pk, person_id=child.pk, relation="20", since=JAN)
    services.ask_move(actor=street, person_id=child.pk, to_place=there.lo)
    made.refresh_from_db()
    assert made.place_code == here.lo
    assert list(HouseholdMember.objects.filter(household=made, until=None).values_list("person_id", flat=True)) == [
        head.pk
    ]


def test_a_record_that_lies_elsewhere_is_asked_for_and_handed_over_by_its_holder():
    here, there = reg.officer(0), reg.officer(3)
    number = reg.number()
    one = reg.person(there, id_number=number, name="袁柳")
    with scope.use(here):
        home = reg.dwelling(here.lo)
        given: dict[str, Any] = {"actor": here, "id_type": "111", "to_place": here.lo, "name": "袁柳"}
        move = services.ask_transfer_in(number=number, dwelling_id=home, **given)
        with pytest.raises(Refusal, match="对方网格"):
            services.accept_move(actor=here, move_id=move.pk)
        refused("not_known", services.ask_transfer_in, number=reg.number(), **given)
    with scope.use(there):
        services.accept_move(actor=there, move_id=move.pk)
    with scope.use(here):
        assert queries.person(here, one.pk).home_address.endswith("301室")
        refused("exists", services.ask_transfer_in, number=number, **given)


def test_somebody_who_departed_is_taken_over_at_once():
    here, there = reg.officer(0), reg.officer(3)
    number = reg.number()
    one = reg.person(there, id_number=number)
    services.depart(actor=there, person_id=one.pk, on=FEB, to="长沙")
    with scope.use(here):
        services.ask_transfer_in(actor=here, id_type="111", number=number, to_place=here.lo, name="x")
        assert queries.person(here, one.pk).state == "active"


def test_death_ends_everything_and_can_be_taken_back():
    by, doctor = reg.officer(), make.actor("health_officer", place=make.JINGLONG)
    one = reg.person(by, care=["elderly_alone"], dwelling_id=reg.dwelling(by.lo), since=JAN)
    services.make_household(actor=by, place_code=by.lo, head_id=one.pk, since=JAN)
    services.begin_role(
        actor=doctor, person_id=one.pk, kind="psychiatric", since=JAN, details={}, source="x", partial=True
    )
    with scope.use(by):
        services.die(actor=by, person_id=one.pk, on=FEB)
        refused("deceased", services.settle, actor=by, person_id=one.pk, dwelling_id=0, kind="own", since=FEB)
        refused("gone", services.depart, actor=by, person_id=one.pk, on=FEB)
        assert list(queries.people(by)) == []
    assert Psychiatric.objects.get(person=one).until == FEB
    assert Residence.objects.get(person=one).until == FEB
    assert Household.objects.get(place_code=by.lo).closed_on == FEB
    services.reinstate(actor=by, person_id=one.pk, reason="同名误登")
    assert (Psychiatric.objects.get(person=one).until, Residence.objects.get(person=one).until) == (None, None)
    household = Household.objects.get(place_code=by.lo)
    assert (household.closed_on, household.head_id) == (None, one.pk)


def test_departing_ends_what_is_local_and_leaves_what_the_law_goes_on_with():
    by, doctor = reg.officer(), make.actor("health_officer", place=make.JINGLONG)
    one = reg.person(by)
    services.begin_role(actor=by, person_id=one.pk, kind="migrant", since=JAN, details={}, source="x", partial=True)
    services.begin_role(
        actor=doctor, person_id=one.pk, kind="psychiatric", since=JAN, details={}, source="x", partial=True
    )
    services.depart(actor=by, person_id=one.pk, on=FEB, reason="返乡", to="衡阳")
    assert Migrant.objects.get(person=one).ended_reason == "迁离；返乡；去向：衡阳"
    assert Psychiatric.objects.get(person=one).until is None


def twins():
    by = reg.officer()
    keep = reg.person(by, name="章书", id_number=None, birth_on="1970-02-03", employer="甲")
    drop = reg.person(
        by, name="章书", id_number=(n := reg.number(date(1970, 2, 26))), phone="14288000031", employer="乙"
    )
    return by, keep, drop, n


def test_two_records_of_one_person_become_one_and_two_again():
    by, keep, drop, _ = twins()
    services.update(actor=by, person_id=keep.pk, changes={"birth_on": "1970-02-26"}, seen_step=1, source="x")
    for one in (keep, drop):
        services.begin_role(actor=by, person_id=one.pk, kind="migrant", since=JAN, details={}, source="x", partial=True)
    services.begin_care(actor=by, person_id=drop.pk, kind="dibao", since=JAN, source="x")
    boss = make.community(make.cell())
    given: dict[str, Any] = {"actor": boss, "keep_id": keep.pk, "drop_id": drop.pk, "reason": "同一人，采集两次"}
    with pytest.raises(NoRight):
        services.note_same(**(given | {"actor": by}), same=True)
    with scope.use(boss):
        judged = services.note_same(**given, same=True)
    keep.refresh_from_db()
    drop.refresh_from_db()
    assert (drop.state, drop.merged_into_id, drop.id_index) == ("merged", keep.pk, None)
    assert (keep.employer, queries.open_core(keep)["phone"], keep.id_type) == ("甲", "14288000031", "111")
    assert [c.kind for c in keep.cares.all()] == ["dibao"]
    # The two migrant episodes collide: each stays with its own record, neither is lost.
    assert Migrant.objects.filter(person=keep).count() == Migrant.objects.filter(person=drop).count() == 1
    refused("record_closed", services.update, actor=by, person_id=drop.pk, changes={}, seen_step=1, source="x")
    with scope.use(boss):
        services.undo_same(actor=boss, decision_id=judged.pk, reason="判断有误")
    keep.refresh_from_db()
    drop.refresh_from_db()
    assert (drop.state, drop.id_index is not None, queries.open_core(keep)) == ("active", True, {})
    assert [c.kind for c in drop.cares.all()] == ["dibao"]
    refused("undone", services.undo_same, actor=boss, decision_id=judged.pk, reason="再撤一次")


def test_two_documents_are_two_people():
    by, boss = reg.officer(), make.community(make.cell())
    a, b = reg.person(by), reg.person(by)
    given: dict[str, Any] = {"actor": boss, "keep_id": a.pk, "drop_id": b.pk, "reason": "相貌相同"}
    refused("two_documents", services.note_same, same=True, **given)
    services.note_same(same=False, **given)
    assert SamePerson.objects.get().same is False
    assert PersonMove.objects.count() == 0
