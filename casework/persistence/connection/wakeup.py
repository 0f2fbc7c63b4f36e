"""
Being woken when something was committed.

On SQLite by looking at `PRAGMA data_version` every few milliseconds, which costs microseconds; on PostgreSQL by LISTEN.
Invariant: nothing relies on it. A thread that waits looks anyway when the time is over, so a lost notification, or a
database that was away, costs that wait and nothing else.
"""

import threading

from psycopg import Error as DriverError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from casework.persistence.connection.database import commits_seen
from casework.persistence.repositories.propagation.outbox import CHANNEL

_LOOK_EVERY_S = 0.01


class Wakeup:
    """
    Waits for commits on a connection of its own; used by one thread.

    Args:
        follower: From `database.open_follower`.
    """

    def __init__(self, follower: Engine) -> None:
        self._follower = follower
        self._connection: Connection | None = None
        self._commits: int | None = None

    def wait(self, timeout_s: float, stop: threading.Event) -> None:
        """
        Return after something was committed, after `timeout_s`, or soon after `stop` is set.

        Args:
            timeout_s: Seconds.

            stop: Set to end the wait.
        """
        try:
            self._wait(timeout_s, stop)
        except (DBAPIError, DriverError):  # waiting for a notification asks the driver itself
            # The database is away: the caller will find out; the next wait connects again.
            self.close()
            stop.wait(timeout_s)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _wait(self, timeout_s: float, stop: threading.Event) -> None:
        connection = self._connected()
        if connection.dialect.name == "sqlite":
            for _ in range(max(1, round(timeout_s / _LOOK_EVERY_S))):
                commits = commits_seen(connection)
                if commits != self._commits or stop.wait(_LOOK_EVERY_S):
                    self._commits = commits
                    return
            return
        driver = connection.connection.driver_connection
        if driver is not None:
            for _ in driver.notifies(timeout=timeout_s, stop_after=1):
                return

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._follower.connect()
            if self._connection.dialect.name == "postgresql":
                self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        return self._connection
