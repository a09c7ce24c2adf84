"""Tables of the registry, by noun."""

from wangge.registry.models.organisations import Organisation as Organisation
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
