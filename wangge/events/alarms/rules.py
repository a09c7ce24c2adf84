"""Rules of alarms: what a message says, which signals are one alarm, the three steps and their limits. Pure Python.

Steps 签收 → 到场 → 处置反馈 and their limits are data (data/alarms.yaml, shipped defaults).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from wangge.events.alarms import terms
from wangge.kernel.errors import Refusal
from wangge.kernel.flow import Move

RIGHT = terms.ANSWER
MOVES: dict[tuple[str, str], Move] = {
    ("open", "sign"): Move("signed", RIGHT),
    ("signed", "arrive"): Move("arrived", RIGHT),
    ("arrived", "finish"): Move("done", RIGHT, needs=("result", "text")),
    # A picture can show that nothing happened: see `may_finish_remotely`.
    ("signed", "finish"): Move("done", RIGHT, needs=("result", "text")),
    **{(state, "note"): Move(state, RIGHT, needs=("text",)) for state in terms.OPEN},
}
LABELS: Mapping[str, str] = {
    **terms.STATES,
    **terms.COMMANDS,
    "result": "处置结果",
    "text": "说明",
}
MIN_TEXT, MAX_TEXT = 5, 500
MAX_PAYLOAD = 4096
DISTRICT = 1_000_000_000
# A device's clock may run ahead by this much; an older or later moment is not believed and our own counts.
AHEAD, BEHIND = timedelta(minutes=5), timedelta(days=30)
ROOT = "wangge/devices"
TOPICS = (f"{ROOT}/+/alarm", f"{ROOT}/+/heartbeat")


@dataclass(frozen=True, slots=True)
class Code:
    name: str
    category: str
    urgency: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What alarms of a kind mean; minutes count around the clock."""

    name: str
    category: str
    urgency: str
    join: int
    sign: int
    arrive: int
    finish: int
    next: int
    remote: bool = False
    calls: bool = False
    call: int = 3
    silent: int = 0  # minutes without a sign of life; 0 for what has none
    top: int = len(terms.LEVELS) - 1
    codes: Mapping[str, Code] = field(default_factory=dict)

    def of(self, code: str) -> Code:
        return self.codes.get(code) or Code("", self.category, self.urgency)


def read_kinds(data: Mapping[str, Any], silences: Mapping[str, int]) -> dict[str, Kind]:
    """The kinds of data/alarms.yaml, with the minutes after which a device of the kind counts as silent."""
    found = {}
    for name, row in data["kinds"].items():
        given = dict(row)
        codes = {
            code: Code(one["name"], one.get("category", row["category"]), one.get("urgency", row["urgency"]))
            for code, one in given.pop("codes").items()
        }
        silent = silences.get(name, 0)
        found[name] = Kind(name=terms.KINDS[name], silent=silent, **given, codes=codes)
    return found


@dataclass(frozen=True, slots=True)
class Decided:
    """What a district decided of a kind from a day on: field of `Kind` → value; what is not named stays as shipped."""

    district: int
    kind: str
    from_on: date
    values: Mapping[str, Any]


class Rulebook:
    """The kinds of alarms as they hold in a district on a day: as shipped, or as the district decided."""

    def __init__(self, shipped: Mapping[str, Kind], decided: Iterable[Decided]) -> None:
        self._shipped = shipped
        self._decided: dict[tuple[int, str], list[tuple[date, Kind]]] = {}
        for one in sorted(decided, key=lambda d: d.from_on):
            kind = replace(shipped[one.kind], **one.values)
            self._decided.setdefault((one.district, one.kind), []).append((one.from_on, kind))

    def kind(self, name: str, place: int, on: date) -> Kind:
        """The kind at a place (any code below the district) for an alarm raised on the day."""
        rows = self._decided.get((place - place % DISTRICT, name), ())
        return next((kind for day, kind in reversed(rows) if day <= on), self._shipped[name])

    def silences(self, on: date) -> dict[tuple[int, str], int]:
        """(district, kind of device) → minutes, where a district decided otherwise than shipped."""
        places = {key: self.kind(key[1], key[0], on) for key in self._decided}
        return {key: kind.silent for key, kind in places.items() if kind.silent != self._shipped[key[1]].silent}


def refuse_limits(kind: str, values: Mapping[str, int]) -> Refusal | None:
    """Why a district may not decide so."""
    for name, value in values.items():
        if name not in terms.limits_of(kind):
            return Refusal("unknown_field", f"{terms.KINDS[kind]}没有“{name}”这一项。", field=name, value=value)
        label, least, most = terms.LIMITS[name]
        if not least <= value <= most:
            return Refusal("limit", f"{label}应在 {least} 到 {most} 之间。", field=name, value=value)
    return None


# ---- messages ------------------------------------------------------------------------------------------------------


class Alarm(msgspec.Struct, kw_only=True):
    """The body of an alarm message. `id` is the device's own id of it; without one, kind and moment stand for it.

    Further fields of a maker are let in and kept with the signal, cut to what `MAX_PAYLOAD` allows.
    """

    at: datetime
    id: UUID | None = None
    kind: str = ""
    code: str = ""
    test: bool = False


