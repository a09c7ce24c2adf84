"""抽查核实: planned, drawn, given out, checked, counted; two checkers at once; wrong place; nobody checks their own work."""

from datetime import date
from typing import Any

import pytest

from tests import make
from wangge.kernel import clock, metrics, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.metrics import Period, Place
from wangge.kernel.models import AuditEntry
from wangge.registry import services
from wangge.registry.models import Person, PersonChange, SampleFinding, SampleItem, SamplePlan
from wangge.registry.queries import sampling as queries
from wangge.registry.services.checks import Check
from wangge.registry.tests import make as people

pytestmark = pytest.mark.usefixtures("district")
FIELDS = ["state", "name", "phone", "employer"]
RIGHT_ALL = dict.fromkeys(FIELDS, "correct")


def clerk(name: str = "") -> Actor:
    return make.actor("registry_clerk", place=make.SHIFENG, name=name)


def street(name: str = "jiezhen") -> Actor:
    return make.actor("street", place=make.JINGLONG, name=name)


def crowd(n: int, within: int = make.JINGLONG, start: int = 0) -> list[Person]:
    """n people of one cell, every second a migrant; registered by the cell's officer, who thereby vouches for them."""
    by = people.officer(start, within)
    made = []
    for i in range(n):
        one = people.person(
            by, name=f"演示{'甲乙丙丁戊己庚辛壬癸'[i % 10]}", employer="演示机械厂", phone=people.NUMBERS.phone()
        )
        if i % 2:
            services.begin_role(
                actor=by,
                person_id=one.pk,
                kind="migrant",
                since=date(2023, 1, 1),
                details={"inflow_reason": "01", "dwelling_kind": "02", "is_watched": "0"},
                source="入户采集",
            )
        made.append(one)
    return made


def planned(by: Actor, size: int = 6, **given) -> SamplePlan:
    asked: dict[str, Any] = {
        "title": "三月抽查",
        "place_code": make.JINGLONG,
        "fields": FIELDS,
        "size": size,
        "due_on": date(2026, 3, 31),
        "seed": "2026-03",
    }
    return services.plan_sample(actor=by, **(asked | given))


def drawn(by: Actor, size: int = 6, **given) -> SamplePlan:
    return services.draw_sample(actor=by, plan_id=planned(by, size, **given).pk)


def test_a_draw_covers_every_stratum_and_can_be_done_again():
    crowd(8), crowd(4, start=1)
    one = drawn(clerk())
    assert (one.state, one.population, one.drawn_on) == ("drawn", 12, date(2026, 3, 10))
    strata = {s.kind: (s.population, s.size) for s in one.strata.all()}
    assert strata == {"migrant": (6, 3), "other": (6, 3)}
    first = list(one.items.order_by("stratum", "position").values_list("person_id", flat=True))
    again = drawn(clerk())
    assert list(again.items.order_by("stratum", "position").values_list("person_id", flat=True)) == first
    other = drawn(clerk(), seed="2026-04")
    assert list(other.items.order_by("stratum", "position").values_list("person_id", flat=True)) != first
    assert queries.order_holds(clerk(), one)
    SampleItem.objects.filter(pk=one.items.earliest("pk").pk).update(position=99)
    assert not queries.order_holds(clerk(), one)


def test_only_the_kinds_asked_for_and_only_who_is_on_the_register_is_drawn():
    folk = crowd(8)
    services.depart(actor=people.officer(), person_id=folk[1].pk, on=clock.today())
    one = drawn(clerk(), 3, kinds=["migrant"])
    assert one.population == 3
    assert folk[1].pk not in one.items.values_list("person_id", flat=True)


@pytest.mark.parametrize(("by", "error"), [("officer", NoRight), ("street", Refusal)])
def test_a_plan_is_made_by_who_may_and_within_their_place(by, error):
    crowd(2)
    who = people.officer() if by == "officer" else street()
    with pytest.raises(error):
        planned(who, 1, place_code=make.SHIFENG)
    if by == "street":
        elsewhere = planned(clerk(), 1, place_code=make.SHIFENG)
        with pytest.raises(Refusal, match="不能由您抽取"):
            services.draw_sample(actor=who, plan_id=elsewhere.pk)


