"""
`python -m benchmarks record_log`: how large pictures with local features lie in the record, and how fast its log is.

Each round registers pictures in a new database, in transactions of as many as arrive together, reads the whole log as a
follower does, and has an empty index follow it. It uses what every version of the record has, so that two versions can
be measured in turn: copy this file beside the other one's benchmarks.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

from api.clock import SystemClock
from api.replica.log_changes import change_of
from api.security.ring import Ring
from benchmarks.environment import environment
from benchmarks.report import load_average, progress_line, publish
from benchmarks.serving.databases import database
from casework.domain.media import Collection, SubmittedMedia
from casework.persistence.connection.database import open_database, open_follower, url_of_file
from casework.persistence.index_log.moving_slots import move_to_slots
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.index_log.slots import layout_of
from casework.persistence.schema import migrate
from casework.persistence.unit_of_work import transaction
from index.base import IndexOptions
from index.collections.folder import FolderIndex
from matcher.signals.base import Signal
from matcher.signals.local import LocalFeatures, extract_reference

_A_READ: Final = 4_000
"""Changes, as a replica reads them."""

_PICTURES: Final = 16
"""From which keypoints and thumbnails are; descriptors are made up for each."""

_STEPS: Final = ("registering", "reading", "following")
_SIZES: Final = {
    "sqlite": "SELECT name, sum(pgsize) FROM dbstat GROUP BY name",
    "postgresql": """
        SELECT relname, pg_total_relation_size(oid) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    """,
}


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    rounds: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="staydown-log-") as folder, progress_line() as progress:
        Path(folder).chmod(0o755)
        for number in range(options.rounds):
            with _record(options.database, Path(folder), number) as url:
                rounds.append(_round(options, url, Path(folder) / f"index-{number}", progress))
    result: dict[str, object] = {
        "benchmark": "record_log",
        "environment": environment(),
        "load_average": load_average(),
        "database": options.database,
        "pictures": options.pictures,
        "slots": options.slots,
        "rounds": rounds,
    }
    publish(result, options.json, show=lambda: _print(options, rounds))
    return 0


def _round(options: argparse.Namespace, url: str, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    engine, follower = open_database(url), open_follower(url)
    try:
        migrate(engine, Ring.made())
        move_to_slots(engine, Collection.UPLOADS, options.slots)
        pictures = list(_pictures(options.pictures))
        timed: dict[str, Any] = {}
        steps: dict[str, Callable[[], int]] = {
            "registering": partial(_register, engine, pictures, options.together),
            "reading": partial(_read, follower),
            "following": partial(_follow, follower, folder),
        }
        for name, step in steps.items():
            say(name)
            began, cpu = time.perf_counter(), time.process_time()
            changes = step()
            timed[name] = {
                "s": time.perf_counter() - began,
                "cpu_s": time.process_time() - cpu,
                "changes": changes,
            }
        return {**timed, "bytes": _bytes_of(engine)}
    finally:
        engine.dispose()
        follower.dispose()


def _register(engine: Engine, pictures: Sequence[tuple[Signal, ...]], together: int) -> int:
    vault = Ring.made()
    for first in range(0, len(pictures), together):
        some = [SubmittedMedia("image", 800, 600, None, one) for one in pictures[first : first + together]]
        with transaction(engine, clock=SystemClock(), preview_retention=timedelta(), vault=vault) as uow:
            media = uow.media.add_many([(one, None, 0) for one in some])
            owned = [(f"upl_{first + place}", one) for place, one in enumerate(media)]
            uow.index_log.add_many(Collection.UPLOADS, owned)
    return sum(map(len, pictures))


def _read(follower: Engine) -> int:
    done = 0
    with follower.connect() as connection:
        reader = IndexLogReader(connection)
        for slot in layout_of(connection, Collection.UPLOADS).slots:
            seq = 0
            while rows := reader.after(slot, seq, limit=_A_READ):
                done += len([change_of(row) for row in rows])
                seq += len(rows)
    return done


def _follow(follower: Engine, folder: Path) -> int:
    done = 0
    with follower.connect() as connection:
        reader = IndexLogReader(connection)
        for slot in layout_of(connection, Collection.UPLOADS).slots:
            index = FolderIndex.open(IndexOptions(folder / slot.log, "exact"))
            while rows := reader.after(slot, index.version, limit=_A_READ):
                index.apply([change_of(row) for row in rows])
            done += index.version
            index.close()
    return done


def _pictures(count: int) -> Iterator[tuple[Signal, ...]]:
    """Yield the signals of pictures as a deep look takes them."""
    rng = np.random.default_rng(19)
    seen: list[tuple[LocalFeatures, bytes]] = []
    for _ in range(_PICTURES):
        coarse = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
        features = extract_reference(np.kron(coarse, np.ones((8, 8, 1), np.uint8)))
        seen.append((features, features.to_bytes()))
    for number in range(count):
        features, value = seen[number % _PICTURES]
        rows = rng.integers(0, 256, features.descriptors.shape, dtype=np.uint8).tobytes()
        old = features.descriptors.tobytes()
        yield (
            Signal("sha256/1", rng.bytes(32)),
            Signal("pdq/1", rng.bytes(32), 100),
            Signal("phash/1", rng.bytes(32), 100),
            Signal("local/1", value.replace(old, rows)),
        )


def _bytes_of(engine: Engine) -> dict[str, int]:
    """Return the size of all, and that of the tables in which values lie; on PostgreSQL with their indexes."""
    with engine.connect() as connection:
        found = connection.execute(text(_SIZES[engine.dialect.name])).tuples()
        sizes = {name: int(size) for name, size in found}
    return {"all": sum(sizes.values()), **{name: sizes[name] for name in ("signals", "items", "index_changes")}}


@contextmanager
def _record(kind: str, folder: Path, number: int) -> Iterator[str]:
    with database(kind, folder, f"log-{number}") as (_, url):
        yield url or url_of_file(folder / f"record-{number}.db")


def _print(options: argparse.Namespace, rounds: Sequence[dict[str, Any]]) -> None:
    title = f"{options.pictures:,} pictures in {options.slots} slots on {options.database}, medians of {len(rounds)}"
    table = Table(title=title)
    for name in ("step", "s", "processor s", "changes a second"):
        table.add_column(name, justify="right")
    for name in _STEPS:
        wall, cpu = (median(one[name][of] for one in rounds) for of in ("s", "cpu_s"))
        table.add_row(name, f"{wall:.3f}", f"{cpu:.3f}", f"{rounds[0][name]['changes'] / wall:,.0f}")
    console = Console()
    console.print(table)
    for name, size in rounds[-1]["bytes"].items():
        console.print(f"{name}: {size / options.pictures:,.0f} bytes a picture")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks record_log", description=__doc__)
    parser.add_argument("--database", default="sqlite", help="sqlite; postgresql, which is started")
    parser.add_argument("--pictures", type=int, default=4_000)
    parser.add_argument("--together", type=int, default=20, help="pictures a transaction")
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
