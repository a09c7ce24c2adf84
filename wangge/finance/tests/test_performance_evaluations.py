"""Self-evaluation: from the books to the grade, forms as published, eight clerks at once."""

from threading import Thread
from typing import Any

import pytest
from django.db import connection

from tests import make
from wangge.finance.models import PerformanceEvaluation
from wangge.finance.performance import queries, services, terms
from wangge.finance.tests import make as fmake
from wangge.finance.tests.make_performance import D, act, approved, drawn, evaluated, judge
from wangge.identity import queries as identity
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(district: None) -> None:
    fmake.budget(year=2025)


# ---- self-evaluation ----------------------------------------------------------------------------------------------


def test_a_self_evaluation_from_the_books_to_its_grade(books):
    form = evaluated(fmake.clerk())
    value = queries.self_evaluations(fmake.treasury(), fmake.CODE, 2025)[0]
    assert [(f.kind, f.initial, f.budget, f.spent) for f in value.funds[:2]] == [
        ("total", D("100000.00"), D("100000.00"), D("58200.00")),
        ("fiscal", D("100000.00"), D("100000.00"), None),
    ]
    assert (value.rate, value.execution_score) == (D("58.20"), D("5.82"))
    assert value.weight == 100
    # 5.82 + 10 + 15 × 90 ÷ 95 (14.21) + 10 + 15 + 20 + 10 + 10
    assert (value.score, value.grade) == (D("95.03"), "优")
    judge(fmake.clerk(), form, "submit")
    judge(fmake.leader(), form, "review")
    judge(fmake.treasury(), form, "confirm")
    assert [v.command for v in reversed(queries.versions(form))] == ["submit", "review", "confirm"]
    assert form.goal is not None
    with pytest.raises(Refusal) as refused:
        act(fmake.clerk(), form.goal, "revise", "想改目标")
    assert refused.value.code == "already_evaluated"


def test_points_without_reason_or_evidence_are_not_taken(books):
    by = fmake.clerk()
    form = evaluated(by)
    row = form.results.get(level2="质量指标")
    services.save_result(actor=by, result_id=row.pk, seen=row.revision, actual="90%", evidence="台账")
    with pytest.raises(Refusal) as refused:
        judge(by, form, "submit")
    assert refused.value.data["codes"] == ["reason_missing"]
    row.refresh_from_db()
    with pytest.raises(Refusal) as missing:
        services.save_result(actor=by, result_id=row.pk, seen=row.revision, actual="96%")
    assert missing.value.field == "evidence"
    with pytest.raises(Refusal) as high:
        services.save_result(actor=by, result_id=row.pk, seen=row.revision, actual="90%", score="15", evidence="台账")
    assert high.value.field == "score"
    services.save_result(
        actor=by, result_id=row.pk, seen=row.revision, actual="90%", score="12", evidence="台账", reason="从严扣分"
    )
    assert form.results.get(pk=row.pk).score == 12


def test_words_are_scored_in_a_band(books):
    by = fmake.clerk()
    form = evaluated(by)
    row = form.results.get(level2="可持续影响指标")
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"score": ""}, "score"),
        ({"score": "9"}, "band"),
        ({"score": "9", "band": "partly"}, "score"),
    ]
    for given, field in wrong:
        with pytest.raises(Refusal) as refused:
            services.save_result(
                actor=by, result_id=row.pk, seen=row.revision, actual="制度已沿用", evidence="文件", **given
            )
        assert refused.value.field == field
    services.save_result(
        actor=by, result_id=row.pk, seen=row.revision, actual="制度已沿用", evidence="文件", score="7", band="partly"
    )
    assert form.results.get(pk=row.pk).explanation.endswith("6 至 8 分")


def test_who_typed_the_values_does_not_review_them(books):
    treasurer = fmake.treasury()
    helper = make.actor("finance_head", department=identity.department("430204-urban"), name="helper")
    form = evaluated(helper)
    judge(fmake.clerk(), form, "submit")
    both = Actor(**{f: getattr(helper, f) for f in helper.__slots__} | {"rights": helper.rights | treasurer.rights})
    with pytest.raises(Refusal) as refused:
        judge(both, form, "review")
    assert refused.value.code == "separation_of_duties"


def test_an_evaluation_begins_once_from_approved_goals(books):
    goal = drawn(fmake.clerk())
    with pytest.raises(Refusal) as early:
        services.start_evaluation(actor=fmake.clerk(), goal_id=goal.pk)
    assert early.value.code == "goals_not_approved"
    for by, command in ((fmake.clerk(), "submit"), (fmake.leader(), "review"), (fmake.treasury(), "approve")):
        act(by, goal, command)
    services.start_evaluation(actor=fmake.clerk(), goal_id=goal.pk)
    with pytest.raises(Refusal) as twice:
        services.start_evaluation(actor=fmake.clerk(), goal_id=goal.pk)
    assert twice.value.code == "a_self_evaluation_stands_once_a_year"


# ---- published forms ----------------------------------------------------------------------------------------------


