"""P01-P08, P11-P13, P24: weights, scores, rates and grades inside one self-evaluation form."""

import re
from decimal import ROUND_HALF_UP, Decimal

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import passages, plain
from wangge.disclosure.documents.auditing.performance.sheets import (
    FIRST_LEVELS,
    evaluations,
    header_points,
    indicators,
    level1,
    level2,
    money,
    name_of_form,
    paragraphs,
    same_project,
    term,
    title,
)
from wangge.disclosure.documents.auditing.terms import plain as shown
from wangge.disclosure.documents.auditing.tolerance import PERCENT, SUM, place_value, rounded
from wangge.disclosure.documents.model import Grid, Place, Row, Table
from wangge.finance.terms import LEVEL2, lint_goal, measures, not_applicable, parse_target

_FORM = "财预〔2020〕10号附自评表填报说明"
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


def _places(rows: list[Row], column: str) -> tuple[Place, ...]:
    return tuple(r[column].place for r in rows)


def _formula(form: Table, rows: list[Row], column: str, total: Decimal) -> str:
    head = money(form)
    first = [shown(head[column].amount)] if head and head[column].number is not None else []
    return " + ".join([*first, *(shown(r[column].amount) for r in rows)]) + f" = {shown(total)}"


@rule("P01", source=_FORM, formula="Σ分值（含预算执行率）= 印出的总分值 = 100")
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
            places=_places(rows, "分值"),
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


@rule("P02", source=_FORM, formula="Σ一级指标下各项分值 = 表头分值（产出50、效益30、满意度10）")
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


@rule("P03", source=_FORM, formula="0 ≤ 得分 ≤ 分值")
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


@rule("P04", source=_FORM, formula="Σ得分（含预算执行率）= 总分", tolerance="0.01")
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
            places=(*_places(cut, "得分"), *_places(rows, "得分")),
            explanation="各项得分之和不等于印出的总分。" + ("表中缺少的行可能有得分。" if lost else ""),
        )


@rule("P05", source=_FORM, formula="执行率 = 全年执行数 ÷ 全年预算数", tolerance=PERCENT)
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


@rule("P06", source=_FORM, formula="执行率得分 = 分值 × 执行率，不超过分值", tolerance="0.05")
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


@rule("P07", source=_FORM, formula="资金合计 = 当年财政拨款 + 上年结转资金 + 其他资金", tolerance=SUM)
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


_GRADES = {"优": 0, "优秀": 0, "良": 1, "良好": 1, "中": 2, "中等": 2, "合格": 2, "差": 3, "不合格": 3}
_BANDS = "优良中差"


@rule(
    "P08",
    source=_FORM + "：90分（含）以上为优，80分（含）以上为良，60分（含）以上为中，60分以下为差",
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
    source=_FORM + "：未达到指标的应分析偏差原因并提出改进措施",
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
            places=_places(bare, "得分"),
            explanation="扣分的指标没有填写偏差原因。",
        )


@rule("P11", source=_FORM, formula="总分 < 100 ⇒ 综述不写“问题：无”", severity="suspicious")
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


@rule("P12", source=_FORM + "：不适用的指标不设分值，分值调整到同类指标", formula="不适用的指标 ⇒ 分值 = 0")
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


@rule("P13", source=_FORM, formula="实际完成值与指标值同单位、可比较", severity="suspicious")
def actual_answers_target(check: Checker) -> None:
    """Targets and actual values that cannot be compared, or a full score for a target that was missed."""
    for form in evaluations(check):
        odd: list[tuple[Row, str]] = []
        for row in indicators(form):
            target, actual = row["指标值"].text, row["实际完成值"].text
            if not_applicable(target) or not plain(target) or not plain(actual):
                continue
            if any(
                f.code == "copy_of_name"
                for f in lint_goal(row["二级指标"].text, row["三级指标"].text, target, check.document.year)
            ):
                odd.append((row, f"指标值照抄指标名称“{plain(target)[:20]}”"))
                continue
            want, got = parse_target(target), measures(actual)
            if want is None or not got:
                check.passed()
            elif want.unit and got[0].unit and want.unit != got[0].unit and len(got) == 1:
                odd.append((row, f"指标值{want.text}，完成值{got[0].text}，单位不同"))
            elif _missed(row, want, got):
                odd.append(
                    (
                        row,
                        f"指标值{want.text}，完成值{got[0].text}，得分{row['得分'].text.strip()}/{row['分值'].text.strip()}",
                    )
                )
            else:
                check.passed()
        if odd:
            check.flag(
                odd[0][0]["指标值"],
                where=title(form),
                printed="；".join(f"{r.label}：{why}" for r, why in odd),
                expected="完成值用与指标值相同的单位回答",
                quote=check.quotes.of(odd[0][0]["指标值"].place),
                places=tuple(r["指标值"].place for r, _ in odd),
                explanation="实际完成值没有回答指标值，或未完成仍得满分。",
            )


