"""People in the actor's scope, one by one and as lists. Row-level security says the same; the filters here say it to the planner."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from wangge.kernel import clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Blinder, Sealer
from wangge.registry import terms
from wangge.registry.models import ROLE_TABLES, SPECIAL_TABLES, Care, Person, Relation
from wangge.registry.queries import sealing
from wangge.registry.rules import identity, tables
from wangge.registry.rules import people as rules
from wangge.registry.rules.calls import relation_name
from wangge.territory import queries as territory

VIEW = "registry.view"
HIDDEN = -1
"""In `matching_documents`: the document is registered, outside what the actor may see."""


def may_see(actor: Actor, kind: str) -> bool:
    """May the actor see the rows of this kind of role or care group at all?"""
    if kind in terms.SPECIAL:
        return actor.may(f"sees.{kind}")
    return actor.may("registry.care") if kind in terms.CARE else actor.may(VIEW)


def in_scope(actor: Actor) -> QuerySet[Person]:
    """Every record of the actor's place, of whatever state."""
    rows = Person.objects.all()
    return rows if actor.is_system else rows.filter(place_code__gte=actor.lo, place_code__lte=actor.hi)


def person(actor: Actor, person_id: int) -> Person:
    """The record, or `NotHere` when there is none or none for this actor. Right `registry.view`."""
    actor.must(VIEW)
    found = in_scope(actor).filter(pk=person_id).first()
    if found is None:
        raise NotHere("人员档案")
    return found


def for_update(actor: Actor, *person_ids: int) -> list[Person]:
    """The records in the order asked for, locked in the order of their numbers; `NotHere` when one is not for this actor."""
    rows = in_scope(actor).select_for_update(of=("self",)).filter(pk__in=person_ids).order_by("pk")
    found = {row.pk: row for row in rows}
    if len(found) < len(set(person_ids)):
        raise NotHere("人员档案")
    return [found[pk] for pk in person_ids]


def people(
    actor: Actor,
    *,
    place: int | None = None,
    state: str = "active",
    role: str = "",
    care: str = "",
    sex: str = "",
    age: tuple[int | None, int | None] = (None, None),
    unverified_since: date | None = None,
    on: date | None = None,
) -> QuerySet[Person]:
    """The list of people; unordered. Every filter narrows within the actor's scope, `state` "" is all states.

    `role` is a key of ROLES or SPECIAL, `care` a key of CARE or "any"; both as they hold on the day `on` (default today). A
    special group that the actor may not see is refused exactly as a group that does not exist.
    """
    actor.must(VIEW)
    rows, day = in_scope(actor), on or clock.today()
    if place is not None:
        rows = rows.filter(place_code__range=territory.interval(place))
    if state:
        rows = rows.filter(state=_known(state, terms.STATES, "state", "状态"))
    if role:
        rows = rows.filter(Exists(holding(_table(actor, role), day)))
    if care:
        kinds = {} if care == "any" else {"kind": _known(care, terms.CARE, "care", "关爱类别")}
        if not actor.may("registry.care"):
            raise _unknown("care", care, "关爱类别")
        rows = rows.filter(Exists(holding(Care, day).filter(**kinds)))
    if sex:
        rows = rows.filter(sex=sex)
    first, last = rules.born_between(*age, day)
    if first is not None:
        rows = rows.filter(birth_on__gte=first)
    if last is not None:
        rows = rows.filter(birth_on__lte=last)
    if unverified_since is not None:
        rows = rows.filter(Q(verified_on=None) | Q(verified_on__lt=unverified_since))
    return rows


def holding(table: Any, day: date) -> QuerySet[Any]:
    """The rows of a dated table that hold on the day, for the person of an outer query."""
    return table.objects.filter(Q(until=None) | Q(until__gt=day), since__lte=day, person_id=OuterRef("pk"))


def _table(actor: Actor, kind: str) -> Any:
    table = {**ROLE_TABLES, **SPECIAL_TABLES}.get(kind)
    if table is None or not may_see(actor, kind):
        raise _unknown("role", kind, "人口类别")
    return table


def _known(value: str, among: Iterable[str], field: str, title: str) -> str:
    if value not in among:
        raise _unknown(field, value, title)
    return value


def _unknown(field: str, value: str, title: str) -> Refusal:
    return Refusal("unknown_kind", f"没有{title}“{value}”。请从列表中选择。", field=field, value=value)


