"""What becomes of a record that was compared: linked by itself, shown to a person, or left alone.

Sources: GB 11643-1999 (a citizen has one number, a number one citizen); 《个人信息保护法》第八条 (个人信息应当准确): a doubtful link is
decided by a person.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

FLOOR = 0.05
Outcome = Literal["auto", "review", "none"]


class Scored(Protocol):
    @property
    def record(self) -> int: ...
    @property
    def person(self) -> int: ...
    @property
    def probability(self) -> float: ...
    @property
    def weight(self) -> float: ...
    @property
    def vector(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """`auto`: linked by itself from this probability on; `review`: shown to a person from this one on; `clear`: how many
    bits of weight the best candidate must be ahead of the next."""

    auto: float = 0.98
    review: float = 0.30
    clear: float = 4.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person a record may be. `how`: document or probability; `why`: the code of what keeps it from being automatic."""

    person: int
    how: Literal["document", "probability"]
    probability: float
    weight: float
    vector: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`people` are the candidates, best first: one when it is linked, up to five when a person is to decide."""

    record: int
    outcome: Outcome
    people: tuple[Candidate, ...] = ()


REASONS = {
    "": "",
    "document_differs": "双方证件号码不同",
    "rivals": "另有相近的人",
    "doubtful": "相符程度不足以自动关联",
    "two_people": "同一证件对应多人",
    "twins": "姓名有字不同，可能是同住的亲属或双胞胎",
    "namesake": "电话和住址都不同，可能是同名同日出生的人",
    "name_differs": "证件号码相同，但姓名和出生日期都不同",
    "rejected": "此前已判定不是同一人",
    "undone": "此前关联已被撤销",
}


def check_limits(auto: float, review: float, clear: float) -> str:
    """The sentence of what is wrong with the limits, or ""."""
    if not 0.5 <= auto <= 1 or not FLOOR <= review <= auto or not 0 <= clear <= 30:
        return (
            f"自动关联的概率应在 0.5 到 1 之间，复核的概率应在 {FLOOR} 到自动关联的概率之间，领先量应在 0 到 30 之间。"
        )
    return ""


Documents = tuple[Mapping[int, str | None], Mapping[int, str | None]]


def documents(left: Mapping[str, Sequence[Any]], right: Mapping[str, Sequence[Any]]) -> Documents:
    """record → its document, person → its document."""
    return (
        dict(zip(left["unique_id"], left["doc"], strict=True)),
        dict(zip(right["unique_id"], right["doc"], strict=True)),
    )


def decide(
    by_document: Mapping[int, Sequence[int]],
    pairs: Iterable[Scored],
    papers: Documents,
    limits: Limits,
    *,
    undone: Collection[tuple[int, int]] = frozenset(),
    rejected: Collection[tuple[int, int]] = frozenset(),
    strangers: Collection[tuple[int, int]] = frozenset(),
) -> list[Decision]:
    """One decision per record that has a candidate, by record.

    `undone` and `rejected` are (record, person) that a person decided earlier: the first is only shown again, the second
    never. `strangers` share a document although nothing else of them agrees.
    """
    made = []
    for record, people in by_document.items():
        left = [p for p in people if (record, p) not in rejected]
        why = "two_people" if len(left) > 1 else ""
        found = tuple(
            Candidate(p, "document", 1.0, 99.0, (), why or _doubt(record, p, undone, strangers)) for p in sorted(left)
        )
        if found:
            made.append(Decision(record, "review" if any(c.why for c in found) else "auto", found[:5]))
    groups: dict[int, list[Scored]] = {}
    for pair in pairs:
        if (pair.record, pair.person) not in rejected:
            groups.setdefault(pair.record, []).append(pair)
    ours, theirs = papers
    for record, found_pairs in groups.items():
        best = sorted(found_pairs, key=lambda p: (-p.weight, p.person))
        made.append(_choose(record, best, ours.get(record), theirs, limits, undone))
    return sorted(made, key=lambda d: d.record)


def _doubt(
    record: int, person: int, undone: Collection[tuple[int, int]], strangers: Collection[tuple[int, int]]
) -> str:
    return "undone" if (record, person) in undone else "name_differs" if (record, person) in strangers else ""


def _choose(
    record: int,
    best: Sequence[Scored],
    document: str | None,
    theirs: Mapping[int, str | None],
    limits: Limits,
    undone: Collection[tuple[int, int]],
) -> Decision:
    shown = [p for p in best if p.probability >= limits.review][:5]
    if not shown:
        return Decision(record, "none")
    first = shown[0]
    rival = best[1].weight if len(best) > 1 else None
    candidates = []
    for pair in shown:
        other = theirs.get(pair.person)
        why = "doubtful"
        if (record, pair.person) in undone:
            why = "undone"
        elif document is not None and other is not None:
            why = "document_differs"
        elif pair is first and pair.probability >= limits.auto:
            # Name first (3 the same, 2 of the same sound), then birth, sex, telephone and address (0: both known, different).
            why = "twins" if pair.vector[0] < 2 else "namesake" if pair.vector[3:] == (0, 0) else ""
            why = "rivals" if rival is not None and first.weight - rival < limits.clear else why
        elif pair is not first:
            why = "rivals"
        candidates.append(Candidate(pair.person, "probability", pair.probability, pair.weight, pair.vector, why))
    if not candidates[0].why:
        return Decision(record, "auto", (candidates[0],))
    return Decision(record, "review", tuple(candidates))
