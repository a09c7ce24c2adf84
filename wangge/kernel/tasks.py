"""Jobs of the kernel: reactions, sealing the audit log, looking for what was lost."""

import logging

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from wangge.kernel import audit, files, outbox

log = logging.getLogger(__name__)


@app.task(name="kernel.react", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def react(fact_id: int, subscriber: str) -> None:
    outbox.deliver(fact_id, subscriber)


@app.periodic(cron="* * * * *")
@app.task(name="kernel.seal_audit", queueing_lock="kernel.seal_audit")
def seal_audit(timestamp: int) -> None:
    audit.seal()


@app.periodic(cron="*/10 * * * *")
@app.task(name="kernel.repair_reactions", queueing_lock="kernel.repair_reactions")
def repair_reactions(timestamp: int) -> None:
    outbox.repair()


@app.periodic(cron="*/10 * * * *")
@app.task(name="kernel.repair_stalled_jobs", queueing_lock="kernel.repair_stalled_jobs", pass_context=True)
async def repair_stalled_jobs(context, timestamp: int) -> None:
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=120):
        await app.job_manager.retry_job(job)


@app.periodic(cron="15 3 * * *")
@app.task(name="kernel.repair_files", queueing_lock="kernel.repair_files")
def repair_files(timestamp: int) -> None:
    """Bytes that a kill left without a row go, lost clean copies are made again, lost originals are named in the log."""
    if lost := files.repair_files().lost:
        log.error("originals of %d stored files are gone, the first: %s", len(lost), lost[0])
