"""What the registry seals, told to the change of keys."""

from typing import Any

from wangge.kernel import resealing
from wangge.kernel.sealed import Blinder
from wangge.registry.models import SPECIAL_TABLES, Person
from wangge.registry.queries import imports, sealing
from wangge.registry.services.sealing import blind_document, blind_phone

PEOPLE, SPECIALS, INDEX, IMPORTS = sealing.PEOPLE, sealing.SPECIALS, sealing.INDEX, imports.SEAL


def declare() -> None:
    """Every sealed column of the room and the blind indexes that follow from them. Called once, when the room is ready."""
    version = "key_version"
    resealing.keep("registry.Person", "sealed", PEOPLE, lambda r: f"person:{r.pk}", version=version)
    resealing.keep("registry.PersonChange", "sealed", PEOPLE, lambda r: f"change:{r.person_id}:{r.field}")
    resealing.keep("registry.Relation", "sealed", PEOPLE, lambda r: f"relation:{r.pk}", version=version)
    resealing.keep("registry.Organisation", "sealed", PEOPLE, lambda r: f"organisation:{r.pk}", version=version)
    resealing.keep("registry.Rental", "sealed", PEOPLE, lambda r: f"rental:{r.pk}", version=version)
    resealing.keep("registry.CollectionDifference", "sealed", PEOPLE, lambda r: f"difference:{r.pk}", version=version)
    resealing.keep(
        "registry.ImportDifference", "sealed", PEOPLE, lambda r: f"difference:{r.batch_id}:{r.row}:{r.field}"
    )
    resealing.keep("registry.ImportPiece", "sealed", IMPORTS, lambda r: f"piece:{r.batch_id}:{r.part}")
    resealing.keep(
        "registry.ImportChunk", "sealed", IMPORTS, lambda r: imports.refused_context(r.batch_id, r.first, r.written)
    )
    for model, kind in (
        ("Hukou", "hukou"),
        ("Migrant", "migrant"),
        ("LeftBehind", "left_behind"),
        ("Foreigner", "foreigner"),
    ):
        _details(model, kind)
    resealing.keep_key("registry.Care", "details", sealing.HELD_IN_DETAILS, PEOPLE, lambda r: f"{r.kind}:{r.pk}")
    for kind, table in SPECIAL_TABLES.items():
        _special(table.__name__, kind)
    resealing.index("registry.Person", ("id_index", "phone_index"), INDEX, _indexes)


def _details(model: str, kind: str) -> None:
    resealing.keep_key(f"registry.{model}", "details", sealing.HELD_IN_DETAILS, PEOPLE, lambda r: f"{kind}:{r.pk}")


def _special(model: str, kind: str) -> None:
    resealing.keep(f"registry.{model}", "sealed", SPECIALS, lambda r: f"{kind}:{r.pk}", version="key_version")


def _indexes(person: Person, blinder: Blinder) -> dict[str, Any]:
    held = sealing.open_core(person)
    number, phone = held.get("id_number", ""), held.get("phone", "")
    return {
        # A record that was merged into another gave its index up, whatever number it still shows.
        "id_index": blind_document(person.id_type, number, blinder) if number and person.id_index else None,
        "phone_index": blind_phone(phone, blinder) if phone and person.phone_index else None,
    }
