"""Jobs of the exchange: read what was sent, compare, fetch what is due, clear what is over, go on where a kill stopped."""

from procrastinate.contrib.django import app

from wangge.exchange import queries, services
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal


@app.task(name="exchange.take_in")
def take_in(intake_id: int) -> None:
    services.take_in(intake_id)


@app.task(name="exchange.run_link")
def run_link(run_id: int) -> None:
    services.run_link(run_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="exchange.repair_intakes", queueing_lock="exchange.repair_intakes")
def repair_intakes(timestamp: int) -> None:
    """Go on with intakes that a kill left half read, each in a job of its own; say of runs that were killed that they were."""
    with scope.system():
        lost = services.lost_intakes()
    for intake_id in lost:
        take_in.defer(intake_id=intake_id)
    services.close_lost_runs()


@app.periodic(cron="30 2 * * *")
@app.task(name="exchange.fetch_due", queueing_lock="exchange.fetch_due")
def fetch_due(timestamp: int) -> None:
    """Fetch the tables and interfaces whose agreed period is over, each in a job of its own: a slow one holds up no other."""
    with scope.system():
        due = queries.due_sources(clock.today())
    for source_id in due:
        try:
            with scope.system():
                begun = services.begin_intake(actor=SYSTEM, source_id=source_id)
        except Refusal:
            continue
        take_in.defer(intake_id=begun.pk)


@app.periodic(cron="40 3 * * *")
@app.task(name="exchange.clear_expired", queueing_lock="exchange.clear_expired")
def clear_expired(timestamp: int) -> None:
    cleared = 1
    while cleared:
        with scope.system():
            cleared = services.clear_expired(actor=SYSTEM)
