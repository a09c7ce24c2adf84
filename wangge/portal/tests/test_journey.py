"""A resident's way in a real browser: with script and without, by keyboard, on a phone and on a desk.

`WANGGE_SHOTS=folder` keeps a picture of every page at 390 and 1440 px, to be looked at.
"""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests import make
from wangge.casework.models import Case
from wangge.kernel import scope
from wangge.kernel.web import LimitsMiddleware
from wangge.portal import limits

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent: install it to run the browser tests"),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
WORDS = "菜市场门口堆了一大堆生活垃圾，已经发臭三天"


def photo() -> Any:
    out = io.BytesIO()
    noise = Image.effect_noise((3000, 2200), 90).convert("RGB")
    noise.save(out, "JPEG", quality=90)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


class World:
    """A loaded district and a browser."""

    def __init__(self, browser: Any, base: str) -> None:
        self.browser, self.base = browser, base
        with scope.system():
            make.district()
            self.cell = make.cell()
            self.point = make.point(self.cell)
            make.officer(self.cell)

    def page(self, *, script: bool = True, size: dict[str, int] = PHONE) -> Page:
        context = self.browser.new_context(
            viewport=size,
            base_url=self.base,
            locale="zh-CN",
            java_script_enabled=script,
            geolocation={"longitude": self.point[0], "latitude": self.point[1], "accuracy": 9},
            permissions=["geolocation"],
        )
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "district", "value": str(make.SHIFENG), "url": self.base}])
        found: Page = context.new_page()
        found.on("pageerror", lambda error: pytest.fail(f"script: {error}"))
        return found


