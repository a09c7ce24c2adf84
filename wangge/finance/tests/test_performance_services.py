"""Goals and self-evaluations by the services: who may, in which state, two at once, another unit's, figures and money."""

from datetime import date, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from tests import make
from wangge.finance.models import PerformanceEvaluation, PerformanceGoal, PerformanceResult, Project
from wangge.finance.performance import queries, services, sheets, terms
from wangge.finance.tests import make as fmake
from wangge.identity import queries as identity
from wangge.kernel import clock, scope, tables
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry, MetricSnapshot

pytestmark = pytest.mark.django_db
D = Decimal
SOUND = {
    "数量指标": ("登记事件", "≥10件", "10"),
    "质量指标": ("事件办结率", "≥95%", "15"),
    "时效指标": ("办结时间", "≤3个工作日", "10"),
    "成本指标": ("项目支出", "≤10万元", "15"),
    "经济效益指标": ("不适用", "不适用", "0"),
    "社会效益指标": ("办结群众反映", "≥5件", "20"),
    "生态效益指标": ("不适用", "不适用", "0"),
    "可持续影响指标": ("系统可用", "≥3年", "10"),
    "服务对象满意度指标": ("办事群众满意度", "≥90%", "10"),
}


def fill(by: Actor, goal: PerformanceGoal, **other: tuple[str, str, str]) -> None:
    given = SOUND | other
    rows = [
        {
            "id": str(r.pk),
            "seen": str(r.revision),
            "level2": r.level2,
            **dict(zip(("level3", "target", "weight"), given[r.level2], strict=True)),
        }
        for r in goal.indicators.all()
    ]
    services.save_indicators(actor=by, goal_id=goal.pk, rows=rows)


def drawn(by: Actor, year: int = 2025) -> PerformanceGoal:
    """A sound goal form of the project, not submitted."""
    goal = services.create_goal(actor=by, unit_code=fmake.CODE, year=year, kind="direction", project_code="P1")
    fill(by, goal)
    head = {"amount": "10", "general": "10", "goal_period": "大厅正常运行", "goal_year": "全年受理事件不少于 10 件"}
    goal.refresh_from_db()
    return services.edit_goal(actor=by, goal_id=goal.pk, seen=goal.revision, fields=head)


def act(by: Actor, goal: PerformanceGoal, command: str, text: str = "") -> PerformanceGoal:
    goal.refresh_from_db()
    return services.act_on_goal(actor=by, goal_id=goal.pk, seen=goal.revision, command=command, text=text)


def approved(year: int = 2025) -> PerformanceGoal:
    goal = drawn(fmake.clerk(), year)
    act(fmake.clerk(), goal, "submit")
    act(fmake.leader(), goal, "review")
    return act(fmake.treasury(), goal, "approve")


@pytest.fixture
def books(district: None) -> None:
    fmake.budget(year=2025)


def row_of(goal: PerformanceGoal, level2: str) -> Any:
    return goal.indicators.get(level2=level2)


# ---- goals --------------------------------------------------------------------------------------------------------


def test_a_goal_goes_through_three_hands_and_every_step_is_kept(books):
    goal = approved()
    assert (goal.state, goal.version) == ("approved", 1)
    assert [v.command for v in reversed(queries.versions(goal))] == ["submit", "review", "approve"]
    assert queries.goals_ready(Project.objects.get(code="P1"), 2025)
    assert not queries.goals_ready(Project.objects.get(code="P1"), 2026)
    assert AuditEntry.objects.filter(kind="goal", subject=str(goal.pk), action="finance.goal_moved").count() == 3


def test_a_project_without_goals_is_not_taken_into_a_budget(books):
    project = Project.objects.get(code="P1")
    refusal = services.goals_first(fmake.clerk(), project, 2025)
    assert refusal is not None
    assert refusal.code == "goals_missing"
    approved()
    assert services.goals_first(fmake.clerk(), project, 2025) is None


def test_nobody_approves_what_they_wrote_or_reviewed_and_the_treasury_has_the_last_word(books):
    goal = drawn(fmake.clerk())
    act(fmake.clerk(), goal, "submit")
    with pytest.raises(NoRight):
        act(fmake.clerk(), goal, "review")
    act(fmake.leader(), goal, "review")
    with pytest.raises(Refusal) as refused:
        act(fmake.leader(), goal, "approve")
    assert refused.value.code == "not_in_charge"
    act(fmake.treasury(), goal, "send_back", "指标值偏低")
    goal.refresh_from_db()
    assert (goal.state, goal.opinion) == ("returned", "指标值偏低")
    act(fmake.clerk(), goal, "submit")
    act(fmake.treasury("first"), goal, "review")
    with pytest.raises(Refusal) as same:
        act(fmake.treasury("first"), goal, "approve")
    assert same.value.code == "separation_of_duties"
    act(fmake.treasury("second"), goal, "approve")


