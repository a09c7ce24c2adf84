"""Self-evaluations: begun from approved goals, money from the books, figures frozen, points given with their reasons."""

from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Sum

from wangge.finance.budget.models import Appropriation, BudgetUnit, Entry, Project
from wangge.finance.performance import queries, rules, terms
from wangge.finance.performance.goal_words import level1_of
from wangge.finance.performance.models import (
    PerformanceEvaluation,
    PerformanceFund,
    PerformanceGoal,
    PerformanceResult,
)
from wangge.finance.performance.services import parts
from wangge.kernel import audit, clock, files, metrics
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.metrics import Period

ZERO = Decimal(0)
CARRIED, FISCAL = ("carryover", "surplus"), ("general", "nontax", "fund", "state_capital")
TEXTS = {"expected": 2000, "achieved": 2000, "period": 60}
AMOUNTS = {"investment": "项目总投资", "investment_fiscal": "其中财政拨款"}


@transaction.atomic
def start_evaluation(*, actor: Actor, goal_id: int) -> PerformanceEvaluation:
    """Begin the self-evaluation of an approved goal form: its rows, its weights (those that do not apply moved), the
    money of the year from the books."""
    actor.must(rules.EDIT)
    goal = parts.locked(actor, PerformanceGoal, goal_id)
    if goal.kind == "summary":
        raise Refusal("summary_is_not_evaluated", "汇总表不自评。请对整体目标表和各项目目标表自评。", status=409)
    if goal.state != "approved":
        raise Refusal("goals_not_approved", "目标表批复后才能自评。请先完成审核和批复。", status=409)
    if (known := goal.evaluations.first()) is not None:
        raise Refusal(
            "a_self_evaluation_stands_once_a_year",
            "这张目标表已经开始自评。请打开原表。",
            status=409,
            evaluation=known.pk,
        )
    funds = _funds(goal.unit, goal.project, goal.year)
    total = funds[0]
    rows = list(goal.indicators.all())
    applies = [rules.Row(r.level2, r.level3, r.target, r.weight).applies for r in rows]
    weighed = [rules.Weighed(r.level2, a, r.weight or ZERO) for r, a in zip(rows, applies, strict=True)]
    execution, weights = rules.redistribute(weighed, goal.year, execution=bool(total.budget))
    made = PerformanceEvaluation.objects.create(
        goal=goal,
        unit=goal.unit,
        project=goal.project,
        year=goal.year,
        kind="whole" if goal.kind == "whole" else "project",
        special=goal.special,
        direction=goal.direction,
        investment=goal.amount if goal.project else None,
        investment_fiscal=goal.general if goal.project else None,
        period=goal.period,
        expected=goal.goal_year,
        execution_weight=execution,
        execution_score=rules.execution_score(execution, total.budget, total.spent),
        created_by=actor.id,
        created_at=clock.now(),
    )
    _write_funds(made, funds)
    PerformanceResult.objects.bulk_create(
        PerformanceResult(
            evaluation=made,
            indicator=row,
            position=row.position,
            level1=row.level1,
            level2=row.level2,
            level3=row.level3,
            target=row.target,
            actual="" if fits else row.target or row.level3,
            weight=weight,
            score=None if fits else ZERO,
            explanation="" if fits else "不适用，分值已移给同一级的其他指标",
        )
        for row, weight, fits in zip(rows, weights, applies, strict=True)
    )
    audit.record(actor, "finance.evaluation_started", "evaluation", made.pk, unit=goal.unit.code, year=goal.year)
    return made


def _kind(source: str) -> str:
    return "carryover" if source in CARRIED else "fiscal" if source.startswith(FISCAL) else "other"


