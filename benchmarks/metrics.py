"""
From raw samples to numbers.

Invariant: a metric is a pure function of the samples, so old results can be read with new metrics.
"""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.search.runner import Samples, Workload


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the sample below which that share lies, 0..100."""
    return float(np.percentile(samples, share))


METRICS: dict[str, tuple[str, Callable[[Samples, Workload], float]]] = {
    "hit_p50_ms": ("median of single queries that hit, ms", lambda seen, _: percentile(seen.hit_ms, 50)),
    "hit_p99_ms": ("99th percentile of the same", lambda seen, _: percentile(seen.hit_ms, 99)),
    "miss_p50_ms": ("median of single queries that miss, ms", lambda seen, _: percentile(seen.miss_ms, 50)),
    "miss_p99_ms": ("99th percentile of the same", lambda seen, _: percentile(seen.miss_ms, 99)),
    "batch_per_s": (
        "queries a second in batches of up to 1,024, half hits, median batch",
        lambda seen, _: seen.batch_queries / percentile(seen.batch_s, 50),
    ),
    "build_s": ("seconds to build", lambda seen, _: seen.build_s),
    "bytes_per_hash": (
        "bytes of the index a hash; of FAISS's hashes and graph, growth of the process",
        lambda seen, workload: seen.size_bytes / workload.hashes,
    ),
    "recall": (
        "share of what a full scan finds, for up to 200 queries",
        lambda seen, _: seen.recalled / seen.truths if seen.truths else 1.0,
    ),
}
"""Name → what it means, how it is worked out."""


def numbers(seen: Samples, workload: Workload) -> dict[str, float]:
    """Work out every metric of one contestant."""
    return {name: float(f"{metric(seen, workload):.6g}") for name, (_, metric) in METRICS.items()}
