"""Figures with a definition. A room defines them in its `metrics.py`; everybody else asks by code and nobody counts again.

A definition names its code, unit, formula in words, grain and dimensions, the query of the figure and the query of the
rows behind it, so that any printed number opens down to them. A ratio is made of two other figures and is rounded half
up only at the edge. A frozen figure is kept as it was published, with a digest of its rows and of its definition.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import Model, QuerySet

from wangge.kernel import audit
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.models_files import MetricSnapshot

RIGHT_FREEZE = "metrics.freeze"
Grain = Literal["moment", "day", "month", "quarter", "year"]


class Period(NamedTuple):
    """Days from `start` up to but not including `end`."""

    start: date
    end: date

    @classmethod
    def day(cls, on: date) -> "Period":
        return cls(on, on + timedelta(days=1))

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        return cls(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))

    @classmethod
    def quarter(cls, year: int, quarter: int) -> "Period":
        return cls(cls.month(year, quarter * 3 - 2).start, cls.month(year, quarter * 3).end)

    @classmethod
    def year(cls, year: int) -> "Period":
        return cls(date(year, 1, 1), date(year + 1, 1, 1))


class Place(NamedTuple):
    """A closed interval of place codes."""

    lo: int
    hi: int


Number = Decimal | int | Fraction
Query = Callable[[Actor, Period, Place], Number | None]
Rows = Callable[[Actor, Period, Place], "QuerySet[Any] | Iterable[Any]"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A definition. `digits` are the decimals shown; `version` rises when the meaning changes."""

    code: str
    name: str
    unit: str
    formula: str
    grain: Grain
    dimensions: tuple[str, ...]
    query: Query
    rows: Rows
    digits: int = 0
    version: int = 1
    numerator: str = ""
    denominator: str = ""

    def definition(self) -> dict[str, Any]:
        """What the figure means, as it is kept beside a frozen value."""
        return {
            "code": self.code,
            "name": self.name,
            "unit": self.unit,
            "formula": self.formula,
            "grain": self.grain,
            "dimensions": list(self.dimensions),
            "digits": self.digits,
            "version": self.version,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "query": f"{self.query.__module__}.{self.query.__qualname__}",
        }

    def definition_hash(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self.definition(), order="sorted")).hexdigest()


_registry: dict[str, Metric] = {}


def define(
    code: str,
    name: str,
    *,
    unit: str,
    formula: str,
    query: Query,
    rows: Rows,
    grain: Grain = "day",
    dimensions: tuple[str, ...] = ("place",),
    digits: int = 0,
    version: int = 1,
) -> Metric:
    """Define a figure, once. `query` gives its exact value (None: nothing to say), `rows` what it was counted from."""
    return _add(Metric(code, name, unit, formula, grain, dimensions, query, rows, digits, version))


def ratio(
    code: str,
    name: str,
    *,
    numerator: str,
    denominator: str,
    formula: str,
    unit: str = "%",
    scale: int = 100,
    grain: Grain = "day",
    dimensions: tuple[str, ...] = ("place",),
    digits: int = 2,
    version: int = 1,
) -> Metric:
    """Define numerator ÷ denominator × scale of two figures. None when the denominator is nothing; its rows are the denominator's."""

    def query(actor: Actor, period: Period, place: Place) -> Fraction | None:
        above, below = exact(actor, numerator, period, place), exact(actor, denominator, period, place)
        return None if above is None or not below else above / below * scale

    def counted(actor: Actor, period: Period, place: Place) -> "QuerySet[Any] | Iterable[Any]":
        return rows(actor, denominator, period, place)

    return _add(
        Metric(code, name, unit, formula, grain, dimensions, query, counted, digits, version, numerator, denominator)
    )


def _add(metric: Metric) -> Metric:
    if metric.code in _registry:
        raise ValueError(f"figure {metric.code!r} is defined twice")
    _registry[metric.code] = metric
    return metric


