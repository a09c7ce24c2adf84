"""Reads of imports: batches, their faults, their differences, and what a sheet may call the places of an area."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import msgspec
from django.db.models import Count, Q, QuerySet

from wangge.kernel.actor import EVERYWHERE, Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Sealer
from wangge.kernel.tables import REASON, Column, write_xlsx
from wangge.registry.models import (
    ROLE_TABLES,
    HouseholdMember,
    ImportBatch,
    ImportChunk,
    ImportDifference,
    ImportMapping,
    ImportPiece,
    Organisation,
    Person,
)
from wangge.registry.queries import sealing
from wangge.registry.queries.organisations import open_sealed
from wangge.registry.rules import imports as rules
from wangge.registry.rules import tables
from wangge.registry.rules.organisations import TABLES as ORGANISATION_TABLES
from wangge.registry.terms import ROLES
from wangge.territory import queries as territory

SEAL = "imports"
# Differences that are of no field of the person: the household (number, relation), the relation in it. `<role>.<field>` is of a role.
HOUSEHOLD, RELATION = "household", "relation"
_STEPS = (10**9, 10**6, 10**3, 1)


def interval(code: int) -> tuple[int, int]:
    """The closed interval of place codes at or below this one; 0 is everywhere."""
    if not code:
        return EVERYWHERE
    width = next(step for step in _STEPS if code % step == 0)
    return code, code + width - 1


def batch(actor: Actor, batch_id: int) -> ImportBatch:
    """One batch of the actor's reach. Raises `NotHere`."""
    found = ImportBatch.objects.filter(pk=batch_id).first()
    if found is None:
        raise NotHere("导入批次")
    return found


def batches(actor: Actor, *, q: str = "", kind: str = "", state: str = "") -> QuerySet[ImportBatch]:
    """Batches in the actor's reach, by any part of the file's name or source."""
    rows = ImportBatch.objects.all()
    if q:
        rows = rows.filter(Q(name__contains=q) | Q(source__contains=q))
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(state=state) if state else rows


def targets(kind: str, role: str = "") -> tuple[rules.Target, ...]:
    """What the columns of an import may say: the fields of its kind, and those of the table of its role or organisation."""
    found = rules.TARGETS[kind]
    if kind == "devices" and role:  # every row is of this kind, so no column need say it
        return tuple(t._replace(required=False) if t.key == "kind" else t for t in found)
    table = ROLES[role][1] if role in ROLES else ORGANISATION_TABLES.get(role, "")
    if not table:
        return found
    own = {t.key for t in found} | {plain for t in found for plain in (rules.plain(t.title),)}
    extra = [f for f in tables.table(table).extra if f.key not in own and rules.plain(f.title) not in own]
    return (*found, *(rules.Target(f"role.{f.key}", f.title) for f in extra))


def file_of(batch: ImportBatch) -> bytes:
    """The file as it came. Raises `Refusal` when it is gone (an import that is finished keeps none)."""
    sealer = Sealer(SEAL)
    pieces = ImportPiece.objects.filter(batch=batch).order_by("part").values_list("part", "sealed")
    found = b"".join(base64.b64decode(sealer.unseal(sealed, f"piece:{batch.pk}:{part}")) for part, sealed in pieces)
    if not found:
        raise Refusal("import_file_gone", "原文件已不再保存。请重新上传文件。", status=409)
    return found


def remembered(actor: Actor, kind: str, source: str, titles: list[str]) -> dict[str, str]:
    """How columns with these titles were read the last time, by this sender, else by any: plain title → key ("" not read)."""
    rows = ImportMapping.objects.filter(kind=kind, header=rules.header_key(titles)).order_by("-used_at")
    found = rows.filter(sender=source).first() or rows.first()
    return dict(found.columns) if found else {}


def places(actor: Actor, area: int) -> dict[str, int]:
    """Everything a sheet may write for a cell or community of the area within the actor's reach: codes, and names that only
    one of them has."""
    lo, hi = interval(area)
    lo, hi = max(lo, actor.lo), min(hi, actor.hi)
    found: dict[str, int] = {}
    names: dict[str, list[int]] = {}
    for code, name in territory.cells().filter(code__range=(lo, hi)).values_list("code", "name"):
        found[str(code)] = code
        names.setdefault(name, []).append(code)
    for district in territory.districts():
        if district.pk + 10**9 - 1 < lo or district.pk > hi:
            continue
        for one in territory.communities(district.pk):
            if lo <= one.pk and one.pk + 999 <= hi:
                found[str(one.pk)] = found[str(one.pk)[:12]] = one.pk
                for name in {one.name, one.short}:
                    names.setdefault(name, []).append(one.pk)
    # Another office may still write the code that a cell had before it passed on.
    passed = {str(old): new for old, new in territory.passed_on().items() if lo <= new <= hi}
    return {name: codes[0] for name, codes in names.items() if len(set(codes)) == 1} | passed | found


