"""Transfers of land: prepared as a plan that changes nothing, offered, signed by both sides, carried out on their day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from psycopg import sql
from shapely.geometry import shape

from wangge.kernel import audit, clock, files, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory import facts, terms
from wangge.territory.models import (
    CellLineage,
    Division,
    GridCell,
    Transfer,
    TransferCell,
    TransferDivision,
    TransferItem,
    TransferSignature,
)
from wangge.territory.queries import transfer_plans as queries
from wangge.territory.rules import land
from wangge.territory.rules import transfers as rules
from wangge.territory.services import places, steps


def _locked(actor: Actor, transfer_id: int, seen_step: int | None, *states: str) -> Transfer:
    found = queries.transfers(actor).select_for_update().filter(pk=transfer_id).first()
    if found is None:
        raise NotHere("区划移交")
    if seen_step is not None and seen_step != found.step:
        raise Refusal("stale", "您打开后，他人已修改这次移交。请刷新后再操作，您填写的内容仍在屏幕上。", status=409)
    if found.state not in states:
        name = terms.TRANSFER_STATES[found.state]
        raise Refusal("transfer_state", f"这次移交的状态为“{name}”，不能进行这项操作。", status=409, value=found.state)
    return found


def _changed(found: Transfer, *fields: str) -> None:
    found.step += 1
    found.save(update_fields=[*fields, "step"])


@transaction.atomic
def prepare_transfer(
    *, actor: Actor, title: str, kind: str, from_district: int, to_district: int, on: date, memo: str = ""
) -> Transfer:
    """Begin a plan. The actor must cover the whole of the district that gives."""
    actor.must(queries.RIGHT_PREPARE)
    if not title.strip():
        raise Refusal("missing_input", "请填写移交名称。", field="title")
    if kind not in terms.TRANSFER_KINDS:
        raise Refusal("unknown_kind", "请选择移交方式：合并、拆分或移交其他管理机构。", field="kind", value=kind)
    for code in (from_district, to_district):
        if code % 10**9 or not 10**14 <= code < 10**15:
            raise Refusal("not_a_district", "请填写区的 15 位代码，后 9 位为 0。", field="to_district", value=code)
    if not all(actor.covers(c) for c in land.interval(from_district)):
        raise NotHere("区划")
    if on <= clock.today():
        raise Refusal("too_soon", "生效日期须在今天以后，以便双方签署。", field="on", value=on.isoformat())
    made = Transfer.objects.create(
        title=title.strip()[:100],
        kind=kind,
        from_district=from_district,
        to_district=to_district,
        on=on,
        memo=memo.strip(),
        made_by=actor.name,
        made_at=clock.now(),
    )
    audit.record(actor, "territory.transfer_prepared", "transfer", made.pk, way=kind, on=on.isoformat())
    return made


@transaction.atomic
def edit_transfer(*, actor: Actor, transfer_id: int, seen_step: int, title: str, on: date, memo: str) -> Transfer:
    """Change title, day and memorandum while the plan is being prepared."""
    actor.must(queries.RIGHT_PREPARE)
    found = _locked(actor, transfer_id, seen_step, "draft")
    if not title.strip() or on <= clock.today():
        raise Refusal("missing_input", "请填写名称，生效日期须在今天以后。", field="on", value=on.isoformat())
    found.title, found.on, found.memo = title.strip()[:100], on, memo.strip()
    _changed(found, "title", "on", "memo")
    audit.record(actor, "territory.transfer_edited", "transfer", found.pk)
    return found


@transaction.atomic
def plan_cells(*, actor: Actor, transfer_id: int, seen_step: int, rows: Sequence[tuple[int, int]]) -> Transfer:
    """Set which cells pass to which community: (cell, community), in place of what was set before."""
    actor.must(queries.RIGHT_PREPARE)
    found = _locked(actor, transfer_id, seen_step, "draft")
    known = set(
        GridCell.objects.filter(pk__in=[c for c, _ in rows], valid__contains=found.on).values_list("pk", flat=True)
    )
    for cell, community in rows:
        if cell not in known or cell - cell % 10**9 != found.from_district:
            raise Refusal(
                "unknown_cell",
                f"网格 {cell} 不是移出区在 {found.on} 有效的网格。请从列表中选择。",
                field="cells",
                value=cell,
            )
        if community % 1000 or community % 10**6 == 0:
            raise Refusal("unknown_community", f"“{community}”不是社区（村）代码。", field="community", value=community)
        if cell - cell % 1000 == community:
            raise Refusal(
                "same_community", f"网格 {cell} 已在该社区。请选择另一个接收社区。", field="community", value=community
            )
    TransferCell.objects.filter(transfer=found).delete()
    TransferCell.objects.bulk_create(
        TransferCell(transfer=found, cell_id=c, community=to) for c, to in dict(rows).items()
    )
    _changed(found)
    audit.record(actor, "territory.transfer_cells_set", "transfer", found.pk, cells=len(rows))
    return found


@transaction.atomic
def plan_divisions(*, actor: Actor, transfer_id: int, seen_step: int, named: Mapping[int, str]) -> Transfer:
    """Set the divisions that come to be on the day: code → name, in place of what was set before."""
    actor.must(queries.RIGHT_PREPARE)
    found = _locked(actor, transfer_id, seen_step, "draft")
    for code, name in named.items():
        if not 10**14 <= code < 10**15 or code % 1000:
            raise Refusal("division_code", f"“{code}”不是区、街道或社区的 15 位代码。", field="divisions", value=code)
        if not name.strip():
            raise Refusal("missing_input", f"请填写 {land.fmt(code)} 的名称。", field="divisions", value=code)
        if code - code % 10**9 != found.to_district:
            raise Refusal("other_district", f"{land.fmt(code)} 不在接收区的代码范围内。", field="divisions", value=code)
        if Division.objects.filter(pk=code).exists():
            raise Refusal(
                "exists", f"{land.fmt(code)} 已有区划，代码不能重复使用。请换一个代码。", field="divisions", value=code
            )
    TransferDivision.objects.filter(transfer=found).delete()
    TransferDivision.objects.bulk_create(
        TransferDivision(transfer=found, code=code, name=name.strip()[:60]) for code, name in named.items()
    )
    _changed(found)
    audit.record(actor, "territory.transfer_divisions_set", "transfer", found.pk, divisions=len(named))
    return found


@transaction.atomic
def add_transfer_item(
    *, actor: Actor, transfer_id: int, kind: str, title: str, owner: str, text: str = "", due_on: date | None = None
) -> TransferItem:
    """A line of one of the four lists; either side may add one while the plan is being prepared."""
    actor.must(queries.RIGHT_PREPARE)
    found = _locked(actor, transfer_id, None, "draft")
    if kind not in terms.TRANSFER_LISTS:
        raise Refusal("unknown_list", "请选择清单：职责、任务、问题或保障。", field="kind", value=kind)
    if not title.strip() or not owner.strip():
        raise Refusal("missing_input", "请填写事项和责任方。", field="title")
    made = TransferItem.objects.create(
        transfer=found,
        kind=kind,
        title=title.strip()[:100],
        text=text.strip(),
        owner=owner.strip()[:100],
        due_on=due_on,
    )
    _changed(found)
    audit.record(actor, "territory.transfer_item_added", "transfer", found.pk, item=made.pk, list=kind)
    return made


@transaction.atomic
def drop_transfer_item(*, actor: Actor, transfer_id: int, item_id: int) -> None:
    """Take a line out of a list while the plan is being prepared."""
    actor.must(queries.RIGHT_PREPARE)
    found = _locked(actor, transfer_id, None, "draft")
    gone, _ = TransferItem.objects.filter(transfer=found, pk=item_id).delete()
    if not gone:
        raise NotHere("清单项")
    _changed(found)
    audit.record(actor, "territory.transfer_item_dropped", "transfer", found.pk, item=item_id)


@transaction.atomic
def finish_transfer_item(*, actor: Actor, transfer_id: int, item_id: int, note: str) -> TransferItem:
    """Note that a line of a signed or carried-out transfer is settled, and how."""
    actor.must(queries.RIGHT_PREPARE)
    found = _locked(actor, transfer_id, None, "signed", "done")
    item = TransferItem.objects.select_for_update().filter(transfer=found, pk=item_id, done_on=None).first()
    if item is None:
        raise NotHere("未完成的清单项")
    if not note.strip():
        raise Refusal("missing_input", "请写明完成情况。", field="note")
    item.done_on, item.done_note = clock.today(), note.strip()[:300]
    item.save(update_fields=["done_on", "done_note"])
    audit.record(actor, "territory.transfer_item_finished", "transfer", found.pk, item=item_id)
    return item


@transaction.atomic
def offer_transfer(*, actor: Actor, transfer_id: int, seen_step: int) -> Transfer:
    """Close the plan for signature: from now on its digest is what the two sides sign."""
    actor.must(queries.RIGHT_PREPARE)
    steps.lock()  # two plans with the same cell are offered one after the other
    found = _locked(actor, transfer_id, seen_step, "draft")
    if missing := queries.transfer_faults(found):
        raise Refusal("transfer_incomplete", " ".join(missing), status=409)
    found.state, found.digest = "offered", rules.digest(queries.content(found))
    _changed(found, "state", "digest")
    audit.record(actor, "territory.transfer_offered", "transfer", found.pk, digest=found.digest)
    return found


@transaction.atomic
def reopen_transfer(*, actor: Actor, transfer_id: int, seen_step: int) -> Transfer:
    """Back to preparation, before its day; signatures under the old content fall away."""
    actor.must(queries.RIGHT_PREPARE)
    found = _locked(actor, transfer_id, seen_step, "offered", "signed")
    gone = list(found.signatures.values_list("side", flat=True))
    found.signatures.all().delete()
    found.state, found.digest = "draft", ""
    _changed(found, "state", "digest")
    audit.record(actor, "territory.transfer_reopened", "transfer", found.pk, signatures_dropped=gone)
    return found


@transaction.atomic
def sign_transfer(
    *, actor: Actor, transfer_id: int, seen_step: int, side: str, signer: str = "", paper: str = ""
) -> Transfer:
    """Sign for a side. Without a paper the actor signs for the own district; with one, the scan (a stored file) of what an
    authority outside this system signed is kept, and `signer` says who did."""
    actor.must(queries.RIGHT_SIGN)
    found = _locked(actor, transfer_id, seen_step, "offered")
    if side not in terms.TRANSFER_SIDES:
        raise Refusal("unknown_side", "请选择签署的一方。", field="side", value=side)
    if paper:
        if not signer.strip():
            raise Refusal("missing_input", "请填写纸质签字件上的签署人和单位。", field="signer")
        if files.missing([paper]):
            raise Refusal("unknown_file", "签字件尚未上传。请先上传扫描件。", field="paper", value=paper)
    elif side not in queries.side_of(actor, found):
        raise Refusal(
            "not_your_side",
            "您不能代另一方签署。对方未使用本系统的，请上传对方签字的备忘录。",
            status=403,
            field="side",
        )
    if rules.digest(queries.content(found)) != found.digest:
        raise Refusal("content_changed", "内容与送签时不符。请退回编制后重新送签。", status=409)
    if (other := found.signatures.exclude(side=side).first()) and other.account_id == actor.id and not paper:
        raise Refusal("one_person_two_sides", "双方须由不同的人签署。", status=409)
    TransferSignature.objects.create(
        transfer=found,
        side=side,
        name=signer.strip()[:100] or f"{actor.name}（{actor.post_name}）"[:100],
        account_id=actor.id,
        digest=found.digest,
        paper=paper,
        at=clock.now(),
    )
    if found.signatures.count() == len(terms.TRANSFER_SIDES):
        found.state = "signed"
    _changed(found, "state")
    audit.record(actor, "territory.transfer_signed", "transfer", found.pk, side=side, digest=found.digest, paper=paper)
    return found


@transaction.atomic
def cancel_transfer(*, actor: Actor, transfer_id: int, seen_step: int, reason: str) -> Transfer:
    """Give a transfer up before it is carried out. Nothing has moved, so nothing moves back."""
    actor.must(queries.RIGHT_PREPARE)
    found = _locked(actor, transfer_id, seen_step, *rules.OPEN)
    if not reason.strip():
        raise Refusal("missing_input", "请写明取消的原因。", field="reason")
    found.state = "cancelled"
    _changed(found, "state")
    audit.record(actor, "territory.transfer_cancelled", "transfer", found.pk, reason=reason.strip())
    return found


@transaction.atomic
def carry_out_transfer(*, actor: Actor, transfer_id: int) -> Transfer:
    """On its day: new divisions, new codes, addresses and dwellings; the rooms above follow by the fact. Once only."""
    actor.must(queries.RIGHT_PREPARE)
    steps.lock()
    found = _locked(actor, transfer_id, None, *terms.TRANSFER_STATES)
    if why := rules.may_carry_out(found.state, found.on, clock.today()):
        raise Refusal("not_yet", why, status=409)
    if missing := queries.transfer_faults(found):
        raise Refusal("transfer_incomplete", " ".join(missing), status=409)
    if rules.digest(queries.content(found)) != found.digest:
        raise Refusal("content_changed", "内容与双方签署时不符，不能执行。请退回编制，重新送签。", status=409)
    for one in found.divisions.order_by("code"):
        _establish(one, found)
    moved: dict[int, int] = {}
    planned = list(found.cells.select_related("cell").order_by("community", "cell_id"))
    olds = {row.cell_id - row.cell_id % 1000 for row in planned}
    living = GridCell.objects.filter(community_id__in=olds, valid__contains=found.on).values_list("code", flat=True)
    whole = rules.whole([(r.cell_id, r.community) for r in planned], list(living))
    for row in planned:
        moved[row.cell_id] = row.new_code = _pass_on(row, found, actor)
        row.save(update_fields=["new_code"])
    _move_addresses(moved | whole)
    retired = _retire_empty(olds, found.on)
    found.state, found.done_at = "done", clock.now()
    _changed(found, "state", "done_at")
    steps.bump()
    audit.record(actor, "territory.transfer_carried_out", "transfer", found.pk, cells=len(moved), retired=retired)
    outbox.publish(
        facts.TerritoryTransferred(
            transfer_id=found.pk, on=found.on, cells=tuple(moved.items()), communities=tuple(whole.items())
        )
    )
    return found


@transaction.atomic
def repeat_transfer(*, actor: Actor, transfer_id: int) -> None:
    """Let what was written to the old codes while a transfer was carried out follow too.

    A case or a record that somebody was just entering may be committed after the rooms above have moved theirs. Moving is
    idempotent in every room, so it is asked for once more.
    """
    actor.must(queries.RIGHT_PREPARE)
    found = _locked(actor, transfer_id, None, "done")
    moved = {old: new for old, new in found.cells.values_list("cell_id", "new_code") if new is not None}
    planned = list(found.cells.values_list("cell_id", "community"))
    before = found.on - timedelta(days=1)
    homes = {cell - cell % 1000 for cell in moved}
    living = GridCell.objects.filter(community_id__in=homes, valid__contains=before).values_list("code", flat=True)
    whole = rules.whole(planned, [*living, *moved])
    _move_addresses(moved | whole)
    audit.record(actor, "territory.transfer_repeated", "transfer", found.pk, cells=len(moved))
    outbox.publish(
        facts.TerritoryTransferred(
            transfer_id=found.pk, on=found.on, cells=tuple(moved.items()), communities=tuple(whole.items())
        )
    )


def _establish(planned: TransferDivision, found: Transfer) -> None:
    name = planned.name
    Division.objects.create(
        code=planned.code,
        name=name,
        short=land.short_name(name),
        level=land.level(planned.code),
        parent_id=land.parent(planned.code),
        pinyin=steps.initials(land.short_name(name)),
        valid=DateRange(found.on, None),
        source=f"区划移交：{found.title}"[:200],
    )


def _pass_on(row: TransferCell, found: Transfer, actor: Actor) -> int:
    old = steps.living(row.cell_id, found.on)
    bound = steps.boundary_on(old, found.on)
    home = steps.community(row.community, found.on)
    code = steps.next_codes(home.pk, 1)[0]
    new = steps.new_cell(code, steps.name("", home, code), old.kind, home, found.on)
    steps.end_boundary(old.pk, found.on)
    old.valid = DateRange(empty=True) if old.valid.lower == found.on else DateRange(old.valid.lower, found.on)
    old.save(update_fields=["valid"])
    CellLineage.objects.create(predecessor=old, successor=new, kind="pass", on=found.on)
    steps.store(new, shape(bound.geometry), found.on, actor, bound.source)
    return code


def _move_addresses(codes: Mapping[int, int]) -> None:
    """Addresses and what stands at them keep their ids and take the new code. Two of the same words in one community stay
    two: the one that arrives is told apart by the name of the place it came from."""
    places.lock({c - c % 1000 for c in (*codes, *codes.values())})
    pairs = [list(codes), list(codes.values())]
    arriving = """
        with m as (select unnest(%s::bigint[]) as old, unnest(%s::bigint[]) as new),
        clash as (
            select a.id, d.short from territory_standardaddress a join m on a.place_code = m.old
            join territory_division d on d.code = m.old / 1000 * 1000
            where a.until is null and exists (
                select from territory_standardaddress b left join m other on other.old = b.place_code
                where b.key = a.key and b.id <> a.id and b.until is null
                    and coalesce(other.new, b.place_code) / 1000 = m.new / 1000))
        update territory_standardaddress a set key = left(c.short || a.key, 200), "full" = left(c.short || a."full", 200)
        from clash c where a.id = c.id"""
    with connection.cursor() as cursor:
        cursor.execute(arriving, pairs)
        for table in _PLACED:
            cursor.execute(
                sql.SQL(
                    "with m as (select unnest(%s::bigint[]) as old, unnest(%s::bigint[]) as new)"
                    " update {} t set place_code = m.new from m where t.place_code = m.old"
                ).format(sql.Identifier(table)),
                pairs,
            )
        # A question asked of an area that is no more is asked of the one that took it over, unless it is asked there already.
        cursor.execute(
            "with m as (select unnest(%s::bigint[]) as old, unnest(%s::bigint[]) as new)"
            " update territory_addressdoubt d set place_code = m.new from m where d.place_code = m.old and d.state = 'open'"
            " and not exists (select from territory_addressdoubt b where b.place_code = m.new and b.key = d.key)"
            " and d.id = (select min(b.id) from territory_addressdoubt b join m o on o.old = b.place_code"
            " where o.new = m.new and b.key = d.key and b.state = 'open')",
            pairs,
        )


# Tables of this room whose rows follow the land they stand on.
_PLACED = ("territory_standardaddress", "territory_dwelling", "territory_fixture", "territory_device")


def _retire_empty(communities: set[int], on: date) -> list[int]:
    """End communities without a living cell, then streets without a community; which."""
    gone = []
    for code in sorted(communities):
        if not GridCell.objects.filter(community_id=code, valid__contains=on).exists():
            gone.append(code)
    _end(gone, on)
    streets = {land.parent(code) for code in gone} - {None}
    empty = [
        s
        for s in sorted(x for x in streets if x)
        if not Division.objects.filter(parent_id=s, valid__contains=on).exists()
    ]
    _end(empty, on)
    return gone + empty


def _end(codes: Sequence[int], on: date) -> None:
    for one in Division.objects.filter(pk__in=codes, valid__contains=on):
        one.valid = DateRange(empty=True) if one.valid.lower == on else DateRange(one.valid.lower, on)
        one.save(update_fields=["valid"])