class Beat(msgspec.Struct, kw_only=True):
    """The body of a heartbeat; an empty body is one too."""

    battery: int | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """An alarm message as it was understood. `message_id` is the same for the same message, however often it is sent."""

    serial: str
    message_id: UUID
    kind: str
    code: str
    at: datetime
    is_test: bool
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    serial: str
    battery: int | None


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that could not be taken: why, and what it was, so that nothing disappears."""

    reason: str
    topic: str
    payload: bytes
    serial: str = ""
    detail: str = ""


_alarm = msgspec.json.Decoder(Alarm)
_beat = msgspec.json.Decoder(Beat)


def read_message(topic: str, payload: bytes) -> Signal | Heartbeat | Unread:
    """What a message on `wangge/devices/<serial>/alarm` or `…/heartbeat` says."""
    parts = topic.split("/")
    if len(parts) != 4 or "/".join(parts[:2]) != ROOT or parts[3] not in ("alarm", "heartbeat"):
        return Unread("unreadable", topic, payload, detail="主题应为 wangge/devices/<设备编号>/alarm 或 heartbeat")
    serial = parts[2]
    if len(payload) > MAX_PAYLOAD:
        return Unread("unreadable", topic, payload, serial, f"内容超过 {MAX_PAYLOAD} 字节")
    try:
        if parts[3] == "heartbeat":
            power = _beat.decode(payload).battery if payload else None
            return Heartbeat(serial, power if power is not None and 0 <= power <= 100 else None)
        said = _alarm.decode(payload)
        data = msgspec.json.decode(payload)
    except ValueError as error:
        return Unread("unreadable", topic, payload, serial, str(error)[:120])
    if said.at.tzinfo is None:
        return Unread("unreadable", topic, payload, serial, "at 须带时区")
    if "\0" in (said.kind + said.code) or b"\\u0000" in payload:
        return Unread("unreadable", topic, payload, serial, "有不能保存的字符")
    if not 1970 < said.at.year < 9000:
        return Unread("unreadable", topic, payload, serial, "at 不是可信的时间")
    message_id = said.id or uuid5(NAMESPACE_URL, f"{serial}/{said.kind}/{said.code}/{said.at.timestamp()}")
    return Signal(serial, message_id, said.kind, said.code, said.at, said.test, data)


def moment(at: datetime, received: datetime) -> datetime:
    """When it happened: the device's word when its clock can be believed, else when it reached us."""
    return at if received - BEHIND <= at <= received + AHEAD else received


# ---- which signals are one alarm ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Known:
    """An alarm that signals may belong to. `alarm_id` is None for one that this batch begins."""

    device_id: int
    kind: str
    code: str
    is_test: bool
    first_at: datetime
    last_at: datetime
    alarm_id: int | None = None
    signals: int = 0
    added: int = 0


@dataclass(frozen=True, slots=True)
class Fresh:
    """A signal that is new to us."""

    device_id: int
    kind: str
    code: str
    is_test: bool
    at: datetime
    near: int


def join(fresh: Sequence[Fresh], known: Iterable[Known]) -> tuple[list[Known], list[int]]:
    """Put every signal into an alarm: an open one of the same device, kind, code and testing within `near` minutes of its
    last (or first) signal, else a new one. Gives all alarms (known first) and for each signal the place of its alarm."""
    alarms = list(known)
    by_device: dict[tuple[int, str, str, bool], list[int]] = {}
    for place, one in enumerate(alarms):
        by_device.setdefault((one.device_id, one.kind, one.code, one.is_test), []).append(place)
    places: list[int] = [0] * len(fresh)
    for n in sorted(range(len(fresh)), key=lambda i: fresh[i].at):
        signal = fresh[n]
        near = timedelta(minutes=signal.near)
        same = by_device.setdefault((signal.device_id, signal.kind, signal.code, signal.is_test), [])
        found = next(
            (i for i in reversed(same) if alarms[i].first_at - near <= signal.at <= alarms[i].last_at + near), None
        )
        if found is None:
            found = len(alarms)
            alarms.append(Known(signal.device_id, signal.kind, signal.code, signal.is_test, signal.at, signal.at))
            same.append(found)
        one = alarms[found]
        one.first_at, one.last_at, one.added = min(one.first_at, signal.at), max(one.last_at, signal.at), one.added + 1
        places[n] = found
    return alarms, places


# ---- the three steps -----------------------------------------------------------------------------------------------


def due(kind: Kind, state: str, at: datetime) -> datetime | None:
    """By when the step that a state waits for is due, the state having begun at `at`."""
    minutes = {"open": kind.sign, "signed": kind.arrive, "arrived": kind.finish}.get(state)
    return None if minutes is None else at + timedelta(minutes=minutes)


def next_call(kind: Kind, at: datetime) -> datetime:
    """When the next level is called if nobody has signed by then."""
    return at + timedelta(minutes=kind.next)


def may_finish(kind: Kind, state: str, result: str, text: str) -> Refusal | None:
    """Why an alarm may not be finished so."""
    if result not in terms.ANSWERS:
        shown = "、".join(terms.RESULTS[a] for a in terms.ANSWERS)
        return Refusal("unknown_result", f"请选择处置结果：{shown}。", field="result", value=result)
    if len(text.strip()) < MIN_TEXT:
        return Refusal("text_short", f"请写明处置情况，不少于 {MIN_TEXT} 个字。", field="text", value=text[:40])
    if state == "signed" and result != "false":
        return Refusal("arrive_first", "请先确认到场，再反馈处置结果。", status=409, field="result", value=result)
    if state == "signed" and not kind.remote:
        return Refusal(
            "arrive_first", f"{kind.name}须到场核实后才能反馈，包括误报。请先确认到场。", status=409, field="result"
        )
    return None


def text_of(name: str, code: str, device: str, spot: str, first: str, signals: int) -> str:
    """The words of the event. They name the device and its place, never a person."""
    what = f"{name}（{code}）" if code else name
    again = f"，{signals} 次信号" if signals > 1 else ""
    return f"设备“{device}”于 {first} 发出{what}告警{again}。位置：{spot}。请按时签收、到场并反馈。"