def get(code: str) -> Metric:
    """The definition; refused when nobody defines it."""
    if code not in _registry:
        raise Refusal(
            "metric_unknown", f"没有代码为 {code} 的数据项。请在数据目录中查对代码。", field="code", value=code
        )
    return _registry[code]


def all_metrics() -> list[Metric]:
    """Every definition, by code."""
    return [_registry[code] for code in sorted(_registry)]


def exact(actor: Actor, code: str, period: Period, place: Place) -> Fraction | None:
    """The unrounded value, for reckoning on; None when there is nothing to say."""
    found = get(code).query(actor, period, place)
    return None if found is None else Fraction(found)


def value(actor: Actor, code: str, period: Period, place: Place) -> Decimal | int | None:
    """The value as it is printed: rounded half up to the figure's digits, a whole number as int."""
    return rounded(exact(actor, code, period, place), get(code).digits)


def rows(actor: Actor, code: str, period: Period, place: Place) -> "QuerySet[Any] | Iterable[Any]":
    """What the figure was counted from, as this actor may see it."""
    return get(code).rows(actor, period, place)


def rounded(number: Fraction | None, digits: int) -> Decimal | int | None:
    """Round half up, exactly: 99.805 → 99.81, never by way of a binary fraction."""
    if number is None:
        return None
    shifted = number * 10**digits
    whole = (2 * abs(shifted.numerator) + shifted.denominator) // (2 * shifted.denominator)
    if whole and number < 0:
        whole = -whole
    return whole if digits == 0 else Decimal(whole).scaleb(-digits)


def freeze(*, actor: Actor, code: str, period: Period, place: Place, correction: str = "") -> MetricSnapshot:
    """Keep the figure as it is now. A second time needs the reason of the `correction` and makes a further version."""
    actor.must(RIGHT_FREEZE)
    metric = get(code)
    with transaction.atomic():
        earlier = MetricSnapshot.objects.filter(
            code=code, starts_on=period.start, ends_on=period.end, place_lo=place.lo, place_hi=place.hi
        )
        version = earlier.count() + 1
        if version > 1 and not correction.strip():
            sentence = "这项数据已定稿。如需更正，请写明更正原因，系统会另存一个版本。"
            raise Refusal("figure_is_frozen_once_a_version", sentence, field="correction", value=correction)
        count, digest = rows_digest(metric.rows(actor, period, place))
        found = value(actor, code, period, place)
        snapshot = MetricSnapshot.objects.create(
            code=code,
            starts_on=period.start,
            ends_on=period.end,
            place_lo=place.lo,
            place_hi=place.hi,
            version=version,
            value=found,
            rows_count=count,
            rows_digest=digest,
            definition_hash=metric.definition_hash(),
            definition=metric.definition(),
            reason=correction.strip() if version > 1 else "",
            frozen_by=actor.id,
        )
        audit.record(actor, "kernel.metric_frozen", "metric", code, version=version, value=str(found))
    return snapshot


def frozen(code: str, period: Period, place: Place) -> MetricSnapshot | None:
    """The newest frozen version, or None."""
    return (
        MetricSnapshot.objects.filter(
            code=code, starts_on=period.start, ends_on=period.end, place_lo=place.lo, place_hi=place.hi
        )
        .order_by("-version")
        .first()
    )


def rows_digest(found: "QuerySet[Any] | Iterable[Any]") -> tuple[int, str]:
    """How many rows and a digest of which, whatever their order. Rows of a table count by their key."""
    if isinstance(found, QuerySet):
        names = (str(pk) for pk in found.values_list("pk", flat=True).iterator(chunk_size=20_000))
    else:
        names = (str(r.pk) if isinstance(r, Model) else msgspec.json.encode(r, order="sorted").decode() for r in found)
    digest, count = hashlib.sha256(), 0
    for name in sorted(names):
        digest.update(name.encode() + b"\n")
        count += 1
    return count, digest.hexdigest()
