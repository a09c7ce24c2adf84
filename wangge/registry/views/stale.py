"""超期未核实: lists by kind, field and place; the district's limits."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from wangge.identity.access import requires
from wangge.kernel import clock, paging
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.registry.forms.quality import LimitForm
from wangge.registry.queries import freshness as queries
from wangge.registry.rules import freshness as rules
from wangge.registry.services.sampling import set_limit
from wangge.registry.terms import CARE, ROLES
from wangge.registry.terms_quality import FIELDS, SUBJECTS
from wangge.registry.views import quality
from wangge.territory import queries as territory

SEE = requires("registry.view")
ROOT = "/registry/"
FINDERS: dict[str, Any] = {
    "person": queries.stale_people,
    "household": queries.stale_households,
    "dwelling": queries.stale_dwellings,
    "organisation": queries.stale_organisations,
}
COLUMNS = [
    Column("name", "名称"), Column("place", "所在网格"), Column("last", "最近核实", kind="date"), Column("by", "核实人"),
    Column("source", "来源"),
]  # fmt: skip


def _asked(request: Request) -> dict[str, Any]:
    given = {k: request.GET.get(k, "").strip() for k in ("kind", "field", "q")}
    subject = request.GET.get("subject", "person")
    return given | {
        "subject": subject if subject in FINDERS else "person",
        "place": quality.place(request),
        "days": quality.whole(request.GET.get("days", ""), 3650),
    }


def _found(request: Request, asked: dict[str, Any]) -> QuerySet[Any]:
    given = {k: asked[k] for k in ("place", "days", "q")}
    if asked["subject"] == "person":
        given |= {k: asked[k] for k in ("kind", "field")}
    found: QuerySet[Any] = FINDERS[asked["subject"]](request.actor, **given)
    return found


def _row(asked: dict[str, Any], one: Any) -> dict[str, Any]:
    """A line of the list, of whatever it is about."""
    subject, field = asked["subject"], asked["field"]
    name = one.name if subject in ("person", "organisation") else one.address.full if subject == "dwelling" else None
    if name is None:
        head = one.head.name if one.head else "户主未登记"
        name = f"{head}户" + (f"（户号 {one.number}）" if one.number else "")
    proof = getattr(one, "proof", {}).get(field) if field else None
    source, _, by = proof or [getattr(one, "source", ""), None, one.verified_by]
    return {
        "pk": one.pk, "name": name, "place": territory.path_of(one.place_code), "last": one.last, "by": by,
        "source": source, "late": (clock.today() - one.last).days if one.last else None,
    }  # fmt: skip


@require_GET
@SEE
def listing(request: Request) -> HttpResponse:
    asked = _asked(request)
    found = _found(request, asked)
    desc = request.GET.get("sort", "last") == "-last"
    shown = paging.page(found, order=("last", "pk"), desc=desc, after=request.GET.get("after"))
    by_place = quality.whole(request.GET.get("by", ""), 10**6)
    context = {
        "asked": asked,
        "rows": [_row(asked, one) for one in shown],
        "page": shown,
        "total": paging.count_capped(found, 5_000),
        "places": quality.places(request.actor),
        "subjects": SUBJECTS.items(),
        "kinds": [(k, name) for k, (name, _) in ROLES.items()]
        + ([*CARE.items()] if request.actor.may("registry.care") else []),
        "field_names": [(k, name) for k, name in FIELDS.items() if k != "religion"],
        "limits": queries.limits(asked["place"] or queries.district_of(request.actor)),
        "by": by_place,
        "summary": _summary(request, found, by_place) if by_place in (1_000, 1_000_000) else None,
        "is_filtered": any(asked[k] for k in ("kind", "field", "q", "place")) or asked["days"] is not None,
    }
    return quality.page(request, "stale", "stale", context)


def _summary(request: Request, found: QuerySet[Any], width: int | None) -> list[tuple[str, int, int]]:
    """(name, code, how many) by place."""
    return [(territory.path_of(at), at, n) for at, n in queries.stale_by_place(request.actor, found, width or 1_000)]


@require_GET
@requires("registry.export")
def export(request: Request) -> HttpResponse:
    asked = _asked(request)
    rows = (_row(asked, one) for one in _found(request, asked).order_by("place_code", "pk").iterator(chunk_size=2_000))
    title = f"超期未核实{SUBJECTS[asked['subject']]}"
    return quality.sheet(request, f"stale.{asked['subject']}", title, COLUMNS, rows)


@require_http_methods(["GET", "POST"])
@requires("registry.sample")
def limits(request: Request) -> HttpResponse:
    """核实周期: what holds today, what was set, and a form for the district's own post."""
    district = queries.district_of(request.actor)
    may_set = request.actor.covers(district) and request.actor.covers(district + queries.DISTRICT - 1)
    form = LimitForm(request.POST or None, initial={"from_on": clock.today(), "subject": request.GET.get("subject")})
    if request.method == "POST" and form.is_valid():
        act = partial(set_limit, actor=request.actor, place_code=district, **form.cleaned_data)
        if attempt(form, act):
            name = rules.SUBJECT_NAMES[form.cleaned_data["subject"]]
            messages.success(request, f"“{name}”的核实周期已设定，自起用日期起生效。")
            return redirect("registry:limits")
    context = {"rows": queries.limit_rows(district), "form": form, "may_set": may_set}
    return quality.page(request, "limits", "limits", context, refused=bool(form.errors))
