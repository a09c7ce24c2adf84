"""A hazard found at a let dwelling becomes an event, once for each find that says something new."""

from datetime import datetime
from uuid import UUID, uuid5

from wangge.events import rules
from wangge.events.services import intake
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry.facts import HazardFound
from wangge.territory import queries as territory

_NAMESPACE = UUID("0a6b4a37-2a3d-4a55-8f0e-6c7b0d9d4b11")


def open_for_hazard(*, actor: Actor, fact: HazardFound, names: str) -> intake.Receipt:
    """The event of this find; the same find gives the same event however often it is told.

    `names` are the hazards in words. Where the address has no point, or one outside every cell, the event lies in its cell.
    """
    address = territory.address(fact.dwelling_id)
    lng, lat = _point(fact)
    return intake.report(
        actor=actor,
        report=intake.Report(
            id=uuid5(_NAMESPACE, f"{fact.rental_id}-{fact.seq}"),
            text=f"出租房存在隐患：{names}。地址：{address.full}。请核实后督促整改。",
            title=f"出租房隐患：{names}"[:60],
            lng=lng,
            lat=lat,
            datum="cgcs2000",
            seen_at=datetime.fromisoformat(fact.seen_at),
            source="officer",
            category=rules.hazard_category(fact.hazards),
        ),
    )


def _point(fact: HazardFound) -> tuple[float, float]:
    """The address's own point when it lies in a cell, else one inside the place's."""
    if fact.lng is not None and fact.lat is not None and territory.cell_at(fact.lng, fact.lat).cell_code is not None:
        return fact.lng, fact.lat
    inside = territory.point_of(fact.place_code)
    if inside is None:
        raise Refusal("outside", f"{territory.path_of(fact.place_code)}没有划定边界，隐患不能转为事件。", status=409)
    return inside
