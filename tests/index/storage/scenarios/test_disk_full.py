"""A disk that fills up during maintenance: the old index goes on, says so, and leaves no half-written file."""

import errno
import multiprocessing
import resource
from pathlib import Path

import pytest

from index.errors import MaintenanceError
from index.hashes.backends import INDEX_BACKENDS
from index.hashes.kind import HashCollection, HashKind
from index.storage.disk import faults
from tests.crash.processes.index_scenario import LOG, OPERATIONS, open_and_follow, prepare
from tests.index.hash_collections import check_equals_log
from tests.index.oracle import seeded_log

POINTS_BEFORE_THE_MANIFEST = faults.FAULT_POINTS[: faults.FAULT_POINTS.index("manifest:replaced")]

LARGE = seeded_log(21, 2000, types=("pdq/1", "sha256/1"), removals=0.05)
"""More than 8 kB a signal type."""


@pytest.fixture
def full_disk():
    """Return a function that makes one fault point fail as a full disk does."""

    def fail_at(point: str) -> None:
        def hook(reached: str) -> None:
            if reached == point:
                raise OSError(errno.ENOSPC, "No space left on device")

        faults.set_hook(hook)

    yield fail_at
    faults.set_hook(None)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("point", POINTS_BEFORE_THE_MANIFEST)
def test_a_full_disk_leaves_the_old_index_serving(tmp_path, full_disk, operation, point):
    """Matching must outlive a full disk, and the folder must not hold on to the space."""
    prepare(tmp_path)
    collection = open_and_follow(tmp_path)
    manifest = (tmp_path / "MANIFEST.json").read_bytes()
    files = set(tmp_path.rglob("*"))
    full_disk(point)
    with pytest.raises(MaintenanceError, match="No space left on device"):
        OPERATIONS[operation](collection)
    assert collection.version == len(LOG)
    check_equals_log(collection, LOG)
    assert (tmp_path / "MANIFEST.json").read_bytes() == manifest
    assert set(tmp_path.rglob("*")) == files


def test_the_error_is_told_to_every_process_until_it_is_over(tmp_path, full_disk):
    """Readiness is asked of any process, and must not depend on which one was sealing."""
    prepare(tmp_path)
    collection, elsewhere = open_and_follow(tmp_path), open_and_follow(tmp_path)
    full_disk("segment:part-written")
    with pytest.raises(MaintenanceError):
        collection.seal()
    assert "No space left on device" in (elsewhere.last_maintenance_error or "")
    assert "No space left on device" in (elsewhere.stats().last_maintenance_error or "")
    faults.set_hook(None)
    assert elsewhere.seal()
    assert collection.last_maintenance_error is None


def test_a_segment_that_cannot_be_read_back_never_becomes_official(tmp_path):
    """A library that loses the last bytes silently must not cost the segments that were there before."""
    prepare(tmp_path)
    collection = open_and_follow(tmp_path)
    files = set(tmp_path.rglob("*"))

    def cut(point: str) -> None:
        if point == "segment:part-written":
            newest = max(tmp_path.rglob("codes.*"), key=lambda path: path.stat().st_mtime_ns)
            newest.write_bytes(newest.read_bytes()[:-1])

    faults.set_hook(cut)
    try:
        with pytest.raises(MaintenanceError, match="cannot be read back"):
            collection.seal()
    finally:
        faults.set_hook(None)
    assert set(tmp_path.rglob("*")) == files
    check_equals_log(collection, LOG)
    assert collection.seal()


def merge_with_little_space(folder: Path, backend: str) -> None:
    """Try to merge where no file may grow beyond 8 kB; exit with 0 if that failed as it should."""
    collection = HashCollection.open(folder, HashKind(backend))
    collection.apply(LARGE.after(collection.version))
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    with pytest.raises(MaintenanceError, match="merge failed"):
        collection.merge()
    check_equals_log(collection, LARGE)
    assert collection.last_maintenance_error is not None


@pytest.mark.parametrize("backend", INDEX_BACKENDS)
def test_a_write_that_really_fails_is_an_error_not_a_crash(tmp_path, backend):
    """Each backend's own way of writing must turn a failed write into an error: C++ libraries like to abort."""
    sealed = HashCollection.open(tmp_path, HashKind())
    sealed.apply(LARGE.changes[:100])
    sealed.seal()
    files = set(tmp_path.rglob("*"))
    processes = multiprocessing.get_context("forkserver")
    worker = processes.Process(target=merge_with_little_space, args=(tmp_path, backend))
    worker.start()
    worker.join()
    assert worker.exitcode == 0
    assert set(tmp_path.rglob("*")) == files
    HashCollection.open(tmp_path, HashKind()).verify()
