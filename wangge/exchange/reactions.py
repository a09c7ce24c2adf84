"""Answers to facts of the registry: a record that became a tombstone leaves no copy here."""

from wangge.exchange import services
from wangge.kernel.actor import SYSTEM
from wangge.kernel.outbox import on
from wangge.registry.facts import PersonErased


@on(PersonErased)
def forget(fact: PersonErased) -> None:
    services.forget_person(actor=SYSTEM, person_id=fact.person_id)
