"""The OpenAPI document is one for all rooms: a room adds its addresses here, the events room prints them all."""

from collections.abc import Callable
from typing import Any

Part = Callable[[], tuple[dict[str, Any], dict[str, Any]]]
PARTS: list[Part] = []


def contribute(part: Part) -> Part:
    """Add a function that gives (paths, schemas) of further addresses; usable as a decorator."""
    PARTS.append(part)
    return part


TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": ["number", "null"]}
DAY: dict[str, Any] = {"type": ["string", "null"], "format": "date"}
REFUSAL: dict[str, Any] = {"$ref": "#/components/schemas/Refusal"}

REFUSED = {
    401: "没有令牌，或令牌已失效",
    403: "令牌的岗位没有这项权限",
    404: "没有这一项，或不在令牌岗位的管辖范围内",
    409: "与已有内容冲突",
    413: "提交的内容太大",
    422: "内容有误，指出哪一项、什么值、怎样改",
    429: "太快，请按 Retry-After 稍候",
}


def answer(schema: dict[str, Any], words: str) -> dict[str, Any]:
    """An answer in JSON of this schema."""
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def refusals(*codes: int) -> dict[str, Any]:
    """The refusals of these statuses, in the one form that all have."""
    found = {str(code): answer(REFUSAL, REFUSED[code]) for code in codes}
    if "429" in found:
        found["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "秒"}}
    return found


def page(one: dict[str, Any]) -> dict[str, Any]:
    """A page of a list: its items, and the cursor of the next page."""
    return {
        "type": "object",
        "properties": {"items": {"type": "array", "items": one}, "next": {"type": ["string", "null"]}},
    }


def asked(words: dict[str, str]) -> list[dict[str, Any]]:
    """Parameters of a search, all texts: name → what it takes."""
    return [{"name": name, "in": "query", "schema": TEXT, "description": said} for name, said in words.items()]
