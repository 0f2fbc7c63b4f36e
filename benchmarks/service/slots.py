"""
`python -m benchmarks slots`: how many transactions a second register uploads, by the slots that their log lies in.

On PostgreSQL, where many write at once, and of a registration only what the log is about. Whoever appends to a slot's
log holds its counter until the commit, and a commit that waits for a disk far away, or for a standby, takes
milliseconds: here each transaction holds what it took for so long. Rounds go over all numbers of slots in turn, so that
what else the machine does is shared. What a commit takes of a processor, in writers and in the database, says what the
cores at hand can do at most.
"""

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

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


@dataclass(frozen=True, slots=True)
class Written:
    """
    What came of some writers.

    Args:
        commits: How many.

        per_s: A second.

        processor_s: Of their processes.
    """

    commits: int
    per_s: float
    processor_s: float


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    rounds: dict[int, list[Written]] = {count: [] for count in options.slots}
    database_ms: dict[int, list[float]] = {count: [] for count in options.slots}
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
                begun_s = _database_s(engine)
                written = write_for_a_while(engine, options) if pool is None else _from_all(pool, options, url)
                rounds[count].append(written)
                database_ms[count].append(1000 * (_database_s(engine) - begun_s) / written.commits)
    rates = {count: [one.per_s for one in each] for count, each in rounds.items()}
    writers_ms = {count: [1000 * one.processor_s / one.commits for one in each] for count, each in rounds.items()}
    result: dict[str, object] = {
        "benchmark": "slots",
        "environment": environment(),
        "cores": os.cpu_count(),
        "writers": options.writers,
        "processes": options.processes,
        "load_average": load_average(),
        "held_ms": options.held_ms,
        "items": options.items,
        "commits_per_s": rates,
        "writers_ms_a_commit": writers_ms,
        "database_ms_a_commit": database_ms,
        "ratio": {count: median(each) / median(rates[options.slots[0]]) for count, each in rates.items()},
    }
    publish(result, options.json, show=lambda: _print(options, rates, writers_ms, database_ms))
    return 0


def write_for_a_while(
    engine: Engine, options: argparse.Namespace, first: int = 0, writers: int | None = None
) -> Written:
    """
    Let writers register uploads, each with so many items, for a few seconds.

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
        begun, busy = time.perf_counter(), time.process_time()
        writing_now = [threads.submit(write, number) for number in numbers]
        time.sleep(options.seconds)
        stop.set()
        done = sum(each.result() for each in writing_now)
    return Written(done, done / (time.perf_counter() - begun), time.process_time() - busy)


def _writing_from(options: argparse.Namespace, url: str) -> AbstractContextManager[ProcessPoolExecutor | None]:
    """Start the processes; none where this one is enough."""
    if options.processes == 1:
        return nullcontext()
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(options.processes, mp_context=context, initializer=_connect, initargs=(url,))


def _from_all(pool: ProcessPoolExecutor, options: argparse.Namespace, url: str) -> Written:
    """Have as many writers in each process begin at once; return what came of all."""
    each = options.writers // options.processes
    begin = time.time() + _TOGETHER_S
    firsts = range(0, each * options.processes, each)
    found = list(pool.map(partial(_here, options, begin, each), firsts))
    return Written(
        sum(one.commits for one in found), sum(one.per_s for one in found), sum(one.processor_s for one in found)
    )


def _here(options: argparse.Namespace, begin: float, writers: int, first: int) -> Written:
    time.sleep(max(0.0, begin - time.time()))
    return write_for_a_while(_ENGINES[0], options, first, writers)


def _database_s(engine: Engine) -> float:
    """Return the processor time of all processes of the database that run; 0 where they run on another machine."""
    with engine.connect() as connection:
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    taken = 0.0
    with suppress(psutil.Error):
        server = psutil.Process(backend).parent()
        if server is not None and server.pid != os.getpid():
            for one in [server, *server.children()]:
                with suppress(psutil.Error):
                    times = one.cpu_times()
                    taken += times.user + times.system
                    if one is server:
                        taken += times.children_user + times.children_system  # of those that have ended
    return taken


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


def _print(
    options: argparse.Namespace,
    rates: dict[int, list[float]],
    writers_ms: dict[int, list[float]],
    database_ms: dict[int, list[float]],
) -> None:
    title = (
        f"{options.writers} writers in {options.processes} processes, {options.items} items a transaction, "
        f"counters held {options.held_ms:g} ms"
    )
    table = Table(title=title)
    for name in ("slots", "commits a second", "least", "most", "times one", "writers ms", "database ms"):
        table.add_column(name, justify="right")
    first = median(next(iter(rates.values())))
    for count, each in rates.items():
        row = (f"{one:,.0f}" for one in (median(each), min(each), max(each)))
        processor = (f"{median(of[count]):.2f}" for of in (writers_ms, database_ms))
        table.add_row(str(count), *row, f"{median(each) / first:.1f}", *processor)
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
