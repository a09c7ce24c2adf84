"""Intake by the batch endpoint, 500 reports a request, beside raw COPY of the same rows into the same tables.

Prints what it measures in words, and last one line of JSON: reports a second, the floor in the same unit, the ratio.
The promise: at least 0.6 of the floor. The floor writes the very rows that the product wrote (case, detail, first step,
clock, audit row) with new keys, batches of 500 as transactions, past row-level security, on one connection.
"""

import time
from itertools import islice
from typing import Any
from uuid import uuid4

import _bench
import _intake

SIZE, BATCHES, ROUNDS, CLIENTS = 500, 24, 3, 4
AWAY = 100_000_000
TABLES = ("casework_case", "events_event", "casework_step", "casework_clock", "kernel_auditentry")
# New keys, so that the same rows can lie there a second time.
OTHER = {
    ("casework_case", "id"): f"id + {AWAY}",
    ("casework_case", "number"): "number || 'K{round}'",
    ("casework_case", "client_id"): "gen_random_uuid()",
    ("events_event", "case_id"): f"case_id + {AWAY}",
    ("casework_step", "case_id"): f"case_id + {AWAY}",
    ("casework_clock", "case_id"): f"case_id + {AWAY}",
}


def superuser() -> Any:
    """A connection that row-level security does not bind: PostgreSQL refuses COPY under it."""
    import psycopg
    from django.conf import settings

    from wangge.config import embedded

    return psycopg.connect(**embedded.address(settings.DATA, user="postgres"), autocommit=True)


def columns(connection: Any, table: str) -> list[str]:
    """The columns that a writer fills: not the generated ones, and an own key only where others point at it."""
    rows = connection.execute(
        "select column_name from information_schema.columns where table_name = %s and is_generated = 'NEVER'"
        " and (column_name <> 'id' or table_name = 'casework_case') order by ordinal_position",
        [table],
    ).fetchall()
    return [r[0] for r in rows]


def copied(connection: Any, first: int, last: int, round_: int) -> list[dict[str, bytes]]:
    """The rows of the cases first..last as COPY text, in batches."""
    made: list[dict[str, bytes]] = [{} for _ in range(BATCHES)]
    for table in TABLES:
        names = columns(connection, table)
        shown = ", ".join(
            OTHER.get((table, n), f'"{n}"').replace("{round}", str(round_)).replace(str(AWAY), str(AWAY * round_))
            for n in names
        )
        where = {
            "casework_case": f"id between {first} and {last} order by id",
            "kernel_auditentry": f"subject in (select number from casework_case where id between {first} and {last}) order by id",  # noqa: S608 (numbers of ours)
        }.get(table, f"case_id between {first} and {last} order by case_id")
        with connection.cursor().copy(f"copy (select {shown} from {table} where {where}) to stdout") as copy:  # noqa: S608
            lines = b"".join(bytes(part) for part in copy).splitlines(keepends=True)
        for i, batch in enumerate(made):
            batch[table] = b"".join(lines[i * SIZE : (i + 1) * SIZE])
    return made


def raw(connection: Any, batches: list[dict[str, bytes]]) -> float:
    """Reports a second when nothing but COPY happens."""
    names = {table: ", ".join(f'"{c}"' for c in columns(connection, table)) for table in TABLES}
    begun = time.perf_counter()
    for batch in batches:
        with connection.transaction(), connection.cursor() as cursor:
            for table in TABLES:
                with cursor.copy(f"copy {table} ({names[table]}) from stdin") as copy:
                    copy.write(batch[table])
    return len(batches) * SIZE / (time.perf_counter() - begun)


def main() -> None:
    with _intake.installation() as place:
        bodies = _intake.reports(place.points, seed=uuid4().int)
        whole = BATCHES * (ROUNDS + 1) + 4 * CLIENTS
        ready = [
            _intake.request("/api/v1/events/batch", place.token, {"items": list(islice(bodies, SIZE))})
            for _ in range(whole)
        ]
        requests = iter(ready)
        _intake.drive(place.port, requests, 1, CLIENTS, most=BATCHES)
        ours, floors = [], []
        with superuser() as connection:
            for i in range(1, ROUNDS + 1):
                before = connection.execute(
                    "select coalesce(max(id), 0) from casework_case where id < %s", [AWAY]
                ).fetchone()[0]
                load = _intake.drive(place.port, requests, 600, CLIENTS, most=BATCHES)
                after = connection.execute("select max(id) from casework_case where id < %s", [AWAY]).fetchone()[0]
                if set(load.codes) != {b"200"} or after - before < BATCHES * SIZE:
                    raise SystemExit(f"不是每一件都收下了：{load.codes}，{after - before} 件")
                ours.append(load.per_second * SIZE)
                floors.append(raw(connection, copied(connection, before + 1, after, i)))
                print(f"第 {i} 轮：接口 {ours[-1]:.0f} 件/秒；COPY {floors[-1]:.0f} 件/秒", flush=True)
        value, floor = sorted(ours)[ROUNDS // 2], sorted(floors)[ROUNDS // 2]
        print(
            f"成批上报（每批 {SIZE} 件）：{value:.0f} 件/秒；COPY 同样的行：{floor:.0f} 件/秒；比值 {value / floor:.2f}（应不低于 0.6）。"
        )
        _bench.report("intake_batch", value, "reports/s", floor)


if __name__ == "__main__":
    main()
