"""Writing replayed cases: every row of a chunk in a handful of statements."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from wangge.casework import terms, told
from wangge.casework.models import Card
from wangge.kernel import bulk

_CASE = (
    "id", "kind", "number", "client_id", "state", "step", "title", "text", "category", "source", "urgency", "place_code",
    "lng", "lat", "seen_at", "received_at", "reporter_id", "holder_id", "holder_place", "lead_id", "department_ids",
    "clock", "due_at", "is_designated", "is_supervised", "is_secret", "card", "returns", "reworks", "redone", "urged",
    "supporters", "outcome", "grade", "finished_at", "closed_at", "merged_into_id", "query_code", "is_legacy",
)  # fmt: skip
_SAME = _CASE[_CASE.index("title") : _CASE.index("merged_into_id")]
_STEP = (
    "case_id", "seq", "at", "actor_id", "actor_name", "post_name", "department_id", "command", "from_state", "to_state",
    "reason", "text", "data", "files", "key", "is_public",
)  # fmt: skip
_ASSIGNMENT = ("id", "case_id", "department_id", "role", "state", "asked_at", "signed_at", "done_at")
_CLOCK = (
    "id", "case_id", "assignment_id", "department_id", "kind", "started_at", "amount", "unit", "extended_days",
    "yellow_at", "due_at", "stopped_at",
)  # fmt: skip
_HOLD = ("case_id", "reason", "text", "until", "asked_by", "asked_at", "from_at", "to_at")
_EXTENSION = ("clock_id", "amount", "text", "asked_by", "asked_at", "decided_by", "decided_at", "granted")
_CARD = (
    "case_id", "clock_id", "colour", "department_id", "issued_at", "state", "explanation", "explained_by", "judged_by",
    "judgement", "appeal",
)  # fmt: skip
_RATING = ("case_id", "round", "grade", "text", "at", "channel")
# A card of a case that has ended is no longer asked about: it stands in the log as what it was.
_SETTLED = (Card.State.UPHELD, "", None, None, "历史数据：按时限重新计算得出。", "")
_ISSUED = (Card.State.ISSUED, "", None, None, "", "")


def write(
    kind: str, cases: Sequence[told.Case], ids: Mapping[UUID, int], originals: Mapping[UUID, UUID], is_legacy: bool
) -> list[int]:
    """Write the cases with everything they left; their ids. `ids` are those of merges' originals and followers."""
    fresh = iter(bulk.new_ids("casework_case", sum(c.client_id not in ids for c in cases)))
    own = [ids[c.client_id] if c.client_id in ids else next(fresh) for c in cases]
    bulk.insert(
        "casework_case", _CASE, (_case(kind, c, i, ids, originals, is_legacy) for c, i in zip(cases, own, strict=True))
    )

    parts = [(p, i) for c, i in zip(cases, own, strict=True) for p in c.assignments]
    part_ids = bulk.new_ids("casework_assignment", len(parts))
    by_part = {id(p): n for (p, _), n in zip(parts, part_ids, strict=True)}
    bulk.insert(
        "casework_assignment",
        _ASSIGNMENT,
        ((by_part[id(p)], i, p.department_id, p.role, p.state, p.asked_at, p.signed_at, p.done_at) for p, i in parts),
    )
    clocks = [(k, i) for c, i in zip(cases, own, strict=True) for k in c.clocks]
    by_clock = {id(k): n for (k, _), n in zip(clocks, bulk.new_ids("casework_clock", len(clocks)), strict=True)}
    bulk.insert(
        "casework_clock",
        _CLOCK,
        (
            (
                by_clock[id(k)], i, by_part[id(k.assignment)] if k.assignment else None, k.department_id, k.kind,
                k.started_at, k.amount, k.unit, k.extended_days, k.yellow_at, k.due_at, k.stopped_at,
            )
            for k, i in clocks
        ),
    )  # fmt: skip
    bulk.insert(
        "casework_step", _STEP, (_step(s, i, by_clock) for c, i in zip(cases, own, strict=True) for s in c.steps)
    )
    bulk.insert(
        "casework_hold",
        _HOLD,
        (
            (i, h.reason, h.text, h.until, h.asked_by, h.asked_at, h.from_at, h.to_at)
            for c, i in zip(cases, own, strict=True)
            for h in c.holds
        ),
    )
    bulk.insert(
        "casework_extension",
        _EXTENSION,
        (
            (by_clock[id(e.clock)], e.amount, e.text, e.asked_by, e.asked_at, e.decided_by, e.decided_at, e.granted)
            for c in cases
            for e in c.extensions
        ),
    )
    bulk.insert(
        "casework_card",
        _CARD,
        (
            (i, by_clock[id(k.clock)], k.colour, k.department_id, k.issued_at)
            + (_ISSUED if c.state in terms.OPEN else _SETTLED)
            for c, i in zip(cases, own, strict=True)
            for k in c.cards
        ),
    )
    bulk.insert(
        "casework_rating",
        _RATING,
        ((i, r.round, r.grade, r.text, r.at, r.channel) for c, i in zip(cases, own, strict=True) for r in c.ratings),
    )
    return own


def _case(
    kind: str,
    case: told.Case,
    case_id: int,
    ids: Mapping[UUID, int],
    originals: Mapping[UUID, UUID],
    is_legacy: bool,
) -> tuple[Any, ...]:
    original = case.merged_into
    while original is not None and original in originals:  # merged into one that was itself merged later
        original = originals[original]
    return (
        case_id,
        kind,
        case.number,
        case.client_id,
        case.state,
        len(case.steps),
        *(getattr(case, name) for name in _SAME),
        ids[original] if original is not None else None,
        case.query_code,
        is_legacy,
    )


def _step(step: told.Step, case_id: int, clocks: Mapping[int, int]) -> tuple[Any, ...]:
    return (
        case_id,
        step.seq,
        step.at,
        step.actor_id,
        step.actor_name,
        step.post_name,
        step.department_id,
        step.command,
        step.from_state,
        step.to_state,
        step.reason,
        step.text,
        json.dumps(step.data, ensure_ascii=False, default=lambda clock: clocks[id(clock)]),
        list(step.files),
        None,
        step.is_public,
    )
