"""Changing keys: every sealed column is known here, sealed again under the newest key, and only then the old keys go.

A room says in its `apps.py` which columns it seals (`keep`) and which blind indexes follow from them (`index`). Changing is
three commands, each of which may be stopped and begun again: a new key (writers use it from their next transaction), sealing
again batch by batch, and taking the old keys away, which is refused while a single value still needs one of them.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.apps import apps
from django.db import transaction

from wangge.kernel import audit, scope, sealed
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal

RIGHT = "identity.security"
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column that holds sealed values: `parts(row)` gives (what it is bound to, value) of each, `put(row, values)` puts them
    back in the same order; `version` names the column that notes the number of the key, if there is one."""

    model: str
    field: str
    purpose: str
    parts: Callable[[Any], list[tuple[str, bytes]]]
    put: Callable[[Any, list[bytes]], None]
    version: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """Blind indexes of one table: `values(row, blinder)` gives the columns anew from what the row's sealed values say."""

    model: str
    fields: tuple[str, ...]
    purpose: str
    values: Callable[[Any, sealed.Blinder], dict[str, bytes | None]]


_columns: dict[tuple[str, str], Column] = {}
_indexes: dict[str, Index] = {}
Context = Callable[[Any], str]


def keep(model: str, field: str, purpose: str, context: Context, *, version: str = "") -> None:
    """A binary column that is one sealed value, bound to `context(row)`; `model` is "app.Model"."""

    def parts(row: Any) -> list[tuple[str, bytes]]:
        held = getattr(row, field)
        return [(context(row), bytes(held))] if held else []

    def put(row: Any, values: list[bytes]) -> None:
        setattr(row, field, values[0])

    _columns[model, field] = Column(model, field, purpose, parts, put, version)


def keep_key(model: str, field: str, key: str, purpose: str, context: Context) -> None:
    """A JSON object one of whose keys holds a sealed value in base64."""

    def parts(row: Any) -> list[tuple[str, bytes]]:
        held = getattr(row, field)
        return [(context(row), base64.b64decode(held[key]))] if key in held else []

    def put(row: Any, values: list[bytes]) -> None:
        getattr(row, field)[key] = base64.b64encode(values[0]).decode()

    _columns[model, field] = Column(model, field, purpose, parts, put)


def keep_list(model: str, field: str, purpose: str, context: Callable[[Any, int], str]) -> None:
    """A JSON list of sealed values in base64; each is bound to `context(row, its place)`."""

    def parts(row: Any) -> list[tuple[str, bytes]]:
        return [(context(row, at), base64.b64decode(one)) for at, one in enumerate(getattr(row, field))]

    def put(row: Any, values: list[bytes]) -> None:
        setattr(row, field, [base64.b64encode(one).decode() for one in values])

    _columns[model, field] = Column(model, field, purpose, parts, put)


def keep_hex(model: str, field: str, purpose: str, context: Context) -> None:
    """A text column that holds one sealed value in hexadecimal digits, or nothing."""

    def parts(row: Any) -> list[tuple[str, bytes]]:
        held = getattr(row, field)
        return [(context(row), bytes.fromhex(held))] if held else []

    def put(row: Any, values: list[bytes]) -> None:
        setattr(row, field, values[0].hex())

    _columns[model, field] = Column(model, field, purpose, parts, put)


def index(
    model: str, fields: tuple[str, ...], purpose: str, values: Callable[[Any, sealed.Blinder], dict[str, Any]]
) -> None:
    """Make a table's blind indexes known."""
    _indexes[model] = Index(model, fields, purpose, values)


def known() -> set[tuple[str, str]]:
    """(model, column) of everything that is kept here."""
    return {(c.model, c.field) for c in _columns.values()} | {(i.model, f) for i in _indexes.values() for f in i.fields}


def purposes() -> list[str]:
    """Every purpose whose keys can be changed."""
    return sorted({c.purpose for c in _columns.values()} | {i.purpose for i in _indexes.values()})


def named(model: str) -> str:
    """What people call the table."""
    return str(apps.get_model(model)._meta.verbose_name)


def tables(purpose: str) -> list[str]:
    """What is kept under the keys of the purpose, by the names of its tables."""
    models = [c.model for c in _columns.values() if c.purpose == purpose]
    models += [i.model for i in _indexes.values() if i.purpose == purpose]
    return list(dict.fromkeys(named(model) for model in models))


