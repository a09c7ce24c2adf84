"""The data dictionary: the standard's code tables with what a district calls their codes, today or on another day."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry.models import CodeLabel
from wangge.registry.rules import tables


@dataclass(frozen=True, slots=True)
class Entry:
    """One code on the dictionary page. `standard` is its name there ("" for a code of the district's own)."""

    code: str
    label: str
    standard: str
    stands_for: str
    since: date | None
    is_own: bool


def district_of(actor: Actor) -> int | None:
    """The district that the actor's whole reach lies in; None when it spans several or none."""
    if actor.lo > actor.hi or actor.lo // 10**9 != actor.hi // 10**9:
        return None
    return actor.lo - actor.lo % 10**9


def labels(district: int, on: date | None = None) -> QuerySet[CodeLabel]:
    """A district's own names that hold on the day (default today)."""
    day = on or clock.today()
    return CodeLabel.objects.filter(Q(until=None) | Q(until__gt=day), district=district, since__lte=day)


def own_labels(actor: Actor, on: date | None = None, place: int | None = None) -> dict[str, dict[str, str]]:
    """{table: {code: label}} of the place's district (default the actor's): what `rules.tables` takes as `own`."""
    district = district_of(actor) if place is None else place - place % 10**9
    found: dict[str, dict[str, str]] = {}
    if district is not None:
        for one in labels(district, on):
            found.setdefault(one.table, {})[one.code] = one.label
    return found


def stands_for(district: int, on: date | None = None) -> dict[tuple[str, str], str]:
    """{(table, own code): code of the standard}: what `rules.tables.exported` takes."""
    return {(c.table, c.code): c.stands_for for c in labels(district, on).exclude(stands_for="")}


def label(actor: Actor, table: str, code: str | None, on: date | None = None) -> str:
    """What a code is (or on that day was) called in the actor's district."""
    return tables.code_name(table, code, own_labels(actor, on))


def code_table(name: str) -> tables.CodeTable:
    """A code table by name; `NotHere` when there is none."""
    try:
        return tables.code_table(name)
    except KeyError:
        raise NotHere("代码表") from None


def entries(actor: Actor, name: str, q: str = "", on: date | None = None, limit: int = 500) -> list[Entry]:
    """The codes of a table as they are called on the day, whose code or name contains the words."""
    known = code_table(name)
    district = district_of(actor)
    own = {c.code: c for c in labels(district, on).filter(table=name)} if district else {}
    found = []
    for code, standard in known.codes.items():
        mine = own.pop(code, None)
        found.append(Entry(code, mine.label if mine else standard, standard, "", mine.since if mine else None, False))
    found += [Entry(c.code, c.label, "", c.stands_for, c.since, True) for c in own.values()]
    words = q.strip()
    if own:
        found.sort(key=lambda e: e.code)
    return [e for e in found if words in e.code or words in e.label or words in e.standard][:limit]


def code_tables(q: str = "") -> list[tables.CodeTable]:
    """Every code table whose number, title or source contains the words, or that has such a name in it."""
    words = q.strip()
    return [
        t
        for t in tables.code_tables()
        if words in t.name or words in t.title or words in t.source or any(words in n for n in t.codes.values())
    ]


def history_of(actor: Actor, table: str) -> list[CodeLabel]:
    """Every name the district gave in this table, newest first."""
    district = district_of(actor)
    return list(CodeLabel.objects.filter(district=district, table=table).order_by("-since", "-pk")) if district else []


def renamed(actor: Actor) -> dict[str, int]:
    """{table: how many names of the district's own hold today}."""
    district = district_of(actor)
    if district is None:
        return {}
    return dict(labels(district).order_by().values_list("table").annotate(n=Count("pk")))
