"""
Holding the lock of a folder while its files are written, and reporting and clearing up when that fails.

Invariant: a failure leaves what was live, is there for every process to read (`lock.last_error`), and is raised as an
`IndexStoreError`. The first error is the one reported; leftovers that cannot be removed wait for the next holder.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import DamagedIndexError, IndexStoreError, MaintenanceError, UnsupportedFormatVersionError
from index.storage.disk import faults
from index.storage.disk.lock import SealLock
from index.storage.manifest import Manifest, read_manifest
from index.storage.merge import remove_leftovers


@contextmanager
def folder_locked(folder: Path, operation: str, *, wait: bool) -> Iterator[None]:
    """
    Hold the right to write into a folder for the block.

    Args:
        folder: A collection's folder.

        operation: What is done, for the error.

        wait: Wait for another holder to finish instead of raising.

    Raises:
        SealLockHeldError: If another process or thread holds it and `wait` is false.

        MaintenanceError: If the disk or memory did not suffice.

        IndexStoreError: What the block raised.
    """
    lock = SealLock(folder)
    lock.acquire(wait=wait)
    try:
        faults.reach("maintenance:locked")
        yield
        lock.report(None)
    except (OSError, MemoryError) as error:
        _after_failure(folder, lock, operation, error)
        raise MaintenanceError(operation, str(error)) from error
    except IndexStoreError as error:
        _after_failure(folder, lock, operation, error)
        raise
    finally:
        lock.release()


def readable_manifest(folder: Path) -> Manifest:
    """Return the manifest, or an empty one where a rebuild has to do without."""
    try:
        return read_manifest(folder)
    except (DamagedIndexError, UnsupportedFormatVersionError):
        return Manifest()


def _after_failure(folder: Path, lock: SealLock, operation: str, error: Exception) -> None:
    lock.report(f"{operation}: {error}")
    with suppress(OSError, IndexStoreError):
        remove_leftovers(folder, read_manifest(folder))
