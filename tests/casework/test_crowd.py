"""Fifty clients on one case, and merges that cross: real threads, real commits. One wins, the others get a sentence."""

import pytest

from tests import make
from tests.casework.test_race import at_once
from wangge.casework import queries
from wangge.casework import services as casework
from wangge.casework.models import Assignment, Card, Case, Clock, Step
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal
from wangge.kernel.web import as_refusal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_time]


def sentence(error: object) -> Refusal:
    """What a person reads of this error; fails for one that would be an error page."""
    assert isinstance(error, Exception), error
    refusal = as_refusal(error)
    assert refusal is not None, repr(error)
    return refusal


def test_fifty_clients_sign_return_and_merge_the_same_case() -> None:
    with scope.system():
        make.district()
        case, original = make.case("dispatched"), make.case("accepted")
        urban, desk = make.handler(role="liaison"), make.dispatcher()

    def go(i: int) -> str:
        by, command, given = (
            (urban, "sign", {}),
            (urban, "send_back", {"text": "不属我局职责", "proposed": "430204-housing"}),
            (desk, "merge", {"original": original.number}),
        )[i % 3]
        with scope.use(by):
            return casework.act(
                actor=by,
                number=case.number,
                command=command,
                seen_step=case.step,
                key=make.client_id(7000 + i),
                **given,
            ).state

    results = at_once(50, go)
    won = [r for r in results if isinstance(r, str)]
    assert len(won) == 1
    assert {sentence(r).code for r in results if not isinstance(r, str)} <= {"stale", "illegal_move", "busy"}
    with scope.system():
        after = queries.get(SYSTEM, case.number)
        assert (after.state, after.step) == (won[0], case.step + 1)
        assert Step.objects.filter(case=case).count() == after.step
        running = Clock.objects.filter(case=case, stopped_at=None).count()
        assert running == (0 if after.state == "merged" else 1)
        leads = Assignment.objects.filter(case=case, role="lead", state__in=["pending", "handling"]).count()
        assert leads == (1 if after.state == "handling" else 0)
        followers = Case.objects.filter(merged_into=original).count()
        assert followers == (1 if after.state == "merged" else 0)
        assert queries.get(SYSTEM, original.number).supporters == followers


def test_merges_that_cross_end_in_one_original_and_no_chain() -> None:
    with scope.system():
        make.district()
        cases = [make.case("reported").number for _ in range(6)]
        desk = make.dispatcher()

    def go(i: int) -> str:
        one, other = cases[i % 6], cases[(i + 1 + i // 6) % 6]
        with scope.use(desk):
            return casework.act(
                actor=desk, number=one, command="merge", seen_step=None, original=other, text="同一件事"
            ).state

    for result in at_once(30, go):
        if result != "merged":
            assert sentence(result).code in ("illegal_move", "original_ended", "own_original", "stale", "busy")
    with scope.system():
        found = {c.pk: c for c in Case.objects.filter(number__in=cases)}
        for case in found.values():
            if case.merged_into_id:
                assert case.state == "merged"
                assert found[case.merged_into_id].merged_into_id is None
            assert case.supporters == sum(c.merged_into_id == case.pk for c in found.values())
            assert case.step == Step.objects.filter(case=case).count()


def test_cards_and_acts_at_the_same_moment_wait_for_each_other_in_one_order() -> None:
    with scope.system():
        make.district()
        cases = [make.case("dispatched") for _ in range(6)]
        urban = make.handler()
        late = max(c.due_at for c in cases)

    def go(i: int) -> object:
        if i % 2:
            with clock.frozen(late + (late - clock.now())):
                return casework.sweep()
        one = cases[i // 2]
        with scope.use(urban):
            return casework.act(actor=urban, number=one.number, command="sign", seen_step=None).state

    for result in at_once(12, go):
        if isinstance(result, Exception):
            sentence(result)
    with scope.system():
        for case in Case.objects.filter(pk__in=[c.pk for c in cases]):
            colours = set(Card.objects.filter(case=case).values_list("colour", flat=True))
            assert case.card == ("red" if "red" in colours else "yellow" if colours else "")
            assert Clock.objects.filter(case=case, stopped_at=None, assignment=None).count() == 1
