from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from wangge.finance import queries, services
from wangge.finance.budget import gate, rules
from wangge.finance.budget.models import Preparation
from wangge.finance.budget.rules import Rate
from wangge.finance.terms import LineAmount, LineKey, Source
from wangge.finance.tests import make
from wangge.kernel import flow, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal

D = Decimal


def test_a_baseline_is_explained_line_by_line():
    found = rules.baseline(
        posts=8,
        persons=7,
        rates=[
            Rate("30113", "percent", D(12), ("30101", "30102"), "公积金标准"),
            Rate("30101", "person", D("24785.71")),
            Rate("30102", "person", D("19357.14")),
            Rate("30201", "post", D("2250.00"), document="公用定额"),
            Rate("30216", "post", D(0)),
        ],
    )
    assert [(b.economic, b.amount) for b in found] == [
        ("30101", D("173499.97")),
        ("30102", D("135499.98")),
        ("30113", D("37079.99")),
        ("30201", D("18000.00")),
    ]
    assert found[0].words == "在职 7 人 × 24,785.71 元 = 173,499.97 元"
    assert found[2].words == "30101+30102 合计 308,999.95 元 × 12% = 37,079.99 元（公积金标准）"
    assert found[3].words == "编制 8 人 × 2,250.00 元 = 18,000.00 元（公用定额）"


def test_every_state_of_a_preparation_has_an_exit_or_is_final():
    assert flow.dead_ends(rules.MOVES, ["issued", "returned"]) == set()
    assert {s for s, _ in rules.MOVES} <= set(rules.PREPARATION_STATES)


@pytest.fixture
def people(district):
    make.unit()
    return {"clerk": make.clerk(), "leader": make.leader(), "treasury": make.treasury(), "SYSTEM": SYSTEM}


def step(actor, version, command, **given):
    return services.move_preparation(actor=actor, preparation_id=version.pk, command=command, **given)


WAY = [("clerk", "submit"), ("leader", "approve"), ("treasury", "accept"), ("treasury", "issue")]
ISSUE = {"document": "财预〔2022〕1号", "on": date(2022, 1, 15)}


def test_a_budget_goes_from_clerk_over_unit_and_bureau_to_its_issue(people):
    version = services.open_preparation(actor=people["clerk"], unit_code=make.CODE, year=make.YEAR)
    services.set_lines(actor=people["clerk"], preparation_id=version.pk, lines=make.LINES)
    for who, command in WAY:
        version = step(people[who], version, command, **(ISSUE if command == "issue" else {}))
    assert (version.state, version.document) == ("issued", "财预〔2022〕1号")
    rows = queries.lines(people["clerk"], make.CODE, make.YEAR)
    assert sum(r.amount for r in rows) == D("229500.00")
    assert rows[0].governmental == "50501"
    line = queries.appropriation(SYSTEM, rows[0].ids[0])
    assert [(e.kind, e.amount, e.on, e.document) for e in queries.entries(SYSTEM, line.pk)] == [
        ("approve", D("117400.00"), date(2022, 1, 15), "财预〔2022〕1号")
    ]
    with pytest.raises(Refusal) as error:
        services.open_preparation(actor=people["clerk"], unit_code=make.CODE, year=make.YEAR)
    assert error.value.code == "a_budget_is_issued_once_a_year"


@pytest.mark.parametrize("done", range(len(WAY)))
def test_who_may_take_which_step_in_which_state(people, done):
    version = make.preparation()
    for one, earlier in WAY[:done]:
        version = step(people[one], version, earlier)
    for command in ("submit", "recall", "approve", "send_back", "accept", "issue"):
        for who in ("clerk", "leader", "treasury"):
            move = rules.MOVES.get((version.state, command))
            with transaction.atomic():
                try:
                    found = step(people[who], version, command, note="请核对", **ISSUE).state
                except Refusal as refusal:
                    found = refusal.code
                transaction.set_rollback(True)
            wanted = "illegal_move" if move is None else move.to if people[who].may(move.right) else "no_right"
            assert found == wanted, (version.state, command, who)


