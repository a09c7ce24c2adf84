"""复核: a person decides whether a row and a person are the same, and may take a decision back. Locks: row, then links."""

from django.db import connection, transaction

from wangge.exchange import queries
from wangge.exchange.models import Link, LinkRun
from wangge.exchange.services.linking import LINK, WRITE_LOCK
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry.queries import linking


@transaction.atomic
def accept_link(*, actor: Actor, link_id: int, seen_step: int, note: str = "") -> Link:
    """They are the same: the row is linked, its other candidates are passed over.

    Refusals: `decided` (somebody was faster; says who), `stale`, `NotHere` for a person outside the actor's scope.
    """
    link = _open(actor, link_id, seen_step)
    others = Link.objects.select_for_update().filter(record=link.record_id, state="proposed").exclude(pk=link.pk)
    _decide(actor, link, "linked", note, how="person")
    for other in others.order_by("pk"):
        _decide(actor, other, "passed", "该源记录已与他人关联")
    audit.record(actor, "exchange.link_accepted", "link", link.pk, record=link.record_id, person=link.person_id)
    return link


@transaction.atomic
def reject_link(*, actor: Actor, link_id: int, seen_step: int, note: str = "") -> Link:
    """They are two people: this pair is never proposed again. The row's next candidate moves up."""
    link = _open(actor, link_id, seen_step)
    _decide(actor, link, "rejected", note)
    rest = Link.objects.select_for_update().filter(record=link.record_id, state="proposed").order_by("rank", "pk")
    for rank, other in enumerate(rest, 1):
        Link.objects.filter(pk=other.pk).update(rank=rank)
    audit.record(actor, "exchange.link_rejected", "link", link.pk, record=link.record_id, person=link.person_id)
    return link


@transaction.atomic
def undo_link(*, actor: Actor, link_id: int, reason: str) -> Link:
    """Take a link back, or a judgement that two are not the same. The pair is only shown again, never linked by itself."""
    link = queries.link_for_update(actor, link_id)
    _in_scope(actor, link)
    if link.state not in ("linked", "rejected"):
        raise Refusal("not_linked", f"这条关联当前为“{link.get_state_display()}”，不能撤销。请刷新后查看。", status=409)
    if not reason.strip():
        raise Refusal("missing_input", "请写明撤销原因。", field="reason")
    _decide(actor, link, "undone", reason.strip())
    audit.record(actor, "exchange.link_undone", "link", link.pk, record=link.record_id, reason=reason.strip())
    return link


@transaction.atomic
def undo_run(*, actor: Actor, run_id: int, reason: str) -> tuple[LinkRun, int, int]:
    """Take back what a run linked and proposed by itself: (run, links undone, links that people decided since and that stay)."""
    actor.must(LINK)
    run = LinkRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None or not actor.covers(run.place_code):
        raise NotHere("关联比对")
    if run.state != "done":
        raise Refusal("not_done", f"这次比对{run.get_state_display()}，没有可以撤销的结果。", status=409)
    if not reason.strip():
        raise Refusal("missing_input", "请写明撤销原因。", field="reason")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [WRITE_LOCK, run.source_id])
    mine = Link.objects.filter(run=run)
    kept = mine.filter(state__in=["linked", "rejected"], decided_by__isnull=False).count()
    now = {"decided_by": actor.id, "decided_name": actor.name, "decided_at": clock.now(), "note": reason.strip()[:200]}
    undone = mine.filter(state="linked", decided_by__isnull=True).update(state="passed", **now)
    mine.filter(state="proposed").update(state="passed", **now)
    run.state, run.problem = "undone", f"已由 {actor.name} 撤销：{reason.strip()}"[:300]
    run.save(update_fields=["state", "problem"])
    audit.record(actor, "exchange.run_undone", "link_run", run.pk, links=undone, kept=kept, reason=reason.strip())
    return run, undone, kept


# ---- parts ---------------------------------------------------------------------------------------------------------


def _open(actor: Actor, link_id: int, seen_step: int) -> Link:
    """The link, locked behind its row, still open and as it was looked at, of a person whom the actor's scope covers."""
    actor.must(LINK)
    source_id = Link.objects.filter(pk=link_id).values_list("record__source", flat=True).first()
    if source_id is None:
        raise NotHere("关联")
    with connection.cursor() as cursor:  # a run that writes waits for reviewers, and they for it; not for one another
        cursor.execute("select pg_advisory_xact_lock_shared(%s, %s)", [WRITE_LOCK, source_id])
    link = queries.link_for_update(actor, link_id)
    _in_scope(actor, link)
    if link.state != "proposed":
        who = link.decided_name or "系统"
        raise Refusal(
            "decided",
            f"这条关联已由{who}处理，结果为“{link.get_state_display()}”。您的意见没有写入，请查看下一条。",
            status=409,
        )
    if link.step != seen_step:
        raise Refusal("stale", "这条关联刚被更新。请刷新后核对，再提交。", status=409)
    return link


def _in_scope(actor: Actor, link: Link) -> None:
    if link.person_id not in linking.beside(actor, [link.person_id]):
        raise NotHere("关联")


def _decide(actor: Actor, link: Link, state: str, note: str, how: str = "") -> None:
    link.state, link.how, link.note = state, how or link.how, note.strip()[:200]
    link.decided_by, link.decided_name, link.decided_at = actor.id, actor.name, clock.now()
    link.step += 1
    link.save(update_fields=["state", "how", "note", "decided_by", "decided_name", "decided_at", "step"])


@transaction.atomic
def note_review_exported(*, actor: Actor, rows: int) -> None:
    """Leave a trace that the queue was taken away as a sheet."""
    actor.must(LINK)
    audit.record(actor, "exchange.review_exported", "records", 0, rows=rows)
