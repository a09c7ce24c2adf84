"""Number series. A number is never given twice; gaps are allowed.

Each series is a PostgreSQL sequence made on first use: `nextval` takes no lock that lasts until commit, so two hundred
writers do not wait for one another, and a rolled-back or deleted holder never gives its number back.
"""

import re

from django.db import connection

_NAME = re.compile(r"[a-z0-9_]{1,50}")


def next_number(series: str) -> int:
    """The next number (1, 2, …) of the series; `series` is `[a-z0-9_]{1,50}`, for example `wg_430204_2026`."""
    if not _NAME.fullmatch(series):
        raise ValueError(f"not a series name: {series!r}")
    with connection.cursor() as cursor:
        cursor.execute("select kernel_next_number(%s)", [series])
        return int(cursor.fetchone()[0])


def reserve(series: str, count: int) -> list[int]:
    """`count` numbers at once, ascending, for bulk loads."""
    if not _NAME.fullmatch(series) or count < 1:
        raise ValueError(f"cannot reserve {count} of {series!r}")
    with connection.cursor() as cursor:
        cursor.execute("select kernel_next_number(%s) from generate_series(1, %s)", [series, count])
        return [int(row[0]) for row in cursor.fetchall()]
