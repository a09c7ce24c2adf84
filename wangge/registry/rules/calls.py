"""What a relation is called on screen: a family relation by GB/T 4761, or one of ours."""

from wangge.registry.rules import tables
from wangge.registry.terms import RELATIONS


def relation_name(kind: str) -> str:
    return RELATIONS.get(kind) or tables.code_name("4761", kind)


def choices() -> list[tuple[str, str]]:
    """Every kind of relation, for a list to choose from."""
    return [*RELATIONS.items(), *tables.codes("4761").items()]