def _missed(row: Row, want: object, got: tuple[object, ...]) -> bool:
    """The only actual number is below the target, and the score is not cut in proportion."""
    operator, goal, unit = want.operator, want.number, want.unit  # type: ignore[attr-defined]
    same = [g for g in got if g.unit == unit]  # type: ignore[attr-defined]
    weight, score = row["分值"].number, row["得分"].number
    if (
        len(same) != 1
        or weight is None
        or score is None
        or (operator not in ("≥", ">") and not (operator == "=" and unit == "%"))
    ):
        return False
    done = same[0].number  # type: ignore[attr-defined]
    return bool(goal) and done < goal and score > weight * done / goal + Decimal("0.5")


@rule("P13", source=_FORM, formula="自评表的项目数量 = 报告所列项目数", severity="suspicious")
def counted_projects(check: Checker) -> None:
    """`涉及项目数量 5` beside four parts that the report lists under this project."""
    told = paragraphs(check.document)
    for form in evaluations(check):
        name = name_of_form(form)
        for row in indicators(form):
            if not name or not re.search(r"项目数量?$|项目个数", plain(row["三级指标"].text)):
                continue
            want = re.fullmatch(r"(?:≥)?(\d{1,2})个?", plain(row["指标值"].text))
            listed = _listed(told, name)
            if not want or len(listed) < 2:
                continue
            check.judge(
                int(want[1]) == len(listed),
                row["指标值"],
                where=f"{title(form)} {row.label}",
                expected=str(len(listed)),
                difference=f"{int(want[1]) - len(listed):+}",
                formula="；".join(t for t, _ in listed),
                quote=check.quotes.of(row["指标值"].place),
                places=tuple(p for _, p in listed),
                explanation="自评表的项目数量与报告所列子项目个数不一致。",
            )


def _listed(told: list[tuple[str, Place]], name: str) -> list[tuple[str, Place]]:
    """The numbered parts under the paragraph that names the project: （1）（2）（3）."""
    for i, (text, _) in enumerate(told):
        m = re.search(r"^\d+[.、．].{0,12}项目“(?P<name>[^”]+)”", text)
        if not m or not same_project(m["name"], name):
            continue
        found: list[tuple[str, Place]] = []
        for later, place in told[i + 1 :]:
            if re.match(r"^\d+[.、．]|^[一二三四五六七八九十]+、", later):
                break
            number = re.match(r"^（(\d{1,2})）", later)
            if number and int(number[1]) == len(found) + 1:
                found.append((later[:30], place))
        return found
    return []


_BOUNDS = re.compile(
    r"(?:受理|登记|收到|交办)(?:[^，。；\d]{0,30})(?P<all>\d+)(?P<unit>[件条项起])，(?:已|共|均)?(?:办结|办理完成|办理|成案|解决)[^，。；\d]{0,12}(?P<done>\d+)(?P=unit)"
)
_OVER = re.compile(
    r"(?P<what>办结率|满意率|满意度|好评率|覆盖率|合格率|及时率|完好率)(?:达到|达|为)?(?P<n>1\d\d(?:\.\d+)?)%"
)


@rule("P13x", source="统计口径：办结不大于受理，比率不大于100%", formula="办结 ≤ 受理；比率 ≤ 100%")
def logical_bounds(check: Checker) -> None:
    for passage in passages(check.document):
        for m in _BOUNDS.finditer(passage.text):
            check.judge(
                int(m["done"]) <= int(m["all"]),
                passage.place(m.start()),
                printed=m["done"],
                expected=f"不大于 {m['all']}",
                difference=f"{int(m['done']) - int(m['all']):+}",
                quote=passage.quote(m.start(), m.end()),
                explanation="办结数大于受理数。",
            )
        for m in _OVER.finditer(passage.text):
            check.judge(
                Decimal(m["n"]) <= 100,
                passage.place(m.start()),
                where=m["what"],
                printed=f"{m['n']}%",
                expected="不大于 100%",
                quote=passage.quote(m.start(), m.end()),
                explanation="比率超过100%。",
            )


@rule("P24", source=_FORM, formula="全年执行数 = 0 ⇒ 产出、时效得分应有说明", severity="suspicious")
def nothing_spent_everything_done(check: Checker) -> None:
    for form in evaluations(check):
        row = money(form)
        if row is None or row["全年执行数"].number is None or row["全年执行数"].number or not row["全年预算数"].amount:
            continue
        output = [r for r in indicators(form) if level1(r) == "产出指标"]
        weight = sum((r["分值"].amount for r in output), _ZERO)
        score = sum((r["得分"].amount for r in output), _ZERO)
        check.judge(
            not output or score < weight,
            row["全年执行数"],
            where=title(form),
            printed=f"执行数{row['全年执行数'].text.strip()}，产出得分{shown(score)}/{shown(weight)}",
            expected="说明没有支出仍完成产出的原因",
            quote=check.quotes.of(row["全年执行数"].place),
            places=_places(output, "得分"),
            explanation="全年没有支出，产出指标却得满分。",
        )
