"""Random walks through the commands that people are offered: whatever the order, the case stays one true story."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import make
from wangge.casework import queries, terms
from wangge.casework import services as casework
from wangge.casework.models import Assignment, Case, Clock, Extension, Hold, Step
from wangge.kernel import clock, workdays
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.calendars import current_calendar
from wangge.kernel.errors import Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]

OFFICES = ("430204-urban", "430204-housing")
SPENDS = {
    "reported": 1,
    "checking": 1,
    "accepted": 1,
    "dispatched": 1,
    "handling": 1,
    "held": 1,
    "handled": 1,
    "verified": 1,
}


def people(cell: Any) -> list[Actor]:
    found = [make.dispatcher(), make.supervisor(), make.verifier(), make.officer(cell), make.community(cell)]
    found.append(make.actor("street", place=make.JINGLONG))
    return found + [make.handler(code, role="head", name=f"head-{code}") for code in OFFICES]


def inputs(command: str, pick: int, now: datetime) -> dict[str, Any]:
    until = clock.local(now).date() + timedelta(days=1 + pick % 9)
    table: dict[str, dict[str, Any]] = {
        "decline": {"reason": "not_duty"},
        "refute": {"reason": "untrue"},
        "dispatch": {"department": OFFICES[pick % 2], "supports": [OFFICES[1 - pick % 2]] if pick % 3 == 0 else []},
        "designate": {"department": OFFICES[pick % 2]},
        "send_back": {"proposed": "430204-police"},
        "ask_hold": {"reason": "weather", "until": until},
        "hold": {"reason": "material", "until": until},
        "ask_extension": {"amount": 1 + pick % 6},
        "rate": {"grade": 1 + pick % 5},
        "recategorise": {"category": ("0101", "0303", "0301")[pick % 3]},
        "hand_down": {"department": "430204005-street"},
    }
    return {"text": "按要求办理", **table.get(command, {})}


def holds_true(number: str) -> None:
    case = Case.objects.get(number=number)
    steps = list(Step.objects.filter(case=case).order_by("seq"))
    assert [s.seq for s in steps] == list(range(1, case.step + 1))
    assert case.state == steps[-1].to_state
    for one, after in pairwise(steps):
        assert after.from_state == one.to_state
    main = list(Clock.objects.filter(case=case, stopped_at=None, assignment=None))
    assert len(main) == SPENDS.get(case.state, 0)
    assert (case.clock, case.due_at) == ((main[0].kind, main[0].due_at) if main else ("", None))
    is_open = case.state in terms.OPEN
    assert is_open == (case.holder_id is not None)
    leads = Assignment.objects.filter(case=case, role="lead", state__in=["pending", "handling"])
    assert leads.count() == (case.state in ("dispatched", "handling", "held"))
    if leads:
        assert leads[0].department_id == case.lead_id
    # No part that is over has a clock that runs, and nothing waits for a decision outside the handling.
    assert not Clock.objects.filter(case=case, stopped_at=None, assignment__done_at__isnull=False).exists()
    assert Hold.objects.filter(case=case, from_at__isnull=False, to_at=None).count() == (case.state == "held")
    if case.state not in ("handling", "held"):
        assert not Hold.objects.filter(case=case, to_at=None).exists()
        assert not Extension.objects.filter(clock__case=case, granted=None).exists()
    granted = list(Extension.objects.filter(clock__case=case, granted=True))
    assert len(granted) <= terms.MAX_EXTENSIONS
    assert sum(e.amount for e in granted) <= terms.MAX_EXTENSION_DAYS
    for running in Clock.objects.filter(case=case, stopped_at=None):
        adds_up(case, running)
    assert queries.explain(SYSTEM, case)


def adds_up(case: Case, one: Clock) -> None:
    """The seconds that the explanation counts, less those held, are the limit."""
    if case.state == "held" or one.extended_days or one.unit not in ("work_hour", "work_day"):
        return
    due = queries.due_of(one, queries.holds_of(case.pk))
    assert due.at == one.due_at
    counted = sum(line.seconds for line in due.lines if line.kind == "counted")
    held = sum(line.seconds for line in due.lines if line.kind == "held" and one.kind == "handle")
    calendar = current_calendar()
    if one.unit == "work_hour":
        assert counted - held == pytest.approx(one.amount * 3600)
    else:
        plain = workdays.due(one.started_at, workdays.Limit(one.amount, "work_day"), calendar)
        assert counted - held == pytest.approx(calendar.work_seconds(plain.counts_from, plain.at))


@pytest.fixture
def everybody(district: None) -> list[Actor]:
    """The people of the walks, made once: a password takes its time."""
    return people(make.cell())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(1, 900)), min_size=4, max_size=18))
def test_any_walk_of_offered_commands_leaves_a_true_story(
    everybody: list[Actor], moves: list[tuple[int, int, int]]
) -> None:
    point = transaction.savepoint()
    try:
        walk(everybody[:8], moves)
    finally:
        transaction.savepoint_rollback(point)


def walk(everybody: list[Actor], moves: list[tuple[int, int, int]]) -> None:
    cell, now = make.cell(), make.START
    number = make.case("reported", at=cell, category="0301").number
    other = make.case("accepted", at=cell, category="0301").number
    for who, which, minutes in moves:
        now += timedelta(minutes=minutes)
        with clock.frozen(now):
            case = queries.get(SYSTEM, number)
            turn = everybody[who % 8 :] + everybody[: who % 8]
            offers = next(((by, found) for by in turn if (found := queries.allowed(by, case))), None)
            if not offers:
                casework.sweep()
                holds_true(number)
                continue
            by, command = offers[0], offers[1][which % len(offers[1])]
            given_ = inputs(command, which, now)
            if command == "hand_down":
                given_["department"] = f"{case.place_code // 10**6}-street"
            if command == "merge":
                given_["original"] = other
            try:
                casework.act(actor=by, number=number, command=command, seen_step=case.step, **given_)
            except Refusal as refusal:
                if refusal.code not in EXPECTED:
                    raise
            if which % 5 == 0:
                casework.sweep()
            holds_true(number)
            holds_true(other)


# What an offered command may still answer to what was entered.
EXPECTED = ("support_open", "proposed_self", "extension_cap", "hold_until", "not_below", "lead_is_support")
