"""What the desk does with other rooms' services: one command, or one command once per ticked row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from wangge.casework import queries as casework
from wangge.casework import services as casework_services
from wangge.kernel import audit, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.web import as_refusal

BULK_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row of a bulk command; `sentence` says why when it was refused."""

    number: str
    title: str
    done: bool
    sentence: str


def act_on_many(
    *, actor: Actor, picked: Iterable[tuple[str, int]], command: str, key: UUID, given: Mapping[str, Any]
) -> list[Outcome]:
    """The single command once per row, each in its own transaction: a refused row holds up none of the others.

    `picked` are `(number, seen step)`; `key` is the client's id of the whole, so that sending it twice does each row once.
    Raises `Refusal` when more than 200 rows were ticked.
    """
    rows = list(picked)
    if len(rows) > BULK_AT_MOST:
        raise Refusal(
            "bulk_large", f"一次最多处理 {BULK_AT_MOST} 件，已选 {len(rows)} 件。请分批处理。", value=len(rows)
        )
    results = []
    for number, seen in rows:
        title = ""
        try:
            with scope.use(actor):
                title = casework.get(actor, number).title
                casework_services.act(
                    actor=actor, number=number, command=command, seen_step=seen, key=uuid5(key, number), **given
                )
            results.append(Outcome(number, title, True, ""))
        except Exception as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            results.append(Outcome(number, title, False, refusal.sentence))
    with scope.use(actor):
        done = sum(r.done for r in results)
        audit.record(actor, "desk.acted_on_many", "cases", command, done=done, refused=len(results) - done)
    return results


def note_export(*, actor: Actor, query: str) -> None:
    """Keep in the audit log that the list of this query was taken out as a file."""
    audit.record(actor, "desk.list_exported", "cases", "list", query=query[:500])
