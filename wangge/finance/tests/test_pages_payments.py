"""Pages of the books in force: the first page, the lines and their ledger, payments from the draft to the red one."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pdfplumber
import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from tests import make
from wangge.finance import queries, services
from wangge.finance.accounts.printing import in_words
from wangge.finance.models import Payment
from wangge.finance.tests import make as fmake
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db
BOOKS = f"/finance/u/{fmake.CODE}/{fmake.YEAR}/"


@pytest.fixture
def budget(district: None) -> None:
    fmake.budget()


def photo(shade: int = 120) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (shade, 90, 60)).save(out, "JPEG")
    out.seek(0)
    out.name = f"发票{shade}.jpg"
    return out


def asked(**given: Any) -> dict[str, Any]:
    """What the form of a payment sends."""
    return {
        "line": str(fmake.money().pk), "amount": "1,000.00", "payee": "演示文具店", "purpose": "办公用品",
        "on": "2022-03-10", "case_number": "", "key": str(fmake.key(1)),
    } | given  # fmt: skip


def page_of(response: Any) -> str:
    return response.content.decode()


def sheet_of(response: Any) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()


# ---- reading -------------------------------------------------------------------------------------------------------


def test_the_first_page_leads_to_the_unit_and_the_year_of_the_last_visit(budget, sign_in):
    fmake.budget(year=2023)
    client = sign_in(fmake.clerk())
    assert client.get("/finance/").headers["Location"] == f"/finance/u/{fmake.CODE}/2023/"
    client.get(BOOKS)
    assert client.get("/finance/").headers["Location"] == BOOKS
    assert client.get("/finance/?to=lines&year=2023").headers["Location"] == f"/finance/u/{fmake.CODE}/2023/lines"


def test_who_sees_no_unit_is_told_so(district, sign_in):
    assert "还没有预算单位" in page_of(sign_in(fmake.clerk(department="430204-civil")).get("/finance/"))
    assert "/finance/setup/units/new" in page_of(sign_in(fmake.treasury()).get("/finance/"))


def test_the_totals_and_what_waits(budget, sign_in):
    fmake.paid("12100.00", 1)
    fmake.pay(amount="17400.00", n=2, line=fmake.WAGES)
    page = page_of(sign_in(fmake.head()).get(BOOKS))
    for words in (
        "229,500.00",
        "12,100.00",
        "200,000.00",
        "5.27%",
        "1 笔支付待审核",
        "1 月至 12 月尚未结账",
        "其中 1 项已用完",
    ):
        assert words in page, words


def test_pages_of_an_empty_year_say_why_they_are_empty(budget, sign_in):
    client = sign_in(fmake.clerk())
    for part, words in (("", "的账尚未建立"), ("lines", "本年度还没有预算指标"), ("payments", "本年度还没有支付")):
        response = client.get(f"/finance/u/{fmake.CODE}/2031/{part}")
        assert response.status_code == 200
        assert words in page_of(response)
    assert client.get(f"/finance/u/{fmake.CODE}/1900/").status_code == 404


def test_lines_are_found_sorted_summed_and_opened(budget, sign_in):
    fmake.paid("100.00", 1)
    client = sign_in(fmake.leader())
    page = page_of(client.get(f"{BOOKS}lines?q=办公费"))
    assert "30201" in page
    assert "30101" not in page
    assert "12,000.00" in page
    first = page_of(client.get(f"{BOOKS}lines?sort=-free"))
    assert first.index("30101</b>") < first.index("30299</b>") < first.index("30201</b>")
    ledger = page_of(client.get(f"/finance/lines/{fmake.money().pk}?counter=paid"))
    assert "ZF2022-103001-00001" in ledger
    assert "批复 12,100.00 + 调整 0.00 − 冻结 0.00 − 占用 0.00 − 已付 100.00 = 可用 12,000.00 元" in ledger
    rows = sheet_of(client.get(f"{BOOKS}lines/export?project=none"))
    assert [r[2] for r in rows[1:]] == ["30101", "30201"]
    assert rows[2][-1] == 12000.0


def test_a_wrong_page_mark_is_refused_with_a_sentence(budget, sign_in):
    response = sign_in(fmake.clerk()).get(f"{BOOKS}payments?after=x")
    assert response.status_code == 422
    assert "翻页标记已失效" in page_of(response)


# ---- paying --------------------------------------------------------------------------------------------------------


def test_a_payment_from_the_draft_to_the_paper(budget, sign_in):
    clerk, head = fmake.clerk(), fmake.head()
    client = sign_in(clerk)
    sent = client.post(f"{BOOKS}payments/new", asked(draft="1", uploads=[photo(), photo(9)]))
    one = Payment.objects.get()
    assert sent.headers["Location"] == f"/finance/payments/{one.number}"
    assert (one.state, len(one.files), fmake.money().committed) == ("draft", 2, 0)
    client.post(f"/finance/payments/{one.number}/do/submit", {})
    assert fmake.money().committed == 1000
    assert "须由其他" not in page_of(client.get(f"/finance/payments/{one.number}"))
    approver = sign_in(head)
    page = page_of(approver.get(f"/finance/payments/{one.number}"))
    assert "审核通过并支付" in page
    assert "壹仟元整" in page
    approver.post(f"/finance/payments/{one.number}/do/approve", {"voucher": "记-0001", "on": "2022-03-12"})
    one.refresh_from_db()
    assert (one.state, one.voucher, one.on, fmake.money().paid) == ("paid", "记-0001", date(2022, 3, 12), 1000)
    with pdfplumber.open(io.BytesIO(approver.get(f"/finance/payments/{one.number}/slip.pdf").content)) as paper:
        text = "".join(paper.pages[0].extract_text().split())
    for words in ("支付审批单", "¥1,000.00", "壹仟元整", "记-0001", "演示文具店", clerk.name, head.name):
        assert words in text, words
    file = approver.get(f"/finance/payments/{one.number}/files/{one.files[0]}")
    assert file["Content-Type"] == "image/jpeg"
    assert approver.get(f"/finance/payments/{one.number}/files/{'0' * 64}").status_code == 404


def test_the_same_form_sent_twice_pays_once(budget, sign_in):
    client = sign_in(fmake.clerk())
    first, second = (client.post(f"{BOOKS}payments/new", asked()) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Payment.objects.count() == 1
    assert fmake.money().committed == 1000


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"amount": "12100.01"}, "amount", "超出 0.01 元"),
        ({"amount": "一千"}, "amount", "不是数字"),
        ({"amount": "-5"}, "amount", "须大于零"),
        ({"amount": "1.005"}, "amount", "小数超过两位"),
        ({"amount": ""}, "amount", "请填写这一项"),
        ({"line": "999999"}, "line", "请从列表中选择"),
        ({"payee": ""}, "payee", "请填写这一项"),
        ({"on": "2021-12-31"}, "on", "不在 2022 年度内"),
        ({"on": "昨天"}, "on", "2022-06-01 的样式"),
        ({"case_number": "X1"}, "case_number", "不是事件经费"),
        ({"key": "x"}, "key", "页面内容不完整"),
        ({"payee": "a\0b"}, "payee", "不允许"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_is_kept(budget, sign_in, given, field, words):
    response = sign_in(fmake.clerk()).post(f"{BOOKS}payments/new", asked(**given))
    page = page_of(response)
    assert response.status_code == 422
    assert any(words in e or field == "payee" for e in response.context["form"].errors[field])
    assert words in page or field == "payee"
    assert "演示文具店" in page or field == "payee"
    assert not Payment.objects.exists()


def test_a_file_survives_a_refusal_and_a_broken_one_is_named(budget, sign_in):
    client = sign_in(fmake.clerk())
    refused = client.post(f"{BOOKS}payments/new", asked(amount="99999", uploads=[photo(7)]))
    kept = refused.context["form"].kept
    assert "已上传：发票7.jpg" in page_of(refused)
    client.post(f"{BOOKS}payments/new", asked(papers=kept))
    assert Payment.objects.get().files == kept
    broken = io.BytesIO(b"MZ not a picture")
    broken.name = "发票.exe"
    page = page_of(client.post(f"{BOOKS}payments/new", asked(uploads=[broken], key=str(fmake.key(2)))))
    assert "发票.exe：不支持这种文件" in page
    assert Payment.objects.count() == 1


def test_what_is_left_is_said_beside_the_amount(budget, sign_in):
    client = sign_in(fmake.clerk())
    line = fmake.money(fmake.WAGES)
    words = page_of(client.get(f"{BOOKS}lines/left?line={line.pk}&amount=110,000"))
    assert "= 可用 117,400.00 元" in words
    assert "须附件" in words
    assert "已使用 93.70%" in words
    assert "拦截" in page_of(client.get(f"{BOOKS}lines/left?line={line.pk}&amount=117400.01"))
    for nothing in ("", "?line=x", "?line=999999&amount=1", f"?line={line.pk}&amount=x"):
        assert client.get(f"{BOOKS}lines/left{nothing}").status_code == 200


def test_nobody_approves_what_they_asked_for(budget, sign_in):
    head = fmake.head()
    one = fmake.pay(SYSTEM)
    Payment.objects.filter(pk=one.pk).update(asked_by=head.id)
    client = sign_in(head)
    page = page_of(client.get(f"/finance/payments/{one.number}"))
    assert "须由其他有审核权的人员审核" in page
    assert 'data-act="approve"' not in page
    response = client.post(f"/finance/payments/{one.number}/do/approve", {"voucher": "记-1"})
    assert response.status_code == 422
    assert "须由其他人员审核" in page_of(response)
    one.refresh_from_db()
    assert one.state == "submitted"


def test_of_two_approvers_the_second_gets_the_sentence(budget, sign_in):
    one = fmake.pay()
    first, second = sign_in(fmake.head()), sign_in(fmake.leader())
    assert first.post(f"/finance/payments/{one.number}/do/approve", {"voucher": "记-1"}).status_code == 302
    late = second.post(f"/finance/payments/{one.number}/do/return", {"note": "金额不对"})
    assert late.status_code == 422
    assert "现为“已支付”" in page_of(late)
    assert "金额不对" in page_of(late)
    assert fmake.money().paid == 1000


def test_returned_mended_cancelled_and_reversed(budget, sign_in):
    clerk, head = sign_in(fmake.clerk()), sign_in(fmake.head())
    one = fmake.pay()
    where = f"/finance/payments/{one.number}"
    assert "请填写这一项" in page_of(head.post(f"{where}/do/return", {"note": ""}))
    head.post(f"{where}/do/return", {"note": "缺清单"})
    assert "退回原因：缺清单" in page_of(clerk.get(where))
    assert fmake.money().committed == 0
    clerk.post(f"{where}/do/submit", {"on": "2022-04-01"})
    head.post(f"{where}/do/approve", {"voucher": "记-7"})
    given = {"reason": "收款账号错误", "amount": "400", "on": "2022-04-02", "key": str(fmake.key(5))}
    clerk.post(f"{where}/do/reverse", given)
    red = Payment.objects.get(reverses=one)
    assert "红字" in page_of(clerk.get(f"/finance/payments/{red.number}"))
    head.post(f"/finance/payments/{red.number}/do/approve", {"voucher": "记-8"})
    assert fmake.money().paid == Decimal(600)
    assert "最多还可冲销 600.00 元" in page_of(
        clerk.post(f"{where}/do/reverse", {**given, "amount": "601", "key": str(fmake.key(6))})
    )
    two = fmake.pay(n=9)
    clerk.post(f"/finance/payments/{two.number}/do/cancel", {"note": "重复"})
    two.refresh_from_db()
    assert two.state == "cancelled"


def test_an_act_that_does_not_exist_and_one_without_the_right(budget, sign_in):
    one = fmake.pay()
    assert sign_in(fmake.clerk()).post(f"/finance/payments/{one.number}/do/burn", {}).status_code == 404
    assert (
        sign_in(fmake.clerk()).post(f"/finance/payments/{one.number}/do/approve", {"voucher": "1"}).status_code == 403
    )
    assert sign_in(fmake.treasury()).get(f"{BOOKS}payments/new").status_code == 403
    assert sign_in(make.dispatcher()).get(BOOKS).status_code == 403


def test_another_office_and_another_district_find_nothing(budget, sign_in):
    one, line = fmake.pay(), fmake.money()
    with scope.system():
        far = make.actor("treasury", place=make.HETANG)
    for stranger in (sign_in(fmake.clerk(department="430204-civil")), sign_in(far)):
        for address in (
            BOOKS, f"{BOOKS}lines", f"{BOOKS}lines/export", f"{BOOKS}payments", f"/finance/lines/{line.pk}",
            f"/finance/payments/{one.number}", f"/finance/payments/{one.number}/slip.pdf",
        ):  # fmt: skip
            assert stranger.get(address).status_code == 404, address
    other = sign_in(fmake.clerk(department="430204-civil"))
    assert other.post(f"/finance/payments/{one.number}/do/cancel", {}).status_code == 404
    one.refresh_from_db()
    assert one.state == "submitted"


def test_payments_are_found_and_exported(budget, sign_in):
    fmake.paid("100.00", 1, payee="晨光文具")
    fmake.paid("200.00", 2, voucher="记-0200", on=date(2022, 5, 5))
    client = sign_in(fmake.head())
    assert "晨光文具" in page_of(client.get(f"{BOOKS}payments?q=晨光"))
    assert "晨光文具" not in page_of(client.get(f"{BOOKS}payments?q=记-0200"))
    assert "没有符合条件的支付" in page_of(client.get(f"{BOOKS}payments?state=draft"))
    assert "200.00" in page_of(client.get(f"{BOOKS}payments?month=5"))
    rows = sheet_of(client.get(f"{BOOKS}payments/export?sort=on"))
    assert sorted(r[8] for r in rows[1:]) == [100.0, 200.0]
    assert rows[1][9] == "已支付"


def test_money_of_an_event_is_tied_to_its_case(budget, sign_in):
    fund = fmake.LineKey("2010302", "30226", project="SJ")
    services.register_project(
        actor=SYSTEM, unit_code=fmake.CODE, code="SJ", name="微民生事件经费", first_year=2022, event_limit=Decimal(500)
    )
    fmake.goals(project="SJ")
    made = services.adjust(
        actor=SYSTEM, unit_code=fmake.CODE, year=2022, kind="supplement", reason="微民生", on=date(2022, 2, 1),
        items=[fmake.LineAmount(fund, Decimal(5000))],
    )  # fmt: skip
    services.decide_adjustment(actor=SYSTEM, number=made.number, grant=True, document="财预〔2022〕9号")
    case = make.case("closed")
    client = sign_in(fmake.clerk())
    line = str(fmake.money(fund).pk)
    given = asked(line=line, amount="300", uploads=[photo(20), photo(200)])
    assert "须写明网格事件编号" in page_of(client.post(f"{BOOKS}payments/new", given))
    given = asked(line=line, amount="501", case_number=case.number, uploads=[photo(20), photo(200)])
    assert "单个事件限额 500.00 元" in page_of(client.post(f"{BOOKS}payments/new", given))
    given = asked(line=line, amount="300", case_number=case.number, uploads=[photo(20), photo(200)])
    assert client.post(f"{BOOKS}payments/new", given).status_code == 302
    assert case.number in page_of(client.get(f"{BOOKS}payments?q={case.number}"))
    assert queries.payment(SYSTEM, Payment.objects.get().number).case_number == case.number


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"), ("0.05", "伍分"), ("0.10", "壹角整"), ("10", "壹拾元整"), ("12100.05", "壹万贰仟壹佰元零伍分"),
        ("100200.30", "壹拾万零贰佰元叁角整"), ("15377900", "壹仟伍佰叁拾柒万柒仟玖佰元整"), ("100000000", "壹亿元整"),
        ("100010001.01", "壹亿零壹万零壹元零壹分"), ("-6020", "负陆仟零贰拾元整"), ("1000000.50", "壹佰万元伍角整"),
    ],
)  # fmt: skip
def test_money_in_words(amount, words):
    assert in_words(Decimal(amount)) == words
