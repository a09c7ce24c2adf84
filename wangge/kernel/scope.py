"""Who sees what: the actor's interval and department as transaction settings that row-level security reads.

A policy compares a place code with `current_setting('app.lo')` directly: wrapped in a sub-select the planner no longer
sees the value and scans. Without a scope the role's own defaults (an empty interval) hold, so nothing is visible.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from wangge.kernel.actor import SYSTEM, Actor

_SET = (
    "select set_config('app.lo', %s::text, true), set_config('app.hi', %s::text, true),"
    " set_config('app.department', %s::text, true), set_config('app.account', %s::text, true),"
    " set_config('app.sees', %s::text, true)"
)
_GET = (
    "select current_setting('app.lo', true), current_setting('app.hi', true),"
    " current_setting('app.department', true), current_setting('app.account', true), current_setting('app.sees', true)"
)


def _sees(actor: Actor) -> str:
    """What row-level security may show beside place and office: the names after `sees.` among the rights, or `*`."""
    names = sorted(r.removeprefix("sees.") for r in actor.rights if r.startswith("sees."))
    return "*" if actor.is_system else f",{','.join(names)}," if names else "0"


@contextmanager
def use(actor: Actor) -> Iterator[None]:
    """Open a transaction (or a savepoint) in which the database shows what the actor may see, and nothing else."""
    nested = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        before: tuple[str, ...] = ()
        if nested:
            cursor.execute(_GET)
            before = tuple(v or "0" for v in cursor.fetchone())
        cursor.execute(_SET, [str(actor.lo), str(actor.hi), str(actor.department_id or 0), str(actor.id), _sees(actor)])
        yield
        # After an exception the savepoint's rollback restores the settings; here we must do it ourselves.
        if nested and not transaction.get_rollback():
            cursor.execute(_SET, list(before))


@contextmanager
def system() -> Iterator[None]:
    """The whole territory: for jobs, imports and look-ups that are guarded otherwise (a query code, a token)."""
    with use(SYSTEM):
        yield
