"""The JSON edge: an office pushes rows to its own source, and fetches what it was allowed."""

from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from wangge.exchange import queries, services, tasks
from wangge.identity.access import requires
from wangge.kernel import openapi
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request
from wangge.kernel.web import MAX_JSON, too_large

MAX_ROWS, MAX_PAGE = 20_000, 1_000


@csrf_exempt
@require_POST
@requires("exchange.manage", "exchange.request")
def push(request: Request, code: str) -> HttpResponse:
    """A JSON list of rows, each an object by the source's field keys. The same body sent again is the same intake."""
    actor = request.actor
    try:
        rows = msgspec.json.decode(request.body, type=list[dict[str, Any]])
    except RequestDataTooBig:
        raise too_large(MAX_JSON) from None
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        raise Refusal("malformed_json", "提交的内容应为 JSON 列表，每行一个对象，键为数据源的字段编码。") from None
    if not 0 < len(rows) <= MAX_ROWS:
        raise Refusal("too_many_rows", f"每次推送 1 到 {MAX_ROWS} 行。请分次推送。", value=len(rows), status=413)
    source_id = queries.pushed_source(actor, code)
    made = services.begin_intake(actor=actor, source_id=source_id, name="接口推送", data=request.body)
    tasks.take_in.defer(intake_id=made.pk)
    return JsonResponse({"intake": made.pk, "rows": len(rows), "state": made.state}, status=202)


@require_GET
@requires("exchange.manage", "exchange.request")
def pushed(request: Request, code: str, intake_id: int) -> HttpResponse:
    """What became of a push: counts, score, and for the first refused rows their place in the list and the reasons."""
    one, refused = queries.pushed_intake(request.actor, code, intake_id)
    body = {
        "intake": one.pk, "state": one.state, "read": one.read, "added": one.added, "changed": one.changed, "same": one.same,
        "refused": one.refused_count, "score": one.score, "problem": one.problem, "unmapped": one.unmapped,
        "refused_rows": [{"row": n, "reasons": said} for n, said in refused],
    }  # fmt: skip
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@require_GET
@requires("exchange.request")
def shared(request: Request, number: str) -> HttpResponse:
    """One page of a sharing in force: `?after=&size=`. Every page is a delivery on record, every row has its trace code."""
    actor = request.actor
    after, size = request.GET.get("after", "0"), request.GET.get("size", "500")
    if not (after.isdecimal() and size.isdecimal() and 0 < int(size) <= MAX_PAGE and int(after) < 1 << 62):
        raise Refusal(
            "wrong_value", f"after 应为上一页给出的数，size 应在 1 到 {MAX_PAGE} 之间。", field="size", value=size
        )
    made, rows, following = services.deliver_page(actor=actor, number=number, after=int(after), size=int(size))
    body = {"number": number, "mark": made.mark, "purpose": made.request.purpose, "items": rows, "after": following}
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@openapi.contribute
def document() -> tuple[dict[str, Any], dict[str, Any]]:
    def text(name: str, place: str) -> dict[str, Any]:
        return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}

    items = {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}}
    return {
        "/api/v1/exchange/{code}/records": {
            "post": {
                "summary": "向本部门的数据源推送数据",
                "parameters": [text("code", "path")],
                "requestBody": {"content": {"application/json": {"schema": items}}},
                "responses": {"202": {"description": "已接收，正在归集"}, "409": {"description": "这份数据已归集过"}},
            }
        },
        "/api/v1/exchange/{code}/intakes/{intake}": {
            "get": {
                "summary": "查询一次推送的归集结果",
                "parameters": [text("code", "path"), text("intake", "path")],
                "responses": {"200": {"description": "行数、质量得分，未收的行和原因"}},
            }
        },
        "/api/v1/exchange/shares/{number}/records": {
            "get": {
                "summary": "取用获准共享的数据",
                "parameters": [text("number", "path"), text("after", "query"), text("size", "query")],
                "responses": {
                    "200": {"description": "一页数据，每行带溯源码"},
                    "409": {"description": "不在共享期限内"},
                },
            }
        },
    }, {}
