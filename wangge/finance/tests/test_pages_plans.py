"""Pages of the preparation and of adjustments, walked by every post that has a hand in them."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from wangge.finance import queries, services
from wangge.finance.budget import sheets
from wangge.finance.models import Adjustment, Preparation
from wangge.finance.tests import make as fmake
from wangge.finance.tests.test_pages_payments import page_of, sheet_of
from wangge.kernel.actor import SYSTEM
from wangge.kernel.tables import write_xlsx

pytestmark = pytest.mark.django_db
BOOKS = f"/finance/u/{fmake.CODE}/{fmake.YEAR}/"
NAMES = ("function", "economic", "was", "project", "source", "amount", "basis")


def cells(*rows: tuple[str, ...], names: tuple[str, ...] = NAMES, **more: Any) -> dict[str, Any]:
    """What the grid sends: one list a column."""
    return {name: [row[i] for row in rows] for i, name in enumerate(names)} | more


@pytest.fixture
def draft(district: None) -> Preparation:
    return fmake.preparation()


WAGES = ("2010301 行政运行", "30101 基本工资", "", "", "general", "120,000.00", "在职 7 人")
RUNNING = ("2010302", "其他商品和服务支出", "", "P1", "general", "90000", "")


def test_a_budget_from_the_first_row_to_the_issue(district, sign_in):
    fmake.unit()
    clerk, leader, treasury = sign_in(fmake.clerk()), sign_in(fmake.leader()), sign_in(fmake.treasury())
    assert "本年度还没有编制预算" in page_of(clerk.get(f"{BOOKS}preparation"))
    where = clerk.post(f"{BOOKS}preparation/begin").headers["Location"]
    one = Preparation.objects.get()
    saved = clerk.post(f"{where}/lines", cells(WAGES, RUNNING, ("", "", "", "", "general", "", "")))
    assert saved.status_code == 302
    assert [str(line.amount) for line in one.lines.order_by("amount")] == ["90000.00", "120000.00"]
    page = page_of(clerk.get(where))
    for words in ("210,000.00", "基本支出·工资福利支出", "57.14%", "由财务经办提交"):
        assert words in page, words
    assert 'data-act="submit"' not in page_of(leader.get(where))
    clerk.post(f"{where}/do/submit")
    assert 'data-act="recall"' in page_of(clerk.get(where))
    assert "不能修改" in page_of(clerk.post(f"{where}/lines", cells(WAGES)))
    leader.post(f"{where}/do/approve", {"note": "同意"})
    treasury.post(f"{where}/do/accept", {"note": ""})
    assert "请填写这一项" in page_of(treasury.post(f"{where}/do/issue", {"document": "", "on": ""}))
    treasury.post(f"{where}/do/issue", {"document": "株石财预〔2022〕3号", "on": "2022-01-20"})
    assert fmake.money(fmake.WAGES).approved == Decimal(120000)
    page = page_of(clerk.get(where))
    assert "株石财预〔2022〕3号" in page
    assert "已批复。如需变动，请办理预算调整。" in page


def test_every_wrong_cell_of_the_grid_is_named_and_nothing_is_lost(draft, sign_in):
    rows = (
        ("2010301", "办公", "", "", "general", "10", "说明一"),
        ("没有这个科目", "30201", "", "", "general", "十元", "说明二"),
        ("2010301", "30201", "", "", "magic", "", "说明三"),
    )
    response = sign_in(fmake.clerk()).post(f"/finance/preparations/{draft.pk}/lines", cells(*rows))
    page = page_of(response)
    assert response.status_code == 422
    for words in (
        "功能分类中没有“没有这个科目”",
        "金额“十元”不是数字",
        "请填写金额",
        "请从列表中选择",
        "说明一",
        "说明二",
        "说明三",
    ):
        assert words in page, words
    assert draft.lines.count() == 3


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("2089901", "30201", "", "", "general", "5", ""), "2022年支出功能分类"),
        (("2010301", "30201", "", "P9", "general", "5", ""), "没有找到这项项目"),
        (("2010301", "30201", "", "", "carryover", "5", ""), "上年结转不列入年初预算"),
        (WAGES, "与第 1 行的科目、项目和资金来源完全相同"),
        (("保险", "30201", "", "", "general", "5", ""), "请填代码"),
    ],
)
def test_a_row_that_a_rule_refuses_is_marked(draft, sign_in, row, words):
    response = sign_in(fmake.clerk()).post(f"/finance/preparations/{draft.pk}/lines", cells(WAGES, row))
    assert response.status_code == 422
    assert words in page_of(response)
    assert 'class="bad"' in page_of(response)
    assert draft.lines.count() == 3


def test_who_saves_over_the_work_of_another_is_stopped(draft, sign_in):
    client, seen = sign_in(fmake.clerk()), queries.digest(draft)
    client.post(f"/finance/preparations/{draft.pk}/lines", cells(WAGES, seen=seen))
    late = client.post(f"/finance/preparations/{draft.pk}/lines", cells(RUNNING, seen=seen))
    assert late.status_code == 422
    assert "这一版刚由他人修改" in page_of(late)
    assert "90000" in page_of(late)
    assert [line.economic for line in draft.lines.all()] == ["30101"]


def test_of_two_approvers_the_second_is_told_the_state(draft, sign_in):
    for name in ("submit", "approve"):
        services.move_preparation(actor=SYSTEM, preparation_id=draft.pk, command=name)
    response = sign_in(fmake.leader()).post(f"/finance/preparations/{draft.pk}/do/approve", {})
    assert response.status_code == 422
    assert "当前状态为“待财政审核”" in page_of(response)


def test_a_table_goes_out_and_comes_back(draft, sign_in):
    client = sign_in(fmake.clerk())
    sent = client.get(f"/finance/preparations/{draft.pk}/export")
    assert [r[7] for r in sheet_of(sent)[1:]] == [117400.0, 12100.0, 100000.0]
    file = io.BytesIO(sent.content)
    file.name = "预算.xlsx"
    before = queries.digest(draft)
    response = client.post(f"/finance/preparations/{draft.pk}/import", {"file": file, "seen": before})
    assert response.status_code == 302
    assert queries.digest(draft) == before


def test_a_wrong_table_names_row_field_and_value_and_writes_nothing(draft, sign_in):
    rows = [
        {"function": "2010301", "economic": "30201", "source": "general", "amount": Decimal("1.005")},
        {"function": "2010301", "economic": "39201", "source": "general", "amount": Decimal(5)},
        {
            "function": "2010301",
            "economic": "30202",
            "source": "general",
            "project": "不存在的项目",
            "amount": Decimal(5),
        },
        {"function": "2010301", "economic": "30207", "source": "general", "amount": Decimal(5)},
        {"function": "2010301", "economic": "30207", "source": "general", "amount": Decimal(6)},
    ]
    file = io.BytesIO(write_xlsx(sheets.COLUMNS, rows, "预算"))
    file.name = "预算.xlsx"
    response = sign_in(fmake.clerk()).post(f"/finance/preparations/{draft.pk}/import", {"file": file})
    page = page_of(response)
    assert response.status_code == 422
    for words in ("4 行有 4 处不对", "1.005", "小数超过两位", "39201", "不存在的项目", "与第 5 行"):
        assert words in page, words
    assert draft.lines.count() == 3
    broken = io.BytesIO(b"PK\x03\x04 broken")
    broken.name = "预算.xlsx"
    refused = sign_in(fmake.clerk()).post(f"/finance/preparations/{draft.pk}/import", {"file": broken})
    assert "表格已损坏" in page_of(refused)
    assert "请填写这一项" in page_of(sign_in(fmake.clerk()).post(f"/finance/preparations/{draft.pk}/import", {}))


def test_the_baseline_explains_every_line(draft, sign_in):
    client = sign_in(fmake.clerk())
    where = f"/finance/preparations/{draft.pk}/baseline"
    assert "没有定额标准" in page_of(client.post(where, {"function": "2010301"}))
    services.set_standard(
        actor=SYSTEM, place_code=430204000000000, year=2022, nature="public", economic="30101", measure="person",
        amount=Decimal(30000), document="区财政标准",
    )  # fmt: skip
    services.record_register(
        actor=SYSTEM, unit_code=fmake.CODE, year=2022, records=[services.Record("staff", "persons", date(2022, 1, 1), Decimal(7))]
    )  # fmt: skip
    assert "没有“没有的”" in page_of(client.post(where, {"function": "没有的"}))
    assert client.post(where, {"function": "2010301 行政运行"}).status_code == 302
    assert "在职 7 人 × 30,000.00 元 = 210,000.00 元（区财政标准）" in page_of(
        client.get(f"/finance/preparations/{draft.pk}")
    )


def test_two_versions_are_compared(draft, sign_in):
    services.move_preparation(actor=SYSTEM, preparation_id=draft.pk, command="submit")
    treasury = sign_in(fmake.leader())
    assert "请填写这一项" in page_of(treasury.post(f"/finance/preparations/{draft.pk}/do/send_back", {"note": ""}))
    treasury.post(f"/finance/preparations/{draft.pk}/do/send_back", {"note": "工资偏高"})
    client = sign_in(fmake.clerk())
    assert "建立新版本" in page_of(client.get(f"{BOOKS}preparation"))
    where = client.post(f"{BOOKS}preparation/begin").headers["Location"]
    assert "完全相同" in page_of(client.get(f"{where}/compare"))
    client.post(f"{where}/lines", cells(WAGES))
    page = page_of(client.get(f"{where}/compare"))
    for words in ("117,400.00", "120,000.00", "2,600.00", "-109,500.00"):
        assert words in page, words
    assert client.get(f"{where}/compare?with=7").status_code == 404


def test_who_may_not_prepare(draft, sign_in):
    where = f"/finance/preparations/{draft.pk}"
    assert sign_in(fmake.treasury()).post(f"{where}/lines", cells(WAGES)).status_code == 403
    assert sign_in(fmake.clerk(department="430204-civil")).get(where).status_code == 404
    assert sign_in(fmake.clerk(department="430204-civil")).post(f"{where}/lines", cells(WAGES)).status_code == 404
    assert sign_in(fmake.clerk()).post(f"{where}/do/issue", {"document": "x", "on": "2022-01-01"}).status_code == 403


# ---- adjustments ---------------------------------------------------------------------------------------------------

ADJUST = ("line", *NAMES[:-1])


def asking(*rows: tuple[str, ...], **about: Any) -> dict[str, Any]:
    given = {"kind": "supplement", "on": "2022-06-01", "document": "", "reason": "年中追加"} | about
    return cells(*rows, names=ADJUST, **given)


def chosen(key: Any, amount: str) -> tuple[str, ...]:
    return (str(fmake.money(key).pk), "", "", "", "", "general", amount)


@pytest.fixture
def budget(district: None) -> None:
    fmake.budget()


def test_a_transfer_is_asked_by_one_and_granted_by_another(budget, sign_in):
    clerk, treasury = sign_in(fmake.clerk()), sign_in(fmake.treasury())
    fresh = ("", "2010301", "印刷费", "", "", "general", "400")
    sent = clerk.post(
        f"{BOOKS}adjustments/new",
        asking(chosen(fmake.OFFICE, "-1400"), chosen(fmake.WAGES, "1000"), fresh, kind="transfer"),
    )
    where = sent.headers["Location"]
    page = page_of(clerk.get(where))
    assert "由您申请，须由其他人员审批" in page
    assert "新指标" in page
    assert "同意预算调整须写明文号" in page_of(treasury.post(f"{where}/do/grant", {"document": "", "note": ""}))
    treasury.post(f"{where}/do/grant", {"document": "财预〔2022〕9号", "note": ""})
    assert fmake.money().available == Decimal(10700)
    assert fmake.money(fmake.LineKey("2010301", "30202")).available == 400
    late = treasury.post(f"{where}/do/refuse", {"note": "不同意"})
    assert "已同意，不能再审批" in page_of(late)
    listed = page_of(clerk.get(f"{BOOKS}adjustments?kind=transfer&q=年中"))
    assert "1,400.00" in listed
    assert "没有符合条件的预算调整" in page_of(clerk.get(f"{BOOKS}adjustments?kind=freeze"))
    assert [r[-1] for r in sheet_of(clerk.get(f"{BOOKS}adjustments/export"))[1:]] == [-1400.0, 1000.0, 400.0]


@pytest.mark.parametrize(
    ("rows", "about", "words"),
    [
        ([("", "2010301", "30201", "", "", "general", "5")], {"kind": "transfer"}, "调剂须有增有减"),
        ([("", "2010301", "30202", "", "", "general", "5")], {"kind": "freeze"}, "未列入预算的不得支出"),
        ([("", "2010301", "30202", "", "", "general", "-5")], {}, "追加金额须填正数"),
        ([("", "2010301", "30202", "", "", "general", "")], {}, "请填写金额"),
        ([("", "", "", "", "", "general", "5")], {}, "请填写代码"),
        ([], {}, "请至少填写一行"),
        ([("", "2010301", "30202", "", "", "general", "5")], {"reason": ""}, "请填写这一项"),
        ([("", "2010301", "30202", "", "", "general", "5")], {"on": "2021-01-01"}, "不在 2022 年度内"),
        ([("", "2010301", "30202", "", "", "general", "5")], {"kind": "gift"}, "请从列表中选择"),
    ],
)
def test_an_adjustment_that_cannot_be(budget, sign_in, rows, about, words):
    rows = rows or [("", "", "", "", "", "general", "")]
    response = sign_in(fmake.clerk()).post(f"{BOOKS}adjustments/new", asking(*rows, **about))
    assert response.status_code == 422
    assert words in page_of(response)
    assert not Adjustment.objects.exists()


def test_who_may_not_adjust(budget, sign_in):
    made = services.adjust(
        actor=SYSTEM, unit_code=fmake.CODE, year=2022, kind="supplement", reason="追加", on=date(2022, 6, 1),
        items=[fmake.LineAmount(fmake.OFFICE, Decimal(5))],
    )  # fmt: skip
    assert sign_in(fmake.head()).get(f"{BOOKS}adjustments/new").status_code == 403
    assert sign_in(fmake.clerk()).post(f"/finance/adjustments/{made.number}/do/grant", {}).status_code == 403
    stranger = sign_in(fmake.clerk(department="430204-civil"))
    assert stranger.get(f"/finance/adjustments/{made.number}").status_code == 404


def test_a_broken_grid_is_refused(budget, sign_in):
    response = sign_in(fmake.clerk()).post(f"{BOOKS}adjustments/new", {"amount": ["1", "2"], "function": "2010301"})
    assert response.status_code == 400
    assert "页面内容不完整" in page_of(response)
