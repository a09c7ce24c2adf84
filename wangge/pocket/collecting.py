"""What a phone takes along to the doors and brings back from them: acts at a door, visits, answers to alarms."""

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from wangge.events import queries as events_queries
from wangge.events import services as events
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.pocket.shapes import moment
from wangge.registry import queries as registry_queries
from wangge.registry import services as registry
from wangge.territory import queries as territory

_Text = Annotated[str, msgspec.Meta(max_length=2000)]
# How long a copy of residents may stay on a phone; it is wiped at the latest then.
KEEP_DAYS = 7


class DoorItem(registry.DoorAct, tag_field="kind", tag="door", kw_only=True):
    """An act at a door."""

    seq: int
    post: int | None = None
    files: list[str] = []


class VisitItem(registry.VisitAct, tag_field="kind", tag="visit", kw_only=True):
    """A visit to a person who is looked after, or to an organisation."""

    seq: int
    post: int | None = None
    files: list[str] = []


class AlarmItem(msgspec.Struct, tag_field="kind", tag="alarm", kw_only=True):
    """A step in an alarm, or what came of one call along a family chain (`call`, with `reached`)."""

    id: UUID
    seq: int
    alarm: int
    command: Literal["sign", "arrive", "finish", "note", "call"]
    seen_step: int | None = None
    post: int | None = None
    files: list[str] = []
    text: _Text = ""
    result: Literal["", "handled", "passed", "false"] = ""
    call: int | None = None
    reached: bool = False


def carry_out(actor: Actor, item: DoorItem | VisitItem | AlarmItem) -> dict[str, Any]:
    """The item's answer: a sentence, and for the registry a line per field and the door as it stands now."""
    if isinstance(item, AlarmItem):
        return _alarm(actor, item)
    if isinstance(item, DoorItem):
        outcome = registry.collect(actor=actor, act=item)
    else:
        outcome = registry.visit(actor=actor, act=item)
    return {
        "sentence": outcome.sentence,
        "key": outcome.key,
        "results": outcome.results,
        "people": outcome.people,
        "door": registry_queries.door(actor, outcome.key) if outcome.key[0] in "dhp" else None,
    }


def _alarm(actor: Actor, item: AlarmItem) -> dict[str, Any]:
    if item.command == "call":
        events.answer_call(actor=actor, call_id=item.call or 0, reached=item.reached, text=item.text, key=item.id)
        return {"sentence": "已接通，已记录。" if item.reached else "未接通，已转下一位家属。"}
    events.act_on_alarm(
        actor=actor,
        alarm_id=item.alarm,
        command=item.command,
        seen_step=item.seen_step,
        text=item.text,
        result=item.result,
        key=item.id,
    )
    said = {"sign": "已签收，请尽快到场。", "arrive": "已登记到场。", "finish": "已办结。", "note": "已记录。"}
    return {"sentence": f"告警{said[item.command]}"}


def take_along(actor: Actor, cell: int, after: str) -> dict[str, Any]:
    """A page of the doors of a cell; the first one brings the code tables and what is asked at present."""
    page = registry.take_along(actor=actor, cell=cell, after=after)
    found: dict[str, Any] = {"account": actor.id, "rows": page.rows, "next": page.next, "at": moment(clock.now())}
    if not after:
        found |= registry_queries.collection_words(actor, cell) | {"keep_days": KEEP_DAYS}
    return found


def day(actor: Actor) -> dict[str, Any]:
    """Whom to call on, and what sounds an alarm: kept apart from the rest of the day's data, because it names people."""
    found: dict[str, Any] = {"account": actor.id, "visits": [], "alarms": [], "at": moment(clock.now())}
    if actor.may("registry.edit"):
        found["visits"] = [
            asdict(v)
            | {
                "last_on": v.last_on.isoformat() if v.last_on else "",
                "due_on": v.due_on.isoformat(),
                "place": territory.name_of(actor.lo) if actor.lo == actor.hi else "",
            }
            for v in registry_queries.due_visits(actor)
        ]
    if actor.may("devices.answer"):
        found["alarms"] = events_queries.phone_alarms(actor)
    return found