def test_a_returned_version_stays_and_the_next_is_its_copy(people):
    clerk = people["clerk"]
    version = services.open_preparation(actor=clerk, unit_code=make.CODE, year=make.YEAR)
    assert services.open_preparation(actor=clerk, unit_code=make.CODE, year=make.YEAR).pk == version.pk
    services.set_lines(actor=clerk, preparation_id=version.pk, lines=make.LINES)
    step(clerk, version, "submit")
    with pytest.raises(Refusal) as error:
        step(people["leader"], version, "send_back")
    assert error.value.code == "missing_input"
    step(people["leader"], version, "send_back", note="办公费偏高")
    with pytest.raises(Refusal) as error:
        services.set_lines(actor=clerk, preparation_id=version.pk, lines=make.LINES)
    assert error.value.code == "not_a_draft"
    second = services.open_preparation(actor=clerk, unit_code=make.CODE, year=make.YEAR)
    assert (second.version, second.state) == (2, "draft")
    services.remove_line(actor=clerk, preparation_id=second.pk, key=make.OFFICE)
    services.set_lines(
        actor=clerk, preparation_id=second.pk, lines=[LineAmount(make.WAGES, D(100), "核减")], replace=False
    )
    assert [(r.economic, r.amount) for r in queries.prepared_lines(clerk, second.pk)] == [
        ("30101", D("100.00")),
        ("30299", D("100000.00")),
    ]
    assert len(queries.prepared_lines(clerk, version.pk)) == 3
    assert [p.state for p in queries.preparations(clerk, make.CODE, make.YEAR)] == ["draft", "returned"]


