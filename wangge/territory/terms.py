"""The words of territory that other rooms show."""

from wangge.territory.rules.transfers import KINDS as TRANSFER_KINDS
from wangge.territory.rules.transfers import LISTS as TRANSFER_LISTS
from wangge.territory.rules.transfers import SIDES as TRANSFER_SIDES
from wangge.territory.rules.transfers import STATES as TRANSFER_STATES

__all__ = ["TRANSFER_KINDS", "TRANSFER_LISTS", "TRANSFER_SIDES", "TRANSFER_STATES"]
