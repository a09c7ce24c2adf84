"""The rules of a case's life that somebody would like to get round."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests import make
from wangge.casework import queries
from wangge.casework import services as casework
from wangge.casework.models import Assignment, Card, Case, Clock, Extension, Hold, Rating, Step
from wangge.casework.services.public import code_digest
from wangge.events import queries as events
from wangge.events import services as events_services
from wangge.kernel import clock, outbox, scope
from wangge.kernel.actor import PUBLIC, SYSTEM
from wangge.kernel.calendars import set_day
from wangge.kernel.errors import NotHere, Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
HOLD: dict[str, Any] = {"reason": "weather", "until": date(2026, 3, 20), "text": "连续降雨无法施工"}


def refused(*args: Any, **given: Any) -> str:
    with pytest.raises(Refusal) as met:
        make.act(*args, **given)
    return met.value.code


def handle_clock(case: Case) -> Clock:
    return Clock.objects.get(case=case, kind="handle", stopped_at=None, assignment=None)


def test_a_hold_request_that_nobody_grants_is_denied_and_never_counts() -> None:
    case, urban, desk = make.case("handling"), make.handler(), make.dispatcher()
    due = case.due_at
    assert refused(desk, case.number, "deny_hold", text="不同意") == "no_hold"
    make.act(urban, case.number, "ask_hold", **HOLD)
    assert refused(urban, case.number, "ask_hold", **HOLD) == "hold_pending"
    make.act(desk, case.number, "deny_hold", text="雨已停，不同意")
    assert queries.pending_hold(case) is None
    assert queries.holds_of(case.pk) == []
    make.act(urban, case.number, "ask_hold", **HOLD)
    make.act(desk, case.number, "hold")
    with clock.frozen(make.START + timedelta(days=11)):
        assert casework.sweep()["resumed"] == 1
        assert casework.sweep()["resumed"] == 0
    after = queries.get(SYSTEM, case.number)
    assert after.state == "handling"
    assert after.due_at > due
    assert Hold.objects.filter(case=case).count() == 2


def test_a_held_case_gets_no_card_and_its_co_handlers_clock_stands_too() -> None:
    case = make.case("accepted")
    make.act(make.dispatcher(), case.number, "dispatch", department="430204-urban", supports=["430204-housing"])
    make.act(make.handler(), case.number, "sign")
    case = make.act(make.dispatcher(), case.number, "hold", **HOLD)
    helper = Clock.objects.get(case=case, assignment__isnull=False)
    with clock.frozen(max(helper.due_at, handle_clock(case).due_at) + timedelta(hours=1)):
        casework.sweep()
        assert not Card.objects.filter(case=case).exists()
        make.act(make.handler(), case.number, "resume")
        moved = Clock.objects.get(pk=helper.pk)
        assert moved.due_at > helper.due_at
        casework.sweep()
    assert not Card.objects.filter(case=case).exists()


def test_what_was_asked_ends_with_what_it_was_asked_for() -> None:
    urban, desk = make.handler(), make.dispatcher()
    held, asked = make.case("handling"), make.case("handling")
    make.act(desk, held.number, "hold", **HOLD)
    make.act(urban, asked.number, "ask_hold", **HOLD)
    make.act(urban, asked.number, "ask_extension", amount=2, text="材料未到")
    original = make.case("accepted").number
    for case in (held, asked):
        make.act(desk, case.number, "merge", original=original)
    assert not Hold.objects.filter(to_at=None).exists()
    assert not Extension.objects.filter(granted=None).exists()
    with clock.frozen(make.START + timedelta(days=12)):
        assert casework.sweep()["resumed"] == 0
    finished = make.case("handling")
    make.act(urban, finished.number, "ask_extension", amount=2, text="材料未到")
    make.act(urban, finished.number, "finish", text="办结")
    assert Extension.objects.get(clock__case=finished).granted is False


def test_merging_carries_everybody_along_and_splitting_brings_them_back() -> None:
    desk = make.dispatcher()
    far, near, follower = make.case("handling"), make.case("reported"), make.case("reported")
    casework.join(actor=PUBLIC, number=near.number, client_id=make.client_id(), text="我也看到了")
    make.act(desk, follower.number, "merge", original=near.number)
    assert queries.get(SYSTEM, near.number).supporters == 2
    make.act(desk, near.number, "merge", original=far.number)
    assert queries.get(SYSTEM, far.number).supporters == 3
    assert queries.get(SYSTEM, follower.number).merged_into_id == far.pk
    assert refused(desk, far.number, "merge", original=near.number) == "original_ended"
    make.act(desk, near.number, "split")
    assert queries.get(SYSTEM, far.number).supporters == 0
    assert queries.get(SYSTEM, near.number).supporters == 2
    assert queries.get(SYSTEM, follower.number).merged_into_id == near.pk
    make.act(desk, follower.number, "split")
    assert queries.get(SYSTEM, near.number).supporters == 1
    assert [c.kind for c in Clock.objects.filter(case=follower, stopped_at=None)] == ["accept"]


def test_what_is_told_to_a_merged_case_reaches_its_original_also_out_of_reach_and_once() -> None:
    there, here = make.case("handling", at=make.cell(n=4)), make.cell(n=0)
    officer = make.officer(here)
    with scope.use(officer):
        number = make.report(officer, here, category="0303")
    make.act(make.dispatcher(), number, "merge", original=there.number)
    key = make.client_id()
    for _ in range(2):
        with scope.use(officer):
            casework.act(actor=officer, number=number, command="note", seen_step=1, text="又塌了一块", key=key)
    assert Step.objects.filter(case=there, command="note").count() == 1
    stranger = make.officer(make.cell(n=5))
    with pytest.raises(NotHere), scope.use(stranger):
        casework.act(actor=stranger, number=number, command="note", seen_step=1, text="与我无关")


def test_a_merged_residents_words_count_for_the_original() -> None:
    original, double = make.case("verified"), make.case("reported")
    Case.objects.filter(pk=double.pk).update(query_code=code_digest("QWER2345"))
    make.act(make.dispatcher(), double.number, "merge", original=original.number)
    again = casework.contest(actor=PUBLIC, number=double.number, code="QWER2345", text="现场还是老样子")
    assert (again.number, again.state) == (original.number, "handling")


def test_sending_back_has_two_working_days() -> None:
    case, liaison = make.case("dispatched"), make.handler(role="liaison")
    until = queries.return_until(Assignment.objects.get(case=case).asked_at)
    given = {"text": "不属我局职责", "proposed": "430204-housing"}
    with clock.frozen(until + timedelta(minutes=1)):
        assert "send_back" not in queries.allowed(liaison, case)
        assert refused(liaison, case.number, "send_back", **given) == "return_late"
    with clock.frozen(until):
        assert make.act(liaison, case.number, "send_back", **given).state == "accepted"


def test_an_office_of_another_district_or_another_place_cannot_be_given_the_case() -> None:
    case, desk = make.case("accepted"), make.dispatcher()
    elsewhere = next(
        d.code
        for d in make.Department.objects.filter(kind="community")
        if d.place_code // 1000 != case.place_code // 1000
    )
    for code in ("430202-urban", elsewhere):
        assert refused(desk, case.number, "dispatch", department=code) == "not_in_tree"
        assert refused(desk, case.number, "dispatch", department="430204-urban", supports=[code]) == "not_in_tree"


def test_an_office_whose_part_is_over_still_reads_and_no_longer_writes() -> None:
    case, urban = make.case("dispatched"), make.handler(role="liaison")
    make.act(urban, case.number, "send_back", text="不属我局职责", proposed="430204-housing")
    make.act(make.dispatcher(), case.number, "dispatch", department="430204-housing")
    with scope.use(urban):
        assert queries.get(urban, case.number).state == "dispatched"
        assert queries.steps(urban, case)
        assert queries.allowed(urban, queries.get(urban, case.number)) == []
        with pytest.raises(Refusal, match="须由"):
            casework.act(actor=urban, number=case.number, command="note", seen_step=None, text="补充说明")


def test_the_street_that_dispatched_may_let_a_co_handler_go() -> None:
    cell = make.cell()
    number = make.report(make.officer(cell), cell, category="0303")
    street = make.actor("street", place=make.JINGLONG)
    make.act(make.community(cell), number, "hand_up", text="社区无力处置")
    make.act(street, number, "accept")
    make.act(street, number, "dispatch", department="430204-urban", supports=["430204-housing"])
    make.act(make.handler(), number, "sign")
    assert refused(make.handler(), number, "waive_support", text="不需要") == "no_right"
    make.act(street, number, "waive_support", department="430204-housing", text="无需协办")
    assert make.act(make.handler(), number, "finish", text="办结").holder_id == street.department_id


def test_designating_while_it_waits_for_a_signature_stops_every_earlier_clock() -> None:
    case = make.case("accepted")
    make.act(make.dispatcher(), case.number, "dispatch", department="430204-housing", supports=["430204-police"])
    make.act(make.supervisor(), case.number, "designate", department="430204-urban", text="指定城管局")
    assert [c.kind for c in Clock.objects.filter(case=case, stopped_at=None)] == ["sign"]


def test_whoever_signed_finished_or_helped_does_not_verify() -> None:
    cell = make.cell()
    case, local = make.case("accepted", at=cell), make.community(cell)
    office = f"{cell.code // 1000}-office"
    make.act(make.dispatcher(), case.number, "dispatch", department="430204-urban", supports=[office])
    make.act(make.handler(), case.number, "sign")
    make.act(local, case.number, "support_done", text="已维持秩序")
    case = make.act(make.handler(), case.number, "finish", text="办结")
    Case.objects.filter(pk=case.pk).update(holder_place=cell.code)
    assert refused(local, case.number, "verify") == "separation_of_duties"
    # The officer who reported it may: that is how most cases are checked.
    assert make.act(make.officer(cell), case.number, "verify").state == "verified"


def test_another_category_keeps_the_start_and_shows_both_limits() -> None:
    case = make.case("handling")
    before = handle_clock(case)
    other = next(
        c
        for c in events.catalogue(make.SHIFENG).categories
        if events.catalogue(make.SHIFENG).limit(c, "handle", case.urgency)[:2] != (before.amount, before.unit)
    )
    with clock.frozen(make.START + timedelta(days=1)):
        case = make.act(make.dispatcher(), case.number, "recategorise", category=other)
    after = handle_clock(case)
    assert after.started_at == before.started_at
    assert case.due_at == after.due_at != before.due_at
    kept = Step.objects.filter(case=case).latest("seq").data["limits"]
    assert [c["before"] != c["after"] for c in kept] == [True]
    assert any("改类别后时限由" in line for one, lines in queries.explain(SYSTEM, case) for line in lines)
    assert refused(make.dispatcher(), case.number, "recategorise", category="9999") == "unknown_category"


def test_failing_the_check_halves_the_limit_and_the_third_time_calls_the_supervisor() -> None:
    case, whole = make.case("handled"), None
    for n in (1, 2, 3):
        case = make.act(make.verifier(), case.number, "rework", text="现场仍有残留")
        whole = whole or Clock.objects.filter(case=case, kind="handle").earliest("id").amount
        assert handle_clock(case).amount == max(1, round(whole * 0.5))
        assert (case.reworks, case.is_supervised) == (n, n == 3)
        make.act(make.handler(), case.number, "finish", text="再次清理")


def test_staff_rate_for_a_resident_with_a_grade_and_not_before_the_window_ends() -> None:
    case, desk = make.case("verified"), make.dispatcher()
    assert refused(desk, case.number, "rate") == "missing_input"
    assert refused(desk, case.number, "default_rating") == "rating_open"
    assert make.act(desk, case.number, "rate", grade="4", text="电话回访").grade == 4
    assert Rating.objects.get(case=case).grade == 4
    assert refused(make.supervisor(), case.number, "archive") == "archive_early"


def test_what_was_solved_on_the_spot_can_be_contested_once() -> None:
    cell = make.cell()
    number = make.report(make.officer(cell), cell, category="0101", solved="已当场清走并冲洗")
    Case.objects.filter(number=number).update(query_code=code_digest("QWER2345"))
    case = casework.contest(actor=PUBLIC, number=number, code="QWER2345", text="垃圾还在那里")
    assert (case.state, case.redone, case.closed_at) == ("accepted", 1, None)
    with pytest.raises(Refusal, match="办结后才能"):
        casework.contest(actor=PUBLIC, number=number, code="QWER2345", text="垃圾还在那里")


def test_nothing_is_reopened_after_thirty_days_by_any_door() -> None:
    case = make.case("closed")
    Case.objects.filter(pk=case.pk).update(query_code=code_digest("QWER2345"))
    with clock.frozen(case.closed_at + timedelta(days=30, seconds=1)):
        assert refused(make.dispatcher(), case.number, "reopen", text="又坏了") == "reopen_late"
        assert refused(make.dispatcher(), case.number, "redo", text="又坏了") == "reopen_late"
        with pytest.raises(Refusal, match="30 日"):
            casework.contest(actor=PUBLIC, number=case.number, code="QWER2345", text="又坏了，没修好")
    with clock.frozen(case.closed_at + timedelta(days=30)):
        assert make.act(make.dispatcher(), case.number, "reopen", text="又坏了").state == "handling"


def test_a_case_that_was_checked_rated_or_followed_is_not_made_void() -> None:
    desk, watch = make.dispatcher(), make.supervisor()
    assert refused(desk, make.case("handled").number, "ask_void", text="误报") == "illegal_move"
    rated = make.case("closed")
    Rating.objects.create(case=rated, round=0, grade=4, at=clock.now(), channel="portal")
    make.act(desk, rated.number, "reopen", text="又坏了")
    make.act(desk, rated.number, "ask_void", text="误报")
    assert refused(watch, rated.number, "void") == "void_rated"
    original = make.case("reported")
    make.act(desk, make.case("reported").number, "merge", original=original.number)
    make.act(desk, original.number, "ask_void", text="误报")
    assert refused(watch, original.number, "void") == "has_followers"


def test_a_card_is_judged_by_two_people_and_appealed_once() -> None:
    case, urban = make.case("handling"), make.handler()
    with clock.frozen(handle_clock(case).due_at + timedelta(seconds=1)):
        assert casework.sweep()["red"] == 1
        assert casework.sweep()["red"] == 0
    card, one, two = Card.objects.get(case=case), make.supervisor(), make.supervisor(name="second")
    with pytest.raises(Refusal, match="被发牌的单位"):
        casework.explain_card(actor=make.handler("430204-housing"), card_id=card.pk, text="不是我们的牌")
    casework.judge_card(actor=one, card_id=card.pk, uphold=True, text="确已超期")
    with pytest.raises(Refusal, match="已经审定"):
        casework.judge_card(actor=two, card_id=card.pk, uphold=False, text="再审")
    casework.appeal_card(actor=urban, card_id=card.pk, text="因暴雨停工，请复核")
    with pytest.raises(Refusal, match="原审定人"):
        casework.judge_card(actor=one, card_id=card.pk, uphold=True, text="维持")
    casework.judge_card(actor=two, card_id=card.pk, uphold=False, text="情况属实")
    with pytest.raises(Refusal, match="只能申诉一次"):
        casework.appeal_card(actor=urban, card_id=card.pk, text="再次申诉一次")
    assert queries.get(SYSTEM, case.number).card == ""


def test_an_old_yellow_card_does_not_keep_a_late_case_from_its_red_one() -> None:
    cases = [make.case("handling", category="0301") for _ in range(3)]
    for case in cases[:2]:
        Clock.objects.filter(pk=handle_clock(case).pk).update(yellow_at=make.START)
    late = handle_clock(cases[2])
    Clock.objects.filter(pk=late.pk).update(yellow_at=make.START, due_at=make.START)
    with clock.frozen(make.START + timedelta(hours=1)):
        assert casework.sweep(limit=3) == {"yellow": 2, "red": 1, "resumed": 0, "unrated": 0}
        Clock.objects.filter(pk=handle_clock(cases[1]).pk).update(due_at=make.START)
        assert casework.sweep(limit=1)["red"] == 1


def test_a_changed_calendar_moves_open_clocks_with_their_warning_and_leaves_closed_ones() -> None:
    case, closed = make.case("handling", category="0301"), make.case("closed")
    before, old = handle_clock(case), list(Clock.objects.filter(case=closed).values())
    for day in range(11, 14):
        set_day(actor=SYSTEM, on=date(2026, 3, day), kind="rest", name="测试放假", source="测试通知")
    assert casework.recompute_open(actor=SYSTEM) >= 1
    after = handle_clock(case)
    assert after.due_at > before.due_at
    assert after.yellow_at > before.yellow_at
    assert queries.get(SYSTEM, case.number).due_at == after.due_at
    assert list(Clock.objects.filter(case=closed).values()) == old
    assert casework.recompute_open(actor=SYSTEM) == 0


def test_a_secret_report_does_not_tell_its_handlers_who_made_it() -> None:
    case = make.case("reported", is_secret=True)
    events_services.save_reporter(actor=PUBLIC, number=case.number, name="张某", phone="13900000000")
    case = queries.get(SYSTEM, case.number)
    street = make.actor("street", place=make.JINGLONG)
    make.act(make.dispatcher(), case.number, "accept")
    make.act(make.dispatcher(), case.number, "dispatch", department=f"{case.place_code // 10**6}-street")
    assert events.has_reporter(street, case) is None
    assert events.has_reporter(make.handler(), case) is None
    with pytest.raises(NotHere):
        events_services.reveal_reporter(actor=street, number=case.number, reason="想知道是谁反映的")
    assert events.has_reporter(make.dispatcher(), case) == "尾号 0000"


def test_one_fact_that_cannot_take_effect_does_not_keep_the_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    from wangge.kernel.facts import CalendarChanged
    from wangge.kernel.models import Reaction

    for day in ("2026-01-01", "2026-01-02"):
        outbox.publish(CalendarChanged(from_on=day, to_on=day))
    delivered = outbox.deliver

    def sometimes(fact_id: int, subscriber: str) -> bool:
        if outbox.Fact.objects.get(pk=fact_id).data["from_on"] == "2026-01-01":
            raise RuntimeError("no")
        return delivered(fact_id, subscriber)

    monkeypatch.setattr(outbox, "deliver", sometimes)
    with clock.frozen(make.START + timedelta(hours=1)):
        assert outbox.repair() >= 1
    assert Reaction.objects.filter(fact__data__from_on="2026-01-02").exists()
    assert not Reaction.objects.filter(fact__data__from_on="2026-01-01").exists()
