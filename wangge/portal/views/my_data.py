"""我的个人信息: a resident asks to see, correct or delete what is kept about them, and follows it like a report.

Nothing here looks anybody up. The answer to who hands in a request is the same whether they are on record or not; what is on
record is said after the identity was verified by the paper itself (个人信息保护法 第四十四至五十条, GB/T 35273-2020 8.7).
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from wangge.casework.services.public import code_digest
from wangge.exchange import services
from wangge.identity import access
from wangge.identity import queries as identity
from wangge.kernel.actor import PUBLIC
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import attempt
from wangge.kernel.web import address
from wangge.portal import draft, limits
from wangge.portal.forms import RequestForm
from wangge.portal.views.common import Visit, narrow, needs_district, page, to
from wangge.registry import queries as registry

NARROWED = ("id_number", "subject_number", "phone")


@require_safe
@needs_district
def show(request: Visit) -> HttpResponse:
    """What is kept and how long, what may be asked, and how."""
    rules = [rule for rule in registry.RETENTION.values() if not rule.group]
    return page(request, "my_data/show", {"rules": rules, "district": request.district})


@require_http_methods(["GET", "HEAD", "POST"])
@needs_district
def ask(request: Visit) -> HttpResponse:
    """Hand a request in. Number and code are made once, so that a form sent twice is one request."""
    begun = draft.asking.load(request) or draft.begun()
    form = RequestForm(_typed(request) if request.method == "POST" else None)
    if form.is_valid() and (made := attempt(form, lambda: _hand_in(request, begun, form.cleaned_data))):
        told = {"number": made.case.number, "code": begun["code"], "district": request.district.code}
        response = draft.asked.keep(request, to("portal:my_data_done"), told)
        return draft.asking.empty(request, response)
    response = page(request, "my_data/ask", {"form": form}, status=422 if form.errors else 200)
    return draft.asking.keep(request, response, begun)


def _typed(request: HttpRequest) -> Any:
    given = request.POST.copy()
    for name in NARROWED:
        given[name] = narrow(given.get(name, "")).replace(" ", "")
    return given


def _hand_in(request: Visit, begun: dict[str, Any], given: dict[str, Any]) -> Any:
    caller = address(request)
    if limits.by_asker.spent(caller):
        raise Refusal("too_many", "一小时内从这里提交的请求太多。请过一小时再试，或到区网格中心当面提出。", status=429)
    made = services.hand_in_request(
        actor=PUBLIC,
        key=UUID(begun["id"]),
        query_code=code_digest(begun["code"]),
        district=request.district.code,
        **given,
    )
    limits.by_asker.failed(caller)
    return made


@require_safe
@access.public
def done(request: HttpRequest) -> HttpResponse:
    """The receipt: number, query code, and what to bring."""
    told = draft.asked.load(request)
    if not told:
        return to("portal:my_data")
    code = told["code"]
    context = {"told": told, "code": f"{code[:4]} {code[4:]}", "district": identity.district(told["district"])}
    return page(request, "my_data/done", context)
