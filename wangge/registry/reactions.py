"""Answers to facts of the rooms below."""

from wangge.kernel.actor import SYSTEM
from wangge.kernel.outbox import on
from wangge.registry import services
from wangge.territory.facts import TerritoryTransferred


@on(TerritoryTransferred)
def follow_the_land(fact: TerritoryTransferred) -> None:
    services.pass_on_records(actor=SYSTEM, transfer=fact.transfer_id, codes=dict(fact.cells) | dict(fact.communities))
