"""Jobs of casework: what time itself brings about."""

from procrastinate.contrib.django import app

from wangge.casework import services


@app.periodic(cron="* * * * *")
@app.task(name="casework.sweep", queueing_lock="casework.sweep")
def sweep(timestamp: int) -> None:
    """Cards, holds that end, ratings that never came. Looks again each minute, so nothing is lost when one run fails."""
    services.sweep()


@app.periodic(cron="30 2 * * *")
@app.task(name="casework.archive", queueing_lock="casework.archive")
def archive(timestamp: int) -> None:
    """Closed cases whose time for objections is over."""
    services.archive_old()
