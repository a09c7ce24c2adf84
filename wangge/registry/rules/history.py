"""What a value was on a day, from the changes of it that are on record. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Any

Change = tuple[date, Any, Any]
"""From which day, before, after."""


def value_on(changes: Sequence[Change], current: Any, day: date) -> Any:
    """The value on the day; `changes` of this one value in the order in which they were recorded.

    What was recorded last knows best: a correction that reaches back replaces what was thought of those days before.
    """
    if not changes:
        return current
    known = [after for from_on, _, after in changes if from_on <= day]
    return known[-1] if known else changes[0][1]
