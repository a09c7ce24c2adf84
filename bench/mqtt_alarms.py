"""2,000 alarms a second for a minute over MQTT while the intake is killed (SIGKILL) every ten seconds: none lost, none doubled.

    bench/mqtt_alarms.py [--rate N] [--seconds N] [--devices N] [--kills N]

A throw-away district, mosquitto with the shipped configuration, a publisher of its own process (QoS 1, every twentieth
message sent twice) and the intake as production runs it. Afterwards the stored signals are compared with what was sent,
message by message, and every alarm with its event. The last line is how fast a backlog is taken (alarms a second,
committed and acknowledged), beside the floor: the bare client library receiving and acknowledging the same backlog, storing
nothing. Exit 1 when a message is missing or double.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import paho.mqtt.client as paho
from _bench import installation, report

DISTRICT, MARK = 430_204_000_000_000, 0xBE7C4 << 80
BACKLOG = 40_000
USER, PASSWORD = "bench", "bench-password"


def message_id(n: int) -> UUID:
    return UUID(int=MARK + n)


def publish(port: int, serials: list[str], first: int, count: int, rate: float) -> None:
    """Send messages `first` … `first + count - 1` at the rate (0: as fast as the broker takes them); every 20th twice."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=f"bench-{os.getpid()}")
    client.username_pw_set(USER, PASSWORD)
    client.max_inflight_messages_set(2000)
    client.max_queued_messages_set(0)
    ready = threading.Event()
    client.on_connect = lambda *_: ready.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert ready.wait(30), "the broker does not answer"
    started, open_ = time.monotonic(), deque[Any]()
    for n in range(first, first + count):
        while rate and n - first > (time.monotonic() - started) * rate:
            time.sleep(0.001)
        serial = serials[n * 7919 % len(serials)]
        moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        body = f'{{"id":"{message_id(n)}","at":"{moment}"}}'
        for _ in range(2 if n % 20 == 0 else 1):
            open_.append(client.publish(f"wangge/devices/{serial}/alarm", body, 1))
        # Only what the broker has acknowledged counts as sent, and no more is under way than its numbers can tell apart.
        while len(open_) > 10_000 or (open_ and open_[0].is_published()):
            open_.popleft().wait_for_publish(120)
    while open_:
        one = open_.popleft()
        one.wait_for_publish(120)
        assert one.is_published()
    took = time.monotonic() - started
    client.disconnect()
    client.loop_stop()
    print(f"published {count} different messages in {took:.1f} s ({count / took:,.0f} a second)", flush=True)


@contextlib.contextmanager
def district(devices: int) -> Iterator[list[str]]:
    """A throw-away district with so many devices; their serials."""
    with installation():
        from wangge.demo import devices as demonstration
        from wangge.demo import place

        place.lay_out(DISTRICT, lambda said: None)
        demonstration.place_devices(DISTRICT, devices)
        yield [one.serial for one in demonstration.speaking(DISTRICT)]


@contextlib.contextmanager
def broker() -> Iterator[tuple[int, str]]:
    """mosquitto with the shipped configuration and one more account that may speak for every device; port, intake's address."""
    from wangge.config import mosquitto
    from wangge.config.mqtt import free_port

    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    folder = Path(os.environ["WANGGE_DATA"]) / "mosquitto"
    port = free_port()
    password = mosquitto.write(folder, [(USER, mosquitto.hashed(PASSWORD))], host="127.0.0.1", port=port)
    acl = folder / "acl"
    acl.write_text(
        acl.read_text() + f"\nuser {USER}\ntopic readwrite wangge/devices/#\ntopic readwrite wangge/devices/+/alarm\n"
    )
    process = subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")])
    try:
        time.sleep(1.0)
        assert process.poll() is None, "mosquitto did not start"
        yield port, f"mqtt://wangge-intake:{password}@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


class Intake:
    """The intake as production runs it, and as a careless hand ends it."""

    def __init__(self, address: str) -> None:
        self.command = [sys.executable, "-m", "wangge.config.cli", "devices", "ingest", "--broker", address]
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None


def stored(first: int, count: int) -> int:
    from django.db import connection

    from wangge.kernel import scope

    with scope.system(), connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from events_alarmsignal where message_id between %s and %s",
            [message_id(first), message_id(first + count - 1)],
        )
        return int(cursor.fetchone()[0])


