"""P01-P04, P08, P11, P12: weights, scores and grades inside one self-evaluation form."""

import re
from decimal import Decimal

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import plain
from wangge.disclosure.documents.auditing.performance.sheets import (
    FIRST_LEVELS,
    FORM,
    evaluations,
    header_points,
    indicators,
    level1,
    level2,
    money,
    name_of_form,
    paragraphs,
    places_of,
    same_project,
    title,
)
from wangge.disclosure.documents.auditing.terms import plain as shown
from wangge.disclosure.documents.model import Place, Row, Table
from wangge.finance.terms import LEVEL2, not_applicable

_ZERO = Decimal(0)


def _weights(form: Table) -> tuple[Decimal, Decimal, list[Row], bool]:
    """Σ weights and Σ scores with those of the execution rate, the rows that count, and whether all are known."""
    rows = [r for r in indicators(form) if r["分值"].number is not None]
    known = all(r["分值"].number is not None and r["得分"].number is not None for r in indicators(form))
    head = money(form)
    weight = _execution_weight(form)
    score = head["得分"].amount if head else _ZERO
    return (
        weight + sum((r["分值"].amount for r in rows), _ZERO),
        score + sum((r["得分"].amount for r in rows), _ZERO),
        rows,
        known,
    )


def _execution_weight(form: Table) -> Decimal:
    """Of the execution rate; where its cell is blank, the weight that the instructions of the form give."""
    head = money(form)
    if head and head["分值"].number is None and head["执行率"].number is not None:
        return Decimal(10)
    return head["分值"].amount if head else _ZERO


def _missing(form: Table) -> list[str]:
    """Second levels of the form that no row has: a row was lost, or never filled."""
    here = {level2(r) for r in indicators(form)}
    return [name for name in LEVEL2 if name not in here]


def _formula(form: Table, rows: list[Row], column: str, total: Decimal) -> str:
    head = money(form)
    first = [shown(head[column].amount)] if head and head[column].number is not None else []
    return " + ".join([*first, *(shown(r[column].amount) for r in rows)]) + f" = {shown(total)}"


@rule("P01", source=FORM, formula="Σ分值（含预算执行率）= 印出的总分值 = 100")
def weights_make_hundred(check: Checker) -> None:
    for form in evaluations(check):
        total, _, rows, known = _weights(form)
        printed = form.fields.get("总分/分值")
        if not rows or not known or printed is None or printed.number is None:
            continue
        missing = _missing(form)
        if total == 100 and printed.number == total - _execution_weight(form):
            check.passed()  # a total of the indicators alone
            continue
        lost = total < printed.number and bool(missing)
        broken = _broken_levels(form)
        check.judge(
            total == printed.number,
            printed,
            where=f"{title(form)} 总分·分值",
            printed=printed.text.strip(),
            expected=shown(total),
            difference=shown(printed.number - total),
            formula=_formula(form, rows, "分值", total),
            quote=check.quotes.of(printed.place),
            severity="suspicious" if lost else None,
            origin="either" if lost else "issuer",
            places=places_of(rows, "分值"),
            linked=(*(("P02",) if broken else ()), *(("P04",) if _one_cause(form) else ())),
            explanation=f"各项分值之和不是{printed.text.strip()}。"
            + (f"缺少“{'、'.join(missing)}”的行，可能在转换时丢失。" if lost else ""),
        )


def _one_cause(form: Table) -> bool:
    """Weights and scores are too many by the same: a row that should not count."""
    weights, scores, _, _ = _weights(form)
    full, total = form.fields.get("总分/分值"), form.fields.get("总分/得分")
    if full is None or total is None or full.number is None or total.number is None:
        return False
    return bool(weights - full.number) and weights - full.number == scores - total.number


def _broken_levels(form: Table) -> list[tuple[str, Decimal, Decimal, Place]]:
    """First levels whose rows do not make the weight printed in their header."""
    found = []
    for first in FIRST_LEVELS:
        header = header_points(form, first)
        if header is None:
            continue
        total = sum((r["分值"].amount for r in indicators(form) if level1(r) == first), _ZERO)
        if total != header[0]:
            found.append((first, total, header[0], header[1]))
    return found


