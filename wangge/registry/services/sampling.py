"""Spot checks: plan, draw, give out, end. What a checker finds is in `checks`."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle, groupby

from django.db import transaction

from wangge.kernel import audit, bulk, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry.models import Freshness, SampleItem, SamplePlan, SampleStratum
from wangge.registry.queries import sampled
from wangge.registry.queries import sampling as queries
from wangge.registry.rules import freshness as freshness_rules
from wangge.registry.rules import sampling as rules
from wangge.registry.terms_quality import SAMPLE_FIELDS
from wangge.territory import queries as territory

RIGHT = queries.RIGHT
DISTRICT = 1_000_000_000


@transaction.atomic
def plan_sample(
    *,
    actor: Actor,
    title: str,
    place_code: int,
    fields: Sequence[str],
    size: int,
    due_on: date,
    kinds: Sequence[str] = (),
    least: int = 1,
    confidence: float = 0.95,
    seed: str = "",
    subject: str = "person",
) -> SamplePlan:
    """抽查方案. Lay down what is drawn from where before anybody is: `subject` people, dwellings or organisations, `place_code` a
    place within the actor's, `kinds` narrows to strata kinds (none: all), at least `least` of every stratum. The `seed` (default: 16 random hex digits) is recorded now, so
    that nobody can draw until the result pleases."""
    actor.must(RIGHT)
    lo, hi = territory.interval(place_code)
    if not (actor.covers(lo) and actor.covers(hi)):
        sentence = "抽查范围超出您的管辖范围。请在管辖范围内选择地点。"
        raise Refusal("out_of_scope", sentence, field="place_code", value=place_code)
    rules.plan_faults(title, fields, kinds, size, due_on, clock.today(), subject)
    rules.z_of(confidence)
    if not 0 <= least <= 1_000:
        raise Refusal("bad_least", "每层最少数应在 0 到 1000 之间。", field="least", value=least)
    one = SamplePlan.objects.create(
        title=title.strip(),
        subject=subject,
        place_code=lo,
        place_to=hi,
        kinds=list(dict.fromkeys(kinds)),
        fields=[f for f in SAMPLE_FIELDS[subject] if f in fields],
        size=size,
        least=least,
        confidence=str(confidence),
        seed=(seed or secrets.token_hex(8))[:32],
        due_on=due_on,
        made_by=actor.name,
        made_at=clock.now(),
    )
    audit.record(actor, "registry.sample_planned", "sample", one.pk, place=lo, size=size, seed=one.seed)
    return one


def _in_state(actor: Actor, plan_id: int, state: str, seen_step: int | None) -> SamplePlan:
    """The plan, locked, in the state; a `Refusal` when it has moved on."""
    actor.must(RIGHT)
    one = queries.plan_for_update(actor, plan_id)
    if one.state != state or (seen_step is not None and seen_step != one.step):
        sentence = f"这个抽查方案已由他人更新，现为“{one.get_state_display()}”。请刷新后再办。"
        raise Refusal("stale", sentence, status=409, state=one.state)
    return one


@transaction.atomic
def draw(*, actor: Actor, plan_id: int, seen_step: int | None = None) -> SamplePlan:
    """抽取. Count the strata of today, share the size out, and take the first of each in the order of the seed, with those who come
    next in reserve. Frozen from then on. The actor must see the whole place of the plan, or part of the population would be
    missing."""
    one = _in_state(actor, plan_id, SamplePlan.State.DRAFT, seen_step)
    if not (actor.covers(one.place_code) and actor.covers(one.place_to)):
        raise Refusal(
            "out_of_scope", "这个方案超出您的管辖范围，不能由您抽取。请由方案所在区域的岗位抽取。", status=403
        )
    members = sampled.population(actor, one.subject, one.place_code, one.place_to, one.kinds, clock.today())
    given = rules.allocate({key: len(ids) for key, ids in sorted(members.items())}, one.size, one.least)
    spare = {key: rules.reserve(len(members[key]), n) for key, n in given.items()}
    drawn = rules.draw(one.seed, members, {key: n + spare[key] for key, n in given.items()})
    strata = SampleStratum.objects.bulk_create(
        SampleStratum(
            plan=one, street_code=key[0], kind=key[1], population=len(members[key]), size=n, reserve=spare[key]
        )
        for key, n in given.items()
    )
    rows = [
        (one.pk, s.pk, number, members[s.street_code, s.kind][number], position, "", "waiting" if position <= s.size else "reserve", False, "", "")
        for s in strata
        for position, number in enumerate(drawn[s.street_code, s.kind], 1)
    ]  # fmt: skip
    columns = ("plan_id", "stratum_id", f"{one.subject}_id", "place_code", "position", "checker", "state", "is_updated", "checked_by", "note")  # fmt: skip
    bulk.insert("registry_sampleitem", columns, rows)
    one.state, one.drawn_on, one.drawn_by = SamplePlan.State.DRAWN, clock.today(), actor.name
    one.population, one.step = sum(map(len, members.values())), one.step + 1
    one.save(update_fields=["state", "drawn_on", "drawn_by", "population", "step"])
    audit.record(
        actor,
        "registry.sample_drawn",
        "sample",
        one.pk,
        count=sum(given.values()),
        population=one.population,
        seed=one.seed,
    )
    return one


@dataclass(frozen=True, slots=True)
class Given:
    """How many items were given out; `kept`: those that nobody of the chosen may check, with the reason."""

    count: int
    kept: list[tuple[int, str]]


@transaction.atomic
def assign(
    *,
    actor: Actor,
    plan_id: int,
    account_ids: Sequence[int],
    item_ids: Sequence[int] | None = None,
    place: int | None = None,
) -> Given:
    """分派. Give waiting items (those listed, those of a place, or all without a checker) to the accounts in turn. Nobody is
    given what they vouch for, nor what lies outside their post; such items go to the next of them, or are kept."""
    one = _in_state(actor, plan_id, SamplePlan.State.DRAWN, None)
    reach = [r for r in queries.checkers(actor, one) if r.account_id in set(account_ids)]
    if not reach or len({r.account_id for r in reach}) < len(set(account_ids)):
        sentence = "所选人员没有抽查核实或采集的岗位，或不在抽查范围内。请从列表中选择。"
        raise Refusal("unknown_checker", sentence, field="checker")
    rows = queries.items(actor, one.pk, state="waiting", place=place).select_for_update(of=("self",)).order_by("id")
    rows = rows.filter(pk__in=item_ids) if item_ids is not None else rows.filter(checker_id=None)
    turn, done, kept = cycle(range(len(reach))), [], []
    for item in rows:
        start, vouch = next(turn), sampled.verifiers(item)
        order = [reach[(start + i) % len(reach)] for i in range(len(reach))]
        able = next((r for r in order if r.covers(item.place_code) and r.full_name not in vouch), None)
        if able is None:
            inside = [r.full_name for r in order if r.covers(item.place_code)]
            why = "所选人员均采集或核实过这条信息" if inside else "所选人员的岗位不含这个网格"
            kept.append((item.pk, f"{why}，请改派他人。"))
            continue
        item.checker_id, item.checker = able.account_id, able.full_name
        done.append(item)
    SampleItem.objects.bulk_update(done, ["checker_id", "checker"], batch_size=500)
    accounts = sorted({r.account_id for r in reach})
    audit.record(actor, "registry.sample_assigned", "sample", one.pk, count=len(done), to=accounts)
    return Given(len(done), kept)


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many stand-ins were called up, and for how many no one was left in their stratum."""

    count: int
    short: int


