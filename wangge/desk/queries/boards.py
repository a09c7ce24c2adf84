"""Supervision cards as list rows, and the four platforms with their counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.desk.queries.choices import district_of
from wangge.desk.queries.lists import cases, read_filters
from wangge.events import queries as events
from wangge.identity import queries as identity
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.territory import queries as territory


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card with the words that a list prints."""

    card: Any
    office: str
    place: str
    clock: str


def card_rows(actor: Actor, cards: Iterable[Any]) -> list[CardRow]:
    """The cards with their offices and places named."""
    offices = {d.pk: d.short for d in identity.departments(actor)}
    return [
        CardRow(
            c,
            offices.get(c.department_id or 0, "网格员"),
            territory.path_of(c.case.place_code),
            terms.CLOCKS.get(c.clock.kind, c.clock.kind),
        )
        for c in cards
    ]


@dataclass(slots=True)
class Line:
    """One platform, or one category of it: how many are open, wait to be taken, and are overdue."""

    code: str
    name: str
    lead: str = ""
    note: str = ""
    open: int = 0
    waiting: int = 0
    late: int = 0

    def add(self, other: "Line") -> None:
        self.open, self.waiting, self.late = (
            self.open + other.open,
            self.waiting + other.waiting,
            self.late + other.late,
        )


def platforms(actor: Actor, chosen: str) -> dict[str, Any]:
    """The platforms of the actor's district and, for the chosen one, its categories; empty without a duty list."""
    district = district_of(actor)
    try:
        catalogue = events.catalogue(district) if district else None
    except Refusal:
        catalogue = None
    if catalogue is None:
        return {"platforms": [], "lines": [], "chosen": ""}
    offices = {d.slug: d.short for d in identity.departments(actor, within=district)}
    every = casework.counts(cases(actor, read_filters({"open": "1"})), "category")
    waiting = casework.counts(cases(actor, read_filters({"open": "1"}, ("reported", "accepted"))), "category")
    late = casework.counts(cases(actor, read_filters({"overdue": "1"})), "category")
    total = {
        p.code: Line(p.code, p.name, offices.get(catalogue.office(p.lead), ""), p.note) for p in catalogue.platforms
    }
    unsettled = Line("", "未定类别")
    lines: dict[str, list[Line]] = {p: [] for p in total}
    for code in sorted(set(every) | set(catalogue.categories)):
        row = catalogue.categories.get(code)
        line = Line(
            code,
            row.full_name if row else "未定类别",
            "",
            "",
            every.get(code, 0),
            waiting.get(code, 0),
            late.get(code, 0),
        )
        if row is None or row.platform not in total:
            unsettled.add(line)
            continue
        total[row.platform].add(line)
        if line.open:
            lines[row.platform].append(line)
    if chosen not in total:
        chosen = max(total, key=lambda p: total[p].open, default="")
    shown = sorted(lines.get(chosen, []), key=lambda x: (-x.late, -x.open, x.code))
    return {
        "platforms": [*total.values(), *([unsettled] if unsettled.open else [])],
        "lines": shown,
        "chosen": chosen,
        "chosen_name": total[chosen].name if chosen in total else "",
    }
