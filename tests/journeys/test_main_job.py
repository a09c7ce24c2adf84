"""The main job in a real browser, each hand its own person: an officer's photo report, the community's hand-up, the centre's
dispatch, the department's photo of the result, the verifier's look, and the closed case on paper."""

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import make
from tests.journeys.conftest import CHROMIUM, Open
from wangge.casework import queries
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.real_time,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent: install it to run the browser tests"),
]


def photo(name: str, colour: str) -> Any:
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), colour).save(out, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


def act(page: Page, number: str, command: str, fill: dict[str, str] | None = None, upload: Any = None) -> None:
    """Take a command on the case page: its button, its form, its own verb again."""
    page.goto(f"/desk/case/{number}?do={command}")
    for field, value in (fill or {}).items():
        box = page.locator(f"#id_{field}")
        if box.evaluate("e => e.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    if upload:
        page.set_input_files("#id_files", upload)
    page.click("#command button.btn-primary")


def state(page: Page) -> Any:
    return page.locator(".page-head .state").first


def test_each_person_does_their_part_of_one_event(log_in: Open) -> None:
    with scope.system():
        make.district()
        cell = make.cell()
        number = make.report(make.officer(cell), cell, category="0301", text="工地没有洒水，扬尘很大，路人睁不开眼")
        community, desk = make.community(cell), make.dispatcher()
        ecology = make.handler("430204-ecology", role="liaison")
        street = make.actor("street", place=make.JINGLONG)
        housing, verifier = make.handler("430204-housing"), make.verifier()

    page = log_in(community, "/desk/")
    expect(page.locator("main")).to_contain_text(number)
    act(page, number, "hand_up", {"text": "社区无执法权，请街道协调"})
    page = log_in(street, "/desk/")
    expect(page.locator("main")).to_contain_text(number)
    act(page, number, "hand_up", {"text": "需区住建部门处理"})

    page = log_in(desk, f"/desk/case/{number}")
    act(page, number, "accept")
    expect(state(page)).to_have_text("待分派")
    page.goto(f"/desk/case/{number}?do=dispatch")
    expect(page.locator("#command, .command").first).to_contain_text("职责清单")
    page.locator("#id_department").select_option("430204-ecology")
    page.click("#command button.btn-primary")
    expect(state(page)).to_have_text("待签收")

    page = log_in(ecology, f"/desk/case/{number}")
    act(page, number, "send_back", {"text": "工地扬尘由住建部门牵头监管", "proposed": "430204-housing"})
    page = log_in(desk, f"/desk/case/{number}")
    expect(page.locator("main")).to_contain_text("工地扬尘由住建部门牵头监管")
    act(page, number, "dispatch", {"department": "430204-housing"})

    page = log_in(housing, "/desk/")
    expect(page.locator("main")).to_contain_text(number)
    act(page, number, "sign")
    expect(state(page)).to_have_text("处置中")
    act(page, number, "finish", {"text": "已责令工地开启喷淋并冲洗路面"}, photo("after.jpg", "#88aa88"))
    expect(state(page)).to_have_text("待核查")
    expect(page.locator("main img").first).to_be_visible()

    page = log_in(verifier, f"/desk/case/{number}")
    act(page, number, "verify", {"text": "现场喷淋已开启，路面干净"})
    expect(state(page)).to_have_text("已结案")
    printed = page.request.get(f"/desk/case/{number}.pdf")
    assert (printed.status, printed.body()[:5]) == (200, b"%PDF-")
    with scope.system():
        case = queries.get(SYSTEM, number)
        assert (case.state, case.outcome, case.returns) == ("closed", "resolved", 1)
        told = [s.command for s in reversed(queries.steps(SYSTEM, case))]
    assert told == [
        "report", "hand_up", "hand_up", "accept", "dispatch", "send_back", "dispatch", "sign", "finish", "verify",
    ]  # fmt: skip
