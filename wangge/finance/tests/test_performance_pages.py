"""The pages of performance: who enters, what a refusal looks like, tables and papers, and a clerk's day in a real Chromium."""

import html
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests import make
from wangge.finance.models import PerformanceEvaluation, PerformanceGoal
from wangge.finance.performance import printing, queries, services
from wangge.finance.tests import make as fmake
from wangge.finance.tests import make_performance as walk
from wangge.identity import queries as identity
from wangge.identity.models import Account
from wangge.kernel import metrics, scope

CHROMIUM = Path("/usr/bin/chromium")
ROOT = "/finance/performance"


pytestmark = pytest.mark.django_db


@pytest.fixture
def books(district: None) -> None:
    fmake.budget(year=2025)


@pytest.fixture
def goal(books: None) -> PerformanceGoal:
    return walk.drawn(fmake.clerk())


def text_of(response: Any) -> str:
    with pdfplumber.open(io.BytesIO(response.content)) as paper:
        return "\n".join(page.extract_text() for page in paper.pages)


# ---- pages without a browser --------------------------------------------------------------------------------------


def test_every_page_opens_on_an_empty_year_and_on_a_full_one(goal, sign_in):
    client = sign_in(fmake.clerk())
    row = goal.indicators.first()
    for address in (
        "/", "/?year=2031", "/overview", "/overview?year=2025", f"/goals/{goal.pk}", f"/goals/{goal.pk}/history",
        f"/goals/{goal.pk}/lint?level2=质量指标&target=≥101%", f"/goals/{goal.pk}/lint", f"/goals/{goal.pk}/monitoring", f"/goals/{goal.pk}/monitoring?as_of=2025-07-31", f"/goals/{goal.pk}/export",
        f"/goals/{goal.pk}/form.pdf", f"/indicators/{row.pk}/bind", f"/indicators/{row.pk}/bind?q=没有这样的数据",
    ):  # fmt: skip
        response = client.get(ROOT + address)
        assert response.status_code == 200, address


def test_self_evaluation_pages_and_papers(books, sign_in):
    made = walk.evaluated(fmake.clerk())
    client = sign_in(fmake.clerk())
    row = made.results.get(level2="质量指标")
    page = client.get(f"{ROOT}/evaluations/{made.pk}").content.decode()
    assert "95.03" in page
    assert "15 × 90 ÷ 95 = 14.21" in page
    for address in (f"/results/{row.pk}", f"/evaluations/{made.pk}/history"):
        assert client.get(ROOT + address).status_code == 200
    paper = text_of(client.get(f"{ROOT}/evaluations/{made.pk}/form.pdf"))
    for words in ("业务性专项经费", "58.2%", "14.21", "95.03", "两件跨年"):
        assert words in paper
    report = text_of(client.get(f"{ROOT}/evaluations/{made.pk}/report.pdf")).replace("\n", "")
    assert "全年执行 5.82 万元" in report
    assert "扣 0.79 分。两件跨年" in report


@pytest.mark.parametrize("metric", [m.code for m in metrics.all_metrics()])
def test_whatever_an_indicator_is_bound_to_it_opens_to_its_rows(goal, sign_in, metric):
    row = services.bind_indicator(actor=fmake.clerk(), indicator_id=goal.indicators.first().pk, metric=metric)
    response = sign_in(fmake.treasury()).get(f"{ROOT}/indicators/{row.pk}/rows")
    assert response.status_code == 200
    assert metrics.get(metric).formula in html.unescape(response.content.decode())


def test_a_strangers_and_another_units_requests_find_nothing(goal, sign_in):
    other = sign_in(make.actor("finance_clerk", department=identity.department("430204-civil")))
    without = sign_in(make.dispatcher())
    row = goal.indicators.first()
    for address in (f"/goals/{goal.pk}", f"/goals/{goal.pk}/form.pdf", f"/indicators/{row.pk}/bind"):
        assert other.get(ROOT + address).status_code == 404, address
        assert without.get(ROOT + address).status_code == 403, address
    assert other.post(f"{ROOT}/goals/{goal.pk}/do/submit", {"seen": goal.revision}).status_code == 404
    assert fmake.CODE not in other.get(f"{ROOT}/").content.decode()


