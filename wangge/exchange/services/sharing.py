"""共享: a data set is listed, an office asks, another person allows it for fields, a purpose and a time, each delivery is marked."""

import hashlib
from collections.abc import Sequence
from datetime import date

from django.db import transaction

from wangge.exchange import queries, sheet, terms
from wangge.exchange.models import Dataset, Delivery, ShareRequest
from wangge.exchange.rules import quality, sharing
from wangge.kernel import audit, clock, numbering
from wangge.kernel.actor import Actor
from wangge.kernel.calendars import current_calendar
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Blinder
from wangge.kernel.workdays import Limit, due

MANAGE, ASK, APPROVE = "exchange.manage", "exchange.request", "exchange.approve"
MARKS = "exchange-marks"


@transaction.atomic
def list_dataset(
    *,
    actor: Actor,
    source_id: int,
    code: str,
    name: str,
    about: str,
    share: str,
    fields: Sequence[str],
    basis: str = "",
    dataset_id: int | None = None,
) -> Dataset:
    """Draft an entry of the catalogue over a source (with `dataset_id`: change it). `publish_dataset` shows it to others."""
    actor.must(MANAGE)
    source = queries.source(actor, source_id)
    known = {f.key for f in quality.fields_of(source.fields)}
    if not fields or set(fields) - known:
        raise Refusal("bad_fields", "请从数据源的字段中至少选择一个。", field="fields")
    if share not in terms.SHARE_KINDS:
        raise Refusal("no_choice", "请选择共享属性。", field="share", value=share)
    for label, field, text in (("编码", "code", code), ("名称", "name", name), ("内容摘要", "about", about)):
        if not text.strip():
            raise Refusal("missing_input", f"请填写“{label}”后再提交。", field=field)
    personal = any(f.level >= 3 for f in quality.fields_of(source.fields) if f.key in set(fields))
    if share == "open" and personal:
        raise Refusal(
            "personal", "含有个人信息的数据集不能列为无条件共享。请改为有条件共享，或去掉这些字段。", field="share"
        )
    if share != "open" and not basis.strip():
        raise Refusal("missing_input", "有条件共享和不予共享须写明依据。", field="basis")
    if dataset_id is None:
        made = Dataset(code=code.strip(), source=source, place_code=source.place_code, group=source.group, step=0)
    else:
        made = queries.dataset_for_update(actor, dataset_id)
        if made.source_id != source.pk:
            raise NotHere("数据集")
    made.name, made.about, made.share, made.basis = name.strip(), about.strip(), share, basis.strip()
    made.fields = [f for f in (x.key for x in quality.fields_of(source.fields)) if f in set(fields)]
    made.step, made.updated_at = made.step + 1, clock.now()
    made.save()
    audit.record(actor, "exchange.dataset_drafted", "dataset", made.code, share=share, fields=len(made.fields))
    return made


@transaction.atomic
def publish_dataset(*, actor: Actor, dataset_id: int, listed: bool, reason: str = "") -> Dataset:
    """Show an entry in the catalogue, or take it off; requests that were approved end with it."""
    actor.must(MANAGE)
    found = queries.dataset_for_update(actor, dataset_id)
    if not listed and not reason.strip():
        raise Refusal("missing_input", "请写明撤下原因。", field="reason")
    found.state, found.step, found.updated_at = ("listed" if listed else "withdrawn"), found.step + 1, clock.now()
    found.listed_at = clock.now() if listed else found.listed_at
    found.save(update_fields=["state", "step", "updated_at", "listed_at"])
    audit.record(
        actor, "exchange.dataset_listed" if listed else "exchange.dataset_withdrawn", "dataset", found.code, reason=reason.strip()
    )  # fmt: skip
    return found


