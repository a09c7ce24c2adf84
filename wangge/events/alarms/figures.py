"""The page of figures: which period and place was asked for, each figure with its formula and the rows behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from wangge.events.alarms import metrics as definitions
from wangge.events.alarms import terms
from wangge.kernel import clock, metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place
from wangge.territory import queries as territory


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page was asked for: days [since, until], inside the actor's reach."""

    period: Period
    place: Place


def asked(actor: Actor, given: Mapping[str, str]) -> Asked:
    """The period (default this month so far) and the place (default the whole reach)."""
    today = clock.today()

    def day(name: str, default: date) -> date:
        try:
            return date.fromisoformat(given.get(name, ""))
        except ValueError:
            return default

    since, until = day("since", today.replace(day=1)), day("until", today)
    since, until = min(since, until), max(since, until)
    lo, hi = actor.lo, actor.hi
    code = given.get("place", "")
    if code.isascii() and code.isdigit() and len(code) == 15:
        start, end = territory.interval(int(code))
        lo, hi = max(lo, start), min(hi, end)
    return Asked(Period(since, min(until, date(9998, 12, 31)) + timedelta(days=1)), Place(lo, hi))


def of(actor: Actor, what: Asked) -> dict[str, Any]:
    """Everything the page shows."""
    rows = []
    for code in definitions.CODES:
        metric = metrics.get(code)
        rows.append((metric, metrics.value(actor, code, what.period, what.place), _rows(code, what)))
    by_kind = [
        (name, metrics.value(actor, f"devices.alarms_{code}", what.period, what.place))
        for code, name in terms.KINDS.items()
        if code != "offline"
    ]
    return {
        "rows": rows,
        "by_kind": by_kind,
        "most": max((int(v or 0) for _, v in by_kind), default=0),
        "since": what.period.start,
        "until": what.period.end - timedelta(days=1),
        "place_name": territory.path_of(actor.lo) if actor.lo >= 10**14 else "",
    }


def _rows(code: str, what: Asked) -> str:
    """The address of the rows behind a figure."""
    if code in ("devices.registered", "devices.kinds"):
        return "/devices"
    if code.startswith("devices.online"):
        return "/devices?link=heard"
    days = f"since={what.period.start}&until={what.period.end - timedelta(days=1)}"
    kind = code.removeprefix("devices.alarms_") if code.startswith("devices.alarms_") else ""
    if kind:
        return f"/devices/alarms?state=&kind={kind}&{days}"
    state = "done" if code == "devices.answered" else ""
    result = "false" if code.startswith("devices.false") else ""
    return f"/devices/alarms?state={state}&result={result}&{days}"
