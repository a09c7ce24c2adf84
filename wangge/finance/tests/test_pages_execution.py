"""Pages of contracts, income, periods, registers, explanations, projects and the chart, by the posts that use them."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests import make
from wangge.finance import queries, services
from wangge.finance.models import BudgetUnit, Contract, Income, LocalCode, Payment, Project, RegisterEntry, Standard
from wangge.finance.tests import make as fmake
from wangge.finance.tests.test_pages_payments import page_of, photo, sheet_of
from wangge.finance.views.registers import columns
from wangge.kernel.actor import SYSTEM
from wangge.kernel.tables import write_xlsx

pytestmark = pytest.mark.django_db
BOOKS = f"/finance/u/{fmake.CODE}/{fmake.YEAR}/"


@pytest.fixture
def budget(district: None) -> None:
    fmake.budget()


def signing(**given: Any) -> dict[str, Any]:
    return {
        "line": str(fmake.money(fmake.RUNNING).pk), "number": "石城合〔2022〕1号", "name": "环卫作业", "amount": "60,000",
        "supplier": "演示环卫公司", "supplier_size": "small", "procurement": "services", "starts_on": "2022-01-01",
        "ends_on": "2022-12-31", "on": "2022-01-20", "bands": "90:0 80:5 0:20", "per_defect": "100",
        "areas": "井龙路 12,000.5\n响石 大道\t8000\n",
    } | given  # fmt: skip


# ---- contracts -----------------------------------------------------------------------------------------------------


def test_a_contract_is_signed_inspected_settled_paid_and_ended(budget, sign_in):
    clerk, head = sign_in(fmake.clerk()), sign_in(fmake.head())
    assert "本年度还没有合同" in page_of(clerk.get(f"{BOOKS}contracts"))
    where = head.post(f"{BOOKS}contracts/new", signing(uploads=[photo()])).headers["Location"]
    one = Contract.objects.get()
    assert [(a.name, a.square_metres) for a in one.areas.order_by("pk")] == [
        ("井龙路", Decimal("12000.50")),
        ("响石 大道", Decimal(8000)),
    ]
    assert fmake.money(fmake.RUNNING).committed == 60000
    given = {"on": "2022-03-05", "defects": "2", "area": "井龙路", "text": "垃圾未清", "uploads": [photo(9)]}
    assert clerk.post(f"{where}/do/inspect", given).status_code == 302
    page = page_of(clerk.get(where))
    for words in ("2 处，共 20,000.5 平方米", "问题 2 处 × 100.00 元 = 200.00 元", "发票9.jpg", "5,000.00"):
        assert words in page, words
    photo_hash = one.inspections.get().files[0]
    assert clerk.get(f"{where}/files/{photo_hash}")["Content-Type"] == "image/jpeg"
    assert "尚未核定扣款" in page_of(
        clerk.post(f"{where}/do/pay", {"seq": "3", "on": "2022-04-01", "key": str(fmake.key(1))})
    )
    head.post(f"{where}/do/settle", {"seq": "3", "on": "2022-04-01"})
    paid = {"seq": "3", "on": "2022-04-01", "key": str(fmake.key(2))}
    assert clerk.post(f"{where}/do/pay", paid).status_code == 302
    assert "不能重复支付" in page_of(clerk.post(f"{where}/do/pay", {**paid, "key": str(fmake.key(3))}))
    payment = Payment.objects.get()
    assert payment.amount == Decimal(4800)
    head.post(f"/finance/payments/{payment.number}/do/approve", {"voucher": "记-3"})
    head.post(f"{where}/do/end", {"on": "2022-06-30", "reason": "提前终止"})
    assert "已结束" in page_of(clerk.get(where))
    assert fmake.money(fmake.RUNNING).available == Decimal(95200)
    assert [r[4] for r in sheet_of(clerk.get(f"{BOOKS}contracts/export"))[1:]] == [4800.0]
    assert "没有符合条件的合同" in page_of(clerk.get(f"{BOOKS}contracts?q=没有"))


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"amount": "100000.01"}, "amount", "超出 0.01 元"),
        ({"bands": "90"}, "bands", "看不懂"),
        ({"bands": "80:5 90:0 0:20"}, "bands", "由高到低"),
        ({"areas": "井龙路 很大"}, "areas", "第 1 行“井龙路 很大”的面积“很大”不是数字"),
        ({"areas": "500"}, "areas", "缺少名称或面积"),
        ({"areas": "甲 5\n甲 6"}, "areas", "不能重名"),
        ({"ends_on": "2023-01-31"}, "ends_on", "须在 2022 年度内起止"),
        ({"ends_on": "2021-12-31"}, "ends_on", "不能早于"),
        ({"number": ""}, "number", "请填写这一项"),
        ({"line": ""}, "line", "请填写这一项"),
    ],
)
def test_a_contract_that_cannot_be_signed(budget, sign_in, given, field, words):
    response = sign_in(fmake.head()).post(f"{BOOKS}contracts/new", signing(**given))
    assert response.status_code == 422
    assert any(words in e for e in response.context["form"].errors[field]), response.context["form"].errors
    assert not Contract.objects.exists()


def test_of_two_who_settle_the_second_reads_the_reckoning(budget, sign_in):
    where = sign_in(fmake.head()).post(f"{BOOKS}contracts/new", signing()).headers["Location"]
    sign_in(fmake.head()).post(f"{where}/do/settle", {"seq": "1", "on": "2022-02-01"})
    late = sign_in(fmake.leader()).post(f"{where}/do/settle", {"seq": "1", "on": "2022-02-01"})
    assert late.status_code == 422
    assert "第 1 期的扣款已核定：本月无扣款" in page_of(late)


def test_who_may_not_touch_a_contract(budget, sign_in):
    where = sign_in(fmake.head()).post(f"{BOOKS}contracts/new", signing()).headers["Location"]
    assert sign_in(fmake.clerk()).get(f"{BOOKS}contracts/new").status_code == 403
    assert sign_in(fmake.clerk()).post(f"{where}/do/settle", {"seq": "1", "on": "2022-02-01"}).status_code == 403
    assert sign_in(fmake.clerk(department="430204-civil")).get(where).status_code == 404
    assert sign_in(fmake.clerk()).get("/finance/contracts/999999").status_code == 404


# ---- income and periods --------------------------------------------------------------------------------------------


def income(**given: Any) -> dict[str, Any]:
    return {
        "source": "other", "amount": "500", "on": "2022-05-01", "voucher": "收-1", "function": "", "text": "", "key": str(fmake.key(1)),
    } | given  # fmt: skip


def test_income_is_entered_once_corrected_and_confirmed(budget, sign_in):
    clerk, head = sign_in(fmake.clerk()), sign_in(fmake.head())
    for _ in range(2):
        assert clerk.post(f"{BOOKS}incomes/do/receive", income(function="2010301 行政运行")).status_code == 302
    clerk.post(f"{BOOKS}incomes/do/receive", income(amount="-100", voucher="收-2", key=str(fmake.key(2))))
    assert sorted(i.amount for i in Income.objects.all()) == [-100, 500]
    fmake.paid("1000.00", 5)
    head.post(f"{BOOKS}incomes/do/recognise", {"on": "2022-12-31"})
    page = page_of(head.get(f"{BOOKS}incomes"))
    for words in ("1,000.00", "400.00", "确认财政拨款收入", "2010301"):
        assert words in page, words
    assert "没有符合条件的收入" in page_of(head.get(f"{BOOKS}incomes?q=没有"))
    assert len(sheet_of(head.get(f"{BOOKS}incomes/export?source=other"))) == 3
    head.post(f"{BOOKS}incomes/do/opening", {"source": "other", "amount": "50", "on": "2022-01-01", "text": ""})
    assert "450.00" in page_of(head.get(f"{BOOKS}incomes"))


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"amount": "0"}, "amount", "须大于零"),
        ({"voucher": ""}, "voucher", "请填写这一项"),
        ({"source": "carryover"}, "source", "请从列表中选择"),
        ({"function": "9999999"}, "function", "没有“9999999”"),
        ({"function": "没有这样的"}, "function", "请填代码"),
        ({"on": "2023-01-01"}, "on", "不在 2022 年度内"),
    ],
)
def test_income_that_is_refused(budget, sign_in, given, field, words):
    response = sign_in(fmake.clerk()).post(f"{BOOKS}incomes/do/receive", income(**given))
    assert response.status_code == 422
    assert words in page_of(response)
    assert not Income.objects.exists()


def test_months_close_in_order_and_reopen_with_a_reason(budget, sign_in):
    head, treasury = sign_in(fmake.head()), sign_in(fmake.treasury())
    fmake.pay(on=date(2022, 1, 20))
    assert "还有支付待审核：ZF2022-103001-00001" in page_of(head.post(f"{BOOKS}periods/do/close", {"month": "1"}))
    assert "请按月份顺序结账" in page_of(head.post(f"{BOOKS}periods/do/close", {"month": "3"}))
    assert "没有第 0 个月" in page_of(head.post(f"{BOOKS}periods/do/close", {"month": "x"}))
    head.post("/finance/payments/ZF2022-103001-00001/do/return", {"note": "缺票"})
    assert head.post(f"{BOOKS}periods/do/close", {"month": "1"}).status_code == 302
    late = sign_in(fmake.head()).post(f"{BOOKS}periods/do/close", {"month": "1"})
    assert "1 月已经结账" in page_of(late)
    assert head.post(f"{BOOKS}periods/do/reopen", {"month": "1", "reason": "x"}).status_code == 403
    assert "请填写这一项" in page_of(treasury.post(f"{BOOKS}periods/do/reopen", {"month": "1", "reason": ""}))
    treasury.post(f"{BOOKS}periods/do/reopen", {"month": "1", "reason": "补记发票"})
    page = page_of(treasury.get(f"{BOOKS}periods"))
    assert "补记发票" in page
    assert "已结账" not in page
    clerk = sign_in(fmake.clerk())
    assert clerk.post(f"{BOOKS}periods/do/close", {"month": "1"}).status_code == 403


def test_a_year_ends_with_its_distribution_and_is_carried_over(budget, sign_in):
    head, treasury = sign_in(fmake.head()), sign_in(fmake.treasury())
    fmake.receive("900.00", source=fmake.Source.OTHER)
    fmake.paid("2100.00", 1)
    assert "收入加年初结余少于支出" in page_of(head.post(f"{BOOKS}periods/do/close-year", {"text": ""}))
    head.post(f"{BOOKS}incomes/do/recognise", {"on": "2022-12-31"})
    wrong = head.post(f"{BOOKS}periods/do/close-year", {"text": "", "share-other": "很多"})
    assert "其他收入的分配数：金额“很多”不是数字" in page_of(wrong)
    assert head.post(f"{BOOKS}periods/do/close-year", {"text": "按规定", "share-other": "300"}).status_code == 302
    assert "已年结" in page_of(head.get(f"{BOOKS}periods"))
    nextyear = f"/finance/u/{fmake.CODE}/2023/"
    page = page_of(treasury.get(f"{nextyear}incomes/carry"))
    assert "10,000.00" in page
    name = f"amount-{fmake.money().pk}"
    given = {"document": "财预〔2023〕1号", "on": "2023-01-05"}
    assert "最多还可结转 10,000.00 元" in page_of(
        treasury.post(f"{nextyear}incomes/carry", {**given, name: "10000.01"})
    )
    assert "请至少填写一项" in page_of(treasury.post(f"{nextyear}incomes/carry", given))
    assert treasury.post(f"{nextyear}incomes/carry", {**given, name: "6,000"}).status_code == 302
    assert "6,000.00" in page_of(treasury.get(f"{nextyear}lines?source=carryover"))


def test_a_year_is_opened_before_its_budget(district, sign_in):
    fmake.unit()
    head = sign_in(fmake.head())
    assert "开设 2022 年账" in page_of(head.get(f"{BOOKS}periods"))
    head.post(f"{BOOKS}periods/do/open")
    assert len(queries.periods(SYSTEM, fmake.CODE, 2022)) == 13


# ---- registers and explanations ------------------------------------------------------------------------------------


def test_every_register_opens_and_takes_a_line(budget, sign_in):
    client = sign_in(fmake.clerk())
    for kind, one in queries.REGISTERS.items():
        where = f"{BOOKS}registers/{kind}"
        given = {"item": next(iter(one.items)), "on": "2022-05-01", "quantity": "3", "amount": "12.50", "words": "演示"}
        tag = {"tag": "small"} if one.tags else {}
        assert client.post(where, given | tag).status_code == 302, kind
        assert "演示" in page_of(client.get(where)), kind
    assert RegisterEntry.objects.count() == len(queries.REGISTERS)
    assert "编制人员台账" in page_of(client.get(f"{BOOKS}registers"))
    assert client.get(f"{BOOKS}registers/nothing").status_code == 404


def test_a_register_line_is_refused_voided_and_imported(budget, sign_in):
    client, where = sign_in(fmake.clerk()), f"{BOOKS}registers/three_publics"
    line = {"item": "reception", "on": "2022-05-01", "quantity": "", "amount": "", "words": ""}
    assert "数量和金额不能都不填" in page_of(client.post(where, line))
    assert "0 到" in page_of(client.post(where, {**line, "quantity": "-3"}))
    client.post(where, {**line, "quantity": "12", "amount": "2600"})
    entry = RegisterEntry.objects.get()
    assert "请填写这一项" in page_of(client.post(f"{where}/void", {"entry": entry.pk, "reason": ""}))
    assert client.post(f"{where}/void", {"entry": entry.pk, "reason": "重复"}).status_code == 302
    assert "已经作废过" in page_of(client.post(f"{where}/void", {"entry": entry.pk, "reason": "重复"}))
    assert "本年度还没有登记" in page_of(client.get(where))
    rows = [
        {"item": "reception", "on": date(2022, 3, 1), "quantity": Decimal(4), "amount": Decimal(300), "words": "调研"}
    ]
    good = io.BytesIO(write_xlsx(columns("three_publics"), rows, "三公"))
    good.name = "三公.xlsx"
    assert client.post(f"{where}/import", {"file": good}).status_code == 302
    assert sheet_of(client.get(f"{where}/export"))[1][0] == "公务接待"
    wrong = io.BytesIO("项目,日期\n吃饭,2022-01-01\n".encode())
    wrong.name = "三公.csv"
    page = page_of(client.post(f"{where}/import", {"file": wrong}))
    assert "只能填：因公出国" in page
    assert "吃饭" in page
    assert sign_in(fmake.treasury()).post(where, line).status_code == 403


def test_explanations_are_saved_and_not_over_each_other(budget, sign_in):
    client = sign_in(fmake.clerk())
    where = f"{BOOKS}explanations"
    client.post(f"{where}/save", {"key": ["reason/budget_total", ""], "text": ["新组建单位", ""], "seen": ["", ""]})
    assert queries.explanations(SYSTEM, fmake.CODE, 2022) == {"reason/budget_total": "新组建单位"}
    late = {"key": ["reason/budget_total", ""], "text": ["我的说法", ""], "seen": ["旧的说法", ""]}
    response = client.post(f"{where}/save", late)
    assert response.status_code == 422
    assert "刚由他人修改" in page_of(response)
    assert "我的说法" in page_of(response)
    client.post(f"{where}/save", {"key": ["reason/budget_total"], "text": [""], "seen": ["新组建单位"]})
    assert queries.explanations(SYSTEM, fmake.CODE, 2022) == {}
    assert "说明的名称“”不对" in page_of(client.post(f"{where}/save", {"key": [""], "text": ["无名"], "seen": [""]}))
    assert sign_in(fmake.treasury()).post(f"{where}/save", late).status_code == 403


# ---- what the books rest on ----------------------------------------------------------------------------------------


def test_projects_are_registered_and_changed(budget, sign_in):
    client = sign_in(fmake.clerk())
    given = {
        "code": "P2",
        "name": "网格事件处理",
        "purpose": "",
        "first_year": "2022",
        "last_year": "",
        "event_limit": "500",
    }
    assert client.post(f"{BOOKS}projects/new", given).status_code == 302
    assert "已有同一代码的项目" in page_of(client.post(f"{BOOKS}projects/new", given))
    one = Project.objects.get(code="P2")
    where = f"{BOOKS}projects/{one.pk}"
    assert "还没有为事件支付" in page_of(client.get(where))
    client.post(where, {"name": "微民生事件", "purpose": "小修小补", "last_year": "2024", "event_limit": ""})
    one.refresh_from_db()
    assert (one.name, one.last_year, one.event_limit) == ("微民生事件", 2024, None)
    assert "小修小补" in page_of(client.get(f"{BOOKS}projects?q=微民生"))
    assert sheet_of(client.get(f"{BOOKS}projects?export=1"))[2][1] == "微民生事件"
    wrong = client.post(where, {"name": "微民生事件", "purpose": "", "last_year": "2020", "event_limit": ""})
    assert "结束年度不能早于开始年度" in page_of(wrong)
    assert sign_in(fmake.head()).post(where, {"name": "x"}).status_code == 403


def test_the_treasury_registers_units_codes_and_standards(district, sign_in):
    client = sign_in(fmake.treasury())
    office = str(fmake.identity.department("430204-urban").pk)
    given = {"code": "301001", "name": "城管执法局", "department": office, "nature": "administrative"}
    assert client.post("/finance/setup/units/new", given).status_code == 302
    assert "已被使用" in page_of(client.post("/finance/setup/units/new", given))
    assert "字母、数字" in page_of(client.post("/finance/setup/units/new", {**given, "code": "3/1"}))
    assert BudgetUnit.objects.get().name == "城管执法局"
    assert "城管执法局" in page_of(client.get("/finance/setup/units?q=301"))
    code = {"kind": "function", "code": "2010399", "name": "其他", "first_year": "2022", "last_year": ""}
    assert "已在科目表中" in page_of(client.post("/finance/setup/codes", code))
    client.post("/finance/setup/codes", {**code, "code": "2010377", "name": "网格服务"})
    assert LocalCode.objects.get().name == "网格服务"
    assert "网格服务" in page_of(client.get("/finance/setup/codes"))
    rate = {
        "year": "2022",
        "nature": "public",
        "economic": "基本工资",
        "measure": "person",
        "amount": "30000",
        "base": "",
        "document": "标准",
    }
    assert client.post("/finance/setup/standards", rate).status_code == 302
    assert Standard.objects.get().economic == "30101"
    assert "30,000" in page_of(client.get("/finance/setup/standards?year=2022"))
    assert "须写明以哪些科目为基数" in page_of(
        client.post("/finance/setup/standards", {**rate, "measure": "percent", "amount": "8"})
    )
    for address in ("units/new", "codes", "standards"):
        assert sign_in(fmake.clerk()).get(f"/finance/setup/{address}").status_code == 403
    assert len(sheet_of(client.get("/finance/setup/units?export=1"))) == 2


def test_every_page_opens_for_every_post_of_the_unit_and_for_nobody_else(budget, sign_in):
    services.sign_contract(
        actor=SYSTEM, unit_code=fmake.CODE, year=2022, line=fmake.RUNNING, number="H1", name="保洁", supplier="甲", supplier_size="small",
        amount=Decimal(12000), starts_on=date(2022, 1, 1), ends_on=date(2022, 12, 31), on=date(2022, 1, 20),
    )  # fmt: skip
    parts = (
        "",
        "preparation",
        "lines",
        "adjustments",
        "payments",
        "contracts",
        "incomes",
        "registers",
        "explanations",
        "periods",
        "projects",
    )
    far = make.actor("treasury", place=make.HETANG)
    for actor in (fmake.clerk(), fmake.head(), fmake.leader(), fmake.treasury()):
        client = sign_in(actor)
        for part in (*parts, "registers/staff"):
            assert client.get(BOOKS + part).status_code == 200, (actor.role, part)
    stranger = sign_in(far)
    for part in parts:
        assert stranger.get(BOOKS + part).status_code == 404, part
