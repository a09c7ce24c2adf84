"""The figures that the districts published, beside what the system counts from its own records of the demonstration.

Each published value is a fact with the unit and the year of the document it stands in; nothing of the text is kept here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from django.db.models import QuerySet

from wangge.demo.place import HETANG, SHIFENG
from wangge.finance import queries as finance
from wangge.finance.terms import wan
from wangge.kernel import metrics, scope
from wangge.kernel.actor import SYSTEM, Actor
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
    # The budget unit whose rows alone are counted; the value is then in 万元 where the figure is in 元.
    unit: str = ""
    month: int = 0


def _p(system: str, metric: str, value: str, source: str, year: int, place: int, **more: Any) -> Published:
    return Published(system, metric, Decimal(value), source, year, place, **more)


RIGHTS = frozenset({"finance.view", "performance.view"})
PUBLISHED: tuple[Published, ...] = (
    _p("S01", "events.platforms", "4", CENTRE_2020, 2022, SHIFENG),
    _p("S02", "registry.sampled_checked", "4640", CENTRE_2022, 2022, SHIFENG),
    _p("S02", "registry.sampled_updated", "813", CENTRE_2022, 2022, SHIFENG),
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
    _p("S06", "registry.residents", "24000", STREET_2021, 2021, JINGLONG),
    _p("S13", "devices.kinds", "4", CENTRE_2022, 2022, SHIFENG),
)

CENTRE, OFFICE, STREET, HETANG_CENTRE = "204001", "204002", "204105", "202001"
OFFICE_2020 = "石峰区人民政府办公室 2020 年度部门预算"
HETANG_2020 = "荷塘区网格化管理服务中心 2020 年度部门决算"
PUBLISHED += (
    _p("S27", "finance.event_fund", "15", STREET_2021, 2021, JINGLONG, unit=STREET),
    _p("S28", "finance.contract_areas", "28", STREET_2021, 2021, JINGLONG, unit=STREET),
    _p("S28", "finance.contract_square_metres", "539100", STREET_2021, 2021, JINGLONG, unit=STREET),
    _p("S28", "finance.contracted", "669.9", STREET_2021, 2021, JINGLONG, unit=STREET),
    _p("S28", "finance.instalments_due", "55.83", STREET_2021, 2021, JINGLONG, unit=STREET, month=1),
    _p("S38", "finance.budget_approved", "407.37", CENTRE_2020, 2020, SHIFENG, unit=CENTRE),
    _p("S38", "finance.budget_approved", "508.93", OFFICE_2020, 2020, SHIFENG, unit=OFFICE),
    _p("S38", "finance.budget_approved", "1482.90", STREET_2021, 2021, SHIFENG, unit=STREET),
    _p("S39", "finance.budget_approved", "1760.10", CENTRE_2022, 2022, SHIFENG, unit=CENTRE),
    _p("S39", "finance.supplemented", "36.89", CENTRE_2022, 2022, SHIFENG, unit=CENTRE),
    _p("S39", "finance.other_income", "10.28", CENTRE_2022, 2022, SHIFENG, unit=CENTRE),
    _p("S39", "finance.budget_approved", "96.18", HETANG_2020, 2020, HETANG, unit=HETANG_CENTRE),
    _p("S39", "finance.supplemented", "329.08", HETANG_2020, 2020, HETANG, unit=HETANG_CENTRE),
    _p("S39", "finance.other_income", "31.64", HETANG_2020, 2020, HETANG, unit=HETANG_CENTRE),
    _p("S40", "finance.spent", "1681.70", CENTRE_2022, 2022, SHIFENG, unit=CENTRE),
    _p("S40", "finance.spent_fiscal", "1671.42", CENTRE_2022, 2022, SHIFENG, unit=CENTRE),
    _p("S40", "finance.spent_on_projects", "1581.42", CENTRE_2022, 2022, SHIFENG, unit=CENTRE),
    _p("S40", "finance.spent", "435.55", HETANG_2020, 2020, HETANG, unit=HETANG_CENTRE),
    _p("S41", "finance.evaluations_whole", "1", CENTRE_2022, 2022, SHIFENG, unit=CENTRE),
    _p("S41", "finance.evaluations_project", "4", CENTRE_2022, 2022, SHIFENG, unit=CENTRE),
    _p("S41", "finance.evaluations_whole", "1", HETANG_2020, 2020, HETANG, unit=HETANG_CENTRE),
    _p("S41", "finance.evaluations_project", "1", HETANG_2020, 2020, HETANG, unit=HETANG_CENTRE),
    _p("S43", "finance.three_publics_planned", "0.26", CENTRE_2020, 2020, SHIFENG, unit=CENTRE),
    _p("S43", "finance.operating_planned", "12.61", CENTRE_2020, 2020, SHIFENG, unit=CENTRE),
    _p("S43", "finance.building_square_metres", "1242", CENTRE_2020, 2020, SHIFENG, unit=CENTRE),
    _p("S43", "finance.reception_planned", "5.34", OFFICE_2020, 2020, SHIFENG, unit=OFFICE),
    _p("S43", "finance.operating_planned", "69.04", OFFICE_2020, 2020, SHIFENG, unit=OFFICE),
    _p("S43", "finance.operating", "9.82", CENTRE_2022, 2022, SHIFENG, unit=CENTRE),
)


def figures(system: str = "") -> Iterator[dict[str, Any]]:
    """`{system, metric, name, published, actual, rows, ok, source}` of every published figure, or of one system's.

    `rows` is the number of rows that the actual value was counted from, and can be opened to.
    """
    for one in PUBLISHED:
        if system and one.system != system.upper():
            continue
        actor = _keeper(one.unit)
        with scope.use(actor):
            yield _counted(actor, one)


def _keeper(unit: str) -> Actor:
    """Whose rows are counted: everybody's, or those of one unit as its own people see them."""
    if not unit:
        return SYSTEM
    with scope.system():
        return replace(
            SYSTEM, is_system=False, rights=RIGHTS, lo=1, hi=0, department_id=finance.unit(SYSTEM, unit).department_id
        )


def _counted(actor: Actor, one: Published) -> dict[str, Any]:
    period = Period.month(one.year, one.month) if one.month else Period.year(one.year)
    place = Place(*_interval(one.place))
    actual = metrics.value(actor, one.metric, period, place)
    behind = metrics.rows(actor, one.metric, period, place)
    metric = metrics.get(one.metric)
    unit = metric.unit
    if actual is not None and unit == "元":
        actual, unit = wan(Decimal(actual)), "万元"
    ok = actual is not None and (actual >= one.value if one.compare == "at_least" else actual == one.value)
    return {
        "system": one.system,
        "metric": one.metric,
        "name": one.name or metric.name,
        "unit": unit,
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
