"""What differs between spot checks of people, of dwellings and of organisations: who there is to draw from, what is held of one,
and who vouches for it."""

from collections.abc import Iterable
from datetime import date

from django.db import connection

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.registry.models import ROLE_TABLES, Organisation, SampleItem
from wangge.registry.queries import dwellings, sealing
from wangge.registry.rules import freshness, tables
from wangge.registry.terms import SEALED_CORE
from wangge.registry.terms_quality import LET, SAMPLE_FIELDS, SAMPLE_STATES, STATE_FIELD, STRATA
from wangge.territory import queries as territory

Key = tuple[int, str]
# The first of these roles that holds on the day is the person's kind; the order is that of STRATA.
_KINDS = " ".join(
    f"when exists (select from {ROLE_TABLES[k]._meta.db_table} r where r.person_id = p.id and r.since <= %(day)s"
    f" and (r.until is null or r.until > %(day)s)) then '{k}'"
    for k in STRATA
    if k in ROLE_TABLES
)
_PEOPLE = f"""
    select case {_KINDS} else 'other' end, p.id, p.place_code
    from registry_person p where p.state = 'active' and p.place_code between %(lo)s and %(hi)s"""  # noqa: S608 (names of our own tables)
STREET = 1_000_000


def population(
    actor: Actor, subject: str, lo: int, hi: int, kinds: Iterable[str], day: date
) -> dict[Key, dict[int, int]]:
    """{(street, kind): {number: cell}} of every person on the register, living dwelling or organisation in being within [lo, hi]
    on the day, as the session may see."""
    wanted = set(kinds)
    found: dict[Key, dict[int, int]] = {}
    for kind, number, place in _members(actor, subject, lo, hi, day):
        if not wanted or kind in wanted:
            found.setdefault((place // STREET * STREET, kind), {})[number] = place
    return found


def _members(actor: Actor, subject: str, lo: int, hi: int, day: date) -> Iterable[tuple[str, int, int]]:
    if subject == "dwelling":
        rows = territory.dwellings(actor).filter(place_code__range=(lo, hi)).order_by()
        for kind in dwellings.rules.STATES:
            for number, place in dwellings.with_state(rows, kind, day).values_list("pk", "place_code"):
                yield kind, number, place
    elif subject == "organisation":
        known = Organisation.objects.filter(place_code__range=(lo, hi), closed_on=None)
        yield from known.order_by().values_list("kind", "pk", "place_code")
    else:
        with connection.cursor() as cursor:
            cursor.execute(_PEOPLE, {"lo": lo, "hi": hi, "day": day})
            yield from cursor.fetchall()


def shown(actor: Actor, one: SampleItem, own: tables.Own | None = None) -> list[tuple[str, str, str]]:
    """(field, its name, what is held, in words and masked) of what is to be checked of what was drawn."""
    names, held = SAMPLE_FIELDS[one.plan.subject], _held(actor, one, own)
    return [(field, names[field], held.get(field, "")) for field in one.plan.fields]


def _held(actor: Actor, one: SampleItem, own: tables.Own | None) -> dict[str, str]:
    if one.dwelling is not None:
        d, today = one.dwelling, clock.today()
        home = dwellings.residences(d.pk, today)
        state = dwellings.states(actor, [d.pk], today)[d.pk]
        return {
            STATE_FIELD: "在用" if d.address.until is None else "已停用",
            "let": LET["1" if state == "rented" else "0"],
            "residents": "、".join(r.person.name for r in home) or "无人登记居住",
            "use": tables.code_name("5.17", d.use, own),
            "floor": "" if d.floor is None else str(d.floor),
            "area_m2": "" if d.area_m2 is None else str(d.area_m2),
        }
    if one.organisation is not None:
        o = one.organisation
        state = SAMPLE_STATES["organisation"]["closed"] if o.closed_on else "在营"
        return {STATE_FIELD: state, "name": o.name, "uscc": o.uscc or "", "address": o.address, "phone": o.phone}
    if one.person is None:
        return {}
    masked, known = sealing.masked_core(one.person), {f.key: f for f in tables.core()}
    held = {STATE_FIELD: one.person.get_state_display()} | {f: masked.get(f, "") for f in SEALED_CORE}
    for field in one.plan.fields:
        if field not in held:
            kept = getattr(one.person, field) or ""
            held[field] = tables.code_name(known[field].codes, kept, own) if known[field].codes else str(kept)
    return held


def verifiers(one: SampleItem) -> set[str]:
    """Who vouches for what is checked: they may not check it."""
    record = one.person or one.organisation
    if record is not None:
        return freshness.verifiers(record.proof, record.verified_by, one.plan.fields)
    return {one.dwelling.verified_by} - {""} if one.dwelling else set()


def step_of(one: SampleItem) -> int | None:
    """The step of the record that a checker looks at; a dwelling has none."""
    record = one.person or one.organisation
    return record.step if record else None
