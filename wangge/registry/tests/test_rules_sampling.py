"""抽查: allocation, order of the draw, intervals and what a check may say, as tables."""

from datetime import date
from typing import Any

import pytest

from wangge.kernel.errors import Refusal
from wangge.registry.rules import sampling as s

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("population", "margin", "confidence", "wanted"),
    [
        (0, 0.03, 0.95, 0),
        (10, 0.03, 0.95, 10),
        (1_000, 0.05, 0.95, 278),  # Cochran 4.4 with the finite correction, rounded up
        (300_000, 0.03, 0.95, 1_064),
        (300_000, 0.015, 0.95, 4_209),
        (1_000_000_000, 0.05, 0.95, 385),
    ],
)
def test_how_many_it_takes(population, margin, confidence, wanted):
    assert s.sample_size(population, margin, confidence) == wanted


@pytest.mark.parametrize(
    ("sizes", "total", "least", "wanted"),
    [
        ({"a": 500, "b": 300, "c": 200}, 10, 1, {"a": 5, "b": 3, "c": 2}),
        ({"a": 333, "b": 333, "c": 334}, 10, 1, {"a": 3, "b": 3, "c": 4}),  # the largest remainder
        ({"a": 100, "b": 100, "c": 100}, 10, 1, {"a": 4, "b": 3, "c": 3}),  # equal remainders: the first key
        ({"a": 1_000, "b": 1, "c": 0}, 10, 2, {"a": 9, "b": 1, "c": 0}),  # never more than there are, none from nobody
        ({"a": 9_990, "b": 5, "c": 5}, 20, 3, {"a": 14, "b": 3, "c": 3}),  # the least first, the rest in proportion
        ({"a": 3, "b": 2}, 5, 1, {"a": 3, "b": 2}),  # everybody
        ({"a": 60, "b": 39, "c": 1}, 10, 0, {"a": 6, "b": 4, "c": 0}),
    ],
)
def test_the_sample_is_shared_out(sizes, total, least, wanted):
    assert s.allocate(sizes, total, least) == wanted


@pytest.mark.parametrize(
    ("sizes", "total", "least", "code"),
    [
        ({"a": 3}, 4, 1, "sample_too_large"),
        ({"a": 5, "b": 5, "c": 5}, 5, 2, "sample_too_small"),
        ({}, 1, 1, "sample_too_large"),
    ],
)
def test_a_sample_that_cannot_be_shared_out_is_refused(sizes, total, least, code):
    with pytest.raises(Refusal) as refused:
        s.allocate(sizes, total, least)
    assert refused.value.code == code


def test_every_total_is_met_exactly_within_every_stratum():
    sizes = {k: (k * 7919) % 613 for k in range(1, 40)}
    for total in range(39, 2_000, 37):
        given = s.allocate(sizes, total, 1)
        assert sum(given.values()) == total
        assert all(min(1, sizes[k]) <= n <= sizes[k] for k, n in given.items())


def test_the_draw_can_be_done_again_and_nobody_moves_another():
    members = {"x": range(1, 400), "y": range(400, 500)}
    first = s.draw("2026-03", members, {"x": 20, "y": 5})
    assert first == s.draw(
        "2026-03", {"y": list(reversed(range(400, 500))), "x": set(range(1, 400))}, {"x": 20, "y": 5}
    )
    assert first != s.draw("2026-04", members, {"x": 20, "y": 5})
    without = {"x": [i for i in range(1, 400) if i != first["x"][0]], "y": range(400, 500)}
    assert s.draw("2026-03", without, {"x": 19, "y": 5})["x"] == first["x"][1:]


def test_the_draw_favours_nobody():
    """Each of 1,000 people over 400 seeds: chi-squared far below the 0.999 quantile (1,143 for 999 degrees)."""
    seen = dict.fromkeys(range(1_000), 0)
    for seed in range(400):
        for one in s.draw(str(seed), {"x": range(1_000)}, {"x": 100})["x"]:
            seen[one] += 1
    assert sum(seen.values()) == 40_000
    assert sum((n - 40) ** 2 / 40 for n in seen.values()) < 1_143


