"""The one-key alarm of an elderly person: the officer is called by the board, the family one after another, numbers on record."""

from datetime import timedelta
from typing import Any

import pytest

from tests import make
from wangge.casework.models import Step
from wangge.events import queries, services
from wangge.events.alarms import queries as alarms
from wangge.events.models import Alarm, AlarmCall, DeviceUser
from wangge.events.tests import make_devices as devices
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry
from wangge.registry import services as registry
from wangge.registry.tests import make as people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
PHONES = ("14200001111", "14200002222", "14200003333")


@pytest.fixture
def home():
    """(cell, device) of somebody who lives alone and has three relatives; the first of them lives in another street."""
    at, other = make.cell(), make.cell(430204001000000)
    elder = people.person(SYSTEM, at.code, name="欧阳秀英")
    device = devices.device("sos", at)
    for n, (name, kind, where) in enumerate(
        (("张小花", "30", other), ("张大山", "20", at), ("李邻居", "neighbour", at)), start=1
    ):
        relative = people.person(SYSTEM, where.code, name=name, phone=PHONES[n - 1])
        registry.relate(actor=SYSTEM, person_id=elder.pk, other_id=relative.pk, kind=kind, calls=n)
    services.assign_user(
        actor=SYSTEM, device_id=device.pk, person_id=elder.pk, consent_on=clock.today(), consent_note="本人签字同意书"
    )
    return at, device


def states():
    return list(AlarmCall.objects.order_by("position").values_list("state", flat=True))


def test_the_chain_begins_with_the_alarm_and_each_is_passed_on_to_the_next(home):
    at, device = home
    devices.alarm("sos", on=device)
    assert states() == ["waiting", "queued", "queued"]
    first: Any
    first, second, third = AlarmCall.objects.order_by("position")
    assert (first.who[-2:], first.due_at - clock.now()) == ("张*", timedelta(minutes=3))
    with devices.later(minutes=4):
        services.sweep()
    assert states() == ["lapsed", "waiting", "queued"]
    guard = devices.keeper(at)
    services.answer_call(actor=guard, call_id=second.pk, reached=False, text="无人接听")
    assert states() == ["lapsed", "missed", "waiting"]
    services.answer_call(actor=guard, call_id=third.pk, reached=True)
    assert states() == ["lapsed", "missed", "reached"]
    with pytest.raises(Refusal) as again:
        services.answer_call(actor=guard, call_id=third.pk, reached=True)
    assert again.value.code == "illegal_move"


def test_when_nobody_of_the_family_is_reached_that_is_on_record_and_the_next_level_is_called_at_once(home):
    at, device = home
    found = devices.alarm("sos", on=device)
    guard = devices.keeper(at)
    with devices.later(minutes=4):
        services.sweep()  # one lapses, and as nobody signed, the community is called
        assert Alarm.objects.get().level == 1
        for call in AlarmCall.objects.filter(position__gt=0).order_by("position"):
            services.answer_call(actor=guard, call_id=call.pk, reached=False)
        services.sweep()
    found.refresh_from_db()
    acts = [(a.command, a.text) for a in alarms.acts(SYSTEM, found)]
    assert acts[1] == ("unreached", "3 位家属均未联系上（其中 1 位逾时未登记联系结果），请直接上门。")
    assert (acts[0][0], found.level) == ("escalate", 2)
    with scope.system():
        assert "请直接上门" in Step.objects.filter(case=found.case).order_by("-seq")[1].text
    # Signed by then, nobody else is called; somebody reached, the chain is not said to have failed.
    assert AlarmCall.objects.exclude(state__in=["lapsed", "missed"]).count() == 0


def test_a_signed_alarm_is_not_escalated_by_its_family(home):
    at, device = home
    found = devices.alarm("sos", on=device)
    guard = devices.keeper(at)
    services.act_on_alarm(actor=guard, alarm_id=found.pk, command="sign")
    for call in AlarmCall.objects.order_by("position"):
        services.answer_call(actor=guard, call_id=call.pk, reached=False)
    services.sweep()
    found.refresh_from_db()
    assert (found.level, found.state, found.escalate_at) == (0, "signed", None)


