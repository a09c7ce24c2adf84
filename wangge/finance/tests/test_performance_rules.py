"""Scoring, weights, grades, forms as a whole and forecasts, as tables. The vectors of published forms are facts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.finance.performance import rules
from wangge.finance.performance.rules import Row, Weighed
from wangge.finance.terms import parse_target
from wangge.kernel import flow

D = Decimal


@pytest.mark.parametrize(
    ("budget", "spent", "rate", "score"),
    [
        ("1618.17", "1538.71", "95.09", "9.51"),
        ("10", "5.82", "58.20", "5.82"),
        ("21.7", "0", "0.00", "0.00"),
        ("36.89", "36.89", "100.00", "10.00"),
        ("456.9", "435.55", "95.33", "9.53"),
        ("1807.27", "1681.70", "93.05", "9.31"),
        ("180.8", "194.76", "107.72", "10.00"),
        ("0", "0", None, None),
        (None, None, None, None),
    ],
)
def test_execution(budget, spent, rate, score):
    given_budget, given_spent = (D(budget) if budget else None), (D(spent) if spent else None)
    found = rules.execution_rate(given_budget, given_spent), rules.execution_score(D(10), given_budget, given_spent)
    assert found == (D(rate) if rate else None, D(score) if score else None)


@pytest.mark.parametrize(
    ("total", "name"),
    [
        ("100", "优"),
        ("90", "优"),
        ("89.99", "良"),
        ("80", "良"),
        ("79.99", "中"),
        ("60", "中"),
        ("59.99", "差"),
        ("0", "差"),
    ],
)
def test_the_lower_bound_belongs_to_the_better_grade(total, name):
    assert rules.grade(D(total)) == name


@pytest.mark.parametrize(
    ("target", "actual", "points", "met", "flagged"),
    [
        ("≥10000件", "18469", "10", True, True),
        ("≥10000件", "14000", "10", True, False),
        ("≥95%", "99.81", "10", True, False),
        ("≥95%", "95", "10", True, False),
        ("≥95%", "90", "9.47", False, False),
        (">90%", "90", "9.99", False, False),
        (">90%", "90.01", "10", True, False),
        ("≤3天", "3", "10", True, False),
        ("≤3天", "4", "7.50", False, False),
        ("≤0件", "1", "0.00", False, False),
        ("=30人", "30", "10", True, False),
        ("=30人", "27", "9.00", False, False),
        ("=30人", "40", "7.50", False, False),
        ("12次", "16", "10", True, False),
        ("12次", "9", "7.50", False, False),
        ("≥200次", "0", "0.00", False, False),
    ],
)
def test_a_number_is_scored_in_proportion(target, actual, points, met, flagged):
    read = parse_target(target)
    assert read is not None
    found = rules.score_quantitative(D(10), read, D(actual), 2022)
    assert (found.points, found.met, found.flagged) == (D(points), met, flagged)
    assert ("满分" in found.explanation) is met


@given(
    weight=st.decimals("0.01", "50", places=2),
    target=st.decimals("0", "100000", places=2),
    actual=st.decimals("0", "100000", places=2),
    sign=st.sampled_from(["≥", "≤", "=", ">", "<", ""]),
)
def test_points_stay_within_the_weight_and_full_ones_mean_reached(weight, target, actual, sign):
    read = parse_target(f"{sign}{target:f}件")
    assert read is not None
    found = rules.score_quantitative(weight, read, actual, 2022)
    assert D(0) <= found.points <= weight
    assert not found.met or found.points == weight


@pytest.mark.parametrize(
    ("band", "score", "fits"),
    [
        ("reached", "8", True),
        ("reached", "10", True),
        ("reached", "7.99", False),
        ("partly", "6", True),
        ("partly", "8.5", False),
        ("missed", "0", True),
        ("missed", "6.01", False),
        ("", "5", False),
    ],
)
def test_words_are_scored_within_their_band(band, score, fits):
    assert (rules.check_band(D(10), band, D(score), 2022) is None) is fits


ALL = [
    "数量指标",
    "质量指标",
    "时效指标",
    "成本指标",
    "经济效益指标",
    "社会效益指标",
    "生态效益指标",
    "可持续影响指标",
    "服务对象满意度指标",
]


def weighed(*weights: str, without: tuple[str, ...] = ()) -> list[Weighed]:
    return [Weighed(n, n not in without, D(w)) for n, w in zip(ALL, weights, strict=True)]


def test_points_of_what_does_not_apply_move_within_the_first_level():
    rows = weighed("10", "15", "10", "15", "10", "10", "0", "10", "10", without=("生态效益指标",))
    assert rules.redistribute(rows, 2022)[1] == [D(w) for w in ("10", "15", "10", "15", "10", "10", "0", "10", "10")]
    rows = weighed("10", "20", "10", "10", "10", "10", "5", "5", "10", without=("经济效益指标", "生态效益指标"))
    assert rules.redistribute(rows, 2022)[1][4:8] == [D(0), D(20), D(0), D(10)]


def test_without_a_budget_the_points_of_execution_go_to_output():
    execution, weights = rules.redistribute(weighed(*["10"] * 9), 2022, execution=False)
    assert execution == 0
    assert (sum(weights[:4]), sum(weights[4:8]), weights[8]) == (60, 30, 10)


def test_a_first_level_of_which_nothing_applies_gives_its_points_away():
    _, weights = rules.redistribute(weighed(*["10"] * 9, without=("服务对象满意度指标",)), 2022)
    assert sum(weights) == 90
    assert weights[8] == 0


@given(
    st.lists(st.tuples(st.sampled_from(ALL), st.booleans(), st.decimals("0", "50", places=2)), min_size=1, max_size=30),
    st.booleans(),
)
def test_whatever_applies_the_points_add_up_to_a_hundred(rows, execution):
    given_rows = [Weighed(*r) for r in rows]
    spent, weights = rules.redistribute(given_rows, 2022, execution=execution)
    if any(r.applies for r in given_rows):
        assert spent + sum(weights) == 100
    assert all(w == 0 for w, r in zip(weights, given_rows, strict=True) if not r.applies)
    assert all(w >= 0 for w in weights)


def goal_rows(**changes: str) -> list[Row]:
    weights = dict(zip(ALL, map(D, ("10", "15", "10", "15", "10", "10", "0", "10", "10")), strict=True))
    return [
        Row(n, "指标", changes.get(n, "≥1件") if n != "生态效益指标" else changes.get(n, "不适用"), weights[n])
        for n in ALL
    ]


def test_a_sound_form_has_no_faults():
    assert rules.check_goals(goal_rows(), 2022) == []


def test_a_form_lacks_what_it_lacks():
    rows = [r for r in goal_rows() if r.level2 not in ("时效指标", "服务对象满意度指标")]
    found = rules.check_goals(rows, 2022)
    assert [f.code for f in found] == ["kind_missing", "kind_missing", "weight_sum", "weight_sum"]
    assert "时效指标" in found[0].sentence
    assert "满意度" in found[1].sentence


def test_a_weight_beside_not_applicable_is_a_fault():
    rows = [Row("生态效益指标", "无", "无", D(10)), *[r for r in goal_rows() if r.level2 != "生态效益指标"]]
    assert [f.code for f in rules.check_goals(rows, 2022)] == ["weight_not_applicable", "weight_sum"]


def result(level2: str = "时效指标", weight: str = "10", score: str | None = "10", **more) -> Row:
    given_row = {"actual": "已办", "reason": ""} | more
    return Row(level2, "指标", "≥1件", D(weight), score=D(score) if score is not None else None, **given_row)


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        (result(), []),
        (result(score=None), ["score_missing"]),
        (result(score="11"), ["score_range"]),
        (result(score="7"), ["reason_missing"]),
        (result(score="7", reason="上级调整了时间"), []),
        (result(actual=""), ["actual_missing"]),
        (result(flagged=True), ["reason_missing"]),
        (result(evidence=False), ["evidence_missing"]),
        (result(actual="107.72%"), ["actual_over_hundred"]),
        (Row("生态效益指标", "无", "无", D(0), score=D(1)), ["score_range"]),
    ],
)
def test_what_is_wrong_with_a_result(row, codes):
    found = rules.check_evaluation([row], 2022, budget=D(1), spent=D(1), execution_weight=D(10))
    assert [f.code for f in found if not f.code.startswith("weight_")] == codes


def test_full_output_without_spending_asks_for_proof():
    rows = [
        result(n, w, w) for n, w in zip(ALL, ("20", "10", "10", "10", "10", "10", "0.01", "9.99", "10"), strict=True)
    ]
    at = {"budget": D("21.7"), "execution_weight": D(10)}
    assert [f.code for f in rules.check_evaluation(rows, 2022, spent=D(0), **at)] == ["full_output_unspent"]
    assert rules.check_evaluation(rows, 2022, spent=D(1), **at) == []
    explained = [result("数量指标", "20", "20", reason="已签收，合同 3 号，资金次年支付"), *rows[1:]]
    assert rules.check_evaluation(explained, 2022, spent=D(0), **at) == []


def test_a_total_waits_for_every_row():
    assert rules.total_score(D("9.5"), [D(87), D(0)]) == D("96.5")
    assert rules.total_score(D("9.5"), [D(87), None]) is None
    assert rules.total_score(None, [D(87)]) == D(87)


def test_forecast_by_time_and_by_last_years_course():
    made = rules.forecast(D(700), 212, 365)
    assert made is not None
    assert rules.points(made.value) == D("1205.19")
    assert made.seasonal is None
    # Half of last year's money was paid in December: by the end of July only a fifth of the year's had gone.
    course = [D(v) for v in (10, 0, 10, 0, 10, 0, 10, 10, 0, 0, 0, 50)]
    late = rules.forecast(D(40), 212, 365, course)
    assert late is not None
    assert late.seasonal is not None
    assert D(95) < late.value < D(101)
    assert "上年同期" in late.explanation
    assert rules.forecast(D(1), 0, 365) is None
    whole = rules.forecast(D(40), 365, 365, course)
    assert whole is not None
    assert whole.value == 40


@pytest.mark.parametrize(
    ("target", "expected", "warning"),
    [
        ("≥100件", "100", "none"),
        ("≥100件", "95", "yellow"),
        ("≥100件", "90", "yellow"),
        ("≥100件", "80", "orange"),
        ("≥100件", "69.9", "red"),
        ("≤3天", "2", "none"),
        ("≤3天", "6", "red"),
    ],
)
def test_a_forecast_that_misses_is_warned_of(target, expected, warning):
    read = parse_target(target)
    assert read is not None
    assert rules.warn_goal(read, D(expected), 2022) == warning


@pytest.mark.parametrize(
    ("budget", "expected", "warning"),
    [
        ("100", "100", "none"),
        ("100", "95", "none"),
        ("100", "94", "yellow"),
        ("100", "80", "orange"),
        ("100", "60", "red"),
        ("100", "101", "red"),
        ("0", "1", "red"),
        ("0", "0", "none"),
    ],
)
def test_spending_is_warned_of_both_ways(budget, expected, warning):
    assert rules.warn_spending(D(budget), D(expected), 2022) == warning


@pytest.mark.parametrize("table", [rules.GOAL_MOVES, rules.EVALUATION_MOVES])
def test_every_state_has_a_way_out(table):
    assert flow.dead_ends(table, rules.FINAL) == set()