def test_sending_back_and_reopening_ask_for_words(books):
    goal = approved()
    with pytest.raises(Refusal) as refused:
        act(fmake.clerk(), goal, "revise", "  ")
    assert refused.value.field == "text"
    act(fmake.clerk(), goal, "revise", "年中追加预算")
    goal.refresh_from_db()
    assert goal.state == "draft"
    assert queries.goals_ready(Project.objects.get(code="P1"), 2025), "the approved version holds until the next"


@pytest.mark.parametrize(
    ("level2", "cells", "code"),
    [
        ("服务对象满意度指标", ("群众满意度", "≥100%", "10"), "satisfaction_full"),
        ("社会效益指标", ("社区环境", "提升", "20"), "vague"),
        ("时效指标", ("", "", "10"), "blank"),
        ("数量指标", ("登记事件", "登记事件", "10"), "copy_of_name"),
        ("数量指标", ("登记事件", "2024年登记10件以上", "10"), "past_year"),
        ("数量指标", ("登记事件", "≥10件", "11"), "weight_sum"),
        ("生态效益指标", ("不适用", "不适用", "5"), "weight_not_applicable"),
    ],
)
def test_an_unsound_form_is_not_submitted(books, level2, cells, code):
    goal = drawn(fmake.clerk())
    fill(fmake.clerk(), goal, **{level2: cells})
    with pytest.raises(Refusal) as refused:
        act(fmake.clerk(), goal, "submit")
    assert refused.value.code == "goals_unsound"
    assert code in refused.value.data["codes"]
    goal.refresh_from_db()
    assert goal.state == "draft"


def test_what_is_submitted_or_approved_cannot_be_edited(books):
    goal = drawn(fmake.clerk())
    act(fmake.clerk(), goal, "submit")
    with pytest.raises(Refusal) as refused:
        fill(fmake.clerk(), goal)
    assert refused.value.code == "form_is_closed"


def test_two_clerks_at_once_the_second_is_told(books):
    goal = drawn(fmake.clerk("one"))
    row = row_of(goal, "数量指标")
    given = {"id": str(row.pk), "seen": str(row.revision), "level2": row.level2, "level3": "登记事件", "weight": "10"}
    services.save_indicators(actor=fmake.clerk("one"), goal_id=goal.pk, rows=[given | {"target": "≥20件"}])
    with pytest.raises(Refusal) as refused:
        services.save_indicators(actor=fmake.clerk("two"), goal_id=goal.pk, rows=[given | {"target": "≥30件"}])
    assert (refused.value.code, refused.value.field) == ("stale", f"target_{row.pk}")
    assert "≥20件" in refused.value.sentence
    assert row_of(goal, "数量指标").target == "≥20件"
    with pytest.raises(Refusal) as late:
        services.act_on_goal(actor=fmake.clerk("two"), goal_id=goal.pk, seen=goal.revision, command="submit")
    assert late.value.code == "stale"


def test_rows_of_different_clerks_do_not_disturb_one_another(books):
    goal = drawn(fmake.clerk("one"))
    one, two = row_of(goal, "数量指标"), row_of(goal, "质量指标")
    for by, row, target in (("one", one, "≥20件"), ("two", two, "≥96%")):
        given = {"id": str(row.pk), "seen": str(row.revision), "level2": row.level2, "level3": row.level3}
        services.save_indicators(
            actor=fmake.clerk(by), goal_id=goal.pk, rows=[given | {"target": target, "weight": row.weight}]
        )
    assert (row_of(goal, "数量指标").target, row_of(goal, "质量指标").target) == ("≥20件", "≥96%")


def test_another_units_forms_do_not_exist(books):
    goal = drawn(fmake.clerk())
    other = make.actor("finance_clerk", department=identity.department("430204-civil"))
    for wrong in (
        lambda: queries.goal(other, goal.pk),
        lambda: services.save_indicators(actor=other, goal_id=goal.pk, rows=[]),
        lambda: services.create_goal(actor=other, unit_code=fmake.CODE, year=2025, kind="whole"),
        lambda: queries.goal_forms(other, fmake.CODE, 2025) or (_ for _ in ()).throw(NotHere("目标")),
    ):
        with pytest.raises(NotHere):
            wrong()
    with scope.use(other):
        assert not PerformanceGoal.objects.exists(), "row security holds even for a query without a filter"
        assert not PerformanceResult.objects.exists()
    with scope.use(fmake.clerk()):
        assert PerformanceGoal.objects.filter(year=2025).count() == 1