@transaction.atomic
def replace_unreached(*, actor: Actor, plan_id: int) -> Replaced:
    """启用备用对象. For everybody who could not be reached, the next in the order of the draw of the same stratum: nobody chooses whom
    to replace, nor by whom. Who stands in goes to the same checker unless that one vouches for the record. The ones that could not
    be reached stay counted as such. Right `registry.sample` over the plan's whole place."""
    one = _in_state(actor, plan_id, SamplePlan.State.DRAWN, None)
    if not (actor.covers(one.place_code) and actor.covers(one.place_to)):
        raise Refusal("out_of_scope", "这个方案超出您的管辖范围，请由方案所在区域的岗位办理。", status=403)
    gone = list(queries.unreached(actor, one.pk).select_for_update(of=("self",)))
    if not gone:
        raise Refusal("nobody_unreached", "没有需要启用备用的对象：未能核实的都已有备用对象接替。", status=409)
    waiting = queries.stand_ins(actor, {item.stratum_id for item in gone}).select_for_update(of=("self",))
    related = waiting.select_related("person", "organisation", "dwelling", "plan")
    ready = {stratum: list(rows) for stratum, rows in groupby(related, key=lambda item: item.stratum_id)}
    done = []
    for old in gone:
        if not (rows := ready.get(old.stratum_id)):
            continue
        new = rows.pop(0)
        new.state, new.replaces = SampleItem.State.WAITING, old
        if old.checker and old.checker not in sampled.verifiers(new):
            new.checker_id, new.checker = old.checker_id, old.checker
        done.append(new)
    if not done:
        sentence = f"{len(gone)} 个未能核实的对象所在各层已没有备用对象。请在办结时写明，结果报告会列出可能的范围。"
        raise Refusal("no_reserve", sentence, status=409)
    SampleItem.objects.bulk_update(done, ["state", "replaces", "checker_id", "checker"], batch_size=500)
    audit.record(actor, "registry.sample_replaced", "sample", one.pk, count=len(done), left=len(gone) - len(done))
    return Replaced(len(done), len(gone) - len(done))


