"""
What a question by one hash costs, and a hundred at once, by how many hashes there are and in how many slots.

Caches are emptied before each question, for in a bank of 100 GB they are: a small one that is asked again and again
answers from them, and would say nothing of a large one. Times are processor times of the thread that searches.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from benchmarks.cluster.model.fitting import Point
from benchmarks.cluster.model.measured.memory import Emptied, Memory
from benchmarks.cluster.model.work import shards
from benchmarks.search.codes import Queries, queries_for, random_codes
from index.base import Codes
from index.collections.slotted import SlottedSearcher
from index.hashes.kind import HashKind
from index.hashes.rows import HashRows
from index.hashes.searcher import HashSearcher
from index.storage.delta import DeltaView
from index.storage.segment import open_segment, write_segment
from index.storage.tombstones import Tombstones

PDQ: Final = "pdq/1"
RADIUS: Final = 31
TOGETHER: Final = 100
_KIND: Final = HashKind("multi_index")


@dataclass(frozen=True, slots=True)
class HashRun:
    """
    One size that was run.

    Args:
        hashes: In all slots.

        slots: How many.

        one_ms: Processor ms of each question by one hash.

        hundred_ms: The same of each by a hundred, for each of them.

        disk_bytes: Of all files, a hash.

        private_bytes: Memory that is no file's, a hash.

        missed: Hashes that were asked for and not found: 0, or nothing here means anything.
    """

    hashes: int
    slots: int
    one_ms: tuple[float, ...]
    hundred_ms: tuple[float, ...]
    disk_bytes: float
    private_bytes: float
    missed: int

    def as_json(self) -> dict[str, Any]:
        """Return what results keep."""
        return asdict(self)

    def point(self, *, together: bool) -> Point:
        """Return it as a point: what costs is the question itself, pieces of tables, and hashes."""
        samples = self.hundred_ms if together else self.one_ms
        terms = 1.0, float(shards(self.hashes, self.slots)), float(self.hashes)
        return Point(self.hashes, self.slots, terms, float(np.median(samples)))


def run_hashes(hashes: int, slots: Sequence[int], *, questions: int, seed: int) -> list[HashRun]:
    """Put so many random hashes into slots, once for each number of slots, and ask."""
    codes = random_codes(hashes, seed)
    queries = queries_for(codes, questions, RADIUS, seed)
    return [_run(codes, count, queries) for count in slots]


def _run(codes: Codes, slots: int, queries: Queries) -> HashRun:
    with TemporaryDirectory(prefix="sd-") as folder:
        names = _written(codes, slots, Path(folder))
        memory = Memory.now()
        searchers = [_opened(Path(folder) / str(number), name) for number, name in enumerate(names)]
        searcher = SlottedSearcher(tuple(searchers))
        asked = np.concatenate([queries.hits, queries.misses])
        answers = [searcher.search(PDQ, asked[i : i + 1], RADIUS) for i in range(len(asked))]
        private = Memory.now().private_bytes - memory.private_bytes
        return HashRun(
            hashes=len(codes),
            slots=slots,
            one_ms=_timed(searcher, asked, 1),
            hundred_ms=_timed(searcher, asked, TOGETHER),
            disk_bytes=sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / len(codes),
            private_bytes=max(0, private) / len(codes),
            missed=sum(not len(answer.item_ids) for answer in answers[: len(queries.hits)]),
        )


def _written(codes: Codes, slots: int, folder: Path) -> list[Any]:
    """Write a segment for each slot; items take turns."""
    refs = []
    for number in range(slots):
        ids = np.arange(1 + number, len(codes) + 1, slots, dtype=np.int64)
        rows = HashRows(np.ascontiguousarray(codes[number::slots]), ids)
        refs.append(write_segment(_KIND, folder / str(number), {PDQ: rows}))
    return refs


def _opened(folder: Path, ref: Any) -> HashSearcher:  # noqa: ANN401
    segment = open_segment(_KIND, folder / ref.name, ref, budget_bytes=0)
    return HashSearcher((segment,), DeltaView(0, 0, {}, {}, {}), Tombstones({}))


def _timed(searcher: SlottedSearcher, asked: Codes, size: int) -> tuple[float, ...]:
    """Return processor ms for each hash, in questions of so many, each from empty caches."""
    rng, emptied = np.random.default_rng(size), Emptied()
    count = len(asked) if size == 1 else max(8, len(asked) // 10)
    taken = []
    for _ in range(count):
        question = asked[rng.integers(0, len(asked), size)]
        emptied.again()
        begun = time.thread_time_ns()
        searcher.search(PDQ, question, RADIUS)
        taken.append((time.thread_time_ns() - begun) / 1e6 / size)
    return tuple(taken)
