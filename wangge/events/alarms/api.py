"""The JSON edge of alarms: open alarms in reach, and the three steps."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse

from wangge.events import services
from wangge.events.alarms import queries, terms
from wangge.kernel import api, openapi, paging
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request

MAX_PAGE = 200


class Act(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One step as a program or a phone sends it. `key` is the sender's own id of it: sent again, it is done once."""

    command: str
    step: int | None = None
    text: str = ""
    result: str = ""
    files: list[str] = []
    key: UUID | None = None


_act = msgspec.json.Decoder(Act)


def list_alarms(request: Request) -> HttpResponse:
    """`GET /api/v1/alarms`: `state` (default all that are not done; `all`), `kind`, `cursor`, `limit`."""
    actor = request.actor
    asked = request.GET
    state = asked.get("state", "open")
    if state not in (*terms.STATES, "all"):
        sentence = f"没有状态“{state[:20]}”。可选：all、{'、'.join(terms.STATES)}。"
        raise Refusal("unknown_state", sentence, field="state", value=state[:20])
    if (kind := asked.get("kind", "")) and kind not in terms.KINDS:
        sentence = f"没有类别“{kind[:20]}”。可选：{'、'.join(terms.KINDS)}。"
        raise Refusal("unknown_kind", sentence, field="kind", value=kind[:20])
    limit = api.limit(asked.get("limit", "50"), MAX_PAGE)
    rows = queries.alarms(actor, state="" if state == "all" else state, kind=kind)
    found = paging.page(rows, order=("id",), after=asked.get("cursor") or None, size=limit, desc=True)
    calls = queries.calls_of([one for one in found if one.kind == "sos"])
    book = queries.rulebook()
    items = [queries.shown(actor, one, calls.get(one.pk, ()), book) for one in found]
    return api.answer({"items": items, "next": found.next_cursor})


def act(request: Request, alarm_id: int) -> HttpResponse:
    """`POST /api/v1/alarms/{id}/acts`: the alarm after the step."""
    actor = request.actor
    try:
        asked = _act.decode(request.body)
    except ValueError as error:
        sentence = (
            "提交的内容须是一个 JSON 对象，含 command（sign、arrive、finish、note），finish 另含 result 和 text。"
        )
        raise Refusal("wrong_type", sentence, field=None, value=str(error)[:100]) from None
    services.act_on_alarm(
        actor=actor,
        alarm_id=alarm_id,
        command=asked.command,
        seen_step=asked.step,
        text=asked.text,
        result=asked.result,
        files=asked.files,
        key=asked.key,
    )
    one = queries.alarm(actor, alarm_id)
    return api.answer(queries.shown(actor, one, queries.calls(actor, one)))


@openapi.contribute
def _document() -> tuple[dict[str, Any], dict[str, Any]]:
    """What these addresses say in the common document."""

    def words(kind: str, text: str) -> dict[str, Any]:
        return {"type": kind, "description": text}

    known = {
        "id": words("integer", "告警编号"),
        "step": words("integer", "步号，提交操作时带回"),
        "kind": {"type": "string", "enum": list(terms.KINDS)},
        "kind_name": {"type": "string"},
        "code_name": {"type": "string"},
        "state": {"type": "string", "enum": list(terms.STATES)},
        "state_name": {"type": "string"},
        "result": {"type": "string"},
        "result_name": {"type": "string"},
        "device": {"type": "string"},
        "place": {"type": "string"},
        "cell_code": {"type": "string"},
        "spot": words("string", "位置"),
        "lng": {"type": "number"},
        "lat": {"type": "number"},
        "first_at": {"type": "string", "format": "date-time"},
        "last_at": {"type": "string", "format": "date-time"},
        "signals": words("integer", "合并的信号数"),
        "due_at": {"type": ["string", "null"], "format": "date-time"},
        "is_late": {"type": "boolean"},
        "level": words("integer", "已上报到第几级"),
        "number": words("string", "事件编号"),
        "who": words("string", "一键报警的使用人，只给可见人员档案的岗位"),
        "calls": {"type": "array", "items": {"type": "object"}},
        "may": words("array", "本岗位现在可做的操作") | {"items": {"type": "string"}},
    }
    alarm = {"type": "object", "title": "Alarm", "required": list(known), "properties": known}
    given, schemas = msgspec.json.schema_components([Act], ref_template="#/components/schemas/{name}")
    del given
    schemas["AlarmAct"] = schemas.pop("Act")
    refusal = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}}
    refused = {str(c): {"description": d, **refusal} for c, d in _REFUSED.items()}
    one = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Alarm"}}}}
    page = {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Alarm"}},
            "next": {"type": ["string", "null"]},
        },
    }
    paths = {
        "/api/v1/alarms": {
            "get": {
                "operationId": "list_alarms",
                "summary": "列出设备告警",
                "parameters": [
                    {"name": n, "in": "query", "required": False, "schema": {"type": "string"}, "description": d}
                    for n, d in (
                        ("state", "状态；不填为未处置完毕的，all 为全部"),
                        ("kind", "类别"),
                        ("cursor", "上一页给出的 next"),
                        ("limit", f"每页条数，1 至 {MAX_PAGE}"),
                    )
                ],
                "responses": {
                    "200": {"description": "一页", "content": {"application/json": {"schema": page}}},
                    **{c: r for c, r in refused.items() if c in ("401", "403", "422", "429")},
                },
            }
        },
        "/api/v1/alarms/{alarm_id}/acts": {
            "post": {
                "operationId": "act_on_alarm",
                "summary": "签收、到场、处置反馈、补充说明",
                "parameters": [{"name": "alarm_id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AlarmAct"}}},
                },
                "responses": {"200": {"description": "操作后的告警", **one}, **refused},
            }
        },
    }
    return paths, {**schemas, "Alarm": alarm}


_REFUSED = {
    401: "没有令牌，或令牌已失效",
    403: "没有这项权限",
    404: "没有这条告警，或不在管辖范围内",
    409: "已有他人先行处置",
    422: "内容有误",
    429: "太快",
}
