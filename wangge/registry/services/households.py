"""Households and relations: who belongs together, who is called in need. Locks: people first (by number), then the household."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Sealer
from wangge.registry import terms
from wangge.registry.models import Household, HouseholdMember, Person, Relation
from wangge.registry.queries import persons as queries
from wangge.registry.queries.sealing import PEOPLE
from wangge.registry.rules import identity, tables
from wangge.registry.services import record, sealing
from wangge.registry.services.places import must_be_alive
from wangge.registry.services.roles import end_row

HEAD = "02"


def _relation(actor: Actor, text: str) -> str:
    code = tables.find_code("4761", text, record.labels(actor))
    if code is None:
        raise Refusal("invalid_fields", f"没有家庭关系“{text}”。请从列表中选择。", field="relation", value=text)
    return code


def _household(actor: Actor, household_id: int) -> Household:
    rows = Household.objects.select_for_update(of=("self",)).filter(pk=household_id)
    found = rows.first() if actor.is_system else rows.filter(place_code__range=(actor.lo, actor.hi)).first()
    if found is None:
        raise NotHere("户")
    if found.closed_on is not None:
        raise Refusal("closed", f"这一户已于 {found.closed_on:%Y-%m-%d} 注销。请为成员另立一户。", status=409)
    return found


def _member(
    actor: Actor, household: Household, one: Person, relation: str, since: date, source: str
) -> HouseholdMember:
    if since > clock.today():
        raise Refusal("dates", "日期在今天之后。请填写已经发生的日期。", field="since", value=since.isoformat())
    return HouseholdMember.objects.create(
        household=household,
        person=one,
        relation=relation,
        since=since,
        source=source,
        by=actor.name,
        at=clock.now(),
    )


@transaction.atomic
def make_household(
    *,
    actor: Actor,
    place_code: int | None,
    head_id: int,
    number: str = "",
    dwelling_id: int | None = None,
    since: date | None = None,
    source: str = "采集",
) -> Household:
    """立户. A household with its head. `number` is that of the household register, once in a district."""
    actor.must(record.EDIT)
    (head,) = queries.for_update(actor, head_id)
    must_be_alive(head)
    place = record.place_for(actor, place_code or head.place_code, dwelling_id)
    number = identity.plain(number)
    if number and not (number.isalnum() and len(number) <= 20):
        raise Refusal(
            "invalid_fields", "户号应为 20 位以内的数字和字母。请按户口簿录入。", field="number", value=number
        )
    made = Household.objects.create(number=number, place_code=place, dwelling_id=dwelling_id, head=head)
    _member(actor, made, head, HEAD, since or clock.today(), source)
    audit.record(actor, "registry.household_made", "household", made.pk, place=place)
    return made


@transaction.atomic
def join_household(
    *, actor: Actor, household_id: int, person_id: int, relation: str, since: date, source: str = "采集"
) -> HouseholdMember:
    """入户. The person belongs to the household from the day on, as the `relation` (GB/T 4761) of its head."""
    actor.must(record.EDIT)
    code = _relation(actor, relation)
    (one,) = queries.for_update(actor, person_id)
    must_be_alive(one)
    household = _household(actor, household_id)
    if code == HEAD and household.head_id not in (None, one.pk):
        raise Refusal("has_head", "这一户已有户主。变更户主请用“变更户主”。", field="relation", value=relation)
    row = _member(actor, household, one, code, since, source)
    if code == HEAD:
        household.head = one
    household.step += 1
    household.save(update_fields=["head", "step"])
    audit.record(actor, "registry.household_joined", "household", household.pk, number=row.pk)
    return row


@transaction.atomic
def leave_household(*, actor: Actor, person_id: int, until: date, reason: str = "") -> HouseholdMember:
    """出户. An empty household is closed; one that lost its head has none until `set_head`."""
    actor.must(record.EDIT)
    (one,) = queries.for_update(actor, person_id)
    row = take_out(one, until, reason)
    if row is None:
        raise NotHere("家庭成员登记")
    audit.record(actor, "registry.household_left", "household", row.household_id, number=row.pk)
    return row


def take_out(one: Person, until: date, reason: str) -> HouseholdMember | None:
    """End the person's membership that is open, for whoever has seen to scope and lock; None when there is none."""
    row = HouseholdMember.objects.select_for_update(of=("self",)).filter(person=one, until=None).first()
    if row is None:
        return None
    end_row(row, until, reason)
    household = Household.objects.select_for_update(of=("self",)).get(pk=row.household_id)
    if household.head_id == one.pk:
        household.head = None
    if not HouseholdMember.objects.filter(household=household, until=None).exists():
        household.closed_on = until
    household.step += 1
    household.save(update_fields=["head", "closed_on", "step"])
    return row


