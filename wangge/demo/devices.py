"""Devices of the demonstration: where they stand, and what they say while somebody looks on. Invented, deterministic."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import msgspec
from shapely.geometry import shape

from wangge.events import queries as events
from wangge.events import services as events_services
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.registry import queries as registry
from wangge.registry import services as registry_services
from wangge.territory import queries as territory
from wangge.territory import services

PREFIX = "YS"  # 演示
# Of ten devices: what a community that tries 智慧小区 out has.
MIX = ("access", "access", "access", "access", "falling", "falling", "ebike", "ebike", "sos", "sos")
# How often each kind says something, against one another: doors all day, the button rarely.
SAYS = {"access": 6, "falling": 2, "ebike": 4, "sos": 1}
KEEPER, SHOWN = "演示物业服务有限公司", "新民社区"


@dataclass(frozen=True, slots=True)
class Speaking:
    """A device as the simulator needs it."""

    serial: str
    kind: str


def place_devices(district: int, count: int) -> int:
    """Put up devices over the cells of the district until there are `count`; how many are new. Safe to repeat."""
    made, rows = 0, list(territory.cells(district).order_by("code"))
    # The cell whose officer the demonstration shows has the first ten of them.
    first = next((n for n, cell in enumerate(rows) if cell.name.startswith(SHOWN)), 0)
    cells = [cell.pk for cell in rows[first:] + rows[:first]]
    with scope.system():
        known = territory.devices_by_serial([_serial(district, n) for n in range(count)])
        for n in range(count):
            if _serial(district, n) in known or not cells:
                continue
            services.register_device(actor=SYSTEM, entry=_entry(district, n, cells))
            made += 1
    return made


def give_to_the_old(district: int) -> int:
    """For every one-key alarm somebody old of its cell with two of the family to be called; how many. Safe to repeat."""
    given, taken = 0, set[int]()
    with scope.system():
        lo, hi = territory.interval(district)
        for device in territory.device_list(SYSTEM, kind="sos", state="active", place=(lo, hi)).order_by("id"):
            if events.device_users(SYSTEM, device.pk):
                continue
            people = registry.people(SYSTEM, place=device.place_code).filter(state="active").order_by("id")
            people = people.exclude(pk__in=taken)
            old = people.filter(birth_on__lte=date(1952, 1, 1)).first()
            family = list(people.filter(birth_on__range=(date(1965, 1, 1), date(2000, 1, 1)))[:2])
            if old is None or not family:
                continue
            for n, one in enumerate(family, 1):
                kind = "30" if one.sex == "2" else "20"
                registry_services.relate(actor=SYSTEM, person_id=old.pk, other_id=one.pk, kind=kind, calls=n)
            events_services.assign_user(
                actor=SYSTEM,
                device_id=device.pk,
                person_id=old.pk,
                consent_on=date(2022, 3, 1),
                consent_note="演示：本人签字同意书",
            )
            taken |= {old.pk, *(one.pk for one in family)}
            given += 1
    return given


def _serial(district: int, n: int) -> str:
    return f"{PREFIX}-{district // 10**9}-{MIX[n % len(MIX)].upper()}-{n:05d}"


def _entry(district: int, n: int, cells: Sequence[int]) -> services.DeviceEntry:
    """The n-th device: ten in a cell before the next cell begins, spread over the district."""
    chance, kind = random.Random(f"{district}/{n}"), MIX[n % len(MIX)]
    cell = cells[(n // len(MIX)) * 37 % len(cells)]
    lng, lat = _point(cell, chance)
    block, entrance = 1 + n // 2 % 5, 1 + chance.randrange(3)
    spot = {
        "access": f"{block}栋{entrance}单元门口",
        "falling": f"{block}栋{'南北'[n % 2]}侧立面",
        "ebike": f"{block}栋{entrance}单元电梯轿厢",
        "sos": f"{block}栋{entrance}单元{1 + chance.randrange(6)}0{1 + chance.randrange(2)}室卧室",
    }[kind]
    camera = kind in ("falling", "ebike")
    return services.DeviceEntry(
        serial=_serial(district, n),
        kind=kind,
        name=f"{spot.removesuffix('卧室')}{territory.DEVICE_KINDS[kind].short}",
        spot=f"{territory.name_of(cell)}{spot}",
        lng=lng,
        lat=lat,
        keeper=KEEPER,
        keeper_phone="0731-00000000",
        maker="演示设备厂",
        model=f"{kind.upper()}-1",
        installed_on=date(2022, 3, 1) + timedelta(days=chance.randrange(240)),
        purpose="楼栋公共安全取证" if camera else "",
        has_sign=camera,
        retention_days=30 if camera else None,
    )


def _point(cell: int, chance: random.Random) -> tuple[float, float]:
    """A point inside the cell."""
    boundary = territory.boundary(cell)
    assert boundary is not None
    area = shape(boundary.geometry)
    west, south, east, north = area.bounds
    for _ in range(200):
        point = (chance.uniform(west, east), chance.uniform(south, north))
        if int(territory.cell_at(*point).cell_code or 0) == cell:
            return point
    inner = area.representative_point()
    return inner.x, inner.y


def speaking(district: int) -> list[Speaking]:
    """The devices in use of the district, those of the demonstration or others."""
    lo, hi = territory.interval(district)
    with scope.system():
        rows = territory.device_list(SYSTEM, state="active", place=(lo, hi)).order_by("id")
        return [Speaking(*row) for row in rows.values_list("serial", "kind")]


def chatter(devices: Sequence[Speaking], seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """Endless alarms of the devices as (topic, payload); one in twenty is sent twice, as radio links do."""
    chance, kinds = random.Random(seed), events.alarm_kinds()
    weights = [SAYS[d.kind] for d in devices]
    while True:
        (one,) = chance.choices(devices, weights)
        codes = ["", *kinds[one.kind].codes]
        topic = f"wangge/devices/{one.serial}/alarm"
        payload = msgspec.json.encode(
            {
                "id": UUID(int=chance.getrandbits(128), version=4),
                "at": clock.local(clock.now()),
                "kind": one.kind,
                "code": chance.choice(codes),
                "note": "演示",
            }
        )
        yield topic, payload
        if chance.random() < 0.05:
            yield topic, payload


def heartbeats(devices: Sequence[Speaking], seed: int = 2) -> Iterator[tuple[str, bytes]]:
    """One sign of life of every device; those on batteries tell their charge."""
    chance = random.Random(seed)
    for one in devices:
        body = msgspec.json.encode({"battery": chance.randrange(35, 100)}) if one.kind == "sos" else b""
        yield f"wangge/devices/{one.serial}/heartbeat", body
