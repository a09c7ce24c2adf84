"""What every file in bench/ shares: how a result is printed, and how repeated timings become one number."""

import json
import statistics
import time
from collections.abc import Callable


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
