"""The whole demonstration as a stranger loads it: in time, with the published figures, once, and the same every time."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_READ = """
import os, sys, json
from pathlib import Path
from wangge.config import embedded
with embedded.used(Path(os.environ["WANGGE_DATA"])):
    import django; django.setup()
    from django.db import connection
    from wangge.kernel import scope
    with scope.system(), connection.cursor() as cursor:
        told = {}
        for name, statement in json.loads(sys.argv[1]).items():
            cursor.execute(statement)
            told[name] = [str(v) for v in cursor.fetchone()]
    print(json.dumps(told))
"""
COUNTS = {
    "cases": "select count(*), count(distinct client_id), count(distinct number) from casework_case",
    "steps": "select count(*) from casework_step",
    "clocks": "select count(*) from casework_clock",
    "people": "select count(*) from identity_account",
    "events": "select count(*) from events_event",
}
DIGESTS = {
    "cases": "select md5(string_agg((to_jsonb(c) - 'id' - 'merged_into_id')::text, '' order by number))"
    " from casework_case c where is_legacy",
    "steps": "select md5(string_agg(c.number || (to_jsonb(s) - 'id' - 'case_id')::text, '' order by c.number, s.seq))"
    " from casework_step s join casework_case c on c.id = s.case_id where c.is_legacy",
}


def program(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wangge.config.cli", *arguments],
        env={**os.environ, "WANGGE_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def read(data: Path, statements: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _READ, json.dumps(statements)],
        env={**os.environ, "WANGGE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "wangge.config.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def embedded_only() -> None:
    if os.environ.get("DATABASE_URL"):
        pytest.skip("each load needs an empty database of its own, which only the embedded server makes")


def test_the_full_size_gives_the_published_figures_and_is_loaded_once(tmp_path: Path) -> None:
    done = program(tmp_path, "demo", "--no-serve")
    assert done.returncode == 0, done.stderr
    roles = {(line.split("\t")[0], line.split("\t")[4]) for line in done.stdout.splitlines() if "\t" in line}
    assert {role for role, place in roles if place == "石峰区"} >= {
        "officer",
        "lead",
        "dispatcher",
        "handler",
        "verifier",
    }
    figures = program(tmp_path, "figures", "--seed", "--json")
    assert figures.returncode == 0, figures.stdout
    rows = {(r["system"], r["metric"], r["compare"]): r for r in json.loads(figures.stdout)}
    assert rows["S04", "events.registered", "equal"]["actual"] == 18_469
    assert rows["S04", "events.done", "equal"]["actual"] == rows["S04", "events.done", "equal"]["rows"] == 18_434
    assert rows["S04", "events.done_rate", "equal"]["actual"] == 99.81
    assert rows["S05", "identity.terminals", "equal"]["actual"] == 402
    before = read(tmp_path, COUNTS)
    assert "已经装载" in program(tmp_path, "demo", "--no-serve").stdout
    assert read(tmp_path, COUNTS) == before


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole load of a fiftieth of the year, in a folder with a Chinese name."""
    data = tmp_path_factory.mktemp("演示 区")
    done = program(data, "demo", "--no-serve", "--size", "0.02")
    assert done.returncode == 0, done.stderr
    return data


def test_two_loads_are_the_same_and_a_smaller_one_differs_from_the_published(tmp_path: Path, small: Path) -> None:
    one, two = small, tmp_path
    assert program(two, "demo", "--no-serve", "--size", "0.02").returncode == 0
    assert read(one, DIGESTS) == read(two, DIGESTS)
    figures = program(one, "figures", "--seed", "--system", "S04", "--json")
    assert figures.returncode == 1
    assert [r["ok"] for r in json.loads(figures.stdout) if r["metric"] == "events.registered"] == [False, False]
    assert program(one, "figures", "--seed", "--system", "S06").returncode == 0


def test_a_load_that_is_killed_is_completed_and_nothing_is_doubled(tmp_path: Path, small: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "wangge.config.cli", "demo", "--no-serve", "--size", "0.02"],
        env={**os.environ, "WANGGE_DATA": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "石峰区 2022 年" in line:  # the first year is in, the neighbour's is not
                break
        running.send_signal(signal.SIGKILL)
    done = program(tmp_path, "demo", "--no-serve", "--size", "0.02")
    assert done.returncode == 0, done.stderr
    assert "装载完成" in done.stdout
    assert read(tmp_path, COUNTS) == read(small, COUNTS)