def printed_form(**changes: Any) -> terms.SelfEvaluation:
    """A project's published self-evaluation whose printed total does not add up."""
    row = terms.EvaluatedIndicator
    given: dict[str, Any] = {
        "id": 0,
        "kind": "project",
        "year": 2022,
        "unit_code": fmake.CODE,
        "unit_name": "",
        "project_code": "",
        "special": "网格工作专项经费",
        "direction": "网格工作专项经费",
        "investment": D(368900),
        "investment_fiscal": D(368900),
        "period": "2022 年",
        "funds": (
            terms.Funds("total", D(368900), D(368900), D(368900)),
            terms.Funds("fiscal", D(368900), D(368900), None),
            terms.Funds("carryover", D(0), D(0), None),
            terms.Funds("other", D(0), D(0), None),
        ),
        "expected": "保障网格工作",
        "achieved": "全面完成",
        "rate": None,
        "execution_weight": D(10),
        "execution_score": D(10),
        "indicators": (
            row("产出指标", "数量指标", "涉及项目数量", "5", "5", D(20), D(20), "", "", 0),
            row("产出指标", "成本指标", "", "", "免费快递 1961 份", D(30), D(30), "", "", 0),
            row("效益指标", "可持续影响指标", "共享平台", "100%", "100%", D(30), D(10), "", "", 0),
            row("满意度指标", "服务对象满意度指标", "认可度", "90%", "≥90%", D(10), D(10), "", "", 0),
        ),
        "weight": D(100),
        "score": D(100),
        "grade": "优",
        "state": "",
        "stated": {"score": "100", "grade": "优", "rate": "100%"},
        "faults": (),
    }
    return terms.SelfEvaluation(**(given | changes))


def test_a_published_form_is_taken_over_as_printed_and_its_faults_are_kept(books):
    made = services.load_evaluation(actor=SYSTEM, form=printed_form())
    assert services.load_evaluation(actor=SYSTEM, form=printed_form()).pk == made.pk
    value = queries.self_evaluations(fmake.treasury(), fmake.CODE, 2022)[0]
    assert [(r.target, r.actual, r.score) for r in value.indicators] == [
        (r.target, r.actual, r.score) for r in printed_form().indicators
    ]
    assert (value.score, value.stated["score"], value.state) == (D(80), "100", "confirmed")
    assert any("总分写为 100，逐项相加为 80" in s for s in value.faults)
    assert any("没有写偏差原因" in s for s in value.faults)
    assert any("等级写为“优”，按总分应为“良”" in s for s in value.faults)


def test_a_rounded_execution_score_is_no_fault_but_a_wrong_one_is(books):
    funds = (terms.Funds("total", D(16181700), D(16181700), D(15387100)),)
    near = printed_form(funds=funds, execution_score=D("9.5"), stated={"rate": "95.09%"}, special="a")
    made = services.load_evaluation(actor=SYSTEM, form=near)
    assert not any("执行率" in s for s in made.faults)
    far = printed_form(funds=funds, execution_score=D(10), stated={"rate": "100%"}, special="b")
    made = services.load_evaluation(actor=SYSTEM, form=far)
    assert any("应为 9.51" in s for s in made.faults)
    assert any("应为 95.09%" in s for s in made.faults)


def test_a_published_goal_form_keeps_what_the_linter_warns_of(books):
    form = terms.GoalForm(
        id=0, kind="direction", year=2022, unit_code=fmake.CODE, unit_name="", project_code="", special="机要保密经费",
        direction="一般行政管理事务支出", office="政府办", period="", amount=D(100000), basic=None, projects=None,
        general=None, fund=None, other=None, duties="", goal_period="做好保密工作", goal_year="保密无失误", state="",
        version=0,
        indicators=(
            terms.GoalIndicator("产出指标", "成本指标", "", "专款专用", None, "", "", 0),
            terms.GoalIndicator("效益指标", "可持续影响指标", "", "综合满意度达到 100%", None, "", "", 0),
            terms.GoalIndicator("产出指标", "", "", "加强调研", None, "", "", 0),
        ),
        lines=(),
    )  # fmt: skip
    made = services.load_goal(actor=SYSTEM, form=form)
    value = queries.goal_forms(fmake.treasury(), fmake.CODE, 2022)[-1]
    assert [(i.level1, i.level2, i.target, i.weight) for i in value.indicators] == [
        (i.level1, i.level2, i.target, None) for i in form.indicators
    ]
    kept = made.versions.get()
    assert any("满意度定为" in s for s in kept.content["faults"])


@pytest.mark.django_db(transaction=True)
def test_eight_clerks_at_once_begin_one_evaluation():
    with scope.system():
        make.district()
        fmake.budget(year=2025)
        goal, clerk = approved(), fmake.clerk()
    outcomes: list[str] = []

    def begin() -> None:
        try:
            with clock.frozen(make.START), scope.use(clerk):
                services.start_evaluation(actor=clerk, goal_id=goal.pk)
            outcomes.append("begun")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == [*["a_self_evaluation_stands_once_a_year"] * 7, "begun"]
    with scope.system():
        assert PerformanceEvaluation.objects.count() == 1
