"""Performance forms as data for paper. Money becomes 万元 here, once; every number of the report is one of the form's."""

from decimal import Decimal
from typing import Any

from wangge.finance.performance import rules, terms
from wangge.finance.performance.goal_words import LEVEL2, plain


def wan(yuan: Decimal | None) -> str:
    """万元 with two decimals, more only where the fen need them; "" for an empty cell."""
    if yuan is None:
        return ""
    amount = yuan / 10_000
    return f"{amount:.2f}" if amount == rules.points(amount) else plain(amount)


def number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def goal_paper(form: terms.GoalForm) -> dict[str, Any]:
    """Data of `finance/performance_goal`."""
    if form.kind == "whole":
        head = [
            ("部门名称", form.unit_name, "资金总额（万元）", wan(form.amount)),
            ("一般公共预算拨款", wan(form.general), "基本支出", wan(form.basic)),
            ("政府性基金拨款", wan(form.fund), "项目支出", wan(form.projects)),
            ("其他资金", wan(form.other), "", ""),
        ]
        texts = [("部门职责概述", form.duties), ("整体绩效目标", form.goal_year)]
    else:
        head = [
            ("支出方向（子项）", form.direction, "所属专项", form.special),
            ("项目金额（万元）", wan(form.amount), "项目实施期", form.period),
        ]
        texts = [("实施期绩效目标", form.goal_period), ("年度绩效目标", form.goal_year)]
    return {
        "title": f"{form.year}年{terms.GOAL_KINDS[form.kind]}",
        "unit": form.unit_name,
        "office": form.office,
        "head": head if form.kind != "summary" else [],
        "texts": [t for t in texts if t[1]] if form.kind != "summary" else [],
        "lines": [
            (r.number, r.name, r.direction, wan(r.amount), r.goal_period, r.goal_year)
            for r in form.lines
            if r.kind == "summary"
        ],
        "total": wan(form.amount),
        "priorities": [(r.number, r.name, r.goal_year) for r in form.lines if r.kind == "priority"],
        "indicators": [(i.level1, i.level2, i.level3, i.target, number(i.weight), i.note) for i in form.indicators],
        "state": f"{terms.GOAL_STATES[form.state]}，第 {form.version} 版"
        if form.version
        else terms.GOAL_STATES[form.state],
    }


def evaluation_paper(form: terms.SelfEvaluation) -> dict[str, Any]:
    """Data of `finance/performance_evaluation`."""
    known = {f.kind: f for f in form.funds}
    money = []
    for kind, name in terms.FUND_KINDS.items():
        f = known.get(kind, terms.Funds(kind, None, None, None))
        tail = (
            (
                number(form.execution_weight),
                "" if form.rate is None else f"{plain(form.rate)}%",
                number(form.execution_score),
            )
            if kind == "total"
            else ("", "", "")
        )
        label = f"其中：{name}" if kind == "fiscal" else name
        money.append((label, wan(f.initial), wan(f.budget), wan(f.spent), *tail))
    return {
        "title": f"{form.year}年度{terms.EVALUATION_KINDS[form.kind]}",
        "unit": form.unit_name,
        "project": form.kind == "project",
        "special": form.special,
        "direction": form.direction,
        "investment": wan(form.investment),
        "investment_fiscal": wan(form.investment_fiscal),
        "period": form.period,
        "money": money,
        "expected": form.expected,
        "achieved": form.achieved,
        "indicators": [
            (i.level1, i.level2, i.level3, i.target, i.actual, number(i.weight), number(i.score), i.reason)
            for i in form.indicators
        ],
        "weight": number(form.weight),
        "score": number(form.score),
        "grade": form.grade,
        "notes": notes(form.year),
    }


def notes(year: int) -> list[str]:
    """The notes under the form, from the year's standard."""
    names = rules.standard(year).grades
    bounds = [(name, plain(least), plain(above)) for (name, least), above in zip(names, _uppers(year), strict=True)]
    said = "，".join(
        f"{above} 分以下为{name}" if least == "0" else f"{least} 分（含）至 {above} 分为{name}"
        for name, least, above in bounds
    )
    total = plain(rules.standard(year).total)
    return ["执行率 = 全年执行数 ÷ 全年预算数，得分 = 分值 × 执行率，最高为该项分值。", f"总分 {total} 分：{said}。"]


def _uppers(year: int) -> list[Decimal]:
    names = rules.standard(year).grades
    return [rules.standard(year).total, *(least for _, least in names[:-1])]


def report_paper(form: terms.SelfEvaluation, sources: dict[int, str]) -> dict[str, Any]:
    """Data of `finance/performance_report`: the written report, whose every number is the form's. `sources` names where
    an actual value comes from, by row."""
    total = next((f for f in form.funds if f.kind == "total"), terms.Funds("total", None, None, None))
    parts = []
    for first in dict.fromkeys(LEVEL2.values()):
        rows = [i for i in form.indicators if i.level1 == first and i.weight]
        if not rows:
            continue
        weight = sum((i.weight for i in rows), Decimal(0))
        score = sum((i.score or Decimal(0) for i in rows), Decimal(0))
        parts.append(
            {
                "name": first,
                "words": f"{first}共 {len(rows)} 条，分值 {plain(weight)} 分，得 {plain(score)} 分。",
                "rows": [
                    f"{i.level3 or i.level2}：指标值“{i.target}”，实际完成“{i.actual}”，"
                    f"分值 {plain(i.weight)} 分，得 {number(i.score)} 分{sources.get(i.id, '')}。"
                    for i in rows
                ],
            }
        )
    lost = [i for i in form.indicators if i.score is not None and i.score < i.weight]
    execution = [
        f"年初预算 {wan(total.initial)} 万元，全年预算 {wan(total.budget)} 万元，全年执行 {wan(total.spent)} 万元，"
        f"执行率 {plain(form.rate)}%，分值 {plain(form.execution_weight)} 分，得 {number(form.execution_score)} 分。"
        if form.rate is not None
        else "本年没有安排预算，执行率不适用，其分值已移给产出指标。"
    ]
    name = form.unit_name if form.kind == "whole" else f"{form.unit_name}“{form.special or form.direction}”"
    return {
        "title": f"{name}{form.year}年度绩效自评报告",
        "summary": f"自评总分 {number(form.score)} 分，等级为“{form.grade}”。" if form.grade else "自评尚未完成。",
        "expected": form.expected,
        "achieved": form.achieved,
        "execution": execution,
        "parts": parts,
        "deviations": [
            f"{i.level3 or i.level2}：扣 {plain(i.weight - (i.score or Decimal(0)))} 分。{i.reason}" for i in lost
        ],
    }
