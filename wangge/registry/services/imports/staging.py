"""Frames into tables: COPY into a temporary table, then one INSERT in which policies, checks and triggers hold."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from django.db import connection
from psycopg import sql

NULL = "\\N"


def hexed(values: Iterable[bytes | None]) -> pl.Series:
    r"""Bytes as COPY reads them: `\x0a1b…`."""
    column = pl.Series(values, dtype=pl.Binary).bin.encode("hex")
    return pl.select(pl.lit("\\x") + column).to_series()


def written(frame: pl.DataFrame, kinds: Mapping[str, str]) -> str:
    """The rows as COPY reads them."""
    return frame.select(list(kinds)).write_csv(include_header=False, null_value=NULL, quote_style="necessary")


def copy_in(table: str, rows: pl.DataFrame | str, kinds: Mapping[str, str]) -> sql.Identifier:
    """A temporary table with the rows, a frame or `written` already; `kinds` are the SQL types of its columns, in their order."""
    staged = sql.Identifier(f"staged_{table}")
    columns = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(k)) for c, k in kinds.items())  # type: ignore[arg-type]  # types are literals of this package
    names = sql.SQL(", ").join(map(sql.Identifier, kinds))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("drop table if exists {}").format(staged))
        cursor.execute(sql.SQL("create temporary table {} ({}) on commit drop").format(staged, columns))
        with cursor.copy(
            sql.SQL("copy {} ({}) from stdin (format csv, null {})").format(staged, names, sql.Literal(NULL))
        ) as copy:
            copy.write(rows if isinstance(rows, str) else written(rows, kinds))
    return staged


def insert(
    table: str,
    rows: pl.DataFrame | str,
    kinds: Mapping[str, str],
    constants: Mapping[str, Any],
    *,
    skip_conflicts: bool = False,
    order: str = "",
) -> list[int]:
    """Insert the rows with the same further values in every row; the ids of the rows that were inserted.

    `skip_conflicts` passes over rows that break a unique constraint; `order` is the column by whose order they are inserted, so
    that two imports at once wait for one another in one direction only.
    """
    if len(rows) == 0:
        return []
    staged = copy_in(table, rows, kinds)
    columns = [*kinds, *constants]
    statement = sql.SQL("insert into {} ({}) select {} from {} {} {} returning id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join([*map(sql.Identifier, kinds), *map(sql.Literal, constants.values())]),
        staged,
        sql.SQL("order by {}").format(sql.Identifier(order)) if order else sql.SQL(""),
        sql.SQL("on conflict do nothing") if skip_conflicts else sql.SQL(""),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


def fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def fetch_from(statement: str, staged: sql.Identifier) -> list[tuple[Any, ...]]:
    """What a statement with one `{}`, the temporary table, gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("analyze {}").format(staged))
        cursor.execute(sql.SQL(statement).format(staged))  # type: ignore[arg-type]  # literals of this package
        return cursor.fetchall()


def array(ids: Sequence[int]) -> str:
    """Many ids as one text that PostgreSQL reads as an array: ten times as quick as handing over a list."""
    return "{" + ",".join(map(str, ids)) + "}"


def execute(statement: str, parameters: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


def execute_many(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)
