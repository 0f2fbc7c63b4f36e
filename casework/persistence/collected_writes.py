"""
Writes that wait for each other: what many decisions in one transaction write is a statement a table, not one a row.

    with uow.writes.collected():   repositories hand over what they would write; of a row the last state counts
        with uow.part():           what a part that fails handed over is forgotten, and nothing had to be undone
        …                          any other statement: what waits is written first, then it is executed
                                   the block's end: what waits is written

Invariant: no statement of the transaction sees the record without what was written before it, so nobody who reads has
to know of this. Rows wait with those of their table, and tables are written in the order in which they refer to each
other; a row that is written twice while it waits is written once.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Table, event

from casework.persistence import tables

Write: TypeAlias = Callable[[list[Any]], None]
"""Writes several rows at once, each as it was handed over."""


class Kind(IntEnum):
    """What is done to a row; of one table in this order."""

    INSERT = 0
    UPDATE = 1
    DELETE = 2


_ORDER: Final = {table: place for place, table in enumerate(tables.metadata.sorted_tables)}

_Waiting: TypeAlias = dict[tuple[int, Kind], tuple[Write, dict[Hashable, Any]]]
"""By the table's place and what is done: how, and to which rows, by their keys."""

_SAVEPOINT: Final = "SAVEPOINT part"
_UNDO: Final = "ROLLBACK TO SAVEPOINT part"
_RELEASE: Final = "RELEASE SAVEPOINT part"


class CollectedWrites:
    """
    What one transaction writes.

    Args:
        connection: With its transaction begun.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.is_collecting = False
        self._before: _Waiting = {}
        """What waits of parts that ended."""
        self._of_part: _Waiting = {}
        """What waits of the part under way."""
        self._in_part = self._is_saved = self._is_writing = False

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Let rows wait until the end of the block; by an exception, which undoes the transaction, none is written."""
        was_heard = self._connection._has_events
        event.listen(self._connection, "before_cursor_execute", self._before_statement)
        self.is_collecting = True
        try:
            yield
            self._write_what_waits()
        finally:
            self._before, self._of_part = {}, {}
            self.is_collecting = False
            event.remove(self._connection, "before_cursor_execute", self._before_statement)
            self._connection._has_events = was_heard  # or it is looked for listeners as long as the connection is kept

    @contextmanager
    def part(self) -> Iterator[None]:
        """
        Do a part of the work that may fail by itself: an exception undoes what the block wrote, and nothing else.

        While rows are collected there is a savepoint only once the part executes something. Parts follow each other and
        never lie in each other.
        """
        self._in_part, self._is_saved = True, False
        try:
            if not self.is_collecting:
                self._save()
            yield
            _move(self._of_part, self._before)
        except BaseException:
            if self._is_saved:
                self._execute(_UNDO)
            raise
        finally:
            self._of_part, self._in_part = {}, False
            if self._is_saved:
                self._execute(_RELEASE)

    def put(self, kind: Kind, table: Table, key: Hashable, row: object, write: Write) -> None:
        """
        Write a row, or let it wait.

        Args:
            kind: What is done.

            table: To whose row.

            key: Which row; what waits under it is replaced.

            row: As `write` takes it.

            write: The same for all rows of a table and kind.
        """
        if not self.is_collecting:
            write([row])
            return
        waiting = self._of_part if self._in_part else self._before
        place = _ORDER[table]
        inserts = waiting.get((place, Kind.INSERT))
        if kind is Kind.UPDATE and inserts is not None and key in inserts[1]:
            inserts[1][key] = row
            return
        waiting.setdefault((place, kind), (write, {}))[1][key] = row

    def _before_statement(self, _: Connection, __: object, statement: str, *___: object) -> None:
        if self._is_writing:
            return
        if self._in_part and not self._is_saved and (self._of_part or not statement.startswith("SELECT")):
            self._save()
        self._write_what_waits()

    def _save(self) -> None:
        """Begin what can be undone, after everything that can not."""
        self._write(self._before)
        self._execute(_SAVEPOINT)
        self._is_saved = True

    def _write_what_waits(self) -> None:
        self._write(self._before)
        self._write(self._of_part)

    def _write(self, waiting: _Waiting) -> None:
        writes = [waiting[which] for which in sorted(waiting)]
        waiting.clear()
        self._is_writing = True
        try:
            for write, rows in writes:
                write([*rows.values()])
        finally:
            self._is_writing = False

    def _execute(self, statement: str) -> None:
        self._is_writing = True
        try:
            self._connection.exec_driver_sql(statement)
        finally:
            self._is_writing = False


def _move(waiting: _Waiting, to: _Waiting) -> None:
    for which, (write, rows) in waiting.items():
        to.setdefault(which, (write, {}))[1].update(rows)
