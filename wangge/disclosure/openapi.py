"""What `/api/v1/audits` takes and answers, for the OpenAPI document."""

from typing import Any

from wangge.disclosure import terms
from wangge.kernel import openapi

_TEXT, _COUNT = {"type": "string"}, {"type": "integer"}
_PLACE = {
    "type": "object",
    "description": "从 1 数起；没有的不写",
    "properties": {"sheet": _TEXT} | dict.fromkeys(("page", "line", "table", "row", "column"), _COUNT),
}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _object(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties, **more}


_CELL = _object({"text": _TEXT, "number": {"type": ["number", "null"]}, "place": _PLACE})
_ROW = _object(
    {"key": _TEXT, "label": _TEXT, "code": _TEXT, "section": _TEXT, "place": _PLACE}
    | {"cells": {"type": "object", "additionalProperties": _CELL, "description": "按列的 key"}}
)
_TABLE = _object(
    {"id": _TEXT, "title": _TEXT, "rows": _list(_ROW), "columns": _list({"type": "object"}), "place": _PLACE}
)
_FINDING = _object(
    {"number": _COUNT, "rule": _TEXT, "severity": {"type": "string", "enum": list(terms.SEVERITIES)}}
    | {"confidence": {"type": "number"}, "places": _list(_PLACE)}
    | dict.fromkeys(("where", "printed", "expected", "difference", "formula", "quote", "explanation"), _TEXT)
)
_RESULT = _object(
    {
        "id": _COUNT,
        "file": _TEXT,
        "kind": {"type": "string", "enum": list(terms.KINDS)},
        "unit": _TEXT,
        "year": _COUNT,
        "money_unit": _TEXT,
        "tables": _list(_TABLE),
        "checks": _object(dict.fromkeys(("run", "passed", "rounding", "failed"), _COUNT)),
        "findings": _list(_FINDING),
        "not_understood": _list(
            _object({"what": _TEXT, "why": _TEXT, "where": _TEXT, "place": _PLACE, "quote": _TEXT})
        ),
    },
    title="AuditResult",
)
_RESULT["properties"] |= {
    "sha256": _TEXT,
    "text_sha256": _TEXT,
    "pages": _COUNT,
    "coverage": _object({"cells_seen": _COUNT, "cells_read": _COUNT, "share": {"type": "number"}}),
    "sentences": _list(_object({"text": _TEXT, "section": _list(_TEXT), "place": _PLACE})),
    "figures": _list(
        _object({"subject": _TEXT, "role": _TEXT, "number": {"type": "number"}, "quote": _TEXT, "place": _PLACE})
    ),
}
_ITEM = _object(
    {"id": _COUNT, "file": _TEXT, "state": {"type": "string", "enum": list(terms.AUDIT_STATES)}}
    | dict.fromkeys(("errors", "suspicious", "rounding", "undecided"), _COUNT)
    | {"uploaded_at": {"type": "string", "format": "date-time"}},
    title="AuditItem",
)


@openapi.contribute
def audits() -> tuple[dict[str, Any], dict[str, Any]]:
    """The two addresses and their schemas."""
    result = {"$ref": "#/components/schemas/AuditResult"}
    file = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
    body = {"multipart/form-data": {"schema": file}, "application/octet-stream": {"schema": {"type": "string"}}}
    asked = [
        {"name": name, "in": "query", "schema": _TEXT}
        for name in ("q", "kind", "year", "state", "found", "cursor", "limit")
    ]
    page = _object({"items": _list({"$ref": "#/components/schemas/AuditItem"}), "next": {"type": ["string", "null"]}})
    number = [{"name": "audit_id", "in": "path", "required": True, "schema": _COUNT}]
    paths: dict[str, Any] = {
        "/api/v1/audits": {
            "post": {
                "operationId": "audit_document",
                "summary": "审核一份公开文本",
                "description": "PDF、DOCX、XLSX、HTML 或文本。同一个文件再次提交返回 200 和第一次的结果。",
                "requestBody": {"required": True, "content": body},
                "responses": {
                    "201": openapi.answer(result, "已审核"),
                    "200": openapi.answer(result, "以前审核过"),
                    **openapi.refusals(401, 403, 413, 422, 429),
                },
            },
            "get": {
                "operationId": "list_audits",
                "summary": "列出审核过的公开文本",
                "parameters": asked,
                "responses": {"200": openapi.answer(page, "一页"), **openapi.refusals(401, 403, 422, 429)},
            },
        },
        "/api/v1/audits/{audit_id}": {
            "get": {
                "operationId": "get_audit",
                "summary": "一份公开文本的审核结果和处理情况",
                "parameters": number,
                "responses": {"200": openapi.answer(result, "结果"), **openapi.refusals(401, 403, 404, 409, 422, 429)},
            }
        },
    }
    return paths, {"AuditResult": _RESULT, "AuditItem": _ITEM}
