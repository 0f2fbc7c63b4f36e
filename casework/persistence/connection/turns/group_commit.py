"""
Group commit on SQLite: what several requests write is one transaction, with one sync to the disk for all of them.

    unit A   BEGIN IMMEDIATE   SAVEPOINT … RELEASE ─┐ waits
    unit B                     SAVEPOINT … RELEASE ─┤ waits
    unit C                     SAVEPOINT … RELEASE ─┴ COMMIT, synced; then A, B and C are answered

What a group does and may not do:

- Units run one after another, in the order they came. That is the commit order: the log, the outbox and the audit
  chain go on without gaps, as if each had committed by itself.
- Nobody hears of a unit, not even that it was refused, before the commit that holds it is on the disk.
- A unit that fails is undone to its savepoint, and no other with it.
- Where the commit fails, or SQLite undid the whole transaction by itself (a full disk), every unit of the group fails
  and nothing of it was stored.
- No unit searches a collection that an earlier unit of its group changed: the index knows only what is committed. So
  each says what it `searches`, and where that was changed the group commits first.
- It never waits for more to come: it ends when nobody waits for a turn, or at `MOST_UNITS` or `MOST_S`. While it is
  being synced the next ones gather.
- Background work `gives_way`: requests go first, and it is a group by itself, so that no request waits for its sync.

Whoever has the turn has the duty to end the group, or to pass both on to somebody who waits.
"""

import threading
import time
from collections.abc import Iterator, Set
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as QueueTimeoutError

from casework.domain.media import Collection
from casework.persistence.connection.direct import run
from casework.persistence.connection.turns.fair_pool import WaitingLine
from casework.persistence.connection.turns.process_turns import ProcessTurns

MOST_UNITS = 64
MOST_S = 0.02
"""How long a group takes in more units: the first of them waits for the last."""

WAIT_S = 10.0
"""How long a unit waits for its turn before its request is answered 503."""


@dataclass(slots=True)
class Unit:
    """
    One unit of work, while it runs.

    Args:
        connection: Inside a transaction.

        changed: The collections whose log it wrote to; whoever writes says so here.
    """

    connection: Connection
    changed: Set[Collection] = frozenset()


class Writer(Protocol):
    """A database as it is written to: one unit of work after another, each durable once its block has ended."""

    def unit(self, *, searches: Set[Collection], gives_way: bool = False) -> AbstractContextManager[Unit]:
        """Begin a unit of work; its block's end is its commit, an exception undoes it."""

    def close(self) -> None:
        """Give the connections back."""


def writer_over(engine: Engine) -> Writer:
    """Return how a database of `open_database` is written to."""
    if engine.dialect.name != "sqlite":
        return SingleWriter(engine)
    return GroupedWriter(engine, ProcessTurns(Path(str(engine.url.database))))