def _funds(owner: BudgetUnit, project: Project | None, year: int) -> list[terms.Funds]:
    """The money block from the books; spending is shown of the whole only, as the form has it."""
    lines = Appropriation.objects.filter(unit=owner, year=year)
    if project is not None:
        lines = lines.filter(project=project)
    first, whole = dict.fromkeys(terms.FUND_KINDS, ZERO), dict.fromkeys(terms.FUND_KINDS, ZERO)
    for source, approved, adjusted in lines.values_list("source", "approved", "adjusted"):
        for kind in ("total", _kind(source)):
            first[kind] += approved
            whole[kind] += approved + adjusted
    paid = Entry.objects.filter(counter="paid", line__in=lines, on__lte=date(year, 12, 31))
    spent = paid.aggregate(s=Sum("amount"))["s"] or ZERO
    return [terms.Funds(k, first[k], whole[k], spent if k == "total" else None) for k in terms.FUND_KINDS]


def _write_funds(made: PerformanceEvaluation, funds: list[terms.Funds]) -> None:
    made.funds.all().delete()
    PerformanceFund.objects.bulk_create(
        PerformanceFund(evaluation=made, kind=f.kind, initial=f.initial, budget=f.budget, spent=f.spent) for f in funds
    )


@transaction.atomic
def refresh_funds(*, actor: Actor, evaluation_id: int, seen: int) -> PerformanceEvaluation:
    """Take the money from the books again, and the points of execution with it."""
    form = parts.open_for_edit(actor, PerformanceEvaluation, evaluation_id, seen)
    funds = _funds(form.unit, form.project, form.year)
    _write_funds(form, funds)
    form.execution_score = rules.execution_score(form.execution_weight, funds[0].budget, funds[0].spent)
    parts.changed(form, "execution_score")
    audit.record(actor, "finance.funds_taken", "evaluation", form.pk, spent=str(funds[0].spent))
    return form


@transaction.atomic
def edit_evaluation(*, actor: Actor, evaluation_id: int, seen: int, fields: dict[str, Any]) -> PerformanceEvaluation:
    """Change the texts of the head (expected, achieved, period) and the investment in 万元 as typed."""
    form = parts.open_for_edit(actor, PerformanceEvaluation, evaluation_id, seen)
    given = {name: value for name, value in fields.items() if name in TEXTS or name in AMOUNTS}
    for name, value in given.items():
        setattr(
            form,
            name,
            parts.words(name, value, TEXTS[name]) if name in TEXTS else parts.amount(name, value, AMOUNTS[name]),
        )
    parts.changed(form, *given)
    audit.record(actor, "finance.evaluation_edited", "evaluation", form.pk, changed=sorted(given))
    return form


@transaction.atomic
def freeze_results(*, actor: Actor, evaluation_id: int, seen: int) -> int:
    """Keep the figure of every bound indicator as it is now, once its period is over, and score it; how many there were.

    A figure that somebody has frozen already for the same period and place is taken as it stands: one number, one row.
    """
    form = parts.open_for_edit(actor, PerformanceEvaluation, evaluation_id, seen)
    rows = list(
        form.results.select_for_update(of=("self",)).filter(indicator__isnull=False).select_related("indicator__goal")
    )
    bound = [r for r in rows if r.indicator is not None and r.indicator.metric and r.snapshot_id is None]
    for row in bound:
        assert row.indicator is not None
        period = queries.period_of(row.indicator)
        if period.end > clock.today():
            last = Period.day(period.end).start.toordinal() - 1
            raise Refusal(
                "period_not_over",
                f"“{row}”的考核期到 {date.fromordinal(last):%Y-%m-%d} 结束，期满后才能定稿。",
                field="freeze",
                status=409,
            )
        snapshot = parts.frozen_figure(actor, row.indicator, period)
        metric = metrics.get(row.indicator.metric)
        row.snapshot, row.actual = snapshot, queries.said(snapshot.value, metric)
        _judge(row, form.year, None, "")
        row.revision += 1
        row.save()
    if bound:
        parts.changed(form)
    audit.record(actor, "finance.results_frozen", "evaluation", form.pk, count=len(bound))
    return len(bound)


