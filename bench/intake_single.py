"""Intake one by one over HTTP at 32 clients, beside pgbench running the same statement on the same database.

Prints what it measures in words, and last one line of JSON: requests a second, the floor in the same unit, the ratio.
The promise: at least 0.20 of the floor, and 99 of 100 answers within 60 ms when nothing else runs.
"""

import os
import re
import subprocess
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import _bench
import _intake

SECONDS, ROUNDS, SCRIPTS, PREPARED = 8, 3, 12, 60_000
MARK = "0c0ffee0-0000-4000-8000-000000000000"


def pgbench(scripts: list[Path]) -> float:
    """Statements a second of the same SQL, prepared, at as many clients."""
    from django.conf import settings

    from wangge.config import embedded

    address = embedded.address(settings.DATA)
    environment = os.environ | {
        "PGHOST": str(address["host"]),
        "PGPORT": str(address["port"]),
        "PGUSER": str(address["user"]),
        "PGPASSWORD": str(address["password"]),
        "PGDATABASE": str(address["dbname"]),
    }
    command = [
        embedded.binary("pgbench"),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(_intake.CLIENTS),
        "-j",
        "2",
        "-T",
        str(SECONDS),
    ]
    for script in scripts:
        command += ["-f", str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if not found or "number of failed transactions: 0" not in done.stdout:
        raise SystemExit(f"pgbench: {done.stdout}{done.stderr}")
    return float(found.group(1))


def statements(place: _intake.Place, folder: Path) -> list[Path]:
    """The very statement that the product sends, caught on its way, with a new client id each time it runs."""
    import msgspec
    from django.db import connection, transaction

    from wangge.events import services
    from wangge.kernel import scope

    caught: list[tuple[str, list[Any]]] = []

    def catch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "events_report" in sql:
            caught.append((sql, list(params)))
        return execute(sql, params, many, context)

    for one in islice(_intake.reports(place.points, seed=9), SCRIPTS):
        with connection.execute_wrapper(catch), scope.use(place.actor):
            report = msgspec.convert(one | {"id": MARK}, services.Report, strict=False)
            services.report(actor=place.actor, report=report)
            transaction.set_rollback(True)
    made = []
    for i, (sql, params) in enumerate(caught):
        literals = ["'" + str(p).replace("'", "''") + "'" for p in params]
        literals = [f"replace({x}, '{MARK}', gen_random_uuid()::text)" if MARK in x else x for x in literals]
        text = sql.replace("%s", "{}").format(*literals)
        # pgbench would read ":name" as one of its variables; none of the literals needs a colon before a letter.
        text = re.sub(r"(?<!:):(?=[A-Za-z_])", ": ", text)
        path = folder / f"{i}.sql"
        path.write_text(text + ";\n")
        made.append(path)
    return made


def main() -> None:
    with _intake.installation() as place, tempfile.TemporaryDirectory() as folder:
        bodies = _intake.reports(place.points, seed=uuid4().int)
        ready = [_intake.request("/api/v1/events", place.token, b) for b in islice(bodies, PREPARED)]
        requests = iter(ready)
        scripts = statements(place, Path(folder))
        _intake.drive(place.port, requests, 3)
        ours, floors, slow, middle = [], [], [], []
        for i in range(ROUNDS):
            load = _intake.drive(place.port, requests, SECONDS)
            if set(load.codes) != {b"201"}:
                raise SystemExit(f"不是每一件都收下了：{load.codes}")
            ours.append(load.per_second)
            slow.append(load.quantile(0.99) * 1000)
            middle.append(load.quantile(0.5) * 1000)
            floors.append(pgbench(scripts))
            print(
                f"第 {i + 1} 轮：接口 {ours[-1]:.0f} 件/秒，中位 {middle[-1]:.1f} 毫秒，p99 {slow[-1]:.1f} 毫秒；"
                f"数据库同一语句 {floors[-1]:.0f} 次/秒",
                flush=True,
            )
        order = sorted(ours)
        value, floor = order[len(order) // 2], sorted(floors)[len(floors) // 2]
        print(f"32 个客户端逐件上报：{value:.0f} 件/秒，p99 {sorted(slow)[len(slow) // 2]:.1f} 毫秒（应不超过 60）。")
        print(f"底线（pgbench，同一语句、同一数据库）：{floor:.0f} 次/秒；比值 {value / floor:.2f}（应不低于 0.20）。")
        _bench.report("intake_single", value, "requests/s", floor)


if __name__ == "__main__":
    main()
