"""Two at once, in threads of their own: one result, one answer, one draw."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tests import make
from wangge.kernel import clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry import services
from wangge.registry.models import PersonChange, SampleFinding, SampleItem
from wangge.registry.services.checks import Check
from wangge.registry.tests.test_sampling import FIELDS, RIGHT_ALL, clerk, crowd, drawn, planned, street

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: tuple[Actor, Callable[[Actor], Any]]) -> list[str]:
    """Run the acts at once, each in its actor's scope; what became of them, sorted."""

    def run(pair: tuple[Actor, Callable[[Actor], Any]]) -> str:
        who, act = pair
        try:
            with clock.frozen(make.START), scope.use(who):
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
        assert PersonChange.objects.filter(person_id=item.person_id, source="抽查").count() == 1


def test_two_draws_at_once_draw_once():
    with scope.system():
        make.district()
        crowd(4)
        one, by = planned(clerk(), 2), clerk()
    assert together(*[(by, lambda who: services.draw_sample(actor=who, plan_id=one.pk))] * 2) == ["done", "stale"]
    with scope.system():
        assert SampleItem.objects.filter(plan=one).count() == 2
