"""P05-P07: the money of a form, its rate of execution, and the points it earns."""

import re
from decimal import ROUND_HALF_UP, Decimal

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import plain
from wangge.disclosure.documents.auditing.performance.sheets import FORM, evaluations, money, term, title
from wangge.disclosure.documents.auditing.terms import plain as shown
from wangge.disclosure.documents.auditing.tolerance import PERCENT, SUM, place_value, rounded
from wangge.disclosure.documents.model import Grid


@rule("P05", source=FORM, formula="执行率 = 全年执行数 ÷ 全年预算数", tolerance=PERCENT)
def execution_rates(check: Checker) -> None:
    for form in evaluations(check):
        row = money(form)
        budget, spent, rate = (row[c] for c in ("全年预算数", "全年执行数", "执行率")) if row else (None, None, None)
        if (
            not row
            or not budget
            or not spent
            or not rate
            or None in (budget.number, spent.number, rate.number)
            or not budget.amount
        ):
            continue
        printed, digits = (
            (rate.amount, rate.digits)
            if rate.unit == "%" or rate.amount > 1
            else (rate.amount * 100, max(rate.digits - 2, 0))
        )
        if rate.unit != "%" and rate.amount == 1 and spent.amount < budget.amount / 2:
            printed = rate.amount
        exact = spent.amount / budget.amount * 100
        off = abs(rounded(exact, digits) - printed)
        short = max(0, -int(printed.normalize().as_tuple().exponent))
        zeros = bool(off) and short < digits and rounded(exact, short) == printed  # rounded further, zeros added
        weight, score = row["分值"], row["得分"]
        carried = (
            weight.number is not None
            and score.number is not None
            and abs(min(weight.number, weight.number * printed / 100) - score.number) <= Decimal("0.05")
        )
        earned = _earned(weight.amount, exact)
        also = carried and off >= 1 and abs(earned - score.amount) > Decimal("0.05")
        check.judge(
            off == 0,
            rate,
            where=f"{title(form)} 执行率",
            expected=f"{rounded(exact, max(digits, 2) if off else digits)}%"
            + (f"，得分{shown(rounded(earned, 2))}" if also else ""),
            difference=f"{printed - rounded(exact, digits):+}个百分点",
            formula=f"{spent.text.strip()} ÷ {budget.text.strip()} = {rounded(exact, 2)}%",
            quote=check.quotes.of(rate.place),
            severity="rounding" if off and (off <= place_value(digits) or zeros) else None,
            places=(budget.place, spent.place, *((score.place,) if also else ())),
            linked=("P06",) if also else (),
            explanation="执行率与两数之比不符" + ("，按执行率计算的得分也随之有误。" if also else "。"),
        )


def _earned(weight: Decimal, percent: Decimal) -> Decimal:
    return min(weight, weight * percent / 100)


@rule("P06", source=FORM, formula="执行率得分 = 分值 × 执行率，不超过分值", tolerance="0.05")
def execution_scores(check: Checker) -> None:
    stated = _form_states_the_formula(check)
    for form in evaluations(check):
        row = money(form)
        if not row or row["分值"].number is None or row["得分"].number is None:
            continue
        budget, spent, rate, score = row["全年预算数"], row["全年执行数"], row["执行率"], row["得分"]
        if budget.number is not None and spent.number is not None and budget.amount:
            exact = spent.amount / budget.amount * 100
        elif rate.number is not None:
            exact = rate.amount
        else:
            continue
        earned = _earned(row["分值"].amount, exact)
        fine = abs(score.amount - earned) <= Decimal("0.05")
        by_rate = rate.number is not None and abs(score.amount - _earned(row["分值"].amount, rate.amount)) <= Decimal(
            "0.05"
        )
        if not fine and by_rate:
            continue  # the printed rate is wrong, and the score follows it: told with the rate
        check.judge(
            fine,
            score,
            where=f"{title(form)} 执行率得分",
            expected=shown(earned.quantize(Decimal("0.01"), ROUND_HALF_UP)),
            difference=shown(score.amount - earned.quantize(Decimal("0.01"), ROUND_HALF_UP)),
            formula=f"{row['分值'].text.strip()} × {rounded(exact, 2)}% = {rounded(earned, 2)}",
            quote=check.quotes.of(score.place),
            severity=None if stated else "suspicious",
            places=(rate.place,),
            explanation="预算执行率的得分与分值乘执行率不符。",
        )


def _form_states_the_formula(check: Checker) -> bool:
    """Some places score the execution rate in steps; certain is only what the form itself prints: 得分（分值×执行率）."""
    return any(
        re.search(r"分值[×xX*]执行", plain(cell.text))
        for block in check.document.source.blocks
        if isinstance(block, Grid)
        for row in block.rows
        for cell in row
        if "执行" in cell.text
    )


@rule("P07", source=FORM, formula="资金合计 = 当年财政拨款 + 上年结转资金 + 其他资金", tolerance=SUM)
def money_adds_up(check: Checker) -> None:
    for form in evaluations(check):
        total = money(form)
        parts = [row for key in ("当年财政拨款", "上年结转资金", "其他资金") if (row := money(form, key))]
        if total is None or not parts:
            continue
        for column in ("年初预算数", "全年预算数", "全年执行数"):
            known = [t for row in parts if (t := term(check, form, row, column)) is not None]
            if any(t.number is not None for t in known):
                filled = [row for row in parts if any(v.amount for v in row.values.values())]
                gap = any(
                    row[column].number is None for row in filled
                )  # a part that other columns give was not filled in
                check.sum_of(term(check, form, total, column), known, severity="suspicious" if gap else None)
