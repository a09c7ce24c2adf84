"""What the writes of both kinds of form share: the locked row, its freshness, its moves and its kept versions."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec

from wangge.finance.performance import queries, rules
from wangge.finance.performance.models import (
    PerformanceEvaluation,
    PerformanceGoal,
    PerformanceIndicator,
    PerformanceVersion,
)
from wangge.kernel import clock, flow, metrics, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.models_files import MetricSnapshot

Form = TypeVar("Form", PerformanceGoal, PerformanceEvaluation)
LONGEST = 2000


def locked(actor: Actor, model: type[Form], form_id: int, seen: int | None = None) -> Form:
    """The form of a unit the actor may see, locked; refused as stale when it changed since `seen`."""
    queries.must_see(actor)
    mine = [u.pk for u in queries.units(actor)]
    found = model._default_manager.select_for_update(of=("self",)).filter(pk=form_id, unit__in=mine)
    row = found.select_related("unit", "project").first()
    if row is None:
        raise NotHere("绩效表")
    if seen is not None and seen != row.revision:
        raise Refusal(
            "stale", "他人刚刚修改了这张表。请刷新页面核对后再保存，您填写的内容仍在本页。", status=409, seen=seen
        )
    return row


def open_for_edit(actor: Actor, model: type[Form], form_id: int, seen: int | None = None) -> Form:
    """The same, of a form that may be changed now by this actor."""
    actor.must(rules.EDIT)
    row = locked(actor, model, form_id, seen)
    if (refusal := rules.may_edit(row.state)) is not None:
        raise refusal
    return row


def changed(row: PerformanceGoal | PerformanceEvaluation, *fields: str) -> None:
    row.revision += 1
    row.save(update_fields=[*fields, "revision"])


def take(
    actor: Actor, row: PerformanceGoal | PerformanceEvaluation, command: str, text: str, also: tuple[str, ...] = ()
) -> None:
    """Carry the form over its table of moves: who may, in which state, who is excluded for what they did before.

    `also` are further relations of the actor to the form (`enterer`: typed an actual value by hand).
    """
    is_goal = isinstance(row, PerformanceGoal)
    moves = rules.GOAL_MOVES if is_goal else rules.EVALUATION_MOVES
    labels = rules.GOAL_LABELS if is_goal else rules.EVALUATION_LABELS
    found = flow.move(moves, row.state, command, labels)
    refusal = flow.barrier(found, actor, command, labels, [*queries.relations(actor, row), *also])
    refusal = refusal or flow.missing(found, labels, {"text": text.strip()})
    if refusal is not None:
        raise refusal
    row.state, row.opinion = found.to, text.strip()[:500]
    if command == "submit":
        row.submitted_by, row.reviewed_by, row.approved_by = actor.id, 0, 0
    elif command == "review":
        row.reviewed_by = actor.id
    elif command in ("approve", "confirm"):
        row.approved_by, row.approved_at = actor.id, clock.now()
        if isinstance(row, PerformanceGoal):
            row.version += 1
    changed(
        row,
        "state",
        "opinion",
        "submitted_by",
        "reviewed_by",
        "approved_by",
        "approved_at",
        *(["version"] if is_goal else []),
    )


def keep(actor: Actor, row: PerformanceGoal | PerformanceEvaluation, command: str, words: str) -> PerformanceVersion:
    """The form as it is now, for ever."""
    value: Any = queries.goal_value(row) if isinstance(row, PerformanceGoal) else queries.evaluation_value(row)
    content = msgspec.json.decode(msgspec.json.encode(value))
    if isinstance(row, PerformanceGoal):
        content["faults"] = [f.sentence for _, f in queries.lint_form(value)]
    return PerformanceVersion.objects.create(
        goal=row if isinstance(row, PerformanceGoal) else None,
        evaluation=row if isinstance(row, PerformanceEvaluation) else None,
        number=row.versions.count() + 1,
        command=command,
        state=row.state,
        words=words.strip()[:500],
        content=content,
        by_id=actor.id,
        by_name=actor.name,
        at=clock.now(),
    )


def words(field: str, value: object, longest: int = LONGEST) -> str:
    """A text as typed, without blanks around it; refused when it is too long."""
    text = str(value or "").strip()
    if len(text) > longest:
        raise Refusal("too_long", f"最长 {longest} 字，请缩短。", field=field, value=text[:20])
    return text


def number(field: str, value: object, label: str, most: Decimal | None = None) -> Decimal | None:
    """A number of at most two decimals, at least 0; None for an empty one."""
    text = str(value if value is not None else "").strip().replace(",", "").replace("，", "")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite():
        raise Refusal("bad_number", f"{label}“{text}”不是数字，例如写 12.5。", field=field, value=text)
    if found < 0:
        raise Refusal("bad_number", f"{label}不能小于 0。", field=field, value=text)
    if found != rules.points(found):
        raise Refusal("bad_number", f"{label}最多两位小数。", field=field, value=text)
    if most is not None and found > most:
        raise Refusal("bad_number", f"{label}不能大于 {rules.plain(most)}。", field=field, value=text)
    return found


def amount(field: str, value: object, label: str) -> Decimal | None:
    """万元 as typed → yuan; at most six decimals, which is a fen."""
    text = str(value if value is not None else "").strip().replace(",", "").replace("，", "")
    if not text:
        return None
    try:
        yuan = Decimal(text) * 10_000
    except InvalidOperation:
        yuan = Decimal("nan")
    if not yuan.is_finite() or yuan < 0 or yuan >= Decimal(10) ** 13:
        raise Refusal("bad_amount", f"{label}“{text}”不是金额。请填写万元数，例如 1618.17。", field=field, value=text)
    if yuan != rules.points(yuan):
        raise Refusal("bad_amount", f"{label}最多精确到分（万元后六位小数）。", field=field, value=text)
    return rules.points(yuan)


def year_of(value: int) -> int:
    if not 2015 <= value <= 2099:
        raise Refusal("bad_year", f"年度“{value}”不在 2015 至 2099 之间。", field="year", value=value)
    return value


def kind_of(value: str, known: Mapping[str, str]) -> str:
    if value not in known:
        raise Refusal("bad_kind", "请选择表的种类。", field="kind", value=value)
    return value


def frozen_figure(actor: Actor, one: PerformanceIndicator, period: metrics.Period) -> MetricSnapshot:
    """The snapshot of a bound figure for a period: the one there is, else made now. One number, one row.

    Who may write the form may have its figures kept, since nothing about them can be chosen; correcting a snapshot
    takes the right of the figures themselves.
    """
    place = queries.place_of(one)
    with scope.system():
        known = metrics.frozen(one.metric, period, place)
        by = replace(actor, rights=actor.rights | {metrics.RIGHT_FREEZE})
        return known or metrics.freeze(actor=by, code=one.metric, period=period, place=place)
