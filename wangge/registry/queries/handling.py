"""Lists about whole records: moves between cells, records that may be one person, who looked at full numbers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from wangge.kernel import clock
from wangge.kernel.actor import EVERYWHERE, Actor
from wangge.kernel.errors import NotHere
from wangge.registry import terms
from wangge.registry.models import Person, PersonMove, Reveal, SamePerson
from wangge.registry.queries import persons
from wangge.registry.queries.search import areas
from wangge.registry.rules import moves as rules
from wangge.territory import queries as territory

PRIVACY = "privacy.handle"


@dataclass(frozen=True, slots=True)
class MoveView:
    """A move as one side sees it. The asking side of an "in" move is not told where the record lies until it has it."""

    move: PersonMove
    from_name: str
    to_name: str
    is_mine_to_answer: bool
    is_mine_to_withdraw: bool
    is_late: bool


def moves(actor: Actor, state: str = "asked") -> QuerySet[PersonMove]:
    """Moves that concern the actor's place, either side; unordered. `state` "" is all."""
    actor.must(persons.VIEW)
    rows = PersonMove.objects.all()
    if not actor.is_system:
        here = (actor.lo, actor.hi)
        rows = rows.filter(Q(from_place__range=here) | Q(to_place__range=here))
    return rows.filter(state=state) if state in terms.MOVE_STATES else rows


def move(actor: Actor, move_id: int) -> PersonMove:
    found = moves(actor, "").filter(pk=move_id).first()
    if found is None:
        raise NotHere("人员调动")
    return found


def move_view(actor: Actor, one: PersonMove) -> MoveView:
    asks, answers = rules.sides(one.direction, one.from_place, one.to_place)
    may = one.state == "asked" and actor.may("registry.edit")
    hidden = one.direction == "in" and one.state != "accepted" and not actor.covers(one.from_place)
    return MoveView(
        one,
        "现管辖网格" if hidden else territory.path_of(one.from_place),
        territory.path_of(one.to_place),
        may and actor.covers(answers),
        may and actor.covers(asks),
        one.state == "asked" and one.due_on < clock.today(),
    )


def moves_waiting(actor: Actor) -> int:
    """How many moves wait for the actor's own answer."""
    here = (actor.lo, actor.hi)
    rows = PersonMove.objects.filter(state="asked")
    mine = Q(direction="out", to_place__range=here) | Q(direction="in", from_place__range=here)
    return rows.filter(mine).count() if actor.may("registry.edit") else 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one person, the older one first, and why."""

    one: Person
    other: Person
    why: str


# One of a pair has no document: it is found first, because few are without; its namesakes come by the index over names.
_PAIRS = """
    select least(a.id, b.id), greatest(a.id, b.id) from registry_person a join registry_person b on b.name = a.name
        and b.id <> a.id and (b.id_index is not null or b.id > a.id)
        and b.place_code >= %(lo)s and b.place_code <= %(hi)s and b.state = 'active'
        and (a.birth_on = b.birth_on or a.birth_on is null or b.birth_on is null)
        and (a.sex = b.sex or a.sex = '' or b.sex = '')
    where a.place_code >= %(lo)s and a.place_code <= %(hi)s and a.state = 'active' and a.id_index is null
        and not exists (select from registry_sameperson s where s.undone_at is null
            and (s.kept_id = a.id and s.dropped_id = b.id or s.kept_id = b.id and s.dropped_id = a.id))
    order by a.birth_on is null or b.birth_on is null, a.name, 1, 2 limit %(most)s"""


def possible_same(actor: Actor, place: int | None = None, most: int = 200) -> list[Pair]:
    """Pairs of records in scope that may be one person: the same name, nothing that contradicts, and one of them without a
    document. Pairs that somebody has judged are left out. Right `registry.view`."""
    actor.must(persons.VIEW)
    lo, hi = EVERYWHERE if actor.is_system else (actor.lo, actor.hi)
    if place is not None:
        low, high = territory.interval(place)
        lo, hi = max(lo, low), min(hi, high)
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"lo": lo, "hi": hi, "most": most})
        found = cursor.fetchall()
    people = persons.in_scope(actor).in_bulk({pk for pair in found for pk in pair})
    return [Pair(people[a], people[b], _why(people[a], people[b])) for a, b in found if a in people and b in people]


def _why(one: Person, other: Person) -> str:
    if one.birth_on and one.birth_on == other.birth_on:
        return "姓名、出生日期相同"
    return "姓名相同，一份未登记出生日期"


def judgement(actor: Actor, decision_id: int) -> SamePerson:
    found = judgements(actor).filter(pk=decision_id).first()
    if found is None:
        raise NotHere("重复判断")
    return found


def judgements(actor: Actor) -> QuerySet[SamePerson]:
    """Every judgement in scope, undone ones too; unordered."""
    actor.must(persons.VIEW)
    rows = SamePerson.objects.select_related("kept", "dropped")
    return rows if actor.is_system else rows.filter(place_code__range=(actor.lo, actor.hi))


def reveals(actor: Actor, since: date, until: date, by: int | None = None) -> QuerySet[Reveal]:
    """Who had full numbers shown from `since` to `until` (both included); right `privacy.handle`."""
    actor.must(PRIVACY)
    rows = Reveal.objects.select_related("person").filter(
        at__gte=_start(since), at__lt=_start(until + timedelta(days=1))
    )
    return rows.filter(by_id=by) if by is not None else rows


def reveal_counts(actor: Actor, since: date, until: date) -> list[dict[str, Any]]:
    """By person who looked: {by_id, by, post, times, people, last}, most first; right `privacy.handle`."""
    rows = reveals(actor, since, until).order_by().values("by_id", "by", "post")
    counted = rows.annotate(times=Count("id"), people=Count("person", distinct=True), last=Max("at"))
    return [dict(row) for row in counted.order_by("-times", "by_id")]


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.ZONE)


def dwelling_choices(actor: Actor, text: str, most: int = 12) -> list[tuple[int, str]]:
    """Dwellings of the actor's reach that a spoken address may mean: (number, address), best first."""
    if not text.strip():
        return []
    ids = [pk for area in _reach(actor) for pk in territory.dwelling_ids_for(text, area, most)]
    found = {d.pk: d for d in territory.dwellings(actor).filter(pk__in=ids)}
    return [(pk, str(found[pk].address)) for pk in ids if pk in found][:most]


def _reach(actor: Actor) -> list[int]:
    return areas(*(EVERYWHERE if actor.is_system else (actor.lo, actor.hi)))
