"""Starting, stopping and moving the clocks of a case, and the sweep that issues cards and lets time-outs happen."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q

from wangge.casework import facts, queries, terms
from wangge.casework.models import Assignment, Card, Case, Clock, Extension, Hold, Step
from wangge.kernel import audit, clock, outbox, scope, workdays
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.calendars import current_calendar
from wangge.kernel.errors import Refusal

log = logging.getLogger(__name__)


def matter_of(case: Case) -> terms.Matter:
    return terms.Matter(case.category, case.place_code, case.urgency, case.received_at)


def start(
    case: Case,
    kind: str,
    now: datetime,
    *,
    department_id: int | None = None,
    part: Assignment | None = None,
    share: float = 1,
) -> Clock:
    """Start a clock with the limit of the case's kind; `share` < 1 shortens it (a rework has half the limit)."""
    limit = queries.process_of(case).limit(matter_of(case), kind)
    amount = terms.part_of(limit.amount, share)
    limit = workdays.Limit(amount, limit.unit)
    due = workdays.due(now, limit, current_calendar())
    made = Clock.objects.create(
        case=case,
        assignment=part,
        department_id=department_id if department_id is not None else case.holder_id,
        kind=kind,
        started_at=now,
        amount=amount,
        unit=limit.unit,
        yellow_at=due.moment(terms.YELLOW_AT),
        due_at=due.at,
    )
    if part is None:
        case.clock, case.due_at = kind, due.at
    return made


def stop(case: Case, now: datetime, *, part: Assignment | None = None) -> None:
    """Stop what runs for the case itself, or for one co-handler."""
    running = Clock.objects.filter(case=case, stopped_at__isnull=True)
    (running.filter(assignment=part) if part else running.filter(assignment__isnull=True)).update(stopped_at=now)
    if part is None:
        case.clock, case.due_at = "", None


def stop_all(case: Case, now: datetime) -> None:
    """Stop every clock of the case, and with them what was asked about the handling and not decided."""
    Hold.objects.filter(case=case, to_at__isnull=True).update(to_at=now)
    Extension.objects.filter(clock__case=case, granted__isnull=True).update(granted=False, decided_at=now)
    Clock.objects.filter(case=case, stopped_at__isnull=True).update(stopped_at=now)
    case.clock, case.due_at = "", None


def running(case: Case, kind: str) -> Clock:
    found = Clock.objects.filter(case=case, kind=kind, stopped_at__isnull=True, assignment__isnull=True).first()
    if found is None:
        raise Refusal("no_clock", f"本件没有正在计时的{terms.CLOCKS[kind]}时限。", status=409)
    return found


def recompute(case: Case, one: Clock) -> bool:
    """Set the clock's due date anew from its limit, extensions and holds; True when it moved."""
    before = one.due_at, one.yellow_at
    one.due_at, one.yellow_at = _dates(one, queries.holds_of(case.pk))
    if (one.due_at, one.yellow_at) == before:
        return False
    one.save(update_fields=["due_at", "yellow_at"])
    if one.assignment_id is None:
        case.due_at = one.due_at
        case.save(update_fields=["due_at"])
    return True


def _dates(one: Clock, holds: Sequence[workdays.Hold]) -> tuple[datetime, datetime]:
    due = queries.due_of(one, holds)
    return due.at, due.moment(terms.YELLOW_AT)


def recompute_running(case: Case, kind: str) -> None:
    """As `recompute`, for every running clock of a kind: the case's own and the co-handlers'."""
    for one in Clock.objects.filter(case=case, kind=kind, stopped_at__isnull=True):
        recompute(case, one)


def relimit(case: Case) -> list[dict[str, Any]]:
    """Give what runs the limit of the case's present category, from the same start; each clock's limit before and after."""
    changed = []
    last = Step.objects.filter(case=case, command__in=["sign", "rework", "redo", "reopen"]).order_by("-seq").first()
    for one in Clock.objects.filter(case=case, stopped_at__isnull=True).exclude(kind="rate").order_by("id"):
        limit = queries.process_of(case).limit(matter_of(case), one.kind)
        halved = one.kind == "handle" and last is not None and last.command == "rework"
        amount = terms.part_of(limit.amount, 0.5 if halved else 1)
        if (amount, limit.unit) == (one.amount, one.unit):
            continue
        was, due = workdays.Limit(one.amount, one.unit).text(), one.due_at  # type: ignore[arg-type]
        one.amount, one.unit = amount, limit.unit
        one.save(update_fields=["amount", "unit"])
        recompute(case, one)
        changed.append(
            {
                "clock": one.pk,
                "before": was,
                "after": workdays.Limit(amount, limit.unit).text(),
                "due_before": due.isoformat(),
                "due_after": one.due_at.isoformat(),
            }
        )
    return changed


