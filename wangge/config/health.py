"""Signs of life, answered before anything else: under any host name, without a session, also when the database is gone."""

from collections.abc import Callable
from functools import cache

import psycopg
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse


@cache
def _known() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations or ())


def _not_ready() -> str | None:
    """The sentence why the database is not usable, or None. By its own connection: the pool would wait for one."""
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold", "pool", "server_side_binding"):
        parameters.pop(name, None)
    try:
        with psycopg.connect(**parameters | {"connect_timeout": 3}) as own:
            applied = {tuple(row) for row in own.execute("SELECT app, name FROM django_migrations")}
    except psycopg.errors.UndefinedTable:
        return "数据库尚未建表，请执行 wangge migrate。"
    except psycopg.Error:
        return "数据库连接不上。"
    missing = sorted(f"{app}.{name}" for app, name in _known() - applied)
    return f"数据库结构不是最新，请执行 wangge migrate（缺 {missing[0]} 等 {len(missing)} 项）。" if missing else None


class HealthMiddleware:
    """`/healthz`: this process answers. `/readyz`: the database answers too and its tables are current, else 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"ok": True})
        if request.path == "/readyz":
            sentence = _not_ready()
            answer = {"ok": sentence is None, "sentence": sentence or "正常"}
            return JsonResponse(answer, status=503 if sentence else 200, json_dumps_params={"ensure_ascii": False})
        return self.get_response(request)
