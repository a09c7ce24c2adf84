"""The five documents as data: what the YAML files say, in the words of the finance room."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from wangge.finance.terms import (
    EvaluatedIndicator,
    Funds,
    GoalForm,
    GoalIndicator,
    GoalLine,
    LineAmount,
    LineKey,
    SelfEvaluation,
    Source,
    execution_rate,
    execution_score,
    grade,
    level1_of,
)

DATA = Path(__file__).parent / "data"
DOCUMENTS = (
    "shifeng-grid-2020",
    "government-office-2020",
    "jinglong-2021",
    "hetang-grid-2020",
    "shifeng-grid-2022",
)
EXECUTION_WEIGHT = Decimal(10)
FEN = Decimal("0.01")
Amounts = dict[LineKey, Decimal]


@dataclass(frozen=True)
class Facts:
    """What one document says of one unit and year; `raw` is its file."""

    name: str
    raw: Mapping[str, Any]

    @property
    def unit(self) -> str:
        return str(self.raw["unit"])

    @property
    def year(self) -> int:
        return int(self.raw["year"])

    @property
    def projects(self) -> Mapping[str, Mapping[str, str]]:
        found: Mapping[str, Mapping[str, str]] = self.raw.get("projects", {})
        return found

    def lines(self, what: str) -> Amounts:
        """The lines of `initial`, `added` or `spent`, in yuan."""
        found: Amounts = {}
        for group in self.raw.get(what, ()):
            for economic, amount in group["lines"].items():
                source = Source(group.get("source", Source.GENERAL))
                key = LineKey(group["function"], economic, source, group.get("project", ""))
                found[key] = found.get(key, Decimal(0)) + money(amount)
        return found

    def of_project(self, code: str) -> Decimal:
        return sum((v for k, v in self.lines("initial").items() if k.project == code), Decimal("0.00"))

    def words(self) -> dict[str, str]:
        """Sentences by key; what a project's money is for is said anew each year."""
        purposes = {f"purpose/{code}": project["purpose"] for code, project in self.projects.items()}
        return purposes | {key: text.strip() for key, text in self.raw.get("words", {}).items()}


def money(amount: object) -> Decimal:
    return Decimal(str(amount)).quantize(FEN)


@cache
def document(name: str) -> Facts:
    return Facts(name, yaml.safe_load((DATA / f"{name}.yaml").read_text("utf-8")))


def units() -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = yaml.safe_load((DATA / "units.yaml").read_text("utf-8"))["units"]
    return found


# ---- adjustments of the year -------------------------------------------------------------------------------------


def adjustments(facts: Facts) -> tuple[Amounts, Amounts]:
    """(追加, 调剂) that turn the initial budget into one from which the year's payments can be made.

    Documents print what was approved and what was spent, not how money moved between. Money moves within a function and
    project first; then from the functions of `moved_from`; what is still missing was added in the year.
    """
    initial, added, spent = facts.lines("initial"), facts.lines("added"), facts.lines("spent")
    if not spent:
        return added, {}
    left = {k: initial.get(k, Decimal(0)) + added.get(k, Decimal(0)) for k in {**initial, **added}}
    short: Amounts = {}
    for key, amount in spent.items():
        free = min(left.get(key, Decimal(0)), amount)
        left[key] = left.get(key, Decimal(0)) - free
        if amount > free:
            short[key] = amount - free
    moved: Amounts = {}
    givers = set(facts.raw.get("moved_from", ()))
    for inside in (True, False):
        for key in sorted(short, key=str):
            for giver in sorted(left, key=str):
                same = (giver.function, giver.project, giver.source) == (key.function, key.project, key.source)
                if giver.source != key.source or not (same if inside else giver.function in givers):
                    continue
                amount = min(left[giver], short[key])
                if amount > 0:
                    left[giver] -= amount
                    short[key] -= amount
                    moved[giver] = moved.get(giver, Decimal(0)) - amount
                    moved[key] = moved.get(key, Decimal(0)) + amount
    more = dict(added)
    for key, amount in short.items():
        if amount:
            more[key] = more.get(key, Decimal(0)) + amount
    return more, {k: v for k, v in moved.items() if v}


def amounts(lines: Amounts) -> list[LineAmount]:
    return [LineAmount(key, amount) for key, amount in lines.items()]


# ---- performance --------------------------------------------------------------------------------------------------


