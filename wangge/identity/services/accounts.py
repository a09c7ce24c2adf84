"""Accounts: made, renamed, stopped; passwords set, changed and reset."""

import secrets
from functools import lru_cache

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from wangge.identity import rules
from wangge.identity.models import Account, ApiToken, Appointment
from wangge.identity.services.sessions import end_sessions_of
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

# Without the letters and digits that are confused when read aloud.
_LETTERS = ("abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789")
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")


@lru_cache(maxsize=1)
def _demo_hash() -> str:
    """One hash for all demonstration accounts: four hundred of them would cost half a minute."""
    return make_password(rules.DEMO_PASSWORD)


def temporary_password() -> str:
    """Twelve characters of three kinds, to be told once and changed at the first login."""
    picked = [secrets.choice("".join(_LETTERS)) for _ in range(9)] + [secrets.choice(kind) for kind in _LETTERS]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)


def _locked(account_id: int) -> Account:
    account = Account.objects.select_for_update().filter(pk=account_id).first()
    if account is None:
        raise NotHere("账号")
    return account


def check_account_name(name: str) -> Refusal | None:
    """None, or what is wrong with a login name: 2 to 40 of lower-case letters, digits, dot, dash, underscore."""
    if not 2 <= len(name) <= 40 or not set(name) <= _NAME:
        return Refusal(
            "account_name",
            "账号须为 2 至 40 位小写字母、数字、点、短横或下划线。请修改账号名。",
            field="name",
            value=name,
        )
    return None


@transaction.atomic
def create_account(
    *,
    actor: Actor,
    name: str,
    full_name: str,
    phone: str = "",
    password: str | None = None,
    must_change: bool = True,
    is_demo: bool = False,
) -> Account:
    """Make an account. Without a password nobody can log in to it; a demonstration's gets the one that is printed."""
    if not actor.may(rules.SECURITY):
        actor.must(rules.ACCOUNTS)
    name, full_name = name.strip(), full_name.strip()
    wrong = check_account_name(name)
    if wrong is None and not 1 <= len(full_name) <= 40:
        wrong = Refusal("full_name", "请填写姓名，最长 40 字。", field="full_name", value=full_name)
    demo_login = is_demo and password == rules.DEMO_PASSWORD
    if wrong is None and password is not None and not demo_login:
        wrong = rules.check_password(password, name)
    if wrong is None and Account.objects.filter(name=name).exists():
        wrong = Refusal("account_name_taken", "这个账号名已被使用。请换一个账号名。", field="name", value=name)
    if wrong is not None:
        raise wrong
    account = Account.objects.create(
        name=name,
        full_name=full_name,
        phone=phone.strip(),
        password=_demo_hash() if demo_login else make_password(password),
        password_set_at=clock.now(),
        must_change_password=must_change and not is_demo,
        is_demo=is_demo,
    )
    audit.record(actor, "identity.account_created", "account", account.name)
    return account


@transaction.atomic
def edit_account(*, actor: Actor, account_id: int, full_name: str, phone: str) -> Account:
    """Correct a person's name or work telephone."""
    actor.must(rules.ACCOUNTS)
    account = _locked(account_id)
    if not 1 <= len(full_name.strip()) <= 40:
        raise Refusal("full_name", "请填写姓名，最长 40 字。", field="full_name", value=full_name)
    account.full_name, account.phone = full_name.strip(), phone.strip()
    account.save(update_fields=["full_name", "phone"])
    audit.record(actor, "identity.account_edited", "account", account.name)
    return account


def _set_password(account: Account, password: str, must_change: bool) -> None:
    """Check against the rules and the last five, then set. The caller holds the row's lock."""
    wrong = rules.check_password(password, account.name)
    if wrong is None and any(check_password(password, old) for old in [account.password, *account.old_passwords]):
        wrong = Refusal(
            "password_used",
            f"不能使用最近 {rules.REMEMBERED_PASSWORDS} 次用过的密码。请换一个新密码。",
            field="password",
        )
    if wrong is not None:
        raise wrong
    account.old_passwords = [account.password, *account.old_passwords][: rules.REMEMBERED_PASSWORDS - 1]
    account.password, account.password_set_at = make_password(password), clock.now()
    account.must_change_password = must_change
    account.save(update_fields=["password", "password_set_at", "old_passwords", "must_change_password"])


@transaction.atomic
def change_password(*, actor: Actor, old: str, new: str, keep_session: int | None = None) -> Account:
    """Set one's own password; every other session of the account ends."""
    account = _locked(actor.id)
    if account.is_demo:
        raise Refusal("demo_password", "演示账号的密码是公开的，不能更改。请用正式账号登录后操作。", field="password")
    if not check_password(old, account.password):
        raise Refusal("password_wrong", "当前密码不正确。请核对后再试。", field="old")
    _set_password(account, new, must_change=False)
    end_sessions_of(account.pk, but=keep_session)
    audit.record(actor, "identity.password_changed", "account", account.name)
    return account


@transaction.atomic
def reset_password(*, actor: Actor, account_id: int, password: str) -> Account:
    """Give somebody a password to change at the next login; all their sessions end."""
    account = _locked(account_id)
    terms = Appointment.objects.filter(account=account).exclude(period__fully_lt=(clock.today(), None))
    roles = set(terms.values_list("post__role", flat=True))
    actor.must(rules.who_resets(roles))
    if account.pk == actor.id:
        raise Refusal("not_oneself", "不能重置自己的密码。请在“修改密码”中更改。", status=409)
    _set_password(account, password, must_change=True)
    end_sessions_of(account.pk)
    audit.record(actor, "identity.password_reset", "account", account.name)
    return account


@transaction.atomic
def deactivate_account(*, actor: Actor, account_id: int) -> Account:
    """Stop an account. Refused while it holds a post: its open work must first go to somebody."""
    actor.must(rules.ACCOUNTS)
    account = _locked(account_id)
    if account.pk == actor.id:
        raise Refusal("not_oneself", "不能停用自己的账号。请由另一名系统管理员操作。", status=409)
    held = (
        Appointment.objects.filter(account=account)
        .exclude(period__fully_lt=(clock.today(), None))
        .select_related("post")
        .first()
    )
    if held is not None:
        raise Refusal(
            "holds_post",
            f"{account.full_name}仍任“{held.post.name}”，不能停用。请先结束任职，或把岗位交接给他人。",
            status=409,
        )
    account.is_active = False
    account.save(update_fields=["is_active"])
    end_sessions_of(account.pk)
    ApiToken.objects.filter(account=account, revoked_at__isnull=True).update(revoked_at=clock.now())
    audit.record(actor, "identity.account_stopped", "account", account.name)
    return account


@transaction.atomic
def activate_account(*, actor: Actor, account_id: int) -> Account:
    """Take a stopped account into use again."""
    actor.must(rules.ACCOUNTS)
    account = _locked(account_id)
    account.is_active = True
    account.save(update_fields=["is_active"])
    audit.record(actor, "identity.account_restarted", "account", account.name)
    return account
