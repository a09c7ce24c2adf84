"""Erasing: a person's record becomes a tombstone, rows whose time is over go. Nothing goes without a decision on record."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from wangge.identity import queries as identity
from wangge.kernel import audit, clock, outbox, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry import facts
from wangge.registry import models as m
from wangge.registry.queries import erasure as queries
from wangge.registry.rules import retention as rules
from wangge.territory import queries as territory

RIGHT = "privacy.handle"
# Rows that tell of one person and go with the record; the others keep only ids, counts or who looked, and stay.
_GROUPS: list[Any] = list(m.SPECIAL_TABLES.values())
GO: dict[type[Any], tuple[str, ...]] = {
    m.PersonChange: ("person",),
    m.Hukou: ("person",),
    m.Migrant: ("person",),
    m.LeftBehind: ("person",),
    m.Foreigner: ("person",),
    m.Care: ("person",),
    m.HouseholdMember: ("person",),
    m.Relation: ("person", "other"),
    m.Residence: ("person",),
    m.Reminder: ("person",),
    m.CampaignAnswer: ("person",),
    m.PersonMove: ("person",),
    m.BuildingLead: ("person",),
    m.CollectionDifference: ("person",),
    m.ImportDifference: ("person",),
    **dict.fromkeys(m.SPECIAL_TABLES.values(), ("person",)),
}
STAY: dict[type[Any], tuple[str, ...]] = {
    m.SampleItem: ("person",),
    m.SamePerson: ("kept", "dropped"),
    m.Reveal: ("person",),
    m.Visit: ("person",),
    m.Household: ("head",),
    m.Person: ("merged_into",),
}
_BLANK = (
    *(
        "former_name",
        "pinyin",
        "sex",
        "ethnic",
        "native_place",
        "marriage",
        "politics",
        "education",
        "occupation_class",
    ),
    *("occupation", "employer", "hukou_area", "hukou_address", "home_area", "home_address"),
)


@transaction.atomic
def erase_person(*, actor: Actor, person_id: int, reason: str, asked: bool = False) -> m.Person:
    """Turn a record into a tombstone: the row, its place and the day remain; name, numbers, roles, history are gone.

    Refuses while a legal duty keeps the record (个人信息保护法 第四十七条). `asked`: at the person's own request.
    """
    actor.must(RIGHT)
    if not reason.strip():
        raise Refusal("missing_input", "请写明销档的依据。", field="reason")
    found = m.Person.objects.select_for_update().filter(pk=person_id).exclude(state="erased").first()
    if found is None:
        raise NotHere("人员")
    with scope.system():  # rows of groups that the actor may not see go too, and hold the record while they last
        duties = sum(t.objects.filter(person=found, until=None).count() for t in (m.Care, *_GROUPS))
        moves = m.PersonMove.objects.filter(person=found, state="asked").count()
        if why := rules.may_erase(duties, moves, found.state == "active", asked):
            raise Refusal("must_be_kept", why, status=409)
        for table, fields in GO.items():
            for field in fields:
                table.objects.filter(**{field: found}).delete()
        m.Household.objects.filter(head=found).update(head=None)
        m.Visit.objects.filter(person=found).update(text="", answers={})
    for field in _BLANK:
        setattr(found, field, "")
    found.name, found.state, found.state_on = "（已销档）", "erased", clock.today()
    found.id_type, found.id_index, found.phone_index, found.sealed, found.birth_on, found.proof = (
        "",
        None,
        None,
        None,
        None,
        {},
    )
    found.source, found.verified_on, found.verified_by = "销档", None, ""
    found.updated_at, found.step = clock.now(), found.step + 1
    found.save()
    audit.record(actor, "registry.person_erased", "person", found.pk, asked=asked, reason=reason.strip())
    outbox.publish(facts.PersonErased(person_id=found.pk))
    return found


def _due(rule: rules.Rule, place: tuple[int, int], until: date) -> list[int]:
    end = datetime(until.year, until.month, until.day, tzinfo=clock.ZONE)
    within = {"place_code__range": place}
    if rule.code in ("departed", "deceased"):
        rows: Any = m.Person.objects.filter(state=rule.code, state_on__lte=until, **within)
    elif rule.code == "visit":
        rows = m.Visit.objects.filter(seen_at__lt=end, **within).exclude(Q(text="") & Q(answers={}))
    elif rule.code == "care":
        rows = m.Care.objects.filter(until__lte=until, person__place_code__range=place)
    else:
        table: Any = m.SPECIAL_TABLES[rule.group]
        rows = table.objects.filter(until__lte=until, person__place_code__range=place)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:100_000])


def propose_destructions(*, actor: Actor) -> list[m.Destruction]:
    """Look in every district (for special groups: in every street, whose officers answer for them) for what each rule says is
    due and is on no open list; the lists made. A job of the night."""
    actor.must(RIGHT)
    made = []
    with scope.system():
        for rule in rules.RULES.values():
            until = rules.cutoff(rule, clock.today())
            for place in _places(rule):
                waiting = m.Destruction.objects.filter(
                    place_code=place, rule=rule.code, state__in=["proposed", "approved"]
                )
                if waiting.exists() or not (ids := sorted(set(_due(rule, territory.interval(place), until)))):
                    continue
                one = m.Destruction.objects.create(
                    place_code=place, rule=rule.code, cutoff=until, ids=ids, made_at=clock.now()
                )
                audit.record(
                    actor, "registry.destruction_proposed", "destruction", one.pk, rule=rule.code, rows=len(ids)
                )
                made.append(one)
    return made


def _places(rule: rules.Rule) -> list[int]:
    districts = [one.pk for one in identity.districts()]
    return [s.pk for pk in districts for s in territory.children(pk)] if rule.group else districts


@transaction.atomic
def decide_destruction(*, actor: Actor, destruction_id: int, agree: bool, note: str = "") -> m.Destruction:
    """Allow a list or not. A list that is refused is proposed again by the next night's look only if it is still due."""
    found = queries.destructions(actor, "proposed").select_for_update().filter(pk=destruction_id).first()
    if found is None:
        raise NotHere("待审批的销档清单")
    if not agree and not note.strip():
        raise Refusal("missing_input", "不同意销档的，请写明理由。", field="note")
    found.state, found.note = ("approved" if agree else "declined"), note.strip()[:200]
    found.decided_by_id, found.decided_by, found.decided_at = actor.id, actor.name, clock.now()
    found.save(update_fields=["state", "note", "decided_by_id", "decided_by", "decided_at"])
    audit.record(actor, "registry.destruction_decided", "destruction", found.pk, agreed=agree)
    return found