def recompute_open(*, actor: Actor) -> int:
    """After a calendar changed: every running clock again, each change logged with the date before and after."""
    actor.must("calendar.edit")
    moved = 0
    with scope.system():
        holds = queries.holds_of_open()
        stale = [
            (one.case_id, one.pk)
            for one in Clock.objects.filter(stopped_at__isnull=True).order_by("case_id", "id").iterator(2000)
            if _dates(one, holds.get(one.case_id, ())) != (one.due_at, one.yellow_at)
        ]
        for case_id, clock_id in stale:  # only what moves is locked, the case first and in order, as every act does
            case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
            one = Clock.objects.get(pk=clock_id)
            before = one.due_at
            if one.stopped_at is None and recompute(case, one):
                moved += 1
                audit.record(
                    actor,
                    "casework.due_moved",
                    "case",
                    case.number,
                    clock=one.kind,
                    before=before,
                    after=one.due_at,
                )
        audit.record(actor, "casework.deadlines_recomputed", "calendar", "open", moved=moved)
    return moved


def sweep(*, actor: Actor = SYSTEM, limit: int = 2000) -> dict[str, int]:
    """What time itself brings about: cards, holds that end, ratings that never came. Each case in its own transaction."""
    from wangge.casework.services.acts import act

    now, done = clock.now(), {"yellow": 0, "red": 0, "resumed": 0, "unrated": 0}
    with scope.system():
        cards = Card.objects.filter(clock=OuterRef("pk"))
        due_cards = list(
            Clock.objects.filter(stopped_at__isnull=True, yellow_at__lte=now)
            .exclude(kind="rate")
            .exclude(case__state="held")
            # What has its card and is not late yet must not stand in the way of what is.
            .filter(Q(due_at__lt=now) & ~Exists(cards.filter(colour="red")) | ~Exists(cards))
            .order_by("due_at", "pk")
            .values_list("pk", flat=True)[:limit]
        )
    for pk in due_cards:
        try:
            if colour := _issue_card(pk, now):
                done[colour] += 1
        except DatabaseError:
            log.exception("no card for clock %s; the next sweep looks again", pk)
    with scope.system():
        ended = list(
            Hold.objects.filter(
                to_at__isnull=True, from_at__isnull=False, until__lt=clock.local(now).date()
            ).values_list("case__number", flat=True)
        )
        unrated = list(
            Clock.objects.filter(kind="rate", stopped_at__isnull=True, due_at__lte=now)
            .order_by("due_at", "pk")
            .values_list("case__number", flat=True)[:limit]
        )
    for numbers, command, key in ((ended, "resume", "resumed"), (unrated, "default_rating", "unrated")):
        for number in numbers:
            try:
                with scope.system():
                    act(actor=SYSTEM, number=number, command=command, seen_step=None)
                done[key] += 1
            except Refusal:
                continue  # somebody acted in the meantime; the next sweep looks again
            except DatabaseError:
                log.exception("could not %s %s; the next sweep looks again", command, number)
    return done


def _issue_card(clock_id: int, now: datetime) -> str | None:
    with scope.system(), transaction.atomic():
        case_id = Clock.objects.values_list("case_id", flat=True).get(pk=clock_id)
        case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)  # the case first, as every act does
        one = Clock.objects.select_for_update(of=("self",)).get(pk=clock_id)
        if one.stopped_at is not None or one.yellow_at > now or case.state == terms.State.HELD:
            return None
        colour = "red" if now > one.due_at else "yellow"
        made, fresh = Card.objects.get_or_create(
            clock=one, colour=colour, defaults={"case": case, "department_id": one.department_id, "issued_at": now}
        )
        if not fresh:
            return None
        if case.card != "red":
            case.card = colour
            case.save(update_fields=["card"])
        audit.record(SYSTEM, "casework.card_issued", "case", case.number, colour=colour, clock=one.kind)
        outbox.publish(facts.CardIssued(case.pk, case.number, made.pk, colour, one.department_id))
        return colour


def archive_old(*, actor: Actor = SYSTEM, limit: int = 5000) -> int:
    """Archive what was closed ninety days ago or earlier and is not disputed; how many were."""
    from wangge.casework.services.acts import act

    before = clock.now() - timedelta(days=terms.ARCHIVE_DAYS)
    with scope.system():
        numbers = list(
            Case.objects.filter(state="closed", closed_at__lte=before)
            .order_by("closed_at")
            .values_list("number", flat=True)[:limit]
        )
    done = 0
    for number in numbers:
        try:
            with scope.system():
                act(actor=actor, number=number, command="archive", seen_step=None)
            done += 1
        except Refusal:
            continue  # reopened in the meantime
    return done
