"""Goal forms: written, bound to figures, imported, submitted, reviewed, approved, reopened."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import transaction

from wangge.finance.budget.models import BudgetUnit
from wangge.finance.performance import queries, rules, terms
from wangge.finance.performance.goal_words import LEVEL2, level1_of, level2_of
from wangge.finance.performance.models import PerformanceGoal, PerformanceIndicator, PerformanceLine
from wangge.finance.performance.services import parts
from wangge.finance.performance.sheets import COLUMNS
from wangge.kernel import audit, clock, metrics, tables
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory import queries as territory

TEXTS = {
    "special": 120,
    "direction": 200,
    "office": 120,
    "period": 60,
    "duties": 2000,
    "goal_period": 2000,
    "goal_year": 2000,
}
AMOUNT_LABELS = AMOUNTS = {
    "amount": "资金总额",
    "basic": "基本支出",
    "projects": "项目支出",
    "general": "一般公共预算拨款",
    "fund": "政府性基金拨款",
    "other": "其他资金",
}
MOST_ROWS = 100


@transaction.atomic
def create_goal(
    *,
    actor: Actor,
    unit_code: str,
    year: int,
    kind: str,
    project_code: str = "",
    special: str = "",
    direction: str = "",
) -> PerformanceGoal:
    """Begin a goal form; one of a direction belongs to a project. A row for every kind of indicator stands ready."""
    actor.must(rules.EDIT)
    owner, kind = queries.unit(actor, unit_code), parts.kind_of(kind, terms.GOAL_KINDS)
    project = None
    if kind == "direction":
        project = next((p for p in queries.projects(owner, parts.year_of(year)) if p.code == project_code), None)
        if project is None:
            raise Refusal("project_unknown", "请选择项目。本年度的项目在项目库中建立。", field="project_code")
    fields = {
        "special": parts.words("special", special or (project.name if project else ""), 120),
        "direction": parts.words("direction", direction or (project.name if project else ""), 200),
    }
    if PerformanceGoal.objects.filter(unit=owner, year=year, kind=kind, **fields).exists():
        raise Refusal(
            "a_goal_form_stands_once_a_year",
            "该单位本年已有这张绩效目标表。请打开原表修改，或换一个支出方向名称。",
            field="direction" if kind == "direction" else "kind",
            status=409,
        )
    made = PerformanceGoal.objects.create(
        unit=owner,
        project=project,
        year=parts.year_of(year),
        kind=kind,
        office=owner.name,
        period=f"{year}年" if kind == "direction" else "",
        created_by=actor.id,
        created_at=clock.now(),
        **fields,
        **({"amount": _together(owner, year)} if kind == "summary" else queries.planned(owner, project, year)),
    )
    if kind != "summary":
        PerformanceIndicator.objects.bulk_create(
            PerformanceIndicator(goal=made, position=at, level1=first, level2=name)
            for at, (name, first) in enumerate(LEVEL2.items(), 1)
        )
    audit.record(actor, "finance.goal_created", "goal", made.pk, unit=owner.code, year=year, form=kind)
    return made


def _together(owner: BudgetUnit, year: int) -> Decimal | None:
    return queries.planned(owner, None, year).get("projects")


@transaction.atomic
def edit_goal(*, actor: Actor, goal_id: int, seen: int, fields: Mapping[str, Any]) -> PerformanceGoal:
    """Change the head of a form. Texts as typed, amounts in 万元 as typed; what is not named stays."""
    goal = parts.open_for_edit(actor, PerformanceGoal, goal_id, seen)
    known = set(TEXTS) | set(AMOUNTS)
    given = {name: value for name, value in fields.items() if name in known}
    for name, value in given.items():
        if name in TEXTS:
            setattr(goal, name, parts.words(name, value, TEXTS[name]))
        else:
            setattr(goal, name, parts.amount(name, value, AMOUNTS[name]))
    parts.changed(goal, *given)
    audit.record(actor, "finance.goal_edited", "goal", goal.pk, changed=sorted(given))
    return goal


def _row(goal: PerformanceGoal, indicator_id: int) -> PerformanceIndicator:
    row = PerformanceIndicator.objects.select_for_update().filter(pk=indicator_id, goal=goal).first()
    if row is None:
        raise NotHere("绩效指标")
    return row


@transaction.atomic
def save_indicators(*, actor: Actor, goal_id: int, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add rows (no `id`) and change those that differ; how many did. Each row: id, seen (its revision), level2, level3,
    target, weight, note, as typed. All or none: a refusal names the field and the row (`target_12`).
    """
    goal = parts.open_for_edit(actor, PerformanceGoal, goal_id)
    known = {r.pk: r for r in goal.indicators.select_for_update()}
    if len(known) + sum(not r.get("id") for r in rows) > MOST_ROWS:
        raise Refusal("too_many_rows", f"一张表最多 {MOST_ROWS} 条指标。请合并相近的指标。", field="level3")
    changed = sum(_save_row(goal, known, given) for given in rows)
    if changed:
        _in_order(goal)
        parts.changed(goal)
        audit.record(actor, "finance.indicators_saved", "goal", goal.pk, count=changed)
    return changed


