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
SESSION_HOURS = 12
# Everybody who reads the manual knows it, so no account but a demonstration's may have it.
DEMO_PASSWORD = "Shifan-2022-Wangge"

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


def password_due(must_change: bool, set_at: datetime | None, now: datetime) -> Refusal | None:
    """Why the password must be changed first: it was set by somebody else, or 180 days have passed."""
    if must_change or set_at is None:
        return Refusal("password_initial", "当前是初始密码，请先设置自己的密码。", status=403)
    if now - set_at > timedelta(days=PASSWORD_DAYS):
        return Refusal("password_expired", f"密码已使用超过 {PASSWORD_DAYS} 天，请先更换密码。", status=403)
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


def interval(place: int) -> tuple[int, int]:
    """The closed interval of the 15-digit codes at or below a place."""
    width = next(w for w in (1_000_000_000, 1_000_000, 1_000, 1) if place % w == 0)
    return place, place + width - 1


# Roles that look after the system and see no cases, whatever their post is attached to.
NO_CASES = frozenset(OFFICERS)


@dataclass(frozen=True, slots=True)
class Sight:
    """The closed interval of place codes (empty when lo > hi) and the department whose work a post sees."""

    lo: int
    hi: int
    department_id: int | None


def sees(role: str, place: int | None, department_id: int, interval: tuple[int, int] | None) -> Sight:
    """What a post sees: its place, what its department holds, both, or nothing.

    A post on a grid cell sees the cell only: its department is the whole community's office. An office with a place
    sees the place and what it was given from outside; a functional department sees what it was given, wherever it is.
    """
    if role in NO_CASES:
        return Sight(1, 0, None)
    if place is None or interval is None:
        return Sight(1, 0, department_id)
    lo, hi = interval
    return Sight(lo, hi, None if place % 1000 else department_id)