def test_without_the_right_nothing_is_written(books):
    goal = drawn(fmake.clerk())
    for by in (fmake.leader(), make.dispatcher()):
        with pytest.raises(NoRight):
            services.save_indicators(actor=by, goal_id=goal.pk, rows=[])
    with pytest.raises(NoRight):
        queries.goals(make.dispatcher())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"level2": "别的指标"}, "level2_"),
        ({"weight": "十"}, "weight_"),
        ({"weight": "-1"}, "weight_"),
        ({"weight": "101"}, "weight_"),
        ({"weight": "1.234"}, "weight_"),
        ({"weight": "NaN"}, "weight_"),
        ({"target": "长" * 501}, "target_"),
    ],
)
def test_bad_cells_are_refused_at_the_cell_and_nothing_is_half_written(books, given, field):
    goal = drawn(fmake.clerk())
    good = {"id": "", "level2": "数量指标", "level3": "新指标", "target": "≥1件", "weight": "1"}
    with pytest.raises(Refusal) as refused:
        services.save_indicators(actor=fmake.clerk(), goal_id=goal.pk, rows=[good, good | given])
    assert refused.value.field == field
    assert goal.indicators.count() == 9


def test_weights_are_allotted_by_the_standard(books):
    goal = drawn(fmake.clerk())
    fill(
        fmake.clerk(),
        goal,
        数量指标=("登记事件", "≥10件", ""),
        质量指标=("办结率", "≥95%", ""),
        时效指标=("时间", "≤3天", ""),
        成本指标=("支出", "≤10万元", ""),
    )
    services.allot_weights(actor=fmake.clerk(), goal_id=goal.pk)
    assert [str(w) for w in goal.indicators.values_list("weight", flat=True)] == [
        "12.50", "12.50", "12.50", "12.50", "0.00", "20.00", "0.00", "10.00", "10.00",
    ]  # fmt: skip


def test_a_table_goes_out_and_comes_back_and_keeps_its_bindings(books):
    goal = drawn(fmake.clerk())
    row = row_of(goal, "数量指标")
    services.bind_indicator(actor=fmake.clerk(), indicator_id=row.pk, metric="events.received")
    goal.refresh_from_db()
    sheet = sheets.goal_sheet(queries.goal_value(goal))
    services.import_indicators(actor=fmake.clerk(), goal_id=goal.pk, seen=goal.revision, stream=sheet, name="目标.xlsx")
    assert goal.indicators.count() == 9
    assert row_of(goal, "数量指标").metric == "events.received"
    assert row_of(goal, "质量指标").weight == 15


def test_a_wrong_row_of_a_table_is_named_and_nothing_is_imported(books):
    goal = drawn(fmake.clerk())
    rows = [
        ("", "数量指标", "登记事件", "≥1件", 10, ""),
        ("", "产出", "x", "≥1件", 10, ""),
        ("", "质量指标", "y", "≥1%", 101, ""),
    ]
    sheet = tables.write_xlsx(sheets.COLUMNS, rows, "绩效指标")
    result = services.import_indicators(
        actor=fmake.clerk(), goal_id=goal.pk, seen=goal.revision, stream=sheet, name="目标.xlsx"
    )
    assert [(f.row, f.column) for f in result.errors] == [(3, "二级指标"), (4, "分值")]
    assert goal.indicators.count() == 9
    assert row_of(goal, "数量指标").target == "≥10件"
    with pytest.raises(Refusal):
        services.import_indicators(
            actor=fmake.clerk(), goal_id=goal.pk, seen=goal.revision, stream=b"not a table\0", name="x.xlsx"
        )


def test_the_summary_is_compiled_from_the_directions(books):
    by = fmake.clerk()
    drawn(by)
    summary = services.create_goal(actor=by, unit_code=fmake.CODE, year=2025, kind="summary")
    services.compile_summary(actor=by, goal_id=summary.pk)
    form = queries.goal_forms(by, fmake.CODE, 2025)[0]
    assert (form.kind, form.amount, [line.name for line in form.lines]) == ("summary", D(100000), ["业务性专项经费"])
    assert queries.lint_form(form) == []


