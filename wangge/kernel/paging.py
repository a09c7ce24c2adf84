"""Keyset pages: page 4,000 costs what page 1 costs, and a row that arrives meanwhile shifts nothing.

The order is PostgreSQL's own (empty values last going up, first going down), so that one plain index serves both ways.
Only the first column of the order may be empty; the last must be unique.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Q, QuerySet

from wangge.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Page:
    """`rows` in the order asked for; the cursors are opaque signed texts, None where there is no further page."""

    rows: list[Any]
    next_cursor: str | None
    prev_cursor: str | None

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page(
    qs: QuerySet[Any],
    *,
    order: Sequence[str] = ("id",),
    after: str | None = None,
    size: int = 50,
    desc: bool = False,
) -> Page:
    """One page of `qs` by `order` (all columns one way). Raises `Refusal("bad_cursor")` for a cursor of another list."""
    if not 1 <= size <= 500:
        raise Refusal("bad_page_size", "每页条数应在 1 到 500 之间。", field="size", value=size)
    salt = f"wangge.paging.{qs.model._meta.label}.{','.join(order)}.{desc}"
    back, place = _read(after, salt, len(order)) if after else (False, None)
    down = desc != back
    rows = _fetch(qs, list(order), place, size + 1, down)
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    has_next, has_prev = (True, more) if back else (more, place is not None)
    return Page(
        rows,
        _write(False, _keys(rows[-1], order), salt) if has_next else None,
        _write(True, _keys(rows[0], order), salt) if has_prev else None,
    )


def count_capped(qs: QuerySet[Any], cap: int = 500) -> str:
    """How many rows, as text; `500+` beyond the cap, at the cost of the cap and no more."""
    n = qs.order_by()[: cap + 1].count()
    return f"{cap}+" if n > cap else str(n)


def _fetch(qs: QuerySet[Any], order: list[str], place: list[Any] | None, want: int, down: bool) -> list[Any]:
    first = order[0]
    ordered = qs.order_by(*((F(k).desc() if down else F(k).asc()) for k in order))
    if place is None:
        return list(ordered[:want])
    if not _nullable(qs, first):
        return list(ordered.filter(_beyond(order, place, down))[:want])
    # A condition over both halves would lose the index; each half alone keeps it.
    empty, filled = ordered.filter(**{f"{first}__isnull": True}), ordered.filter(**{f"{first}__isnull": False})
    if place[0] is None:
        rows = list(empty.filter(_beyond(order[1:], place[1:], down))[:want])
        return rows + list(filled[: want - len(rows)]) if down and len(rows) < want else rows
    rows = list(filled.filter(_beyond(order, place, down))[:want])
    return rows if down or len(rows) == want else rows + list(empty[: want - len(rows)])


def _beyond(order: Sequence[str], place: Sequence[Any], down: bool) -> Q:
    if not order:
        raise ValueError("a nullable order needs a further, unique column")
    than, at_least = ("lt", "lte") if down else ("gt", "gte")
    any_of, same = Q(), Q()
    for name, value in zip(order, place, strict=True):
        any_of |= same & Q(**{f"{name}__{than}": value})
        same &= Q(**{name: value})
    # The outer bound says nothing new; it is what the index is searched by.
    return Q(**{f"{order[0]}__{at_least}": place[0]}) & any_of if len(order) > 1 else any_of


def _nullable(qs: QuerySet[Any], name: str) -> bool:
    if name in qs.query.annotations:
        return True
    meta = qs.model._meta
    for part in name.split("__"):
        try:
            field = meta.get_field("id" if part == "pk" else part)
        except FieldDoesNotExist:
            return True
        if getattr(field, "null", True):
            return True
        if field.is_relation and field.related_model:
            meta = field.related_model._meta  # type: ignore[union-attr]
    return False


def _keys(row: Any, order: Sequence[str]) -> list[Any]:
    values = []
    for name in order:
        value = row
        for part in name.split("__"):
            value = value[part] if isinstance(value, dict) else getattr(value, part)
        values.append(value)
    return values


_KINDS: dict[str, Any] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
    "u": UUID,
    "v": lambda value: value,
}


def _write(back: bool, values: list[Any], salt: str) -> str:
    packed: list[Any] = [back]
    for value in values:
        if isinstance(value, datetime):
            packed.append(["t", value.isoformat()])
        elif isinstance(value, date):
            packed.append(["d", value.isoformat()])
        elif isinstance(value, Decimal | UUID):
            packed.append(["n" if isinstance(value, Decimal) else "u", str(value)])
        else:
            packed.append(["v", value])
    return signing.Signer(salt=salt).sign(base64.urlsafe_b64encode(msgspec.json.encode(packed)).decode().rstrip("="))


def _read(cursor: str, salt: str, width: int) -> tuple[bool, list[Any]]:
    try:
        text = signing.Signer(salt=salt).unsign(cursor)
        back, *packed = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        place = [_KINDS[kind](value) for kind, value in packed]
    except (signing.BadSignature, ValueError, KeyError, TypeError, msgspec.DecodeError):
        place, back = [], False
    if len(place) != width:
        raise Refusal("bad_cursor", "翻页标记已失效，请回到第一页重新查看。", field="after", value=cursor)
    return bool(back), place
