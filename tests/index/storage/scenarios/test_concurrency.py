"""Search, apply, seal and merge at once, in threads and in processes: each answer is right for its version."""

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from index.base import Codes
from index.changes import Add
from index.errors import SealLockHeldError
from index.hashes.kind import HashCollection, HashKind
from index.hashes.searcher import HashSearcher
from tests.index.oracle import Log, as_found, seeded_log

TYPES = ("pdq/1", "sha256/1")


def some_queries(log: Log) -> Codes:
    """Return a few values of the log."""
    return np.array([np.frombuffer(add.value, np.uint8) for add in log.changes if isinstance(add, Add)][::97])


def check(view: HashSearcher, log: Log, queries: Codes) -> None:
    """Compare a view with the oracle at the version it states."""
    for signal_type in TYPES:
        assert as_found(view.search(signal_type, queries, 31)) == log.find(view.version, signal_type, queries, 31)


def test_reader_is_stable_while_writes_arrive(tmp_path):
    """An answer assembled from two versions is an answer to nobody's question."""
    log = seeded_log(30, 1500, types=TYPES)
    queries = some_queries(log)
    writer, other = HashCollection.open(tmp_path, HashKind()), HashCollection.open(tmp_path, HashKind())
    done = threading.Event()
    was_kept, was_read = threading.Semaphore(0), threading.Semaphore(0)

    def write() -> None:
        for step, seq in enumerate(range(0, len(log), 3)):
            for collection in (writer, other):
                collection.refresh()
                collection.apply(log.changes[: seq + 3])
            if step % 20 == 0:  # everybody has to get somewhere between the first change and the last
                assert was_kept.acquire(timeout=60)
                assert was_read.acquire(timeout=60)

    def look_after(collection: HashCollection, operation: str) -> None:
        while not done.is_set():
            try:
                collection.seal()
                getattr(collection, operation)(wait=False)
            except SealLockHeldError:
                continue
            was_kept.release()

    def read(collection: HashCollection) -> int:
        versions, last_round = [0], False
        while not last_round:
            last_round = done.is_set()
            view = collection.searcher()
            check(view, log, queries)
            versions.append(view.version)
            was_read.release()
        assert versions == sorted(versions)
        return versions[-1]

    with ThreadPoolExecutor(5) as pool:
        writing = pool.submit(write)
        writing.add_done_callback(lambda _: done.set())
        readers = [pool.submit(read, collection) for collection in (writer, other)]
        keepers = [pool.submit(look_after, writer, "merge"), pool.submit(look_after, other, "compact")]
        writing.result()
        assert [reader.result() for reader in readers] == [len(log), len(log)]
        for keeper in keepers:
            keeper.result()


def follow_and_maintain(folder: Path, seed: int) -> None:
    """Be one of several processes over one folder; exit with 0 if every answer was right."""
    log = seeded_log(31, 500, types=TYPES)
    queries = some_queries(log)
    rng = np.random.default_rng(seed)
    collection = HashCollection.open(folder, HashKind())
    while collection.version < len(log):
        collection.refresh()
        collection.apply(log.changes[: collection.version + int(rng.integers(1, 20))])
        collection.maintain(seal_after=int(rng.integers(5, 40)))
        if rng.random() < 0.2:
            collection.compact() if rng.random() < 0.5 else collection.merge(wait=True)
        check(collection.searcher(), log, queries)
    collection.merge(wait=True)


def test_files_merged_away_by_another_process_are_not_called_damaged(tmp_path):
    """Between a look at the manifest and one at the files it named, another process may have replaced them."""
    log = seeded_log(32, 30, types=TYPES)
    one, other = HashCollection.open(tmp_path, HashKind()), HashCollection.open(tmp_path, HashKind())
    one.apply(log.changes[:20])
    one.seal()
    other.refresh()
    one.apply(log.changes)
    one.compact()
    other.check_sizes()
    assert other.applied_seq == len(log)


def test_processes_sharing_a_folder_agree_with_the_log(tmp_path):
    """Server processes take turns at sealing; none may lose or invent an item for another."""
    processes = multiprocessing.get_context("forkserver")
    workers = [processes.Process(target=follow_and_maintain, args=(tmp_path, seed)) for seed in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    log = seeded_log(31, 500, types=TYPES)
    collection = HashCollection.open(tmp_path, HashKind())
    assert collection.version == len(log)
    check(collection.searcher(), log, some_queries(log))
    collection.verify()
