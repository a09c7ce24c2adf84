"""Reads of exports by the standard: whoever may export sees what left their places, and why."""

from django.db.models import QuerySet

from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry.models import StandardExport
from wangge.registry.queries import gb31000
from wangge.registry.rules import tables
from wangge.territory import queries as territory

STATES: dict[str, str] = {value: str(label) for value, label in StandardExport.State.choices}


def exports(actor: Actor, *, state: str = "", q: str = "", mine: bool = False) -> QuerySet[StandardExport]:
    """Exports of places in reach; `q` is looked for in purpose and owner."""
    found = StandardExport.objects.all()
    if state:
        found = found.filter(state=state)
    if mine:
        found = found.filter(by_id=actor.id)
    if words := q.strip():
        found = found.filter(reason__contains=words) | found.filter(by__contains=words)
    return found


def export(actor: Actor, export_id: int) -> StandardExport:
    found = StandardExport.objects.filter(pk=export_id).first()
    if found is None:
        raise NotHere("导出")
    return found


def table_choices(actor: Actor) -> list[tuple[str, str]]:
    """(code, `T13 流动人口`) of the tables that the actor may take away."""
    return [(code, f"{code} {tables.table(code).title}") for code in gb31000.tables_for(actor)]


def area_choices(actor: Actor) -> territory.Groups:
    """The areas that lie wholly in the actor's reach: districts, streets, communities, and a cell officer's own cell."""
    whole = [
        (str(d.code), territory.name_of(d.code))
        for d in territory.districts()
        if actor.covers(d.code) and actor.covers(d.code + 10**9 - 1)
    ]
    groups: territory.Groups = [("全区", whole)] if whole else []
    for street, options in territory.place_groups(actor):
        kept = [(c, n) for c, n in options if actor.covers(int(c)) and actor.covers(territory.interval(int(c))[1])]
        if kept:
            groups.append((street, kept))
    return groups
