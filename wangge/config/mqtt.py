"""Listening to the devices: MQTT in, acknowledged only after the database has committed.

The session at the broker is kept (fixed client id, no clean session) and every message is acknowledged by hand, so what
was not committed before a kill is sent again, and what was committed is recognised by its id. One process listens; a
second one waits for the lock and takes over when the first is gone. The events of alarms are opened beside the intake,
by a thread of its own, so that a slow event never holds up an acknowledgement.
"""

import asyncio
import contextlib
import logging
import queue
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho

log = logging.getLogger(__name__)
CLIENT_ID, LOCK = "wangge-intake", 7_262_003
BATCH, LINGER = 500, 0.02
# Nothing heard for so long: the session is opened anew. A broker was seen to stand still with a window full of messages that
# it held to be on their way; on a new connection it sends every one of them again.
IDLE = 20.0
KEEPALIVE = 30


class BadBroker(Exception):
    """The address of the broker is no address; the message is the sentence to show."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker is and who we are there: `mqtt://user:password@host:1883`, `mqtts://` for TLS."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False

    @classmethod
    def read(cls, url: str) -> "Address":
        parts = urlsplit(url if "://" in url else f"mqtt://{url}")
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or port == -1:
            raise BadBroker(f"MQTT 地址“{parts.hostname or url}”不对，应写作 mqtt://用户:口令@主机:1883 或 mqtts://…。")
        tls = parts.scheme == "mqtts"
        name, word = parts.username, parts.password
        return cls(
            parts.hostname, port or (8883 if tls else 1883), unquote(name) if name else None,
            unquote(word) if word else None, tls,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came, with the connection it came over: an acknowledgement belongs to that one only."""

    topic: str
    payload: bytes
    mid: int
    qos: int
    connection: int


