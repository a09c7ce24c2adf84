"""Answers to facts of the rooms below: a changed calendar moves every open deadline."""

from wangge.casework import services
from wangge.kernel.actor import SYSTEM
from wangge.kernel.facts import CalendarChanged
from wangge.kernel.outbox import on
from wangge.territory.facts import TerritoryTransferred


@on(CalendarChanged)
def move_deadlines(fact: CalendarChanged) -> None:
    services.recompute_open(actor=SYSTEM)


@on(TerritoryTransferred)
def follow_the_land(fact: TerritoryTransferred) -> None:
    services.pass_on_cases(
        actor=SYSTEM, transfer=fact.transfer_id, cells=dict(fact.cells), communities=dict(fact.communities)
    )
