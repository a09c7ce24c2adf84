"""到期事项: every rule with a day on which it falls due, the day before, and the ends of months."""

from datetime import date

import pytest

from wangge.registry.rules import care
from wangge.registry.rules import duedates as d
from wangge.registry.rules.freshness import days_for, days_for_field, is_stale
from wangge.registry.rules.lists import add_months
from wangge.registry.rules.tables import table
from wangge.registry.terms import CARE, ROLES, SPECIAL

BORN = date(1946, 3, 10)


@pytest.mark.parametrize(
    ("start", "months", "wanted"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months_end_where_the_civil_code_says(start, months, wanted):
    assert add_months(start, months) == wanted


# (rule, row, the day it falls due)
CASES = [
    ("correction_end", {"details": {"correction_until": "2026-04-01"}}, date(2026, 4, 1)),
    ("release_help_end", {"details": {"released_on": "2021-03-31"}}, date(2026, 3, 31)),
    ("release_help_end", {"since": date(2021, 4, 2)}, date(2026, 4, 2)),
    ("release_met", {"details": {"released_on": "2026-01-31"}}, date(2026, 2, 28)),
    ("psychiatric_visit", {"since": date(2020, 1, 1), "last_visit_on": date(2025, 12, 20)}, date(2026, 3, 20)),
    ("psychiatric_visit", {"since": date(2025, 12, 15)}, date(2026, 3, 15)),
    ("psychiatric_visit", {"since": date(2025, 12, 15), "last_visit_on": date(2025, 1, 1)}, date(2026, 3, 15)),
    ("drug_three_years", {"details": {"control": "06", "found_on": "2023-03-20"}}, date(2026, 3, 20)),
    ("youth_18", {"birth_on": date(2008, 3, 20), "details": {"youth_kind": "03"}}, date(2026, 3, 20)),
    ("youth_25", {"birth_on": date(2001, 3, 20), "details": {"youth_kind": "01"}}, date(2026, 3, 20)),
    ("id_card_16", {"birth_on": date(2010, 3, 20)}, date(2026, 3, 20)),
    ("adult_18", {"birth_on": date(2008, 2, 29)}, date(2026, 2, 28)),
    ("age_65", {"birth_on": date(1961, 4, 1)}, date(2026, 4, 1)),
    ("age_80", {"birth_on": BORN}, date(2026, 3, 10)),
    ("age_90", {"birth_on": date(1936, 3, 10)}, date(2026, 3, 10)),
    ("age_100", {"birth_on": date(1926, 3, 10)}, date(2026, 3, 10)),
    ("left_child_16", {"birth_on": date(2010, 3, 20)}, date(2026, 3, 20)),
    ("orphan_18", {"birth_on": date(2008, 3, 20)}, date(2026, 3, 20)),
    ("dibao_review", {"since": date(2023, 3, 20)}, date(2026, 3, 20)),
    ("tekun_review", {"since": date(2024, 2, 29)}, date(2026, 2, 28)),
    ("disabled_card", {"details": {"certificate_until": "2026-05-01"}}, date(2026, 5, 1)),
    ("permit_until", {"details": {"permit_until": "20260401"}}, date(2026, 4, 1)),
    ("permit_endorse", {"details": {"permit_kind": "01", "registered_on": "2022-03-25"}}, date(2026, 3, 25)),
    ("half_year", {"since": date(2025, 9, 1)}, date(2026, 3, 1)),
    ("foreign_document", {"details": {"document_until": "2026-04-01"}}, date(2026, 4, 1)),
    ("foreign_leaves", {"details": {"leaves_on": "2026-03-15"}}, date(2026, 3, 15)),
    ("dibao_review", {"since": date(2020, 1, 1), "details": {"reviewed_on": "2025-04-01"}}, date(2026, 4, 1)),
    ("elderly_alone_quarter", {"since": date(2025, 12, 15), "details": {"often": "quarter"}}, date(2026, 3, 15)),
    ("empty_nest_quarter", {"since": date(2025, 12, 15), "details": {"often": "quarter"}}, date(2026, 3, 15)),
    ("empty_nest_visit", {"since": date(2020, 1, 1), "last_visit_on": date(2026, 2, 12)}, date(2026, 3, 12)),
    ("disabled_visit", {"since": date(2025, 12, 15)}, date(2026, 3, 15)),
    ("dibao_visit", {"since": date(2020, 1, 1), "last_visit_on": date(2025, 12, 20)}, date(2026, 3, 20)),
    ("tekun_visit", {"since": date(2020, 1, 1), "last_visit_on": date(2026, 2, 12)}, date(2026, 3, 12)),
    ("low_income_visit", {"since": date(2025, 9, 15)}, date(2026, 3, 15)),
    ("orphan_visit", {"since": date(2020, 1, 1), "last_visit_on": date(2026, 2, 13)}, date(2026, 3, 13)),
    ("pregnant_visit", {"since": date(2025, 12, 12)}, date(2026, 3, 12)),
    ("bereaved_visit", {"since": date(2020, 1, 1), "last_visit_on": date(2025, 12, 14)}, date(2026, 3, 14)),
    ("veteran_visit", {"since": date(2025, 9, 20)}, date(2026, 3, 20)),
    ("left_child_visit", {"since": date(2020, 1, 1), "last_visit_on": date(2025, 12, 15)}, date(2026, 3, 15)),
    ("birth_expected", {"details": {"expected_until": "2026-03-20"}}, date(2026, 3, 20)),
    ("elderly_alone_visit", {"since": date(2020, 1, 1), "last_visit_on": date(2026, 2, 12)}, date(2026, 3, 12)),
]


def row(given):
    return d.Row(**({"birth_on": None} | given))


@pytest.mark.parametrize(("code", "given", "wanted"), CASES, ids=[f"{c}-{w}" for c, _, w in CASES])
def test_a_rule_falls_due_on_its_day(code, given, wanted):
    rule = d.rules()[code]
    start, end = d.window(rule, date(2026, 3, 10))
    assert d.due_days(rule, row(given), start, end) == [wanted]
    assert d.due_days(rule, row(given), wanted, wanted) == [wanted]
    assert (
        d.due_days(rule, row(given), date(2019, 1, 1), wanted.replace(day=1)) in ([], [wanted]) or rule.form == "every"
    )


def test_every_rule_has_a_case():
    assert {code for code, _, _ in CASES} == set(d.rules())


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("correction_end", {"details": {}}),
        ("correction_end", {"details": {"correction_until": "期满"}}),
        ("age_80", {}),
        ("drug_three_years", {"details": {"control": "01", "found_on": "2023-03-20"}}),
        ("youth_18", {"birth_on": date(2008, 3, 20), "details": {"youth_kind": "01"}}),
        ("permit_endorse", {"details": {"permit_kind": "02", "registered_on": "2022-03-25"}}),
        ("half_year", {"since": date(2025, 9, 1), "details": {"permit_kind": "01"}}),
        ("dibao_review", {}),
    ],
)
def test_a_rule_says_nothing_of_a_row_it_does_not_cover(code, given):
    rule = d.rules()[code]
    assert d.due_days(rule, row(given), date(2000, 1, 1), date(2030, 1, 1)) == []


