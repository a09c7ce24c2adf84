"""Places to choose from, cut to the actor's reach: for filters down to communities, for forms down to cells.

Nearly every page offers them, so they are kept until the territory changes or the day does.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from django.db import connection

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.territory.models import Division
from wangge.territory.queries import land
from wangge.territory.rules import land as codes

Groups = list[tuple[str, list[tuple[str, str]]]]
_Reach = tuple[int, int]
_Stamp = tuple[str, int, date]
_kept: dict[tuple[str, _Reach], tuple[_Stamp, Groups]] = {}


def place_groups(actor: Actor) -> Groups:
    """(street, [(code, name)]) for a filter: whole streets where the reach covers them, and their communities."""
    return _same("filter", actor, _place_groups)


def cell_groups(actor: Actor, also: int | None = None) -> Groups:
    """(street and community, [(code, name)]) for a form: cells, and a community itself where no cell is known of it.

    `also` is offered even when it is not among them (the place that a record holds already).
    """
    groups = _same("form", actor, _cell_groups)
    if also is None or any(code == str(also) for _, options in groups for code, _ in options):
        return groups
    return [("现在登记的地点", [(str(also), land.path_of(also))]), *groups]


def place_options(actor: Actor, community: int) -> list[tuple[str, str]]:
    """(code, name) of the community (its cell not known) and its cells inside the reach, for a form."""
    return _undecided(actor, community) + [
        (str(c.pk), land.name_of(c.pk)) for c in land.children(community) if actor.covers(c.pk)
    ]


def _same(use: str, actor: Actor, make: Callable[[Actor], Groups]) -> Groups:
    if actor.lo > actor.hi:
        return []
    key = (use, (actor.lo, actor.hi))
    stamp = (str(connection.settings_dict["NAME"]), land.version(), clock.today())
    kept = _kept.get(key)
    if kept is None or kept[0] != stamp:
        kept = _kept[key] = (stamp, make(actor))
    return kept[1]


def _place_groups(actor: Actor) -> Groups:
    groups: Groups = []
    for street, communities in _streets(actor):
        name, (lo, hi) = land.name_of(street), codes.interval(street)
        options = [(str(street), f"{name}（全部）")] if actor.covers(lo) and actor.covers(hi) else []
        groups.append((name, options + [(str(c), land.name_of(c)) for c in communities]))
    return groups


def _cell_groups(actor: Actor) -> Groups:
    cells: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for pk, community in land.cells().filter(code__range=(actor.lo, actor.hi)).values_list("code", "community_id"):
        cells[community].append((str(pk), land.name_of(pk)))
    return [
        (f"{land.name_of(street)} {land.name_of(community)}", _undecided(actor, community) + cells[community])
        for street, communities in _streets(actor)
        for community in communities
    ]


def _undecided(actor: Actor, community: int) -> list[tuple[str, str]]:
    return [(str(community), f"{land.name_of(community)}（网格待定）")] if actor.covers(community) else []


def _streets(actor: Actor) -> list[tuple[int, list[int]]]:
    """The streets that the reach touches, each with its communities that it touches, valid today, by code."""
    rows = Division.objects.filter(
        code__gte=actor.lo - 10**6 + 1,
        code__lte=actor.hi,
        level__in=("street", "community"),
        valid__contains=clock.today(),
    )
    streets: dict[int, list[int]] = {}
    found = list(rows.order_by("code").values_list("code", "level", "parent_id"))
    for code, level, _ in found:
        if level == "street" and codes.interval(code)[1] >= actor.lo:
            streets[code] = []
    for code, level, parent in found:
        if level == "community" and parent in streets and code + 999 >= actor.lo:
            streets[parent].append(code)
    return list(streets.items())
