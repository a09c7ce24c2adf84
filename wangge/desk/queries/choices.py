"""What the desk's forms and filters offer: offices, categories, places, each found by words, pinyin initials or code."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin

from wangge.events import queries as events
from wangge.identity import queries as identity
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """The pinyin initials of a name, for looking it up: 城管局 → cgj."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()


@dataclass(frozen=True, slots=True)
class Choice:
    """One option that can be found by its words, its pinyin initials or its code."""

    value: str
    label: str
    key: str


def department_choices(actor: Actor, district: int, kinds: Iterable[str] | None = None) -> list[Choice]:
    """The offices of a district; functional departments first, then centre, streets and communities."""
    rank = {"department": 0, "centre": 1, "street": 2, "community": 3, "leader": 4}
    found = sorted(
        identity.departments(actor, kind=kinds, within=district - district % 10**9),
        key=lambda d: (rank.get(d.kind, 5), d.place_code, d.code),
    )
    return [Choice(d.code, d.name, f"{initials(d.name)} {initials(d.short)} {d.short} {d.code}") for d in found]


def lower_offices(actor: Actor, case: Any) -> list[Choice]:
    """The street and community office of the place where the case happened."""
    found = identity.departments(actor, kind=("street", "community"), within=case.district_code)
    here = (case.street_code, case.community_code)
    return [Choice(d.code, d.name, initials(d.name)) for d in found if d.place_code in here]


def category_choices(district: int) -> list[tuple[str, list[Choice]]]:
    """The categories of a district by class, each to be found by words, initials or code."""
    try:
        tree = events.catalogue(district).classes()
    except Refusal:
        return []
    return [
        (name, [Choice(c.code, f"{c.code} {c.name}", f"{initials(c.name)} {c.code}") for c in listed])
        for _, name, listed in tree
    ]


def district_of(actor: Actor) -> int | None:
    """The district the actor's post works in, as a place code."""
    if actor.lo <= actor.hi and actor.lo // 10**9 == actor.hi // 10**9:
        return actor.lo - actor.lo % 10**9
    found = identity.district_of_post(actor.post_id)
    return found.code if found else None


def offices_named(actor: Actor, words: str) -> list[Any]:
    """Offices of the actor's district whose name, initials or code contain the words."""
    wanted, district = words.lower(), district_of(actor)
    found = identity.departments(actor, within=district) if district else identity.departments(actor)
    return [
        d
        for d in found
        if wanted in d.name.lower() or wanted in d.short or wanted in initials(d.name) or wanted in d.code
    ]
