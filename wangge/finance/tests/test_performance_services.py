"""Goals and self-evaluations by the services: who may, in which state, two at once, another unit's, figures and money."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests import make
from wangge.finance.models import PerformanceEvaluation, PerformanceGoal, PerformanceResult, Project
from wangge.finance.performance import queries, services, sheets
from wangge.finance.tests import make as fmake
from wangge.finance.tests.make_performance import D, act, approved, drawn, fill, row_of
from wangge.identity import queries as identity
from wangge.kernel import clock, scope, tables
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry, MetricSnapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(district: None) -> None:
    fmake.budget(year=2025)


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