def test_a_yearly_day_comes_each_year_and_never_on_the_first():
    rule = d.rules()["permit_endorse"]
    given = row({"details": {"permit_kind": "01", "registered_on": "2020-02-29"}})
    found = d.due_days(rule, given, date(2020, 1, 1), date(2024, 12, 31))
    assert found == [date(2021, 2, 28), date(2022, 2, 28), date(2023, 2, 28), date(2024, 2, 29)]


def test_a_window_of_births_loses_nobody():
    """Everybody born in four years around, leap day included, who comes of age within the window is within the bounds."""
    rule = d.rules()["adult_18"]
    for start, end in [(date(2026, 2, 20), date(2026, 3, 5)), (date(2028, 2, 28), date(2028, 2, 29))]:
        low, high = d.born_between(rule, start, end)
        for ordinal in range(date(2006, 1, 1).toordinal(), date(2012, 1, 1).toordinal()):
            born = date.fromordinal(ordinal)
            assert not d.due_days(rule, d.Row(born), start, end) or low <= born <= high


def test_every_rule_looks_at_fields_that_the_standard_has():
    for rule in d.rules().values():
        named = [f for f in (rule.field, *rule.when) if f]
        if rule.kind in CARE:
            assert set(named) <= {f.key for f in care.fields(rule.kind)}, rule.code
            continue
        if rule.kind == "person":
            assert not named
            continue
        code = (ROLES | SPECIAL)[rule.kind][1]
        for key in named:
            assert table(code).field(key), f"{rule.code}: {code} has no {key}"
        if rule.field:
            assert table(code).field(rule.field).kind == "D"


def test_every_rule_cites_its_source_and_says_what_to_do():
    assert all(r.source and r.act and r.title and r.lead >= 0 and r.back > 0 for r in d.rules().values())
    assert {r.group for r in d.rules().values()} - {""} <= set(SPECIAL)


LIMITS = {"person": 365, "migrant": 180, "elderly_alone": 30, "field.phone": 90}


@pytest.mark.parametrize(
    ("kinds", "field", "wanted"),
    [
        ((), "", 365),
        (("hukou",), "", 365),
        (("migrant", "elderly_alone"), "", 30),
        (("migrant",), "phone", 90),
        (("migrant",), "employer", 180),
    ],
)
def test_the_shortest_limit_counts_unless_the_field_has_its_own(kinds, field, wanted):
    assert (days_for_field(LIMITS, field, kinds) if field else days_for(LIMITS, kinds)) == wanted


@pytest.mark.parametrize(
    ("verified", "stale"),
    [
        (None, True),
        (date(2026, 3, 10), False),
        (date(2025, 12, 10), False),
        (date(2025, 12, 9), True),
        (date(2026, 4, 1), False),
    ],
)
def test_the_last_day_of_the_limit_is_still_fresh(verified, stale):
    assert is_stale(verified, 90, date(2026, 3, 10)) is stale
