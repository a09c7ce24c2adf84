"""What is sealed in the registry, opened and masked. What leaves this module opened is never shown without a reason given."""

import base64
from typing import Any

import msgspec

from wangge.kernel.sealed import Blinder, Sealer
from wangge.registry.models import Person
from wangge.registry.rules import identity
from wangge.registry.terms import SPECIAL

PEOPLE, SPECIALS, INDEX = "people", "special", "people-index"
HELD_IN_DETAILS = "_sealed"


def open_core(person: Person, sealer: Sealer | None = None) -> dict[str, str]:
    """The sealed core fields of the person that are held: id_number, phone, religion."""
    if not person.sealed:
        return {}
    text = (sealer or Sealer(PEOPLE)).unseal(person.sealed, f"person:{person.pk}")
    return msgspec.json.decode(text, type=dict[str, str])


def masked(key: str, value: str) -> str:
    """A sealed core field as everybody with sight of the person may see it; of a faith only that it is on record."""
    if not value:
        return ""
    return {"id_number": identity.mask_id, "phone": identity.mask_phone}.get(key, lambda _: "已登记")(value)


def masked_core(person: Person, sealer: Sealer | None = None) -> dict[str, str]:
    return {key: masked(key, value) for key, value in open_core(person, sealer).items()}


def open_details(kind: str, row: Any, sealer: Sealer | None = None) -> dict[str, Any]:
    """Every further field of a role or care row, the sealed ones opened; of a special row all of them."""
    if kind in SPECIAL:
        text = (sealer or Sealer(SPECIALS)).unseal(row.sealed, f"{kind}:{row.pk}")
        return msgspec.json.decode(text, type=dict[str, Any])
    found = dict(row.details)
    if kept := found.pop(HELD_IN_DETAILS, None):
        text = (sealer or Sealer(PEOPLE)).unseal(base64.b64decode(kept), f"{kind}:{row.pk}")
        found |= msgspec.json.decode(text, type=dict[str, Any])
    return found


def open_change(change: Any, sealer: Sealer | None = None) -> tuple[str, str]:
    """Before and after of a change of a sealed field."""
    text = (sealer or Sealer(PEOPLE)).unseal(change.sealed, f"change:{change.person_id}:{change.field}")
    both = msgspec.json.decode(text, type=dict[str, str])
    return both["before"], both["after"]


def document_indexes(id_type: str, number: str, blinder: Blinder | None = None) -> list[bytes]:
    """What a look-up by document compares with: under every key of the ring, in every form of the number."""
    made = blinder or Blinder(INDEX)
    forms = identity.id_forms(number)
    return [blind for form in forms for blind in made.every(identity.document_key(id_type, form))]


def phone_indexes(phone: str, blinder: Blinder | None = None) -> list[bytes]:
    return (blinder or Blinder(INDEX)).every(f"phone:{phone}")


def open_contact(relation: Any, sealer: Sealer | None = None) -> str:
    """The telephone of a relation who has no record here."""
    if not relation.sealed:
        return ""
    return (sealer or Sealer(PEOPLE)).unseal(relation.sealed, f"relation:{relation.pk}")
