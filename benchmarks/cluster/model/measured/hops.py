"""
What one hop costs, and how wrong the model is about a small cluster: both over Ray, all machines on this one.

A machine that holds next to nothing answers at once, so what a question to it takes is the hop. Then a cluster of three
is asked, and compared with what the model says of it.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from benchmarks.cluster.machines import Machines, machines
from benchmarks.cluster.model.simulation import Bank, simulate
from benchmarks.cluster.record import Record
from benchmarks.cluster.speeds import asks_cluster, commit_hashes
from benchmarks.search.codes import queries_for, random_codes
from index.base import Codes
from index.cluster.placing import spread

_HARDLY_ANY: Final = 200
_QUESTIONS: Final = 600


def measure_hops(*, seed: int) -> dict[str, float]:
    """
    Ask one machine, then three, that hold next to nothing.

    Returns:
        ``hop_p50_ms`` and ``hop_p99_ms``, of one machine; ``gateway_ms``, of its processor a machine.
    """
    one, one_ms = _asked(["a"], 1, 1, _HARDLY_ANY, seed)
    _, three_ms = _asked(["a", "b", "c"], 3, 1, _HARDLY_ANY, seed)
    p50, p99 = np.percentile(one, [50, 99]).tolist()
    return {"hop_p50_ms": p50, "hop_p99_ms": p99, "gateway_ms": max(0.01, (three_ms - one_ms) / 2)}


def check_model(
    bank: Bank, hashes: int, hops: Mapping[str, float], assumed: Mapping[str, float], *, seed: int
) -> dict[str, Any]:
    """
    Ask three machines, two replicas of four slots, and compare with what the model says of them.

    Returns:
        ``measured`` and ``model``, each ``p50_ms`` and ``p99_ms``; ``error``, of each model over measured, less 1.
    """
    names = ["a", "b", "c"]
    took, _ = _asked(names, 4, 2, hashes, seed)
    here = {**assumed, **hops, "network_ms": 0.0, "busy": 1e-6, "replicas": 2.0}
    foreseen = simulate(bank, len(names), 4, here, seed=seed)
    measured, model = (
        {f"p{share}_ms": float(np.percentile(each, share)) for share in (50, 99)} for each in (took, foreseen)
    )
    return {
        "machines": len(names), "slots": 4, "replicas": 2, "hashes": hashes, "measured": measured, "model": model,
        "error": {name: model[name] / measured[name] - 1 for name in measured},
    }  # fmt: skip


def _asked(names: list[str], slots: int, replicas: int, hashes: int, seed: int) -> tuple[list[float], float]:
    """Return ms of each question by one hash, and processor ms of the gateway for one."""
    with TemporaryDirectory(prefix="sd-") as folder:
        record = Record(Path(folder), "multi_index")
        record.prepare()
        logs = [f"uploads.1.{number:03}" for number in range(slots)]
        record.place(spread(logs, names, replicas=replicas))
        seqs = commit_hashes(record, logs, hashes, seed)
        queries = queries_for(random_codes(hashes, seed), _QUESTIONS, 31, seed)
        with machines(record, names) as running:
            running.wait_until_served(seqs, replicas=replicas, within_s=3600)
            return _timed(running, seqs, queries.hits)


def _timed(running: Machines, seqs: dict[str, int], queries: Codes) -> tuple[list[float], float]:
    ask = asks_cluster(running.client, seqs)
    for row in range(50):
        ask(queries[row : row + 1])
    took, before = list[float](), running.gateway_processor_s()
    for row in range(len(queries)):
        begun = time.perf_counter()
        ask(queries[row : row + 1])
        took.append(1000 * (time.perf_counter() - begun))
    return took, 1000 * (running.gateway_processor_s() - before) / len(queries)
