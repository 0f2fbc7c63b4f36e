"""
How long an empty machine takes until it has a slot: from the log in the database, and from the store.

Both over the record of a service, in an SQLite file, and a store that is a folder beside it, in turn. No Ray and no
network: what is left out is what they add to either.
"""

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from sqlalchemy import create_engine, insert, update

from api.bootstrap import prepare_data
from api.cluster.home import RecordHome
from api.cluster.placed import rows_of
from api.settings import Settings
from casework.persistence import tables
from casework.persistence.index_log.placement import SqlPlacement
from index.base import Hits
from index.cluster.home import Placed, Stage
from index.cluster.replica import SlotReplica

_SLOT: Final = "uploads"
_PDQ: Final = "pdq/1"
_RUNS: Final = 3
_A_BATCH: Final = 10_000
_FIRST, _NEXT = "a", "b"
_QUERIES: Final = 100
_RADIUS: Final = 31


def fill_an_empty_machine(hashes: int, *, seed: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """
    Measure both, in turn.

    Args:
        hashes: In the log of the slot.

        seed: Of their values.

        progress: Told what begins.

    Returns:
        Seconds and processor seconds of each way, the median of three; bytes in the store, and how many of the answers
        of a machine that came from there differ from those of one that did not.
    """
    codes = np.random.default_rng(seed).integers(0, 256, (hashes, 32), dtype=np.uint8)
    with TemporaryDirectory(prefix="sd-") as folder:
        (Path(folder) / "store").mkdir()
        settings = Settings(_env_file=None, data=Path(folder) / "data", cluster_store=f"file://{folder}/store")
        prepare_data(settings)
        progress("committing hashes")
        _commit(settings, codes)
        without = RecordHome(settings.model_copy(update={"cluster_store": ""}))
        stored = RecordHome(settings)
        try:
            progress("the machine that others begin with")
            _fill(without)
            publishing_s, _, _ = _timed(lambda: stored.publish(_SLOT, _FIRST, lambda: None))
            runs: dict[str, list[tuple[float, float]]] = {"record": [], "store": []}
            found: dict[str, Hits] = {}
            for number in range(_RUNS):
                for name, home in (("record", without), ("store", stored)):
                    progress(f"empty machine, {name}, {number + 1} of {_RUNS}")
                    s, cpu_s, hits = _timed(partial(_answers, home, codes[:_QUERIES]))
                    runs[name].append((s, cpu_s))
                    found[name] = hits
                    shutil.rmtree(settings.cluster_folder / _NEXT)
        finally:
            without.close()
            stored.close()
        size = sum(path.stat().st_size for path in (Path(folder) / "store").rglob("*") if path.is_file())
    one, other = found["record"], found["store"]
    same = all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("queries", "item_ids", "distances")
    )
    times = {
        f"{name}_{unit}": median(run[place] for run in each)
        for name, each in runs.items()
        for place, unit in enumerate(("s", "cpu_s"))
    }
    return {"hashes": hashes, **times, "publishing_s": publishing_s, "stored_bytes": size, "wrong": int(not same)}


def _commit(settings: Settings, codes: np.ndarray) -> None:
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        for first in range(0, len(codes), _A_BATCH):
            rows = [
                {
                    "collection": _SLOT,
                    "seq": seq,
                    "op": "add",
                    "item_id": seq,
                    "signal_type": _PDQ,
                    "own_value": bytes(code),
                }
                for seq, code in enumerate(codes[first : first + _A_BATCH], start=first + 1)
            ]
            connection.execute(insert(tables.index_changes), rows)
        counters = tables.index_counters
        connection.execute(update(counters).where(counters.c.collection == _SLOT).values(seq=len(codes)))
        placed = [Placed(_SLOT, node, Stage.SERVING) for node in (_FIRST, _NEXT)]
        SqlPlacement(connection).add(rows_of(placed))
    engine.dispose()


def _answers(home: RecordHome, queries: np.ndarray) -> Hits:
    """Have an empty machine follow its slot to the end, and ask it."""
    replica = SlotReplica(home.open_index(_SLOT, _NEXT), partial(home.open_log, _SLOT), home.read_live(_SLOT))
    replica.follow()
    hits = replica.searcher(replica.version).search(_PDQ, queries, _RADIUS)
    replica.close()
    return hits


def _fill(home: RecordHome) -> None:
    """Have the first machine follow the log, and finish its files."""
    index = home.open_index(_SLOT, _FIRST)
    replica = SlotReplica(index, partial(home.open_log, _SLOT), home.read_live(_SLOT))
    replica.follow()
    replica.close()
    index.compact()


def _timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    begun, begun_cpu = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - begun, time.process_time() - begun_cpu, found
