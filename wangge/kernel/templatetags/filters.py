"""The filters above a list, one form for every room: the same order, names, buttons and way back.

`{% filters %} … {% endfilters %}` holds `{% ask %}`, `{% pick %}` and `{% tick %}`; each shows what the list was filtered by,
read from the view's `asked` (a mapping or an object), else from the address. The order of the sort stays, the page does not.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.safestring import SafeString

register = template.Library()
NOT_FILTERS = ("after", "sort")


@register.simple_block_tag(takes_context=True, end_name="endfilters")
def filters(context: template.RequestContext, content: SafeString, verb: str = "筛选", keep: str = "") -> str:
    """The form. `keep` names parameters that belong to the page and outlive both the filters and their clearing."""
    given, kept = context["request"].GET, keep.split()
    return render_to_string(
        "kernel/parts/filters.html",
        {
            "inputs": content,
            "verb": verb,
            "kept": [(name, given[name]) for name in ("sort", *kept) if given.get(name)],
            "is_filtered": is_filtered(context, kept),
            "clear": context["request"].path + _query({name: given.get(name, "") for name in kept}),
        },
    )


def is_filtered(context: template.RequestContext, kept: Iterable[str] = ()) -> bool:
    """Whether the list shows less than all of it: as the view says, else whether the address names a filter."""
    said = context.get("is_filtered")
    if said is not None:
        return bool(said)
    return any(value for name, value in context["request"].GET.items() if name not in (*NOT_FILTERS, *kept))


@register.inclusion_tag("kernel/parts/filter_ask.html", takes_context=True)
def ask(
    context: template.RequestContext,
    name: str,
    label: str,
    kind: str = "search",
    size: int | None = None,
    example: str = "",
    least: int | None = None,
    most: int | None = None,
) -> dict[str, Any]:
    """A word (`search`), a day (`date`) or a count (`number`); `least` and `most` bound a count."""
    value = _given(context, name)
    if isinstance(value, date):
        value = f"{value:%Y-%m-%d}"
    return {
        "name": name,
        "label": label,
        "kind": kind,
        "value": value,
        "size": size,
        "example": example,
        "least": least,
        "most": "9999-12-31" if kind == "date" else most,
    }


@register.inclusion_tag("kernel/parts/filter_pick.html", takes_context=True)
def pick(
    context: template.RequestContext,
    name: str,
    label: str,
    options: Any = (),
    empty: str = "全部",
    also: str = "",
    start: str = "",
) -> dict[str, Any]:
    """One of a list: pairs, a mapping, `(group, pairs)`, rows with `pk` and `name`, or bare values.

    `empty` is the first choice ("" for none; `value:words` when it is a value of its own); `also` are further choices
    before the list, written `value:words,value:words`. `start` is what the list shows when nothing is asked: then the
    empty choice says something and stays in the address.
    """
    value = str(_given(context, name))
    first = [_pair(words) for words in filter(None, (empty, *also.split(",")))]
    return {"name": name, "label": label, "groups": _groups(first, options), "value": value, "start": start}


@register.inclusion_tag("kernel/parts/filter_tick.html", takes_context=True)
def tick(context: template.RequestContext, name: str, label: str) -> dict[str, Any]:
    """Yes or all."""
    return {"name": name, "label": label, "ticked": bool(_given(context, name))}


@register.inclusion_tag("kernel/parts/empty.html", takes_context=True)
def nothing(
    context: template.RequestContext, of: str, yet: str, fill: str = "", url: str = "", verb: str = "", keep: str = ""
) -> dict[str, str]:
    """An empty list: what was looked for is not there, with the way back; or there is none `yet`, and what fills it."""
    kept = keep.split()
    if not is_filtered(context, kept):
        return {"why": yet, "fill": fill, "url": url, "verb": verb}
    given = context["request"].GET
    return {
        "why": f"没有符合条件的{of}。",
        "fill": "请放宽条件，或清除筛选。",
        "url": context["request"].path + _query({name: given.get(name, "") for name in kept}),
        "verb": "清除筛选",
    }


def _given(context: template.RequestContext, name: str) -> Any:
    asked, here = context.get("asked"), context.get(name)
    value = asked.get(name) if isinstance(asked, Mapping) else getattr(asked, name, None)
    if value is None:
        value = context["request"].GET.get(name)
    if value is None and isinstance(here, str | int | date):  # what the view chose where nothing was asked
        value = here
    return "" if value is None else value


def _query(pairs: Mapping[str, str]) -> str:
    given = {name: value for name, value in pairs.items() if value}
    return ("?" + urlencode(given)) if given else ""


def _pair(words: str) -> tuple[str, str]:
    value, colon, label = words.partition(":")
    return (value, label) if colon else ("", words)


def _groups(first: list[tuple[str, str]], options: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """`[(group, [(value, words)])]`; the group without a name comes first."""
    plain, groups = list(first), []
    for option in options.items() if isinstance(options, Mapping) else options:
        pair = isinstance(option, list | tuple) and len(option) == 2
        if pair and not isinstance(option[1], str):
            groups.append((option[0], [(str(value), words) for value, words in option[1]]))
        elif pair:
            plain.append((str(option[0]), option[1]))
        else:
            plain.append((str(getattr(option, "pk", option)), getattr(option, "name", str(option))))
    return [("", plain), *groups]
