"""Reads of publications. Staff see their district's; the public sees what is or was published, by its number."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from wangge.disclosure.publications import rules
from wangge.disclosure.publications.models import Publication, PublicationFile
from wangge.kernel import clock, flow
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere

_LIGHT = ("contents", "audit", "explanations")


def get(actor: Actor, number: str) -> Publication:
    found = _scoped(actor).filter(number=number).first()
    if found is None:
        raise NotHere("公开件")
    return found


def for_update(actor: Actor, number: str) -> Publication:
    found = _scoped(actor).select_for_update().filter(number=number).first()
    if found is None:
        raise NotHere("公开件")
    return found


def find(
    actor: Actor, text: str = "", kind: str = "", state: str = "", year: int | None = None
) -> QuerySet[Publication]:
    """Those of the actor's district by words of title, unit or number, newest year first, without their contents."""
    return _narrow(_scoped(actor), text, kind, year).filter(**({"state": state} if state else {}))


def public(place: int, text: str = "", kind: str = "", year: int | None = None) -> QuerySet[Publication]:
    """What a district shows the public now (withdrawn and corrected ones are reached by their address only)."""
    rows = Publication.objects.filter(place_code__range=(place, place + 10**9 - 1), state="published")
    return _narrow(rows, text, kind, year)


def public_one(number: str) -> Publication:
    """One that is or was public, by its number."""
    found = Publication.objects.filter(number=number, state__in=rules.PUBLIC).first()
    if found is None:
        raise NotHere("公开件")
    return found


def files_of(one: Publication) -> list[PublicationFile]:
    """The files of its last version, by format."""
    rows = list(PublicationFile.objects.filter(publication=one).order_by("-version", "format"))
    return [r for r in rows if r.version == rows[0].version]


def relations(actor: Actor, one: Publication) -> set[str]:
    return {
        name
        for name, holder in (("preparer", one.preparer_id), ("first_reviewer", one.first_reviewer_id))
        if holder == actor.id
    }


def overdue(actor: Actor) -> QuerySet[Publication]:
    """Approved more than twenty days ago and still not public."""
    limit = clock.today().toordinal() - rules.LIMIT_DAYS
    return _scoped(actor).filter(
        state__in=["draft", "submitted", "first_passed", "passed"], approved_on__lt=clock.today().fromordinal(limit)
    )


def changes(one: Publication) -> list[rules.Change]:
    """What a correction changed, cell by cell; empty for a first version."""
    return rules.changes(one.replaces.contents["tables"], one.contents["tables"]) if one.replaces else []


def years(rows: Iterable[Any]) -> list[int]:
    return sorted({r.year for r in rows}, reverse=True)


def _scoped(actor: Actor) -> QuerySet[Publication]:
    return Publication.objects.filter(
        Q(place_code__range=(actor.lo, actor.hi)) | Q(department_id=actor.department_id or 0)
    )


def _narrow(rows: QuerySet[Publication], text: str, kind: str, year: int | None) -> QuerySet[Publication]:
    for word in text.split():
        rows = rows.filter(Q(title__icontains=word) | Q(unit_name__icontains=word) | Q(number__icontains=word))
    if kind:
        rows = rows.filter(kind=kind)
    if year:
        rows = rows.filter(year=year)
    return rows.defer(*_LIGHT).order_by("-year", "-id")


def verbs(actor: Actor, one: Publication) -> list[tuple[str, str, bool]]:
    """`(command, verb, needs a reason)` that this person may do now."""
    found = []
    for (state, command), move in rules.MOVES.items():
        if state != one.state or command == "supersede":
            continue
        if flow.barrier(move, actor, command, rules.LABELS, relations(actor, one)) is None:
            found.append((command, rules.LABELS[command], "reason" in move.needs))
    return found
