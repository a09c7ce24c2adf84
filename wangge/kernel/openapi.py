"""The OpenAPI document is one for all rooms: a room adds its addresses here, the events room prints them all."""

from collections.abc import Callable
from typing import Any

Part = Callable[[], tuple[dict[str, Any], dict[str, Any]]]
PARTS: list[Part] = []


def contribute(part: Part) -> Part:
    """Add a function that gives (paths, schemas) of further addresses; usable as a decorator."""
    PARTS.append(part)
    return part
