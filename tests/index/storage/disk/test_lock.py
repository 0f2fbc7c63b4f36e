"""One keeper of a folder at a time, and its last word for everybody."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from index.errors import SealLockHeldError
from index.storage.disk.lock import SealLock, last_error


def take_and_die(folder: Path) -> None:
    """Hold the lock until killed."""
    SealLock(folder).acquire(wait=False)
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_second_holder_is_refused_until_the_first_is_done(tmp_path):
    """Two keepers would delete each other's new segments as leftovers."""
    first, second = SealLock(tmp_path), SealLock(tmp_path)
    first.acquire(wait=False)
    with pytest.raises(SealLockHeldError):
        second.acquire(wait=False)
    first.release()
    second.acquire(wait=True)
    second.release()


def test_a_killed_process_gives_the_lock_back(tmp_path):
    """A crash must not stop sealing for ever."""
    worker = multiprocessing.get_context("forkserver").Process(target=take_and_die, args=(tmp_path,))
    worker.start()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL
    lock = SealLock(tmp_path)
    lock.acquire(wait=False)
    lock.release()


@pytest.mark.parametrize("error", ["merge: No space left on device", "é" * 5000, '"\\\n' * 2000])
def test_the_last_error_is_there_for_everybody_and_the_file_keeps_its_size(tmp_path, error):
    """It is overwritten in place, because a full disk has no room for it to grow."""
    lock = SealLock(tmp_path)
    lock.acquire(wait=False)
    size = (tmp_path / "LOCK").stat().st_size
    assert last_error(tmp_path) is None
    lock.report(error)
    assert last_error(tmp_path) == error[:600]
    assert (tmp_path / "LOCK").stat().st_size == size == 4096
    lock.report(None)
    lock.release()
    assert last_error(tmp_path) is None


def test_without_a_lock_file_nothing_has_failed(tmp_path):
    """A folder nobody has maintained is healthy."""
    assert last_error(tmp_path) is None
