"""
Statements that are built once and executed at each request: on SQLite as text, past SQLAlchemy's execution.

SQLAlchemy looks a statement up among those it has compiled, makes a context, a result and its description of columns:
a tenth of a millisecond for what SQLite does in a hundredth, forty times a decision. Here what it compiled is kept
beside the statement, and the driver is handed the text and the values.

Invariant: the same rows, the same values of the same types, the same errors and the same listeners as by
`connection.execute`. On PostgreSQL that is what is called: there a statement waits for the server.

Who may call it: repositories, with statements that live as long as the process, or are kept by `functools.cache`; with
the same names of values each time.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Select
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import UpdateBase
from sqlalchemy.types import TypeEngine

from casework.persistence.connection.database_file import is_damage

Statement: TypeAlias = Select[Any] | UpdateBase
Values: TypeAlias = Mapping[str, Any]
Found: TypeAlias = dict[str, Any]

_Turn: TypeAlias = Callable[[Any], Any] | None
"""Turns a value into what the driver takes, or what it gives into a value; None where it stays as it is."""

_DIALECT: Final = pysqlite.dialect(paramstyle="qmark")

_MOST_AT_ONCE: Final = 64
"""Values of one condition; each number of them is another text, and for more what SQLAlchemy takes is little."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """
    A statement for the driver.

    Args:
        text: Of the statement.

        taken: For each place in it: the value's name, which of several values (None where it is one), how it is
            written.

        constants: Values that the statement itself has.

        given: For each column of a row: its name, and how it is read.
    """

    text: str
    taken: tuple[tuple[str, int | None, _Turn], ...]
    constants: Values
    given: tuple[tuple[str, _Turn], ...]

    def values(self, one: Values) -> list[Any]:
        """Return values in the order of their places."""
        found: list[Any] = []
        for name, which, write in self.taken:
            value = one[name] if name in one else self.constants[name]
            if which is not None:
                value = value[which]
            found.append(value if write is None else write(value))
        return found

    def row(self, given: Sequence[Any]) -> Found:
        """Return a row by the names of its columns."""
        return {
            name: value if read is None else read(value) for (name, read), value in zip(self.given, given, strict=True)
        }


def rows_of(connection: Connection, statement: Statement, values: Values) -> list[Found]:
    """
    Execute a statement and return its rows, by the names of columns.

    Args:
        connection: With its transaction begun.

        statement: That reads, or writes and returns.

        values: By name; of a list there is at least one, for a condition with `expanding`.

    Raises:
        DatabaseFailedError: As `connection.execute` does.
    """
    ready = _ready_for(connection, statement, values)
    if ready is None:
        return [dict(row) for row in connection.execute(statement, values).mappings()]
    _tell_listeners(connection, statement, ready, values, [])
    try:
        given = _driver_of(connection).execute(ready.text, ready.values(values)).fetchall()
    except sqlite3.Error as error:
        raise _as_raised(error) from error
    return [ready.row(one) for one in given]


def column_of(connection: Connection, statement: Statement, values: Values) -> list[Any]:
    """Do the same of a statement whose rows have one column, and return what is in it."""
    return [value for row in rows_of(connection, statement, values) for value in row.values()]


def write(connection: Connection, statement: Statement, values: Values | Sequence[Values]) -> None:
    """
    Execute a statement that returns nothing, once or, of a sequence, for each.

    Args:
        connection: With its transaction begun.

        statement: That writes.

        values: By name; several all with the same names.

    Raises:
        DatabaseFailedError: As `connection.execute` does.
    """
    several = [values] if isinstance(values, Mapping) else values
    ready = _ready_for(connection, statement, several[0])
    if ready is None:
        connection.execute(statement, values)
        return
    one, many = (several[0], []) if len(several) == 1 else ({}, several)
    _tell_listeners(connection, statement, ready, one, many)
    try:
        driver = _driver_of(connection)
        if many:
            driver.executemany(ready.text, [ready.values(each) for each in many])
        else:
            driver.execute(ready.text, ready.values(one))
    except sqlite3.Error as error:
        raise _as_raised(error) from error


def run(connection: Connection, text: str) -> None:
    """
    Execute a statement of SQLite that takes no values and returns nothing: a savepoint.

    Args:
        connection: To SQLite, with its transaction begun.

        text: Of the statement.

    Raises:
        DatabaseFailedError: As `connection.exec_driver_sql` does.
    """
    if _is_heard(connection):
        for heard in connection.dispatch.before_cursor_execute:
            heard(connection, None, text, (), None, False)
    try:
        _driver_of(connection).execute(text)
    except sqlite3.Error as error:
        raise _as_raised(error) from error


def _driver_of(connection: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
    return driver


def _tell_listeners(
    connection: Connection, statement: Statement, ready: _Ready, one: Values, many: Sequence[Values]
) -> None:
    """Let whoever listens to the connection's statements hear of one before it is executed."""
    if not _is_heard(connection):
        return
    for heard in connection.dispatch.before_execute:
        heard(connection, statement, many, one, {})
    for heard in connection.dispatch.before_cursor_execute:
        heard(connection, None, ready.text, (), None, bool(many))


