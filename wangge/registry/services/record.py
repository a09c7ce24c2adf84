"""What every writing of a person's record shares: the place, the values as kept, their proof and their history."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry import terms
from wangge.registry.models import Person, PersonChange
from wangge.registry.queries import sealing as opened
from wangge.registry.queries.dictionary import own_labels
from wangge.registry.rules import people as rules
from wangge.registry.rules import tables
from wangge.registry.services import sealing
from wangge.territory import queries as territory

EDIT = "registry.edit"
_COLUMNS = tuple(key for key in terms.CORE if key not in terms.SEALED_CORE)


def place_for(actor: Actor, place_code: int | None, dwelling_id: int | None) -> int:
    """The cell or community of a new row, which must lie within the actor's reach."""
    if dwelling_id is not None:
        return int(dwelling_for(actor, dwelling_id).place_code)
    if not place_code or territory.level(place_code) not in ("cell", "community"):
        raise Refusal("no_place", "请选择所在网格，网格未定的选择社区（村）。", field="place_code", value=place_code)
    if not (actor.is_system or actor.covers(place_code)):
        raise Refusal(
            "out_of_scope",
            "所选网格不在您的管辖范围内。请选择管辖范围内的网格，或交由当地网格员建档。",
            field="place_code",
            value=place_code,
        )
    return place_code


def dwelling_for(actor: Actor, dwelling_id: int) -> Any:
    """The dwelling, or `NotHere` when it is none of the actor's."""
    found = territory.dwelling(dwelling_id)
    if not (actor.is_system or actor.covers(found.place_code)):
        raise NotHere("房屋")
    return found


def checked(actor: Actor, values: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """The values as they are kept; `Refusal("invalid_fields")` that names every fault."""
    kept, faults, _ = rules.clean(values, clock.today(), own=labels(actor), partial=partial)
    if faults:
        first = faults[0]
        raise Refusal(
            "invalid_fields",
            f"{rules.TITLES.get(first.field, first.field)}：{first.sentence}",
            field=first.field,
            value=first.value,
            faults=[[f.field, f.sentence] for f in faults],
        )
    return kept


def labels(actor: Actor) -> tables.Own | None:
    """What the actor's district calls the codes today."""
    return own_labels(actor)


def seen(on: date | None, today: date) -> date:
    return min(on, today) if on else today


def put(one: Person, kept: Mapping[str, Any]) -> None:
    """Set the columns, the sealed value and the indexes from values as they are kept."""
    for key in _COLUMNS:
        if key in kept:
            setattr(one, key, kept[key])
    if "id_type" in kept:
        one.id_type = kept["id_type"]
    if "name" in kept:
        one.pinyin = rules.initials(kept["name"])
    if terms.SEALED_CORE & set(kept) or "id_type" in kept:
        held = opened.open_core(one) | {k: v for k, v in kept.items() if k in terms.SEALED_CORE}
        one.sealed, one.key_version = sealing.seal_core(one.pk, held)
        number, phone = held.get("id_number", ""), held.get("phone", "")
        if not number:
            one.id_type = ""
        one.id_index = sealing.blind_document(one.id_type, number) if number else None
        one.phone_index = sealing.blind_phone(phone) if phone else None


def must_be_open(one: Person) -> None:
    """Refuse to write on a record that is merged or erased."""
    if one.state in ("merged", "erased"):
        raise Refusal(
            "record_closed",
            f"这份档案{terms.STATES[one.state]}，不能再更新。"
            + ("请打开并入后的档案办理。" if one.state == "merged" else "如本人重新登记，请另建档案。"),
            status=409,
            merged_into=one.merged_into_id,
        )


def confirm(one: Person, fields: Collection[str], source: str, on: date, by: str) -> None:
    """Note source, day and verifier of the fields; an older look never replaces a newer one of the same value."""
    for field in sorted(fields):
        kept = one.proof.get(field)
        if kept is None or kept[1] <= on.isoformat():
            one.proof[field] = [source, on.isoformat(), by]


def note_changes(
    actor: Actor,
    one: Person,
    before: Mapping[str, Any],
    changed: Mapping[str, Any],
    source: str,
    from_on: date | None = None,
) -> None:
    """One row of history for each changed field, under the person's step."""
    rows = []
    for field, value in changed.items():
        old, new = _text(before[field]), _text(value)
        secret = field in terms.SEALED_CORE
        rows.append(
            PersonChange(
                person=one,
                field=field,
                before="" if secret else old[:200],
                after="" if secret else new[:200],
                sealed=sealing.seal_change(one.pk, field, old, new) if secret else None,
                from_on=from_on or clock.today(),
                step=one.step,
                source=source,
                by=actor.name,
                at=clock.now(),
            )
        )
    PersonChange.objects.bulk_create(rows)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
