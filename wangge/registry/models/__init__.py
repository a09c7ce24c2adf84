"""Tables of the registry, by noun."""

from wangge.registry.models.collection import Collection as Collection
from wangge.registry.models.collection import CollectionDifference as CollectionDifference
from wangge.registry.models.destruction import Destruction as Destruction
from wangge.registry.models.dictionary import CodeLabel as CodeLabel
from wangge.registry.models.duedates import DueSetting as DueSetting
from wangge.registry.models.duedates import Reminder as Reminder
from wangge.registry.models.exports import StandardExport as StandardExport
from wangge.registry.models.imports import ImportBatch as ImportBatch
from wangge.registry.models.imports import ImportChunk as ImportChunk
from wangge.registry.models.imports import ImportDifference as ImportDifference
from wangge.registry.models.imports import ImportMapping as ImportMapping
from wangge.registry.models.imports import ImportPiece as ImportPiece
from wangge.registry.models.lists import Campaign as Campaign
from wangge.registry.models.lists import CampaignAnswer as CampaignAnswer
from wangge.registry.models.lists import DutyItem as DutyItem
from wangge.registry.models.lists import DutyList as DutyList
from wangge.registry.models.moves import PersonMove as PersonMove
from wangge.registry.models.moves import Reveal as Reveal
from wangge.registry.models.moves import SamePerson as SamePerson
from wangge.registry.models.organisations import Organisation as Organisation
from wangge.registry.models.organisations import OrganisationChange as OrganisationChange
from wangge.registry.models.people import Care as Care
from wangge.registry.models.people import Correction as Correction
from wangge.registry.models.people import DrugUse as DrugUse
from wangge.registry.models.people import Foreigner as Foreigner
from wangge.registry.models.people import HivRisk as HivRisk
from wangge.registry.models.people import Household as Household
from wangge.registry.models.people import HouseholdMember as HouseholdMember
from wangge.registry.models.people import Hukou as Hukou
from wangge.registry.models.people import KeyYouth as KeyYouth
from wangge.registry.models.people import LeftBehind as LeftBehind
from wangge.registry.models.people import Migrant as Migrant
from wangge.registry.models.people import Person as Person
from wangge.registry.models.people import PersonChange as PersonChange
from wangge.registry.models.people import Psychiatric as Psychiatric
from wangge.registry.models.people import Relation as Relation
from wangge.registry.models.people import Released as Released
from wangge.registry.models.people import Residence as Residence
from wangge.registry.models.rentals import BuildingLead as BuildingLead
from wangge.registry.models.rentals import Rental as Rental
from wangge.registry.models.rentals import RentalFind as RentalFind
from wangge.registry.models.sampling import Freshness as Freshness
from wangge.registry.models.sampling import SampleFinding as SampleFinding
from wangge.registry.models.sampling import SampleItem as SampleItem
from wangge.registry.models.sampling import SamplePlan as SamplePlan
from wangge.registry.models.sampling import SampleStratum as SampleStratum
from wangge.registry.models.visits import Visit as Visit

ROLE_TABLES = {"hukou": Hukou, "migrant": Migrant, "left_behind": LeftBehind, "foreigner": Foreigner}
SPECIAL_TABLES = {
    "released": Released,
    "correction": Correction,
    "psychiatric": Psychiatric,
    "drug": DrugUse,
    "hiv": HivRisk,
    "youth": KeyYouth,
}
