"""What the JSON addresses of every room share: their answers, and the parameters that several of them take."""

from datetime import date
from typing import Any

from django.http import JsonResponse

from wangge.kernel.errors import Refusal


def answer(data: Any, status: int = 200) -> JsonResponse:
    """The data as JSON, Chinese as it is written."""
    return JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False}, safe=False)


def wrong(field: str, value: str, hint: str) -> Refusal:
    return Refusal("wrong_value", f"参数 {field} 的值“{value[:40]}”不对。{hint}", field=field, value=value)


def area(code: str) -> int | None:
    """A code of 6, 9, 12 or 15 digits as the fifteen of a place; None when none is given. Raises `wrong_value`."""
    if not code:
        return None
    if not (code.isascii() and code.isdigit() and len(code) in (6, 9, 12, 15)) or code[0] == "0":
        raise wrong("area", code, "请写 6、9、12 或 15 位区划、网格代码。")
    return int(code.ljust(15, "0"))


def day(field: str, text: str, *, latest: date | None = None) -> date | None:
    """An ISO date, not after `latest`; None when none is given. Raises `wrong_value`."""
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        raise wrong(field, text, "请写成 2026-03-10 的样式。") from None
    if found and latest and found > latest:
        raise wrong(field, text, f"请写 {latest} 或以前的日期。")
    return found


def limit(text: str, most: int) -> int:
    """How many rows a page may have. Raises `wrong_value`."""
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        raise wrong("limit", text, f"请写 1 到 {most} 的整数。")
    return int(text)