class Intake:
    """Takes what the broker sends until `stop` is set. `counts` says what became of it since the start."""

    def __init__(self, address: Address, stop: threading.Event, *, alone: bool = True) -> None:
        self.address, self.stop, self.alone = address, stop, alone
        self.counts = {"messages": 0, "fresh": 0, "repeated": 0, "alarms": 0, "beats": 0, "faults": 0, "raised": 0}
        self.listening = threading.Event()
        self._waiting: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._connection, self._to_raise, self._renewing = 0, threading.Event(), False
        client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, clean_session=False, manual_ack=True
        )
        client.on_connect, client.on_disconnect = self._connected, self._disconnected
        client.on_message, client.on_subscribe = self._came, self._subscribed
        client.reconnect_delay_set(1, 30)
        if address.user:
            client.username_pw_set(address.user, address.password)
        if address.tls:
            client.tls_set()
        self._client = client

    # ---- the network's thread ------------------------------------------------------------------------------------

    def _connected(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        from wangge.events.services import TOPICS

        if reason.is_failure:
            log.error("the broker refuses us: %s", reason)
            return
        self._connection += 1
        client.subscribe([(topic, 1) for topic in TOPICS])

    def _subscribed(self, *_: Any) -> None:
        self.listening.set()

    def _disconnected(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._connection += 1  # what is still waiting will be sent again under another number
        self.listening.clear()
        if not self.stop.is_set() and not self._renewing:
            log.warning("the broker is gone (%s); trying again", reason)
        self._renewing = False

    def _came(self, client: Any, data: Any, message: Any) -> None:
        self._waiting.put(Received(message.topic, bytes(message.payload), message.mid, message.qos, self._connection))

    # ---- our thread ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Listen until told to stop; what is in hand then is finished first."""
        with _only_one(self.stop) if self.alone else contextlib.nullcontext(True) as ours:
            if not ours:
                return
            raiser = threading.Thread(target=self._raise, name="raise", daemon=True)
            raiser.start()
            self._client.connect_async(self.address.host, self.address.port, KEEPALIVE)
            self._client.loop_start()
            try:
                heard = time.monotonic()
                while not self.stop.is_set():
                    if batch := self._next():
                        self._take(batch)
                        heard = time.monotonic()
                    elif time.monotonic() - heard > IDLE:
                        self._again()
                        heard = time.monotonic()
            finally:
                self._client.disconnect()
                self._client.loop_stop()
                self._to_raise.set()
                raiser.join(20)
                _close()

    def _again(self) -> None:
        """Break the connection: the network's thread takes the session up on another one within a second."""
        line: Any = self._client.socket()
        if line is not None:
            self._renewing = True
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _next(self) -> list[Received]:
        """The next batch: what is there, after a short wait for company."""
        try:
            batch = [self._waiting.get(timeout=0.5)]
        except queue.Empty:
            return []
        until = time.monotonic() + LINGER
        while len(batch) < BATCH:
            try:
                batch.append(self._waiting.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                break
        return batch

    def _take(self, batch: list[Received]) -> None:
        """Commit the batch, then acknowledge it. Without a database it waits: the broker keeps the rest meanwhile."""
        from django.db import InterfaceError, OperationalError

        pause = 1.0
        while True:
            try:
                self._commit(batch)
                break
            except (OperationalError, InterfaceError):
                log.exception("the database is gone; %d messages wait", len(batch))
                _close()
                if self.stop.wait(pause):
                    return  # not acknowledged: they come again
                pause = min(30.0, pause * 2)
            except Exception:
                if len(batch) > 1:
                    log.exception("a batch of %d could not be taken; one by one", len(batch))
                    for one in batch:
                        self._take([one])
                    return
                log.exception("a message on %s could not be taken; kept as a fault", batch[0].topic)
                self._put_aside(batch[0])
                break
        for one in batch:
            if one.connection == self._connection:
                self._client.ack(one.mid, one.qos)

    def _commit(self, batch: list[Received]) -> None:
        from wangge.events import services
        from wangge.kernel.actor import SYSTEM

        messages = [services.read_message(one.topic, one.payload) for one in batch]
        taken = services.take_messages(actor=SYSTEM.via("mqtt"), messages=messages)
        self.counts["messages"] += len(batch)
        for name in ("fresh", "repeated", "alarms", "beats", "faults"):
            self.counts[name] += getattr(taken, name)
        if taken.alarms:
            self._to_raise.set()

    def _put_aside(self, one: Received) -> None:
        from wangge.events import services
        from wangge.kernel.actor import SYSTEM

        unread = services.unreadable(one.topic, one.payload)
        services.take_messages(actor=SYSTEM.via("mqtt"), messages=[unread])
        self.counts["messages"] += 1
        self.counts["faults"] += 1

    def _raise(self) -> None:
        """Open events as alarms come. What a kill leaves undone here, the worker's sweep finds within a minute."""
        from wangge.events import services
        from wangge.kernel.actor import SYSTEM

        while not self.stop.is_set() or self._to_raise.is_set():
            if not self._to_raise.wait(1.0):
                continue
            self._to_raise.clear()
            try:
                while looked := services.raise_alarms(actor=SYSTEM.via("mqtt")):
                    self.counts["raised"] += looked
            except Exception:
                log.exception("events of alarms were not opened; trying again")
                _close()
                if not self.stop.wait(2.0):
                    self._to_raise.set()
        _close()


def _close() -> None:
    """Give this thread's connection back; the next use opens another."""
    from django.db import connection

    with contextlib.suppress(Exception):
        connection.close()


@contextlib.contextmanager
def _only_one(stop: threading.Event) -> Iterator[bool]:
    """Hold the lock of the one listener for this database; waits for it as long as another has it."""
    from django.db import connection

    guard = connection.copy()
    guard.settings_dict["OPTIONS"] = {k: v for k, v in guard.settings_dict["OPTIONS"].items() if k != "pool"}
    ours = told = False
    try:
        while not ours and not stop.is_set():
            with guard.cursor() as cursor:
                cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
                ours = bool(cursor.fetchone()[0])
            if not ours:
                if not told:
                    log.warning("another process listens to the devices; standing by")
                    told = True
                stop.wait(2.0)
        yield ours
    finally:
        guard.close()


# ---- a broker of our own, for demonstrations and tests ---------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def embedded(port: int = 0) -> Iterator[Address]:
    """A broker inside this process, on this machine only, without passwords: for demonstrations.

    It forgets what comes while nobody listens. Production: mosquitto, which keeps it on disk.
    """
    from amqtt.broker import Broker

    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.ERROR)
    chosen, ready, loop = port or free_port(), threading.Event(), asyncio.new_event_loop()
    failed: list[BaseException] = []
    config: dict[str, Any] = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{chosen}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }

    def serve() -> None:
        asyncio.set_event_loop(loop)
        broker = Broker(config, loop=loop)
        try:
            loop.run_until_complete(broker.start())
        except BaseException as error:
            failed.append(error)
            ready.set()
            return
        ready.set()
        loop.run_forever()
        with contextlib.suppress(Exception):
            loop.run_until_complete(asyncio.wait_for(broker.shutdown(), 5))
        loop.close()

    thread = threading.Thread(target=serve, name="broker", daemon=True)
    thread.start()
    ready.wait(15)
    if failed or not ready.is_set():
        raise BadBroker(
            f"内置 MQTT 服务没有启动：{failed[0] if failed else '超时'}。请换一个端口，或用 --broker 指定。"
        )
    try:
        yield Address("127.0.0.1", chosen)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(8)


class Speaker:
    """Sends as devices do (QoS 1) and knows when the broker has everything."""

    def __init__(self, address: Address, name: str = "wangge-simulator") -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, clean_session=True)
        self._client.max_inflight_messages_set(1000)
        self._client.max_queued_messages_set(0)
        if address.user:
            self._client.username_pw_set(address.user, address.password)
        if address.tls:
            self._client.tls_set()
        self._open: queue.SimpleQueue[Any] = queue.SimpleQueue()
        admitted = threading.Event()
        self._client.on_connect = lambda c, d, flags, reason, p: None if reason.is_failure else admitted.set()
        try:
            self._client.connect(address.host, address.port, KEEPALIVE)
        except OSError as error:
            raise BadBroker(f"MQTT 服务 {address.host}:{address.port} 连接不上：{error}。") from None
        self._client.loop_start()
        if not admitted.wait(30):
            self._client.loop_stop()
            raise BadBroker(f"MQTT 服务 {address.host}:{address.port} 没有接受连接。请核对用户和口令。")

    def say(self, topic: str, payload: bytes, qos: int = 1) -> None:
        self._open.put(self._client.publish(topic, payload, qos))

    def close(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not self._open.empty():
            self._open.get().wait_for_publish(max(0.0, until - time.monotonic()))
        self._client.disconnect()
        self._client.loop_stop()
