"""Reads of campaigns: what the grids are asked to do, why, and of whom which fields are still missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry import terms
from wangge.registry.models import Campaign, CampaignAnswer, Person
from wangge.registry.queries import freshness
from wangge.registry.queries import persons as people
from wangge.registry.rules import freshness as freshness_rules
from wangge.territory import queries as territory

MANAGE, ASK = "registry.lists", "exchange.request"
_BLIND = {"id_number": "id_index", "phone": "phone_index"}


def campaigns(actor: Actor, *, state: str = "", q: str = "", place: int | None = None) -> QuerySet[Campaign]:
    """Campaigns that touch the actor's place, and those of the actor's own department. Unordered."""
    mine = Q(place_code__lte=actor.hi, place_to__gte=actor.lo)
    if actor.department_id:
        mine |= Q(department_id=actor.department_id)
    rows = Campaign.objects.filter(mine).select_related("item__duty_list")
    if not (actor.may(MANAGE) or actor.may(ASK)):
        rows = rows.filter(state__in=["open", "ended"])
    if state:
        rows = rows.filter(state=state)
    if place is not None:
        lo, hi = territory.interval(place)
        rows = rows.filter(place_code__lte=hi, place_to__gte=lo)
    return rows.filter(title__contains=q) if q else rows


def campaign(actor: Actor, campaign_id: int) -> Campaign:
    found = campaigns(actor).filter(pk=campaign_id).first()
    if found is None:
        raise NotHere("专项任务")
    return found


def campaign_for_update(actor: Actor, campaign_id: int) -> Campaign:
    found = campaigns(actor).select_for_update(of=("self",)).filter(pk=campaign_id).first()
    if found is None:
        raise NotHere("专项任务")
    return found


def campaigns_for(actor: Actor, place: int | None = None, on: date | None = None) -> list[Campaign]:
    """Campaigns that are open on the day (default today) in the place (default: anywhere in the actor's), the first to end first."""
    day = on or clock.today()
    rows = campaigns(actor, state="open", place=place).filter(from_on__lte=day, until__gte=day)
    return list(rows.order_by("until", "pk"))


def why_asked(one: Campaign) -> str:
    """Why the grids may ask this, in one sentence for the phone and the doorstep."""
    item = one.item
    basis = f"，依据{item.basis}" if item.basis else ""
    return f"{one.department}部署，《{item.duty_list.name}》第 {item.duty_list.version} 版第 {item.code} 项“{item.title}”{basis}。"


def targets(actor: Actor, one: Campaign, place: int | None = None) -> QuerySet[Person]:
    """The people the campaign is about, in the actor's place."""
    rows = people.people(
        actor,
        place=place,
        role=one.people if one.people in terms.ROLES else "",
        care=one.people if one.people in terms.CARE else "",
    )
    return rows.filter(place_code__range=(one.place_code, one.place_to))


def open_targets(actor: Actor, one: Campaign, place: int | None = None) -> QuerySet[Person]:
    """Those of whom something is still to be asked: a field that is empty or past its limit, or the campaign's own questions."""
    wanted = Q(pk__in=[])
    for field in one.fields:
        wanted |= _unknown(field, one)
    if one.questions:
        wanted |= ~Q(Exists(CampaignAnswer.objects.filter(campaign=one, person=OuterRef("pk"))))
    return targets(actor, one, place).filter(wanted)


def _unknown(field: str, one: Campaign) -> Q:
    """The field is empty or past its limit. A sealed field counts as held when its blind index (or its proof) is there."""
    if field in _BLIND:
        empty = Q(**{f"{_BLIND[field]}__isnull": True})
    elif field in terms.SEALED_CORE:
        empty = ~Q(proof__has_key=field)
    else:
        empty = Q(**{f"{field}__isnull": True}) if field == "birth_on" else Q(**{field: ""})
    limit = freshness_rules.days_for_field(freshness.limits(one.place_code), field)
    cut = freshness_rules.cutoff(limit, clock.today())
    return empty | Q(_past(field, cut))


def _past(field: str, cut: date) -> Any:
    return LessThan(Coalesce(freshness.verified_on(field), Value(date.min)), Value(cut))


def missing_fields(actor: Actor, one: Campaign, person_ids: Iterable[int]) -> dict[int, list[str]]:
    """{person: fields still to be asked} of the targets among the people; who is asked nothing more is left out. Fields that
    are held and fresh are not asked again; `questions` at the end stands for the campaign's own ones."""
    wanted = list(person_ids)
    found: dict[int, list[str]] = {}
    rows = targets(actor, one).filter(pk__in=wanted)
    for field in one.fields:
        for pk in rows.filter(_unknown(field, one)).order_by("pk").values_list("pk", flat=True):
            found.setdefault(pk, []).append(field)
    if one.questions:
        done = set(CampaignAnswer.objects.filter(campaign=one, person__in=wanted).values_list("person_id", flat=True))
        for pk in rows.order_by("pk").values_list("pk", flat=True):
            if pk not in done:
                found.setdefault(pk, []).append("questions")
    return found


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is in one place: how many people it is about, of how many something is still to be asked."""

    place_code: int
    targets: int
    left: int

    @property
    def done(self) -> int:
        return self.targets - self.left


def progress(actor: Actor, one: Campaign, width: int = 1_000) -> list[Progress]:
    """By places of the width (1,000 community), in the order of their codes."""
    whole, left = _by_place(targets(actor, one), width), _by_place(open_targets(actor, one), width)
    return [Progress(place, n, left.get(place, 0)) for place, n in sorted(whole.items())]


def _by_place(rows: QuerySet[Person], width: int) -> Mapping[int, int]:
    counted = rows.order_by().annotate(at=F("place_code") / width * width).values_list("at").annotate(n=Count("pk"))
    return {int(at): int(n) for at, n in counted}


def answers(actor: Actor, one: Campaign) -> QuerySet[CampaignAnswer]:
    """The answers to the campaign's own questions of people in the actor's place."""
    actor.must(people.VIEW)
    rows = CampaignAnswer.objects.filter(campaign=one).select_related("person")
    return rows if actor.is_system else rows.filter(person__place_code__range=(actor.lo, actor.hi))


def earlier_starts(place_code: int, place_to: int, title: str, besides: int = 0) -> list[date]:
    """When the item was asked of any grid of the place before (whole territory: the limit is the grids', not the reader's)."""
    rows = Campaign.objects.filter(item__title=title, state__in=["open", "ended"]).exclude(pk=besides)
    return list(rows.filter(place_code__lte=place_to, place_to__gte=place_code).values_list("from_on", flat=True))
