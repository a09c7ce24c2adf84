"""What the pages share: lists with their order, sheets, acts that end with a sentence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect

from wangge.kernel import paging
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, write_xlsx


def listed(
    request: Request, found: QuerySet[Any], sorts: Mapping[str, str], default: str, size: int = 50
) -> tuple[paging.Page, str]:
    """One page in the order of `?sort=` and how many there are."""
    asked = request.GET.get("sort", default)
    name = asked.lstrip("-")
    if name not in sorts:
        asked, name = default, default.lstrip("-")
    order = (sorts[name], "pk") if sorts[name] != "pk" else ("pk",)
    one = paging.page(found, order=order, desc=asked.startswith("-"), after=request.GET.get("after"), size=size)
    return one, paging.count_capped(found)


def sheet(columns: Sequence[Column], rows: Any, title: str) -> HttpResponse:
    return spreadsheet(write_xlsx(columns, rows, title), title)


def act(request: Request, form: Any, service: Callable[[], Any], said: str, address: str) -> HttpResponse | None:
    """Do it and go on to the address with a sentence; None with what was wrong on the form."""
    if not form.is_valid() or attempt(form, lambda: (service(), True)) is None:
        return None
    messages.success(request, said)
    return HttpResponseRedirect(address)


def plain(request: Request, service: Callable[[], Any], said: str, address: str) -> HttpResponse:
    """An act without a form: a refusal becomes the page that says why."""
    service()
    messages.success(request, said)
    return HttpResponseRedirect(address)


def tells(request: Request, form: Any) -> None:
    """Show what was wrong with a small form as messages on the page it belongs to."""
    for name, sentences in form.errors.items():
        label = form.fields[name].label + "：" if name in form.fields else ""
        for sentence in sentences:
            messages.error(request, f"{label}{sentence}")
