"""Finding people under the searcher's scope: by name, initials, document, telephone, or where they live.

A document or a telephone is looked up by its blind index. Substring comparison is not leakproof: under row-level security
PostgreSQL may run it only on rows that the policy has let through, so no index over names can serve it. The index
`person_by_place_and_name` holds the names of the scope side by side, and is read alone, without the table.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from wangge.kernel.actor import EVERYWHERE, Actor
from wangge.kernel.sealed import Blinder
from wangge.registry import terms
from wangge.registry.models import Person, Residence
from wangge.registry.queries import persons, sealing
from wangge.registry.rules.search import meaning
from wangge.registry.rules.search import tells_a_number as tells_a_number
from wangge.territory import queries as territory

SHOWN = ("active", "departed", "deceased")
KIND_NAMES = {"name": "姓名", "pinyin": "拼音首字母", "document": "证件号码", "phone": "联系电话", "address": "地址"}


@dataclass(frozen=True, slots=True)
class Found:
    """`kind` is what the text was taken for ("" when it means nothing); `people` best first; `more`: there are others."""

    kind: str
    people: list[Person]
    more: bool

    @property
    def kind_name(self) -> str:
        return KIND_NAMES.get(self.kind, "")


def find(actor: Actor, text: str, *, limit: int = 50, place: int | None = None) -> Found:
    """The people that the text means, at most `limit`, active ones first; right `registry.view`. `place` narrows."""
    actor.must(persons.VIEW)
    asked = meaning(text)
    lo, hi = _interval(actor, place)
    for kind in asked.kinds:
        ids = _IDS[kind](actor, asked.text, lo, hi, limit + 1)
        if ids:
            return Found(kind, _rows(actor, ids[:limit]), len(ids) > limit)
    return Found(asked.kinds[0] if asked.kinds else "", [], False)


def _interval(actor: Actor, place: int | None) -> tuple[int, int]:
    lo, hi = EVERYWHERE if actor.is_system else (actor.lo, actor.hi)
    if place is not None:
        low, high = territory.interval(place)
        lo, hi = max(lo, low), min(hi, high)
    return lo, hi


def _rows(actor: Actor, ids: list[int]) -> list[Person]:
    found = {one.pk: one for one in persons.in_scope(actor).filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]


def _by_name(actor: Actor, text: str, lo: int, hi: int, limit: int) -> list[int]:
    """Whole names first, then beginnings, then parts; each step only while there is room."""
    rows = Person.objects.filter(place_code__gte=lo, place_code__lte=hi, state__in=SHOWN)
    ids = list(rows.filter(name=text).order_by("place_code", "id").values_list("pk", flat=True)[:limit])
    if len(ids) < limit:
        ids += _scan("name", text, lo, hi, limit - len(ids))
    return ids


_SCAN = {
    # Beginnings and parts in one pass over the scope's index entries; beginnings first.
    "name": "select id from (select id, name, place_code from registry_person where place_code >= %s and place_code <= %s"
    " and state in ('active', 'departed', 'deceased') and name <> %s and name like %s) p"
    " order by name not like %s, place_code, name, id limit %s",
    "pinyin": "select id from (select id, pinyin, name, place_code from registry_person where place_code >= %s"
    " and place_code <= %s and state in ('active', 'departed', 'deceased') and pinyin <> %s and pinyin like %s) p"
    " order by length(pinyin), place_code, name, id limit %s",
}


def _scan(column: str, text: str, lo: int, hi: int, limit: int) -> list[int]:
    sound = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values: list[Any] = [lo, hi, text]
    values += [f"%{sound}%", f"{sound}%"] if column == "name" else [f"{sound}%"]
    with connection.cursor() as cursor:
        cursor.execute(_SCAN[column], [*values, limit])
        return [pk for (pk,) in cursor.fetchall()]


def _by_pinyin(actor: Actor, text: str, lo: int, hi: int, limit: int) -> list[int]:
    rows = Person.objects.filter(place_code__gte=lo, place_code__lte=hi, state__in=SHOWN, pinyin=text)
    ids = list(rows.order_by("place_code", "id").values_list("pk", flat=True)[:limit])
    if len(ids) < limit:
        ids += _scan("pinyin", text, lo, hi, limit - len(ids))
    return ids


def _by_document(actor: Actor, text: str, lo: int, hi: int, limit: int) -> list[int]:
    blinder = Blinder(sealing.INDEX)
    # A number says nothing of its kind: every kind of document is asked for at once.
    kinds = [k for k in terms.DOCUMENTS if k not in terms.RIC_DOCUMENTS]
    wanted = [index for kind in ("111", *kinds) for index in sealing.document_indexes(kind, text, blinder)]
    rows = Person.objects.filter(place_code__gte=lo, place_code__lte=hi, id_index__in=wanted)
    return list(rows.values_list("pk", flat=True)[:limit])


def _by_phone(actor: Actor, text: str, lo: int, hi: int, limit: int) -> list[int]:
    rows = persons.phone_holders(actor, text).filter(place_code__gte=lo, place_code__lte=hi, state__in=SHOWN)
    return list(rows.order_by("place_code", "id").values_list("pk", flat=True)[:limit])


def _by_address(actor: Actor, text: str, lo: int, hi: int, limit: int) -> list[int]:
    """Who lives where the text means, now; the main residents of a dwelling before others who use it."""
    dwellings: list[int] = []
    for area in areas(lo, hi):
        dwellings += territory.dwelling_ids_for(text, area, limit=max(limit, 200))
    if not dwellings:
        return []
    rows = Residence.objects.filter(Q(until=None), dwelling__in=dwellings, place_code__gte=lo, place_code__lte=hi)
    order = {pk: at for at, pk in enumerate(dwellings)}
    found = sorted(rows.values_list("dwelling_id", "is_main", "person_id"), key=lambda r: (order[r[0]], not r[1], r[2]))
    return list(dict.fromkeys(person for _, _, person in found))[:limit]


def areas(lo: int, hi: int) -> list[int]:
    """The place whose interval this is; for whoever sees more than one district, each of them."""
    if lo > hi:
        return []
    if hi - lo < 10**9:
        return [lo]
    return [one.pk for one in territory.districts() if lo <= one.pk <= hi]


_IDS = {
    "name": _by_name,
    "pinyin": _by_pinyin,
    "document": _by_document,
    "phone": _by_phone,
    "address": _by_address,
}