@transaction.atomic
def ask_share(
    *,
    actor: Actor,
    dataset_id: int,
    fields: Sequence[str],
    full: Sequence[str],
    purpose: str,
    legal_basis: str,
    from_on: date,
    until_on: date,
) -> ShareRequest:
    """Ask for a data set for the actor's own office. What is shared without condition is allowed at once.

    Refusals name the field; `not_shared`, `no_office`, `asked_already`.
    """
    actor.must(ASK)
    dataset = queries.dataset(actor, dataset_id)
    if not actor.department_id:
        raise Refusal("no_office", "共享申请须由部门提出。请切换到部门岗位。", status=403)
    if dataset.state != "listed" or dataset.share == "never":
        raise Refusal("not_shared", f"这个数据集不提供共享：{dataset.basis or '未发布'}。", status=409)
    today = clock.today()
    field, sentence = sharing.check_request(
        fields, full, dataset.fields, (from_on, until_on), today, purpose, legal_basis
    )
    if sentence:
        raise Refusal("bad_request", sentence, field=field)
    open_ = ShareRequest.objects.filter(dataset=dataset, department=actor.department_id, state="asked").first()
    if open_ is not None:
        raise Refusal(
            "asked_already", f"本部门对这个数据集的申请 {open_.number} 正在审批，请等待结果或先撤回。", status=409
        )
    deadline = due(clock.now(), Limit(sharing.ANSWER_DAYS, "work_day"), current_calendar())
    at_once = dataset.share == "open"
    made = ShareRequest.objects.create(
        number=f"GX{today.year}{numbering.next_number(f'exchange_share_{today.year}'):05d}",
        dataset=dataset,
        department_id=actor.department_id,
        place_code=dataset.place_code,
        group=dataset.group,
        fields=sharing.narrowed(dataset.fields, fields),
        full=sharing.narrowed(dataset.fields, full),
        purpose=purpose.strip(),
        legal_basis=legal_basis.strip(),
        from_on=from_on,
        until_on=until_on,
        state="approved" if at_once else "asked",
        due_on=clock.local(deadline.at).date(),
        asked_by=actor.id,
        asked_name=actor.name,
        asked_at=clock.now(),
        decided_name="无条件共享" if at_once else "",
        decided_at=clock.now() if at_once else None,
    )
    audit.record(
        actor, "exchange.share_asked", "share", made.number, dataset=dataset.code, fields=made.fields, full=made.full
    )
    return made


@transaction.atomic
def decide_share(
    *,
    actor: Actor,
    number: str,
    seen_step: int,
    approved: bool,
    fields: Sequence[str] | None = None,
    full: Sequence[str] | None = None,
    until_on: date | None = None,
    note: str = "",
) -> ShareRequest:
    """Allow (fewer fields, fewer unmasked, a nearer end are possible, more are not) or decline with the reason."""
    actor.must(APPROVE)
    found = queries.request_for_update(actor, number)
    _expect(found, "asked", seen_step)
    if found.asked_by == actor.id:
        raise Refusal("separation_of_duties", "共享申请由您提出，须由其他人员审批。请转交有审批权的同事。", status=409)
    if not approved and not note.strip():
        raise Refusal("missing_input", "请写明不同意的理由。", field="note")
    if approved:
        found.fields = sharing.narrowed(found.fields, fields if fields is not None else found.fields)
        found.full = sharing.narrowed(sharing.narrowed(found.full, found.full if full is None else full), found.fields)
        if not found.fields:
            raise Refusal("bad_request", "请至少同意一个字段；都不同意时请选择不同意。", field="fields")
        if until_on is not None and until_on > found.until_on:
            raise Refusal("bad_request", "期限只能缩短，不能超过申请的期限。", field="until_on")
        found.until_on = until_on or found.until_on
    found.state = "approved" if approved else "declined"
    _decided(actor, found, note)
    audit.record(
        actor,
        f"exchange.share_{found.state}",
        "share",
        number,
        fields=found.fields,
        full=found.full,
        reason=note.strip(),
    )
    return found


@transaction.atomic
def withdraw_share(*, actor: Actor, number: str) -> ShareRequest:
    """Take back one's own office's request before it is decided."""
    actor.must(ASK)
    found = queries.request_for_update(actor, number)
    if found.department_id != actor.department_id:
        raise Refusal("not_own", "只能撤回本部门的申请。", status=403)
    _expect(found, "asked", found.step)
    found.state = "withdrawn"
    _decided(actor, found, "")
    audit.record(actor, "exchange.share_withdrawn", "share", number)
    return found


@transaction.atomic
def revoke_share(*, actor: Actor, number: str, reason: str) -> ShareRequest:
    """End an approved sharing before its time."""
    actor.must(APPROVE)
    found = queries.request_for_update(actor, number)
    _expect(found, "approved", found.step)
    if not reason.strip():
        raise Refusal("missing_input", "请写明终止原因。", field="reason")
    found.state = "revoked"
    _decided(actor, found, reason)
    audit.record(actor, "exchange.share_revoked", "share", number, reason=reason.strip())
    return found


