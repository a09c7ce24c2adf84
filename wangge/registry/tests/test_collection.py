"""Collecting at the door: each value taken over, verified, or kept for a decision; once, whoever was first."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from tests import collecting, make
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.registry import queries, services
from wangge.registry.models import (
    CampaignAnswer,
    CollectionDifference,
    HouseholdMember,
    Person,
    PersonChange,
    Rental,
    Residence,
    Visit,
)
from wangge.registry.queries import collection as collection_queries
from wangge.registry.queries import doors as doors_queries
from wangge.registry.queries.collection import open_difference, shown_difference
from wangge.registry.rules import collection as rules

pytestmark = pytest.mark.django_db
RELEASED = {
    "is_repeat": False, "crime": "01", "sentence": "三年", "prison": "演示监狱", "released_on": "2024-05-01", "risk": "01",
    "met_on": "2024-05-01", "met_by": "01", "settled_on": "2024-06-01", "settled_by": "01", "is_new_crime": False,
}  # fmt: skip


class Block:
    """A building of one cell with one family, an empty room, and the officer of the cell."""

    def __init__(self) -> None:
        self.cell = make.cell()
        self.officer = make.officer(self.cell)
        self.worker = make.community(self.cell)
        self.home, self.empty, self.other = collecting.dwellings(self.cell)
        self.family = collecting.family(self.home, self.cell)

    def part(self, one: Person, does: str = "same", **given: Any) -> rules.Part:
        return rules.Part(does=does, person=one.pk, step=given.pop("step", one.step), label=one.name, **given)  # type: ignore[arg-type] # the word is the test's

    def act(self, *parts: rules.Part, **given: Any) -> services.DoorAct:
        fields: dict[str, Any] = {"id": make.client_id(), "seen_at": clock.now(), "dwelling": self.home}
        return services.DoorAct(**fields | given, people=list(parts))

    def collect(self, *parts: rules.Part, by: Actor | None = None, **given: Any) -> services.Outcome:
        return as_who(
            by or self.officer, lambda: services.collect(actor=by or self.officer, act=self.act(*parts, **given))
        )


def as_who(who: Actor, act: Callable[[], Any]) -> Any:
    """Run it in the reach of the person, not in the system's: row-level security is part of what is tried."""
    with scope.use(who):
        return act()


@pytest.fixture
def block(district: None) -> Block:
    return Block()


def test_one_tap_verifies_every_field_of_everybody_with_the_day_and_the_officer(block: Block) -> None:
    outcome = block.collect(*[block.part(p) for p in block.family], seen_at=clock.now() - timedelta(days=2))
    day = clock.today() - timedelta(days=2)
    assert {r["result"] for r in outcome.results} == {"verified"}
    for before in block.family:
        one = Person.objects.get(pk=before.pk)
        assert (one.verified_on, one.verified_by, one.step) == (day, block.officer.name, before.step)
    assert "核实" in outcome.sentence
    visit = Visit.objects.get(pk=outcome.visit_id)
    assert (visit.purpose, visit.met, visit.by) == ("door", True, block.officer.name)


def test_a_changed_field_carries_source_day_and_verifier_and_the_rest_is_verified(block: Block) -> None:
    one = block.family[0]
    outcome = block.collect(
        block.part(one, "change", changes={"employer": "演示医院"}, seen={"employer": "演示机械厂"})
    )
    now = Person.objects.get(pk=one.pk)
    assert now.employer == "演示医院"
    assert PersonChange.objects.get(person=one, field="employer").source == "入户采集"
    results = {r["field"]: r["result"] for r in outcome.results}
    assert results["employer"] == "taken"
    assert results["name"] == "verified"


def test_the_same_act_sent_again_does_nothing_and_answers_the_same(block: Block) -> None:
    act = block.act(
        block.part(block.family[0], "change", changes={"employer": "演示医院"}),
        rules.Part(does="add", client=make.client_id(), changes={"name": "周来福", "birth_on": "2001-02-27"}),
    )
    first, again = (as_who(block.officer, lambda: services.collect(actor=block.officer, act=act)) for _ in range(2))
    assert again.again
    assert again.results == first.results
    assert again.people == first.people
    assert Visit.objects.filter(client_id=act.id).count() == 1
    assert Person.objects.filter(name="周来福").count() == 1
    assert PersonChange.objects.filter(person=block.family[0], field="employer").count() == 1


