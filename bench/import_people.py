"""Import of 300,000 people from XLSX, end to end: read, judged, de-duplicated, encrypted, written; beside the floor.

The file has the eight columns that such sheets usually have. End to end is `registry.services.import_file`: from the bytes of the
file to the last commit (no dwellings are on record, so the step that makes homes of addresses has nothing to do and is not
measured). The floor is COPY from Python of the very rows that the import wrote (every column of registry_person) into a bare
table: no index, no check, no row-level security. Both in one run, on one machine, in turns.

Promises: at least 25,000 rows a second, at least 0.2 of the floor, at most 1.5 GB of memory (the import runs in a process of its
own, whose peak is asked of the operating system).
"""

import json
import os
import random
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from _bench import installation, report

ROWS = int(os.environ.get("BENCH_ROWS", "300000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PLACE = 430204000000000
TITLES = ("姓名", "公民身份号码", "联系方式", "民族", "户籍地", "现住门详址", "服务处所", "网格编码")


def main() -> None:
    with installation() as folder:
        prepare(folder / "people.xlsx")
        best = max((measure(folder / "people.xlsx", turn) for turn in range(ROUNDS)), key=lambda m: m[0])
    print(
        f"best of {ROUNDS}: {best[0]:,.0f} rows/s, floor of the same turn {best[1]:,.0f} rows/s, peak {best[2]:.0f} MB"
    )
    report("import_people_memory", best[2], "MB")
    report("import_people", best[0], "rows/s", best[1])


def prepare(file: Path) -> None:
    """A district with its cells, and the file."""
    from tests import make
    from wangge.kernel import scope
    from wangge.territory import queries as territory

    with scope.system():
        make.district()
        cells = sorted(territory.cells(PLACE).values_list("code", flat=True))
    write(file, cells)


def write(file: Path, cells: list[int]) -> None:
    import xlsxwriter

    from wangge.demo.people import FIRST, LAST, SURNAMES
    from wangge.demo.residents import Numbers

    chance, numbers = random.Random(4), Numbers()
    days = [d for n in range(33_000) if (d := date(1930, 1, 1) + timedelta(n)).day >= 26]
    surnames, given = list(SURNAMES), [*FIRST, *LAST]
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, TITLES)
    for line in range(1, ROWS + 1):
        name = str(chance.choice(surnames))[:2] + "".join(
            str(chance.choice(given))[:1] for _ in range(chance.choice((1, 2, 2)))
        )
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, numbers.id_number(days[line % len(days)], 1 + line % 2))
        sheet.write_string(line, 2, f"142{line:08d}")
        sheet.write_string(line, 3, chance.choice(("汉族", "汉族", "汉族", "苗族", "土家族")))
        sheet.write_string(line, 4, "430204")
        sheet.write_string(
            line,
            5,
            f"响田路{chance.randint(1, 300)}号{chance.randint(1, 20)}栋{chance.randint(1, 4)}单元{chance.randint(1, 30)}01室",
        )
        sheet.write_string(line, 6, f"演示公司{line % 900}")
        sheet.write_string(line, 7, str(cells[line * len(cells) // (ROWS + 1)]))
    book.close()


def measure(file: Path, turn: int) -> tuple[float, float, float]:
    """(rows a second, floor, peak in MB) of one turn; the tables are emptied before."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("truncate registry_person, registry_importbatch cascade")
    done = subprocess.run(
        [sys.executable, __file__, "import", str(file)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if told["counts"] != {"added": ROWS}:
        raise SystemExit(f"not every row was imported: {told['counts']}")
    floor = raw_copy()
    ours = ROWS / told["seconds"]
    print(
        f"turn {turn + 1}: {ours:,.0f} rows/s in {told['seconds']:.1f} s (CPU: ours {told['cpu']:.1f} s, database {told['database_cpu']:.1f} s), "
        f"COPY of the same rows {floor:,.0f} rows/s, ratio {ours / floor:.2f}, peak {told['peak']:.0f} MB",
        flush=True,
    )
    return ours, floor, told["peak"]


def raw_copy() -> float:
    """Rows a second of COPY from Python into a bare table."""
    from django.db import connection, transaction

    from wangge.kernel import scope

    with scope.system(), connection.cursor() as cursor:
        cursor.execute("select * from registry_person")
        columns = [c.name for c in cursor.description]
        rows = cursor.fetchall()
        cursor.execute("create table bare_person as select * from registry_person where false")
        from psycopg.types.json import Jsonb

        at = columns.index("proof")
        rows = [(*r[:at], Jsonb(r[at] if isinstance(r[at], dict) else json.loads(r[at])), *r[at + 1 :]) for r in rows]
        began = time.perf_counter()
        with cursor.copy(f"copy bare_person ({', '.join(columns)}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        taken = time.perf_counter() - began
        transaction.set_rollback(True)
    return len(rows) / taken


def child(file: str) -> None:
    """The import alone, in this process."""
    import django

    django.setup()
    from django.db import connection

    from wangge.kernel.actor import SYSTEM
    from wangge.registry import services

    data = Path(file).read_bytes()
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        backend = cursor.fetchone()[0]
    before = cpu_of(backend)
    began, worked = time.perf_counter(), time.process_time()
    batch = services.import_file(actor=SYSTEM, kind="people", data=data, name="people.xlsx", area=PLACE, source="bench")
    told = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - worked,
        "counts": batch.counts,
        "database_cpu": cpu_of(backend) - before,
        "peak": peak(),
    }
    print(json.dumps(told))


def peak() -> float:
    """The most memory this process ever held, in MB. Not `getrusage`, which remembers the parent's from before the exec."""
    line = next(n for n in Path("/proc/self/status").read_text().splitlines() if n.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def cpu_of(pid: int) -> float:
    """CPU seconds of a process of this machine (the database's end of our connection)."""
    told = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    child(sys.argv[2]) if sys.argv[1:2] == ["import"] else main()
