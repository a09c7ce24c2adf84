"""Jobs of the registry: what time itself brings about."""

from procrastinate.contrib.django import app

from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.registry import services


@app.periodic(cron="20 4 * * *")
@app.task(name="registry.remind", queueing_lock="registry.remind")
def remind(timestamp: int) -> None:
    """Reminders of what falls due. Reckons the whole window each night, so a night that was missed loses nothing."""
    with scope.system():
        services.remind(actor=SYSTEM)


@app.periodic(cron="40 4 * * *")
@app.task(name="registry.end_past_campaigns", queueing_lock="registry.end_past_campaigns")
def end_past_campaigns(timestamp: int) -> None:
    """Campaigns past their last day."""
    with scope.system():
        services.end_past_campaigns(actor=SYSTEM)