@pytest.fixture
def world(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    limits.by_address.forget()
    LimitsMiddleware.anonymous._levels.clear()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield World(browser, live_server.url)
        browser.close()
        connections.close_all()


def shoot(page: Page, name: str) -> None:
    folder = os.environ.get("WANGGE_SHOTS")
    if folder:
        before = page.viewport_size
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.screenshot(path=f"{folder}/{name}-{size['width']}.png", full_page=True)
        page.set_viewport_size(before)  # type: ignore[arg-type]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, f"{name}: the page is wider than the screen"


def go_on(page: Page, verb: str = "下一步") -> None:
    page.get_by_role("button", name=verb, exact=True).click()


def the_case(page: Page) -> Any:
    number = page.locator("[data-number]").inner_text()
    with scope.system():
        return Case.objects.get(number=number)


def test_a_resident_reports_with_the_phones_help_and_follows_it_to_the_end(world: World) -> None:
    page = world.page()
    page.goto("/")
    shoot(page, "01-home")
    page.get_by_role("link", name="我要反映").click()
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("不少于 5 个字")
    shoot(page, "02-words-refused")
    page.get_by_label("请写明什么问题、在哪里").fill(WORDS)
    shoot(page, "02-words")
    go_on(page)
    page.wait_for_url("**/report/category")
    shoot(page, "03-category")
    page.get_by_label(re.compile("暴露垃圾")).check()
    go_on(page)
    page.wait_for_url("**/report/place")
    shoot(page, "04-place")
    page.get_by_role("button", name="用手机定位").click()
    page.wait_for_url("**/report/photos")
    page.set_input_files("#id_photos", photo())
    expect(page.locator("form[data-photos] [data-said]")).to_have_text("已选 1 张。")
    assert page.evaluate("document.querySelector('#id_photos').files[0].size") < 2_000_000
    go_on(page, "上传后再加几张")
    expect(page.locator("img")).to_have_count(1)
    shoot(page, "05-photos")
    go_on(page)
    page.get_by_label("怎么称呼您").fill("张三")
    page.get_by_label("电话").fill("13800001234")
    shoot(page, "06-contact")
    go_on(page)
    page.wait_for_url("**/report/check")
    shoot(page, "07-check")
    page.get_by_role("button", name="提交反映").dblclick()
    page.wait_for_url("**/report/done")
    shoot(page, "08-receipt")
    code = page.locator("[data-code]").inner_text()
    case = the_case(page)
    assert (case.place_code, case.category, case.source) == (world.cell.pk, "0101", "resident")
    with scope.system():
        assert Case.objects.count() == 1
    page.go_back()
    assert page.url.endswith("/report/done")

    page.get_by_role("link", name="查进度").click()
    expect(page.get_by_label("编号", exact=True)).to_have_value(case.number)
    page.get_by_label("查询码").fill("AAAAAAAA")
    go_on(page, "查询")
    expect(page.get_by_role("alert")).to_contain_text("请核对编号和查询码")
    shoot(page, "09-progress-refused")
    page.get_by_label("查询码").fill(code)
    go_on(page, "查询")
    expect(page.get_by_role("heading", level=1)).to_have_text("已收到，等待受理")
    shoot(page, "10-progress")
    with scope.system():
        desk, urban = make.dispatcher(), make.handler()
        make.act(desk, case.number, "accept")
        make.act(desk, case.number, "dispatch", department="430204-urban")
        make.act(urban, case.number, "sign")
        make.act(urban, case.number, "finish", text="垃圾已清运，地面已冲洗，并增设一只垃圾桶")
        make.act(make.verifier(), case.number, "verify", text="现场已恢复")
    page.reload()
    expect(page.locator("main")).to_contain_text("垃圾已清运，地面已冲洗")
    shoot(page, "11-rate")
    page.get_by_label("不满意", exact=True).check()
    page.get_by_label("还想说的话").fill("第二天又堆了一样多")
    go_on(page, "提交评价")
    expect(page.get_by_role("heading", level=1)).to_have_text("正在办理")
    shoot(page, "12-again")
    with scope.system():
        make.act(urban, case.number, "finish", text="已安排每日两次清运")
        make.act(make.verifier(), case.number, "verify", text="连续三天核查无堆放")
    page.reload()
    page.get_by_label("满意", exact=True).check()
    go_on(page, "提交评价")
    expect(page.get_by_role("heading", level=1)).to_have_text("已结案")
    shoot(page, "13-closed")

    other = world.page()
    other.goto("/report")
    other.get_by_label("请写明什么问题、在哪里").fill("市场旁边的生活垃圾没有人收，已经发臭")
    go_on(other)
    other.get_by_label(re.compile("暴露垃圾")).check()
    go_on(other)
    other.get_by_role("button", name="用手机定位").click()
    other.wait_for_url("**/report/photos")
    go_on(other)
    expect(other.locator("main")).to_contain_text("附近最近办结过类似的问题")
    expect(other.locator("main")).not_to_contain_text("菜市场门口")
    shoot(other, "14-similar")


def test_a_resident_without_script_does_it_all_by_keyboard(world: World) -> None:
    page = world.page(script=False, size=DESK)
    page.goto("/display?large=1&next=/")
    page.goto("/display?contrast=1&next=/")
    shoot(page, "20-home-large-contrast")
    page.goto("/report")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    page.get_by_label("请写明什么问题、在哪里").focus()
    page.keyboard.type(WORDS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/category")
    page.get_by_label("说不准").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/place")
    expect(page.get_by_role("button", name="用手机定位")).not_to_be_visible()
    shoot(page, "21-place-without-script")
    page.locator(f'a[href="/report/place/{make.JINGLONG}"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/report/place/{make.JINGLONG}")
    shoot(page, "22-communities")
    page.locator(f'a[href="/report/place/{world.cell.community_id}"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/report/place/{world.cell.community_id}")
    page.locator(f'input[value="{world.cell.pk}"]').focus()
    page.keyboard.press("Space")
    page.get_by_label("附近的标志").fill("东门公交站旁")
    shoot(page, "23-cells")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/photos")
    shoot(page, "24-photos")
    go_on(page)
    page.wait_for_url("**/report/contact")
    go_on(page)
    page.wait_for_url("**/report/check")
    page.go_back()
    page.wait_for_url("**/report/contact")
    page.go_forward()
    page.wait_for_url("**/report/check")
    shoot(page, "25-check-large")
    go_on(page, "提交反映")
    page.wait_for_url("**/report/done")
    case = the_case(page)
    assert case.place_code == world.cell.pk
    assert case.text.endswith("附近标志：东门公交站旁")


def test_a_place_is_shown_on_the_map_and_the_grid_officer_found(world: World) -> None:
    page = world.page()
    page.goto("/my-grid")
    page.get_by_role("button", name="在地图上指").click()
    page.wait_for_selector("[data-the-map] canvas")
    expect(page.locator("[data-said]")).to_have_text("")
    page.locator("[data-the-map] .leaflet-container").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text("已选")
    shoot(page, "30-grid-map")
    page.get_by_role("button", name="用手机定位").click()
    page.wait_for_url(f"**/my-grid/{world.cell.pk}")
    expect(page.locator("main")).to_contain_text("网格员")
    shoot(page, "31-grid")
    page.goto("/help/accessibility")
    shoot(page, "32-accessibility")


def test_every_field_has_a_name_and_every_page_one_heading(world: World) -> None:
    page = world.page()
    page.goto("/report")
    page.get_by_label("请写明什么问题、在哪里").fill(WORDS)
    go_on(page)
    page.get_by_label("说不准").check()
    go_on(page)
    page.get_by_role("button", name="用手机定位").click()
    page.wait_for_url("**/report/photos")
    for url in ("/", "/report", "/report/category", "/report/place", "/report/photos", "/report/contact", "/report/check",
                "/progress", "/my-grid", f"/my-grid/{world.cell.pk}", "/help/accessibility"):  # fmt: skip
        page.goto(url)
        nameless = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
            ".filter((e) => !e.labels.length && !e.ariaLabel).map((e) => e.name)"
        )
        assert nameless == [], url
        assert page.locator("h1").count() == 1, url
        assert page.locator("html[lang]").count() == 1, url
        small = page.evaluate(
            "[...document.querySelectorAll('main button, main .btn, main .radios label')]"
            ".filter((e) => e.offsetParent && e.getBoundingClientRect().height < 43).map((e) => e.textContent)"
        )
        assert small == [], url
