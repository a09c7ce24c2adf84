"""The last days before today: events in every state, so that inboxes, the console and the phone have work to show."""

import random
from collections.abc import Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry

from wangge.demo import spread, story
from wangge.demo.place import Place
from wangge.kernel import clock, workdays
from wangge.kernel.calendars import current_calendar
from wangge.kernel.workdays.values import HOUR, us, when

# How many of each state, and how much of the running limit is used up: a few are yellow, fewer red.
STATES = {
    "reported": 34, "checking": 10, "accepted": 18, "dispatched": 26, "handling": 52, "held": 8, "handled": 22,
    "verified": 16, "closed": 24,
}  # fmt: skip
USED = ((0.8, 0.05, 0.6), (0.13, 0.91, 0.97), (0.07, 1.02, 1.3))
_REACH = ("reported", "accepted", "dispatched", "signed", "finished", "verified", "closed")
_LAST = {
    "reported": 0, "checking": 0, "accepted": 1, "dispatched": 2, "handling": 3, "held": 3, "handled": 4,
    "verified": 5, "closed": 6,
}  # fmt: skip
_CLOCK = {
    "reported": "accept", "checking": "check", "accepted": "accept", "dispatched": "sign", "handling": "handle",
    "held": "handle", "handled": "verify",
}  # fmt: skip


class _Back:
    """Moments before now, reckoned in working time, so that nothing happens at night."""

    def __init__(self) -> None:
        self.calendar = current_calendar()
        self.now = us(clock.now()) // HOUR * HOUR

    def when_used(self, limit: workdays.Limit, share: float) -> float:
        """The working moment before now at which a limit must have started to be used up to this share by now."""
        short, long = 0.02, 400.0
        for _ in range(24):
            middle = (short + long) / 2
            start = story.moment(self.hours(middle))
            if workdays.used(start, when(self.now), limit, self.calendar) < share:
                short = middle
            else:
                long = middle
        # A limit of one day is used up in a jump on a rest day: what is to be in time stays on the near side of it.
        late = workdays.used(story.moment(self.hours(long)), when(self.now), limit, self.calendar) >= 1
        return self.hours(short if late and share < 1 else min(long, 240.0))

    def hours(self, amount: float, before: float | None = None) -> float:
        """Seconds since 1970 of the moment `amount` working hours before now (or before that moment)."""
        start = self.now if before is None else us(story.moment(before))
        total = self.calendar.worked(start) - round(amount * HOUR)
        return when(max(self.calendar.reach(max(total, 1)) - 1_000_000, 0)).timestamp()


def rows(place: Place, pictures: Sequence[str], share: float = 1.0) -> list[dict[str, Any]]:
    """The rows of the last days: the same for the same hour of loading. `share` of the usual number."""
    back = _Back()
    rng = random.Random(f"live-{place.code}")
    shown = _shown(place)
    codes = list(place.catalogue.categories)
    weights = [1 / (1 + int(c[2:])) * spread.CLASS_SHARE.get(c[:2], 1) for c in codes]
    made = []
    for state, usual in STATES.items():
        for n in range(max(1, round(usual * share))):
            # Every third one lies in the shown cell or its street, whose people the printed accounts are.
            cell = shown[rng.randrange(len(shown))] if n % 3 == 0 else place.cells[rng.randrange(len(place.cells))]
            if n == 0:
                cell = shown[0]
            category = rng.choices(codes, weights)[0]
            made.append(_row(place, back, state, n, cell, category, pictures))
    made.sort(key=lambda r: r["steps"][0]["at"])
    return made


def _shown(place: Place) -> list[int]:
    """The cell of the shown officer first, then its whole community."""
    jinglong = [c for c in place.cells if c // 1_000_000 == 430_204_005]
    first = min(jinglong or place.cells)
    return [first] * 3 + [c for c in place.cells if c // 1000 == first // 1000]


def _row(
    place: Place, back: _Back, state: str, n: int, cell: int, category: str, pictures: Sequence[str]
) -> dict[str, Any]:
    rng = random.Random(f"{place.code}-{state}-{n}")
    found = place.catalogue.categories[category]
    source = rng.choices(("officer", "resident", "hotline", "desk"), (55, 28, 11, 6))[0]
    if state in ("verified", "checking"):
        source = "resident" if n % 3 else "hotline"
    level = {"grid": "community", "community": "community", "street": "street", "district": "department"}[found.level]
    if state == "closed" and found.self_solve and source == "officer":
        level = "self_solved"
    times = _times(place, back, rng, state, found, level)
    plan = story.Plan(
        cell=cell,
        category=category,
        source=source,
        level=level,
        **dict(zip(_REACH, times, strict=True)),
        checked=state == "checking",
        held=int(state == "held"),
        returned=int(state == "dispatched" and level == "department" and n % 6 == 1),
        reworked=int(state == "handled" and n % 7 == 2),
        grade=rng.choice((0, 3, 4, 5, 5)),
        now=float(back.now / 1_000_000),
        before=(pictures[rng.randrange(len(pictures))],) if pictures and rng.random() < 0.5 else (),
        after=(pictures[rng.randrange(len(pictures))],) if pictures and rng.random() < 0.5 else (),
    )
    steps = story.Story(place, plan, rng).tell()
    lng, lat = _inside(place.shapes[place.cells.index(cell)], rng)
    return story.row(
        place, plan, rng,
        name=f"{place.code}-live-{state}-{n}", lng=lng, lat=lat, seen=plan.reported - rng.randrange(60, 400), steps=steps,
    )  # fmt: skip


def _times(place: Place, back: _Back, rng: random.Random, state: str, found: Any, level: str) -> list[Any]:
    """When each step came, None for what has not: the last one so long ago that the clock shows the wanted share."""
    last = _LAST[state]
    share = rng.random()
    low, high = next((a, b) for edge, a, b in _edges() if share < edge)
    used = rng.uniform(low, high)
    limit = getattr(found, _CLOCK[state]) if state in _CLOCK else None
    times: list[Any] = [None] * 7
    at = back.when_used(limit, used) if limit else back.hours(rng.uniform(2, 12))
    times[last] = at
    for step in range(last - 1, -1, -1):
        at = back.hours(rng.uniform(0.1, 1.2) if step != 3 else rng.uniform(1.5, 9), at)
        times[step] = at
    return times


def _edges() -> list[tuple[float, float, float]]:
    total, made = 0.0, []
    for share, low, high in USED:
        total += share
        made.append((total + 1e-9, low, high))
    return made


def _inside(shape: BaseGeometry, rng: random.Random) -> tuple[float, float]:
    """A point in the cell: between the middle of it and a corner, if that lies inside."""
    from shapely.geometry import Point

    middle = shape.representative_point()
    west, south, east, north = shape.bounds
    for _ in range(20):
        point = Point(
            middle.x + (rng.uniform(west, east) - middle.x) * 0.7,
            middle.y + (rng.uniform(south, north) - middle.y) * 0.7,
        )
        if shape.contains(point):
            return point.x, point.y
    return middle.x, middle.y