@rule("P02", source=FORM, formula="Σ一级指标下各项分值 = 表头分值（产出50、效益30、满意度10）")
def levels_make_their_weight(check: Checker) -> None:
    for form in evaluations(check):
        total, _, rows, known = _weights(form)
        printed = form.fields.get("总分/分值")
        if not rows or not known:
            continue
        if printed is not None and printed.number is not None and total != printed.number:
            continue  # told once, with the total
        broken = _broken_levels(form)
        for first in FIRST_LEVELS:
            if header_points(form, first) and first not in [b[0] for b in broken]:
                check.passed()
        for first, found, header, place in broken[:1]:
            check.flag(
                place,
                where=f"{title(form)} {first}",
                printed=shown(header),
                expected=shown(found),
                difference=shown(header - found),
                formula="；".join(f"{f}各项之和 {shown(s)}，表头 {shown(h)}" for f, s, h, _ in broken),
                places=tuple(p for _, _, _, p in broken),
                explanation="按二级指标归类，各项分值之和与一级指标表头的分值不符。",
            )


@rule("P03", source=FORM, formula="0 ≤ 得分 ≤ 分值")
def scores_within_weights(check: Checker) -> None:
    for form in evaluations(check):
        for row in [*indicators(form), *([head] if (head := money(form)) else [])]:
            weight, score = row["分值"], row["得分"]
            if weight.number is None or score.number is None:
                continue
            check.judge(
                0 <= score.number <= weight.number,
                score,
                where=f"{title(form)} {row.label}",
                expected=f"0～{shown(weight.number)}",
                difference=shown(score.number - weight.number),
                formula=f"得分 {score.text.strip()}，分值 {weight.text.strip()}",
                quote=check.quotes.of(score.place),
                explanation="得分超出分值。",
            )


@rule("P04", source=FORM, formula="Σ得分（含预算执行率）= 总分", tolerance="0.01")
def scores_make_the_total(check: Checker) -> None:
    for form in evaluations(check):
        _, total, rows, known = _weights(form)
        printed = form.fields.get("总分/得分")
        if not rows or not known or printed is None or printed.number is None:
            continue
        if _one_cause(form):
            continue  # told once, with the weights
        weights, _, _, _ = _weights(form)
        full, head = form.fields.get("总分/分值"), money(form)
        alone = head is not None and full is not None and full.number == weights - _execution_weight(form)
        if head and alone and printed.number != total:
            total -= head["得分"].amount  # a total of the indicators alone
        room = full.number - weights if full is not None and full.number is not None else _ZERO
        lost = bool(_missing(form)) and _ZERO < printed.number - total <= room
        cut = [r for r in rows if r["得分"].amount < r["分值"].amount]
        check.judge(
            abs(total - printed.number) <= Decimal("0.01"),
            printed,
            where=f"{title(form)} 总分",
            printed=printed.text.strip(),
            expected=shown(total),
            difference=f"{'+' if printed.number > total else ''}{shown(printed.number - total)}",
            formula=_formula(form, rows, "得分", total),
            quote=check.quotes.of((cut[0]["得分"] if cut else printed).place),
            severity="suspicious" if lost else None,
            origin="either" if lost else "issuer",
            places=(*places_of(cut, "得分"), *places_of(rows, "得分")),
            explanation="各项得分之和不等于印出的总分。" + ("表中缺少的行可能有得分。" if lost else ""),
        )


_GRADES = {"优": 0, "优秀": 0, "良": 1, "良好": 1, "中": 2, "中等": 2, "合格": 2, "差": 3, "不合格": 3}
_BANDS = "优良中差"


@rule(
    "P08",
    source=FORM + "：90分（含）以上为优，80分（含）以上为良，60分（含）以上为中，60分以下为差",
    formula="等级 = 总分所在档次",
)
def grades(check: Checker) -> None:
    for form in evaluations(check):
        grade, total = form.fields.get("等级"), form.fields.get("总分/得分")
        printed = _GRADES.get(plain(grade.text).removeprefix("等级：")) if grade else None
        full = form.fields.get("总分/分值")
        if (
            grade is None
            or printed is None
            or total is None
            or total.number is None
            or (full and full.amount not in (_ZERO, Decimal(100)))
        ):
            continue
        band = 0 if total.number >= 90 else 1 if total.number >= 80 else 2 if total.number >= 60 else 3
        check.judge(
            band == printed,
            grade,
            where=f"{title(form)} 等级",
            expected=_BANDS[band],
            formula=f"总分 {total.text.strip()} 属“{_BANDS[band]}”",
            quote=check.quotes.of(grade.place),
            places=(total.place,),
            explanation="等级与总分所在档次不符。",
        )


