"""The pytest plugin of this repository (`-p wangge.config.testing`): database, clock and network of every test."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

# Before anything imports the settings: tests never touch the data folder that people work in.
os.environ.setdefault("WANGGE_DATA", str(Path.cwd() / "var" / "test"))

# A Tuesday morning within office hours, in a year whose calendar is known.
A_WORKING_MORNING = datetime.fromisoformat("2026-03-10T09:30:00+08:00")

_open = ExitStack()
_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex


def _refuse_the_network(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else "localhost"
    if host not in ("localhost", "::1") and not str(host).startswith("127."):
        raise RuntimeError(f"a test reached for {host}: tests have no network")


class _LoopbackOnly:
    """The two ways of a socket out, closed to everything but this machine."""

    @staticmethod
    def connect(self: socket.socket, address: Any) -> None:
        _refuse_the_network(address)
        return _connect(self, address)

    @staticmethod
    def connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_the_network(address)
        return _connect_ex(self, address)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_time: the clock runs; without it a test stands at one working morning")
    from django.db.backends.postgresql.creation import DatabaseCreation

    DatabaseCreation._destroy_test_db = _drop  # type: ignore[attr-defined]
    socket.socket.connect = _LoopbackOnly.connect  # type: ignore[assignment, method-assign]
    socket.socket.connect_ex = _LoopbackOnly.connect_ex  # type: ignore[assignment, method-assign]


def _drop(self: Any, name: str, verbosity: int) -> None:
    """Drop a test database even when a browser's last request still holds a connection to it."""
    with self._nodb_cursor() as cursor:
        cursor.execute(f"drop database {self.connection.ops.quote_name(name)} with (force)")


def pytest_unconfigure() -> None:
    socket.socket.connect, socket.socket.connect_ex = _connect, _connect_ex  # type: ignore[method-assign]
    _open.close()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> None:
    """Start the embedded server when the first test asks for a database, and only then."""
    if fixturedef.argname == "django_db_setup":
        from django.conf import settings

        from wangge.config import database, embedded

        if not database.is_external():
            _open.enter_context(embedded.used(settings.DATA))


@pytest.fixture(autouse=True)
def stopped_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """Time stands still, so that no test depends on the day it runs on; a live server is another thread and has its own."""
    if request.node.get_closest_marker("real_time") or "live_server" in request.fixturenames:
        yield
        return
    from wangge.kernel import clock

    with clock.frozen(A_WORKING_MORNING):
        yield


@pytest.fixture(autouse=True)
def nobody_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate limit of strangers counts within one test, not over a whole run."""
    from wangge.kernel.web import Bucket, LimitsMiddleware

    known = LimitsMiddleware.anonymous
    monkeypatch.setattr(LimitsMiddleware, "anonymous", Bucket(known.rate, known.burst))


@pytest.fixture(autouse=True)
def no_jobs_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the job queue after a test that really commits: its tables are unmanaged, Django's flush passes them by."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0]))
    if commits or {"transactional_db", "live_server"} & set(request.fixturenames):
        from django.db import connection

        request.getfixturevalue("django_db_blocker").unblock()
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers CASCADE"
                )
        finally:
            request.getfixturevalue("django_db_blocker").restore()
