"""Jobs of events: what time brings about with alarms and devices."""

from procrastinate.contrib.django import app

from wangge.events import services


@app.periodic(cron="* * * * *")
@app.task(name="events.sweep_alarms", queueing_lock="events.sweep_alarms")
def sweep_alarms(timestamp: int) -> None:
    """Offline devices, events that could not be opened, alarms nobody signed, calls nobody answered. Looks again each minute,
    so nothing is lost when the intake is killed between a signal and its event."""
    services.sweep()
