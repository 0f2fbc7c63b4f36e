"""
A line in which threads wait for their turn, and a pool of one connection whose users wait in one.

SQLAlchemy's queue lets a thread that asks at the right moment pass those that wait: one that writes without a pause can
keep another out for as long as it goes on. Here the connection is handed from its user to who has waited longest.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import TimeoutError as QueueTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

PATIENCE_S = 0.25
"""How long those who give way do so: work in the background must end some day, however many requests come."""


@dataclass(slots=True, eq=False)
class _Place:
    since_s: float
    is_next: threading.Event


class WaitingLine:
    """A lock that is handed on in the order in which it was asked for; who gives way comes after who does not."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._first: deque[_Place] = deque()
        self._giving_way: deque[_Place] = deque()
        self._taken = False

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._first) + len(self._giving_way)

    def take(self, timeout_s: float, *, gives_way: bool = False) -> bool:
        """Wait for the lock; return whether it came in time."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            mine = _Place(time.monotonic(), threading.Event())
            queue = self._giving_way if gives_way else self._first
            queue.append(mine)
        if mine.is_next.wait(timeout_s):
            return True
        with self._mutex:
            if mine.is_next.is_set():  # it came in the last moment
                return True
            queue.remove(mine)
            return False

    def hand_on(self) -> None:
        """Give the lock to the thread that has waited longest; to one that gives way, if that is long enough."""
        with self._mutex:
            queue = self._giving_way if self._is_impatient or not self._first else self._first
            if queue:
                queue.popleft().is_next.set()
            else:
                self._taken = False

    def pass_on(self) -> bool:
        """Give the lock to who has waited longest and gives way to nobody; return False, and keep it, if none does."""
        with self._mutex:
            if not self._first or self._is_impatient:
                return False
            self._first.popleft().is_next.set()
            return True

    @property
    def _is_impatient(self) -> bool:
        return bool(self._giving_way) and time.monotonic() - self._giving_way[0].since_s > PATIENCE_S


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
