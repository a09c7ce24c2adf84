"""Let dwellings (GB/T 31000-2015 table 16): what may be written, when a find of hazards is a new one. Pure Python."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from wangge.registry.rules import identity, tables

TABLE = "T16"
# Kept on the row itself or encrypted; everything else of the table follows from the dwelling and its residents.
SEALED: tuple[str, ...] = ("landlord_id_number", "landlord_name", "landlord_phone", "landlord_address")
OWN: tuple[str, ...] = ("dwelling_number", "let_as", "landlord_id_type", *SEALED)
NO_HAZARD = "00"

Fault = tuple[str, str, str]


def clean(values: Mapping[str, Any], today: date) -> tuple[dict[str, Any], list[Fault]]:
    """(clean values by key, faults (key, value, sentence)). Only the keys of `OWN`; documents and telephones are checked."""
    foreign = [k for k in values if k not in OWN]
    faults: list[Fault] = [(k, "", "这一项随房屋和居住登记取得，不在这里填写。") for k in foreign]
    found, wrong = tables.validate(TABLE, {k: v for k, v in values.items() if k in OWN}, today, partial=True)
    faults += wrong
    if number := found.get("landlord_id_number"):
        checked = identity.check_document(found.get("landlord_id_type") or "111", number, today)
        if checked.error:
            faults.append(("landlord_id_number", "", checked.error))
        else:
            found["landlord_id_number"] = checked.number
            found.setdefault("landlord_id_type", "111")
    if phone := found.get("landlord_phone"):
        number, error = identity.check_phone(phone)
        if error:
            faults.append(("landlord_phone", "", error))
        else:
            found["landlord_phone"] = number
    return found, faults


def hazards_of(codes: Collection[str]) -> tuple[list[str], str]:
    """(codes of table 5.19 in order, without "none"; "") or ([], the sentence about a code that is not in it)."""
    known = tables.codes("5.19")
    for code in codes:
        if code not in known:
            return [], f"没有隐患类型“{code}”。请从列表中选择：{'、'.join(known.values())}。"
    return sorted(set(codes) - {NO_HAZARD}), ""


def hazard_names(codes: Collection[str]) -> str:
    return "、".join(tables.code_name("5.19", code) for code in codes)


def missing(values: Mapping[str, Any]) -> list[str]:
    """Titles of what table 16 demands of the letting and is not held yet."""
    table = tables.table(TABLE)
    return [f.title for f in table.fields if f.key in OWN and f.required and not values.get(f.key)]


def state_of(residents: int, has_rental: bool, rents: int, works: int) -> str:
    """What follows for a dwelling from its rows: let when it is on record as let or somebody rents there, lived in by its
    owner, used for work only, or empty. Codes of `STATES`."""
    if has_rental or rents:
        return "rented"
    if works and works == residents:
        return "work"
    return "own" if residents else "empty"


STATES: Mapping[str, str] = {"own": "自住", "rented": "出租", "work": "办公经营", "empty": "空置"}