def test_money_the_books_hold_is_not_typed_again(books):
    whole = services.create_goal(actor=fmake.clerk(), unit_code=fmake.CODE, year=2025, kind="whole")
    assert (whole.amount, whole.basic, whole.projects, whole.general, whole.fund) == (
        D("229500.00"), D("129500.00"), D("100000.00"), D("229500.00"), None,
    )  # fmt: skip
    one = services.create_goal(
        actor=fmake.clerk(), unit_code=fmake.CODE, year=2025, kind="direction", project_code="P1"
    )
    assert (one.amount, one.basic) == (D("100000.00"), None)
    fmake.preparation(year=2027)
    asked = services.create_goal(
        actor=fmake.clerk(), unit_code=fmake.CODE, year=2027, kind="direction", project_code="P1"
    )
    assert asked.amount == D("100000.00"), "of the version being prepared"


# ---- figures ------------------------------------------------------------------------------------------------------


def test_a_binding_stays_within_the_unit_and_the_year(books):
    goal = drawn(fmake.clerk())
    row = row_of(goal, "数量指标")
    for given, field in (
        ({"metric": "no.such"}, "code"),
        ({"place_code": make.HETANG}, "place"),
        ({"place_code": 7}, "place"),
        ({"starts": date(2024, 1, 1)}, "ends"),
        ({"ends": date(2024, 1, 1)}, "ends"),
    ):
        with pytest.raises(Refusal) as refused:
            services.bind_indicator(actor=fmake.clerk(), indicator_id=row.pk, **({"metric": "events.received"} | given))
        assert refused.value.field == field


def test_bound_figures_fill_themselves_are_frozen_and_open_to_their_rows(books):
    goal = drawn(fmake.clerk())
    services.bind_indicator(actor=fmake.clerk(), indicator_id=row_of(goal, "数量指标").pk, metric="events.received")
    for by, command in ((fmake.clerk(), "submit"), (fmake.leader(), "review"), (fmake.treasury(), "approve")):
        act(by, goal, command)
    form = services.start_evaluation(actor=fmake.clerk(), goal_id=goal.pk)
    assert services.freeze_results(actor=fmake.clerk(), evaluation_id=form.pk, seen=form.revision) == 1
    result = form.results.get(level2="数量指标")
    assert result.snapshot is not None
    assert (result.actual, result.score, result.snapshot.value) == ("0件", 0, 0)
    again = PerformanceEvaluation.objects.get(pk=form.pk)
    assert services.freeze_results(actor=fmake.clerk(), evaluation_id=form.pk, seen=again.revision) == 0
    assert MetricSnapshot.objects.filter(code="events.received").count() == 1
    with pytest.raises(Refusal) as refused:
        services.save_result(actor=fmake.clerk(), result_id=result.pk, seen=result.revision, actual="99件", score="10")
    assert refused.value.code == "score_too_high"
    services.save_result(
        actor=fmake.clerk(), result_id=result.pk, seen=result.revision, actual="99件", reason="系统上线晚"
    )
    result.refresh_from_db()
    assert result.actual == "0件", "a frozen figure is not overwritten"


def test_a_count_does_not_depend_on_who_looks_but_the_list_does(books):
    with clock.frozen(clock.now() - timedelta(days=5)):
        for _ in range(2):
            make.report(make.officer(make.cell()), make.cell())
    goal = drawn(fmake.clerk(), 2026)
    row = services.bind_indicator(
        actor=fmake.clerk(), indicator_id=row_of(goal, "数量指标").pk, metric="events.received"
    )
    for reader, seen in ((fmake.treasury(), 2), (fmake.clerk(), 0)):
        opened = queries.open_rows(reader, row)
        assert (opened.value, opened.counted, opened.seen) == ("2件", 2, seen)
    label, address = queries.open_rows(fmake.treasury(), row).rows[0]
    assert address.startswith("/desk/case/")
    assert label


def test_a_figure_is_not_frozen_before_its_period_is_over(books):
    fmake.budget(year=2026)
    goal = drawn(fmake.clerk(), 2026)
    services.bind_indicator(actor=fmake.clerk(), indicator_id=row_of(goal, "数量指标").pk, metric="events.received")
    for by, command in ((fmake.clerk(), "submit"), (fmake.leader(), "review"), (fmake.treasury(), "approve")):
        act(by, goal, command)
    form = services.start_evaluation(actor=fmake.clerk(), goal_id=goal.pk)
    with pytest.raises(Refusal) as refused:
        services.freeze_results(actor=fmake.clerk(), evaluation_id=form.pk, seen=form.revision)
    assert refused.value.code == "period_not_over"
    assert "2026-12-31" in refused.value.sentence


