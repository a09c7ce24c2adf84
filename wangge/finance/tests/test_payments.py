"""Spending: what stops a payment, who decides it, two clerks at once, sent twice, killed half-way, reversed in red."""

from datetime import date
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from wangge.finance import queries, services
from wangge.finance.accounts.models import Payment
from wangge.finance.accounts.rules import signals, stops
from wangge.finance.models import Entry
from wangge.finance.terms import LineKey, Source
from wangge.finance.tests import make
from wangge.kernel import files, metrics, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import CONSTRAINTS, NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry

D = Decimal
SHORT = Refusal("not_enough", "不足")
NOT_READY = Refusal("no_goals", "没有目标")


@pytest.mark.parametrize(
    ("given", "levels", "stop"),
    [
        ({}, [], None),
        ({"shortfall": SHORT}, ["block"], "not_enough"),
        ({"not_ready": NOT_READY}, ["forbid"], "no_goals"),
        ({"not_ready": NOT_READY, "shortfall": SHORT}, ["forbid", "block"], "no_goals"),
        ({"economic": "30217"}, ["attach"], "papers_missing"),
        ({"economic": "30217", "has_papers": True}, ["record"], None),
        ({"amount": D(50_000)}, ["attach"], "papers_missing"),
        ({"amount": D("49999.99")}, [], None),
        ({"used_after": D(90)}, ["remind"], None),
        ({"used_after": D("89.99")}, [], None),
        ({"used_after": D(100), "shortfall": SHORT}, ["block"], "not_enough"),
    ],
)
def test_what_the_check_of_a_payment_says(given, levels, stop):
    about: dict[str, Any] = {
        "economic": "30201",
        "amount": D(10),
        "shortfall": None,
        "used_after": D(10),
        "total": D(100),
        "has_papers": False,
        "not_ready": None,
    } | given
    found = signals(**about)
    assert [s.level for s in found] == levels
    first = stops(found)
    assert (first.code if first else None) == stop


@pytest.fixture
def books(district):
    make.budget()


def test_a_payment_goes_from_draft_to_the_books(books):
    clerk, head = make.clerk(), make.head()
    about: dict[str, Any] = {
        "unit_code": make.CODE,
        "year": make.YEAR,
        "line": make.OFFICE,
        "amount": D("1100.00"),
        "payee": "演示文具店",
        "purpose": "办公用品",
        "on": date(2022, 3, 10),
    }
    draft = services.draft_payment(actor=clerk, key=make.key(1), **about)
    assert (draft.state, make.money().committed) == ("draft", D(0))
    made = services.submit_payment(actor=clerk, number=draft.number)
    assert (made.state, make.money().committed) == ("submitted", D("1100.00"))
    assert queries.payments(SYSTEM, make.CODE, make.YEAR) == []
    paid = services.approve_payment(actor=head, number=made.number, voucher="记-0001", on=date(2022, 3, 12))
    line = make.money()
    assert (paid.state, line.committed, line.paid, line.available) == ("paid", D(0), D("1100.00"), D("11000.00"))
    (row,) = queries.payments(SYSTEM, make.CODE, make.YEAR)
    assert (row.function, row.economic, row.amount, row.ids) == ("2010301", "30201", D("1100.00"), (paid.pk,))
    assert [(e.counter, e.kind, e.amount) for e in queries.entries(SYSTEM, line.pk)][1:] == [
        ("committed", "commit", D("1100.00")),
        ("committed", "pay", D("-1100.00")),
        ("paid", "pay", D("1100.00")),
    ]
    acts = AuditEntry.objects.filter(subject=made.number).order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["finance.payment_drafted", "finance.payment_submitted", "finance.payment_approved"]
    assert queries.unbalanced(SYSTEM) == []


