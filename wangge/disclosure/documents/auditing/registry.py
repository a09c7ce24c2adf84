"""Which rules there are."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wangge.disclosure.documents.auditing.tolerance import EXACT
from wangge.disclosure.documents.model import Severity

Check = Callable[[Any], object]  # takes a Checker


def order_of(id: str) -> tuple[int, int, str]:
    """Rules in the order of the catalogue: structure, tables, words, forms, other documents, then general remarks."""
    letter, number, tail = re.fullmatch(r"([TBFNPXUA])(\d+)(.*)", id).groups()  # type: ignore[union-attr]
    return "TBFNPXUA".index(letter), int(number), tail


@dataclass(frozen=True, slots=True)
class Rule:
    """One relation of the catalogue. `source` is the rule's ground, in words for people; `severity` when it is broken."""

    id: str
    source: str
    formula: str
    tolerance: str
    severity: Severity
    check: Check

    @property
    def order(self) -> tuple[int, int, str]:
        return order_of(self.id)


RULES: list[Rule] = []


def rule(
    id: str, *, source: str, formula: str, tolerance: str = EXACT, severity: Severity = "error"
) -> Callable[[Check], Check]:
    """Registers a function as (part of) the rule `id`."""

    def register(function: Check) -> Check:
        RULES.append(Rule(id, source, formula, tolerance, severity, function))
        RULES.sort(key=lambda r: r.order)
        return function

    return register
