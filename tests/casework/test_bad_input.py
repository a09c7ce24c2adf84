"""What people and programs may send by mistake: every fault is a sentence, and nothing of the case changes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from tests import make
from wangge.casework import queries
from wangge.casework import services as casework
from wangge.casework.models import Card, Case, Clock, Step
from wangge.casework.services.public import code_digest
from wangge.events.rules import MOVES
from wangge.kernel import clock, scope
from wangge.kernel.actor import PUBLIC, SYSTEM
from wangge.kernel.errors import Refusal
from wangge.kernel.web import as_refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]

ODD: list[Any] = [
    None,
    "",
    " ",
    "字" * 5000,
    "🚧" * 50,
    "a\0b",
    "\ud800",
    -1,
    10**30,
    1.5,
    True,
    [],
    ["x"],
    [None],
    {"a": 1},
]
ODD += [b"bytes", "²", "9" * 5000, "none", date(1, 1, 1), datetime.fromisoformat("2026-03-20T00:00:00+08:00")]
NAMES: tuple[str, ...] = (
    "text",
    "reason",
    "department",
    "supports",
    "proposed",
    "original",
    "until",
    "amount",
    "grade",
    "category",
)
NAMES += ("urgency", "outcome", "files", "seen_step", "key", "number", "command", "channel", "unheard_of")
GOOD: dict[str, Any] = {
    "text": "按要求办理",
    "reason": "weather",
    "department": "430204-urban",
    "proposed": "430204-housing",
    "until": date(2026, 3, 20),
    "amount": 1,
    "grade": 4,
    "category": "0101",
}


def must_say(error: Exception) -> None:
    """The error reaches people as a sentence."""
    refusal = as_refusal(error)
    assert refusal is not None, repr(error)
    assert refusal.sentence


@pytest.mark.parametrize("state", ["reported", "dispatched", "handling", "verified"])
def test_no_input_of_any_command_is_an_error_page(state: str) -> None:
    case, wrong = make.case(state), []
    before = Case.objects.filter(pk=case.pk).values().get(), Step.objects.filter(case=case).count()
    for command in [c for s, c in MOVES if s == state]:
        if command in ("urge", "supervise", "hand_down", "ask_void", "void", "deny_extension"):
            continue  # they take nothing that the others do not
        for name in NAMES:
            for value in ODD:
                given = {"number": case.number, "command": command, "seen_step": case.step, **GOOD, name: value}
                point = transaction.savepoint()
                try:
                    casework.act(actor=SYSTEM, **given)
                except Exception as error:
                    refusal = as_refusal(error)
                    if refusal is None or not refusal.sentence:
                        wrong.append(f"{command} {name}={str(value)[:20]!r}: {error!r:.150}")
                transaction.savepoint_rollback(point)
    assert wrong == []
    assert (Case.objects.filter(pk=case.pk).values().get(), Step.objects.filter(case=case).count()) == before


@pytest.mark.parametrize("value", ODD)
def test_the_public_door_takes_no_odd_input(value: Any) -> None:
    case = make.case("verified")
    Case.objects.filter(pk=case.pk).update(query_code=code_digest("QWER2345"))
    calls: list[Any] = [
        lambda: casework.rate(actor=PUBLIC, number=case.number, code="QWER2345", grade=value),
        lambda: casework.rate(actor=PUBLIC, number=case.number, code="QWER2345", grade=5, text=value),
        lambda: casework.rate(actor=PUBLIC, number=case.number, code=value, grade=5),
        lambda: casework.rate(actor=PUBLIC, number=value, code="QWER2345", grade=5),
        lambda: casework.contest(actor=PUBLIC, number=case.number, code="QWER2345", text=value),
        lambda: casework.join(actor=PUBLIC, number=value, client_id=UUID(int=5), text="也看到了"),
        lambda: casework.join(actor=PUBLIC, number=case.number, client_id=UUID(int=6), text=value),
    ]
    for call in calls:
        point = transaction.savepoint()
        try:
            call()
        except Exception as error:
            must_say(error)
        transaction.savepoint_rollback(point)


@pytest.mark.parametrize("value", ODD)
def test_a_card_and_a_saved_filter_take_no_odd_input(value: Any) -> None:
    case, urban, watch = make.case("handling"), make.handler(), make.supervisor()
    with clock.frozen(Clock.objects.get(case=case, stopped_at=None).due_at):
        casework.sweep()
    card = Card.objects.get(case=case)
    for call in (
        lambda: casework.explain_card(actor=urban, card_id=card.pk, text=value),
        lambda: casework.judge_card(actor=watch, card_id=card.pk, uphold=True, text=value),
        lambda: casework.appeal_card(actor=urban, card_id=card.pk, text=value),
        lambda: casework.save_filter(actor=watch, name=value, query="state=closed"),
        lambda: casework.save_filter(actor=watch, name="我的", query=value),
    ):
        point = transaction.savepoint()
        try:
            call()
        except Exception as error:
            must_say(error)
        transaction.savepoint_rollback(point)


def test_emoji_and_the_longest_text_are_kept_as_they_were_written() -> None:
    case = make.case("handling")
    text = "路面已修复🚧" + "好" * 1900
    make.act(make.handler(), case.number, "note", text=text)
    assert Step.objects.filter(case=case).latest("seq").text == text


def test_one_id_used_for_two_cases_is_done_once_and_said() -> None:
    one, two, key = make.case("reported"), make.case("reported", at=make.cell(n=3)), make.client_id()
    desk = make.dispatcher()
    casework.act(actor=desk, number=one.number, command="accept", seen_step=one.step, key=key)
    with pytest.raises(Refusal, match="另一项操作"):
        casework.act(actor=desk, number=two.number, command="accept", seen_step=two.step, key=key)
    # Also when the other case lies outside the reach of who sends it.
    officer = make.officer(make.cell(n=3))
    with scope.use(officer), pytest.raises(Refusal, match="另一项操作"):
        casework.act(actor=officer, number=two.number, command="note", seen_step=two.step, key=key, text="现场情况")
    assert queries.get(SYSTEM, two.number).step == two.step
