"""Many rows at once. COPY is refused on tables with row-level security, so rows are copied aside and inserted from there."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from psycopg import sql


def insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert the rows (values in the order of `columns`) in the caller's transaction and scope; how many there were.

    The rows go by COPY into a temporary table and from there by one INSERT, in which policies, checks and triggers hold.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    # One per set of columns: rows of the same table may come twice in a transaction with other columns filled.
    staged = sql.Identifier(f"staged_{table[:40]}_{zlib.crc32(','.join(columns).encode()):x}")
    target = sql.Identifier(table)
    # Made before the COPY begins: a row that asked the database something would wait for its own connection for ever.
    made = list(rows)
    if not made:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("create temporary table if not exists {} on commit drop as select {} from {} where false").format(
                staged, names, target
            )
        )
        with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(staged, names)) as copy:
            for row in made:
                copy.write_row(row)
        cursor.execute(sql.SQL("insert into {} ({}) select {} from {}").format(target, names, names, staged))
        cursor.execute(sql.SQL("truncate {}").format(staged))
    return len(made)


def new_ids(table: str, count: int) -> list[int]:
    """`count` fresh ids of the table, ascending, for rows that name one another."""
    if not count:
        return []
    with connection.cursor() as cursor:
        # The name of the sequence is looked up once, not for every row.
        cursor.execute(
            "select nextval(name) from (select pg_get_serial_sequence(%s, 'id')::regclass as name offset 0) s,"
            " generate_series(1, %s)",
            [table, count],
        )
        return [int(row[0]) for row in cursor.fetchall()]


def analyze(*tables: str) -> None:
    """Let the planner see what was just written, instead of guessing until the database looks by itself."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))
