"""三张清单 and 专项任务: drafted, published, in force; what no list names is not put to a grid; nobody is asked twice."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests import make
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.registry import services
from wangge.registry.models import Campaign, CampaignAnswer, DutyItem, DutyList
from wangge.registry.queries import campaigns, lists
from wangge.registry.services.lists import drop_item, name_list
from wangge.registry.tests import make as people

pytestmark = pytest.mark.usefixtures("district")
MIGRANTS = "流动人口登记和居住证告知"
QUESTION = {"key": "q1", "label": "是否需要办理居住证", "kind": "yes_no"}


def clerk() -> Actor:
    return make.actor("registry_clerk", place=make.SHIFENG)


def liaison() -> Actor:
    return make.handler("430204-urban", role="liaison")


def published() -> list[DutyList]:
    return services.load_lists(actor=clerk(), place=make.SHIFENG)


def asked(by: Actor, **given) -> Campaign:
    sound: dict[str, Any] = {
        "title": "居住证到期告知",
        "item": MIGRANTS,
        "place_code": make.JINGLONG,
        "from_on": date(2026, 3, 10),
        "until": date(2026, 4, 30),
        "fields": ["phone", "employer"],
        "questions": [QUESTION],
        "people": "",
    }
    return services.ask_campaign(actor=by, **(sound | given))


def test_the_shipped_lists_are_published_once_for_a_district():
    assert [(one.kind, one.version, one.state) for one in published()] == [
        ("duty", 1, "published"),
        ("assist", 1, "published"),
        ("never", 1, "published"),
    ]
    assert published() == []
    assert [one.kind for one in lists.in_force(make.JINGLONG)] == ["duty", "assist", "never"]
    assert lists.in_force(make.HETANG) == []
    assert lists.in_force(make.SHIFENG, date(2026, 3, 9)) == []


def test_a_new_version_begins_where_the_old_one_ends():
    (first, *_) = published()
    draft = services.draft_list(actor=clerk(), place=make.SHIFENG, kind="duty")
    assert (draft.version, lists.items_of(draft).count()) == (2, lists.items_of(first).count())
    with pytest.raises(Refusal) as refused:
        services.publish_list(actor=clerk(), list_id=draft.pk, from_on=date(2026, 3, 10))
    assert refused.value.code == "before_the_last"
    services.publish_list(actor=clerk(), list_id=draft.pk, from_on=date(2026, 4, 1))
    first.refresh_from_db()
    assert first.until == date(2026, 4, 1)
    assert [one.version for one in lists.in_force(make.SHIFENG, date(2026, 3, 31)) if one.kind == "duty"] == [1]
    assert [one.version for one in lists.in_force(make.SHIFENG, date(2026, 4, 1)) if one.kind == "duty"] == [2]


def test_a_published_list_is_not_changed_and_a_draft_is_for_its_keepers():
    (first, *_) = published()
    item = lists.items_of(first)[0]
    for act in (
        lambda: services.put_item(actor=clerk(), list_id=first.pk, code="99", title="新事项", basis="某办法"),
        lambda: drop_item(actor=clerk(), list_id=first.pk, item_id=item.pk),
        lambda: name_list(actor=clerk(), list_id=first.pk, name="改名"),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "published"
    draft = services.draft_list(actor=clerk(), place=make.SHIFENG, kind="duty")
    officer = people.officer()
    with pytest.raises(NotHere):
        lists.duty_list(officer, draft.pk)
    assert draft not in lists.duty_lists(officer, make.SHIFENG)
    with pytest.raises(NoRight):
        services.put_item(actor=officer, list_id=draft.pk, code="99", title="新事项", basis="某办法")
    with pytest.raises(Refusal) as refused:
        services.draft_list(actor=make.actor("registry_clerk", place=make.HETANG), place=make.SHIFENG, kind="assist")
    assert refused.value.code == "out_of_scope"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"basis": ""}, "no_basis"),
        ({"title": " "}, "no_title"),
        ({"fields": ["blood"]}, "unknown_field"),
        ({"frequency": "daily"}, "unknown_frequency"),
    ],
)
def test_an_item_without_basis_is_not_listed(given, code):
    draft = services.draft_list(actor=clerk(), place=make.SHIFENG, kind="duty")
    with pytest.raises(Refusal) as refused:
        services.put_item(
            actor=clerk(), list_id=draft.pk, **({"code": "9", "title": "新事项", "basis": "某办法第一条"} | given)
        )
    assert refused.value.code == code


def test_two_at_one_draft_do_not_overwrite_each_other():
    draft = services.draft_list(actor=clerk(), place=make.SHIFENG, kind="duty")
    given: dict[str, Any] = {"list_id": draft.pk, "title": "新事项", "basis": "某办法", "seen_step": draft.step}
    services.put_item(actor=clerk(), code="90", **given)
    with pytest.raises(Refusal) as refused:
        services.put_item(actor=clerk(), code="91", **given)
    assert refused.value.code == "stale"


@pytest.mark.parametrize(
    ("item", "code", "words"),
    [
        ("摸排居民车辆", "not_on_the_list", "《网格依法履职事项清单》第 1 版"),
        ("亲属关系证明", "not_on_the_list", "《不得要求网格办理事项清单》第 1 版第 1 项"),
    ],
)
def test_what_no_list_names_is_not_put_to_a_grid(item, code, words):
    published()
    for by in (clerk(), liaison()):
        with scope.use(by), pytest.raises(Refusal) as refused:
            asked(by, item=item)
        assert refused.value.code == code
        assert words in refused.value.sentence
        assert refused.value.data["version"] == 1
    assert not Campaign.objects.exists()


def test_without_a_published_list_nothing_is_put_to_a_grid():
    with pytest.raises(Refusal, match="还没有公布"):
        asked(clerk())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"fields": ["religion"]}, "field_not_listed"),
        ({"fields": [], "questions": []}, "nothing_asked"),
        ({"until": date(2026, 3, 1)}, "dates"),
        ({"from_on": date(2026, 3, 1)}, "dates"),
        ({"people": "correction"}, "unknown_people"),
        ({"place_code": make.HETANG}, "out_of_scope"),
    ],
)
def test_a_campaign_stays_within_its_item(given, code):
    published()
    with pytest.raises(Refusal) as refused:
        asked(clerk(), **given)
    assert refused.value.code in (code, "not_on_the_list")


def test_a_department_asks_and_the_centre_admits():
    published()
    with scope.use(liaison()):
        one = asked(liaison())
        assert one.state == "asked"
        assert campaigns.campaigns(liaison()).get() == one
        with pytest.raises(NoRight):
            services.open_campaign(actor=liaison(), campaign_id=one.pk)
    officer = people.officer()
    with scope.use(officer):
        assert campaigns.campaigns_for(officer) == []
    with scope.use(clerk()):
        services.open_campaign(actor=clerk(), campaign_id=one.pk)
    with scope.use(officer):
        (seen,) = campaigns.campaigns_for(officer)
        assert "《网格协助办理事项清单》第 1 版第 1 项" in campaigns.why_asked(seen)
    stranger = make.actor("registry_clerk", place=make.HETANG)
    with scope.use(stranger):
        assert not Campaign.objects.exists()
        with pytest.raises(NotHere):
            services.end_campaign(actor=stranger, campaign_id=one.pk, reason="不归我管")
    another = make.handler("430204-civil", role="liaison")
    with scope.use(another):
        assert not campaigns.campaigns(another).exists()


def test_a_list_changed_meanwhile_shuts_the_door():
    published()
    one = asked(clerk(), from_on=date(2026, 3, 20))
    draft = services.draft_list(actor=clerk(), place=make.SHIFENG, kind="assist")
    drop_item(actor=clerk(), list_id=draft.pk, item_id=DutyItem.objects.get(duty_list=draft, title=MIGRANTS).pk)
    services.publish_list(actor=clerk(), list_id=draft.pk, from_on=date(2026, 3, 15))
    with pytest.raises(Refusal) as refused:
        services.open_campaign(actor=clerk(), campaign_id=one.pk)
    assert refused.value.code == "not_on_the_list"
    assert "第 2 版" in refused.value.sentence
    assert services.refuse_campaign(actor=clerk(), campaign_id=one.pk, reason="已移出清单").state == "refused"


def test_the_list_says_how_often_a_grid_is_asked():
    published()
    services.open_campaign(actor=clerk(), campaign_id=asked(clerk()).pk)
    with pytest.raises(Refusal) as refused:
        asked(clerk(), place_code=make.SHIFENG, from_on=date(2026, 5, 1), until=date(2026, 6, 1))
    assert refused.value.code == "asked_too_often"
    assert "2026-06-10" in refused.value.sentence
    elsewhere = make.SHIFENG + 1_000_000
    assert asked(clerk(), place_code=elsewhere, from_on=date(2026, 5, 1), until=date(2026, 6, 1)).state == "asked"


def test_what_is_held_and_fresh_is_not_asked_again():
    published()
    by = people.officer()
    with clock.frozen(make.START.replace(year=2025, month=6)):
        old = people.person(by, name="演示旧", phone=people.NUMBERS.phone(), employer="演示机械厂")
    whole = people.person(by, name="演示全", phone=people.NUMBERS.phone(), employer="演示机械厂")
    empty = people.person(by, name="演示缺", phone=people.NUMBERS.phone())
    one = services.open_campaign(actor=clerk(), campaign_id=asked(clerk(), questions=[]).pk)
    with scope.use(by):
        missing = campaigns.missing_fields(by, one, [old.pk, whole.pk, empty.pk])
    # The phone is stale after 180 days, the employer after 365.
    assert missing == {old.pk: ["phone"], empty.pk: ["employer"]}
    assert set(campaigns.open_targets(by, one)) == {old, empty}
    services.verify(actor=by, person_id=old.pk, fields=["phone"])
    services.update(actor=by, person_id=empty.pk, changes={"employer": "演示中学"}, seen_step=1, source="入户采集")
    assert campaigns.missing_fields(by, one, [old.pk, whole.pk, empty.pk]) == {}
    assert [(p.targets, p.left) for p in campaigns.progress(clerk(), one)] == [(3, 0)]


def test_a_question_is_answered_once_and_sent_twice_is_once():
    published()
    by, key = people.officer(), UUID(int=7)
    one_person, other = people.person(by, name="演示答"), people.officer(1)
    one = services.open_campaign(actor=clerk(), campaign_id=asked(clerk(), fields=[]).pk)
    given: dict[str, Any] = {"campaign_id": one.pk, "person_id": one_person.pk, "values": {"q1": "是"}}
    assert campaigns.missing_fields(by, one, [one_person.pk]) == {one_person.pk: ["questions"]}
    with scope.use(by):
        first = services.answer_campaign(actor=by, client_id=key, **given)
        assert services.answer_campaign(actor=by, client_id=key, **given) == first
        with pytest.raises(Refusal) as refused:
            services.answer_campaign(actor=by, client_id=UUID(int=8), **given)
        assert refused.value.code == "exists"
        assert campaigns.missing_fields(by, one, [one_person.pk]) == {}
    with scope.use(other):
        assert not CampaignAnswer.objects.exists()
        with pytest.raises(NotHere):
            services.answer_campaign(actor=other, client_id=UUID(int=9), **given)


def test_a_campaign_ends_with_its_last_day():
    published()
    one = services.open_campaign(actor=clerk(), campaign_id=asked(clerk()).pk)
    assert services.end_past_campaigns(actor=SYSTEM) == 0
    with clock.frozen(make.START.replace(month=5)):
        assert campaigns.campaigns_for(clerk()) == []
        assert services.end_past_campaigns(actor=SYSTEM) == 1
    one.refresh_from_db()
    assert one.state == "ended"
