"""`GET /api/v1/dwellings`, `GET /api/v1/dwellings/{id}`: dwellings of the caller's reach; who lives there only as a number."""

from typing import Any

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from wangge.identity.access import requires
from wangge.kernel import api, clock, openapi, paging
from wangge.kernel.errors import NotHere
from wangge.kernel.openapi import DAY, NUMBER, TEXT
from wangge.kernel.request import Request
from wangge.registry import queries
from wangge.registry.queries import dwellings as reading
from wangge.registry.rules import rentals as rules
from wangge.registry.rules import tables
from wangge.territory import queries as territory

SEE = requires("registry.view")
MOST = 200


@require_GET
@SEE
def listing(request: Request) -> JsonResponse:
    asked = {k: request.GET.get(k, "").strip() for k in ("q", "area", "use", "state", "unverified_before", "cursor")}
    if asked["use"] and asked["use"] not in tables.codes("5.17"):
        raise api.wrong("use", asked["use"], "请写代码表 5.17 的代码。")
    if asked["state"] and asked["state"] not in rules.STATES:
        raise api.wrong("state", asked["state"], f"可选：{'、'.join(rules.STATES)}。")
    found = territory.dwellings(
        request.actor,
        within=api.area(asked["area"]),
        q=asked["q"],
        use=asked["use"],
        verified_before=api.day("unverified_before", asked["unverified_before"]),
    )
    if asked["state"]:
        found = reading.with_state(found, asked["state"])
    limit = api.limit(request.GET.get("limit", "50"), MOST)
    page = paging.page(found, order=("pk",), after=asked["cursor"] or None, size=limit)
    states = queries.dwelling_states(request.actor, [d.pk for d in page])
    return api.answer({"items": [row(d, states[d.pk]) for d in page], "next": page.next_cursor})


@require_GET
@SEE
def single(request: Request, dwelling_id: int) -> JsonResponse:
    one = territory.dwelling(dwelling_id)
    if not request.actor.covers(one.place_code):
        raise NotHere("房屋")
    state = queries.dwelling_states(request.actor, [dwelling_id])[dwelling_id]
    path = [{"kind": a.kind, "name": a.name, "id": a.pk} for a in territory.address_path(dwelling_id)]
    living = reading.residences(dwelling_id, clock.today())
    aliases = [a.text for a in territory.aliases_of(dwelling_id)]
    return api.answer(row(one, state) | {"levels": path, "aliases": aliases, "residents": len(living)})


def row(one: Any, state: str) -> dict[str, Any]:
    """A dwelling as a list shows it."""
    return {
        "id": one.pk,
        "address": one.address.full,
        "place_code": str(one.place_code),
        "place": territory.path_of(one.place_code),
        "lng": one.address.lng,
        "lat": one.address.lat,
        "floor": one.floor,
        "area_m2": float(one.area_m2) if one.area_m2 is not None else None,
        "use": one.use,
        "use_name": tables.code_name("5.17", one.use),
        "state": state,
        "state_name": rules.STATES[state],
        "verified_on": one.verified_on,
        "ended_on": one.address.until,
    }


# ---- the document -----------------------------------------------------------------------------------------------------

_ROW: dict[str, Any] = {
    "type": "object",
    "title": "Dwelling",
    "properties": {
        "id": {"type": "integer"},
        "address": TEXT,
        "place_code": TEXT,
        "place": TEXT,
        "lng": NUMBER,
        "lat": NUMBER,
        "floor": {"type": ["integer", "null"]},
        "area_m2": NUMBER,
        "use": {"type": "string", "description": "GB/T 31000-2015 代码表 5.17"},
        "use_name": TEXT,
        "state": {"type": "string", "enum": list(rules.STATES), "description": "由居住和出租登记推出"},
        "state_name": TEXT,
        "verified_on": DAY,
        "ended_on": DAY,
    },
}


@openapi.contribute
def document() -> tuple[dict[str, Any], dict[str, Any]]:
    """The two addresses and their schemas."""
    refusals = openapi.refusals(401, 403, 422)
    asked = openapi.asked(
        {
            "q": "地址，怎么写都可以，可以只写一部分",
            "area": "6、9、12 或 15 位区划、网格代码",
            "use": "建筑用途代码（5.17）",
            "state": "居住状态",
            "unverified_before": "此日前未核实，2026-03-10 的样式",
            "cursor": "上一页给出的 next",
            "limit": f"每页条数，最多 {MOST}",
        }
    )
    one = {"$ref": "#/components/schemas/Dwelling"}
    page = openapi.page(one)
    level = {"type": "object", "properties": {"kind": TEXT, "name": TEXT, "id": {"type": "integer"}}}
    more = {
        "levels": {"type": "array", "items": level},
        "aliases": {"type": "array", "items": TEXT},
        "residents": {"type": "integer", "description": "现住人数"},
    }
    detail = {"allOf": [one, {"type": "object", "properties": more}]}
    number = [{"name": "dwelling_id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    paths: dict[str, Any] = {
        "/api/v1/dwellings": {
            "get": {
                "operationId": "list_dwellings",
                "summary": "列出管辖范围内的房屋",
                "parameters": asked,
                "responses": {"200": openapi.answer(page, "一页"), **refusals},
            }
        },
        "/api/v1/dwellings/{dwelling_id}": {
            "get": {
                "operationId": "get_dwelling",
                "summary": "查看一处房屋",
                "description": "只给出现住人数，不给出姓名。",
                "parameters": number,
                "responses": {"200": openapi.answer(detail, "一处房屋"), **openapi.refusals(401, 403, 404, 422)},
            }
        },
    }
    return paths, {"Dwelling": _ROW}
