"""
Rounds of commit, ask, remove, ask, while processes that hold replicas are killed.

What was committed must be found by every question that begins later, and what was removed by none; a question that
cannot be answered is an error. Each asking thread has items of its own; kills come at any moment.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from benchmarks.cluster.record import Record
from index.changes import Add, Change, Remove
from index.cluster.client import GatewayClient
from index.errors import IndexStoreError

RADIUS = 31


class Interruption(Protocol):
    """What happens meanwhile."""

    def __call__(self) -> dict[str, Any]:
        """Do it; return what is to be reported."""


class Writer:
    """
    Commits from several threads: each slot's `seq` follows the order of commits.

    Args:
        record: Where to.

        slots: Names of the slots.
    """

    def __init__(self, record: Record, slots: Sequence[str]) -> None:
        self._record = record
        self.slots = list(slots)
        self._seqs = record.versions(self.slots)
        self._lock = threading.Lock()
        self._items = sum(self._seqs.values())

    def next_item(self) -> int:
        """Return an id that was never used."""
        with self._lock:
            self._items += 1
            return self._items

    def add(self, item_id: int, code: np.ndarray) -> None:
        """Commit a hash."""
        self._commit(item_id, lambda seq: Add(seq, item_id, "pdq/1", code.tobytes()))

    def remove(self, item_id: int) -> None:
        """Commit a removal."""
        self._commit(item_id, lambda seq: Remove(seq, item_id, "pdq/1"))

    def _commit(self, item_id: int, change: Any) -> None:  # noqa: ANN401
        slot = self.slots[item_id % len(self.slots)]
        with self._lock:
            made: Change = change(self._seqs[slot] + 1)
            self._seqs[slot] = self._record.append(slot, [made])


@dataclass(slots=True)
class Rounds:
    """What came of some rounds."""

    rounds: int = 0
    wrong: int = 0
    errors: list[str] = field(default_factory=list)
    first_answer_ms: list[float] = field(default_factory=list)
    """From just after a commit to the answer that knows it."""

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        milliseconds = np.array(self.first_answer_ms or [0.0])
        return {
            "rounds": self.rounds,
            "wrong": self.wrong,
            "errors": len(self.errors),
            "first_error": self.errors[0] if self.errors else None,
            "p50_ms": float(np.median(milliseconds)),
            "p99_ms": float(np.percentile(milliseconds, 99)),
            "max_ms": float(milliseconds.max()),
        }


def go_round(
    record: Record, client: GatewayClient, writer: Writer, *, rounds: int, threads: int, seed: int,
    meanwhile: Interruption,
) -> dict[str, Any]:  # fmt: skip
    """
    Go so many rounds, and on until what happens meanwhile is over.

    Args:
        record: What is committed to.

        client: Who is asked.

        writer: Commits.

        rounds: How many at least.

        threads: That ask at once.

        seed: Of the hashes.

        meanwhile: What happens meanwhile.
    """
    over, result, lock = threading.Event(), Rounds(), threading.Lock()

    def ask(thread: int) -> None:
        rng = np.random.default_rng((seed, thread))
        while True:
            with lock:
                if result.rounds >= rounds and over.is_set():
                    return
                result.rounds += 1
            item_id, code = writer.next_item(), rng.integers(0, 256, 32, dtype=np.uint8)
            writer.add(item_id, code)
            begun = time.perf_counter()
            answers = [_finds(record, client, writer.slots, code)]
            took = 1000 * (time.perf_counter() - begun)
            writer.remove(item_id)
            answers.append(_finds(record, client, writer.slots, code))
            with lock:
                result.first_answer_ms.append(took)
                for answer, expected in zip(answers, ([item_id], []), strict=True):
                    if isinstance(answer, str):
                        result.errors.append(answer)
                    elif answer != expected:
                        result.wrong += 1

    with ThreadPoolExecutor(threads + 1) as pool:
        other = pool.submit(meanwhile)
        asking = [pool.submit(ask, thread) for thread in range(threads)]
        try:
            told = other.result()
        finally:
            over.set()
        for each in asking:
            each.result()
    return result.document() | told


def _finds(record: Record, client: GatewayClient, slots: Sequence[str], code: np.ndarray) -> list[int] | str:
    """Return the items near a hash, as of everything committed before; the error where there is no answer."""
    try:
        _, hits = client.search(record.versions(slots), "pdq/1", code[None], RADIUS, None)
    except IndexStoreError as error:
        return repr(error)
    return [int(item) for item in hits.item_ids]
