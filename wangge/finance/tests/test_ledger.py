"""Lines in force: adjustments, freezing, carrying over, and that counters are the sums of their entries."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from wangge.finance import queries, services
from wangge.finance.budget import rules
from wangge.finance.models import Appropriation, Entry
from wangge.finance.terms import LineAmount, LineKey, Source, Stage
from wangge.finance.tests import make
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import CONSTRAINTS, NoRight, NotHere, Refusal

D = Decimal
NEW = LineKey("2010399", "30227", project="P1")


@pytest.mark.parametrize(
    ("kind", "amounts", "code"),
    [
        ("supplement", [1], None),
        ("supplement", [-1], "adjustment_sign"),
        ("withdraw", [1, 2], None),
        ("freeze", [-1], "adjustment_sign"),
        ("transfer", [5, -5], None),
        ("transfer", [5, -2, -3], None),
        ("transfer", [5, -4], "transfer_not_even"),
        ("transfer", [5], "transfer_not_even"),
        ("transfer", [], "no_items"),
        ("gift", [1], "adjustment_kind"),
    ],
)
def test_what_an_adjustment_may_add_up_to(kind, amounts, code):
    refusal = rules.check_adjustment(kind, [D(a) for a in amounts])
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(
    ("wanted", "short"), [("49.99", None), ("50.00", None), ("50.01", "0.01"), ("1000000.00", "999950.00")]
)
def test_available_is_what_is_left_of_a_line(wanted, short):
    balance = rules.Balance(D(100), D(20), D(30), D(25), D(15))
    refusal = rules.enough(balance, D(wanted))
    assert (refusal.data["short"] if refusal else None) == short
    assert balance.words() == "批复 100.00 + 调整 20.00 − 冻结 30.00 − 占用 25.00 − 已付 15.00 = 可用 50.00 元"


@pytest.fixture
def books(district):
    make.budget()


def asked(kind="supplement", amount="329.08", line=NEW, **given):
    about: dict[str, Any] = {
        "actor": make.clerk(),
        "unit_code": make.CODE,
        "year": make.YEAR,
        "reason": "年中追加工作经费",
        "on": date(2022, 6, 1),
        "items": [LineAmount(line, D(amount))],
    } | given
    return services.adjust(kind=kind, **about)


def decided(adjustment, grant=True, by=None, **given):
    about: dict[str, Any] = {"document": "财追〔2022〕7号", "note": "已核"} | given
    return services.decide_adjustment(actor=by or make.treasury(), number=adjustment.number, grant=grant, **about)


def test_a_supplement_makes_the_line_it_names(books):
    one = asked()
    assert not Appropriation.objects.filter(function="2010399").exists()
    decided(one)
    line = make.money(NEW)
    assert (line.approved, line.adjusted, line.available) == (D(0), D("329.08"), D("329.08"))
    initial = [r.function for r in queries.lines(SYSTEM, make.CODE, make.YEAR)]
    adjusted = {r.function: r.amount for r in queries.lines(SYSTEM, make.CODE, make.YEAR, Stage.ADJUSTED)}
    assert "2010399" not in initial
    assert adjusted["2010399"] == D("329.08")
    assert queries.adjusted_by(SYSTEM, make.CODE, make.YEAR) == {"supplement": D("329.08")}
    entry = queries.entries(SYSTEM, line.pk).get()
    assert (entry.document, entry.adjustment_id) == ("财追〔2022〕7号", one.pk)


def test_a_transfer_moves_and_adds_up_to_nothing(books):
    moved = [LineAmount(make.OFFICE, D("-2100.00")), LineAmount(make.WAGES, D("2100.00"))]
    decided(asked("transfer", items=moved))
    assert (make.money().available, make.money(make.WAGES).available) == (D("10000.00"), D("119500.00"))
    assert queries.adjusted_by(SYSTEM, make.CODE, make.YEAR) == {"transfer": D(0)}
    assert queries.unbalanced(SYSTEM) == []


def test_what_is_spent_is_neither_withdrawn_nor_frozen_nor_moved(books):
    make.paid("12000.00")
    for kind, items in (
        ("withdraw", [LineAmount(make.OFFICE, D("100.01"))]),
        ("freeze", [LineAmount(make.OFFICE, D("100.01"))]),
        ("transfer", [LineAmount(make.WAGES, D("100.01")), LineAmount(make.OFFICE, D("-100.01"))]),
    ):
        one = asked(kind, items=items)
        with pytest.raises(Refusal) as error:
            decided(one)
        assert (error.value.code, error.value.data["short"]) == ("not_enough", "0.01")
    assert make.money().available == D("100.00")
    assert make.money(make.WAGES).adjusted == D(0), "the other half of the transfer stayed"


def test_frozen_money_is_not_spent_until_it_is_thawed(books):
    decided(asked("freeze", "12000.00", make.OFFICE))
    with pytest.raises(Refusal) as error:
        make.pay(amount="100.01")
    assert error.value.code == "not_enough"
    with pytest.raises(Refusal) as error:
        decided(asked("unfreeze", "12000.01", make.OFFICE))
    assert error.value.code == "not_frozen"
    decided(asked("unfreeze", "12000.00", make.OFFICE))
    make.pay(amount="12100.00")


def test_an_adjustment_is_decided_once_by_another(books):
    one = asked(actor=SYSTEM)
    decided(one)
    with pytest.raises(Refusal) as error:
        decided(one)
    assert error.value.code == "decided"
    refused = decided(asked(), grant=False, document="", note="无依据")
    assert (refused.state, refused.note) == ("refused", "无依据")
    with pytest.raises(NoRight):
        decided(asked(), by=make.clerk())
    with pytest.raises(NotHere):
        asked(actor=make.clerk("stranger", "430204-police"))
    for given, field in (({"document": ""}, "document"), ({"grant": False, "note": ""}, "note")):
        with pytest.raises(Refusal) as error:
            decided(asked(), **given)
        assert error.value.field == field


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reason": " "}, "no_reason"),
        ({"on": date(2021, 6, 1)}, "wrong_year"),
        ({"year": 22}, "bad_year"),
        ({"kind": "withdraw"}, "no_line"),
        ({"amount": "0.001"}, "bad_amount"),
        ({"line": LineKey("2089901", "30201")}, "code_not_in_year"),
    ],
)
def test_an_adjustment_that_cannot_be_is_refused(books, given, code):
    with pytest.raises(Refusal) as error:
        asked(**given)
    assert error.value.code == code


def test_unspent_money_is_carried_over_once(books):
    make.paid("5817.00")
    services.recognise_appropriations(actor=SYSTEM, unit_code=make.CODE, year=make.YEAR, on=date(2022, 12, 31))
    carry: dict[str, Any] = {
        "actor": make.treasury(),
        "unit_code": make.CODE,
        "year": 2023,
        "document": "财结〔2023〕2号",
        "on": date(2023, 1, 20),
    }
    with pytest.raises(Refusal) as error:
        services.carry_over(items=[LineAmount(make.OFFICE, D("6283.00"))], **carry)
    assert error.value.code == "year_not_closed"
    services.close_year(actor=make.head(), unit_code=make.CODE, year=make.YEAR)
    services.carry_over(items=[LineAmount(make.OFFICE, D("6000.00"))], **carry)
    with pytest.raises(Refusal) as error:
        services.carry_over(items=[LineAmount(make.OFFICE, D("283.01"))], **carry)
    assert error.value.code == "nothing_to_carry"
    assert "最多还可结转 283.00 元" in error.value.sentence
    services.carry_over(items=[LineAmount(make.OFFICE, D("283.00"))], **carry)
    (row,) = queries.lines(SYSTEM, make.CODE, 2023, Stage.ADJUSTED)
    assert (row.source, row.origin, row.amount) == (Source.CARRYOVER, Source.GENERAL, D("6283.00"))
    assert queries.lines(SYSTEM, make.CODE, 2023) == []
    key = LineKey("2010301", "30201", Source.CARRYOVER, origin=Source.GENERAL)
    made = make.pay(amount="6283.00", n=7, line=key, year=2023, on=date(2023, 2, 1))
    assert made.line.available == D(0)
    assert queries.unbalanced(SYSTEM) == []


def test_the_ledger_is_only_added_to(books):
    entry = Entry.objects.order_by("pk")[0]
    for act in (lambda: Entry.objects.filter(pk=entry.pk).update(amount=1), entry.delete):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            act()
        assert make.violated(error) == "append_only"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("paid = 12100.01", "spending_stays_within_its_line"),
        ("committed = -1", "no_counter_of_a_line_is_negative"),
        ("adjusted = -12100.01", "spending_stays_within_its_line"),
    ],
)
def test_the_database_itself_keeps_a_line_above_zero(books, change, constraint):
    line = make.money()
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"update finance_appropriation set {change} where id = %s", [line.pk])  # noqa: S608 (ours)
    assert make.violated(error) == constraint


def test_a_counter_that_left_its_entries_is_found(books):
    line = make.money()
    Appropriation.objects.filter(pk=line.pk).update(paid=D("1.00"))
    assert queries.unbalanced(SYSTEM) == [f"{line.unit.name} 2022 年指标 {line.pk}：支付数 1.00，账上合计 0"]


OURS = [m for m in apps.get_app_config("finance").get_models() if ".performance." not in m.__module__]


@pytest.mark.parametrize("model", OURS, ids=lambda m: m.__name__)
def test_every_constraint_of_the_books_speaks(model):
    assert [c.name for c in model._meta.constraints if c.name not in CONSTRAINTS] == []


def test_every_table_of_the_books_is_hidden_from_strangers(books):
    one = asked(items=[LineAmount(make.OFFICE, D("5.00"))])
    decided(one)
    make.paid()
    make.receive()
    shared = {"LocalCode", "Standard"}  # what a district's chart and standards are is no secret
    stranger = make.clerk("stranger", "430204-police")
    with scope.use(stranger):
        seen = {m.__name__: m._default_manager.count() for m in OURS if m.__name__ not in shared}
    assert {k: v for k, v in seen.items() if v} == {}
    with scope.use(make.clerk()):
        seen = {m.__name__: m._default_manager.count() for m in OURS}
    filled = {
        "BudgetUnit",
        "Project",
        "Preparation",
        "PreparedLine",
        "Period",
        "Appropriation",
        "Entry",
        "Payment",
        "Income",
    }
    assert {k for k, v in seen.items() if v} >= filled | {"Adjustment", "AdjustmentItem"}


def test_the_whole_way_in_everybodys_own_scope(district):
    """Nothing in the flow needs more sight than the post of whoever does it has."""
    make.unit()
    clerk, head, leader, treasury = make.clerk(), make.head(), make.leader(), make.treasury()

    def step(actor, command, **given):
        with scope.use(actor):
            services.move_preparation(actor=actor, preparation_id=version.pk, command=command, **given)

    with scope.use(clerk):
        version = services.open_preparation(actor=clerk, unit_code=make.CODE, year=make.YEAR)
        services.set_lines(actor=clerk, preparation_id=version.pk, lines=make.LINES)
    step(clerk, "submit")
    step(leader, "approve")
    step(treasury, "accept")
    step(treasury, "issue", document="财预〔2022〕1号", on=date(2022, 1, 15))
    with scope.use(clerk):
        one = asked(actor=clerk, items=[LineAmount(make.OFFICE, D("500.00"))])
    with scope.use(treasury):
        decided(one, by=treasury)
    with scope.use(clerk):
        made = make.pay(clerk, "12600.00")
    with scope.use(head):
        services.approve_payment(actor=head, number=made.number, voucher="记-1")
    with scope.use(clerk):
        red = services.reverse_payment(
            actor=clerk, number=made.number, reason="错", on=date(2022, 3, 11), key=make.key(7)
        )
    with scope.use(leader):
        services.approve_payment(actor=leader, number=red.number, voucher="红-1")
    with scope.use(head):
        services.close_month(actor=head, unit_code=make.CODE, year=make.YEAR, month=1)
        services.close_year(actor=head, unit_code=make.CODE, year=make.YEAR)
    with scope.use(treasury):
        services.carry_over(
            actor=treasury,
            unit_code=make.CODE,
            year=2023,
            items=[LineAmount(make.OFFICE, D("12600.00"))],
            document="财结〔2023〕1号",
            on=date(2023, 1, 9),
        )
        assert queries.unbalanced(treasury) == []
