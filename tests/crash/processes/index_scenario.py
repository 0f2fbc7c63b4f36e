"""
One folder just before each maintenance operation, and processes that die inside it.

Invariant: everything is seeded, so that an operation reaches the same points in the same order in every process.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from index.changes import LiveItems
from index.hashes.kind import HashCollection, HashKind
from index.storage.disk import faults
from tests.index.oracle import Log, seeded_log

TYPES = ("pdq/1", "sha256/1")
LOG = seeded_log(20, 260, types=TYPES)

SEALED_AT = (60, 120, 180, 240)
"""Four segments of one tier, so that a merge has both kinds of work: a tier that is due, and removed values."""


def prepare(folder: Path) -> None:
    """Write four segments with tombstones; the rest of the log is for the process that will die."""
    collection = HashCollection.open(folder, HashKind())
    for seq in SEALED_AT:
        collection.apply(LOG.changes[:seq])
        collection.seal()


def seal(collection: HashCollection) -> None:
    """Seal."""
    collection.seal()


def merge(collection: HashCollection) -> None:
    """Seal, merge what is due, drop removed values."""
    collection.merge()


def compact(collection: HashCollection) -> None:
    """Make one segment of all."""
    collection.compact()


def rebuild(collection: HashCollection) -> None:
    """Write everything again from the record."""
    collection.rebuild(lambda: LiveItems(len(LOG), LOG.live(len(LOG))))


OPERATIONS: dict[str, Callable[[HashCollection], None]] = {
    "seal": seal,
    "merge": merge,
    "compact": compact,
    "rebuild": rebuild,
}


def open_and_follow(folder: Path, log: Log = LOG) -> HashCollection:
    """Open a folder as a starting replica does."""
    collection = HashCollection.open(folder, HashKind())
    collection.apply(log.after(collection.version))
    return collection


def points_reached(folder: Path, operation: str) -> list[str]:
    """Run an operation to its end and list the fault points on its way."""
    reached: list[str] = []
    collection = open_and_follow(folder)
    faults.set_hook(reached.append)
    try:
        OPERATIONS[operation](collection)
    finally:
        faults.set_hook(None)
    return reached


def die_at_step(folder: Path, operation: str, step: int) -> None:
    """Run an operation and kill this process, without any clean-up, at the `step`-th point it reaches."""
    left = step

    def kill(_: str) -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    collection = open_and_follow(folder)
    faults.set_hook(kill)
    OPERATIONS[operation](collection)
