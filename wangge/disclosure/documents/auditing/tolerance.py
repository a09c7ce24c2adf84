"""How far printed numbers may lie apart. Source: the conventions of the rule catalogue (engine, §0), in 万元 to the 分.

A printed number carries half a unit of its last place as error; a sum of n such numbers beside its own printed total may
be off by (n+1) halves, and never by more than two units. The same figure printed twice may be off by one unit, and then
it is a matter of rounding, too. A percentage must be what the printed numbers give at the printed precision.
"""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal

Outcome = Literal["passed", "rounding", "failed"]

SUM = "尾差：min(max(2, 0.5×√n), 0.5×(n+1)) 个末位单位，n 为加数个数"
IDENTITY = "一致：0；相差不超过 1 个末位单位为尾差"
PERCENT = "按印出的小数位重算应相等；相差不足 1 个末位单位为尾差"
PRODUCT = "尾差：数量 × 单价末位单位的一半"
EXACT = "0"

_WIDE = Context(prec=200)  # a number of thirty digits is no money, but no reason to fall, either
# The money units of published tables, in 万元.
SCALES = {
    "元": Decimal("0.0001"),
    "百元": Decimal("0.01"),
    "千元": Decimal("0.1"),
    "万元": Decimal(1),
    "百万元": Decimal(100),
    "亿元": Decimal(10_000),
}


def place_value(digits: int) -> Decimal:
    """One unit of the last of `digits` decimals."""
    return Decimal(1).scaleb(-digits)


def rounded(number: Decimal, digits: int) -> Decimal:
    return number.quantize(place_value(digits), ROUND_HALF_UP, _WIDE)


def of_sum(difference: Decimal, parts: int, unit: Decimal) -> Outcome:
    """A total beside the sum of `parts` rounded numbers, all printed to `unit`."""
    if not difference:
        return "passed"
    # Errors of many roundings add up like their root: above some 36 parts two units are too narrow.
    most = max(Decimal(2), Decimal(parts).sqrt() / 2)
    return "rounding" if abs(difference) <= min(most * unit, unit / 2 * (parts + 1)) else "failed"


def of_identity(difference: Decimal, unit: Decimal) -> Outcome:
    """The same figure printed twice, `unit` being the coarser of the two last places."""
    if not difference:
        return "passed"
    return "rounding" if abs(difference) <= unit else "failed"


def of_percent(printed: Decimal, digits: int, low: Decimal, high: Decimal, exact: Decimal) -> Outcome:
    """A printed percentage beside the exact one, which is only known between `low` and `high`: its parts are rounded."""
    if rounded(exact, digits) == printed or rounded(low, digits) <= printed <= rounded(high, digits):
        return "passed"
    unit = place_value(digits)
    return "rounding" if low - unit < printed < high + unit else "failed"
