"""Bearer tokens for other systems."""

import secrets
from datetime import timedelta

from django.db import transaction

from wangge.identity import queries, rules
from wangge.identity.models import ApiToken
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal

MAX_RATE = 100_000


@transaction.atomic
def create_token(
    *,
    actor: Actor,
    account_name: str,
    rate: int = 200,
    label: str = "",
    days: int = rules.TOKEN_DAYS,
    post_id: int | None = None,
) -> str:
    """A new token of the account, at the given or its first post: the raw text, which is kept nowhere.

    One makes tokens for oneself; the command line makes them for an account that only programs use.
    """
    account = queries.account(account_name)
    if not actor.is_system and account.pk != actor.id:
        raise NoRight("identity.tokens")
    if not 1 <= rate <= MAX_RATE:
        raise Refusal("token_rate", f"每秒次数须在 1 至 {MAX_RATE} 之间。", field="rate", value=rate)
    if not 1 <= days <= 3 * rules.TOKEN_DAYS:
        raise Refusal("token_days", f"有效天数须在 1 至 {3 * rules.TOKEN_DAYS} 之间。", field="days", value=days)
    posts = queries.posts_of(account)
    post = next((p for p in posts if post_id in (None, p.pk)), None)
    if post is None:
        raise Refusal("no_post", "该账号目前没有任职岗位，令牌无从行使权限。请先任命岗位。", field="account_name")
    raw = "wg_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        digest=queries.hashed(raw),
        account=account,
        post=post,
        label=label.strip()[:60],
        rate=rate,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=days),
    )
    audit.record(actor, "identity.token_created", "token", token.pk, account=account.pk, post=post.pk, rate=rate)
    return raw


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: int) -> ApiToken:
    """Withdraw one's own token, or (security officer) anybody's. Other processes refuse it within ten seconds."""
    token = ApiToken.objects.select_for_update().filter(pk=token_id, revoked_at__isnull=True).first()
    if token is None or (token.account_id != actor.id and not actor.may(rules.SECURITY)):
        raise NotHere("令牌")
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    audit.record(actor, "identity.token_revoked", "token", token.pk, account=token.account_id)
    transaction.on_commit(queries.forget_tokens)
    return token
