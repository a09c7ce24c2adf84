"""`wangge check`: whether this installation can be trusted with a district's data."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from wangge.config import embedded
from wangge.kernel import calendars, clock
from wangge.kernel.errors import Refusal

OLDEST_SERVER = 150000
LEAST_FREE = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    ok: bool
    subject: str
    sentence: str


def findings() -> Iterator[Finding]:
    """One finding a subject, in the order in which they should be put right."""
    yield _settings()
    yield _folder()
    yield _space()
    yield _fonts()
    version = _version()
    yield version
    if version.ok:
        yield _role()
        yield _extensions()
        yield _migrations()
        yield _calendar()


def _settings() -> Finding:
    found = [m for m in checks.run_checks() if m.level >= checks.ERROR]
    if found:
        return Finding(False, "设置", "；".join(str(m.msg) for m in found))
    if not settings.HTTPS:
        return Finding(True, "设置", "正常。对外服务时请经 HTTPS 反向代理，并设 WANGGE_HTTPS=1。")
    return Finding(True, "设置", "正常。")


def _folder() -> Finding:
    path: Path = settings.DATA
    if not os.access(path, os.W_OK | os.X_OK):
        return Finding(False, "数据目录", f"{path} 不可写。")
    open_secrets = [p.name for p in path.iterdir() if p.suffix in (".key", ".password") and p.stat().st_mode & 0o077]
    if open_secrets:
        return Finding(False, "数据目录", f"密钥文件他人可读，请改为仅本用户可读：{'、'.join(sorted(open_secrets))}。")
    return Finding(True, "数据目录", str(path))


def _space() -> Finding:
    free = shutil.disk_usage(settings.DATA).free
    sentence = f"剩余 {free / 1024**3:.1f} GB"
    return Finding(free >= LEAST_FREE, "磁盘", f"{sentence}。" if free >= LEAST_FREE else f"{sentence}，不足 2 GB。")


def _fonts() -> Finding:
    folder = Path(__file__).resolve().parent.parent / "kernel" / "fonts"
    found = [p.name for p in folder.glob("*.ttf")]
    return Finding(
        bool(found), "字体", "、".join(sorted(found)) if found else f"{folder} 中没有中文字体，文书无法打印。"
    )


def _version() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
        number, name = cursor.fetchone()
        cursor.execute("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()")
        (encoding,) = cursor.fetchone()
    if number < OLDEST_SERVER:
        return Finding(False, "数据库", f"版本 {name} 低于 15，请升级。")
    if encoding != "UTF8":
        return Finding(False, "数据库", f"编码为 {encoding}，须为 UTF8。")
    return Finding(True, "数据库", f"PostgreSQL {name}。")


def _role() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        name, is_super, bypasses = cursor.fetchone()
        cursor.execute("SELECT current_setting('app.lo', true)::bigint > current_setting('app.hi', true)::bigint")
        (closed,) = cursor.fetchone()
    if is_super or bypasses:
        return Finding(False, "数据库用户", f"{name} 是超级用户或可绕过行级权限，数据范围对它无效，请换用普通用户。")
    if not closed:
        return Finding(False, "数据库用户", f"{name} 的默认数据范围没有关闭（app.lo 应大于 app.hi）。")
    return Finding(True, "数据库用户", f"{name}，普通用户，默认看不到任何数据。")


def _extensions() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        missing = sorted(set(embedded.EXTENSIONS) - {name for (name,) in cursor.fetchall()})
    if missing:
        return Finding(False, "数据库扩展", f"缺 {'、'.join(missing)}，请由数据库管理员创建。")
    return Finding(True, "数据库扩展", "、".join(embedded.EXTENSIONS))


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return Finding(False, "表结构", f"有 {len(plan)} 项更新未执行，请执行 wangge migrate。")
    return Finding(True, "表结构", "最新。")


def _calendar() -> Finding:
    year = clock.today().year
    try:
        known = year in calendars.current_calendar().years
    except Refusal as refusal:
        return Finding(False, "工作日历", refusal.sentence)
    if not known:
        return Finding(
            False, "工作日历", f"{year} 年放假安排未装载，期限无法计算。请在日历管理中录入国务院办公厅通知。"
        )
    return Finding(True, "工作日历", f"{year} 年已装载。")