def test_what_somebody_else_changed_first_is_kept_for_a_decision_and_the_rest_goes_through(block: Block) -> None:
    one = block.family[0]
    services.update(
        actor=block.worker, person_id=one.pk, changes={"employer": "演示中学"}, seen_step=one.step, source="社区登记"
    )
    outcome = block.collect(
        block.part(
            one,
            "change",
            changes={"employer": "演示医院", "occupation": "医生"},
            seen={"employer": "演示机械厂", "occupation": ""},
        )
    )
    results = {r["field"]: r["result"] for r in outcome.results}
    assert results["employer"] == "waiting"
    assert results["occupation"] == "taken"
    assert results["name"] == "verified"
    now = Person.objects.get(pk=one.pk)
    assert (now.employer, now.occupation) == ("演示中学", "医生")
    waiting = CollectionDifference.objects.get(person=one)
    assert (waiting.reason, waiting.field) == ("changed", "employer")
    assert open_difference(waiting)["given"] == "演示医院"
    services.decide_difference(actor=block.worker, difference_id=waiting.pk, take=True)
    assert Person.objects.get(pk=one.pk).employer == "演示医院"
    with pytest.raises(Refusal, match="核定"):
        services.decide_difference(actor=block.worker, difference_id=waiting.pk, take=True)


def test_a_telephone_changed_by_two_is_a_difference_although_the_phone_shows_only_a_mask(block: Block) -> None:
    one, mine, theirs = block.family[0], collecting.NUMBERS.phone(), collecting.NUMBERS.phone()
    services.update(
        actor=block.worker, person_id=one.pk, changes={"phone": theirs}, seen_step=one.step, source="社区登记"
    )
    outcome = block.collect(block.part(one, "change", changes={"phone": mine}))
    assert {r["field"]: r["result"] for r in outcome.results}["phone"] == "waiting"
    row = CollectionDifference.objects.get()
    shown = shown_difference(row)
    assert mine not in json.dumps(shown)
    assert mine.encode() not in bytes(row.sealed)
    assert shown["given"].startswith("142****")
    assert mine not in json.dumps(outcome.results, ensure_ascii=False)


def test_the_same_value_from_both_is_no_difference(block: Block) -> None:
    one = block.family[0]
    services.update(
        actor=block.worker, person_id=one.pk, changes={"employer": "演示医院"}, seen_step=one.step, source="社区登记"
    )
    outcome = block.collect(
        block.part(one, "change", changes={"employer": "演示医院"}, seen={"employer": "演示机械厂"})
    )
    assert not CollectionDifference.objects.exists()
    assert "waiting" not in {r["result"] for r in outcome.results}


def test_all_right_over_an_older_copy_verifies_nothing_that_was_changed_meanwhile(block: Block) -> None:
    one = block.family[0]
    services.update(
        actor=block.worker, person_id=one.pk, changes={"employer": "演示中学"}, seen_step=one.step, source="社区登记"
    )
    outcome = block.collect(block.part(one))
    results = {r["field"]: r["result"] for r in outcome.results}
    assert results["employer"] == "skipped"
    assert results["name"] == "verified"
    assert Person.objects.get(pk=one.pk).proof["employer"][2] == block.worker.name


def test_a_value_that_a_rule_refuses_waits_and_the_others_are_taken(block: Block) -> None:
    one = block.family[0]
    outcome = block.collect(block.part(one, "change", changes={"phone": "12", "occupation": "焊工"}))
    results = {r["field"]: r for r in outcome.results}
    assert results["phone"]["result"] == "waiting"
    assert results["occupation"]["result"] == "taken"
    waiting = CollectionDifference.objects.get()
    assert waiting.reason == "refused"
    with pytest.raises(Refusal):
        services.decide_difference(actor=block.worker, difference_id=waiting.pk, take=True)
    assert CollectionDifference.objects.get().state == "open"
    right = collecting.NUMBERS.phone()
    services.decide_difference(actor=block.worker, difference_id=waiting.pk, take=True, value=right)
    assert queries.open_core(Person.objects.get(pk=one.pk))["phone"] == right


