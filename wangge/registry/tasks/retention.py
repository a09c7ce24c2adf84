"""The nightly look for what has been kept long enough."""

from procrastinate.contrib.django import app

from wangge.kernel.actor import SYSTEM
from wangge.registry import services


@app.periodic(cron="20 3 * * *")
@app.task(name="registry.propose_destructions", queueing_lock="registry.propose_destructions")
def propose_destructions(timestamp: int) -> None:
    services.propose_destructions(actor=SYSTEM)