def _check(actor: Actor, purpose: str) -> None:
    actor.must(RIGHT)
    if purpose not in purposes():
        raise Refusal("unknown_purpose", f"没有名为 {purpose} 的密钥。可更换：{'、'.join(purposes())}。", value=purpose)


def begin(*, actor: Actor, purpose: str) -> int:
    """A new key for the purpose; its number. Old values still open."""
    _check(actor, purpose)
    with scope.system():
        number = sealed.add_key(purpose)
        audit.record(actor, "kernel.key_added", "key", purpose, version=number)
    return number


def reseal(*, actor: Actor, purpose: str, tell: Callable[[str, int], None] = lambda table, count: None) -> int:
    """Seal again, or index again, whatever is not under the newest key; how many rows were written. Safe to repeat."""
    _check(actor, purpose)
    done = 0
    for column in [c for c in _columns.values() if c.purpose == purpose]:
        sealer = sealed.Sealer(purpose)
        done += _sweep(column.model, partial(_again, column, sealer), _touched(column), tell)
    for one in [i for i in _indexes.values() if i.purpose == purpose]:
        blinder = sealed.Blinder(purpose)
        done += _sweep(one.model, partial(_indexed, one, blinder), one.fields, tell)
    with scope.system():
        audit.record(actor, "kernel.keys_resealed", "key", purpose, rows=done)
    return done


def drop(*, actor: Actor, purpose: str) -> list[int]:
    """Take the old keys away; refused, naming the table, while a value still needs one. The numbers taken."""
    _check(actor, purpose)
    with scope.system():
        for column in [c for c in _columns.values() if c.purpose == purpose]:
            sealer = sealed.Sealer(purpose)
            if any(_again(column, sealer, row) for row in _rows(column.model)):
                raise Refusal(
                    "keys_still_needed",
                    f"“{named(column.model)}”还有内容用旧密钥加密。请先重新加密再停用旧密钥。",
                    status=409,
                )
        for one in [i for i in _indexes.values() if i.purpose == purpose]:
            blinder = sealed.Blinder(purpose)
            if any(_indexed(one, blinder, row) for row in _rows(one.model)):
                raise Refusal(
                    "keys_still_needed", f"“{named(one.model)}”还有索引用旧密钥。请先重新加密再停用旧密钥。", status=409
                )
        gone = sealed.drop_old_keys(purpose)
        audit.record(actor, "kernel.keys_dropped", "key", purpose, versions=gone)
    return gone


def _touched(column: Column) -> tuple[str, ...]:
    return (column.field, column.version) if column.version else (column.field,)


def _rows(model: str) -> Iterator[Any]:
    table: Any = apps.get_model(model)
    return iter(table.objects.order_by("pk").iterator(chunk_size=_BATCH))


def _sweep(model: str, change: Callable[[Any], bool], fields: tuple[str, ...], tell: Callable[[str, int], None]) -> int:
    """Batches by key, each its own transaction with its rows locked, so that a writer waits and nothing is overwritten."""
    table: Any = apps.get_model(model)
    last, done = None, 0
    while True:
        with scope.system(), transaction.atomic():
            found = table.objects.order_by("pk").select_for_update(of=("self",))
            rows = list((found.filter(pk__gt=last) if last is not None else found)[:_BATCH])
            changed = [row for row in rows if change(row)]
            if changed:
                table.objects.bulk_update(changed, fields)
        if not rows:
            return done
        last, done = rows[-1].pk, done + len(changed)
        tell(named(model), done)


def _again(column: Column, sealer: sealed.Sealer, row: Any) -> bool:
    """Give the row its values under the newest key, unsaved; False when it has them already."""
    parts = column.parts(row)
    if all(sealer.is_newest(value, context) for context, value in parts):
        return False
    column.put(row, [sealer.seal(sealer.unseal(value, context), context) for context, value in parts])
    if column.version:
        setattr(row, column.version, sealer.version)
    return True


def _indexed(one: Index, blinder: sealed.Blinder, row: Any) -> bool:
    changed = False
    for field, value in one.values(row, blinder).items():
        held = getattr(row, field)
        if (bytes(held) if held is not None else None) != value:
            setattr(row, field, value)
            changed = True
    return changed
