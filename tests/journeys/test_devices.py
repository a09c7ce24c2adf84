"""From the device's radio to the event: brokers, acknowledgement after commit, kill -9, a device in its own name only."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import paho.mqtt.client as paho
import pytest
from django.db import OperationalError

from tests import make
from tests.journeys.test_kill import environment
from wangge.config import mosquitto, mqtt
from wangge.events import services
from wangge.events.models import Alarm, AlarmSignal, SignalFault
from wangge.events.tests import make_devices as devices
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.territory import queries as territory
from wangge.territory import services as territory_services
from wangge.territory.models import DevicePulse

pytestmark = pytest.mark.real_time
MOSQUITTO = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else "")
ROOT = Path(__file__).parents[2]
needs_mosquitto = pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed (apt install mosquitto)")


def until(true: Any, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def listening(address: mqtt.Address) -> Iterator[mqtt.Intake]:
    """An intake in a thread of this process, until the block ends."""
    intake = mqtt.Intake(address, stop := threading.Event(), alone=False)
    thread = threading.Thread(target=intake.run)
    thread.start()
    try:
        assert intake.listening.wait(20)
        yield intake
    finally:
        stop.set()
        thread.join(30)


def topic(of: Any, kind: str = "alarm") -> str:
    return f"wangge/devices/{of.serial}/{kind}"


@pytest.mark.django_db(transaction=True)
def test_the_embedded_broker_of_a_demonstration_brings_alarms_in_once() -> None:
    with scope.system():
        make.district()
        door, button = devices.device("access"), devices.device("sos")
    with mqtt.embedded() as address:
        speaker = mqtt.Speaker(address)
        with listening(address) as intake:
            body = devices.payload(code="forced")
            for _ in range(3):
                speaker.say(topic(door), body)
            speaker.say(topic(button, "heartbeat"), b'{"battery": 71}')
            speaker.say(topic(door), b"not json")
            assert until(lambda: intake.counts["messages"] >= 5 and intake.counts["raised"] >= 1), intake.counts
        speaker.close()
    with scope.system():
        assert AlarmSignal.objects.count() == 1
        assert Alarm.objects.get().case is not None
        assert SignalFault.objects.get().reason == "unreadable"
        assert DevicePulse.objects.get(device=button).battery == 71


@pytest.mark.django_db(transaction=True)
def test_a_message_is_acknowledged_after_the_commit_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database fails three times; nothing is acknowledged meanwhile, and a message that breaks the intake is put aside."""
    with scope.system():
        make.district()
        door = devices.device("access")
    acknowledged: list[int] = []
    failures = [OperationalError("the server closed the connection"), OperationalError("again"), None]
    take = services.take_messages

    def shaky(**given: Any) -> Any:
        if any(getattr(m, "code", "") == "tamper" for m in given["messages"]):
            raise RuntimeError("a bug of ours")
        if failures and (failure := failures.pop(0)) is not None:
            assert acknowledged == []
            raise failure
        return take(**given)

    monkeypatch.setattr(services, "take_messages", shaky)
    intake = mqtt.Intake(mqtt.Address("127.0.0.1", 1), threading.Event(), alone=False)
    monkeypatch.setattr(intake._client, "ack", lambda mid, qos: acknowledged.append(mid))
    waits: list[float] = []
    monkeypatch.setattr(intake.stop, "wait", lambda seconds: waits.append(seconds))
    bodies = [devices.payload(), devices.payload(code="tamper"), devices.payload()]
    batch = [mqtt.Received(topic(door), body, n, 1, 0) for n, body in enumerate(bodies, start=1)]
    intake._take(batch[:1])
    assert (waits, acknowledged) == ([1.0, 2.0], [1])
    intake._take(batch[1:])
    assert acknowledged == [1, 2, 3]
    stale = mqtt.Received(topic(door), devices.payload(), 9, 1, connection=-1)
    intake._take([stale])
    assert acknowledged == [1, 2, 3], "a number of an earlier connection must not be acknowledged on this one"
    with scope.system():
        assert AlarmSignal.objects.count() == 3
        assert SignalFault.objects.get().detail.startswith("处理时出错")


@contextmanager
def running(folder: Path, users: list[tuple[str, str]], acl: str = "") -> Iterator[tuple[int, str]]:
    """mosquitto with the files that `wangge devices broker` writes; its port and the intake's password."""
    port = mqtt.free_port()
    password = mosquitto.write(folder / "mosquitto", users, host="127.0.0.1", port=port)
    if os.geteuid() == 0:  # mosquitto gives up being root, and must still reach its files
        shared = Path(tempfile.gettempdir())
        for above in (folder, *folder.parents):
            if shared not in above.parents:
                break
            above.chmod(0o755)
    rules = folder / "mosquitto" / "acl"
    rules.write_text(rules.read_text() + acl)
    process = subprocess.Popen([MOSQUITTO, "-c", str(folder / "mosquitto" / "mosquitto.conf")])
    try:
        time.sleep(0.7)
        assert process.poll() is None
        yield port, password
    finally:
        process.terminate()
        process.wait(20)