def refused_rows(
    actor: Actor, batch: ImportBatch, *, written: bool
) -> Iterator[tuple[int, list[str], list[list[str]]]]:
    """The rows that were refused: (row of the sheet, its cells, [[title, sentence]])."""
    sealer = Sealer(SEAL)
    for chunk in ImportChunk.objects.filter(batch=batch, written=written, refused__gt=0).order_by("first"):
        if chunk.sealed:
            text = sealer.unseal(chunk.sealed, refused_context(batch.pk, chunk.first, written))
            yield from msgspec.json.decode(text)


def error_file(actor: Actor, batch: ImportBatch, *, written: bool = True) -> bytes:
    """An XLSX of the refused rows as they were, the reasons beside them; corrected, it can be sent again."""
    titles = [Column(str(at), title) for at, title in enumerate(batch.titles)]
    rows = (
        [
            *(cells + [""] * len(titles))[: len(titles)],
            "；".join([f"原第 {row} 行", *(f"{title}：{sentence}" for title, sentence in faults)]),
        ]
        for row, cells, faults in refused_rows(actor, batch, written=written)
    )
    return write_xlsx([*titles, Column("reason", REASON)], rows, "未通过的行")


def refused_context(batch_id: int, first: int, written: bool) -> str:
    return f"refused:{batch_id}:{first}:{int(written)}"


def fault_groups(actor: Actor, batch: ImportBatch, *, written: bool, most: int = 100) -> list[dict[str, Any]]:
    """What is wrong how often: title, sentence, count and the first rows, the most frequent first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    rows = ImportChunk.objects.filter(batch=batch, written=written, refused__gt=0).order_by("first")
    for faults in rows.values_list("faults", flat=True):
        for title, sentence, count, first in faults:
            one = found.setdefault((title, sentence), {"title": title, "sentence": sentence, "count": 0, "rows": []})
            one["count"] += count
            one["rows"] = (one["rows"] + first)[:5]
    return sorted(found.values(), key=lambda one: -one["count"])[:most]


# ---- differences ----------------------------------------------------------------------------------------------------


def differences(
    actor: Actor, *, state: str = "open", field: str = "", batch_id: int | None = None, q: str = ""
) -> QuerySet[ImportDifference]:
    """Differences of records in the actor's reach; `q` is a part of the name."""
    rows = ImportDifference.objects.select_related("batch", "person", "organisation")
    if state:
        rows = rows.filter(state=state)
    if field:
        rows = rows.filter(field=field)
    if batch_id:
        rows = rows.filter(batch_id=batch_id)
    if q:
        rows = rows.filter(Q(person__name__contains=q) | Q(organisation__name__contains=q))
    return rows


def difference(actor: Actor, difference_id: int) -> ImportDifference:
    found = differences(actor, state="").filter(pk=difference_id).first()
    if found is None:
        raise NotHere("差异")
    return found


def open_fields(actor: Actor, batch_id: int | None = None) -> list[tuple[str, int]]:
    """Which fields wait for a decision, how often each."""
    rows = ImportDifference.objects.filter(state="open")
    if batch_id:
        rows = rows.filter(batch_id=batch_id)
    return list(rows.values_list("field").annotate(n=Count("id")).order_by("-n"))


def given_value(one: ImportDifference, sealer: Sealer | None = None) -> str:
    """What the file says, opened."""
    if not one.sealed:
        return one.given
    context = f"difference:{one.batch_id}:{one.row}:{one.field}"
    return (sealer or Sealer(sealing.PEOPLE)).unseal(one.sealed, context)


def _held_household(person: Person, field: str) -> str:
    row = HouseholdMember.objects.filter(person=person, until=None).select_related("household").first()
    if row is None:
        return ""
    return row.relation if field == RELATION else f"{row.household.number} {row.relation}"


def held_value(one: ImportDifference, sealer: Sealer | None = None) -> str:
    """What the record holds now, opened."""
    record: Person | Organisation | None = one.person or one.organisation
    if record is None:
        raise Refusal("no_record", "这条差异没有对应的档案。")
    if isinstance(record, Person) and one.field in (HOUSEHOLD, RELATION):
        return _held_household(record, one.field)
    if isinstance(record, Person) and "." in one.field:
        role, _, key = one.field.partition(".")
        table: Any = ROLE_TABLES[role]
        row = table.objects.filter(person=record, until=None).first()
        value = sealing.open_details(role, row, sealer).get(key) if row is not None else ""
        return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value or "")
    if one.sealed and isinstance(record, Person):
        return sealing.open_core(record, sealer).get(one.field, "")
    if isinstance(record, Organisation):
        held = {**record.details, **open_sealed(record)}
        value = held[one.field] if one.field in held else getattr(record, one.field, "")
        return ",".join(value) if isinstance(value, list) else str(value or "")
    value = getattr(record, one.field, "")
    return "" if value is None else str(value)
