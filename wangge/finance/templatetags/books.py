"""Money as the pages of the books print it."""

from decimal import Decimal

from django import template

from wangge.finance.terms import yuan

register = template.Library()
register.filter("yuan", yuan)


@register.filter
def figure(value: Decimal | None) -> str:
    """A number without the zeros after its last decimal: 12.50 → 12.5, 7.00 → 7."""
    return "" if value is None else f"{value.normalize():,f}"


@register.filter
def percent(part: Decimal, whole: Decimal) -> str:
    """The share in percent with two decimals; a dash when there is nothing to divide by."""
    return f"{(part * 100 / whole).quantize(Decimal('0.01'))}%" if whole else "—"
