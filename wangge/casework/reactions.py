"""Answers to facts of the rooms below: a changed calendar moves every open deadline."""

from wangge.casework import services
from wangge.kernel.actor import SYSTEM
from wangge.kernel.facts import CalendarChanged
from wangge.kernel.outbox import on


@on(CalendarChanged)
def move_deadlines(fact: CalendarChanged) -> None:
    services.recompute_open(actor=SYSTEM)
