"""Logging in and out, and the session of each signed-in device."""

from datetime import timedelta

from wangge.identity.models import LoginSession
from wangge.kernel import clock

_TOUCH_AFTER = timedelta(seconds=60)


def touch(*, session: LoginSession, post_id: int | None) -> None:
    """Note that the session is alive (once a minute is enough) and which post it now acts at."""
    now = clock.now()
    if now - session.seen_at < _TOUCH_AFTER and session.post_id == post_id:
        return
    LoginSession.objects.filter(pk=session.pk).update(seen_at=now, post_id=post_id)
