"""Imports by two at once, and killed half-way: every person once, nothing lost, nothing doubled."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import make
from tests.registry.test_imports import load, person, sheet
from wangge.kernel import scope
from wangge.registry.models import ImportBatch, ImportDifference, Person
from wangge.registry.services.imports import running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_time]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def land() -> None:
    """A district that other connections see."""
    make.forget()
    with scope.system():
        make.district()


def at_once(*work: Callable[[], Any]) -> list[Any]:
    gate, results = threading.Barrier(len(work)), list[Any]([None] * len(work))

    def run(i: int) -> None:
        gate.wait()
        try:
            results[i] = work[i]()
        except Exception as error:
            results[i] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(work))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


def test_two_imports_of_the_same_people_at_once_make_each_of_them_once(land, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 40)
    with scope.system():
        rows = [person(n) for n in range(160)]
    outcomes = at_once(
        lambda: load(rows, source="甲", name="甲.xlsx").counts,
        lambda: load(rows[::-1], source="乙", name="乙.xlsx").counts,
    )
    with scope.system():
        assert Person.objects.count() == 160, outcomes
        assert not ImportDifference.objects.exists()
    assert sum(o.get("added", 0) for o in outcomes) == 160
    assert sum(o.get("same", 0) for o in outcomes) == 160


def test_one_file_sent_by_two_at_once_is_one_import(land):
    with scope.system():
        rows = [person(n) for n in range(50)]
    told = at_once(*[lambda: load(rows).state] * 2)
    with scope.system():
        assert Person.objects.count() == 50, told
        assert ImportBatch.objects.count() == 1
    assert "done" in told, told


KILLED = """
import sys
from pathlib import Path
from wangge.config import embedded, settings
with embedded.used(settings.DATA):
    import django
    django.setup()
    from tests import make
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM
    from wangge.registry import services
    from wangge.registry.models import ImportBatch, Person
    from wangge.registry.services.imports import running
    running.CHUNK = 500
    with scope.system():
        make.district()
    tell = lambda done, total: print("part", done, flush=True)
    data = Path(sys.argv[1]).read_bytes()
    batch = services.import_file(
        actor=SYSTEM, kind="people", data=data, name="p.xlsx", area=make.SHIFENG, source="演示", tell=tell
    )
    with scope.system():
        print("done", batch.state, batch.counts["added"], Person.objects.count(), ImportBatch.objects.count(), flush=True)
"""


def test_an_import_that_is_killed_is_ended_by_the_same_command(tmp_path: Path, land: None) -> None:
    with scope.system():
        rows = [person(n % 440, 公民身份号码=number) for n, number in enumerate(_numbers(6000))]
    file = tmp_path / "人员.xlsx"
    file.write_bytes(sheet(rows))
    data = tmp_path / "data"
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "WANGGE_POOL")}
    environment = kept | {
        "WANGGE_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "wangge.config.settings",
        "PYTHONPATH": str(ROOT),
    }
    migrate = [sys.executable, "-m", "wangge.config.cli", "migrate", "--quiet"]
    assert subprocess.run(migrate, env=environment, cwd=ROOT, check=False).returncode == 0
    command = [sys.executable, "-c", KILLED, str(file)]
    for parts in (2, 3):
        with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as one:
            assert one.stdout is not None
            for _ in range(parts):
                assert one.stdout.readline().startswith("part")
            one.send_signal(signal.SIGKILL)
        time.sleep(0.5)
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    last = done.stdout.strip().splitlines()
    assert last[-1] == "done done 6000 6000 1"
    assert last[0] != "part 500", "it began anew instead of going on"


def _numbers(count: int) -> list[str]:
    from datetime import date, timedelta

    from wangge.demo.residents import Numbers

    made = Numbers()
    days = [d for n in range(3000) if (d := date(1950, 1, 1) + timedelta(n)).day >= 26]
    return [made.id_number(days[n % len(days)], 1) for n in range(count)]
