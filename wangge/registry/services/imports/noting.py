"""What a file says otherwise than the record, noted for somebody to decide; and what was decided before."""

from collections.abc import Collection, Sequence
from typing import Any

from wangge.kernel import bulk
from wangge.kernel.sealed import Sealer
from wangge.registry.services.imports import staging

_COLUMNS = (
    "batch_id", "row", "person_id", "organisation_id", "field", "given", "sealed", "state", "decided_by", "decided_at", "reason",
)  # fmt: skip


def difference(
    batch_id: int,
    row: int,
    field: str,
    given: str,
    *,
    person: int | None = None,
    organisation: int | None = None,
    sealer: Sealer | None = None,
) -> tuple[Any, ...]:
    """A row for `note`; with a sealer the value is kept sealed."""
    sealed = sealer.seal(given, f"difference:{batch_id}:{row}:{field}") if sealer else None
    return (batch_id, row, person, organisation, field, "" if sealed else given[:200], sealed, "open", "", None, "")


def note(rows: Sequence[tuple[Any, ...]]) -> None:
    bulk.insert("registry_importdifference", _COLUMNS, rows)


def decided(people: Collection[int], sealer: Sealer) -> set[tuple[int, str, str]]:
    """What was given before and waits, or was decided against: it is not asked a second time."""
    found = staging.fetch(
        "select person_id, field, given, sealed, batch_id, row from registry_importdifference"
        " where person_id = any(%s) and state in ('open', 'kept', 'both')",
        [list(people)],
    )
    known = set()
    for pk, key, given, sealed, batch, row in found:
        value = sealer.unseal(sealed, f"difference:{batch}:{row}:{key}") if sealed else given
        known.add((pk, key, value))
    return known
