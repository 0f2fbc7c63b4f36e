"""
`python -m benchmarks slots`: how many transactions a second register uploads, by the slots that their log lies in.

On PostgreSQL, where many write at once, and of a registration only what the log is about. Whoever appends to a slot's
log holds its counter until the commit, and a commit that waits for a disk far away, or for a standby, takes
milliseconds: here each transaction holds what it took for so long. Rounds go over all numbers of slots in turn, so that
what else the machine does is shared.
"""

import argparse
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from api.clock import SystemClock
from api.security.ring import Ring
from benchmarks.environment import environment
from benchmarks.report import load_average, progress_line, publish
from benchmarks.serving.databases import database
from casework.domain.media import Collection, SubmittedMedia
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.moving_slots import move_to_slots
from casework.persistence.schema import migrate
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction
from matcher.signals.base import Signal

_TOGETHER_S = 0.5
_ENGINES: list[Engine] = []
"""Of a process that writers run in."""


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    rates: dict[int, list[float]] = {count: [] for count in options.slots}
    with (
        _record(options.database_url) as (engine, url),
        _writing_from(options, url) as pool,
        progress_line() as progress,
    ):
        if pool is not None:
            _from_all(pool, options, url)  # until each has imported what it needs
        for number in range(options.rounds):
            for count in options.slots:
                progress(f"round {number + 1}: {count} slots")
                move_to_slots(engine, Collection.UPLOADS, count)
                rates[count].append(commits_per_s(engine, options) if pool is None else _from_all(pool, options, url))
    result: dict[str, object] = {
        "benchmark": "slots",
        "environment": environment(),
        "writers": options.writers,
        "processes": options.processes,
        "load_average": load_average(),
        "held_ms": options.held_ms,
        "items": options.items,
        "commits_per_s": rates,
        "ratio": {count: median(each) / median(rates[options.slots[0]]) for count, each in rates.items()},
    }
    publish(result, options.json, show=lambda: _print(options, rates))
    return 0


def commits_per_s(engine: Engine, options: argparse.Namespace, first: int = 0, writers: int | None = None) -> float:
    """
    Let writers register uploads, each with so many items, for a few seconds; return how many committed a second.

    Args:
        engine: Of the record.

        options: Of the command line.

        first: Number of the first of these writers.

        writers: How many; all, if None.
    """
    stop, vault = threading.Event(), Ring.made()

    def writing() -> AbstractContextManager[SqlUnitOfWork]:
        return transaction(engine, clock=SystemClock(), preview_retention=timedelta(), vault=vault)

    def write(writer: int) -> int:
        done = 0
        signals = tuple(Signal("sha256/1", (writer << 8 | n).to_bytes(32, "big")) for n in range(options.items))
        with writing() as uow:
            media = uow.media.add(SubmittedMedia("image", 1, 1, None, signals), case_id=None, position=0)
        while not stop.is_set():
            with writing() as uow:
                uow.index_log.add(Collection.UPLOADS, f"upl_{writer}", media)
                uow.index_log.flush()  # the counters are held from here on
                time.sleep(options.held_ms / 1000)
            done += 1
        return done

    numbers = range(first, first + (options.writers if writers is None else writers))
    with ThreadPoolExecutor(len(numbers)) as threads:
        begun = time.perf_counter()
        writing_now = [threads.submit(write, number) for number in numbers]
        time.sleep(options.seconds)
        stop.set()
        done = sum(each.result() for each in writing_now)
    return done / (time.perf_counter() - begun)


def _writing_from(options: argparse.Namespace, url: str) -> AbstractContextManager[ProcessPoolExecutor | None]:
    """Start the processes; none where this one is enough."""
    if options.processes == 1:
        return nullcontext()
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(options.processes, mp_context=context, initializer=_connect, initargs=(url,))


def _from_all(pool: ProcessPoolExecutor, options: argparse.Namespace, url: str) -> float:
    """Have as many writers in each process begin at once; return what all committed a second."""
    each = options.writers // options.processes
    begin = time.time() + _TOGETHER_S
    firsts = range(0, each * options.processes, each)
    return sum(pool.map(partial(_here, options, begin, each), firsts))


def _here(options: argparse.Namespace, begin: float, writers: int, first: int) -> float:
    time.sleep(max(0.0, begin - time.time()))
    return commits_per_s(_ENGINES[0], options, first, writers)


def _connect(url: str) -> None:
    _ENGINES.append(open_database(url))


@contextmanager
def _record(url: str) -> Iterator[tuple[Engine, str]]:
    with tempfile.TemporaryDirectory(prefix="staydown-slots-") as folder:
        Path(folder).chmod(0o755)
        with database(url or "postgresql", Path(folder), "slots") as (_, address):
            engine = open_database(address)
            try:
                migrate(engine, Ring.made())
                yield engine, address
            finally:
                engine.dispose()


def _print(options: argparse.Namespace, rates: dict[int, list[float]]) -> None:
    title = (
        f"{options.writers} writers in {options.processes} processes, {options.items} items a transaction, "
        f"counters held {options.held_ms:g} ms"
    )
    table = Table(title=title)
    for name in ("slots", "commits a second", "least", "most", "times one"):
        table.add_column(name, justify="right")
    first = median(next(iter(rates.values())))
    for count, each in rates.items():
        row = (median(each), min(each), max(each))
        table.add_row(str(count), *(f"{one:,.0f}" for one in row), f"{median(each) / first:.1f}")
    Console().print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks slots", description=__doc__)
    parser.add_argument("--slots", type=int, nargs="+", default=[1, 4, 16], help="the first is what others compare to")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--processes", type=int, default=1, help="that the writers run in, as many in each")
    parser.add_argument("--items", type=int, default=1, help="signals of an upload: each lies in another slot")
    parser.add_argument("--held-ms", type=float, default=5.0)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each round and number of slots")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--database-url", default="", metavar="URL", help="an empty PostgreSQL; one is started if left out"
    )
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
