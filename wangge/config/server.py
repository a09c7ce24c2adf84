"""The running system: one supervisor, which needs little memory, over the web server and the worker.

Each child is a fresh interpreter. A dead child is started again, later each time; whatever kills the supervisor takes
its children along, so that the next start finds the port free.
"""

import contextlib
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

WEB_WORKERS, WEB_THREADS = 2, 4
STOP_SECONDS = 25
# A child that lived this long was well: its next restart is immediate again.
WELL_AFTER = 30
_SUPERVISED = "WANGGE_SUPERVISED"
_PR_SET_PDEATHSIG = 1


class PortTaken(Exception):
    """Somebody else listens there; the message is the sentence to show."""


def require_free_port(host: str, port: int) -> None:
    """Raise PortTaken. The web server itself shares its port between workers, so it would not notice."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            why = {errno.EADDRINUSE: "端口已被占用", errno.EACCES: "没有权限使用这个端口"}.get(
                error.errno or 0, str(error)
            )
            raise PortTaken(f"不能在 {host}:{port} 提供服务：{why}。请用 --port 换一个端口。") from None


def die_with_parent(*, of_supervisor: bool) -> None:
    """Be killed when the parent goes, however it goes: in a child of the supervisor, or of a child. Linux only."""
    if _SUPERVISED not in os.environ or not sys.platform.startswith("linux"):
        return
    parent = int(os.environ[_SUPERVISED]) if of_supervisor else os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it went before we asked
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Child:
    """One process that has to run."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)

    def tend(self) -> None:
        """Start it when it does not run and its time has come."""
        at = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            self.failures = 0 if at - self.started > WELL_AFTER else self.failures + 1
            self.due = at + (min(30.0, 0.5 * 2**self.failures) if self.failures else 0.0)
            print(f"{self.name} 已退出（{code}），将重新启动。", file=sys.stderr, flush=True)
            self.process = None
        if at >= self.due:
            self.started = at
            environment = os.environ | {_SUPERVISED: str(os.getpid())}
            self.process = subprocess.Popen(self.command, env=environment, start_new_session=True)

    def ask_to_stop(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()

    def make_stop(self, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def supervise(host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called once when the pages answer. From the main thread only."""
    me = [sys.executable, "-m", "wangge.config.server"]
    children = [Child("网页服务", [*me, "web", host, str(port)]), Child("后台任务", [*me, "worker"])]
    if os.environ.get("WANGGE_MQTT_URL"):
        children.append(Child("设备接入", [sys.executable, "-m", "wangge.config.cli", "devices", "ingest"]))
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    announced = False
    try:
        while not stopping.is_set():
            for child in children:
                child.tend()
            if not announced and _answers(host, port):
                announced = True
                ready()
            stopping.wait(0.5 if announced else 0.1)
    finally:
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            child.make_stop(deadline)
        for number, handler in before.items():
            signal.signal(number, handler)


def _answers(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((reachable(host), port), timeout=5) as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return connection.recv(64).split(b" ")[1:2] == [b"200"]
    return False


def reachable(host: str) -> str:
    """The address under which this machine itself reaches what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def web(host: str, port: int) -> None:
    """The web server: granian over WSGI, workers that share the port."""
    from granian import Granian
    from granian.constants import Interfaces, RuntimeModes

    Granian(
        "wangge.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=int(os.environ.get("WANGGE_WORKERS", WEB_WORKERS)),
        blocking_threads=int(os.environ.get("WANGGE_THREADS", WEB_THREADS)),
        runtime_mode=RuntimeModes.st,
        backlog=2048,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=STOP_SECONDS - 5,
        websockets=False,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]
    ).serve()


def worker() -> None:
    """The worker: jobs as they come, and the periodic ones."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wangge.config.settings")
    django.setup()
    from procrastinate.contrib.django import app

    connector: Any = app.connector
    with app.replace_connector(connector.get_worker_connector()):
        app.run_worker(concurrency=2, delete_jobs="successful", shutdown_graceful_timeout=STOP_SECONDS - 5)


if __name__ == "__main__":
    die_with_parent(of_supervisor=True)
    if sys.argv[1] == "web":
        web(sys.argv[2], int(sys.argv[3]))
    else:
        worker()
