"""Logging in and out, and the session of each signed-in device.

A try is written and committed before the password is looked at, under a lock on the name: however many processes guess
at once, no name gets more than five guesses. Nothing here may therefore run inside another transaction.
"""

import hashlib
from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.db import connection, transaction

from wangge.identity import queries, rules
from wangge.identity.models import Account, LoginSession, LoginTry, Post
from wangge.identity.services import totp
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

_TOUCH_AFTER = timedelta(seconds=60)
_UNUSABLE = "!"


def _wrong() -> Refusal:
    return Refusal(
        "login_wrong",
        f"账号或密码不正确。请核对后再试；连续 {rules.TRIES} 次不正确将暂停登录 {rules.LOCK_MINUTES} 分钟。",
        field="password",
    )


def _wrong_code() -> Refusal:
    return Refusal("code_wrong", "动态验证码不正确或已用过。请等验证器换出新的六位数字后再填。", field="code")


def _begin_try(name: str, address: str) -> LoginTry:
    """Write a failed try for the name and commit it; refused while the name is locked."""
    name = name[:40]
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [key])
        now = clock.now()
        recent = LoginTry.objects.filter(name=name, at__gt=now - timedelta(minutes=2 * rules.LOCK_MINUTES))
        success = recent.filter(outcome=LoginTry.Outcome.SUCCEEDED).order_by("-pk").first()
        if success:
            recent = recent.filter(pk__gt=success.pk)
        failures = recent.exclude(outcome__in=[LoginTry.Outcome.CLEARED, LoginTry.Outcome.SUCCEEDED])
        until = rules.locked_until(list(failures.values_list("at", flat=True)), now)
        if until is not None:
            raise Refusal(
                "login_locked",
                f"不正确的尝试过多，此账号的登录已暂停到 {clock.local(until):%H:%M}。请届时再试，或请安全管理员解除。",
                status=429,
                field="name",
            )
        return LoginTry.objects.create(name=name, at=now, outcome=LoginTry.Outcome.FAILED, address=address)


def _end_try(one: LoginTry, outcome: LoginTry.Outcome) -> None:
    LoginTry.objects.filter(pk=one.pk).update(outcome=outcome)


def login(*, actor: Actor, name: str, password: str, address: str) -> Account:
    """Check a name and password; the account, whose second step (if it has one) is still to come.

    Unknown, stopped and wrong look and last the same.
    """
    name = name.strip()
    attempt = _begin_try(name, address)
    found = Account.objects.filter(name=name).first()
    known = found is not None and found.is_active
    right = check_password(password, found.password if found and known else _UNUSABLE)
    if found is None or not known or not right:
        raise _wrong()
    _end_try(attempt, LoginTry.Outcome.PENDING if found.totp_confirmed else LoginTry.Outcome.SUCCEEDED)
    return found


def confirm_code(*, actor: Actor, account_id: int, code: str, address: str) -> Account:
    """The second step: the six digits of the authenticator, each accepted once."""
    found = Account.objects.filter(pk=account_id, is_active=True, totp_confirmed=True).first()
    if found is None:
        raise _wrong()
    attempt = _begin_try(found.name, address)
    if not totp.accept(found, code):
        raise _wrong_code()
    _end_try(attempt, LoginTry.Outcome.SUCCEEDED)
    return found


def check_own_password(*, actor: Actor, password: str, address: str) -> None:
    """Refuse unless it is the actor's password; wrong ones count towards the lock like those at the door."""
    account = Account.objects.get(pk=actor.id)
    attempt = _begin_try(account.name, address)
    if not check_password(password, account.password):
        raise Refusal("password_wrong", "当前密码不正确。请核对后再试。", field="old")
    _end_try(attempt, LoginTry.Outcome.SUCCEEDED)


@transaction.atomic
def start_session(*, actor: Actor, account: Account, key: str, address: str, agent: str) -> LoginSession:
    """Open the session whose cookie holds `key`, at the account's first post."""
    now = clock.now()
    post = next(iter(queries.posts_of(account)), None)
    session = LoginSession.objects.create(
        key_hash=queries.hashed(key),
        account=account,
        post=post,
        started_at=now,
        seen_at=now,
        address=address,
        agent=agent[:200],
    )
    Account.objects.filter(pk=account.pk).update(last_login=now)
    audit.record(queries.actor_for(account, post, "desk"), "identity.logged_in", "session", session.pk, address=address)
    return session


def touch(*, session: LoginSession, post_id: int | None) -> None:
    """Note that the session is alive (once a minute is enough) and which post it now acts at."""
    now = clock.now()
    if now - session.seen_at < _TOUCH_AFTER and session.post_id == post_id:
        return
    LoginSession.objects.filter(pk=session.pk).update(seen_at=now, post_id=post_id)


@transaction.atomic
def switch_post(*, actor: Actor, session: LoginSession, post_id: int) -> Post:
    """From now on this session acts at another post the account holds today."""
    post = next((p for p in queries.posts_of(session.account) if p.pk == post_id), None)
    if post is None:
        raise NotHere("岗位")
    LoginSession.objects.filter(pk=session.pk).update(post=post)
    audit.record(actor, "identity.post_switched", "post", post.code, session=session.pk)
    return post


@transaction.atomic
def end_session(*, actor: Actor, session_id: int) -> LoginSession:
    """End one's own session, or (security officer) anybody's. It is refused from the next request on."""
    session = LoginSession.objects.select_for_update().filter(pk=session_id, ended_at__isnull=True).first()
    if session is None or (session.account_id != actor.id and not actor.may(rules.SECURITY)):
        raise NotHere("登录会话")
    session.ended_at = clock.now()
    session.save(update_fields=["ended_at"])
    audit.record(actor, "identity.session_ended", "session", session.pk, account=session.account_id)
    return session


def end_sessions_of(account_id: int, but: int | None = None) -> int:
    """End every open session of the account except one; how many. Part of a service that leaves its own audit row."""
    open_ones = LoginSession.objects.filter(account_id=account_id, ended_at__isnull=True)
    if but is not None:
        open_ones = open_ones.exclude(pk=but)
    return open_ones.update(ended_at=clock.now())


@transaction.atomic
def unlock(*, actor: Actor, name: str) -> int:
    """Lift the lock on a login name (security officer); how many failed tries were cleared."""
    actor.must(rules.SECURITY)
    since = clock.now() - timedelta(minutes=2 * rules.LOCK_MINUTES)
    cleared = LoginTry.objects.filter(
        name=name, at__gt=since, outcome__in=[LoginTry.Outcome.FAILED, LoginTry.Outcome.PENDING]
    ).update(outcome=LoginTry.Outcome.CLEARED)
    audit.record(actor, "identity.unlocked", "login", name, cleared=cleared)
    return cleared
