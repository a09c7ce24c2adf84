"""Facts: how a room tells the rooms above it what happened.

`publish` writes the fact and one job per subscriber in the caller's transaction: both happen or neither. A reaction
runs at least once and takes effect once: its `(fact, subscriber)` row is inserted in the reaction's own transaction.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from wangge.kernel import clock, scope
from wangge.kernel.models import Fact, Reaction

log = logging.getLogger(__name__)
Subscriber = Callable[[Any], None]
_subscribers: dict[str, list[tuple[str, type, Subscriber]]] = {}


def _name(kind: type) -> str:
    return f"{kind.__module__.removeprefix('wangge.').removesuffix('.facts')}.{kind.__name__}"


def on(kind: type) -> Callable[[Subscriber], Subscriber]:
    """Subscribe a function of a room's `reactions.py` to a fact of a room below."""

    def add(function: Subscriber) -> Subscriber:
        known = _subscribers.setdefault(_name(kind), [])
        key = f"{function.__module__}.{function.__name__}"
        if key not in [k for k, _, _ in known]:
            known.append((key, kind, function))
        return function

    return add


def load_reactions() -> None:
    """Import every room's `reactions.py`, so that its subscriptions stand."""
    for config in apps.get_app_configs():
        if config.name.startswith("wangge.") and find_spec(f"{config.name}.reactions"):
            import_module(f"{config.name}.reactions")


def publish(fact: Any) -> None:
    """State a fact (a frozen dataclass of ids and codes). Must be called inside the transaction of what it states."""
    if not connection.in_atomic_block:
        raise RuntimeError("publish() outside a transaction: the fact could outlive or miss its cause")
    name = _name(type(fact))
    row = Fact.objects.create(name=name, data=msgspec.to_builtins(asdict(fact)), at=clock.now())
    from wangge.kernel.tasks import react  # the task module needs procrastinate's app, which needs Django's

    for key, _, _ in _subscribers.get(name, []):
        react.defer(fact_id=row.pk, subscriber=key)


def deliver(fact_id: int, subscriber: str) -> bool:
    """Run one reaction in its own transaction; False when it had already taken effect."""
    fact = Fact.objects.get(pk=fact_id)
    for key, kind, function in _subscribers.get(fact.name, []):
        if key == subscriber:
            with scope.system():
                _, fresh = Reaction.objects.get_or_create(fact_id=fact_id, subscriber=subscriber)
                if fresh:
                    function(msgspec.convert(fact.data, kind))
                return fresh
    raise LookupError(f"{subscriber} no longer answers {fact.name}")


def repair(older_than_seconds: int = 300) -> int:
    """Run every reaction that should have happened and did not (a lost or failed job); how many were made good."""
    from datetime import timedelta

    before = clock.now() - timedelta(seconds=older_than_seconds)
    mended = 0
    for name, known in _subscribers.items():
        for key, _, _ in known:
            missing = (
                Fact.objects.filter(name=name, at__lt=before)
                .filter(~Exists(Reaction.objects.filter(subscriber=key, fact=OuterRef("pk"))))
                .order_by("pk")
                .values_list("pk", flat=True)[:1000]
            )
            for fact_id in list(missing):
                try:
                    with transaction.atomic():
                        mended += deliver(fact_id, key)
                except Exception:  # one that cannot be delivered must not keep the others waiting
                    log.exception("fact %s still has no effect in %s", fact_id, key)
    return mended
