"""Builders of people and dwellings: always through the services. Nobody is real: numbers come from the demo's generator."""

from datetime import date
from typing import Any

from tests import make
from tests.invented import Numbers
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.registry import services
from wangge.registry.models import Person
from wangge.territory import services as territory

NUMBERS = Numbers(first_phone=88_000_000)


def number(born: date = date(1986, 5, 28), sex: int = 1) -> str:
    """A number that no other test has: each call gives the next."""
    return NUMBERS.id_number(born, sex)


def officer(n: int = 0, within: int = make.JINGLONG) -> Actor:
    return make.officer(make.cell(within, n), name=f"officer-{within}-{n}")


def person(by: Actor, place: int | None = None, **values: Any) -> Person:
    """A person registered by the actor at their own cell."""
    extra = {k: values.pop(k) for k in ("dwelling_id", "care", "sure_is_new", "since", "residence") if k in values}
    given = {"name": "苗禾青"} | values
    if "id_number" not in given and "id_type" not in given:
        given["id_number"] = number()
    given = {k: v for k, v in given.items() if v is not None}
    return services.register(actor=by, values=given, place_code=place or by.lo, source="入户采集", **extra)


def dwelling(place: int, room: str = "301室", building: str = "2栋") -> int:
    """A dwelling in the cell."""
    lng, lat = make.point(make.GridCell.objects.get(pk=place))
    made = territory.place_address(
        actor=make.SYSTEM,
        place_code=place,
        levels=(
            ("road", "演示路"),
            ("number", "118号"),
            ("building", building),
            ("entrance", "1单元"),
            ("dwelling", room),
        ),
        lng=lng,
        lat=lat,
        floor=3,
    )
    return int(made.pk)


def today() -> date:
    return clock.today()
