"""The days of the law, the table of moves, and what a correction changed."""

from datetime import date

import pytest

from wangge.disclosure.publications import rules
from wangge.kernel import flow


@pytest.mark.parametrize(
    ("approved", "published", "today", "expected"),
    [
        (date(2022, 1, 10), date(2022, 1, 30), date(2022, 3, 1), ("in_time", 0)),
        (date(2022, 1, 10), date(2022, 1, 31), date(2022, 3, 1), ("late", 1)),
        (date(2022, 1, 10), None, date(2022, 1, 28), ("waiting", 2)),
        (date(2022, 1, 10), None, date(2022, 1, 30), ("waiting", 0)),
        (date(2022, 1, 10), None, date(2022, 2, 2), ("overdue", 3)),
        (date(2024, 2, 10), None, date(2024, 3, 1), ("waiting", 0)),
    ],
)
def test_twenty_days_run_from_the_approval(approved, published, today, expected):
    assert rules.timeliness(approved, published, today) == expected


def test_every_state_has_a_way_out_and_reviewers_are_others():
    assert not flow.dead_ends(rules.MOVES, rules.FINAL)
    assert rules.MOVES["submitted", "pass_first"].not_by == ("preparer",)
    assert set(rules.MOVES["first_passed", "pass_second"].not_by) == {"preparer", "first_reviewer"}
    assert {m.to for m in rules.MOVES.values()} | {"draft"} == {s.value for s in rules.State}


def table(name, *rows, columns=("项目", "金额")):
    return {"id": name, "title": name, "columns": list(columns), "rows": [list(r) for r in rows]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([table("T1", ("基本支出", "74.01"))], [table("T1", ("基本支出", "74.01"))], []),
        (
            [table("T1", ("基本支出", "74.01"))],
            [table("T1", ("基本支出", "74.00"))],
            [("T1", "基本支出", "金额", "74.01", "74.00")],
        ),
        (
            [table("T1", ("甲", "1"), ("乙", "2"))],
            [table("T1", ("甲", "1"), ("新", "9"), ("乙", "2"))],
            [("T1", "新", "项目", "", "新"), ("T1", "新", "金额", "", "9")],
        ),
        ([], [table("T2", ("甲", "1"))], [("T2", "整表", "", "无", "有")]),
        ([table("T2", ("甲", "1"))], [], [("T2", "整表", "", "有", "无")]),
        (
            [table("T1", ("", "1"), ("", "2"))],
            [table("T1", ("", "1"), ("", "3"))],
            [("T1", "（无名称）", "金额", "2", "3")],
        ),
    ],
)
def test_a_correction_names_the_cells_it_changed(before, after, expected):
    found = [(c.table, c.row, c.column, c.before, c.after) for c in rules.changes(before, after)]
    assert found == expected
