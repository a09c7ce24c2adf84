"""Reads of requests about one's own data."""

import json
from typing import Any

from django.db.models import Q, QuerySet

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.exchange.privacy import rules
from wangge.exchange.privacy.models import PrivacyRequest
from wangge.kernel import sealed
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry import queries as registry

PURPOSE = "people"


def requests(actor: Actor, *, state: str = "", kind: str = "") -> QuerySet[PrivacyRequest]:
    """The requests of the actor's district, newest first; `state` "open" or "closed"."""
    actor.must(rules.RIGHT)
    found = PrivacyRequest.objects.select_related("case").order_by("-case_id")
    if state == "open":
        found = found.filter(case__closed_at=None)
    elif state == "closed":
        found = found.filter(case__closed_at__isnull=False)
    return found.filter(kind=kind) if kind else found


def request(actor: Actor, number: str) -> PrivacyRequest:
    """One request by the number of its case, or `NotHere`."""
    actor.must(rules.RIGHT)
    found = PrivacyRequest.objects.select_related("case", "person").filter(case__number=number).first()
    if found is None:
        raise NotHere("个人信息请求")
    return found


def told(found: PrivacyRequest) -> dict[str, str]:
    """What the asker gave: name, id_type, id_number, phone, text, and subject and subject_number when they ask about another.
    Callers mask it or leave an audit row."""
    kept = json.loads(sealed.unseal(found.sealed, purpose=PURPOSE, context=f"privacy:{found.case_id}"))
    return {"subject": "", "subject_number": ""} | kept


def candidates(actor: Actor, found: PrivacyRequest) -> list[Any]:
    """Records that may be meant: by the document given, else by the name, as far as the actor sees."""
    given = told(found)
    own = found.who == "self"
    number, name = (given["id_number"], given["name"]) if own else (given["subject_number"], given["subject"])
    if number and (people := registry.find(actor, number).people):
        return list(people)
    return [one for one in registry.find(actor, name).people if one.name == name][:20]


def steps(actor: Actor, found: PrivacyRequest) -> list[tuple[str, Any]]:
    """(what was done in words, step) of the case, oldest first."""
    return [(terms.COMMANDS.get(s.command, s.command), s) for s in casework.steps(actor, found.case)]


def open_requests_of(person_id: int) -> int:
    """How many requests about this record are not answered yet."""
    return PrivacyRequest.objects.filter(Q(person_id=person_id), case__closed_at=None).count()