def test_nobody_checks_what_they_submitted(people):
    both = make.leader().__class__(
        **{
            **{f: getattr(people["clerk"], f) for f in people["clerk"].__slots__},
            "rights": people["clerk"].rights | people["leader"].rights | people["treasury"].rights,
        }
    )
    version = make.preparation()
    version = step(both, version, "submit")
    with pytest.raises(Refusal) as error:
        step(both, version, "approve")
    assert error.value.code == "separation_of_duties"
    step(people["leader"], version, "approve")
    with pytest.raises(Refusal) as error:
        step(both, version, "accept")
    assert error.value.code == "separation_of_duties"


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (LineAmount(LineKey("2089901", "30201"), D(1)), "code_not_in_year", "第 1 行"),
        (LineAmount(LineKey("2010301", "30201"), D("0.001")), "bad_amount", "第 1 行"),
        (LineAmount(LineKey("2010301", "30201"), D(0)), "bad_amount", "大于零"),
        (LineAmount(LineKey("2010301", "30201", project="没有"), D(1)), "not_found", "项目"),
        (LineAmount(LineKey("2010301", "30201", Source.CARRYOVER), D(1)), "no_carryover_here", "第 1 行"),
        (LineAmount(LineKey("2010301", "30201", origin=Source.FUND), D(1)), "bad_origin", "第 1 行"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(people, line, code, said):
    version = services.open_preparation(actor=people["clerk"], unit_code=make.CODE, year=make.YEAR)
    with pytest.raises(Refusal) as error:
        services.set_lines(actor=people["clerk"], preparation_id=version.pk, lines=[line, *make.LINES])
    assert error.value.code == code
    assert said in error.value.sentence
    assert queries.prepared_lines(SYSTEM, version.pk) == []


def test_a_project_belongs_to_its_years(people):
    services.register_project(
        actor=people["clerk"], unit_code=make.CODE, code="P2", name="两年项目", first_year=2020, last_year=2021
    )
    with pytest.raises(Refusal) as error:
        make.preparation([LineAmount(LineKey("2010302", "30299", project="P2"), D(1))])
    assert error.value.code == "project_not_in_year"


def test_an_empty_budget_is_not_submitted(people):
    version = services.open_preparation(actor=people["clerk"], unit_code=make.CODE, year=make.YEAR)
    with pytest.raises(Refusal) as error:
        step(people["clerk"], version, "submit")
    assert error.value.code == "no_lines"


def test_a_project_without_goals_is_not_submitted_nor_paid(people, monkeypatch):
    monkeypatch.setattr(gate, "_checks", [])

    @gate.before_spending
    def goals(actor, project, year):
        return Refusal("no_goals", f"项目“{project.name}”没有已批复的绩效目标。") if project.code == "P1" else None

    version = make.preparation()
    with pytest.raises(Refusal) as error:
        step(people["clerk"], version, "submit")
    assert error.value.code == "no_goals"
    make_issued = [("SYSTEM", "submit"), ("leader", "approve"), ("treasury", "accept"), ("treasury", "issue")]
    for who, command in make_issued:
        step(people[who], version, command, **(ISSUE if command == "issue" else {}))
    with pytest.raises(Refusal) as error:
        make.pay(people["clerk"], line=make.RUNNING)
    assert error.value.code == "no_goals"
    assert make.pay(people["clerk"]).state == "submitted"


def test_the_baseline_comes_from_the_staff_register_and_the_standards(people):
    make.unit()
    version = services.open_preparation(actor=people["clerk"], unit_code=make.CODE, year=make.YEAR)
    fill: dict[str, Any] = {"actor": people["clerk"], "preparation_id": version.pk, "function": "2010301"}
    with pytest.raises(Refusal) as error:
        services.fill_baseline(**fill)
    assert "定额标准" in error.value.sentence
    for economic, measure, amount, base in (
        ("30101", "person", D("24800.00"), ()),
        ("30113", "percent", D("12.5"), ("30101",)),
        ("30201", "post", D("2250.00"), ()),
    ):
        services.set_standard(
            actor=people["treasury"],
            place_code=430204000000000,
            year=make.YEAR,
            nature="public",
            economic=economic,
            measure=measure,
            amount=amount,
            base=base,
            document="区级定额标准（演示）",
        )
    with pytest.raises(Refusal) as error:
        services.fill_baseline(**fill)
    assert "编制人员台账" in error.value.sentence
    day = date(2021, 12, 31)
    services.record_register(
        actor=people["clerk"],
        unit_code=make.CODE,
        year=make.YEAR,
        records=[
            services.Record("staff", "posts", day, D(8)),
            services.Record("staff", "persons", day, D(7)),
        ],
    )
    services.fill_baseline(**fill)
    assert [(r.economic, r.amount) for r in queries.prepared_lines(SYSTEM, version.pk)] == [
        ("30101", D("173600.00")),
        ("30113", D("21700.00")),
        ("30201", D("18000.00")),
    ]
    kept = version.lines.get(economic="30113")
    assert kept.basis == "30101 合计 173,600.00 元 × 12.5% = 21,700.00 元（区级定额标准（演示））"
    assert kept.is_baseline


def test_another_units_budget_does_not_exist(people):
    stranger = make.clerk("stranger", department="430204-police")
    version = make.preparation()
    for act in (
        lambda: queries.unit(stranger, make.CODE),
        lambda: queries.prepared_lines(stranger, version.pk),
        lambda: services.open_preparation(actor=stranger, unit_code=make.CODE, year=make.YEAR),
        lambda: services.set_lines(actor=stranger, preparation_id=version.pk, lines=make.LINES),
        lambda: step(stranger, version, "submit"),
        lambda: services.register_project(
            actor=stranger, unit_code=make.CODE, code="P9", name="某", first_year=make.YEAR
        ),
    ):
        with pytest.raises(NotHere):
            act()
    assert queries.units(stranger) == []
    with pytest.raises(NoRight):
        queries.units(make.make.handler())


def test_the_database_itself_hides_another_units_rows(people):
    make.budget()
    for actor, seen in ((people["clerk"], 1), (make.clerk("other", "430204-police"), 0), (people["treasury"], 1)):
        with scope.use(actor):
            assert Preparation.objects.count() == seen
            assert make.BudgetUnit.objects.count() == seen
    hetang = make.make.actor(
        "treasury", department=make.identity.centre_of(make.make.HETANG), place=make.make.HETANG, name="hetang"
    )
    with scope.use(hetang):
        assert make.BudgetUnit.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "draft", "version": 9}, "one_preparation_is_open_at_a_time"),
        ({"state": "returned", "version": 1}, "a_version_is_prepared_once"),
        ({"state": "issued", "version": 9}, "an_issued_budget_names_its_document"),
    ],
)
def test_the_database_refuses_versions_that_cannot_be(people, change, constraint):
    first = make.preparation()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Preparation.objects.create(unit=first.unit, year=first.year, **change)
    assert make.violated(error) == constraint
