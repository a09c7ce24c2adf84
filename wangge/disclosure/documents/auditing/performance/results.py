"""P13, P24: what was done beside what was aimed at, counted or paid for."""

import re
from decimal import Decimal
from typing import Any

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import passages, plain
from wangge.disclosure.documents.auditing.performance.sheets import (
    FORM,
    evaluations,
    indicators,
    level1,
    money,
    name_of_form,
    paragraphs,
    places_of,
    same_project,
    title,
)
from wangge.disclosure.documents.auditing.terms import plain as shown
from wangge.disclosure.documents.model import Place, Row
from wangge.finance.terms import lint_goal, measures, not_applicable, parse_target


@rule("P13", source=FORM, formula="实际完成值与指标值同单位、可比较", severity="suspicious")
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


def _missed(row: Row, want: Any, got: tuple[Any, ...]) -> bool:
    """The only actual number is below the target, and the score is not cut in proportion."""
    operator, goal, unit = want.operator, want.number, want.unit
    same = [g for g in got if g.unit == unit]
    weight, score = row["分值"].number, row["得分"].number
    if (
        len(same) != 1
        or weight is None
        or score is None
        or (operator not in ("≥", ">") and not (operator == "=" and unit == "%"))
    ):
        return False
    done = same[0].number
    return bool(goal) and done < goal and score > weight * done / goal + Decimal("0.5")


@rule("P13", source=FORM, formula="自评表的项目数量 = 报告所列项目数", severity="suspicious")
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


@rule("P24", source=FORM, formula="全年执行数 = 0 ⇒ 产出、时效得分应有说明", severity="suspicious")
def nothing_spent_everything_done(check: Checker) -> None:
    for form in evaluations(check):
        row = money(form)
        if row is None or row["全年执行数"].number is None or row["全年执行数"].number or not row["全年预算数"].amount:
            continue
        output = [r for r in indicators(form) if level1(r) == "产出指标"]
        weight = sum((r["分值"].amount for r in output), Decimal(0))
        score = sum((r["得分"].amount for r in output), Decimal(0))
        check.judge(
            not output or score < weight,
            row["全年执行数"],
            where=title(form),
            printed=f"执行数{row['全年执行数'].text.strip()}，产出得分{shown(score)}/{shown(weight)}",
            expected="说明没有支出仍完成产出的原因",
            quote=check.quotes.of(row["全年执行数"].place),
            places=places_of(output, "得分"),
            explanation="全年没有支出，产出指标却得满分。",
        )
