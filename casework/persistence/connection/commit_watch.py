"""
Has anything been committed since? Asked for each question, in the event loop, so in microseconds and without a wait.

SQLite alone can be asked so: `PRAGMA data_version` reads the shared memory of the write-ahead log. It goes past
SQLAlchemy, which would cost twenty times as much, on a connection of its own that never writes (its own commits would
not count) and never waits for a lock: what cannot be read at once is read elsewhere, by whoever may wait.
"""

import math
import sqlite3
import time
from collections.abc import Callable
from typing import Final, Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from casework.persistence.changed_records import FOLLOWED
from casework.persistence.connection.database import database_file_of
from casework.persistence.connection.database_file import DatabaseFile

FILE_CHECKED_EVERY_S: Final = 0.01
"""
How often it is seen whether the file is still the one that was opened: each question would give the interpreter's lock
up for it, and wait for the lock again. While the file is away nobody commits to it, so nothing is missed but that it is
away; and who would commit to another in its place has yet to open that.
"""

_HEADS = "SELECT collection, seq FROM index_counters WHERE collection IN (?, ?, ?)"


class CommitWatch:
    """
    A watch over one SQLite file; not for two threads at once.

    Args:
        connection: In autocommit, used by nothing else; closed with this.

        now: A clock that never goes back, seconds.
    """

    def __init__(self, connection: Connection, *, now: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._now = now
        self._file_checked = -math.inf
        self._file: DatabaseFile = database_file_of(connection)
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("PRAGMA busy_timeout=0")
        self._driver = driver

    @classmethod
    def over(cls, engine: Engine) -> Self | None:
        """
        Begin to watch; None where the database cannot be asked so.

        Args:
            engine: Of `database.open_follower`.

        Raises:
            DatabaseUnreachableError: If it cannot be opened.
        """
        return cls(engine.connect()) if engine.dialect.name == "sqlite" else None

    def commits(self) -> int:
        """
        Return a number that changes when another connection commits, in any process.

        Raises:
            DatabaseUnreachableError: If the file is gone or another is in its place (found out
                `FILE_CHECKED_EVERY_S` later at most), or it cannot be read at once.
        """
        now = self._now()
        if now >= self._file_checked + FILE_CHECKED_EVERY_S:
            self._file.check()
            self._file_checked = now
        try:
            found: int = self._driver.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise OperationalError(None, None, error) from error
        return found

    def heads(self) -> dict[str, int]:
        """
        Return the newest `seq` of every log that is followed, as `changed_records.heads` does.

        Raises:
            DatabaseUnreachableError: If it cannot be read at once.
        """
        try:
            return dict(self._driver.execute(_HEADS, FOLLOWED).fetchall())
        except sqlite3.Error as error:
            raise OperationalError(None, None, error) from error

    def close(self) -> None:
        """Give the connection back; its settings were for this alone."""
        self._connection.invalidate()
        self._connection.close()
