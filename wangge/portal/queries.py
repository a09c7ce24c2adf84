"""What the public may know: land, who answers for it, and of cases only what is said here field by field."""

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from shapely.geometry import Point, shape
from shapely.ops import nearest_points

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.casework.services.public import code_digest
from wangge.events import queries as events
from wangge.exchange import terms as exchange
from wangge.identity import queries as identity
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NotHere
from wangge.portal import words
from wangge.territory import queries as territory

log = logging.getLogger(__name__)
NEAR_METRES = 150
NEAR_DAYS = 30
NEAR_SHOWN = 5
METRES_A_DEGREE = 111_195
# A place chosen beside a border is moved this far inside the chosen cell, so that it is placed there for good.
INSIDE_METRES = 6


# ---- categories ---------------------------------------------------------------------------------------------------


def suggestions(text: str, district: int) -> list[Any]:
    """Three categories for the words; none when the suggestion itself is ill, because the report matters more."""
    try:
        return [(s, events.category(district, s.code)) for s in events.suggest_categories(text, district)]
    except Exception:
        log.exception("no suggestion")
        return []


def classes(district: int) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every category of the district by class, for a list; empty when there is no catalogue."""
    try:
        return [(name, [(c.code, c.name) for c in rows]) for _, name, rows in events.catalogue(district).classes()]
    except Exception:
        log.exception("no catalogue")
        return []


def category_name(district: int, code: str) -> str:
    """The name of a category, or "" when there is none (yet)."""
    try:
        found = events.category(district, code) if code else None
    except Exception:
        log.exception("no catalogue")
        return ""
    return found.name if found else ""


def wants_photo(district: int, code: str) -> bool:
    try:
        found = events.category(district, code) if code else None
    except Exception:
        return False
    return bool(found and found.photo_required)


# ---- place --------------------------------------------------------------------------------------------------------


def path(code: int | str | None) -> str:
    return territory.path_of(int(code)) if code else ""


def below(code: int) -> list[Any]:
    """Streets of a district, communities of a street, or cells of a community, of today; `NotHere` for another code."""
    if not 10**14 <= code < 10**15 or code % 1000 or (code % 10**6 and not code // 10**6 % 1000):
        raise NotHere("区划")
    territory.division(code)
    return [one for one in territory.children(code) if getattr(one, "kind", "") != "micro"]


def middle(cell: int) -> tuple[float, float] | None:
    """A point well inside the cell, degrees; None when the cell has no border today."""
    found = territory.boundary(cell)
    if found is None:
        return None
    point = shape(found.geometry).representative_point()
    return round(point.x, 7), round(point.y, 7)


def moved_into(cell: int, lng: float, lat: float) -> tuple[float, float]:
    """The point nearest to (lng, lat) that lies clearly inside the cell."""
    found = territory.boundary(cell)
    if found is None:
        return lng, lat
    inner = shape(found.geometry).buffer(-INSIDE_METRES / METRES_A_DEGREE / math.cos(math.radians(lat)))
    if inner.is_empty:
        return middle(cell) or (lng, lat)
    nearest = nearest_points(inner, Point(lng, lat))[0]
    return round(nearest.x, 7), round(nearest.y, 7)


@dataclass(frozen=True, slots=True)
class GridPage:
    """What anybody may know of a cell: where it is, how large, who answers for it and whom to call about them."""

    land: territory.Board
    is_alive: bool
    holders: list[identity.Holder]
    district: Any


def grid_page(code: int) -> GridPage:
    """The cell of this code (`NotHere` when there is none) with its people of today."""
    if not 10**14 <= code < 10**15:
        raise NotHere("网格")
    return GridPage(
        land=territory.board(code),
        is_alive=territory.is_alive(territory.cell(code)),
        holders=identity.officers_of_cell(code),
        district=identity.district(code),
    )


def role_name(holder: identity.Holder) -> str:
    return "网格长" if holder.is_lead or holder.role == "lead" else "网格员"


def board(one: GridPage, day: date, address: str) -> dict[str, Any]:
    """The cell's board as the printed form takes it."""
    return {
        "name": one.land.name,
        "path": one.land.path,
        "code": str(one.land.code),
        "area": one.land.area,
        "officers": [[role_name(h), h.full_name, h.phone] for h in one.holders],
        "phone": one.district.supervision_phone,
        "outline": one.land.outline,
        "neighbours": one.land.neighbours,
        "updated": day,
        "query": address,
    }


@lru_cache(maxsize=4)
def cells_json(district: int, version: int, simplify_m: float) -> bytes:
    """The cells of a district as GeoJSON for the public map; `version` is the territory's, so a change is seen."""
    return msgspec.json.encode(territory.geojson(district, simplify_m=simplify_m))


# ---- other residents' reports -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Similar:
    """Another report nearby, as a stranger may see it: kind, state, day, distance. No words, no photo, no number."""

    case_number: str
    category: str
    state: str
    date: datetime
    metres: int
    is_open: bool


