"""The life of a case through the services: walked whole, refused where it must be, by two people at once."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from tests import make
from wangge.casework import queries, terms
from wangge.casework import services as casework
from wangge.casework.models import Assignment, Card, Case, Clock, Step
from wangge.casework.services.public import code_digest
from wangge.events import services as events
from wangge.kernel import clock, scope
from wangge.kernel.actor import PUBLIC, SYSTEM
from wangge.kernel.errors import NotHere, Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def test_the_main_job_from_report_to_rated_close():
    cell = make.cell()
    receipt = events.report(
        actor=PUBLIC,
        report=events.Report(
            id=make.client_id(), text="桥头护栏断了一截，晚上看不见很危险", lng=make.point(cell)[0], lat=make.point(cell)[1],
            seen_at=clock.now(), source="resident", category="0303",
        ),
        query_code=code_digest("AB23CD45"),
    )  # fmt: skip
    number = receipt.number
    assert number.startswith("WG430204-2026-")
    assert receipt.cell_code == str(cell.code)
    desk, urban = make.dispatcher(), make.handler()
    make.act(desk, number, "accept")
    make.act(desk, number, "dispatch", department="430204-urban", supports=["430204-housing"])
    make.act(urban, number, "sign")
    with pytest.raises(Refusal, match="协办单位尚未完成：住建局"):
        make.act(urban, number, "finish", text="护栏已修复")
    make.act(make.handler("430204-housing"), number, "support_done", text="已提供护栏图纸")
    make.act(urban, number, "finish", text="护栏已修复")
    case = make.act(make.verifier(), number, "verify", text="现场已恢复")
    assert case.state == "verified"
    case = casework.rate(actor=PUBLIC, number=number, code="ab23cd45", grade=5, text="很快")
    assert (case.state, case.grade, case.outcome) == ("closed", 5, "resolved")
    steps = [s.command for s in Step.objects.filter(case=case).order_by("seq")]
    assert steps == ["report", "accept", "dispatch", "sign", "support_done", "finish", "verify", "rate"]
    assert [s.seq for s in Step.objects.filter(case=case).order_by("seq")] == list(range(1, 9))
    assert not Clock.objects.filter(case=case, stopped_at__isnull=True).exists()


def test_an_officer_may_not_check_what_the_same_person_handled():
    case = make.case("handled")
    both = make.handler()
    with pytest.raises(Refusal) as refused:
        make.act(both, case.number, "verify")
    assert refused.value.code in ("no_right", "not_in_charge", "separation_of_duties")


def test_the_second_of_two_people_is_told_who_came_first():
    case = make.case("reported")
    seen = case.step
    make.act(make.dispatcher(name="one"), case.number, "accept")
    with pytest.raises(Refusal) as refused:
        make.act(
            make.dispatcher(name="two"), case.number, "decline", seen_step=seen, reason="not_duty", text="不属于本区"
        )
    assert refused.value.code == "stale"
    assert "受理" in refused.value.sentence
    assert "已保留" in refused.value.sentence


def test_the_same_key_is_one_step_however_often_it_is_sent():
    case = make.case("dispatched")
    key, urban = make.client_id(), make.handler()
    first = casework.act(actor=urban, number=case.number, command="sign", seen_step=case.step, key=key)
    again = casework.act(actor=urban, number=case.number, command="sign", seen_step=case.step, key=key)
    assert (first.step, again.step, again.state) == (case.step + 1, case.step + 1, "handling")
    with pytest.raises(Refusal, match="另一项操作"):
        casework.act(actor=urban, number=case.number, command="finish", seen_step=again.step, key=key, text="办完")


def test_sending_back_needs_another_office_and_twice_calls_the_supervisor():
    case = make.case("dispatched")
    urban = make.handler(role="liaison")
    with pytest.raises(Refusal, match="建议承办单位"):
        make.act(urban, case.number, "send_back", text="不属我局职责")
    with pytest.raises(Refusal, match="不能是本单位"):
        make.act(urban, case.number, "send_back", text="不属我局职责", proposed="430204-urban")
    case = make.act(urban, case.number, "send_back", text="不属我局职责", proposed="430204-housing")
    assert (case.state, case.returns, case.lead_id, case.is_supervised) == ("accepted", 1, None, False)
    assert case.holder.kind == "centre"
    make.act(make.dispatcher(), case.number, "dispatch", department="430204-housing")
    case = make.act(
        make.handler("430204-housing", role="liaison"),
        case.number,
        "send_back",
        text="应由城管办理",
        proposed="430204-urban",
    )
    assert case.is_supervised
    case = make.act(make.supervisor(), case.number, "designate", department="430204-urban", text="经研究指定城管局承办")
    with pytest.raises(Refusal) as refused:
        make.act(urban, case.number, "send_back", text="仍有异议", proposed="430204-housing")
    assert refused.value.code == "designated"


def test_a_hold_stops_the_handling_clock_and_resuming_moves_the_due_date():
    case = make.case("handling")
    before = case.due_at
    urban = make.handler()
    make.act(urban, case.number, "ask_hold", reason="weather", until=date(2026, 3, 20), text="连续降雨无法施工")
    with pytest.raises(Refusal, match=r"须由|没有这项权限"):
        make.act(urban, case.number, "hold")
    case = make.act(make.dispatcher(), case.number, "hold")
    assert case.state == "held"
    with clock.frozen(datetime.fromisoformat("2026-03-12T09:30:00+08:00")):
        case = make.act(urban, case.number, "resume")
        assert case.due_at > before
        lines = [line for c, found in queries.explain(SYSTEM, case) if c.kind == "handle" for line in found]
    assert any("天气" in line for line in lines)


@pytest.mark.parametrize(
    ("reason", "until", "says"),
    [("lunch", "2026-03-20", "挂起原因"), ("weather", "2026-02-30", "不是日期"), ("weather", "2026-06-30", "30 日内")],
)
def test_a_hold_with_bad_input_is_refused_by_field(reason, until, says):
    case = make.case("handling")
    with pytest.raises(Refusal, match=says):
        make.act(make.handler(), case.number, "ask_hold", reason=reason, until=until, text="说明情况")


def test_an_extension_is_asked_before_expiry_granted_by_another_and_capped():
    case = make.case("handling", category="0301")
    before, urban = case.due_at, make.handler()
    with pytest.raises(Refusal, match="不是整数"):
        make.act(urban, case.number, "ask_extension", amount="三天", text="材料未到")
    with pytest.raises(Refusal, match="累计延期不超过"):
        make.act(urban, case.number, "ask_extension", amount=11, text="材料未到")
    make.act(urban, case.number, "ask_extension", amount=3, text="材料未到")
    with pytest.raises(Refusal):
        make.act(urban, case.number, "grant_extension")
    case = make.act(make.dispatcher(), case.number, "grant_extension")
    assert case.due_at > before
    with clock.frozen(case.due_at + timedelta(minutes=1)), pytest.raises(Refusal, match="已超过办理期限"):
        make.act(urban, case.number, "ask_extension", amount=1, text="仍需时间")


def test_a_merged_case_follows_its_original_and_can_be_split_off():
    original, double = make.case("handling"), make.case("reported")
    desk = make.dispatcher()
    with pytest.raises(Refusal, match="没有找到主件"):
        make.act(desk, double.number, "merge", original="WG430204-2026-9999999")
    with pytest.raises(Refusal, match="自身"):
        make.act(desk, double.number, "merge", original=double.number)
    merged = make.act(desk, double.number, "merge", original=original.number)
    assert (merged.state, merged.merged_into_id, merged.outcome) == ("merged", original.pk, "duplicate")
    with pytest.raises(Refusal, match=r"不能作为主件|不能执行"):
        make.act(desk, original.number, "merge", original=double.number)
    note = casework.act(actor=desk, number=double.number, command="note", seen_step=None, text="群众补充了照片")
    assert note.number == original.number
    split = make.act(desk, double.number, "split")
    assert (split.state, split.merged_into_id) == ("reported", None)


def test_voiding_takes_two_people():
    case = make.case("reported")
    one, two = make.dispatcher(name="one"), make.supervisor(name="two")
    with pytest.raises(Refusal):
        make.act(one, case.number, "void")
    make.act(one, case.number, "ask_void", text="测试数据，误报")
    with pytest.raises(Refusal):
        make.act(one, case.number, "void")
    voider = two if two.may("events.void") else make.dispatcher(name="three")
    assert make.act(voider, case.number, "void").state == "void"


def test_a_bad_grade_reopens_once_by_itself_and_one_service_is_rated_once():
    case = make.case("verified")
    Case.objects.filter(pk=case.pk).update(query_code=code_digest("QWER2345"))
    with pytest.raises(NotHere):
        casework.rate(actor=PUBLIC, number=case.number, code="WRONG234", grade=1)
    again = casework.rate(actor=PUBLIC, number=case.number, code="QWER2345", grade=1, text="根本没处理")
    assert (again.state, again.redone, again.lead_id is not None) == ("handling", 1, True)
    with pytest.raises(Refusal, match="办结核查后才能评价"):
        casework.rate(actor=PUBLIC, number=case.number, code="QWER2345", grade=5)
    make.act(make.handler(), case.number, "finish", text="这次彻底清理")
    make.act(make.verifier(), case.number, "verify")
    closed = casework.rate(actor=PUBLIC, number=case.number, code="QWER2345", grade=2)
    assert (closed.state, closed.grade) == ("closed", 2)
    with pytest.raises(Refusal, match="已按您的意见重办过一次"):
        casework.contest(actor=PUBLIC, number=case.number, code="QWER2345", text="还是没有解决")


def test_time_itself_issues_cards_and_closes_what_nobody_rated():
    case = make.case("handling")
    one = Clock.objects.get(case=case, kind="handle", stopped_at__isnull=True)
    with clock.frozen(one.yellow_at):
        assert casework.sweep()["yellow"] == 1
        assert casework.sweep()["yellow"] == 0
    with clock.frozen(one.due_at + timedelta(seconds=1)):
        assert casework.sweep()["red"] == 1
    assert sorted(Card.objects.filter(case=case).values_list("colour", flat=True)) == ["red", "yellow"]
    card = Card.objects.get(case=case, colour="red")
    urban, watch = make.handler(role="head"), make.supervisor()
    casework.explain_card(actor=urban, card_id=card.pk, text="作业车辆故障，已调配备用车辆")
    casework.judge_card(actor=watch, card_id=card.pk, uphold=False, text="情况属实，撤销")
    assert queries.get(SYSTEM, case.number).card == "yellow"
    rated = make.case("verified")
    due = Clock.objects.get(case=rated, kind="rate").due_at
    with clock.frozen(due + timedelta(seconds=1)):
        casework.sweep()
    rated = queries.get(SYSTEM, rated.number)
    assert (rated.state, rated.grade) == ("closed", None)


def test_what_was_handed_up_is_out_of_the_lower_offices_hands():
    cell = make.cell()
    number = make.report(make.officer(cell), cell)
    local = make.community(cell)
    make.act(local, number, "hand_up", text="社区无力处置，需街道协调")
    with pytest.raises(Refusal, match="须由当前主管单位或其上级进行"):
        make.act(local, number, "accept")
    street = make.actor("street", place=make.JINGLONG)
    case = make.act(street, number, "hand_down", department=f"{cell.code // 1000}-office")
    assert case.holder.kind == "community"
    assert make.act(local, number, "accept").state == "accepted"


def test_another_districts_people_see_nothing_and_change_nothing():
    case = make.case("reported")
    stranger = make.dispatcher(make.HETANG)
    with scope.use(stranger):
        assert not queries.search(stranger).exists()
        assert not Step.objects.exists()
        with pytest.raises(NotHere):
            queries.get(stranger, case.number)
        with pytest.raises(NotHere):
            casework.act(actor=stranger, number=case.number, command="accept", seen_step=1)
    urban = make.handler()
    with scope.use(urban):
        assert not queries.search(urban).exists()
    make.act(make.dispatcher(), case.number, "accept")
    make.act(make.dispatcher(), case.number, "dispatch", department="430204-urban")
    with scope.use(urban):
        assert [c.number for c in queries.search(urban)] == [case.number]
        assert [c.number for c in queries.inbox(urban)] == [case.number]


def test_without_a_scope_the_database_shows_nothing():
    make.case("reported")
    assert Case.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.lo','1',true), set_config('app.hi','0',true), set_config('app.department','0',true)"
        )
    assert not Case.objects.exists()
    assert not Assignment.objects.exists()


def test_every_command_of_the_table_has_a_word_and_every_state_a_way_out():
    from wangge.events.rules import MOVES, TIMEOUTS
    from wangge.kernel.flow import dead_ends

    assert not dead_ends(MOVES, terms.FINAL)
    assert {s for s, _ in MOVES if s not in terms.FINAL} <= set(TIMEOUTS)
    assert {c for _, c in MOVES} <= set(terms.COMMANDS)


@pytest.mark.parametrize(
    "state", ["reported", "accepted", "dispatched", "handling", "held", "handled", "verified", "closed"]
)
def test_every_command_not_in_the_table_is_refused_in_words(state):
    from wangge.events.rules import MOVES

    case = make.case(state)
    for command in terms.COMMANDS:
        if (state, command) in MOVES:
            continue
        with pytest.raises(Refusal) as refused:
            casework.act(actor=SYSTEM, number=case.number, command=command, seen_step=None)
        assert refused.value.code == "illegal_move", command
    assert queries.get(SYSTEM, case.number).step == case.step