@pytest.mark.parametrize(
    ("address", "given", "status", "words"),
    [
        ("/goals/{g}", {"seen": "0", "amount": "5"}, 409, "他人刚刚修改"),
        ("/goals/{g}", {"seen": "{s}", "amount": "一百"}, 422, "不是金额"),
        ("/goals/{g}", {"seen": "{s}", "amount": "-1"}, 422, "不是金额"),
        ("/goals/{g}/indicators", {"id": "1"}, 400, "页面内容不完整"),
        ("/goals/{g}/do/approve", {"seen": "{s}"}, 409, "不能执行"),
        ("/goals/{g}/do/nonsense", {"seen": "{s}"}, 409, "不能执行"),
        ("/goals/{g}/import", {"seen": "{s}"}, 422, "请先选择"),
        ("/goals/{g}/lines", {"delete": "1", "line": "999999"}, 404, "没有找到"),
        ("/goals/{g}/monitoring", {"as_of": "明天"}, 422, "不是日期"),
        ("/goals/new", {"unit": "103001", "year": "1", "kind": "direction", "project": "P1"}, 422, "项目"),
        ("/goals/new", {"unit": "103001", "year": "2025", "kind": "x"}, 422, "种类"),
        ("/goals/new", {"unit": "103001", "year": "2025", "kind": "direction", "project": "P1"}, 409, "已有"),
        ("/indicators/{i}/bind", {"metric": ""}, 422, "请选择一项数据"),
        ("/indicators/{i}/bind", {"metric": "no.such"}, 422, "没有代码"),
        ("/indicators/{i}/bind", {"metric": "events.received", "place": "没有这里"}, 422, "没有找到这个地方"),
        ("/indicators/{i}/bind", {"metric": "events.received", "ends": "2025-13-01"}, 422, "不是日期"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_changes_nothing(goal, sign_in, address, given, status, words):
    client = sign_in(fmake.clerk())
    goal.refresh_from_db()
    before = queries.goal_value(goal)
    row = goal.indicators.first()
    path = ROOT + address.format(g=goal.pk, i=row.pk)
    response = client.post(path, {k: v.format(s=goal.revision) for k, v in given.items()})
    assert response.status_code == status
    assert words in response.content.decode()
    goal.refresh_from_db()
    assert queries.goal_value(goal) == before


def test_what_was_typed_is_still_there_after_a_refusal(goal, sign_in):
    client = sign_in(fmake.clerk())
    rows = list(goal.indicators.all())
    given: dict[str, list[str]] = {name: [] for name in ("id", "seen", "level2", "level3", "target", "weight", "note")}
    for row in rows:
        for name, value in (("id", row.pk), ("seen", row.revision), ("level2", row.level2), ("level3", "改过的名称"), ("target", row.target), ("weight", "十"), ("note", "")):  # fmt: skip
            given[name].append(str(value))
    response = client.post(f"{ROOT}/goals/{goal.pk}/indicators", given)
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count("改过的名称") >= len(rows)
    assert "分值“十”不是数字" in page


def test_each_kind_of_form_calls_its_states_by_its_own_words(books, sign_in):
    goal = walk.approved()
    client = sign_in(fmake.clerk())
    page = client.get(f"{ROOT}/goals/{goal.pk}/history").content.decode()
    assert "审核通过 → 待批复" in page
    assert "批复 → 已批复" in page
    made = services.start_evaluation(actor=fmake.clerk(), goal_id=goal.pk)
    refused = client.post(f"{ROOT}/evaluations/{made.pk}/do/confirm", {"seen": made.revision}).content.decode()
    assert "当前状态为“自评中”，不能执行“复核通过”" in html.unescape(refused)


def test_a_wrong_table_is_answered_row_by_row(goal, sign_in):
    client = sign_in(fmake.clerk())
    sheet = io.BytesIO("二级指标,三级指标,指标值,分值\n产出,a,≥1件,10\n".encode())
    sheet.name = "指标.csv"
    response = client.post(f"{ROOT}/goals/{goal.pk}/import", {"seen": goal.revision, "file": sheet})
    assert response.status_code == 422
    assert "二级指标只能填" in response.content.decode()


def test_money_is_printed_in_wan_with_the_fen_it_has():
    values = [None, walk.D(0), walk.D("100000"), walk.D("5089253.00"), walk.D("15387100.00")]
    assert [printing.wan(v) for v in values] == ["", "0.00", "10.00", "508.9253", "1538.71"]


# ---- a real browser -----------------------------------------------------------------------------------------------


@pytest.fixture
def desk(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Page, int]]:
    """A clerk's page and the goal form on it; any error of a script fails the test."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with scope.system():
        make.district()
        fmake.budget(year=2025)
        clerk = fmake.clerk()
        made = services.create_goal(actor=clerk, unit_code=fmake.CODE, year=2025, kind="direction", project_code="P1")
        name = Account.objects.get(pk=clerk.id).name
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_context(
            base_url=live_server.url, viewport={"width": 1366, "height": 768}, locale="zh-CN"
        ).new_page()
        page.set_default_timeout(15_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"/login?next={ROOT}/goals/{made.pk}")
        page.fill("[name=name]", name)
        page.fill("[name=password]", make.PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"**{ROOT}/goals/{made.pk}")
        yield page, made.pk
        browser.close()
    assert faults == []


browser = [
    pytest.mark.browser,
    pytest.mark.real_time,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent: install it to run the browser tests"),
]


class TestInABrowser:
    pytestmark = browser

    def test_a_goal_is_judged_as_it_is_typed_bound_and_submitted(self, desk: tuple[Page, int]):
        page, goal_id = desk
        row = page.locator("tbody tr", has_text="服务对象满意度指标").first
        row.locator("[name=level3]").fill("办事群众满意度")
        row.locator("[name=target]").fill("≥100%")
        expect(row.locator(".told")).to_contain_text("人人满意无法保证")
        row.locator("[name=target]").fill("≥90%")
        expect(row.locator(".told")).to_contain_text("可以考核")
        for level2, (level3, target, weight) in walk.SOUND.items():
            one = page.locator("tbody tr", has=page.locator(f'input[name=level2][value="{level2}"]'))
            one.locator("[name=level3]").fill(level3)
            one.locator("[name=target]").fill(target)
            one.locator("[name=weight]").fill(weight)
        page.get_by_role("button", name="保存指标").click()
        expect(page.locator("#messages")).to_contain_text("指标已保存")
        page.locator("#row-new").wait_for()
        page.locator("tbody tr", has_text="数量指标").first.get_by_text("绑定数据").click()
        page.fill(".filters [name=q]", "收到的全部事件")
        page.get_by_role("button", name="查找数据").click()
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="绑定这项数据").click()
        expect(page.locator("tbody tr", has_text="收件数")).to_be_visible()
        page.fill("#id_amount", "10")
        page.fill("#id_goal_year", "全年受理事件不少于 10 件")
        page.get_by_role("button", name="保存基本情况").click()
        expect(page.locator(".note").first).to_contain_text("目标检查通过")
        page.get_by_role("button", name="提交", exact=True).click()
        expect(page.locator(".page-head")).to_contain_text("待单位审核")
        with scope.system():
            kept = PerformanceGoal.objects.get(pk=goal_id)
            assert (kept.state, kept.indicators.get(level2="数量指标").metric) == ("submitted", "events.received")

    def test_a_self_evaluation_is_filled_and_explained(self, desk: tuple[Page, int]):
        page, _ = desk
        with scope.system():
            fmake.budget(year=2024)
            one = walk.approved(2024)
        page.goto(f"{ROOT}/goals/{one.pk}")
        page.get_by_role("button", name="开始自评").click()
        row = page.locator("tbody tr", has_text="事件办结率")
        row.get_by_role("link", name="填写").click()
        page.fill("#id_actual", "90%")
        page.get_by_role("button", name="保存自评结果").click()
        expect(page.locator(".errors")).to_contain_text("须有佐证")
        expect(page.locator("#id_actual")).to_have_value("90%")
        page.fill("#id_evidence", "办件台账 1 号")
        page.get_by_role("button", name="保存自评结果").click()
        expect(page.locator("tbody tr", has_text="事件办结率")).to_contain_text("14.21")
        with scope.system():
            form = PerformanceEvaluation.objects.get(year=2024)
            assert form.results.get(level2="质量指标").score == walk.D("14.21")

    def test_nothing_is_wider_than_a_phone(self, desk: tuple[Page, int]):
        page, goal_id = desk
        page.set_viewport_size({"width": 390, "height": 844})
        for address in (
            f"/goals/{goal_id}",
            "/",
            "/overview?year=2025",
            f"/goals/{goal_id}/monitoring?as_of={date(2025, 7, 31)}",
        ):
            page.goto(ROOT + address)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, f"{address} is {wide} px wide"
