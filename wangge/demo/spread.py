"""How a year's events lie over category, place, hour and fate. Pure numpy, deterministic from a seed.

The shape numbers below are our own description of how residents' reports fall over the hours, the days of the week and
broad subjects, read off public messages once and rounded; no text and no record of theirs is kept here. The totals are the
district's published ones (18,469 events in 2022, closed 99.81 % at year's end).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.events.queries import Catalogue

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TOTAL, CLOSED = 18_469, 18_434

# What the public writes, by hour: few at night, peaks at 10, 15 and 17, and a long evening. Officers report on duty.
PUBLIC_HOURS = (4, 3, 1, 1, 1, 1, 2, 4, 9, 13, 20, 15, 10, 11, 12, 17, 12, 16, 10, 8, 7, 8, 7, 5)
OFFICER_HOURS = (0, 0, 0, 0, 0, 0, 1, 5, 14, 20, 19, 11, 4, 5, 14, 18, 16, 10, 4, 2, 1, 1, 0, 0)
# Monday to Sunday.
WEEKDAYS = (15, 19, 18, 17, 14, 7, 9)
MONTHS = (10, 6, 8, 10, 9, 8, 10, 8, 9, 8, 7, 9)
# How often a 大类 is met, and how much of that is the officer's own round. City upkeep, safety and the estates carry most.
CLASS_SHARE = {
    "01": 15, "02": 5, "03": 4, "04": 12, "05": 1.5, "06": 6, "07": 4.5, "08": 3.5, "09": 3, "10": 12, "11": 3,
    "12": 6, "13": 5, "14": 2.5, "15": 3, "16": 6, "17": 3, "18": 3, "19": 5,
}  # fmt: skip
SOURCES = ("officer", "resident", "hotline", "desk", "department", "device")
SOURCE_SHARE = (0.71, 0.13, 0.08, 0.04, 0.025, 0.015)
PATHS = ("self_solved", "community", "street", "department")
SELF_SOLVED_WHERE_ALLOWED = 0.62
RETURNED, RETURNED_TWICE, EXTENDED, HELD, MERGED, REWORKED, LATE, REOPENED = (
    0.035,
    0.003,
    0.025,
    0.012,
    0.015,
    0.022,
    0.018,
    0.004,
)
# Grades 0 (unrated), 1-5. Silence is stored as unrated, never as praise.
GRADES = (0.64, 0.004, 0.006, 0.03, 0.09, 0.23)
OUTCOMES = ("resolved", "partly", "not_ours", "not_feasible", "withdrawn", "duplicate", "self_solved")
OUTCOME_SHARE = (0.952, 0.022, 0.008, 0.01, 0.008)
STATES = (
    "reported",
    "checking",
    "accepted",
    "dispatched",
    "handling",
    "held",
    "handled",
    "verified",
    "closed",
    "merged",
)
OPEN_SHARE = (0.14, 0.03, 0.09, 0.14, 0.34, 0.06, 0.11, 0.09)
# The open ones are new: nearly all are of the last weeks, a few are long and late.
OPEN_DAYS, OLD_OPEN_DAYS, OLD_OPEN = 6.0, 40.0, 0.15


@dataclass(frozen=True, slots=True)
class Events:
    """A year of events, one array element each, in order of `seen_at`; names are indices into the tuples given.

    `category` into `codes`; `cell` into the cells given; `lng`, `lat` degrees; times are seconds since 1970 UTC (open events
    have -1 for what has not happened); `source`, `path`, `state`, `outcome` into the tuples of this module (`outcome` -1 while
    open); `grade` 0 unrated, 1 to 5; `used` share of the handling limit that was used; `original` the index of the event a
    merged one follows, -1 for the others (a merged one's `accepted_at` is when it was merged); `text` a seed for the words.
    """

    codes: tuple[str, ...]
    category: Ints
    cell: Ints
    lng: Floats
    lat: Floats
    seen_at: Ints
    reported_at: Ints
    accepted_at: Ints
    dispatched_at: Ints
    signed_at: Ints
    finished_at: Ints
    verified_at: Ints
    closed_at: Ints
    source: Ints
    path: Ints
    state: Ints
    outcome: Ints
    grade: Ints
    used: Floats
    returned: Ints
    extended: Ints
    held: Ints
    reworked: Ints
    late: NDArray[np.bool_]
    reopened: NDArray[np.bool_]
    original: Ints
    text: Ints

    def __len__(self) -> int:
        return len(self.category)

    def digest(self) -> str:
        """A fingerprint of everything, to prove that the same seed makes the same year."""
        from hashlib import sha256

        made = sha256(",".join(self.codes).encode())
        for item in fields(self)[1:]:
            made.update(np.ascontiguousarray(getattr(self, item.name)).tobytes())
        return made.hexdigest()


def size(factor: float, total: int = TOTAL, closed: int = CLOSED) -> tuple[int, int]:
    """How many events a year of `factor` sizes has and how many of them are closed (rounded down, so that 99.81 % stays)."""
    made = max(1, int(total * factor))
    return made, made * closed // total


def points(cells: Sequence[BaseGeometry], chosen: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """One point inside the polygon of every chosen cell. Drawn in its box until it falls inside; near borders none is put."""
    inner = []
    for cell in cells:
        lo_x, lo_y, hi_x, hi_y = cell.bounds
        smaller = cell.buffer(-0.03 * min(hi_x - lo_x, hi_y - lo_y))
        inner.append(cell if smaller.is_empty else smaller)
    shapes = np.array(inner, dtype=object)
    shapely.prepare(shapes)
    box = shapely.bounds(shapes)
    lng, lat = np.empty(len(chosen)), np.empty(len(chosen))
    order = np.argsort(chosen, kind="stable")
    ends = np.searchsorted(chosen[order], np.arange(len(cells) + 1))
    for at in range(len(cells)):
        rows = order[ends[at] : ends[at + 1]]
        lo_x, lo_y, hi_x, hi_y = box[at]
        for _ in range(200):
            if not len(rows):
                break
            x, y = rng.uniform(lo_x, hi_x, len(rows)), rng.uniform(lo_y, hi_y, len(rows))
            good = shapely.contains_xy(shapes[at], x, y)
            lng[rows[good]], lat[rows[good]] = x[good], y[good]
            rows = rows[~good]
        if len(rows):
            spot = shapes[at].representative_point()
            lng[rows], lat[rows] = spot.x, spot.y
    return lng, lat


def _pick(rng: np.random.Generator, share: Sequence[float] | Floats, count: int) -> Ints:
    edges = np.cumsum(np.asarray(share, dtype=float))
    found: Ints = np.searchsorted(edges / edges[-1], rng.random(count), side="right").astype(np.int64)
    return np.minimum(found, len(edges) - 1)


def _hours(amount: float, unit: str) -> float:
    """About how many natural hours a limit lasts: seven working hours a day, five working days in seven."""
    return amount * {"clock_hour": 1.0, "natural_day": 24.0, "work_day": 33.6, "work_hour": 4.8}[unit]


def _category_share(catalogue: Catalogue, codes: Sequence[str]) -> Floats:
    """Inside a 大类 the first rows are the common ones: a share falls like 1 / rank."""
    rank: dict[str, int] = {}
    share = np.zeros(len(codes))
    for at, code in enumerate(codes):
        head = code[:2]
        rank[head] = rank.get(head, 0) + 1
        share[at] = 1 / (rank[head] + 0.6)
    heads = np.array([c[:2] for c in codes])
    for head in set(heads.tolist()):
        mask = heads == head
        share[mask] *= CLASS_SHARE.get(head, 1.0) / share[mask].sum()
    return share


def _seen(rng: np.random.Generator, year: int, source: Ints) -> Ints:
    """When it was seen, seconds since 1970 UTC; hours are those of China, and by the end of 31 December."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    per_month = {m: sum(d.month == m for d in days) for m in range(1, 13)}
    share = [MONTHS[d.month - 1] / per_month[d.month] * WEEKDAYS[d.weekday()] for d in days]
    day = _pick(rng, share, len(source))
    officer = source == 0
    hour = np.where(officer, _pick(rng, OFFICER_HOURS, len(source)), _pick(rng, PUBLIC_HOURS, len(source)))
    device = source == SOURCES.index("device")
    hour = np.where(device, rng.integers(0, 24, len(source)), hour)
    start = (first - date(1970, 1, 1)).days
    made: Ints = (start + day) * 86_400 + hour * 3_600 + rng.integers(0, 3_600, len(source)) - 8 * 3_600
    return made


def events(
    *,
    year: int,
    total: int,
    closed: int,
    cells: Sequence[BaseGeometry],
    seed: int,
    catalogue: Catalogue,
    weights: Sequence[float] | None = None,
) -> Events:
    """A year of `total` events of which exactly `closed` have ended by its last second, and some merged ones besides.

    `cells` are polygons in degrees; `weights` how busy each is (equal with spread when absent). The count of 办结率 leaves
    merged events out, so they come on top: `int(total * MERGED)` more rows in state merged, each following a closed one.
    Raises `ValueError` when closed > total or there is no cell.
    """
    if not 0 <= closed <= total or not cells:
        raise ValueError("closed must lie between 0 and total, and there must be a cell")
    rng = np.random.Generator(np.random.PCG64(seed))
    codes = tuple(catalogue.categories)
    rows = [catalogue.categories[c] for c in codes]
    busy = np.asarray(weights, dtype=float) if weights is not None else rng.gamma(4.0, 0.25, len(cells))
    source = _pick(rng, SOURCE_SHARE, total)
    seen = np.sort(_seen(rng, year, source))
    # The sort parted hours from sources: officers' are dealt again by how likely each hour is theirs.
    source = _deal_sources(rng, seen, source)
    category = _pick(rng, _category_share(catalogue, codes), total)
    cell = _pick(rng, busy, total)
    lng, lat = points(cells, cell, rng)

    may_self = np.array([r.self_solve for r in rows])[category] & (source == 0)
    level = np.array([{"grid": 1, "community": 1, "street": 2, "district": 3}[r.level] for r in rows])[category]
    path = np.where(may_self & (rng.random(total) < SELF_SOLVED_WHERE_ALLOWED), 0, level).astype(np.int64)
    own = path == 0

    def chance(share: float) -> NDArray[np.bool_]:
        return (rng.random(total) < share) & ~own

    returned = (chance(RETURNED) & (path == 3)).astype(np.int64)
    returned += (returned > 0) & (rng.random(total) < RETURNED_TWICE / RETURNED)
    extended, held = chance(EXTENDED).astype(np.int64), chance(HELD).astype(np.int64)
    reworked, late, reopened = chance(REWORKED).astype(np.int64), chance(LATE), chance(REOPENED)

    limit = np.array([_hours(float(r.handle.amount), r.handle.unit) for r in rows])[category] * 3_600
    accept_limit = np.array([_hours(float(r.accept.amount), r.accept.unit) for r in rows])[category] * 3_600
    used = rng.beta(1.6, 3.2, total) * 0.97 + 0.02
    used = np.where(late, 1.02 + rng.exponential(0.35, total), used)
    gap = (rng.exponential(180, total) + 20).astype(np.int64)  # from seeing it to sending it
    reported = seen + gap
    accepted = reported + (rng.beta(1.2, 6, total) * accept_limit * 0.5).astype(np.int64) + 60
    dispatched = accepted + (rng.exponential(1_500, total)).astype(np.int64) + 30 + returned * 7_200
    signed = dispatched + (rng.exponential(4_500, total)).astype(np.int64) + 60
    finished = signed + (used * limit).astype(np.int64) + extended * 86_400 + held * 3 * 86_400 + 60
    verified = finished + (rng.beta(1.5, 4, total) * 33 * 3_600).astype(np.int64) + 120 + reworked * 43_200
    grade = np.where(own, 0, _pick(rng, GRADES, total))
    wait = np.where(grade > 0, rng.exponential(86_400, total), 5 * 86_400).astype(np.int64)
    ended = verified + np.minimum(wait, 5 * 86_400)

    # The open ones: chosen among those seen last, so that nobody is open for a year without a word.
    end = ((date(year + 1, 1, 1) - date(1970, 1, 1)).days) * 86_400 - 8 * 3_600 - 1
    is_open = np.zeros(total, dtype=bool)
    if total > closed:
        age = (end - seen) / 86_400
        pull = np.exp(-age / OPEN_DAYS) + OLD_OPEN / OLD_OPEN_DAYS * OPEN_DAYS * np.exp(-age / OLD_OPEN_DAYS)
        key = np.log(np.maximum(rng.random(total), 1e-12)) / np.maximum(pull, 1e-300)
        is_open[np.argpartition(key, closed)[closed:]] = True
    own &= ~is_open
    path = np.where(is_open & (path == 0), level, path)
    state = np.full(total, STATES.index("closed"), dtype=np.int64)
    state[is_open] = _open_states(rng, int(is_open.sum()))

    # All that is closed ended within the year: what would end later is drawn together before its last second.
    steps = np.stack([reported, accepted, dispatched, signed, finished, verified, ended])
    steps[1:, own] = reported[own] + (rng.exponential(900, int(own.sum())) + 60).astype(np.int64)
    # What is closed has come to its last step (row 6); an open one has come as far as its state.
    reach = np.array([0, 0, 1, 2, 3, 3, 4, 5, 6, 1])[state]
    last = np.take_along_axis(steps, reach[None, :], axis=0)[0]
    tight = last > end - 60
    if tight.any():
        room = np.maximum(end - 60 - seen[tight], 1)
        squeeze = room / np.maximum(last[tight] - seen[tight], 1)
        steps[:, tight] = seen[tight] + ((steps[:, tight] - seen[tight]) * squeeze).astype(np.int64)
        used = used.copy()
        used[tight] *= squeeze
        late = late & (used > 1)
    for row in range(7):
        steps[row, reach < row] = -1
    happened = (used > 1) & ~own
    outcome = np.where(own, OUTCOMES.index("self_solved"), _pick(rng, OUTCOME_SHARE, total))
    made = Events(
        codes=codes,
        category=category,
        cell=cell,
        lng=lng,
        lat=lat,
        seen_at=seen,
        reported_at=steps[0],
        accepted_at=steps[1],
        dispatched_at=steps[2],
        signed_at=steps[3],
        finished_at=steps[4],
        verified_at=steps[5],
        closed_at=steps[6],
        source=source,
        path=path,
        state=state,
        outcome=np.where(is_open, -1, outcome),
        grade=np.where(is_open, 0, grade),
        used=used,
        returned=returned,
        extended=extended,
        held=np.maximum(held, (state == STATES.index("held")).astype(np.int64)),
        reworked=np.where(is_open, 0, reworked),
        late=late & happened,
        reopened=reopened & ~is_open,
        original=np.full(total, -1, dtype=np.int64),
        text=rng.integers(0, 2**62, total),
    )
    return _with_merged(rng, made, int(total * MERGED))


def _deal_sources(rng: np.random.Generator, seen: Ints, source: Ints) -> Ints:
    """The same mix of sources over times that were drawn for that mix: each hour gets the sources it is likely to have."""
    hour = (seen + 8 * 3_600) // 3_600 % 24
    public, officer = np.array(PUBLIC_HOURS, float), np.array(OFFICER_HOURS, float)
    shape = np.tile(public / public.sum(), (len(SOURCES), 1))
    shape[0] = officer / officer.sum()
    shape[SOURCES.index("device")] = 1 / 24
    chance = shape * np.array(SOURCE_SHARE)[:, None]
    edges = np.cumsum(chance / chance.sum(axis=0), axis=0)
    found: Ints = (rng.random(len(seen))[None, :] > edges[:-1, hour]).sum(axis=0).astype(np.int64)
    return found


def _open_states(rng: np.random.Generator, count: int) -> Ints:
    """Open states in their shares, each met at least once when there are enough."""
    made = _pick(rng, OPEN_SHARE, count)
    kinds = len(OPEN_SHARE)
    if count >= kinds:
        made[:kinds] = np.arange(kinds)
        rng.shuffle(made)
    return made


def _with_merged(rng: np.random.Generator, made: Events, count: int) -> Events:
    """The year with `count` more events that were merged, while theirs was open, into a closed one of the same spot."""
    apart = (made.closed_at >= 0) & (made.path != 0) & (made.finished_at - made.reported_at > 3_600)
    found = np.flatnonzero(apart)
    originals = np.sort(rng.choice(found, min(count, len(found)), replace=False))
    some = len(originals)
    span = made.finished_at[originals] - made.reported_at[originals]
    seen = made.reported_at[originals] + (rng.random(some) * 0.6 * span).astype(np.int64)
    reported = seen + rng.integers(30, 400, some)
    public = rng.random(some) < 0.7
    none, zero = np.full(some, -1, dtype=np.int64), np.zeros(some, dtype=np.int64)
    extra: dict[str, Any] = {
        "seen_at": seen,
        "reported_at": reported,
        "accepted_at": reported + rng.integers(120, 1_200, some),
        **{f"{step}_at": none for step in ("dispatched", "signed", "finished", "verified", "closed")},
        "source": np.where(public, 1, 0),
        "path": np.ones(some, dtype=np.int64),
        "state": np.full(some, STATES.index("merged")),
        "outcome": np.full(some, OUTCOMES.index("duplicate")),
        **dict.fromkeys(("grade", "returned", "extended", "held", "reworked"), zero),
        "used": np.zeros(some),
        "late": zero.astype(bool),
        "reopened": zero.astype(bool),
        "original": originals,
        "text": rng.integers(0, 2**62, some),
    }
    order = np.argsort(np.concatenate([made.seen_at, seen]), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    out: dict[str, Any] = {"codes": made.codes}
    for item in fields(Events)[1:]:
        old = getattr(made, item.name)
        out[item.name] = np.concatenate([old, extra.get(item.name, old[originals])])[order]
    follows = out["original"]
    out["original"] = np.where(follows >= 0, place[follows], -1)
    return Events(**out)
