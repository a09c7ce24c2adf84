"""Campaigns: asked for by a department or set up by the centre, admitted by the lists, answered at the door."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from wangge.identity import queries as identity
from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry.models import Campaign, CampaignAnswer, DutyItem
from wangge.registry.queries import campaigns as queries
from wangge.registry.queries import lists
from wangge.registry.rules import lists as rules
from wangge.territory import queries as territory

MANAGE, ASK = queries.MANAGE, queries.ASK


@transaction.atomic
def ask_campaign(
    *,
    actor: Actor,
    title: str,
    item: str,
    place_code: int,
    from_on: date,
    until: date,
    fields: Sequence[str] = (),
    questions: Sequence[Mapping[str, Any]] = (),
    people: str = "",
    text: str = "",
) -> Campaign:
    """申请部署. A department (right `exchange.request`) asks, or the centre (`registry.lists`) sets up, a task to the grids of a
    place. Refused at once when no list in force on its first day names the item, when a list forbids it (`not_on_the_list`, with
    the version), when it is asked more often than the list says, or asks fields the item does not name."""
    if not actor.may(MANAGE):
        actor.must(ASK)
    lo, hi = territory.interval(place_code)
    if actor.may(MANAGE) and not (actor.covers(lo) and actor.covers(hi)):
        raise Refusal(
            "out_of_scope", "部署范围超出您的管辖范围。请在管辖范围内选择地点。", field="place_code", value=place_code
        )
    if from_on < clock.today() or until < from_on:
        field = "from_on" if from_on < clock.today() else "until"
        raise Refusal("dates", "开始日期不能早于今天，截止日期不能早于开始日期。", field=field)
    listed = _admitted(actor, lo, hi, item, from_on)
    rules.campaign_faults(title, people, fields, questions, listed.fields)
    office = identity.office(actor.department_id) if actor.department_id else None
    if not actor.may(MANAGE) and (
        office is None or office.place_code - office.place_code % lists.DISTRICT != lists.district(lo)
    ):
        raise Refusal(
            "out_of_scope", "只能向本区的网格申请部署。请选择本区范围内的地点。", field="place_code", value=place_code
        )
    one = Campaign.objects.create(
        title=title.strip()[:60],
        text=text.strip()[:500],
        place_code=lo,
        place_to=hi,
        department_id=actor.department_id or 0,
        department=(office.name if office else actor.post_name or actor.name)[:60],
        item=listed,
        people=people,
        fields=[f for f in rules.FIELDS if f in fields],
        questions=[dict(q) for q in questions],
        from_on=from_on,
        until=until,
        made_by_id=actor.id,
        made_by=actor.name,
        made_at=clock.now(),
    )
    audit.record(actor, "registry.campaign_asked", "campaign", one.pk, place=lo, number=listed.code)
    return one


def _admitted(actor: Actor, lo: int, hi: int, item: str, from_on: date, besides: int = 0) -> DutyItem:
    listed = lists.must_be_listed(actor, lo, item, from_on)
    # A department sees its own campaigns only; how often the grids were asked is counted over all of them.
    with scope.system():
        earlier = queries.earlier_starts(lo, hi, listed.title, besides)
    rules.must_not_repeat(listed.title, listed.frequency, earlier, from_on)
    return listed


def _asked(actor: Actor, campaign_id: int, state: str, seen_step: int | None) -> Campaign:
    actor.must(MANAGE)
    one = queries.campaign_for_update(actor, campaign_id)
    if not (actor.covers(one.place_code) and actor.covers(one.place_to)):
        raise Refusal("out_of_scope", "这项任务超出您的管辖范围，请由其所在区域的岗位办理。", status=403)
    if one.state != state or (seen_step is not None and seen_step != one.step):
        sentence = f"这项任务已由他人更新，现为“{one.get_state_display()}”。请刷新后再办。"
        raise Refusal("stale", sentence, status=409, state=one.state)
    return one


def _settle(actor: Actor, one: Campaign, state: str, reason: str) -> Campaign:
    one.state, one.reason, one.decided_by, one.step = state, reason.strip()[:200], actor.name, one.step + 1
    one.save(update_fields=["state", "reason", "decided_by", "step"])
    return one


@transaction.atomic
def open_campaign(*, actor: Actor, campaign_id: int, seen_step: int | None = None) -> Campaign:
    """准予部署. The lists are asked again: they may have changed since. Who asked for the task as a department does not admit it."""
    one = _asked(actor, campaign_id, "asked", seen_step)
    first = max(one.from_on, clock.today())
    listed = _admitted(actor, one.place_code, one.place_to, one.item.title, first, besides=one.pk)
    rules.campaign_faults(one.title, one.people, one.fields, one.questions, listed.fields)
    one.item = listed
    one.save(update_fields=["item"])
    _settle(actor, one, "open", "")
    audit.record(actor, "registry.campaign_opened", "campaign", one.pk, version=listed.duty_list.version)
    return one


@transaction.atomic
def refuse_campaign(*, actor: Actor, campaign_id: int, reason: str, seen_step: int | None = None) -> Campaign:
    """退回. Not admitted; the department reads why."""
    one = _asked(actor, campaign_id, "asked", seen_step)
    if not reason.strip():
        raise Refusal("no_reason", "请写明退回的理由和建议的办法。", field="reason")
    _settle(actor, one, "refused", reason)
    audit.record(actor, "registry.campaign_refused", "campaign", one.pk)
    return one


@transaction.atomic
def end_campaign(*, actor: Actor, campaign_id: int, reason: str = "", seen_step: int | None = None) -> Campaign:
    """结束. Before its last day it wants a reason."""
    one = _asked(actor, campaign_id, "open", seen_step)
    if clock.today() < one.until and not reason.strip():
        raise Refusal("no_reason", "还没有到截止日期，请写明提前结束的理由。", field="reason")
    _settle(actor, one, "ended", reason)
    audit.record(actor, "registry.campaign_ended", "campaign", one.pk)
    return one


@transaction.atomic
def answer(
    *, actor: Actor, campaign_id: int, person_id: int, values: Mapping[str, str], client_id: UUID
) -> CampaignAnswer:
    """答复. What a person answered to a campaign's own questions. Sent again under the same `client_id` it is the same answer;
    answered by somebody else meanwhile it is refused (`exists`): nobody is asked twice."""
    actor.must("registry.edit")
    known = CampaignAnswer.objects.filter(client_id=client_id).first()
    if known is not None:
        return known
    one = queries.campaign(actor, campaign_id)
    if one.state != "open" or not one.from_on <= clock.today():
        raise Refusal("not_open", "这项任务不在进行中，不再收集答复。", status=409)
    person = queries.targets(actor, one).filter(pk=person_id).first()
    if person is None:
        raise NotHere("任务对象")
    kept = rules.answer_faults(one.questions, values)
    made, fresh = CampaignAnswer.objects.get_or_create(
        campaign=one,
        person=person,
        defaults={
            "client_id": client_id,
            "values": kept,
            "at": clock.now(),
            "by_id": actor.id,
            "by": actor.name,
        },
    )
    if not fresh and made.client_id == client_id:  # sent twice at once: the other of the two was first
        return made
    if not fresh:
        raise Refusal("exists", f"{made.by}已登记过这个人员的答复，不再重复询问。", status=409)
    audit.record(actor, "registry.campaign_answered", "campaign", one.pk, person=person.pk)
    return made


@transaction.atomic
def end_past_campaigns(*, actor: Actor) -> int:
    """Campaigns past their last day end by themselves, each night; how many did."""
    actor.must(MANAGE)
    rows = Campaign.objects.select_for_update().filter(state="open", until__lt=clock.today()).order_by("pk")
    ended = [_settle(actor, one, "ended", "到期自动结束") for one in rows]
    audit.record(actor, "registry.campaigns_ended", "campaign", "expired", count=len(ended))
    return len(ended)
