"""`/api/v1/people`, `/api/v1/people/{id}`: search and list within the token's reach, numbers masked.

A search may be put as GET or POST; with the number of a document or a telephone only as POST, where it is in no address.
"""

from typing import Any

import msgspec
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from wangge.identity.access import requires
from wangge.kernel import api, clock, openapi, paging
from wangge.kernel.errors import Refusal
from wangge.kernel.openapi import DAY, TEXT
from wangge.kernel.request import Request
from wangge.registry import queries, terms

SEE = requires("registry.view")
MOST = 200
ASKED = ("q", "area", "state", "role", "care", "sex", "cursor")


@csrf_exempt
@require_http_methods(["GET", "POST"])
@SEE
def listing(request: Request) -> JsonResponse:
    """GET: a search by `q`, or the list by filters. POST: the search alone, as a JSON object {q, area, limit}."""
    posted = request.method == "POST"
    given = _body(request) if posted else request.GET.dict()
    asked = {name: str(given.get(name) or "").strip() for name in ASKED}
    area, limit = api.area(asked["area"]), api.limit(str(given.get("limit", 50)), MOST)
    if posted and not asked["q"]:
        raise api.wrong("q", "", "请写要查找的姓名、拼音首字母、证件号码、电话或地址。")
    if not posted and queries.tells_a_number(asked["q"]):
        raise Refusal(
            "number_in_address",
            '证件号码和电话不能写在网址里。请用 POST 提交，正文写 JSON，例如 {"q": "…"}。',
            field="q",
        )
    if asked["q"]:
        found = queries.find(request.actor, asked["q"], limit=limit, place=area)
        return api.answer({"items": rows(found.people), "next": None, "kind": found.kind, "more": found.more})
    state = {"": "active", "all": ""}.get(asked["state"], asked["state"])
    wanted = queries.people(
        request.actor, place=area, state=state, role=asked["role"], care=asked["care"], sex=asked["sex"]
    )
    page = paging.page(wanted, order=("id",), after=asked["cursor"] or None, size=limit)
    return api.answer({"items": rows(page), "next": page.next_cursor, "kind": "", "more": bool(page.next_cursor)})


def _body(request: Request) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        given = None
    if not isinstance(given, dict):
        raise Refusal("not_json", '正文不是 JSON 对象。请写成 {"q": "…"}。')
    return given


@require_GET
@SEE
def single(request: Request, person_id: int) -> JsonResponse:
    """One person; `?as_of=2025-06-01` as they stood then."""
    paper = queries.record(
        request.actor, person_id, api.day("as_of", request.GET.get("as_of", ""), latest=clock.today())
    )
    fields = [
        {"key": f.key, "title": f.title, "value": f.value, "source": f.source, "on": f.on or None}
        for _, group in paper.groups
        for f in group
        if f.value
    ]
    roles = [
        {"kind": e.kind, "title": e.title, "since": e.row.since, "until": e.row.until}
        for e in (*paper.roles, *paper.cares, *paper.specials)
    ]
    return api.answer(rows([paper.one])[0] | {"fields": fields, "roles": roles})


def rows(people: Any) -> list[dict[str, Any]]:
    """People as a list shows them; codes of places are texts."""
    return [shown | {"place_code": str(shown["place_code"])} for shown in queries.as_rows(people)]


# ---- the document -----------------------------------------------------------------------------------------------------

_PERSON: dict[str, Any] = {
    "type": "object",
    "title": "Person",
    "properties": {
        "id": {"type": "integer", "description": "档案编号"},
        **dict.fromkeys(
            ("name", "sex", "ethnic", "id_type", "place_code", "place", "place_name", "address", "employer"), TEXT
        ),
        "birth_on": DAY,
        "age": {"type": ["integer", "null"]},
        "id_number": {"type": "string", "description": "证件号码，只给出部分数字"},
        "phone": {"type": "string", "description": "联系方式，只给出部分数字"},
        "state": {"type": "string", "enum": list(terms.STATES)},
        "state_name": TEXT,
        "verified_on": DAY,
        "verified_by": TEXT,
        "source": TEXT,
    },
}
_SEARCH: dict[str, Any] = {
    "type": "object",
    "required": ["q"],
    "properties": {
        "q": {**TEXT, "description": "姓名（1 至 4 字）、拼音首字母、证件号码、电话或地址"},
        "area": {**TEXT, "description": "6、9、12 或 15 位区划、网格代码"},
        "limit": {"type": "integer", "description": f"最多 {MOST}"},
    },
}


@openapi.contribute
def document() -> tuple[dict[str, Any], dict[str, Any]]:
    """The two addresses and their schema."""
    one = {"$ref": "#/components/schemas/Person"}
    refusals = openapi.refusals(401, 403, 422)
    asked = openapi.asked(
        {
            "q": "姓名（1 至 4 字）、拼音首字母或地址；给出时只看 area 和 limit。证件号码、电话请用 POST",
            "area": "6、9、12 或 15 位区划、网格代码",
            "state": f"active（默认）、all 或：{'、'.join(terms.STATES)}",
            "role": f"人口类别：{'、'.join(terms.ROLES)}，及令牌岗位可见的类别",
            "care": f"关爱类别：{'、'.join(terms.CARE)} 或 any",
            "sex": "1 男，2 女",
            "cursor": "上一页给出的 next",
            "limit": f"每页条数，最多 {MOST}",
        }
    )
    page = openapi.page(one)
    page["properties"] |= {
        "kind": {"type": "string", "description": "q 被当作什么来查：name、pinyin、document、phone、address"},
        "more": {"type": "boolean"},
    }
    field = {"type": "object", "properties": {**dict.fromkeys(("key", "title", "value", "source"), TEXT), "on": DAY}}
    role = {"type": "object", "properties": {"kind": TEXT, "title": TEXT, "since": DAY, "until": DAY}}
    more = {"fields": {"type": "array", "items": field}, "roles": {"type": "array", "items": role}}
    number = [
        {"name": "person_id", "in": "path", "required": True, "schema": {"type": "integer"}},
        {"name": "as_of", "in": "query", "schema": DAY, "description": "某日的情况，例如 2025-06-01；不给为今天"},
    ]
    found = {"200": openapi.answer(page, "一页"), **refusals}
    paths: dict[str, Any] = {
        "/api/v1/people": {
            "get": {
                "operationId": "list_people",
                "summary": "查找或列出管辖范围内的人员",
                "description": "证件号码和电话只给出部分数字。重点人群只对有相应权限的岗位可见。",
                "parameters": asked,
                "responses": found,
            },
            "post": {
                "operationId": "search_people",
                "summary": "按姓名、拼音首字母、证件号码、电话或地址查找",
                "description": "查找的内容在正文里，不进入网址和访问日志。证件号码、电话按全号精确查找。",
                "requestBody": {"required": True, "content": {"application/json": {"schema": _SEARCH}}},
                "responses": found,
            },
        },
        "/api/v1/people/{person_id}": {
            "get": {
                "operationId": "get_person",
                "summary": "查看一人",
                "parameters": number,
                "responses": {
                    "200": openapi.answer({"allOf": [one, {"type": "object", "properties": more}]}, "一人"),
                    **openapi.refusals(401, 403, 404, 422),
                },
            }
        },
    }
    return paths, {"Person": _PERSON}
