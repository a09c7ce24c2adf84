"""S28: a contract with areas, months and deductions. S27: money for one finished event, within its limit."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests import make as world
from wangge.finance import queries, services
from wangge.finance.accounts import rules
from wangge.finance.accounts.rules import Finding
from wangge.finance.models import Inspection
from wangge.finance.terms import LineAmount, LineKey, wan
from wangge.finance.tests import make
from wangge.kernel import files
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal

D = Decimal
CLEANING = LineKey("2120501", "30227", project="HW")
FUND = LineKey("2120501", "30299", project="WMS")
STREET = "430204005-street"
YEAR = date(2022, 1, 1), date(2022, 12, 31)


@pytest.mark.parametrize(
    ("total", "count", "first", "last"),
    [
        ("6699000.00", 12, "558250.00", "558250.00"),
        ("100.00", 3, "33.34", "33.33"),
        ("0.02", 12, "0.01", "0.00"),
        ("151.17", 1, "151.17", "151.17"),
    ],
)
def test_instalments_add_up_to_the_contract(total, count, first, last):
    parts = rules.instalments(D(total), count)
    assert (sum(parts), len(parts), parts[0], parts[-1]) == (D(total), count, D(first), D(last))


def test_months_of_a_contract():
    assert rules.months(date(2022, 11, 15), date(2023, 2, 1)) == [
        date(2022, 11, 1),
        date(2022, 12, 1),
        date(2023, 1, 1),
        date(2023, 2, 1),
    ]


BANDS = [(D(90), D(0)), (D(80), D(2)), (D(60), D(5)), (D(0), D(10))]


@pytest.mark.parametrize(
    ("found", "off", "said"),
    [
        ([], "0", "本月无扣款"),
        ([Finding(YEAR[0], D(95), 0)], "0.00", "平均 95.00 分，扣 0%"),
        ([Finding(YEAR[0], D(90), 0)], "0.00", "扣 0%"),
        ([Finding(YEAR[0], D(90), 0), Finding(YEAR[0], D("89.98"), 0)], "11165.00", "平均 89.99 分，扣 2%"),
        ([Finding(YEAR[0], D(0), 0)], "55825.00", "扣 10%"),
        ([Finding(YEAR[0], None, 3), Finding(YEAR[0], None, 2)], "1000.00", "问题 5 处 × 200.00 元"),
        ([Finding(YEAR[0], D(85), 0), Finding(YEAR[0], None, 1)], "11365.00", "；问题 1 处"),
        ([Finding(YEAR[0], None, 9000)], "558250.00", "按应付 558,250.00 元扣"),
    ],
)
def test_what_a_months_inspections_take_off(found, off, said):
    amount, words = rules.deduction(D("558250.00"), BANDS, D("200.00"), found)
    assert amount == D(off)
    assert said in words


@pytest.mark.parametrize(
    ("bands", "fine"),
    [
        ([], True),
        (BANDS, True),
        ([(D(90), D(0)), (D(60), D(5))], False),
        ([(D(0), D(5)), (D(90), D(0))], False),
        ([(D(90), D(5)), (D(0), D(2))], False),
        ([(D(110), D(0)), (D(0), D(5))], False),
        ([(D(90), D(0)), (D(0), D(101))], False),
    ],
)
def test_the_bands_of_a_contract_fall_and_rise(bands, fine):
    assert (rules.check_bands(bands) is None) is fine


@pytest.fixture
def street(district):
    """井龙街道: 669.9 万元 for cleaning, 15 万元 for events."""
    make.unit("201005", STREET, nature="administrative")
    for code, name, limit in (("HW", "环卫作业", None), ("WMS", "微民生网格事件办理", D("3000.00"))):
        services.register_project(
            actor=SYSTEM, unit_code="201005", code=code, name=name, first_year=2021, event_limit=limit
        )
        make.goals(code="201005", project=code)
    make.budget([LineAmount(CLEANING, D("6699000.00")), LineAmount(FUND, D("150000.00"))], code="201005")


def cleaning(**given):
    about: dict[str, Any] = {
        "actor": make.head(STREET),
        "unit_code": "201005",
        "year": 2022,
        "line": CLEANING,
        "number": "HW-2022-01",
        "name": "环卫作业服务",
        "supplier": "演示环卫公司",
        "supplier_size": "small",
        "amount": D("6699000.00"),
        "starts_on": YEAR[0],
        "ends_on": YEAR[1],
        "on": date(2022, 1, 20),
        "procurement": "services",
        "areas": [(f"道路{n:02d}", D("19250.00")) for n in range(1, 28)] + [("道路28", D("19350.00"))],
        "bands": BANDS,
        "per_defect": D("200.00"),
    } | given
    return services.sign_contract(**about)


def line(key=CLEANING):
    return make.money(key, code="201005")


def test_a_contract_binds_its_whole_amount_and_falls_due_by_month(street):
    made = cleaning()
    months = queries.instalments(SYSTEM, made.number)
    assert (line().committed, line().available) == (D("6699000.00"), D(0))
    assert sum(m.due for m in months) == D("6699000.00")
    assert {m.due for m in months} == {D("558250.00")}
    assert wan(months[0].due) == D("55.83")
    found = queries.contract(SYSTEM, made.number)
    assert (found.areas.count(), sum(a.square_metres for a in found.areas.all())) == (28, D("539100.00"))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"amount": D("6699000.01")}, "not_enough"),
        ({"amount": D(0)}, "bad_amount"),
        ({"ends_on": date(2021, 12, 31)}, "a_contract_ends_after_it_starts"),
        ({"ends_on": date(2023, 1, 31)}, "contract_year"),
        ({"supplier_size": "huge"}, "bad_choice"),
        ({"bands": [(D(90), D(0))]}, "bad_bands"),
        ({"bands": [(D("NaN"), D(0))]}, "bad_number"),
        ({"per_defect": D(-1)}, "bad_number"),
        ({"areas": [("道路", D(1)), ("道路", D(2))]}, "bad_areas"),
        ({"areas": [("道路", D(0))]}, "bad_areas"),
        ({"areas": [(" ", D(1))]}, "bad_text"),
        ({"line": LineKey("2120501", "30201")}, "no_line"),
        ({"number": ""}, "bad_text"),
    ],
)
def test_a_contract_that_cannot_be_is_refused_whole(street, given, code):
    with pytest.raises(Refusal) as error, transaction.atomic():
        cleaning(**given)
    assert error.value.code == code
    assert line().committed == 0
    assert queries.contracts(SYSTEM, "201005", 2022) == []


def test_a_month_is_inspected_settled_and_paid_once(street):
    made, clerk, head = cleaning(), make.clerk("", STREET), make.head(STREET)
    for score in ("88", "84"):
        services.inspect(actor=clerk, number=made.number, on=date(2022, 1, 15), text="月度检查", score=D(score))
    services.inspect(actor=clerk, number=made.number, on=date(2022, 1, 18), text="垃圾外溢", defects=2, area="道路03")
    with pytest.raises(Refusal) as error:
        services.pay_instalment(actor=clerk, number=made.number, seq=1, on=date(2022, 2, 5), key=make.key(1))
    assert error.value.code == "not_settled"
    due = services.settle_instalment(actor=head, number=made.number, seq=1, on=date(2022, 2, 1))
    assert due.deduction == D("11565.00")
    assert due.basis == "2 次检查平均 86.00 分，扣 2%，即 11,165.00 元；问题 2 处 × 200.00 元 = 400.00 元"
    assert line().available == D("11565.00"), "what is taken off is free again"
    for act in (
        lambda: services.settle_instalment(actor=head, number=made.number, seq=1, on=date(2022, 2, 1)),
        lambda: services.inspect(actor=clerk, number=made.number, on=date(2022, 1, 20), text="补检", defects=1),
    ):
        with pytest.raises(Refusal) as error:
            act()
        assert error.value.code == "settled"
    scan = files.put(b"%PDF-1.4\n%%EOF", name="invoice.pdf").sha256
    pay: dict[str, Any] = {"actor": clerk, "number": made.number, "seq": 1, "on": date(2022, 2, 5), "papers": [scan]}
    with pytest.raises(Refusal) as error:
        services.pay_instalment(key=make.key(1), **(pay | {"papers": []}))
    assert error.value.code == "papers_missing", "a large payment needs its papers"
    payment = services.pay_instalment(key=make.key(1), **pay)
    assert payment.amount == D("546685.00")
    assert services.pay_instalment(key=make.key(1), **pay).pk == payment.pk
    with pytest.raises(Refusal) as error:
        services.pay_instalment(key=make.key(2), **pay)
    assert error.value.code == "an_instalment_is_paid_once"
    services.approve_payment(actor=head, number=payment.number, voucher="记-1")
    assert (line().paid, line().committed) == (D("546685.00"), D("6140750.00"))
    (row,) = queries.registers(SYSTEM, "201005", 2022, "procurement")
    assert (row.item, row.tag, row.amount) == ("services", "small", D("546685.00"))
    assert queries.unbalanced(SYSTEM) == []


def paid_month(made):
    services.settle_instalment(actor=SYSTEM, number=made.number, seq=1, on=date(2022, 2, 1))
    payment = services.pay_instalment(actor=SYSTEM, number=made.number, seq=1, on=date(2022, 2, 5), key=make.key(1))
    return services.approve_payment(actor=SYSTEM, number=payment.number, voucher="记-1")


def test_a_reversed_instalment_is_owed_again(street):
    made = cleaning()
    payment = paid_month(made)
    with pytest.raises(Refusal) as error:
        services.reverse_payment(
            actor=SYSTEM, number=payment.number, reason="部分", on=date(2022, 3, 1), key=make.key(2), amount=D(1)
        )
    assert error.value.code == "whole_instalment"
    red = services.reverse_payment(
        actor=SYSTEM, number=payment.number, reason="账号错误退汇", on=date(2022, 3, 1), key=make.key(2)
    )
    services.approve_payment(actor=SYSTEM, number=red.number, voucher="红-1")
    assert (line().paid, line().committed) == (D(0), D("6699000.00"))
    again = services.pay_instalment(actor=SYSTEM, number=made.number, seq=1, on=date(2022, 3, 2), key=make.key(3))
    services.approve_payment(actor=SYSTEM, number=again.number, voucher="记-9")
    found = queries.contract(SYSTEM, made.number)
    assert (found.paid, found.pending) == (D("558250.00"), D(0))
    bought = queries.registers(SYSTEM, "201005", 2022, "procurement")
    assert [r.amount for r in bought] == [D("558250.00"), D("-558250.00"), D("558250.00")]
    assert queries.unbalanced(SYSTEM) == []


def test_an_ended_contract_frees_what_is_left(street):
    made = cleaning()
    paid_month(made)
    with pytest.raises(NoRight):
        services.end_contract(actor=make.clerk("", STREET), number=made.number, on=date(2022, 3, 1), reason="终止")
    services.end_contract(actor=make.head(STREET), number=made.number, on=date(2022, 3, 1), reason="双方终止")
    assert (line().committed, line().available) == (D(0), D("6140750.00"))
    with pytest.raises(Refusal) as error:
        services.end_contract(actor=make.head(STREET), number=made.number, on=date(2022, 3, 1), reason="再次")
    assert error.value.code == "ended"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"case_number": "WG430204209900001"}, "not_found"),
        ({"score": None, "defects": 0}, "an_inspection_scores_or_counts"),
        ({"score": D(90), "defects": 1}, "an_inspection_scores_or_counts"),
        ({"score": D(101)}, "bad_number"),
        ({"score": D("NaN")}, "bad_number"),
        ({"score": None, "defects": -1}, "an_inspection_scores_or_counts"),
        ({"on": date(2023, 1, 1)}, "outside_contract"),
        ({"area": "别处"}, "no_area"),
        ({"text": ""}, "bad_text"),
    ],
)
def test_an_inspection_that_cannot_be_is_refused(street, given, code):
    made = cleaning()
    about: dict[str, Any] = {
        "actor": make.clerk("", STREET),
        "number": made.number,
        "on": date(2022, 5, 5),
        "text": "检查",
        "score": D(90),
    }
    with pytest.raises(Refusal) as error:
        services.inspect(**(about | given))
    assert error.value.code == code


def test_an_inspection_stays_as_it_was_written(street):
    made = cleaning()
    one = services.inspect(actor=SYSTEM, number=made.number, on=date(2022, 5, 5), text="检查", score=D(90))
    with pytest.raises(IntegrityError) as clash, transaction.atomic():
        Inspection.objects.filter(pk=one.pk).update(score=100)
    assert make.violated(clash) == "append_only"


# ---- S27 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spent", "amount", "papers", "code"),
    [
        ("0", "3000.00", 2, None),
        ("0", "3000.01", 2, "event_limit"),
        ("2500.00", "500.00", 2, None),
        ("2500.00", "500.01", 2, "event_limit"),
        ("0", "100.00", 1, "event_evidence"),
    ],
)
def test_one_event_costs_at_most_the_funds_limit(spent, amount, papers, code):
    refusal = rules.event_money(D(spent), D(amount), D(3000), papers)
    assert (refusal.code if refusal else None) == code


def photos():
    return [files.put(b"%PDF-1.4\n%" + when + b"\n%%EOF", name="p.pdf").sha256 for when in (b"before", b"after")]


def test_event_money_goes_to_a_finished_event_of_the_street(street):
    cell = world.cell(world.JINGLONG)
    done = world.case("closed", cell)
    open_case = world.case("handling", cell)
    elsewhere = world.case("closed", world.cell(430204001000000))
    clerk = make.clerk("", STREET)
    spend: dict[str, Any] = {
        "unit_code": "201005",
        "line": FUND,
        "purpose": "更换井盖",
        "payee": "演示五金店",
        "papers": photos(),
    }

    def pay(amount, n, **given):
        with transaction.atomic():
            return make.pay(clerk, amount, n, **(spend | given))

    first = pay("2500.00", 1, case_number=done.number)
    services.approve_payment(actor=make.head(STREET), number=first.number, voucher="记-1")
    for given, code in (
        ({"amount": "500.01", "case_number": done.number}, "event_limit"),
        ({"amount": "10.00", "case_number": open_case.number}, "case_not_finished"),
        ({"amount": "10.00", "case_number": elsewhere.number}, "not_found"),
        ({"amount": "10.00", "case_number": "WG430204209900001"}, "not_found"),
        ({"amount": "10.00", "case_number": ""}, "no_case"),
        ({"amount": "10.00", "case_number": done.number, "papers": photos()[:1]}, "event_evidence"),
    ):
        with pytest.raises(Refusal) as error:
            pay(n=2, **given)
        assert error.value.code == code, given
    pay("500.00", 3, case_number=done.number)
    assert [p.amount for p in queries.spent_on_case(clerk, done.number)] == [D("2500.00")]
    assert queries.spent_on_case(make.clerk("stranger", "430204-police"), done.number) == []
    assert line(FUND).available == D("147000.00")
    red = services.reverse_payment(
        actor=clerk, number=first.number, reason="退货", on=date(2022, 5, 1), key=make.key(8)
    )
    with pytest.raises(Refusal) as error:
        pay("2500.00", 9, case_number=done.number)
    assert error.value.code == "event_limit", "taken back only when somebody else has approved it"
    services.approve_payment(actor=make.head(STREET), number=red.number, voucher="红-1")
    pay("2500.00", 9, case_number=done.number)
    assert sum(p.amount for p in queries.spent_on_case(clerk, done.number)) == 0


def test_a_contract_of_another_unit_does_not_exist(street):
    made, stranger = cleaning(), make.head("430204-police")
    for act in (
        lambda: queries.contract(stranger, made.number),
        lambda: services.settle_instalment(actor=stranger, number=made.number, seq=1, on=date(2022, 2, 1)),
        lambda: services.end_contract(actor=stranger, number=made.number, on=date(2022, 2, 1), reason="无"),
    ):
        with pytest.raises(NotHere):
            act()
