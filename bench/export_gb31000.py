"""Export of the standard's flat tables of a district of 300,000 people, from the database to the last byte of the last file.

Everybody of the generated district is registered as the demonstration does it: with a home, a household or a letting, and a role
(T12 the registered, T13 the migrants). The work is `services.write_standard` of both tables, XLSX and CSV, checks for missing
fields and audit included; each row's number and telephone is opened with its key. The floor has no key and no judgement: the
database's own COPY TO of the same people, roles and households joined in one statement, and the bare writer of CSV (Python's) for
the very cells that came out. Both in one run, in turns; memory is the peak of a process of its own.

Promise: at least 5,000 rows a second, memory that does not grow with the rows.
"""

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from _bench import installation, report

ROWS = int(os.environ.get("BENCH_ROWS", "300000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PLACE = 430204000000000
CODES = ("T12", "T13")


def main() -> None:
    with installation() as folder:
        prepare()
        best = max((measure(folder / f"out{turn}", turn) for turn in range(ROUNDS)), key=lambda m: m[0])
    report("export_gb31000_memory", best[2], "MB")
    report("export_gb31000", best[0], "rows/s", best[1])


def prepare() -> None:
    """A district with its cells, houses and people."""
    from tests import make
    from wangge.demo import registry
    from wangge.kernel import bulk, scope

    with scope.system():
        make.district()
    registry.people_of(PLACE, ROWS, lambda text: print(text, flush=True))
    with scope.system():
        for table in ("registry_hukou", "registry_migrant", "registry_householdmember", "registry_residence"):
            bulk.analyze(table)


def measure(out: Path, turn: int) -> tuple[float, float, float]:
    """(rows a second, floor, peak in MB) of one turn."""
    done = subprocess.run(
        [sys.executable, __file__, "export", str(out)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    told = json.loads(done.stdout.strip().splitlines()[-1])
    copied, written = floors(out)
    floor = 1 / (1 / copied + 1 / written)
    ours = told["rows"] / told["seconds"]
    print(
        f"turn {turn + 1}: {ours:,.0f} rows/s ({told['rows']:,} rows in {told['seconds']:.1f} s, CPU {told['cpu']:.1f} s), COPY TO "
        f"{copied:,.0f} rows/s, bare CSV writer {written:,.0f} rows/s, both {floor:,.0f}, ratio {ours / floor:.2f}, "
        f"peak {told['peak']:.0f} MB, first sign of life after {told['first']:.1f} s",
        flush=True,
    )
    return ours, floor, told["peak"]


def floors(out: Path) -> tuple[float, float]:
    """Rows a second of COPY TO from the database, and of Python's CSV writer for the cells that were exported."""
    from django.db import connection

    from wangge.kernel import scope

    statement = (
        "select p.*, r.details, m.relation, h.number, head.name, head.sealed from {} r join registry_person p on p.id = r.person_id"
        " left join registry_householdmember m on m.person_id = p.id and m.until is null"
        " left join registry_household h on h.id = m.household_id left join registry_person head on head.id = h.head_id"
        " where r.until is null and p.state = 'active'"
    )
    count, taken = 0, 0.0
    with scope.system(), connection.cursor() as cursor, open(out / "floor", "wb") as f:
        for table in ("registry_hukou", "registry_migrant"):
            began = time.perf_counter()
            with cursor.copy(f"copy ({statement.format(table)}) to stdout (format csv)") as copy:
                for block in copy:
                    f.write(block)
            taken += time.perf_counter() - began
            count += cursor.rowcount
    written, spent = 0, 0.0
    for file in sorted(out.glob("T*.csv")):
        with open(file, encoding="utf-8-sig", newline="") as f:
            rows = list(csv.reader(f))
        began = time.perf_counter()
        with open(out / "floor", "w", encoding="utf-8", newline="") as f:
            csv.writer(f).writerows(rows)
        spent += time.perf_counter() - began
        written += len(rows)
    return count / taken, written / spent


def child(out: str) -> None:
    """The export alone, in this process."""
    import django

    django.setup()
    from wangge.kernel.actor import SYSTEM
    from wangge.registry import services

    began, worked, first = time.perf_counter(), time.process_time(), list[float]()

    def tell(*told: object) -> None:
        if not first:
            first.append(time.perf_counter() - began)

    done = services.write_standard(actor=SYSTEM, area=PLACE, codes=CODES, out=Path(out), tell=tell)
    line = next(n for n in Path("/proc/self/status").read_text().splitlines() if n.startswith("VmHWM"))
    told = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - worked,
        "rows": sum(w.rows for w in done),
        "peak": int(line.split()[1]) / 1024,
        "first": first[0],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    child(sys.argv[2]) if sys.argv[1:2] == ["export"] else main()
