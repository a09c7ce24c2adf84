"""Two people, and two hundred, at once: real threads, real connections, real commits."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests import make
from wangge.casework import queries
from wangge.casework import services as casework
from wangge.events import services as events
from wangge.kernel import clock, numbering, scope
from wangge.kernel.actor import PUBLIC, SYSTEM
from wangge.kernel.errors import Refusal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_time]


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(i)` in `count` threads that start together; what each returned, or the refusal it met."""
    gate, results = threading.Barrier(count), list[Any]([None] * count)

    def run(i: int) -> None:
        gate.wait()
        try:
            results[i] = work(i)
        except Exception as error:
            results[i] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


def test_twenty_people_sign_the_same_case_and_exactly_one_wins() -> None:
    with scope.system():
        make.district()
        case = make.case("dispatched")
        urban = make.handler()

    def sign(_: int) -> str:
        with scope.use(urban):
            return casework.act(actor=urban, number=case.number, command="sign", seen_step=case.step).state

    results = at_once(20, sign)
    won = [r for r in results if r == "handling"]
    lost = [r for r in results if isinstance(r, Refusal)]
    assert (len(won), len(lost)) == (1, 19)
    assert {r.code for r in lost} == {"stale"}
    with scope.system():
        assert queries.get(SYSTEM, case.number).step == case.step + 1


def test_the_same_report_sent_by_ten_threads_is_one_event_with_one_number() -> None:
    with scope.system():
        make.district()
        cell = make.cell()
    lng, lat = make_point(cell)
    report = events.Report(
        id=make.client_id(), text="路面塌陷一个大坑，很危险", lng=lng, lat=lat, seen_at=clock.now(), source="resident"
    )
    results = at_once(10, lambda _: events.report(actor=PUBLIC, report=report))
    assert not [r for r in results if isinstance(r, Exception)]
    assert len({r.number for r in results}) == 1
    assert sum(r.is_new for r in results) == 1
    assert len({(r.cell_code, r.state, r.due_at) for r in results}) == 1


def make_point(cell: Any) -> tuple[float, float]:
    with scope.system():
        return make.point(cell)


def test_two_hundred_writers_get_two_hundred_numbers_and_none_comes_back() -> None:
    def take(_: int) -> list[int]:
        return [numbering.next_number("race_2026") for _ in range(5)]

    numbers = [n for some in at_once(200, take) for n in some]
    assert len(set(numbers)) == len(numbers) == 1000
    assert numbering.next_number("race_2026") > max(numbers)
