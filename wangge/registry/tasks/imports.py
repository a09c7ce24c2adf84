"""Imports in the background: each job goes on where an earlier one stopped, so a killed worker loses nothing."""

import logging

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal
from wangge.registry import queries, services

log = logging.getLogger(__name__)


@app.task(name="registry.import", retry=RetryStrategy(max_attempts=4, exponential_wait=5))
def carry_out_import(batch_id: int, dry_run: bool) -> None:
    with scope.system():
        actor = services.import_ordered_by(queries.import_batch(SYSTEM, batch_id))
    try:
        services.run_import(actor=actor, batch_id=batch_id, dry_run=dry_run)
    except Refusal as refusal:
        if refusal.code != "import_elsewhere":  # another job is at it: nothing to say
            with scope.system():
                services.note_import_trouble(actor=actor, batch_id=batch_id, sentence=refusal.sentence)


@app.task(name="registry.undo_import", retry=RetryStrategy(max_attempts=4, exponential_wait=5))
def undo_import(batch_id: int, account: dict[str, object]) -> None:
    actor = services.actor_of_import(account)
    try:
        services.undo_import(actor=actor, batch_id=batch_id)
    except Refusal as refusal:
        with scope.system():
            services.note_import_trouble(actor=actor, batch_id=batch_id, sentence=refusal.sentence)


@app.task(name="registry.decide_import_differences", retry=RetryStrategy(max_attempts=2))
def decide_differences(batch_id: int, field: str, decision: str, reason: str, account: dict[str, object]) -> None:
    actor = services.actor_of_import(account)
    services.decide_import_differences(actor=actor, batch_id=batch_id, field=field, decision=decision, reason=reason)


@app.periodic(cron="*/10 * * * *")
@app.task(name="registry.repair_imports", queueing_lock="registry.repair_imports")
def repair_imports(timestamp: int) -> None:
    """An import that stands still although it runs (its job was lost) is taken up again; old refused rows are thrown away."""
    with scope.system():
        stuck = services.stuck_imports(actor=SYSTEM)
        services.forget_old_imports(actor=SYSTEM)
    for batch_id, dry_run in stuck:
        carry_out_import.defer(batch_id=batch_id, dry_run=dry_run)
