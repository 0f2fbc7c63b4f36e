"""
An SQLite file of one machine that is no record: its processes write to it together, and it may be deleted at any time.

It is never synced to the disk. Invariant: where it cannot be read or written, whoever asks is answered by what they
gave for that case, and the log says so, once a minute; one that is damaged is deleted, and the next question makes it
anew.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")

_WAIT_AT_START_S = 2.0
_COMPLAIN_EVERY_S = 60.0


class MachineFile:
    """
    One connection to it, for any thread in turn; close it at the end.

    Args:
        path: The file; made, readable by its owner alone, if it is missing.

        tables: SQL that makes what is in it, where it is not there.

        complaint: What the log says where it cannot be used.

        wait_for_others_s: Seconds to wait, at most, for a process that writes to it.

        now: Seconds since whenever.
    """

    def __init__(
        self, path: Path, tables: str, *, complaint: str, wait_for_others_s: float, now: Callable[[], float]
    ) -> None:
        self._path = path
        self._tables = tables
        self._complaint = complaint
        self._wait_for_others_s = wait_for_others_s
        self._now = now
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._complain_at = 0.0

    def ask(self, question: Callable[[sqlite3.Connection], T], *, otherwise: T) -> T:
        """
        Ask it something, or write to it.

        Args:
            question: Called with the connection, which commits each statement by itself.

            otherwise: Returned where the file cannot be used.
        """
        with self._lock:
            try:
                self._connection = self._connection or self._open()
                return question(self._connection)
            except (sqlite3.Error, OSError, ValueError) as error:
                self._close()
                if "malformed" in str(error) or "not a database" in str(error):
                    self._path.unlink(missing_ok=True)
                if self._now() >= self._complain_at:
                    self._complain_at = self._now() + _COMPLAIN_EVERY_S
                    log.error(self._complaint, file=str(self._path), error=str(error))
                return otherwise

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._close()

    def _open(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=self._wait_for_others_s
        )
        try:
            _use_write_ahead_log(connection)
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA secure_delete = ON")
            connection.executescript(self._tables)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch a new file over; of processes that do so at the same moment SQLite turns some away without a wait."""
    give_up_at = time.monotonic() + _WAIT_AT_START_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= give_up_at:
                raise
            time.sleep(0.01)
        else:
            return
