"""
Being woken when something was committed: one thread of the process looks for all that wait.

On SQLite it looks at `PRAGMA data_version` every few milliseconds: a look costs microseconds, and to wake for it costs
more; it looks only while somebody waits. On PostgreSQL it listens (LISTEN), over one connection, for a server has few:
each thread that waited over one of its own took eight of a hundred.

Invariant: nothing relies on it. A thread that waits looks anyway when the time is over, so a lost notification, or a
database that was away, costs that wait and nothing else.
"""

import threading
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from casework.persistence.connection.database import commits_seen
from casework.persistence.repositories.propagation.outbox import CHANNEL

_LOOK_EVERY_S = 0.01
_LISTEN_FOR_S = 0.1
"""After which time without a notification it sees whether somebody who waits was told to stop."""

_AWAY_LOOKS = 50
"""For so many looks a database that is away is left alone."""


class Stop(Protocol):
    """What ends a wait: an event, or several."""

    def is_set(self) -> bool:
        """Tell whether to wait no longer."""


class CommitWatch:
    """
    Looks for commits for all threads of a process, until the `with` block ends.

    Args:
        follower: From `database.open_follower`.
    """

    def __init__(self, follower: Engine) -> None:
        self.follower = follower
        self._changed = threading.Condition()
        self._waiting: list[Stop] = []
        self._count = 0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._changed:
            self._ended.set()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def wait(self, seen: int | None, timeout_s: float, stop: Stop) -> int:
        """
        Wait until more was committed than was seen.

        Args:
            seen: What this returned before; None returns at once.

            timeout_s: Seconds to wait at most.

            stop: Set to end the wait.

        Returns:
            A number that grows with every commit; now and then also without one.
        """
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="commits")
                self._thread.start()
            self._waiting.append(stop)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._count != seen or self._ended.is_set() or stop.is_set(), timeout_s)
            self._waiting.remove(stop)
            return self._count

    def _look(self) -> None:
        """Look, again and again, while somebody waits."""
        its_errors = self.follower.dialect.loaded_dbapi.Error  # what the driver is asked by itself comes as its own
        while not self._ended.is_set():
            try:
                with self.follower.connect() as connection:
                    if connection.dialect.name == "sqlite":
                        self._look_over(connection)
                    else:
                        self._listen_over(connection)
            except (DBAPIError, its_errors):  # who waits will find out, and says so
                for _ in range(_AWAY_LOOKS):
                    self._rest(changed=False)

    def _look_over(self, connection: Connection) -> None:
        commits = None
        while not self._ended.is_set():
            before, commits = commits, commits_seen(connection)
            self._rest(changed=commits != before)

    def _listen_over(self, connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        try:
            connection.exec_driver_sql(f"LISTEN {CHANNEL}")
            self._tell()  # of what was committed before it listened
            while not self._ended.is_set():
                if any(True for _ in driver.notifies(timeout=_LISTEN_FOR_S, stop_after=1)):
                    self._tell()
                elif any(stop.is_set() for stop in self._waiting):
                    self._wake()
        finally:
            connection.invalidate()  # it listens: nobody else takes it from the pool

    def _tell(self) -> None:
        """Wake everybody, for there is something."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def _wake(self) -> None:
        """Let everybody see whether they were told to stop."""
        with self._changed:
            self._changed.notify_all()

    def _rest(self, *, changed: bool) -> None:
        """Wake those for whom there is something; then rest, until somebody waits."""
        if changed:
            self._tell()
        elif any(stop.is_set() for stop in self._waiting):
            self._wake()
        self._ended.wait(_LOOK_EVERY_S)
        if not self._waiting:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended.is_set())


class Wakeup:
    """
    Waits for commits; used by one thread.

    Args:
        commits: Of this process.
    """

    def __init__(self, commits: CommitWatch) -> None:
        self._commits = commits
        self._seen: int | None = None

    def wait(self, timeout_s: float, stop: threading.Event) -> None:
        """
        Return after something was committed, after `timeout_s`, or soon after `stop` is set.

        Args:
            timeout_s: Seconds.

            stop: Set to end the wait.
        """
        self._seen = self._commits.wait(self._seen, timeout_s, stop)
