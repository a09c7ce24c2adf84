"""What a publication holds: the set as rendered from the books, frozen, with our own audit of it."""

from dataclasses import dataclass
from typing import Any

from wangge.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Built:
    """A set ready to be published. `files` is format → (name, bytes); `contents` is `{tables, sections, lines}`;
    `audit` is the JSON contract of the audit without the tables."""

    place_code: int
    unit_name: str
    title: str
    contents: dict[str, Any]
    audit: dict[str, Any]
    files: dict[str, tuple[str, bytes]]


def build(actor: Actor, unit_code: str, year: int, kind: str) -> Built:
    raise NotImplementedError
