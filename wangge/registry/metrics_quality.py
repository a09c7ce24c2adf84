"""Figures of what keeps the register true: spot checks, and records past their limit. Counted when they were checked."""

from typing import Any

from wangge.kernel import metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place
from wangge.registry.queries import sampling


def _checked(actor: Actor, period: Period, place: Place) -> Any:
    return sampling.checked_between(place.lo, place.hi, period.start, period.end).order_by("pk")


def _updated(actor: Actor, period: Period, place: Place) -> Any:
    return _checked(actor, period, place).filter(is_updated=True)


def _unreached(actor: Actor, period: Period, place: Place) -> Any:
    return sampling.checked_between(place.lo, place.hi, period.start, period.end, state="unreached").order_by("pk")


def _count(rows: Any) -> Any:
    def query(actor: Actor, period: Period, place: Place) -> int:
        return int(rows(actor, period, place).count())

    return query


for code, name, formula, rows in (
    (
        "registry.sampled_checked",
        "抽查核实条数",
        "期内抽查并登记核实结果的人员、房屋、组织信息条数，未能核实的不计入",
        _checked,
    ),
    ("registry.sampled_updated", "抽查更新条数", "期内抽查核实的信息中，至少更正了一项的条数", _updated),
    ("registry.sampled_unreached", "抽查未能核实条数", "期内抽中而未能核实（多次上门无人等）的条数", _unreached),
):
    metrics.define(code, name, unit="条", formula=formula, query=_count(rows), rows=rows)

metrics.ratio(
    "registry.sampled_update_rate",
    "抽查更新率",
    numerator="registry.sampled_updated",
    denominator="registry.sampled_checked",
    formula="抽查更新条数 ÷ 抽查核实条数 × 100%",
)
