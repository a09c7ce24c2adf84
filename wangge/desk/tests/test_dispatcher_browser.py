"""A dispatcher's morning in a real Chromium: the console, by keyboard; a colleague at the same case; the inbox in bulk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests import make
from wangge.casework import queries as casework
from wangge.identity.models import Account
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.real_time,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent: install it to run the browser tests"),
]


@pytest.fixture
def desk(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The page of a logged-in dispatcher, with two reported cases; any error of a script fails the test."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with scope.system():
        make.district()
        name = Account.objects.get(pk=make.dispatcher().id).name
        make.case("reported")
        make.case("accepted", at=make.cell(n=3), category="0101")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_context(
            base_url=live_server.url, viewport={"width": 1366, "height": 768}, locale="zh-CN"
        ).new_page()
        page.set_default_timeout(15_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto("/login?next=/desk/console")
        page.fill("[name=name]", name)
        page.fill("[name=password]", make.PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/desk/console")
        yield page
        browser.close()
    assert faults == []


def state_of(number: str) -> str:
    with scope.system():
        return str(casework.get(SYSTEM, number).state)


def test_accept_and_dispatch_by_keyboard_and_see_new_events_appear(desk: Page):
    page = desk
    reported = page.locator(".queue-item", has=page.locator('[data-state="reported"]')).first
    number = reported.get_attribute("data-id") or ""
    page.keyboard.press("j")
    while page.locator(".queue-item.current").get_attribute("data-id") != number:
        page.keyboard.press("j")
    expect(page.locator("#panel [data-do=accept]")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("#panel")).to_contain_text("已受理")
    assert state_of(number) == "accepted"
    expect(page.locator("#panel")).to_contain_text("按建议派遣")
    page.keyboard.press("d")
    expect(page.locator("#panel")).to_contain_text("已派遣")
    assert state_of(number) == "dispatched"
    expect(page.locator(f'.queue-item[data-id="{number}"] .state')).to_have_text("待签收")
    with scope.system():
        fresh = make.case("reported", at=make.cell(n=5), text="河边护栏松动，有孩子在旁边玩耍").number
    expect(page.locator(f'.queue-item[data-id="{fresh}"]')).to_be_visible()
    expect(page.locator(f'.queue-item[data-id="{number}"]')).to_have_attribute("aria-selected", "true")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("按建议派遣")


def test_a_colleague_was_first_and_the_words_are_kept(desk: Page):
    page = desk
    number = page.locator(".queue-item", has=page.locator('[data-state="reported"]')).first.get_attribute("data-id")
    page.goto(f"/desk/case/{number}")
    page.click("text=不予受理 >> nth=0")
    page.select_option("#id_reason", "outside")
    page.fill("#id_text", "该地段属于相邻区，请向其反映")
    with scope.system():
        make.act(make.dispatcher(name="colleague"), str(number), "note", text="已打电话核实")
    page.click("#command button.btn-primary")
    expect(page.locator(".errors")).to_contain_text("演示colleague")
    expect(page.locator("#id_text")).to_have_value("该地段属于相邻区，请向其反映")
    page.click("#command button.btn-primary")
    expect(page.locator(".page-head .state")).to_have_text("不予受理")


def test_an_office_is_found_by_its_initials_and_a_reload_keeps_the_draft(desk: Page):
    page = desk
    number = page.locator(".queue-item", has=page.locator('[data-state="accepted"]')).first.get_attribute("data-id")
    page.goto(f"/desk/case/{number}?do=dispatch")
    page.locator(".finder input").first.fill("sfqzfhcxjsj")
    expect(page.locator("#id_department")).to_have_value("430204-housing")
    page.fill("#id_text", "请于今日内到场")
    page.reload()
    expect(page.locator("#id_text")).to_have_value("请于今日内到场")


def test_ticked_rows_are_accepted_in_one_go_and_the_result_is_a_list(desk: Page):
    page = desk
    page.goto("/desk/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("1")
    page.check("[data-pick-all]")
    page.select_option("[data-bulk] select", "accept")
    page.click("[data-bulk] button")
    page.click("main button.btn-primary")
    expect(page.locator("main h1")).to_have_text("批量受理结果")
    expect(page.locator("main")).to_contain_text("不能执行“受理”")
