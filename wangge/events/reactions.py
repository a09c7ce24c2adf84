"""Answers to facts of the rooms below: a hazard found at a let dwelling opens an event."""

from wangge.events import services
from wangge.kernel.actor import SYSTEM
from wangge.kernel.outbox import on
from wangge.registry import queries as registry
from wangge.registry.facts import HazardFound
from wangge.territory.facts import TerritoryTransferred


@on(HazardFound)
def open_event(fact: HazardFound) -> None:
    services.open_for_hazard(actor=SYSTEM, fact=fact, names=registry.hazard_names(fact.hazards))


@on(TerritoryTransferred)
def follow_the_land(fact: TerritoryTransferred) -> None:
    services.pass_on_alarms(actor=SYSTEM, transfer=fact.transfer_id, cells=dict(fact.cells))
