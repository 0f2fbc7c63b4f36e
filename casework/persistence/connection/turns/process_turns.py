"""
In which order the processes over one SQLite file write: a turnstile of two locked files.

    record.db-next   held by the process that writes next      a process that has just written waits here
    record.db-turn   held by the process that writes now       the next one waits here, and lets `next` go once in

SQLite lets a process that finds the file locked sleep, up to a tenth of a second at a time; one that writes without a
pause keeps it out for seconds. Here two that always write take turns, and the next begins within a millisecond.

Invariant: nothing relies on it. SQLite's own lock is what keeps writers apart; programs that know nothing of these
files may write, too. The system takes a killed process's locks away. Where the files cannot be made, SQLite's waiting
is left.
"""

import fcntl
import os
import time
from pathlib import Path

_PAUSE_S = 0.0005
_LONG_PAUSE_S = 0.005
_LONG_AFTER_S = 0.05


class ProcessTurns:
    """
    The turns of this process; its threads have a line of their own, and one of them at a time comes here.

    Args:
        database: The database's file.
    """

    def __init__(self, database: Path) -> None:
        self._next = _LockFile(database.with_name(f"{database.name}-next"))
        self._turn = _LockFile(database.with_name(f"{database.name}-turn"))

    def take(self, timeout_s: float) -> bool:
        """Wait for this process's turn; return whether it came in time."""
        give_up_at = time.monotonic() + timeout_s
        if not self._next.take(give_up_at):
            return False
        try:
            return self._turn.take(give_up_at)
        finally:
            self._next.let_go()

    def hand_on(self) -> None:
        """Let the next process write."""
        self._turn.let_go()

    def close(self) -> None:
        """Close the files."""
        self._next.close()
        self._turn.close()


class _LockFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self, give_up_at: float) -> bool:
        """Lock; a file that cannot be locked at all counts as locked."""
        begun = time.monotonic()
        while True:
            try:
                fcntl.flock(self._opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                now = time.monotonic()
                if now >= give_up_at:
                    return False
                time.sleep(_PAUSE_S if now - begun < _LONG_AFTER_S else _LONG_PAUSE_S)
            except OSError:
                return True
            else:
                return True

    def let_go(self) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._descriptor
