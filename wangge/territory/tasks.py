"""Jobs of territory: what its day brings about."""

import logging

from procrastinate.contrib.django import app

from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal
from wangge.territory import queries, services

log = logging.getLogger(__name__)


@app.periodic(cron="5 0 * * *")
@app.task(name="territory.carry_out_transfers", queueing_lock="territory.carry_out_transfers")
def carry_out_transfers(timestamp: int) -> None:
    """Signed transfers whose day has come; one that is refused is named in the log and does not keep the others."""
    for transfer_id in queries.due_transfers(clock.today()):
        try:
            with scope.system():
                services.carry_out_transfer(actor=SYSTEM, transfer_id=transfer_id)
        except Refusal as refusal:
            log.error("transfer %d was not carried out: %s", transfer_id, refusal.sentence)
