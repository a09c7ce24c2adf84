"""Figures of 智慧小区: devices as at the end of the period, alarms received in it. Tests and offline alarms are not alarms of people.

An answer counts when it was given before the period ended, so that a past period stays recomputable.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from wangge.events.alarms.models import Alarm, AlarmAct
from wangge.kernel import clock, metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place
from wangge.territory import queries as territory


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.ZONE)


def _end(period: Period) -> datetime:
    """The end of the period, or now while it runs."""
    return min(_midnight(period.end), clock.now())


def devices(period: Period, place: Place) -> QuerySet[Any]:
    return territory.registered_on(place.lo, place.hi, min(period.end, clock.today() + timedelta(days=1)))


def online(period: Period, place: Place) -> QuerySet[Any]:
    gone = territory.offline_at(place.lo, place.hi, _end(period))
    return (
        devices(period, place)
        .filter(state="active", pulse__seen_at__isnull=False)
        .exclude(pk__in=gone.order_by().values("pk"))
    )


def alarms(period: Period, place: Place) -> QuerySet[Alarm]:
    received = (_midnight(period.start), _midnight(period.end))
    return (
        Alarm.objects.filter(place_code__range=(place.lo, place.hi), is_test=False)
        .filter(raised_at__gte=received[0], raised_at__lt=received[1])
        .exclude(kind="offline")
        .order_by("id")
    )


def answered(period: Period, place: Place) -> QuerySet[Alarm]:
    return alarms(period, place).filter(result__in=["handled", "passed", "false"], done_at__lte=_end(period))


def signed_on_time(period: Period, place: Place) -> QuerySet[Alarm]:
    signed = AlarmAct.objects.filter(alarm=OuterRef("pk"), command="sign", was_late=False, at__lte=_end(period))
    return alarms(period, place).filter(Exists(signed))


Rows = Callable[[Period, Place], Any]


def _define(code: str, name: str, formula: str, of: Rows, unit: str) -> None:
    def query(actor: Actor, period: Period, place: Place) -> int:
        return int(of(period, place).count())

    def rows(actor: Actor, period: Period, place: Place) -> Any:
        return of(period, place)

    metrics.define(code, name, unit=unit, formula=formula, query=query, rows=rows)


_define("devices.registered", "在册设备数", "期末在册、未拆除的设备，以登记日期和安装日期中较早的为准", devices, "台")
_define("devices.online", "在线设备数", "期末在用、已接入且不在离线中的设备", online, "台")
_define("devices.alarms", "告警数", "期内收到的告警，同一设备短时间内的重复信号计一次，不含测试和离线", alarms, "次")
_define("devices.signed_on_time", "按时签收数", "期内告警中，在签收时限内签收的", signed_on_time, "次")
_define("devices.answered", "已处置告警数", "期内告警中，截止时已反馈处置结果的", answered, "次")
_define(
    "devices.false_alarms",
    "误报数",
    "已处置告警中，现场核实为误报的",
    lambda period, place: answered(period, place).filter(result="false"),
    "次",
)
_define(
    "devices.events",
    "告警立件数",
    "期内告警中，已立为网格事件的",
    lambda period, place: alarms(period, place).filter(case__isnull=False),
    "件",
)
for _code, _kind in territory.DEVICE_KINDS.items():
    _define(
        f"devices.alarms_{_code}",
        f"{_kind.short}告警数",
        f"期内告警中，{_kind.name}发出的",
        lambda period, place, kind=_code: alarms(period, place).filter(kind=kind),  # type: ignore[misc]
        "次",
    )
metrics.define(
    "devices.kinds",
    "设备类别数",
    unit="类",
    formula="在册设备分属的类别",
    query=lambda actor, period, place: devices(period, place).order_by().values("kind").distinct().count(),
    rows=lambda actor, period, place: devices(period, place).order_by("kind").values_list("kind", flat=True).distinct(),
)
metrics.ratio(
    "devices.online_rate",
    "设备在线率",
    numerator="devices.online",
    denominator="devices.registered",
    formula="在线设备数 ÷ 在册设备数",
)
metrics.ratio(
    "devices.signed_on_time_rate",
    "告警按时签收率",
    numerator="devices.signed_on_time",
    denominator="devices.alarms",
    formula="按时签收数 ÷ 告警数",
)
metrics.ratio(
    "devices.false_alarm_rate",
    "误报率",
    numerator="devices.false_alarms",
    denominator="devices.answered",
    formula="误报数 ÷ 已处置告警数",
)
CODES = (
    "devices.registered", "devices.online", "devices.online_rate", "devices.kinds", "devices.alarms",
    *(f"devices.alarms_{code}" for code in territory.DEVICE_KINDS), "devices.signed_on_time",
    "devices.signed_on_time_rate", "devices.answered", "devices.false_alarms", "devices.false_alarm_rate",
    "devices.events",
)  # fmt: skip