def carry_out_destruction(*, actor: Actor, destruction_id: int) -> m.Destruction:
    """Destroy what an allowed list names, each row in a transaction of its own, so that a stop half-way resumes.

    What a legal duty has come to hold since is left and counted.
    """
    found = queries.destructions(actor, "approved").filter(pk=destruction_id).first()
    if found is None:
        raise NotHere("已批准的销档清单")
    rule = rules.RULES[found.rule]
    gone = left = 0
    for pk in found.ids:
        try:
            done = _ONE[found.rule](actor, pk, f"保存期满：{rule.what}（{rule.basis}）", found.cutoff)
            gone, left = gone + done, left + (not done)
        except (NotHere, Refusal):
            left += 1
    with transaction.atomic():
        m.Destruction.objects.filter(pk=found.pk).update(state="done", destroyed=gone, left=left)
        audit.record(actor, "registry.destruction_carried_out", "destruction", found.pk, destroyed=gone, left=left)
    found.refresh_from_db()
    return found


def _person(actor: Actor, pk: int, reason: str, until: date) -> int:
    with scope.use(actor) if not actor.is_system else scope.system():
        still = m.Person.objects.filter(pk=pk, state__in=("departed", "deceased"), state_on__lte=until).exists()
        if not still:
            raise NotHere("人员")
        erase_person(actor=actor, person_id=pk, reason=reason)
    return 1


def _rows(tables: Iterable[type[Any]], key: str) -> Callable[[Actor, int, str, date], int]:
    def destroy(actor: Actor, pk: int, reason: str, until: date) -> int:
        with scope.system():
            return sum(t.objects.filter(**{key: pk, "until__lte": until}).delete()[0] for t in tables)

    return destroy


def _visit(actor: Actor, pk: int, reason: str, until: date) -> int:
    with scope.system():
        return m.Visit.objects.filter(pk=pk).update(text="", answers={})


_ONE: dict[str, Callable[[Actor, int, str, date], int]] = {
    "departed": _person,
    "deceased": _person,
    **{r.code: _rows([m.SPECIAL_TABLES[r.group]], "pk") for r in rules.RULES.values() if r.group},
    "care": _rows([m.Care], "pk"),
    "visit": _visit,
}
