"""
Many rows at once: on PostgreSQL by COPY, which takes a third of the time of as many INSERTs; on SQLite by one
statement for all where their columns allow it (`cut_columns.py`), else as plain values, which SQLAlchemy would look at
one by one; and without asking for the `id` of each, which would be a statement a row.

Thousands are given column by column: a dictionary a row would take as long to make as the row takes to be written, and
what is the same in every row is then said once.

Invariant: the same rows, in the same transaction, with the same errors as by INSERT.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import Any, TypeAlias

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

from casework.persistence.connection.cut_columns import one_statement
from casework.persistence.connection.direct import column_of, write

WORTH_IT = 50
"""Rows from which on COPY, or plain values, are the faster."""

Columns: TypeAlias = Mapping[str, Sequence[Any]]
"""Values by the name of their column, each as long as the others: a row is what stands at one place in all of them."""


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
    if 0 < len(rows) < WORTH_IT:
        write(connection, insert_into(table), rows)
    elif rows:
        _store_many(table, _columns_of(rows), {}, connection)


def store_columns(table: Table, each: Columns, connection: Connection, *, same: Mapping[str, Any]) -> None:
    """
    Insert rows that are given column by column.

    Args:
        table: Where.

        each: What differs from row to row; at least one column.

        connection: With its transaction begun.

        same: What all rows have, by column.
    """
    count = _count_of(each)
    if 0 < count < WORTH_IT:
        write(connection, insert_into(table), _rows_of(each, same))
    elif count:
        _store_many(table, each, same, connection)


def store_numbered(table: Table, each: Columns, connection: Connection, *, same: Mapping[str, Any]) -> list[int]:
    """
    Insert rows whose `id` the database gives.

    Args:
        table: Where.

        each: As for `store_columns`.

        connection: With its transaction begun.

        same: As for `store_columns`.

    Returns:
        The ids, in the order of the rows, ascending.
    """
    count = _count_of(each)
    if connection.dialect.name == "postgresql" and count >= WORTH_IT:
        taking = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
        taken = select(taking).select_from(func.generate_series(1, count))
        ids = sorted(connection.execute(taken).scalars())
        _store_many(table, {"id": ids, **each}, same, connection)
        return ids
    if connection.dialect.name == "sqlite" and count > 1:
        newest = int(column_of(connection, _newest_number(table), {})[0])
        numbers = range(newest + 1, newest + 1 + count)
        store_columns(table, {"id": numbers, **each}, connection, same=same)
        return list(numbers)
    rows = _rows_of(each, same)
    if len(rows) == 1:
        return column_of(connection, _insert_numbered(table), rows[0])
    return list(connection.execute(_insert_numbered(table), rows).scalars())


def _store_many(table: Table, each: Columns, same: Mapping[str, Any], connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        _copy(table, each, same, connection)
    else:
        _insert_plain(table, each, same, connection)


def _copy(table: Table, each: Columns, same: Mapping[str, Any], connection: Connection) -> None:
    import psycopg  # who stores in SQLite does not wait for it to load
    from psycopg import sql

    names = [*each, *same]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    rows = _as_rows(names, *_as_written(table, each, same, connection.dialect))
    try:
        driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(
            f"COPY {table.name}", None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def _insert_plain(table: Table, each: Columns, same: Mapping[str, Any], connection: Connection) -> None:
    each, same = _as_written(table, each, same, connection.dialect)
    together = one_statement(table, each, same)
    if together is not None:
        connection.exec_driver_sql(*together)
        return
    statement, names = _plain_insert(table, (*each, *same))
    connection.exec_driver_sql(statement, list(_as_rows(names, each, same)))


def _as_rows(names: Iterable[str], each: Columns, same: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Return the values of each row, in the order of these columns."""
    columns = [each[name] if name in each else repeat(same[name]) for name in names]
    return zip(*columns, strict=False)  # those that are the same in every row never end


def _as_written(
    table: Table, each: Columns, same: Mapping[str, Any], dialect: Dialect
) -> tuple[Columns, Mapping[str, Any]]:
    """Turn columns, and what is the same in all rows, into what the driver takes."""
    writes = {name: _processor(table.c[name].type, dialect) for name in (*each, *same)}
    return (
        {name: _written(values, writes[name]) for name, values in each.items()},
        {name: value if (write := writes[name]) is None else write(value) for name, value in same.items()},
    )


def _written(values: Sequence[Any], write: Callable[[Any], Any] | None) -> Sequence[Any]:
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
    """Return what turns a value into what the driver takes, as SQLAlchemy does for INSERT; None if it takes it so."""
    if isinstance(kind, LargeBinary):
        return None  # both drivers take bytes as they are
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _columns_of(rows: Sequence[Mapping[str, Any]]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _rows_of(each: Columns, same: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**dict(zip(each, values, strict=True)), **same} for values in zip(*each.values(), strict=True)]


def _count_of(each: Columns) -> int:
    (count,) = {len(values) for values in each.values()}
    return count
