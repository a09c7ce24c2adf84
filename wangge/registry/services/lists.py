"""The three lists: drafted from what is in force (or from what is shipped), corrected item by item, published from a day on."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml
from django.db import transaction

from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry.models import DutyItem, DutyList
from wangge.registry.queries import lists as queries
from wangge.registry.rules import lists as rules
from wangge.registry.terms_quality import FIELDS, FREQUENCIES

RIGHT = queries.RIGHT
_COPIED = ("code", "title", "basis", "owner", "frequency", "fields", "note", "position")


@lru_cache(maxsize=1)
def _shipped() -> dict[str, dict[str, Any]]:
    told = yaml.safe_load((files("wangge.registry") / "data" / "lists.yaml").read_text())
    return {one["kind"]: one for one in told["lists"]}


def _may(actor: Actor, place: int) -> int:
    actor.must(RIGHT)
    lo = queries.district(place)
    if not (actor.covers(lo) and actor.covers(lo + queries.DISTRICT - 1)):
        raise Refusal("out_of_scope", "清单由区级岗位维护。请换到区级岗位，或联系信息管理员。", status=403)
    return lo


def _draft(actor: Actor, list_id: int, seen_step: int | None) -> DutyList:
    """The draft, locked; a `Refusal` when it was published or changed meanwhile."""
    one = DutyList.objects.select_for_update().filter(pk=list_id).first()
    if one is None:
        raise NotHere("事项清单")
    _may(actor, one.place_code)
    if one.state != "draft":
        sentence = f"《{one.name}》第 {one.version} 版已公布，不能修改。请另起草新的一版。"
        raise Refusal("published", sentence, status=409)
    if seen_step is not None and seen_step != one.step:
        raise Refusal("stale", "这份草稿已由他人修改。请刷新后核对再改，已填写的内容可以复制。", status=409)
    return one


def _touch(one: DutyList, *changed: str) -> None:
    one.step += 1
    one.save(update_fields=["step", *changed])


@transaction.atomic
def draft_list(*, actor: Actor, place: int, kind: str) -> DutyList:
    """起草. A new version of a list as a draft: the items of the newest version, or those shipped when there is none."""
    lo = _may(actor, place)
    if kind not in rules.LISTS:
        raise Refusal("unknown_list", "请从列表中选择清单种类。", field="kind", value=kind)
    last = DutyList.objects.select_for_update().filter(place_code=lo, kind=kind).order_by("-version").first()
    told = _shipped()[kind]
    one = DutyList.objects.create(
        place_code=lo,
        kind=kind,
        name=last.name if last else told["name"],
        permits=told["permits"],
        basis=last.basis if last else told["basis"],
        version=last.version + 1 if last else 1,
        made_by=actor.name,
        made_at=clock.now(),
    )
    rows: list[dict[str, Any]] = (
        [{k: getattr(i, k) for k in _COPIED} for i in queries.items_of(last)]
        if last
        else [{**item, "position": n} for n, item in enumerate(told["items"])]
    )
    DutyItem.objects.bulk_create(DutyItem(duty_list=one, **row) for row in rows)
    audit.record(actor, "registry.list_drafted", "duty_list", one.pk, list=kind, version=one.version)
    return one


@transaction.atomic
def name_list(*, actor: Actor, list_id: int, name: str, basis: str = "", seen_step: int | None = None) -> DutyList:
    """Give a draft its name and the document it rests on."""
    one = _draft(actor, list_id, seen_step)
    if not name.strip():
        raise Refusal("no_name", "请填写清单名称。", field="name")
    one.name, one.basis = name.strip()[:40], basis.strip()[:200]
    _touch(one, "name", "basis")
    audit.record(actor, "registry.list_named", "duty_list", one.pk)
    return one


@transaction.atomic
def put_item(
    *,
    actor: Actor,
    list_id: int,
    code: str,
    title: str,
    basis: str = "",
    owner: str = "",
    frequency: str = "need",
    fields: Sequence[str] = (),
    note: str = "",
    item_id: int | None = None,
    seen_step: int | None = None,
) -> DutyItem:
    """Enter an item on a draft, or change it (`item_id`). An item without a basis is refused on a list that permits: nothing is
    asked of a household that no document allows."""
    one = _draft(actor, list_id, seen_step)
    if not code.strip() or not title.strip():
        missing = "code" if not code.strip() else "title"
        raise Refusal("no_title", "请填写序号和事项。", field=missing)
    if one.permits and not basis.strip():
        raise Refusal("no_basis", "请填写依据：文件名称和条款。没有依据的事项不能列入清单。", field="basis")
    if frequency not in FREQUENCIES:
        raise Refusal("unknown_frequency", "请从列表中选择频次。", field="frequency", value=frequency)
    if wrong := [f for f in fields if f not in FIELDS]:
        raise Refusal("unknown_field", "请从列表中选择采集项。", field="fields", value=wrong[0])
    if item_id is not None:
        item = DutyItem.objects.filter(duty_list=one, pk=item_id).first()
        if item is None:
            raise NotHere("清单事项")
    else:
        item = DutyItem(duty_list=one, position=DutyItem.objects.filter(duty_list=one).count())
    item.code, item.title, item.basis, item.owner = code.strip(), title.strip(), basis.strip(), owner.strip()
    item.frequency, item.fields, item.note = frequency, [f for f in FIELDS if f in fields], note.strip()
    item.save()
    _touch(one)
    audit.record(actor, "registry.list_item_put", "duty_list", one.pk, number=item.code)
    return item


@transaction.atomic
def drop_item(*, actor: Actor, list_id: int, item_id: int, seen_step: int | None = None) -> DutyList:
    """Take an item off a draft."""
    one = _draft(actor, list_id, seen_step)
    gone, _ = DutyItem.objects.filter(duty_list=one, pk=item_id).delete()
    if not gone:
        raise NotHere("清单事项")
    _touch(one)
    audit.record(actor, "registry.list_item_dropped", "duty_list", one.pk)
    return one


@transaction.atomic
def publish_list(*, actor: Actor, list_id: int, from_on: date, seen_step: int | None = None) -> DutyList:
    """公布. The draft holds from the day on; the version before it ends that day. Not from a day in the past, so that what was asked
    then stays judged by the list of then; not from before the present version began."""
    one = _draft(actor, list_id, seen_step)
    rules.list_faults(one.kind, one.name, [(i.code, i.title) for i in queries.items_of(one)])
    if from_on < clock.today():
        raise Refusal("from_in_the_past", "施行日期不能早于今天。", field="from_on", value=str(from_on))
    rows = DutyList.objects.select_for_update().filter(place_code=one.place_code, kind=one.kind, state="published")
    for earlier in rows.filter(until=None):
        if earlier.from_on is not None and earlier.from_on >= from_on:
            sentence = f"第 {earlier.version} 版自 {earlier.from_on:%Y-%m-%d} 施行，新版的施行日期要晚于它。"
            raise Refusal("before_the_last", sentence, field="from_on", value=str(from_on))
        earlier.until = from_on
        earlier.save(update_fields=["until"])
    one.state, one.from_on, one.published_by = "published", from_on, actor.name
    _touch(one, "state", "from_on", "published_by")
    audit.record(
        actor,
        "registry.list_published",
        "duty_list",
        one.pk,
        list=one.kind,
        version=one.version,
        on=from_on.isoformat(),
    )
    return one


@transaction.atomic
def load_lists(*, actor: Actor, place: int, from_on: date | None = None) -> list[DutyList]:
    """The shipped lists published for a district that has none of the kind yet: for the demonstration and a first day."""
    lo, made = _may(actor, place), []
    for kind in rules.LISTS:
        if not DutyList.objects.filter(place_code=lo, kind=kind).exists():
            one = draft_list(actor=actor, place=lo, kind=kind)
            made.append(publish_list(actor=actor, list_id=one.pk, from_on=from_on or clock.today()))
    audit.record(actor, "registry.lists_loaded", "duty_list", lo, count=len(made))
    return made
