"""Page parts that need a little reckoning: clocks, sort heads, query strings, times."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.http import urlencode

from wangge.kernel import clock as time

register = template.Library()


def span(length: timedelta) -> str:
    """A length of time in the two largest units that say something: `1 天 3 小时`, `5 小时`, `12 分钟`."""
    minutes = int(abs(length).total_seconds() // 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days >= 10 or (days and not hours):
        return f"{days} 天"
    if days:
        return f"{days} 天 {hours} 小时"
    return f"{hours} 小时" if hours else f"{max(minutes, 1)} 分钟"


@register.inclusion_tag("kernel/parts/clock.html")
def clock(
    due: datetime | None,
    yellow: datetime | None = None,
    stopped: datetime | None = None,
    held: bool = False,
    start: datetime | None = None,
) -> dict[str, Any]:
    """What is left until `due`, with its tone and a word beside the colour.

    Amber from `yellow` on; without it, from nine tenths of the way from `start`. `stopped` is when the clock was
    stopped for good; `held` says that it stands still for now.
    """
    if due is None:
        return {"text": "无时限", "tone": "grey", "word": "", "due": None}
    if held:
        return {"text": "时限暂停", "tone": "grey", "word": "挂起", "due": due}
    at = stopped or time.now()
    if yellow is None and start is not None:
        yellow = start + (due - start) * 9 / 10
    late = at > due
    if stopped is not None:
        said = f"超 {span(at - due)}" if late else "按时"
        return {"text": said, "tone": "red" if late else "green", "word": "已完成", "due": due}
    if late:
        return {"text": f"超 {span(at - due)}", "tone": "red", "word": "超期", "due": due}
    near = yellow is not None and at >= yellow
    return {
        "text": f"剩 {span(due - at)}",
        "tone": "amber" if near else "blue",
        "word": "将到期" if near else "",
        "due": due,
    }


@register.filter
def when(value: datetime | None, form: str = "") -> str:
    """The local time as `11月21日 14:20`, with the year when it is not this one; `form="date"` leaves the hour out."""
    if value is None:
        return ""
    here, today = time.local(value), time.today()
    said = f"{here.month}月{here.day}日"
    if here.year != today.year:
        said = f"{here.year}年{said}"
    return said if form == "date" else f"{said} {here:%H:%M}"


@register.simple_tag(takes_context=True)
def query(context: template.RequestContext, **changes: Any) -> str:
    """The page's own query string with the changes made; a value of None or "" takes a parameter away."""
    pairs = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            pairs.pop(name, None)
        else:
            pairs[name] = str(value)
    return "?" + urlencode(pairs.lists(), doseq=True)


@register.inclusion_tag("kernel/parts/sort_head.html", takes_context=True)
def sort_head(
    context: template.RequestContext, name: str, label: str, cls: str = "", default: str = ""
) -> dict[str, Any]:
    """A table head that sorts by `?sort=name` and, pressed again, by `?sort=-name`; back to the first page each time."""
    current = context["request"].GET.get("sort") or default
    pairs = context["request"].GET.copy()
    pairs.pop("after", None)
    pairs["sort"] = f"-{name}" if current == name else name
    direction = {name: "ascending", f"-{name}": "descending"}.get(current, "")
    return {"label": label, "cls": cls, "direction": direction, "href": "?" + urlencode(pairs.lists(), doseq=True)}
