"""Jobs of the room: files too large to be judged while somebody waits."""

from procrastinate.contrib.django import app

from wangge.disclosure.services import audits
from wangge.kernel.actor import SYSTEM


@app.task(name="disclosure.judge")
def judge(audit_id: int) -> None:
    audits.judge(actor=SYSTEM, audit_id=audit_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="disclosure.repair_audits", queueing_lock="disclosure.repair_audits")
def repair_audits(timestamp: int) -> None:
    """What a kill left waiting is judged after all."""
    audits.repair(actor=SYSTEM)
