"""Roles and care groups: dated episodes beside the core record. A second one never overwrites the first."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.registry import terms
from wangge.registry.models import ROLE_TABLES, SPECIAL_TABLES, Care, Person
from wangge.registry.queries import persons as queries
from wangge.registry.queries import sealing as opened
from wangge.registry.rules import care as care_rules
from wangge.registry.rules import tables
from wangge.registry.services import record, sealing


def _may(actor: Actor, kind: str) -> Any:
    """The table of the kind, when the actor may write in it. Who lacks the right learns nothing of any person."""
    if kind in terms.SPECIAL:
        actor.must("registry.special")
        if not queries.may_see(actor, kind):
            raise NoRight("registry.special")
        return SPECIAL_TABLES[kind]
    if kind not in terms.ROLES:
        raise Refusal("unknown_kind", f"没有人口类别“{kind}”。请从列表中选择。", field="kind", value=kind)
    actor.must(record.EDIT)
    return ROLE_TABLES[kind]


def _table_of(kind: str) -> tables.Table:
    return tables.table({**terms.ROLES, **terms.SPECIAL}[kind][1])


def _details(actor: Actor, kind: str, details: Mapping[str, Any], partial: bool) -> dict[str, Any]:
    table = _table_of(kind)
    own = {f.key for f in table.extra}
    if stray := next((key for key in details if key not in own), None):
        raise Refusal("unknown_field", f"{table.title}没有“{stray}”这一项。请核对。", field=stray)
    clean, faults = tables.validate(table.code, details, clock.today(), own=record.labels(actor), partial=partial)
    return _or_refuse(clean, faults)


def _or_refuse(clean: dict[str, Any], faults: list[tuple[str, str, str]]) -> dict[str, Any]:
    if faults:
        raise Refusal(
            "invalid_fields",
            faults[0][2],
            field=faults[0][0],
            value=faults[0][1],
            faults=[[key, sentence] for key, _, sentence in faults],
        )
    return clean


def _open_record(actor: Actor, person_id: int, since: date) -> Person:
    (one,) = queries.for_update(actor, person_id)
    record.must_be_open(one)
    _in_order(since, "since")
    if one.birth_on and since < one.birth_on:
        raise Refusal("dates", "开始日期早于出生日期。请核对。", field="since", value=since.isoformat())
    return one


def _in_order(day: date, field: str, since: date | None = None) -> None:
    if day > clock.today():
        raise Refusal("dates", "日期在今天之后。请填写已经发生的日期。", field=field, value=day.isoformat())
    if since is not None and day < since:
        raise Refusal("dates", f"日期早于开始日期 {since:%Y-%m-%d}。请核对。", field=field, value=day.isoformat())


def _store(row: Any, kind: str, details: Mapping[str, Any], earlier: list[dict[str, Any]] | None = None) -> None:
    kept = {**details, opened.EARLIER: earlier} if earlier else details
    if kind in terms.SPECIAL:
        row.sealed, row.key_version = sealing.seal_special(kind, row.pk, kept)
        return
    secret = (
        {f.key for f in care_rules.fields(kind) if f.sealed}
        if kind in terms.CARE
        else {f.key for f in _table_of(kind).fields if f.sealed}
    )
    row.details = sealing.seal_details(kind, row.pk, kept, secret | {opened.EARLIER})


def _replace(
    actor: Actor,
    row: Any,
    kind: str,
    held: Mapping[str, Any],
    clean: Mapping[str, Any],
    source: str,
    from_on: date | None,
) -> list[str]:
    """Keep the fields as they are now beside the row, with the day from which the new ones hold; what has changed."""
    day = from_on or clock.today()
    _in_order(day, "from_on", row.since)
    if row.until is not None and day >= row.until:
        sentence = f"这项登记已于 {row.until:%Y-%m-%d} 结束，变更日期应在此前。"
        raise Refusal("dates", sentence, field="from_on", value=day.isoformat())
    changed = sorted(k for k in {*held, *clean} if held.get(k) != clean.get(k))
    if changed:
        told = {"from_on": day.isoformat(), "at": clock.now().isoformat(), "by": actor.name, "source": source}
        earlier = opened.open_earlier(kind, row)
        _store(row, kind, clean, [*earlier, {**told, "fields": {k: [held.get(k), clean.get(k)] for k in changed}}])
    row.source, row.by, row.at = source, actor.name, clock.now()
    row.save()
    return changed


def _noted(actor: Actor, action: str, kind: str, row: Any, **data: Any) -> None:
    """A special row is named by its own number alone, so that the audit log says of nobody what group they are in."""
    if kind in terms.SPECIAL:
        audit.record(actor, f"registry.special_{action}", "special", f"{kind}:{row.pk}", **data)
    else:
        audit.record(actor, f"registry.role_{action}", "person", row.person_id, group=kind, number=row.pk, **data)


@transaction.atomic
def begin_role(
    *,
    actor: Actor,
    person_id: int,
    kind: str,
    since: date,
    details: Mapping[str, Any],
    source: str,
    partial: bool = False,
) -> Any:
    """登记身份. Begin an episode of a role (ROLES, right registry.edit) or a special group (SPECIAL, registry.special and
    sees.<kind>). `details` are the further fields of its table; `partial` lets the mandatory ones follow later.

    Refusals: `invalid_fields`, `unknown_field`, `dates`, `overlap` (an episode of the kind holds then).
    """
    table = _may(actor, kind)
    clean = _details(actor, kind, details, partial)
    one = _open_record(actor, person_id, since)
    row = table(
        pk=sealing.next_id(table._meta.db_table),
        person=one,
        since=since,
        source=source,
        by=actor.name,
        at=clock.now(),
    )
    _store(row, kind, clean)
    row.save(force_insert=True)
    _noted(actor, "begun", kind, row, since=since.isoformat())
    return row


def _row(actor: Actor, table: Any, person_id: int, row_id: int, what: str) -> Any:
    (one,) = queries.for_update(actor, person_id)
    record.must_be_open(one)
    row = table.objects.select_for_update().filter(pk=row_id, person=one).first()
    if row is None:
        raise NotHere(what)
    return row


@transaction.atomic
def change_role(
    *,
    actor: Actor,
    person_id: int,
    kind: str,
    row_id: int,
    details: Mapping[str, Any],
    source: str,
    from_on: date | None = None,
) -> Any:
    """更正身份. Put right or complete the further fields of an episode; fields that are not given stay as they are.

    `from_on` is the day from which the new values hold (default today; the first day of the episode for what was wrong from
    the start). What they replace is kept, so that the record reads on any earlier day as it was then.
    """
    table = _may(actor, kind)
    row = _row(actor, table, person_id, row_id, "登记")
    held = opened.open_details(kind, row)
    clean = _details(actor, kind, held | dict(details), True)
    changed = _replace(actor, row, kind, held, clean, source, from_on)
    _noted(actor, "changed", kind, row, changed=changed)
    return row


@transaction.atomic
def end_role(*, actor: Actor, person_id: int, kind: str, row_id: int, until: date, reason: str) -> Any:
    """结束身份. The episode no longer holds from the day `until` on; it stays on record."""
    table = _may(actor, kind)
    row = _row(actor, table, person_id, row_id, "登记")
    end_row(row, until, reason)
    _noted(actor, "ended", kind, row, until=until.isoformat())
    return row


def end_row(row: Any, until: date, reason: str) -> None:
    """End a dated row that is open, in its own order of days."""
    if row.until is not None:
        raise Refusal("ended", f"这项登记已于 {row.until:%Y-%m-%d} 结束。请刷新后核对。", status=409)
    _in_order(until, "until", row.since)
    row.until, row.ended_reason = until, reason.strip()[:100]
    row.save(update_fields=["until", "ended_reason"])


@transaction.atomic
def begin_care(
    *,
    actor: Actor,
    person_id: int,
    kind: str,
    since: date,
    details: Mapping[str, Any] | None = None,
    source: str,
    partial: bool = True,
) -> Care:
    """登记关爱对象. Begin an episode in a care group (CARE, right registry.care)."""
    actor.must("registry.care")
    if kind not in terms.CARE:
        raise Refusal("unknown_kind", f"没有关爱类别“{kind}”。请从列表中选择。", field="kind", value=kind)
    clean = _or_refuse(*care_rules.validate(kind, details or {}, clock.today(), partial=partial))
    one = _open_record(actor, person_id, since)
    row = Care(
        pk=sealing.next_id("registry_care"),
        person=one,
        kind=kind,
        since=since,
        source=source,
        by=actor.name,
        at=clock.now(),
    )
    _store(row, kind, clean)
    row.save(force_insert=True)
    audit.record(actor, "registry.care_begun", "person", one.pk, group=kind, number=row.pk, since=since.isoformat())
    return row


@transaction.atomic
def change_care(
    *,
    actor: Actor,
    person_id: int,
    row_id: int,
    details: Mapping[str, Any],
    source: str,
    from_on: date | None = None,
) -> Care:
    """更正关爱登记. As `change_role`."""
    actor.must("registry.care")
    row: Care = _row(actor, Care, person_id, row_id, "关爱登记")
    held = opened.open_details(row.kind, row)
    clean = _or_refuse(*care_rules.validate(row.kind, held | dict(details), clock.today(), partial=True))
    _replace(actor, row, row.kind, held, clean, source, from_on)
    audit.record(actor, "registry.care_changed", "person", person_id, group=row.kind, number=row.pk)
    return row


@transaction.atomic
def end_care(*, actor: Actor, person_id: int, row_id: int, until: date, reason: str) -> Care:
    """结束关爱登记."""
    actor.must("registry.care")
    row: Care = _row(actor, Care, person_id, row_id, "关爱登记")
    end_row(row, until, reason)
    audit.record(
        actor, "registry.care_ended", "person", person_id, group=row.kind, number=row.pk, until=until.isoformat()
    )
    return row
