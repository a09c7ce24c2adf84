"""抽查核实 of dwellings and organisations, and those who stand in for the ones that cannot be reached."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests import collecting, make
from wangge.kernel import clock
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry import services
from wangge.registry.models import Organisation, OrganisationChange, Rental, SampleItem
from wangge.registry.queries import sampled
from wangge.registry.queries import sampling as queries
from wangge.registry.rules import sampling as rules
from wangge.registry.services.checks import Check
from wangge.registry.tests import make as people
from wangge.registry.tests.test_sampling import FIELDS, RIGHT_ALL, clerk, crowd, drawn, planned, street
from wangge.territory.models import Dwelling

pytestmark = pytest.mark.usefixtures("district")
HOME = ["state", "let", "residents", "use", "floor", "area_m2"]
HOME_RIGHT = dict.fromkeys(HOME, "correct")
FIRM = ["state", "name", "uscc", "address", "phone"]
FIRM_RIGHT = dict.fromkeys(FIRM, "correct")


def homes(n: int = 4) -> list[int]:
    """n rooms: a family in the first, the second let, the rest empty."""
    cell = make.cell(make.JINGLONG)
    rooms = collecting.dwellings(cell, rooms=n)
    collecting.family(rooms[0], cell, people=2)
    services.begin_rental(actor=people.officer(), dwelling_id=rooms[1], values={}, since=date(2026, 1, 1))
    return rooms


def firm(name: str = "演示五金店", kind: str = "venue") -> Organisation:
    return services.register_organisation(
        actor=people.officer(), kind=kind, values={"name": name, "address": "响石路12号"},
        place_code=make.cell(make.JINGLONG).code, source="入户采集",
    )  # fmt: skip


def items(plan: Any) -> dict[int, SampleItem]:
    return {i.subject_id: i for i in queries.items(street(), plan.pk)}


def test_dwellings_are_drawn_by_what_they_are_and_put_right_where_they_are_held():
    first, second, third, fourth = homes()
    plan = drawn(clerk(), 4, subject="dwelling", fields=HOME)
    assert {s.kind: s.population for s in plan.strata.all()} == {"own": 1, "rented": 1, "empty": 2}
    found, by = items(plan), street()
    assert found[first].name.endswith("501室")
    held = {key: value for key, _, value in sampled.shown(by, found[first])}
    assert (held["let"], held["residents"]) == ("未出租", "周明远、李秀英")
    right = HOME_RIGHT | {"floor": "corrected", "area_m2": "corrected", "let": "corrected"}
    for wrong, field in (({"floor": "五", "area_m2": "86.5", "let": "1"}, "floor"), ({"floor": "6", "area_m2": "大", "let": "1"}, "area_m2")):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            services.check_sample(actor=by, item_id=found[third].pk, check=Check(found[third].pk, right, wrong))
        assert refused.value.field == field
    done = services.check_sample(
        actor=by,
        item_id=found[third].pk,
        check=Check(found[third].pk, right, {"floor": "6", "area_m2": "86.5", "let": "1"}),
    )
    assert done.is_updated
    room = Dwelling.objects.get(pk=third)
    assert (room.floor, room.area_m2, room.verified_by) == (6, Decimal("86.50"), by.name)
    assert Rental.objects.get(dwelling_id=third).until is None
    ended = HOME_RIGHT | {"let": "corrected"}
    services.check_sample(actor=by, item_id=found[second].pk, check=Check(found[second].pk, ended, {"let": "0"}))
    assert Rental.objects.get(dwelling_id=second).until == clock.today()
    gone = HOME_RIGHT | {"state": "corrected"}
    with pytest.raises(Refusal) as refused:
        services.check_sample(actor=by, item_id=found[fourth].pk, check=Check(found[fourth].pk, gone, {"state": "x"}))
    assert refused.value.code == "judged_only"
    services.check_sample(
        actor=by, item_id=found[fourth].pk, check=Check(found[fourth].pk, HOME_RIGHT | {"state": "wrong"})
    )
    assert Dwelling.objects.get(pk=fourth).verified_by != by.name  # something is wrong: it does not count as verified
    told = queries.report(clerk(), plan)
    assert (told.checked, told.updated) == (3, 2)


def test_a_dwelling_is_not_checked_by_who_verified_it():
    (first, *_) = homes()
    from wangge.territory import services as territory

    by = street()
    territory.verify_dwelling(actor=by, dwelling_id=first)
    plan = drawn(clerk(), 1, subject="dwelling", fields=HOME, kinds=["own"])
    with pytest.raises(Refusal) as refused:
        services.check_sample(actor=by, item_id=items(plan)[first].pk, check=Check(0, HOME_RIGHT))
    assert refused.value.code == "checker_is_verifier"


def test_organisations_are_drawn_by_kind_and_closed_when_they_are_gone():
    shop, works = firm(), firm("演示机械厂", "enterprise")
    plan = drawn(clerk(), 2, subject="organisation", fields=FIRM)
    assert {s.kind for s in plan.strata.all()} == {"venue", "enterprise"}
    found, by = items(plan), street()
    right = FIRM_RIGHT | {"phone": "corrected"}
    services.check_sample(
        actor=by, item_id=found[works.pk].pk, check=Check(found[works.pk].pk, right, {"phone": "073128881234"}),
        seen_step=works.step,
    )  # fmt: skip
    works.refresh_from_db()
    assert (works.phone, works.verified_by) == ("073128881234", by.name)
    assert OrganisationChange.objects.filter(organisation=works, field="phone", source="抽查").count() == 1
    gone = FIRM_RIGHT | {"state": "corrected"}
    services.check_sample(
        actor=by, item_id=found[shop.pk].pk, check=Check(found[shop.pk].pk, gone, {"state": "closed"})
    )
    shop.refresh_from_db()
    assert shop.closed_on == clock.today()
    again = services.record_checks(actor=clerk(), plan_id=plan.pk, checks=[Check(found[shop.pk].pk, FIRM_RIGHT)])
    assert (again.checked, len(again.refused)) == (0, 1)


def test_many_dwellings_and_organisations_at_once():
    homes()
    plan = drawn(clerk(), 4, subject="dwelling", fields=HOME)
    checks = [Check(i.pk, HOME_RIGHT, by=(7, "王核")) for i in items(plan).values()]
    done = services.record_checks(actor=street(), plan_id=plan.pk, checks=checks)
    assert (done.checked, done.refused) == (4, [])
    assert not Dwelling.objects.filter(verified_on=None).exists()


def test_a_field_of_one_subject_is_no_field_of_another():
    for given in ({"fields": ["phone"]}, {"kinds": ["migrant"]}, {"subject": "car"}):
        with pytest.raises(Refusal):
            planned(clerk(), 1, **({"subject": "dwelling", "fields": HOME} | given))


def test_who_cannot_be_reached_is_stood_in_for_by_the_next_in_the_order():
    crowd(10)
    plan, by = drawn(clerk(), 4), street()
    assert {(s.size, s.reserve) for s in plan.strata.all()} == {(2, 2)}
    assert queries.items(clerk(), plan.pk).count() == 4
    services.assign_sample(actor=clerk(), plan_id=plan.pk, account_ids=[by.id])
    stratum = plan.strata.get(kind="migrant")
    rows = list(SampleItem.objects.filter(stratum=stratum).order_by("position"))
    with pytest.raises(NotHere):  # nobody in reserve is there to be checked
        services.check_sample(actor=by, item_id=rows[2].pk, check=Check(rows[2].pk, RIGHT_ALL))
    with pytest.raises(Refusal) as refused:
        services.replace_unreached(actor=clerk(), plan_id=plan.pk)
    assert refused.value.code == "nobody_unreached"
    services.check_sample(actor=by, item_id=rows[0].pk, check=Check(rows[0].pk, met=False, note="三次上门无人"))
    done = services.replace_unreached(actor=clerk(), plan_id=plan.pk)
    assert (done.count, done.short) == (1, 0)
    stand_in = queries.items(clerk(), plan.pk).get(replaces=rows[0])
    assert (stand_in.pk, stand_in.state, stand_in.checker_id) == (rows[2].pk, "waiting", by.id)
    assert queries.order_holds(clerk(), plan)
    for n in (2, 3):  # the last of the stratum is called up, then there is nobody left
        services.check_sample(actor=by, item_id=rows[n].pk, check=Check(rows[n].pk, met=False, note="电话停机"))
        if n == 2:
            services.replace_unreached(actor=clerk(), plan_id=plan.pk)
    with pytest.raises(Refusal) as refused:
        services.replace_unreached(actor=clerk(), plan_id=plan.pk)
    assert refused.value.code == "no_reserve"
    told = queries.report(clerk(), plan)
    assert (told.unreached, told.replaced) == (3, 2)
    assert told.bounds == (0.0, 1.0)  # nobody of those called on was reached: it may be anything


def test_stand_ins_are_called_up_by_who_plans_over_the_whole_place():
    crowd(10)
    plan = drawn(clerk(), 4, place_code=make.SHIFENG)
    SampleItem.objects.filter(plan=plan, state="waiting").update(state="unreached", checked_at=clock.now())
    with pytest.raises(Refusal) as refused:
        services.replace_unreached(actor=street(), plan_id=plan.pk)
    assert refused.value.code == "out_of_scope"


def test_pages_of_every_subject(sign_in):
    homes()
    firm()
    client = sign_in(clerk())
    for subject, fields, kind in (("dwelling", HOME, "出租房屋"), ("organisation", FIRM, "场所"), ("person", FIELDS, "其他在册人员")):  # fmt: skip
        page = client.get(f"/registry/samples/new?subject={subject}&place_code={make.JINGLONG}").content.decode()
        assert kind in page
        given = {
            "title": f"抽查{subject}", "subject": subject, "place_code": make.JINGLONG, "size": "1", "least": "0",
            "confidence": "0.95", "due_on": "2026-03-31", "wanted": fields,
        }  # fmt: skip
        answer = client.post("/registry/samples/new", given)
        assert answer.status_code == 302, answer.content.decode()
        path = answer["Location"]
        client.post(f"{path}/act", {"do": "draw", "step": 1})
        item = SampleItem.objects.filter(plan__title=f"抽查{subject}", state="waiting").get()
        page = client.get(f"/registry/samples/items/{item.pk}").content.decode()
        assert "登记核实结果" in page
        answer = client.post(f"/registry/samples/items/{item.pk}", {"met": "0", "note": "三次上门无人"})
        assert answer.status_code == 302, answer.content.decode()
        assert client.get(path).status_code == 200
        client.post(f"{path}/act", {"do": "replace"})
        assert client.get(f"{path}/report").status_code == 200
        assert client.get(f"{path}/export").status_code == 200


@pytest.mark.parametrize(
    ("population", "size", "wanted"), [(0, 0, 0), (10, 10, 0), (10, 9, 1), (10, 1, 2), (100, 20, 10), (100, 80, 20)]
)
def test_half_as_many_stand_by(population, size, wanted):
    assert rules.reserve(population, size) == wanted


def test_between_what_the_truth_lies():
    assert rules.bounds([]) is None
    assert rules.bounds([(100, 10, 2, 0)]) == (0.2, 0.2)
    assert rules.bounds([(100, 8, 2, 2), (100, 10, 0, 0)]) == pytest.approx((0.1, 0.2))
