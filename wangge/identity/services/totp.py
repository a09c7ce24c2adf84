"""The second factor: a secret shared with an authenticator on the phone (RFC 6238), kept encrypted with SM4-GCM.

The key lies in a file of the data folder, not in the database: a copy of the database alone gives no codes.
"""

from dataclasses import dataclass

import pyotp
import segno
from django.contrib.auth.hashers import check_password
from django.db import transaction

from wangge.identity import rules
from wangge.identity.models import Account
from wangge.kernel import audit, clock, sealed
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

_STEP_SECONDS = 30
# One step either way: the phone's clock may be half a minute off.
_DRIFT = 1


@dataclass(frozen=True, slots=True)
class Setup:
    """What the person needs to add the account to an authenticator: the secret in letters, and as a picture."""

    secret: str
    qr_svg: str


def _encrypt(secret: str, account_id: int) -> str:
    return sealed.seal(secret, purpose="totp", context=str(account_id)).hex()


def _decrypt(stored: str, account_id: int) -> str:
    return sealed.unseal(bytes.fromhex(stored), purpose="totp", context=str(account_id))


def accept(account: Account, code: str) -> bool:
    """Is this a code of now (give or take one step) that was not used before? Marks it used."""
    code = "".join(code.split())
    if not (code.isascii() and code.isdigit() and len(code) == 6 and account.totp_secret):
        return False
    generator = pyotp.TOTP(_decrypt(account.totp_secret, account.pk))
    current = int(clock.now().timestamp()) // _STEP_SECONDS
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        if pyotp.utils.strings_equal(generator.generate_otp(step), code):
            used = Account.objects.filter(pk=account.pk, totp_step__lt=step).update(totp_step=step)
            return used == 1
    return False


@transaction.atomic
def setup_totp(*, actor: Actor) -> Setup:
    """Make a new secret for the actor; it counts only once a first code has been confirmed."""
    account = Account.objects.select_for_update().get(pk=actor.id)
    if account.totp_confirmed:
        raise Refusal("totp_on", "动态验证码已经启用。如要换手机，请先停用再重新启用。", status=409)
    secret = pyotp.random_base32()
    account.totp_secret = _encrypt(secret, account.pk)
    account.save(update_fields=["totp_secret"])
    audit.record(actor, "identity.totp_offered", "account", account.name)
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.name, issuer_name="网格")
    qr = segno.make(uri, error="m").svg_inline(scale=4, border=2)
    return Setup(secret=secret, qr_svg=qr)


@transaction.atomic
def confirm_totp(*, actor: Actor, code: str) -> None:
    """Switch the second step on, proved by a first code."""
    account = Account.objects.select_for_update().get(pk=actor.id)
    if account.totp_confirmed or not account.totp_secret:
        raise Refusal("totp_not_offered", "请先显示二维码并用验证器扫描，再填写验证码。", status=409)
    if not accept(account, code):
        raise Refusal("code_wrong", "动态验证码不正确。请核对手机时间是否准确，再填写新的六位数字。", field="code")
    Account.objects.filter(pk=account.pk).update(totp_confirmed=True)
    audit.record(actor, "identity.totp_switched_on", "account", account.name)


def _clear(account: Account) -> None:
    account.totp_secret, account.totp_confirmed = "", False
    account.save(update_fields=["totp_secret", "totp_confirmed"])


@transaction.atomic
def disable_totp(*, actor: Actor, password: str) -> None:
    """Switch one's own second step off, with the password."""
    account = Account.objects.select_for_update().get(pk=actor.id)
    if not check_password(password, account.password):
        raise Refusal("password_wrong", "密码不正确，动态验证码仍然启用。请核对后再试。", field="password")
    _clear(account)
    audit.record(actor, "identity.totp_switched_off", "account", account.name)


@transaction.atomic
def reset_totp(*, actor: Actor, account_id: int) -> Account:
    """Take the second step off somebody whose phone is lost (security officer, never for oneself)."""
    actor.must(rules.SECURITY)
    account = Account.objects.select_for_update().filter(pk=account_id).first()
    if account is None:
        raise NotHere("账号")
    if account.pk == actor.id:
        raise Refusal("not_oneself", "不能重置自己的动态验证码。请在“我的账号”中用密码停用。", status=409)
    _clear(account)
    audit.record(actor, "identity.totp_reset", "account", account.name)
    return account
