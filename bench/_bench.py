"""What every file in bench/ shares: a database of its own, how a result is printed, how repeated timings become one number."""

import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def installation(**environment: str) -> Iterator[Path]:
    """A migrated database with the reference data in a folder of its own; both are gone afterwards.

    It is never the one that people work in: `WANGGE_DATA` and `DATABASE_URL` of the caller do not count.
    """
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as folder:
        os.chmod(folder, 0o755)  # as root the database runs as another user, who must come in
        os.environ.pop("DATABASE_URL", None)
        os.environ |= {"WANGGE_DATA": folder, "DJANGO_SETTINGS_MODULE": "wangge.config.settings", "WANGGE_LOG": "ERROR"}
        os.environ |= environment
        import django

        django.setup()
        from wangge.config import embedded
        from wangge.config.cli import _close_pools, _migrate

        with embedded.used(Path(folder)):
            _migrate(quiet=True)
            yield Path(folder)
            _close_pools()


def report(name: str, value: float, unit: str, floor: float | None = None) -> None:
    """Print the result as the last line: `floor` is the same work without us, measured in the same run and unit.

    `ratio` is value / floor: at least the promised share where more is better, at most where less is.
    """
    ratio = round(value / floor, 4) if floor else None
    shown = None if floor is None else round(floor, 6)
    print(
        json.dumps({"name": name, "value": round(value, 6), "unit": unit, "floor": shown, "ratio": ratio}), flush=True
    )


def median_seconds(work: Callable[[], object], times: int = 11) -> float:
    """The middle of `times` runs after one that is not counted."""
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
