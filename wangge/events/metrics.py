"""Figures about grid events. Each is counted as at the end of its period, from the steps, so a past year stays recomputable.

The count follows one rule: 应办 = 立案 − 作废 − 合并从件; 办结 = 待评价 + 已结案 + 已归档 at the moment.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from wangge.casework.queries import AsAt
from wangge.events import queries, rules
from wangge.events.alarms import metrics as alarms  # noqa: F401 (defines the figures of devices)
from wangge.kernel import clock, metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place


def as_at(period: Period, place: Place) -> AsAt:
    """The events received in the period, as they stood at its end (or now, when it has not ended)."""
    start, end = _midnight(period.start), _midnight(period.end)
    return AsAt(rules.KIND, start, end, min(end, clock.now()), place.lo, place.hi)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.ZONE)


def _define(code: str, name: str, formula: str, of: Callable[[AsAt], Any], unit: str = "件") -> None:
    def query(actor: Actor, period: Period, place: Place) -> int:
        return int(of(as_at(period, place)).count())

    def rows(actor: Actor, period: Period, place: Place) -> Any:
        return of(as_at(period, place)).order_by("pk")

    metrics.define(code, name, unit=unit, formula=formula, query=query, rows=rows)


_define("events.received", "收件数", "期内收到的全部事件，含不予受理、合并从件和作废", AsAt.received)
_define(
    "events.registered",
    "登记数（应办数）",
    "期内收到的事件，减去截止时已不予受理、已合并（从件）和已作废的事件",
    AsAt.registered,
)
_define("events.done", "办结数", "应办事件中，截止时状态为待评价、已结案或已归档的事件", AsAt.done)
_define("events.done_on_time", "按时办结数", "办结事件中，各次处置均未超过处置时限的事件", AsAt.on_time)
_define("events.done_at_once", "一次办结数", "办结事件中，没有核查返工、不满意重办或重开的事件", AsAt.at_once)
_define("events.dispatched", "派遣数", "应办事件中，派遣或指定过承办单位的事件", AsAt.dispatched)
_define("events.returned", "退回数", "应办事件中，被承办单位退回过的事件", AsAt.returned)
_define("events.self_solved", "自行处置数", "应办事件中，由网格员现场处置办结的事件", AsAt.self_solved)
_define("events.overdue", "超期在办数", "截止时尚未办结，且当前环节已超过时限的事件", AsAt.overdue)
_define("events.moves", "流转次数", "应办事件上报上级、下派、派遣和指定承办的总次数", AsAt.moves, unit="次")
_define("events.ratable", "可评价数", "应办事件中，核查通过后请反映人评价的事件", AsAt.ratable)
_define("events.rated", "参评数", "可评价事件中，反映人作出评价的事件；未评价的不计入", AsAt.rated)
_define("events.satisfied", "满意数", "参评事件中，最近一次评价为基本满意及以上的事件", AsAt.satisfied)

metrics.ratio(
    "events.done_rate",
    "办结率",
    numerator="events.done",
    denominator="events.registered",
    formula="办结数 ÷ 登记数（应办数）",
)
metrics.ratio(
    "events.done_on_time_rate",
    "按时办结率",
    numerator="events.done_on_time",
    denominator="events.done",
    formula="按时办结数 ÷ 办结数",
)
metrics.ratio(
    "events.done_at_once_rate",
    "一次办结率",
    numerator="events.done_at_once",
    denominator="events.done",
    formula="一次办结数 ÷ 办结数",
)
metrics.ratio(
    "events.return_rate",
    "退回率",
    numerator="events.returned",
    denominator="events.dispatched",
    formula="退回数 ÷ 派遣数",
)
metrics.ratio(
    "events.moves_each",
    "平均流转次数",
    numerator="events.moves",
    denominator="events.registered",
    formula="流转次数 ÷ 登记数（应办数）",
    unit="次",
    scale=1,
)
metrics.ratio(
    "events.rated_rate", "参评率", numerator="events.rated", denominator="events.ratable", formula="参评数 ÷ 可评价数"
)
metrics.ratio(
    "events.satisfied_rate",
    "满意率",
    numerator="events.satisfied",
    denominator="events.rated",
    formula="满意数 ÷ 参评数，不把未评价算作满意",
)


def _platforms(actor: Actor, period: Period, place: Place) -> Iterable[Any]:
    return [p.code for p in queries.catalogue(place.lo, period.start).platforms]


metrics.define(
    "events.platforms",
    "平台数",
    unit="个",
    formula="事项目录中列出的平台",
    query=lambda actor, period, place: len(list(_platforms(actor, period, place))),
    rows=_platforms,
)