@pytest.mark.parametrize(
    ("roles", "kind"),
    [
        ((), "other"),
        (("hukou",), "hukou"),
        (("hukou", "migrant"), "migrant"),
        (("hukou", "left_behind", "foreigner"), "foreigner"),
    ],
)
def test_one_kind_a_person(roles, kind):
    assert s.stratum_kind(roles) == kind


@pytest.mark.parametrize(
    ("wrong", "judged", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),  # Wilson 1927; values as in statsmodels.proportion_confint(method="wilson")
        (10, 10, 0.7225, 1.0),
        (1, 10, 0.0179, 0.4042),
        (5, 10, 0.2366, 0.7634),
        (813, 4_640, 0.1645, 0.1864),
    ],
)
def test_the_interval_of_a_share(wrong, judged, low, high):
    found = s.wilson(wrong, judged)
    assert [round(x, 4) for x in found] == [low, high]


def test_a_stratified_share_weighs_each_stratum_by_its_people():
    found = s.stratified([(9_000, 100, 10), (1_000, 100, 50)])
    assert found.value == pytest.approx(0.9 * 0.1 + 0.1 * 0.5)
    assert found.value is not None
    assert found.low < found.value < found.high
    assert (found.wrong, found.judged) == (60, 200)
    # Against the plain normal interval of the same estimator: they agree to a tenth of its width.
    variance = 0.81 * 0.09 / 99 * (1 - 100 / 9_000) + 0.01 * 0.25 / 99 * 0.9
    assert found.high - found.low == pytest.approx(2 * 1.96 * variance**0.5, rel=0.1)


def test_strata_where_nobody_was_judged_say_nothing():
    assert s.stratified([(9_000, 0, 0)]) == s.Rate(0, 0, None, 0.0, 1.0)
    assert s.stratified([(9_000, 0, 0), (100, 10, 1)]).value == pytest.approx(0.1)
    assert s.stratified([(500, 10, 0), (500, 10, 0)]).low == 0.0


FIELDS = ["name", "phone", "state"]


@pytest.mark.parametrize(
    ("results", "changes", "code", "field"),
    [
        ({"name": "correct", "phone": "correct"}, {}, "no_result", "state"),
        ({"name": "correct", "phone": "right", "state": "correct"}, {}, "no_result", "phone"),
        ({"name": "correct", "phone": "corrected", "state": "correct"}, {}, "no_new_value", "phone"),
        (
            {"name": "correct", "phone": "correct", "state": "correct"},
            {"phone": "14200000001"},
            "value_without_result",
            "phone",
        ),
        ({"name": "correct", "phone": "correct", "state": "correct", "sex": "correct"}, {}, "field_not_planned", "sex"),
        ({"name": "correct", "phone": "unknown", "state": "corrected"}, {"state": "gone"}, "unknown_state", "state"),
    ],
)
def test_a_check_says_something_of_every_field(results, changes, code, field):
    with pytest.raises(Refusal) as refused:
        s.findings(FIELDS, results, changes)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_whole_check_is_kept():
    said = {"name": "correct", "phone": "corrected", "state": "unknown"}
    assert s.findings(FIELDS, said, {"phone": "14200000001"}) == said


def test_nobody_checks_their_own_work():
    s.must_be_another("王核", {"李采"})
    s.must_be_another("王核", set())
    with pytest.raises(Refusal, match="须由他人办理"):
        s.must_be_another("李采", {"李采", "王核"})


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"title": " "}, "no_title"),
        ({"fields": []}, "no_fields"),
        ({"fields": ["blood"]}, "unknown_field"),
        ({"kinds": ["released"]}, "unknown_kind"),  # a special group is no stratum: the plan would betray it
        ({"size": 0}, "bad_size"),
        ({"due_on": date(2026, 3, 9)}, "due_in_the_past"),
    ],
)
def test_a_plan_that_cannot_be_drawn_is_refused(given, code):
    sound: dict[str, Any] = {
        "title": "三月抽查",
        "fields": ["name"],
        "kinds": [],
        "size": 10,
        "due_on": TODAY,
        "today": TODAY,
    }
    s.plan_faults(**sound)
    with pytest.raises(Refusal) as refused:
        s.plan_faults(**(sound | given))
    assert refused.value.code == code
