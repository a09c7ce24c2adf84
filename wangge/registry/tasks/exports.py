"""Jobs of exports by the standard: writing them, and making good what a kill left."""

from procrastinate.contrib.django import app

from wangge.kernel.actor import SYSTEM
from wangge.registry.services import exports


@app.task(name="registry.write_export")
def write_export(export_id: int) -> None:
    exports.run_export(actor=SYSTEM, export_id=export_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="registry.repair_exports", queueing_lock="registry.repair_exports")
def repair_exports(timestamp: int) -> None:
    exports.repair_exports(actor=SYSTEM)
