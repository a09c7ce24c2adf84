"""Pure rules of alarms and devices: messages, joining, steps, cameras."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from wangge.events.alarms import queries, rules, terms
from wangge.territory.rules import devices

AT = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
KINDS = queries.alarm_kinds()


def said(**given):
    return msgspec.json.encode({"id": str(uuid4()), "at": AT} | given)


def test_every_kind_of_device_has_a_kind_of_alarm_with_its_limits():
    assert set(KINDS) == {*devices.KINDS, "offline"} == set(terms.KINDS)
    for kind in KINDS.values():
        assert 0 < kind.sign < kind.arrive < kind.finish
        assert 0 < kind.next <= kind.finish
    assert KINDS["sos"].calls
    assert not KINDS["sos"].remote


def test_a_message_is_understood_and_keeps_what_else_the_maker_sends():
    one = rules.read_message("wangge/devices/GP-0001/alarm", said(kind="falling", code="object", photo="a.jpg"))
    assert isinstance(one, rules.Signal)
    assert (one.serial, one.kind, one.code, one.at, one.is_test) == ("GP-0001", "falling", "object", AT, False)
    assert one.data["photo"] == "a.jpg"


def test_a_message_without_an_id_is_the_same_message_when_it_is_sent_again():
    body = msgspec.json.encode({"at": AT, "kind": "sos"})
    first: Any
    again: Any
    other: Any
    first, again = (rules.read_message("wangge/devices/SOS-1234/alarm", body) for _ in range(2))
    other = rules.read_message("wangge/devices/SOS-1234/alarm", msgspec.json.encode({"at": AT + timedelta(seconds=1)}))
    assert first.message_id == again.message_id != other.message_id


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("wangge/devices/GP-0001/alarm", b"{"),
        ("wangge/devices/GP-0001/alarm", b""),
        ("wangge/devices/GP-0001/alarm", b'{"id": "x", "at": "2026-03-10T09:30:00+08:00"}'),
        ("wangge/devices/GP-0001/alarm", b'{"at": "2026-03-10T09:30:00"}'),
        ("wangge/devices/GP-0001/alarm", b'{"at": "0001-01-01T00:00:00Z"}'),
        ("wangge/devices/GP-0001/alarm", b'{"at": "2026-03-10T09:30:00+08:00", "code": "\\u0000"}'),
        ("wangge/devices/GP-0001/alarm", b'{"at": "2026-03-10T09:30:00+08:00", "x": "' + b"a" * 5000 + b'"}'),
        ("wangge/devices/GP-0001/heartbeat", b"alive"),
        ("wangge/devices/GP-0001/other", b"{}"),
        ("other/GP-0001/alarm", b"{}"),
    ],
)
def test_what_is_not_a_message_is_kept_with_its_reason(topic, body):
    one = rules.read_message(topic, body)
    assert isinstance(one, rules.Unread)
    assert (one.reason, one.payload) == ("unreadable", body)
    assert one.detail


def test_a_heartbeat_may_be_empty_and_may_tell_the_battery():
    assert rules.read_message("wangge/devices/SOS-1/heartbeat", b"") == rules.Heartbeat("SOS-1", None)
    assert rules.read_message("wangge/devices/SOS-1/heartbeat", b'{"battery": 55}') == rules.Heartbeat("SOS-1", 55)
    assert rules.read_message("wangge/devices/SOS-1/heartbeat", b'{"battery": 900}') == rules.Heartbeat("SOS-1", None)


def test_a_clock_that_cannot_be_believed_does_not_count():
    for at, believed in (
        (AT - timedelta(hours=2), True),
        (AT + timedelta(minutes=5), True),
        (AT + timedelta(minutes=6), False),
        (AT - timedelta(days=31), False),
    ):
        assert rules.moment(at, AT) == (at if believed else AT)


def fresh(minute, device=1, kind="falling", code="", test=False):
    return rules.Fresh(device, kind, code, test, AT + timedelta(minutes=minute), KINDS[kind].join)


def test_signals_near_one_another_are_one_alarm_and_apart_they_are_two():
    alarms, places = rules.join([fresh(0), fresh(9), fresh(19), fresh(30)], [])
    assert places == [0, 0, 0, 1]
    assert [(a.added, a.first_at, a.last_at) for a in alarms] == [
        (3, AT, AT + timedelta(minutes=19)),
        (1, AT + timedelta(minutes=30), AT + timedelta(minutes=30)),
    ]


def test_another_device_kind_code_or_a_test_is_another_alarm():
    alarms, places = rules.join(
        [fresh(0), fresh(0, device=2), fresh(0, code="water"), fresh(0, test=True), fresh(1)], []
    )
    assert places == [0, 1, 2, 3, 0]
    assert len(alarms) == 4


def test_a_signal_that_comes_late_joins_the_alarm_of_its_time():
    known = rules.Known(1, "falling", "", False, AT, AT + timedelta(minutes=2), alarm_id=7, signals=3)
    alarms, places = rules.join([fresh(-5), fresh(40), fresh(-60)], [known])
    assert [alarms[p].alarm_id for p in places] == [7, None, None]
    assert known.first_at == AT - timedelta(minutes=5)
    assert len(alarms) == 3


def test_the_order_in_which_signals_arrive_does_not_change_the_alarms():
    signals = [fresh(m) for m in (0, 8, 16, 24, 60, 65)]
    straight, _ = rules.join(signals, [])
    back, _ = rules.join(signals[::-1], [])
    assert [(a.first_at, a.last_at, a.added) for a in straight] == [(a.first_at, a.last_at, a.added) for a in back]


@pytest.mark.parametrize(
    ("kind", "state", "result", "text", "code"),
    [
        ("falling", "arrived", "handled", "已清理现场并劝导", None),
        ("falling", "signed", "false", "回看录像为飞鸟经过", None),
        ("falling", "signed", "handled", "已清理现场并劝导", "arrive_first"),
        ("sos", "signed", "false", "电话中说是误按", "arrive_first"),
        ("sos", "arrived", "false", "到户确认为误按", None),
        ("falling", "arrived", "", "已清理现场并劝导", "unknown_result"),
        ("falling", "arrived", "test", "已清理现场并劝导", "unknown_result"),
        ("falling", "arrived", "handled", "好", "text_short"),
    ],
)
def test_what_an_alarm_may_be_finished_with(kind, state, result, text, code):
    refusal = rules.may_finish(KINDS[kind], state, result, text)
    assert (refusal.code if refusal else None) == code


def test_every_step_has_its_own_limit():
    sos = KINDS["sos"]
    due: Any = rules.due
    assert [due(sos, s, AT) - AT for s in terms.OPEN] == [timedelta(minutes=m) for m in (2, 15, 60)]
    assert rules.due(sos, "done", AT) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, None),
        ({"purpose": " "}, "purpose"),
        ({"has_sign": False}, "has_sign"),
        ({"retention_days": None}, "retention_days"),
        ({"retention_days": 91}, "retention_days"),
    ],
)
def test_a_camera_declares_purpose_sign_and_retention(given, field):
    declared = {"purpose": "楼栋高空抛物取证", "has_sign": True, "retention_days": 30} | given
    refusal = devices.check_camera("falling", **declared)
    assert (refusal.field if refusal else None) == field
    assert devices.check_camera("sos", "", False, None) is None


def test_the_masked_name_of_a_relative_tells_the_relation():
    assert terms.whom("女儿", "张小花") == "女儿 张*"
    assert terms.whom("监护人", "欧阳明") == "监护人 欧*"
