"""The console: its tabs over open cases, the points of its map, the cells of its area."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from wangge.casework import queries as casework
from wangge.desk.queries.lists import Filters, cases, read_filters
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.territory import queries as territory

TABS = (
    ("all", "全部"),
    ("reported", "待受理"),
    ("accepted", "待分派"),
    ("dispatched", "待签收"),
    ("handling", "处置中"),
    ("handled", "待核查"),
    ("overdue", "超期"),
)
TAB_STATES = {
    "reported": ("reported", "checking"),
    "accepted": ("accepted",),
    "dispatched": ("dispatched",),
    "handling": ("handling", "held"),
    "handled": ("handled",),
}


def console_filters(given: Mapping[str, str]) -> tuple[str, Filters]:
    """The tab and filters of the console's address: always open cases."""
    tab = given.get("tab", "all")
    if tab not in dict(TABS):
        tab = "all"
    plain = {k: v for k, v in given.items() if k in ("q", "category", "source", "place", "card")}
    asked = read_filters({**plain, "open": "1", "overdue": "1" if tab == "overdue" else ""}, TAB_STATES.get(tab, ()))
    return tab, asked


def tab_counts(actor: Actor, asked: Filters) -> list[tuple[str, str, int]]:
    """`(tab, name, how many)` of the console under its filters, whatever the tab."""
    plain = read_filters({**asked.given, "overdue": ""})
    by_state = casework.counts(cases(actor, plain), "state")
    late = cases(actor, read_filters({**asked.given, "overdue": "1"})).order_by().select_related(None).count()
    found = []
    for tab, name in TABS:
        n = late if tab == "overdue" else sum(by_state.get(s, 0) for s in TAB_STATES.get(tab, tuple(by_state)))
        found.append((tab, name, n))
    return found


def map_points(found: QuerySet[Any]) -> list[list[Any]]:
    """`[number, lng, lat, state, tone, title]` of open cases, as the map draws them."""
    now = clock.now()
    return [
        [number, round(lng, 6), round(lat, 6), state, _tone(state, due, card, now), title]
        for number, lng, lat, state, due, card, title in casework.points(found)
    ]


def _tone(state: str, due: datetime | None, card: str, now: datetime) -> str:
    if state == "held" or due is None:
        return ""
    return "red" if now > due else "amber" if card == "yellow" else ""


def cell_shapes(within: int | None) -> dict[str, Any]:
    """The cells of an area for the map, borders thinned to two metres, each with the name of its street."""
    found = territory.geojson(within, simplify_m=2.0)
    for one in found["features"]:
        one["properties"]["street"] = territory.name_of(territory.at_level(int(one["properties"]["code"]), "street"))
    return found
