"""Reads of organisations. Row-level security cuts them to the reader's places; named people's numbers come out masked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.kernel.sealed import Sealer
from wangge.kernel.tables import Column
from wangge.registry.models import Organisation, OrganisationChange, Visit
from wangge.registry.queries import dictionary
from wangge.registry.queries.sealing import PEOPLE
from wangge.registry.rules import identity, tables
from wangge.registry.rules import organisations as rules
from wangge.registry.rules.tables import Field, Own
from wangge.territory import queries as territory

RIGHT = "registry.view"
KINDS: dict[str, str] = {value: str(label) for value, label in Organisation.Kind.choices}
SORTS = {"name": ("name", "id"), "place": ("place_code", "id"), "verified": ("verified_on", "id"), "id": ("id",)}


@dataclass(frozen=True, slots=True)
class Line:
    """One field on the page: `value` in words (masked when sealed); `missing` when the standard demands what is not held."""

    field: Field
    value: str
    missing: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """An organisation on one page."""

    one: Organisation
    groups: list[tuple[str, list[Line]]]
    missing: list[Field]
    place: str
    changes: list[tuple[OrganisationChange, str, str, str]]
    has_sealed: bool


def open_sealed(one: Organisation, sealer: Sealer | None = None) -> dict[str, str]:
    """The named people's documents and telephones. What leaves this unmasked was asked for with a reason."""
    if not one.sealed:
        return {}
    text = (sealer or Sealer(PEOPLE)).unseal(one.sealed, f"organisation:{one.pk}")
    return msgspec.json.decode(text, type=dict[str, str])


def masked(sealed: Mapping[str, str]) -> dict[str, str]:
    return {
        key: identity.mask_phone(value) if key.endswith("phone") else identity.mask_id(value)
        for key, value in sealed.items()
    }


def organisation(actor: Actor, organisation_id: int) -> Organisation:
    """One organisation; `NotHere` outside the actor's reach."""
    actor.must(RIGHT)
    found = Organisation.objects.filter(pk=organisation_id).first()
    if found is None:
        raise NotHere("组织")
    return found


def organisations(
    actor: Actor,
    *,
    place: int | None = None,
    kind: str = "",
    q: str = "",
    state: str = "open",
    attention: str = "",
    hazard: str = "",
    incomplete: bool = False,
    unvisited_since: date | None = None,
) -> QuerySet[Organisation]:
    """Organisations in reach. `q`: name, initials, credit code or address; `state`: open, closed or "" for both;
    `hazard`: a code of table 5.45, or `any`; `incomplete`: a mandatory field of the standard is empty (with a `kind`)."""
    actor.must(RIGHT)
    found = Organisation.objects.all()
    if place is not None:
        lo, hi = territory.interval(place)
        found = found.filter(place_code__gte=lo, place_code__lte=hi)
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(closed_on__isnull=state == "open")
    if words := q.strip():
        found = found.filter(_named(words))
    if attention:
        found = found.filter(details__attention=attention)
    if hazard == "any":
        found = found.filter(details__has_key="safety_hazard").exclude(details__safety_hazard="00")
    elif hazard:
        found = found.filter(details__safety_hazard=hazard)
    if incomplete and kind:
        found = found.exclude(Q(details__has_keys=rules.required_details(kind)) & ~_bare(kind))
    if unvisited_since is not None:
        recent = Visit.objects.filter(organisation__isnull=False, met=True, seen_at__date__gte=unvisited_since)
        found = found.exclude(pk__in=recent.values("organisation_id"))
    return found


def _named(words: str) -> Q:
    small = words.lower()
    found = Q(name__contains=words) | Q(address__contains=words)
    if words.isascii():
        found |= Q(uscc__startswith=words.upper())
        if words.isalnum():
            found |= Q(pinyin__contains=small)
    return found


def _bare(kind: str) -> Q:
    """A mandatory column of the row itself, or everything sealed, is empty."""
    empty = Q(name="")
    for f in rules.table_of(kind).fields:
        if f.origin == "row" and f.required:
            empty |= Q(uscc=None) if f.key == "uscc" else Q(**{f.key: ""}) if f.kind == "C" else Q(**{f.key: None})
    if any(f.sealed and f.required for f in rules.table_of(kind).fields):
        empty |= Q(sealed=None)
    return empty


