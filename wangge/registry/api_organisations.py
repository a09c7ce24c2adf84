"""`GET /api/v1/organisations`, `GET /api/v1/organisations/{id}`: the same rows as the pages, people's numbers masked."""

from typing import Any

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from wangge.identity.access import requires
from wangge.kernel import api, openapi, paging
from wangge.kernel.openapi import DAY, NUMBER, TEXT
from wangge.kernel.request import Request
from wangge.registry import queries
from wangge.registry.queries.organisations import KINDS, masked, open_sealed
from wangge.registry.rules import organisations as rules
from wangge.registry.rules import tables
from wangge.territory import queries as territory

SEE = requires("registry.view")
MOST = 200


@require_GET
@SEE
def listing(request: Request) -> JsonResponse:
    asked = {k: request.GET.get(k, "").strip() for k in ("q", "kind", "area", "state", "attention", "hazard", "cursor")}
    if asked["kind"] and asked["kind"] not in KINDS:
        raise api.wrong("kind", asked["kind"], f"可选：{'、'.join(KINDS)}。")
    if asked["state"] not in ("", "open", "closed", "all"):
        raise api.wrong("state", asked["state"], "可选：open、closed、all。")
    state = {"": "open", "all": ""}.get(asked["state"], asked["state"])
    found = queries.organisations(
        request.actor, place=api.area(asked["area"]), kind=asked["kind"], q=asked["q"], state=state,
        attention=asked["attention"], hazard=asked["hazard"],
    )  # fmt: skip
    page = paging.page(
        found, order=("id",), after=asked["cursor"] or None, size=api.limit(request.GET.get("limit", "50"), MOST)
    )
    return api.answer({"items": [row(one) for one in page], "next": page.next_cursor})


@require_GET
@SEE
def single(request: Request, organisation_id: int) -> JsonResponse:
    one = queries.organisation(request.actor, organisation_id)
    own = queries.own_labels(request.actor, place=one.place_code)
    held = {**one.details, **masked(open_sealed(one))}
    fields = [
        {"key": f.key, "title": f.title, "value": held.get(f.key), "label": tables.written(f, held.get(f.key), own)}
        for f in rules.table_of(one.kind).extra
        if held.get(f.key) not in (None, "", [])
    ]
    return api.answer(row(one) | {"table": rules.TABLES[one.kind], "fields": fields})


def row(one: Any) -> dict[str, Any]:
    """An organisation as a list shows it."""
    return {
        "id": one.pk, "kind": one.kind, "kind_name": one.get_kind_display(), "uscc": one.uscc, "name": one.name,
        "address": one.address, "phone": one.phone, "place_code": str(one.place_code), "place": territory.path_of(one.place_code),
        "lng": one.lng, "lat": one.lat, "attention": one.details.get("attention"), "hazard": one.details.get("safety_hazard"),
        "opened_on": one.opened_on, "closed_on": one.closed_on, "verified_on": one.verified_on, "updated_at": one.updated_at,
    }  # fmt: skip


# ---- the document -----------------------------------------------------------------------------------------------------

_ROW: dict[str, Any] = {
    "type": "object",
    "title": "Organisation",
    "properties": {
        "id": {"type": "integer"}, "kind": {"type": "string", "enum": list(KINDS)}, "kind_name": TEXT,
        "uscc": {"type": ["string", "null"], "description": "统一社会信用代码"}, "name": TEXT, "address": TEXT, "phone": TEXT,
        "place_code": TEXT, "place": TEXT, "lng": NUMBER, "lat": NUMBER,
        "attention": {"type": ["string", "null"], "description": "GB/T 31000-2015 代码表 5.46"},
        "hazard": {"type": ["string", "null"], "description": "GB/T 31000-2015 代码表 5.45"},
        "opened_on": DAY, "closed_on": DAY, "verified_on": DAY, "updated_at": {"type": "string", "format": "date-time"},
    },
}  # fmt: skip
_FIELD = {"type": "object", "properties": {"key": TEXT, "title": TEXT, "value": {}, "label": TEXT}}


@openapi.contribute
def document() -> tuple[dict[str, Any], dict[str, Any]]:
    """The two addresses and their schemas."""
    refusals = openapi.refusals(401, 403, 422)
    asked = openapi.asked(
        {
            "q": "名称、拼音首字母、统一社会信用代码或地址",
            "kind": "类别",
            "area": "6、9、12 或 15 位区划、网格代码",
            "state": "open（默认）、closed 或 all",
            "attention": "关注程度代码",
            "hazard": "安全隐患代码，any 为有隐患",
            "cursor": "上一页给出的 next",
            "limit": f"每页条数，最多 {MOST}",
        }
    )
    one = {"$ref": "#/components/schemas/Organisation"}
    page = openapi.page(one)
    detail = {
        "allOf": [one, {"type": "object", "properties": {"table": TEXT, "fields": {"type": "array", "items": _FIELD}}}]
    }
    number = [{"name": "organisation_id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    paths: dict[str, Any] = {
        "/api/v1/organisations": {
            "get": {
                "operationId": "list_organisations",
                "summary": "列出管辖范围内的组织",
                "parameters": asked,
                "responses": {"200": openapi.answer(page, "一页"), **refusals},
            }
        },
        "/api/v1/organisations/{organisation_id}": {
            "get": {
                "operationId": "get_organisation",
                "summary": "查看一家组织",
                "description": "责任人的证件号码和电话只给出部分数字。",
                "parameters": number,
                "responses": {"200": openapi.answer(detail, "一家组织"), **openapi.refusals(401, 403, 404, 422)},
            }
        },
    }
    return paths, {"Organisation": _ROW}