# ---- monitoring ---------------------------------------------------------------------------------------------------


def test_monitoring_forecasts_both_sides_and_asks_why(books):
    fmake.budget(year=2026)
    fmake.paid("1000.00", line=fmake.RUNNING, year=2026, on=date(2026, 3, 1))
    goal = approved(2026)
    quantity = row_of(goal, "数量指标").pk
    found = queries.monitor(goal, date(2026, 3, 10), {quantity: "2件"})
    assert (found.spending.budget, found.spending.spent) == (D("100000.00"), D("1000.00"))
    assert found.expected is not None
    assert round(found.expected, 2) == D("5289.86")  # 1000 ÷ 69 days × 365
    assert found.warning == "red"
    row = next(r for r in found.rows if r.indicator.pk == quantity)
    assert (row.expected, row.warning) == ("10.58件", "none")
    given: dict[str, Any] = {"actor": fmake.clerk(), "goal_id": goal.pk, "as_of": date(2026, 3, 10)}
    with pytest.raises(Refusal) as refused:
        services.file_monitoring(**given, typed={quantity: "1件"})
    assert refused.value.field == "reason"
    with pytest.raises(Refusal) as missing:
        services.file_monitoring(**given, typed={quantity: "1件"}, reason="合同下半年付款")
    assert missing.value.field == f"reason_{quantity}"
    assert goal.monitorings.count() == 0
    filed = services.file_monitoring(
        **given, typed={quantity: "1件"}, reason="合同下半年付款", reasons={quantity: "三月起推广"}
    )
    assert filed.rows.get(indicator=quantity).warning == "red"
    with pytest.raises(Refusal) as twice:
        services.file_monitoring(**given, reason="x")
    assert twice.value.code == "a_goal_is_monitored_once_a_day"
    overview = queries.overview(fmake.treasury(), 2026)
    assert next(u for u in overview if u.unit.code == fmake.CODE).warning == "red"


def test_last_years_course_of_payments_shapes_the_forecast(books):
    fmake.paid("50000.00", n=1, line=fmake.RUNNING, year=2025, on=date(2025, 2, 10))
    fmake.paid("50000.00", n=2, line=fmake.RUNNING, year=2025, on=date(2025, 11, 10))
    fmake.budget(year=2026)
    fmake.paid("45000.00", n=3, line=fmake.RUNNING, year=2026, on=date(2026, 2, 20))
    found = queries.monitor(approved(2026), date(2026, 3, 10))
    assert found.expected == D(90000)
    assert found.warning == "yellow"


@pytest.mark.parametrize("as_of", [date(2025, 12, 31), date(2026, 3, 11)])
def test_monitoring_looks_at_days_of_its_year_that_have_come(books, as_of):
    fmake.budget(year=2026)
    with pytest.raises(Refusal) as refused:
        services.file_monitoring(actor=fmake.clerk(), goal_id=approved(2026).pk, as_of=as_of)
    assert refused.value.field == "as_of"


# ---- self-evaluation ----------------------------------------------------------------------------------------------

ACTUAL: dict[str, dict[str, Any]] = {
    "数量指标": {"actual": "12件"},
    "质量指标": {"actual": "90%", "reason": "两件跨年"},
    "时效指标": {"actual": "2个工作日"},
    "成本指标": {"actual": "5.82万元"},
    "社会效益指标": {"actual": "5件"},
    "可持续影响指标": {"actual": "3年"},
    "服务对象满意度指标": {"actual": "95%"},
}


def evaluated(by: Actor) -> PerformanceEvaluation:
    """Every row filled, not submitted."""
    fmake.paid("58200.00", line=fmake.RUNNING, year=2025, on=date(2025, 6, 1))
    form = services.start_evaluation(actor=by, goal_id=approved().pk)
    for row in form.results.filter(level2__in=ACTUAL):
        services.save_result(actor=by, result_id=row.pk, seen=row.revision, evidence="台账 1 号", **ACTUAL[row.level2])
    form.refresh_from_db()
    form = services.edit_evaluation(
        actor=by, evaluation_id=form.pk, seen=form.revision, fields={"achieved": "受理事件 12 件"}
    )
    return form


def judge(by: Actor, form: PerformanceEvaluation, command: str, text: str = "") -> PerformanceEvaluation:
    form.refresh_from_db()
    return services.act_on_evaluation(actor=by, evaluation_id=form.pk, seen=form.revision, command=command, text=text)


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
