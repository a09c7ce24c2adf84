"""What the lists forbid to ask of a grid is stopped where it would be asked: when a case is given to a community's office."""

from datetime import timedelta

import pytest

from tests import make
from wangge.casework.models import Case, Step
from wangge.identity.models import Department
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal
from wangge.registry import queries as registry
from wangge.registry import services

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def case_about(text: str) -> Case:
    case = make.case("accepted")
    Case.objects.filter(pk=case.pk).update(text=text)
    case.refresh_from_db()
    return case


def community_of(case: Case) -> str:
    return Department.objects.get(kind="community", place_code=case.place_code // 1000 * 1000).code


def listed() -> None:
    clerk = make.actor("registry_clerk", place=make.SHIFENG)
    with scope.system():
        services.load_lists(actor=clerk, place=make.SHIFENG, from_on=clock.today())


def test_a_forbidden_matter_is_not_given_to_a_community_but_to_who_is_responsible():
    listed()
    case, desk = case_about("居民反映单位要求社区开具 亲属关系证明，希望社区办理"), make.dispatcher()
    for given in (
        {"department": community_of(case)},
        {"department": "430204-urban", "supports": [community_of(case)]},
        {"department": community_of(case), "text": "请社区尽快办理"},
        {"department": community_of(case), "text": "清单外"},  # says so, not why
    ):
        with pytest.raises(Refusal) as refused:
            make.act(desk, case.number, "dispatch", **given)
        assert refused.value.code == "not_on_the_list"
        assert "《不得要求网格办理事项清单》第 1 版第 1 项" in refused.value.sentence
    assert make.act(desk, case.number, "dispatch", department="430204-urban").state == "dispatched"


def test_a_community_that_helps_beyond_the_list_does_so_on_record():
    listed()
    case = case_about("要求开具健在证明")
    make.act(
        make.dispatcher(), case.number, "dispatch", department=community_of(case), text="清单外协助：上门看望独居老人"
    )
    kept = Step.objects.filter(case=case, command="dispatch").latest("seq").data["beyond_list"]
    assert (kept["item"], kept["version"]) == ("健在证明", 1)


def test_what_no_list_forbids_goes_to_the_community_as_ever():
    case = case_about("要求开具健在证明")  # no list in force: nothing is forbidden by one
    assert make.act(make.dispatcher(), case.number, "dispatch", department=community_of(case)).state == "dispatched"
    listed()
    other = case_about("楼道堆放杂物")
    assert make.act(make.dispatcher(), other.number, "dispatch", department=community_of(other)).state == "dispatched"


def test_a_door_asks_no_empty_field_that_no_list_in_force_names():
    cell = make.cell().code
    assert registry.collection_words(SYSTEM, cell)["askable"] is None  # no list yet: what the standard holds
    listed()
    assert {"phone", "politics"} <= set(registry.collection_words(SYSTEM, cell)["askable"])
    clerk = make.actor("registry_clerk", place=make.SHIFENG)
    draft = services.draft_list(actor=clerk, place=make.SHIFENG, kind="duty")
    first = draft.items.get(code="1")
    services.put_item(
        actor=clerk, list_id=draft.pk, item_id=first.pk, code="1", title=first.title, basis=first.basis,
        fields=["name", "phone"],
    )  # fmt: skip
    services.publish_list(actor=clerk, list_id=draft.pk, from_on=clock.today() + timedelta(days=1))
    assert "politics" in registry.collection_words(SYSTEM, cell)["askable"]
    with clock.frozen(make.START + timedelta(days=1)):
        assert "politics" not in registry.collection_words(SYSTEM, cell)["askable"]