def matching_documents(
    actor: Actor, numbers: Iterable[str | tuple[str, str]], *, size: int = 10_000
) -> dict[str | tuple[str, str], int]:
    """Which of the documents are registered: {as given: person number, or HIDDEN for one outside the actor's sight}.

    A bare text is taken as a citizen's number, else give (type, number). Where it lies is never said.
    """
    actor.must(VIEW)
    blinder, asked = Blinder(sealing.INDEX), list(dict.fromkeys(numbers))
    wanted: dict[bytes, list[str | tuple[str, str]]] = {}
    for one in asked:
        id_type, number = ("111", one) if isinstance(one, str) else one
        for index in sealing.document_indexes(id_type, number, blinder):
            wanted.setdefault(index, []).append(one)
    found: dict[str | tuple[str, str], int] = {}
    indexes = list(wanted)
    # The whole territory is looked at, because one document is one person everywhere; what is outside stays hidden.
    with scope.system():
        for start in range(0, len(indexes), size):
            rows = Person.objects.filter(id_index__in=indexes[start : start + size])
            for pk, place, stored in rows.values_list("pk", "place_code", "id_index"):
                for one in wanted[bytes(stored or b"")]:
                    found[one] = pk if actor.is_system or actor.covers(place) else HIDDEN
    return found


def maybe_same(actor: Actor, name: str, birth_on: date | None, besides: int | None = None) -> QuerySet[Person]:
    """Records in scope that may be the same person: the same name, and no birth date that contradicts."""
    rows = in_scope(actor).filter(name=name, state="active").exclude(pk=besides or 0)
    if birth_on is not None:
        rows = rows.filter(Q(birth_on=birth_on) | Q(birth_on=None))
    return rows.order_by("pk")


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who is called in need. `person_id` is None for one without a record in the actor's sight; phone masked."""

    relation_id: int
    calls: int
    name: str
    relation: str
    phone: str
    person_id: int | None


def chain_rows(person_id: int, on: date | None = None) -> QuerySet[Relation]:
    """The family chain of the person as rows, in order, as it holds on the day (default today)."""
    day = on or clock.today()
    return (
        Relation.objects.select_related("other")
        .filter(Q(until=None) | Q(until__gt=day), person_id=person_id, since__lte=day, calls__isnull=False)
        .filter(Q(other=None) | Q(other__state="active"))
        .order_by("calls", "pk")
    )


def chain(actor: Actor, person_id: int, on: date | None = None) -> list[Contact]:
    """Who is called in need, in order, for whoever sees the person; relatives outside the actor's reach are named too."""
    one = in_scope(actor).filter(pk=person_id).first()
    if one is None or not (actor.may(VIEW) or actor.may("devices.answer")):
        raise NotHere("人员档案")
    with scope.system():
        rows = list(chain_rows(one.pk, on))
        found = []
        for row in rows:
            phone = sealing.open_core(row.other).get("phone", "") if row.other else sealing.open_contact(row)
            near = row.other is not None and (actor.is_system or actor.covers(row.other.place_code))
            name = row.other.name if row.other else row.name
            found.append(
                Contact(
                    row.pk,
                    row.calls or 0,
                    name,
                    relation_name(row.kind),
                    identity.mask_phone(phone),
                    row.other_id if near else None,
                )
            )
    return found


def current_values(one: Person) -> dict[str, Any]:
    """Every core field as it stands, the sealed ones opened: for services that compare, never for a page."""
    opened = sealing.open_core(one)
    return {"id_type": one.id_type} | {
        key: opened.get(key, "") if key in terms.SEALED_CORE else getattr(one, key) for key in terms.CORE
    }


def document_owner(id_type: str, number: str) -> Person | None:
    """Whose document this is, anywhere in the territory: for services that must keep one document one person."""
    with scope.system():
        return Person.objects.filter(id_index__in=sealing.document_indexes(id_type, number)).first()


def phone_holders(actor: Actor, phone: str) -> QuerySet[Person]:
    """Everybody in scope who is reached under the telephone."""
    typed, _ = identity.check_phone(phone)
    return in_scope(actor).filter(phone_index__in=sealing.phone_indexes(typed))


def as_rows(people: Iterable[Person]) -> Iterator[dict[str, Any]]:
    """`as_row` of many, with the keys read once."""
    sealer, named = Sealer(sealing.PEOPLE), cache(_names)
    return (as_row(one, sealer, named) for one in people)


def _names(place: int) -> tuple[str, str]:
    return territory.path_of(place), territory.name_of(place)


def as_row(
    one: Person, sealer: Sealer | None = None, named: Callable[[int], tuple[str, str]] = _names
) -> dict[str, Any]:
    """What a list, an export or a program shows of a person: codes as words, numbers masked."""
    shown, (path, name) = sealing.masked_core(one, sealer), named(one.place_code)
    return {
        "id": one.pk,
        "name": one.name,
        "sex": tables.code_name("2261.1", one.sex),
        "birth_on": one.birth_on,
        "age": rules.age(one.birth_on, clock.today()),
        "ethnic": tables.code_name("3304", one.ethnic),
        "id_type": terms.DOCUMENTS.get(one.id_type, ""),
        "id_number": shown.get("id_number", ""),
        "phone": shown.get("phone", ""),
        "place_code": one.place_code,
        "place": path,
        "place_name": name,
        "address": one.home_address,
        "employer": one.employer,
        "state": one.state,
        "state_name": terms.STATES[one.state],
        "verified_on": one.verified_on,
        "verified_by": one.verified_by,
        "source": one.source,
    }
