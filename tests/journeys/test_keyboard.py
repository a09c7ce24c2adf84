"""The day's work of the registry, exchange and devices without a mouse: every stop in sight, in order, and nobody locked in."""

from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from tests import collecting, make
from tests.exchange import make as exchange
from tests.journeys.conftest import CHROMIUM, Open
from tests.registry.test_imports import load, number, person, sheet
from tests.registry.test_imports_pages import ROOT as IMPORTS
from wangge.events.models import Alarm
from wangge.events.tests import make_devices as devices
from wangge.exchange.models import Link
from wangge.kernel import clock, scope
from wangge.registry import services
from wangge.registry.models import ImportBatch, ImportDifference, Person, Reveal
from wangge.registry.services import run_import
from wangge.registry.services.imports.batches import ordered_by
from wangge.registry.tests.test_lists_and_campaigns import asked
from wangge.registry.views import imports as import_pages

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent: install it to run the browser tests"),
]
# What has the focus: its words, and whether the eye can find it (drawn around, inside the window, not hidden).
STOP = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect(), style = getComputedStyle(it);
  const label = it.labels && it.labels.length ? it.labels[0].innerText : "";
  return {
    words: (it.getAttribute("aria-label") || label || it.innerText || it.value || "").trim(),
    kind: it.tagName.toLowerCase(),
    drawn: it === document.body || it.id === "content" || style.outlineStyle !== "none" || style.boxShadow !== "none",
    seen: it === document.body || it.id === "content" || (box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth),
  };
}"""


def stop(page: Page) -> dict[str, Any]:
    try:
        found: dict[str, Any] = page.evaluate(STOP)
    except Error:  # the page was just leaving for the next
        page.wait_for_load_state()
        found = page.evaluate(STOP)
    assert (found["drawn"], found["seen"]) == (True, True), f"the focus is out of sight: {found}"
    return found


def tab_to(page: Page, words: str, kind: str = "", most: int = 90, past_frame: bool = True) -> list[str]:
    """Press Tab until the focus is on what is called so; the stops on the way."""
    passed: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        here = stop(page)
        passed.append(here["words"])
        if past_frame and here["words"] == "跳到正文":  # a page begun anew
            page.keyboard.press("Enter")
        if words in here["words"] and kind in ("", here["kind"]):
            return passed
    raise AssertionError(f"no stop “{words}” among {passed}")


def skip(page: Page) -> None:
    """The first stop of every page leads past the frame."""
    page.keyboard.press("Tab")
    assert stop(page)["words"] == "跳到正文"
    page.keyboard.press("Enter")


@pytest.fixture
def cell() -> Any:
    with scope.system():
        make.district()
        return make.cell()


def test_a_person_is_registered_and_a_number_shown_with_a_reason(log_in: Open, cell: Any) -> None:
    with scope.system():
        street = make.actor("street", place=cell.code - cell.code % 1_000_000)
    page = log_in(street, "/registry/people")
    skip(page)
    tab_to(page, "人员建档", most=8)
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/new")
    skip(page)
    tab_to(page, "所在网格", "select")
    page.keyboard.press("ArrowDown")
    tab_to(page, "姓名", "input")
    page.keyboard.type("茅青禾")
    tab_to(page, "证件号码", "input")
    page.keyboard.type("43020419800527")
    page.keyboard.press("Enter")
    expect(page.locator(".errors")).to_be_focused()
    tab_to(page, "证件号码", "a", most=3)
    page.keyboard.press("Enter")
    stop(page)
    page.keyboard.press("Control+a")
    page.keyboard.type(number(3))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("茅青禾")
    with scope.system():
        assert Person.objects.get(name="茅青禾").place_code // 1_000_000 == cell.code // 1_000_000
    tab_to(page, "查看完整号码", most=12)
    page.keyboard.press("Enter")
    page.wait_for_url("**/reveal")
    skip(page)
    tab_to(page, "理由", most=6)
    page.keyboard.type("核对低保申请")
    tab_to(page, "查看完整号码", "button", most=3)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text(number(3))
    with scope.system():
        assert Reveal.objects.get().reason == "核对低保申请"


def test_a_table_is_imported_and_a_difference_merged(log_in: Open, cell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Now:
        def defer(self, batch_id: int, **given: Any) -> None:
            with scope.system():
                run_import(actor=ordered_by(ImportBatch.objects.get(pk=batch_id)), batch_id=batch_id, **given)

    monkeypatch.setattr(import_pages.jobs, "carry_out_import", Now())
    with scope.system():
        load([person(1)])
        clerk = make.actor("registry_clerk", place=make.SHIFENG)
    page = log_in(clerk, IMPORTS)
    skip(page)
    tab_to(page, "导入一个表格", "summary")
    page.keyboard.press("Enter")
    tab_to(page, "来源", "input")
    page.keyboard.type("井龙派出所")
    # The window in which a file is chosen is the machine's own.
    page.set_input_files(
        "[type=file]", {"name": "人员.xlsx", "mimeType": "", "buffer": sheet([person(1, 服务处所="新厂")])}
    )
    tab_to(page, "上传", "button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/registry/imports/*")
    tab_to(page, "保存对照并核对", "button")
    page.keyboard.press("Enter")
    tab_to(page, "写入通过的行", "button")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("已导入")
    with scope.system():
        difference = ImportDifference.objects.get(state="open")
    page.goto(f"{IMPORTS}/differences/{difference.pk}")
    skip(page)
    tab_to(page, "保留档案", most=8)
    page.keyboard.press("ArrowDown")
    assert stop(page)["words"] == "采用来文"
    tab_to(page, "保存处理", "button", most=4)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("没有待处理的差异")
    with scope.system():
        assert Person.objects.get().employer == "新厂"


def test_a_link_is_reviewed(log_in: Open, cell: Any) -> None:
    with scope.system():
        people, source, manager = exchange.people(), exchange.source(), exchange.manager()
        exchange.take(source, [exchange.row(people[2], "A1", id_number="", name="水汀野")])
        exchange.run(source)
        assert Link.objects.filter(state="proposed").count() == 1
    page = log_in(manager, "/exchange/review")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/exchange/records/*")
    skip(page)
    tab_to(page, "依据", "input", most=12)
    page.keyboard.type("电话核实")
    tab_to(page, "是同一人", "button", most=2)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("已关联")
    with scope.system():
        assert (Link.objects.get().state, Link.objects.get().note) == ("linked", "电话核实")


def test_a_campaign_is_carried_out(log_in: Open, cell: Any) -> None:
    with scope.system():
        clerk = make.actor("registry_clerk", place=make.SHIFENG)
        services.load_lists(actor=clerk, place=make.SHIFENG)
        one = asked(clerk, from_on=clock.today(), until=clock.today().replace(month=12, day=31), fields=[])
        (room,) = collecting.dwellings(cell, rooms=1)
        collecting.family(room, cell, people=1)
    page = log_in(clerk, f"/registry/campaigns/{one.pk}")
    skip(page)
    tab_to(page, "准予部署", "button", most=8)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("进行中")
    tab_to(page, "登记答复", "a", most=20)
    page.keyboard.press("Enter")
    page.wait_for_url("**/campaigns/*/people/*")
    skip(page)
    tab_to(page, "是否需要办理居住证", most=8)
    page.keyboard.press("ArrowDown")
    tab_to(page, "登记答复", "button", most=6)
    page.keyboard.press("Enter")
    expect(page.locator("dl.numbers div", has_text="还要询问").locator("dd")).to_have_text("0")


def test_an_alarm_is_answered(log_in: Open, cell: Any) -> None:
    with scope.system():
        alarm, keeper = devices.alarm(at=cell), devices.keeper(cell)
    page = log_in(keeper, "/devices/alarms")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/devices/alarms/*")
    skip(page)
    for verb in ("签收", "确认到场"):
        tab_to(page, verb, "button", most=6)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=verb, exact=True)).to_have_count(0)
    tab_to(page, "处置反馈", "summary", most=6)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert stop(page)["words"] == "处置反馈"
    expect(page.locator("#finish-text")).to_be_hidden()
    page.keyboard.press("Enter")
    tab_to(page, "属实", most=2)
    page.keyboard.press("Space")
    tab_to(page, "情况说明", "textarea", most=6)
    page.keyboard.type("现场查看，杂物已清理")
    tab_to(page, "提交反馈", "button", most=2)
    page.keyboard.press("Enter")
    expect(page.locator(".page-head")).to_contain_text("已处置")
    with scope.system():
        assert Alarm.objects.get(pk=alarm.pk).state == "done"


def test_a_window_holds_the_focus_and_gives_it_back(log_in: Open, cell: Any) -> None:
    with scope.system():
        clerk = make.actor("registry_clerk", place=make.SHIFENG)
    page = log_in(clerk, "/registry/people")
    tab_to(page, clerk.name, "summary", past_frame=False)
    page.keyboard.press("Enter")
    tab_to(page, "键盘操作", "button", most=5)
    page.keyboard.press("Enter")
    expect(page.locator("#keys")).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#keys')")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    assert stop(page)["words"] == clerk.name
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert stop(page)["words"] == clerk.name
    expect(page.locator(".topline .menu")).to_be_hidden()
    page.keyboard.press("/")
    assert stop(page)["words"] == "查找"