def wait_for(first: int, count: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while stored(first, count) < count:
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def audit(count: int) -> dict[str, Any]:
    """What is stored, compared with what was sent."""
    from django.db import connection

    from wangge.kernel import scope

    with scope.system(), connection.cursor() as cursor:
        cursor.execute("select message_id from events_alarmsignal")
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "select count(*), coalesce(sum(signals), 0), count(case_id), count(distinct case_id) from events_alarm"
        )
        alarms, counted, with_case, cases = cursor.fetchone()
        cursor.execute("select count(*) from casework_case where source = 'device'")
        (events,) = cursor.fetchone()
    wanted = {message_id(n) for n in range(count)}
    gone = sorted(m.int - MARK for m in wanted - set(ids))
    if gone:
        print("missing:", gone[:5], "…", gone[-5:], flush=True)
    return {
        "signals": len(ids),
        "lost": len(wanted - set(ids)),
        "doubled": len(ids) - len(set(ids)) + len(set(ids) - wanted),
        "alarms": alarms,
        "miscounted": counted - len(ids),
        "alarms without an event": alarms - with_case,
        "events too many": events - cases,
    }


def bare(port: int, count: int, address: str) -> float:
    """The floor: the library alone, by hand acknowledging each message; messages a second for the same backlog."""
    from wangge.config.mqtt import Address

    told, done, seen = Address.read(address), threading.Event(), [0, 0.0, 0.0]

    def came(client: Any, data: Any, message: Any) -> None:
        if not seen[0]:
            seen[1] = time.monotonic()
        seen[0] += 1
        client.ack(message.mid, message.qos)
        if seen[0] >= count:
            seen[2] = time.monotonic()
            done.set()

    def connect() -> paho.Client:
        client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id="bench-floor", clean_session=False, manual_ack=True
        )
        client.username_pw_set(told.user, told.password)
        client.on_connect = lambda c, *_: c.subscribe("wangge/devices/+/alarm", 1)
        return client

    first = connect()  # makes the session that the backlog waits in
    first.on_subscribe = lambda *_: done.set()
    first.connect("127.0.0.1", port)
    first.loop_start()
    done.wait(10)
    first.disconnect()
    first.loop_stop()
    done.clear()
    yielded = _publisher(port, 1 << 40, count, 0)
    yielded.wait()
    second = connect()
    second.on_message = came
    second.connect("127.0.0.1", port)
    second.loop_start()
    assert done.wait(120), f"{seen[0]} of {count}"
    second.disconnect()
    second.loop_stop()
    return count / (seen[2] - seen[1])


def _publisher(port: int, first: int, count: int, rate: float) -> "subprocess.Popen[bytes]":
    words = [str(port), str(first), str(count), str(rate), os.environ["BENCH_SERIALS"]]
    return subprocess.Popen([sys.executable, __file__, "--publish", *words])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--devices", type=int, default=4000)
    parser.add_argument("--kills", type=int, default=5)
    asked = parser.parse_args()
    count = int(asked.rate * asked.seconds)
    with district(asked.devices) as serials, broker() as (port, address):
        os.environ["BENCH_SERIALS"] = str(Path(os.environ["WANGGE_DATA"]) / "serials.txt")
        Path(os.environ["BENCH_SERIALS"]).write_text("\n".join(serials))
        intake = Intake(address)
        intake.start()
        time.sleep(4)
        began, speaker = time.monotonic(), _publisher(port, 0, count, asked.rate)
        for n in range(asked.kills):
            time.sleep(max(0.0, began + asked.seconds * (n + 1) / (asked.kills + 1) - time.monotonic()))
            intake.kill()
            intake.start()
        speaker.wait()
        ended = time.monotonic()
        complete = wait_for(0, count, 120)
        behind = time.monotonic() - ended
        time.sleep(3)
        intake.stop()
        _sweep()
        found = audit(count)
        print(
            f"{count:,} alarms at {asked.rate:,.0f} a second from {len(serials):,} devices, {intake.kills} times kill -9"
        )
        print(f"all stored {behind:.1f} s after the last was sent" if complete else "NOT ALL STORED")
        print(", ".join(f"{name} {value:,}" for name, value in found.items()), flush=True)
        rate = _drain(intake, port, count)
        floor = bare(port, BACKLOG * 21 // 20, address)
    report("mqtt_alarms", rate, "alarms/s", floor)
    wrong = found["lost"] or found["doubled"] or found["miscounted"] or found["alarms without an event"]
    return 1 if wrong or found["events too many"] or not complete else 0


def _sweep() -> None:
    """What the worker's job does each minute: here once, for alarms whose event the last kill left open."""
    from wangge.events import services

    services.sweep()


def _drain(intake: Intake, port: int, first: int) -> float:
    """How fast a backlog that came while the intake was away is taken: from the first commit seen to the last."""
    _publisher(port, first, BACKLOG, 0).wait()
    intake.start()
    while (done := stored(first, BACKLOG)) == 0:
        time.sleep(0.02)
    began, before = time.monotonic(), done
    while (done := stored(first, BACKLOG)) < BACKLOG:
        time.sleep(0.05)
    rate = (done - before) / (time.monotonic() - began)
    intake.stop()
    return rate


if __name__ == "__main__":
    if sys.argv[1:2] == ["--publish"]:
        _, _, port, first, count, rate, path = sys.argv
        publish(int(port), Path(path).read_text().split(), int(first), int(count), float(rate))
    else:
        sys.exit(main())
