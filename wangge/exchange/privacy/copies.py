"""What a person is given to see of themselves: everything kept, as a spreadsheet; and what the page shows, masked."""

from typing import Any


def masked(told: dict[str, str]) -> dict[str, str]:
    raise NotImplementedError
