"""A fact and its jobs commit together; a reaction takes effect once; what was lost is found again."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection, transaction

from wangge.kernel import clock, outbox
from wangge.kernel.models import Fact, Reaction

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Happened:
    """A fact of these tests."""

    thing_id: int


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(outbox, "_subscribers", {})
    things: list[int] = []

    @outbox.on(Happened)
    def remember(fact: Happened) -> None:
        things.append(fact.thing_id)

    return things


def jobs() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("select (args ->> 'fact_id')::bigint, args ->> 'subscriber' from procrastinate_jobs order by id")
        return cursor.fetchall()


def test_a_fact_and_its_job_are_written_together_or_not_at_all(heard: list[int]):
    outbox.publish(Happened(7))
    assert len(jobs()) == Fact.objects.count() == 1
    try:
        with transaction.atomic():
            outbox.publish(Happened(8))
            raise RuntimeError("the cause fails")
    except RuntimeError:
        pass
    assert len(jobs()) == Fact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_an_error(heard: list[int]):
    with pytest.raises(RuntimeError, match="outside a transaction"):
        outbox.publish(Happened(1))


def test_a_reaction_that_is_delivered_three_times_takes_effect_once(heard: list[int]):
    outbox.publish(Happened(7))
    fact_id, subscriber = jobs()[0]
    assert [outbox.deliver(fact_id, subscriber) for _ in range(3)] == [True, False, False]
    assert heard == [7]


def test_a_reaction_that_fails_leaves_no_trace_and_runs_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "_subscribers", {})
    tries: list[int] = []

    @outbox.on(Happened)
    def stumble(fact: Happened) -> None:
        tries.append(fact.thing_id)
        if len(tries) == 1:
            raise ValueError("the first time")

    outbox.publish(Happened(9))
    fact_id, subscriber = jobs()[0]
    with pytest.raises(ValueError, match="the first time"):
        outbox.deliver(fact_id, subscriber)
    assert not Reaction.objects.exists()
    assert outbox.deliver(fact_id, subscriber)
    assert tries == [9, 9]


def test_a_lost_job_is_made_good(heard: list[int]):
    outbox.publish(Happened(5))
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
    assert outbox.repair() == 0  # too young: its job may still be on the way
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        assert outbox.repair() == 1
        assert outbox.repair() == 0
    assert heard == [5]
