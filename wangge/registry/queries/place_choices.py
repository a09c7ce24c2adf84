"""Places to choose from, cut to the actor's reach: for filters down to communities, for forms down to cells."""

from wangge.kernel.actor import Actor
from wangge.territory import queries as territory

Groups = list[tuple[str, list[tuple[str, str]]]]


def place_groups(actor: Actor) -> Groups:
    """(street, [(code, name)]) for a filter: whole streets where the reach covers them, and their communities."""
    groups: Groups = []
    for street in _streets(actor):
        lo, hi = territory.interval(street)
        name = territory.name_of(street)
        options = [(str(street), f"{name}（全部）")] if actor.covers(lo) and actor.covers(hi) else []
        options += [(str(c), territory.name_of(c)) for c in _communities(actor, street)]
        groups.append((name, options))
    return groups


def place_options(actor: Actor, also: int | None = None) -> Groups:
    """(street and community, [(code, name)]) for a form: cells, and a community itself where no cell is known of it.

    `also` is offered even when it is not among them (the place that a record holds already).
    """
    groups: Groups = []
    for street in _streets(actor):
        for community in _communities(actor, street):
            name = territory.name_of(community)
            options = [(str(community), f"{name}（网格待定）")] if actor.covers(community) else []
            options += [
                (str(c.code), territory.name_of(c.code)) for c in territory.children(community) if actor.covers(c.code)
            ]
            groups.append((f"{territory.name_of(street)} {name}", options))
    offered = {code for _, options in groups for code, _ in options}
    if also is not None and str(also) not in offered:
        groups.insert(0, ("现在登记的地点", [(str(also), territory.path_of(also))]))
    return groups


def _streets(actor: Actor) -> list[int]:
    found = []
    for district in territory.districts():
        if actor.lo > actor.hi or district.code + 10**9 - 1 < actor.lo or district.code > actor.hi:
            continue
        for street in territory.children(district.code):
            lo, hi = territory.interval(street.code)
            if hi >= actor.lo and lo <= actor.hi:
                found.append(street.code)
    return found


def _communities(actor: Actor, street: int) -> list[int]:
    return [c.code for c in territory.children(street) if c.code + 999 >= actor.lo and c.code <= actor.hi]
