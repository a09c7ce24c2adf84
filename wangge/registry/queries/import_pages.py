"""What the pages of imports show: batches in words, differences with masked numbers, a preview of a file."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from wangge.kernel.actor import Actor
from wangge.kernel.sealed import Sealer
from wangge.registry.models import ImportBatch, ImportChunk, ImportDifference
from wangge.registry.queries import imports, sealing
from wangge.registry.rules import identity, tables
from wangge.registry.rules.organisations import TABLES
from wangge.registry.rules.people import FIELDS, TITLES
from wangge.registry.terms import ROLES
from wangge.territory import queries as territory

STATES = dict(ImportBatch.State.choices)
DIFFERENCE_STATES = dict(ImportDifference.State.choices)
BOTH = ("name", "home_address")
# Outcomes of rows, in the order a reader asks for them. Those of `ROWS` add up to the rows of the file.
COUNTS = {
    "added": "新建",
    "filled": "补充空项",
    "same": "一致，已核实",
    "differing": "与档案不同",
    "repeated": "重复行",
    "refused": "未通过",
    "outside": "其中不在管辖范围",
    "differences": "待比对的项目",
    "households": "新立户",
    "members": "登记家庭成员",
    "households_differ": "户号或关系与登记不同",
    "checked": "登记普查结果",
    "roles": "登记身份",
    "roles_differ": "身份内容与登记不同",
    "cares": "登记关爱对象",
    "settled": "登记居住地",
}
ROWS = ("added", "filled", "same", "differing", "repeated", "refused")
_OWN = {"place_code": "网格", imports.HOUSEHOLD: "户号", imports.RELATION: "与户主关系"}


def areas(actor: Actor) -> list[tuple[str, str]]:
    """Where a file may be for: the actor's whole reach first, then streets and communities in it."""
    own = 0 if actor.is_system else actor.lo
    found = [(str(own), f"{territory.path_of(own) if own else '全部'}（本岗位全部）")]
    for street, options in territory.place_groups(actor):
        found += [
            (code, name if "（全部）" in name else f"{street} {name}") for code, name in options if code != str(own)
        ]
    return found


def place(batch: ImportBatch) -> str:
    return territory.path_of(batch.place_code) if batch.place_code else "全部"


def counted(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(label, counts[name]) for name, label in COUNTS.items() if counts.get(name)]


def summary(batch: ImportBatch) -> dict[str, Any]:
    """The line of a batch in the list."""
    counts = batch.counts or batch.foreseen
    return {"place": place(batch), "added": counts.get("added", 0), "refused": counts.get("refused", 0),
            "differing": counts.get("differing", 0)}  # fmt: skip


def export_rows(rows: list[ImportBatch]) -> list[tuple[Any, ...]]:
    """The list of batches, a line each."""
    found = []
    for one in rows:
        told = summary(one)
        found.append(
            (
                one.pk, one.name, one.get_kind_display(), one.source, told["place"], one.total, told["added"],
                told["differing"], told["refused"], one.get_state_display(), one.by, one.created_at,
            )
        )  # fmt: skip
    return found


def read_as(batch: ImportBatch) -> list[tuple[str, str]]:
    """(title of the column, what it was read as)."""
    known = {t.key: t.title for t in imports.targets(batch.kind, batch.role)}
    return [(title, known.get(batch.mapping.get(str(at), ""), "不导入")) for at, title in enumerate(batch.titles)]


def preview(batch: ImportBatch, shown: Callable[[str, str | None], str]) -> list[list[str]]:
    """The first rows of a draft, column by column, numbers masked; empty when the file is gone."""
    from wangge.registry.rules import import_sheets

    parts = batch.pieces.order_by("part")
    if not parts.exists():
        return []
    sheet = import_sheets.read(imports.file_of(batch), batch.name, imports.targets(batch.kind, batch.role))
    rows = sheet.sample(3)
    likely = imports.rules.guess(sheet.titles, imports.targets(batch.kind, batch.role), sheet.sample())
    keys = [batch.mapping.get(str(at)) or likely.get(at, "") for at in range(len(batch.titles))]
    return [[shown(_hide(keys[at], row[at]), row[at]) for row in rows] for at in range(len(batch.titles))]


