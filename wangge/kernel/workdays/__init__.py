"""The working calendar and every due date reckoned on it. Pure Python: rules may import it.

A working day is a list of half-open segments, `[09:00, 12:00) [13:00, 17:00)` unless told otherwise. Which days are
working days is dated data: Monday to Friday, less the holidays and plus the shifted days of the yearly notice of the
General Office of the State Council (`data/workdays.csv`). A year is loaded when its 1 January, which is a holiday by
law, stands in the data; a due date that would need a year that is not loaded is refused, never guessed.

Four units: `work_hour` and `clock_hour` run from the very moment; `work_day` and `natural_day` do not count the day
they begin on (民法典 第二百零一条) and end with the last segment of their last day; a natural-day limit whose last
day is a rest day ends on the next working day (民法典 第二百零三条).
"""

from wangge.kernel.workdays.days import (
    OFFICE_HOURS,
    ROUND_THE_CLOCK,
    Calendar,
    Segments,
    SpecialDay,
    calendar,
    missing_holidays,
    no_year,
    parse_segments,
    segments_text,
    shipped_days,
    years_of,
)
from wangge.kernel.workdays.deadline import (
    Due,
    due,
    explain_text,
    remaining_text,
    used,
)
from wangge.kernel.workdays.values import (
    UNIT_NAMES,
    ZONE,
    Hold,
    Limit,
    Line,
    Unit,
)

__all__ = [
    "OFFICE_HOURS",
    "ROUND_THE_CLOCK",
    "UNIT_NAMES",
    "ZONE",
    "Calendar",
    "Due",
    "Hold",
    "Limit",
    "Line",
    "Segments",
    "SpecialDay",
    "Unit",
    "calendar",
    "due",
    "explain_text",
    "missing_holidays",
    "no_year",
    "parse_segments",
    "remaining_text",
    "segments_text",
    "shipped_days",
    "used",
    "years_of",
]
