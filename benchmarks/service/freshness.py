"""
`python -m benchmarks freshness`: from "upheld" to the first request that is blocked, here and in another process.

Each round upholds a new takedown and, the moment its commit is acknowledged, asks for it here and in a second process
with a replica of its own. A miss is an answer without it. Beside it stands what a design that rebuilds its index on
timers takes by its own settings: 30 s to fetch, 60 s to rebuild (Hasher-Matcher-Actioner's defaults).
"""

import argparse
import multiprocessing
import random
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from api.bootstrap import open_service
from api.service import Service
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.service.deciding import settings_for, temporary_service, uphold_signal
from casework.steps.finding.matching import Question, answer
from matcher.hashing.query import Query
from matcher.signals.base import Signal

REBUILD_TIMER_S = 90.0


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status: 1 if anything was missed."""
    options = _parser().parse_args(argv)
    rng = random.Random(options.seed)
    processes = multiprocessing.get_context("spawn")
    here: list[float] = []
    there: list[float] = []
    misses = 0
    with temporary_service(options.database_url) as service, progress_line() as progress:
        mine, other = processes.Pipe()
        child = processes.Process(target=_answer_for, args=(other, service.settings.data, options.database_url))
        child.start()
        mine.recv()
        for number in range(options.rounds):
            value = rng.randbytes(32)
            decision = uphold_signal(service, value)
            acknowledged = time.perf_counter()
            misses += decision.takedown_id not in _found(service, value)
            answered_here = time.perf_counter()
            mine.send(value)
            misses += decision.takedown_id not in mine.recv()
            here.append((answered_here - acknowledged) * 1000)
            there.append((time.perf_counter() - answered_here) * 1000)
            if number % 100 == 0:
                progress(f"round {number:,} of {options.rounds:,}")
        mine.send(None)
        child.join()
    result = {
        "benchmark": "freshness",
        "environment": environment(),
        "database": "PostgreSQL" if options.database_url else "SQLite",
        "seed": options.seed,
        "rounds": options.rounds,
        "misses": misses,
        "rebuild_timer_s": REBUILD_TIMER_S,
        "same_process_ms": here,
        "other_process_ms": there,
    }
    publish(result, options.json, show=lambda: _print(result, here, there))
    return 1 if misses else 0


def _found(service: Service, value: bytes) -> set[str]:
    query = Query.of_signals([Signal("pdq/1", value, 100)])
    with service.reading() as uow:
        return {str(match.takedown_id) for match in answer([Question(query)], uow, service.replica)[0].matches}


def _answer_for(asked: Connection, data: Path, database_url: str) -> None:
    with open_service(settings_for(data, database_url)) as service:
        _found(service, bytes(32))
        asked.send("ready")
        while (value := asked.recv()) is not None:
            asked.send(_found(service, value))


def _print(result: dict[str, object], here: Sequence[float], there: Sequence[float]) -> None:
    table = Table(title=f"{result['rounds']:,} rounds on {result['database']}, {result['misses']} misses")
    for name in ("from the acknowledgement to the answer", "p50 ms", "p99 ms", "worst ms"):
        table.add_column(name, justify="left" if name.startswith("from") else "right")
    for name, samples in (("same process", here), ("another process", there)):
        p50, p99 = np.percentile(samples, [50, 99])
        table.add_row(name, f"{p50:.2f}", f"{p99:.2f}", f"{max(samples):.2f}")
    table.add_row("a rebuild timer, by its settings", "", "", f"{REBUILD_TIMER_S * 1000:,.0f}")
    Console().print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks freshness", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--database-url", default="", metavar="URL", help="an empty database; SQLite if left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
