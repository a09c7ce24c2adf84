"""The life of a publication, and the days the law gives for it. Pure Python.

Source of the limit: 预算法 (2018) 第十四条 (departments, within twenty days of the finance department's approval) and
预算法实施条例 (2020) 第六条 (units, within twenty days of their department's approval). The days are calendar days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from wangge.kernel.flow import Move

LIMIT_DAYS = 20
PREPARE, REVIEW, PUBLISH = "disclosure.prepare", "disclosure.review", "disclosure.publish"


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    FIRST_PASSED = "first_passed"
    PASSED = "passed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


LABELS = {
    "draft": "拟稿",
    "submitted": "待初审",
    "first_passed": "待复审",
    "passed": "待发布",
    "published": "已公开",
    "withdrawn": "已撤回",
    "superseded": "已更正",
    "cancelled": "已作废",
    "make": "编制",
    "refresh": "重新生成",
    "submit": "提交审核",
    "pass_first": "初审通过",
    "pass_second": "复审通过",
    "send_back": "退回修改",
    "publish": "发布",
    "withdraw": "撤回",
    "supersede": "更正替换",
    "cancel": "作废",
    "preparer": "编制",
    "first_reviewer": "初审",
    "reason": "理由",
}
MOVES: Mapping[tuple[str, str], Move] = {
    ("draft", "refresh"): Move("draft", PREPARE),
    ("draft", "submit"): Move("submitted", PREPARE),
    ("draft", "cancel"): Move("cancelled", PREPARE, needs=("reason",)),
    ("submitted", "pass_first"): Move("first_passed", REVIEW, not_by=("preparer",)),
    ("submitted", "send_back"): Move("draft", REVIEW, needs=("reason",)),
    ("first_passed", "pass_second"): Move("passed", REVIEW, not_by=("preparer", "first_reviewer")),
    ("first_passed", "send_back"): Move("draft", REVIEW, needs=("reason",)),
    ("passed", "publish"): Move("published", PUBLISH),
    ("passed", "send_back"): Move("draft", REVIEW, needs=("reason",)),
    ("published", "withdraw"): Move("withdrawn", PUBLISH, needs=("reason",)),
    ("published", "supersede"): Move("superseded", PUBLISH),
}
FINAL = frozenset({"withdrawn", "superseded", "cancelled"})
PUBLIC = frozenset({"published", "withdrawn", "superseded"})


def due_on(approved_on: date) -> date:
    """The last day on which to publish what was approved on a day."""
    return approved_on + timedelta(days=LIMIT_DAYS)


def timeliness(approved_on: date, published_on: date | None, today: date) -> tuple[str, int]:
    """`("in_time" | "late" | "waiting" | "overdue", days)`: days left while waiting, days over when late or overdue."""
    due = due_on(approved_on)
    if published_on:
        return ("in_time", 0) if published_on <= due else ("late", (published_on - due).days)
    return ("waiting", (due - today).days) if today <= due else ("overdue", (today - due).days)


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that a correction changed, as it was printed before and after."""

    table: str
    row: str
    column: str
    before: str
    after: str


def changes(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Change]:
    """What differs between two sets of tables `{id, title, columns: [words], rows: [[printed]]}`, cell by cell.

    Rows are matched by their words (the cells before the first figure), in order, so that a row added in the middle
    does not make every row after it differ.
    """
    old, new = ({t["id"]: t for t in tables} for tables in (before, after))
    found: list[Change] = []
    for name in dict.fromkeys([*old, *new]):
        one, other = old.get(name), new.get(name)
        if one is None or other is None:
            shown = other or one
            assert shown is not None
            found.append(Change(shown["title"], "整表", "", "有" if one else "无", "有" if other else "无"))
            continue
        rows_before, rows_after = _named(one), _named(other)
        for key in dict.fromkeys([*rows_before, *rows_after]):
            a, b = rows_before.get(key), rows_after.get(key)
            columns = other["columns"] if b is not None else one["columns"]
            for i, column in enumerate(columns):
                was, now = _at(a, i), _at(b, i)
                if was != now:
                    found.append(Change(other["title"], key[0], column, was, now))
    return found


def _at(row: Sequence[str] | None, i: int) -> str:
    return "" if row is None or i >= len(row) else row[i]


def _named(table: Mapping[str, Any]) -> dict[tuple[str, int], Sequence[str]]:
    words = table.get("words", 1)
    found: dict[tuple[str, int], Sequence[str]] = {}
    for row in table["rows"]:
        name, again = " ".join(c for c in row[:words] if c) or "（无名称）", 0
        while (name, again) in found:
            again += 1
        found[name, again] = row
    return found
