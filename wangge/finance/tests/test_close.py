"""Income, balances, months and years."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from wangge.finance import queries, services
from wangge.finance.models import Income
from wangge.finance.terms import BalanceRow, LineAmount, LineKey, Source
from wangge.finance.tests import make
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, Refusal

D = Decimal
OTHER = LineKey("2013103", "30299", Source.OTHER)
SERVICES = LineKey("2013103", "30299")


@pytest.fixture
def books(district):
    make.budget([*make.LINES, LineAmount(OTHER, D("316400.00")), LineAmount(SERVICES, D("846700.00"))])


def close(month, by=None):
    return services.close_month(actor=by or make.head(), unit_code=make.CODE, year=2022, month=month)


def test_income_is_entered_once_and_corrected_by_a_negative_entry(books):
    first, again = make.receive("316400.00"), make.receive("316400.00")
    assert first.pk == again.pk
    make.receive("-400.00", 901)
    (row,) = queries.incomes(SYSTEM, make.CODE, 2022)
    assert (row.source, row.amount, len(row.ids)) == (Source.OTHER, D("316000.00"), 2)
    for given, code in (
        ({"amount": "5.00"}, "key_reused"),
        ({"n": 902, "amount": "0"}, "bad_amount"),
        ({"n": 902, "source": Source.CARRYOVER}, "bad_source"),
        ({"n": 902, "function": "2089901"}, "code_not_in_year"),
        ({"n": 902, "on": date(2021, 1, 1)}, "wrong_year"),
        ({"n": 902, "voucher": ""}, "missing_input"),
    ):
        with pytest.raises(Refusal) as error:
            make.receive(**given)
        assert error.value.code == code
    with pytest.raises(IntegrityError) as clash, transaction.atomic():
        Income.objects.filter(pk=first.pk).update(amount=1)
    assert make.violated(clash) == "append_only"


def test_money_is_posted_only_into_a_year_that_was_opened(district):
    make.unit()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        make.receive()
    assert make.violated(error) == "a_posting_needs_an_open_year"
    services.open_year(actor=make.head(), unit_code=make.CODE, year=2022)
    assert len(services.open_year(actor=make.head(), unit_code=make.CODE, year=2022)) == 13
    make.receive()


def test_months_close_in_order_and_take_no_postings_then(books):
    with pytest.raises(Refusal) as error:
        close(2)
    assert error.value.code == "close_in_order"
    for month in (1, 2, 3):
        close(month)
    with pytest.raises(Refusal) as error:
        close(3)
    assert error.value.code == "closed"
    for act in (
        lambda: make.pay(n=1),
        lambda: make.receive(n=2, on=date(2022, 3, 31)),
    ):
        with pytest.raises(IntegrityError) as clash, transaction.atomic():
            act()
        assert make.violated(clash) == "a_closed_month_takes_no_postings"
    made = make.pay(n=3, on=date(2022, 4, 1))
    with pytest.raises(Refusal) as error:
        close(4)
    assert error.value.code == "payments_wait"
    assert made.number in error.value.sentence
    services.approve_payment(actor=make.head(), number=made.number, voucher="记-1")
    assert close(4).is_closed


def test_the_last_closed_month_is_reopened_with_a_reason(books):
    for month in (1, 2):
        close(month)
    opened: dict[str, Any] = {"actor": make.treasury(), "unit_code": make.CODE, "year": 2022}
    for month, reason, code in ((1, "补记", "reopen_the_last"), (2, " ", "missing_input")):
        with pytest.raises(Refusal) as error:
            services.reopen_month(month=month, reason=reason, **opened)
        assert error.value.code == code
    with pytest.raises(NoRight):
        services.reopen_month(month=2, reason="补记", **(opened | {"actor": make.head()}))
    services.reopen_month(month=2, reason="补记二月凭证", **opened)
    make.pay(on=date(2022, 2, 3))
    states = {p.month: (p.is_closed, p.reason) for p in queries.periods(SYSTEM, make.CODE, 2022)}
    assert states[1] == (True, "")
    assert states[2] == (False, "补记二月凭证")


def test_a_year_closes_with_its_distribution_and_opens_the_next(books):
    """Like a published account: 316,400 of other income, 102,900 of it spent, 213,500 distributed, nothing left."""
    make.receive("316400.00", function="2013103")
    make.paid("102900.00", 1, line=OTHER)
    make.paid("846700.00", 2, line=SERVICES)
    closing: dict[str, Any] = {"actor": make.head(), "unit_code": make.CODE, "year": 2022}
    with pytest.raises(Refusal) as error:
        services.close_year(**closing)
    assert error.value.code == "spent_more_than_received"
    assert "846,700.00 元" in error.value.sentence
    made = services.recognise_appropriations(actor=make.head(), unit_code=make.CODE, year=2022, on=date(2022, 12, 31))
    assert [(i.source, i.function, i.amount) for i in made] == [("general", "2013103", D("846700.00"))]
    again: dict[str, Any] = {"actor": make.head(), "unit_code": make.CODE, "year": 2022, "on": date(2022, 12, 31)}
    assert services.recognise_appropriations(**again) == []
    with pytest.raises(Refusal) as error, transaction.atomic():
        services.close_year(distributions={Source.OTHER: D("213500.01")}, **closing)
    assert error.value.code == "spent_more_than_received"
    rows = services.close_year(distributions={Source.OTHER: D("213500.00")}, **closing)
    assert rows == [
        BalanceRow(Source.GENERAL, D(0), D(0), D(0)),
        BalanceRow(Source.OTHER, D(0), D("213500.00"), D(0)),
    ]
    assert all(p.is_closed for p in queries.periods(SYSTEM, make.CODE, 2022))
    assert queries.balances(SYSTEM, make.CODE, 2023) == [], "nothing was left"
    with pytest.raises(IntegrityError) as clash, transaction.atomic():
        make.receive(n=5, on=date(2022, 12, 31))
    assert make.violated(clash) == "a_closed_month_takes_no_postings"
    with pytest.raises(Refusal) as error:
        services.reopen_month(actor=make.treasury(), unit_code=make.CODE, year=2022, month=12, reason="更正")
    assert error.value.code == "year_is_closed"


def test_what_a_year_leaves_is_what_the_next_begins_with(books):
    services.record_opening(
        actor=make.head(), unit_code=make.CODE, year=2022, source=Source.OTHER, amount=D("50.00"), on=date(2022, 1, 1)
    )
    make.receive("100.00")
    make.paid("30.00", 1, line=OTHER)
    services.close_year(actor=make.head(), unit_code=make.CODE, year=2022)
    (row,) = queries.balances(SYSTEM, make.CODE, 2023)
    assert row == BalanceRow(Source.OTHER, D("120.00"), D(0), D("120.00"))
    with pytest.raises(Refusal) as error:
        services.record_opening(
            actor=make.head(), unit_code=make.CODE, year=2023, source=Source.OTHER, amount=D(1), on=date(2023, 1, 1)
        )
    assert error.value.code == "opening_is_known"


def test_a_year_does_not_close_over_what_is_open(books):
    closing: dict[str, Any] = {"actor": make.head(), "unit_code": make.CODE, "year": 2022}
    made = make.pay(on=date(2022, 12, 30))
    with pytest.raises(Refusal) as error:
        services.close_year(**closing)
    assert error.value.code == "payments_wait"
    services.cancel_payment(actor=SYSTEM, number=made.number)
    asked = services.adjust(
        actor=make.clerk(),
        unit_code=make.CODE,
        year=2022,
        kind="withdraw",
        items=[LineAmount(make.OFFICE, D(1))],
        reason="收回",
        on=date(2022, 12, 1),
    )
    with pytest.raises(Refusal) as error:
        services.close_year(**closing)
    assert error.value.code == "adjustments_wait"
    services.decide_adjustment(actor=make.treasury(), number=asked.number, grant=False, note="不收回")
    services.close_year(**closing)
    with pytest.raises(Refusal) as error:
        services.close_year(**closing)
    assert error.value.code == "closed"
