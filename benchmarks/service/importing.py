"""
`python -m benchmarks importing`: how long a list of others takes to be taken over, and to be passed over.

As `staydown import` does with a file of PDQ hashes, a line each, of which some cannot be read: read, held against what
the list has, stored, put into the index's log. Without the start of the command, which takes about two seconds.
"""

import argparse
import io
import random
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from api.cli.commands.exchanging.taking_over import TOGETHER, Imported, TakingOver
from api.service import Service
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.service.deciding import temporary_service
from casework.exchange.pdq_text import PdqText
from casework.steps.exchanging.listed_hashes import LISTED_FACTS

SOURCE = "PARTNER"


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    file = list_of(options.hashes, bad=options.bad, rng=random.Random(options.seed))
    with temporary_service(options.database_url) as service, progress_line() as progress:
        runs = {name: measured(service, file, name, progress) for name in ("new", "known")}
    result: dict[str, object] = {
        "benchmark": "importing",
        "environment": environment(),
        "database": "PostgreSQL" if options.database_url else "SQLite",
        "seed": options.seed,
        "lines": options.hashes,
        "bad": options.bad,
        "hashes_a_transaction": TOGETHER,
        "runs": runs,
    }
    publish(result, options.json, show=lambda: _print(result, runs))
    return 0


def list_of(hashes: int, *, bad: float, rng: random.Random) -> bytes:
    """
    Write a file.

    Args:
        hashes: How many lines.

        bad: Share of them that are too short.

        rng: Where the hashes come from.
    """

    def lines() -> Iterator[str]:
        for _ in range(hashes):
            digits = rng.randbytes(32).hex()
            yield digits[:-1] if rng.random() < bad else digits

    return ("\n".join(lines()) + "\n").encode()


def measured(service: Service, file: bytes, name: str, progress: Callable[[str], None]) -> dict[str, object]:
    """
    Take a file over.

    Returns:
        What became of it, seconds on the clock, microseconds of this process's processor time a line, and milliseconds
        that others who write had to wait for each transaction.
    """
    batch_ms: list[float] = []
    begun, processor = time.perf_counter(), time.process_time()

    def after_batch(_: int, took_s: float) -> None:
        batch_ms.append(took_s * 1000)
        progress(f"{name}: batch {len(batch_ms)}")

    done: Imported = TakingOver(service, SOURCE, LISTED_FACTS).run(
        PdqText().read(io.BytesIO(file)), after_batch=after_batch
    )
    seconds = time.perf_counter() - begun
    lines = file.count(b"\n")
    return {
        "imported": done.imported,
        "known": done.known,
        "rejected": done.rejected,
        "seconds": seconds,
        "processor_us_a_line": (time.process_time() - processor) / lines * 1e6,
        "batch_ms": batch_ms,
    }


def _print(result: dict[str, object], runs: dict[str, dict[str, object]]) -> None:
    table = Table(title=f"{result['lines']:,} lines of PDQ taken over on {result['database']}")
    for name in (
        "",
        "imported",
        "known",
        "set aside",
        "s",
        "processor µs a line",
        f"p50 ms a transaction of {TOGETHER}",
        "p99 ms",
    ):
        table.add_column(name, justify="right")
    for name, run in runs.items():
        p50, p99 = np.percentile(run["batch_ms"], [50, 99])  # type: ignore[call-overload]
        table.add_row(
            name,
            f"{run['imported']:,}",
            f"{run['known']:,}",
            f"{run['rejected']:,}",
            f"{run['seconds']:.1f}",
            f"{run['processor_us_a_line']:.1f}",
            f"{p50:.0f}",
            f"{p99:.0f}",
        )
    Console().print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks importing", description=__doc__)
    parser.add_argument("--hashes", type=lambda text: int(float(text)), default=100_000)
    parser.add_argument("--bad", type=float, default=0.01, help="share of lines that cannot be read")
    parser.add_argument("--database-url", default="", metavar="URL", help="an empty database; SQLite if left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