def goals(facts: Facts, unit_name: str) -> list[GoalForm]:
    """The goal forms; amounts are those of the budget's lines."""
    initial = facts.lines("initial")
    total = sum(initial.values(), Decimal(0))
    basic = sum((v for k, v in initial.items() if not k.project), Decimal(0))
    return [_goal(facts, unit_name, given, total, basic) for given in facts.raw.get("goals", ())]


def _goal(facts: Facts, unit_name: str, given: Mapping[str, Any], total: Decimal, basic: Decimal) -> GoalForm:
    kind, project = given["kind"], given.get("project", "")
    whole = kind == "whole"
    amount = total if whole else facts.of_project(project) if project else total - basic
    return GoalForm(
        id=0,
        kind=kind,
        year=facts.year,
        unit_code=facts.unit,
        unit_name=unit_name,
        project_code=project,
        special=given.get("special", ""),
        direction=given.get("direction", ""),
        office=given.get("office", unit_name if kind == "direction" else ""),
        period=given.get("period", ""),
        amount=amount,
        basic=basic if whole else None,
        projects=total - basic if whole else None,
        general=total if whole else None,
        fund=None,
        other=None,
        duties=facts.words().get("duties", "") if whole else "",
        goal_period=given.get("goal_period", ""),
        goal_year=given.get("goal_year", ""),
        state="approved",
        version=1,
        indicators=tuple(
            GoalIndicator(level1_of(row[0]), row[0], row[1], row[2], None, "", "", 0)
            for row in given.get("indicators", ())
        ),
        lines=tuple(_line(facts, line, whole) for line in given.get("lines", ())),
    )


def _line(facts: Facts, given: Mapping[str, Any], is_priority: bool) -> GoalLine:
    amount = money(given["amount"]) if "amount" in given else None
    if "project" in given:
        amount = facts.of_project(given["project"])
    return GoalLine(
        "priority" if is_priority else "summary",
        given.get("number", ""),
        given.get("name", ""),
        given.get("direction", ""),
        amount,
        given.get("goal_period", ""),
        given.get("goal_year", ""),
        0,
    )


def evaluations(facts: Facts, unit_name: str) -> list[SelfEvaluation]:
    return [_evaluation(facts, unit_name, given) for given in facts.raw.get("evaluations", ())]


def _evaluation(facts: Facts, unit_name: str, given: Mapping[str, Any]) -> SelfEvaluation:
    initial, budget = _sources(given["initial"]), _sources(given["budget"])
    spent = money(given["spent"])
    points = execution_score(EXECUTION_WEIGHT, budget["total"], spent)
    stated = Decimal(given["execution_score"]) if "execution_score" in given else points
    rows = tuple(_result(row) for row in given["indicators"])
    score = sum((r.score or Decimal(0) for r in rows), stated or Decimal(0))
    is_project = given["kind"] == "project"
    return SelfEvaluation(
        id=0,
        kind=given["kind"],
        year=facts.year,
        unit_code=facts.unit,
        unit_name=unit_name,
        project_code=given.get("project", ""),
        special=given.get("special", ""),
        direction=given.get("direction", given.get("special", "")),
        investment=budget["total"] if is_project else None,
        investment_fiscal=budget["fiscal"] if is_project else None,
        period=given.get("period", ""),
        funds=tuple(
            Funds(kind, initial.get(kind), budget.get(kind), spent if kind == "total" else None)
            for kind in ("total", "fiscal", "carryover", "other")
            if kind in ("total", "fiscal") or kind in budget
        ),
        expected=given["expected"],
        achieved=given["achieved"],
        rate=execution_rate(budget["total"], spent),
        execution_weight=EXECUTION_WEIGHT,
        execution_score=stated,
        indicators=rows,
        weight=EXECUTION_WEIGHT + sum((r.weight for r in rows), Decimal(0)),
        score=score,
        grade=grade(score),
        state="confirmed",
        stated={},
        faults=(),
    )


def _sources(given: Mapping[str, Any]) -> dict[str, Decimal]:
    parts = {kind: money(amount) for kind, amount in given.items()}
    return {"total": sum(parts.values(), Decimal("0.00")), **parts}


def _result(row: Iterable[Any]) -> EvaluatedIndicator:
    level2, level3, target, actual, weight, score, *rest = row
    reason = rest[0] if rest else ""
    return EvaluatedIndicator(
        level1_of(level2),
        level2,
        level3,
        str(target),
        str(actual),
        Decimal(str(weight)),
        Decimal(str(score)),
        reason,
        "",
        0,
    )


def day(facts: Facts, month: int, of_month: int) -> date:
    return date(facts.year, month, of_month)
