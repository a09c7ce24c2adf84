"""What casework tells the rooms above."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Moved:
    """A case took a step."""

    case_id: int
    number: str
    kind: str
    seq: int
    command: str
    from_state: str
    to_state: str


@dataclass(frozen=True)
class CardIssued:
    """A clock of a case reached a supervision card."""

    case_id: int
    number: str
    card_id: int
    colour: str
    department_id: int | None
