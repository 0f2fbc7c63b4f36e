"""Arrays in files: read as they were written, and never two at the same moment."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from matcher.array_files import map_array, read_arrays

WRITTEN = np.arange(12, dtype=np.int32).reshape(3, 4)


def kept() -> bytes:
    """Return a file of two arrays."""
    file = io.BytesIO()
    np.savez_compressed(file, one=WRITTEN, two=WRITTEN[:1])
    return file.getvalue()


def test_arrays_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Whatever their shape; a mapped one cannot be written to."""
    np.save(tmp_path / "one.npy", WRITTEN)
    mapped = map_array(tmp_path / "one.npy")
    assert np.array_equal(mapped, WRITTEN)
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0] = 1
    two, one = read_arrays(io.BytesIO(kept()), "two", "one")
    assert np.array_equal(one, WRITTEN)
    assert np.array_equal(two, WRITTEN[:1])
    with pytest.raises(KeyError):
        read_arrays(io.BytesIO(kept()), "three")


class Watched(io.BytesIO):
    """A file that notes how many are read at the same moment."""

    now = most = 0
    counting = threading.Lock()

    def read(self, *arguments: int) -> bytes:
        """Read, and leave others time to come in between."""
        with self.reading():
            threading.Event().wait(0.001)
            return super().read(*arguments)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Count those that are in here."""
        with Watched.counting:
            Watched.now += 1
            Watched.most = max(Watched.most, Watched.now)
        yield
        with Watched.counting:
            Watched.now -= 1


def test_no_two_threads_read_an_array_at_the_same_moment() -> None:
    """Python's parser, by which numpy reads what an array is, may fail in one of them."""
    threads = [threading.Thread(target=read_arrays, args=(Watched(kept()), "one", "two")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Watched.most == 1