class SingleWriter:
    """
    Each unit is a transaction by itself, as PostgreSQL wants it: it lets many write at once, and syncs them together.

    Args:
        engine: Of `open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def unit(self, *, searches: Set[Collection], gives_way: bool = False) -> Iterator[Unit]:  # Writer
        """Begin a transaction."""
        with self._engine.connect() as connection, connection.begin():
            yield Unit(connection)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


class GroupedWriter:
    """
    Units of one process's threads, in groups.

    Args:
        engine: Of `open_database`, over SQLite; its one connection is kept here.

        turns: In which order the processes over this database write.

        wait_s: How long a unit waits for its turn.

        most_s: How long a group takes in more units.
    """

    def __init__(self, engine: Engine, turns: ProcessTurns, *, wait_s: float = WAIT_S, most_s: float = MOST_S) -> None:
        self._engine = engine
        self._turns = turns
        self._wait_s = wait_s
        self._most_s = most_s
        self._line = WaitingLine()
        self._open: _Group | None = None
        """The group that has not ended; for whoever has the turn alone."""
        self._connection: Connection | None = None
        """Kept from group to group: to take it out of the pool and to give it back takes as long as ten statements."""

    @property
    def waiting(self) -> int:
        """How many units wait for their turn."""
        return self._line.waiting

    @contextmanager
    def unit(self, *, searches: Set[Collection], gives_way: bool = False) -> Iterator[Unit]:
        """
        Run the block as one unit of a group; what it wrote is on the disk when this ends.

        Args:
            searches: The collections that the block asks the index about.

            gives_way: For background work: requests go first.

        Raises:
            DatabaseBusyError: If others wrote for too long.
            DatabaseFailedError: If the group could not be stored; nothing of this unit was.
        """
        if not self._line.take(self._wait_s, gives_way=gives_way):
            message = f"others have been writing for {self._wait_s:g} s; try again"
            raise QueueTimeoutError(message)
        group = self._join(searches, alone=gives_way)
        failure: BaseException | None = None
        try:
            with group.savepoint() as unit:
                yield unit
        except BaseException as error:  # raised again below, once the others' work is safe
            failure = error
        self._leave(group, alone=gives_way)
        group.wait_for_commit()
        if failure is not None:
            try:
                raise failure
            finally:
                del failure

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()
        self._turns.close()

    def _join(self, searches: Set[Collection], *, alone: bool) -> "_Group":
        """Return the group to run in, begun; on a failure the turn is passed on."""
        try:
            group = self._open
            if group is not None and (alone or not group.changed.isdisjoint(searches)):
                self._end(group)
                group = None
            if group is None:
                group = self._open = self._begun()
        except BaseException:
            self._line.hand_on()
            raise
        return group

    def _leave(self, group: "_Group", *, alone: bool) -> None:
        """Pass the open group on to who waits, or end it."""
        if not alone and group.takes_more(self._most_s) and self._line.pass_on():
            return
        try:
            self._end(group)
        finally:
            self._line.hand_on()

    def _begun(self) -> "_Group":
        """Begin a transaction: other processes' units come before it, or after it."""
        if not self._turns.take(self._wait_s):
            message = f"another process has been writing for {self._wait_s:g} s; try again"
            raise QueueTimeoutError(message)
        try:
            connection, self._connection = self._connection or self._engine.connect(), None
            try:
                connection.begin()
            except BaseException:
                connection.close()
                raise
        except BaseException:
            self._turns.hand_on()
            raise
        return _Group(connection, self._turns, time.monotonic())

    def _end(self, group: "_Group") -> None:
        self._open = None
        self._connection = group.end()


@dataclass(slots=True)
class _Group:
    """One transaction and those who wait for its commit."""

    connection: Connection
    turns: ProcessTurns
    began_s: float
    units: int = 0
    changed: set[Collection] = field(default_factory=set)
    failure: Exception | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def takes_more(self, most_s: float) -> bool:
        """Tell whether another unit may follow."""
        return self.failure is None and self.units < MOST_UNITS and time.monotonic() - self.began_s < most_s

    @contextmanager
    def savepoint(self) -> Iterator[Unit]:
        """Run a unit: all of it stays, or nothing."""
        self.units += 1
        unit = Unit(self.connection)
        try:
            self._do("SAVEPOINT unit")
            yield unit
            self._do("RELEASE unit")
        except BaseException as error:
            self._undo(error)
            raise
        self.changed |= unit.changed

    def end(self) -> Connection | None:
        """Commit, and let those who wait know how it went; return the connection where it is as good as new."""
        try:
            if self.failure is None:
                self.connection.commit()
        except Exception as error:  # each of the group raises it
            self.failure = error
        except BaseException:
            self.failure = QueueTimeoutError("the process was stopped before this was stored; try again")
            raise
        finally:
            if self.failure is not None:
                with suppress(SQLAlchemyError):
                    self.connection.invalidate()  # SQLite undoes what a connection leaves; the next group has a new one
                    self.connection.close()
            self.turns.hand_on()
            self._ended.set()
        return self.connection if self.failure is None else None

    def wait_for_commit(self) -> None:
        """
        Return once everything of the group is on the disk.

        Raises:
            DatabaseFailedError: If it is not, and will not be.
        """
        self._ended.wait()
        if self.failure is not None:
            raise self.failure

    def _undo(self, error: BaseException) -> None:
        """Undo the unit under way; where that is not possible, the whole group has failed."""
        lost: Exception = QueueTimeoutError("the transaction was lost, and nothing of it was stored; try again")
        if isinstance(error, SQLAlchemyError):
            lost = error
        try:
            if self._is_whole:
                self._do("ROLLBACK TO unit")
                self._do("RELEASE unit")
                return
        except SQLAlchemyError as undoing:
            lost = undoing
        self.failure = lost

    @property
    def _is_whole(self) -> bool:
        """Tell whether the transaction is still there: SQLite undoes all of it when, say, the disk is full."""
        return bool(getattr(self.connection.connection.driver_connection, "in_transaction", False))

    def _do(self, statement: str) -> None:
        run(self.connection, statement)
