"""The same messages, the same alarm, the same call at once: real threads, real connections, real commits."""

import pytest

from tests import make
from tests.casework.test_race import at_once
from wangge.events import services
from wangge.events.models import Alarm, AlarmSignal
from wangge.events.tests import make_devices as devices
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_time]


def test_three_intakes_take_the_same_messages_in_any_order_and_each_is_one_row() -> None:
    with scope.system():
        make.district()
        some = [devices.device(k) for k in ("access", "falling", "ebike", "access")]
    said = [devices.message(one) for _ in range(10) for one in some]

    def intake(n: int) -> int:
        mine = said if n % 2 else said[::-1]
        return sum(services.take_messages(actor=SYSTEM, messages=mine[i : i + 7]).fresh for i in range(0, 40, 7))

    results = at_once(3, intake)
    assert sum(results) == 40
    with scope.system():
        assert AlarmSignal.objects.count() == 40
        assert sorted(Alarm.objects.values_list("signals", flat=True)) == [10] * 4


def test_three_processes_raise_the_same_alarms_and_each_has_one_event() -> None:
    with scope.system():
        make.district()
        services.take_messages(actor=SYSTEM, messages=[devices.message(devices.device("access")) for _ in range(30)])
    looked = at_once(3, lambda _: services.raise_alarms(actor=SYSTEM, limit=20))
    assert sum(looked) == 30, looked
    with scope.system():
        cases = list(Alarm.objects.values_list("case_id", flat=True))
    assert len(set(cases)) == 30
    assert None not in cases


def test_five_people_sign_the_same_alarm_and_one_wins() -> None:
    with scope.system():
        make.district()
        found, guard = devices.alarm("access"), devices.keeper(make.cell())

    def sign(_: int) -> str:
        with scope.use(guard):
            return services.act_on_alarm(actor=guard, alarm_id=found.pk, command="sign", seen_step=found.step).state

    results = at_once(5, sign)
    assert [r for r in results if isinstance(r, str)] == ["signed"]
    assert {r.code for r in results if isinstance(r, Refusal)} == {"stale"}
