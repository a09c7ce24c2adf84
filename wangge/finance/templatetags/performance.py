"""Money and points as the pages of performance print them."""

from decimal import Decimal

from django import template

from wangge.finance.performance import printing

register = template.Library()


@register.filter
def wan(yuan: Decimal | None) -> str:
    """Yuan as 万元; nothing for an empty cell."""
    return printing.wan(yuan)


@register.filter
def points(value: Decimal | None) -> str:
    """A number without needless zeros; nothing for None."""
    return printing.number(value)
