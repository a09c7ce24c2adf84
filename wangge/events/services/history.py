"""What a grid event adds to a case that comes from another system: its category must be known, its detail row is written."""

from collections.abc import Mapping, Sequence
from typing import Any

from wangge.casework.services import History
from wangge.events import queries, rules
from wangge.kernel import bulk, clock
from wangge.kernel.errors import Refusal

_EVENT = (
    "case_id", "datum", "accuracy", "near_border", "candidates", "suggested", "device_at", "catalogue_version",
)  # fmt: skip


def _check(case: Any) -> Refusal | None:
    if case.category and queries.category(case.place_code, case.category, _day(case)) is None:
        return Refusal("unknown_category", f"没有类别“{case.category}”。", field="category", value=case.category)
    return None


def _day(case: Any) -> Any:
    return clock.local(case.received_at).date()


def _detail(cases: Sequence[tuple[int, Any, Mapping[str, Any]]]) -> None:
    bulk.insert(
        "events_event",
        _EVENT,
        (
            (
                case_id,
                row.get("datum") or "cgcs2000",
                None,
                False,
                [case.place_code],
                "[]",
                None,
                queries.catalogue_version(case.place_code, _day(case))[0],
            )
            for case_id, case, row in cases
        ),
    )


HISTORY = History(first_level=rules.first_office_level, check=_check, detail=_detail)
