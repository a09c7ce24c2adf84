"""Reads of the register of devices. Rows are bound by place (row-level security), so every query takes who asks."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.territory.models import Device, DeviceOutage, DevicePulse, DeviceUpkeep
from wangge.territory.queries.land import path_of
from wangge.territory.rules import devices as rules

DEVICE_KINDS, DEVICE_STATES, UPKEEP_KINDS = rules.KINDS, rules.STATES, rules.UPKEEP
VIEW, EDIT = "devices.view", "devices.edit"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the intake of signals needs to know of a device."""

    id: int
    serial: str
    kind: str
    state: str
    place_code: int
    lng: float
    lat: float
    name: str
    spot: str


def devices_by_serial(serials: Collection[str]) -> dict[str, Heard]:
    """The devices with these serials. For the intake, which runs with the reach of the system."""
    rows = Device.objects.filter(serial__in=list(serials)).values_list(
        "id", "serial", "kind", "state", "place_code", "lng", "lat", "name", "spot"
    )
    return {row[1]: Heard(*row) for row in rows}


def device(actor: Actor, device_id: int) -> Device:
    """One device in reach, with its pulse; `NotHere` otherwise."""
    actor.must(VIEW)
    found = Device.objects.select_related("pulse", "address").filter(pk=device_id).first()
    if found is None:
        raise NotHere("设备")
    return found


def device_list(
    actor: Actor,
    *,
    text: str = "",
    kind: str = "",
    state: str = "",
    place: tuple[int, int] | None = None,
    silent: bool | None = None,
    to_inspect: bool = False,
) -> QuerySet[Device]:
    """The register in reach. `text` in serial, name, spot, keeper or estate; `silent` only those offline (or only those
    heard); `to_inspect` only those whose inspection is due."""
    actor.must(VIEW)
    rows = Device.objects.select_related("pulse")
    if text:
        rows = rows.filter(
            Q(serial__icontains=text) | Q(name__icontains=text) | Q(spot__icontains=text) | Q(keeper__icontains=text)
        )
    rows = rows.filter(kind=kind) if kind in DEVICE_KINDS else rows
    rows = rows.filter(state=state) if state in DEVICE_STATES else rows
    rows = rows.filter(place_code__range=place) if place else rows
    if silent is not None:
        rows = rows.filter(state="active", pulse__is_silent=silent)
        rows = rows if silent else rows.filter(pulse__seen_at__isnull=False)
    if to_inspect:
        rows = rows.filter(state="active", inspect_on__lte=clock.today())
    return rows


def device_counts(actor: Actor) -> dict[str, dict[str, int]]:
    """By kind: `all` active, `silent`, `unheard` (never connected), `inspect` due."""
    actor.must(VIEW)
    rows: Any = (
        Device.objects.filter(state="active")
        .values("kind")
        .annotate(
            all=Count("id"),
            silent=Count("id", filter=Q(pulse__is_silent=True)),
            unheard=Count("id", filter=Q(pulse__seen_at=None)),
            inspect=Count("id", filter=Q(inspect_on__lte=clock.today())),
        )
        .order_by("kind")
    )
    return {str(row["kind"]): {k: int(v) for k, v in row.items() if k != "kind"} for row in rows}


def outages(actor: Actor, device_id: int, most: int = 20) -> list[DeviceOutage]:
    return list(DeviceOutage.objects.filter(device_id=device_id).order_by("-id")[:most])


def upkeep_of(actor: Actor, device_id: int, most: int = 50) -> list[DeviceUpkeep]:
    return list(DeviceUpkeep.objects.filter(device_id=device_id).order_by("-id")[:most])


def open_upkeep(actor: Actor) -> QuerySet[DeviceUpkeep]:
    """Upkeep asked for and not done, in reach."""
    actor.must(VIEW)
    return DeviceUpkeep.objects.filter(done_at=None).select_related("device").order_by("due_on", "id")


def whereabouts(row: Any) -> str:
    """ "井龙街道·响田社区·03网格 某小区2栋1单元门口" — anything with `place_code` and `spot`."""
    return f"{path_of(row.place_code).split('·', 1)[-1]} {row.spot}".strip()


def registered_on(lo: int, hi: int, on: date) -> QuerySet[Device]:
    """Devices of the interval that were up (registered, or installed as the register says) before `on` and not taken down by
    then."""
    end = datetime(on.year, on.month, on.day, tzinfo=clock.ZONE)
    return (
        Device.objects.filter(Q(created_at__lt=end) | Q(installed_on__lt=on), place_code__range=(lo, hi))
        .exclude(state="retired", state_on__lt=on)
        .order_by("id")
    )


def offline_at(lo: int, hi: int, moment: datetime) -> QuerySet[Device]:
    """Devices of the interval that were silent at the moment."""
    gone = DeviceOutage.objects.filter(since__lt=moment).filter(Q(until=None) | Q(until__gte=moment))
    return Device.objects.filter(place_code__range=(lo, hi), id__in=gone.values("device_id")).order_by("id")


def broker_users() -> Iterable[tuple[str, str]]:
    """(serial, the broker's hash) of every device that may speak."""
    return Device.objects.exclude(secret="").exclude(state="retired").order_by("serial").values_list("serial", "secret")


def last_seen(ids: Sequence[int]) -> dict[int, datetime | None]:
    return dict(DevicePulse.objects.filter(device_id__in=list(ids)).values_list("device_id", "seen_at"))