def _save_row(goal: PerformanceGoal, known: Mapping[int, PerformanceIndicator], given: Mapping[str, Any]) -> bool:
    key = given.get("id") or ""
    row = known.get(int(key)) if key else PerformanceIndicator(goal=goal, position=MOST_ROWS + len(known))
    if row is None:
        raise NotHere("绩效指标")
    name = level2_of(str(given.get("level2") or row.level2))
    if not name:
        raise Refusal("level2_unknown", "请选择二级指标。", field=f"level2_{key}", value=given.get("level2"))
    made = {
        "level1": LEVEL2[name],
        "level2": name,
        "level3": parts.words(f"level3_{key}", given.get("level3"), 200),
        "target": parts.words(f"target_{key}", given.get("target"), 500),
        "weight": parts.number(f"weight_{key}", given.get("weight"), "分值", Decimal(100)),
        "note": parts.words(f"note_{key}", given.get("note"), 300),
    }
    if row.pk and all(getattr(row, field) == value for field, value in made.items()):
        return False
    if row.pk and str(given.get("seen", row.revision)) != str(row.revision):
        sentence = f"“{row}”刚由他人修改为“{row.target}”。请刷新页面核对后再保存，您填写的内容仍在本页。"
        raise Refusal("stale", sentence, status=409, field=f"target_{key}")
    for field, value in made.items():
        setattr(row, field, value)
    row.revision += 1
    row.save()
    return True


def _in_order(goal: PerformanceGoal) -> None:
    """Rows stand in the order of the form; rows of one kind in the order in which they came."""
    order = list(LEVEL2)
    rows = list(goal.indicators.select_for_update())
    rows.sort(key=lambda r: (order.index(r.level2) if r.level2 in order else -1, r.position, r.pk))
    for at, row in enumerate(rows, 1):
        if row.position != at:
            row.position = at
            row.save(update_fields=["position"])


@transaction.atomic
def delete_indicator(*, actor: Actor, goal_id: int, indicator_id: int) -> None:
    goal = parts.open_for_edit(actor, PerformanceGoal, goal_id)
    row = _row(goal, indicator_id)
    audit.record(actor, "finance.indicator_deleted", "goal", goal.pk, indicator=row.pk)
    row.delete()
    parts.changed(goal)


