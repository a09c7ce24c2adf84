"""What the registry tells the rooms above: numbers of rows and codes of places, never a name or a number of a document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonRegistered:
    person_id: int
    place_code: int


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """`fields` are the core fields that now hold another value."""

    person_id: int
    place_code: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonMoved:
    """The record is now kept at another place, by another officer's cell or by the same."""

    person_id: int
    from_place: int
    to_place: int


@dataclass(frozen=True, slots=True)
class PersonDeparted:
    """The person left the territory on the day (ISO date)."""

    person_id: int
    place_code: int
    on: str


@dataclass(frozen=True, slots=True)
class PersonDied:
    person_id: int
    place_code: int
    on: str


@dataclass(frozen=True, slots=True)
class PeopleMerged:
    """Two records were one person; `undone`: they are two again."""

    kept_id: int
    dropped_id: int
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Visited:
    """An officer was at a door. `purpose` is one of `registry.rules.collection.PURPOSES`; `waiting` values wait for a decision."""

    visit_id: int
    place_code: int
    purpose: str
    met: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class DifferenceDecided:
    """A value that an officer had brought back was taken over, or not."""

    difference_id: int
    person_id: int | None
    place_code: int
    taken: bool


@dataclass(frozen=True, slots=True)
class OrganisationRegistered:
    organisation_id: int
    kind: str
    place_code: int


@dataclass(frozen=True, slots=True)
class OrganisationChanged:
    organisation_id: int
    step: int


@dataclass(frozen=True, slots=True)
class OrganisationClosed:
    organisation_id: int
    place_code: int


@dataclass(frozen=True, slots=True)
class Imported:
    """An import ended: many records may be new or changed under the place."""

    batch_id: int
    kind: str
    place_code: int
    added: int


@dataclass(frozen=True, slots=True)
class ImportUndone:
    batch_id: int
    kind: str
    place_code: int
    removed: int


@dataclass(frozen=True, slots=True)
class PersonErased:
    """A record became a tombstone: whoever keeps copies lets them go too."""

    person_id: int


@dataclass(frozen=True, slots=True)
class HazardFound:
    """Hazards (codes of table 5.19) that were not known before were found at a let dwelling. `seq` counts the finds of the
    letting; the point is that of the address, if it has one."""

    rental_id: int
    dwelling_id: int
    place_code: int
    lng: float | None
    lat: float | None
    hazards: tuple[str, ...]
    seq: int
    seen_at: str


@dataclass(frozen=True, slots=True)
class HazardCleared:
    """What was found at a let dwelling is put right."""

    rental_id: int
    dwelling_id: int
    hazards: tuple[str, ...]
    seq: int
