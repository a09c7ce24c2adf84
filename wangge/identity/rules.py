"""Rules of accounts: passwords, lock-out, the three officers. Pure Python.

Lock-out, complexity and the separation of system, security and audit officers follow GB/T 22239-2019 (等级保护三级),
8.1.4.1 identity authentication and 8.1.5 management centre; the numbers are shipped defaults.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wangge.kernel.errors import Refusal

MIN_PASSWORD = 10
PASSWORD_DAYS = 180
REMEMBERED_PASSWORDS = 5
TRIES = 5
LOCK_MINUTES = 15
IDLE_MINUTES = 120

OFFICERS = {"system_admin": "系统管理员", "security_admin": "安全管理员", "audit_admin": "审计管理员"}


@dataclass(frozen=True, slots=True)
class Term:
    """One appointment as the rules see it; `ends` is the first day it no longer holds."""

    role: str
    starts: date
    ends: date | None


def check_password(password: str, name: str) -> Refusal | None:
    """None, or what is wrong: ten characters of three kinds, not the account's name, not one character repeated."""
    kinds = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    if len(password) < MIN_PASSWORD:
        return Refusal("password_short", f"密码至少 {MIN_PASSWORD} 位，现为 {len(password)} 位。", field="password")
    if kinds < 3:
        return Refusal("password_simple", "密码须含大写字母、小写字母、数字、符号中的三种。", field="password")
    if name.lower() in password.lower() or len(set(password)) < 5:
        return Refusal("password_guessable", "密码不能包含账号名，也不能由少数字符重复组成。", field="password")
    return None


def locked_until(failures: Collection[datetime], now: datetime) -> datetime | None:
    """Until when the account is locked: the fifth failure within fifteen minutes locks it for fifteen more."""
    window = timedelta(minutes=LOCK_MINUTES)
    tries = sorted(failures)
    for first, last in zip(reversed(tries[: -TRIES + 1]), reversed(tries), strict=False):
        if last - first < window:
            return last + window if now < last + window else None
    return None


def may_appoint(role: str, starts: date, ends: date | None, held: Collection[Term]) -> Refusal | None:
    """One person may not be two of the system, security and audit officers in overlapping terms."""
    if role not in OFFICERS:
        return None
    for term in held:
        overlaps = (ends is None or term.starts < ends) and (term.ends is None or starts < term.ends)
        if term.role in OFFICERS and term.role != role and overlaps:
            return Refusal(
                "three_officers",
                f"该账号已任{OFFICERS[term.role]}，不能同时任{OFFICERS[role]}：三类管理员须由三人分任。",
                field="post",
            )
    return None
