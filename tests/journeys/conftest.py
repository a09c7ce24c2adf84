"""A person at a desk in a real Chromium, each in a browser of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, sync_playwright

from tests import make
from wangge.identity.models import Account
from wangge.kernel import scope
from wangge.kernel.actor import Actor

CHROMIUM = Path("/usr/bin/chromium")
Open = Callable[[Actor, str], Page]


@pytest.fixture
def log_in(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """`log_in(actor, path)` opens the path in a browser of that person's own; a script error fails the test."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    faults: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])

        def open_page(who: Actor, path: str) -> Page:
            with scope.system():
                name = Account.objects.get(pk=who.id).name
            context = browser.new_context(
                base_url=live_server.url, viewport={"width": 1366, "height": 768}, locale="zh-CN"
            )
            page: Page = context.new_page()
            page.set_default_timeout(15_000)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.goto(f"/login?next={path}")
            page.fill("[name=name]", name)
            page.fill("[name=password]", make.PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(f"**{path.split('?')[0]}")
            return page

        yield open_page
        browser.close()
        connections.close_all()
    assert faults == []
