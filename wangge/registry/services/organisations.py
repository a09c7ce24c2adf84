"""Writes of organisations: one record for each, what changed of it, and its end. People's numbers lie in one sealed value."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from django.db import transaction

from wangge.kernel import audit, clock, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Sealer
from wangge.registry import facts
from wangge.registry.models import Organisation, OrganisationChange
from wangge.registry.queries import dictionary
from wangge.registry.queries.organisations import open_sealed, organisation
from wangge.registry.queries.sealing import PEOPLE
from wangge.registry.rules import organisations as rules
from wangge.registry.services.sealing import next_id
from wangge.territory import queries as territory

EDIT = "registry.edit"
_encode = msgspec.json.Encoder(order="sorted").encode
_LONGEST = 1024


@transaction.atomic
def register_organisation(
    *,
    actor: Actor,
    kind: str,
    values: Mapping[str, Any],
    place_code: int,
    source: str,
    opened_on: date | None = None,
    standard_address_id: int | None = None,
) -> Organisation:
    """One organisation, once. `values`: the row's and the table's keys together (`rules.organisations`), codes or labels.

    Raises `Refusal`: `invalid_fields` (`field` is the first, `data["faults"]` all of them as [field, sentence]), `place`,
    `exists` (the credit code is registered; `data["organisation_id"]` when it is within reach), `same_place` (a living one of
    this name and kind stands in this community already).
    """
    actor.must(EDIT)
    checked = _checked(actor, kind, {"name": "", **values}, place_code)
    place_code = _place(actor, place_code, checked.row)
    _once(checked.row.get("uscc"), checked.row["name"], kind, place_code)
    now = clock.now()
    number = next_id("registry_organisation")
    sealed, version = _seal(number, checked.sealed)
    one = Organisation.objects.create(
        id=number, kind=kind, place_code=place_code, pinyin=rules.initials(checked.row["name"]), **checked.row,
        standard_address_id=standard_address_id, details={k: v for k, v in checked.plain.items() if v not in (None, "", [])},
        sealed=sealed, key_version=version, opened_on=opened_on, source=source[:40], verified_on=clock.today(),
        verified_by=actor.name, created_at=now, updated_at=now,
    )  # fmt: skip
    OrganisationChange.objects.create(
        organisation=one, field="registered", after=one.name, step=1, source=source[:40], by=actor.name, at=now
    )
    audit.record(actor, "registry.organisation_registered", "organisation", one.pk, of=kind)
    outbox.publish(facts.OrganisationRegistered(organisation_id=one.pk, kind=kind, place_code=place_code))
    return one


@transaction.atomic
def update_organisation(
    *, actor: Actor, organisation_id: int, changes: Mapping[str, Any], seen_step: int | None, source: str
) -> Organisation:
    """Change fields (also `place_code`, `opened_on`); what is not named stays. Everything changed is kept with before and after.

    `seen_step` is the step the editor was looking at (None: whoever decided holds the lock). Raises `Refusal`: `stale` (409,
    `data["changed"]` the titles changed since), `closed`, and those of `register_organisation`.
    """
    actor.must(EDIT)
    one = _locked(organisation_id)
    if one.closed_on is not None:
        raise Refusal("closed", f"这家单位已于 {one.closed_on} 注销。请先恢复，再更新。", status=409)
    rest = dict(changes)
    place_code = int(rest.pop("place_code", one.place_code))
    opened_on = rest.pop("opened_on", one.opened_on)
    checked = _checked(actor, one.kind, rest, place_code)
    if place_code != one.place_code or "lng" in checked.row:
        place_code = _place(actor, place_code, checked.row)
    sealed = open_sealed(one)
    before: dict[str, Any] = {
        **{k: getattr(one, k) for k in rules.ROW}, **one.details, **sealed, "place_code": one.place_code, "opened_on": one.opened_on,
    }  # fmt: skip
    after = {**checked.row, **checked.plain, **checked.sealed, "place_code": place_code, "opened_on": opened_on}
    changed = [k for k, v in after.items() if (before.get(k) or None) != (v or None)]
    if seen_step is not None and one.step != seen_step:
        _stale(one, changed, seen_step)
    if not changed:
        return one
    if "uscc" in changed and checked.row.get("uscc"):
        _once(checked.row["uscc"], "", one.kind, place_code, except_id=one.pk)
    for key, value in checked.row.items():
        setattr(one, key, value)
    one.details = {k: v for k, v in {**one.details, **checked.plain}.items() if v not in (None, "", [])}
    one.place_code, one.opened_on, one.pinyin = place_code, opened_on, rules.initials(one.name)
    if any(k in checked.sealed for k in changed):
        one.sealed, one.key_version = _seal(one.pk, {**sealed, **checked.sealed})
    _touch(actor, one)
    one.save(
        update_fields=[*checked.row, "details", "place_code", "opened_on", "pinyin", "sealed", "key_version", *_TOUCHED]
    )
    hidden = set(checked.sealed)
    _keep(actor, one, [(k, before.get(k), after[k]) for k in changed], source, hidden)
    audit.record(actor, "registry.organisation_updated", "organisation", one.pk, fields=sorted(changed))
    outbox.publish(facts.OrganisationChanged(organisation_id=one.pk, step=one.step))
    return one


@transaction.atomic
def verify_organisation(*, actor: Actor, organisation_id: int, on: date | None = None) -> Organisation:
    """What is on record was found to be true on the day (default today); an older day never replaces a newer one."""
    actor.must(EDIT)
    one = _locked(organisation_id)
    day = on or clock.today()
    if day > clock.today():
        raise Refusal("future", "核实日期晚于今天，请核对。", field="on", value=str(day))
    if one.verified_on is None or one.verified_on <= day:
        one.verified_on, one.verified_by = day, actor.name
        one.save(update_fields=["verified_on", "verified_by"])
    audit.record(actor, "registry.organisation_verified", "organisation", one.pk, on=day)
    return one


@transaction.atomic
def close_organisation(*, actor: Actor, organisation_id: int, on: date, reason: str) -> Organisation:
    """The organisation ended (deregistered, moved away, merged); its record stays and can be reopened."""
    actor.must(EDIT)
    one = _locked(organisation_id)
    if one.closed_on is not None:
        raise Refusal("closed", f"这家单位已于 {one.closed_on} 注销，不用重复办理。", status=409)
    if not reason.strip():
        raise Refusal("reason", "请写明注销原因，例如“已搬离”。", field="reason")
    if on > clock.today() or (one.opened_on and on < one.opened_on):
        raise Refusal("dates", "注销日期不能晚于今天，也不能早于成立日期。请核对。", field="on", value=str(on))
    one.closed_on = on
    _touch(actor, one, verified=False)
    one.save(update_fields=["closed_on", "step", "updated_at"])
    _keep(actor, one, [("closed_on", None, on)], reason[:40], set())
    audit.record(actor, "registry.organisation_closed", "organisation", one.pk, on=on, reason=reason[:200])
    outbox.publish(facts.OrganisationClosed(organisation_id=one.pk, place_code=one.place_code))
    return one


@transaction.atomic
def reopen_organisation(*, actor: Actor, organisation_id: int, reason: str) -> Organisation:
    """A closing that was wrong, or an organisation that came back."""
    actor.must(EDIT)
    one = _locked(organisation_id)
    if one.closed_on is None:
        raise Refusal("open", "这家单位没有注销，不用恢复。", status=409)
    if not reason.strip():
        raise Refusal("reason", "请写明恢复原因。", field="reason")
    before, one.closed_on = one.closed_on, None
    _touch(actor, one, verified=False)
    one.save(update_fields=["closed_on", "step", "updated_at"])
    _keep(actor, one, [("closed_on", before, None)], reason[:40], set())
    audit.record(actor, "registry.organisation_reopened", "organisation", one.pk, reason=reason[:200])
    outbox.publish(facts.OrganisationChanged(organisation_id=one.pk, step=one.step))
    return one


@transaction.atomic
def reveal_organisation(*, actor: Actor, organisation_id: int, reason: str) -> dict[str, str]:
    """The full documents and telephones of an organisation's named people, by key. The reason is kept with who asked."""
    actor.must("person.reveal")
    one = organisation(actor, organisation_id)
    if len(reason.strip()) < 4:
        raise Refusal("reason", "请写明查看理由（至少 4 个字），例如“核实安全责任人电话”。", field="reason")
    audit.record(actor, "registry.organisation_revealed", "organisation", one.pk, reason=reason.strip()[:200])
    return open_sealed(one)


