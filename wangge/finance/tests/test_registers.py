"""Registers, last year's figures, and the sentences that explain figures."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from wangge.finance import queries, services
from wangge.finance.accounts import rules
from wangge.finance.models import RegisterEntry
from wangge.finance.services import Record
from wangge.finance.terms import LineAmount, LineKey, LineRow, Source
from wangge.finance.tests import make
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal

D = Decimal
DAY = date(2022, 9, 1)


@pytest.mark.parametrize(
    ("kind", "item", "tag", "code"),
    [
        ("three_publics", "reception", "", None),
        ("procurement", "goods", "small", None),
        ("procurement", "goods", "", "register_tag"),
        ("procurement", "goods", "tiny", "register_tag"),
        ("meeting", "meeting", "small", "register_tag"),
        ("asset", "yacht", "", "register_item"),
        ("gifts", "gift", "", "register_kind"),
    ],
)
def test_a_register_knows_its_words(kind, item, tag, code):
    refusal = rules.check_register(kind, item, tag)
    assert (refusal.code if refusal else None) == code


def row(economic, amount, source=Source.GENERAL, project="", origin=None):
    return LineRow("2010301", "", economic, "", "", project, "", source, D(amount), (), origin)


def test_the_figures_of_a_budget_take_only_what_belongs_to_them():
    found = rules.figures(
        [
            row("30101", "365.55"),
            row("30217", "5.00"),
            row("30217", "0.34", project="P1"),
            row("30215", "4.00"),
            row("30215", "8.70", project="P1"),
            row("30231", "2.00", Source.OTHER),
            row("30231", "1.00", Source.CARRYOVER, origin=Source.GENERAL),
            row("30212", "3.00", Source.FUND),
        ]
    )
    assert {k: v for k, v in found.items() if v} == {
        "total": D("389.59"),
        "fiscal": D("387.59"),
        "operating": D("10.00"),
        "three_publics": D("6.34"),
        "reception": D("5.34"),
        "vehicle_running": D("1.00"),
        "meeting": D("12.70"),
    }


@pytest.fixture
def books(district):
    make.budget()


def recorded(*records, by=None, year=2022):
    return services.record_register(
        actor=by or make.clerk(), unit_code=make.CODE, year=year, records=[Record(*r) for r in records]
    )


def test_a_reception_is_entered_with_its_groups_and_people(books):
    recorded(
        ("three_publics", "reception_groups", DAY, D(6)),
        ("three_publics", "reception", DAY, D(26), D(0), "外区考察网格化工作"),
    )
    rows = queries.registers(SYSTEM, make.CODE, 2022, "three_publics")
    assert [(r.item, r.quantity, r.unit, r.amount) for r in rows] == [
        ("reception_groups", D(6), "个", None),
        ("reception", D(26), "人次", D(0)),
    ]


def test_a_register_takes_all_lines_or_none(books):
    bad = [
        ("meeting", "meeting", DAY, D(-1)),
        ("meeting", "meeting", DAY, D("NaN")),
        ("meeting", "meeting", DAY, D(1), D("0.001")),
        ("meeting", "meeting", DAY, D(1), D("-1")),
        ("meeting", "meeting", DAY),
        ("meeting", "dinner", DAY, D(1)),
    ]
    for one in bad:
        with pytest.raises(Refusal) as error, transaction.atomic():
            recorded(("meeting", "meeting", DAY, D(15), D("1200.00")), one)
        assert "第 2 行" in error.value.sentence
    assert queries.registers(SYSTEM, make.CODE, 2022) == []


def test_a_wrong_line_is_voided_and_stays(books):
    (wrong,) = recorded(("procurement", "goods", DAY, D(1), D("26800.00"), "电脑", "small"))
    recorded(("procurement", "goods", DAY, D(1), D("24600.00"), "电脑", "micro"))
    services.void_register(actor=make.clerk(), entry_id=wrong.pk, reason="规模填错")
    assert [(r.amount, r.tag) for r in queries.registers(SYSTEM, make.CODE, 2022)] == [(D("24600.00"), "micro")]
    assert RegisterEntry.objects.count() == 3
    with pytest.raises(Refusal) as error:
        services.void_register(actor=make.clerk(), entry_id=wrong.pk, reason="再作废")
    assert error.value.code == "stale"
    with pytest.raises(NotHere):
        services.void_register(actor=make.clerk("stranger", "430204-police"), entry_id=wrong.pk, reason="别人的")
    with pytest.raises(IntegrityError) as clash, transaction.atomic():
        RegisterEntry.objects.filter(pk=wrong.pk).update(amount=1)
    assert make.violated(clash) == "append_only"


def test_the_newest_count_of_staff_holds(books):
    recorded(("staff", "posts", date(2021, 12, 31), D(8)), ("staff", "persons", date(2021, 12, 31), D(6)), year=2021)
    recorded(("staff", "persons", date(2022, 12, 31), D(7)), ("staff", "dispatched", date(2022, 12, 31), D(31)))
    found = queries.staff(SYSTEM, make.CODE, 2022)
    assert {k: v for k, v in found.items() if v} == {"posts": 8, "persons": 7, "dispatched": 31}
    assert queries.staff(SYSTEM, make.CODE, 2021)["persons"] == 6


def test_last_years_figures_come_from_its_books_else_from_the_register(books):
    recorded(
        ("prior", "accounts_total", DAY, D(0), D("8203400.00")),
        ("prior", "budget_total", DAY, D(0), D("5087600.00")),
    )
    assert dict(queries.prior(SYSTEM, make.CODE, 2022)) == {
        "accounts_total": D("8203400.00"),
        "budget_total": D("5087600.00"),
    }
    before = queries.prior(SYSTEM, make.CODE, 2023)
    assert (before["budget_total"], before["budget_operating"]) == (D("229500.00"), D("12100.00"))
    assert "accounts_total" not in before, "2022 is not closed"
    make.paid("1100.00")
    services.recognise_appropriations(actor=make.head(), unit_code=make.CODE, year=2022, on=date(2022, 12, 31))
    services.close_year(actor=make.head(), unit_code=make.CODE, year=2022)
    after = queries.prior(SYSTEM, make.CODE, 2023)
    assert (after["accounts_total"], after["accounts_operating"]) == (D("1100.00"), D("1100.00"))


def test_a_figure_is_explained_changed_and_left_unexplained(books):
    say: dict[str, Any] = {"actor": make.clerk(), "unit_code": make.CODE, "year": 2022}
    services.explain(texts={"operating.change": "压减一般性支出", "total.change": "人员增加"}, **say)
    services.explain(texts={"operating.change": "厉行节约", "total.change": ""}, **say)
    assert queries.explanations(SYSTEM, make.CODE, 2022) == {"operating.change": "厉行节约"}
    with pytest.raises(Refusal):
        services.explain(texts={"": "没有名称"}, **say)
    with pytest.raises(NoRight):
        services.explain(texts={"total.change": "代写"}, **(say | {"actor": make.treasury()}))


def test_a_register_line_may_name_its_payment(books):
    paid = make.paid("26800.00", line=make.RUNNING)
    services.record_register(
        actor=make.clerk(),
        unit_code=make.CODE,
        year=2022,
        records=[Record("procurement", "goods", DAY, D(1), D("26800.00"), "电脑", "small", paid.number)],
    )
    assert RegisterEntry.objects.get().payment_id == paid.pk
    make.unit("103002", "430204-police")
    with pytest.raises(NotHere):
        services.record_register(
            actor=SYSTEM,
            unit_code="103002",
            year=2022,
            records=[Record("procurement", "goods", DAY, D(1), D(1), "电脑", "small", paid.number)],
        )


def test_a_budget_given_by_the_system_is_the_same_for_everybody(books):
    make.budget([LineAmount(LineKey("2010301", "30201"), D("5.00"))], code="103001", year=2023)
    for reader in (make.clerk(), make.head(), make.leader(), make.treasury()):
        assert [r.amount for r in queries.lines(reader, make.CODE, 2023)] == [D("5.00")]
