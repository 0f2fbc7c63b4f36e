"""
Times contestants and trusts none: every distance is worked out again from the ids returned, and answers are compared
with a scan written in NumPy.

Invariant: one contestant at a time, each in a process of its own, on codes it makes from the seed; so none inherits
another's memory, threads or caches. What comes back are raw samples; `metrics.py` makes numbers of them.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection

import numpy as np
import numpy.typing as npt

from benchmarks.environment import memory_bytes, resident_bytes
from benchmarks.search.codes import CODE_KINDS, queries_for
from benchmarks.search.contestants import CONTESTANTS
from benchmarks.search.contestants.base import Contestant
from index.base import Codes, Hits

BATCH = 1024
BATCH_ROUNDS = 5
KIND_BUDGET_S = 15.0
"""How long single queries of one kind may take together; a slow contestant answers fewer, 30 at least."""
LEAST_QUERIES = 30
TRUTH_COMPARISONS = 300_000_000
"""How many codes a full scan compares for each kind of query: 100 queries up to 3 million codes, 30 at 10 million."""


class WrongAnswerError(Exception):
    """A contestant returned a hit twice, a wrong distance, an id that is not there, or one beyond the radius."""


class ContestantFailedError(Exception):
    """A contestant's process ended without an answer."""


@dataclass(frozen=True, slots=True)
class Workload:
    """
    What is measured, apart from who.

    Args:
        hashes: How many codes.

        radius: Bits, inclusive.

        queries: Hits, and as many misses.

        threads: For batches; single queries have one at a time.

        codes: A name in `CODE_KINDS`.

        seed: What codes and queries are drawn from.
    """

    hashes: int
    radius: int = 31
    queries: int = 1000
    threads: int = 1
    codes: str = "random"
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Samples:
    """
    What was seen of one contestant, or why nothing was.

    Args:
        name: In `CONTESTANTS`.

        skipped: The reason, or None.

        build_s: Seconds.

        size_bytes: Size of the index.

        hit_ms: Milliseconds of each single query that hits.

        miss_ms: Milliseconds of each that misses.

        batch_s: Seconds of each batch.

        batch_queries: Queries in a batch, half of them hits.

        truths: Hits a full scan found for some queries.

        recalled: How many of these the contestant returned.
    """

    name: str
    skipped: str | None = None
    build_s: float = 0.0
    size_bytes: int = 0
    hit_ms: list[float] = field(default_factory=list)
    miss_ms: list[float] = field(default_factory=list)
    batch_s: list[float] = field(default_factory=list)
    batch_queries: int = 0
    truths: int = 0
    recalled: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return the fields for JSON."""
        return asdict(self)


Progress = Callable[[str], None]


def measure(name: str, workload: Workload, progress: Progress) -> Samples:
    """
    Measure one contestant in a fresh process, unless it would not fit or would take too long.

    Args:
        name: In `CONTESTANTS`.

        workload: The same for all who are compared.

        progress: Called with what is being done.

    Raises:
        WrongAnswerError: If an answer is wrong; nothing of such a contestant is worth reporting.

        ContestantFailedError: If its process dies.
    """
    reason = _reason_to_skip(CONTESTANTS[name], workload)
    if reason:
        return Samples(name, skipped=reason)
    here, there = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, name, workload), daemon=True)
    process.start()
    there.close()
    try:
        return _receive(here, name, workload.hashes, progress)
    finally:
        process.join()


def sample(contestant: Contestant, workload: Workload, progress: Progress) -> Samples:
    """
    Build, query and check a contestant, in this process.

    Raises:
        WrongAnswerError: As `measure`.
    """
    progress("making codes")
    codes = CODE_KINDS[workload.codes](workload.hashes, workload.seed)
    queries = queries_for(codes, workload.queries, workload.radius, workload.seed)
    progress("building")
    contestant.prepare(workload.threads)
    before, started = resident_bytes(), time.perf_counter()
    contestant.add(codes)
    build_s = time.perf_counter() - started
    grown = resident_bytes() - before
    progress("single queries")
    hit_ms = _time_singles(contestant, queries.hits, workload.radius)
    miss_ms = _time_singles(contestant, queries.misses, workload.radius)
    progress("batches")
    typical_s = float(np.median(hit_ms)) / 1e3
    batch_queries = max(2, min(BATCH, int(KIND_BUDGET_S / typical_s)) // 2 * 2)
    batch = np.concatenate([_cycled(queries.hits, batch_queries // 2), _cycled(queries.misses, batch_queries // 2)])
    batch_s = _time_batches(contestant, batch, workload.radius)
    progress("checking answers")
    truths_of_a_kind = max(10, min(100, TRUTH_COMPARISONS // workload.hashes))
    asked = np.concatenate([queries.hits[:truths_of_a_kind], queries.misses[:truths_of_a_kind]])
    truths, recalled = _check_against_scan(contestant, codes, asked, workload.radius)
    return Samples(
        contestant.name,
        build_s=build_s,
        size_bytes=contestant.size_bytes() or grown,
        hit_ms=hit_ms,
        miss_ms=miss_ms,
        batch_s=batch_s,
        batch_queries=batch_queries,
        truths=truths,
        recalled=recalled,
    )


def check_answer(codes: Codes, queries: Codes, radius: int, hits: Hits) -> None:
    """
    Work every claim out again.

    Raises:
        WrongAnswerError: At the first that does not hold.
    """
    if np.any((hits.item_ids < 0) | (hits.item_ids >= len(codes))):
        raise WrongAnswerError(f"an id lies outside 0..{len(codes) - 1}")
    pairs = np.stack([hits.queries.astype(np.int64), hits.item_ids.astype(np.int64)], axis=1)
    if len(np.unique(pairs, axis=0)) != len(pairs):
        raise WrongAnswerError("a hit was returned twice")
    distances = np.bitwise_count(codes[hits.item_ids] ^ queries[hits.queries]).sum(axis=1, dtype=np.int64)
    if np.any(distances != hits.distances):
        place = int(np.flatnonzero(distances != hits.distances)[0])
        raise WrongAnswerError(f"a distance of {distances[place]} was returned as {hits.distances[place]}")
    if np.any(distances > radius):
        raise WrongAnswerError(f"a hit lies {distances.max()} bits away, beyond the radius of {radius}")


def true_hits(codes: Codes, queries: Codes, radius: int) -> Iterator[tuple[int, int]]:
    """Yield (query, id) of everything within the radius, by comparing everything."""
    words = codes.view(np.uint64)
    for row, query in enumerate(queries.view(np.uint64)):
        for first in range(0, len(words), 1 << 16):
            block = words[first : first + (1 << 16)]
            distances = np.bitwise_count(block ^ query).sum(axis=1, dtype=np.uint16)
            yield from ((row, first + int(place)) for place in np.flatnonzero(distances <= radius))


def _check_against_scan(contestant: Contestant, codes: Codes, asked: Codes, radius: int) -> tuple[int, int]:
    answers = contestant.query(asked, radius)
    check_answer(codes, asked, radius, answers)
    returned = set(zip(answers.queries.tolist(), answers.item_ids.tolist(), strict=True))
    truth = set(true_hits(codes, asked, radius))
    return len(truth), len(truth & returned)


def _time_singles(contestant: Contestant, queries: Codes, radius: int) -> list[float]:
    for query in queries[:LEAST_QUERIES]:
        contestant.query(query[None], radius)
    samples: list[float] = []
    for query in queries:
        single = query[None]
        started = time.perf_counter_ns()
        contestant.query(single, radius)
        samples.append((time.perf_counter_ns() - started) / 1e6)
        if len(samples) >= LEAST_QUERIES and sum(samples) > KIND_BUDGET_S * 1e3:
            break
    return samples


def _time_batches(contestant: Contestant, batch: Codes, radius: int) -> list[float]:
    samples: list[float] = []
    for _ in range(BATCH_ROUNDS):
        started = time.perf_counter()
        contestant.query(batch, radius)
        samples.append(time.perf_counter() - started)
        if sum(samples) > KIND_BUDGET_S:
            break
    return samples


def _cycled(queries: Codes, count: int) -> npt.NDArray[np.uint8]:
    return queries[np.arange(count) % len(queries)]


def _reason_to_skip(contestant: type[Contestant], workload: Workload) -> str | None:
    if contestant.most_codes is not None and workload.hashes > contestant.most_codes:
        return f"takes too long to build beyond {contestant.most_codes:,} hashes"
    needed = contestant.bytes_to_build * workload.hashes
    available = memory_bytes("MemAvailable")
    if available is not None and needed > available:
        return f"needs about {needed / 1e9:.1f} GB to build, {available / 1e9:.1f} GB are free"
    return None


def _serve(there: "Connection[object, object]", name: str, workload: Workload) -> None:
    """Measure in a child process; what is sent is a line of progress, the samples, or what went wrong."""
    try:
        there.send(sample(CONTESTANTS[name](), workload, there.send))
    except WrongAnswerError as error:
        there.send(error)


def _receive(here: "Connection[object, object]", name: str, hashes: int, progress: Progress) -> Samples:
    while True:
        try:
            message = here.recv()
        except EOFError:
            raise ContestantFailedError(f"{name} ended without an answer; is there enough memory?") from None
        if isinstance(message, WrongAnswerError):
            raise WrongAnswerError(f"{name}: {message}")
        if isinstance(message, Samples):
            return message
        progress(f"{name}, {hashes:,} hashes: {message}")
