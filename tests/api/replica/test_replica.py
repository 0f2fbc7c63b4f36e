"""The read barrier: shared looks, none of which began too early. And what a search says is near."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from api.replica.replica import ReadBarrier, find_rows, near_rows, rows_of
from index.changes import Add
from index.hashes.kind import HashCollection, HashKind
from tests.index.oracle import random_codes


def test_every_caller_is_covered_by_a_look_that_began_after_it() -> None:
    """Whatever threads wait together, each returns only after a look that started later than it came."""
    barrier = ReadBarrier()
    committed = 0
    applied = 0
    lock = threading.Lock()

    def look() -> None:
        nonlocal applied
        applied = committed

    def commit_then_ask(_: int) -> bool:
        nonlocal committed
        with lock:
            committed += 1
            mine = committed
        barrier.pass_through(look)
        return applied >= mine

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(commit_then_ask, range(5000)))


def test_callers_that_wait_together_share_one_look() -> None:
    """A thousand waiting requests cost one look, not a thousand."""
    barrier = ReadBarrier()
    looks = 0
    first_look_began, may_finish = threading.Event(), threading.Event()

    def look() -> None:
        nonlocal looks
        looks += 1
        first_look_began.set()
        may_finish.wait()

    first = threading.Thread(target=barrier.pass_through, args=(look,))
    first.start()
    first_look_began.wait()
    others = [threading.Thread(target=barrier.pass_through, args=(look,)) for _ in range(20)]
    for other in others:
        other.start()
    while barrier.waiting < len(others):
        threading.Event().wait(0.001)
    may_finish.set()
    for thread in (first, *others):
        thread.join()
    assert looks == 2


def test_callers_that_wait_together_share_a_failed_look() -> None:
    """A hundred requests that wait for a database that is away are refused together, not one after another."""
    barrier = ReadBarrier()
    looks = 0
    began, may_fail = threading.Event(), threading.Event()

    def broken() -> None:
        nonlocal looks
        looks += 1
        began.set()
        may_fail.wait()
        raise ConnectionError

    def ask(_: int) -> bool:
        with pytest.raises(ConnectionError):
            barrier.pass_through(broken)
        return True

    with ThreadPoolExecutor(21) as threads:
        first = threads.submit(ask, 0)
        began.wait()
        others = [threads.submit(ask, number) for number in range(20)]
        while barrier.waiting < 21:
            threading.Event().wait(0.001)
        may_fail.set()
        assert all(one.result() for one in (first, *others))
    assert looks == 2


def test_failed_look_covers_nobody() -> None:
    """A look that met a broken database must not let the next question through unlooked."""
    barrier = ReadBarrier()

    def broken() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        barrier.pass_through(broken)
    looked = threading.Event()
    barrier.pass_through(looked.set)
    assert looked.is_set()


def test_the_same_items_are_near_as_are_found(tmp_path: Path) -> None:
    """What a decision hits is counted by the one, and acted on by the other."""
    rng = np.random.default_rng(5)
    codes = random_codes(rng, 40)
    types = ("pdq/1", "phash/1")
    adds = [Add(seq=n + 1, item_id=n + 7, signal_type=types[n % 2], value=codes[n // 4].tobytes()) for n in range(40)]
    collection = HashCollection.open(tmp_path / "index", HashKind())
    collection.apply(adds)
    asked = [
        {types[0]: codes[[0, 1, 0]], types[1]: codes[[0]]},
        {types[1]: codes[[30]]},
        {},
        {types[0]: codes[[2]], types[1]: codes[[9, 2]]},
    ]
    searcher = collection.searcher()
    found = find_rows(searcher, rows_of(asked), len(asked))
    near = near_rows(searcher, rows_of(asked), len(asked))
    assert [len(one) for one in near.item_ids] == [6, 0, 0, 6]
    assert near.item_ids == tuple(frozenset(hit.item_id for hit in one.found) for one in found)
    assert near.of_any() == {7, 8, 9, 10, 11, 13, 15, 16, 17, 18, 44, 46}
    assert near.version == found[0].version == len(adds)
