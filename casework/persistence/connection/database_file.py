"""
The one file an SQLite database lies in, as it was when this process opened it.

A file that is deleted or replaced under a running process goes on to be written by it, and by it alone: whatever it
acknowledged would be gone with it. And a connection opened later would make an empty file in its place, or read
another. So each transaction, and each look at the log, begins with one question to the file system, of about two
microseconds; that of the event loop, thousands of times a second, does so every ten milliseconds (`commit_watch.py`).

Invariant: nothing is written to a file that is not the one first opened, and nothing read from one in its place. Put
back, it is used again.
"""

import os
import sqlite3
from pathlib import Path

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError


class DatabaseFileError(sqlite3.OperationalError):
    """
    The file is not the one first opened.

    Args:
        path: Where it was.

        reason: What happened, and the remedy; names no path.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


class DatabaseFile:
    """
    The file behind an engine.

    Args:
        path: Where it is; the file may not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = str(path)
        self._opened: tuple[int, int] | None = None

    def opened(self) -> None:
        """Note which file a connection opened, unless that was noted before."""
        if self._opened is None:
            self._opened = self._identity()

    def check(self) -> None:
        """
        See whether the file is still the one first opened.

        Raises:
            DatabaseUnreachableError: If it is gone, or another is in its place.
        """
        found = self._identity()
        if self._opened is None:
            if found is None and self._log_is_left():
                raise self._error("the database file is gone and its write-ahead log is left; put the file back")
            return
        if found is None:
            raise self._error("the database file is gone; put it back, or restore a backup and restart Staydown")
        if found != self._opened:
            raise self._error("another database file was put in its place; restart Staydown to go on with that one")

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._name)  # noqa: PTH116  (asked a hundred times a second by who waits for commits)
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _log_is_left(self) -> bool:
        """Tell whether committed rows lie beside a file that is not there: a new one must not be made over them."""
        log = self._path.with_name(f"{self._path.name}-wal")
        return log.is_file() and log.stat().st_size > 0

    def _error(self, reason: str) -> OperationalError:
        return OperationalError(None, None, DatabaseFileError(self._path, reason))


def is_damage(error: BaseException | None) -> bool:
    """Tell whether SQLite says that the file is damaged, or no database; its subclasses mean one statement."""
    return type(error) is sqlite3.DatabaseError


def unreachable_if_damaged(context: ExceptionContext) -> OperationalError | None:
    """Turn what SQLite says of a damaged file, or of one that is no database, into "cannot be reached"."""
    original = context.original_exception
    return OperationalError(None, None, original) if is_damage(original) else None
