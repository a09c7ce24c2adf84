"""State tables: what may be done to a thing in which state, by whom. Pure Python."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from wangge.kernel.actor import Actor
from wangge.kernel.errors import NoRight, Refusal


@dataclass(frozen=True, slots=True)
class Move:
    """One permitted step.

    `right`: what the actor must hold. `by`: relations to the thing of which the actor must have one ("lead",
    "in_charge"; empty: anyone who sees it). `not_by`: roles taken earlier in it ("handler", "asker") that exclude the
    actor (separation of duties). `needs`: inputs that must not be empty.
    """

    to: str
    right: str
    by: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


Table = Mapping[tuple[str, str], Move]


def move(table: Table, state: str, command: str, labels: Mapping[str, str]) -> Move:
    """The move for this command in this state, or a `Refusal` that names both in Chinese."""
    found = table.get((state, command))
    if found is None:
        possible = "、".join(labels.get(c, c) for s, c in table if s == state) or "无"
        raise Refusal(
            "illegal_move",
            f"当前状态为“{labels.get(state, state)}”，不能执行“{labels.get(command, command)}”。此时可以执行：{possible}。",
            status=409,
            state=state,
            command=command,
        )
    return found


def barrier(
    found: Move, actor: Actor, command: str, labels: Mapping[str, str], relations: Collection[str]
) -> Refusal | None:
    """Why this actor may not take this move whatever they enter; None when they may."""
    if actor.is_system:
        return None
    if not actor.may(found.right):
        return NoRight(found.right)
    if found.by and not set(found.by) & set(relations):
        wanted = "或".join(labels.get(r, r) for r in found.by)
        return Refusal("not_in_charge", f"“{labels.get(command, command)}”须由{wanted}进行。", status=403)
    for role in found.not_by:
        if role in relations:
            return Refusal(
                "separation_of_duties",
                f"本件由您{labels.get(role, role)}，“{labels.get(command, command)}”须由其他人员进行。请转交同岗位的其他同事。",
                status=409,
                role=role,
            )
    return None


def missing(found: Move, labels: Mapping[str, str], given: Mapping[str, object]) -> Refusal | None:
    """A refusal naming the first input that the move needs and is empty."""
    for name in found.needs:
        if given.get(name) in (None, "", [], ()):
            return Refusal("missing_input", f"请填写“{labels.get(name, name)}”后再提交。", field=name)
    return None


def dead_ends(table: Table, final: Iterable[str]) -> set[str]:
    """States that can be entered, are not final and have no way out."""
    entered, left, final = {m.to for m in table.values()}, {s for s, _ in table}, set(final)
    return {s for s in entered | left if s not in left and s not in final}
