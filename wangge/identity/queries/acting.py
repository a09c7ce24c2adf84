"""Who is acting: from a post, a session cookie or a bearer token to an actor."""

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from django.db.models import Exists, OuterRef

from wangge.identity import rules
from wangge.identity.models import Account, ApiToken, Appointment, LoginSession, Post
from wangge.identity.queries.offices import posts_of
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal

_TOKEN_SECONDS = 10
_TOKENS_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a request's cookie stands for."""

    session: LoginSession
    account: Account
    actor: Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """What a bearer token stands for; `rate` is how many requests a second it may make."""

    token_id: int
    actor: Actor
    rate: int


def actor_for(account: Account, post: Post | None, channel: str) -> Actor:
    """The account acting at the post. Without a post: somebody with no rights who sees nothing."""
    if post is None:
        return Actor(id=account.pk, name=account.full_name, channel=channel)
    sight = rules.sees(post.role_id, post.place_code, post.department_id)
    return Actor(
        id=account.pk,
        name=account.full_name,
        rights=frozenset(post.role.rights),
        lo=sight.lo,
        hi=sight.hi,
        department_id=sight.department_id,
        post_id=post.pk,
        post_name=post.name,
        channel=channel,
        role=post.role_id,
    )


def hashed(secret: str) -> str:
    """The hex SHA-256 under which a session key or a token is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def signed_in(key: str, channel: str) -> SignedIn | None:
    """Who the session key belongs to; None when it is unknown, ended, idle too long or too old, or its account stopped.

    One query. A post whose appointment has ended is exchanged for another that is still held (or none).
    """
    now, day = clock.now(), clock.today()
    held = Appointment.objects.filter(
        account=OuterRef("account"), post=OuterRef("post"), period__contains=day, post__is_active=True
    )
    session = (
        LoginSession.objects.select_related("account", "post__role", "post__department")
        .annotate(post_is_held=Exists(held))
        .filter(
            key_hash=hashed(key),
            ended_at__isnull=True,
            account__is_active=True,
            seen_at__gt=now - timedelta(minutes=rules.IDLE_MINUTES),
            started_at__gt=now - timedelta(hours=rules.SESSION_HOURS),
        )
        .first()
    )
    if session is None:
        return None
    post = session.post if session.post_is_held else next(iter(posts_of(session.account)), None)
    return SignedIn(session=session, account=session.account, actor=actor_for(session.account, post, channel))


def password_is_due(one: Account) -> Refusal | None:
    """Why the account must change its password before anything else, or None."""
    if one.is_demo:
        return None
    return rules.password_due(one.must_change_password, one.password_set_at, clock.now())


_tokens: dict[str, tuple[float, Caller | None]] = {}
_tokens_lock = Lock()


def caller_by_token(raw: str) -> Caller | None:
    """Who the bearer token acts as, or None. Answers are kept up to ten seconds in this process."""
    digest, at = hashed(raw), time.monotonic()
    kept = _tokens.get(digest)
    if kept and kept[0] > at:
        return kept[1]
    caller = _caller(digest)
    with _tokens_lock:
        if len(_tokens) >= _TOKENS_KEPT:
            _tokens.clear()
        _tokens[digest] = (at + _TOKEN_SECONDS, caller)
    return caller


def forget_tokens() -> None:
    """Drop the kept answers of this process (a token was revoked here)."""
    with _tokens_lock:
        _tokens.clear()


def actor_by_token(raw: str) -> Actor | None:
    """The actor behind a bearer token, or None."""
    caller = caller_by_token(raw)
    return caller.actor if caller else None


def _caller(digest: str) -> Caller | None:
    now, day = clock.now(), clock.today()
    held = Appointment.objects.filter(account=OuterRef("account"), post=OuterRef("post"), period__contains=day)
    token = (
        ApiToken.objects.select_related("account", "post__role", "post__department")
        .filter(Exists(held), digest=digest, revoked_at__isnull=True, expires_at__gt=now)
        .filter(account__is_active=True, post__is_active=True)
        .first()
    )
    if token is None:
        return None
    return Caller(token_id=token.pk, actor=actor_for(token.account, token.post, "api"), rate=token.rate)
