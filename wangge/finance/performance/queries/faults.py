"""What is wrong with a goal form or a self-evaluation, by row and as a whole."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from wangge.finance.performance import rules, terms
from wangge.finance.performance.goal_words import Fault, lint_goal, measures, parse_target, plain
from wangge.finance.performance.models import (
    PerformanceIndicator,
    PerformanceResult,
)

ZERO = Decimal(0)


def lint_row(one: PerformanceIndicator | terms.GoalIndicator, year: int) -> list[Fault]:
    return lint_goal(one.level2 or one.level1, one.level3, one.target, year)


def lint_form(form: terms.GoalForm) -> list[tuple[int, Fault]]:
    """(indicator id or 0 for the whole form, fault), errors of the whole form first."""
    if form.kind == "summary":
        return [(0, f) for f in _summary_faults(form)]
    rows = [rules.Row(i.level2, i.level3, i.target, i.weight) for i in form.indicators]
    found = [(0, f) for f in [*_head_faults(form), *rules.check_goals(rows, form.year)]]
    return found + [(i.id, f) for i in form.indicators for f in lint_row(i, form.year)]


def _head_faults(form: terms.GoalForm) -> Iterable[Fault]:
    if not form.goal_year.strip():
        yield Fault("goal_missing", "error", "没有写年度绩效目标。", "用一两句话写明本年要达到的总体效果。")
    if form.amount is None or form.amount <= 0:
        yield Fault("amount_missing", "error", "没有填资金总额。", "填写本年度申请的资金，单位万元。")
    if form.kind == "direction":
        for name, label in (("special", "所属专项"), ("direction", "支出方向"), ("period", "项目实施期")):
            if not getattr(form, name).strip():
                yield Fault("head_missing", "error", f"没有填“{label}”。", "对照项目库填写。")
    if form.kind == "whole" and form.amount is not None:
        parts = ((form.basic, form.projects), (form.general, form.fund, form.other))
        for part, label in zip(parts, ("基本支出与项目支出", "各类收入来源"), strict=True):
            known = [p for p in part if p is not None]
            if known and sum(known, ZERO) != form.amount:
                shown = plain(sum(known, ZERO) / 10_000)
                yield Fault(
                    "amount_sum",
                    "error",
                    f"{label}合计 {shown} 万元，与资金总额 {plain(form.amount / 10_000)} 万元不等。",
                    "核对各项金额。",
                )


def _summary_faults(form: terms.GoalForm) -> Iterable[Fault]:
    lines = [r for r in form.lines if r.kind == "summary"]
    if not lines:
        yield Fault("lines_missing", "error", "汇总表没有内容。", "点“按项目目标表汇总”，或逐行填写。")
    whole = sum((r.amount or ZERO for r in lines if r.number), ZERO)
    if form.amount is not None and whole != form.amount:
        sentence = f"各专项合计 {plain(whole / 10_000)} 万元，与资金总额 {plain(form.amount / 10_000)} 万元不等。"
        yield Fault("amount_sum", "error", sentence, "核对各行金额。")
    parent, parts = None, ZERO
    for row in [*lines, None]:
        if row is None or row.number:
            if parent is not None and parts and parts != (parent.amount or ZERO):
                name = parent.name or parent.direction
                yield Fault("sub_sum", "error", f"“{name}”的子项合计与本行金额不等。", "核对子项金额。")
            parent, parts = row, ZERO
        else:
            parts += row.amount or ZERO


def evaluation_faults(form: terms.SelfEvaluation, results: Iterable[PerformanceResult]) -> list[Fault]:
    """What keeps a self-evaluation from being submitted, and what it should explain."""
    total = next((f for f in form.funds if f.kind == "total"), None)
    rows = [
        rules.Row(
            r.level2,
            r.level3 or ("" if r.target else "（接上行）"),
            r.target,
            r.weight,
            r.actual,
            r.score,
            r.reason,
            flagged=far_above(r, form.year),
            evidence=bool(r.snapshot_id or r.evidence.strip() or r.file or r.evaluation.loaded),
        )
        for r in results
    ]
    found = rules.check_evaluation(
        rows,
        form.year,
        budget=total.budget if total else None,
        spent=total.spent if total else None,
        execution_weight=form.execution_weight,
    )
    if not form.achieved.strip():
        found.append(Fault("achieved_missing", "error", "没有写年度总体目标的实际完成情况。", "对照预期目标逐条写。"))
    return found


def reached(target_text: str, actual_text: str) -> tuple[Any, Decimal] | None:
    """(target, actual in its unit) when both are one number of the same unit; None when only words can judge."""
    target = parse_target(target_text)
    if target is None:
        return None
    same = [m for m in measures(actual_text) if m.unit == target.unit or not target.unit]
    return (target, same[0].number) if len(same) == 1 else None


def far_above(one: PerformanceResult, year: int) -> bool:
    found = reached(one.target, one.actual)
    return bool(found and rules.score_quantitative(one.weight, found[0], found[1], year).flagged)
