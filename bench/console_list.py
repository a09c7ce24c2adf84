"""Console list and inbox at 200,000 events: milliseconds a page, whole (login, scope, SQL, template), beside its SQL alone.

    bench/console_list.py [--events N]      a throw-away district of that many events (default 200,000)
    bench/console_list.py --here            the database of WANGGE_DATA or DATABASE_URL as it is found

Each page is asked for 21 times in this process; the floor replays the statements that the page sent. The last line is the
slower of console and inbox. Promise: at most 100 ms at 200,000 events, and at most 1.3 times that at 2,000,000.
"""

import argparse
import contextlib
import os
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from _bench import installation, median_seconds, report

DISTRICT, TIMES = 430204000000000, 21
EVENTS_OF_A_YEAR = 18_469 + 6_000
PAGES = {
    "inbox": "/desk/",
    "console": "/desk/console",
    "console, queue refreshed": "/desk/changes?after={step}",
    "console, points": "/desk/points.json",
    "all cases": "/desk/cases",
    "open cases by due date": "/desk/cases?open=1&sort=due",
    "all cases of a street": "/desk/cases?place=430204005000000",
    "cases by a word": "/desk/cases?q=护栏",
    "case by number": "/desk/search?q={number}",
}


@contextlib.contextmanager
def cases(events: int) -> Iterator[None]:
    """A district of its own with so many events."""
    with installation():
        from wangge import demo

        demo.load(events / EVENTS_OF_A_YEAR, None, lambda said: None)
        yield


@contextlib.contextmanager
def here() -> Iterator[None]:
    """The installation that the environment names, as it is found."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "wangge.config.settings", "WANGGE_LOG": "ERROR"}
    import django
    from django.conf import settings

    from wangge.config import cli, database, embedded

    django.setup()
    with contextlib.nullcontext() if database.is_external() else embedded.used(settings.DATA):
        yield
        cli._close_pools()


def signed_in(role: str) -> Any:
    """A client at a post of the role in the district."""
    from django.conf import settings
    from django.test import Client

    from wangge.identity import queries as identity
    from wangge.identity import services
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    with scope.system():
        for account in identity.find_accounts(SYSTEM, role=role):
            posts = identity.posts_of(account)
            if posts and posts[0].role_id == role and posts[0].department.place_code // 10**9 == DISTRICT // 10**9:
                key = uuid4().hex
                services.start_session(actor=SYSTEM, account=account, key=key, address="127.0.0.1", agent="bench")
                client = Client(headers={"Host": "localhost"})
                client.cookies[settings.SESSION_COOKIE_NAME] = key
                return client
    raise SystemExit(f"nobody holds a {role} post in this database: load the demonstration first")


def statements(client: Any, url: str) -> list[tuple[str, Any]]:
    """What the page sends to the database, in order."""
    from django.db import connection

    sent: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        client.get(url)
    return [
        (sql, params)
        for sql, params in sent
        if not re.match(r"\s*(SAVEPOINT|RELEASE|ROLLBACK|UPDATE|INSERT)", str(sql))
    ]


def replay(sent: list[tuple[str, Any]]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in sent:
            cursor.execute(sql, params)
            cursor.fetchall()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--here", action="store_true")
    asked = parser.parse_args()
    with here() if asked.here else cases(asked.events):
        from wangge.casework import queries as casework
        from wangge.kernel import scope
        from wangge.kernel.actor import SYSTEM

        client = signed_in("dispatcher")
        with scope.system():
            found = casework.search(SYSTEM)
            total, still_open = found.count(), casework.search(SYSTEM, open_only=True).count()
            number, step = found.order_by("-id").values_list("number", flat=True)[0], max(0, casework.newest_step() - 3)
        print(f"{total:,} cases, {still_open:,} of them open")
        slowest = (0.0, 0.0)
        for name, pattern in PAGES.items():
            url = pattern.format(number=number, step=step)
            value = median_seconds(lambda url=url: client.get(url), TIMES) * 1000  # type: ignore[misc]
            sent = statements(client, url)
            floor = median_seconds(lambda sent=sent: replay(sent), TIMES) * 1000  # type: ignore[misc]
            print(f"{name}: {value:.1f} ms, its {len(sent)} statements alone {floor:.1f} ms")
            if name in ("inbox", "console") and value > slowest[0]:
                slowest = (value, floor)
        report("console_list", slowest[0], "ms", slowest[1])


if __name__ == "__main__":
    main()
