"""The auditor's morning in a real browser, and the page of the command on its own: marks, keys, decisions."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, expect, sync_playwright

from tests import make
from wangge.disclosure import terms
from wangge.disclosure.tests import audit_sample as sample
from wangge.identity.models import Account
from wangge.kernel import scope

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.real_time,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent: install it to run the browser tests"),
]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()
        connections.close_all()


def test_the_page_of_the_command_works_from_a_file(browser, tmp_path):
    path = tmp_path / "a.html"
    path.write_text(terms.as_html(sample.report()), encoding="utf-8")
    faults: list[str] = []
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: faults.append(request.url) if request.url.startswith("http") else None)
    page.goto(path.as_uri())
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".finding.current")).to_have_attribute("id", "f2")
    expect(page.locator("#f2 a").first).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".doc-no.current").first).to_have_text("1")
    page.locator('.doc-no[data-finding="3"]').first.click()
    expect(page.locator("#f3")).to_have_class("finding current")
    page.locator('[data-filter="rule"]').select_option("B12")
    assert page.locator(".finding:visible").count() == 1
    assert faults == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("known_reports")
def test_upload_look_decide_and_write(live_server, browser, tmp_path):
    with scope.system():
        make.district()
        name = Account.objects.get(pk=make.actor("auditor", place=make.SHIFENG).id).name
    faults: list[str] = []
    page = browser.new_page(base_url=live_server.url, viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/login?next=/desk/audits")
    page.fill("[name=name]", name)
    page.fill("[name=password]", make.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/desk/audits")
    path = tmp_path / "预算.txt"
    path.write_text("x")
    drop(page, path)
    page.click("text=上传并审核")
    page.wait_for_url("**/desk/audits/*")
    page.keyboard.press("j")
    one = page.locator(".finding.current")
    one.locator("summary").click()
    one.locator("button[value=accepted]").click()
    expect(one.locator("[role=alert]")).to_contain_text("要写明理由")
    one.locator("textarea").fill("属实")
    one.locator("button[value=accepted]").click()
    expect(one.locator(".decided")).to_contain_text("属实")
    expect(page.locator("#accepted")).to_have_text("（已采纳 1）")
    expect(page.locator("#undecided")).to_have_text("2")
    one.locator("summary").click()
    one.locator("textarea").fill("口径不同")
    one.locator("button[value=dismissed]").click()
    expect(page.locator('.doc-no[data-finding="1"]').first).to_have_class(re.compile(r"\bgone\b"))
    one.locator("summary").click()
    one.locator("button[value='']").click()
    expect(one.locator(".decided")).to_have_count(0)
    for number in (1, 2):
        page.check(f"#f{number} input[name=pick]")
    page.click("text=批量处理勾选的发现")
    page.fill("#bulk-reason", "请说明")
    page.click("text=采纳勾选的")
    expect(page.locator(".decided")).to_have_count(2)
    page.click("text=生成核实函")
    page.click("main button.btn-primary")
    page.wait_for_url("**/letters/*")
    expect(page.locator("main")).to_contain_text("有 2 处需要你单位核实")
    assert faults == []


def drop(page: Any, path: Path) -> None:
    """What a person does who drags the file onto the form."""
    page.evaluate(
        """async ([name, text]) => {
            const carried = new DataTransfer();
            carried.items.add(new File([text], name));
            document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
        }""",
        [path.name, path.read_text()],
    )
