"""Where the data lives: `DATABASE_URL` names an external PostgreSQL (>= 15), otherwise the embedded cluster."""

import os
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from wangge.config import embedded

# What the embedded server is set to, also on a server of others: row-level security makes the planner think a short list
# dear, and compiling its statement takes longer than running it.
PLANNER = {"jit": "off", "random_page_cost": "1.1"}


class BadAddress(Exception):
    """`DATABASE_URL` cannot be used; the message is the sentence to show."""


def is_external() -> bool:
    """Whether an external server is named, so that the embedded one stays off."""
    return bool(os.environ.get("DATABASE_URL"))


def parse(url: str) -> dict[str, Any]:
    """Connection parts of a `postgresql://` address, read by libpq itself.

    Takes what libpq takes: percent-coded characters, a socket folder as host (coded or `?host=`), several hosts,
    and any connection option after `?`. Raises BadAddress.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        raise BadAddress("DATABASE_URL 应以 postgresql:// 开头，例如 postgresql://wangge:口令@主机:5432/wangge。")
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except (ProgrammingError, UnicodeError):
        raise BadAddress("DATABASE_URL 无法识别。口令中的特殊字符（如 @ : / ? # %）须写成百分号编码。") from None
    if not parts.get("dbname"):
        raise BadAddress("DATABASE_URL 没有写数据库名，应写在最后一个斜杠之后。")
    if not parts.get("user"):
        raise BadAddress("DATABASE_URL 没有写数据库用户名。")
    return parts


def settings(data: Path) -> dict[str, Any]:
    """The Django database entry. Reads files and the environment only: the server need not run yet."""
    parts = parse(os.environ["DATABASE_URL"]) if is_external() else embedded.address(data)
    ours = " ".join(f"-c {name}={value}" for name, value in (embedded.NO_SCOPE | PLANNER).items())
    parts["options"] = f"{ours} {parts.get('options', '')}".strip()
    parts.setdefault("application_name", "wangge")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user"),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **parts,
            "pool": {"min_size": 1, "max_size": int(os.environ.get("WANGGE_POOL", "4")), "timeout": 20},
            "server_side_binding": True,
            "prepare_threshold": 5,
        },
    }