@needs_mosquitto
@pytest.mark.django_db(transaction=True)
def test_a_device_signs_in_with_its_password_and_speaks_in_its_own_name_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.system():
        make.district()
        one, other = devices.device("access"), devices.device("access")
        word = territory_services.issue_secret(actor=SYSTEM, device_id=one.pk)
        users = list(territory.broker_users())
    assert [u for u, _ in users] == [one.serial]
    with running(tmp_path, users) as (port, password):
        with listening(mqtt.Address("127.0.0.1", port, mosquitto.INTAKE, password)) as intake:
            speaker = mqtt.Speaker(mqtt.Address("127.0.0.1", port, one.serial, word), name="one")
            speaker.say(topic(other), devices.payload())
            speaker.say(topic(one, "secret"), b"")
            speaker.say(topic(one), devices.payload())
            speaker.close()
            assert until(lambda: intake.counts["messages"] >= 1), intake.counts
            time.sleep(0.5)
            assert intake.counts["messages"] == 1
        monkeypatch.setattr(mqtt, "IDLE", 0.3)  # takes its session up anew several times while this goes on
        speaker = mqtt.Speaker(mqtt.Address("127.0.0.1", port, one.serial, word), name="one")
        for _ in range(20):
            speaker.say(topic(one), devices.payload(code="forced"))
        speaker.close()
        with listening(mqtt.Address("127.0.0.1", port, mosquitto.INTAKE, password)) as intake:
            assert until(lambda: intake.counts["fresh"] == 20), "what came while nobody listened is gone"
            opened = intake._connection
            assert until(lambda: intake._connection > opened + 3)
            speaker = mqtt.Speaker(mqtt.Address("127.0.0.1", port, one.serial, word), name="one")
            speaker.say(topic(one), devices.payload(code="forced"))
            speaker.close()
            assert until(lambda: intake.counts["fresh"] == 21)
        for user, said in ((one.serial, "wrong"), (other.serial, word), ("nobody", word), (None, None)):
            assert not admitted(port, user, said), user
    with scope.system():
        assert {a.device_id for a in Alarm.objects.all()} == {one.pk}


def admitted(port: int, user: str | None, word: str | None) -> bool:
    answered: list[bool] = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="stranger")
    if user:
        client.username_pw_set(user, word)
    client.on_connect = lambda c, d, f, reason, p: answered.append(not reason.is_failure)
    client.connect("127.0.0.1", port)
    client.loop_start()
    until(lambda: answered, 10)
    client.loop_stop()
    client.disconnect()
    return answered[0]


SETUP = """
from wangge.config import embedded, settings
with embedded.used(settings.DATA):
    import django
    django.setup()
    from tests import make
    from wangge.events.tests import make_devices as devices
    from wangge.kernel import scope
    with scope.system():
        make.district()
        print(*[devices.device(k).serial for k in ("access", "falling", "ebike", "sos") * 10])
"""
COUNT = """
from wangge.config import embedded, settings
with embedded.used(settings.DATA):
    import django
    django.setup()
    from wangge.events import services
    from wangge.events.models import Alarm, AlarmSignal
    from wangge.kernel import scope
    from django.db.models import Sum
    services.sweep()
    with scope.system():
        ids = AlarmSignal.objects.values_list("message_id", flat=True)
        print(len(ids), len(set(ids)), Alarm.objects.aggregate(n=Sum("signals"))["n"],
              Alarm.objects.count(), Alarm.objects.values("case_id").exclude(case=None).distinct().count())
"""


@needs_mosquitto
def test_kill_9_of_the_intake_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    from wangge.config import embedded

    data = tmp_path / "data"
    told = [sys.executable, "-m", "wangge.config.cli", "migrate", "--quiet"]
    assert subprocess.run(told, env=environment(data), cwd=ROOT, check=False).returncode == 0
    out = subprocess.run(
        [sys.executable, "-c", SETUP], env=environment(data), cwd=ROOT, check=True, capture_output=True, text=True
    )
    serials, sent = out.stdout.split()[-40:], 0
    user, acl = ("bench", mosquitto.hashed("bench")), "\nuser bench\ntopic write wangge/devices/#\n"
    with embedded.used(data), running(tmp_path, [user], acl) as (port, password):
        ingest = ["devices", "ingest", "--broker", f"mqtt://{mosquitto.INTAKE}:{password}@127.0.0.1:{port}"]

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [sys.executable, "-m", "wangge.config.cli", *ingest], env=environment(data), cwd=ROOT,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

        process = start()
        time.sleep(5)
        speaker = mqtt.Speaker(mqtt.Address("127.0.0.1", port, "bench", "bench"))
        for _ in range(3):
            end = time.monotonic() + 2
            while time.monotonic() < end:
                body = devices.payload(message=UUID(int=(0xD << 100) + sent))
                for _ in range(1 + (sent % 10 == 0)):
                    speaker.say(f"wangge/devices/{serials[sent % 40]}/alarm", body)
                sent += 1
                time.sleep(0.002)
            process.kill()
            process.wait()
            process = start()
        speaker.close()
        time.sleep(8)
        process.terminate()
        process.wait(30)
        counted = subprocess.run(
            [sys.executable, "-c", COUNT], env=environment(data), cwd=ROOT, check=True, capture_output=True, text=True
        )
    rows, different, joined, alarms, events = map(int, counted.stdout.split()[-5:])
    assert sent > 1000
    assert (rows, different, joined) == (sent, sent, sent)
    assert alarms == events == 40