def _hide(key: str, value: str | None) -> str:
    """A column that nobody has named may still hold numbers: what looks like one is masked as one."""
    text = (value or "").strip()
    if key == "place_code" and len(text) != 18:
        return key
    if identity.guess_type(text):
        return "id_number"
    return "phone" if text.isdigit() and len(text) == 11 else key


def has_file(batch: ImportBatch) -> bool:
    """Is the file still at hand, so that the batch can be written from the page?"""
    return bool(batch.pieces.exists())


def undo_until(batch: ImportBatch) -> datetime | None:
    return batch.finished_at + timedelta(days=30) if batch.finished_at and batch.state == "done" else None


def undone(batch: ImportBatch) -> dict[str, int]:
    told = {"removed": 0, "restored": 0, "kept": 0}
    if batch.state in ("undone", "undoing"):
        for one in ImportChunk.objects.filter(batch=batch, written=True).values_list("undone", flat=True):
            told = {name: n + one.get(name, 0) for name, n in told.items()}
    return told


# ---- differences ----------------------------------------------------------------------------------------------------


def _role_field(field: str) -> tables.Field:
    role, _, key = field.partition(".")
    return tables.table(ROLES[role][1]).field(key)


def title(field: str, kind: str = "") -> str:
    """What a field is called."""
    if field in _OWN:
        return _OWN[field]
    if "." in field:
        role, _, key = field.partition(".")
        return f"{ROLES[role][0]}：{_role_field(field).title}" if role in ROLES else key
    for code in [TABLES[kind]] if kind in TABLES else []:
        for one in tables.table(code).fields:
            if one.key == field:
                return one.title
    return TITLES.get(field, field)


def field_choices(actor: Actor, batch_id: int | None) -> list[tuple[str, str, int]]:
    """(field, title, how many wait)."""
    found = imports.open_fields(actor, batch_id)
    kind = ""
    if batch_id and (batch := ImportBatch.objects.filter(pk=batch_id).first()):
        kind = batch.role
    return [(field, title(field, kind), n) for field, n in found]


def compared(rows: list[ImportDifference]) -> list[tuple[ImportDifference, dict[str, str]]]:
    """Each difference with its record's name, the field's title, and both values in words, numbers masked."""
    sealer = Sealer(sealing.PEOPLE)
    return [(one, _in_words(one, sealer)) for one in rows]


def _in_words(one: ImportDifference, sealer: Sealer) -> dict[str, str]:
    record: Any = one.person or one.organisation
    kind = one.organisation.kind if one.organisation else ""
    held, given = imports.held_value(one, sealer), imports.given_value(one, sealer)
    before, after = _shown(one, held, kind), _shown(one, given, kind)
    if before == after:  # both masked, and alike at their ends
        after += "（与档案的中间几位不同）"
    return {
        "name": record.name,
        "title": title(one.field, kind),
        "held": before,
        "given": after,
        "place": territory.name_of(record.place_code),
    }


def _shown(one: ImportDifference, value: str, kind: str) -> str:
    if not value:
        return "（空）"
    if one.field in (imports.HOUSEHOLD, imports.RELATION):
        number, _, relation = value.rpartition(" ")
        said = tables.code_name("4761", relation)
        return f"{number}（{said}）" if number else said
    if "." in one.field:
        shown = _masked(one.field, value) if one.sealed else value
        return shown if one.sealed else tables.written(_role_field(one.field), _listed(value))
    if one.sealed:
        return sealing.masked(one.field, value) if not kind else _masked(one.field, value)
    if one.field == "place_code":
        return territory.path_of(int(value))
    if kind:
        return tables.written(tables.table(TABLES[kind]).field(one.field), value)
    codes = FIELDS[one.field].codes if one.field in FIELDS else ""
    return tables.code_name(codes, value) if codes else value


def _listed(value: str) -> Any:
    return json.loads(value) if value[:1] == "[" else value


def _masked(field: str, value: str) -> str:
    return identity.mask_phone(value) if field.endswith("phone") else identity.mask_id(value)


def beside(actor: Actor, one: ImportDifference) -> list[tuple[ImportDifference, dict[str, str]]]:
    """Every difference of the same record that waits (and this one, however it stands)."""
    found = imports.differences(actor, state="open").filter(person=one.person, organisation=one.organisation)
    rows = list(found.order_by("field", "pk"))
    return compared(rows if one.state == "open" else [one, *rows])
