"""Reads of fixtures and their census. Where a street lamp stands is nobody's secret; lists end at the actor's interval."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.territory import reference
from wangge.territory.models import Fixture, FixtureCensus, FixtureCheck
from wangge.territory.queries.places import within_reach
from wangge.territory.rules import land as codes

_METRE = 1e-5
STATES = dict(Fixture.State.choices)
RESULTS = dict(FixtureCheck.Result.choices)


def fixture_kinds() -> dict[str, tuple[str, str]]:
    """Four digits → (class, name)."""
    return reference.fixture_kinds()


def kind_name(kind: str) -> str:
    """ "路灯"; the plain code of a kind that the list does not hold."""
    return fixture_kinds().get(kind, ("", kind))[1]


def fixture(code: str) -> Fixture:
    """A fixture by its 16 digits; `NotHere` when there is none."""
    found = Fixture.objects.filter(pk=code).first()
    if found is None:
        raise NotHere("部件")
    return found


def fixtures_by_code(codes: Collection[str]) -> list[Fixture]:
    """Those of the codes that are registered, wherever."""
    return list(Fixture.objects.filter(pk__in=codes))


def fixture_at(kind: str, lng: float, lat: float) -> Fixture | None:
    """The fixture of this kind that stands at the point, within about a metre."""
    near = Fixture.objects.filter(
        kind=kind, lng__range=(lng - _METRE, lng + _METRE), lat__range=(lat - _METRE, lat + _METRE)
    )
    return near.exclude(state="removed").order_by("code").first()


def fixtures(
    actor: Actor,
    within: int | None = None,
    kind: str = "",
    state: str = "",
    office: str = "",
    q: str = "",
    unchecked_in: FixtureCensus | None = None,
) -> QuerySet[Fixture]:
    """Fixtures of the reach. `kind` two digits (a class) or four; `state` "" for all that stand, "all" for the removed too;
    `office` part of the owner's or keeper's name; `unchecked_in` those a census has not seen yet."""
    lo, hi = within_reach(actor, within)
    rows = Fixture.objects.filter(place_code__range=(lo, hi))
    if kind:
        rows = rows.filter(kind__startswith=kind)
    if state and state != "all":
        rows = rows.filter(state=state)
    elif not state:
        rows = rows.exclude(state="removed")
    if office.strip():
        rows = rows.filter(Q(owner__contains=office.strip()) | Q(keeper__contains=office.strip()))
    if text := q.strip():
        said = Q(name__contains=text) | Q(spot__contains=text)
        if text.isascii() and text.isdigit() and len(text) <= 16:
            said |= Q(code__gte=text.ljust(16, "0"), code__lte=text.ljust(16, "9"))
        rows = rows.filter(said)
    if unchecked_in is not None:
        rows = rows.filter(_asked(unchecked_in)).filter(~Exists(_checks(unchecked_in)))
    return rows


def checks_of(code: str) -> list[FixtureCheck]:
    """What was found at a fixture, newest first."""
    return list(FixtureCheck.objects.filter(fixture_id=code).select_related("census").order_by("-id")[:100])


# ---- census -----------------------------------------------------------------------------------------------------------


def census(actor: Actor, census_id: int) -> FixtureCensus:
    """A census that touches the actor's reach; `NotHere` otherwise."""
    found = FixtureCensus.objects.filter(pk=census_id).first()
    if found is None or not _touches(actor, found):
        raise NotHere("部件普查")
    return found


def censuses(actor: Actor) -> list[FixtureCensus]:
    """Censuses that touch the actor's reach, newest first."""
    return [c for c in FixtureCensus.objects.order_by("-id")[:200] if _touches(actor, c)]


def running(actor: Actor, place: int, kind: str, on: date) -> FixtureCensus | None:
    """The census under which a check of this kind at this place falls today."""
    for one in FixtureCensus.objects.filter(closed_on=None, starts_on__lte=on).order_by("-id"):
        lo, hi = codes.interval(one.place_code)
        if lo <= place <= hi and (not one.kinds or any(kind.startswith(k) for k in one.kinds)):
            return one
    return None


def _touches(actor: Actor, one: FixtureCensus) -> bool:
    lo, hi = codes.interval(one.place_code)
    return lo <= actor.hi and hi >= actor.lo


def _asked(one: FixtureCensus) -> Q:
    lo, hi = codes.interval(one.place_code)
    said = Q(place_code__range=(lo, hi)) & ~Q(state="removed")
    if one.kinds:
        any_of = Q()
        for kind in one.kinds:
            any_of |= Q(kind__startswith=kind)
        said &= any_of
    return said


def _checks(one: FixtureCensus) -> QuerySet[FixtureCheck]:
    return FixtureCheck.objects.filter(census=one, fixture_id=OuterRef("pk"))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a census is within the actor's reach: fixtures asked for, and by their last result."""

    asked: int
    found: int
    damaged: int
    missing: int

    @property
    def checked(self) -> int:
        return self.found + self.damaged + self.missing

    @property
    def unchecked(self) -> int:
        return self.asked - self.checked

    @property
    def percent(self) -> int:
        return round(100 * self.checked / self.asked) if self.asked else 0


def progress(actor: Actor, one: FixtureCensus) -> Progress:
    rows = fixtures(actor, state="all").filter(_asked(one))
    last = (
        FixtureCheck.objects.filter(census=one, fixture__in=rows)
        .order_by("fixture_id", "-id")
        .distinct("fixture_id")
        .values_list("result", flat=True)
    )
    counted = {"found": 0, "damaged": 0, "missing": 0}
    for result in last:
        counted[result] += 1
    return Progress(rows.count(), counted["found"], counted["damaged"], counted["missing"])
