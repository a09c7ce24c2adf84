"""Who may do what with a record that changes hands. Our own rule: nothing is let go before it is taken on."""

from collections.abc import Mapping
from datetime import date, timedelta

from wangge.kernel.flow import Move

# A request that nobody answered for this long is shown to the offices above both sides, which may answer it themselves.
ANSWER_DAYS = 5
TRANSITIONS: Mapping[tuple[str, str], Move] = {
    ("asked", "accept"): Move("accepted", right="registry.edit", by=("answering",)),
    ("asked", "decline"): Move("declined", right="registry.edit", by=("answering",), needs=("note",)),
    ("asked", "withdraw"): Move("withdrawn", right="registry.edit", by=("asking",)),
}
FINAL = frozenset({"accepted", "declined", "withdrawn"})
LABELS = {"answering": "对方网格的人员", "asking": "提出调动一方的人员", "note": "理由"}


def due(asked_on: date) -> date:
    return asked_on + timedelta(days=ANSWER_DAYS)


def sides(direction: str, from_place: int, to_place: int) -> tuple[int, int]:
    """(the place that asks, the place that answers)."""
    return (from_place, to_place) if direction == "out" else (to_place, from_place)
