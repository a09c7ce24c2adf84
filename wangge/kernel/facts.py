"""What the kernel tells the rooms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalendarChanged:
    """The working calendar was amended: open clocks that run on or after `from_on` (ISO date) want reckoning again."""

    from_on: str
    to_on: str
