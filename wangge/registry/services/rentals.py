"""出租房 and 楼栋长: let dwellings, the hazards found in them, who looks after a building."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.db import transaction

from wangge.kernel import audit, clock, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Sealer
from wangge.registry import facts
from wangge.registry.models import BuildingLead, Rental, RentalFind
from wangge.registry.queries import dwellings as reading
from wangge.registry.queries import persons
from wangge.registry.queries.sealing import PEOPLE
from wangge.registry.rules import rentals as rules
from wangge.registry.services.sealing import next_id
from wangge.territory import queries as territory
from wangge.territory import services as territory_services

EDIT = "registry.edit"
REVEAL = "person.reveal"
_encode = msgspec.json.Encoder(order="sorted").encode


def _dwelling(actor: Actor, dwelling_id: int) -> Any:
    found = territory.dwelling(dwelling_id)
    if not actor.covers(found.place_code):
        raise NotHere("房屋")
    if found.address.until is not None:
        raise Refusal("address_ended", "这处房屋的地址已停用，不能再登记。请使用现行地址。", status=409)
    return found


def _for_update(actor: Actor, rental_id: int) -> Rental:
    actor.must(EDIT)
    found = Rental.objects.select_for_update().filter(pk=rental_id).first()
    if found is None or not actor.covers(found.place_code):
        raise NotHere("出租房")
    return found


def _must_be_open(rental: Rental) -> None:
    if rental.until is not None:
        raise Refusal("rental_ended", f"这次出租已于 {rental.until} 结束，不能再修改。", status=409)


def _seen(rental: Rental, seen_step: int | None) -> None:
    if seen_step is not None and rental.step != seen_step:
        raise Refusal("stale", "您打开后，这条出租登记已被他人更新。请刷新后核对再改。", status=409)


def _cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    found, faults = rules.clean(values, clock.today())
    if faults:
        raise Refusal(
            "invalid_fields",
            faults[0][2],
            field=faults[0][0],
            value=faults[0][1] or None,
            faults=[[f[0], f[2]] for f in faults],
        )
    return found


def _write(rental: Rental, values: Mapping[str, Any], held: Mapping[str, str]) -> None:
    """Spread clean values over the row: plain ones, and the landlord's under one seal."""
    rental.number = str(values.get("dwelling_number", rental.number) or "")[:50]
    rental.use = values.get("let_as", rental.use) or ""
    if "landlord_id_type" in values:
        rental.details = {**rental.details, "landlord_id_type": values["landlord_id_type"]}
    kept = {**held, **{k: str(values[k]) for k in rules.SEALED if k in values}}
    kept = {k: v for k, v in kept.items() if v}
    sealer = Sealer(PEOPLE)
    rental.sealed = sealer.seal(_encode(kept).decode(), f"rental:{rental.pk}") if kept else None
    rental.key_version = sealer.version


@transaction.atomic
def begin_rental(
    *, actor: Actor, dwelling_id: int, values: Mapping[str, Any], since: date, source: str = "采集"
) -> Rental:
    """登记出租房. `values` by the keys of table 16 (`rules.OWN`); what is not known yet may follow later.

    Refusals: `not_found`, `invalid_fields`, `dates`, `overlap` (let already at that time).
    """
    actor.must(EDIT)
    dwelling = _dwelling(actor, dwelling_id)
    if since > clock.today():
        raise Refusal("dates", "出租日期在今天之后。请填写已经发生的日期。", field="since", value=since.isoformat())
    rental = _begin(actor, dwelling, _cleaned(values), since, source)
    audit.record(actor, "registry.rental_begun", "rental", rental.pk, place=rental.place_code)
    return rental


def _begin(actor: Actor, dwelling: Any, values: Mapping[str, Any], since: date, source: str) -> Rental:
    rental = Rental(
        pk=next_id("registry_rental"),
        dwelling_id=dwelling.pk,
        place_code=dwelling.place_code,
        number=str(dwelling.pk),  # until the office gives one of its own
        since=since,
        source=source[:40],
        by=actor.name,
        at=clock.now(),
    )
    _write(rental, values, {})
    rental.save(force_insert=True)
    return rental


@transaction.atomic
def update_rental(
    *, actor: Actor, rental_id: int, values: Mapping[str, Any], seen_step: int | None, verified: bool = False
) -> Rental:
    """Change what is held of an open letting; a key left out stays as it is. `verified` notes today's check besides."""
    rental = _for_update(actor, rental_id)
    _must_be_open(rental)
    _seen(rental, seen_step)
    cleaned = _cleaned({k: v for k, v in values.items() if v not in (None, "")})
    emptied = {k: "" for k, v in values.items() if v in (None, "") and k in rules.OWN}
    _write(rental, {**cleaned, **emptied}, reading.landlord(rental))
    rental.step += 1
    if verified:
        rental.verified_on, rental.verified_by = clock.today(), actor.name
    rental.save(
        update_fields=["number", "use", "details", "sealed", "key_version", "step", "verified_on", "verified_by"]
    )
    audit.record(actor, "registry.rental_changed", "rental", rental.pk, fields="、".join(sorted(values)))
    return rental


