"""Jobs of territory: what its day brings about."""

import logging
from datetime import timedelta

from procrastinate.contrib.django import app

from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal
from wangge.territory import queries, services

log = logging.getLogger(__name__)


AGAIN = timedelta(minutes=25)


@app.periodic(cron="*/10 * * * *")
@app.task(name="territory.carry_out_transfers", queueing_lock="territory.carry_out_transfers")
def carry_out_transfers(timestamp: int) -> None:
    """Signed transfers whose day has come; one that is refused is named in the log and does not keep the others. Those just
    carried out are gone over once more, for what was being written to the old codes meanwhile."""
    just_done = queries.carried_out_since(clock.now() - AGAIN)
    for transfer_id in queries.due_transfers(clock.today()):
        try:
            with scope.system():
                services.carry_out_transfer(actor=SYSTEM, transfer_id=transfer_id)
        except Refusal as refusal:
            log.error("transfer %d was not carried out: %s", transfer_id, refusal.sentence)
    for transfer_id in just_done:
        with scope.system():
            services.repeat_transfer(actor=SYSTEM, transfer_id=transfer_id)
