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
# What an episode's fields were before they were changed lies sealed in its own row: it is seen, handed over, merged, sealed
# again and erased with the row, and who may not see the row has no sight of its past.
EARLIER = "_earlier"
_CORE = msgspec.json.Decoder(dict[str, str])


def open_core(person: Person, sealer: Sealer | None = None) -> dict[str, str]:
    """The sealed core fields of the person that are held: id_number, phone, religion."""
    return opened_core(person.pk, person.sealed, sealer)


def opened_core(person_id: int, sealed: bytes | memoryview | None, sealer: Sealer | None = None) -> dict[str, str]:
    """As `open_core`, from the columns of a row that was read without its object."""
    if not sealed:
        return {}
    return _CORE.decode((sealer or Sealer(PEOPLE)).unseal(sealed, f"person:{person_id}"))


def masked(key: str, value: str) -> str:
    """A sealed core field as everybody with sight of the person may see it; of a faith only that it is on record."""
    if not value:
        return ""
    return {"id_number": identity.mask_id, "phone": identity.mask_phone}.get(key, lambda _: "已登记")(value)


def masked_core(person: Person, sealer: Sealer | None = None) -> dict[str, str]:
    return {key: masked(key, value) for key, value in open_core(person, sealer).items()}


def open_details(kind: str, row: Any, sealer: Sealer | None = None) -> dict[str, Any]:
    """Every further field of a role or care row, the sealed ones opened; of a special row all of them."""
    return opened_details(kind, row.pk, row.sealed if kind in SPECIAL else row.details, sealer)


def opened_details(kind: str, pk: int, kept: Any, sealer: Sealer | None = None) -> dict[str, Any]:
    """As `open_details`, from the row's `details` or, in a special group, its sealed column."""
    found = _opened(kind, pk, kept, sealer)
    found.pop(EARLIER, None)
    return found


def open_earlier(kind: str, row: Any, sealer: Sealer | None = None) -> list[dict[str, Any]]:
    """The changes of the episode's fields as they were recorded: {from_on, at, by, source, fields: {key: [before, after]}}."""
    found = _opened(kind, row.pk, row.sealed if kind in SPECIAL else row.details, sealer)
    return list(found.get(EARLIER, ()))


def _opened(kind: str, pk: int, kept: Any, sealer: Sealer | None) -> dict[str, Any]:
    if kind in SPECIAL:
        text = (sealer or Sealer(SPECIALS)).unseal(kept, f"{kind}:{pk}")
        return msgspec.json.decode(text, type=dict[str, Any])
    found = dict(kept)
    if secret := found.pop(HELD_IN_DETAILS, None):
        text = (sealer or Sealer(PEOPLE)).unseal(base64.b64decode(secret), f"{kind}:{pk}")
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
