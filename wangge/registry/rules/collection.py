"""Collecting at the door: what an officer brings back, and what becomes of each value when the record has moved on meanwhile.

The phone shows what is held and asks for nothing that is; the officer says “all is right”, or corrects. A value is taken over
unless somebody else has changed the same field since the officer's copy was made: then both are kept and a person decides.
Source: GB/T 31000-2015 §5 (信息采集、核实、更新); 个人信息保护法 第六条 (minimum), 第八条 (accuracy).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

# Why an officer's value was not taken over at once.
DIFFERENCES: dict[str, str] = {
    "changed": "他人已先更新",
    "refused": "内容不合规定",
    "exists": "证件已有登记",
    "maybe_same": "疑似同一人",
    "not_here": "档案不在本网格",
}
DIFFERENCE_STATES: dict[str, str] = {"open": "待核定", "taken": "已采用", "dropped": "未采用"}
# What can be said of somebody at the door.
PARTS: dict[str, str] = {
    "same": "信息无误",
    "change": "更新",
    "add": "新增",
    "left": "搬走",
    "departed": "迁出本区",
    "died": "去世",
}
# What became of one field of an act.
RESULTS: dict[str, str] = {
    "verified": "已核实",
    "taken": "已更新",
    "added": "已新增",
    "ended": "已登记",
    "waiting": "留待核定",
    "skipped": "未改动",
}
PURPOSES: dict[str, str] = {
    "door": "入户采集",
    "care": "关爱走访",
    "enterprise": "企业走访",
    "policy": "政策宣传",
    "safety": "安全提醒",
    "mediation": "矛盾化解",
}
# What an officer collects and verifies at a door. Religion is asked of nobody at a door and never leaves the server; native
# place and codes of areas come from documents, not from a conversation.
FIELDS: tuple[str, ...] = (
    "name", "former_name", "sex", "birth_on", "id_number", "phone", "ethnic", "marriage", "politics", "education",
    "occupation", "employer", "hukou_address", "home_address",
)  # fmt: skip
SEALED = frozenset({"id_number", "phone"})
SOURCE = "入户采集"
# A phone may be without a signal for a week; what it brings after a month is no longer what is true today.
OLDEST_DAYS = 31

# A phone says its moment with the offset of its zone, or it says nothing that could be compared.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]
_Long = Annotated[str, msgspec.Meta(max_length=2000)]


class Part(msgspec.Struct, kw_only=True):
    """What the officer says of one person. `step` is the step of the record on the phone, `seen` the values shown there."""

    does: Literal["same", "change", "add", "left", "departed", "died"]
    person: int | None = None
    client: UUID | None = None
    step: int = 0
    label: _Text = ""
    seen: dict[str, _Text] = {}
    changes: dict[str, _Text] = {}
    relation: Annotated[str, msgspec.Meta(max_length=2)] = ""
    # The household somebody new belongs to: 0 founds one with them as its head.
    household: int | None = None
    id_type: Annotated[str, msgspec.Meta(max_length=3)] = ""
    # Answers to a campaign's own questions, by the number of the campaign.
    answers: dict[str, dict[str, _Text]] = {}
    residence: Literal["own", "rent", "board", "dorm", "work"] = "own"
    sure_is_new: bool = False
    on: date | None = None
    note: _Text = ""


class Home(msgspec.Struct, kw_only=True):
    """What the officer saw of the dwelling. None means: not looked at. `hazards` are codes of table 5.19."""

    is_rented: bool | None = None
    landlord: _Text = ""
    landlord_phone: _Text = ""
    hazards: list[str] | None = None
    note: _Text = ""


class DoorAct(msgspec.Struct, kw_only=True):
    """One act at one door. Exactly one of `dwelling`, `household`, `person` says which door; `met` is False for nobody home."""

    id: UUID
    seen_at: Moment
    dwelling: int | None = None
    household: int | None = None
    person: int | None = None
    met: bool = True
    text: _Long = ""
    people: Annotated[list[Part], msgspec.Meta(max_length=60)] = []
    home: Home | None = None
    replaces: UUID | None = None
    # How long the door was open on the phone.
    seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)] | None = None


class VisitAct(msgspec.Struct, kw_only=True):
    """A visit to somebody who is looked after, or to an organisation, with what was seen and, if need be, one part of the record."""

    id: UUID
    seen_at: Moment
    purpose: Literal["care", "enterprise", "policy", "safety", "mediation"]
    person: int | None = None
    organisation: int | None = None
    met: bool = True
    text: _Long = ""
    part: Part | None = None
    matters: Annotated[str, msgspec.Meta(max_length=500)] = ""


def judge(field: str, given: str, held: str, seen: str | None, changed_since: bool) -> str:
    """`same` (already held), `take`, or `differ` (somebody else changed this field after the officer's copy was made).

    `seen` is what the phone showed (None where it shows only a mask); a change that left no mark in the history is found by it.
    """
    if given == held:
        return "same"
    if changed_since or (field not in SEALED and seen is not None and seen != held):
        return "differ"
    return "take"


def order(parts: list[Part]) -> list[tuple[int, Part]]:
    """Parts with their places in the act, in the order in which they are carried out: known people by number, so that two
    acts never wait for each other, then the new ones as they were entered."""
    numbered = list(enumerate(parts))
    return sorted(numbered, key=lambda one: (one[1].person is None, one[1].person or 0, one[0]))


def faults(part: Part) -> str:
    """What is missing in a part for it to mean anything; "" when it is whole."""
    if part.does == "add" and (part.client is None or not part.changes.get("name", "").strip()):
        return "新增人员须填写姓名。"
    if part.does != "add" and part.person is None:
        return "没有说明是哪一个人。"
    unknown = sorted(set(part.changes) - set(FIELDS))
    if unknown:
        return "手机上不能更新这一项，请在电脑工作台上办理。"
    return ""


def moment_of(seen_at: datetime, now: datetime) -> datetime:
    """When the act was. A phone whose clock runs ahead, or that lost its date, gets the moment of arrival."""
    return now if seen_at > now or (now - seen_at).days > OLDEST_DAYS else seen_at


def sentence(results: Sequence[Mapping[str, object]]) -> str:
    """The outcome of an act in one line."""
    counted = {code: sum(1 for r in results if r["result"] == code) for code in RESULTS}
    words = {
        "verified": "核实 {} 项",
        "taken": "更新 {} 项",
        "added": "新增 {} 人",
        "ended": "登记变动 {} 人",
        "waiting": "{} 项留待核定",
    }
    said = "，".join(text.format(counted[code]) for code, text in words.items() if counted[code])
    return f"已收到：{said}。" if said else "已收到。"
