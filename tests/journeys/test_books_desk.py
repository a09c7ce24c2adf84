"""A year of money in a real browser, each hand its own person: the clerk prepares, the head of the unit approves, the treasury
issues, the clerk pays, the head of finance approves, and the month closes."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import make
from wangge.finance import queries
from wangge.finance.models import Payment, Preparation
from wangge.finance.tests import make as fmake
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM, Actor

CHROMIUM = Path("/usr/bin/chromium")
BOOKS = f"/finance/u/{fmake.CODE}/{fmake.YEAR}/"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.real_time,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent: install it to run the browser tests"),
]
Open = Callable[[Actor, str], Page]


def fill_row(page: Page, n: int, function: str, economic: str, amount: str, project: str = "基本支出") -> None:
    page.get_by_label(f"第 {n} 行功能分类").fill(function)
    page.get_by_label(f"第 {n} 行经济分类").fill(economic)
    page.get_by_label(f"第 {n} 行项目").select_option(label=project)
    page.get_by_label(f"第 {n} 行金额（元）").fill(amount)


def verb(page: Page, name: str, **fields: str) -> None:
    """Take a verb of the page: open its form if it has one, fill it, press its button."""
    box = page.locator(f'[data-act="{name}"]')
    if box.evaluate("e => e.tagName") == "DETAILS":
        box.locator("summary").click()
        for field, value in fields.items():
            page.fill(f"#{name}_{field}", value)
    box.locator("button").last.click()


def test_a_year_of_money_passes_through_the_hands_it_should(log_in: Open) -> None:
    with scope.system():
        make.district()
        fmake.unit()
        clerk, leader, treasury, head = fmake.clerk(), fmake.leader(), fmake.treasury(), fmake.head()

    page = log_in(clerk, f"{BOOKS}preparation")
    page.get_by_role("button", name="开始编制 2022 年预算").click()
    fill_row(page, 1, "2010301", "30201 办公费", "12,100")
    fill_row(page, 2, "2010302", "没有这一科目", "100000", project="业务性专项经费")
    page.get_by_role("button", name="保存各行").click()
    expect(page.locator("tr.bad")).to_contain_text("经济分类中没有“没有这一科目”")
    expect(page.get_by_label("第 1 行金额（元）")).to_have_value("12,100")
    page.get_by_label("第 2 行经济分类").fill("其他商品和服务支出")
    page.get_by_role("button", name="保存各行").click()
    expect(page.locator("tfoot").first).to_contain_text("112,100.00")
    verb(page, "submit")
    expect(page.locator(".page-head")).to_contain_text("待单位审核")
    where = page.url.split("?")[0]

    page = log_in(leader, BOOKS)
    page.goto(where)
    verb(page, "approve", note="同意")
    expect(page.locator("main")).to_contain_text("由区财政审核通过或退回")

    page = log_in(treasury, BOOKS)
    page.goto(where)
    verb(page, "accept")
    verb(page, "issue", document="株石财预〔2022〕3号", on="2022-01-15")
    expect(page.locator(".page-head")).to_contain_text("已批复")

    page = log_in(clerk, f"{BOOKS}payments/new")
    page.locator("#id_line").select_option(index=1)
    page.fill("#id_amount", "12100.01")
    expect(page.locator("#left")).to_contain_text("可用 12,100.00 元")
    expect(page.locator("#left")).to_contain_text("超出 0.01 元")
    page.fill("#id_payee", "演示文具店")
    page.fill("#id_on", "2022-01-20")
    page.fill("#id_purpose", "办公用品")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator(".has-error")).to_contain_text("可用预算不足")
    expect(page.locator("#id_payee")).to_have_value("演示文具店")
    page.fill("#id_amount", "2,100.50")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator(".page-head")).to_contain_text("待审核")
    payment = page.url

    page = log_in(head, f"{BOOKS}periods")
    page.get_by_role("button", name="结 1 月账").click()
    expect(page.locator(".errors")).to_contain_text("还有支付待审核")
    page.goto(payment)
    verb(page, "approve", voucher="记-0001")
    expect(page.locator(".page-head")).to_contain_text("已支付")
    slip = page.request.get(f"{payment}/slip.pdf")
    assert (slip.status, slip.body()[:5]) == (200, b"%PDF-")
    page.goto(f"{BOOKS}periods")
    page.get_by_role("button", name="结 1 月账").click()
    expect(page.locator("main")).to_contain_text("已结账")
    page.goto(BOOKS)
    expect(page.locator(".totals")).to_contain_text("2,100.50")
    with scope.system():
        assert Preparation.objects.get().state == "issued"
        assert Payment.objects.get().voucher == "记-0001"
        assert [p.month for p in queries.periods(SYSTEM, fmake.CODE, 2022) if p.is_closed] == [1]
        assert fmake.money().available == Decimal("9999.50")


def test_the_books_fit_a_phone_and_the_keyboard(log_in: Open) -> None:
    with scope.system():
        make.district()
        fmake.budget()
        fmake.paid("100.00", 1)
        clerk = fmake.clerk()
    page = log_in(clerk, f"{BOOKS}payments")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/finance/payments/*")
    page.set_viewport_size({"width": 390, "height": 844})
    for part in ("", "preparation", "lines", "adjustments", "adjustments/new", "payments", "payments/new", "contracts", "incomes",
                 "registers", "registers/staff", "explanations", "periods", "projects"):  # fmt: skip
        page.goto(BOOKS + part)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{part} is {wide} px wide"
