"""Tables of land (divisions, cells, borders) and of what stands on it (addresses, buildings, dwellings, fixtures, devices)."""

from wangge.territory.models.addresses import AddressAlias as AddressAlias
from wangge.territory.models.addresses import Building as Building
from wangge.territory.models.addresses import Dwelling as Dwelling
from wangge.territory.models.addresses import Estate as Estate
from wangge.territory.models.addresses import StandardAddress as StandardAddress
from wangge.territory.models.devices import Device as Device
from wangge.territory.models.devices import DeviceOutage as DeviceOutage
from wangge.territory.models.devices import DevicePulse as DevicePulse
from wangge.territory.models.devices import DeviceUpkeep as DeviceUpkeep
from wangge.territory.models.doubts import AddressDoubt as AddressDoubt
from wangge.territory.models.doubts import AddressVersion as AddressVersion
from wangge.territory.models.fixtures import Fixture as Fixture
from wangge.territory.models.fixtures import FixtureCensus as FixtureCensus
from wangge.territory.models.fixtures import FixtureCheck as FixtureCheck
from wangge.territory.models.land import CellBoundary as CellBoundary
from wangge.territory.models.land import CellLineage as CellLineage
from wangge.territory.models.land import Division as Division
from wangge.territory.models.land import DivisionOutline as DivisionOutline
from wangge.territory.models.land import GridCell as GridCell
from wangge.territory.models.land import TerritoryVersion as TerritoryVersion
from wangge.territory.models.transfers import Transfer as Transfer
from wangge.territory.models.transfers import TransferCell as TransferCell
from wangge.territory.models.transfers import TransferDivision as TransferDivision
from wangge.territory.models.transfers import TransferItem as TransferItem
from wangge.territory.models.transfers import TransferSignature as TransferSignature
