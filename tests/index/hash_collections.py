"""What tests put into a collection of hashes, and how they ask it and compare it with its log."""

import numpy as np

from index.changes import Add
from index.hashes.kind import HashCollection
from tests.index.oracle import Log, as_found, random_codes

TYPES = ("pdq/1", "sha256/1")


def code(number: int) -> bytes:
    """Return one of many codes far from each other."""
    return random_codes(np.random.default_rng(number), 1)[0].tobytes()


def query(number: int) -> np.ndarray:
    """Return that code as a batch of one."""
    return np.frombuffer(code(number), np.uint8).reshape(1, 32)


def found(index: HashCollection, number: int, signal_type: str = "pdq/1") -> list[int]:
    """Return the items whose code is `code(number)`."""
    return index.searcher().search(signal_type, query(number), 0).item_ids.tolist()


def check_equals_log(collection: HashCollection, log: Log, seed: int = 0) -> None:
    """Compare the current view with the oracle, for every type and several radii."""
    view = collection.searcher()
    rng = np.random.default_rng(seed)
    adds = [change for change in log.changes if isinstance(change, Add)]
    chosen = [adds[place] for place in rng.integers(0, len(adds), 6)]
    queries = np.array([np.frombuffer(add.value, np.uint8) for add in chosen])
    for signal_type in TYPES:
        for radius in (0, 12, 31, 70):
            got = as_found(view.search(signal_type, queries, radius))
            assert got == log.find(view.version, signal_type, queries, radius)
