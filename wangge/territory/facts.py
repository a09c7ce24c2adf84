"""What this room tells the world: cells came, moved, ended. Codes and dates only."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class CellDrawn:
    """A new cell exists from `on`."""

    code: int
    on: date


@dataclass(frozen=True)
class CellRedrawn:
    """A cell has another border from `on`."""

    code: int
    on: date


@dataclass(frozen=True)
class CellRetired:
    """A cell ends: `on` is the first day without it. `successors` are the cells that cover its land, if any."""

    code: int
    on: date
    successors: tuple[int, ...] = ()


@dataclass(frozen=True)
class TerritoryLoaded:
    """Many cells of a district came at once (an import or a first load): readers should look again."""

    district: int
    cells: int
    on: date


@dataclass(frozen=True)
class TerritoryTransferred:
    """Land passed on: `on` is the first day under the new codes. (old, new) of cells, and of communities that passed whole."""

    transfer_id: int
    on: date
    cells: tuple[tuple[int, int], ...]
    communities: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class AddressDecided:
    """A person said which address a doubtful text means (None: no address). `origins` are those who had asked."""

    doubt_id: int
    address_id: int | None
    origins: tuple[str, ...]


@dataclass(frozen=True)
class AddressUndecided:
    """The decision was taken back; `address_id` is what it had been."""

    doubt_id: int
    address_id: int | None
    origins: tuple[str, ...]