@transaction.atomic
def allot_weights(*, actor: Actor, goal_id: int) -> PerformanceGoal:
    """Give every row its points: 50/30/10 by first level, in proportion to the weights there are (alike without any);
    rows that do not apply get 0."""
    goal = parts.open_for_edit(actor, PerformanceGoal, goal_id)
    rows = list(goal.indicators.select_for_update())
    judged = [rules.Row(r.level2, r.level3, r.target, r.weight) for r in rows]
    filled = [j.applies and bool(r.level3.strip() or r.target.strip()) for j, r in zip(judged, rows, strict=True)]
    if not any(filled):
        raise Refusal("nothing_applies", "还没有可以分配分值的指标。请先填写指标。", field="weight")
    weighed = [
        rules.Weighed(r.level2, applies, r.weight or Decimal(0)) for r, applies in zip(rows, filled, strict=True)
    ]
    for row, weight in zip(rows, rules.redistribute(weighed, goal.year)[1], strict=True):
        row.weight = weight
        row.revision += 1
        row.save(update_fields=["weight", "revision"])
    parts.changed(goal)
    audit.record(actor, "finance.weights_allotted", "goal", goal.pk)
    return goal


@transaction.atomic
def bind_indicator(
    *,
    actor: Actor,
    indicator_id: int,
    metric: str,
    place_code: int | None = None,
    starts: date | None = None,
    ends: date | None = None,
) -> PerformanceIndicator:
    """Let the actual value of an indicator be counted: which figure, where (default: the unit's place), from which day up
    to which last day (default: the year). The place must lie within the unit's own."""
    goal, row = _own_row(actor, indicator_id)
    found = metrics.get(metric)
    place = place_code or goal.unit.place_code
    try:
        lo, hi = territory.interval(place)
    except ValueError:
        raise Refusal("place_unknown", "没有这个地方。请填名称或代码。", field="place", value=place) from None
    within_lo, within_hi = territory.interval(goal.unit.place_code)
    if not (within_lo <= lo and hi <= within_hi):
        raise Refusal("place_outside", "这个地方不在本单位的辖区内。请改选辖区内的地方。", field="place", value=place)
    first, last = starts or date(goal.year, 1, 1), ends or date(goal.year, 12, 31)
    if last < first or first.year != goal.year or last.year != goal.year:
        raise Refusal("period_wrong", f"考核期应在 {goal.year} 年内，且开始不晚于结束。", field="ends", value=str(last))
    row.metric, row.place_lo, row.place_hi = found.code, lo, hi
    row.starts_on, row.ends_on = metrics.Period.day(first).start, metrics.Period.day(last).end
    row.revision += 1
    row.save()
    parts.changed(goal)
    audit.record(actor, "finance.indicator_bound", "goal", goal.pk, indicator=row.pk, metric=found.code, place=place)
    return row


@transaction.atomic
def unbind_indicator(*, actor: Actor, indicator_id: int) -> PerformanceIndicator:
    """Take the binding away: the actual value is typed from now on, with evidence."""
    goal, row = _own_row(actor, indicator_id)
    row.metric, row.place_lo, row.place_hi, row.starts_on, row.ends_on = "", 0, 0, None, None
    row.revision += 1
    row.save()
    parts.changed(goal)
    audit.record(actor, "finance.indicator_unbound", "goal", goal.pk, indicator=row.pk)
    return row


def _own_row(actor: Actor, indicator_id: int) -> tuple[PerformanceGoal, PerformanceIndicator]:
    goal_id = PerformanceIndicator.objects.filter(pk=indicator_id).values_list("goal_id", flat=True).first()
    goal = parts.open_for_edit(actor, PerformanceGoal, goal_id or 0)
    return goal, _row(goal, indicator_id)


# ---- lines --------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_line(*, actor: Actor, goal_id: int, line_id: int | None = None, fields: Mapping[str, Any]) -> PerformanceLine:
    """Add or change a line of the summary (amount in 万元 as typed) or of the year's priorities."""
    goal = parts.open_for_edit(actor, PerformanceGoal, goal_id)
    if line_id is None:
        last = goal.lines.order_by("-position").first()
        line = PerformanceLine(
            goal=goal,
            position=last.position + 1 if last else 1,
            kind="summary" if goal.kind == "summary" else "priority",
        )
    else:
        found = PerformanceLine.objects.select_for_update().filter(pk=line_id, goal=goal).first()
        if found is None:
            raise NotHere("明细")
        line = found
    for name, longest in (
        ("number", 10),
        ("name", 200),
        ("direction", 300),
        ("goal_period", 2000),
        ("goal_year", 2000),
    ):
        if name in fields:
            setattr(line, name, parts.words(name, fields[name], longest))
    if "amount" in fields:
        line.amount = parts.amount("amount", fields["amount"], "金额")
    if not (line.name or line.direction or line.goal_year):
        raise Refusal("line_empty", "这一行是空的。请填写名称或目标。", field="name")
    line.save()
    parts.changed(goal)
    audit.record(actor, "finance.goal_line_saved", "goal", goal.pk, line=line.pk)
    return line


