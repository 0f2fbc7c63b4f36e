"""How long a cluster takes to answer, and how many questions a second, beside the same values in one process."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.cluster.made_up import PDQ, Pictures
from benchmarks.cluster.record import Record
from benchmarks.search.codes import queries_for, random_codes
from index.base import Codes, IndexOptions
from index.changes import Add
from index.cluster.client import GatewayClient
from index.cluster.ranking import ranked
from index.collections.folder import FolderIndex
from matcher.signals.local import QueryFeatures

RADIUS: Final = 31
_AT_ONCE: Final = 50_000

Ask = Callable[[Codes], object]


def commit_hashes(record: Record, slots: Sequence[str], rows: int, seed: int) -> dict[str, int]:
    """Commit so many hashes, in turn to each slot; return the version of each."""
    codes, seqs = random_codes(rows, seed), dict.fromkeys(slots, 0)
    for first in range(0, rows, _AT_ONCE):
        for number, slot in enumerate(slots):
            changes = [
                Add(seqs[slot] + place, item_id, PDQ, codes[item_id - 1].tobytes())
                for place, item_id in enumerate(_items_of(number, len(slots), first, min(first + _AT_ONCE, rows)), 1)
            ]
            if changes:
                seqs[slot] = record.append(slot, changes)
    return seqs


def _items_of(number: int, slots: int, first: int, last: int) -> range:
    """Return the items of a slot among those after the `first`, up to the `last`."""
    return range(first + 1 + (number - first - 1) % slots, last + 1, slots)


def commit_pictures(record: Record, seqs: dict[str, int], pictures: Pictures, *, first_item: int, count: int) -> None:
    """Commit so many pictures, in turn to each slot."""
    slots = list(seqs)
    for item_id in range(first_item, first_item + count):
        slot = slots[item_id % len(slots)]
        seqs[slot] = record.append(slot, [pictures.add(seqs[slot] + 1, item_id)])


def one_process(record: Record, slots: Sequence[str], folder: Path) -> FolderIndex:
    """Put what several slots hold into one index in this process, sealed as a server would have it."""
    index = FolderIndex.open(IndexOptions(folder, record.backend))
    seq = 0
    for slot in slots:
        log = record.open_log(slot)
        done = 0
        while changes := log.after(done, limit=_AT_ONCE):
            done = changes[-1].seq
            renumbered = [type(one)(**_fields(one, seq + place)) for place, one in enumerate(changes, 1)]
            index.apply(renumbered)
            seq += len(changes)
            index.maintain()
        log.close()
    index.seal()
    return index


def _fields(change: Any, seq: int) -> dict[str, Any]:  # noqa: ANN401
    return {name: getattr(change, name) for name in change.__dataclass_fields__} | {"seq": seq}


def hash_scenarios(
    contestants: dict[str, Ask], *, rows: int, seed: int, clients: Sequence[int], seconds: float
) -> list[dict[str, Any]]:
    """Time questions of one hash and of a hundred, by so many threads at once; contestants take turns."""
    queries = queries_for(random_codes(min(rows, 100_000), seed), 2_000, RADIUS, seed)
    mixed = np.concatenate([queries.hits, queries.misses])
    found = []
    for name, size in (("one hash", 1), ("a hundred hashes", 100)):
        for threads in clients:
            for contestant, ask in contestants.items():
                measured = timed(partial(_ask_some, ask, mixed, size), threads, seconds)
                found.append({"name": name, "contestant": contestant, "clients": threads, "hashes": size} | measured)
    return found


def picture_scenarios(
    contestants: dict[str, Callable[[QueryFeatures], object]], pictures: Pictures, *, seconds: float
) -> list[dict[str, Any]]:
    """Time the ranking of references for one picture at a time."""
    queries = [pictures.query() for _ in range(50)]
    return [
        {"name": "one picture ranked", "contestant": contestant, "clients": 1}
        | timed(partial(_ask_one, ask, queries), 1, seconds)
        for contestant, ask in contestants.items()
    ]


def asks_cluster(client: GatewayClient, seqs: dict[str, int]) -> Ask:
    """Return what asks a cluster."""
    return lambda queries: client.search(seqs, PDQ, queries, RADIUS, None)


def asks_one(index: FolderIndex) -> Ask:
    """Return what asks one process."""
    return lambda queries: index.searcher().search(PDQ, queries, RADIUS)


def ranks_cluster(client: GatewayClient, seqs: dict[str, int]) -> Callable[[QueryFeatures], object]:
    """Return what has a cluster rank."""
    return lambda query: ranked(client, seqs, query, limit=12)


def ranks_one(index: FolderIndex) -> Callable[[QueryFeatures], object]:
    """Return what has one process rank."""
    return lambda query: index.local_searcher().candidates(query, limit=12)


def timed(ask: Callable[[np.random.Generator], object], threads: int, seconds: float) -> dict[str, Any]:
    """
    Ask again and again from some threads.

    Returns:
        ``requests_per_s``, ``p50_ms``, ``p95_ms``, ``p99_ms``, ``errors``.
    """
    ask(np.random.default_rng(0))
    took, lock = list[float](), threading.Lock()
    until = time.perf_counter() + seconds

    def work(thread: int) -> None:
        rng, own = np.random.default_rng(thread + 1), list[float]()
        while time.perf_counter() < until:
            begun = time.perf_counter()
            ask(rng)
            own.append(1000 * (time.perf_counter() - begun))
        with lock:
            took.extend(own)

    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for each in [pool.submit(work, thread) for thread in range(threads)]:
            each.result()
    passed = time.perf_counter() - begun
    p50, p95, p99 = np.percentile(took, [50, 95, 99]).tolist()
    return {"requests_per_s": len(took) / passed, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "errors": 0}


def _ask_some(ask: Ask, codes: Codes, size: int, rng: np.random.Generator) -> object:
    return ask(codes[rng.integers(0, len(codes), size)])


def _ask_one(
    ask: Callable[[QueryFeatures], object], queries: Sequence[QueryFeatures], rng: np.random.Generator
) -> object:
    return ask(queries[int(rng.integers(len(queries)))])
