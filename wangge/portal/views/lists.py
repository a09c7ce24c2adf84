"""网格事项清单: what the grids of the district may do and must not be asked, as published."""

from datetime import date

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from wangge.kernel import clock
from wangge.portal.views.common import Visit, needs_district, page
from wangge.registry import queries


@require_safe
@needs_district
def show(request: Visit) -> HttpResponse:
    """The lists in force today, or on the day asked for."""
    try:
        day = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        day = clock.today()
    found = queries.lists_in_force(request.district.code, day)
    lists = [(one, list(queries.items_of_list(one))) for one in found]
    return page(request, "open/lists", {"lists": lists, "day": day, "district": request.district})