@transaction.atomic
def delete_line(*, actor: Actor, goal_id: int, line_id: int) -> None:
    goal = parts.open_for_edit(actor, PerformanceGoal, goal_id)
    gone, _ = PerformanceLine.objects.filter(pk=line_id, goal=goal).delete()
    if not gone:
        raise NotHere("明细")
    parts.changed(goal)
    audit.record(actor, "finance.goal_line_deleted", "goal", goal.pk, line=line_id)


@transaction.atomic
def compile_summary(*, actor: Actor, goal_id: int) -> PerformanceGoal:
    """Fill the summary anew from the year's goal forms of single directions, in their order; the total follows."""
    goal = parts.open_for_edit(actor, PerformanceGoal, goal_id)
    if goal.kind != "summary":
        raise Refusal("not_a_summary", "只有汇总表可以汇总。请打开专项资金绩效目标汇总表。", status=409)
    forms = list(PerformanceGoal.objects.filter(unit=goal.unit, year=goal.year, kind="direction").order_by("pk"))
    if not forms:
        raise Refusal("no_directions", "本年还没有项目绩效目标表。请先为各项目建立目标表。", field="lines")
    goal.lines.all().delete()
    PerformanceLine.objects.bulk_create(
        PerformanceLine(
            goal=goal,
            position=at,
            kind="summary",
            number=str(at),
            name=form.special,
            direction=form.direction,
            amount=form.amount,
            goal_period=form.goal_period,
            goal_year=form.goal_year,
        )
        for at, form in enumerate(forms, 1)
    )
    goal.amount = sum((f.amount or Decimal(0) for f in forms), Decimal(0))
    parts.changed(goal, "amount")
    audit.record(actor, "finance.summary_compiled", "goal", goal.pk, rows=len(forms))
    return goal


# ---- tables and moves ---------------------------------------------------------------------------------------------


@transaction.atomic
def import_indicators(*, actor: Actor, goal_id: int, seen: int, stream: bytes | BinaryIO, name: str) -> tables.Result:
    """Replace the rows of a form by those of a table: all or, when one is wrong, none. Bindings of rows with the same
    second level and name stay."""
    goal = parts.open_for_edit(actor, PerformanceGoal, goal_id, seen)
    result = tables.read(stream, name, COLUMNS)
    made = []
    for at, (line, values) in enumerate(list(result.rows), 1):
        level2 = level2_of(values.get("level2") or "")
        if not level2:
            result.refuse(line, "level2", f"二级指标只能填：{'、'.join(LEVEL2)}。")
            continue
        try:
            made.append(
                PerformanceIndicator(
                    goal=goal,
                    position=at,
                    level1=LEVEL2[level2],
                    level2=level2,
                    level3=parts.words("level3", values.get("level3"), 200),
                    target=parts.words("target", values.get("target"), 500),
                    weight=parts.number("weight", values.get("weight"), "分值", Decimal(100)),
                    note=parts.words("note", values.get("note"), 300),
                )
            )
        except Refusal as refusal:
            result.refuse(line, refusal.field or "level3", refusal.sentence)
    if not result.errors and not made:
        raise Refusal("table_empty", "表格里没有指标。请先导出，改好后再导入。", field="file", value=name)
    if len(made) > MOST_ROWS:
        raise Refusal("too_many_rows", f"一张表最多 {MOST_ROWS} 条指标。请合并相近的指标。", field="file", value=name)
    if result.errors:
        return result
    bound = {(r.level2, r.level3): r for r in goal.indicators.exclude(metric="")}
    for row in made:
        if (old := bound.get((row.level2, row.level3))) is not None:
            for field in ("metric", "place_lo", "place_hi", "starts_on", "ends_on"):
                setattr(row, field, getattr(old, field))
    goal.indicators.all().delete()
    PerformanceIndicator.objects.bulk_create(made)
    _in_order(goal)
    parts.changed(goal)
    audit.record(actor, "finance.goal_imported", "goal", goal.pk, rows=len(made))
    return result


