"""Starting, stopping and moving the clocks of a case, and the sweep that issues cards and lets time-outs happen."""

from datetime import datetime, timedelta

from django.db import transaction

from wangge.casework import facts, queries, terms
from wangge.casework.models import Assignment, Card, Case, Clock, Hold
from wangge.kernel import audit, clock, outbox, scope, workdays
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.calendars import current_calendar
from wangge.kernel.errors import Refusal


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
    amount = max(1, round(limit.amount * share))  # a part of an hour or a day counts as a whole one
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
    Clock.objects.filter(case=case, stopped_at__isnull=True).update(stopped_at=now)
    case.clock, case.due_at = "", None


def running(case: Case, kind: str) -> Clock:
    found = Clock.objects.filter(case=case, kind=kind, stopped_at__isnull=True, assignment__isnull=True).first()
    if found is None:
        raise Refusal("no_clock", f"本件没有正在计时的{terms.CLOCKS[kind]}时限。", status=409)
    return found


def recompute(case: Case, one: Clock) -> bool:
    """Set the clock's due date anew from its limit, extensions and holds; True when it moved."""
    before = one.due_at
    due = queries.due_of(one, queries.holds_of(case.pk))
    one.due_at, one.yellow_at = due.at, due.moment(terms.YELLOW_AT)
    if one.due_at == before:
        return False
    one.save(update_fields=["due_at", "yellow_at"])
    if one.assignment_id is None:
        case.due_at = one.due_at
        case.save(update_fields=["due_at"])
    return True


def recompute_open(*, actor: Actor) -> int:
    """After a calendar changed: every running clock again, each change logged with the date before and after."""
    actor.must("calendar.edit")
    moved = 0
    with scope.system():
        for one in Clock.objects.filter(stopped_at__isnull=True).select_related("case").order_by("id").iterator(2000):
            before = one.due_at
            if recompute(one.case, one):
                moved += 1
                audit.record(
                    actor,
                    "casework.due_moved",
                    "case",
                    one.case.number,
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
        due_cards = list(
            Clock.objects.filter(stopped_at__isnull=True, yellow_at__lte=now)
            .exclude(kind="rate")
            .exclude(case__state="held")
            .exclude(cards__colour="red")
            .values_list("pk", flat=True)[:limit]
        )
    for pk in due_cards:
        if colour := _issue_card(pk, now):
            done[colour] += 1
    with scope.system():
        ended = list(
            Hold.objects.filter(
                to_at__isnull=True, from_at__isnull=False, until__lt=clock.local(now).date()
            ).values_list("case__number", flat=True)
        )
        unrated = list(
            Clock.objects.filter(kind="rate", stopped_at__isnull=True, due_at__lte=now).values_list(
                "case__number", flat=True
            )[:limit]
        )
    for numbers, command, key in ((ended, "resume", "resumed"), (unrated, "default_rating", "unrated")):
        for number in numbers:
            try:
                with scope.system():
                    act(actor=SYSTEM, number=number, command=command, seen_step=None)
                    done[key] += 1
            except Refusal:
                continue  # somebody acted in the meantime; the next sweep looks again
    return done


def _issue_card(clock_id: int, now: datetime) -> str | None:
    with scope.system(), transaction.atomic():
        one = Clock.objects.select_for_update(of=("self",)).select_related("case").get(pk=clock_id)
        if one.stopped_at is not None:
            return None
        colour = "red" if now > one.due_at else "yellow"
        made, fresh = Card.objects.get_or_create(
            clock=one, colour=colour, defaults={"case": one.case, "department_id": one.department_id, "issued_at": now}
        )
        if not fresh:
            return None
        if one.case.card != "red":
            one.case.card = colour
            one.case.save(update_fields=["card"])
        audit.record(SYSTEM, "casework.card_issued", "case", one.case.number, colour=colour, clock=one.kind)
        outbox.publish(facts.CardIssued(one.case_id, one.case.number, made.pk, colour, one.department_id))
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
