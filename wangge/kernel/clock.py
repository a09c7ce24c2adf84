"""The one clock. Nothing else asks the machine for the time, so that a test can stop it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
_stopped: ContextVar[datetime | None] = ContextVar("stopped", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _stopped.get() or datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The moment on the wall clock of China."""
    return moment.astimezone(ZONE)


def today() -> date:
    """The date on the wall calendar of China."""
    return local(now()).date()


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stop the clock at an aware moment."""
    if moment.tzinfo is None:
        raise ValueError("frozen() needs an aware datetime")
    token = _stopped.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _stopped.reset(token)
