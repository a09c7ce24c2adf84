"""Loading the demonstration at its usual size, beside the floor: the same rows put into bare tables by COPY, nothing else.

The floor has no walk through the table of moves, no clocks, no row-level security, no indexes and no keys.
"""

import time

from _bench import installation, report

TABLES = (
    "casework_case", "casework_step", "casework_clock", "casework_assignment", "casework_hold", "casework_extension",
    "casework_card", "casework_rating", "events_event", "identity_account", "identity_post", "identity_appointment",
    "territory_gridcell", "territory_cellboundary",
)  # fmt: skip


def main() -> None:
    with installation():
        measure()


def measure() -> None:
    from django.db import connection

    from wangge import demo
    from wangge.kernel import scope

    started, worked = time.perf_counter(), time.process_time()
    demo.load(1.0, lambda line: None)
    value, cpu = time.perf_counter() - started, time.process_time() - worked

    rows, floor = 0, 0.0
    with scope.system(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"create temporary table bare on commit drop as select * from {table} where false")  # noqa: S608
            cursor.execute(f"select * from {table}")  # noqa: S608
            columns = [c.name for c in cursor.description]
            with cursor.copy(f"copy (select * from {table}) to stdout") as copy:  # noqa: S608
                kept = b"".join(bytes(block) for block in copy)
            rows += kept.count(b"\n")
            started = time.perf_counter()
            with cursor.copy(f"copy bare ({', '.join(columns)}) from stdin") as copy:
                copy.write(kept)
            floor += time.perf_counter() - started
            cursor.execute("drop table bare")
    print(f"{rows:,} rows of {len(TABLES)} tables; this process's own CPU time {cpu:.1f} s")
    report("demo_load", value, "s", floor)


if __name__ == "__main__":
    main()