def test_somebody_new_gets_a_record_a_home_and_a_place_in_the_household(block: Block) -> None:
    home = HouseholdMember.objects.get(person=block.family[0]).household_id
    number = collecting.NUMBERS.id_number(date(2001, 2, 27), 2)
    part = rules.Part(
        does="add",
        client=make.client_id(),
        changes={"name": "周来凤", "id_number": number.lower(), "phone": "12"},
        id_type="111",
        household=home,
        relation="31",
        residence="own",
    )
    outcome = block.collect(block.part(block.family[0]), part)
    new = Person.objects.get(pk=outcome.people[str(part.client)])
    assert (new.sex, new.birth_on, new.place_code) == ("2", date(2001, 2, 27), block.cell.code)
    assert Residence.objects.get(person=new).dwelling_id == block.home
    assert HouseholdMember.objects.get(person=new).relation == "31"
    assert CollectionDifference.objects.get(person=new).field == "phone"


def test_somebody_new_who_is_on_record_in_the_cell_moves_in_and_is_not_doubled(block: Block) -> None:
    (guest,) = collecting.family(block.other, block.cell, people=1)
    number = queries.open_core(guest)["id_number"]
    part = rules.Part(
        does="add", client=make.client_id(), changes={"name": "周明远", "id_number": number, "employer": "别处"}
    )
    outcome = block.collect(part)
    assert outcome.people[str(part.client)] == guest.pk
    assert [r.dwelling_id for r in Residence.objects.filter(person=guest, until=None)] == [block.home]
    assert Person.objects.get(pk=guest.pk).employer == "演示机械厂"
    assert CollectionDifference.objects.get(person=guest).field == "employer"


def test_somebody_on_record_elsewhere_is_not_told_where_and_can_be_asked_for(block: Block) -> None:
    far = make.cell(n=5)
    (there,) = collecting.dwellings(far, rooms=1, building="9栋")
    (guest,) = collecting.family(there, far, people=1)
    number = queries.open_core(guest)["id_number"]
    part = rules.Part(
        does="add", client=make.client_id(), changes={"name": "周明远", "id_number": number}, id_type="111"
    )
    outcome = block.collect(part)
    (line,) = outcome.results
    assert line["result"] == "waiting"
    assert line["person"] is None
    assert outcome.people == {}
    assert far.name not in line["sentence"]
    row = CollectionDifference.objects.get()
    assert (row.reason, row.person_id) == ("exists", None)


def test_one_without_a_document_who_may_be_known_waits_until_somebody_says(block: Block) -> None:
    part = rules.Part(does="add", client=make.client_id(), changes={"name": "李秀英"})
    block.collect(part, dwelling=block.empty)
    row = CollectionDifference.objects.get()
    assert row.reason == "maybe_same"
    services.decide_difference(actor=block.worker, difference_id=row.pk, take=True)
    assert Person.objects.filter(name="李秀英").count() == 2
    assert Residence.objects.filter(dwelling_id=block.empty).count() == 1


def test_moved_out_died_and_departed_are_noted_with_their_day(block: Block) -> None:
    head, wife, child = block.family
    day = clock.today() - timedelta(days=3)
    outcome = block.collect(
        block.part(head, "died", on=day),
        block.part(wife, "left", on=day, note="去女儿家"),
        block.part(child, "departed"),
    )
    assert [r["result"] for r in outcome.results] == ["ended"] * 3
    assert Person.objects.get(pk=head.pk).state == "deceased"
    assert Residence.objects.get(person=wife).until == day
    assert Person.objects.get(pk=wife.pk).state == "active"
    assert Person.objects.get(pk=child.pk).state == "departed"


