"""A due date by the working calendar: microseconds each, beside the bare date arithmetic of one sum. Promise: at most 30 µs."""

import os
from datetime import datetime, timedelta

from _bench import median_seconds, report

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wangge.config.settings")

from wangge.kernel.workdays import Limit, calendar, due

START = datetime.fromisoformat("2022-09-30T15:00:00+08:00")
EACH = 2000


def main() -> None:
    ours, worst = calendar(), 0.0
    for unit in ("work_hour", "work_day", "natural_day", "clock_hour"):
        limit = Limit(10, unit)
        taken = median_seconds(lambda limit=limit: [due(START, limit, ours) for _ in range(EACH)], 7) / EACH
        print(f"{unit}: {taken * 1e6:.1f} µs")
        worst = max(worst, taken)
    floor = median_seconds(lambda: [START + timedelta(days=10) for _ in range(EACH)], 7) / EACH
    report("due_date", worst * 1e6, "us", floor * 1e6)


if __name__ == "__main__":
    main()
