"""How the registry seals: one value per person, per change of a sealed field, and per row of a role."""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import connection

from wangge.kernel.sealed import Blinder, Sealer
from wangge.registry.queries.sealing import HELD_IN_DETAILS, INDEX, PEOPLE, SPECIALS
from wangge.registry.rules import identity

_encode = msgspec.json.Encoder(order="sorted").encode


def next_id(table: str) -> int:
    """The number that the table's next row will have: a sealed value names its row, so the number comes first."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        return int(cursor.fetchone()[0])


def seal_core(person_id: int, held: Mapping[str, str], sealer: Sealer | None = None) -> tuple[bytes | None, int]:
    """`(sealed, key_version)` of the sealed core fields; nothing is sealed when none is held."""
    made = sealer or Sealer(PEOPLE)
    kept = {key: value for key, value in held.items() if value}
    return (made.seal(_encode(kept).decode(), f"person:{person_id}") if kept else None), made.version


def seal_change(person_id: int, field: str, before: str, after: str, sealer: Sealer | None = None) -> bytes:
    text = _encode({"before": before, "after": after}).decode()
    return (sealer or Sealer(PEOPLE)).seal(text, f"change:{person_id}:{field}")


def seal_special(kind: str, row_id: int, details: Mapping[str, Any]) -> tuple[bytes, int]:
    sealer = Sealer(SPECIALS)
    return sealer.seal(_encode(details).decode(), f"{kind}:{row_id}"), sealer.version


def seal_details(kind: str, row_id: int, details: Mapping[str, Any], sealed_keys: set[str]) -> dict[str, Any]:
    """The details as they are stored: the keys that the standard's table marks as sealed lie in one encrypted value."""
    # Through JSON, so that a day or a number is stored as it is read back.
    plain = msgspec.json.decode(_encode({k: v for k, v in details.items() if k not in sealed_keys}))
    held = {k: v for k, v in details.items() if k in sealed_keys and v not in (None, "")}
    if held:
        sealed = Sealer(PEOPLE).seal(_encode(held).decode(), f"{kind}:{row_id}")
        plain[HELD_IN_DETAILS] = base64.b64encode(sealed).decode()
    return plain


def blind_document(id_type: str, number: str, blinder: Blinder | None = None) -> bytes:
    return (blinder or Blinder(INDEX)).blind(identity.document_key(id_type, number))


def blind_phone(phone: str, blinder: Blinder | None = None) -> bytes:
    return (blinder or Blinder(INDEX)).blind(f"phone:{phone}")