@transaction.atomic
def close_sample(*, actor: Actor, plan_id: int, reason: str = "", seen_step: int | None = None) -> SamplePlan:
    """办结. End a plan whose items are all dealt with; with some left, the reason why they are not is wanted and kept."""
    one = _in_state(actor, plan_id, SamplePlan.State.DRAWN, seen_step)
    left = SampleItem.objects.filter(plan=one, state="waiting").count()
    if left and not reason.strip():
        raise Refusal(
            "items_waiting", f"还有 {left} 个抽查对象没有核实。请先核实，或写明不再核实的理由。", field="reason"
        )
    one.state, one.ended_on, one.ended_reason = SamplePlan.State.CLOSED, clock.today(), reason.strip()[:200]
    one.step += 1
    one.save(update_fields=["state", "ended_on", "ended_reason", "step"])
    audit.record(actor, "registry.sample_closed", "sample", one.pk, count=left)
    return one


@transaction.atomic
def void_sample(*, actor: Actor, plan_id: int, reason: str, seen_step: int | None = None) -> SamplePlan:
    """作废. Give up a plan before anybody is drawn. A drawn one stays, so that an unwelcome draw cannot be thrown away."""
    one = _in_state(actor, plan_id, SamplePlan.State.DRAFT, seen_step)
    if not reason.strip():
        raise Refusal("no_reason", "请写明作废的理由。", field="reason")
    one.state, one.ended_on, one.ended_reason = SamplePlan.State.VOID, clock.today(), reason.strip()[:200]
    one.step += 1
    one.save(update_fields=["state", "ended_on", "ended_reason", "step"])
    audit.record(actor, "registry.sample_voided", "sample", one.pk)
    return one


@transaction.atomic
def note_sample_export(*, actor: Actor, plan_id: int, rows: int) -> None:
    """导出留痕. Who took which results away."""
    actor.must("registry.export")
    audit.record(actor, "registry.sample_exported", "sample", plan_id, rows=rows)


@transaction.atomic
def note_list_export(*, actor: Actor, name: str, rows: int) -> None:
    """导出留痕. Who took which list (stale, due, campaign) away, and how long it was."""
    actor.must("registry.export")
    audit.record(actor, "registry.list_exported", "quality_list", name, rows=rows)


@transaction.atomic
def set_limit(*, actor: Actor, place_code: int, subject: str, days: int, from_on: date | None = None) -> Freshness:
    """核实周期. From a day (default today) on, a record, a kind or a field of the district is stale after so many days."""
    actor.must(RIGHT)
    if place_code % DISTRICT or not actor.covers(place_code):
        raise Refusal("out_of_scope", "核实周期由区级岗位设定。请换到区级岗位，或联系信息管理员。", status=403)
    if subject not in freshness_rules.SUBJECT_NAMES:
        raise Refusal("unknown_subject", "请从列表中选择设定对象。", field="subject", value=subject)
    if not 1 <= days <= 3650:
        raise Refusal("days", "核实周期应在 1 到 3650 天之间。", field="days", value=days)
    day = from_on or clock.today()
    if day < clock.today():
        raise Refusal("from_in_the_past", "起用日期不能早于今天，以免改变过去的结果。", field="from_on", value=str(day))
    one, _ = Freshness.objects.update_or_create(
        place_code=place_code,
        subject=subject,
        from_on=day,
        defaults={"days": days, "by": actor.name, "at": clock.now()},
    )
    audit.record(actor, "registry.limit_set", "freshness", subject, days=days, place=place_code)
    return one
