"""One act in a case: fetch locked → move → effect → step → save → audit → publish. Every command of every kind goes here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from wangge.casework import facts, queries, rules, terms
from wangge.casework.models import Case, Step
from wangge.casework.services import inputs
from wangge.kernel import audit, clock, flow, outbox, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal


@dataclass
class Act:
    """What one command works with: the locked case, who acts, what they entered, and what the step will record."""

    actor: Actor
    case: Case
    command: str
    now: datetime
    text: str
    reason: str
    files: list[str]
    given: dict[str, Any]
    is_public: bool
    data: dict[str, Any] = field(default_factory=dict)


Effect = Callable[[Act], None]
EFFECTS: dict[str, Effect] = {}


def register(process: terms.Process) -> None:
    """Make a kind of case known. Called once by the room that owns the kind."""
    queries.PROCESSES[process.kind] = process


def effect(*commands: str) -> Callable[[Effect], Effect]:
    def add(function: Effect) -> Effect:
        EFFECTS.update(dict.fromkeys(commands, function))
        return function

    return add


@transaction.atomic
def act(
    *,
    actor: Actor,
    number: str,
    command: str,
    seen_step: int | None,
    text: str = "",
    reason: str = "",
    files: Sequence[str] = (),
    key: UUID | None = None,
    is_public: bool = False,
    **given: Any,
) -> Case:
    """Take `command` in the case; returns the case after it.

    `seen_step` is the step the actor was looking at (None only for the system and the public): if somebody acted in
    between, a `stale` refusal says who did what. `key` is the caller's own id of this act: sent again, it is done once.
    `given` are the command's inputs (`department`, `supports`, `proposed`, `original`, `until`, `amount`, `grade` …).
    Raises `Refusal` when the table of moves, the right, the relation, an input or the rules of the command forbid it.
    """
    text, seen_step, entered = inputs.words("text", text), inputs.step(seen_step), inputs.given(given)
    command = inputs.words("command", command, 20)
    reason, kept = inputs.words("reason", reason, 40), inputs.files(files)
    case = queries.for_update(actor, number, also=str(entered.get("original") or "") if command == "merge" else "")
    if key is not None and (earlier := _taken(key)):
        if earlier.case_id not in (case.pk, case.merged_into_id) or earlier.command != command:
            raise Refusal("key_reused", "这条操作的编号已用于另一项操作，未重复执行。请刷新后重新操作。", status=409)
        return case
    todo = Act(actor, case, command, clock.now(), text, reason, kept, entered, bool(is_public))
    if case.state == terms.State.MERGED and command == "note":
        relations = rules.relations(actor, queries.standing(case))
        with scope.system():  # the original may lie outside the actor's reach; what is said about it still arrives
            todo.case = Case.objects.get(pk=case.merged_into_id or 0)
            return _take(todo, relations, key)
    if seen_step is not None and seen_step != case.step:
        raise stale(case, seen_step)
    return _take(todo, set(), key)


def _take(todo: Act, also: set[str], key: UUID | None) -> Case:
    """Move the locked case; `also` are relations that the actor has beside those to this case."""
    case, command = todo.case, todo.command
    move = flow.move(queries.process_of(case).moves, case.state, command, terms.LABELS)
    relations = rules.relations(todo.actor, queries.standing(case)) | also
    entered = {**todo.given, "text": todo.text, "reason": todo.reason, "files": todo.files}
    refusal = flow.barrier(move, todo.actor, command, terms.LABELS, relations) or flow.missing(
        move, terms.LABELS, entered
    )
    if refusal is not None:
        raise refusal
    before, case.state = case.state, move.to
    if command in EFFECTS:
        EFFECTS[command](todo)
    return write(todo, before, key)


def _taken(key: UUID) -> Step | None:
    """The step that this id was used for, wherever it was."""
    if not isinstance(key, UUID):
        raise Refusal("bad_key", "这条操作的编号格式不对，请刷新后重新操作。", field="key", value=str(key)[:40])
    with scope.system():
        return Step.objects.filter(key=key).first()


def write(todo: Act, before: str, key: UUID | None = None) -> Case:
    """The end of every act: the step, the saved case, the audit row, the fact."""
    case, actor = todo.case, todo.actor
    case.step += 1
    Step.objects.create(
        case=case,
        seq=case.step,
        at=todo.now,
        actor_id=actor.id,
        actor_name=actor.name,
        post_name=actor.post_name,
        department_id=actor.department_id,
        command=todo.command,
        from_state=before,
        to_state=case.state,
        reason=todo.reason,
        text=todo.text,
        data=todo.data,
        files=todo.files,
        key=key,
        is_public=todo.is_public,
    )
    case.save()
    audit.record(actor, f"casework.{todo.command}", case.kind, case.number, step=case.step, to=case.state)
    outbox.publish(facts.Moved(case.pk, case.number, case.kind, case.step, todo.command, before, case.state))
    return case


def stale(case: Case, seen: int) -> Refusal:
    """What happened since the step that the person was looking at."""
    later = Step.objects.filter(case=case, seq__gt=seen).order_by("seq")
    said = "；".join(
        f"{s.actor_name}于 {clock.local(s.at):%m月%d日 %H:%M} {terms.COMMANDS.get(s.command, s.command)}"
        for s in later[:3]
    )
    return Refusal(
        "stale",
        f"在您填写期间，{said or '本件已有变化'}。您填写的内容已保留，请核对现状后再提交。",
        status=409,
        step=case.step,
        seen=seen,
    )
