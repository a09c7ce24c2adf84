"""Signals in, alarms, their events, the three steps: through the services, under row-level security."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from tests import make
from wangge.casework import queries as casework
from wangge.events import queries, services
from wangge.events.alarms import queries as alarm_queries
from wangge.events.models import Alarm, AlarmAct, AlarmSignal, SignalFault
from wangge.events.tests import make_devices as devices
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry
from wangge.territory import services as territory
from wangge.territory.models import Device, DevicePulse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def take(*messages):
    return services.take_messages(actor=SYSTEM, messages=list(messages))


def test_the_same_message_is_taken_once_however_often_it_is_sent():
    one = devices.device("access")
    said = devices.message(one, code="forced")
    assert take(said, said).fresh == 1
    assert take(said) == type(take())(fresh=0, repeated=1)
    assert AlarmSignal.objects.count() == 1
    assert Alarm.objects.get().signals == 1


def test_further_signals_are_counted_with_the_open_alarm_and_a_finished_one_stays_as_it_was():
    one = devices.device("ebike")
    take(devices.message(one))
    take(devices.message(one), devices.message(one, at=clock.now() + timedelta(minutes=1)))
    assert Alarm.objects.get().signals == 3
    guard = devices.keeper(make.cell())
    for command, given in devices.steps("handled", "已劝其推出电梯"):
        services.act_on_alarm(actor=guard, alarm_id=Alarm.objects.get().pk, command=command, **given)
    take(devices.message(one))
    assert list(Alarm.objects.order_by("id").values_list("signals", "state")) == [(3, "done"), (1, "open")]


def test_what_cannot_be_taken_is_kept_and_counted_and_nothing_else_suffers():
    sound, other = devices.device("access"), devices.device("sos")
    stranger = type("Stranger", (), {"serial": "NOBODY-1"})
    taken = take(
        devices.message(sound),
        devices.message(stranger),
        devices.message(stranger),
        devices.message(other, kind="falling"),
        devices.message(other, code="forced"),
        services.read_message("wangge/devices/GP-0001/alarm", b"\xff\xfe{"),
    )
    assert (taken.fresh, taken.faults) == (1, 5)
    found = {f.reason: f.times for f in SignalFault.objects.all()}
    assert found == {"unknown": 2, "kind": 1, "code": 1, "unreadable": 1}


def test_a_device_out_of_use_raises_nothing():
    one = devices.device("access")
    territory.set_device_state(actor=SYSTEM, device_id=one.pk, state="suspended", reason="小区改造")
    assert take(devices.message(one), devices.beat(one)).faults == 1
    assert Alarm.objects.count() == 0


def test_a_test_signal_is_recorded_and_wakes_nobody():
    one = devices.device("sos")
    take(devices.message(one, test=True))
    services.raise_alarms(actor=SYSTEM)
    found = Alarm.objects.get()
    assert (found.state, found.result, found.case) == ("done", "test", None)


def test_an_alarm_becomes_one_event_with_the_limits_of_its_category():
    found = devices.alarm("sos", code="fall")
    case = found.case
    assert (case.source, case.category, case.urgency, case.state) == ("device", "1701", "emergency", "reported")
    assert case.client_id == found.uid
    assert case.due_at - case.received_at == timedelta(hours=1)
    assert "一键报警（跌倒）" in case.text
    assert found.spot in case.text
    assert services.raise_alarms(actor=SYSTEM) == 0
    assert found.due_at - found.raised_at == timedelta(minutes=2)


def test_an_event_that_was_opened_before_the_kill_is_found_and_not_opened_again():
    found = devices.alarm("falling", raised=False)
    services.raise_alarms(actor=SYSTEM)
    number = str(Alarm.objects.get().case)
    # As if the process had been killed between the two transactions of another design: the mark is gone, the event is there.
    Alarm.objects.filter(pk=found.pk).update(is_raised=False, case=None, tried_at=None)
    services.raise_alarms(actor=SYSTEM)
    assert str(Alarm.objects.get().case) == number


def test_an_event_that_cannot_be_opened_is_tried_again_and_spoils_no_other(monkeypatch):
    bad, good = devices.alarm("falling", raised=False), devices.alarm("access", raised=False)
    Alarm.objects.filter(pk=bad.pk).update(lng=0.0, lat=0.0)
    services.raise_alarms(actor=SYSTEM)
    bad.refresh_from_db(), good.refresh_from_db()
    assert good.is_raised
    assert not bad.is_raised
    assert "不在本区任何网格内" in bad.trouble
    assert services.raise_alarms(actor=SYSTEM) == 0
    Alarm.objects.filter(pk=bad.pk).update(lng=good.lng, lat=good.lat)
    with devices.later(minutes=11):
        assert services.raise_alarms(actor=SYSTEM) == 1
    bad.refresh_from_db()
    assert bad.case is not None


def test_three_steps_are_told_to_the_event_under_the_name_of_who_took_them():
    at = make.cell()
    found, guard, officer = devices.alarm("falling", at), devices.keeper(at), make.officer(at)
    services.act_on_alarm(actor=guard, alarm_id=found.pk, command="sign", seen_step=1)
    services.act_on_alarm(actor=officer, alarm_id=found.pk, command="arrive", seen_step=2)
    services.act_on_alarm(
        actor=officer, alarm_id=found.pk, command="finish", seen_step=3, result="handled", text="已清理并上门劝导"
    )
    found.refresh_from_db()
    assert (found.state, found.result, found.late) == ("done", "handled", 0)
    case = casework.get(SYSTEM, found.case.number)
    assert (case.state, case.outcome) == ("closed", "self_solved")
    steps = [(s.command, s.actor_id) for s in casework.steps(SYSTEM, case)][::-1]
    assert sorted(steps[1:]) == sorted([("note", guard.id), ("note", officer.id), ("close", officer.id)])
    assert {e.action for e in AuditEntry.objects.filter(kind="alarm", subject=str(found.pk))} >= {
        "events.alarm_sign",
        "events.alarm_arrive",
        "events.alarm_finish",
    }


def test_a_false_alarm_is_declined_as_untrue_and_one_for_an_office_stays_open():
    at = make.cell()
    guard = devices.keeper(at)
    for result, state in (("false", "declined"), ("passed", "reported")):
        found = devices.alarm("access", at)
        services.act_on_alarm(actor=guard, alarm_id=found.pk, command="sign")
        services.act_on_alarm(actor=guard, alarm_id=found.pk, command="arrive")
        services.act_on_alarm(
            actor=guard, alarm_id=found.pk, command="finish", result=result, text="现场核对过门禁记录"
        )
        found.case.refresh_from_db()
        assert found.case.state == state


def test_when_the_centre_has_sent_the_event_on_the_answer_is_told_and_nothing_is_taken_from_the_office():
    at = make.cell()
    found, guard = devices.alarm("falling", at), devices.keeper(at)
    make.act(make.dispatcher(), found.case.number, "accept", text="受理")
    make.act(make.dispatcher(), found.case.number, "dispatch", department="430204-urban", text="请办理")
    for command, given in devices.steps("handled", "现场已经清理"):
        services.act_on_alarm(actor=guard, alarm_id=found.pk, command=command, **given)
    case = casework.get(SYSTEM, found.case.number)
    assert case.state == "dispatched"
    assert casework.steps(SYSTEM, case)[0].command == "note"


def test_steps_out_of_order_late_and_twice():
    at = make.cell()
    found, guard = devices.alarm("sos", at), devices.keeper(at)
    with pytest.raises(Refusal) as wrong:
        services.act_on_alarm(actor=guard, alarm_id=found.pk, command="arrive")
    assert wrong.value.code == "illegal_move"
    assert "签收告警" in wrong.value.sentence
    key = UUID(int=77)
    with devices.later(minutes=3):
        for _ in range(2):
            services.act_on_alarm(actor=guard, alarm_id=found.pk, command="sign", seen_step=1, key=key)
    found.refresh_from_db()
    assert (found.state, found.late, found.step) == ("signed", 1, 2)
    assert AlarmAct.objects.get().was_late
    with pytest.raises(Refusal) as stale:
        services.act_on_alarm(actor=make.officer(at), alarm_id=found.pk, command="arrive", seen_step=1)
    assert stale.value.code == "stale"
    assert guard.name in stale.value.sentence
    with pytest.raises(Refusal) as reused:
        services.act_on_alarm(actor=guard, alarm_id=found.pk, command="arrive", key=key)
    assert reused.value.code == "key_reused"


def test_who_may_not():
    at, elsewhere = make.cell(), make.cell(430204001000000)
    found = devices.alarm("sos", at)
    with scope.use(devices.keeper(elsewhere)), pytest.raises(NotHere):
        services.act_on_alarm(actor=devices.keeper(elsewhere), alarm_id=found.pk, command="sign")
    with pytest.raises(NoRight):
        services.act_on_alarm(actor=make.verifier(), alarm_id=found.pk, command="sign")
    with scope.use(make.handler()):
        assert queries.phone_alarms(make.handler()) == []
    with scope.use(devices.keeper(elsewhere)):
        assert queries.phone_alarms(devices.keeper(elsewhere)) == []
        assert Device.objects.count() == DevicePulse.objects.count() == AlarmSignal.objects.count() == 0
        assert queries.alarms(devices.keeper(elsewhere), state="").count() == 0
        with pytest.raises(NotHere):
            queries.alarm(devices.keeper(elsewhere), found.pk)
    with scope.use(devices.keeper(at)):
        shown = queries.phone_alarms(devices.keeper(at))
        assert [(a["id"], a["may"]) for a in shown] == [(found.pk, ["sign", "note"])]


def test_a_signal_and_an_act_are_never_changed():
    found = devices.alarm("access")
    services.act_on_alarm(actor=devices.keeper(make.cell()), alarm_id=found.pk, command="sign")
    for model, field in ((AlarmSignal, "received_at"), (AlarmAct, "at")):
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            model.objects.update(**{field: clock.now()})
        assert (model.objects.all().delete()[0], model.objects.count()) == (0, 1)


def test_nobody_signs_and_level_after_level_is_called():
    found = devices.alarm("sos")
    start = clock.now()
    for minute, level in ((1, 0), (2, 1), (4, 2), (6, 3), (8, 3)):
        with clock.frozen(start + timedelta(minutes=minute)):
            services.sweep()
        found.refresh_from_db()
        assert found.level == level, minute
    assert AlarmAct.objects.filter(command="escalate").count() == 3
    notes = [s for s in casework.steps(SYSTEM, found.case) if s.command == "note"]
    assert len(notes) == 3
    assert "区中心" in notes[0].text


def test_silence_opens_an_offline_alarm_once_and_the_next_sign_of_life_ends_it():
    one = devices.device("access")
    never = devices.device("access")
    take(devices.beat(one, battery=80))
    start = clock.now()
    for minutes, count in ((14, 0), (16, 1), (17, 1)):
        with clock.frozen(start + timedelta(minutes=minutes)):
            services.sweep()
        assert Alarm.objects.filter(kind="offline").count() == count
    found = Alarm.objects.get()
    assert (found.device_id, found.case) == (one.pk, None)
    with clock.frozen(start + timedelta(minutes=30)):
        take(devices.beat(one))
    found.refresh_from_db()
    assert (found.state, found.result) == ("done", "recovered")
    outage = one.outages.get()
    assert (outage.since, outage.until) == (start, start + timedelta(minutes=30))
    assert never.outages.count() == 0
    assert DevicePulse.objects.get(pk=one.pk).battery == 80


def test_a_one_key_alarm_with_a_daily_heartbeat_is_not_called_silent_after_a_quarter_of_an_hour():
    one = devices.device("sos")
    take(devices.beat(one))
    with devices.later(hours=25):
        services.sweep()
    assert Alarm.objects.count() == 0
    with devices.later(hours=27):
        services.sweep()
    assert Alarm.objects.get().kind == "offline"


def test_the_rate_of_false_alarms_counts_what_somebody_judged():
    at = make.cell()
    one, guard = devices.device("falling", at), devices.keeper(at)
    for n, result in enumerate(("false", "handled", "false", "false")):
        found = devices.alarm(on=one, at=clock.now() + timedelta(hours=n - 10))
        services.act_on_alarm(actor=guard, alarm_id=found.pk, command="sign")
        services.act_on_alarm(actor=guard, alarm_id=found.pk, command="arrive")
        services.act_on_alarm(actor=guard, alarm_id=found.pk, command="finish", result=result, text="现场核实完毕")
    devices.alarm(on=one, at=clock.now())
    record = alarm_queries.records(SYSTEM, [one.pk])[one.pk]
    assert (record.alarms, record.answered, record.false, record.rate, record.is_doubtful) == (5, 4, 3, 75.0, False)


def test_faults_are_for_who_keeps_the_devices_of_a_district():
    take(devices.message(type("Stranger", (), {"serial": "NOBODY-1"})))
    clerk, community = make.actor("registry_clerk", place=make.SHIFENG), make.community(make.cell())
    assert alarm_queries.faults(clerk).count() == 1
    assert alarm_queries.faults(community).count() == 0
    fault = alarm_queries.faults(clerk).get()
    services.settle_fault(actor=clerk, fault_id=fault.pk)
    assert alarm_queries.faults(clerk).count() == 0
    take(devices.message(type("Stranger", (), {"serial": "NOBODY-1"})))
    assert alarm_queries.faults(clerk).get().times == 2
