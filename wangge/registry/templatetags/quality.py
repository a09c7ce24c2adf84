"""How shares of errors are printed: per cent with two decimals, and their intervals."""

from django import template

from wangge.registry.rules.sampling import Rate

register = template.Library()


@register.filter
def share(rate: Rate) -> str:
    """`17.52%`, or a dash when nothing was judged."""
    return "—" if rate.value is None else f"{rate.value:.2%}"


@register.filter
def interval(rate: Rate) -> str:
    """`16.45% 至 18.64%`."""
    return "" if rate.value is None else f"{rate.low:.2%} 至 {rate.high:.2%}"


@register.filter
def percent(value: float) -> str:
    """A share as `17.52%`."""
    return f"{value:.2%}"


@register.filter
def points(value: float) -> str:
    """A share as a length of a bar, in per cent without the sign."""
    return f"{100 * value:.2f}"


@register.filter
def width(rate: Rate) -> str:
    """The length of the interval's bar."""
    return f"{max(0.8, 100 * (rate.high - rate.low)):.2f}"
