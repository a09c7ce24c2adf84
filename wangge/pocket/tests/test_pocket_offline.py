"""A day without a signal, in a real Chromium: reload, restart, two tabs, a full disk, an expired login, another account."""

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests import make
from wangge.casework import queries as casework
from wangge.identity.models import Account, LoginSession
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent: install it to run the browser tests"),
]
PHONE = {"width": 390, "height": 844}


def photo(n: int) -> Any:
    """A camera picture, each different, larger than what is kept."""
    out = io.BytesIO()
    Image.new("RGB", (2400, 1800), (40 * n % 255, 90, 140)).save(out, "JPEG", quality=70)
    return {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


class World:
    """One officer with a phone that can be switched off and on again."""

    def __init__(self, play: Any, base: str, folder: Path) -> None:
        self.play, self.base, self.folder = play, base, folder
        with scope.system():
            make.district()
            self.officer = make.officer(make.cell())
            self.other = make.officer(make.cell(n=5))
            self.place = make.point(make.cell())

    @contextmanager
    def phone(self, offline: bool = False) -> Iterator[BrowserContext]:
        context = self.play.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=str(CHROMIUM),
            args=["--no-sandbox"],
            viewport=PHONE,
            base_url=self.base,
            locale="zh-CN",
            geolocation={"longitude": self.place[0], "latitude": self.place[1], "accuracy": 12},
            permissions=["geolocation"],
        )
        context.set_default_timeout(15_000)
        try:
            context.set_offline(offline)
            yield context
        finally:
            context.close()

    def log_in(self, page: Page, who: Any) -> None:
        with scope.system():
            name = Account.objects.get(pk=who.id).name
        page.goto("/login?next=/pocket/")
        page.fill("[name=name]", name)
        page.fill("[name=password]", make.PASSWORD)
        page.click("main button[type=submit], main form button")
        page.wait_for_url("**/pocket/")
        page.wait_for_selector(".shoot")

    def settle(self, page: Page) -> None:
        """Until the shell is kept on the phone and the worker looks after the page."""
        page.wait_for_function(
            "() => navigator.serviceWorker && navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)"
        )

    def reports(self) -> list[Any]:
        with scope.system():
            return list(casework.search(SYSTEM).order_by("id"))


