"""Builders of devices and of what they say, through the services. Run inside `scope.system()`."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

from tests import make
from wangge.events import services as events
from wangge.kernel import clock
from wangge.kernel.actor import SYSTEM
from wangge.territory import services as territory

_serials, _messages = count(1), count(1)
CAMERA = {"purpose": "楼栋公共安全", "has_sign": True, "retention_days": 30}


def device(kind: str = "falling", at: Any = None, **fields: Any) -> Any:
    """A device in use, well inside a cell."""
    where = at or make.cell()
    lng, lat = make.point(where)
    given: dict[str, Any] = {
        "serial": f"TEST-{kind}-{next(_serials):05d}",
        "kind": kind,
        "name": "3栋北侧设备",
        "spot": "响田小区3栋北侧",
        "lng": lng,
        "lat": lat,
        **(CAMERA if kind in ("falling", "ebike") else {}),
    } | fields
    return territory.register_device(actor=SYSTEM, entry=territory.DeviceEntry(**given))


def payload(at: datetime | None = None, message: UUID | None = None, **more: Any) -> bytes:
    given = {"id": message or UUID(int=(0xA1A << 64) + next(_messages)), "at": at or clock.now()} | more
    return msgspec.json.encode(given)


def message(of: Any, at: datetime | None = None, message: UUID | None = None, **more: Any) -> Any:
    return events.read_message(f"wangge/devices/{of.serial}/alarm", payload(at, message, **more))


def beat(of: Any, **more: Any) -> Any:
    return events.read_message(f"wangge/devices/{of.serial}/heartbeat", msgspec.json.encode(more) if more else b"")


def alarm(kind: str = "falling", at: Any = None, on: Any = None, raised: bool = True, **more: Any) -> Any:
    """An alarm as it stands after the intake and its event."""
    from wangge.events.models import Alarm

    of = on or device(kind, at)
    events.take_messages(actor=SYSTEM, messages=[message(of, **more)])
    if raised:
        events.raise_alarms(actor=SYSTEM)
    return Alarm.objects.filter(device=of).order_by("-id")[0]


def steps(result: str = "handled", text: str = "现场核实完毕") -> list[tuple[str, dict[str, Any]]]:
    """The three steps, with what each takes."""
    return [("sign", {}), ("arrive", {}), ("finish", {"result": result, "text": text})]


def keeper(at: Any) -> Any:
    """The property guard of the community."""
    return make.actor("estate_keeper", place=at.code - at.code % 1000)


def later(**delta: int) -> Any:
    return clock.frozen(clock.now() + timedelta(**delta))
