"""Cases that a person's request opens at one office and that the same office answers: no dispatch, no verification."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from wangge.casework import queries, terms
from wangge.casework.models import Case, Step
from wangge.casework.services import clocks
from wangge.casework.services.acts import Act, effect
from wangge.casework.services.parts import hold_by
from wangge.identity import queries as identity
from wangge.kernel import audit, clock, numbering
from wangge.kernel.actor import Actor


@transaction.atomic
def open_case(
    *,
    actor: Actor,
    kind: str,
    key: UUID,
    title: str,
    text: str,
    category: str,
    place_code: int,
    point: tuple[float, float],
    source: str = "desk",
    query_code: str = "",
    received_at: datetime | None = None,
) -> Case:
    """A case of this kind, received at the district's centre, with its number, first step and the clock to take it in.

    `key` is the sender's own id: the same key is the same case. `point` is (lng, lat) in CGCS2000 degrees. `query_code` is the
    digest of the code by which whoever asked follows the case.
    """
    known = Case.objects.filter(client_id=key).first()
    if known is not None:
        return known
    process = queries.PROCESSES[kind]
    now = received_at or clock.now()
    district = place_code // 10**9
    year = clock.local(now).year
    number = numbering.next_number(f"{process.prefix.lower()}_{district}_{year}")
    made = Case.objects.create(
        kind=kind,
        number=f"{process.prefix}{district}-{year}-{number:07d}",
        client_id=key,
        state=terms.State.REPORTED,
        title=title,
        text=text,
        category=category,
        source=source,
        query_code=query_code,
        place_code=place_code,
        lng=point[0],
        lat=point[1],
        seen_at=now,
        received_at=now,
        reporter_id=actor.id or None,
        holder=identity.centre_of(place_code),
    )
    clocks.start(made, "accept", now)
    made.save(update_fields=["clock", "due_at"])
    Step.objects.create(
        case=made,
        seq=1,
        at=now,
        actor_id=actor.id,
        actor_name=actor.name,
        post_name=actor.post_name,
        department_id=actor.department_id,
        command="report",
        to_state=made.state,
    )
    audit.record(actor, "casework.report", kind, made.number, place=str(place_code))
    return made


@effect("identify")
def _identify(todo: Act) -> None:
    """The time to answer runs from receipt: verifying who asks takes nothing off the law's days."""
    clocks.stop(todo.case, todo.now)
    clocks.start(todo.case, "handle", todo.case.received_at)


@effect("answer", "refuse")
def _answer(todo: Act) -> None:
    case = todo.case
    clocks.stop_all(case, todo.now)
    hold_by(case, None)
    case.outcome = "resolved" if todo.command == "answer" else "not_feasible"
    case.finished_at = case.closed_at = todo.now
    todo.data["outcome"] = terms.OUTCOMES[case.outcome]
