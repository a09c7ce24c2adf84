"""A case as another system tells it, and the rows that walking it again leaves. Values only, pure Python."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from wangge.kernel.errors import Refusal

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Office:
    """An office that can hold a case. `kind` is centre, street, community, department or leader."""

    id: int
    code: str
    name: str
    short: str
    kind: str
    place_code: int

    def area(self) -> tuple[int, int] | None:
        """The interval of places a grid office answers for; None for a department."""
        if self.kind in ("department", "leader"):
            return None
        width = {"centre": 10**9, "street": 10**6, "community": 1000}[self.kind]
        return self.place_code, self.place_code + width - 1


class Offices:
    """The offices of the installation, found as a step needs them."""

    def __init__(self, offices: Iterable[Office]) -> None:
        self.by_id: dict[int, Office] = {}
        self.by_code: dict[str, Office] = {}
        self._at: dict[tuple[str, int], Office] = {}
        for one in offices:
            self.by_id[one.id] = self.by_code[one.code] = one
            self._at[one.kind, one.place_code] = one

    def named(self, code: Any, field_name: str = "department") -> Office:
        """The office with this code; a refusal names the field and the value."""
        found = self.by_code.get(str(code))
        if found is None:
            raise Refusal(
                "unknown_department", f"没有承办单位“{code}”。请从承办单位列表中选择。", field=field_name, value=code
            )
        return found

    def grid(self, kind: str, place: int) -> Office:
        """The grid office of this kind that answers for the place."""
        width = {"centre": 10**9, "street": 10**6, "community": 1000}[kind]
        found = self._at.get((kind, place - place % width))
        if found is None:
            raise Refusal(
                "unknown_place", f"“{place}”所在地没有网格机构，请先装入机构数据。", field="place", value=place
            )
        return found

    def upper(self, one: Office) -> Office | None:
        """The grid office above: community → street → centre → None."""
        above = {"community": "street", "street": "centre"}.get(one.kind)
        return self.grid(above, one.place_code) if above else None


@dataclass(slots=True)
class Step:
    """One step as told: who, when, what, with which inputs (`given`)."""

    at: datetime
    command: str
    actor_id: int = 0
    actor_name: str = ""
    post_name: str = ""
    department_id: int | None = None
    text: str = ""
    reason: str = ""
    files: Sequence[str] = ()
    is_public: bool = False
    is_system: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)
    # What the walk adds.
    seq: int = 0
    from_state: str = ""
    to_state: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def who(self) -> tuple[int, str]:
        return (self.actor_id, "") if self.actor_id else (0, self.actor_name)


@dataclass(slots=True)
class Assignment:
    department_id: int
    role: str
    state: str
    asked_at: datetime
    signed_at: datetime | None = None
    done_at: datetime | None = None


@dataclass(slots=True)
class Clock:
    kind: str
    department_id: int | None
    started_at: datetime
    amount: int
    unit: str
    yellow_at: datetime
    due_at: datetime
    assignment: Assignment | None = None
    extended_days: int = 0
    stopped_at: datetime | None = None


@dataclass(slots=True)
class Hold:
    reason: str
    text: str
    until: date
    asked_by: int
    asked_at: datetime
    from_at: datetime | None = None
    to_at: datetime | None = None
    asker: tuple[int, str] = (0, "")


@dataclass(slots=True)
class Extension:
    clock: Clock
    amount: int
    text: str
    asked_by: int
    asked_at: datetime
    decided_by: int | None = None
    decided_at: datetime | None = None
    granted: bool | None = None
    asker: tuple[int, str] = (0, "")


@dataclass(slots=True)
class Card:
    clock: Clock
    colour: str
    department_id: int | None
    issued_at: datetime


@dataclass(slots=True)
class Rating:
    round: int
    grade: int
    text: str
    at: datetime
    channel: str


@dataclass(slots=True)
class Case:
    """A case: the fields as it was reported first, then those that the walk moves, then the rows it leaves."""

    client_id: UUID
    category: str
    source: str
    place_code: int
    lng: float
    lat: float
    text: str
    title: str
    seen_at: datetime
    urgency: str = "normal"
    reporter_id: int | None = None
    is_secret: bool = False
    query_code: str = ""
    number: str = ""
    received_at: datetime = _NEVER
    state: str = ""
    holder_id: int | None = None
    holder_place: int | None = None
    lead_id: int | None = None
    department_ids: list[int] = field(default_factory=list)
    clock: str = ""
    due_at: datetime | None = None
    is_designated: bool = False
    is_supervised: bool = False
    card: str = ""
    returns: int = 0
    reworks: int = 0
    redone: int = 0
    urged: int = 0
    supporters: int = 0
    outcome: str = ""
    grade: int | None = None
    finished_at: datetime | None = None
    closed_at: datetime | None = None
    merged_into: UUID | None = None
    steps: list[Step] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
