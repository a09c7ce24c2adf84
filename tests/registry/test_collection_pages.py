"""The desk's pages of what came back from the doors: lists, filters, one act, a decision, an export; by right and by reach."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests import collecting, make
from wangge.kernel import clock
from wangge.kernel.models import AuditEntry
from wangge.registry import services
from wangge.registry.models import CollectionDifference, Person
from wangge.registry.rules import collection as rules

pytestmark = pytest.mark.django_db


class Desk:
    def __init__(self) -> None:
        self.cell = make.cell()
        self.officer, self.worker = make.officer(self.cell), make.community(self.cell)
        self.street = make.actor("street", place=self.cell.code - self.cell.code % 10**6)
        self.far = make.community(make.cell(make.SHIFENG, n=60))
        (self.room, self.empty) = collecting.dwellings(self.cell, rooms=2)
        self.family = collecting.family(self.room, self.cell)
        head, wife, _ = self.family
        services.update(
            actor=self.worker, person_id=head.pk, changes={"employer": "演示中学"}, seen_step=None, source="社区登记"
        )
        parts = [
            self.part(head, employer="演示医院"),
            self.part(wife, phone="12"),
            rules.Part(does="add", client=make.client_id(), changes={"name": "周明远", "id_number": "1"}),
        ]
        self.outcome = services.collect(
            actor=self.officer,
            act=services.DoorAct(
                id=make.client_id(), seen_at=clock.now(), dwelling=self.room, people=parts, text="家中正在装修"
            ),
        )
        services.collect(
            actor=self.officer,
            act=services.DoorAct(id=make.client_id(), seen_at=clock.now(), dwelling=self.empty, met=False),
        )

    @staticmethod
    def part(one: Person, **changes: str) -> rules.Part:
        seen = {k: str(getattr(one, k)) for k in changes if hasattr(one, k)}
        return rules.Part(does="change", person=one.pk, step=one.step, label=one.name, changes=changes, seen=seen)


@pytest.fixture
def desk(district: None) -> Desk:
    return Desk()


def page(client: Any, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_the_list_of_acts_is_filtered_and_opens_one_with_its_fields(desk: Desk, sign_in: Any) -> None:
    client = sign_in(desk.worker)
    shown = page(client, "/registry/collected/")
    assert "丽景苑3栋1单元501室" in shown
    assert "丽景苑3栋1单元502室" in shown
    assert "502室" not in page(client, "/registry/collected/?met=1")
    assert "没有符合条件" in page(client, "/registry/collected/?purpose=care")
    assert "没有符合条件" in page(client, "/registry/collected/?since=2030-01-01")
    assert page(client, "/registry/collected/?until=9999-12-31&since=0001-01-01")
    one = page(client, f"/registry/collected/{desk.outcome.visit_id}")
    for words in ("家中正在装修", "他人已先更新", "留待核定", "已核实", "周明远"):
        assert words in one, words


def test_another_community_sees_neither_act_nor_difference(desk: Desk, sign_in: Any) -> None:
    client = sign_in(desk.far)
    assert "还没有采集记录" in page(client, "/registry/collected/")
    assert "没有待核定" in page(client, "/registry/differences/")
    assert client.get(f"/registry/collected/{desk.outcome.visit_id}").status_code == 404
    row = CollectionDifference.objects.first()
    assert row is not None
    assert client.get(f"/registry/differences/{row.pk}").status_code == 404
    assert client.post(f"/registry/differences/{row.pk}", {"decision": "take"}).status_code == 404


def test_a_difference_is_decided_with_a_reason_or_a_corrected_value(desk: Desk, sign_in: Any) -> None:
    client = sign_in(desk.worker)
    listing = page(client, "/registry/differences/")
    for words in ("演示医院", "演示中学", "他人已先更新", "内容不合规定"):
        assert words in listing, words
    employer = CollectionDifference.objects.get(field="employer")
    where = f"/registry/differences/{employer.pk}"
    assert client.post(where, {"decision": "drop", "reason": ""}).status_code == 422
    assert client.post(where, {"decision": "take", "reason": ""}).status_code == 302
    assert Person.objects.get(pk=desk.family[0].pk).employer == "演示医院"
    assert "已采用" in page(client, where)
    wrong = CollectionDifference.objects.get(field="phone", state="open", person=desk.family[1])
    where = f"/registry/differences/{wrong.pk}"
    assert client.post(where, {"decision": "take"}).status_code == 422
    assert CollectionDifference.objects.get(pk=wrong.pk).state == "open"
    assert client.post(where, {"decision": "take", "value": collecting.NUMBERS.phone()}).status_code == 302
    assert CollectionDifference.objects.filter(state="open", person=desk.family[1]).count() == 0


def test_an_officer_reads_but_does_not_decide(desk: Desk, sign_in: Any) -> None:
    client = sign_in(desk.officer)
    row = CollectionDifference.objects.filter(state="open").first()
    assert row is not None
    assert "由社区干部、街道或信息管理员核定" in page(client, f"/registry/differences/{row.pk}")
    assert client.post(f"/registry/differences/{row.pk}", {"decision": "take"}).status_code in (403, 422)
    row.refresh_from_db()
    assert row.state == "open"


def test_exports_are_a_right_and_on_record(desk: Desk, sign_in: Any) -> None:
    assert sign_in(desk.worker).get("/registry/collected/export").status_code == 403
    client = sign_in(desk.street)
    for what in ("collected", "differences"):
        answer = client.get(f"/registry/{what}/export")
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("application/vnd.openxml")
    assert AuditEntry.objects.filter(action="registry.collection_exported").count() == 2


@pytest.mark.browser
@pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="Chromium is absent")
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_fit_the_screen(desk: Desk, sign_in: Any, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rendered pages, put before a browser: nothing runs out of the window but tables in their own frame."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    client = sign_in(desk.worker)
    row = CollectionDifference.objects.get(field="employer")
    whole = CollectionDifference.objects.filter(field="phone").first() or row
    pages = {
        "collected": page(client, "/registry/collected/"),
        "act": page(client, f"/registry/collected/{desk.outcome.visit_id}"),
        "differences": page(client, "/registry/differences/"),
        "difference": page(client, f"/registry/differences/{row.pk}"),
        "difference-fix": page(client, f"/registry/differences/{whole.pk}"),
    }
    statics = Path(__file__).parents[2] / "wangge"

    def serve(route: Any) -> None:
        path = route.request.url.split("/static/", 1)[-1].split("?")[0]
        found = next((p for p in statics.glob(f"*/static/{path}")), None)
        route.fulfill(path=str(found)) if found else route.abort()

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        screen = browser.new_page(viewport={"width": width, "height": 900})
        screen.route("**/static/**", serve)
        screen.route(
            "http://desk.test/*",
            lambda route: route.fulfill(
                body=pages[route.request.url.rsplit("/", 1)[1]], content_type="text/html; charset=utf-8"
            ),
        )
        for name in pages:
            screen.goto(f"http://desk.test/{name}")
            if folder := os.environ.get("WANGGE_SHOTS"):
                screen.screenshot(path=f"{folder}/desk-{name}-{width}.png", full_page=True)
            assert not screen.evaluate("document.documentElement.scrollWidth > innerWidth"), name
        browser.close()