def _is_heard(connection: Connection) -> bool:
    """Tell whether somebody may listen, by the flags SQLAlchemy asks: to look for listeners takes ten times as long."""
    return connection._has_events or connection.engine._has_events


def _as_raised(error: sqlite3.Error) -> Exception:
    """Return what SQLAlchemy, and the listeners of `database.py`, make of what the driver raised."""
    if is_damage(error):
        return OperationalError(None, None, error)
    return DBAPIError.instance(None, None, error, sqlite3.Error, hide_parameters=True, dialect=_DIALECT)


def _ready_for(connection: Connection, statement: Statement, values: Values) -> _Ready | None:
    """Return what the driver is handed; None where SQLAlchemy executes it."""
    if connection.dialect.name != "sqlite":
        return None
    names = tuple(values)
    conditions = _conditions(statement, names)
    if not conditions:
        return _ready(statement, names, ())
    sizes = tuple([(name, len(values[name])) for name in conditions])
    return None if any(size > _MOST_AT_ONCE for _, size in sizes) else _ready(statement, names, sizes)


@cache
def _conditions(statement: Statement, names: tuple[str, ...]) -> tuple[str, ...]:
    """Name the values that are several: those of conditions with `expanding`."""
    return tuple(name for name, bind in _compiled(statement, names).binds.items() if bind.expanding and name in names)


@cache
def _ready(statement: Statement, names: tuple[str, ...], sizes: tuple[tuple[str, int], ...]) -> _Ready:
    compiled = _compiled(statement, names)
    constants = compiled.construct_params(_check=False)
    expanded = compiled.construct_expanded_state({**constants, **{name: [None] * size for name, size in sizes}})
    parts = {part: (name, n) for name, all_ in expanded.parameter_expansion.items() for n, part in enumerate(all_)}
    places = [parts.get(place, (place, None)) for place in expanded.positiontup or ()]
    taken = tuple((name, which, _writer_of(compiled.binds[name].type)) for name, which in places)
    columns = statement.exported_columns
    return _Ready(expanded.statement, taken, constants, tuple((str(one.key), _reader_of(one.type)) for one in columns))


def _compiled(statement: Statement, names: Sequence[str]) -> SQLCompiler:
    keys = list(names) if isinstance(statement, UpdateBase) else None
    compiled = statement.compile(dialect=_DIALECT, column_keys=keys)
    assert isinstance(compiled, SQLCompiler)
    left_out = [*compiled.insert_prefetch, *compiled.update_prefetch]
    assert not left_out, f"values of {left_out} are left out, and the database does not know their defaults"
    return compiled


def _writer_of(kind: TypeEngine[Any]) -> _Turn:
    return kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _reader_of(kind: TypeEngine[Any]) -> _Turn:
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
