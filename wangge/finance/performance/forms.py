"""What the pages of performance take from a request. The rules are the services'; here words become values."""

from datetime import date
from typing import Any

from django.http import QueryDict

from wangge.kernel.errors import Refusal
from wangge.territory import queries as territory

ROW = ("id", "seen", "level2", "level3", "target", "weight", "note")


def whole(raw: str, otherwise: int = 0) -> int:
    """A whole number of at most nine digits, else `otherwise`."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else otherwise


def day(raw: str, field: str) -> date | None:
    """A date as typed, None when empty."""
    if not raw.strip():
        return None
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        raise Refusal("bad_date", f"“{raw}”不是日期，请按 2026-07-31 的样式填写。", field=field, value=raw) from None


def rows(post: QueryDict) -> list[dict[str, Any]]:
    """The rows of the editor, parallel lists in the request. The last, empty of name and target, is no row."""
    columns = [post.getlist(name) for name in ROW]
    if len({len(c) for c in columns}) != 1:
        raise Refusal("form_broken", "页面内容不完整，没有保存。请刷新后再填。", status=400)
    made = [dict(zip(ROW, cells, strict=True)) for cells in zip(*columns, strict=True)]
    for row in made:
        if row["id"] and not whole(row["id"]):
            raise Refusal("form_broken", "页面内容不完整，没有保存。请刷新后再填。", status=400)
    return [row for row in made if row["id"] or row["level3"].strip() or row["target"].strip()]


def place(typed: str) -> int | None:
    """A place code from a code, a name or its initials; one and only one must fit. None when empty."""
    typed = typed.strip()
    if not typed:
        return None
    found: list[Any] = [*territory.search_divisions(typed, limit=6), *territory.search(typed, limit=6)]
    exact = [p for p in found if p.name == typed or str(p.pk) == typed]
    found = exact or found
    if not found:
        raise Refusal("place_unknown", "没有找到这个地方。请填名称、拼音首字母或代码。", field="place", value=typed)
    if len(found) > 1:
        names = "、".join(f"{territory.path_of(p.pk)}（{p.pk}）" for p in found[:5])
        raise Refusal("place_unclear", f"有多个地方符合：{names}。请改填代码。", field="place", value=typed)
    return int(found[0].pk)


def numbered(post: QueryDict, prefix: str) -> dict[int, str]:
    """`actual_12=…` → {12: …}."""
    return {whole(name.removeprefix(prefix)): str(value) for name, value in post.items() if name.startswith(prefix)}