def test_a_plan_of_another_district_is_not_there():
    crowd(3)
    one = drawn(clerk(), 2)
    item = one.items.earliest("pk")
    stranger = make.actor("registry_clerk", place=make.HETANG)
    with scope.use(stranger):
        assert not queries.plans(stranger).exists()
        for act in (
            lambda: queries.plan(stranger, one.pk),
            lambda: queries.item(stranger, item.pk),
            lambda: services.draw_sample(actor=stranger, plan_id=one.pk),
            lambda: services.close_sample(actor=stranger, plan_id=one.pk, reason="不归我管"),
        ):
            with pytest.raises(NotHere):
                act()
        assert not SampleItem.objects.exists()
        assert not SampleFinding.objects.exists()


def test_a_draw_is_not_thrown_away_and_a_plan_is_drawn_once():
    crowd(3)
    one = drawn(clerk(), 2)
    for act in (
        lambda: services.draw_sample(actor=clerk(), plan_id=one.pk),
        lambda: services.void_sample(actor=clerk(), plan_id=one.pk, reason="不满意"),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "stale"
    draft = planned(clerk(), 2)
    assert services.void_sample(actor=clerk(), plan_id=draft.pk, reason="重复").state == "void"


def test_items_go_round_and_nobody_is_given_what_they_vouch_for():
    crowd(4), crowd(4, start=1)
    one = drawn(clerk(), 8)
    first, second = people.officer(0), people.officer(1)
    given = services.assign_sample(actor=clerk(), plan_id=one.pk, account_ids=[first.id, second.id])
    # An officer may enter their own cell only, and there they registered everybody.
    assert given.count == 0
    assert len(given.kept) == 8
    assert all("采集或核实过" in sentence for _, sentence in given.kept)
    them = [street("zhen-a"), street("zhen-b")]
    given = services.assign_sample(actor=clerk(), plan_id=one.pk, account_ids=[t.id for t in them])
    assert (given.count, given.kept) == (8, [])
    assert sorted(n for _, _, n, _ in queries.workload(clerk(), one.pk)) == [4, 4]
    with pytest.raises(Refusal) as refused:
        services.assign_sample(actor=clerk(), plan_id=one.pk, account_ids=[make.actor("leader", place=make.SHIFENG).id])
    assert refused.value.code == "unknown_checker"


def test_a_check_corrects_the_record_and_says_so_of_each_field():
    folk = crowd(2)
    one, by = drawn(clerk(), 2), street()
    item = queries.items(by, one.pk).get(person=folk[0])
    said = RIGHT_ALL | {"phone": "corrected", "employer": "unknown"}
    services.check_sample(
        actor=by,
        item_id=item.pk,
        check=Check(item.pk, said, {"phone": "14200009999"}),
        seen_step=Person.objects.get(pk=folk[0].pk).step,
    )
    item.refresh_from_db()
    assert (item.state, item.is_updated, item.checked_by) == ("checked", True, by.name)
    assert dict(item.findings.values_list("field", "result")) == said
    person = Person.objects.get(pk=folk[0].pk)
    assert person.proof["phone"] == ["抽查", "2026-03-10", by.name]
    assert person.proof["name"][1:] == ["2026-03-10", by.name]
    assert "employer" not in person.proof or person.proof["employer"][2] != by.name
    change = PersonChange.objects.get(person=person, source="抽查")
    assert (change.field, change.after) == ("phone", "")  # the number itself is sealed
    kept = AuditEntry.objects.filter(action="registry.sample_checked").latest("pk")
    assert "1420000" not in str(kept.data)


@pytest.mark.parametrize(("state", "wanted"), [("departed", "departed"), ("deceased", "deceased")])
def test_somebody_who_is_gone_leaves_the_register(state, wanted):
    (person, *_) = crowd(1)
    one, by = drawn(clerk(), 1), street()
    item = one.items.get()
    check = Check(item.pk, RIGHT_ALL | {"state": "corrected"}, {"state": state})
    assert services.check_sample(actor=by, item_id=item.pk, check=check).is_updated
    assert Person.objects.get(pk=person.pk).state == wanted


def test_nobody_checks_what_they_vouch_for():
    crowd(1)
    one = drawn(clerk(), 1)
    item = one.items.get()
    SampleItem.objects.filter(pk=item.pk).update(checker_id=people.officer().id)
    with pytest.raises(Refusal) as refused:
        services.check_sample(actor=people.officer(), item_id=item.pk, check=Check(item.pk, RIGHT_ALL))
    assert refused.value.code == "checker_is_verifier"
    assert SampleFinding.objects.count() == 0


def test_an_officer_sees_and_checks_only_what_they_were_given():
    crowd(2)
    one, helper = drawn(clerk(), 2), make.officer(make.cell(make.JINGLONG, 0), name="bangmang")
    assert not queries.items(helper, one.pk).exists()
    with pytest.raises(NotHere):
        services.check_sample(actor=helper, item_id=one.items.earliest("pk").pk, check=Check(0, RIGHT_ALL))
    services.assign_sample(actor=clerk(), plan_id=one.pk, account_ids=[helper.id])
    with scope.use(helper):
        item = queries.items(helper, one.pk).earliest("pk")
        assert services.check_sample(actor=helper, item_id=item.pk, check=Check(item.pk, RIGHT_ALL)).state == "checked"


def test_not_met_wants_the_reason_and_counts_apart():
    crowd(2)
    one, by = drawn(clerk(), 2), street()
    first = one.items.earliest("pk")
    with pytest.raises(Refusal) as refused:
        services.check_sample(actor=by, item_id=first.pk, check=Check(first.pk, met=False))
    assert refused.value.code == "no_reason"
    services.check_sample(actor=by, item_id=first.pk, check=Check(first.pk, met=False, note="三次上门无人"))
    told = queries.report(clerk(), one)
    assert (told.drawn, told.checked, told.unreached, told.updated) == (2, 0, 1, 0)
    with pytest.raises(Refusal) as refused:
        services.close_sample(actor=clerk(), plan_id=one.pk)
    assert refused.value.code == "items_waiting"
    assert services.close_sample(actor=clerk(), plan_id=one.pk, reason="期限已到").state == "closed"
    with pytest.raises(Refusal) as refused:
        services.check_sample(actor=by, item_id=one.items.latest("pk").pk, check=Check(0, RIGHT_ALL))
    assert refused.value.code == "not_being_checked"


def test_a_refused_correction_leaves_nothing_behind():
    crowd(1)
    one, by = drawn(clerk(), 1), street()
    item = one.items.get()
    with pytest.raises(Refusal):
        services.check_sample(
            actor=by, item_id=item.pk, check=Check(item.pk, RIGHT_ALL | {"phone": "corrected"}, {"phone": "12"})
        )
    item.refresh_from_db()
    assert (item.state, SampleFinding.objects.count()) == ("waiting", 0)


def test_many_at_once_are_judged_as_one_by_one():
    folk = crowd(6)
    one, by = drawn(clerk(), 6), street()
    items = {i.person_id: i.pk for i in one.items.all()}
    checks = [Check(items[p.pk], RIGHT_ALL, by=(7, "王核")) for p in folk[:3]]
    checks += [
        Check(items[folk[3].pk], RIGHT_ALL | {"employer": "corrected"}, {"employer": "演示中学"}, by=(7, "王核"))
    ]
    checks += [Check(items[folk[4].pk], RIGHT_ALL | {"phone": "corrected"}, {"phone": "12"})]
    checks += [Check(items[folk[5].pk], RIGHT_ALL, by=(8, people.officer().name)), Check(10**9, RIGHT_ALL)]
    done = services.record_checks(actor=by, plan_id=one.pk, checks=checks)
    assert (done.checked, done.updated) == (4, 1)
    assert {pk for pk, _ in done.refused} == {items[folk[4].pk], items[folk[5].pk], 10**9}
    assert Person.objects.get(pk=folk[0].pk).proof["name"][2] == "王核"
    assert Person.objects.get(pk=folk[3].pk).employer == "演示中学"
    assert services.record_checks(actor=by, plan_id=one.pk, checks=checks[:4]).checked == 0  # sent twice


def test_the_report_and_the_figures_say_what_was_found():
    folk = crowd(6)
    one, by = drawn(clerk(), 6), street()
    items = {i.person_id: i.pk for i in one.items.all()}
    checks = [Check(items[p.pk], RIGHT_ALL) for p in folk[:3]]
    checks += [Check(items[folk[3].pk], RIGHT_ALL | {"employer": "corrected"}, {"employer": "演示中学"})]
    checks += [Check(items[folk[4].pk], RIGHT_ALL | {"employer": "wrong"})]
    services.record_checks(actor=by, plan_id=one.pk, checks=checks)
    told = queries.report(clerk(), one)
    employer = next(line for line in told.fields if line.name == "服务处所")
    assert (employer.correct, employer.corrected, employer.wrong, employer.rate.judged) == (3, 1, 1, 5)
    # Two strata of three: 1/2 of migrants (one of two judged… by stratum) weighted by their populations.
    assert employer.rate.value is not None
    assert 0.2 < employer.rate.value < 0.6
    assert employer.rate.low < employer.rate.value < employer.rate.high
    assert (told.checked, told.updated) == (5, 1)
    period, place = Period.month(2026, 3), Place(make.SHIFENG, make.SHIFENG + 10**9 - 1)
    for code, wanted in [("registry.sampled_checked", 5), ("registry.sampled_updated", 1)]:
        assert metrics.value(SYSTEM, code, period, place) == wanted
        assert len(list(metrics.rows(SYSTEM, code, period, place))) == wanted
    assert str(metrics.value(SYSTEM, "registry.sampled_update_rate", period, place)) == "20.00"
    assert metrics.value(SYSTEM, "registry.sampled_checked", Period.month(2026, 2), place) == 0


def test_the_limits_are_the_districts_from_a_day_on():
    from wangge.registry.queries import freshness

    services.set_limit(actor=clerk(), place_code=make.SHIFENG, subject="migrant", days=60, from_on=date(2026, 4, 1))
    assert freshness.limits(make.JINGLONG)["migrant"] == 180
    assert freshness.limits(make.JINGLONG, date(2026, 4, 1))["migrant"] == 60
    assert freshness.limits(make.HETANG, date(2026, 4, 1))["migrant"] == 180
    with pytest.raises(Refusal) as refused:
        services.set_limit(actor=street(), place_code=make.JINGLONG, subject="migrant", days=60)
    assert refused.value.code == "out_of_scope"


def test_the_stale_list_shows_what_is_past_its_limit_and_only_in_reach():
    from wangge.registry.queries import freshness

    with clock.frozen(make.START.replace(year=2025, month=8, day=1)):
        old = crowd(2)
    fresh = crowd(2, start=1)
    by = clerk()
    # A migrant is stale after 180 days, anybody else after 365.
    assert set(freshness.stale_people(by)) == {old[1]}
    assert set(freshness.stale_people(by, kind="migrant")) == {old[1]}
    assert set(freshness.stale_people(by, days=200)) == set(old)
    assert set(freshness.stale_people(by, field="phone")) == set(old)
    assert not freshness.stale_people(people.officer(1)).exists()
    services.verify(actor=street(), person_id=old[1].pk, fields=["phone"])
    assert set(freshness.stale_people(by, field="phone")) == {old[0]}
    assert freshness.stale_by_place(by, freshness.stale_people(by, days=200), 1_000_000) == [(make.JINGLONG, 2)]
    with pytest.raises(Refusal):
        freshness.stale_people(by, kind="released")
    assert fresh