@transaction.atomic
def act_on_goal(*, actor: Actor, goal_id: int, seen: int, command: str, text: str = "") -> PerformanceGoal:
    """submit, review, approve, send_back (with the reason), revise (with the reason; refused once results are judged)."""
    goal = parts.locked(actor, PerformanceGoal, goal_id, seen)
    if command == "submit" and (goal.state, command) in rules.GOAL_MOVES:
        _must_be_sound(goal)
    if command == "revise" and goal.evaluations.exists():
        raise Refusal(
            "already_evaluated", "这张目标表已经开始自评，目标不能再改。未完成的，在自评表中写明偏差原因。", status=409
        )
    parts.take(actor, goal, command, text)
    parts.keep(actor, goal, command, text)
    audit.record(actor, "finance.goal_moved", "goal", goal.pk, step=command, to=goal.state, reason=goal.opinion)
    return goal


def _must_be_sound(goal: PerformanceGoal) -> None:
    wrong = [f for _, f in queries.lint_form(queries.goal_value(goal)) if f.severity == "error"]
    if wrong:
        more = f"等 {len(wrong)} 处" if len(wrong) > 1 else ""
        raise Refusal(
            "goals_unsound",
            f"还有必须改正的内容{more}：{wrong[0].sentence}{wrong[0].suggestion}",
            field="indicators",
            codes=sorted({f.code for f in wrong}),
        )


@transaction.atomic
def load_goal(*, actor: Actor, form: terms.GoalForm, project_code: str = "") -> PerformanceGoal:
    """Take over a published form as it was printed, approved, whatever our checks say of it; once more changes nothing.

    Rows keep their order and their first level where they name no second. For the demonstration and for old years.
    """
    actor.must(rules.APPROVE)
    owner = queries.unit(actor, form.unit_code)
    key = {"unit": owner, "year": parts.year_of(form.year), "kind": parts.kind_of(form.kind, terms.GOAL_KINDS)}
    known = PerformanceGoal.objects.filter(**key, special=form.special, direction=form.direction).first()
    if known is not None:
        return known
    code = project_code or form.project_code
    project = next((p for p in queries.projects(owner, form.year) if p.code == code), None) if code else None
    if code and project is None:
        raise Refusal("project_unknown", f"项目库中没有代码为 {code} 的项目。", field="project_code", value=code)
    made = PerformanceGoal.objects.create(
        **key,
        project=project,
        **{name: getattr(form, name) for name in (*TEXTS, *AMOUNTS)},
        state="approved",
        version=1,
        loaded=True,
        created_by=actor.id,
        created_at=clock.now(),
        approved_by=actor.id,
        approved_at=clock.now(),
    )
    PerformanceIndicator.objects.bulk_create(
        PerformanceIndicator(
            goal=made,
            position=at,
            level1=level1_of(row.level2) or row.level1,
            level2=row.level2,
            level3=row.level3,
            target=row.target,
            weight=row.weight,
            note=row.note,
        )
        for at, row in enumerate(form.indicators, 1)
    )
    PerformanceLine.objects.bulk_create(
        PerformanceLine(goal=made, position=at, **{k: getattr(line, k) for k in LINE_FIELDS})
        for at, line in enumerate(form.lines, 1)
    )
    parts.keep(actor, made, "load", "")
    audit.record(actor, "finance.goal_loaded", "goal", made.pk, unit=owner.code, year=form.year)
    return made


LINE_FIELDS = ("kind", "number", "name", "direction", "amount", "goal_period", "goal_year")