def with_last_visit(found: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Each with `visited_at`, the last time somebody was met there."""
    last = Visit.objects.filter(organisation=OuterRef("pk"), met=True).order_by("-id").values("seen_at")[:1]
    return found.annotate(visited_at=Subquery(last))


def paper(actor: Actor, one: Organisation) -> Paper:
    """Everything of one organisation, in the words of the actor's district, the numbers of people masked."""
    own = dictionary.own_labels(actor, place=one.place_code)
    sealed = masked(open_sealed(one))
    held: dict[str, Any] = {**{k: getattr(one, k) for k in rules.ROW}, **one.details, **sealed}
    lacking = rules.missing(one.kind, held, {}, {})
    groups: dict[str, list[Line]] = {name: [] for name in rules.GROUPS}
    for f in rules.table_of(one.kind).fields:
        if f.key in ("name", "lng", "lat"):
            continue
        value = held.get(f.key)
        said = str(value or "") if f.sealed else tables.written(f, value, own)
        groups[rules.group_of(f)].append(Line(f, said, f in lacking))
    titles = {f.key: f.title for f in rules.table_of(one.kind).fields} | OWN_TITLES
    listed = [
        (
            c,
            titles.get(c.field, c.field),
            _worded(one.kind, c.field, c.before, own),
            _worded(one.kind, c.field, c.after, own),
        )
        for c in one.changes.order_by("-id")[:100]
    ]
    place = territory.path_of(one.place_code)
    return Paper(one, [(n, rows) for n, rows in groups.items() if rows], lacking, place, listed, bool(sealed))


OWN_TITLES = {
    "place_code": "所在网格", "opened_on": "成立日期", "closed_on": "注销日期", "verified_on": "核实日期",
    "standard_address": "标准地址", "registered": "登记",
}  # fmt: skip


def _worded(kind: str, key: str, text: str, own: Own) -> str:
    """A value of the history as a person reads it; several codes are kept with commas between."""
    known = {f.key: f for f in rules.table_of(kind).fields}
    f = known.get(key)
    if not text or f is None or not f.codes:
        return territory.name_of(int(text)) if key == "place_code" and text.isdigit() else text
    return tables.written(f, text.split(",") if f.kind == "multi" else text, own)


def columns(kind: str) -> list[Column]:
    """The columns of the list's export: of one kind every field of its table, of all kinds what they share."""
    head = [Column("id", "编号", kind="code"), Column("kind", "类别"), Column("place", "所在地"), Column("place_code", "网格编码", kind="code")]  # fmt: skip
    if kind:
        body = [Column(f.key, f.title, kind=_column_kind(f)) for f in rules.table_of(kind).fields]
    else:
        body = [
            Column("uscc", "统一社会信用代码", kind="code"), Column("name", "名称"), Column("address", "地址"),
            Column("phone", "联系电话"), Column("employees", "员工数", kind="int"), Column("attention", "关注程度"),
        ]  # fmt: skip
    tail = [Column("closed_on", "注销日期", kind="date"), Column("verified_on", "核实日期", kind="date"), Column("verified_by", "核实人")]  # fmt: skip
    return head + body + tail


def _column_kind(f: Field) -> Any:
    return "code" if f.key in ("uscc", "registration_number") else "int" if f.kind == "N" and not f.codes and not f.decimals else "text"  # fmt: skip


def as_rows(actor: Actor, found: QuerySet[Organisation], kind: str = "") -> Any:
    """The rows of the export: labels instead of codes, people's numbers masked."""
    own, sealer = dictionary.own_labels(actor), Sealer(PEOPLE)
    wanted = {f.key: f for f in rules.table_of(kind).fields} if kind else {}
    for one in found.iterator(chunk_size=1000):
        held = {**{k: getattr(one, k) for k in rules.ROW}, **one.details}
        row = {k: tables.written(f, held.get(k), own) if f.codes else held.get(k) for k, f in wanted.items()}
        if kind:
            row |= masked(open_sealed(one, sealer))
        else:
            row = held | {"attention": tables.code_name("5.46", held.get("attention"), own)}
        yield row | {
            "id": str(one.pk), "kind": one.get_kind_display(), "place": territory.path_of(one.place_code), "name": one.name,
            "place_code": str(one.place_code), "closed_on": one.closed_on, "verified_on": one.verified_on,
            "verified_by": one.verified_by,
        }  # fmt: skip


def counts(actor: Actor, found: QuerySet[Organisation]) -> dict[str, int]:
    """{kind: how many}."""
    return dict(found.order_by().values_list("kind").annotate(n=Count("pk")))