@rule(
    "P11",
    source=FORM + "：未达到指标的应分析偏差原因并提出改进措施",
    formula="得分 < 分值 ⇒ 偏差原因不为空",
    severity="suspicious",
)
def deductions_have_reasons(check: Checker) -> None:
    for form in evaluations(check):
        if not any("偏差原因" in r.values for r in indicators(form)):
            continue
        cut = [
            r
            for r in indicators(form)
            if r["得分"].number is not None and r["分值"].number is not None and r["得分"].number < r["分值"].number
        ]
        bare = [r for r in cut if not plain(r["偏差原因"].text)]
        check.judge(
            not bare,
            (bare or indicators(form))[0]["得分"],
            where=title(form),
            printed="；".join(f"{r.label} {r['得分'].text.strip()}/{r['分值'].text.strip()}" for r in bare),
            expected="填写偏差原因分析及改进措施",
            quote=check.quotes.of((bare or indicators(form))[0]["得分"].place),
            places=places_of(bare, "得分"),
            explanation="扣分的指标没有填写偏差原因。",
        )


@rule("P11", source=FORM, formula="总分 < 100 ⇒ 综述不写“问题：无”", severity="suspicious")
def problems_are_told(check: Checker) -> None:
    forms = [f for f in evaluations(check) if f.kind == "E2" and name_of_form(f)]
    spoken = ""  # the project whose summary the paragraphs go on with
    for text, place in paragraphs(check.document) if forms else ():
        if named := re.search(r"(?P<name>[^：。]{2,40}?)(?:项目)?绩效自评综述", text):
            spoken = named["name"]
        told = re.search(r"问题及(?:其)?原因：无", text)
        form = next((f for f in forms if same_project(spoken, name_of_form(f))), None) if told else None
        total = form.fields.get("总分/得分") if form else None
        if form is None or total is None or total.number is None or told is None:
            continue
        check.judge(
            total.number >= 100,
            place,
            where=f"{name_of_form(form)}绩效自评综述",
            printed="发现的主要问题及原因：无",
            expected=f"说明扣分原因（自评表 {total.text.strip()} 分）",
            quote=told[0],
            places=(total.place,),
            explanation="自评表有扣分，综述却写没有问题。",
        )


@rule("P12", source=FORM + "：不适用的指标不设分值，分值调整到同类指标", formula="不适用的指标 ⇒ 分值 = 0")
def not_applicable_has_no_weight(check: Checker) -> None:
    for form in evaluations(check):
        total, _, _, _ = _weights(form)
        full = form.fields.get("总分/分值")
        over = total - full.number if full is not None and full.number is not None else _ZERO
        for row in indicators(form):
            target, actual, weight = row["指标值"].text, row["实际完成值"].text, row["分值"]
            if weight.number is None or not (
                not_applicable(target) or (not plain(target) and not_applicable(row["三级指标"].text))
            ):
                continue
            name = row["三级指标"].text
            if plain(target) in ("无", "/", "-") and plain(name) and not not_applicable(name):
                continue  # `无截留情况：无` is a target, and a good one
            sure = not plain(actual) or not_applicable(actual)
            check.judge(
                weight.number == 0,
                weight,
                where=f"{title(form)} {row['二级指标'].text.strip()}",
                expected="0",
                difference=shown(weight.number),
                formula=f"指标值“{plain(target)}”，分值 {weight.text.strip()}，得分 {row['得分'].text.strip()}",
                quote=check.quotes.of(weight.place),
                severity=None if sure else "suspicious",
                places=(row["得分"].place, *((full.place,) if full else ())),
                linked=("P01",) if sure and over and over == weight.number else (),
                explanation="指标写明不适用，仍设分值并得分。"
                + ("总分值因此超出。" if sure and over and over == weight.number else ""),
            )