@transaction.atomic
def note_organisations_export(*, actor: Actor, kind: str, rows: int, filters: Mapping[str, str]) -> None:
    """A list of organisations leaves the system."""
    actor.must("registry.export")
    audit.record(
        actor, "registry.organisations_exported", "organisations", kind or "all", rows=rows, filters=dict(filters)
    )


# ---- shared -----------------------------------------------------------------------------------------------------------

_TOUCHED = ["step", "updated_at", "verified_on", "verified_by"]


def _locked(organisation_id: int) -> Organisation:
    found = Organisation.objects.select_for_update().filter(pk=organisation_id).first()
    if found is None:
        raise NotHere("组织")
    return found


def _checked(actor: Actor, kind: str, values: Mapping[str, Any], place_code: int) -> rules.Checked:
    if kind not in rules.TABLES:
        raise Refusal("kind", "没有这类组织。请从列表中选择类别。", field="kind", value=kind)
    checked = rules.clean(kind, values, clock.today(), dictionary.own_labels(actor, place=place_code))
    if checked.faults:
        field, value, sentence = checked.faults[0]
        faults = [[key, said] for key, _, said in checked.faults]
        raise Refusal("invalid_fields", sentence, field=field, value=value, faults=faults)
    return checked


def _place(actor: Actor, place_code: int, row: Mapping[str, Any]) -> int:
    """The cell the organisation stands in: by its point when that lies in the community, else as given."""
    if not 10**14 <= place_code < 10**15 or territory.level(place_code) not in ("community", "cell"):
        raise Refusal("place", "请选择到社区（村）或网格。", field="place_code", value=str(place_code))
    if row.get("lng") is not None:
        found = territory.cell_at(row["lng"], row["lat"]).cell_code
        if found is not None and found - found % 1000 == place_code - place_code % 1000:
            place_code = found
        elif place_code % 1000 == 0 and found is not None:
            raise Refusal(
                "place", f"这个坐标在{territory.path_of(found)}，不在所选社区（村）。请核对坐标或社区。", field="lng"
            )
    if not actor.covers(place_code):
        raise Refusal("place", "这个地点不在您的管辖范围内。请选择本辖区的社区或网格。", field="place_code")
    return place_code