@transaction.atomic
def end_rental(*, actor: Actor, rental_id: int, until: date, reason: str) -> Rental:
    """结束出租. `until` is the first day on which it is let no more."""
    rental = _for_update(actor, rental_id)
    _must_be_open(rental)
    if until > clock.today():
        raise Refusal("dates", "结束日期在今天之后。请填写已经发生的日期。", field="until", value=until.isoformat())
    rental.until, rental.ended_reason, rental.step = until, reason.strip()[:100], rental.step + 1
    rental.save(update_fields=["until", "ended_reason", "step"])
    audit.record(actor, "registry.rental_ended", "rental", rental.pk, on=until.isoformat())
    return rental


# ---- hazards ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def report_hazard(
    *,
    actor: Actor,
    dwelling_id: int,
    codes: Collection[str],
    text: str = "",
    seen_at: datetime | None = None,
    client_id: UUID | None = None,
) -> Rental:
    """Hazards found at a dwelling; it is put on record as let when it was not. The same `client_id` is the same find."""
    actor.must(EDIT)
    dwelling = _dwelling(actor, dwelling_id)
    if client_id is not None and (known := RentalFind.objects.filter(client_id=client_id).first()) is not None:
        return known.rental
    at = seen_at or clock.now()
    rental = Rental.objects.select_for_update().filter(dwelling_id=dwelling_id, until=None).first()
    if rental is None:
        rental = _begin(actor, dwelling, {}, min(clock.local(at).date(), clock.today()), "隐患排查")
        audit.record(actor, "registry.rental_begun", "rental", rental.pk, place=rental.place_code)
    return set_hazard(actor=actor, rental_id=rental.pk, codes=codes, text=text, seen_at=at, client_id=client_id)


@transaction.atomic
def set_hazard(
    *,
    actor: Actor,
    rental_id: int,
    codes: Collection[str],
    text: str = "",
    seen_at: datetime | None = None,
    client_id: UUID | None = None,
) -> Rental:
    """登记隐患 (table 5.19). Tells the world once per find: the same hazards found again while they stand are only noted;
    other hazards, or the same after they were cleared, are a new matter. "00" alone clears."""
    rental = _for_update(actor, rental_id)
    if client_id is not None and (known := RentalFind.objects.filter(client_id=client_id).first()) is not None:
        return known.rental
    _must_be_open(rental)
    found, sentence = rules.hazards_of(codes)
    if sentence or not codes:
        raise Refusal("bad_hazard", sentence or "请至少选择一类隐患。", field="codes", value=list(codes))
    if not found:
        return clear_hazard(actor=actor, rental_id=rental.pk, note=text or "现场核查无隐患")
    at = seen_at or clock.now()
    if at > clock.now():
        at = clock.now()
    is_new = found != rental.hazards
    rental.hazard_seq += 1
    RentalFind.objects.create(
        client_id=client_id or uuid4(),
        rental=rental,
        seq=rental.hazard_seq,
        hazards=found,
        text=text.strip()[:300],
        seen_at=at,
        by_id=actor.id,
        by=actor.name,
    )
    if is_new:
        rental.hazard_on = clock.local(at).date()
    rental.hazards, rental.hazard_text, rental.step = found, text.strip()[:300], rental.step + 1
    rental.cleared_on, rental.cleared_note = None, ""
    rental.save(
        update_fields=["hazards", "hazard_text", "hazard_on", "hazard_seq", "cleared_on", "cleared_note", "step"]
    )
    audit.record(actor, "registry.hazard_found", "rental", rental.pk, seq=rental.hazard_seq, place=rental.place_code)
    if is_new:
        _tell(rental, at)
    return rental


def _tell(rental: Rental, at: datetime) -> None:
    address = territory.address(rental.dwelling_id)
    outbox.publish(
        facts.HazardFound(
            rental_id=rental.pk,
            dwelling_id=rental.dwelling_id,
            place_code=rental.place_code,
            lng=address.lng,
            lat=address.lat,
            hazards=tuple(rental.hazards),
            seq=rental.hazard_seq,
            seen_at=at.isoformat(),
        )
    )


