"""Two at once, in threads of their own: one result, one answer, one draw."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tests import make
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal
from wangge.registry import services
from wangge.registry.models import CampaignAnswer, DutyList, PersonChange, Reminder, SampleFinding, SampleItem
from wangge.registry.services.checks import Check
from wangge.registry.tests import make as people
from wangge.registry.tests.test_lists_and_campaigns import asked
from wangge.registry.tests.test_sampling import FIELDS, RIGHT_ALL, clerk, crowd, drawn, planned, street

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: tuple[Actor, Callable[[Actor], Any]], today: bool = False) -> list[str]:
    """Run the acts at once, each in its actor's scope; what became of them, sorted. `today`: by the clock of this thread."""
    moment = clock.now() if today else make.START

    def run(pair: tuple[Actor, Callable[[Actor], Any]]) -> str:
        who, act = pair
        try:
            with clock.frozen(moment), scope.use(who):
                act(who)
            return "done"
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_two_checkers_at_once_leave_one_result():
    with scope.system():
        make.district()
        crowd(1)
        item = drawn(clerk(), 1).items.get()
        them = [street("zhen-a"), street("zhen-b")]

    def check(who: Actor) -> None:
        found = Check(item.pk, RIGHT_ALL | {"employer": "corrected"}, {"employer": f"演示单位{who.name[-1]}"})
        services.check_sample(actor=who, item_id=item.pk, check=found)

    assert together(*((who, check) for who in them)) == ["already_checked", "done"]
    with scope.system():
        assert SampleFinding.objects.filter(item=item).count() == len(FIELDS)
        assert PersonChange.objects.filter(person_id=item.subject_id, source="抽查").count() == 1


def test_two_draws_at_once_draw_once():
    with scope.system():
        make.district()
        crowd(4)
        one, by = planned(clerk(), 2), clerk()
    assert together(*[(by, lambda who: services.draw_sample(actor=who, plan_id=one.pk))] * 2) == ["done", "stale"]
    with scope.system():
        assert SampleItem.objects.filter(plan=one, state="waiting").count() == 2


def test_two_answers_at_once_are_one_answer():
    with scope.system():
        make.district()
        by = people.officer()
        person = people.person(by, name="演示答")
        services.load_lists(actor=clerk(), place=make.SHIFENG, from_on=clock.today())
        one = asked(clerk(), from_on=clock.today(), until=clock.today() + timedelta(days=30), fields=[])
        services.open_campaign(actor=clerk(), campaign_id=one.pk)

    def say(key: int) -> Callable[[Actor], None]:
        def act(who: Actor) -> None:
            services.answer_campaign(
                actor=who, campaign_id=one.pk, person_id=person.pk, values={"q1": "是"}, client_id=UUID(int=key)
            )

        return act

    assert together((by, say(1)), (by, say(2)), today=True) == ["done", "exists"]
    with scope.system():
        assert CampaignAnswer.objects.count() == 1


def test_two_nights_at_once_remind_once_and_two_hands_settle_once():
    with scope.system():
        make.district()
        by = people.officer()
        people.person(by, name="演示独", care=["elderly_alone"], since=clock.today() - timedelta(days=45))
    remind = (SYSTEM, lambda who: services.remind(actor=who))
    assert together(remind, remind, today=True) == ["done", "done"]
    with scope.system():
        kept = Reminder.objects.get()

    def settle(who: Actor) -> None:
        services.settle_reminder(actor=who, reminder_id=kept.pk, outcome="done")

    assert together((by, settle), (by, settle), today=True) == ["already_settled", "done"]


def test_two_publications_at_once_leave_one_list_in_force():
    with scope.system():
        make.district()
        by = clerk()
        draft = services.draft_list(actor=by, place=make.SHIFENG, kind="duty")
        day = clock.today()
    publish = (by, lambda who: services.publish_list(actor=who, list_id=draft.pk, from_on=day))
    assert together(publish, publish, today=True) == ["done", "published"]
    with scope.system():
        assert DutyList.objects.filter(state="published").count() == 1