def test_whoever_is_reached_ends_the_chain_and_so_does_the_answer(home):
    at, device = home
    guard = devices.keeper(at)
    devices.alarm("sos", on=device)
    services.answer_call(actor=guard, call_id=AlarmCall.objects.get(position=0).pk, reached=True)
    assert states() == ["reached", "not_needed", "not_needed"]
    AlarmCall.objects.update(state="queued")
    AlarmCall.objects.filter(position=0).update(state="waiting")
    for command, given in devices.steps("handled", "已送医并通知家属"):
        services.act_on_alarm(actor=guard, alarm_id=Alarm.objects.get().pk, command=command, **given)
    assert states() == ["not_needed"] * 3


def test_the_officer_sees_the_name_the_guard_does_not_and_no_number_is_on_the_phone(home):
    at, device = home
    devices.alarm("sos", on=device)
    officer, guard = make.officer(at), devices.keeper(at)
    with scope.use(officer):
        (shown,) = queries.phone_alarms(officer)
    assert shown["who"] == "欧阳秀英"
    assert [c["state"] for c in shown["calls"]] == ["waiting", "queued", "queued"]
    assert not any(p in str(shown) for p in PHONES)
    with scope.use(guard):
        (shown,) = queries.phone_alarms(guard)
    assert shown["who"] == ""
    case: Any = Alarm.objects.get().case
    assert "欧阳" not in case.text + case.title


def test_a_number_is_shown_with_a_reason_on_record_also_of_who_lives_elsewhere(home):
    at, device = home
    devices.alarm("sos", on=device)
    call, officer = AlarmCall.objects.get(position=0), make.officer(at)
    with scope.use(officer):
        with pytest.raises(Refusal) as bare:
            services.reveal_call(actor=officer, call_id=call.pk, reason="看")
        assert bare.value.field == "reason"
        told = services.reveal_call(actor=officer, call_id=call.pk, reason="一键报警联系家属")
    assert (told["name"], told["phone"]) == ("张小花", PHONES[0])
    noted = AuditEntry.objects.get(action="events.alarm_number_shown")
    assert noted.actor_id == officer.id
    assert PHONES[0] not in str(noted.data)


def test_who_may_not_look_at_numbers(home):
    at, device = home
    found = devices.alarm("sos", on=device)
    call = AlarmCall.objects.get(position=0)
    stranger = devices.keeper(make.cell(430204001000000))
    with scope.use(stranger), pytest.raises(NotHere):
        services.reveal_call(actor=stranger, call_id=call.pk, reason="一键报警联系家属")
    with pytest.raises(NoRight):
        services.reveal_call(actor=make.verifier(), call_id=call.pk, reason="一键报警联系家属")
    guard = devices.keeper(at)
    for command, given in devices.steps("false", "到户确认为误按"):
        services.act_on_alarm(actor=guard, alarm_id=found.pk, command=command, **given)
    with scope.use(guard), pytest.raises(Refusal) as over:
        services.reveal_call(actor=guard, call_id=call.pk, reason="一键报警联系家属")
    assert over.value.code == "alarm_over"


def test_without_consent_nobody_is_called(home):
    at, device = home
    services.release_user(actor=SYSTEM, user_id=DeviceUser.objects.get().pk)
    devices.alarm("sos", on=device)
    assert AlarmCall.objects.count() == 0
    elder = people.person(SYSTEM, at.code, name="王老五")
    with pytest.raises(Refusal) as bare:
        services.assign_user(
            actor=SYSTEM, device_id=device.pk, person_id=elder.pk, consent_on=clock.today(), consent_note=" "
        )
    assert bare.value.field == "consent_note"


def test_the_page_calls_in_order_and_shows_a_number_once_asked(sign_in, home):
    at, device = home
    found = devices.alarm("sos", on=device)
    client, call = sign_in(make.officer(at)), AlarmCall.objects.get(position=0)
    url = f"/devices/alarms/{found.pk}"
    page = client.get(url).content.decode()
    assert "欧阳秀英" in page
    assert not any(p in page for p in PHONES)
    told = client.post(f"{url}/calls/{call.pk}", {"do": "reveal", "reason": "一键报警联系家属"}).content.decode()
    assert f'href="tel:{PHONES[0]}"' in told
    assert "查看了电话" in told
    assert "系统不会自动拨打电话" in told
    assert client.post(f"{url}/calls/{call.pk}", {"do": "missed"}).status_code == 302
    assert states() == ["missed", "waiting", "queued"]