@transaction.atomic
def clear_hazard(*, actor: Actor, rental_id: int, note: str) -> Rental:
    """消除隐患: what was found is put right; how is noted on the letting."""
    rental = _for_update(actor, rental_id)
    if not rental.hazards:
        raise Refusal("no_hazard", "这处出租房目前没有登记隐患。", status=409)
    if len(note.strip()) < 4:
        raise Refusal("missing_input", "请写明隐患怎样消除，至少四个字，例如“已拆除隔断”。", field="note")
    gone, rental.hazards = tuple(rental.hazards), []
    rental.cleared_on, rental.cleared_note, rental.step = clock.today(), note.strip()[:300], rental.step + 1
    rental.save(update_fields=["hazards", "cleared_on", "cleared_note", "step"])
    audit.record(actor, "registry.hazard_cleared", "rental", rental.pk, seq=rental.hazard_seq)
    outbox.publish(
        facts.HazardCleared(rental_id=rental.pk, dwelling_id=rental.dwelling_id, hazards=gone, seq=rental.hazard_seq)
    )
    return rental


@transaction.atomic
def reveal_landlord(*, actor: Actor, rental_id: int, reason: str) -> dict[str, str]:
    """查看房主完整信息. Right person.reveal, a reason, an audit row."""
    actor.must(REVEAL)
    rental = reading.rental(actor, rental_id)
    if len(reason.strip()) < 4:
        raise Refusal("reason_missing", "请写明查看完整信息的理由，至少四个字，例如“联系房主整改”。", field="reason")
    audit.record(actor, "registry.landlord_revealed", "rental", rental.pk, reason=reason.strip()[:100])
    return reading.landlord(rental)


# ---- who looks after a building ---------------------------------------------------------------------------------------


@transaction.atomic
def begin_building_lead(
    *, actor: Actor, building_id: int, person_id: int, since: date, source: str = "社区聘任"
) -> BuildingLead:
    """聘任楼栋长. One at a time; whoever had the office before ends on that day."""
    actor.must(EDIT)
    building = territory.building(building_id)
    if not actor.covers(building.address.place_code):
        raise NotHere("楼栋")
    person = persons.person(actor, person_id)
    if person.state != "active":
        raise Refusal("not_active", "本人档案不在册，不能聘任。请核对人选。", field="person_id", status=409)
    if since > clock.today():
        raise Refusal("dates", "聘任日期在今天之后。请填写已经发生的日期。", field="since", value=since.isoformat())
    for old in BuildingLead.objects.select_for_update().filter(building_id=building_id, until=None):
        if old.person_id == person_id:
            return old
        _end_lead(actor, old, since, "换任")
    lead = BuildingLead.objects.create(
        building_id=building_id, person=person, since=since, source=source[:40], by=actor.name, at=clock.now()
    )
    audit.record(actor, "registry.building_lead_begun", "building", building_id, place=building.address.place_code)
    return lead


@transaction.atomic
def end_building_lead(*, actor: Actor, lead_id: int, until: date, reason: str) -> BuildingLead:
    """解聘楼栋长."""
    actor.must(EDIT)
    lead = BuildingLead.objects.select_for_update().filter(pk=lead_id, until=None).first()
    if lead is None:
        raise NotHere("楼栋长")
    if not actor.covers(territory.building(lead.building_id).address.place_code):
        raise NotHere("楼栋长")
    return _end_lead(actor, lead, until, reason)


def _end_lead(actor: Actor, lead: BuildingLead, until: date, reason: str) -> BuildingLead:
    if until < lead.since:
        raise Refusal("dates", "解聘日期早于聘任日期。请核对两个日期。", field="until", value=until.isoformat())
    lead.until, lead.ended_reason = until, reason.strip()[:100]
    lead.save(update_fields=["until", "ended_reason"])
    audit.record(actor, "registry.building_lead_ended", "building", lead.building_id, on=until.isoformat())
    return lead


@transaction.atomic
def retire_dwelling(*, actor: Actor, dwelling_id: int, on: date | None = None) -> None:
    """End the address of a dwelling in which nobody lives and which is let to nobody."""
    actor.must("territory.places")
    _dwelling(actor, dwelling_id)
    living = reading.residences(dwelling_id, clock.today())
    if living or Rental.objects.filter(dwelling_id=dwelling_id, until=None).exists():
        raise Refusal(
            "lived_in",
            "这处房屋还有居住或出租登记。请先登记迁出、结束出租，再停用地址。",
            status=409,
            count=len(living),
        )
    territory_services.retire_address(actor=actor, address_id=dwelling_id, on=on)
    audit.record(actor, "territory.address_retired", "address", dwelling_id)


@transaction.atomic
def note_dwellings_export(*, actor: Actor, what: str, rows: int) -> None:
    """A list of dwellings or rentals went out as a table."""
    actor.must("registry.export")
    audit.record(actor, "registry.dwellings_exported", "address", what, rows=rows)
