"""Rules of accounts: passwords, lock-out, sight, the three officers. Pure Python.

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
CODE_MINUTES = 5
TOKEN_DAYS = 365
# Everybody who reads the manual knows it, so no account but a demonstration's may have it.
DEMO_PASSWORD = "Shifan-2022-Wangge"

OFFICERS = {"system_admin": "系统管理员", "security_admin": "安全管理员", "audit_admin": "审计管理员"}
# Rights that belong to one officer alone; no other role may be given them, and nobody holds those of two.
ACCOUNTS, SECURITY, AUDIT = "identity.accounts", "identity.security", "audit.read"
OFFICER_RIGHTS = {ACCOUNTS: "system_admin", SECURITY: "security_admin", AUDIT: "audit_admin"}


@dataclass(frozen=True, slots=True)
class Term:
    """One appointment as the rules see it; `ends` is the first day it no longer holds."""

    role: str
    starts: date
    ends: date | None

    def overlaps(self, starts: date, ends: date | None) -> bool:
        return (ends is None or self.starts < ends) and (self.ends is None or starts < self.ends)


@dataclass(frozen=True, slots=True)
class Sight:
    """The closed interval of place codes (empty when lo > hi) and the department whose work a post sees."""

    lo: int
    hi: int
    department_id: int | None


def interval(place: int) -> tuple[int, int]:
    """The closed interval of the 15-digit codes at or below a place."""
    width = next(w for w in (1_000_000_000, 1_000_000, 1_000, 1) if place % w == 0)
    return place, place + width - 1


def sees(role: str, place: int | None, department_id: int) -> Sight:
    """What a post sees: its place, what its department holds, both, or nothing.

    A post on a grid cell sees the cell only: its department is the whole community's office. An office with a place
    sees the place and what it was given from outside; a functional department sees what it was given, wherever it is.
    The three officers look after the system and see no cases.
    """
    if role in OFFICERS:
        return Sight(1, 0, None)
    if place is None:
        return Sight(1, 0, department_id)
    lo, hi = interval(place)
    return Sight(lo, hi, None if place % 1000 else department_id)


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
    if len(password) > 128:
        return Refusal("password_long", "密码最长 128 位，请缩短。", field="password")
    if kinds < 3:
        return Refusal("password_simple", "密码须含大写字母、小写字母、数字、符号中的三种。", field="password")
    if name.lower() in password.lower() or len(set(password)) < 5 or password == DEMO_PASSWORD:
        return Refusal(
            "password_guessable",
            "密码不能包含账号名，不能由少数字符重复组成，也不能是演示密码。请换一个密码。",
            field="password",
        )
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
        if term.role in OFFICERS and term.role != role and term.overlaps(starts, ends):
            return Refusal(
                "three_officers",
                f"该账号已任{OFFICERS[term.role]}，不能同时任{OFFICERS[role]}：三类管理员须由三人分任。",
                field="post",
            )
    return None


def who_appoints(role: str) -> str:
    """The right needed to give somebody a post of this role: the officers are appointed by the security officer."""
    return SECURITY if role in OFFICERS else ACCOUNTS


def who_resets(held_roles: Collection[str]) -> str:
    """The right needed to reset the password of somebody with these roles.

    A system officer who could reset the audit officer's password could log in as the audit officer.
    """
    return SECURITY if any(role in OFFICERS for role in held_roles) else ACCOUNTS


def check_rights(role: str, rights: Collection[str]) -> Refusal | None:
    """An officer's right stays with that officer's role, and an officer's role keeps to it."""
    for right in sorted(rights):
        owner = OFFICER_RIGHTS.get(right)
        if owner is not None and owner != role:
            return Refusal(
                "three_officers",
                f"“{OFFICERS[owner]}”的专属权限不能给其他角色。请从所选权限中去掉它。",
                field="rights",
                value=right,
            )
    own = {r for r, owner in OFFICER_RIGHTS.items() if owner == role}
    if role in OFFICERS and set(rights) != own:
        return Refusal(
            "officer_role_fixed",
            f"“{OFFICERS[role]}”的权限由系统固定，不能增减。业务权限请给业务角色。",
            field="rights",
        )
    return None


def check_period(starts: date, ends: date | None) -> Refusal | None:
    """A term lasts at least a day."""
    if ends is not None and ends <= starts:
        return Refusal("period_empty", "结束日期须晚于开始日期。请核对起止日期。", field="ends", value=ends.isoformat())
    return None


_MACHINES = (
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Android", "安卓手机"),
    ("Windows", "视窗电脑"),
    ("Mac OS", "苹果电脑"),
    ("Linux", "国产或其他电脑"),
)
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "微软浏览器"),
    ("Firefox", "火狐浏览器"),
    ("Chrome", "谷歌内核浏览器"),
    ("Safari", "苹果浏览器"),
)


def device(agent: str) -> str:
    """What a browser says of itself, in words a person recognises their own device by."""
    machine = next((words for mark, words in _MACHINES if mark in agent), "")
    browser = next((words for mark, words in _BROWSERS if mark in agent), "")
    return "，".join(part for part in (machine, browser) if part) or "未知设备"
