"""Two at once at the same door: the same act is one visit, two officers' acts both arrive and nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tests import make
from wangge.kernel import clock, scope
from wangge.registry import services
from wangge.registry.models import Collection, CollectionDifference, Person, PersonChange
from wangge.registry.tests.test_collection import Block

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], Any]) -> list[Any]:
    def run(act: Callable[[], Any]) -> Any:
        try:
            with clock.frozen(make.START):
                return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def block() -> Block:
    with scope.system():
        make.forget()
        make.district()
        return Block()


def test_the_same_act_sent_twice_at_once_is_one_visit() -> None:
    at = block()
    act = at.act(at.part(at.family[0], "change", changes={"employer": "演示医院"}))

    def send() -> int:
        with scope.use(at.officer):
            return services.collect(actor=at.officer, act=act).visit_id

    assert len(set(together(send, send))) == 1
    with scope.system():
        assert Collection.objects.filter(visit__client_id=act.id).count() == 1
        assert PersonChange.objects.filter(person=at.family[0], field="employer").count() == 1


def test_two_officers_at_one_door_leave_one_value_and_one_to_decide() -> None:
    at = block()
    with scope.system():
        lead = make.actor("lead", place=at.cell.code)

    def send(who: Any, employer: str, order: int) -> Callable[[], int]:
        parts = [
            at.part(p, "change", changes={"employer": employer}, seen={"employer": "演示机械厂"}) for p in at.family
        ]
        act = at.act(*parts[::order])

        def go() -> int:
            with scope.use(who):
                return services.collect(actor=who, act=act).visit_id

        return go

    assert len(set(together(send(at.officer, "演示医院", 1), send(lead, "演示中学", -1)))) == 2
    with scope.system():
        held = set(Person.objects.filter(pk__in=[p.pk for p in at.family]).values_list("employer", flat=True))
        assert len(held) == 1
        assert CollectionDifference.objects.filter(reason="changed", field="employer").count() == len(at.family)
