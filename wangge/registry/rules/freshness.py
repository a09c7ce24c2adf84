"""核实周期: when a record, or one field of it, wants to be looked at again. The days are data of the district."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from wangge.registry.terms import CARE, ROLES
from wangge.registry.terms_quality import FIELDS, SUBJECTS

Table = Mapping[str, int]
FIELD = "field."
# What a limit may be set for. Special groups are absent on purpose: being stale must not betray that somebody is one.
SUBJECT_NAMES: dict[str, str] = {
    **SUBJECTS,
    **{k: name for k, (name, _) in ROLES.items()},
    **CARE,
    **{FIELD + k: f"字段：{name}" for k, name in FIELDS.items()},
}


def days_for(table: Table, kinds: Collection[str] = (), subject: str = "person") -> int:
    """The limit of a record of these kinds: the shortest that applies."""
    return min([table[subject], *(table[k] for k in kinds if k in table)])


def days_for_field(table: Table, field: str, kinds: Collection[str] = ()) -> int:
    """The limit of one field: its own when the district names one, else that of the record."""
    return table.get(FIELD + field) or days_for(table, kinds)


def is_stale(verified_on: date | None, days: int, today: date) -> bool:
    """Never verified, or longer ago than the limit. On the last day of the limit it is still fresh."""
    return verified_on is None or verified_on < today - timedelta(days=days)


def cutoff(days: int, today: date) -> date:
    """What was verified before this day is stale."""
    return today - timedelta(days=days)


def proof_day(proof: Mapping[str, Any], field: str) -> date | None:
    """The day the field itself was verified, from `{field: [source, date, verifier]}`; None when the record's own day counts."""
    kept = proof.get(field)
    return date.fromisoformat(kept[1]) if kept and kept[1] else None


def verifiers(proof: Mapping[str, Any], verified_by: str, fields: Collection[str]) -> set[str]:
    """Who vouches for these fields: whoever verified the record and whoever verified one of them."""
    return {name for name in (verified_by, *(proof[f][2] for f in fields if f in proof)) if name}