def test_nobody_home_is_a_visit_and_verifies_nothing(block: Block) -> None:
    outcome = block.collect(block.part(block.family[0]), met=False)
    assert outcome.results == []
    assert "家中无人" in outcome.sentence
    assert Person.objects.get(pk=block.family[0].pk).verified_on == date(2025, 6, 2)


def test_an_act_that_replaces_one_whose_answer_was_lost_is_no_conflict_with_itself(block: Block) -> None:
    one, client = block.family[0], make.client_id()
    new = rules.Part(does="add", client=client, changes={"name": "周来福", "birth_on": "2001-02-27"})
    first = block.act(block.part(one, "change", changes={"employer": "演示医院"}, seen={"employer": "演示机械厂"}), new)
    as_who(block.officer, lambda: services.collect(actor=block.officer, act=first))
    # The phone never heard of it: it still has step 1 and the old employer.
    new = rules.Part(
        does="add", client=client, changes={"name": "周来福", "birth_on": "2001-02-27", "employer": "演示餐馆"}
    )
    outcome = block.collect(
        block.part(one, "change", changes={"phone": collecting.NUMBERS.phone()}), new, replaces=first.id
    )
    assert "waiting" not in {r["result"] for r in outcome.results}
    assert Person.objects.filter(name="周来福").count() == 1
    assert Person.objects.get(name="周来福").employer == "演示餐馆"
    assert Person.objects.get(pk=one.pk).employer == "演示医院"


def test_a_record_out_of_reach_keeps_the_officer_s_words_and_says_nothing_of_it(block: Block) -> None:
    far = make.cell(n=5)
    (there,) = collecting.dwellings(far, rooms=1, building="9栋")
    (stranger,) = collecting.family(there, far, people=1)
    known, unknown = (
        block.collect(rules.Part(does="change", person=pk, step=1, label="某人", changes={"employer": "演示医院"}))
        for pk in (stranger.pk, 999_999_999)
    )
    assert [{**r, "person": 0} for r in known.results] == [{**r, "person": 0} for r in unknown.results]
    assert Person.objects.get(pk=stranger.pk).employer == "演示机械厂"
    assert {d.person_id for d in CollectionDifference.objects.all()} == {None}


def test_a_door_out_of_reach_or_no_door_is_refused(block: Block) -> None:
    far = make.cell(n=5)
    (there,) = collecting.dwellings(far, rooms=1, building="9栋")
    with pytest.raises(NotHere):
        block.collect(dwelling=there)
    with pytest.raises(Refusal, match="哪一户"):
        block.collect(dwelling=None)
    with pytest.raises(NoRight):
        block.collect(by=make.verifier())
    with pytest.raises(NotHere):
        as_who(block.officer, lambda: doors_queries.doors(block.officer, far.code))


def test_the_doors_of_a_cell_come_in_pages_with_masks_and_without_any_special_group(block: Block) -> None:
    one = block.family[0]
    justice = make.actor("justice_officer", place=block.cell.code - block.cell.code % 10**6)
    bare = doors_queries.doors(block.officer, block.cell.code)
    services.begin_role(
        actor=justice,
        person_id=one.pk,
        kind="released",
        since=date(2024, 5, 1),
        details=RELEASED,
        source="司法所登记",
    )
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        page = as_who(block.officer, partial(doors_queries.doors, block.officer, block.cell.code, after, limit=2))
        rows += page.rows
        if not page.next:
            break
        after = page.next
    assert rows == bare.rows
    text = json.dumps(rows, ensure_ascii=False)
    held = queries.open_core(one)
    assert held["id_number"] not in text
    assert held["phone"] not in text
    assert held["id_number"][:6] in text
    assert [d["dwelling"] for d in rows] == [block.home, block.empty, block.other]
    assert [p["values"]["name"] for p in rows[0]["people"]] == [p.name for p in block.family]
    assert rows[0]["people"][1]["relation"] == "10"


