"""People as record linkage compares them, and the rules of numbers that whoever takes in other systems' rows needs.

Documents and telephones leave as blind indexes only.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from wangge.kernel.actor import Actor
from wangge.registry.models import Person
from wangge.registry.queries.sealing import document_indexes as document_indexes
from wangge.registry.queries.sealing import masked_core
from wangge.registry.rules.identity import Checked as Checked
from wangge.registry.rules.identity import check_document as check_document
from wangge.registry.rules.identity import check_phone as check_phone
from wangge.registry.rules.identity import document_key as document_key
from wangge.registry.rules.identity import guess_type as guess_type
from wangge.registry.rules.identity import mask_id as mask_id
from wangge.registry.rules.identity import mask_phone as mask_phone
from wangge.registry.rules.tables import code_tables, codes, find_code

SELECT = """
    select id, name, birth_on, sex, id_index, phone_index, coalesce(nullif(home_address, ''), hukou_address)
    from registry_person where state in ('active', 'departed', 'deceased') and place_code between %s and %s order by id"""


class Linkable(NamedTuple):
    person_id: int
    name: str
    birth_on: date | None
    sex: str
    id_index: bytes | None
    phone_index: bytes | None
    address: str


def linkable(actor: Actor, lo: int, hi: int) -> Iterator[Linkable]:
    """The people of the interval whom the actor's scope covers, by id. Right `exchange.link`."""
    actor.must("exchange.link")
    with connection.cursor() as cursor:
        cursor.execute(SELECT, [lo, hi])
        while rows := cursor.fetchmany(20_000):
            for row in rows:
                yield Linkable(*row)


def kept_ids(person_ids: Collection[int]) -> dict[int, int]:
    """Each person → the record that stands for them: itself, or the one that it was merged into, however often."""
    stands = {i: i for i in person_ids}
    merged = Person.objects.filter(merged_into__isnull=False)
    while onward := {p.pk: p.merged_into_id or p.pk for p in merged.filter(pk__in=set(stands.values()))}:
        stands = {i: onward.get(to, to) for i, to in stands.items()}
    return stands


def all_ids(person_id: int) -> list[int]:
    """A person and all records that were merged into theirs."""
    found, last = {person_id}, {person_id}
    while last:
        last = set(Person.objects.filter(merged_into__in=last).values_list("pk", flat=True)) - found
        found |= last
    return sorted(found)


def beside(actor: Actor, person_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What a reviewer holds against a row, by the person linked, numbers masked: of a merged record the one it was merged into
    (`id`). People outside the actor's scope are left out."""
    actor.must("exchange.link")
    stands = kept_ids(person_ids)
    people = {p.pk: _told(p) for p in Person.objects.filter(pk__in=set(stands.values()))}
    return {i: people[to] for i, to in stands.items() if to in people}


def _told(p: Person) -> dict[str, Any]:
    return {
        "id": p.pk,
        "name": p.name,
        "sex": p.sex,
        "birth_on": p.birth_on,
        "address": p.home_address or p.hukou_address,
        "state": p.get_state_display(),
        "state_on": p.state_on,
        **{"id_number": "", "phone": ""},
        **masked_core(p),
        "id_index": bytes(p.id_index) if p.id_index else None,
        "phone_index": bytes(p.phone_index) if p.phone_index else None,
    }


def code_table_names() -> dict[str, str]:
    """Code tables of the standards by name: what a source's field may be mapped to."""
    return {t.name: t.title for t in code_tables()}


def code_of(table: str, text: str) -> str | None:
    """The code of a table for a code or a label as somebody wrote it; None when it says nothing in that table."""
    return find_code(table, text)


def codes_of(table: str) -> Mapping[str, str]:
    return codes(table)
