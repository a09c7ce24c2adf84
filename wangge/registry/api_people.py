"""`GET /api/v1/people`, `GET /api/v1/people/{id}`: search and list within the token's reach, numbers masked."""

from typing import Any

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from wangge.identity.access import requires
from wangge.kernel import openapi, paging
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request
from wangge.registry import queries, terms

SEE = requires("registry.view")
MOST = 200
ASKED = ("q", "area", "state", "role", "care", "sex", "cursor")


@require_GET
@SEE
def listing(request: Request) -> JsonResponse:
    asked = {name: request.GET.get(name, "").strip() for name in ASKED}
    area, limit = _area(asked["area"]), _limit(request.GET.get("limit", "50"))
    if asked["q"]:
        found = queries.find(request.actor, asked["q"], limit=limit, place=area)
        return _json({"items": rows(found.people), "next": None, "kind": found.kind, "more": found.more})
    state = {"": "active", "all": ""}.get(asked["state"], asked["state"])
    wanted = queries.people(
        request.actor, place=area, state=state, role=asked["role"], care=asked["care"], sex=asked["sex"]
    )
    page = paging.page(wanted, order=("id",), after=asked["cursor"] or None, size=limit)
    return _json({"items": rows(page), "next": page.next_cursor, "kind": "", "more": bool(page.next_cursor)})


@require_GET
@SEE
def single(request: Request, person_id: int) -> JsonResponse:
    paper = queries.record(request.actor, person_id)
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
    return _json(rows([paper.one])[0] | {"fields": fields, "roles": roles})


def rows(people: Any) -> list[dict[str, Any]]:
    """People as a list shows them; codes of places are texts."""
    return [shown | {"place_code": str(shown["place_code"])} for shown in queries.as_rows(people)]


def _json(data: Any) -> JsonResponse:
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})


def _wrong(field: str, value: str, hint: str) -> Refusal:
    return Refusal("wrong_value", f"参数 {field} 的值不对。{hint}", field=field, value=value)


def _area(code: str) -> int | None:
    if not code:
        return None
    if not (code.isascii() and code.isdigit() and len(code) in (6, 9, 12, 15)) or code[0] == "0":
        raise _wrong("area", code, "请写 6、9、12 或 15 位区划、网格代码。")
    return int(code.ljust(15, "0"))


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise _wrong("limit", text, f"请写 1 到 {MOST} 的整数。")
    return int(text)


# ---- the document -----------------------------------------------------------------------------------------------------

_TEXT, _DAY = {"type": "string"}, {"type": ["string", "null"], "format": "date"}
_PERSON: dict[str, Any] = {
    "type": "object",
    "title": "Person",
    "properties": {
        "id": {"type": "integer", "description": "档案编号"},
        **dict.fromkeys(
            ("name", "sex", "ethnic", "id_type", "place_code", "place", "place_name", "address", "employer"), _TEXT
        ),
        "birth_on": _DAY,
        "age": {"type": ["integer", "null"]},
        "id_number": {"type": "string", "description": "证件号码，只给出部分数字"},
        "phone": {"type": "string", "description": "联系方式，只给出部分数字"},
        "state": {"type": "string", "enum": list(terms.STATES)},
        "state_name": _TEXT,
        "verified_on": _DAY,
        "verified_by": _TEXT,
        "source": _TEXT,
    },
}


def _answer(schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


@openapi.contribute
def document() -> tuple[dict[str, Any], dict[str, Any]]:
    """The two addresses and their schema."""
    refusal, one = ({"$ref": f"#/components/schemas/{name}"} for name in ("Refusal", "Person"))
    refusals = {
        "401": _answer(refusal, "没有令牌"),
        "403": _answer(refusal, "没有这项权限"),
        "422": _answer(refusal, "参数有误"),
    }
    asked = [
        {"name": name, "in": "query", "schema": _TEXT, "description": words}
        for name, words in (
            ("q", "姓名（1 至 4 字）、拼音首字母、证件号码、电话或地址；给出时只看 area 和 limit"),
            ("area", "6、9、12 或 15 位区划、网格代码"),
            ("state", f"active（默认）、all 或：{'、'.join(terms.STATES)}"),
            ("role", f"人口类别：{'、'.join(terms.ROLES)}，及令牌岗位可见的类别"),
            ("care", f"关爱类别：{'、'.join(terms.CARE)} 或 any"),
            ("sex", "1 男，2 女"),
            ("cursor", "上一页给出的 next"),
            ("limit", f"每页条数，最多 {MOST}"),
        )
    ]
    page = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": one},
            "next": {"type": ["string", "null"]},
            "kind": {"type": "string", "description": "q 被当作什么来查：name、pinyin、document、phone、address"},
            "more": {"type": "boolean"},
        },
    }
    field = {"type": "object", "properties": {**dict.fromkeys(("key", "title", "value", "source"), _TEXT), "on": _DAY}}
    role = {"type": "object", "properties": {"kind": _TEXT, "title": _TEXT, "since": _DAY, "until": _DAY}}
    more = {"fields": {"type": "array", "items": field}, "roles": {"type": "array", "items": role}}
    number = [{"name": "person_id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    paths: dict[str, Any] = {
        "/api/v1/people": {
            "get": {
                "operationId": "list_people",
                "summary": "查找或列出管辖范围内的人员",
                "description": "证件号码和电话只给出部分数字。重点人群只对有相应权限的岗位可见。",
                "parameters": asked,
                "responses": {"200": _answer(page, "一页"), **refusals},
            }
        },
        "/api/v1/people/{person_id}": {
            "get": {
                "operationId": "get_person",
                "summary": "查看一人",
                "parameters": number,
                "responses": {
                    "200": _answer({"allOf": [one, {"type": "object", "properties": more}]}, "一人"),
                    **refusals,
                    "404": _answer(refusal, "没有这份档案"),
                },
            }
        },
    }
    return paths, {"Person": _PERSON}