@transaction.atomic
def deliver(*, actor: Actor, number: str) -> tuple[Delivery, bytes]:
    """The data as XLSX for the office that was allowed it, headed by its watermark, each row with its trace code."""
    found = _running(actor, number)
    mark = f"{numbering.next_number('exchange_delivery'):06d}"
    keys = _given(found)
    rows, blind = queries.rows_for(found, [f.key for f in keys], limit=queries.MOST + 1), Blinder(MARKS).blind
    if len(rows) > queries.MOST:
        raise Refusal(
            "table_too_large",
            f"数据超过 {queries.MOST} 行，一张表放不下，没有交付。请用接口令牌分页取用。",
            status=413,
        )
    words = sharing.notice(found.department.name, found.purpose, found.until_on, mark, actor.name, clock.today())
    listed = ([*values, sharing.row_mark(blind, mark, n)] for n, (_, values) in enumerate(rows, 1))
    content = sheet.marked(found.dataset.name, words, [*(f.title for f in keys), "溯源码"], listed)
    made = _delivered(actor, found, mark, "xlsx", len(rows), hashlib.sha256(content).hexdigest())
    return made, content


@transaction.atomic
def deliver_page(
    *, actor: Actor, number: str, after: int, size: int
) -> tuple[Delivery, list[dict[str, str]], int | None]:
    """One page for the office's own system: (delivery, rows with their trace codes, where to go on or None)."""
    found = _running(actor, number)
    mark = f"{numbering.next_number('exchange_delivery'):06d}"
    keys = [f.key for f in _given(found)]
    rows, blind = queries.rows_for(found, keys, after, size), Blinder(MARKS).blind
    listed = [
        dict(zip(keys, values, strict=True)) | {"溯源码": sharing.row_mark(blind, mark, n)}
        for n, (_, values) in enumerate(rows, 1)
    ]
    made = _delivered(actor, found, mark, "json", len(rows), "")
    return made, listed, rows[-1][0] if len(rows) == size else None


def _given(found: ShareRequest) -> list[quality.Field]:
    """What was allowed and is still offered: a field that the entry gave up since is not given any more."""
    keys = [f for f in queries.dataset_keys(found.dataset) if f.key in set(found.fields)]
    if not keys:
        raise Refusal("not_shared", "获准的字段已不在这个数据集的共享范围内，不能再取用。请重新申请。", status=409)
    return keys


def _delivered(actor: Actor, found: ShareRequest, mark: str, form: str, rows: int, digest: str) -> Delivery:
    made = Delivery.objects.create(
        request=found, mark=mark, form=form, rows=rows, digest=digest, by=actor.name, account=actor.id, at=clock.now()
    )
    audit.record(
        actor, "exchange.delivered", "share", found.number, mark=mark, rows=rows, fields=found.fields, full=found.full
    )
    return made


def _running(actor: Actor, number: str) -> ShareRequest:
    actor.must(ASK)
    found = queries.request_for_update(actor, number)
    if found.department_id != actor.department_id:
        raise Refusal("not_own", "只有获准的部门可以取用。", status=403)
    if found.dataset.state != "listed":
        raise Refusal("not_shared", "这个数据集已从目录撤下，不能再取用。", status=409)
    if not sharing.is_running(found.state, found.from_on, found.until_on, clock.today()):
        raise Refusal(
            "not_running",
            f"这项共享{found.get_state_display()}，期限 {found.from_on} 至 {found.until_on}，现在不能取用。可以重新申请。",
            status=409,
        )
    return found


def _expect(found: ShareRequest, state: str, seen_step: int) -> None:
    if found.state != state:
        who = f"，由{found.decided_name}处理" if found.decided_name else ""
        raise Refusal("decided", f"这项申请当前为“{found.get_state_display()}”{who}。请刷新后查看。", status=409)
    if found.step != seen_step:
        raise Refusal("stale", "这项申请刚被更新。请刷新后核对，再提交。", status=409)


def _decided(actor: Actor, found: ShareRequest, note: str) -> None:
    found.decided_by, found.decided_name, found.decided_at = actor.id, actor.name, clock.now()
    found.note, found.step = note.strip()[:300], found.step + 1
    found.save()
