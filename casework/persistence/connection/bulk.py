"""
Many rows at once: on PostgreSQL by COPY, which takes a third of the time of as many INSERTs; on SQLite as plain values,
which SQLAlchemy would look at one by one, and without asking for the `id` of each, which would be a statement a row.

Invariant: the same rows, in the same transaction, with the same errors as by INSERT.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import (
    Connection,
    Dialect,
    Insert,
    LargeBinary,
    Select,
    Table,
    func,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

_WORTH_IT = 50
"""Rows from which on COPY, or plain values, are the faster."""


@cache
def insert_into(table: Table) -> Insert:
    """Return the statement that inserts rows, whose values are passed as it is executed; built once a table."""
    return insert(table)


@cache
def _insert_numbered(table: Table) -> Insert:
    return insert(table).returning(table.c.id, sort_by_parameter_order=True)


@cache
def _plain_insert(table: Table, names: tuple[str, ...]) -> tuple[str, list[str]]:
    """Return the text of SQLite's statement that inserts these columns, and in which order it takes them."""
    compiled = insert(table).compile(dialect=sqlite.dialect(), column_keys=names)
    assert compiled.positiontup is not None
    return str(compiled), compiled.positiontup


@cache
def _newest_number(table: Table) -> Select[Any]:
    """Return the statement that reads the newest `id` SQLite ever gave; nobody else gives one before the commit."""
    ever: Select[Any] = (
        select(literal_column("seq")).select_from(text("sqlite_sequence")).where(literal_column("name") == table.name)
    )
    there = select(func.max(table.c.id))
    return select(func.max(func.coalesce(ever.scalar_subquery(), 0), func.coalesce(there.scalar_subquery(), 0)))


def store(table: Table, rows: Sequence[Mapping[str, Any]], connection: Connection) -> None:
    """
    Insert rows.

    Args:
        table: Where.

        rows: All with the same columns, in any number.

        connection: With its transaction begun.
    """
    if not rows:
        return
    if len(rows) < _WORTH_IT:
        connection.execute(insert_into(table), [dict(row) for row in rows])
    elif connection.dialect.name == "postgresql":
        _copy(table, rows, connection)
    else:
        _insert_plain(table, rows, connection)


def store_numbered(table: Table, rows: Sequence[Mapping[str, Any]], connection: Connection) -> list[int]:
    """
    Insert rows whose `id` the database gives.

    Returns:
        The ids, in the order of the rows, ascending.
    """
    if connection.dialect.name == "postgresql" and len(rows) >= _WORTH_IT:
        numbers = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
        taken = select(numbers).select_from(func.generate_series(1, len(rows)))
        ids = sorted(connection.execute(taken).scalars())
        _copy(table, [{"id": number, **row} for number, row in zip(ids, rows, strict=True)], connection)
        return ids
    if connection.dialect.name == "sqlite" and len(rows) > 1:
        newest = int(connection.execute(_newest_number(table)).scalar_one())
        ids = list(range(newest + 1, newest + 1 + len(rows)))
        store(table, [{"id": number, **row} for number, row in zip(ids, rows, strict=True)], connection)
        return ids
    return list(connection.execute(_insert_numbered(table), [dict(row) for row in rows]).scalars())


def _copy(table: Table, rows: Sequence[Mapping[str, Any]], connection: Connection) -> None:
    names = list(rows[0])
    written = [_writer(table.c[name].type, connection.dialect) for name in names]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    try:
        driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([write(row[name]) for name, write in zip(names, written, strict=True)])
    except psycopg.Error as error:
        raise DBAPIError.instance(
            f"COPY {table.name}", None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def _insert_plain(table: Table, rows: Sequence[Mapping[str, Any]], connection: Connection) -> None:
    statement, names = _plain_insert(table, tuple(rows[0]))
    columns = [
        _written([row[name] for row in rows], _processor(table.c[name].type, connection.dialect)) for name in names
    ]
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _written(values: list[Any], write: Callable[[Any], Any] | None) -> list[Any]:
    """Turn a column into what the driver takes; a value that comes again and again, such as a moment, only once."""
    if write is None:
        return values
    found: list[Any] = []
    before: Any = None
    after = write(None)
    for value in values:
        if value is not before:
            before, after = value, write(value)
        found.append(after)
    return found


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, LargeBinary):
        return None  # both drivers take bytes as they are
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    """Return what turns a value into what the driver takes, as SQLAlchemy does for INSERT."""
    return _processor(kind, dialect) or (lambda value: value)
