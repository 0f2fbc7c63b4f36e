"""
Who may write into a collection's folder, and how that went last.

Invariant: one holder at a time, over all processes and threads. The lock is `flock` on an open file, so a killed
process releases it. Readers never take it.

    LOCK    4,096 bytes: {"error": "…"} padded with spaces; allocated once and overwritten in place, so that a full disk
            can still be reported on it to every process
"""

import fcntl
import json
import os
from pathlib import Path

from index.errors import SealLockHeldError

LOCK = "LOCK"
_SIZE_BYTES = 4096


class SealLock:
    """
    The right to seal, merge and rebuild in one folder.

    Args:
        folder: The collection's folder.
    """

    def __init__(self, folder: Path) -> None:
        """Remember the folder; `acquire` takes the lock."""
        self._path = folder / LOCK
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool) -> None:
        """
        Take the lock.

        Args:
            wait: Wait for another holder to finish instead of raising.

        Raises:
            SealLockHeldError: If another process or thread holds it and `wait` is false.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if os.fstat(descriptor).st_size < _SIZE_BYTES:
                os.pwrite(descriptor, _padded(None), 0)
        except BlockingIOError as error:
            os.close(descriptor)
            raise SealLockHeldError(f"{self._path} is held by another process; try again when it is done") from error
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; without one, do nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def report(self, error: str | None) -> None:
        """Write why the work failed, or None if it did not, for every process to read. Only while holding the lock."""
        if self._descriptor is not None and last_error(self._path.parent) != error:
            os.pwrite(self._descriptor, _padded(error), 0)


def last_error(folder: Path) -> str | None:
    """Return why the last maintenance of this folder failed, in any process; None if it did not."""
    try:
        text = (folder / LOCK).read_bytes().decode().strip()
        error = json.loads(text)["error"] if text else None
    except (FileNotFoundError, ValueError, KeyError):
        return None  # never maintained, or read in the middle of a write
    return None if error is None else str(error)


def _padded(error: str | None) -> bytes:
    # JSON may need six bytes for a character, and the whole must stay within the allocated bytes.
    text = None if error is None else error[:600]
    return json.dumps({"error": text}).encode().ljust(_SIZE_BYTES)
