"""
`python -m benchmarks registering`: how many uploads a second are registered and matched when their signals are given.

As `staydown backfill` does after decoding: a few hundred a transaction, each with `sha256/1`, `pdq/1` and `phash/1`,
matched against the takedowns that stand. A share of them are copies of what was taken down, and open cases.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from api.cli.backfilling.registering import BATCH
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.service.deciding import ACTOR, temporary_service, uphold_signal
from casework.domain.media import SubmittedMedia
from casework.handlers.uploads import RegisterUpload, register_uploads
from matcher.hashing.query import Query
from matcher.signals.base import Signal


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    rng = random.Random(options.seed)
    batch_ms = []
    with temporary_service(options.database_url) as service, progress_line() as progress:
        removed = [rng.randbytes(32) for _ in range(options.takedowns)]
        for value in removed:
            uphold_signal(service, value)
        for number, commands in enumerate(batches(options.uploads, rng, removed, options.copies)):
            progress(f"batch {number}")
            begun = time.perf_counter()
            with service.writing() as uow:
                register_uploads(commands, uow, service.replica)
            batch_ms.append((time.perf_counter() - begun) * 1000)
    result: dict[str, object] = {
        "benchmark": "registering",
        "environment": environment(),
        "database": "PostgreSQL" if options.database_url else "SQLite",
        "seed": options.seed,
        "uploads": options.uploads,
        "uploads_a_batch": BATCH,
        "takedowns": options.takedowns,
        "copies": options.copies,
        "uploads_per_s": options.uploads / sum(batch_ms) * 1000,
        "batch_ms": batch_ms,
    }
    publish(result, options.json, show=lambda: _print(result, batch_ms))
    return 0


def batches(
    uploads: int, rng: random.Random, removed: Sequence[bytes], copies: float
) -> Iterator[list[RegisterUpload]]:
    """
    Make the uploads of a library, a batch after another.

    Args:
        uploads: How many.

        rng: Where their signals come from.

        removed: PDQ values that were taken down.

        copies: Share of uploads that are copies of these.
    """
    for first in range(0, uploads, BATCH):
        yield [
            registration(
                f"library/{number}",
                rng.choice(removed) if removed and rng.random() < copies else rng.randbytes(32),
                rng,
            )
            for number in range(first, min(first + BATCH, uploads))
        ]


def registration(upload_id: str, pdq: bytes, rng: random.Random) -> RegisterUpload:
    """Return the command that registers a picture of which the signals are given."""
    sha256 = rng.randbytes(32)
    signals = (Signal("sha256/1", sha256, None), Signal("pdq/1", pdq, 100), Signal("phash/1", rng.randbytes(32), None))
    return RegisterUpload(
        actor=ACTOR,
        platform_id=upload_id,
        uploader_id=f"user-{rng.randrange(1_000_000)}",
        post_text=None,
        url=None,
        posted_at=None,
        media=SubmittedMedia("image", 1600, 1200, None, signals),
        query=Query.of_signals(signals),
        sha256=sha256,
        preview=None,
    )


def _print(result: dict[str, object], batch_ms: Sequence[float]) -> None:
    table = Table(title=f"registering {result['uploads']:,} uploads on {result['database']}, signals given")
    for name in ("uploads a second", f"p50 ms a batch of {BATCH}", "p99 ms", "worst ms"):
        table.add_column(name, justify="right")
    p50, p99 = np.percentile(batch_ms, [50, 99])
    table.add_row(f"{result['uploads_per_s']:,.0f}", f"{p50:.0f}", f"{p99:.0f}", f"{max(batch_ms):.0f}")
    Console().print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks registering", description=__doc__)
    parser.add_argument("--uploads", type=lambda text: int(float(text)), default=20_000)
    parser.add_argument("--takedowns", type=int, default=100)
    parser.add_argument("--copies", type=float, default=0.001, help="share of uploads that match a takedown")
    parser.add_argument("--database-url", default="", metavar="URL", help="an empty database; SQLite if left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