@transaction.atomic
def save_result(
    *,
    actor: Actor,
    result_id: int,
    seen: int,
    actual: str = "",
    score: object = None,
    band: str = "",
    reason: str = "",
    evidence: str = "",
    file: tuple[bytes | BinaryIO, str] | None = None,
) -> PerformanceResult:
    """What was reached of one indicator, and its points.

    A frozen figure cannot be overwritten. A number in the target's unit is scored by the rule; the clerk may give less,
    never more. Words are scored within the band chosen. A typed value needs evidence: words that name it, or a file.
    """
    form_id = PerformanceResult.objects.filter(pk=result_id).values_list("evaluation_id", flat=True).first()
    form = parts.open_for_edit(actor, PerformanceEvaluation, form_id or 0)
    row = PerformanceResult.objects.select_for_update().filter(pk=result_id, evaluation=form).first()
    if row is None:
        raise NotHere("自评指标")
    if row.revision != seen:
        raise Refusal("stale", f"“{row}”刚由他人填写。请刷新页面核对后再保存。", status=409, seen=seen)
    row.reason = parts.words("reason", reason, 1000)
    row.evidence = parts.words("evidence", evidence, 300)
    if file is not None:
        row.file = files.put(file[0], name=file[1], actor=actor).sha256
    if row.snapshot_id is None:
        row.actual, row.entered_by = parts.words("actual", actual, 500), actor.id
    _judge(row, form.year, parts.number("score", score, "得分"), band)
    if row.snapshot_id is None and row.actual and not (row.evidence or row.file) and row.weight:
        raise Refusal(
            "evidence_missing",
            "人工填写的实际完成值须有佐证。请写明文件、台账的名称和编号，或上传附件。",
            field="evidence",
        )
    row.revision += 1
    row.save()
    parts.changed(form)
    audit.record(actor, "finance.result_saved", "evaluation", form.pk, result=row.pk, score=str(row.score))
    return row


def _judge(row: PerformanceResult, year: int, given: Decimal | None, band: str) -> None:
    """Points by the rule when both sides are numbers, else those given within the band."""
    if not rules.Row(row.level2, row.level3, row.target, row.weight).applies:
        row.score, row.band, row.explanation = ZERO, "", "不适用，不计分"
        return
    if not row.actual:
        row.score, row.band, row.explanation = None, "", ""
        return
    found = queries.reached(row.target, row.actual)
    if found is not None:
        scored = rules.score_quantitative(row.weight, found[0], found[1], year)
        if given is not None and given > scored.points:
            raise Refusal(
                "score_too_high",
                f"按规则最多得 {rules.plain(scored.points)} 分：{scored.explanation}。",
                field="score",
                value=str(given),
            )
        row.band, row.score = "", scored.points if given is None else given
        less = f"；自评扣减 {rules.plain(scored.points - row.score)} 分" if row.score < scored.points else ""
        row.explanation = (scored.explanation + less)[:300]
        return
    if not band and row.snapshot_id is not None and given is None:
        row.score, row.explanation = None, "指标值不是同单位的数量，请选择完成情况后打分"
        return
    if given is None:
        raise Refusal("score_missing", "这是定性指标，请选择完成情况并填写得分。", field="score")
    if (refusal := rules.check_band(row.weight, band, given, year)) is not None:
        raise refusal
    low, high = rules.band_range(row.weight, band, year)
    row.band, row.score = band, given
    row.explanation = f"定性指标，{terms.BANDS[band]}：{rules.plain(low)} 至 {rules.plain(high)} 分"


@transaction.atomic
def act_on_evaluation(
    *, actor: Actor, evaluation_id: int, seen: int, command: str, text: str = ""
) -> PerformanceEvaluation:
    """submit (nothing may be wrong), review, confirm, send_back (with the reason). Who typed values does not review them."""
    form = parts.locked(actor, PerformanceEvaluation, evaluation_id, seen)
    if command == "submit" and (form.state, command) in rules.EVALUATION_MOVES:
        value = queries.evaluation_value(form)
        wrong = [f for f in queries.evaluation_faults(value, form.results.all()) if f.severity == "error"]
        if wrong:
            more = f"等 {len(wrong)} 处" if len(wrong) > 1 else ""
            sentence = f"还有必须改正的内容{more}：{wrong[0].sentence}{wrong[0].suggestion}"
            raise Refusal("evaluation_unsound", sentence, field="results", codes=sorted({f.code for f in wrong}))
    typed = form.results.filter(entered_by=actor.id).exists()
    parts.take(actor, form, command, text, ("enterer",) if typed and command != "submit" else ())
    parts.keep(actor, form, command, text)
    audit.record(
        actor, "finance.evaluation_moved", "evaluation", form.pk, step=command, to=form.state, reason=form.opinion
    )
    return form


