"""kill -9 at every step of seal, merge, compact and rebuild: what is opened again is what the log says."""

import shutil
import signal
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from index.changes import Add
from index.hashes.kind import HashCollection, HashKind
from index.storage.disk.faults import FAULT_POINTS
from tests.crash.processes.forked import PROCESSES
from tests.crash.processes.index_scenario import (
    LOG,
    OPERATIONS,
    TYPES,
    die_at_step,
    open_and_follow,
    points_reached,
    prepare,
)
from tests.index.oracle import Found, as_found

pytestmark = pytest.mark.crash

QUERIES = np.array([np.frombuffer(add.value, np.uint8) for add in LOG.changes if isinstance(add, Add)][::9])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """Return a folder to copy from."""
    folder = tmp_path_factory.mktemp("index") / "prepared"
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def steps(prepared, tmp_path_factory) -> dict[str, list[str]]:
    """Return the points each operation reaches."""
    reached = {}
    for operation in OPERATIONS:
        folder = tmp_path_factory.mktemp("steps") / operation
        shutil.copytree(prepared, folder)
        reached[operation] = points_reached(folder, operation)
    return reached


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_fault_point_lies_on_the_way(steps, operation):
    """A point that no operation reaches would be a crash that no test makes."""
    assert set(steps[operation]) == set(FAULT_POINTS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_killed_at_any_step_it_reopens_to_what_the_log_says(prepared, steps, tmp_path, operation):
    """Nothing acknowledged is lost, whatever is killed at whatever moment."""
    for step, point in enumerate(steps[operation]):
        folder = tmp_path / f"{step}"
        shutil.copytree(prepared, folder)
        process = PROCESSES.Process(target=die_at_step, args=(folder, operation, step))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL, point
        check_reopened(folder, operation)


def check_reopened(folder: Path, operation: str) -> None:
    """Compare with the log: as found, after following the log, and after the operation that was cut short."""
    found = HashCollection.open(folder, HashKind())
    found.verify()
    check_equals_log(found)
    collection = open_and_follow(folder)
    check_equals_log(collection)
    OPERATIONS[operation](collection)
    check_equals_log(collection)
    collection.merge()
    check_no_removed_value(folder)
    check_no_leftover(folder, collection)


def check_equals_log(collection: HashCollection) -> None:
    """Ask for a part of everything there ever was."""
    view = collection.searcher()
    for signal_type in TYPES:
        assert as_found(view.search(signal_type, QUERIES, 31)) == expected(view.version, signal_type)


@cache
def expected(version: int, signal_type: str) -> Found:
    """Ask the oracle, once a version."""
    return LOG.find(version, signal_type, QUERIES, 31)


def check_no_removed_value(folder: Path) -> None:
    """Look for the bytes of what was removed and is not there twice."""
    live = {add.value for add in LOG.live(len(LOG))}
    removed = {add.value for add in LOG.changes if isinstance(add, Add)} - live
    data = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert removed
    assert not any(value in data for value in removed)


def check_no_leftover(folder: Path, collection: HashCollection) -> None:
    """Only what the manifest names is left."""
    live = {part.segment for part in collection.stats().parts}
    assert {path.name for path in (folder / "segments").iterdir()} == live
    assert {path.name for path in folder.iterdir()} == {"LOCK", "MANIFEST.json", "segments"}
