"""The figures that the districts published, beside what the system counts from its own records of the demonstration.

Each published value is a fact with the unit and the year of the document it stands in; nothing of the text is kept here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db.models import QuerySet

from wangge.demo.place import SHIFENG
from wangge.kernel import metrics, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.metrics import Period, Place

JINGLONG = 430_204_005_000_000
CENTRE_2020 = "石峰区网格化管理服务中心 2020 年度部门预算"
CENTRE_2022 = "石峰区网格化管理服务中心 2022 年度部门决算"
STREET_2021 = "井龙街道办事处 2021 年度绩效目标"


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure: the system it belongs to, what counts it, the value, and how the two compare."""

    system: str
    metric: str
    value: Decimal
    source: str
    year: int
    place: int
    compare: Literal["equal", "at_least"] = "equal"
    name: str = ""


def _p(system: str, metric: str, value: str, source: str, year: int, place: int, **more: Any) -> Published:
    return Published(system, metric, Decimal(value), source, year, place, **more)


PUBLISHED = (
    _p("S01", "events.platforms", "4", CENTRE_2020, 2022, SHIFENG),
    _p("S04", "events.registered", "18469", CENTRE_2022, 2022, SHIFENG),
    _p("S04", "events.done", "18434", CENTRE_2022, 2022, SHIFENG),
    _p("S04", "events.done_rate", "99.81", CENTRE_2022, 2022, SHIFENG),
    _p("S04", "events.registered", "10000", CENTRE_2022, 2022, SHIFENG, compare="at_least", name="登记数目标"),
    _p("S04", "events.done_rate", "95", CENTRE_2022, 2022, SHIFENG, compare="at_least", name="办结率目标"),
    _p("S05", "identity.terminals", "402", CENTRE_2022, 2022, SHIFENG),
    _p("S06", "territory.cells", "21", STREET_2021, 2021, JINGLONG),
    _p("S06", "identity.officers", "24", STREET_2021, 2021, JINGLONG),
    _p("S06", "territory.communities", "3", STREET_2021, 2021, JINGLONG),
    _p("S06", "territory.villages", "3", STREET_2021, 2021, JINGLONG),
)


def figures(system: str = "") -> Iterator[dict[str, Any]]:
    """`{system, metric, name, published, actual, rows, ok, source}` of every published figure, or of one system's.

    `rows` is the number of rows that the actual value was counted from, and can be opened to.
    """
    with scope.system():
        for one in PUBLISHED:
            if system and one.system != system.upper():
                continue
            period, place = Period.year(one.year), Place(*_interval(one.place))
            actual = metrics.value(SYSTEM, one.metric, period, place)
            behind = metrics.rows(SYSTEM, one.metric, period, place)
            metric = metrics.get(one.metric)
            ok = actual is not None and (actual >= one.value if one.compare == "at_least" else actual == one.value)
            yield {
                "system": one.system,
                "metric": one.metric,
                "name": one.name or metric.name,
                "unit": metric.unit,
                "published": _number(one.value),
                "compare": one.compare,
                "actual": _number(actual),
                "rows": behind.count() if isinstance(behind, QuerySet) else sum(1 for _ in behind),
                "ok": ok,
                "source": one.source,
                "formula": metric.formula,
            }


def _interval(code: int) -> tuple[int, int]:
    size = 1
    while code % (size * 1000) == 0 and size < 10**9:
        size *= 1000
    return code, code + size - 1


def _number(value: Decimal | int | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