def test_a_draft_warns_and_its_submission_is_refused(books):
    clerk = make.clerk()
    draft = services.draft_payment(
        actor=clerk,
        unit_code=make.CODE,
        year=make.YEAR,
        line=make.OFFICE,
        amount=D("12100.01"),
        payee="演示文具店",
        purpose="办公用品",
        on=date(2022, 3, 10),
        key=make.key(1),
    )
    assert [s.code for s in queries.signals(clerk, draft)] == ["not_enough"]
    with pytest.raises(Refusal) as error:
        services.submit_payment(actor=clerk, number=draft.number)
    assert error.value.code == "not_enough"
    assert "超出 0.01 元" in error.value.sentence
    assert queries.payment(clerk, draft.number).state == "draft"


def test_without_a_line_nothing_is_spent(books):
    with pytest.raises(Refusal) as error:
        make.pay(make.clerk(), line=LineKey("2010301", "30217"))
    assert error.value.code == "no_line"
    assert "预算法第十三条" in error.value.sentence
    with pytest.raises(Refusal):
        make.pay(line=LineKey("2010301", "30201", Source.OTHER))
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"amount": "0"}, "bad_amount"),
        ({"amount": "-1"}, "bad_amount"),
        ({"amount": "1.001"}, "bad_amount"),
        ({"payee": " "}, "bad_text"),
        ({"purpose": "长" * 201}, "bad_text"),
        ({"on": date(2023, 1, 1)}, "wrong_year"),
        ({"papers": ["0" * 64]}, "file_missing"),
        ({"papers": ["x"]}, "file_hash"),
        ({"case_number": "WG430204202200001"}, "not_an_event_fund"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_whole(books, given, code):
    with pytest.raises(Refusal) as error, transaction.atomic():
        make.pay(make.clerk(), **given)
    assert error.value.code == code
    assert not Payment.objects.exists()
    assert make.money().committed == 0


def test_nobody_approves_what_they_asked_for(books):
    clerk = make.clerk()
    both = type(clerk)(
        **{
            **{f: getattr(clerk, f) for f in clerk.__slots__},
            "rights": clerk.rights | make.head().rights,
        }
    )
    made = make.pay(both)
    with pytest.raises(Refusal) as error:
        services.approve_payment(actor=both, number=made.number, voucher="记-1")
    assert error.value.code == "separation_of_duties"
    with pytest.raises(NoRight):
        services.approve_payment(actor=clerk, number=made.number, voucher="记-1")
    with pytest.raises(Refusal) as error:
        services.approve_payment(actor=make.head(), number=made.number, voucher=" ")
    assert error.value.field == "voucher"
    with pytest.raises(IntegrityError) as clash, transaction.atomic():
        Payment.objects.filter(pk=made.pk).update(
            state="paid", voucher="记-1", decided_by=clerk.id, decided_at=made.asked_at
        )
    assert make.violated(clash) == "a_payment_is_approved_by_another"


def test_a_returned_payment_frees_its_money_and_may_be_sent_again(books):
    clerk, head = make.clerk(), make.head()
    made = make.pay(clerk, "12000.00")
    services.return_payment(actor=head, number=made.number, note="发票抬头不符")
    assert make.money().available == D("12100.00")
    services.submit_payment(actor=clerk, number=made.number)
    assert make.money().available == D("100.00")
    services.cancel_payment(actor=clerk, number=made.number)
    assert make.money().available == D("12100.00")
    for act in (
        lambda: services.submit_payment(actor=clerk, number=made.number),
        lambda: services.cancel_payment(actor=clerk, number=made.number),
        lambda: services.approve_payment(actor=head, number=made.number, voucher="记-1"),
        lambda: services.return_payment(actor=head, number=made.number, note="再退"),
        lambda: services.reverse_payment(
            actor=clerk, number=made.number, reason="错", on=date(2022, 4, 1), key=make.key(5)
        ),
    ):
        with pytest.raises(Refusal) as error:
            act()
        assert error.value.code == "stale"


def test_a_draft_of_a_closed_month_is_submitted_on_another_day(books):
    clerk, head = make.clerk(), make.head()
    made = make.pay(clerk)
    services.return_payment(actor=head, number=made.number, note="缺清单")
    for month in (1, 2, 3):
        services.close_month(actor=head, unit_code=make.CODE, year=2022, month=month)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        services.submit_payment(actor=clerk, number=made.number)
    assert make.violated(error) == "a_closed_month_takes_no_postings"
    scan = files.put(b"%PDF-1.4\n%list\n%%EOF", name="list.pdf").sha256
    sent = services.submit_payment(actor=clerk, number=made.number, on=date(2022, 4, 2), papers=[scan])
    assert (sent.on, sent.files, sent.state) == (date(2022, 4, 2), [scan], "submitted")


def test_a_voucher_pays_a_line_once(books):
    make.paid("10.00", 1, "记-7")
    second = make.pay(amount="20.00", n=2)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        services.approve_payment(actor=make.head(), number=second.number, voucher="记-7")
    assert make.violated(error) == "a_voucher_pays_a_line_once"
    assert CONSTRAINTS["a_voucher_pays_a_line_once"][0] == "voucher_used"
    make.paid("5.00", 3, "记-7", line=make.WAGES)


def test_sent_twice_is_paid_once(books):
    clerk = make.clerk()
    first, again = make.pay(clerk, n=3), make.pay(clerk, n=3)
    assert (first.pk, make.money().committed) == (again.pk, D("1000.00"))
    for by, amount in ((clerk, "1000.01"), (make.clerk("another"), "1000.00")):
        with pytest.raises(Refusal) as error:
            make.pay(by, amount, n=3)
        assert error.value.code == "key_reused"


def test_a_payment_is_taken_back_in_red_by_two_people(books):
    clerk, head = make.clerk(), make.head()
    paid = make.paid("1000.00")
    red = services.reverse_payment(
        actor=clerk, number=paid.number, reason="多付", on=date(2022, 5, 6), key=make.key(50), amount=D("400.00")
    )
    assert (red.amount, red.state, make.money().paid) == (D("-400.00"), "submitted", D("1000.00"))
    services.approve_payment(actor=head, number=red.number, voucher="红-1")
    assert make.money().paid == D("600.00")
    with pytest.raises(Refusal) as error:
        services.reverse_payment(
            actor=clerk, number=paid.number, reason="多付", on=date(2022, 5, 6), key=make.key(51), amount=D("600.01")
        )
    assert error.value.code == "reversal_too_large"
    rest = services.reverse_payment(
        actor=clerk, number=paid.number, reason="错付", on=date(2022, 5, 7), key=make.key(52)
    )
    assert rest.amount == D("-600.00")
    services.approve_payment(actor=head, number=rest.number, voucher="红-2")
    assert queries.payment(SYSTEM, paid.number).state == "reversed"
    assert queries.payments(SYSTEM, make.CODE, make.YEAR) == []
    assert make.money().available == D("12100.00")
    assert Payment.objects.count() == 3, "nothing is deleted"
    assert queries.unbalanced(SYSTEM) == []
    with pytest.raises(Refusal):
        services.reverse_payment(actor=clerk, number=red.number, reason="反", on=date(2022, 5, 8), key=make.key(53))


def test_a_red_payment_can_be_withdrawn_and_binds_nothing(books):
    paid = make.paid("1000.00")
    red = services.reverse_payment(
        actor=make.clerk(), number=paid.number, reason="错", on=date(2022, 5, 6), key=make.key(5)
    )
    services.return_payment(actor=make.head(), number=red.number, note="无误")
    assert queries.payment(SYSTEM, red.number).state == "cancelled"
    assert (make.money().paid, make.money().committed) == (D("1000.00"), D(0))


def test_another_units_payment_does_not_exist(books):
    made, stranger = make.pay(make.clerk()), make.head("430204-police")
    for act in (
        lambda: queries.payment(stranger, made.number),
        lambda: queries.payment_list(stranger, make.CODE, make.YEAR),
        lambda: services.approve_payment(actor=stranger, number=made.number, voucher="记-1"),
        lambda: services.return_payment(actor=stranger, number=made.number, note="不"),
        lambda: make.pay(make.clerk("stranger", "430204-police"), n=9),
    ):
        with pytest.raises(NotHere):
            act()
    with scope.use(stranger):
        assert not Payment.objects.exists()
        assert not Entry.objects.exists()


def test_killed_half_way_nothing_is_written(books, monkeypatch):
    before = make.money().available, AuditEntry.objects.count()

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("wangge.finance.accounts.services.payments.audit.record", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        make.pay()
    monkeypatch.undo()
    assert (make.money().available, AuditEntry.objects.count()) == before
    assert not Payment.objects.exists()
    assert make.pay().state == "submitted", "the same act can be done again"


def test_the_figures_open_to_their_payments(books):
    make.paid("1100.00")
    make.paid("5000.00", 2, line=make.RUNNING)
    year, place = metrics.Period.year(2022), metrics.Place(make.make.SHIFENG, make.make.SHIFENG + 10**9 - 1)
    found = {c: metrics.value(SYSTEM, f"finance.{c}", year, place) for c in ("budget_total", "spent", "execution_rate")}
    assert found == {"budget_total": D("229500.00"), "spent": D("6100.00"), "execution_rate": D("2.66")}
    assert metrics.value(SYSTEM, "finance.operating", year, place) == D("1100.00")
    assert sum(p.amount for p in metrics.rows(SYSTEM, "finance.spent", year, place)) == D("6100.00")
    stranger = make.clerk("stranger", "430204-police")
    assert metrics.value(stranger, "finance.spent", year, place) == 0


def at_once(*acts):
    """Run the acts in threads that start together; what each returned or raised."""
    barrier = Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place, act):
        try:
            barrier.wait()
            with scope.system():
                results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return results


@pytest.fixture
def committed(_reference, transactional_db):
    make.make.forget()
    with scope.system():
        make.make.district()
        make.budget()
        return make.clerk(), make.clerk("second"), make.head()


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_cannot_spend_the_same_money(committed):
    one, two, _ = committed
    results = at_once(
        lambda: make.pay(one, "7000.00", n=1, papers=()), lambda: make.pay(two, "7000.00", n=2, papers=())
    )
    assert sum(isinstance(r, Payment) for r in results) == 1
    assert [r.code for r in results if isinstance(r, Refusal)] == ["not_enough"]
    with scope.system():
        assert make.money().committed == D("7000.00")
        assert queries.unbalanced(SYSTEM) == []


@pytest.mark.django_db(transaction=True)
def test_one_click_sent_twice_at_once_is_one_payment(committed):
    clerk = committed[0]
    results = at_once(lambda: make.pay(clerk, n=1), lambda: make.pay(clerk, n=1))
    assert {type(r) for r in results} == {Payment}
    assert results[0].pk == results[1].pk
    with scope.system():
        assert make.money().committed == D("1000.00")


@pytest.mark.django_db(transaction=True)
def test_two_heads_at_once_pay_once(committed):
    clerk, _, head = committed
    with scope.system():
        made = make.pay(clerk)
    results = at_once(
        lambda: services.approve_payment(actor=head, number=made.number, voucher="记-1"),
        lambda: services.approve_payment(actor=head, number=made.number, voucher="记-2"),
    )
    assert sum(isinstance(r, Payment) for r in results) == 1
    assert [r.code for r in results if isinstance(r, Refusal)] == ["stale"]
    with scope.system():
        assert (make.money().paid, make.money().committed) == (D("1000.00"), D(0))


@pytest.mark.django_db(transaction=True)
def test_a_payment_and_the_close_of_its_month_at_once_agree(committed):
    clerk, _, head = committed
    with scope.system():
        for month in (1, 2):
            services.close_month(actor=head, unit_code=make.CODE, year=2022, month=month)
    results = at_once(
        lambda: make.pay(clerk),
        lambda: services.close_month(actor=head, unit_code=make.CODE, year=2022, month=3),
    )
    failed = [r for r in results if isinstance(r, Exception)]
    assert len(failed) == 1, results
    with scope.system():
        closed = queries.is_closed(queries.unit(SYSTEM, make.CODE), 2022, 3)
        assert closed == (make.money().committed == 0)
    if closed:
        assert "closed period" in str(failed[0])
    else:
        assert isinstance(failed[0], Refusal)
        assert failed[0].code == "payments_wait"
