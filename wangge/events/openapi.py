"""The OpenAPI document: the reading side as django-ninja describes it, the writing side as msgspec decodes it."""

from functools import lru_cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from wangge.events import rules
from wangge.events.api import Answer, reading
from wangge.events.services.intake import Report
from wangge.kernel import openapi

PREFIX = "/api/v1"
_TEMPLATE = "#/components/schemas/{name}"

_REFUSAL = {
    "type": "object",
    "title": "Refusal",
    "description": "没有办理的原因。code 给程序，sentence 给人看；field 和 value 指出有问题的一项。",
    "required": ["code", "field", "value", "sentence", "data"],
    "properties": {
        "code": {"type": "string"},
        "field": {"type": ["string", "null"]},
        "value": {},
        "sentence": {"type": "string"},
        "data": {"type": "object"},
    },
}
_RESULT = {
    "type": "object",
    "title": "Result",
    "description": "一件的结果：201 新收，200 以前收过（内容相同），422 等为未收及原因。",
    "required": ["id", "status"],
    "properties": {
        "id": {"description": "上报方给的编号"},
        "status": {"type": "integer", "enum": [200, 201, 409, 422]},
        "number": {"type": "string"},
        "cell_code": {"type": "string"},
        "state": {"type": "string"},
        "due_at": {"type": ["string", "null"], "format": "date-time"},
        "code": {"type": "string"},
        "field": {"type": ["string", "null"]},
        "value": {},
        "sentence": {"type": "string"},
        "data": {"type": "object"},
    },
}
_FILE = {
    "type": "object",
    "title": "StoredFile",
    "required": ["sha256", "size", "media_type"],
    "properties": {
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "size": {"type": "integer"},
        "media_type": {"type": "string"},
        "taken_at": {"type": ["string", "null"], "format": "date-time"},
    },
}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _TEMPLATE.format(name=name)}


def _posts() -> dict[str, Any]:
    answer = _ref("Answer")
    return {
        "/events": {
            "operationId": "report_event",
            "summary": "上报一件",
            "description": "id 由上报方生成；同一个 id 再次提交返回 200 和相同的内容，不会重复立件。",
            "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Report")}}},
            "responses": {
                "201": openapi.answer(answer, "已收，新立一件"),
                "200": openapi.answer(answer, "以前收过，内容与第一次相同"),
                **openapi.refusals(401, 403, 409, 413, 422, 429),
            },
        },
        "/events/batch": {
            "operationId": "report_events",
            "summary": f"成批上报，最多 {rules.MAX_BATCH} 件",
            "description": "逐件给出结果，顺序与提交相同；一件有误不影响其他件。",
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["items"],
                            "additionalProperties": False,
                            "properties": {
                                "items": {"type": "array", "maxItems": rules.MAX_BATCH, "items": _ref("Report")}
                            },
                        }
                    }
                },
            },
            "responses": {
                "200": openapi.answer(
                    {
                        "type": "object",
                        "required": ["results"],
                        "properties": {"results": {"type": "array", "items": _ref("Result")}},
                    },
                    "逐件的结果",
                ),
                **openapi.refusals(401, 403, 413, 422, 429),
            },
        },
        "/files": {
            "operationId": "store_file",
            "summary": "上传一个文件",
            "description": "照片、录音、视频或文书。先上传，再在上报的 files 中写它的 sha256。同一文件可重复上传。",
            "requestBody": {
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "required": ["file"],
                            "properties": {"file": {"type": "string", "format": "binary"}},
                        }
                    },
                    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                },
            },
            "responses": {
                "201": openapi.answer(_ref("StoredFile"), "已存"),
                **openapi.refusals(401, 403, 413, 422, 429),
            },
        },
    }


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole document, OpenAPI 3.1."""
    found: dict[str, Any] = reading.get_openapi_schema(path_prefix="")
    _, schemas = msgspec.json.schema_components([Report, Answer], ref_template=_TEMPLATE)
    paths: dict[str, Any] = {
        f"{PREFIX}/{path.strip('/')}": dict(operations) for path, operations in found["paths"].items()
    }
    for operations in paths.values():
        for operation in operations.values():
            operation["responses"] = {str(k): v for k, v in operation["responses"].items()} | openapi.refusals(
                401, 403, 422, 429
            )
            if "{number}" in str(operation.get("parameters")) or operation["operationId"] == "get_event":
                operation["responses"] |= openapi.refusals(404)
    for path, post in _posts().items():
        paths.setdefault(PREFIX + path, {})["post"] = post
    for part in openapi.PARTS:
        more_paths, more_schemas = part()
        paths |= more_paths
        schemas |= more_schemas
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "网格事件接口",
            "version": "1",
            "description": "时间均带时区（RFC 3339）；坐标为度；区划和网格代码为文字。",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "由系统签发的令牌"}},
            "schemas": {
                **found["components"]["schemas"],
                **schemas,
                "Refusal": _REFUSAL,
                "Result": _RESULT,
                "StoredFile": _FILE,
            },
        },
    }


@lru_cache(maxsize=1)
def _printed() -> bytes:
    return msgspec.json.encode(document())


def document_view(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/openapi.json`."""
    return HttpResponse(_printed(), content_type="application/json")
