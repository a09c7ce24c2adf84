"""Figures: one definition each, exact until the edge, opened to their rows, frozen once."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from wangge.kernel import metrics
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NoRight, Refusal
from wangge.kernel.metrics import Period, Place
from wangge.kernel.models import AuditEntry, MetricSnapshot, StoredFile

ACTOR = Actor(id=1, name="王芳", rights=frozenset({metrics.RIGHT_FREEZE}))
YEAR, HERE = Period.year(2022), Place(0, 999)


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    monkeypatch.setattr(metrics, "_registry", {})
    counts = {"done": 18434, "all": 18469}
    for code, number in counts.items():
        metrics.define(
            f"t.{code}",
            code,
            unit="件",
            formula="计数",
            query=lambda actor, period, place, n=number: n,  # type: ignore[misc]
            rows=lambda actor, period, place, n=number: [{"id": i} for i in range(n % 100)],  # type: ignore[misc]
        )
    metrics.ratio("t.rate", "率", numerator="t.done", denominator="t.all", formula="完成数 ÷ 总数 × 100%")
    return counts


PERIODS = [
    (Period.year(2022), "2022-01-01", "2023-01-01"),
    (Period.month(2022, 12), "2022-12-01", "2023-01-01"),
    (Period.month(2024, 2), "2024-02-01", "2024-03-01"),
    (Period.quarter(2022, 1), "2022-01-01", "2022-04-01"),
    (Period.quarter(2022, 4), "2022-10-01", "2023-01-01"),
    (Period.day(date(2022, 12, 31)), "2022-12-31", "2023-01-01"),
]


@pytest.mark.parametrize(("period", "start", "end"), PERIODS)
def test_periods(period, start, end):
    assert period == (date.fromisoformat(start), date.fromisoformat(end))


ROUNDING = [
    (Fraction(99805, 1000), 2, "99.81"),
    (Fraction(-99805, 1000), 2, "-99.81"),
    (Fraction(1005, 1000), 2, "1.01"),  # 1.005 as a binary fraction would give 1.00
    (Fraction(2, 3), 4, "0.6667"),
    (Fraction(5, 2), 0, "3"),
    (Fraction(7), 2, "7.00"),
    (Fraction(10**30 + 1, 2), 0, str(5 * 10**29 + 1)),
    (Fraction(-1, 1000), 2, "0.00"),
]


@pytest.mark.parametrize(("number", "digits", "text"), ROUNDING)
def test_rounding_half_up(number, digits, text):
    assert str(metrics.rounded(number, digits)) == text


def test_a_ratio_is_exact_until_the_edge_and_opens_to_the_rows_of_its_denominator():
    assert metrics.exact(ACTOR, "t.rate", YEAR, HERE) == Fraction(1843400, 18469)
    assert metrics.value(ACTOR, "t.rate", YEAR, HERE) == Decimal("99.81")
    assert metrics.value(ACTOR, "t.all", YEAR, HERE) == 18469
    assert len(list(metrics.rows(ACTOR, "t.rate", YEAR, HERE))) == 69


@pytest.mark.parametrize("below", [0, None])
def test_a_ratio_of_nothing_says_nothing(below):
    metrics.define("t.none", "无", unit="件", formula="", query=lambda *_: below, rows=lambda *_: [])
    metrics.ratio("t.r2", "率", numerator="t.done", denominator="t.none", formula="")
    assert metrics.value(ACTOR, "t.r2", YEAR, HERE) is None


def test_a_code_is_defined_once_and_an_unknown_one_is_refused():
    with pytest.raises(ValueError, match="twice"):
        metrics.define("t.all", "再", unit="件", formula="", query=lambda *_: 1, rows=lambda *_: [])
    with pytest.raises(Refusal, match=r"t\.x"):
        metrics.value(ACTOR, "t.x", YEAR, HERE)
    assert [m.code for m in metrics.all_metrics()] == ["t.all", "t.done", "t.rate"]


def test_the_definition_hash_follows_the_meaning():
    rate = metrics.get("t.rate")
    assert rate.definition_hash() == metrics.get("t.rate").definition_hash()
    metrics._registry.clear()
    metrics.ratio("t.rate", "率", numerator="t.done", denominator="t.all", formula="改了", version=2)
    assert metrics.get("t.rate").definition_hash() != rate.definition_hash()


@pytest.mark.django_db
class TestFrozen:
    def test_a_frozen_figure_is_what_it_was(self):
        kept = metrics.freeze(actor=ACTOR, code="t.rate", period=YEAR, place=HERE)
        metrics._registry.clear()
        found = metrics.frozen("t.rate", YEAR, HERE)
        assert found is not None
        assert (found.pk, found.value, found.rows_count, found.version) == (kept.pk, Decimal("99.81"), 69, 1)
        assert found.definition["formula"] == "完成数 ÷ 总数 × 100%"
        assert AuditEntry.objects.get(action="kernel.metric_frozen").data == {"version": 1, "value": "99.81"}

    def test_a_correction_needs_a_reason_and_leaves_the_first(self):
        metrics.freeze(actor=ACTOR, code="t.rate", period=YEAR, place=HERE)
        with pytest.raises(Refusal, match="更正原因"):
            metrics.freeze(actor=ACTOR, code="t.rate", period=YEAR, place=HERE)
        second = metrics.freeze(actor=ACTOR, code="t.rate", period=YEAR, place=HERE, correction="漏计一件")
        assert (second.version, second.reason) == (2, "漏计一件")
        assert metrics.frozen("t.rate", YEAR, HERE) == second
        assert MetricSnapshot.objects.count() == 2

    @pytest.mark.parametrize("change", [lambda q: q.update(value=1), lambda q: q.delete()])
    def test_a_frozen_figure_is_never_changed(self, change):
        metrics.freeze(actor=ACTOR, code="t.rate", period=YEAR, place=HERE)
        with pytest.raises(IntegrityError), transaction.atomic():
            change(MetricSnapshot.objects.all())

    def test_freezing_is_a_right(self):
        with pytest.raises(NoRight):
            metrics.freeze(actor=Actor(id=2, name="李强"), code="t.rate", period=YEAR, place=HERE)

    def test_the_digest_knows_rows_by_their_key_whatever_their_order(self):
        for n in range(3):
            StoredFile.objects.create(sha256=f"{n:064x}", size=1, media_type="x", original_name=str(n))
        all_files = StoredFile.objects.all()
        forth = metrics.rows_digest(all_files.order_by("id"))
        assert forth == metrics.rows_digest(list(all_files.order_by("-id")))
        assert forth[0] == 3
        assert forth != metrics.rows_digest(all_files[:2])
