"""Behind our own proxy the caller's address is the real one; a header from anybody else is not believed."""

import importlib
from typing import Any

import pytest

from wangge.config import wsgi


@pytest.mark.parametrize(
    ("named", "peer", "seen"),
    [("127.0.0.1", "127.0.0.1", "192.0.2.7"), ("127.0.0.1", "192.0.2.9", "192.0.2.9"), ("", "127.0.0.1", "127.0.0.1")],
)
def test_the_address_of_a_caller_behind_a_proxy(monkeypatch, named: str, peer: str, seen: str):
    told: dict[str, Any] = {}

    def inner(environ: dict[str, Any], start: object) -> list[bytes]:
        told.update(environ)
        return []

    monkeypatch.setenv("WANGGE_PROXIES", named)
    monkeypatch.setattr("django.core.wsgi.get_wsgi_application", lambda: inner)
    try:
        application = importlib.reload(wsgi).application
        application({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "198.51.100.1, 192.0.2.7"}, lambda *_: None)
    finally:
        monkeypatch.undo()
        importlib.reload(wsgi)
    assert told["REMOTE_ADDR"] == seen