@pytest.fixture
def world(live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    # Playwright's loop lives in this thread; our queries here are plain and wait for nobody.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as play:
        yield World(play, live_server.url, tmp_path / "phone")
        # What was opened inside the loop is not found outside it, and would keep the test database busy.
        connections.close_all()


def capture(page: Page, n: int) -> None:
    """Three taps: the photo, the category, send."""
    page.set_input_files(".shoot input", photo(n))
    page.wait_for_selector(".photos img")
    expect(page.locator(".screen")).to_contain_text("定位误差约")
    page.locator(".grid2 [role=radio]").first.click()
    page.click("#send")
    page.wait_for_selector(".shoot")


def until(claim: Callable[[], bool], seconds: float = 25) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_five_reports_made_offline_arrive_once_and_in_order(world: World) -> None:
    with world.phone() as phone:
        page = phone.new_page()
        world.log_in(page, world.officer)
        world.settle(page)
        phone.set_offline(True)
        for n in range(3):
            capture(page, n)
        page.reload()
        expect(page.locator(".sync")).to_contain_text("3 条待发送，有信号后自动发送")
    with world.phone(offline=True) as phone:
        page = phone.new_page()
        page.goto("/pocket/")
        expect(page.locator(".sync")).to_contain_text("3 条待发送")
        for n in range(3, 5):
            capture(page, n)
        page.set_input_files(".shoot input", photo(9))
        page.wait_for_selector(".photos img")
        page.click("details.more summary")
        page.fill("#text", "井盖松动一碰就响")
        expect(page.locator(".screen")).to_contain_text("草稿已保存在本机")
    with world.phone(offline=True) as phone:
        first, second = phone.new_page(), phone.new_page()
        for page in (first, second):
            page.goto("/pocket/")
            expect(page.locator(".sync")).to_contain_text("5 条待发送")
        assert world.reports() == []
        phone.set_offline(False)
        until(lambda: len(world.reports()) >= 5)
        for page in (first, second):
            expect(page.locator(".sync")).to_contain_text("内容已全部发送", timeout=20_000)
        expect(first.locator(".screen")).to_contain_text("未完成的草稿 1 份")
        first.click(".rows a[href^='#/report/']")
        expect(first.locator("#text")).to_have_value("井盖松动一碰就响")
        first.goto("/pocket/#/sync")
        expect(first.locator("#queue [data-status=done]")).to_have_count(5)
        expect(first.locator("#queue")).to_contain_text("已上报，编号")
    events = world.reports()
    assert len(events) == 5
    seen = [e.seen_at for e in events]
    assert seen == sorted(seen)
    with scope.system():
        kept = [casework.steps(SYSTEM, e)[0].files for e in events]
    assert len({f for files in kept for f in files}) == 5


def test_an_expired_login_keeps_the_queue_and_another_account_sees_none_of_it(world: World) -> None:
    with world.phone() as phone:
        page = phone.new_page()
        world.log_in(page, world.officer)
        world.settle(page)
        with scope.system():
            LoginSession.objects.all().delete()
        capture(page, 1)
        expect(page.locator(".sync")).to_contain_text("请重新登录", timeout=20_000)
        assert world.reports() == []
        world.log_in(page, world.other)
        page.goto("/pocket/#/sync")
        expect(page.locator(".screen")).to_contain_text("没有发送记录")
        page.goto("/pocket/#/cells")
        page.click("text=退出登录")
        page.wait_for_url("**/login**")
        assert world.reports() == []
        world.log_in(page, world.officer)
        until(lambda: len(world.reports()) == 1)
        assert world.reports()[0].reporter_id == world.officer.id


def test_a_full_disk_is_said_plainly_and_costs_nothing(world: World) -> None:
    with world.phone() as phone:
        page = phone.new_page()
        world.log_in(page, world.officer)
        world.settle(page)
        phone.set_offline(True)
        page.set_input_files(".shoot input", photo(1))
        page.wait_for_selector(".photos img")
        page.locator(".grid2 [role=radio]").first.click()
        expect(page.locator(".screen")).to_contain_text("定位误差约")
        page.evaluate(
            """() => { const add = IDBObjectStore.prototype.add; IDBObjectStore.prototype.add = function () {
            IDBObjectStore.prototype.add = add; throw new DOMException("full", "QuotaExceededError"); }; }"""
        )
        page.click("#send")
        expect(page.locator("[role=alert]")).to_contain_text("本机存储空间已满")
        page.reload()
        page.wait_for_selector(".photos img")
        page.click("#send")
        page.wait_for_selector(".shoot")
        expect(page.locator(".sync")).to_contain_text("1 条待发送")
        phone.set_offline(False)
        until(lambda: len(world.reports()) == 1)


def test_every_control_has_a_name_and_is_large_enough_for_a_thumb(world: World) -> None:
    small = """() => [...document.querySelectorAll('button, a[href], select, textarea, input:not([type=file]):not([type=checkbox]), label.add, label.shoot, label.check, summary')]
      .filter((el) => el.offsetParent && !el.classList.contains('skip') && !el.closest('.leaflet-container, .map-tools, .facts'))
      .map((el) => ({ el: el.outerHTML.slice(0, 80), box: el.getBoundingClientRect() }))
      .filter(({ box }) => box.height < 43.5 || box.width < 43.5).map(({ el, box }) => `${el} ${box.width}x${box.height}`)"""
    nameless = """() => [...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea')]
      .filter((el) => !(el.textContent.trim() || el.getAttribute('aria-label') || el.labels?.length)).map((el) => el.outerHTML.slice(0, 120))"""
    with world.phone() as phone:
        page = phone.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        world.log_in(page, world.officer)
        for hash_ in ("#/", "#/todo", "#/cells", "#/history", "#/sync"):
            page.goto(f"/pocket/{hash_}")
            page.wait_for_timeout(300)
            assert page.evaluate(small) == [], hash_
            assert page.evaluate(nameless) == [], hash_
        page.goto("/pocket/#/")
        page.click("#no-photo")
        page.wait_for_selector("#send")
        assert page.evaluate(small) == []
        assert page.evaluate(nameless) == []
        page.click("#send")
        expect(page.locator("[role=alert]")).to_have_text(re.compile("请选择类别"))
        assert problems == []
