"""What this room tells the rooms above it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PostHandedOver:
    """A post went from one person to another; from `on` the new holder answers for what is open at it."""

    appointment_id: int
    post_id: int
    from_account_id: int
    to_account_id: int
    on: date