def test_people_without_a_dwelling_are_behind_doors_too(block: Block) -> None:
    lone = services.register(
        actor=SYSTEM, values={"name": "吴独行", "birth_on": "1950-01-27"}, place_code=block.cell.code, source="导入"
    )
    pair = [
        services.register(
            actor=SYSTEM, values={"name": n, "birth_on": "1980-01-27"}, place_code=block.cell.code, source="导入"
        )
        for n in ("郑甲", "郑乙")
    ]
    home = services.make_household(actor=SYSTEM, place_code=block.cell.code, head_id=pair[0].pk, since=date(2020, 1, 1))
    services.join_household(
        actor=SYSTEM, household_id=home.pk, person_id=pair[1].pk, relation="10", since=date(2020, 1, 1)
    )
    keys, after = [], ""
    while True:
        page = doors_queries.doors(block.officer, block.cell.code, after)
        keys += [d["key"] for d in page.rows]
        if not page.next:
            break
        after = page.next
    assert keys[-2:] == [f"h{home.pk}", f"p{lone.pk}"]
    outcome = block.collect(block.part(lone, "change", changes={"occupation": "保安"}), dwelling=None, person=lone.pk)
    assert outcome.key == f"p{lone.pk}"
    assert Person.objects.get(pk=lone.pk).occupation == "保安"


def test_a_let_room_with_a_hazard_is_noted_once_and_an_end_of_letting_too(block: Block) -> None:
    act = block.act(home=rules.Home(is_rented=True, landlord="房东甲", hazards=["01"], note="用液化气罐做饭，没有通风"))
    first, again = (as_who(block.officer, lambda: services.collect(actor=block.officer, act=act)) for _ in range(2))
    rental = Rental.objects.get(dwelling_id=block.home)
    assert (rental.hazards, rental.hazard_seq, again.again) == (["01"], 1, True)
    assert any("事件" in r["sentence"] for r in first.results)
    shown = doors_queries.door(block.officer, f"d{block.home}")
    assert shown is not None
    assert shown["rental"]["hazards"] == ["01"]
    block.collect(home=rules.Home(is_rented=False))
    assert Rental.objects.get(pk=rental.pk).until == clock.today()


def test_a_campaign_asks_only_what_is_not_held_says_why_and_takes_the_answer_once(block: Block) -> None:
    clerk = make.actor("registry_clerk", place=make.SHIFENG)
    services.load_lists(actor=clerk, place=make.SHIFENG)
    asked = services.ask_campaign(
        actor=make.handler(role="liaison"),
        title="居住证到期告知",
        item="流动人口登记和居住证告知",
        place_code=make.JINGLONG,
        from_on=clock.today(),
        until=clock.today() + timedelta(days=30),
        fields=["phone", "employer"],
        questions=[{"key": "q1", "label": "是否需要办理居住证", "kind": "yes_no"}],
        people="",
    )
    services.open_campaign(actor=clerk, campaign_id=asked.pk)
    one, other, _ = block.family
    services.update(
        actor=SYSTEM, person_id=one.pk, changes={"phone": "", "employer": "演示医院"}, seen_step=None, source="核对"
    )
    words = as_who(block.officer, lambda: doors_queries.collection_words(block.officer, block.cell.code))
    (told,) = words["campaigns"]
    assert "流动人口登记和居住证告知" in told["why"]
    shown = as_who(block.officer, lambda: doors_queries.door(block.officer, f"d{block.home}"))
    people = {p["id"]: p["asked"] for p in shown["people"]}
    assert people[one.pk][asked.pk] == ["phone", "questions"]
    one.refresh_from_db()
    number = collecting.NUMBERS.phone()
    part = block.part(one, "change", changes={"phone": number}, answers={str(asked.pk): {"q1": "是"}})
    bad = block.part(other, answers={str(asked.pk): {"q1": "也许"}})
    outcome = block.collect(part, bad)
    said = {(r["person"], r["field"]): r["result"] for r in outcome.results}
    assert said[one.pk, "answer"] == "taken"
    assert said[other.pk, "answer"] == "waiting"
    assert said[other.pk, "name"] == "verified"
    assert CampaignAnswer.objects.get(campaign=asked).values == {"q1": "是"}
    shown = as_who(block.officer, lambda: doors_queries.door(block.officer, f"d{block.home}"))
    assert one.pk not in [p["id"] for p in shown["people"] if p["asked"]]


