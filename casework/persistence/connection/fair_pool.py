"""
A pool of one connection whose users take turns in the order they came.

SQLAlchemy's queue lets a thread that asks at the right moment pass those that wait: one that writes without a pause can
keep another out for as long as it goes on. Here the connection is handed from its user to who has waited longest.
"""

import threading
from collections import deque
from typing import Any

from sqlalchemy.exc import TimeoutError as QueueTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool


class WaitingLine:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._queue: deque[threading.Event] = deque()
        self._taken = False

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    def take(self, timeout_s: float) -> bool:
        """Wait for the lock; return whether it came in time."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Event()
            self._queue.append(mine)
        if mine.wait(timeout_s):
            return True
        with self._mutex:
            if mine.is_set():  # it came in the last moment
                return True
            self._queue.remove(mine)
            return False

    def hand_on(self) -> None:
        """Give the lock to the thread that has waited longest."""
        with self._mutex:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._taken = False


class FairPool(QueuePool):
    """A pool of one connection, in turns; arguments as for `QueuePool`."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # they are QueuePool's
        super().__init__(*args, **options)
        self._line = WaitingLine()

    def _do_get(self) -> ConnectionPoolEntry:
        if not self._line.take(self._timeout):
            message = f"others have been writing for {self._timeout:g} s; try again"
            raise QueueTimeoutError(message)
        try:
            return super()._do_get()
        except BaseException:
            self._line.hand_on()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        try:
            super()._do_return_conn(record)
        finally:
            self._line.hand_on()