@transaction.atomic
def load_evaluation(*, actor: Actor, form: terms.SelfEvaluation, project_code: str = "") -> PerformanceEvaluation:
    """Take over a published self-evaluation as it was printed; what our rules say of it is kept beside it. Once more
    changes nothing. `form.stated` keeps printed rate, execution_score, score and grade as texts."""
    actor.must(rules.APPROVE)
    owner = queries.unit(actor, form.unit_code)
    key = {"unit": owner, "year": parts.year_of(form.year), "kind": parts.kind_of(form.kind, terms.EVALUATION_KINDS)}
    known = PerformanceEvaluation.objects.filter(**key, special=form.special, direction=form.direction).first()
    if known is not None:
        return known
    code = project_code or form.project_code
    project = next((p for p in queries.projects(owner, form.year) if p.code == code), None) if code else None
    if code and project is None:
        raise Refusal("project_unknown", f"项目库中没有代码为 {code} 的项目。", field="project_code", value=code)
    goal = PerformanceGoal.objects.filter(
        unit=owner, year=form.year, kind="whole" if form.kind == "whole" else "direction", special=form.special
    ).first()
    made = PerformanceEvaluation.objects.create(
        **key,
        goal=goal,
        project=project,
        **{name: getattr(form, name) for name in ("special", "direction", *AMOUNTS, *TEXTS)},
        execution_weight=form.execution_weight,
        execution_score=form.execution_score,
        state="confirmed",
        stated=dict(form.stated),
        loaded=True,
        created_by=actor.id,
        created_at=clock.now(),
        approved_by=actor.id,
        approved_at=clock.now(),
    )
    _write_funds(made, list(form.funds))
    PerformanceResult.objects.bulk_create(
        PerformanceResult(
            evaluation=made,
            position=at,
            level1=level1_of(row.level2) or row.level1,
            level2=row.level2,
            level3=row.level3,
            target=row.target,
            actual=row.actual,
            weight=row.weight,
            score=row.score,
            reason=row.reason,
        )
        for at, row in enumerate(form.indicators, 1)
    )
    made.faults = [s[:300] for s in _what_is_wrong(made)]
    made.save(update_fields=["faults"])
    parts.keep(actor, made, "load", "")
    audit.record(actor, "finance.evaluation_loaded", "evaluation", made.pk, unit=owner.code, year=form.year)
    return made


def _what_is_wrong(made: PerformanceEvaluation) -> list[str]:
    value = queries.evaluation_value(made)
    found = [f.sentence for f in queries.evaluation_faults(value, made.results.all())]
    total = next((f for f in value.funds if f.kind == "total"), terms.Funds("total", None, None, None))
    exact = rules.execution_score(value.execution_weight, total.budget, total.spent)
    stands = value.execution_score
    if exact is not None and stands is not None and abs(exact - stands) > rules.standard(made.year).tolerance:
        found.append(f"执行率得分 {rules.plain(stands)}，按分值 × 执行率应为 {rules.plain(exact)}。")
    stated = value.stated
    if value.score is not None and "score" in stated and Decimal(stated["score"]) != value.score:
        found.append(f"总分写为 {stated['score']}，逐项相加为 {rules.plain(value.score)}。")
    if value.grade and stated.get("grade", value.grade) != value.grade:
        found.append(f"等级写为“{stated['grade']}”，按总分应为“{value.grade}”。")
    if value.rate is not None and "rate" in stated:
        shown = Decimal(stated["rate"].rstrip("%") or 0)
        digits = Decimal(1).scaleb(min(0, int(shown.as_tuple().exponent)))
        if abs(shown - value.rate) >= digits:
            found.append(f"执行率写为 {stated['rate']}，按执行数 ÷ 全年预算数应为 {rules.plain(value.rate)}%。")
    return found