def test_care_visits_fall_due_and_a_visit_settles_them(block: Block) -> None:
    one = block.family[0]
    services.begin_care(
        actor=SYSTEM, person_id=one.pk, kind="elderly_alone", since=clock.today() - timedelta(days=40), source="民政"
    )
    (due,) = [v for v in queries.due_visits(block.officer) if v.kind == "person"]
    assert (due.id, due.due_on, due.last_on) == (one.pk, clock.today() - timedelta(days=10), None)
    assert "每月" in due.basis
    blind = Actor(id=1, name="无权", rights=frozenset({"registry.view"}), lo=block.officer.lo, hi=block.officer.hi)
    assert [v for v in queries.due_visits(blind) if v.kind == "person"] == []
    act = services.VisitAct(
        id=make.client_id(),
        seen_at=clock.now(),
        purpose="care",
        person=one.pk,
        text="身体好，水电气都正常",
        part=block.part(one),
    )
    first, again = (as_who(block.officer, lambda: services.visit(actor=block.officer, act=act)) for _ in range(2))
    assert (first.visit_id, again.again) == (again.visit_id, True)
    assert [v for v in queries.due_visits(block.officer) if v.kind == "person"] == []
    assert Person.objects.get(pk=one.pk).verified_on == clock.today()


def test_dropping_a_difference_wants_a_reason_and_only_who_may_merge_decides(block: Block) -> None:
    block.collect(block.part(block.family[0], "change", changes={"phone": "12"}))
    row = CollectionDifference.objects.get()
    with pytest.raises(NoRight):
        services.decide_difference(actor=block.officer, difference_id=row.pk, take=False, reason="不对")
    with pytest.raises(Refusal, match="理由"):
        services.decide_difference(actor=block.worker, difference_id=row.pk, take=False)
    other = make.community(make.cell(make.SHIFENG, n=60))
    with pytest.raises(NotHere):
        as_who(other, lambda: services.decide_difference(actor=other, difference_id=row.pk, take=False, reason="不对"))
    services.decide_difference(actor=block.worker, difference_id=row.pk, take=False, reason="电话核对为空号")
    assert CollectionDifference.objects.get().state == "dropped"


@pytest.mark.parametrize(
    ("given", "held", "seen", "changed", "verdict"),
    [
        ("甲", "甲", "甲", False, "same"),
        ("乙", "甲", "甲", False, "take"),
        ("乙", "甲", "甲", True, "differ"),
        ("乙", "丙", "甲", False, "differ"),
        ("丙", "丙", "甲", True, "same"),
        ("乙", "甲", None, False, "take"),
    ],
)
def test_a_value_is_judged_by_who_changed_what(
    given: str, held: str, seen: str | None, changed: bool, verdict: str
) -> None:
    assert rules.judge("employer", given, held, seen, changed) == verdict


def test_a_phone_whose_clock_is_wrong_gets_the_moment_of_arrival() -> None:
    now, week = make.START, timedelta(days=7)
    assert rules.moment_of(now - week, now) == now - week
    assert rules.moment_of(now + timedelta(days=3), now) == now
    assert rules.moment_of(now - timedelta(days=20_000), now) == now


def test_how_long_a_household_took_is_kept_and_its_median_told(block: Block) -> None:
    for n, seconds in enumerate((9, 12, 41)):
        act = block.act(block.part(block.family[0]), id=make.client_id(8100 + n), seconds=seconds)
        as_who(block.officer, partial(services.collect, actor=block.officer, act=act))
    day = as_who(block.officer, lambda: collection_queries.collected(block.officer, clock.today()))
    assert (day["timed"], day["seconds"]) == (3, 12)


def test_an_id_used_by_somebody_else_is_not_answered(block: Block) -> None:
    act = block.act(block.part(block.family[0]))
    as_who(block.officer, lambda: services.collect(actor=block.officer, act=act))
    lead = make.actor("lead", place=block.cell.code)
    with pytest.raises(Refusal, match="他人"):
        as_who(lead, lambda: services.collect(actor=lead, act=act))
    assert isinstance(act.id, UUID)