def _once(uscc: str | None, name: str, kind: str, place_code: int, except_id: int = 0) -> None:
    if uscc:
        known = Organisation.objects.filter(uscc=uscc).exclude(pk=except_id).first()
        if known is not None:
            raise Refusal(
                "exists", f"这个统一社会信用代码已登记为“{known.name}”。请打开已有记录更新。", field="uscc", value=uscc,
                status=409, organisation_id=known.pk,
            )  # fmt: skip
        return
    lo, hi = territory.interval(place_code - place_code % 1000)
    same = Organisation.objects.filter(kind=kind, name=name, place_code__gte=lo, place_code__lte=hi, closed_on=None)
    if name and (known := same.first()) is not None:
        raise Refusal(
            "same_place", "本社区（村）已有同名的同类单位。请打开已有记录更新；确是另一家的，请在名称中写明区别。",
            field="name", value=name, status=409, organisation_id=known.pk,
        )  # fmt: skip


def _seal(number: int, held: Mapping[str, str]) -> tuple[bytes | None, int]:
    sealer = Sealer(PEOPLE)
    kept = {k: v for k, v in held.items() if v}
    return (sealer.seal(_encode(kept).decode(), f"organisation:{number}") if kept else None), sealer.version


def _touch(actor: Actor, one: Organisation, verified: bool = True) -> None:
    one.step += 1
    one.updated_at = clock.now()
    if verified:
        one.verified_on, one.verified_by = clock.today(), actor.name


def _keep(actor: Actor, one: Organisation, changed: list[tuple[str, Any, Any]], source: str, hidden: set[str]) -> None:
    now = clock.now()
    OrganisationChange.objects.bulk_create(
        OrganisationChange(
            organisation=one, field=key, step=one.step, source=source[:40], by=actor.name, at=now,
            before="" if key in hidden else _text(before), after="" if key in hidden else _text(after),
        )
        for key, before, after in changed
    )  # fmt: skip


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(value)[:_LONGEST] if isinstance(value, list) else str(value)[:_LONGEST]


def _stale(one: Organisation, changed: list[str], seen_step: int) -> None:
    since = set(one.changes.filter(step__gt=seen_step).values_list("field", flat=True))
    both = [f.title for f in rules.table_of(one.kind).fields if f.key in since]
    raise Refusal(
        "stale",
        f"打开后这条记录已被更新（{'、'.join(both) or '其他内容'}）。请核对最新内容后再提交，您填写的内容仍在表单中。",
        status=409,
        changed=both,
    )