def similar(category: str, lng: float, lat: float) -> list[Similar]:
    """Reports of the same kind of matter nearby, open or closed within a month, nearest first; none when unwell."""
    try:
        with scope.system():
            since = clock.now() - timedelta(days=NEAR_DAYS)
            rows = casework.nearby(category=category, lng=lng, lat=lat, metres=NEAR_METRES, since=since)
            found = [_similar(c, lng, lat) for c in rows.filter(is_secret=False).exclude(state="archived")[:50]]
    except Exception:
        log.exception("no similar reports")
        return []
    return sorted((s for s in found if s.metres <= NEAR_METRES), key=lambda s: s.metres)[:NEAR_SHOWN]


def _similar(case: Any, lng: float, lat: float) -> Similar:
    east = (case.lng - lng) * METRES_A_DEGREE * math.cos(math.radians(lat))
    north = (case.lat - lat) * METRES_A_DEGREE
    return Similar(
        case_number=case.number,
        category=category_name(case.place_code, case.category) or "未定类别",
        state=words.STATES[case.state],
        date=case.received_at,
        metres=max(5, round(math.hypot(east, north) / 5) * 5),
        is_open=case.state in terms.OPEN,
    )


# ---- one's own report ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """One's own report in plain words. Offices are named, people are not."""

    number: str
    state: str
    state_word: str
    category: str
    place: str
    received_at: datetime
    now_at: str
    due_at: datetime | None
    due_word: str
    is_late: bool
    reasons: list[str]
    lines: list[words.Line]
    own_text: str
    is_supporter: bool
    merged_into: str
    supporters: int
    may_rate: bool
    may_contest: bool
    contest_note: str
    grade: str
    outcome: str
    is_request: bool = False


def progress(number: str, code: str) -> Progress:
    """The report that number and code belong to; `NotHere` for a wrong pair, whatever is wrong with it."""
    with scope.system():
        digest = code_digest(code)
        own = casework.by_query_code(number, digest)
        if own.kind == "privacy":
            return _request(own)
        is_own = own.query_code == digest
        shown = own.merged_into or own
        steps = list(casework.public_steps(own))
        if shown is not own:
            steps += [s for s in casework.public_steps(shown) if s.at >= own.received_at and s.command != "report"]
            steps.sort(key=lambda s: s.at)
        running = [
            (c, lines) for c, lines in casework.explain(SYSTEM, shown) if c.kind == shown.clock and not c.stopped_at
        ]
        state = shown.state
        closed_long_ago = bool(shown.closed_at and clock.now() - shown.closed_at > timedelta(days=terms.REOPEN_DAYS))
        again = state == "closed" and shown is own and not closed_long_ago
        return Progress(
            number=own.number,
            state=state,
            state_word=words.STATES[state],
            category=category_name(own.place_code, own.category) or "未定类别",
            place=territory.path_of(own.place_code),
            received_at=own.received_at,
            now_at=words.now_at(state, shown.holder.name if shown.holder else ""),
            due_at=shown.due_at,
            due_word=words.CLOCKS.get(shown.clock, ""),
            is_late=bool(shown.due_at and shown.due_at < clock.now() and shown.clock != "rate"),
            reasons=running[-1][1] if running else [],
            lines=words.timeline(_for_reader(steps, is_own)),
            own_text=own.text if is_own else "",
            is_supporter=not is_own,
            merged_into=shown.number if shown is not own else "",
            supporters=shown.supporters,
            may_rate=state == "verified" and shown is own,
            may_contest=again and not shown.redone,
            contest_note=_no_contest(shown, closed_long_ago),
            grade=terms.GRADES.get(shown.grade, "") if shown.grade and is_own else "",
            outcome=terms.OUTCOMES.get(shown.outcome, "") if state in ("verified", "closed", "archived") else "",
        )


def _request(own: Any) -> Progress:
    """A request about one's own data: the same for somebody who is on record and somebody who is not."""
    running = [(c, lines) for c, lines in casework.explain(SYSTEM, own) if c.kind == own.clock and not c.stopped_at]
    return Progress(
        number=own.number,
        state=own.state,
        state_word=words.REQUEST_STATES[own.state],
        category=exchange.REQUESTS.get(own.category, ""),
        place=territory.path_of(own.place_code),
        received_at=own.received_at,
        now_at=words.request_now(own.state),
        due_at=own.due_at,
        due_word={"accept": "应约定核验", "handle": "应答复"}.get(own.clock, ""),
        is_late=bool(own.due_at and own.due_at < clock.now()),
        reasons=running[-1][1] if running else [],
        lines=words.request_timeline(_for_reader(casework.public_steps(own), True)),
        own_text="",
        is_supporter=False,
        merged_into="",
        supporters=0,
        may_rate=False,
        may_contest=False,
        contest_note=words.request_remedy(own.state),
        grade="",
        outcome="",
        is_request=True,
    )


def _no_contest(case: Any, closed_long_ago: bool) -> str:
    if case.state == "archived" or closed_long_ago:
        return "办结已超过三十天。如果问题又出现，请重新反映，并写明原编号。"
    if case.state == "closed" and case.redone:
        return "这件已按反映人的意见重新办理过一次。如果仍有问题，请重新反映，并写明原编号。"
    return ""


def _for_reader(steps: Iterable[Any], is_own: bool) -> Iterable[words.Step]:
    for s in steps:
        data = s.data if is_own else {k: v for k, v in s.data.items() if k != "grade"}
        yield words.Step(s.at, s.command, s.to_state, s.reason, s.text, data, s.is_public)