@transaction.atomic
def change_relation(*, actor: Actor, person_id: int, relation: str, on: date, source: str = "采集") -> HouseholdMember:
    """更正与户主关系, from the day on; the row before stays on record. Who is head is changed by `set_head`."""
    actor.must(record.EDIT)
    code = _relation(actor, relation)
    (one,) = queries.for_update(actor, person_id)
    must_be_alive(one)
    row = HouseholdMember.objects.select_for_update(of=("self",)).filter(person=one, until=None).first()
    if row is None:
        raise NotHere("家庭成员登记")
    household = _household(actor, row.household_id)
    if HEAD in (code, row.relation) or household.head_id == one.pk:
        raise Refusal("is_head", "这项更正涉及户主。请在户内用“变更户主”办理。", field="relation", value=relation)
    end_row(row, on, "更正关系")
    made = _member(actor, household, one, code, on, source)
    household.step += 1
    household.save(update_fields=["step"])
    audit.record(actor, "registry.household_relation_changed", "household", household.pk, number=made.pk)
    return made


@transaction.atomic
def set_head(
    *,
    actor: Actor,
    household_id: int,
    person_id: int,
    relations: Mapping[int, str] | None = None,
    on: date | None = None,
) -> Household:
    """变更户主. `relations` are the others' relations to the new head; each change begins a new row on the day."""
    actor.must(record.EDIT)
    day = on or clock.today()
    wanted = {person_id: HEAD} | {
        pk: _relation(actor, text) for pk, text in (relations or {}).items() if pk != person_id
    }
    people = {one.pk: one for one in queries.for_update(actor, *wanted)}
    household = _household(actor, household_id)
    rows = HouseholdMember.objects.select_for_update().filter(household=household, until=None, person__in=wanted)
    members = {row.person_id: row for row in rows.order_by("pk")}
    if set(members) != set(wanted):
        raise Refusal("not_a_member", "所选人员不是这一户现在的成员。请先办理入户。", field="person_id")
    former = members.get(household.head_id) if household.head_id else None
    if former is None and household.head_id not in (None, person_id):
        raise Refusal("relation_missing", "请同时写明原户主与新户主的关系。", field="relations")
    for pk, row in members.items():
        if row.relation != wanted[pk]:
            end_row(row, day, "变更户主")
            _member(actor, household, people[pk], wanted[pk], day, "变更户主")
    household.head_id = person_id
    household.step += 1
    household.save(update_fields=["head", "step"])
    audit.record(actor, "registry.head_changed", "household", household.pk)
    return household


def _kind(actor: Actor, kind: str) -> str:
    return kind if kind in terms.RELATIONS else _relation(actor, kind)


@transaction.atomic
def relate(
    *,
    actor: Actor,
    person_id: int,
    kind: str,
    other_id: int | None = None,
    name: str = "",
    phone: str = "",
    since: date | None = None,
    calls: int | None = None,
    source: str = "采集",
) -> Relation:
    """登记关系. Somebody (a record, or a `name` and `phone` of one who has none here) is the `kind` of the person.

    `calls` is their place in the family chain that is called in need: 1 first.
    """
    actor.must(record.EDIT)
    code = _kind(actor, kind)
    found = queries.for_update(actor, *(pk for pk in (person_id, other_id) if pk is not None))
    must_be_alive(found[0])
    row = Relation(
        pk=sealing.next_id("registry_relation"),
        person=found[0],
        kind=code,
        calls=calls,
        since=since or clock.today(),
        source=source,
        by=actor.name,
        at=clock.now(),
    )
    if other_id is not None:
        row.other = found[1]
    else:
        number, fault = identity.check_phone(phone)
        if not name.strip() or fault:
            field = "phone" if name.strip() else "name"
            raise Refusal("invalid_fields", fault or "请填写联系人的姓名和电话。", field=field)
        row.name = name.strip()[:50]
        row.sealed = Sealer(PEOPLE).seal(number, f"relation:{row.pk}")
    row.save(force_insert=True)
    audit.record(actor, "registry.related", "person", person_id, number=row.pk, group=code)
    return row


@transaction.atomic
def unrelate(*, actor: Actor, person_id: int, row_id: int, until: date | None = None, reason: str = "") -> Relation:
    """结束关系."""
    actor.must(record.EDIT)
    (one,) = queries.for_update(actor, person_id)
    row = Relation.objects.select_for_update(of=("self",)).filter(pk=row_id, person=one).first()
    if row is None:
        raise NotHere("关系登记")
    end_row(row, until or clock.today(), reason)
    audit.record(actor, "registry.relation_ended", "person", one.pk, number=row.pk)
    return row


@transaction.atomic
def set_calls(*, actor: Actor, person_id: int, row_ids: Sequence[int]) -> list[Relation]:
    """紧急联系顺序. The relations in the order in which they are called; those not named are not called."""
    actor.must(record.EDIT)
    (one,) = queries.for_update(actor, person_id)
    rows = {r.pk: r for r in Relation.objects.select_for_update(of=("self",)).filter(person=one, until=None)}
    if set(row_ids) - set(rows):
        raise NotHere("关系登记")
    for pk, row in rows.items():
        row.calls = row_ids.index(pk) + 1 if pk in row_ids else None
        row.save(update_fields=["calls"])
    audit.record(actor, "registry.calls_ordered", "person", one.pk, count=len(row_ids))
    return [rows[pk] for pk in row_ids]
