"""`/api/v1/audits`: a document in, its findings out. A bearer token acts at its owner's post, within that district."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt

from wangge.disclosure import queries, terms
from wangge.disclosure.services import audits as services
from wangge.identity.access import own_transaction
from wangge.kernel import api, files, paging, scope, web
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request

MOST_ROWS = 200
View = Callable[..., HttpResponse]


def by_method(**views: View) -> View:
    """One address, a view per method. Without a cookie's authority; the views open their own transactions."""

    @csrf_exempt
    @own_transaction
    def view(request: Request, **kwargs: Any) -> HttpResponse:
        chosen = views.get("GET" if request.method == "HEAD" else request.method or "")
        if chosen is None:
            allowed = ", ".join(views)
            response = web.answer(request, Refusal("method", f"这个地址只接受 {allowed} 请求。", status=405))
            response["Allow"] = allowed
            return response
        try:
            return chosen(request, **kwargs)
        except Refusal as refusal:
            return web.answer(request, refusal)

    return view


def send(request: Request) -> HttpResponse:
    """`POST /api/v1/audits`: 201 with the contract, 200 with the first result when the same file was sent before.

    The file is the field `file` of a form, or the body itself with its name in `X-File-Name`. It is audited before the
    answer leaves, however large it is. 422 with a sentence when it cannot be read as a document.
    """
    request.actor.must(terms.AUDIT_RIGHT)
    data, name = _sent(request)
    receipt = services.receive(actor=request.actor, data=data, name=name, at_once=True)
    with scope.use(request.actor):
        return api.answer(_told(request, receipt.audit.pk), 201 if receipt.is_new else 200)


def _sent(request: Request) -> tuple[bytes, str]:
    if not (request.content_type or "").startswith("multipart/"):
        return request.read(files.OTHER_LIMIT + 1), request.headers.get("X-File-Name", "")
    try:
        sent = request.FILES.get("file")
    except (MultiPartParserError, RequestDataTooBig):
        raise Refusal("malformed_form", "上传的表单不完整。请重新上传。", field="file") from None
    if sent is None:
        raise Refusal("file_missing", "没有收到文件。请把文件放在名为 file 的一项里。", field="file")
    return sent.read(files.OTHER_LIMIT + 1), sent.name or ""


def _told(request: Request, audit_id: int) -> dict[str, Any]:
    one = queries.audit(request.actor, audit_id)
    if one.state == "waiting":
        raise Refusal("still_waiting", "这份文件正在审核，请稍候再取结果。", status=409, id=one.pk)
    if one.state != "done":
        raise Refusal(one.state, one.why, field="file", value=one.name, id=one.pk)
    return queries.told(one)


def listing(request: Request) -> HttpResponse:
    """`GET /api/v1/audits?q=&kind=&year=&state=&found=&cursor=&limit=`: newest first."""
    with scope.use(request.actor):
        found = queries.search(request.actor, queries.filters(request.GET))
        page = paging.page(
            found,
            order=("id",),
            after=request.GET.get("cursor") or None,
            size=api.limit(request.GET.get("limit", "50"), MOST_ROWS),
            desc=True,
        )
        return api.answer({"items": [_row(one) for one in page], "next": page.next_cursor})


def _row(one: Any) -> dict[str, Any]:
    names = ("id", "name", "state", "why", "kind", "unit", "year", "errors", "suspicious", "rounding", "undecided")
    row = {name: getattr(one, name) for name in names}
    row["file"] = row.pop("name")
    return row | {"sha256": one.sha256, "uploaded_at": one.uploaded_at, "uploader": one.uploader}


def result(request: Request, audit_id: int) -> HttpResponse:
    """`GET /api/v1/audits/<id>`: the contract, with what people decided about each finding."""
    with scope.use(request.actor):
        return api.answer(_told(request, audit_id))
