"""The details of an audit row in words."""

from typing import Any

from django import template

from wangge.identity import queries, rules

register = template.Library()


@register.filter
def details(data: dict[str, Any]) -> str:
    return queries.details(data)


@register.filter
def device(agent: str) -> str:
    return rules.device(agent)
