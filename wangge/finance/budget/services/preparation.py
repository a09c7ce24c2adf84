"""Preparing a budget: versions, lines, the way from the clerk over the unit and the finance bureau to the 批复."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from wangge.finance.budget import gate, queries, rules, sheets
from wangge.finance.budget.models import KEY, Preparation, PreparedLine
from wangge.finance.budget.services import ledger
from wangge.finance.terms import LineAmount, LineKey, Source
from wangge.kernel import audit, flow, tables
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal


def _locked(actor: Actor, preparation_id: int) -> Preparation:
    found = (
        Preparation.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(unit__in=queries.in_scope(actor), pk=preparation_id)
        .first()
    )
    if found is None:
        raise NotHere("预算编制")
    return found


@transaction.atomic
def open_preparation(*, actor: Actor, unit_code: str, year: int) -> Preparation:
    """The version in work, or a new one: version 1, or after a return the copy of what was returned."""
    actor.must(rules.PREPARE)
    unit, year = queries.unit(actor, unit_code), ledger.checked_year(year)
    last = Preparation.objects.filter(unit=unit, year=year).order_by("-version").first()
    if last is not None and last.state in rules.OPEN:
        return last
    if last is not None and last.state == "issued":
        raise Refusal(
            "a_budget_is_issued_once_a_year",
            f"{unit.name} {year} 年预算已于 {last.issued_on} 批复（{last.document}）。如需变动，请办理预算调整。",
            status=409,
        )
    made = Preparation.objects.create(unit=unit, year=year, version=last.version + 1 if last else 1, state="draft")
    if last is not None:
        PreparedLine.objects.bulk_create(
            [
                PreparedLine(
                    preparation=made,
                    amount=old.amount,
                    basis=old.basis,
                    is_baseline=old.is_baseline,
                    **{name: getattr(old, name) for name in KEY},
                )
                for old in last.lines.select_related("project")
            ]
        )
    audit.record(actor, "finance.preparation_opened", "preparation", made.pk, unit=unit.code, year=year)
    return made


@transaction.atomic
def set_lines(
    *,
    actor: Actor,
    preparation_id: int,
    lines: Iterable[LineAmount],
    replace: bool = False,
    is_baseline: bool = False,
    seen: str = "",
) -> Preparation:
    """Put lines into a draft, each over an earlier one of the same key; `replace` drops all others.

    `seen` is the `queries.digest` of what the actor was looking at: refused when somebody has changed it since.
    Money carried over from last year is not prepared: it enters by `carry_over` when the year opens.
    """
    actor.must(rules.PREPARE)
    given = ledger.checked_items(lines)
    version = _draft(actor, preparation_id)
    if seen and seen != queries.digest(version):
        raise Refusal("stale", "这一版刚由他人修改，您的修改没有保存。请核对后重新填写。", status=409)
    for n, line in enumerate(given, 1):
        with ledger.row(n):
            if line.key.source == Source.CARRYOVER:
                raise Refusal("no_carryover_here", "上年结转不列入年初预算，年度开账后另行结转。", field="source")
    keys = ledger.keyed(version.unit, version.year, given)
    made = []
    for line, fields in zip(given, keys, strict=True):
        basis = line.basis.strip()
        one, fresh = PreparedLine.objects.get_or_create(
            preparation=version, **fields, defaults={"amount": line.amount, "basis": basis, "is_baseline": is_baseline}
        )
        made.append(one.pk)
        if not fresh and (is_baseline or (one.amount, one.basis) != (line.amount, basis)):
            one.amount, one.basis, one.is_baseline = line.amount, basis, is_baseline
            one.save(update_fields=["amount", "basis", "is_baseline"])
    if replace:
        version.lines.exclude(pk__in=made).delete()
    audit.record(actor, "finance.lines_set", "preparation", version.pk, count=len(given))
    return version


@transaction.atomic
def import_lines(*, actor: Actor, preparation_id: int, stream: bytes, name: str, seen: str = "") -> tables.Result:
    """Replace the lines of a draft by those of a table (`sheets.COLUMNS`). With a fault in any row nothing is written."""
    actor.must(rules.PREPARE)
    version = _draft(actor, preparation_id)
    result = tables.read(stream, name, sheets.COLUMNS)
    projects = {text: p.code for p in version.unit.projects.all() for text in (p.name, p.code)}
    given: list[LineAmount] = []
    places: dict[tuple[tuple[str, object], ...], int] = {}
    for number, values in list(result.rows):
        item = sheets.item(values, projects)
        try:
            ledger.checked_amount(item.amount)
            fields = tuple(ledger.fields_of(version.unit, version.year, item.key).items())
        except Refusal as refusal:
            result.refuse(number, refusal.field or "function", refusal.sentence)
            continue
        if fields in places:
            result.refuse(number, "economic", f"与第 {places[fields]} 行的科目、项目和资金来源完全相同。请合并为一行。")
            continue
        places[fields] = number
        given.append(item)
    if not result.errors:
        set_lines(actor=actor, preparation_id=preparation_id, lines=given, replace=True, seen=seen)
    return result


@transaction.atomic
def remove_line(*, actor: Actor, preparation_id: int, key: LineKey) -> Preparation:
    """Take a line out of a draft."""
    actor.must(rules.PREPARE)
    version = _draft(actor, preparation_id)
    removed, _ = version.lines.filter(**ledger.fields_of(version.unit, version.year, key)).delete()
    if not removed:
        raise NotHere("预算明细")
    audit.record(actor, "finance.line_removed", "preparation", version.pk, function=key.function, economic=key.economic)
    return version


def _draft(actor: Actor, preparation_id: int) -> Preparation:
    version = _locked(actor, preparation_id)
    if version.state != "draft":
        state = rules.PREPARATION_STATES[version.state]
        raise Refusal("not_a_draft", f"这一版{state}，不能修改。请撤回，或退回后在新版本上修改。", status=409)
    return version


@transaction.atomic
def move_preparation(
    *,
    actor: Actor,
    preparation_id: int,
    command: str,
    note: str = "",
    document: str = "",
    on: date | None = None,
) -> Preparation:
    """Take one step: submit, recall, approve, send_back (note), accept, issue (document, on). `rules.MOVES` says who may.

    Submitting demands lines, and of every project that its goals are ready. Issuing makes the lines of the budget.
    """
    version = _locked(actor, preparation_id)
    move = flow.move(rules.MOVES, version.state, command, rules.PREPARATION_LABELS)
    relations = {
        name
        for name, who in (("submitter", version.submitted_by), ("approver", version.approved_by))
        if actor.id and who == actor.id
    }
    given = {"note": note.strip(), "document": document.strip(), "on": on}
    refusal = flow.barrier(move, actor, command, rules.PREPARATION_LABELS, relations) or flow.missing(
        move, rules.PREPARATION_LABELS, given
    )
    if refusal is not None:
        raise refusal
    before, version.state = version.state, move.to
    if command == "submit":
        _demand_complete(actor, version)
        version.submitted_by = actor.id
    elif command == "approve":
        version.approved_by = actor.id
    elif command in ("accept", "send_back"):
        version.decided_by = actor.id
    version.note = note.strip() or version.note
    if command == "issue":
        assert on is not None
        version.document, version.issued_on = document.strip()[:60], on
        _enter_lines(actor, version, on)
    version.save()
    audit.record(
        actor,
        f"finance.preparation_{command}",
        "preparation",
        version.pk,
        **{"from": before, "to": version.state, "unit": version.unit.code, "year": version.year},
    )
    return version


def _demand_complete(actor: Actor, version: Preparation) -> None:
    lines = list(version.lines.select_related("project"))
    if not lines:
        raise Refusal("no_lines", "编制表是空的。请先填写预算明细再提交。", field="lines")
    for project in {line.project_id: line.project for line in lines}.values():
        if refusal := gate.not_ready(actor, project, version.year):
            raise refusal


def _enter_lines(actor: Actor, version: Preparation, on: date) -> None:
    """The lines in force, with an entry each. A 批复 dated before the year counts from its first day."""
    ledger.open_periods(version.unit, version.year)
    posted_on = on if on.year == version.year else date(version.year, 1, 1)
    prepared = list(version.lines.select_related("project").order_by("pk"))
    keys = [queries.key_of(line) for line in prepared]
    made = [ledger.ensure(version.unit, version.year, key) for key in keys]
    locked = ledger.lock(line.pk for line in made)
    for line, plan in zip(made, prepared, strict=True):
        ledger.post(actor, locked[line.pk], "approved", "approve", plan.amount, posted_on, document=version.document)
